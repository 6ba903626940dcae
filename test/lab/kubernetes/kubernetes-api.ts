import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { TLSSocket } from 'node:tls';
import { z } from 'zod';
import { compactJsonAnswer, type HttpAnswer, recordedAnswer, statusAnswer, textAnswer } from '../wire/http-answer.ts';
import { jsonOf } from '../wire/json-of.ts';
import { closeServer, listenOnLoopback } from '../wire/loopback.ts';
import { builtInRights, type ReviewTarget, reviewAnswer, reviewPath } from './access-reviews.ts';
import { CertificateAuthority } from './certificates.ts';
import { type KarpenterObject, karpenterPath } from './karpenter-objects.ts';
import { type KubeletBehaviour, perform, type Reaction, reactionOf, tooManyRequests } from './kubelet-behaviour.ts';
import { addressOf, type LabNode, nodeObject } from './node-object.ts';
import { allows, anonymous, type KubernetesUser, type Rbac, type ResourceRequest } from './rbac.ts';
import { RbacObjects, type RbacTarget, rbacPath } from './rbac-objects.ts';

interface KubernetesApiOptions {
  readonly nodes: readonly LabNode[];
  readonly rbac: Rbac;
  /** The user of a bearer token; undefined for an unknown token. */
  readonly authenticate: (token: string) => KubernetesUser | undefined;
}

/** One request that reached the API server. */
export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  /** `system:anonymous` without a token, empty with a bad one. */
  user: string;
  /** 0 while it is not answered, and for ever when it never is. */
  status: number;
}

/** A Kubernetes API server over TLS on loopback: authentication, RBAC and its objects, nodes and their proxied kubelets. */
export class KubernetesApi {
  readonly caPem: string;
  /** The cluster's CA, which signs the kubelets' serving certificates too. */
  readonly authority = new CertificateAuthority('kubernetes');
  /** Its ClusterRoles and bindings, in force beside the rights that it was started with. */
  readonly rbacObjects = new RbacObjects();
  /** The data of the ConfigMap kube-system/aws-auth, where there is one. */
  awsAuth: Readonly<Record<string, string>> | undefined;
  /** NodePools and EC2NodeClasses, where Karpenter's CRDs are installed. */
  karpenter: readonly KarpenterObject[] | undefined;
  readonly requests: ApiRequest[] = [];
  /** Connections, which show whether a client reuses them. */
  readonly sockets = { open: 0, mostOpen: 0, handshakes: 0 };
  readonly #server: Server;
  readonly #nodes = new Map<string, LabNode>();
  readonly #authenticate: KubernetesApiOptions['authenticate'];
  #rbac: Rbac;
  #url = '';
  #refusedLists = { left: 0, retryAfterSeconds: 1 };
  #resourceVersion = 1000;
  #oldestContinuable = 0;

  constructor({ nodes, rbac, authenticate }: KubernetesApiOptions) {
    this.#rbac = rbac;
    this.#authenticate = authenticate;
    for (const node of nodes) this.putNode(node);

    this.caPem = this.authority.pem;
    const { keyPem, certificatePem } = this.authority.issue({
      commonName: 'kube-apiserver',
      addresses: ['127.0.0.1'],
      dnsNames: ['localhost', 'kubernetes', 'kubernetes.default.svc'],
    });
    // Client certificates are asked for and not demanded, as an API server with --client-ca-file does.
    const clients = { requestCert: true, rejectUnauthorized: false, ca: this.caPem };
    this.#server = createServer({ key: keyPem, cert: certificatePem, ...clients }, (request, response) => {
      void this.#serve(request, response);
    });
    this.#server.keepAliveTimeout = 75_000;
    this.#server.on('secureConnection', (socket) => {
      this.sockets.handshakes += 1;
      this.sockets.open += 1;
      this.sockets.mostOpen = Math.max(this.sockets.mostOpen, this.sockets.open);
      socket.once('close', () => {
        this.sockets.open -= 1;
      });
    });
  }

  /** `https://127.0.0.1:PORT`, once it listens. */
  get url(): string {
    return this.#url;
  }

  get nodes(): readonly LabNode[] {
    return [...this.#nodes.values()];
  }

  async listen(): Promise<string> {
    this.#url = `https://127.0.0.1:${await listenOnLoopback(this.#server)}`;
    return this.#url;
  }

  close(): Promise<void> {
    return closeServer(this.#server);
  }

  putNode(node: LabNode): void {
    this.#nodes.set(node.name, node);
    this.#resourceVersion += 1;
  }

  removeNode(name: string): void {
    this.#nodes.delete(name);
    this.#resourceVersion += 1;
  }

  setKubelet(name: string, kubelet: KubeletBehaviour): void {
    const node = this.#nodes.get(name);
    if (node === undefined) throw new Error(`no node '${name}' in this cluster`);
    this.#nodes.set(name, { ...node, kubelet });
  }

  setRbac(rbac: Rbac): void {
    this.#rbac = rbac;
  }

  /** The next lists get the API server's 429. */
  refuseLists(times: number, retryAfterSeconds = 1): void {
    this.#refusedLists = { left: times, retryAfterSeconds };
  }

  /** Continue tokens given so far get 410 Gone, as after etcd's compaction. */
  expireContinueTokens(): void {
    this.#resourceVersion += 1;
    this.#oldestContinuable = this.#resourceVersion;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url: path = '/' } = request;
    const record: ApiRequest = { method, path, user: '', status: 0 };
    this.requests.push(record);
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    if (record.method === 'GET') request.resume();
    try {
      const reaction = await this.#react(request, record);
      if (reaction.do === 'answer' && reaction.afterMilliseconds !== undefined)
        await delay(reaction.afterMilliseconds, undefined, { signal: gone.signal });
      const takesGzip = (request.headers['accept-encoding'] ?? '').split(',').some((each) => each.trim() === 'gzip');
      record.status = perform(reaction, response, takesGzip && !record.path.includes('/proxy'));
    } catch (error) {
      // A client that went away needs no answer. Every other error is a bug of the lab, and its answer says so.
      if (!gone.signal.aborted) perform({ do: 'answer', answer: textAnswer(500, `lab bug: ${error}`) }, response);
    }
  }

  async #react(request: IncomingMessage, record: ApiRequest): Promise<Reaction> {
    const caller = userOfCertificate(request.socket) ?? this.#userOf(request.headers.authorization);
    if (caller === undefined) return answer(recordedAnswer('api-server-answers/apiserver-invalid-token.http'));
    const user = this.#impersonated(caller, request.headersDistinct);
    if ('status' in user) return answer(user);
    record.user = user.name;

    const url = new URL(record.path, this.#url);
    if (url.pathname === '/api/v1/namespaces/kube-system/configmaps/aws-auth' && record.method === 'GET')
      return answer(this.#configMap(user));
    const custom = karpenterPath(url.pathname);
    if (custom && record.method === 'GET') return answer(this.#listKarpenter(custom, user, url.searchParams));
    const rbac = rbacPath(url.pathname);
    if (rbac) return answer(await this.#rbacObject(request, rbac, user));
    const review = reviewPath(url.pathname);
    if (review) return answer(await this.#review(request, review, user));

    const [, encodedName, subresource, rest = ''] = /^\/api\/v1\/nodes(?:\/([^/]+)(?:\/([^/]+)(?:\/(.*))?)?)?$/.exec(
      url.pathname,
    ) ?? [undefined];
    if (!/^\/api\/v1\/nodes(\/|$)/.test(url.pathname)) return answer(notFound());
    if (encodedName === undefined) return answer(this.#listNodes(user, record.method, url.searchParams));

    const target = decodeURIComponent(encodedName);
    const resource = subresource === undefined ? 'nodes' : `nodes/${subresource}`;
    const forbidden = this.#forbid(user, { verb: verbs[record.method] ?? 'unknown', resource, name: target });
    if (forbidden !== undefined) return answer(forbidden);
    if (subresource === undefined) return answer(this.#readNode(target));
    if (subresource !== 'proxy') return answer(notFound());
    return this.#proxy(target, rest);
  }

  #userOf(authorization: string | undefined): KubernetesUser | undefined {
    if (authorization === undefined) return anonymous;
    const token = /^bearer +(\S+)$/i.exec(authorization)?.[1];
    const user = token === undefined ? undefined : this.#authenticate(token);
    return user && { ...user, groups: [...user.groups, 'system:authenticated'] };
  }

  /** Who the caller acts as, by its Impersonate headers, or why it may not. Source: k8s.io/apiserver pkg/endpoints/filters/impersonation. */
  #impersonated(caller: KubernetesUser, headers: NodeJS.Dict<string[]>): KubernetesUser | HttpAnswer {
    const utf8 = (text: string) => Buffer.from(text, 'latin1').toString('utf8');
    const [name] = (headers['impersonate-user'] ?? []).map(utf8);
    const groups = (headers['impersonate-group'] ?? []).map(utf8);
    const [uid] = headers['impersonate-uid'] ?? [];
    const extra = Object.entries(headers).flatMap(([header, values = []]) =>
      header.startsWith('impersonate-extra-')
        ? values.map((value) => [decodeURIComponent(header.slice('impersonate-extra-'.length)), value] as const)
        : [],
    );
    if (name === undefined) {
      if (groups.length === 0 && uid === undefined && extra.length === 0) return caller;
      return statusAnswer({ code: 400, message: 'requested impersonation without a user', reason: 'BadRequest' });
    }

    const ofAuthentication = { verb: 'impersonate', apiGroup: 'authentication.k8s.io' };
    const asks: readonly ResourceRequest[] = [
      { verb: 'impersonate', resource: 'users', name },
      ...groups.map((group) => ({ verb: 'impersonate', resource: 'groups', name: group })),
      ...(uid === undefined ? [] : [{ ...ofAuthentication, resource: 'uids', name: uid }]),
      ...extra.map(([key, value]) => ({ ...ofAuthentication, resource: `userextras/${key}`, name: value })),
    ];
    const refused = asks.map((each) => this.#forbid(caller, each)).find((each) => each !== undefined);
    return refused ?? { name, groups: [...groups, 'system:authenticated'] };
  }

  async #rbacObject(request: IncomingMessage, target: RbacTarget, user: KubernetesUser): Promise<HttpAnswer> {
    const { method = 'GET' } = request;
    const isList = method === 'GET' && target.name === undefined;
    const verb = isList ? 'list' : (verbs[method] ?? 'unknown');
    const forbidden = this.#forbid(user, { verb, ...target, apiGroup: 'rbac.authorization.k8s.io' });
    if (forbidden !== undefined) return forbidden;
    if (isList) return this.#listRbac(target, new URL(request.url ?? '/', this.#url).searchParams);

    const body = Buffer.concat(await request.toArray()).toString('utf8');
    return this.rbacObjects.answer({ method, ...target, body }, user, this.#rights());
  }

  #listRbac({ resource }: RbacTarget, query: URLSearchParams): HttpAnswer {
    const refused = this.#refusedList();
    if (refused) return refused;
    const items = this.rbacObjects.list(resource, withBuiltIn(this.#rbac));
    const page = this.#page(items, ({ metadata: { name } }) => name, query);
    if ('status' in page) return page;

    const kind = resource === 'clusterroles' ? 'ClusterRoleList' : 'ClusterRoleBindingList';
    return compactJsonAnswer({
      kind,
      apiVersion: 'rbac.authorization.k8s.io/v1',
      metadata: page.metadata,
      // Items of a list have neither: they stand in the list's own.
      items: page.items.map((each) => ({ ...each, apiVersion: undefined, kind: undefined })),
    });
  }

  #refusedList(): HttpAnswer | undefined {
    if (this.#refusedLists.left === 0) return undefined;
    this.#refusedLists.left -= 1;
    return tooManyRequests(this.#refusedLists.retryAfterSeconds);
  }

  /** Rights come first: without them a missing CRD looks like any other. The API server's words for a path that it does not serve are a text. */
  #listKarpenter(
    { kind, apiGroup, resource }: NonNullable<ReturnType<typeof karpenterPath>>,
    user: KubernetesUser,
    query: URLSearchParams,
  ): HttpAnswer {
    const forbidden = this.#forbid(user, { verb: 'list', resource, apiGroup });
    if (forbidden !== undefined) return forbidden;
    if (this.karpenter === undefined) return textAnswer(404, '404 page not found\n');

    const all = this.karpenter.filter((each) => each.kind === kind);
    const page = this.#page(all, ({ metadata: { name } }) => name, query);
    if ('status' in page) return page;
    return compactJsonAnswer({
      apiVersion: `${apiGroup}/v1`,
      items: page.items,
      kind: `${kind}List`,
      metadata: page.metadata,
    });
  }

  /** The ConfigMap by which EKS lets IAM principals in, where the cluster has one. */
  #configMap(user: KubernetesUser): HttpAnswer {
    const name = 'aws-auth';
    const details = { name, kind: 'configmaps' };
    if (!allows(this.#rights(), user, { verb: 'get', resource: 'configmaps', name }))
      return statusAnswer({
        code: 403,
        message: `configmaps "${name}" is forbidden: User "${user.name}" cannot get resource "configmaps" in API group "" in the namespace "kube-system"`,
        reason: 'Forbidden',
        details,
      });
    if (this.awsAuth === undefined)
      return statusAnswer({ code: 404, message: `configmaps "${name}" not found`, reason: 'NotFound', details });
    const metadata = { name, namespace: 'kube-system' };
    return compactJsonAnswer({ kind: 'ConfigMap', apiVersion: 'v1', metadata, data: this.awsAuth });
  }

  async #review(request: IncomingMessage, target: ReviewTarget, caller: KubernetesUser): Promise<HttpAnswer> {
    const forbidden = this.#forbid(caller, { verb: verbs[request.method ?? 'GET'] ?? 'unknown', ...target });
    if (forbidden !== undefined) return forbidden;

    const body = Buffer.concat(await request.toArray()).toString('utf8');
    const authenticate = (token: string) => this.#userOf(`Bearer ${token}`);
    return reviewAnswer(target, body, { caller, rights: this.#rights(), authenticate });
  }

  #rights(): Rbac {
    return this.rbacObjects.effective(withBuiltIn(this.#rbac));
  }

  #forbid(user: KubernetesUser, request: ResourceRequest): HttpAnswer | undefined {
    if (allows(this.#rights(), user, request)) return undefined;
    const { verb, resource, name, apiGroup = '' } = request;
    const kind = apiGroup === '' ? 'nodes' : `${resource}.${apiGroup}`;
    const subject = name === undefined ? `${kind} is` : `${kind} "${name}" is`;
    // Seen on a real API server for the anonymous user only.
    const suffix = user === anonymous && resource === 'nodes/proxy' ? ': proxy subresource changed to unsafeproxy' : '';
    const refused = statusAnswer({
      code: 403,
      message: `${subject} forbidden: User "${user.name}" cannot ${verb} resource "${resource}" in API group "${apiGroup}" at the cluster scope${suffix}`,
      reason: 'Forbidden',
      details: {
        ...(name !== undefined && { name }),
        ...(apiGroup !== '' && { group: apiGroup }),
        kind: apiGroup === '' ? 'nodes' : resource,
      },
    });
    return { ...refused, headers: { ...refused.headers, 'x-content-type-options': 'nosniff' } };
  }

  #listNodes(user: KubernetesUser, method: string, query: URLSearchParams): HttpAnswer {
    const verb = method === 'GET' ? 'list' : (verbs[method] ?? 'unknown');
    const forbidden = this.#forbid(user, { verb, resource: 'nodes' });
    if (forbidden !== undefined) return { ...forbidden, headers: { ...forbidden.headers, ...fairness } };
    const refused = this.#refusedList();
    if (refused) return refused;

    const page = this.#page([...this.#nodes.values()], ({ name }) => name, query);
    if ('status' in page) return page;
    const listed = compactJsonAnswer({
      kind: 'NodeList',
      apiVersion: 'v1',
      metadata: page.metadata,
      items: page.items.map(nodeObject),
    });
    return { ...listed, headers: { ...listed.headers, ...fairness } };
  }

  /** One page in the order of names, by `limit` and `continue`; or why there is none. */
  #page<T>(all: readonly T[], nameOf: (item: T) => string, query: URLSearchParams) {
    const from = readContinue(query.get('continue'));
    if (from === 'malformed')
      return statusAnswer({ code: 400, message: 'continue key is not valid', reason: 'BadRequest' });
    if (from !== undefined && from.resourceVersion < this.#oldestContinuable) return expired();

    // The real one ignores `limit` when it may answer from its cache.
    const limit = query.get('resourceVersion') === '0' ? 0 : Number(query.get('limit') ?? 0);
    const rest = all
      .filter((item) => from === undefined || nameOf(item) > from.after)
      .sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
    const items = limit > 0 ? rest.slice(0, limit) : rest;
    const resourceVersion = from?.resourceVersion ?? this.#resourceVersion;
    const last = items.at(-1);
    const more = last !== undefined && items.length < rest.length;
    return {
      metadata: {
        resourceVersion: String(resourceVersion),
        ...(more && {
          continue: writeContinue(resourceVersion, nameOf(last)),
          remainingItemCount: rest.length - items.length,
        }),
      },
      items,
    };
  }

  #readNode(name: string): HttpAnswer {
    const node = this.#nodes.get(name);
    if (node === undefined || node.kubelet.kind === 'gone') return nodeNotFound(name);
    return compactJsonAnswer({ kind: 'Node', apiVersion: 'v1', ...nodeObject(node) });
  }

  #proxy(name: string, path: string): Reaction {
    const node = this.#nodes.get(name);
    if (node === undefined) return answer(nodeNotFound(name));
    if (path !== 'configz') return answer(recordedAnswer('api-server-answers/flagz-not-enabled.http'));
    return reactionOf(node.kubelet, { name, address: addressOf(node) });
  }
}

/** The common name of a client certificate of the cluster's CA. Before any token, as the API server tries them. */
function userOfCertificate(socket: Socket): KubernetesUser | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  const name = socket.getPeerCertificate().subject?.CN;
  return typeof name === 'string' ? { name, groups: ['system:authenticated'] } : undefined;
}

/** What a cluster grants by default, unless the test replaces a group by naming it. */
const withBuiltIn = ({ groups, users }: Rbac): Rbac => ({
  groups: { ...builtInRights.groups, ...groups },
  ...(users && { users }),
});

const verbs: Readonly<Record<string, string>> = {
  GET: 'get',
  HEAD: 'get',
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

/** Priority and Fairness marks what it has let through. */
const fairness: Readonly<Record<string, string>> = {
  'x-kubernetes-pf-flowschema-uid': '9ca2dc27-c208-40f7-bbaa-92ab3609037f',
  'x-kubernetes-pf-prioritylevel-uid': '4ea8b261-3ed9-4c34-bc12-43021316ce31',
};

function answer(httpAnswer: HttpAnswer): Reaction {
  return { do: 'answer', answer: httpAnswer };
}

function nodeNotFound(name: string): HttpAnswer {
  return recordedAnswer('api-server-answers/node-not-found.http', { 'no-such-node': name });
}

function notFound(): HttpAnswer {
  return statusAnswer({
    code: 404,
    message: 'the server could not find the requested resource',
    reason: 'NotFound',
    details: {},
  });
}

function expired(): HttpAnswer {
  return statusAnswer({
    code: 410,
    message:
      'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.',
    reason: 'Expired',
  });
}

function writeContinue(resourceVersion: number, after: string): string {
  return Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: resourceVersion, start: `${after}\u0000` })).toString(
    'base64url',
  );
}

function readContinue(token: string | null) {
  if (token === null || token === '') return undefined;
  const parsed = continueToken.safeParse(jsonOf(Buffer.from(token, 'base64url').toString('utf8')));
  if (!parsed.success) return 'malformed';
  const { rv: resourceVersion, start } = parsed.data;
  return { resourceVersion, after: start.replace(/\u0000$/, '') };
}

const continueToken = z.object({ rv: z.number(), start: z.string() });
