import { readFileSync } from 'node:fs';
import https from 'node:https';
import { connect } from 'node:net';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { systemClock } from '../../lambda/adapters/clock.ts';
import { directSource } from '../../lambda/adapters/direct/direct-source.ts';
import { apiServer } from '../../lambda/adapters/kubernetes/api-server.ts';
import { singleConnection } from '../../lambda/adapters/kubernetes/connections.ts';
import { kubeConfigOfFile } from '../../lambda/adapters/kubernetes/kube-config.ts';
import { ok } from '../../lambda/core/model/result.ts';
import { readEach } from '../fakes/ask-ports.ts';

// One reader of the kubelets' own ports, in a fresh process: prints the seconds that it took for all of them, and the seconds of CPU.
const [reader, folder = '', count, atOnce] = process.argv.slice(2);
const concurrency = Number(atOnce);
const config = kubeConfigOfFile(join(folder, 'direct'));
const kubelets = z
  .array(z.object({ name: z.string(), address: z.string(), port: z.number() }))
  .parse(JSON.parse(readFileSync(join(folder, 'kubelets.json'), 'utf8')))
  .slice(0, Number(count));

// As in reader.ts.
await import('undici');
const started = performance.now();
const cpu = process.cpuUsage();
const read = reader === 'eks-kubelet-audit, direct' ? await ours() : await bareLoop();
const seconds = (performance.now() - started) / 1_000;
if (read !== kubelets.length) throw new Error(`${reader} read ${read} of ${kubelets.length} kubelets`);
const { user, system } = process.cpuUsage(cpu);
const used = `${seconds} ${(user + system) / 1e6}`;
process.stdout.write(`${used} ${used}\n`);

/** What the program does: ask for the rights of its token, verify, read, classify, parse, keep the allow-listed settings. */
async function ours(): Promise<number> {
  const ports = new Map(kubelets.map(({ address, port }) => [address, port]));
  const connections = singleConnection(apiServer(config, { connections: concurrency }));
  const source = directSource({
    connections,
    networks: async () => ok(['10.99.0.0/16']),
    clock: systemClock,
    dial: (address) => connect({ host: '127.0.0.1', port: ports.get(address) ?? 1 }),
    concurrency,
    nodeTimeoutMs: 10_000,
    allowBroadToken: false,
    namesakes: async () => ({ clusters: [], undescribed: [] }),
    directAlthoughNotAsked: [],
  });
  const nodes = kubelets.map(
    ({ name, address }) =>
      ({
        key: name,
        name,
        machine: { status: 'none', because: '' },
        kind: 'al2023',
        group: { kind: 'managed', name: 'g' },
        internalIp: address,
        addressConfirmed: true,
      }) as const,
  );

  let answered = 0;
  const cluster = { name: 'bench', compute: { autoMode: false, fargate: false, hybrid: false } };
  for await (const { result } of readEach(source, cluster, nodes)) answered += result.ok ? 1 : 0;
  connections.close();
  return answered;
}

/** The least that a client can do: a verified connection for each kubelet, the body parsed as JSON and thrown away. */
async function bareLoop(): Promise<number> {
  const ca = Buffer.from(config.getCurrentCluster()?.caData ?? '', 'base64');
  const headers = { authorization: `Bearer ${config.getCurrentUser()?.token ?? ''}` };
  const left = kubelets.values();
  let answered = 0;

  const worker = async () => {
    for (const { name, port } of left) {
      const options = {
        host: '127.0.0.1',
        port,
        path: '/configz',
        servername: name,
        ca,
        headers,
        agent: false,
      } as const;
      const body = await new Promise<string>((resolve, reject) => {
        https
          .get(options, (response) => {
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
  return answered;
}
