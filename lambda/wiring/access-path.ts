import { memberRoleName } from '../contract/names.ts';
import { accountPattern, regionPattern } from '../contract/patterns.ts';
import type { AccountScope } from '../contract/settings.ts';
import { parseClusterArn } from '../core/model/cluster-arn.ts';
import { UsageError } from '../core/model/operator-error.ts';

export type AccessPath =
  | AwsAccessPath
  | {
      readonly by: 'kubeconfig';
      /** Several are merged, the first one that says something counts. */
      readonly files: readonly string[];
      readonly context?: string;
      readonly arn?: string;
      readonly profile?: string;
    }
  | { readonly by: 'proxy'; readonly url: string; readonly arn?: string; readonly profile?: string };

export interface AwsAccessPath {
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

export interface RawAccess {
  readonly clusters?: readonly string[];
  readonly region?: readonly string[];
  /** The surroundings' Region (AWS_REGION), used when nothing else names one. */
  readonly defaultRegion?: string | undefined;
  readonly profile?: string | undefined;
  /** Every account of the organization, or of these units of it, but the excluded ones. */
  readonly organization?: boolean;
  readonly units?: readonly string[];
  readonly excludedAccounts?: readonly string[];
  readonly account?: readonly string[];
  /** The role to assume in them, when it is not called as ours is. */
  readonly memberRole?: string | undefined;
  /** A file, or several that are merged as kubectl does. */
  readonly kubeconfig?: string | readonly string[] | undefined;
  readonly context?: string | undefined;
  readonly apiServer?: string | undefined;
}

/** @throws UsageError naming what does not go together, or what is no Region, account, role or address */
export function accessPathOf(raw: RawAccess): AccessPath {
  const profile = raw.profile ? { profile: raw.profile } : {};
  const clusters = raw.clusters ?? [];
  const accounts = accountsOf(raw);

  if (raw.kubeconfig !== undefined && raw.apiServer !== undefined)
    throw new UsageError('--kubeconfig and --api-server exclude each other; give one of them');
  if (typeof raw.kubeconfig === 'string' && parseClusterArn(raw.kubeconfig))
    throw new UsageError(
      `--kubeconfig takes a file, and '${raw.kubeconfig}' is a cluster; write CLUSTER before --kubeconfig`,
    );
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
      files: [raw.kubeconfig ?? []].flat(),
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
function accountsOf({
  organization,
  units = [],
  excludedAccounts: exclude = [],
  account = [],
  memberRole,
}: RawAccess): AccountScope | undefined {
  if (organization && account.length > 0)
    throw new UsageError('--organization and --account exclude each other; give one of them');
  if (memberRole !== undefined && !organization && account.length === 0)
    throw new UsageError('--member-role is assumed in other accounts; give --organization or --account too');
  if (memberRole !== undefined && !/^[\w+=,.@-]{1,64}$/.test(memberRole))
    throw new UsageError(
      `--member-role '${memberRole}' is not a role name; give a name without path, such as ${memberRoleName}`,
    );

  const broken = account.find((each) => !accountPattern.test(each));
  if (broken !== undefined) throw new UsageError(`--account '${broken}' is not an account id; give its 12 digits`);

  if (organization) return { kind: 'organization', units, exclude };
  return account.length > 0 ? { kind: 'accounts', accounts: [...new Set(account)] } : undefined;
}

/**
 * The Regions of the flags and of ARNs, or that of the environment.
 * @throws UsageError when there is none, or one is no Region
 */
export function regionsNamed(
  raw: Pick<RawAccess, 'region' | 'defaultRegion'>,
  clusters: readonly string[],
): readonly string[] {
  const named = [...(raw.region ?? []), ...clusters.flatMap((each) => parseClusterArn(each)?.region ?? [])];
  if (named.length === 0 && raw.defaultRegion) named.push(raw.defaultRegion);
  const regions = [...new Set(named)];

  throwIfNoArn(clusters);
  if (regions.length === 0)
    throw new UsageError('no Region: give --region, set AWS_REGION, or name a profile that has one with --profile');
  return checkedRegions(regions);
}

function throwIfNoArn(clusters: readonly string[]): void {
  const broken = clusters.find((each) => each.startsWith('arn:') && !parseClusterArn(each));
  if (broken)
    throw new UsageError(
      `'${broken}' is not the ARN of an EKS cluster; one looks like arn:aws:eks:eu-west-1:111122223333:cluster/payments`,
    );
}

const checkedRegions = (regions: readonly string[]): readonly string[] => [...new Set(regions.map(checkedRegion))];

export function checkedRegion(region: string): string {
  if (!regionPattern.test(region)) throw new UsageError(`'${region}' is not a Region; give one such as eu-west-1`);
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
      `--api-server '${text}' is not a URL; start kubectl proxy --port=0 and give the address that it prints, such as http://127.0.0.1:8001`,
    );
  if (!loopback)
    throw new UsageError(`--api-server '${text}' is not on this machine; only a kubectl proxy on loopback is accepted`);
  if (url.username || url.password)
    throw new UsageError('--api-server takes no user or password: kubectl proxy adds the credentials');
  return text;
}
