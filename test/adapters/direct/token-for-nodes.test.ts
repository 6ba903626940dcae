import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apiServer } from '../../../lambda/adapters/kubernetes/api-server.ts';
import { singleConnection } from '../../../lambda/adapters/kubernetes/connections.ts';
import { kubeConfigOfFile } from '../../../lambda/adapters/kubernetes/kube-config.ts';
import type { LabKubernetesCluster } from '../../lab/kubernetes/kubernetes-cluster.ts';
import { directRules } from '../../lab/kubernetes/rbac.ts';
import type { Lab } from '../../lab/lab.ts';
import { readDirectly, startCluster, startDirectLab } from './read-directly.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startDirectLab();
});
const folder = mkdtempSync(join(tmpdir(), 'token-for-nodes-'));
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await lab.close();
});

const node = { name: 'a.internal', kubelet: { kind: 'recorded', folder: 'file-sets-ca' } } as const;

/** What came of reading the one node, and whether its kubelet, which records all that reaches it, has seen a token. */
async function read(cluster: LabKubernetesCluster, options: Parameters<typeof readDirectly>[2] = {}) {
  const { 'a.internal': result } = await readDirectly(lab, cluster, options);
  const { received, connections } = cluster.kubelets.of('a.internal');
  return {
    problem: result?.ok === false ? result.error.problem?.code : undefined,
    ca: result?.ok === true ? result.value.settings['authentication.x509.clientCAFile'] : undefined,
    sawToken: received.includes('Bearer'),
    connections,
  };
}

describe('a kubelet gets no token of a kubeconfig', () => {
  const admin = { name: 'admin', groups: ['system:masters'] };

  it.each([
    ['as: the narrow user alone', { as: 'narrow' }],
    ['as: and as-groups of the narrow user', { as: 'someone', 'as-groups': ['narrow'] }],
    ['a client certificate of the narrow user', 'certificate'],
  ] as const)('where an administrator’s token has beside it %s', async (_what, besides) => {
    const cluster = await startCluster(lab, [node], {
      staticTokens: { 'admin-token': admin },
      rbac: { users: { narrow: directRules }, groups: { narrow: directRules } },
    });
    const { keyPem, certificatePem } = cluster.api.authority.issue({ commonName: 'narrow', purpose: 'client' });
    const base64 = (text: string) => Buffer.from(text).toString('base64');
    const user =
      besides === 'certificate'
        ? { 'client-certificate-data': base64(certificatePem), 'client-key-data': base64(keyPem) }
        : besides;
    const file = join(folder, cluster.name);
    writeFileSync(
      file,
      JSON.stringify({
        'current-context': 'c',
        clusters: [
          { name: 'c', cluster: { server: cluster.endpoint, 'certificate-authority-data': base64(cluster.caPem) } },
        ],
        contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
        users: [{ name: 'u', user: { token: 'admin-token', ...user } }],
      }),
    );
    const connections = singleConnection(apiServer(kubeConfigOfFile(file), { connections: 5 }));

    expect(await read(cluster, { connections })).toMatchObject({
      problem: 'token-not-alone',
      sawToken: false,
      connections: 0,
    });
    // The API server took the caller for somebody else, so nothing that it said is about the token.
    expect(cluster.api.requests.map(({ user }) => user)).not.toContain('admin');
  });
});
