import type { NodeKind } from '../../../model/model.ts';
import { printable } from '../../../model/text/words.ts';
import { beforeOwnCall, type Declared, known, type NextNodeGroup, nothing, together, unknown } from './carrier.ts';
import { at, isAbsent, itemsOf, type Located, textAt, wordAt } from './located.ts';
import { decodedUserData, type UserData } from './node-kinds.ts';

/** What a launch template gives its machines. */
export interface LaunchTemplateContent extends UserData {
  readonly declaredAt: number;
  /** It names an AMI: EKS then adds nothing, and whose AMI it is nobody can see here. */
  readonly hasImage: boolean;
}

interface ManagedGroupOptions {
  readonly name: string;
  readonly declaredAt: number;
  readonly kubeletVersion?: string | undefined;
  /** By its AMI type. */
  readonly kind: NodeKind | undefined;
  /** AMI type CUSTOM, or one that only the deployment knows. */
  readonly isCustom: boolean;
  readonly template: UserData & { readonly hasImage?: boolean };
  readonly templateName?: string | undefined;
}

/** Where the file has no template that a node group refers to. */
export const elsewhere: UserData = {
  content: unknown('its launch template is not in this file, or only the deployment knows which one it is'),
};

/** A managed node group. EKS puts its own part beside the template's user data unless the template names an AMI. */
export function managedGroup(options: ManagedGroupOptions): NextNodeGroup {
  const { name, declaredAt, kubeletVersion, template, templateName } = options;
  const isCustom = options.isCustom || template.hasImage === true;
  // EKS takes AL2023 where no type is named, from Kubernetes 1.30 on.
  const kind = options.kind ?? template.kind ?? (isCustom ? 'linux' : 'al2023');
  const isGuessed = options.kind === undefined && template.kind === undefined && !isCustom;
  return {
    name,
    group: 'managed',
    kind,
    ami: isCustom ? 'custom' : 'standard',
    cluster: isCustom ? 'whole' : 'eks-adds',
    ...(kubeletVersion !== undefined && { kubeletVersion }),
    declaredAt,
    content: isCustom ? template.content : beforeOwnCall(kind, template.content),
    notes: [
      ...(templateName === undefined ? [] : [`its launch template is ${templateName}`]),
      ...(isGuessed ? ['no AMI type is named: Amazon Linux 2023, as EKS takes it from Kubernetes 1.30 on'] : []),
    ],
  };
}

/** A machine of its own, which is a node only where its user data says so. */
export const instanceGroup = (name: string, content: LaunchTemplateContent): Declared =>
  content.kind === undefined ? nothing : selfManagedGroup(name, { ...content, hasImage: true });

/** A launch template that no managed node group of the file uses: a node group of its own, where its user data starts a kubelet. */
export function selfManagedGroup(
  name: string,
  { kind, content, declaredAt, hasImage }: LaunchTemplateContent,
): Declared {
  // A value that only the deployment knows may start a kubelet, as bytes may.
  const mayStart =
    content.status === 'unknown' ||
    content.pieces.some(({ written }) => written === undefined || /\ue123|\$\{NOT_YET_KNOWN\}/.test(written.text));
  if (kind === undefined && !mayStart) return { ...nothing, leftOut: [name] };

  const group: NextNodeGroup = {
    name,
    group: hasImage ? 'self-managed' : 'managed',
    kind: kind ?? 'linux',
    ami: hasImage ? 'custom' : 'standard',
    cluster: hasImage ? 'whole' : 'eks-adds',
    declaredAt,
    content: hasImage ? content : beforeOwnCall(kind ?? 'linux', content),
    notes: hasImage ? [] : ['it names no AMI, as the templates of managed node groups do'],
  };
  return { ...nothing, groups: [group] };
}

export const isLaunchTemplates = (document: Located): boolean =>
  at(document, 'LaunchTemplateVersions')?.kind === 'list';

/** What `aws ec2 describe-launch-template-versions` prints. */
export function readLaunchTemplates(document: Located): Declared {
  const { groups, ...all } = together(
    itemsOf(at(document, 'LaunchTemplateVersions')).map((version) => {
      const data = at(version, 'LaunchTemplateData');
      const id = wordAt(version, 'LaunchTemplateName') ?? wordAt(version, 'LaunchTemplateId') ?? '(no name)';
      const name = printable(`${id} version ${wordAt(version, 'VersionNumber') ?? '?'}`, 253);
      const base = { declaredAt: version.start, hasImage: !isAbsent(at(data, 'ImageId')) };
      return selfManagedGroup(name, { ...base, ...userDataAt(data, 'UserData') });
    }),
  );
  const madeBy = 'AWS printed this file: change the user data where the template is made';
  return { ...all, groups: groups.map((group) => ({ ...group, madeBy })) };
}

/** User data in base64, or none. */
export function userDataAt(data: Located | undefined, key: string): UserData {
  const written = textAt(data, key);
  if (written) return decodedUserData(written);
  return { content: isAbsent(at(data, key)) ? known() : unknown('its user data is no text') };
}
