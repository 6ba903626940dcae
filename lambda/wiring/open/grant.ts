import { awsCredentials } from '../../adapters/aws-access.ts';
import { systemClock } from '../../adapters/clock.ts';
import { eksAccessEntries } from '../../adapters/eks/access-entries.ts';
import { eksClient } from '../../adapters/eks/client.ts';
import { eksClusters } from '../../adapters/eks/clusters.ts';
import { iamClient, iamRoles } from '../../adapters/iam/roles.ts';
import { eksConnections } from '../../adapters/kubernetes/connections.ts';
import { kubernetesRbacObjects } from '../../adapters/kubernetes/rbac-objects.ts';
import type { Place } from '../../core/model/model.ts';
import type { GrantPorts, OrganizationGrantPorts } from '../../flow/grant/ports.ts';
import type { RunPorts } from '../../flow/run/ports.ts';
import type { GrantSettings, OrganizationGrantSettings } from '../grant-settings.ts';
import { openAccounts } from './run.ts';

/** What `grant` touches, all with the caller's own credentials. */
export function openGrantPorts({ region, profile }: GrantSettings): GrantPorts & { close(): void } {
  const credentials = awsCredentials(profile);
  const client = eksClient({ region, credentials });
  const connections = eksConnections({ credentials: () => credentials, clock: systemClock, connections: 2 });

  return {
    clusters: eksClusters([{ region, client }]),
    accessEntries: eksAccessEntries({ client: () => client }),
    roles: iamRoles({ client: () => iamClient({ region, credentials }) }),
    rbacObjects: kubernetesRbacObjects(connections),
    close: () => connections.close(),
  };
}

/** The same over accounts: in each of them with the operator's own role, or, to look only, with the audit's. */
export function openOrganizationGrantPorts(
  { accessPath, through }: OrganizationGrantSettings,
  { log, progress }: Pick<RunPorts, 'log' | 'progress'>,
): OrganizationGrantPorts & { close(): void } {
  const role = { as: through ? 'operator' : 'member', name: accessPath.memberRole } as const;
  const { connections, credentials, sockets, accounts, close, ...aws } = openAccounts(accessPath, {
    role,
    log,
    connections: 2,
  });
  const client = (place: Place) => iamClient({ region: place.region, credentials: credentials(place), sockets });

  return {
    clock: systemClock,
    log,
    progress,
    accounts,
    close,
    regions: aws.regions(accessPath.homeRegion),
    regionalClusters: aws.regionalClusters,
    accessEntries: eksAccessEntries({ client: aws.eks }),
    roles: iamRoles({ client }),
    rbacObjects: kubernetesRbacObjects(connections),
    release: (cluster) => connections.release(cluster),
  };
}
