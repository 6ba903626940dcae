import { startLab } from '../lab/lab.ts';

// The bench's API server, in a process of its own: prints a kubeconfig and ends with its standard input.
const [count, group, rules] = process.argv.slice(2);
const lab = await startLab();
const cluster = await lab.addKubernetesCluster({
  accountId: '111122223333',
  region: 'eu-central-1',
  name: 'bench',
  nodes: Array.from({ length: Number(count) }, (_, index) => ({
    name: `node-${index}`,
    kubelet: { kind: 'recorded', folder: 'al2023-shape' } as const,
    bulk: true,
  })),
  staticTokens: { 'bench-token': { name: 'bench', groups: [String(group)] } },
  rbac: { groups: { [String(group)]: JSON.parse(String(rules)) } },
});

process.stdout.write(`${cluster.kubeconfig('bench-token')}\n\n`);
process.stdin.resume().once('end', () => void lab.close());
