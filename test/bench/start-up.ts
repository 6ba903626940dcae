import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { bundleProgram, startFile } from '../../packaging/bundle.ts';

const rounds = 11;

/**
 * How long the packed program takes to start, with its compiled code kept from an earlier start. `--version` is timed to its end, `audit` to its
 * first request to AWS and to an API server.
 * @param folder for the program and what it keeps
 * @returns milliseconds by what was started, the median of eleven
 */
export async function startUpTimes(folder: string): Promise<Readonly<Record<string, number>>> {
  const home = join(folder, 'start-up');
  await bundleProgram(home);
  const program = join(home, startFile);
  const env = { PATH: process.env['PATH'], HOME: home, NODE_COMPILE_CACHE: join(home, 'compiled') };

  const server = createServer((_, answer) => answer.writeHead(403).end('{}')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const aws = {
    AWS_ENDPOINT_URL: url,
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
  /** Until the end of the process, or the first request. */
  const started = async (args: readonly string[], more: NodeJS.ProcessEnv = {}): Promise<number> => {
    const began = performance.now();
    const child = spawn(process.execPath, [program, ...args], { env: { ...env, ...more }, stdio: 'ignore' });
    const ended = once(child, 'exit');
    let firstRequest: number | undefined;
    const heard = () => {
      firstRequest ??= performance.now();
    };
    server.on('request', heard);
    // What is compiled is kept at the end of the process.
    await ended;
    server.off('request', heard);
    return (firstRequest ?? performance.now()) - began;
  };

  try {
    return {
      '--version, until its end': await medianOf(() => started(['--version'])),
      'audit, until its first request to AWS': await medianOf(() => started(['audit'], aws)),
      'audit --api-server, until its first request': await medianOf(() => started(['audit', '--api-server', url])),
    };
  } finally {
    server.close();
  }
}

async function medianOf(measure: () => Promise<number>): Promise<number> {
  // The first one compiles.
  await measure();
  const measured: number[] = [];
  for (let round = 0; round < rounds; round += 1) measured.push(await measure());
  return measured.toSorted((one, other) => one - other)[Math.floor(rounds / 2)] ?? Number.NaN;
}
