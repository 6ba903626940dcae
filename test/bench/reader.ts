import https from 'node:https';
import { systemClock } from '../../lambda/adapters/clock.ts';
import { apiServer } from '../../lambda/adapters/kubernetes/api-server.ts';
import { configzSource } from '../../lambda/adapters/kubernetes/configz-source.ts';
import { singleConnection } from '../../lambda/adapters/kubernetes/connections.ts';
import { kubeConfigOfFile } from '../../lambda/adapters/kubernetes/kube-config.ts';
import { readEach } from '../fakes/ask-ports.ts';

// One reader of the bench, in a fresh process. It prints the seconds that it took for the first 1,000 nodes and for all of them, each with the seconds of CPU.
const firstNodes = 1_000;
const [reader, kubeconfig = '', nodes, atOnce] = process.argv.slice(2);
const names = Array.from({ length: Number(nodes) }, (_, index) => `node-${index}`);
const concurrency = Number(atOnce);
const config = kubeConfigOfFile(kubeconfig);

// Its own time is printed beside the start of the program.
await import('undici');
const started = performance.now();
const cpu = process.cpuUsage();
let read = 0;
let first = '';
if (reader === 'eks-kubelet-audit') await ours();
else await bareLoop();
if (read !== names.length) throw new Error(`${reader} read ${read} of ${names.length} nodes`);
process.stdout.write(`${first} ${used()}\n`);

function used(): string {
  const { user, system } = process.cpuUsage(cpu);
  return `${(performance.now() - started) / 1_000} ${(user + system) / 1e6}`;
}

function count(): void {
  read += 1;
  if (read === firstNodes) first = used();
}

/** What the program does: read, classify, parse, keep the allow-listed settings. */
async function ours(): Promise<void> {
  const connections = singleConnection(apiServer(config, { connections: concurrency }));
  const source = configzSource({ connections, clock: systemClock, concurrency, nodeTimeoutMs: 10_000 });
  const listed = names.map(
    (name) =>
      ({
        key: name,
        name,
        machine: { status: 'none', because: '' },
        kind: 'al2023',
        group: { kind: 'managed', name: 'g' },
      }) as const,
  );

  const cluster = { name: 'bench', compute: { autoMode: false, fargate: false, hybrid: false } };
  for await (const { result } of readEach(source, cluster, listed)) if (result.ok) count();
  connections.close();
}

/** The least that a client can do: the same requests over one keep-alive agent, the body parsed as JSON and thrown away. */
async function bareLoop(): Promise<void> {
  const cluster = config.getCurrentCluster();
  const agent = new https.Agent({
    keepAlive: true,
    maxSockets: concurrency,
    ca: Buffer.from(cluster?.caData ?? '', 'base64'),
  });
  const headers = { authorization: `Bearer ${config.getCurrentUser()?.token ?? ''}` };
  const left = names.values();

  const worker = async () => {
    for (const name of left) {
      const body = await new Promise<string>((resolve, reject) => {
        https
          .get(`${cluster?.server}/api/v1/nodes/${name}/proxy/configz`, { agent, headers }, (response) => {
            const chunks: Buffer[] = [];
            response
              .on('data', (chunk: Buffer) => chunks.push(chunk))
              .once('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
          })
          .once('error', reject);
      });
      if (JSON.parse(body).kubeletconfig) count();
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  agent.destroy();
}
