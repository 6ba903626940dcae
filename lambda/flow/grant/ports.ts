import type { FoundEntry } from '../../core/fix/grant/grant-plan.ts';
import type { RbacObject, StoredRbacObject } from '../../core/fix/grant/rbac-objects.ts';
import type { Cluster, Problem } from '../../core/model/model.ts';
import type { Result } from '../../core/model/result.ts';
import type { ClusterDirectory } from '../ports.ts';
import type { RunPorts } from '../run/ports.ts';

/** Which IAM principals EKS lets into a cluster. `grant` reads and writes it with its caller's own rights. */
export interface AccessEntries {
  /** The principal's entry; `undefined` when it has none. */
  find(cluster: Cluster, principalArn: string): Answer<FoundEntry | undefined>;
  create(cluster: Cluster, entry: AccessEntry): Answer<undefined>;
  /** Sets the groups of an entry that is there. */
  update(cluster: Cluster, entry: AccessEntry): Answer<undefined>;
  remove(cluster: Cluster, principalArn: string): Answer<undefined>;
}

/** Roles of a cluster's account. */
export interface IamRoles {
  /** `undefined` when there is no such role in the cluster's account. */
  createdAt(cluster: Cluster, roleArn: string): Answer<Date | undefined>;
}

type Answer<Found> = Promise<Result<Found, Problem>>;
type AccessEntry = Pick<FoundEntry, 'groups'> & { readonly principalArn: string };

/** ClusterRoles and ClusterRoleBindings of a cluster. `grant` reads and writes them with its caller's own rights. */
export interface RbacObjects {
  /** The stored object of this kind and name; `undefined` when there is none. */
  find(cluster: Cluster, wanted: RbacObject, signal: AbortSignal): Answer<StoredRbacObject | undefined>;
  create(cluster: Cluster, wanted: RbacObject, signal: AbortSignal): Answer<undefined>;
  /** Writes our grant over the stored object, unless that has changed since it was found. */
  replace(
    cluster: Cluster,
    change: { readonly wanted: RbacObject; readonly stored: StoredRbacObject },
    signal: AbortSignal,
  ): Answer<undefined>;
  remove(cluster: Cluster, object: RbacObject, signal: AbortSignal): Answer<undefined>;
}

/** What `grant` touches, and no audit does. */
export interface GrantPorts {
  readonly clusters: ClusterDirectory;
  readonly accessEntries: AccessEntries;
  readonly roles: IamRoles;
  readonly rbacObjects: RbacObjects;
}

/** What a grant over accounts touches. */
export type OrganizationGrantPorts = Pick<
  RunPorts,
  'accounts' | 'regions' | 'regionalClusters' | 'clock' | 'log' | 'progress' | 'release'
> &
  Pick<GrantPorts, 'accessEntries' | 'roles' | 'rbacObjects'>;
