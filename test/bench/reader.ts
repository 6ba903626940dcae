import { readFileSync } from 'node:fs';
import https from 'node:https';
import { connect } from 'node:net';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { systemClock } from '../../lambda/adapters/clock.ts';
import { directSource } from '../../lambda/adapters/direct/direct-source.ts';
import { apiServer } from '../../lambda/adapters/kubernetes/api-server.ts';
import { configzSource } from '../../lambda/adapters/kubernetes/configz-source.ts';
import { singleConnection } from '../../lambda/adapters/kubernetes/connections.ts';
import { kubeConfigOfFiles } from '../../lambda/adapters/kubernetes/kube-config.ts';
import { ok } from '../../lambda/core/model/result.ts';
import type { KubeletSource } from '../../lambda/flow/audit/ports.ts';
import { readEach } from '../fakes/ask-ports.ts';
import { clusterNode } from '../fakes/ports.ts';

// One reader of the bench, in a fresh process: through the API server, or from the kubelets' own ports. It prints the seconds that it took for the
// first 1,000 nodes and for all of them, each with the seconds of CPU.
const firstNodes = 1_000;
const [reader = '', way = '', folder = '', nodes, atOnce] = process.argv.slice(2);
const isDirect = way === 'direct';
const concurrency = Number(atOnce);
const config = kubeConfigOfFiles([join(folder, isDirect ? 'direct' : 'kubeconfig')]);
const kubelets = isDirect
  ? z
      .array(z.object({ name: z.string(), address: z.string(), port: z.number() }))
      .parse(JSON.parse(readFileSync(join(folder, 'kubelets.json'), 'utf8')))
      .slice(0, Number(nodes))
  : Array.from({ length: Number(nodes) }, (_, index) => ({ name: `node-${index}`, address: '', port: 0 }));

// Its own time is printed beside the start of the program.
await import('undici');
const started = performance.now();
const cpu = process.cpuUsage();
let read = 0;
let first = '';
if (reader.startsWith('eks-kubelet-audit')) await ours();
else await bareLoop();
if (read !== kubelets.length) throw new Error(`${reader} read ${read} of ${kubelets.length} nodes`);
process.stdout.write(`${first} ${used()}\n`);

function used(): string {
  const { user, system } = process.cpuUsage(cpu);
  return `${(performance.now() - started) / 1_000} ${(user + system) / 1e6}`;
}

function count(): void {
  read += 1;
  if (read === firstNodes) first = used();
}

/** What the program does: read, classify, parse, keep the allow-listed settings; directly, it also asks for the rights of its token, and verifies. */
async function ours(): Promise<void> {
  const connections = singleConnection(apiServer(config, { connections: concurrency }));
  const options = { connections, clock: systemClock, concurrency, nodeTimeoutMs: 10_000 };
  const ports = new Map(kubelets.map(({ address, port }) => [address, port]));
  const source: KubeletSource = isDirect
    ? directSource({
        ...options,
        networks: async () => ok(['10.99.0.0/16']),
        dial: (address) => connect({ host: '127.0.0.1', port: ports.get(address) ?? 1 }),
        allowBroadToken: false,
        namesakes: async () => ({ clusters: [], undescribed: [] }),
        ownEntry: async () => ok(undefined),
        directAlthoughNotAsked: [],
      })
    : configzSource(options);
  const listed = kubelets.map(({ name, address }) =>
    clusterNode(name, isDirect ? { internalIp: address, addressConfirmed: true } : {}),
  );

  const cluster = { name: 'bench', compute: { autoMode: false, fargate: false, hybrid: false } };
  for await (const { result } of readEach(source, cluster, listed)) if (result.ok) count();
  connections.close();
}

/** The least that a client can do, over one keep-alive agent or a verified connection for each kubelet. The body is parsed as JSON and thrown away. */
async function bareLoop(): Promise<void> {
  const { server, caData = '' } = config.getCurrentCluster() ?? { server: '' };
  const ca = Buffer.from(caData, 'base64');
  const agent = new https.Agent({ keepAlive: true, maxSockets: concurrency, ca });
  const headers = { authorization: `Bearer ${config.getCurrentUser()?.token ?? ''}` };
  const left = kubelets.values();

  const worker = async () => {
    for (const { name, port } of left) {
      const url = isDirect ? `https://127.0.0.1:${port}/configz` : `${server}/api/v1/nodes/${name}/proxy/configz`;
      const options = isDirect ? { servername: name, ca, headers, agent: false as const } : { agent, headers };
      const body = await new Promise<string>((resolve, reject) => {
        https
          .get(url, options, (response) => {
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
