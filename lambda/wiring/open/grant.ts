import { awsCredentials } from '../../adapters/aws-access.ts';
import { systemClock } from '../../adapters/clock.ts';
import { eksAccessEntries } from '../../adapters/eks/access-entries.ts';
import { eksClient } from '../../adapters/eks/client.ts';
import { eksClusters } from '../../adapters/eks/clusters.ts';
import { eksConnections } from '../../adapters/kubernetes/connections.ts';
import { kubernetesRbacObjects } from '../../adapters/kubernetes/rbac-objects.ts';
import type { GrantPorts } from '../../core/ports.ts';
import type { GrantSettings } from '../grant-settings.ts';

/** What `grant` touches, all with the caller's own credentials. */
export function openGrantPorts({ region, profile }: GrantSettings): GrantPorts & { close(): void } {
  const credentials = awsCredentials(profile);
  const client = eksClient({ region, credentials });
  const connections = eksConnections({ credentials: () => credentials, clock: systemClock, connections: 2 });

  return {
    clusters: eksClusters([{ region, client }]),
    accessEntries: eksAccessEntries(client),
    rbacObjects: kubernetesRbacObjects(connections),
    close: () => connections.close(),
  };
}
