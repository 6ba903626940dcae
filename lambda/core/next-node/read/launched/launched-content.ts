import { type Content, known, type NextNodeGroup, unknown } from '../carriers/carrier.ts';
import { readKarpenter } from '../carriers/karpenter.ts';
import { managedGroup } from '../carriers/launch-templates.ts';
import { textAt } from '../carriers/located.ts';
import { verbatimText } from '../carriers/mapped-text.ts';
import { decodedUserData, kindOfAmiType, type UserData } from '../carriers/node-kinds.ts';
import { readJson } from '../carriers/read-documents.ts';
import { knownImage, type LaunchedGroup, type LaunchSource } from './launched-group.ts';

/** A next node as the carriers of files declare it, and the text in which its lines are counted. */
export interface LaunchedNode {
  readonly declared: NextNodeGroup;
  readonly text: string;
}

/** What a machine of this source gets: the whole user data, since what EKS adds is in its own copy already. */
export function launchedNode({ group, managed }: LaunchedGroup, source: LaunchSource): LaunchedNode {
  if (source.nodeClass !== undefined) return karpenterNode(group, source.name, source.nodeClass);

  const { content, kind: byUserData } = userDataOf(source);
  const image = source.image && knownImage(source.image);
  const amiType = managed?.amiType === 'CUSTOM' ? undefined : managed?.amiType;
  const version = amiType === undefined ? (image?.version ?? managed?.version) : managed?.version;
  const declared: NextNodeGroup = {
    name: group.name,
    group: group.kind,
    kind: kindOfAmiType(amiType ?? 'CUSTOM') ?? image?.kind ?? byUserData ?? 'linux',
    ami: amiType !== undefined || image ? 'standard' : 'custom',
    cluster: 'whole',
    ...(version !== undefined && { kubeletVersion: version }),
    declaredAt: 0,
    content,
    notes: [],
  };
  return { declared, text: textOf(content) };
}

/** The owner's own template of a managed node group: EKS puts its part beside it. */
export function ownersNode(launched: LaunchedGroup, source: LaunchSource): LaunchedNode {
  const { amiType, version } = launched.managed ?? {};
  if (amiType === 'CUSTOM') return launchedNode(launched, source);

  const template = userDataOf(source);
  const { name } = launched.group;
  return {
    declared: managedGroup({ name, declaredAt: 0, kubeletVersion: version, amiType, template }),
    text: textOf(template.content),
  };
}

/** The file is the user data itself: lines are counted in what a person wrote. */
function userDataOf({ userData = '', unreadable }: LaunchSource): UserData {
  if (unreadable !== undefined) return { content: unknown(unreadable) };
  const { content, kind } = decodedUserData(verbatimText(userData, 0));
  return { content: withOwnLines(content), kind };
}

const textOf = (content: Content): string =>
  content.status === 'known' ? (content.pieces[0]?.written?.text ?? '') : '';

/** Places of user data are its own, not those of the text around it. What Karpenter renders of `spec.kubelet` has the name of its class and its keys. */
const withOwnLines = (content: Content, name?: string): Content =>
  content.status === 'unknown'
    ? content
    : known(
        ...content.pieces.map(({ piece, written }) =>
          piece.from === 'kubelet' && name !== undefined
            ? { piece: { ...piece, name } }
            : { piece, ...(written && { written: verbatimText(written.text, 0, 'encoded') }) },
        ),
      );

/**
 * The next node of a node pool by its EC2NodeClass, as the API server has it. Lines are counted in the user data, since a person has the class in YAML.
 * @param name of the class in origins
 */
function karpenterNode({ kind, name: pool }: LaunchedGroup['group'], name: string, nodeClass: string): LaunchedNode {
  const document = readJson(nodeClass);
  const [{ content, ...declared } = unread] = document.ok ? readKarpenter(document.value).groups : [];
  return {
    declared: { ...declared, name: pool, group: kind, declaredAt: 0, content: withOwnLines(content, name) },
    text: document.ok ? (textAt(document.value, 'spec', 'userData')?.text ?? '') : '',
  };
}

const unread: Omit<NextNodeGroup, 'name' | 'group' | 'declaredAt'> = {
  kind: 'linux',
  ami: 'custom',
  cluster: 'whole',
  content: unknown('the API server sent no EC2NodeClass that can be read'),
  notes: [],
};
