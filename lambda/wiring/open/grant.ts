import { accountCredentials } from '../../adapters/account-credentials.ts';
import { awsCredentials, awsSockets } from '../../adapters/aws-access.ts';
import { systemClock } from '../../adapters/clock.ts';
import { eksAccessEntries } from '../../adapters/eks/access-entries.ts';
import { eksClient } from '../../adapters/eks/client.ts';
import { eksClusters } from '../../adapters/eks/clusters.ts';
import { iamClient, iamRoles } from '../../adapters/iam/roles.ts';
import { eksConnections } from '../../adapters/kubernetes/connections.ts';
import { kubernetesRbacObjects } from '../../adapters/kubernetes/rbac-objects.ts';
import { accountDirectory, organizationsClient } from '../../adapters/organizations/account-directory.ts';
import { productName } from '../../contract/names.ts';
import type { GrantPorts, OrganizationGrantPorts } from '../../flow/grant/ports.ts';
import type { RunPorts } from '../../flow/run/ports.ts';
import { awsServices } from '../aws-services.ts';
import type { GrantSettings, OrganizationGrantSettings } from '../grant-settings.ts';
import { partitionOfRegion } from '../partition-of-region.ts';

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
  const { accounts: scope, homeRegion: region, memberRole: name = '', profile } = accessPath;
  const clock = systemClock;
  const sockets = awsSockets();
  const base = awsCredentials(profile);
  const role = { name, of: through ? ('operator' as const) : ('member' as const), sessionName: productName, region };
  const credentials = accountCredentials({ base, role, clock, sockets });
  const connections = eksConnections({ credentials, clock, connections: 2 });
  const aws = awsServices({ credentials, sockets, clock, log });

  return {
    clock,
    log,
    progress,
    accounts: accountDirectory({
      scope,
      partition: partitionOfRegion(region),
      client: () => organizationsClient({ region, credentials: base, sockets }),
    }),
    regions: aws.regions(region),
    regionalClusters: aws.regionalClusters,
    accessEntries: eksAccessEntries({ client: aws.eks }),
    roles: iamRoles({
      client: (place) => iamClient({ region: place.region, credentials: credentials(place), sockets }),
    }),
    rbacObjects: kubernetesRbacObjects(connections),
    release: (cluster) => connections.release(cluster),
    close() {
      connections.close();
      sockets.close();
    },
  };
}
