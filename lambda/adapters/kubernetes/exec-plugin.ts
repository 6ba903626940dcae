import { spawn } from 'node:child_process';
import type { RequestOptions } from 'node:https';
import { isAbsolute, join, sep } from 'node:path';
import * as z from 'zod/mini';

/** The `exec` of a user in a kubeconfig. */
export const execPlugin = z.object({
  command: z.string().check(z.minLength(1)),
  args: z.nullish(z.array(z.string())),
  env: z.nullish(z.array(z.object({ name: z.string(), value: z.string() }))),
});
type ExecPlugin = z.infer<typeof execPlugin>;

/** A person may have to sign in meanwhile. */
const pluginTimeoutMs = 120_000;
const mostCharacters = 1024 * 1024;

const execCredential = z.object({
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
}

/**
 * The credentials that a plugin prints, asked for again once they expire. The client-node 2.0.1 waits for a plugin without end, and takes its command as
 * relative to the working directory.
 */
export function execCredentials(plugin: ExecPlugin, { folder, timeoutMs = pluginTimeoutMs }: ExecCredentialsOptions) {
  let last: Credential | undefined;
  const isGood = ({ expirationTimestamp: end }: Credential) => !end || Date.parse(end) > Date.now();

  return async (options: RequestOptions): Promise<void> => {
    if (!last || !isGood(last)) {
      last = undefined;
      const { data } = execCredential.safeParse(JSON.parse(await run(plugin, { folder, timeoutMs })));
      if (!data) throw new Error(`the credential plugin '${plugin.command}' answered with no ExecCredential`);
      last = data.status;
    }
    if (last.clientCertificateData) options.cert = last.clientCertificateData;
    if (last.clientKeyData) options.key = last.clientKeyData;
    if (last.token) options.headers = { ...options.headers, Authorization: `Bearer ${last.token}` };
  };
}

/** As kubectl does (client-go, clientcmd/loader.go): a command with a separator is relative to the kubeconfig, one without is looked for in PATH. */
const commandOf = (command: string, folder: string): string =>
  command.includes(sep) && !isAbsolute(command) ? join(folder, command) : command;

function run(
  { command, args, env }: ExecPlugin,
  { folder, timeoutMs }: { readonly folder: string; readonly timeoutMs: number },
) {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const plugin = spawn(commandOf(command, folder), args ?? [], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...Object.fromEntries((env ?? []).map(({ name, value }) => [name, value])) },
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
