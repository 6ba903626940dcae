import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { main } from '../../lambda/cli/main.ts';
import type { LabCredentials } from '../lab/aws/identities.ts';
import { routeToNodes } from '../lab/kubernetes/route-to-nodes.mjs';
import { packedProgram } from '../made-once.ts';
import { patience } from '../patience.ts';

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface ResultVerdict {
  readonly status: string;
  readonly because?: string;
  readonly evidence?: { readonly via: string };
}

/** The clusters of a result in JSON, as far as tests read them. */
export const clustersOf = (
  result: string,
): readonly {
  readonly cluster: { readonly name: string };
  readonly nodes: readonly {
    readonly node: { readonly name: string; readonly key: string; readonly kind: string };
    readonly verdicts: Readonly<Record<string, ResultVerdict>>;
    readonly access: ResultVerdict;
  }[];
  readonly problems: readonly { readonly code: string }[];
}[] => JSON.parse(result).clusters;

export const nodesOf = (result: string) => clustersOf(result).flatMap(({ nodes }) => nodes);

interface CliOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly stdin?: string;
  /** Where the addresses of nodes lead. */
  readonly routes?: Readonly<Record<string, number>>;
}

/** The variables of a caller with these credentials: AWS is the lab. */
export const awsVariables = (
  lab: { readonly endpoint: string },
  { accessKeyId, secretAccessKey, sessionToken = '' }: LabCredentials,
  region: string,
) => ({
  AWS_ENDPOINT_URL: lab.endpoint,
  AWS_ACCESS_KEY_ID: accessKeyId,
  AWS_SECRET_ACCESS_KEY: secretAccessKey,
  AWS_SESSION_TOKEN: sessionToken,
  AWS_REGION: region,
});

/** For audits of an estate in which a kubelet hangs: each such node costs this much, and on a busy machine the others need time too. */
export const nodeTimeout = `${Math.ceil(Math.min(3 * patience, 20))}s`;

/** What every caller has, and columns for whole rows. */
const bare = () => ({
  PATH: process.env['PATH'],
  HOME: tmpdir(),
  AWS_EC2_METADATA_DISABLED: 'true',
  COLUMNS: '999',
});

/** Runs the command line in this process, with nothing in its environment but what is given. */
export async function runCli(
  args: readonly string[],
  { env = {}, stdin = '', routes }: CliOptions = {},
): Promise<CliResult> {
  const leave = await enterEnvironment(env, routes);
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const printed = Promise.all([text(stdout), text(stderr)]);
  try {
    const terminal = { stdin: Readable.from([stdin]), stdout, stderr, env: { ...bare(), ...env } };
    const code = await main(args, terminal).finally(() => {
      stdout.end();
      stderr.end();
    });
    const [out, err] = await printed;
    return { code, stdout: out, stderr: err };
  } finally {
    leave();
  }
}

/** The variables that are set now, by how many runs, and how they end. */
let entered: { readonly key: string; runs: number; readonly end: () => void } | undefined;
let ended = Promise.withResolvers<void>();

/** The AWS clients read the environment of the process. Runs with the same variables share it, others wait. */
async function enterEnvironment(
  env: Required<CliOptions>['env'],
  routes: CliOptions['routes'] = {},
): Promise<() => void> {
  const key = JSON.stringify([env, routes]);
  while (entered && entered.key !== key) await ended.promise;

  entered ??= { key, runs: 0, end: setEnvironment(env, routes) };
  const mine = entered;
  mine.runs += 1;
  return () => {
    mine.runs -= 1;
    if (mine.runs > 0) return;
    mine.end();
    entered = undefined;
    ended.resolve();
    ended = Promise.withResolvers();
  };
}

function setEnvironment(env: Required<CliOptions>['env'], routes: Required<CliOptions>['routes']): () => void {
  const before = Object.keys(env).map((name) => [name, process.env[name]] as const);
  const set = (values: Iterable<readonly [string, string | undefined]>) => {
    for (const [name, value] of values)
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
  };
  set(Object.entries(env));
  const endRoutes = routeToNodes(routes);
  return () => {
    endRoutes();
    set(before);
  };
}

/** Runs the packed command line as a process of its own, as a user does. It takes a second of CPU more than `runCli`. */
export async function runPackedCli(
  args: readonly string[],
  { env = {}, stdin = '' }: Omit<CliOptions, 'routes'> = {},
): Promise<CliResult> {
  const child = spawn(process.execPath, [await packedProgram(), ...args], { env: { ...bare(), ...env } });
  const closed = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  child.stdin.end(stdin);
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
  return { code, stdout, stderr };
}
