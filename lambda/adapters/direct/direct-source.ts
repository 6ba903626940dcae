import { hash } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';
import type { Cluster, ClusterNode, KubeletFacts, Problem, ReadFailure } from '../../core/model/model.ts';
import { proven } from '../../core/model/proven.ts';
import { err, ok, type Result } from '../../core/model/result.ts';
import { classifyDirectAnswer, firstMinorWithConfigzRight } from '../../core/read/kubelet/configz/direct-answer.ts';
import { minorVersion } from '../../core/read/kubelet/minor-version.ts';
import type { KubeletSource } from '../../flow/audit/ports.ts';
import type { Clock } from '../../flow/ports.ts';
import { slept } from '../clock.ts';
import type { ClusterNetworks } from '../ec2/cluster-networks.ts';
import type { NamesakeDirectory } from '../eks/namesakes.ts';
import type { ApiServer, Identity } from '../kubernetes/api-server.ts';
import type { KubernetesConnections } from '../kubernetes/connections.ts';
import { unreachable } from '../kubernetes/unreachable.ts';
import { type NodeAddresses, nodeAddresses } from '../node-addresses.ts';
import { readEachNode } from '../read-each-node.ts';
import { Silence } from '../silence.ts';
import { type Dial, usualKubeletPort } from '../tls/read-handshake.ts';
import { getConfigz, type NoKubeletAnswer } from './kubelet-port.ts';
import { rightsElsewhere, tokenProblem } from './token-rights.ts';

/** One connection for each node, none of them kept. More at once would gain nothing and take file descriptors. */
const mostAtOnce = 50;

interface DirectOptions {
  readonly connections: KubernetesConnections;
  readonly networks: ClusterNetworks;
  readonly clock: Clock;
  readonly dial: Dial;
  /** Kubelets asked at once, 50 at most. */
  readonly concurrency: number;
  readonly nodeTimeoutMs: number;
  /** Show nodes a token that can do more than read their configuration. Only for a person's own credentials, at that person's request. */
  readonly allowBroadToken: boolean;
  /** Where else a token of the cluster's name is valid. */
  readonly namesakes: NamesakeDirectory;
  /** ARNs of clusters of the same name that need not be asked what the token may do there. */
  readonly directAlthoughNotAsked: readonly string[];
}

/**
 * `GET https://NODE:10250/configz` with the token of the cluster: the running configuration from the kubelet's own port, by `nodes/configz` alone
 * (Kubernetes 1.33 and later). A kubelet without a client CA, or with another one, refuses the API server and still checks a token: it answers here.
 *
 * The token goes to no address that AWS does not confirm, over no TLS that does not verify, and with no right of `broadRights`.
 * Not verified: that EKS accepts an IAM token in a kubelet's TokenReview, and that the kubelets of every AMI have serving certificates of the cluster's CA.
 */
export function directSource(options: DirectOptions): KubeletSource {
  const notes = new WeakMap<Cluster, readonly Problem[]>();

  return {
    via: 'direct',
    notes: (cluster) => notes.get(cluster) ?? [],
    async *read(cluster, nodes, signal) {
      const access = await openAccess(cluster, nodes, { ...options, signal });
      if (access.ok) notes.set(cluster, access.value.notes);
      if (!access.ok) {
        const failure: ReadFailure = { via: 'direct', ...access.error };
        yield* nodes.map((node) => ({ node, result: err(failure) }));
        return;
      }

      const shared = { ...options, ...access.value, cluster, silence: new Silence(), trustIn: trustOnce() };
      yield* readEachNode(nodes, {
        concurrency: Math.min(mostAtOnce, options.concurrency),
        signal,
        read: (node, stop) => readNode(node, { ...shared, signal: stop }),
      });
    },
  };
}

interface Access {
  readonly notes: readonly Problem[];
  readonly addressOf: NodeAddresses;
  /** Absent where no node has an address to dial. */
  readonly api?: ApiServer;
}

/** Once a cluster, before its first node: where its nodes may be dialled, and whether our token may be shown to them. */
async function openAccess(
  cluster: Cluster,
  nodes: readonly ClusterNode[],
  options: DirectOptions & { readonly signal: AbortSignal },
): Promise<Result<Access, Pick<ReadFailure, 'kind' | 'because' | 'problem'>>> {
  const { connections, networks, signal, allowBroadToken: allowBroad } = options;
  const addresses = await nodeAddresses(cluster, nodes, { networks, signal, by: 'confirmed' });
  if (!addresses.ok) return addresses;

  const addressOf: NodeAddresses = (node) => (olderThanTheRight(node) ? err(tooOld(node)) : addresses.value(node));
  if (nodes.every((node) => !addressOf(node).ok)) return ok({ addressOf, notes: [] });

  const server = connections.to(cluster);
  if (!server.ok) return err(ofCluster(server.error));
  const identity = await server.value.identity();
  if (!identity.ok) return err(unreachable(cluster, identity.error));
  const problem =
    noTrust(cluster, identity.value) ??
    (await tokenProblem(server.value, { clusterName: cluster.name, allowBroad, signal }));
  if (signal.aborted) return err({ kind: 'deadline', because: 'no kubelet was asked: the time for it had run out' });
  if (problem) return err(ofCluster(problem));

  const elsewhere = allowBroad
    ? { notes: [] }
    : await rightsElsewhere(cluster, {
        ...options,
        token: (identity.value.authorization ?? '').replace(/^Bearer /, ''),
        although: options.directAlthoughNotAsked,
      });
  if (signal.aborted) return err({ kind: 'deadline', because: 'no kubelet was asked: the time for it had run out' });
  if (elsewhere.problem) return err(ofCluster(elsewhere.problem));
  return ok({ addressOf, api: server.value, notes: elsewhere.notes });
}

const ofCluster = (problem: Problem) => ({ kind: 'cluster', because: problem.message, problem }) as const;

/** What a Node object says of its version is a claim, and decides no more than whether its kubelet is asked. */
const olderThanTheRight = ({ kubeletVersion }: ClusterNode): boolean =>
  (minorVersion(kubeletVersion) ?? firstMinorWithConfigzRight) < firstMinorWithConfigzRight;

const tooOld = ({ kubeletVersion }: ClusterNode): string =>
  `kubelets before 1.${firstMinorWithConfigzRight} show their configuration to whoever has nodes/proxy, which is not asked for here (this one is 1.${minorVersion(kubeletVersion)})`;

interface ReadNodeOptions extends DirectOptions, Access {
  readonly cluster: Cluster;
  readonly signal: AbortSignal;
  readonly silence: Silence;
  readonly trustIn: ReturnType<typeof trustOnce>;
}

async function readNode(node: ClusterNode, options: ReadNodeOptions): Promise<Result<KubeletFacts, ReadFailure>> {
  const { api, cluster, clock, signal, silence } = options;
  const address = options.addressOf(node);
  if (!address.ok || !api) return failure('not-tried', address.ok ? 'no node of it may be dialled' : address.error);
  if (signal.aborted) return failure('deadline', 'the kubelet was not asked: the time for it had run out');
  if (silence.tooLong) return failure('not-tried', silence.tooLong);

  const identity = await api.identity();
  if (!identity.ok) return err({ ...unreachable(cluster, identity.error), via: 'direct' });
  const problem = noTrust(cluster, identity.value);
  if (problem) return err({ via: 'direct', ...ofCluster(problem) });

  const until = performance.now() + options.nodeTimeoutMs;
  for (let again = false; ; again = true) {
    const answer = await getConfigz({
      address: address.value,
      port: node.kubeletPort ?? usualKubeletPort,
      name: node.name,
      trust: options.trustIn(identity.value.ca ?? ''),
      authorization: identity.value.authorization ?? '',
      dial: options.dial,
      timeoutMs: Math.max(1, until - performance.now()),
      signal,
    });
    silence.record(answer.ok || !answer.error.timedOut);
    if (!answer.ok) return err(notAnswered(answer.error));

    const means = classifyDirectAnswer(answer.value);
    if (means.kind === 'facts')
      return ok(proven(means.facts, { readAt: clock.now().toISOString(), sha256: hash('sha256', answer.value.body) }));
    if (means.kind === 'failure' || again || performance.now() + means.after >= until) return err(means.failure);

    if (!(await slept(clock, means.after, signal))) return err(means.failure);
  }
}

/** One context while the CA is the same: the credentials are renewed every half minute, with the same CA in them. */
function trustOnce(): (ca: NonNullable<Identity['ca']>) => SecureContext {
  let known: { readonly ca: string; readonly context: SecureContext } | undefined;

  return (given) => {
    const ca = [given].flat().map(String).join('\n');
    if (known?.ca !== ca) known = { ca, context: createSecureContext({ ca }) };
    return known.context;
  };
}

function noTrust({ name }: Cluster, { ca, authorization, besides }: Identity): Problem | undefined {
  if (!ca)
    return {
      code: 'cluster-ca-unknown',
      message: `the CA of cluster ${name} is not known, so no serving certificate of its kubelets can be verified and none was asked on its own port`,
      remedy: 'use a kubeconfig with certificate-authority-data, or AWS credentials; or leave direct out of --sources',
    };
  if (!authorization)
    return {
      code: 'no-bearer-token',
      message: `the credentials for cluster ${name} are no bearer token, the only kind that is shown to kubelets`,
      remedy: 'use AWS credentials or a kubeconfig with a token, or leave direct out of --sources',
    };
  if (besides)
    return {
      code: 'token-not-alone',
      message: `the API server of cluster ${name} knows the caller by ${besides}, and kubelets would get the bearer token beside it: what that token may do was not asked, so none of its kubelets was asked on its own port`,
      remedy:
        'use a kubeconfig context whose user has a bearer token and nothing else, or leave direct out of --sources',
    };
  return undefined;
}

const notAnswered = ({ because, timedOut, aborted }: NoKubeletAnswer): ReadFailure => ({
  via: 'direct',
  kind: aborted ? 'deadline' : 'unreadable',
  because,
  ...(timedOut && { timedOut }),
});

const failure = (kind: ReadFailure['kind'], because: string): Result<never, ReadFailure> =>
  err({ via: 'direct', kind, because });
