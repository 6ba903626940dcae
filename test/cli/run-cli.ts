import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { routeArguments, routeEnvironment } from '../lab/kubernetes/node-routes.ts';
import { packedProgram } from './packed-program.ts';

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command line as its own process, with nothing in its environment but what is given. */
export async function runCli(
  args: readonly string[],
  {
    env = {},
    stdin = '',
    routes,
  }: {
    readonly env?: Readonly<Record<string, string>>;
    readonly stdin?: string;
    /** Where the addresses of nodes lead. */
    readonly routes?: Readonly<Record<string, number>>;
  } = {},
): Promise<CliResult> {
  const program = await packedProgram();
  const child = spawn(process.execPath, [...(routes ? routeArguments : []), program, ...args], {
    env: {
      PATH: process.env['PATH'],
      HOME: tmpdir(),
      AWS_EC2_METADATA_DISABLED: 'true',
      ...(routes && routeEnvironment(routes)),
      ...env,
    },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  child.stdin.end(stdin);

  return await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
}
