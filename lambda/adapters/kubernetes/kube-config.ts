import { existsSync, readFileSync } from 'node:fs';
import type { RequestOptions } from 'node:https';
import { delimiter, dirname, resolve } from 'node:path';
import { KubeConfig, type User } from '@kubernetes/client-node';
import { parse } from 'yaml';
import * as z from 'zod/mini';
import type { ClusterEndpoint } from '../../core/model/model.ts';
import { OperatorError } from '../../core/model/operator-error.ts';
import { errorLine, errorText } from '../../core/model/text/error-text.ts';
import { trimmedEnd } from '../../core/model/text/trimmed-end.ts';
import { foreignWords } from '../../core/model/text/without-secrets.ts';
import type { EksToken } from '../eks/token.ts';
import { execCredentials, execPlugin } from './exec-plugin.ts';

/** The way to an EKS cluster's API server: its endpoint, its CA, and an IAM bearer token asked for when a call needs it. */
export function kubeConfigOfEks(name: string, endpoint: ClusterEndpoint, token: Pick<EksToken, 'current'>): KubeConfig {
  const config = new KubeConfig();
  config.loadFromOptions({
    clusters: [
      { name, server: endpoint.url, caData: Buffer.from(endpoint.caPem).toString('base64'), skipTLSVerify: false },
    ],
    users: [{ name: 'eks' }],
    contexts: [{ name, cluster: name, user: 'eks' }],
    currentContext: name,
  });
  config.addAuthenticator({
    isAuthProvider: (user) => user.name === 'eks',
    async applyAuthentication(_user, options) {
      options.headers = { ...options.headers, Authorization: `Bearer ${await token.current()}` };
    },
  });
  return config;
}

/** A `kubectl proxy`, which adds the caller's own credentials: plain HTTP on loopback, and this program sends none. */
export function kubeConfigOfProxy(url: string): KubeConfig {
  const config = new KubeConfig();
  config.loadFromOptions({
    clusters: [{ name: 'kubectl-proxy', server: trimmedEnd(url, '/'), skipTLSVerify: url.startsWith('http:') }],
    users: [{ name: 'nobody' }],
    contexts: [{ name: 'kubectl-proxy', cluster: 'kubectl-proxy', user: 'nobody' }],
    currentContext: 'kubectl-proxy',
  });
  return config;
}

interface KubeConfigOptions {
  readonly pluginTimeoutMs?: number;
}

/** @throws OperatorError `kubeconfig-unreadable` or `context-unknown` */
export const kubeConfigOfFile = (file: string, context?: string, options: KubeConfigOptions = {}): KubeConfig =>
  kubeConfigOfFiles([file], context, options);

/**
 * Kubeconfig files, with their exec plugins, client certificates and token files, merged as kubectl merges those of KUBECONFIG.
 * Of two entries with one name the first counts, and of several files those that don't exist are left out. Source: client-go `clientcmd/loader.go`.
 * @throws OperatorError `kubeconfig-unreadable` or `context-unknown`
 */
export function kubeConfigOfFiles(
  files: readonly string[],
  context?: string,
  { pluginTimeoutMs }: KubeConfigOptions = {},
): KubeConfig {
  const there = files.length > 1 ? files.filter((file) => existsSync(file)) : files;
  const [first, ...others] = (there.length > 0 ? there : files.slice(0, 1)).map(loadedFile);
  const shown = files.join(delimiter);
  const { config } = first ?? loadedFile('');
  for (const other of others) mergeInto(config, other.config);

  if (context) config.setCurrentContext(context);
  if (!config.getCurrentCluster())
    throw new OperatorError('context-unknown', `kubeconfig '${shown}' ${noContext(config)}`);

  const user = config.getCurrentUser()?.name;
  const own = [...(first ? [first] : []), ...others].find((each) => each.users.includes(user ?? '')) ?? first;
  if (own) {
    usePlugin(config, { folder: dirname(resolve(own.file)), timeoutMs: pluginTimeoutMs });
    config.impersonation = readImpersonation(config, own.document, own.file);
  }
  return config;
}

interface LoadedFile {
  readonly file: string;
  readonly config: FileKubeConfig;
  readonly document: unknown;
  readonly users: readonly string[];
}

function loadedFile(file: string): LoadedFile {
  const config = new FileKubeConfig();
  const text = readKubeConfig(file);
  let document: unknown;

  try {
    config.loadFromString(text);
    config.makePathsAbsolute(dirname(resolve(file)));
    document = parse(text);
  } catch (error) {
    // Below its first line a YAML parser quotes the file, which holds credentials; so the error itself goes no further either.
    const [fault = ''] = errorText(error).split('\n', 1);
    throw new OperatorError(
      'kubeconfig-unreadable',
      `kubeconfig '${file}' is not a kubeconfig: ${foreignWords(fault)}; make one with aws eks update-kubeconfig`,
    );
  }
  readTokenFiles(config, document, dirname(resolve(file)));
  return { file, config, document, users: config.getUsers().map(({ name }) => name) };
}

/** The first of each name counts. client-node's own merge refuses two clusters with one name. */
function mergeInto(config: KubeConfig, other: KubeConfig): void {
  const missing = <T extends { readonly name: string }>(own: readonly T[], more: readonly T[]): T[] => [
    ...own,
    ...more.filter(({ name }) => own.every((each) => each.name !== name)),
  ];
  config.clusters = missing(config.getClusters(), other.getClusters());
  config.users = missing(config.getUsers(), other.getUsers());
  config.contexts = missing(config.getContexts(), other.getContexts());
  if (!config.getCurrentContext()) config.setCurrentContext(other.getCurrentContext());
}

/** In place of client-node's own. */
function usePlugin(config: KubeConfig, options: Parameters<typeof execCredentials>[1]): void {
  const user: User | null = config.getCurrentUser();
  const { data: plugin } = execPlugin.safeParse(user?.exec);
  if (!user || !plugin) return;

  const apply = execCredentials(plugin, options);
  Object.assign(user, { exec: undefined });
  config.addAuthenticator({
    isAuthProvider: ({ name }) => name === user.name,
    applyAuthentication: async (_user, request) => await apply(request),
  });
}

type ImpersonationHeaders = Readonly<Record<string, string | string[]>>;

/** client-node 2.0.1 knows `as` alone; kubectl also sends groups, uid and extra. */
class FileKubeConfig extends KubeConfig {
  impersonation: ImpersonationHeaders = {};

  override async applyToHTTPSOptions(options: RequestOptions): Promise<void> {
    await super.applyToHTTPSOptions(options);
    options.headers = { ...options.headers, ...this.impersonation };
  }
}

// No control character: Node refuses such a header in the middle of a request.
const headerText = z.string().check(z.regex(/^[^\p{Cc}]*$/u));
const impersonating = z.object({
  as: z.nullish(headerText),
  'as-uid': z.nullish(headerText),
  'as-groups': z.nullish(z.array(headerText)),
  'as-user-extra': z.nullish(z.record(headerText, z.nullable(z.array(headerText)))),
});
const anyUsers = z.object({ users: z.array(z.object({ name: z.unknown(), user: z.unknown() })) });

/** The headers of the current user's `as` fields. Source: client-go transport/round_trippers.go, tools/clientcmd/validation.go. */
function readImpersonation(config: KubeConfig, document: unknown, file: string): ImpersonationHeaders {
  const current = config.getCurrentUser()?.name;
  const users = anyUsers.safeParse(document).data?.users ?? [];
  const { data } = impersonating.safeParse(users.find(({ name }) => name === current)?.user ?? {});
  const refusal = (because: string) =>
    new OperatorError(
      'kubeconfig-unreadable',
      `user '${foreignWords(current ?? '', 150)}' of kubeconfig '${file}' ${because}`,
    );
  if (!data)
    throw refusal(
      'has an as, as-uid, as-groups or as-user-extra that is no printable text or list of them; correct it',
    );

  const { as, 'as-uid': uid, 'as-groups': groups, 'as-user-extra': extra } = data;
  if (!as) {
    if (!uid && !groups?.length && Object.keys(extra ?? {}).length === 0) return {};
    throw refusal('impersonates groups, a uid or extra fields and no user; add as, which kubectl demands too');
  }
  return {
    'Impersonate-User': headerBytes(as),
    ...(uid && { 'Impersonate-Uid': headerBytes(uid) }),
    ...(groups && { 'Impersonate-Group': groups.map(headerBytes) }),
    ...Object.fromEntries(
      Object.entries(extra ?? {}).map(([key, values]) => [
        `Impersonate-Extra-${encodeURIComponent(key)}`,
        (values ?? []).map(headerBytes),
      ]),
    ),
  };
}

/** As Go sends a header: the bytes of UTF-8, which Node takes as one character each. */
const headerBytes = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

function noContext(config: KubeConfig): string {
  const named = config.getCurrentContext();
  const known = config.getContexts().map(({ name }) => name);
  if (known.length === 0)
    return 'has no context; make one with aws eks update-kubeconfig, or name another --kubeconfig';

  const choice = `choose one of ${namesOf(known)} with --context`;
  if (!named) return `names no current context; ${choice}`;
  return known.includes(named)
    ? `has no cluster for the context '${foreignWords(named)}'; ${choice}`
    : `has no context '${foreignWords(named)}'; ${choice}`;
}

const mostNames = 20;

function namesOf(names: readonly string[]): string {
  const shown = names.slice(0, mostNames).map((each) => foreignWords(each, 150));
  return names.length > mostNames ? `${shown.join(', ')} and ${names.length - mostNames} more` : shown.join(', ');
}

function readKubeConfig(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new OperatorError(
      'kubeconfig-unreadable',
      `kubeconfig '${file}' cannot be read: ${errorLine(error)}; name another with --kubeconfig`,
      { cause: error },
    );
  }
}

const usersWithTokenFile = z.object({
  users: z.optional(
    z.array(
      z.object({ name: z.string(), user: z.optional(z.nullable(z.object({ tokenFile: z.optional(z.string()) }))) }),
    ),
  ),
});

/** client-node 2.0.1 knows only `token-file`; with kubectl's `tokenFile` its requests would be anonymous. */
function readTokenFiles(config: KubeConfig, document: unknown, folder: string): void {
  const { data } = usersWithTokenFile.safeParse(document);

  for (const { name, user } of data?.users ?? []) {
    const target: User | null = config.getUser(name);
    if (!target || !user?.tokenFile || target.token) continue;

    try {
      Object.assign(target, { token: readFileSync(resolve(folder, user.tokenFile), 'utf8').trim() });
    } catch (error) {
      throw new OperatorError(
        'kubeconfig-unreadable',
        `token file '${foreignWords(user.tokenFile)}' of user '${foreignWords(name, 150)}' cannot be read: ${foreignWords(error)}`,
        { cause: error },
      );
    }
  }
}
