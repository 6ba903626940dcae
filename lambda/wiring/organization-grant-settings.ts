import { wordsOf } from '../contract/settings-table.ts';
import { type GrantWay, grantWay } from '../core/fix/grant/rbac-objects.ts';
import { defaultBenchmark, isOfCluster } from '../core/judge/control.ts';
import { controlsNamed } from '../core/judge/controls/catalogue/chosen-controls.ts';
import { UsageError } from '../core/model/operator-error.ts';
import { type AwsAccessPath, accessPathOf, type RawAccess } from './access-path.ts';
import { sourcesNamed } from './settings.ts';

export interface OrganizationGrantSettings {
  readonly accessPath: AwsAccessPath;
  /** The role that is let in, by its name in every account. */
  readonly roleName: string;
  /** The operator's own role in every account; the audit's role looks, and cannot change anything, without one. */
  readonly through: string | undefined;
  readonly way: GrantWay;
  readonly proxyHolders: boolean;
  readonly nextNode: boolean;
  readonly apply: boolean;
  readonly revokeOther: boolean;
}

interface RawOrganizationGrant
  extends Pick<RawAccess, 'defaultRegion' | 'profile' | 'organization' | 'account' | 'region' | 'memberRole'> {
  readonly cluster?: string | undefined;
  readonly roleArn?: string | undefined;
  readonly sources?: string | undefined;
  readonly controls?: string | undefined;
  readonly nextNode?: boolean | undefined;
  readonly through?: string | undefined;
  readonly apply?: boolean | undefined;
  readonly revokeOther?: boolean | undefined;
}

/** @throws UsageError naming the value that is wrong and what it may be */
export function organizationGrantSettingsFrom({
  cluster,
  roleArn,
  sources,
  controls,
  nextNode = false,
  through,
  apply = false,
  revokeOther = false,
  ...raw
}: RawOrganizationGrant): OrganizationGrantSettings {
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
      `--through '${through}' is no role name; give a name without path, such as OrganizationAccountAccessRole`,
    );

  const way = wayOf(sources);
  const accessPath = accessPathOf(raw);
  if (accessPath.by !== 'aws' || !accessPath.memberRole) throw new Error('a grant over accounts goes through AWS');
  return {
    accessPath: { ...accessPath, ...(through && { memberRole: through }) },
    roleName: accessPath.memberRole,
    through,
    way,
    proxyHolders: asksForHolders(controls),
    nextNode,
    apply,
    revokeOther,
  };
}

/** Whether one of these controls asks who holds nodes/proxy, which needs rights of its own. */
export const asksForHolders = (controls: string | undefined): boolean =>
  controlsNamed(wordsOf(controls ?? ''), defaultBenchmark).some(isOfCluster);

/** @throws UsageError where none of the sources asks a running kubelet */
export function wayOf(sources: string | undefined): GrantWay {
  const way = grantWay(sourcesNamed(sources || 'configz'));
  if (!way)
    throw new UsageError(
      `--sources '${sources}' ask no running kubelet, so a cluster has nothing to grant for them; name direct or configz`,
    );
  return way;
}
