import { spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { RecordedCall } from '../lab/aws/aws-server.ts';
import type { LabCredentials } from '../lab/aws/identities.ts';

/** Debian's Python: the packages of another one are not those that .ci/run installs. */
const python = '/usr/bin/python3';

export const hasMoto = (): boolean => spawnSync(python, ['-c', 'import moto, botocore, flask']).status === 0;

interface MotoOptions {
  readonly hub: string;
  readonly region: string;
  /** Of the roles that the program assumes, by their ARNs. */
  readonly sessions: Readonly<Record<string, LabCredentials>>;
}

interface MotoCluster {
  readonly accountId: string;
  readonly region: string;
  readonly name: string;
  readonly endpoint: string;
  /** Base64. */
  readonly ca: string;
  readonly vpcId: string;
}

/** moto as a server on loopback (server.py), an emulator of AWS that others wrote. */
export type Moto = Awaited<ReturnType<typeof startMoto>>;

export async function startMoto(options: MotoOptions) {
  const server = spawn(python, [fileURLToPath(new URL('server.py', import.meta.url))], {
    stdio: ['pipe', 'pipe', 'inherit'],
    // moto prints a warning for a package that only browsers need.
    env: { PATH: process.env['PATH'], PYTHONWARNINGS: 'ignore' },
  });
  const lines = createInterface({ input: server.stdout })[Symbol.asyncIterator]();
  const ask = async <T>(command: object, schema: z.ZodType<T>): Promise<T> => {
    server.stdin.write(`${JSON.stringify(command)}\n`);
    const { value, done } = await lines.next();
    if (done) throw new Error('moto has ended: what it said is above');
    return schema.parse(JSON.parse(value));
  };

  const { endpoint, queueArn } = await ask(options, z.object({ endpoint: z.url(), queueArn: z.string() }));
  return {
    endpoint,
    /** Where its rules deliver mails. */
    queueArn,
    serve: (cluster: MotoCluster) => ask({ cluster }, z.object({})),
    mails: async () => (await ask({ mails: true }, z.object({ mails: z.array(z.string()) }))).mails,
    /** What botocore says against these requests, by its models. */
    faults: async (calls: readonly Pick<RecordedCall, 'service' | 'operation' | 'input'>[]) =>
      (await ask({ calls }, z.object({ faults: z.array(z.string()) }))).faults,
    close: () => void server.kill(),
  };
}
