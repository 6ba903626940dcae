import { wordsOf } from '../contract/settings-table.ts';
import { grantWay } from '../core/fix/grant/rbac-objects.ts';
import { defaultBenchmark, isOfCluster } from '../core/judge/control.ts';
import { controlNamed } from '../core/judge/controls/catalogue/find-control.ts';
import { parseClusterArn } from '../core/model/cluster-arn.ts';
import { UsageError } from '../core/model/operator-error.ts';
import { parseRoleArn } from '../core/model/role-arn.ts';
import { accessPathOf, type RawAccess, regionsNamed } from './access-path.ts';
import { sourcesNamed } from './settings.ts';

export type GrantSettings = ReturnType<typeof grantSettingsFrom>;
export type OrganizationGrantSettings = ReturnType<typeof organizationGrantSettingsFrom>;

export interface RawGrant
  extends Pick<RawAccess, 'defaultRegion' | 'profile' | 'organization' | 'account' | 'region' | 'memberRole'> {
  readonly cluster?: string | undefined;
  readonly roleArn?: string;
  readonly through?: string;
  readonly sources?: string;
  readonly controls?: string;
  readonly nextNode?: boolean;
  readonly apply?: boolean;
  readonly revokeOther?: boolean;
}

/** @throws UsageError naming the value that is wrong and what it may be */
export function grantSettingsFrom({ cluster, region: regions = [], roleArn, ...raw }: RawGrant) {
  if (cluster === undefined)
    throw new UsageError("missing required argument 'CLUSTER'; name one, or give --organization or --account");
  if (raw.through !== undefined || raw.memberRole !== undefined)
    throw new UsageError('--through and --member-role are for many accounts; give --organization or --account too');
  const [region, ...others] = regions;
  if (others.length > 0)
    throw new UsageError(`a cluster is in one Region, not in ${regions.join(' and ')}; give --region once`);
  const arn = parseClusterArn(cluster);
  if (arn && region && region !== arn.region)
    throw new UsageError(`--region '${region}' is not the Region of '${cluster}'; leave it out with an ARN`);
  if (roleArn !== undefined && !parseRoleArn(roleArn))
    throw new UsageError(
      `--role-arn '${roleArn}' is not an IAM role; give arn:PARTITION:iam::ACCOUNT:role/NAME (of a session, the role behind it)`,
    );

  const [only = ''] = regionsNamed({ ...raw, region: regions }, [cluster]);
  return { ...granted(raw), cluster, region: only, roleArn, ...(raw.profile && { profile: raw.profile }) };
}

/** @throws UsageError naming the value that is wrong and what it may be */
export function organizationGrantSettingsFrom({ cluster, roleArn, ...raw }: RawGrant) {
  const { through, apply } = raw;
  if (cluster !== undefined)
    throw new UsageError(`--organization and --account are about every cluster; leave '${cluster}' out`);
  if (roleArn !== undefined)
    throw new UsageError(
      '--role-arn names the role of one cluster; with --organization or --account give --member-role',
    );
  if (apply && !through)
    throw new UsageError(
      '--apply changes clusters with a role of yours there, never with that of the audit; give --through ROLE, the name of a role that every account has and that administers its clusters',
    );
  if (through !== undefined && !/^[\w+=,.@-]{1,64}$/.test(through))
    throw new UsageError(
      `--through '${through}' is not a role name; give a name without path, such as OrganizationAccountAccessRole`,
    );

  const accessPath = accessPathOf(raw);
  if (accessPath.by !== 'aws' || !accessPath.memberRole) throw new Error('a grant over accounts goes through AWS');
  return {
    ...granted(raw),
    accessPath: { ...accessPath, ...(through && { memberRole: through }) },
    /** The role that is let in, by its name in every account. */
    roleName: accessPath.memberRole,
    /** The operator's own role in every account; the audit's role looks, and cannot change anything, without one. */
    through,
  };
}

/** @throws UsageError where none of the sources asks a running kubelet */
function granted({ sources, controls = '', nextNode = false, apply = false, revokeOther = false }: RawGrant) {
  const way = grantWay(sourcesNamed(sources ?? 'configz'));
  if (!way)
    throw new UsageError(
      `--sources '${sources}' ask no running kubelet, so a cluster has nothing to grant for them; name direct or configz`,
    );
  // The holders of nodes/proxy can only be read with rights of their own.
  const proxyHolders = wordsOf(controls)
    .map((word) => controlNamed(word, defaultBenchmark))
    .some(isOfCluster);
  return { way, proxyHolders, nextNode, apply, revokeOther };
}
