import type { EC2Client, Instance as Ec2Instance, Filter } from '@aws-sdk/client-ec2';
import { clusterNameTags, groupTags } from '../../contract/names.ts';
import { clusterPattern } from '../../contract/patterns.ts';
import type { Instance, LaunchTemplate, NodeGroup, Place, Problem } from '../../core/model/model.ts';
import { err, type Result } from '../../core/model/result.ts';
import { ownerClaim, printable } from '../../core/model/text/words.ts';
import type { InstanceDirectory, InstanceLookup } from '../../flow/audit/ports.ts';
import { attempted, placeText } from '../aws-access.ts';
import type { Ec2Clients } from './client.ts';

interface Ec2InstancesOptions {
  readonly client: Ec2Clients;
  /** The tag whose value is an owner; none is read without it. */
  readonly ownerTag?: string;
}

/**
 * The cluster's EC2 instances by the tags that EKS, node groups, Karpenter and people put on them. Each tag needs its own call, since filters of one
 * call are joined by "and"; the answers are joined by id. Terminated instances are included while AWS remembers them: only they prove that a node is
 * gone. The Region comes from the cluster's ARN. A cluster without one is a problem, since nothing could be confirmed.
 */
export function ec2Instances({ client, ownerTag }: Ec2InstancesOptions): InstanceDirectory {
  return {
    async instances({ name, arn }, signal) {
      if (!arn) return err(noRegion(name));

      return await instancesOf(arn, async (found) => {
        for (const filter of clusterFilters(name))
          for await (const described of describe(await client(arn), [filter], signal))
            for (const each of toInstance(described, ownerTag)) found.set(each.id, each);
      });
    },
  };
}

/** EC2 takes so many values in one filter. */
export const mostValues = 200;

/** Single instances: tags can be taken off a machine, its id, private DNS name and addresses can't be changed. */
export function ec2InstanceLookup({ client, ownerTag }: Ec2InstancesOptions): InstanceLookup {
  return {
    async find({ name, arn, network }, { ids = [], names = [], addresses = [] }, signal) {
      if (!arn) return err(noRegion(name));

      const inVpc = network?.vpcId === undefined ? undefined : [{ Name: 'vpc-id', Values: [network.vpcId] }];
      const byAddress = Object.groupBy(addresses, (each) => (each.includes(':') ? 'ipv6' : 'ipv4'));
      const questions: readonly (readonly [string, readonly string[], readonly Filter[] | undefined])[] = [
        ['instance-id', ids, []],
        ['private-dns-name', names, inVpc],
        ['network-interface.addresses.private-ip-address', byAddress.ipv4 ?? [], inVpc],
        ['network-interface.ipv6-addresses.ipv6-address', byAddress.ipv6 ?? [], inVpc],
      ];
      return await instancesOf(arn, async (found) => {
        for (const [filter, values, beside] of questions)
          for (let from = 0; beside && from < values.length; from += mostValues) {
            const Values = values.slice(from, from + mostValues).map(literal);
            for await (const described of describe(await client(arn), [{ Name: filter, Values }, ...beside], signal))
              for (const each of toInstance(described, ownerTag)) found.set(each.id, each);
          }
      });
    },
  };
}

const clusterFilters = (name: string): readonly Filter[] => [
  { Name: 'tag-key', Values: [literal(`kubernetes.io/cluster/${name}`)] },
  ...clusterNameTags.map((key) => ({
    Name: `tag:${key}`,
    Values: [literal(name)],
  })),
];

/** In a filter's value `*` and `?` are wildcards and `\` escapes: a cluster must not be confused with others by its name. */
const literal = (value: string): string => value.replace(/[*?\\]/g, '\\$&');

export async function* describe(
  client: EC2Client,
  filters: readonly Filter[],
  signal: AbortSignal,
): AsyncGenerator<Ec2Instance> {
  const { paginateDescribeInstances } = await import('./sdk.ts');
  for await (const page of paginateDescribeInstances(
    { client, pageSize: 1000 },
    // An account may hide what AWS services operate in it, such as the instances of EKS Auto Mode.
    { Filters: [...filters], IncludeManagedResources: true },
    { abortSignal: signal },
  )) {
    yield* (page.Reservations ?? []).flatMap((each) => each.Instances ?? []);
  }
}

export function toInstance(described: Ec2Instance, ownerTag?: string): readonly Instance[] {
  const { InstanceId: id, State: state, PrivateIpAddress: privateIp = described.Ipv6Address } = described;
  if (!id) return [];

  const tags = new Map((described.Tags ?? []).map((tag) => [tag.Key ?? '', tag.Value ?? '']));
  const launchTemplate = launchTemplateOf(tags);
  const autoScalingGroup = tags.get('aws:autoscaling:groupName');
  const addresses = addressesOf(described);
  const primary = described.NetworkInterfaces?.find((each) => each.Attachment?.DeviceIndex === 0);
  const attachedAt = primary?.Attachment?.AttachTime;
  const { clusters, otherNames } = clustersOf(tags);
  const owner = ownerTag && ownerClaim(tags.get(ownerTag));
  return [
    {
      id,
      state: state?.Name ?? 'unknown',
      ...(described.VpcId && { vpcId: described.VpcId }),
      ...(clusters.length > 0 && { clusters }),
      ...(otherNames.length > 0 && { otherNames }),
      ...(!clusterNameTags.some((key) => tags.has(key)) && { notAdmitted: true }),
      ...(described.LaunchTime && { launchedAt: described.LaunchTime.toISOString() }),
      ...(attachedAt && { attachedAt: attachedAt.toISOString() }),
      group: groupOf(tags, described.Operator),
      ...(autoScalingGroup && { autoScalingGroup }),
      platform: described.Platform?.toLowerCase() === 'windows' ? 'windows' : 'linux',
      ...(described.PrivateDnsName && { privateDnsName: described.PrivateDnsName }),
      ...(privateIp && { privateIp }),
      ...(addresses.length > 0 && { addresses }),
      ...(described.ImageId && { imageId: described.ImageId }),
      ...(launchTemplate && { launchTemplate }),
      ...(owner && { owner }),
    },
  ];
}

/** Not the further private addresses of an interface: those are of pods, up to fifty on each. */
function addressesOf({ PrivateIpAddress: first, Ipv6Address: second, NetworkInterfaces = [] }: Ec2Instance) {
  const ofInterfaces = NetworkInterfaces.flatMap(({ PrivateIpAddress, Ipv6Addresses = [] }) => [
    PrivateIpAddress,
    ...Ipv6Addresses.map((each) => each.Ipv6Address),
  ]);
  return [...new Set([first, second, ...ofInterfaces])].filter((each) => each !== undefined);
}

export const ownedBy = 'kubernetes.io/cluster/';

/** Others tag their machines so as well: kops writes `kubernetes.io/cluster/my.example.com`, which EKS takes for no cluster's name. */
function clustersOf(tags: ReadonlyMap<string, string>) {
  const owners = [...tags.keys()].flatMap((key) => (key.startsWith(ownedBy) ? [key.slice(ownedBy.length)] : []));
  const names = new Set([...owners, ...clusterNameTags.flatMap((key) => tags.get(key) ?? [])]);
  const { clusters = [], otherNames = [] } = Object.groupBy(names, (each) =>
    clusterPattern.test(each) ? 'clusters' : 'otherNames',
  );
  return { clusters: clusters.toSorted(), otherNames: otherNames.toSorted().map((each) => printable(each, 100)) };
}

function groupOf(tags: ReadonlyMap<string, string>, operator: Ec2Instance['Operator']): NodeGroup {
  // Anybody who may tag can set EKS Auto Mode's tag: only EC2's own word on who operates the instance takes it out of the audit's reach.
  const isOperatedByEks = operator?.Managed === true && operator.Principal === 'eks.amazonaws.com';
  const [found] = groupTags.flatMap(([kind, key]) => {
    const name = kind === 'auto-mode' && !isOperatedByEks ? undefined : tags.get(key);
    return name ? [{ kind, name }] : [];
  });
  return found ?? { kind: 'self-managed', name: 'self-managed' };
}

/** EC2 itself writes these tags when an Auto Scaling group, a node group or Karpenter launches from a template; users can't write `aws:` tags. */
function launchTemplateOf(tags: ReadonlyMap<string, string>): LaunchTemplate | undefined {
  const id = tags.get('aws:ec2launchtemplate:id');
  const version = tags.get('aws:ec2launchtemplate:version');
  return id ? { id, ...(version && { version }) } : undefined;
}

/** Machines by their ids, as they are found. */
export const instancesOf = async <Found>(
  place: Pick<Place, 'region' | 'accountId'>,
  find: (found: Map<string, Found>) => Promise<void>,
): Promise<Result<readonly Found[], Problem>> => {
  const call = async () => {
    const found = new Map<string, Found>();
    await find(found);
    return [...found.values()];
  };
  const then = 'until then no machine is confirmed, and SSM is not used';
  return await attempted(call, {
    action: 'ec2:DescribeInstances',
    place,
    message: `instances of ${placeText(place)}, cannot be listed (ec2:DescribeInstances)`,
    forbidden: ['ec2-forbidden', `allow ec2:DescribeInstances on * to this principal; ${then}`],
    other: ['ec2-unavailable', `run the audit again; ${then}`],
  });
};

const noRegion = (name: string): Problem => ({
  code: 'cluster-arn-unknown',
  message: `cluster ${name} has no ARN here, so its account and Region are not known and AWS was not asked for its instances`,
  remedy: 'name the cluster by its ARN (`aws eks update-kubeconfig` does), so that its machines can be confirmed',
});
