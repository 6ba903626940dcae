import { createServer, type Socket } from 'node:net';
import { stringify } from 'yaml';
import type { EksService, LabAccessPolicy, LabEksCluster } from '../aws/eks/eks.ts';
import { partitionOf } from '../aws/partition.ts';
import type { StsService } from '../aws/sts/sts.ts';
import { closeServer, listenOnLoopback } from '../wire/loopback.ts';
import type { KarpenterObject } from './karpenter-objects.ts';
import { KubeletPorts } from './kubelet-ports.ts';
import { KubernetesApi } from './kubernetes-api.ts';
import type { LabNode } from './node-object.ts';
import type { KubernetesUser, Rbac } from './rbac.ts';

export interface KubernetesClusterOptions {
  readonly accountId: string;
  readonly region: string;
  readonly name: string;
  readonly nodes?: readonly LabNode[];
  readonly accessEntries?: readonly {
    readonly principalArn: string;
    /** The ARN of the role's session when absent, as EKS has it. */
    readonly user?: string;
    readonly groups: readonly string[];
    readonly type?: string;
    readonly policies?: readonly LabAccessPolicy[];
  }[];
  /** The ConfigMap aws-auth of a mode that knows it. */
  readonly awsAuth?: { readonly mapRoles?: readonly MappedRole[] };
  /** NodePools and EC2NodeClasses; without any, its CRDs are not installed. */
  readonly karpenter?: readonly KarpenterObject[];
  readonly rbac?: Rbac;
  /** ClusterRoles and bindings besides. */
  readonly rbacObjects?: readonly object[];
  /** Bearer tokens besides those of EKS, with whom they stand for. */
  readonly staticTokens?: Readonly<Record<string, KubernetesUser>>;
  /** Whether its kubelets listen on a port of their own, each on loopback. */
  readonly kubeletPorts?: boolean;
  /** `false`: nobody listens at its endpoint. `silent`: the endpoint takes connections and never says a word. */
  readonly reachable?: boolean | 'silent';
  readonly publicAccess?: boolean;
  readonly publicAccessCidrs?: readonly string[];
  readonly authenticationMode?: 'API' | 'API_AND_CONFIG_MAP' | 'CONFIG_MAP';
  readonly computeConfig?: LabEksCluster['computeConfig'];
  readonly remoteNetworkConfig?: LabEksCluster['remoteNetworkConfig'];
  readonly nodegroups?: readonly string[];
  readonly fargateProfiles?: readonly string[];
  readonly status?: LabEksCluster['status'];
  readonly version?: string;
  /** What DescribeCluster says otherwise (another CA, another endpoint, tags). */
  readonly described?: Partial<LabEksCluster>;
}

type MappedRole = { readonly rolearn: string; readonly username: string; readonly groups: readonly string[] };

/** A cluster of the lab: its API server, and what EKS says about it. */
export type LabKubernetesCluster = Awaited<ReturnType<typeof startKubernetesCluster>>;

export async function startKubernetesCluster(
  { sts, eks }: { readonly sts: StsService; readonly eks: EksService },
  options: KubernetesClusterOptions,
) {
  const { accountId, region, name, status = 'ACTIVE', reachable = true, authenticationMode = 'API' } = options;
  sts.addAccount(accountId, { partition: partitionOf(region) });

  const authenticate = (token: string): KubernetesUser | undefined =>
    options.staticTokens?.[token] ??
    kubelets.userOf(token) ??
    userOfEksToken({ sts, eks }, { accountId, region, name, mapped: options.awsAuth?.mapRoles ?? [] }, token);
  const api = new KubernetesApi({ nodes: options.nodes ?? [], rbac: options.rbac ?? {}, authenticate });
  for (const object of options.rbacObjects ?? []) api.rbacObjects.put(object);
  if (options.awsAuth) api.awsAuth = { mapRoles: stringify(options.awsAuth.mapRoles ?? []) };
  api.karpenter = options.karpenter;
  const url = await api.listen();
  const kubelets = new KubeletPorts(api);
  if (options.kubeletPorts) await kubelets.start();
  const silence = reachable === 'silent' ? await listenInSilence() : undefined;
  const endpoint = silence?.endpoint ?? (reachable ? url : 'https://127.0.0.1:1');

  const answers = status === 'ACTIVE' || status === 'UPDATING' || status === 'DELETING';
  const arn = eks.putCluster(accountId, region, {
    name,
    status,
    version: options.version ?? '1.34',
    ...(answers && { endpoint, certificateAuthority: { data: Buffer.from(api.caPem).toString('base64') } }),
    accessConfig: { authenticationMode },
    resourcesVpcConfig: {
      vpcId: 'vpc-0123456789abcdef0',
      subnetIds: ['subnet-0a1b2c3d4e5f60718'],
      clusterSecurityGroupId: 'sg-0123456789abcdef0',
      endpointPublicAccess: options.publicAccess ?? true,
      endpointPrivateAccess: true,
      publicAccessCidrs: [...(options.publicAccessCidrs ?? (options.publicAccess === false ? [] : ['0.0.0.0/0']))],
    },
    ...(options.computeConfig && { computeConfig: options.computeConfig }),
    ...(options.remoteNetworkConfig && { remoteNetworkConfig: options.remoteNetworkConfig }),
    nodegroups: options.nodegroups ?? nodegroupsOf(options.nodes ?? []),
    fargateProfiles: options.fargateProfiles ?? [],
    ...options.described,
  });
  for (const entry of options.accessEntries ?? []) eks.putAccessEntry(accountId, region, name, entry);

  return {
    accountId,
    region,
    name,
    arn,
    endpoint,
    caPem: api.caPem,
    api,
    kubelets,
    /** How many connections a silent endpoint took so far. */
    get takenInSilence() {
      return silence?.taken() ?? 0;
    },
    kubeconfig: (token: string) => kubeconfigOf([{ name, endpoint, caPem: api.caPem }], token),
    close: async () => {
      await kubelets.close();
      await api.close();
      await silence?.close();
    },
  };
}

/** The cluster's authenticator: the token's principal, through its access entry, to a user with groups. */
function userOfEksToken(
  { sts, eks }: { readonly sts: StsService; readonly eks: EksService },
  cluster: Pick<KubernetesClusterOptions, 'accountId' | 'region' | 'name'> & { mapped: readonly MappedRole[] },
  token: string,
): KubernetesUser | undefined {
  const verdict = sts.verifyEksToken(token, cluster);
  if (!verdict.ok) return undefined;

  // As aws-iam-authenticator has it (pkg/arn): without the path of a role.
  const canonicalArn = verdict.identityArn.replace(/:role\/.*\//, ':role/');
  const sessionName = verdict.principalArn.split('/').at(-1) ?? '';
  const entry = eks.accessEntry(cluster.accountId, cluster.region, cluster.name, verdict.identityArn);
  if (entry === undefined) {
    // An entry goes before the ConfigMap, which mode API does not know at all.
    const mode = eks.authenticationMode(cluster.accountId, cluster.region, cluster.name);
    const mapped = cluster.mapped.find(({ rolearn }) => rolearn === verdict.identityArn);
    if (mode === 'API' || !mapped) return undefined;
    return { name: mapped.username.replaceAll('{{SessionName}}', sessionName), groups: mapped.groups, canonicalArn };
  }
  return {
    name: (entry.username ?? verdict.principalArn).replaceAll('{{SessionName}}', sessionName.replaceAll('@', '-')),
    groups: entry.kubernetesGroups ?? [],
    canonicalArn,
    policies: eks.accessPolicies(cluster.accountId, cluster.region, cluster.name, verdict.identityArn),
  };
}

function nodegroupsOf(nodes: readonly LabNode[]): readonly string[] {
  return [...new Set(nodes.flatMap(({ nodegroup }) => (nodegroup === undefined ? [] : [nodegroup])))];
}

/** Takes every connection and never says a word: a black hole as far as loopback can be one. */
async function listenInSilence() {
  const sockets = new Set<Socket>();
  let taken = 0;
  const server = createServer((socket) => {
    taken += 1;
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
  });
  return {
    endpoint: `https://127.0.0.1:${await listenOnLoopback(server)}`,
    taken: () => taken,
    close: () => closeServer(server, sockets),
  };
}

/** A kubeconfig with a context for each cluster, called as the cluster is; the first one is the current. */
export const kubeconfigOf = (
  clusters: readonly { readonly name: string; readonly endpoint: string; readonly caPem: string }[],
  token: string,
): string =>
  stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: clusters.map(({ name, endpoint, caPem }) => ({
        name,
        cluster: { server: endpoint, 'certificate-authority-data': Buffer.from(caPem).toString('base64') },
      })),
      users: clusters.map(({ name }) => ({ name: `${name}-user`, user: { token } })),
      contexts: clusters.map(({ name }) => ({ name, context: { cluster: name, user: `${name}-user` } })),
      'current-context': clusters[0]?.name ?? '',
    },
    { lineWidth: 0 },
  );
