import type { GrantWay } from '../core/fix/grant/rbac-objects.ts';
import { parseClusterArn } from '../core/model/cluster-arn.ts';
import { UsageError } from '../core/model/operator-error.ts';
import { parseRoleArn } from '../core/model/role-arn.ts';
import { type RawAccess, regionsNamed } from './access-path.ts';
import { asksForHolders, wayOf } from './organization-grant-settings.ts';

export interface GrantSettings {
  /** Name or ARN. */
  readonly cluster: string;
  readonly region: string;
  readonly profile?: string;
  readonly roleArn: string | undefined;
  readonly way: GrantWay;
  /** Whether the controls of the audit that is granted ask who holds nodes/proxy. */
  readonly proxyHolders: boolean;
  /** Whether that audit has the setting `nextNode`. */
  readonly nextNode: boolean;
}

interface RawGrant extends Pick<RawAccess, 'defaultRegion' | 'profile'> {
  readonly cluster: string;
  readonly region?: readonly string[] | undefined;
  readonly roleArn?: string | undefined;
  readonly sources?: string | undefined;
  readonly controls?: string | undefined;
  readonly nextNode?: boolean | undefined;
}

/** @throws UsageError naming the value that is wrong and what it may be */
export function grantSettingsFrom({
  cluster,
  region: regions = [],
  roleArn,
  sources,
  controls,
  nextNode = false,
  ...raw
}: RawGrant): GrantSettings {
  const [region, ...others] = regions;
  if (others.length > 0)
    throw new UsageError(`a cluster is in one Region, not in ${regions.join(' and ')}; give --region once`);

  const arn = parseClusterArn(cluster);
  if (cluster.startsWith('arn:') && !arn)
    throw new UsageError(
      `'${cluster}' is no ARN of an EKS cluster; give arn:PARTITION:eks:REGION:ACCOUNT:cluster/NAME`,
    );
  if (arn && region && region !== arn.region)
    throw new UsageError(`--region '${region}' is not the Region of '${cluster}'; leave it out with an ARN`);
  if (roleArn !== undefined && !parseRoleArn(roleArn))
    throw new UsageError(
      `--role-arn '${roleArn}' is no IAM role; give arn:PARTITION:iam::ACCOUNT:role/NAME (of a session, the role behind it)`,
    );

  const [only = ''] = regionsNamed({ ...raw, ...(region && { region: [region] }) }, [cluster]);
  return {
    cluster,
    region: only,
    roleArn,
    way: wayOf(sources),
    proxyHolders: asksForHolders(controls),
    nextNode,
    ...(raw.profile && { profile: raw.profile }),
  };
}
