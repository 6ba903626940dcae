import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { main } from '../../../lambda/cli/main.ts';
import { kubernetesGroup } from '../../../lambda/contract/names.ts';
import { grantedObjects } from '../../../lambda/core/fix/grant/rbac-objects.ts';
import { type Estate, startEstate } from '../../lab/estate/estate.ts';
import { karpenterObjects, karpenterSecret } from '../../lab/estate/estate-karpenter.ts';
import { auditorRules } from '../../lab/kubernetes/rbac.ts';

// The whole way: the command line, the real adapters, the lab's API server with Karpenter's objects.
let estate: Estate;
beforeAll(async () => {
  estate = await startEstate();
  const { accessKeyId, secretAccessKey, sessionToken = '' } = estate.credentials;
  const session = {
    AWS_ENDPOINT_URL: estate.lab.endpoint,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
    AWS_REGION: estate.region,
    EKS_KUBELET_AUDIT_NODE_TIMEOUT: '1s',
  };
  for (const [name, value] of Object.entries(session)) vi.stubEnv(name, value);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await estate?.close();
});

async function run(...args: readonly string[]) {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  stdin.end('');
  const code = await main(args, { stdin, stdout, stderr, env: process.env });
  return { code, stdout: String(stdout.read() ?? ''), stderr: String(stderr.read() ?? '') };
}
const audit = (...args: readonly string[]) =>
  run('audit', '--sources', 'configz', ...args, '--controls', '3.2.4', '--next-node');
const oneLine = (text: string) => text.replaceAll(/\s+/g, ' ');

const apiOf = (name: string) => {
  const found = [...estate.clusters, estate.direct].find((each) => each.name === name);
  if (!found) throw new Error(`no cluster ${name}`);
  return found.api;
};
/** The paths of Karpenter's API groups that were asked meanwhile. */
async function askedOf(name: string, doing: () => Promise<unknown>): Promise<readonly string[]> {
  const api = apiOf(name);
  const before = api.requests.length;
  await doing();
  return api.requests
    .slice(before)
    .flatMap(({ path }) => (path.includes('karpenter') ? [path.split('?')[0] ?? ''] : []));
}
const paths = ['/apis/karpenter.sh/v1/nodepools', '/apis/karpenter.k8s.aws/v1/ec2nodeclasses'];

describe('the next nodes of Karpenter’s node pools', () => {
  it('are judged by the class of each pool: user data by part and line, spec.kubelet by its keys; a pool of Auto Mode is none', async () => {
    const { code, stdout } = await audit('fleet');
    const text = oneLine(stdout);
    expect(text).toContain(
      'next node of default (karpenter): fixed here, but the next node will fail: readOnlyPort is 10255 by EC2NodeClass open, part 2, line 18, spec.kubelet.config.readOnlyPort',
    );
    expect(text).toContain(
      'next node of metrics (karpenter): readOnlyPort is 10255, expected 0; from EC2NodeClass rendered, spec.kubelet.readOnlyPort, ',
    );
    expect(text).toMatch(/orphan \([^)]*there is no such EC2NodeClass/);
    expect(text).toContain('2 fail, 7 unknown, 1 pass');
    expect(text).not.toContain('general-purpose (karpenter)');
    expect(code).toBe(1);
  });

  it('have findings under the name of the running nodes’ group, and the planted secret is in no output', async () => {
    const outputs: string[] = [];
    for (const format of ['table', 'html', 'json', 'sarif', 'asff'])
      outputs.push(...Object.values(await audit('fleet', '--format', format)).map(String));
    outputs.push(...Object.values(await audit('fleet', '--publish', '-v')).map(String));
    outputs.push(...Object.values(await run('remediate', 'fleet', '--controls', '3.2.4', '--next-node')).map(String));
    const stored = estate.lab.securityHub.findings(estate.accountId, estate.region);
    outputs.push(JSON.stringify(stored));

    expect(outputs.at(-1)).toContain('/next-node/karpenter/default');
    const alignments = [0, 1, 2].map((skip) =>
      Buffer.from(`${'x'.repeat(skip)}${karpenterSecret}`)
        .toString('base64')
        .slice(skip === 0 ? 0 : 4, -4),
    );
    for (const needle of [karpenterSecret, encodeURIComponent(karpenterSecret), ...alignments])
      for (const output of outputs) expect(output.includes(needle), needle).toBe(false);
  });

  it('are a problem that names the grant where listing is forbidden, and nothing where the CRDs are missing or the setting is off', async () => {
    const api = apiOf('fleet');
    api.setRbac({ groups: { [kubernetesGroup]: auditorRules } });
    const refused = await audit('fleet');
    expect(oneLine(refused.stdout)).toContain('grant CLUSTER --next-node --apply');
    expect(refused.stdout).not.toContain('(karpenter): readOnlyPort');

    const { clusterRole, clusterRoleBinding } = grantedObjects({
      way: 'api-server',
      proxyHolders: false,
      nextNode: true,
    });
    for (const each of [clusterRole, clusterRoleBinding]) api.rbacObjects.put(each);
    expect(oneLine((await audit('fleet')).stdout)).toContain('2 fail, 7 unknown, 1 pass');

    api.karpenter = undefined;
    expect(
      await askedOf('fleet', async () => expect((await audit('fleet')).stdout).not.toContain('arpenter would')),
    ).toEqual(paths.slice(0, 1));
    api.karpenter = karpenterObjects;
    expect(await askedOf('fleet', () => audit('fleet'))).toEqual(paths);
    expect(await askedOf('fleet', () => run('audit', 'fleet', '--controls', '3.2.4'))).toEqual([]);
  });

  it('are not asked for in a cluster that is read by direct, whose nodes see the token, and the report says so', async () => {
    const { name, region } = estate.direct;
    let text = '';
    const asked = await askedOf(name, async () => {
      text = oneLine((await audit(name, '--region', region, '--sources', 'direct,ssm')).stdout);
    });
    expect(asked).toEqual([]);
    expect(text).toContain(
      `what Karpenter would launch next in ${name} was not asked: the source direct shows its token`,
    );
  });
});
