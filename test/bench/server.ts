import { auditRoleName, kubernetesGroup } from '../../lambda/contract/names.ts';
import { startLab } from '../lab/lab.ts';
import { auditorRules } from '../lab/rbac.ts';

// The bench's AWS with one cluster, in a process of its own: says how to reach it in one line and ends with its standard input.
const count = Number(process.argv[2]);
const accountId = '111122223333';
const region = 'eu-central-1';
const auditor = `arn:aws:iam::${accountId}:role/${auditRoleName}`;
const instanceId = (index: number) => `i-${index.toString(16).padStart(17, '0')}`;

const lab = await startLab();
lab.sts.putRole(auditor, { trustPolicy: { Statement: [] } });
const cluster = await lab.addKubernetesCluster({
  accountId,
  region,
  name: 'bench',
  nodes: Array.from({ length: count }, (_, index) => ({
    name: `node-${index}`,
    instanceId: instanceId(index),
    nodegroup: 'workers',
    kubelet: { kind: 'recorded', folder: 'al2023-shape' } as const,
    bulk: true,
  })),
  accessEntries: [{ principalArn: auditor, groups: [kubernetesGroup] }],
  staticTokens: { 'bench-token': { name: 'bench', groups: [kubernetesGroup] } },
  rbac: { groups: { [kubernetesGroup]: auditorRules } },
});
for (let index = 0; index < count; index += 1) {
  lab.ec2.putInstance(accountId, region, {
    id: instanceId(index),
    tags: { 'eks:cluster-name': 'bench', 'eks:nodegroup-name': 'workers' },
  });
}

process.stdout.write(
  `${JSON.stringify({ kubeconfig: cluster.kubeconfig('bench-token'), endpoint: lab.endpoint, region, credentials: lab.sts.startSession(auditor) })}\n`,
);
process.stdin.resume().once('end', () => void lab.close());
