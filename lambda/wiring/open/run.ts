import { accountCredentials } from '../../adapters/account-credentials.ts';
import { awsCredentials, awsSockets } from '../../adapters/aws-access.ts';
import { systemClock } from '../../adapters/clock.ts';
import { eksConnections } from '../../adapters/kubernetes/connections.ts';
import { accountDirectory, organizationsClient } from '../../adapters/organizations/account-directory.ts';
import { productName } from '../../contract/names.ts';
import type { Place } from '../../core/model/model.ts';
import type { AuditPorts } from '../../flow/audit/ports.ts';
import type { AwsAccessPath } from '../access-path.ts';
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

/** Settings → the outside world of a run over accounts and Regions: one record for all of them. */
export async function openRunPorts(
  settings: Settings,
  { log, progress, self, deadline, sendsNothing = false }: OpenRunPortsOptions,
) {
  const { accessPath } = settings;
  if (accessPath.by !== 'aws') throw new Error('a run is over accounts of AWS');

  const role = { as: 'member', name: accessPath.memberRole } as const;
  const { connections, close, accounts, ...aws } = openAccounts(accessPath, {
    role,
    log,
    self,
    sendsNothing,
    ownerTag: settings.ownerTag,
    inVpc: settings.inVpc,
    connections: settings.maxConcurrentNodes,
    ...(deadline && { deadline }),
  });

  return {
    clock: systemClock,
    log,
    progress,
    accounts,
    close,
    regions: aws.regions(accessPath.homeRegion),
    regionalClusters: aws.regionalClusters,
    ...readingPorts(settings, { connections, aws, clock: systemClock }),
    instanceDirectories: aws.instanceDirectories,
    instanceLookup: aws.instanceLookup,
    machines: aws.machines,
    managedGroups: aws.managedGroups,
    findings: aws.findings,
  };
}

interface OpenAccountsOptions extends Pick<AuditPorts, 'log'> {
  /** The role in each account, and whose it is; without a name the caller's own credentials are used. */
  readonly role: { readonly as: 'member' | 'operator'; readonly name: string | undefined };
  readonly self?: Place | undefined;
  /** To each API server. */
  readonly connections: number;
  readonly inVpc?: Settings['inVpc'];
  readonly ownerTag?: string;
  readonly sendsNothing?: boolean;
  readonly deadline?: Date;
}

/** The accounts of the settings, and what is reached in them by a role. */
export function openAccounts(
  { homeRegion: region, accounts: scope, profile }: AwsAccessPath,
  { role: { as, name }, log, self, connections: perServer, inVpc = 'unknown', ...options }: OpenAccountsOptions,
) {
  const clock = systemClock;
  const sockets = awsSockets();
  const base = awsCredentials(profile);
  const role = name !== undefined && { role: { name, of: as, sessionName: productName, region } };
  const credentials = accountCredentials({ base, clock, sockets, ...role });
  const connections = eksConnections({ credentials, clock, connections: perServer, inVpc });
  const byMemberRole = as === 'member' && name !== undefined;

  return {
    ...awsServices({ ...options, credentials, sockets, clock, log, byMemberRole }),
    credentials,
    sockets,
    connections,
    accounts: accountDirectory({
      scope,
      partition: self?.partition ?? partitionOfRegion(region),
      ...(self && { ownAccountId: self.accountId }),
      client: () => organizationsClient({ region, credentials: base, sockets }),
    }),
    close() {
      connections.close();
      sockets.close();
    },
  };
}
