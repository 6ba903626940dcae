import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { kubernetesGroup } from '../../../lambda/contract/names.ts';
import { auditorRules } from '../../lab/kubernetes/rbac.ts';
import { type Lab, startLab } from '../../lab/lab.ts';

const count = 5_000;
const folder = mkdtempSync(join(tmpdir(), 'open-files-'));
const reader = join(import.meta.dirname, '../../bench/reader.ts');
let lab: Lab;

beforeAll(async () => {
  lab = await startLab();
});
afterAll(async () => {
  await lab?.close();
  rmSync(folder, { recursive: true, force: true });
});

it(`reads ${count} kubelets under Lambda’s limit of 1,024 open files, over 20 connections`, async () => {
  const cluster = await lab.addKubernetesCluster({
    accountId: '111122223333',
    region: 'eu-central-1',
    name: 'large',
    nodes: Array.from({ length: count }, (_, index) => ({
      name: `node-${index}`,
      kubelet: { kind: 'recorded', folder: 'al2023-shape' } as const,
    })),
    staticTokens: { token: { name: 'auditor', groups: [kubernetesGroup] } },
    rbac: { groups: { [kubernetesGroup]: auditorRules } },
  });
  writeFileSync(join(folder, 'kubeconfig'), cluster.kubeconfig('token'), { mode: 0o600 });

  // The reader fails when it reads one node less.
  const limited = [
    '-c',
    'ulimit -n 1024 && exec "$@"',
    'sh',
    process.execPath,
    reader,
    'eks-kubelet-audit',
    'API server',
    folder,
    String(count),
    '20',
  ];
  const { stdout } = await promisify(execFile)('sh', limited, { env: { PATH: process.env['PATH'] } });

  expect(Number(stdout.split(' ')[0])).toBeGreaterThan(0);
  expect(cluster.api.sockets.handshakes).toBeLessThanOrEqual(20);
});
