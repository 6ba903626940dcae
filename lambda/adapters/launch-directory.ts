import type { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import type { EC2Client } from '@aws-sdk/client-ec2';
import type { EKSClient, Nodegroup } from '@aws-sdk/client-eks';
import { alikeBy } from '../core/model/alike-by.ts';
import type { Place, Problem } from '../core/model/model.ts';
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
import { callProblem, placeText } from './aws-access.ts';
import type { Ec2Clients } from './ec2/client.ts';
import { amazonImages, type LaunchData, templateKey, templateVersions } from './ec2/launch-templates.ts';
import { managedNodeGroups } from './eks/managed-groups.ts';

interface LaunchDirectoryOptions {
  readonly eks: (place: Place) => EKSClient;
  readonly ec2: Ec2Clients;
  readonly autoScaling: AutoScalingClients;
}

/** What a cluster's node groups launch: EKS's node groups, Auto Scaling groups by the cluster's tags, and the templates that they name. */
export const awsLaunchDirectory = ({ eks, ec2, autoScaling }: LaunchDirectoryOptions): LaunchDirectory => ({
  async groups({ name, arn }, signal, named = []) {
    if (!arn)
      return nothingFound({
        code: 'launch-templates-unreadable',
        message: `what the node groups of ${name} would launch next is not known: no ARN of the cluster is known`,
        remedy: 'name the cluster by its ARN',
      });

    try {
      const clients = { ec2: await ec2(arn), autoScaling: await autoScaling(arn) };
      const [managed, tagged] = await Promise.all([
        managedNodeGroups(eks(arn), name, signal),
        groupsOfCluster(clients.autoScaling, name, signal),
      ]);
      // A group without its tags must not be hidden: EKS and the machines name theirs, too.
      const known = new Set(tagged.map((each) => each.name));
      const untagged = [...new Set([...named, ...managed.flatMap(groupNames)])].filter((each) => !known.has(each));
      const groups = [...tagged, ...(await groupsNamed(clients.autoScaling, untagged, signal))];
      return await launchedBy({ ...clients, managed, groups }, signal);
    } catch (error) {
      const problem = callProblem(error, {
        action: 'the calls for launch templates',
        place: arn,
        message: `what the node groups of ${name} (${placeText(arn)}) would launch next is not known`,
        forbidden: [
          'launch-templates-forbidden',
          'allow ec2:DescribeLaunchTemplateVersions, ec2:DescribeImages, autoscaling:DescribeAutoScalingGroups and autoscaling:DescribeLaunchConfigurations to this principal (the member stack, deployed with nextNode: true), or turn nextNode off',
        ],
        other: ['launch-templates-unreadable', 'run the audit again; what runs is audited all the same'],
      });
      return nothingFound(problem);
    }
  },
});

const nothingFound = (problem: Problem): FoundGroups => ({ groups: [], complete: false, problems: [problem] });

const groupNames = ({ resources }: Nodegroup): readonly string[] =>
  (resources?.autoScalingGroups ?? []).flatMap(({ name }) => name ?? []);

interface FoundNodeGroups {
  readonly ec2: EC2Client;
  readonly autoScaling: AutoScalingClient;
  readonly managed: readonly Nodegroup[];
  readonly groups: readonly FoundAutoScalingGroup[];
}

async function launchedBy(found: FoundNodeGroups, signal: AbortSignal): Promise<FoundGroups> {
  const { ec2, autoScaling, managed, groups } = found;
  const names = new Set(groups.flatMap(({ launchConfiguration }) => launchConfiguration ?? []));
  const chosen = [...groups.flatMap((each) => each.templates), ...managed.flatMap(ownTemplates)];
  const templates = await templateVersions(ec2, chosen, signal);
  const configurations = await launchConfigurations(autoScaling, [...names], signal);
  const ids = [...templates.values(), ...configurations.values()].flatMap(({ ImageId = '' }) => ImageId);
  const images = await amazonImages(ec2, [...new Set(ids.filter((id) => id.startsWith('ami-')))], signal);

  const sourceOf = ({ name, UserData, ImageId: id, unreadable }: LaunchData): LaunchSource => ({
    name: printable(name, 200),
    ...(UserData && { userData: UserData }),
    ...(id !== undefined && { image: { id, ...(images.has(id) && { amazonName: images.get(id) ?? '' }) } }),
    ...(unreadable !== undefined && { unreadable }),
  });
  const ofTemplates = (all: readonly ChosenTemplate[]): readonly LaunchSource[] =>
    all.flatMap((each) => templates.get(templateKey(each)) ?? []).map(sourceOf);
  const ofConfiguration = (name: string): LaunchSource =>
    sourceOf({
      ...(configurations.get(name) ?? {
        unreadable: 'there is no such launch configuration: nothing can be launched by it',
      }),
      name: `launch configuration ${name}`,
    });

  const launched = groups.map(({ name, templates: own, launchConfiguration }): LaunchedGroup => {
    // EKS's word decides which managed node group it is; else it is known by its own name, as its machines are.
    const nodegroup = managed.find((each) => groupNames(each).includes(name));
    return {
      group: nodegroup?.nodegroupName
        ? { kind: 'managed', name: nodegroup.nodegroupName }
        : { kind: 'auto-scaling-group', name },
      sources: [...ofTemplates(own), ...(launchConfiguration ? [ofConfiguration(launchConfiguration)] : [])],
      ...(nodegroup && { managed: managedBy(nodegroup, ofTemplates(ownTemplates(nodegroup))) }),
    };
  });
  const seen = new Set(launched.flatMap(({ group, managed: by }) => (by ? [group.name] : [])));
  const unseen = managed.filter(({ nodegroupName = '' }) => !seen.has(nodegroupName));
  // The Auto Scaling group of a managed node group carries its cluster's tags; where it was not found, what it launches is not known.
  const lost = unseen.map(
    (each): LaunchedGroup => ({
      group: { kind: 'managed', name: each.nodegroupName ?? '' },
      sources: [{ name: 'its Auto Scaling group', unreadable: 'AWS does not show its Auto Scaling group' }],
      managed: managedBy(each, ofTemplates(ownTemplates(each))),
    }),
  );
  return {
    // An Auto Scaling group that launches nothing is none of a node.
    groups: together([...launched.filter(({ sources }) => sources.length > 0), ...lost]),
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

function managedBy(
  { amiType, version }: Nodegroup,
  [own, newest]: readonly LaunchSource[],
): NonNullable<LaunchedGroup['managed']> {
  const isNewer = newest && newest.unreadable === undefined && newest.name !== own?.name;
  return {
    ...(amiType && { amiType }),
    ...(version && { version }),
    ...(own && { own }),
    ...(isNewer && { newest }),
  };
}

/** The owner's template in the version that the node group uses, and in its newest one. */
const ownTemplates = ({ launchTemplate: { id, version } = {} }: Nodegroup): readonly ChosenTemplate[] =>
  id && version ? [version, '$Latest'].map((each) => ({ by: 'id', template: id, version: each })) : [];
