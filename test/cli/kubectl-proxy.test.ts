import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditorRules } from '../lab/kubernetes/rbac.ts';
import { type Lab, startLab } from '../lab/lab.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { nodesOf, nodeTimeout, runCli } from './run-cli.ts';

const kubectl = spawnSync('kubectl', ['version', '--client']).status === 0;

describe.skipIf(!kubectl)('audit through a real kubectl proxy', () => {
  const folder = temporaryFolder();
  const arn = 'arn:aws:eks:eu-central-1:111122223333:cluster/proxied';
  let lab: Lab;
  let proxy: ChildProcess;
  let url: string;

  beforeAll(async () => {
    lab = await startLab();
    const cluster = await lab.addKubernetesCluster({
      accountId: '111122223333',
      region: 'eu-central-1',
      name: 'proxied',
      nodes: [
        { name: 'good', kubelet: { kind: 'recorded', folder: 'al2023-shape' } },
        { name: 'open', kubelet: { kind: 'recorded', folder: 'no-ca-anonymous-on-always-allow' } },
        { name: 'refusing', kubelet: { kind: 'kubelet-refuses' } },
        { name: 'hanging', kubelet: { kind: 'hangs' } },
      ],
      staticTokens: { 'auditor-token': { name: 'auditor', groups: ['auditors'] } },
      rbac: { groups: { auditors: auditorRules } },
    });
    const kubeconfig = join(folder, 'config');
    writeFileSync(kubeconfig, cluster.kubeconfig('auditor-token'), { mode: 0o600 });

    proxy = spawn('kubectl', ['proxy', '--port=0', `--kubeconfig=${kubeconfig}`], {
      env: { PATH: process.env['PATH'], HOME: folder },
    });
    url = await addressOf(proxy);
  });
  afterAll(async () => {
    proxy?.kill();
    if (proxy?.exitCode === null) await once(proxy, 'exit');
    await lab?.close();
  });

  it('judges each node as through the API server itself, and prints findings under the cluster’s ARN', async () => {
    const [json, asff] = [join(folder, 'json'), join(folder, 'asff')];
    const outputs = ['-f', 'json', '-o', json, '-f', 'asff', '-o', asff];
    const { code } = await runCli(['audit', arn, '--api-server', url, '--node-timeout', nodeTimeout, ...outputs]);

    const nodes = nodesOf(readFileSync(json, 'utf8'));
    const verdicts = nodes.map(({ node, verdicts: of }) => [node.name, of['kubelet-client-ca-file']?.status]);
    expect(Object.fromEntries(verdicts)).toEqual({ good: 'pass', open: 'fail', refusing: 'warn', hanging: 'unknown' });
    expect(JSON.parse(readFileSync(asff, 'utf8'))[0].Resources[0].Id).toBe(arn);
    expect(code).toBe(1);
  });
});

async function addressOf(proxy: ChildProcess): Promise<string> {
  let said = '';
  for await (const chunk of proxy.stdout ?? []) {
    said += String(chunk);
    const address = /127\.0\.0\.1:\d+/.exec(said)?.[0];
    if (address) return `http://${address}`;
  }
  throw new Error(`kubectl proxy ended without an address: ${said}`);
}
