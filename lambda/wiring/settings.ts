import type { AccountScope } from '../contract/account-scope.ts';
import { environment } from '../contract/environment.ts';
import { memberRoleName } from '../contract/names.ts';
import { regionPattern } from '../contract/patterns.ts';
import { parseClusterArn } from '../core/cluster-arn.ts';
import { type Benchmark, benchmarks, type Control, defaultBenchmark } from '../core/control.ts';
import { controlsNamed } from '../core/controls/controls-named.ts';
import { type Scope, scopes } from '../core/findings/identity.ts';
import { UsageError } from '../core/operator-error.ts';
import { accountScopeFrom } from './account-scope.ts';

/** How the clusters are reached. */
type Road =
  | AwsRoad
  | {
      readonly by: 'kubeconfig';
      readonly file: string;
      readonly context?: string;
      readonly arn?: string;
      readonly profile?: string;
    }
  | { readonly by: 'proxy'; readonly url: string; readonly arn?: string; readonly profile?: string };

export interface AwsRoad {
  readonly by: 'aws';
  /** Every enabled one of each account when empty, which it never is for the caller's own account in a terminal. */
  readonly regions: readonly string[];
  /** The caller's own: STS, Organizations and the list of Regions are asked there. */
  readonly homeRegion: string;
  readonly accounts: AccountScope;
  /** The role to assume in each account; the caller's own credentials are used without one. */
  readonly memberRole?: string;
  readonly profile?: string;
}

const sourceNames = ['configz', 'ssm', 'tls'] as const;
type SourceName = (typeof sourceNames)[number];

export interface Settings {
  readonly road: Road;
  /** The clusters to audit, by name or ARN; all of the Regions when empty. */
  readonly names: readonly string[];
  /** In order of preference; `tls` last, since it tells only one setting. */
  readonly sources: readonly SourceName[];
  readonly controls: readonly Control[];
  readonly benchmark: Benchmark;
  readonly scope: Scope;
  /** Kubelets read at once in one cluster, 1 to 100. */
  readonly concurrency: number;
  /** Deadline of one node in milliseconds. */
  readonly nodeTimeoutMs: number;
  readonly publish: boolean;
  /** Every source reads every node, so that they can be compared. */
  readonly everySource: boolean;
  /** Whether the program runs in a VPC: a private endpoint is not dialled when it does not. A terminal does not know. */
  readonly inVpc: boolean | 'unknown';
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The words as they came from flags or environment. Absent or empty means the default. */
export interface RawSettings {
  readonly clusters?: readonly string[];
  readonly region?: readonly string[];
  /** The surroundings' Region (AWS_REGION), used when nothing else names one. */
  readonly defaultRegion?: string | undefined;
  readonly profile?: string | undefined;
  /** Every account of the organization. */
  readonly organization?: boolean;
  /** These accounts. */
  readonly account?: readonly string[];
  /** The role to assume in them, when it is not called as ours is. */
  readonly memberRole?: string | undefined;
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  readonly apiServer?: string | undefined;
  readonly sources?: string | undefined;
  readonly controls?: string | undefined;
  readonly benchmark?: string | undefined;
  readonly scope?: string | undefined;
  readonly concurrency?: string | undefined;
  readonly nodeTimeout?: string | undefined;
  readonly publish?: boolean;
  readonly everySource?: boolean;
}

/** What the clusters' own road offers when nothing was said. */
const sourcesOf = { aws: 'configz,ssm', kubeconfig: 'configz', proxy: 'configz' } as const;

/**
 * Flags or environment → settings, once.
 * @throws UsageError naming the value that is wrong and what it may be
 */
export function settingsFrom(raw: RawSettings): Settings {
  const clusters = raw.clusters ?? [];
  return settingsFor(roadOf(raw, clusters), { ...raw, clusters }, 'unknown');
}

function settingsFor(road: Road, raw: RawSettings, inVpc: Settings['inVpc']): Settings {
  const { clusters = [] } = raw;
  const benchmark = benchmarkNamed(raw.benchmark);
  const sources = sourcesFrom(raw.sources || sourcesOf[road.by], road);

  return {
    road,
    names: road.by === 'aws' ? clusters : [],
    sources,
    everySource: compared(raw.everySource ?? false, sources),
    controls: controlsNamed(raw.controls ?? '', benchmark),
    benchmark,
    scope: oneOf('scope', raw.scope || 'node-group', scopes),
    concurrency: wholeNumber('concurrency', raw.concurrency || '20', { from: 1, to: 100 }),
    nodeTimeoutMs: duration('node-timeout', raw.nodeTimeout || '10s'),
    publish: raw.publish ?? false,
    inVpc,
  };
}

/** @throws UsageError naming the versions that are known */
export const benchmarkNamed = (text: string | undefined): Benchmark =>
  oneOf('benchmark', text || defaultBenchmark, benchmarks);

/**
 * The settings of the hub's functions: what infra wrote into their environment.
 * @throws UsageError naming the variable that is wrong
 */
export function settingsFromEnvironment(env: Environment): Settings & { readonly road: AwsRoad } {
  const road: AwsRoad = {
    by: 'aws',
    regions: checkedRegions((env[environment.regions] ?? '').split(',').filter(Boolean)),
    homeRegion: checkedRegion(required(env, 'AWS_REGION')),
    accounts: accountScopeFrom(env[environment.accounts]),
    memberRole: memberRoleName,
  };
  const raw = {
    sources: env[environment.sources],
    controls: env[environment.controls],
    benchmark: env[environment.benchmark],
    scope: env[environment.scope],
    concurrency: env[environment.concurrency],
    nodeTimeout: env[environment.nodeTimeout],
    publish: env[environment.publish] === 'true',
    everySource: env[environment.everySource] === 'true',
  };
  return { ...settingsFor(road, raw, env[environment.inVpc] === 'true'), road };
}

/** @throws UsageError when it is not set */
export function required(env: Environment, name: string): string {
  const value = env[name];
  if (!value) throw new UsageError(`${name} is not set; deploy the stack of the hub again, which sets it`);
  return value;
}

function roadOf(raw: RawSettings, clusters: readonly string[]): Road {
  const profile = raw.profile ? { profile: raw.profile } : {};
  const accounts = accountsOf(raw);

  if (raw.kubeconfig !== undefined && raw.apiServer !== undefined)
    throw new UsageError('--kubeconfig and --api-server exclude each other; give one of them');
  if (raw.context !== undefined && raw.kubeconfig === undefined)
    throw new UsageError('--context chooses within a kubeconfig; give --kubeconfig too');

  if (raw.kubeconfig !== undefined || raw.apiServer !== undefined) {
    if (accounts)
      throw new UsageError(
        '--organization and --account look for clusters in AWS; leave them out with --kubeconfig or --api-server',
      );
    if ((raw.region ?? []).length > 0)
      throw new UsageError('--region looks for clusters in AWS; leave it out with --kubeconfig or --api-server');
    const arn = onlyArn(clusters);
    if (raw.apiServer !== undefined) return { by: 'proxy', url: loopbackUrl(raw.apiServer), ...arn, ...profile };
    return {
      by: 'kubeconfig',
      file: raw.kubeconfig ?? '',
      ...(raw.context && { context: raw.context }),
      ...arn,
      ...profile,
    };
  }

  if (!accounts) {
    const regions = regionsNamed(raw, clusters);
    return {
      by: 'aws',
      regions,
      homeRegion: raw.defaultRegion || regions[0] || '',
      accounts: { kind: 'own' },
      ...profile,
    };
  }

  throwIfNoArn(clusters);
  const regions = checkedRegions(raw.region ?? []);
  const homeRegion = raw.defaultRegion || regions[0];
  if (!homeRegion)
    throw new UsageError(
      'no Region of your own: set AWS_REGION; STS and AWS Organizations are asked there, and --region is where clusters are looked for',
    );
  return {
    by: 'aws',
    regions,
    homeRegion: checkedRegion(homeRegion),
    accounts,
    memberRole: raw.memberRole || memberRoleName,
    ...profile,
  };
}

/** `undefined` when neither the organization nor an account was named: then it is about the caller's own. */
function accountsOf({ organization, account = [], memberRole }: RawSettings): AccountScope | undefined {
  if (organization && account.length > 0)
    throw new UsageError('--organization and --account exclude each other; give one of them');
  if (memberRole !== undefined && !organization && account.length === 0)
    throw new UsageError('--member-role is assumed in other accounts; give --organization or --account too');
  if (memberRole !== undefined && !/^[\w+=,.@-]{1,64}$/.test(memberRole))
    throw new UsageError(
      `--member-role '${memberRole}' is no role name; give a name without path, such as ${memberRoleName}`,
    );

  const broken = account.find((each) => !/^\d{12}$/.test(each));
  if (broken !== undefined) throw new UsageError(`--account '${broken}' is no account id; give its 12 digits`);

  if (organization) return { kind: 'organization', units: [], exclude: [] };
  return account.length > 0 ? { kind: 'accounts', accounts: [...new Set(account)] } : undefined;
}

/**
 * The Regions of the flags and of ARNs, or else that of the surroundings.
 * @throws UsageError when there is none, or one is no Region
 */
export function regionsNamed(
  raw: Pick<RawSettings, 'region' | 'defaultRegion'>,
  clusters: readonly string[],
): readonly string[] {
  const named = [...(raw.region ?? []), ...clusters.flatMap((each) => parseClusterArn(each)?.region ?? [])];
  const regions = [...new Set(named.length > 0 ? named : raw.defaultRegion ? [raw.defaultRegion] : [])];

  throwIfNoArn(clusters);
  if (regions.length === 0) throw new UsageError('no Region: give --region (repeatable), or set AWS_REGION');
  return checkedRegions(regions);
}

function throwIfNoArn(clusters: readonly string[]): void {
  const broken = clusters.find((each) => each.startsWith('arn:') && !parseClusterArn(each));
  if (broken)
    throw new UsageError(
      `'${broken}' is no ARN of an EKS cluster; one looks like arn:aws:eks:eu-west-1:111122223333:cluster/payments`,
    );
}

const checkedRegions = (regions: readonly string[]): readonly string[] => [...new Set(regions.map(checkedRegion))];

function checkedRegion(region: string): string {
  if (!regionPattern.test(region)) throw new UsageError(`'${region}' is no Region; give one such as eu-west-1`);
  return region;
}

/** A kubeconfig or a proxy leads to one cluster; its ARN may be given to publish findings about it. */
function onlyArn(clusters: readonly string[]): { readonly arn?: string } {
  const [first, ...others] = clusters;
  if (!first) return {};
  if (others.length > 0 || !parseClusterArn(first)) {
    throw new UsageError(
      `with --kubeconfig or --api-server there is one cluster, named by --context; CLUSTER may only be its ARN, not '${clusters.join(' ')}'`,
    );
  }
  return { arn: first };
}

/** Credentials of kubectl stand behind a proxy: it must not be one on the network. */
function loopbackUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const loopback =
    url && (url.hostname === 'localhost' || url.hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(url.hostname));

  if (!url || !['http:', 'https:'].includes(url.protocol))
    throw new UsageError(
      `--api-server '${text}' is no URL; start kubectl proxy --port=0 and give the address that it prints, such as http://127.0.0.1:8001`,
    );
  if (!loopback)
    throw new UsageError(`--api-server '${text}' is not on this machine; only a kubectl proxy on loopback is accepted`);
  if (url.username || url.password)
    throw new UsageError('--api-server takes no user or password: kubectl proxy adds the credentials');
  return text;
}

function sourcesFrom(text: string, road: Road): readonly SourceName[] {
  const names = new Set(text.split(',').map((each) => oneOf('sources', each.trim(), sourceNames)));
  if (!names.delete('tls')) return [...names];

  if (road.by !== 'aws')
    throw new UsageError(
      `--sources tls needs the cluster's networks and CA from AWS; leave tls out with ${road.by === 'proxy' ? '--api-server' : '--kubeconfig'}`,
    );
  return [...names, 'tls'];
}

/** One source has nothing to be compared with: silence would look like agreement. */
function compared(everySource: boolean, sources: readonly SourceName[]): boolean {
  if (everySource && sources.length < 2)
    throw new UsageError(
      `--every-source compares what sources read, and there is only ${sources.join()}; give --sources configz,ssm, or leave it out`,
    );
  return everySource;
}

function oneOf<const T extends string>(name: string, text: string, allowed: readonly T[]): T {
  const found = allowed.find((each) => each === text);
  if (!found) throw new UsageError(`--${name} '${text}' is not known; one of ${allowed.join(', ')}`);
  return found;
}

function wholeNumber(name: string, text: string, { from, to }: { from: number; to: number }): number {
  const value = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= from && value <= to))
    throw new UsageError(`--${name} '${text}' must be a whole number from ${from} to ${to}`);
  return value;
}

/** `10s`, `500ms` or `1m` → milliseconds, at least 100 ms and at most 5 minutes. */
function duration(name: string, text: string): number {
  const [, number, unit] = /^(\d{1,6})(ms|s|m)$/.exec(text) ?? [];
  const milliseconds =
    Number(number) * { ms: 1, s: 1_000, m: 60_000 }[unit === 'ms' || unit === 's' || unit === 'm' ? unit : 'ms'];
  if (!number || milliseconds < 100 || milliseconds > 300_000)
    throw new UsageError(`--${name} '${text}' must be a duration from 100ms to 5m, such as 10s`);
  return milliseconds;
}
