import type { X509Certificate } from 'node:crypto';
import { hash } from 'node:crypto';
import { createSecureContext, type SecureContext, TLSSocket } from 'node:tls';
import type { Cluster, ClusterNode, KubeletFacts, Problem, ReadFailure } from '../../core/model/model.ts';
import { provenOnce } from '../../core/model/proven.ts';
import { err, ok, type Result } from '../../core/model/result.ts';
import type { HttpAnswer } from '../../core/read/kubelet/configz/api-status.ts';
import { readAlike } from '../../core/read/kubelet/configz/configz.ts';
import { classifyDirectAnswer, firstMinorWithConfigzRight } from '../../core/read/kubelet/configz/configz-answer.ts';
import { minorVersion } from '../../core/read/kubelet/known-versions.ts';
import type { KubeletSource } from '../../flow/audit/ports.ts';
import type { Clock } from '../../flow/ports.ts';
import { slept } from '../clock.ts';
import type { ClusterNetworks } from '../ec2/cluster-networks.ts';
import type { OwnAccessEntry } from '../eks/access-entries.ts';
import type { NamesakeDirectory } from '../eks/namesakes.ts';
import type { Identity, PinnedCredentials } from '../kubernetes/api-server.ts';
import { type KubernetesConnections, unreachable } from '../kubernetes/connections.ts';
import { nodeAddresses } from '../node-addresses.ts';
import { readEachNode, Silence } from '../read-each-node.ts';
import {
  coded,
  type Dial,
  type OpenConnection,
  type OpenConnectionOptions,
  oneRequest,
  openConnection,
  usualKubeletPort,
} from '../tls/open-connection.ts';
import { certificateShown } from '../tls/server-identity.ts';
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
  readonly ownEntry: OwnAccessEntry;
  /** ARNs of clusters of the same name that need not be asked what the token may do there. */
  readonly directAlthoughNotAsked: readonly string[];
}

/**
 * `GET https://NODE:10250/configz` with the token of the cluster: the running configuration from the kubelet's own port, by `nodes/configz` alone
 * (Kubernetes 1.33 and later). A kubelet without a client CA, or with another one, refuses the API server and still checks a token: it answers here.
 *
 * The token goes to no address that AWS does not confirm, over no TLS that does not verify, and with no right beyond the grant of direct (`broad-rights.ts`).
 * Not verified: that EKS accepts an IAM token in a kubelet's TokenReview, and that the kubelets of every AMI have serving certificates of the cluster's CA.
 */
export function directSource(options: DirectOptions): KubeletSource {
  const notes = new WeakMap<Cluster, readonly Problem[]>();

  return {
    via: 'direct',
    notes: (cluster) => notes.get(cluster) ?? [],
    async *read(cluster, nodes, signal) {
      const access = accessTo(cluster, { ...options, signal, note: (found) => notes.set(cluster, found) });
      const concurrency = Math.min(mostAtOnce, options.concurrency);
      yield* readEachNode(nodes, { concurrency, signal, read: nodeReader(options, access) });
    },
  };
}

type NoAccess = Pick<ReadFailure, 'kind' | 'because' | 'problem'>;

const outOfTime: NoAccess = { kind: 'deadline', because: 'no kubelet was asked: the time for it had run out' };

interface AccessOptions extends DirectOptions {
  readonly signal: AbortSignal;
  /** Called with what reports should say of the way in which the cluster is read. */
  readonly note: (notes: readonly Problem[]) => void;
}

/** Where a node may be dialled, and the credentials whose token it may be shown. */
type AccessTo = (
  node: ClusterNode,
) => Promise<Result<{ readonly address: string; readonly identity: Identity }, NoAccess>>;

/** Every node gets a token of which the rights were asked: once for each text of a token, since the next one may be another identity's. */
function accessTo(cluster: Cluster, options: AccessOptions): AccessTo {
  const { connections, networks, signal } = options;
  const addressOf = nodeAddresses(cluster, { networks, signal, by: 'confirmed' });
  const refusals = new Map<string, Promise<NoAccess | undefined>>();

  return async (node) => {
    if (olderThanTheRight(node)) return err({ kind: 'not-tried', because: tooOld(node) });
    const address = await addressOf(node);
    if (!address.ok) return address;
    if (signal.aborted) return err(outOfTime);

    const server = connections.to(cluster);
    if (!server.ok) return err(ofCluster(server.error));
    const pinned = await server.value.pinned();
    if (!pinned.ok) return err(unreachable(cluster, pinned.error));
    const { identity } = pinned.value;
    const distrusted = noTrust(cluster, identity);
    if (distrusted) return err(ofCluster(distrusted));

    const token = identity.authorization ?? '';
    const refusal = refusals.get(token) ?? refusalOf(cluster, pinned.value, options);
    refusals.set(token, refusal);
    const refused = await refusal;
    return refused ? err(refused) : ok({ address: address.value, identity });
  };
}

/** Why no node of the cluster may be shown the token of these credentials; `undefined` when each may. */
async function refusalOf(
  cluster: Cluster,
  credentials: PinnedCredentials,
  options: AccessOptions,
): Promise<NoAccess | undefined> {
  const { signal, allowBroadToken: allowBroad } = options;
  const problem = await tokenProblem(cluster, credentials, { ...options, allowBroad });
  if (signal.aborted) return outOfTime;
  if (problem) return ofCluster(problem);
  if (allowBroad) return undefined;

  const elsewhere = await rightsElsewhere(cluster, {
    ...options,
    token: (credentials.identity.authorization ?? '').replace(/^Bearer /, ''),
    although: options.directAlthoughNotAsked,
  });
  if (signal.aborted) return outOfTime;
  if (elsewhere.problem) return ofCluster(elsewhere.problem);
  options.note(elsewhere.notes);
  return undefined;
}

const ofCluster = (problem: Problem) => ({ kind: 'cluster', because: problem.message, problem }) as const;

/** What a Node object says of its version is a claim, and decides no more than whether its kubelet is asked. */
const olderThanTheRight = ({ kubeletVersion }: ClusterNode): boolean =>
  (minorVersion(kubeletVersion) ?? firstMinorWithConfigzRight) < firstMinorWithConfigzRight;

const tooOld = ({ kubeletVersion }: ClusterNode): string =>
  `kubelets before 1.${firstMinorWithConfigzRight} show their configuration to callers with nodes/proxy, which is not asked for here (this one is 1.${minorVersion(kubeletVersion)})`;

/** What is the same for all nodes of a cluster is made once. */
function nodeReader({ clock, dial, nodeTimeoutMs }: DirectOptions, accessOf: AccessTo) {
  const silence = new Silence();
  const trustIn = trustOnce();
  const readAnswer = readAlike();
  const prove = provenOnce();

  return async (node: ClusterNode, signal: AbortSignal): Promise<Result<KubeletFacts, ReadFailure>> => {
    const access = await accessOf(node);
    if (!access.ok) return err({ via: 'direct', ...access.error });
    const { address, identity } = access.value;
    if (signal.aborted) return failure('deadline', 'the kubelet was not asked: the time for it had run out');
    if (silence.tooLong) return failure('not-tried', silence.tooLong);

    const { ca = '', authorization = '' } = identity;
    const port = node.kubeletPort ?? usualKubeletPort;
    const certificate = { at: `port ${port}`, address, node, caPem: pemOf(ca), isOfNode: true };
    const request = { address, port, name: node.name, trust: trustIn(pemOf(ca)), authorization, dial, signal };
    const until = performance.now() + nodeTimeoutMs;
    for (let again = false; ; again = true) {
      const connection = await getConfigz({ ...request, timeoutMs: Math.max(1, until - performance.now()) });
      const { answer, timedOut, aborted } = connection;
      silence.record(!timedOut);
      const shown = certificateShown(connection, certificate);
      if (!answer.ok) {
        const kind = aborted ? 'deadline' : 'unreadable';
        return err({ via: 'direct', kind, because: answer.error, ...(timedOut && { timedOut }), ...shown });
      }

      const means = classifyDirectAnswer(answer.value, readAnswer);
      if (means.kind === 'facts') {
        const proof = { readAt: clock.now().toISOString(), sha256: hash('sha256', answer.value.body) };
        return ok(prove({ ...means.facts, ...shown }, proof));
      }
      const isLast = means.kind === 'failure' || again || performance.now() + means.after >= until;
      if (isLast || !(await slept(clock, means.after, signal))) return err({ ...means.failure, ...shown });
    }
  };
}

const pemOf = (ca: NonNullable<Identity['ca']>): string => [ca].flat().map(String).join('\n');

/** One context while the CA is the same: the credentials are renewed every half minute, with the same CA in them. */
function trustOnce() {
  let known: { readonly ca: string; readonly context: SecureContext } | undefined;

  return (ca: string): SecureContext => {
    if (known?.ca !== ca) known = { ca, context: createSecureContext({ ca }) };
    return known.context;
  };
}

function noTrust({ name }: Cluster, { ca, authorization, besides }: Identity): Problem | undefined {
  if (!ca)
    return {
      code: 'cluster-ca-unknown',
      message: `the CA of cluster ${name} is not known, so no serving certificate of its kubelets can be verified and none was read on its own port`,
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
      message: `the API server of cluster ${name} knows the caller by ${besides}, and kubelets would get the bearer token beside it: what that token may do was not asked, so the audit read none of its kubelets on their own port`,
      remedy:
        'use a kubeconfig context whose user has a bearer token and nothing else, or leave direct out of --sources',
    };
  return undefined;
}

const failure = (kind: ReadFailure['kind'], because: string): Result<never, ReadFailure> =>
  err({ via: 'direct', kind, because });

interface KubeletRequest extends Pick<OpenConnectionOptions, 'address' | 'port' | 'dial' | 'timeoutMs' | 'signal'> {
  /** The node's name where it is known: a serving certificate may name either. */
  readonly name: string | undefined;
  /** Trusts the CA of the cluster and no other. One for all kubelets of a cluster: to make one takes longer than a handshake. */
  readonly trust: SecureContext;
  /** `Bearer …` */
  readonly authorization: string;
}

/** A kubelet's configuration is 2.6 to 3.4 KB; one that sends a hundred times as much is not listened to any longer. */
const maxBytes = 256 * 1024;

/**
 * `GET https://ADDRESS:PORT/configz` with a bearer token, over a connection of its own. The token is written only after the handshake has proved
 * that a certificate of the cluster's CA names this node. No redirect is followed, no name looked up, no proxy used.
 */
export function getConfigz(request: KubeletRequest): Promise<OpenConnection<HttpAnswer>> {
  const { address, port, authorization, trust: tls } = request;
  const isNode = (certificate: X509Certificate) => namesNode(certificate, request);
  return openConnection({ ...request, tls, isNode, faultOf: unverifiedBecause }, async (socket) => {
    if (!(socket instanceof TLSSocket && socket.authorized))
      throw coded(socket instanceof TLSSocket ? String(socket.authorizationError) : 'CERT_MISSING');
    const headers = { accept: 'application/json', authorization };
    return await oneRequest(socket, { address, port, path: '/configz', headers, maxBytes });
  });
}

function namesNode(certificate: X509Certificate, { address, name }: Pick<KubeletRequest, 'address' | 'name'>): boolean {
  if (certificate.checkIP(address) !== undefined) return true;
  return name !== undefined && certificate.checkHost(name, { subject: 'never', wildcards: false }) !== undefined;
}

/** Codes of OpenSSL's verification, such as DEPTH_ZERO_SELF_SIGNED_CERT, UNABLE_TO_VERIFY_LEAF_SIGNATURE, CERT_HAS_EXPIRED, INVALID_PURPOSE. */
const unverified = /CERT|SIGNATURE|INVALID_CA|INVALID_PURPOSE|^UNABLE_TO_|ISSUER|CRL/;

const unverifiedBecause = (code: string): string | undefined => {
  if (code.includes('NOT_THIS_NODE'))
    return 'its serving certificate is signed by the CA of the cluster and names another node: it gets no token';
  return !code.startsWith('ERR_SSL_') && unverified.test(code)
    ? `its serving certificate does not verify against the CA of the cluster (${code.slice(0, 60)}): it gets no token`
    : undefined;
};
