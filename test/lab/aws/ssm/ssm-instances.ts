import type { NodeRoot } from '../../node/node-root.ts';
import { pageOf } from '../../wire/pages.ts';
import { type LabCall, LabError } from '../../wire/service.ts';

export interface LabManagedInstance {
  /** `i-…` or `mi-…` */
  readonly id: string;
  readonly platformName?: string;
  readonly platformType?: 'Linux' | 'Windows';
  readonly pingStatus?: 'Online' | 'ConnectionLost';
  readonly computerName?: string;
  readonly tags?: Readonly<Record<string, string>>;
  /** The file system that commands run on; without one, `behaviour` alone decides what happens. */
  readonly node?: NodeRoot;
  readonly behaviour?: LabInstanceBehaviour;
}

interface LabInstanceBehaviour {
  /** How a command ends here without running: `Undeliverable`, `Delivery Timed Out`, `Access Denied`, … */
  readonly endsAs?: string;
  /** SendCommand refuses the whole call because of it, though DescribeInstanceInformation shows it. */
  readonly refusesCommands?: true;
  /** Another script than the document's, for a node that hangs or lies. */
  readonly script?: string;
  /** What the command prints, without running anything. */
  readonly stdout?: string;
  /** Milliseconds in Pending. */
  readonly startsAfter?: number;
}

export type ManagedInstances = ReadonlyMap<string, LabManagedInstance>;

export function describeInstances(instances: ManagedInstances, input: LabCall['input'], now: number): object {
  const filters = recordsOf(input['Filters']).map(({ Key, Values }) => ({ key: String(Key), values: textsOf(Values) }));
  if (filters.length > 1 && filters.some(({ key }) => key.startsWith('tag')))
    throw new LabError('InvalidFilterKey', 'a tag filter cannot be combined with other filters');
  if (filters.some(({ key, values }) => key === 'InstanceIds' && values.length > 100))
    throw new LabError('InvalidInstanceInformationFilterValue', 'InstanceIds takes at most 100 values');

  const found = [...instances.values()].filter((instance) =>
    filters.every(({ key, values }) => values.some((value) => fits(instance, key, value))),
  );
  const { page, next } = ssmPage(found, input, 10);
  return { InstanceInformationList: page.map((instance) => shown(instance, now)), ...next };
}

const shown = ({ id, platformName, platformType, pingStatus, computerName }: LabManagedInstance, now: number) => ({
  InstanceId: id,
  PingStatus: pingStatus ?? 'Online',
  LastPingDateTime: Math.floor(now / 1000),
  AgentVersion: '3.3.2746.0',
  IsLatestVersion: true,
  PlatformType: platformType ?? 'Linux',
  PlatformName: platformName ?? 'Amazon Linux',
  PlatformVersion: '2023',
  ResourceType: id.startsWith('mi-') ? 'ManagedInstance' : 'EC2Instance',
  ...(computerName && { ComputerName: computerName }),
});

function fits(instance: LabManagedInstance, key: string, value: string): boolean {
  if (key === 'InstanceIds') return instance.id === value;
  if (key === 'PingStatus') return (instance.pingStatus ?? 'Online') === value;
  if (key.startsWith('tag:')) return instance.tags?.[key.slice('tag:'.length)] === value;
  throw new LabError('InvalidFilterKey', `the filter ${key} is not known`);
}

/** The instances that a command is for. The model allows none, SSM does not; the lab knows no targets by tags. */
export function targetIds(input: LabCall['input']): readonly string[] {
  const ids = textsOf(input['InstanceIds']);
  if (ids.length === 0) throw new LabError('InvalidParameters', 'either InstanceIds or Targets must be given');
  if (new Set(ids).size < ids.length)
    throw new LabError('DuplicateInstanceId', 'You cannot specify an instance ID in more than one association.');
  return ids;
}

/** One page of a list of SSM, whose bounds are in its model. */
export const ssmPage = <T>(all: readonly T[], { MaxResults: size, NextToken: token }: LabCall['input'], usual = 50) =>
  pageOf(all, 'NextToken', { size, token, usual, badToken: 'InvalidNextToken' });

export const recordsOf = (value: unknown): readonly Readonly<Record<string, unknown>>[] =>
  Array.isArray(value) ? value.map((each) => ({ ...Object(each) })) : [];

const textsOf = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : []);
