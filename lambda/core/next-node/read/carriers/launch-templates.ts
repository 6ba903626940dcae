import { printable } from '../../../model/text/words.ts';
import { isOfDeployment } from '../tokens.ts';
import { beforeOwnCall, type Declared, known, type NextNodeGroup, nothing, together, unknown } from './carrier.ts';
import { at, isAbsent, itemsOf, type Located, textAt, wordAt } from './located.ts';
import { decodedUserData, kindOfAmiType, type UserData } from './node-kinds.ts';

/** A launch template, and what it gives its machines. */
export interface LaunchTemplate extends UserData {
  readonly name: string;
  readonly declaredAt: number;
  /** It names an AMI: EKS then adds nothing, and whose AMI it is nobody can see here. */
  readonly hasImage: boolean;
}

interface ManagedGroup {
  readonly name: string;
  readonly declaredAt: number;
  readonly kubeletVersion: string | undefined;
  /** `CUSTOM` also where only the deployment knows it. */
  readonly amiType: string | undefined;
  readonly template: UserData & Partial<LaunchTemplate>;
}

interface LaunchResources {
  readonly managed: readonly ManagedGroup[];
  /** Launch templates and launch configurations. */
  readonly templates: readonly LaunchTemplate[];
  readonly machines: readonly LaunchTemplate[];
}

/** Where the file has no template that a node group refers to. */
export const elsewhere: UserData = {
  content: unknown('its launch template is not in this file, or only the deployment knows which one it is'),
};

/** The node groups of a file that declares resources of AWS. A machine of its own is a node only where its user data says so. */
export function groupsOf({ managed, templates, machines }: LaunchResources): Declared {
  const used = new Set<unknown>(managed.map(({ template }) => template));
  const nodes = machines.filter(({ kind }) => kind !== undefined).map((each) => ({ ...each, hasImage: true }));
  const alone = [...templates.filter((each) => !used.has(each)), ...nodes];
  return together([{ ...nothing, groups: managed.map(managedGroup) }, ...alone.map(selfManagedGroup)]);
}

/** A managed node group. EKS puts its own part beside the template's user data unless the template names an AMI. */
export function managedGroup({ name, declaredAt, kubeletVersion, amiType, template }: ManagedGroup): NextNodeGroup {
  const isCustom = amiType === 'CUSTOM' || template.hasImage === true;
  const known = (amiType === undefined ? undefined : kindOfAmiType(amiType, 'linux')) ?? template.kind;
  // EKS takes AL2023 where no type is named, from Kubernetes 1.30 on.
  const kind = known ?? (isCustom ? 'linux' : 'al2023');
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
      ...(template.name === undefined ? [] : [`its launch template is ${template.name}`]),
      ...(known === undefined && !isCustom
        ? ['no AMI type is named: Amazon Linux 2023, as EKS takes it from Kubernetes 1.30 on']
        : []),
    ],
  };
}

/** A launch template that no managed node group of the file uses: a node group of its own, where its user data starts a kubelet. */
function selfManagedGroup({ name, kind, content, declaredAt, hasImage }: LaunchTemplate): Declared {
  // A value that only the deployment knows may start a kubelet, as bytes may.
  const mayStart =
    content.status === 'unknown' ||
    content.pieces.some(({ written }) => written === undefined || isOfDeployment(written.text));
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
  const templates = itemsOf(at(document, 'LaunchTemplateVersions')).map((version) => {
    const data = at(version, 'LaunchTemplateData');
    const id = wordAt(version, 'LaunchTemplateName') ?? wordAt(version, 'LaunchTemplateId') ?? '(no name)';
    const name = printable(`${id} version ${wordAt(version, 'VersionNumber') ?? '?'}`, 253);
    const hasImage = !isAbsent(at(data, 'ImageId'));
    return { name, declaredAt: version.start, hasImage, ...userDataAt(data, 'UserData') };
  });
  return madeBy(
    'AWS printed this file: change the user data where the template is made',
    groupsOf({ managed: [], templates, machines: [] }),
  );
}

/** Another program writes the file. */
export const madeBy = (source: string, { groups, ...declared }: Declared): Declared => ({
  ...declared,
  groups: groups.map((group) => ({ ...group, madeBy: source })),
});

/** User data in base64, or none. */
export function userDataAt(data: Located | undefined, key: string): UserData {
  const written = textAt(data, key);
  if (written) return decodedUserData(written);
  return { content: isAbsent(at(data, key)) ? known() : unknown('its user data is no text') };
}
