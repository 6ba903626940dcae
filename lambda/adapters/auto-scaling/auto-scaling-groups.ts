import type {
  AutoScalingClient,
  AutoScalingGroup,
  DescribeAutoScalingGroupsCommandInput,
  Filter,
  LaunchConfiguration,
  LaunchTemplateSpecification,
} from '@aws-sdk/client-auto-scaling';
import { clusterNameTags } from '../../contract/names.ts';
import type { Place } from '../../core/model/model.ts';
import { type AwsAccess, patientSettings } from '../aws-access.ts';

export type AutoScalingClients = (place: Place) => Promise<AutoScalingClient>;

/** Loaded when it is first used: only an audit of next nodes needs it. */
export async function autoScalingClient(access: AwsAccess): Promise<AutoScalingClient> {
  const { AutoScalingClient } = await import('./sdk.ts');
  return new AutoScalingClient(patientSettings(access));
}

/** A version of a template as a group names it: a number, `$Latest` or `$Default`. */
export interface ChosenTemplate {
  readonly by: 'id' | 'name';
  readonly template: string;
  readonly version: string;
}

export interface FoundAutoScalingGroup {
  readonly name: string;
  /** Each once; several of a mixed instances policy whose overrides name their own. */
  readonly templates: readonly ChosenTemplate[];
  readonly launchConfiguration?: string;
}

/** So many groups of one cluster are looked at. Quotas of EKS and Auto Scaling are lower. */
export const mostGroups = 2000;

/** Both lists give at most 100 entries a page. */
const pageSize = 100;

/**
 * The Auto Scaling groups with the cluster's tags, also those without a machine (autoscaling:DescribeAutoScalingGroups). Each tag needs its own call,
 * since filters of one call are joined by "and".
 */
export async function groupsOfCluster(
  client: AutoScalingClient,
  cluster: string,
  signal: AbortSignal,
): Promise<readonly FoundAutoScalingGroup[]> {
  const found = new Map<string, FoundAutoScalingGroup>();
  for (const filter of clusterFilters(cluster))
    for await (const group of listed(client, { Filters: [filter] }, signal)) {
      if (found.size >= mostGroups) return [...found.values()];
      found.set(group.name, group);
    }
  return [...found.values()];
}

/** The groups with these names, whatever their tags are; one that is gone is not in the answer. */
export async function groupsNamed(
  client: AutoScalingClient,
  names: readonly string[],
  signal: AbortSignal,
): Promise<readonly FoundAutoScalingGroup[]> {
  const found: FoundAutoScalingGroup[] = [];
  for (let at = 0; at < Math.min(names.length, mostGroups); at += pageSize) {
    const input = { AutoScalingGroupNames: names.slice(at, at + pageSize) };
    for await (const group of listed(client, input, signal)) found.push(group);
  }
  return found;
}

async function* listed(client: AutoScalingClient, input: DescribeAutoScalingGroupsCommandInput, signal: AbortSignal) {
  const { paginateDescribeAutoScalingGroups } = await import('./sdk.ts');
  const asked = { ...input, IncludeInstances: false };
  const pages = paginateDescribeAutoScalingGroups({ client, pageSize }, asked, { abortSignal: signal });
  for await (const { AutoScalingGroups = [] } of pages) yield* AutoScalingGroups.flatMap(toGroup);
}

const clusterFilters = (name: string): readonly Filter[] => [
  { Name: 'tag-key', Values: [`kubernetes.io/cluster/${name}`] },
  ...clusterNameTags.map((key) => ({ Name: `tag:${key}`, Values: [name] })),
];

function toGroup({
  AutoScalingGroupName: name,
  LaunchTemplate,
  MixedInstancesPolicy,
  LaunchConfigurationName,
}: AutoScalingGroup): readonly FoundAutoScalingGroup[] {
  if (!name) return [];

  const { LaunchTemplateSpecification, Overrides = [] } = MixedInstancesPolicy?.LaunchTemplate ?? {};
  const overriding = Overrides.flatMap((each) => each.LaunchTemplateSpecification ?? []);
  // Where every override names a template, the policy's own launches nothing.
  const isOverridden = Overrides.length > 0 && overriding.length === Overrides.length;
  const chosen = [
    ...(LaunchTemplate ? [LaunchTemplate] : []),
    ...(LaunchTemplateSpecification && !isOverridden ? [LaunchTemplateSpecification] : []),
    ...overriding,
  ].flatMap(toChosen);
  return [
    {
      name,
      templates: [...new Map(chosen.map((each) => [`${each.template} ${each.version}`, each])).values()],
      ...(LaunchConfigurationName && { launchConfiguration: LaunchConfigurationName }),
    },
  ];
}

/** Without a version Auto Scaling takes the default one (API reference, LaunchTemplateSpecification). */
const toChosen = ({
  LaunchTemplateId: id,
  LaunchTemplateName: name,
  Version: version = '$Default',
}: LaunchTemplateSpecification): readonly ChosenTemplate[] => {
  if (id) return [{ by: 'id', template: id, version }];
  return name ? [{ by: 'name', template: name, version }] : [];
};

/** Launch configurations by name, fifty at a time (autoscaling:DescribeLaunchConfigurations). What does not exist is not in the answer. */
export async function launchConfigurations(
  client: AutoScalingClient,
  names: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, LaunchConfiguration>> {
  const { paginateDescribeLaunchConfigurations } = await import('./sdk.ts');
  const found = new Map<string, LaunchConfiguration>();
  for (let from = 0; from < names.length; from += 50) {
    const pages = paginateDescribeLaunchConfigurations(
      { client, pageSize },
      { LaunchConfigurationNames: names.slice(from, from + 50) },
      { abortSignal: signal },
    );
    for await (const { LaunchConfigurations = [] } of pages)
      for (const each of LaunchConfigurations)
        if (each.LaunchConfigurationName) found.set(each.LaunchConfigurationName, each);
  }
  return found;
}
