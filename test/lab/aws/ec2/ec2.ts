import { type LabCall, LabError, type LabService } from '../../wire/service.ts';
import { partitionOf } from '../partition.ts';
import {
  describeImages,
  describeLaunchTemplateVersions,
  type LabImage,
  type LabLaunchTemplate,
} from './launch-templates.ts';
import { numbered } from './numbered.ts';

/** An instance of the lab, as DescribeInstances shows it. */
export interface LabInstance {
  readonly id: string;
  readonly tags: Readonly<Record<string, string>>;
  /** `running` when absent. */
  readonly state?: keyof typeof stateCodes;
  /** Milliseconds since 1970; not shown when absent. */
  readonly launchedAt?: number;
  readonly platform?: 'windows';
  readonly privateDnsName?: string;
  readonly imageId?: string;
  /** The lab's own when absent. */
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
  /** `Client.UserInitiatedShutdown` when absent. */
  readonly code?: keyof typeof stateReasons;
  /** For how many milliseconds its tags are still there; as long as it is listed when absent. */
  readonly tagsForMs?: number;
}

/**
 * For how long EC2 lists what was terminated; its tags may be gone earlier. Sources: DescribeInstances ("usually less than one hour"), EC2 user guide,
 * "Terminate Amazon EC2 instances" (tags are gradually disassociated).
 */
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
export class Ec2Service implements LabService {
  readonly name = 'ec2';
  readonly #estates = new Map<string, Map<string, LabInstance>>();
  readonly #regions = new Map<string, readonly string[]>();
  readonly #templates = new Map<string, Map<string, LabLaunchTemplate>>();
  readonly #images = new Map<string, LabImage>();
  readonly #clock: () => number;

  constructor({ clock = Date.now }: { readonly clock?: () => number } = {}) {
    this.#clock = clock;
  }

  /** Which Regions an account has switched on. */
  setRegions(accountId: string, enabled: readonly string[]): void {
    this.#regions.set(accountId, enabled);
  }

  putInstance(accountId: string, region: string, instance: LabInstance): void {
    this.#estate(accountId, region).set(instance.id, instance);
  }

  /** Listed for another hour, as EC2 does. */
  terminateInstance(accountId: string, region: string, id: string, end: InstanceEnd = {}): void {
    const instance = this.#estate(accountId, region).get(id);
    if (instance)
      this.putInstance(accountId, region, { ...instance, state: 'terminated', end: { ...end, at: this.#clock() } });
  }

  /** Makes or replaces a launch template, with all of its versions. */
  putLaunchTemplate(accountId: string, region: string, template: LabLaunchTemplate): void {
    this.#templatesOf(accountId, region).set(template.id, template);
  }

  /** An AMI that every account of the lab sees. */
  putImage(image: LabImage): void {
    this.#images.set(image.id, image);
  }

  async handle(call: LabCall): Promise<unknown> {
    const { operation, accountId, region, input } = call;
    if (operation === 'DescribeLaunchTemplateVersions')
      return describeLaunchTemplateVersions([...this.#templatesOf(accountId, region).values()], call);
    if (operation === 'DescribeImages') return describeImages([...this.#images.values()], call);
    if (operation === 'DescribeVpcs') return describeVpcs(accountId, input);
    if (operation === 'DescribeRegions') {
      const partition = partitionOf(region);
      return describeRegions(partition, this.#regions.get(accountId) ?? usualRegions[partition] ?? [region], input);
    }
    if (operation !== 'DescribeInstances') throw new LabError('InvalidAction', `the lab's ec2 has no ${operation}`);

    const filters = readFilters(input);
    const found = this.#listed(accountId, region).filter(
      (instance) =>
        (!instance.hidden || input['IncludeManagedResources'] === 'true') &&
        filters.every((filter) => matches(filter, instance)),
    );
    const { page, nextToken } = pageOf(found, input);
    return {
      // One reservation each, as instances of an Auto Scaling group often have.
      reservationSet: page.map((instance, index) => ({
        reservationId: `r-${String(index).padStart(17, '0')}`,
        ownerId: accountId,
        instancesSet: [describe(instance)],
      })),
      ...(nextToken && { nextToken }),
    };
  }

  /** Without what ended more than an hour ago, and with the tags that are still there. */
  #listed(accountId: string, region: string): readonly LabInstance[] {
    const now = this.#clock();
    const estate = this.#estate(accountId, region);
    for (const { id, end } of estate.values()) if (end && now - end.at > listedAfterEndMs) estate.delete(id);
    return [...estate.values()].map((instance) => {
      const { at = 0, tagsForMs = Number.POSITIVE_INFINITY } = instance.end ?? {};
      return now - at > tagsForMs ? { ...instance, tags: {} } : instance;
    });
  }

  #templatesOf(accountId: string, region: string): Map<string, LabLaunchTemplate> {
    const key = `${accountId} ${region}`;
    const templates = this.#templates.get(key) ?? new Map<string, LabLaunchTemplate>();
    this.#templates.set(key, templates);
    return templates;
  }

  #estate(accountId: string, region: string): Map<string, LabInstance> {
    const key = `${accountId} ${region}`;
    const estate = this.#estates.get(key) ?? new Map<string, LabInstance>();
    this.#estates.set(key, estate);
    return estate;
  }
}

interface InstanceFilter {
  readonly name: string;
  readonly values: readonly RegExp[];
}

/** EC2 User Guide, "Filtering by API or CLI": up to 200 values in a single request. */
const mostFilterValues = 200;

/** `Filter.1.Name`, `Filter.1.Value.1`, … */
function readFilters(input: LabCall['input']): readonly InstanceFilter[] {
  const filters: InstanceFilter[] = [];
  for (let index = 1; typeof input[`Filter.${index}.Name`] === 'string'; index += 1) {
    const values = numbered(input, `Filter.${index}.Value`);
    if (values.length > mostFilterValues)
      throw new LabError(
        'FilterLimitExceeded',
        `The maximum number of filter values specified on a single call is ${mostFilterValues}`,
      );
    filters.push({ name: String(input[`Filter.${index}.Name`]), values: values.map(wildcard) });
  }
  return filters;
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

function matches({ name, values }: InstanceFilter, instance: LabInstance): boolean {
  const { tags } = instance;
  const any = (text: string) => values.some((value) => value.test(text));
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

function pageOf(
  found: readonly LabInstance[],
  input: LabCall['input'],
): { readonly page: readonly LabInstance[]; readonly nextToken?: string } {
  const size = input['MaxResults'] === undefined ? 1000 : Number(input['MaxResults']);
  if (!(size >= 5 && size <= 1000))
    throw new LabError(
      'InvalidParameterValue',
      `Value ( ${size} ) for parameter maxResults is invalid. Expecting a value greater than 5.`,
    );

  const start = input['NextToken'] === undefined ? 0 : Number(String(input['NextToken']).replace('from-', ''));
  if (!Number.isInteger(start)) throw new LabError('InvalidParameterValue', 'The token is not valid');
  const end = start + size;
  return { page: found.slice(start, end), ...(end < found.length && { nextToken: `from-${end}` }) };
}

function describeRegions(partition: string, enabled: readonly string[], input: LabCall['input']): object {
  const offered = partition === 'aws' ? optInRegions.filter((region) => !enabled.includes(region)) : [];
  const known = [...enabled, ...offered].map((regionName) => ({
    regionName,
    regionEndpoint: `ec2.${regionName}.${partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com'}`,
    optInStatus: optInRegions.includes(regionName)
      ? enabled.includes(regionName)
        ? 'opted-in'
        : 'not-opted-in'
      : 'opt-in-not-required',
  }));

  const asked = numbered(input, 'RegionName');
  const unknown = asked.filter((name) => !known.some(({ regionName }) => regionName === name));
  if (unknown.length > 0) {
    throw new LabError('InvalidParameterValue', `Invalid region names: [${unknown.join(', ')}]`);
  }
  const filters = readFilters(input).map(({ name, values }) => {
    const member = regionFilters[name];
    if (member === undefined) throw new LabError('InvalidParameterValue', `The filter '${name}' is invalid`);
    return (region: (typeof known)[number]) => values.some((value) => value.test(region[member]));
  });
  return {
    regionInfo: known.filter(
      (region) =>
        (input['AllRegions'] === 'true' || region.optInStatus !== 'not-opted-in') &&
        (asked.length === 0 || asked.includes(region.regionName)) &&
        filters.every((matches) => matches(region)),
    ),
  };
}

const regionFilters: Readonly<Record<string, 'regionName' | 'regionEndpoint' | 'optInStatus'>> = {
  'region-name': 'regionName',
  endpoint: 'regionEndpoint',
  'opt-in-status': 'optInStatus',
};

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
    ...((privateIp || ipv6) && {
      networkInterfaceSet: [
        {
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
