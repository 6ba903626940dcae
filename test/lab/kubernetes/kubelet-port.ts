import {
  createServer as createHttpServer,
  type Server as HttpServer,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { createServer, request, type Server } from 'node:https';
import { createServer as createTcpServer, type Socket, type Server as TcpServer } from 'node:net';
import { z } from 'zod';
import { type HttpAnswer, recordedAnswer } from '../wire/http-answer.ts';
import { closeServer, listenOnLoopback } from '../wire/loopback.ts';
import { CertificateAuthority, type KeyAndCertificate } from './certificates.ts';
import { type KubeletBehaviour, perform, reactionOf } from './kubelet-behaviour.ts';
import { internalIpOf, type KubeletPortOptions, type LabNode, nodeObject } from './node-object.ts';

/** With the kubelet's own token. */
type ApiAccess = { readonly url: string; readonly caPem: string; readonly token: string };

interface Cluster {
  readonly authority: CertificateAuthority;
  readonly api: ApiAccess;
  /** Counted over all kubelets of the cluster. */
  readonly sockets: { open: number; mostOpen: number };
}

const configSchema = z.object({
  enableDebuggingHandlers: z.boolean().optional(),
  authentication: z.object({
    webhook: z.object({ enabled: z.boolean().optional() }),
    anonymous: z.object({ enabled: z.boolean().optional() }),
  }),
  authorization: z.object({ mode: z.string() }),
});

/** A kubelet's own port, 10250 in truth: TLS by the cluster's CA, bearer tokens by TokenReview, rights by SubjectAccessReview, both at the API server. */
export class KubeletPort {
  /** Everything that reached it inside TLS, as it came: where no token may be, it is looked for here. */
  received = '';
  /** TCP connections so far. */
  connections = 0;
  readonly openRequests: string[] = [];
  /** Where it listens on loopback. */
  port = 0;
  /** Where its read-only server listens on loopback, or what else answers on port 10255. */
  readOnlyPort: number | undefined;
  readonly #readOnly: HttpServer | undefined;
  readonly #server: Server | TcpServer;
  readonly #sockets = new Set<Socket>();
  readonly #node: LabNode;
  readonly #options: KubeletPortOptions;
  readonly #api: ApiAccess;
  /** As the kubelet keeps the API server's answers for some minutes. */
  readonly #kept = new Map<string, Promise<unknown>>();

  constructor(node: LabNode, { authority, api, sockets }: Cluster) {
    this.#node = node;
    this.#options = node.direct ?? {};
    this.#api = api;
    const { readOnly } = this.#options;
    this.#readOnly =
      readOnly && createHttpServer((request, response) => this.#serveOpenly(readOnly, request, response));
    const served = servingCertificate(node, this.#options.serving ?? 'cluster', authority);
    this.#server = served ? this.#tlsServer(served) : createTcpServer(alertInternalError);
    this.#server.on('connection', (socket: Socket) => {
      this.connections += 1;
      this.#sockets.add(socket);
      sockets.open += 1;
      sockets.mostOpen = Math.max(sockets.mostOpen, sockets.open);
      socket.once('close', () => {
        sockets.open -= 1;
        this.#sockets.delete(socket);
      });
    });
  }

  #serveOpenly(
    kind: NonNullable<KubeletPortOptions['readOnly']>,
    { method, url, headers }: IncomingMessage,
    response: ServerResponse,
  ): void {
    this.openRequests.push(`${method} ${url} ${headers.authorization ?? 'without credentials'}`);
    const { status, headers: own, body } = kind === 'kubelet' ? healthy : text(200, 'ok');
    response.writeHead(status, { ...own, ...(kind === 'another' && { server: 'nginx' }) }).end(body);
  }

  #tlsServer({ keyPem, certificatePem }: KeyAndCertificate): Server {
    const server = createServer({ key: keyPem, cert: certificatePem }, (request, response) => {
      void this.#serve(request, response);
    });
    server.on('secureConnection', (socket) => {
      socket.on('data', (chunk: Buffer) => {
        this.received += chunk.toString('latin1');
      });
    });
    return server;
  }

  async listen(): Promise<void> {
    this.port = await listenOnLoopback(this.#server);
    if (this.#readOnly) this.readOnlyPort = await listenOnLoopback(this.#readOnly);
  }

  async close(): Promise<void> {
    if (this.#readOnly) await closeServer(this.#readOnly);
    await closeServer(this.#server, this.#sockets);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { dripMilliseconds, redirectTo, hostile } = this.#options;
    const name = this.#node.name;
    if (redirectTo !== undefined) {
      response.writeHead(302, { location: redirectTo }).end();
      return;
    }
    if (dripMilliseconds !== undefined) {
      drip(response, dripMilliseconds);
      return;
    }
    const behaviour = hostile ?? hostileOf(this.#node.kubelet);
    if (behaviour !== undefined) {
      perform(reactionOf(behaviour, { name, address: internalIpOf(this.#node) }), response);
      return;
    }

    try {
      const answer = await this.#answer(request);
      response.writeHead(answer.status, { ...answer.headers, 'content-length': Buffer.byteLength(answer.body) });
      response.end(answer.body);
    } catch (error) {
      response.writeHead(500, { 'content-type': 'text/plain' }).end(`lab bug: ${error}`);
    }
  }

  /** As `pkg/kubelet/server/auth.go` decides, in its order: who is it, may they, is it served. */
  async #answer({ headers, url = '/' }: IncomingMessage): Promise<HttpAnswer> {
    const running = this.#running();
    const { authentication, authorization, enableDebuggingHandlers } = configSchema.parse(running.kubeletconfig);
    const anonymousOn = authentication.anonymous.enabled === true;
    const token = /^bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];

    const known = token !== undefined && authentication.webhook.enabled ? await this.#userOf(token) : undefined;
    const mayBeAnonymous = anonymousOn && (token === undefined || !authentication.webhook.enabled);
    const user = known ?? (mayBeAnonymous ? anonymousUser : undefined);
    if (!user) return recorded('401-no-token');

    const asked = subresourcesOf(url, this.#minor());
    if (authorization.mode !== 'AlwaysAllow' && !(await this.#isAllowed(user, asked)))
      return text(
        403,
        `Forbidden (user=${user.username}, verb=get, resource=nodes, ${subresourceText(asked, this.#minor())})\n`,
      );
    if (enableDebuggingHandlers === false) return recorded('404-handlers-off');
    if (url === '/healthz') return healthy;
    if (url !== '/configz') return text(404, '404 page not found\n');
    return { status: 200, headers: recorded('200-no-client-ca').headers, body: JSON.stringify(running) };
  }

  #running(): { readonly kubeletconfig: Readonly<Record<string, unknown>> } {
    const { config, runs } = this.#options;
    if (config) return { kubeletconfig: config };
    return JSON.parse(configOf(runs ? { kind: 'recorded', folder: runs } : this.#node.kubelet));
  }

  #minor(): number {
    const { status } = nodeObject(this.#node) as { status?: { nodeInfo?: { kubeletVersion?: string } } };
    return Number(/^v1\.(\d+)/.exec(status?.nodeInfo?.kubeletVersion ?? '')?.[1] ?? 34);
  }

  async #userOf(token: string): Promise<User | undefined> {
    const { status } = tokenReview.parse(await this.#review('authentication.k8s.io', 'TokenReview', { token }));
    return status.authenticated ? status.user : undefined;
  }

  async #isAllowed({ username, groups }: User, subresources: readonly string[]): Promise<boolean> {
    for (const subresource of subresources) {
      const spec = {
        user: username,
        groups,
        resourceAttributes: { verb: 'get', group: '', resource: 'nodes', subresource, name: this.#node.name },
      };
      const { status } = accessReview.parse(await this.#review('authorization.k8s.io', 'SubjectAccessReview', spec));
      if (status.allowed) return true;
    }
    return false;
  }

  #review(group: string, kind: string, spec: object): Promise<unknown> {
    const body = JSON.stringify({ apiVersion: `${group}/v1`, kind, spec });
    const kept = this.#kept.get(body) ?? post(this.#api, `/apis/${group}/v1/${kind.toLowerCase()}s`, body);
    this.#kept.set(body, kept);
    return kept;
  }
}

const tokenReview = z.object({
  status: z.object({
    authenticated: z.boolean(),
    user: z.object({ username: z.string(), groups: z.array(z.string()) }).optional(),
  }),
});
const accessReview = z.object({ status: z.object({ allowed: z.boolean() }) });

type User = { readonly username: string; readonly groups: readonly string[] };
const anonymousUser: User = { username: 'system:anonymous', groups: ['system:unauthenticated'] };

/** Some paths have a right of their own in every version. Fine-grained authorization (KEP-2862) from 1.33 on: the narrow right first, then `proxy`. */
function subresourcesOf(url: string, minor: number): readonly string[] {
  const own = /^\/(stats|metrics|log(?=s)|checkpoint)/.exec(url)?.[1];
  if (own) return [own];
  const fine = /^\/(configz|healthz|pods)/.exec(url)?.[1];
  return fine && minor >= 33 ? [fine, 'proxy'] : ['proxy'];
}

const subresourceText = (asked: readonly string[], minor: number): string =>
  minor >= 33 ? `subresource(s)=[${asked.join(' ')}]` : 'subresource=proxy';

function servingCertificate(
  node: LabNode,
  serving: NonNullable<KubeletPortOptions['serving']>,
  authority: CertificateAuthority,
): KeyAndCertificate | undefined {
  const of = (name: string, address: string) => ({
    commonName: `system:node:${name}`,
    dnsNames: [name],
    addresses: address.includes(':') ? [] : [address],
  });
  const own = of(node.name, internalIpOf(node));

  switch (serving) {
    case 'cluster':
      return authority.issue(own);
    case 'self-signed':
      return new CertificateAuthority(`${node.name}-ca`).issue(own);
    case 'another-ca':
      return new CertificateAuthority('kubernetes').issue(own);
    case 'another-node':
      return authority.issue(of('another.internal', '10.99.255.254'));
    case 'expired':
      return authority.issue({ ...own, notAfter: new Date(Date.now() - 1000) });
    case 'pending':
      return undefined;
  }
}

/** What Go's TLS says when it has no certificate: a fatal alert, number 80. */
function alertInternalError(socket: Socket): void {
  socket.on('error', () => {}).once('data', () => socket.end(Buffer.of(0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x50)));
}

/** The kubelet's running configuration for the behaviours that are a kubelet's. */
function configOf(behaviour: KubeletBehaviour): string {
  switch (behaviour.kind) {
    case 'serves':
      return behaviour.body;
    case 'recorded': {
      const answer = recordedAnswer(`kubelets/${behaviour.folder}/configz-direct.http`);
      return answer.status === 200 ? answer.body : handlersOff();
    }
    case 'kubelet-refuses':
      return recordedAnswer('kubelets/no-ca-anonymous-off/configz-direct.http').body;
    case 'kubelet-refuses-anonymous':
      return recordedAnswer('kubelets/no-ca-anonymous-on-webhook/configz-direct.http').body;
    case 'handlers-off':
      return handlersOff();
    default:
      return recordedAnswer('kubelets/file-sets-ca/configz-direct.http').body;
  }
}

function handlersOff(): string {
  const { kubeletconfig } = JSON.parse(recordedAnswer('kubelets/file-sets-ca/configz-direct.http').body);
  return JSON.stringify({ kubeletconfig: { ...kubeletconfig, enableDebuggingHandlers: false } });
}

/** Behaviours that say how bytes come, not what a kubelet decides: the same on its own port. */
function hostileOf(behaviour: KubeletBehaviour): KubeletBehaviour | undefined {
  const kinds: readonly KubeletBehaviour['kind'][] = ['answers', 'hangs', 'stalls', 'endless', 'garbage', 'cut'];
  return kinds.includes(behaviour.kind) ? behaviour : undefined;
}

function drip(response: ServerResponse, milliseconds: number): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  const timer = setInterval(() => response.write(' '), milliseconds);
  response.once('close', () => clearInterval(timer));
}

const recorded = (name: string): HttpAnswer => recordedAnswer(`direct/${name}.http`);
/** Source: `k8s.io/apiserver/pkg/server/healthz`, handleRootHealth. */
const healthy: HttpAnswer = {
  status: 200,
  headers: { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' },
  body: 'ok',
};

const text = (status: number, body: string): HttpAnswer => ({ ...healthy, status, body });

async function post({ url, caPem, token }: ApiAccess, path: string, body: string): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  request(
    `${url}${path}`,
    { method: 'POST', ca: caPem, headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' } },
    async (response) => resolve(Buffer.concat(await response.toArray()).toString('utf8')),
  )
    .on('error', reject)
    .end(body);
  return JSON.parse(await promise);
}
