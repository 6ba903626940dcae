import type { NodeKind } from '../../../model/model.ts';
import { printable } from '../../../model/text/words.ts';
import { type Declared, type NextNodeGroup, nothing } from './carrier.ts';
import { at, isAbsent, itemsOf, type Located, textAt, wordAt } from './located.ts';
import { type DecodedUserData, decodedUserData } from './node-kinds.ts';
import { encodedUserData, ownCall, userData } from './pieces.ts';

/** What a launch template gives its machines. */
export type LaunchTemplateContent = {
  readonly declaredAt: number;
  /** It names an AMI: EKS then adds nothing, and whose AMI it is nobody can see here. */
  readonly hasImage: boolean;
} & (DecodedUserData | { readonly status: 'none' } | { readonly status: 'unknown'; readonly because: string });

interface ManagedGroupOptions {
  readonly name: string;
  readonly declaredAt: number;
  readonly kubeletVersion?: string;
  /** By its AMI type. */
  readonly kind: NodeKind | undefined;
  /** AMI type CUSTOM, or one that only the deployment knows. */
  readonly isCustom: boolean;
  readonly template: LaunchTemplateContent | 'none' | 'elsewhere';
  readonly templateName?: string;
}

/** A managed node group. EKS puts its own part beside the template's user data unless the template names an AMI. */
export function managedGroup(options: ManagedGroupOptions): NextNodeGroup {
  const { name, declaredAt, kubeletVersion, template, templateName } = options;
  const content = typeof template === 'string' ? undefined : template;
  const isCustom = options.isCustom || content?.hasImage === true;
  const guessed = content && 'kind' in content ? content.kind : undefined;
  // EKS takes AL2023 where no type is named, from Kubernetes 1.30 on.
  const kind = options.kind ?? guessed ?? (isCustom ? 'linux' : 'al2023');
  const notes = [
    ...(templateName === undefined ? [] : [`its launch template is ${templateName}`]),
    ...(options.kind === undefined && guessed === undefined && !isCustom
      ? ['no AMI type is named: Amazon Linux 2023, as EKS takes it from Kubernetes 1.30 on']
      : []),
  ];
  return {
    name,
    group: 'managed',
    kind,
    ami: isCustom ? 'custom' : 'standard',
    cluster: isCustom ? 'whole' : 'eks-adds',
    ...(kubeletVersion !== undefined && { kubeletVersion }),
    declaredAt,
    content:
      template === 'elsewhere'
        ? {
            status: 'unknown',
            because: 'its launch template is not in this file, or only the deployment knows which one it is',
          }
        : piecesOf(content, kind === 'al2' && !isCustom),
    notes,
  };
}

/** A machine of its own, which is a node only where its user data says so. */
export const instanceGroup = (name: string, content: LaunchTemplateContent): Pick<Declared, 'groups' | 'leftOut'> =>
  'kind' in content && content.kind !== undefined
    ? selfManagedGroup(name, { ...content, hasImage: true })
    : { groups: [], leftOut: [] };

/** A launch template that no managed node group of the file uses: a node group of its own, where its user data starts a kubelet. */
export function selfManagedGroup(name: string, content: LaunchTemplateContent): Pick<Declared, 'groups' | 'leftOut'> {
  const kind = 'kind' in content ? content.kind : undefined;
  // A value that only the deployment knows may start a kubelet.
  const isOpen = content.status === 'known' && /\ue123|\$\{NOT_YET_KNOWN\}/.test(content.written.text);
  const mayBeNode = kind !== undefined || isOpen || content.status === 'unknown' || content.status === 'bytes';
  if (!mayBeNode) return { groups: [], leftOut: [name] };

  const isEksAmi = !content.hasImage;
  return {
    groups: [
      {
        name,
        group: isEksAmi ? 'managed' : 'self-managed',
        kind: kind ?? 'linux',
        ami: isEksAmi ? 'standard' : 'custom',
        cluster: isEksAmi ? 'eks-adds' : 'whole',
        declaredAt: content.declaredAt,
        content: piecesOf(content, kind === 'al2' && isEksAmi),
        notes: isEksAmi ? ['it names no AMI, as the templates of managed node groups do'] : [],
      },
    ],
    leftOut: [],
  };
}

function piecesOf(content: LaunchTemplateContent | undefined, hasCallBehind: boolean): NextNodeGroup['content'] {
  if (content?.status === 'unknown') return content;
  const another = hasCallBehind && content?.status === 'known' && ownCall(content.written.text);
  if (another) return another;
  const own =
    content?.status === 'known'
      ? [userData(content.written)]
      : content?.status === 'bytes'
        ? [encodedUserData(content.bytes)]
        : [];
  return { status: 'known', pieces: own };
}

export const isLaunchTemplates = (document: Located): boolean =>
  at(document, 'LaunchTemplateVersions')?.kind === 'list';

/** What `aws ec2 describe-launch-template-versions` prints. */
export function readLaunchTemplates(document: Located): Declared {
  const all = itemsOf(at(document, 'LaunchTemplateVersions')).map((version) => {
    const data = at(version, 'LaunchTemplateData');
    const id = wordAt(version, 'LaunchTemplateName') ?? wordAt(version, 'LaunchTemplateId') ?? '(no name)';
    const name = printable(`${id} version ${wordAt(version, 'VersionNumber') ?? '?'}`, 253);
    return selfManagedGroup(name, launchTemplateContent(data, version.start));
  });
  const madeBy = 'AWS printed this file: change the user data where the template is made';
  return {
    ...nothing,
    groups: all.flatMap(({ groups }) => groups).map((group) => ({ ...group, madeBy })),
    leftOut: all.flatMap(({ leftOut }) => leftOut),
  };
}

function launchTemplateContent(data: Located | undefined, declaredAt: number): LaunchTemplateContent {
  const base = { declaredAt, hasImage: !isAbsent(at(data, 'ImageId')) };
  const written = textAt(data, 'UserData');
  if (written === undefined)
    return isAbsent(at(data, 'UserData'))
      ? { ...base, status: 'none' }
      : { ...base, status: 'unknown', because: 'its UserData is no text' };

  const decoded = decodedUserData(written);
  return decoded.ok ? { ...base, ...decoded.value } : { ...base, status: 'unknown', because: decoded.error };
}
