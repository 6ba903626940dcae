import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { noProgress } from '../../../lambda/wiring/no-progress.ts';
import { openPorts } from '../../../lambda/wiring/open/terminal.ts';
import { settingsFrom } from '../../../lambda/wiring/settings.ts';
import { kubeconfigText } from '../../fakes/kubeconfig.ts';
import { silentLog } from '../../fakes/ports.ts';

const folder = mkdtempSync(join(tmpdir(), 'ports-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const arnOf = (name: string) => `arn:aws:eks:eu-west-1:111122223333:cluster/${name}`;

/** As `aws eks update-kubeconfig` writes it, which names the cluster by its ARN. */
function kubeconfigOf(name: string): string {
  const file = join(folder, 'config');
  writeFileSync(file, kubeconfigText({ server: 'https://127.0.0.1:1' }, {}, name));
  return file;
}

async function clusterBy(kubeconfig: string, clusters: readonly string[]) {
  const ports = await openPorts(settingsFrom({ kubeconfig, clusters }), { log: silentLog, progress: noProgress });
  ports.close();
  return await Array.fromAsync(ports.clusters.clusters([]));
}

describe('the cluster of a kubeconfig', () => {
  it('is known by its ARN where the kubeconfig names it, and otherwise as CLUSTER', async () => {
    const known = [{ ok: true, value: { name: 'prod', arn: { accountId: '111122223333' } } }];
    expect(await clusterBy(kubeconfigOf(arnOf('prod')), [])).toMatchObject(known);
    expect(await clusterBy(kubeconfigOf('my-cluster'), [arnOf('prod')])).toMatchObject(known);
  });

  it('is not published under the ARN of another', async () => {
    await expect(clusterBy(kubeconfigOf(arnOf('prod')), [arnOf('test')])).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringMatching(/leads to '\S+\/prod', not to '\S+\/test'.*--context/),
    });
  });
});
