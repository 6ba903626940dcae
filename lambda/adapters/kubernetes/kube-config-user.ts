import { spawn } from 'node:child_process';
import type { RequestOptions } from 'node:https';
import { isAbsolute, join, sep } from 'node:path';
import * as z from 'zod/mini';

/** One cluster or user of a kubeconfig, as it is written. */
export type Fields = Readonly<Record<string, unknown>>;

/**
 * What becomes of each field that kubectl knows; docs/access.md has the same table. `taken`: as kubectl takes it. `silent`: means nothing for reading nodes.
 * Any other field, `disable-compression` too, is ignored with a warning. Source: client-go `tools/clientcmd/api/v1/types.go`.
 */
const fieldsOf = {
  cluster: {
    taken: 'server tls-server-name insecure-skip-tls-verify certificate-authority certificate-authority-data proxy-url',
    silent: 'extensions',
  },
  user: {
    taken:
      'client-certificate client-certificate-data client-key client-key-data token tokenFile as as-uid as-groups as-user-extra username password auth-provider exec',
    silent: 'extensions',
  },
} as const;

/** One sentence for each field that is there and changes nothing. */
export function ignoredFields(kind: keyof typeof fieldsOf, fields: Fields): readonly string[] {
  const { taken, silent } = fieldsOf[kind];
  const known = new Set(`${taken} ${silent}`.split(' '));
  return Object.keys(fields)
    .filter((each) => !known.has(each) && fields[each] !== false)
    .slice(0, 20)
    .map((each) => `the ${kind} of the kubeconfig has '${each}', which is ignored`);
}

const isSet = (value: unknown): boolean => value !== undefined && value !== null && value !== '';

/** Why kubectl takes no such user, as the end of a sentence about it. Source: client-go `tools/clientcmd/validation.go`, `plugin/pkg/client/auth`. */
export function userProblem(user: Fields): string | undefined {
  const has = (...names: readonly string[]) => names.some((each) => isSet(user[each]));
  const provider = Object(user['auth-provider'] ?? {}).name;
  if (has('auth-provider') && has('exec')) return 'has an auth-provider and an exec plugin; leave one of them out';
  if (has('auth-provider') && provider !== 'oidc')
    return 'has an auth-provider that kubectl no longer has; use the exec plugin of your cloud (for EKS: aws eks update-kubeconfig)';
  if (has('token') && has('username', 'password')) return 'has a token and a password; leave one of them out';
  if (has('client-certificate', 'client-certificate-data') && !has('client-key', 'client-key-data'))
    return 'has a client certificate without its key; add client-key or client-key-data';
  return has('exec') ? execProblem(user['exec']) : undefined;
}

/** The `exec` of a user in a kubeconfig. */
export const execPlugin = z.object({
  apiVersion: z.enum(['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1']),
  interactiveMode: z.nullish(z.enum(['Never', 'IfAvailable', 'Always'])),
  provideClusterInfo: z.nullish(z.boolean()),
  command: z.string().check(z.minLength(1)),
  args: z.nullish(z.array(z.string())),
  env: z.nullish(z.array(z.object({ name: z.string(), value: z.string() }))),
});
type ExecPlugin = z.infer<typeof execPlugin>;

/** Why kubectl takes no such plugin, or this program can't, as the end of a sentence about its user. */
function execProblem(exec: unknown): string | undefined {
  const { data, error } = execPlugin.safeParse(exec);
  if (!data) return `has an exec plugin whose ${error.issues[0]?.path.join('.') || 'fields'} kubectl doesn't take`;
  if (data.interactiveMode === 'Always')
    return 'has an exec plugin with interactiveMode: Always, and an audit gives it no terminal; set IfAvailable, or sign in before';
  return !data.interactiveMode && data.apiVersion.endsWith('/v1')
    ? 'has an exec plugin without interactiveMode, which kubectl demands too; set IfAvailable'
    : undefined;
}

/** A person may have to sign in meanwhile. */
const pluginTimeoutMs = 120_000;
const mostCharacters = 1024 * 1024;

const execCredential = z.object({
  apiVersion: z.string(),
  status: z.object({
    token: z.nullish(z.string()),
    clientCertificateData: z.nullish(z.string()),
    clientKeyData: z.nullish(z.string()),
    expirationTimestamp: z.nullish(z.string()),
  }),
});
type Credential = z.infer<typeof execCredential>['status'];

interface ExecCredentialsOptions {
  /** Of the kubeconfig. */
  readonly folder: string;
  readonly timeoutMs?: number | undefined;
  /** The cluster as the kubeconfig has it, for a plugin that asks for it. */
  readonly cluster?: Readonly<Record<string, unknown>>;
}

/**
 * The credentials that a plugin prints, asked for again once they expire. The client-node 2.0.1 waits for a plugin without end, and takes its command as
 * relative to the working directory.
 */
export function execCredentials(
  plugin: ExecPlugin,
  { folder, timeoutMs = pluginTimeoutMs, cluster = {} }: ExecCredentialsOptions,
) {
  const info = execInfo(plugin, cluster);
  let last: Credential | undefined;
  const isGood = ({ expirationTimestamp: end }: Credential) => !end || Date.parse(end) > Date.now();

  return async (options: RequestOptions): Promise<void> => {
    if (!last || !isGood(last)) {
      last = undefined;
      const { data } = execCredential.safeParse(JSON.parse(await run(plugin, { folder, timeoutMs, info })));
      if (!data) throw new Error(`the credential plugin '${plugin.command}' answered with no ExecCredential`);
      if (data.apiVersion !== plugin.apiVersion)
        throw new Error(
          `the credential plugin '${plugin.command}' answered with another apiVersion than its kubeconfig names`,
        );
      last = data.status;
    }
    if (last.clientCertificateData) options.cert = last.clientCertificateData;
    if (last.clientKeyData) options.key = last.clientKeyData;
    if (last.token) options.headers = { ...options.headers, Authorization: `Bearer ${last.token}` };
  };
}

const clusterInfo = z.object({
  server: z.optional(z.string()),
  'tls-server-name': z.optional(z.string()),
  'insecure-skip-tls-verify': z.optional(z.boolean()),
  'certificate-authority-data': z.optional(z.string()),
  'proxy-url': z.optional(z.string()),
  'disable-compression': z.optional(z.boolean()),
});
const extensions = z.array(z.object({ name: z.string(), extension: z.unknown() }));

/** What kubectl gives a plugin in KUBERNETES_EXEC_INFO. Source: client-go `plugin/pkg/client/auth/exec`, `tools/clientcmd/client_config.go`. */
function execInfo(
  { apiVersion, provideClusterInfo }: ExecPlugin,
  cluster: NonNullable<ExecCredentialsOptions['cluster']>,
): string {
  const own = extensions.safeParse(cluster['extensions']).data ?? [];
  const config = own.find(({ name }) => name === 'client.authentication.k8s.io/exec')?.extension;
  const told = { ...clusterInfo.safeParse(cluster).data, ...(config !== undefined && { config }) };
  const spec = { ...(provideClusterInfo && { cluster: told }), interactive: false };
  return JSON.stringify({ kind: 'ExecCredential', apiVersion, spec });
}

/** As kubectl does (client-go, clientcmd/loader.go): a command with a separator is relative to the kubeconfig, one without is looked for in PATH. */
const commandOf = (command: string, folder: string): string =>
  command.includes(sep) && !isAbsolute(command) ? join(folder, command) : command;

function run(
  { command, args, env }: ExecPlugin,
  { folder, timeoutMs, info }: { readonly folder: string; readonly timeoutMs: number; readonly info: string },
) {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const plugin = spawn(commandOf(command, folder), args ?? [], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      ...Object.fromEntries((env ?? []).map(({ name, value }) => [name, value])),
      KUBERNETES_EXEC_INFO: info,
    },
  });
  const printed = { stdout: '', stderr: '' };
  const stop = (error: Error) => {
    reject(error);
    plugin.kill('SIGKILL');
    // A child of the plugin may hold them open, and this process with them.
    plugin.stdout.destroy();
    plugin.stderr.destroy();
    plugin.unref();
  };
  const deadline = setTimeout(
    () =>
      stop(new Error(`the credential plugin '${command}' did not answer within ${timeoutMs / 1000} s; run it by hand`)),
    timeoutMs,
  );

  for (const name of ['stdout', 'stderr'] as const)
    plugin[name].setEncoding('utf8').on('data', (text: string) => {
      if (printed[name].length < mostCharacters) printed[name] += text;
      else if (name === 'stdout') stop(new Error(`the credential plugin '${command}' prints more than 1 MB`));
    });
  plugin.once('error', reject);
  plugin.once('close', (code) => (code === 0 ? resolve(printed.stdout) : reject(new Error(printed.stderr))));
  return promise.finally(() => clearTimeout(deadline));
}
