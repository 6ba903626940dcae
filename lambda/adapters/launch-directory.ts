import type { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import type { EC2Client } from '@aws-sdk/client-ec2';
import type { EKSClient, Nodegroup } from '@aws-sdk/client-eks';
import { alikeBy } from '../core/model/alike-by.ts';
import type { ClusterArn, NodeGroup, Place, Problem } from '../core/model/model.ts';
import { printable } from '../core/model/text/words.ts';
import type { LaunchedGroup, LaunchSource } from '../core/next-node/read/launched/launched-group.ts';
import type { FoundGroups, LaunchDirectory } from '../flow/audit/ports.ts';
import {
  type AutoScalingClients,
  type ChosenTemplate,
  type FoundAutoScalingGroup,
  groupsNamed,
  groupsOfCluster,
  launchConfigurations,
  mostGroups,
} from './auto-scaling/auto-scaling-groups.ts';
import { accountProblem, awsErrorText, isAccessDenied, placeText } from './aws-access.ts';
import type { Ec2Clients } from './ec2/client.ts';
import { amazonImages, type FoundTemplate, templateKey, templateVersions } from './ec2/launch-templates.ts';
import { managedNodeGroups } from './eks/managed-groups.ts';

interface LaunchDirectoryOptions {
  readonly eks: (place: Place) => EKSClient;
  readonly ec2: Ec2Clients;
  readonly autoScaling: AutoScalingClients;
}

/** What a cluster's node groups launch: EKS's node groups, Auto Scaling groups by the cluster's tags, and the templates that they name. */
export const awsLaunchDirectory = ({ eks, ec2, autoScaling }: LaunchDirectoryOptions): LaunchDirectory => ({
  async groups({ name, arn }, signal, named = []) {
    if (!arn) return nothingFound(noArn(name));

    try {
      const clients = { ec2: await ec2(arn), autoScaling: await autoScaling(arn) };
      const [managed, tagged] = await Promise.all([
        managedNodeGroups(eks(arn), name, signal),
        groupsOfCluster(clients.autoScaling, name, signal),
      ]);
      // A group without its tags must not be hidden: EKS and the machines name theirs, too.
      const ofEks = managed.flatMap((each) => (each.resources?.autoScalingGroups ?? []).flatMap((of) => of.name ?? []));
      const known = new Set(tagged.map((each) => each.name));
      const untagged = [...new Set([...named, ...ofEks])].filter((each) => !known.has(each));
      const groups = [...tagged, ...(await groupsNamed(clients.autoScaling, untagged, signal))];
      return await launchedBy(clients, { managed, groups }, signal);
    } catch (error) {
      return nothingFound(
        accountProblem(error, { action: 'the calls for launch templates', place: arn }) ?? unread(error, arn),
      );
    }
  },
});

interface FoundNodeGroups {
  readonly managed: readonly Nodegroup[];
  readonly groups: readonly FoundAutoScalingGroup[];
}

interface Clients {
  readonly ec2: EC2Client;
  readonly autoScaling: AutoScalingClient;
}

async function launchedBy(
  { ec2, autoScaling }: Clients,
  { managed, groups }: FoundNodeGroups,
  signal: AbortSignal,
): Promise<FoundGroups> {
  const names = new Set(groups.flatMap(({ launchConfiguration }) => launchConfiguration ?? []));
  const own = managed.flatMap((each) => ownTemplates(each));
  const templates = await templateVersions(ec2, [...groups.flatMap((each) => each.templates), ...own], signal);
  const configurations = await launchConfigurations(autoScaling, [...names], signal);
  const images = await amazonImages(ec2, [...new Set(imageIds(templates, configurations))], signal);

  const sourceOf = (chosen: ChosenTemplate): LaunchSource => templateSource(chosen, templates, images);
  const ofManaged = new Map(
    managed.flatMap((each) => (each.resources?.autoScalingGroups ?? []).map(({ name = '' }) => [name, each] as const)),
  );
  const launched = groups.map((each): LaunchedGroup => {
    const nodegroup = ofManaged.get(each.name);
    const configuration = each.launchConfiguration ? configurations.get(each.launchConfiguration) : undefined;
    return {
      group: groupOf(each, nodegroup),
      sources: [
        ...each.templates.map(sourceOf),
        ...(each.launchConfiguration ? [configurationSource(each.launchConfiguration, configuration, images)] : []),
      ],
      ...(nodegroup && { managed: managedBy(nodegroup, sourceOf) }),
    };
  });
  const seen = new Set(launched.flatMap(({ group, managed: by }) => (by ? [group.name] : [])));
  const unseen = managed.flatMap((each) =>
    seen.has(each.nodegroupName ?? '') ? [] : [withoutGroup(each, managedBy(each, sourceOf))],
  );
  return {
    groups: together([...launched.filter(isNodeGroup), ...unseen]),
    complete: groups.length < mostGroups,
    problems: [],
  };
}

/** Several Auto Scaling groups can be of one managed node group. */
const together = (groups: readonly LaunchedGroup[]): readonly LaunchedGroup[] =>
  [...alikeBy(groups, ({ group }) => `${group.kind} ${group.name}`).values()].map((same) => {
    const sources = new Map(same.flatMap((each) => each.sources).map((each) => [each.name, each]));
    return { ...same[0], sources: [...sources.values()] };
  });

/** An Auto Scaling group that launches nothing is none of a node. */
const isNodeGroup = ({ sources }: LaunchedGroup): boolean => sources.length > 0;

/** EKS's word decides which managed node group it is; else it is known by its own name, as its machines are. */
const groupOf = ({ name }: FoundAutoScalingGroup, nodegroup: Nodegroup | undefined): NodeGroup =>
  nodegroup?.nodegroupName ? { kind: 'managed', name: nodegroup.nodegroupName } : { kind: 'auto-scaling-group', name };

/** The Auto Scaling group of a managed node group carries its cluster's tags; where it was not found, what it launches is not known. */
const withoutGroup = (nodegroup: Nodegroup, managed: LaunchedGroup['managed']): LaunchedGroup => ({
  group: { kind: 'managed', name: nodegroup.nodegroupName ?? '' },
  sources: [{ name: 'its Auto Scaling group', unreadable: 'AWS does not show its Auto Scaling group' }],
  ...(managed && { managed }),
});

function managedBy(
  { amiType, version, launchTemplate }: Nodegroup,
  sourceOf: (chosen: ChosenTemplate) => LaunchSource,
): NonNullable<LaunchedGroup['managed']> {
  const [used, latest] = ownTemplates({ launchTemplate });
  const [own, newest] = [used && sourceOf(used), latest && sourceOf(latest)];
  const isNewer = own && newest && newest.unreadable === undefined && newest.name !== own.name;
  return {
    ...(amiType && { amiType }),
    ...(version && { version }),
    ...(own && { own }),
    ...(isNewer && { newest }),
  };
}

/** The owner's template in the version that the node group uses, and in its newest one. */
function ownTemplates({ launchTemplate }: Pick<Nodegroup, 'launchTemplate'>): readonly ChosenTemplate[] {
  const { id, version } = launchTemplate ?? {};
  return id && version
    ? [
        { by: 'id', template: id, version },
        { by: 'id', template: id, version: '$Latest' },
      ]
    : [];
}

type Images = Awaited<ReturnType<typeof amazonImages>>;
type Configurations = Awaited<ReturnType<typeof launchConfigurations>>;

function imageIds(templates: ReadonlyMap<string, FoundTemplate>, configurations: Configurations): readonly string[] {
  const ofTemplates = [...templates.values()].flatMap((each) =>
    each.status === 'found' ? (each.version.LaunchTemplateData?.ImageId ?? []) : [],
  );
  const ofConfigurations = [...configurations.values()].flatMap(({ ImageId }) => ImageId ?? []);
  return [...ofTemplates, ...ofConfigurations].filter((id) => id.startsWith('ami-'));
}

function templateSource(
  chosen: ChosenTemplate,
  templates: ReadonlyMap<string, FoundTemplate>,
  images: Images,
): LaunchSource {
  const found = templates.get(templateKey(chosen));
  if (found?.status !== 'found')
    return {
      name: printable(`launch template ${chosen.template}, version ${chosen.version}`, 200),
      unreadable: found?.because ?? 'it was not read',
    };

  const { LaunchTemplateData = {}, LaunchTemplateId = chosen.template, DefaultVersion } = found.version;
  const name = `launch template ${LaunchTemplateId}, version ${found.number}${DefaultVersion ? ' (default)' : ''}`;
  return sourceOf(name, LaunchTemplateData, images);
}

function configurationSource(name: string, configuration: LaunchData | undefined, images: Images): LaunchSource {
  const title = `launch configuration ${name}`;
  return configuration
    ? sourceOf(title, configuration, images)
    : {
        name: printable(title, 200),
        unreadable: 'there is no such launch configuration: nothing can be launched by it',
      };
}

interface LaunchData {
  readonly UserData?: string | undefined;
  readonly ImageId?: string | undefined;
}

function sourceOf(name: string, { UserData, ImageId: id }: LaunchData, images: Images): LaunchSource {
  const amazonName = id === undefined ? undefined : images.get(id);
  return {
    name: printable(name, 200),
    ...(UserData && { userData: UserData }),
    ...(id !== undefined && { image: { id, ...(amazonName !== undefined && { amazonName }) } }),
  };
}

const nothingFound = (problem: Problem): FoundGroups => ({ groups: [], complete: false, problems: [problem] });

const unread = (error: unknown, place: ClusterArn): Problem => ({
  code: isAccessDenied(error) ? 'launch-templates-forbidden' : 'launch-templates-unreadable',
  message: `what the node groups of ${place.name} (${placeText(place)}) would launch next is not known: ${awsErrorText(error)}`,
  remedy: isAccessDenied(error)
    ? 'allow ec2:DescribeLaunchTemplateVersions, ec2:DescribeImages, autoscaling:DescribeAutoScalingGroups and autoscaling:DescribeLaunchConfigurations to this principal (the member stack, deployed with nextNode: true), or turn nextNode off'
    : 'run the audit again; what runs is audited all the same',
});

const noArn = (name: string): Problem => ({
  code: 'launch-templates-unreadable',
  message: `what the node groups of ${name} would launch next is not known: no ARN of the cluster is known`,
  remedy: 'name the cluster by its ARN',
});
