import { KubeConfig } from '@kubernetes/client-node';
import { systemClock } from '../../lambda/adapters/clock.ts';
import { apiServer } from '../../lambda/adapters/kubernetes/api-server.ts';
import { singleConnection } from '../../lambda/adapters/kubernetes/connections.ts';
import { kubernetesNodes } from '../../lambda/adapters/kubernetes/node-list.ts';
import { kubernetesGroup } from '../../lambda/contract/names.ts';
import { listNodes } from '../fakes/ask-ports.ts';
import { auditorRules } from '../lab/kubernetes/rbac.ts';
import { startLab } from '../lab/lab.ts';
import { Link, type LinkOptions } from '../lab/wire/link.ts';

// `npm run bench:list`: a list of 10,000 nodes of 18 KB, in full size and real time, through links that are slow or cut. What the tests do in scaled time.

const count = Number(process.argv[2] ?? 10_000);
const cluster = { name: 'far-away', compute: { autoMode: false, fargate: false, hybrid: false } };
const lab = await startLab();
lab.addAccount('111122223333');
const started = await lab.addKubernetesCluster({
  accountId: '111122223333',
  region: 'eu-central-1',
  name: cluster.name,
  nodes: Array.from({ length: count }, (_, index) => ({
    name: `node-${index}`,
    bulk: true,
    kubelet: { kind: 'recorded', folder: 'al2023-shape' } as const,
  })),
  rbac: { groups: { [kubernetesGroup]: auditorRules } },
  staticTokens: { token: { name: 'auditor', groups: [kubernetesGroup] } },
});

try {
  await listThrough('as fast as it comes', {});
  await listThrough('250 KB/s', { bytesPerSecond: 250_000 });
  await listThrough('each connection cut after 5 MB', { cutAfterBytes: 5_000_000 });
  await listThrough('each connection cut after 1 MB', { cutAfterBytes: 1_000_000 });
} finally {
  await lab.close();
}

async function listThrough(name: string, options: LinkOptions): Promise<void> {
  const link = await Link.to(started.endpoint, options);
  const config = new KubeConfig();
  config.loadFromString(started.kubeconfig('token').replace(started.endpoint, link.url));
  const connections = singleConnection(apiServer(config, { connections: 1 }));
  const begun = performance.now();
  const listed = await listNodes(kubernetesNodes({ connections, clock: systemClock }), cluster);
  connections.close();
  await link.close();

  const distinct = listed.ok ? new Set(listed.value.map((each) => each.name)).size : 0;
  const took = `${((performance.now() - begun) / 1_000).toFixed(1)} s, ${(link.bytes / 1e6).toFixed(1)} MB`;
  console.log(`${name}: ${listed.ok ? `${distinct} of ${count} nodes` : listed.error.message}, ${took}`);
  if (distinct !== count || (listed.ok && listed.value.length !== count)) process.exitCode = 1;
}
