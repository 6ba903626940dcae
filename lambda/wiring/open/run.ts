import { accountCredentials } from '../../adapters/account-credentials.ts';
import { awsCredentials, awsSockets } from '../../adapters/aws-access.ts';
import { systemClock } from '../../adapters/clock.ts';
import { eksConnections } from '../../adapters/kubernetes/connections.ts';
import { accountDirectory, organizationsClient } from '../../adapters/organizations/account-directory.ts';
import { productName } from '../../contract/names.ts';
import type { Place } from '../../core/model/model.ts';
import type { AccessReviews, AuditPorts } from '../../flow/audit/ports.ts';
import type { Readiness } from '../../flow/remediate/ports.ts';
import type { RunPorts } from '../../flow/run/ports.ts';
import type { Machines } from '../../flow/sweep/ports.ts';
import { awsServices } from '../aws-services.ts';
import { partitionOfRegion } from '../partition-of-region.ts';
import { readingPorts } from '../reading-ports.ts';
import type { Settings } from '../settings.ts';

interface OpenRunPortsOptions extends Pick<AuditPorts, 'log' | 'progress'> {
  /** Where the function itself is; in a terminal, which audits its own account by `openTerminal`, only the Region is known. */
  readonly self?: Place;
  /** When reading stops: a busy Security Hub is waited for until then, and half a minute longer. */
  readonly deadline?: Date;
  /** For `doctor`: no command is sent to a node. */
  readonly sendsNothing?: boolean;
}

interface OpenRunPorts extends RunPorts {
  readonly machines: Machines;
  readonly reviews: AccessReviews;
  readonly readiness: Readiness;
  close(): void;
}

/** Settings → the outside world of a run over accounts and Regions: one record for all of them. */
export async function openRunPorts(
  settings: Settings,
  { log, progress, self, deadline, sendsNothing = false }: OpenRunPortsOptions,
): Promise<OpenRunPorts> {
  const { accessPath } = settings;
  if (accessPath.by !== 'aws') throw new Error('a run is over accounts of AWS');

  const clock = systemClock;
  const sockets = awsSockets();
  const base = awsCredentials(accessPath.profile);
  const { homeRegion: region, memberRole: name, accounts: scope } = accessPath;
  const role = name && { role: { name, of: 'member' as const, sessionName: productName, region } };
  const credentials = accountCredentials({ base, clock, sockets, ...role });
  const connections = eksConnections({
    credentials,
    clock,
    connections: settings.maxConcurrentNodes,
    inVpc: settings.inVpc,
  });
  const aws = awsServices({
    credentials,
    sockets,
    clock,
    log,
    sendsNothing,
    byMemberRole: name !== undefined,
    ownerTag: settings.ownerTag,
    ...(deadline && { deadline }),
  });

  return {
    clock,
    log,
    progress,
    accounts: accountDirectory({
      scope,
      partition: self?.partition ?? partitionOfRegion(region),
      ...(self && { ownAccountId: self.accountId }),
      client: () => organizationsClient({ region, credentials: base, sockets }),
    }),
    regions: aws.regions(region),
    regionalClusters: aws.regionalClusters,
    ...readingPorts(settings, { connections, aws, clock }),
    instanceDirectories: aws.instanceDirectories,
    instanceLookup: aws.instanceLookup,
    machines: aws.machines,
    managedGroups: aws.managedGroups,
    ...(settings.nextNode && { launchDirectory: aws.launchDirectory }),
    findings: aws.findings,
    close() {
      connections.close();
      sockets.close();
    },
  };
}
