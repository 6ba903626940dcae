import { existsSync, readFileSync } from 'node:fs';
import type { RequestOptions } from 'node:https';
import { delimiter, dirname, resolve } from 'node:path';
import { KubeConfig, type User } from '@kubernetes/client-node';
import { parse } from 'yaml';
import * as z from 'zod/mini';
import type { ClusterEndpoint } from '../../core/model/model.ts';
import { OperatorError } from '../../core/model/operator-error.ts';
import { foreignWords } from '../../core/model/text/without-secrets.ts';
import { errorLine, errorText, trimmedEnd } from '../../core/model/text/words.ts';
import type { EksToken } from '../eks/token.ts';
import { environmentProxy } from './environment-proxy.ts';
import { execCredentials, execPlugin, type Fields, ignoredFields, userProblem } from './kube-config-user.ts';

/** One cluster, and one user that has no credentials of its own. */
function kubeConfigOf(name: string, user: string, cluster: Readonly<Record<string, string | boolean>>): KubeConfig {
  const config = new KubeConfig();
  config.loadFromOptions({
    clusters: [{ name, ...cluster }],
    users: [{ name: user }],
    contexts: [{ name, cluster: name, user }],
    currentContext: name,
  });
  return config;
}

/** The way to an EKS cluster's API server: its endpoint, its CA, and an IAM bearer token asked for when a call needs it. */
export function kubeConfigOfEks(name: string, endpoint: ClusterEndpoint, token: Pick<EksToken, 'current'>): KubeConfig {
  const caData = Buffer.from(endpoint.caPem).toString('base64');
  const config = kubeConfigOf(name, 'eks', { server: endpoint.url, caData, skipTLSVerify: false });
  config.addAuthenticator({
    isAuthProvider: (user) => user.name === 'eks',
    async applyAuthentication(_user, options) {
      options.headers = { ...options.headers, Authorization: `Bearer ${await token.current()}` };
    },
  });
  return config;
}

/** A `kubectl proxy`, which adds the caller's own credentials: plain HTTP on loopback, and this program sends none. */
export const kubeConfigOfProxy = (url: string): KubeConfig =>
  kubeConfigOf('kubectl-proxy', 'nobody', { server: trimmedEnd(url, '/'), skipTLSVerify: url.startsWith('http:') });

interface KubeConfigOptions {
  readonly pluginTimeoutMs?: number;
  /** Of the process, where the absence of a `proxy-url` leaves the choice to it. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/**
 * Kubeconfig files, with their exec plugins, client certificates and token files, merged as kubectl merges those of KUBECONFIG.
 * Of two entries with one name the first counts, and of several files those that don't exist are left out. Source: client-go `clientcmd/loader.go`.
 * @throws OperatorError `kubeconfig-unreadable` or `context-unknown`
 */
export function kubeConfigOfFiles(
  files: readonly string[],
  context?: string,
  { pluginTimeoutMs, environment = process.env }: KubeConfigOptions = {},
): FileKubeConfig {
  const there = files.length > 1 ? files.filter((file) => existsSync(file)) : files;
  const loaded = (there.length > 0 ? there : files.slice(0, 1)).map(loadedFile);
  const { config } = loaded[0] ?? loadedFile('');
  for (const other of loaded.slice(1)) mergeInto(config, other.config);

  if (context) config.setCurrentContext(context);
  const target = config.getCurrentCluster();
  if (!target) throw new OperatorError('context-unknown', `kubeconfig '${files.join(delimiter)}' ${noContext(config)}`);

  const cluster = entryOf(loaded, 'cluster', target.name);
  const named = config.getCurrentUser()?.name;
  const user = named === undefined ? cluster : entryOf(loaded, 'user', named);
  const ofUser = named === undefined ? {} : user.fields;
  const problem = userProblem(ofUser);
  if (problem) throw refusal(named, user.file, problem);

  const folder = dirname(resolve(user.file));
  const proxyUrl = target.proxyUrl || environmentProxy(target.server, environment);
  if (proxyUrl) Object.assign(target, { proxyUrl });
  usePlugin(config, { folder, timeoutMs: pluginTimeoutMs, cluster: { ...cluster.fields, ...caOf(target.caFile) } });
  config.impersonation = readImpersonation(ofUser, named, user.file);
  config.useTokenFile(ofUser['tokenFile'], folder);
  config.warnings = [...ignoredFields('cluster', cluster.fields), ...ignoredFields('user', ofUser)];
  return config;
}

const caOf = (file: string | undefined): Fields =>
  file ? { 'certificate-authority-data': readFileSync(file, 'base64') } : {};

const refusal = (user: string | undefined, file: string, because: string): OperatorError =>
  new OperatorError(
    'kubeconfig-unreadable',
    `user '${foreignWords(user ?? '', 150)}' of kubeconfig '${file}' ${because}`,
  );

const entries = z.nullish(z.array(z.record(z.string(), z.unknown())));
const sections = z.object({ clusters: entries, users: entries });

/** A cluster or user as the first file has it that names it. */
function entryOf(files: readonly LoadedFile[], kind: 'cluster' | 'user', name: string) {
  for (const { file, document } of files) {
    const found = sections.safeParse(document).data?.[`${kind}s`]?.find((each) => each['name'] === name);
    if (found) return { file, fields: { ...Object(found[kind] ?? {}) } };
  }
  throw new OperatorError(
    'kubeconfig-unreadable',
    `${kind} '${foreignWords(name, 150)}' of the kubeconfig can't be read`,
  );
}

interface LoadedFile {
  readonly file: string;
  readonly config: FileKubeConfig;
  readonly document: unknown;
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
  return { file, config, document };
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

/** client-node 2.0.1 knows `as` alone; kubectl also sends groups, uid and extra. It reads only `token-file`, and that once. */
export class FileKubeConfig extends KubeConfig {
  impersonation: ImpersonationHeaders = {};
  /** What of the file changes nothing, one sentence each. */
  warnings: readonly string[] = [];
  #tokenFile: string | undefined;

  /** @throws OperatorError `kubeconfig-unreadable` when it can't be read, and there is no token beside it */
  useTokenFile(path: unknown, folder: string): void {
    if (typeof path !== 'string' || path === '') return;
    this.#tokenFile = resolve(folder, path);
    const { name = '', token } = this.getCurrentUser() ?? {};
    const error = this.#readToken();
    if (error !== undefined && !token)
      throw new OperatorError(
        'kubeconfig-unreadable',
        `token file '${foreignWords(path)}' of user '${foreignWords(name, 150)}' cannot be read: ${foreignWords(error)}`,
        { cause: error },
      );
  }

  /** The file may rotate: it is read each time, and while it can't be, the last token counts. Source: client-go `transport/token_source.go`. */
  #readToken(): unknown {
    try {
      const token = this.#tokenFile === undefined ? '' : readFileSync(this.#tokenFile, 'utf8').trim();
      if (token !== '') Object.assign(this.getCurrentUser() ?? {}, { token });
      return undefined;
    } catch (error) {
      return error;
    }
  }

  override async applyToHTTPSOptions(options: RequestOptions): Promise<void> {
    this.#readToken();
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

/** The headers of a user's `as` fields. Source: client-go transport/round_trippers.go, tools/clientcmd/validation.go. */
function readImpersonation(user: Fields, name: string | undefined, file: string): ImpersonationHeaders {
  const { data } = impersonating.safeParse(user);
  if (!data)
    throw refusal(
      name,
      file,
      'has an as, as-uid, as-groups or as-user-extra that is no printable text or list of them; correct it',
    );

  const { as, 'as-uid': uid, 'as-groups': groups, 'as-user-extra': extra } = data;
  if (!as) {
    if (!uid && !groups?.length && Object.keys(extra ?? {}).length === 0) return {};
    throw refusal(
      name,
      file,
      'impersonates groups, a uid or extra fields and no user; add as, which kubectl demands too',
    );
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
