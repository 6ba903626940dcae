import { pageOf } from '../../wire/pages.ts';
import { type LabCall, LabError, LabService } from '../../wire/service.ts';
import { partitionOf } from '../partition.ts';
import { Places } from '../places.ts';
import {
  describeImages,
  describeLaunchTemplateVersions,
  type LabImage,
  type LabLaunchTemplate,
} from './launch-templates.ts';
import { numbered } from './numbered.ts';

export interface LabInstance {
  readonly id: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly state?: keyof typeof stateCodes;
  /** Milliseconds since 1970; not shown when absent. */
  readonly launchedAt?: number;
  /** When its primary interface was attached; a stop and a start leave that as it is (EC2 User Guide, "Stop and start": network interfaces stay). */
  readonly attachedAt?: number;
  readonly platform?: 'windows';
  readonly privateDnsName?: string;
  readonly imageId?: string;
  readonly vpcId?: string;
  readonly privateIp?: string;
  readonly ipv6?: string;
  /** Who operates it instead of its account: EKS in Auto Mode. */
  readonly operator?: string;
  /** Not shown unless the caller asks for what AWS services operate. */
  readonly hidden?: true;
  /** Of one that `terminateInstance` ended. */
  readonly end?: InstanceEnd & { readonly at: number };
}

/** EC2 API reference, "StateReason". */
const stateReasons = {
  'Client.UserInitiatedShutdown': 'User initiated shutdown',
  'Client.InstanceInitiatedShutdown': 'Instance initiated shutdown',
  'Server.SpotInstanceTermination': 'Spot instance termination',
  'Server.InternalError': 'Internal error on launch',
} as const;

interface InstanceEnd {
  readonly code?: keyof typeof stateReasons;
  /** For how many milliseconds its tags are still there; as long as it is listed when absent. */
  readonly tagsForMs?: number;
}

/** For how long EC2 lists what was terminated (DescribeInstances: "usually less than one hour"); its tags may be gone earlier. */
const listedAfterEndMs = 60 * 60_000;

/** The networks of the one VPC that every Region of the lab has: that of its clusters, with the addresses of their nodes. */
export const labVpc = {
  id: 'vpc-0123456789abcdef0',
  cidrs: ['10.0.0.0/16', '10.99.0.0/16'],
  formerCidr: '10.98.0.0/16',
  ipv6Cidr: '2001:db8:1234:1a00::/56',
} as const;

const stateCodes = { pending: 0, running: 16, 'shutting-down': 32, terminated: 48, stopping: 64, stopped: 80 };

/** What an account has switched on unless a test says otherwise. */
const usualRegions: Readonly<Record<string, readonly string[]>> = {
  aws: ['eu-central-1', 'eu-west-1', 'us-east-1', 'us-east-2', 'us-west-2'],
  'aws-cn': ['cn-north-1', 'cn-northwest-1'],
  'aws-us-gov': ['us-gov-east-1', 'us-gov-west-1'],
};

/** Regions that an account must switch on itself; in every other one it is from the start. */
const optInRegions = ['af-south-1', 'ap-east-1', 'eu-south-1', 'eu-south-2', 'il-central-1', 'me-south-1'];

/** EC2 of the lab: DescribeInstances with filters by tag, launch time, state, id, VPC, name and address, and pages, DescribeVpcs by id, DescribeRegions, launch templates and images. */
export class Ec2Service extends LabService {
  readonly name = 'ec2';
  readonly #places = new Places(() => ({
    instances: new Map<string, LabInstance>(),
    templates: new Map<string, LabLaunchTemplate>(),
  }));
  readonly #regions = new Map<string, readonly string[]>();
  readonly #images = new Map<string, LabImage>();
  readonly #clock: () => number;

  constructor({ clock = Date.now }: { readonly clock?: () => number } = {}) {
    super();
    this.#clock = clock;
  }

  setRegions(accountId: string, enabled: readonly string[]): void {
    this.#regions.set(accountId, enabled);
  }

  putInstance(accountId: string, region: string, instance: LabInstance): void {
    this.#places.of({ accountId, region }).instances.set(instance.id, instance);
  }

  /** Listed for another hour, as EC2 does. */
  terminateInstance(accountId: string, region: string, id: string, end: InstanceEnd = {}): void {
    const instance = this.#places.of({ accountId, region }).instances.get(id);
    if (instance)
      this.putInstance(accountId, region, { ...instance, state: 'terminated', end: { ...end, at: this.#clock() } });
  }

  putLaunchTemplate(accountId: string, region: string, template: LabLaunchTemplate): void {
    this.#places.of({ accountId, region }).templates.set(template.id, template);
  }

  putImage(image: LabImage): void {
    this.#images.set(image.id, image);
  }

  readonly operations = {
    DescribeLaunchTemplateVersions: (call: LabCall) =>
      describeLaunchTemplateVersions([...this.#places.of(call).templates.values()], call),
    DescribeImages: (call: LabCall) => describeImages([...this.#images.values()], call),
    DescribeVpcs: ({ accountId, input }: LabCall) => describeVpcs(accountId, input),
    DescribeRegions: ({ accountId, region, input }: LabCall) => {
      const partition = partitionOf(region);
      return describeRegions(partition, this.#regions.get(accountId) ?? usualRegions[partition] ?? [region], input);
    },
    DescribeInstances: (call: LabCall) => this.#describeInstances(call),
  };

  #describeInstances(call: LabCall): object {
    const { input, accountId: ownerId } = call;
    const filters = readFilters(input);
    const found = this.#listed(call).filter(
      (instance) =>
        (!instance.hidden || input['IncludeManagedResources'] === 'true') &&
        filters.every((filter) => matches(filter, instance)),
    );
    const { page, next } = pageOf(found, 'nextToken', {
      size: input['MaxResults'],
      token: input['NextToken'],
      usual: 1000,
      bounds: [5, 1000],
      badToken: 'InvalidParameterValue',
    });
    return {
      // One reservation each, as instances of an Auto Scaling group often have.
      reservationSet: page.map((instance, index) => ({
        reservationId: `r-${String(index).padStart(17, '0')}`,
        ownerId,
        instancesSet: [describe(instance)],
      })),
      ...next,
    };
  }

  /** Without what ended more than an hour ago, and with the tags that are still there. */
  #listed(call: LabCall): readonly LabInstance[] {
    const now = this.#clock();
    const { instances } = this.#places.of(call);
    for (const { id, end } of instances.values()) if (end && now - end.at > listedAfterEndMs) instances.delete(id);
    return [...instances.values()].map((instance) => {
      const { at = 0, tagsForMs = Number.POSITIVE_INFINITY } = instance.end ?? {};
      return now - at > tagsForMs ? { ...instance, tags: {} } : instance;
    });
  }
}

type InstanceFilter = { readonly name: string; readonly any: (text: string) => boolean };

/** EC2 User Guide, "Filtering by API or CLI": up to 200 values in a single request. */
const mostFilterValues = 200;

/** `Filter.1.Name`, `Filter.1.Value.1`, … */
const readFilters = (input: LabCall['input']): readonly InstanceFilter[] =>
  numbered(input, 'Filter', 'Name').map((name, index) => {
    const values = numbered(input, `Filter.${index + 1}.Value`);
    if (values.length > mostFilterValues)
      throw new LabError(
        'FilterLimitExceeded',
        `The maximum number of filter values specified on a single call is ${mostFilterValues}`,
      );
    return { name, any: anyOf(values) };
  });

/** A program asks for hundreds of ids in a Region of 50,000 machines, so values without a wildcard are looked up. */
function anyOf(values: readonly string[]): (text: string) => boolean {
  const exact = new Set(values.filter((each) => !/[*?\\]/.test(each)));
  const patterns = values.filter((each) => !exact.has(each)).map(wildcard);
  return (text) => exact.has(text) || patterns.some((each) => each.test(text));
}

/** `*` and `?` as EC2 has them; a backslash makes the next character itself. */
function wildcard(value: string): RegExp {
  const pattern = value.replace(/\\?[\s\S]/g, (part) => {
    if (part === '*') return '.*';
    if (part === '?') return '.';
    return part.slice(-1).replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  });
  return new RegExp(`^${pattern}$`, 's');
}

function matches({ name, any }: InstanceFilter, instance: LabInstance): boolean {
  const { tags } = instance;
  const field = instanceFilters[name];
  if (field) return any(field(instance) ?? '');
  if (name === 'tag-key') return Object.keys(tags).some(any);
  if (!name.startsWith('tag:')) throw new LabError('InvalidParameterValue', `The filter '${name}' is invalid`);

  const value = tags[name.slice('tag:'.length)];
  return value !== undefined && any(value);
}

/** EC2 API reference, DescribeInstances, "Filters". */
const instanceFilters: Readonly<Record<string, (instance: LabInstance) => string | undefined>> = {
  'instance-id': ({ id }) => id,
  'instance-state-name': ({ state = 'running' }) => state,
  'launch-time': ({ launchedAt }) => timeOf(launchedAt),
  'vpc-id': ({ vpcId = labVpc.id }) => vpcId,
  'private-dns-name': ({ privateDnsName }) => privateDnsName,
  'network-interface.addresses.private-ip-address': ({ privateIp }) => privateIp,
  'network-interface.ipv6-addresses.ipv6-address': ({ ipv6 }) => ipv6,
};

/** `2021-09-29T11:04:43.305Z`: EC2 itself knows whole seconds. */
const timeOf = (at: number | undefined): string | undefined =>
  at === undefined ? undefined : `${new Date(at).toISOString().slice(0, 19)}.000Z`;

function describeRegions(partition: string, enabled: readonly string[], { AllRegions, ...others }: LabCall['input']) {
  const [unknown] = Object.keys(others);
  if (unknown) throw new LabError('InvalidParameterValue', `the lab's DescribeRegions does nothing with ${unknown}`);

  const offered = partition === 'aws' ? optInRegions.filter((region) => !enabled.includes(region)) : [];
  return {
    regionInfo: [...enabled, ...(AllRegions === 'true' ? offered : [])].map((regionName) => ({
      regionName,
      regionEndpoint: `ec2.${regionName}.${partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com'}`,
      optInStatus: offered.includes(regionName)
        ? 'not-opted-in'
        : optInRegions.includes(regionName)
          ? 'opted-in'
          : 'opt-in-not-required',
    })),
  };
}

function describeVpcs(ownerId: string, input: LabCall['input']): object {
  const unknown = Object.entries(input).find(([name, value]) => name.startsWith('VpcId.') && value !== labVpc.id);
  if (unknown) throw new LabError('InvalidVpcID.NotFound', `The vpc ID '${String(unknown[1])}' does not exist`);

  const blocks = [...labVpc.cidrs.map((cidr) => [cidr, 'associated']), [labVpc.formerCidr, 'disassociated']];
  return {
    vpcSet: [
      {
        vpcId: labVpc.id,
        ownerId,
        state: 'available',
        cidrBlock: labVpc.cidrs[0],
        cidrBlockAssociationSet: blocks.map(([cidrBlock, state], index) => ({
          associationId: `vpc-cidr-assoc-${index}`,
          cidrBlock,
          cidrBlockState: { state },
        })),
        ipv6CidrBlockAssociationSet: [
          {
            associationId: 'vpc-cidr-assoc-6',
            ipv6CidrBlock: labVpc.ipv6Cidr,
            ipv6CidrBlockState: { state: 'associated' },
          },
        ],
      },
    ],
  };
}

/** EC2 API reference, "Instance": `reason` has the time only where a person or program of the account ended it. */
function endOf({ at, code = 'Client.UserInitiatedShutdown' }: NonNullable<LabInstance['end']>): object {
  const when = new Date(at).toISOString().slice(0, 19).replace('T', ' ');
  return {
    reason: code === 'Client.UserInitiatedShutdown' ? `User initiated (${when} GMT)` : code,
    stateReason: { code, message: `${code}: ${stateReasons[code]}` },
  };
}

function describe({
  id,
  tags,
  state = 'running',
  platform,
  privateDnsName,
  vpcId = labVpc.id,
  privateIp,
  ipv6,
  imageId,
  operator,
  hidden,
  launchedAt,
  attachedAt,
  end,
}: LabInstance): object {
  return {
    instanceId: id,
    instanceState: { code: stateCodes[state], name: state },
    ...(launchedAt !== undefined && { launchTime: timeOf(launchedAt) }),
    ...(end && endOf(end)),
    // Of a terminated instance EC2 keeps neither network nor address.
    ...(state !== 'terminated' && { vpcId }),
    // The service model's only value; the real wire has it in small letters.
    ...(platform && { platform: 'Windows' }),
    ...(privateDnsName && { privateDnsName }),
    ...(privateIp && { privateIpAddress: privateIp }),
    ...(ipv6 && { ipv6Address: ipv6 }),
    ...((privateIp || ipv6 || attachedAt !== undefined) && {
      networkInterfaceSet: [
        {
          ...(attachedAt !== undefined && { attachment: { deviceIndex: 0, attachTime: timeOf(attachedAt) } }),
          ...(privateIp && { privateIpAddress: privateIp }),
          ...(ipv6 && { ipv6AddressesSet: [{ ipv6Address: ipv6, isPrimaryIpv6: true }] }),
        },
      ],
    }),
    ...(imageId && { imageId }),
    ...(operator && { operator: { managed: true, principal: operator, hiddenByDefault: hidden === true } }),
    tagSet: Object.entries(tags).map(([key, value]) => ({ key, value })),
  };
}
