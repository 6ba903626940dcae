import { hostname, userInfo } from 'node:os';
import { type AccountCredentials, accountCredentials } from '../../adapters/account-credentials.ts';
import { awsCredentials, awsSockets } from '../../adapters/aws-access.ts';
import { systemClock } from '../../adapters/clock.ts';
import { apiServer } from '../../adapters/kubernetes/api-server.ts';
import { eksConnections, type KubernetesConnections, singleConnection } from '../../adapters/kubernetes/connections.ts';
import { kubeConfigOfFiles, kubeConfigOfProxy } from '../../adapters/kubernetes/kube-config.ts';
import { isAlive } from '../../adapters/run-records.ts';
import { isOfCluster } from '../../core/judge/control.ts';
import { parseClusterArn } from '../../core/model/cluster-arn.ts';
import type { Cluster } from '../../core/model/model.ts';
import { UsageError } from '../../core/model/operator-error.ts';
import { ok } from '../../core/model/result.ts';
import type { Ports } from '../../flow/audit/ports.ts';
import type { ClusterDirectory, FindingStore, RegionalClusters } from '../../flow/ports.ts';
import type { RemediationPorts } from '../../flow/remediate/ports.ts';
import { readingPorts } from '../reading-ports.ts';
import type { RemediateSettings } from '../remediate-settings.ts';
import type { Settings } from '../settings.ts';

interface OpenPortsOptions extends Pick<Ports, 'log' | 'progress'> {
  /** For `doctor`: no command is sent to a node. */
  readonly sendsNothing?: boolean;
}

/** Settings → the outside world of the caller's own account, or of one cluster behind a kubeconfig or a proxy. */
export async function openPorts(settings: Settings, { log, progress, sendsNothing = false }: OpenPortsOptions) {
  const clock = systemClock;
  const { accessPath, sources } = settings;
  const base = awsCredentials(accessPath.profile);
  const credentials = accountCredentials({ base, clock });
  const { connections, cluster } = openAccessPath(settings, { credentials, log });
  // Formats that list findings alone say nothing of a cluster's problems.
  if (cluster?.tlsNotVerified)
    log.warn('insecure-skip-tls-verify: anybody on the way can answer as the API server', { cluster: cluster.name });
  const sockets = awsSockets();
  // Without an ARN nothing can be published.
  const arnKnown = accessPath.by === 'aws' || cluster?.arn !== undefined;

  // The AWS clients take a hundred megabytes: a cluster behind a kubeconfig is mostly read without them.
  const confirmsMachines = sources.includes('ssm') || sources.includes('direct');
  const asksAws =
    accessPath.by === 'aws' ||
    (arnKnown && (confirmsMachines || settings.publish || settings.nextNode || settings.controls.some(isOfCluster)));
  const aws = asksAws
    ? (await import('../aws-services.ts')).awsServices({
        credentials,
        sockets,
        clock,
        log,
        sendsNothing,
        ownerTag: settings.ownerTag,
      })
    : undefined;
  const confirming = accessPath.by === 'aws' || confirmsMachines ? aws : undefined;

  return {
    clock,
    log,
    progress,
    clusters:
      accessPath.by === 'aws' && aws
        ? aws.clusters(accessPath.regions, { credentials: base })
        : only(cluster, confirming?.regionalClusters),
    ...readingPorts(settings, { connections, aws, clock }),
    instanceDirectories: confirming?.instanceDirectories ?? [],
    ...(confirming && { instanceLookup: confirming.instanceLookup, managedGroups: confirming.managedGroups }),
    findings: aws?.findings ?? nowhere,
    arnKnown,
    close() {
      connections.close();
      sockets.close();
    },
  };
}

/** What `remediate` uses in addition, all with the caller's own credentials: no role of the audit may change a node. */
export async function openRemediationPorts(
  settings: RemediateSettings,
  options: Pick<Ports, 'log' | 'progress'>,
): Promise<RemediationPorts & { close(): void }> {
  // Loaded here: an audit never needs the client that changes nodes.
  const { singleAttemptClient, ssmRemedies } = await import('../../adapters/ssm/remediation-command.ts');
  const { ssmGroupLocks } = await import('../../adapters/ssm/group-locks.ts');
  const ports = await openPorts(settings, options);
  const credentials = awsCredentials(settings.accessPath.profile);

  const client = ({ region }: { readonly region: string }) => singleAttemptClient({ region, credentials });
  return {
    ...ports,
    locks: ssmGroupLocks({ client, clock: systemClock, holder: `${userInfo().username}@${hostname()}`, isAlive }),
    remedies: ssmRemedies({
      client,
      clock: systemClock,
      stableSeconds: settings.stableSeconds,
    }),
  };
}

function openAccessPath(
  { accessPath, maxConcurrentNodes: connections, inVpc }: Settings,
  { credentials, log }: { readonly credentials: AccountCredentials; readonly log: Ports['log'] },
): { readonly connections: KubernetesConnections; readonly cluster?: Cluster } {
  switch (accessPath.by) {
    case 'aws':
      return { connections: eksConnections({ credentials, clock: systemClock, connections, inVpc }) };
    case 'kubeconfig': {
      const config = kubeConfigOfFiles(accessPath.files, accessPath.context);
      // `aws eks update-kubeconfig` names the cluster by its ARN.
      const name = config.getCurrentCluster()?.name ?? accessPath.files.join();
      if (accessPath.arn && parseClusterArn(name) && name !== accessPath.arn)
        throw new UsageError(
          `the kubeconfig leads to '${name}', not to '${accessPath.arn}'; leave CLUSTER out, or choose another --context`,
        );
      for (const warning of config.warnings) log.warn(warning, { kubeconfig: accessPath.files.join() });
      return singleCluster(apiServer(config, { connections }), {
        reachedBy: 'kubeconfig',
        name,
        arnText: accessPath.arn ?? name,
        ...(config.getCurrentCluster()?.skipTLSVerify && { tlsNotVerified: true }),
      });
    }
    case 'proxy':
      return singleCluster(apiServer(kubeConfigOfProxy(accessPath.url), { connections }), {
        reachedBy: 'proxy',
        name: accessPath.url,
        arnText: accessPath.arn ?? '',
      });
  }
}

interface SingleCluster extends Pick<Cluster, 'name' | 'tlsNotVerified'> {
  readonly reachedBy: NonNullable<Cluster['reachedBy']>;
  readonly arnText: string;
}

function singleCluster(server: ReturnType<typeof apiServer>, { reachedBy, name, arnText, ...rest }: SingleCluster) {
  const arn = parseClusterArn(arnText);

  return {
    connections: singleConnection(server),
    cluster: {
      name: arn?.name ?? name,
      ...(arn && { arn }),
      reachedBy,
      ...rest,
      compute: { autoMode: false, fargate: false, hybrid: false },
    },
  };
}

/** The cluster, with what EKS says of it (its CA, its networks) where AWS is asked about its machines. */
const only = (cluster: Cluster | undefined, eks?: RegionalClusters): ClusterDirectory => ({
  async *clusters(_names, found) {
    found?.(cluster ? 1 : 0);
    if (!cluster) return;

    const described = cluster.arn && eks ? await eks.describe(cluster.arn, cluster.arn.name) : [];
    for (const each of described) yield each.ok ? ok({ ...each.value, ...cluster, compute: each.value.compute }) : each;
    if (described.every((each) => !each.ok)) yield ok(cluster);
  },
});

/** Where nothing is published, nothing is stored. */
const nowhere: FindingStore = {
  async *stored() {},
  write: async (_place, findings) =>
    ok({
      imported: 0,
      rejected: [],
      notSent: findings.map(({ Id }) => ({ id: Id, because: 'nothing is published here' })),
    }),
};
