import type { CarriedPiece, NextNodeGroup } from '../carriers/carrier.ts';
import { readKarpenter } from '../carriers/karpenter.ts';
import { managedGroup } from '../carriers/launch-templates.ts';
import { textAt } from '../carriers/located.ts';
import { wholeText } from '../carriers/mapped-text.ts';
import { type DecodedUserData, decodedUserData, kindOfAmiType } from '../carriers/node-kinds.ts';
import { encodedUserData, userData } from '../carriers/pieces.ts';
import { readJson } from '../carriers/read-json.ts';
import { knownImage, type LaunchedGroup, type LaunchSource, type ManagedBy } from './launched-group.ts';

/** A next node as the carriers of files declare it, and the text in which its lines are counted. */
export interface LaunchedNode {
  readonly declared: NextNodeGroup;
  readonly text: string;
}

/** What a machine of this source gets: the whole user data, since what EKS adds is in its own copy already. */
export function launchedNode({ group, managed }: LaunchedGroup, source: LaunchSource): LaunchedNode {
  if (source.nodeClass !== undefined) return karpenterNode(group, source.name, source.nodeClass);

  const decoded = decodedOf(source);
  const image = source.image && knownImage(source.image);
  const ofEks = managed?.amiType !== undefined && managed.amiType !== 'CUSTOM';
  const byUserData = decoded && 'kind' in decoded ? decoded.kind : undefined;
  const kind = (ofEks ? kindOfAmiType(managed.amiType ?? '') : undefined) ?? image?.kind ?? byUserData ?? 'linux';
  const version = ofEks ? managed.version : (image?.version ?? managed?.version);
  return {
    declared: {
      name: group.name,
      group: group.kind,
      kind,
      ami: ofEks || image ? 'standard' : 'custom',
      cluster: 'whole',
      ...(version !== undefined && { kubeletVersion: version }),
      declaredAt: 0,
      content: contentOf(decoded),
      notes: [],
    },
    text: textOf(decoded),
  };
}

/** The owner's own template of a managed node group: EKS puts its part beside it. */
export function ownersNode({ group, managed = {} }: LaunchedGroup, source: LaunchSource): LaunchedNode {
  const { amiType, version }: ManagedBy = managed;
  const decoded = decodedOf(source);
  const isCustom = amiType === 'CUSTOM';
  if (isCustom) return launchedNode({ group, sources: [source], managed }, source);

  const kind = amiType === undefined ? undefined : kindOfAmiType(amiType, 'linux');
  const content = contentOf(decoded);
  const base = { declaredAt: 0, hasImage: false } as const;
  const declared = managedGroup({
    name: group.name,
    declaredAt: 0,
    ...(version !== undefined && { kubeletVersion: version }),
    kind,
    isCustom,
    template:
      content.status === 'unknown' ? { ...base, ...content } : { ...base, ...(decoded ?? { status: 'none' as const }) },
  });
  return { declared, text: textOf(decoded) };
}

type Decoded = DecodedUserData | { readonly status: 'unknown'; readonly because: string };

/** `undefined` where there is no user data. */
function decodedOf({ userData: base64, unreadable }: LaunchSource): Decoded | undefined {
  if (unreadable !== undefined) return { status: 'unknown', because: unreadable };
  if (base64 === undefined || base64 === '') return undefined;

  const decoded = decodedUserData(wholeText(base64, { start: 0, end: base64.length }));
  if (!decoded.ok) return { status: 'unknown', because: decoded.error };
  if (decoded.value.status === 'bytes') return decoded.value;
  const { text } = decoded.value.written;
  // The file is the user data itself: lines are counted in what a person wrote.
  return { ...decoded.value, written: wholeText(text, { start: 0, end: text.length }) };
}

function contentOf(decoded: Decoded | undefined): NextNodeGroup['content'] {
  if (decoded === undefined) return { status: 'known', pieces: [] };
  if (decoded.status === 'unknown') return decoded;
  return {
    status: 'known',
    pieces: [decoded.status === 'known' ? userData(decoded.written) : encodedUserData(decoded.bytes)],
  };
}

const textOf = (decoded: Decoded | undefined): string => (decoded?.status === 'known' ? decoded.written.text : '');

/**
 * The next node of a node pool by its EC2NodeClass, as the API server has it. Lines are counted in the user data, since a person has the class in YAML.
 * @param name of the class in origins
 */
function karpenterNode({ kind, name: pool }: LaunchedGroup['group'], name: string, nodeClass: string): LaunchedNode {
  const document = readJson(nodeClass);
  const text = document.ok ? (textAt(document.value, 'spec', 'userData')?.text ?? '') : '';
  const [declared] = document.ok ? readKarpenter(document.value).groups : [];
  return {
    declared: {
      ...(declared ? named(declared, name) : unread),
      name: pool,
      group: kind,
      declaredAt: 0,
    },
    text,
  };
}

const unread = {
  kind: 'linux',
  ami: 'custom',
  cluster: 'whole',
  content: { status: 'unknown', because: 'the API server sent no EC2NodeClass that can be read' },
  notes: [],
} as const satisfies Partial<NextNodeGroup>;

/** Places of user data are its own, not those of the JSON around it. What Karpenter renders of `spec.kubelet` has the name of its class and its keys. */
const named = ({ content, ...group }: NextNodeGroup, name: string): NextNodeGroup => ({
  ...group,
  content:
    content.status === 'unknown'
      ? content
      : {
          ...content,
          pieces: content.pieces.map((each) =>
            each.piece.from === 'kubelet' ? { piece: { ...each.piece, name } } : withOwnLines(each),
          ),
        },
});

const withOwnLines = ({ piece, written }: CarriedPiece): CarriedPiece => ({
  piece,
  ...(written && { written: wholeText(written.text, { start: 0, end: written.text.length }) }),
});
