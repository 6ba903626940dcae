import https from 'node:https';
import { systemClock } from '../../lambda/adapters/clock.ts';
import { apiServer } from '../../lambda/adapters/kubernetes/api-server.ts';
import { configzSource } from '../../lambda/adapters/kubernetes/configz-source.ts';
import { singleConnection } from '../../lambda/adapters/kubernetes/connections.ts';
import { kubeConfigOfFile } from '../../lambda/adapters/kubernetes/kube-config.ts';
import { readEach } from '../fakes/ask-ports.ts';

// One reader of the bench, in a fresh process: prints the seconds that it took for all nodes, and the seconds of CPU.
const [reader, kubeconfig = '', count, atOnce] = process.argv.slice(2);
const names = Array.from({ length: Number(count) }, (_, index) => `node-${index}`);
const concurrency = Number(atOnce);
const config = kubeConfigOfFile(kubeconfig);

// Its own time is printed beside the start of the program.
await import('undici');
const started = performance.now();
const cpu = process.cpuUsage();
const read = reader === 'eks-kubelet-audit' ? await ours() : await bareLoop();
const seconds = (performance.now() - started) / 1_000;
const { user, system } = process.cpuUsage(cpu);
if (read !== names.length) throw new Error(`${reader} read ${read} of ${names.length} nodes`);
process.stdout.write(`${seconds} ${(user + system) / 1e6}\n`);

/** What the program does: read, classify, parse, keep the allow-listed settings. */
async function ours(): Promise<number> {
  const connections = singleConnection(apiServer(config, { connections: concurrency }));
  const source = configzSource({ connections, clock: systemClock, concurrency, nodeTimeoutMs: 10_000 });
  const nodes = names.map(
    (name) =>
      ({
        key: name,
        name,
        machine: { status: 'none', because: '' },
        kind: 'al2023',
        group: { kind: 'managed', name: 'g' },
      }) as const,
  );

  let answered = 0;
  const cluster = { name: 'bench', compute: { autoMode: false, fargate: false, hybrid: false } };
  for await (const { result } of readEach(source, cluster, nodes)) answered += result.ok ? 1 : 0;
  connections.close();
  return answered;
}

/** The least that a client can do: the same requests over one keep-alive agent, the body parsed as JSON and thrown away. */
async function bareLoop(): Promise<number> {
  const cluster = config.getCurrentCluster();
  const agent = new https.Agent({
    keepAlive: true,
    maxSockets: concurrency,
    ca: Buffer.from(cluster?.caData ?? '', 'base64'),
  });
  const headers = { authorization: `Bearer ${config.getCurrentUser()?.token ?? ''}` };
  const left = names.values();
  let answered = 0;

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
      if (JSON.parse(body).kubeletconfig) answered += 1;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  agent.destroy();
  return answered;
}
