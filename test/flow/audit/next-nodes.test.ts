import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import pMap from 'p-map';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kubernetesGroup } from '../../../lambda/contract/names.ts';
import { grantedObjects } from '../../../lambda/core/fix/grant/rbac-objects.ts';
import { runCli } from '../../cli/run-cli.ts';
import { sessionEnvironment } from '../../fakes/session-environment.ts';
import { type Estate, startEstate } from '../../lab/estate/estate.ts';
import { karpenterObjects, karpenterSecret } from '../../lab/estate/estate-karpenter.ts';
import { eksPart, nodeConfig, templateId, userDataOf } from '../../lab/estate/node-group-templates.ts';
import { auditorRules } from '../../lab/kubernetes/rbac.ts';

// The whole way: the command line, the real adapters, the lab's EKS, EC2 and Auto Scaling, and its API server with Karpenter's objects.
const place = { accountId: '111122223333', region: 'eu-central-1' };
const cluster = 'payments';
const secret = 'Tr0ub4dor-and-3-planted';
const open = nodeConfig('readOnlyPort: 10255');
const closed = nodeConfig('readOnlyPort: 0');
const own = templateId(`${cluster} workers`);

let estate: Estate;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'next-nodes-'));
  estate = await startEstate();
});
afterAll(async () => {
  await estate?.close();
  await rm(folder, { recursive: true, force: true });
});

async function run(...args: readonly string[]) {
  const session = sessionEnvironment(estate.lab, place.region, estate.credentials);
  const result = await runCli(args, { env: { ...session, EKS_KUBELET_AUDIT_NODE_TIMEOUT: '1s' } });
  return { ...result, text: result.stdout.replaceAll(/\s+/g, ' ') };
}

const audit = (...args: readonly string[]) =>
  run('audit', '--sources', 'configz', ...args, '--controls', '3.2.4', '--next-node');

/** One audit writes all formats, each into a file that bears its name. */
const asFiles = (formats: readonly string[], into: string) =>
  formats.flatMap((format) => ['--format', format, '--output', join(into, format)]);

describe('the next nodes of an audit', () => {
  it('says what is green today and will fail tomorrow, with template, version, part, line and key, and fails by it', async () => {
    const { code, text } = await audit(cluster);
    expect(text).toContain('Next nodes, by what the node groups launch: 1 fail, 2 pass');
    // Below the counts of running nodes, which all pass.
    expect(text).toMatch(
      /pass 1 failure of next nodes: 3\.2\.4 kubelet-read-only-port of workers \(managed\) in payments/,
    );
    const page = await audit(cluster, '--format', 'html');
    expect(page.text).toMatch(/<details class="kept" open[^>]*><summary>1 result of next nodes/);
    expect(text).toContain(
      `next node of workers (managed): fixed here, but the next node will fail: readOnlyPort is 10255 by launch template ${own}, version 2 (default), part 3, line 28, spec.kubelet.config.readOnlyPort`,
    );
    expect(code).toBe(1);
  });

  it('names roots and nodes to replace in table, HTML and Markdown, and what the next update of a node group brings', async () => {
    const formats = ['table', 'html', 'markdown'];
    await audit(cluster, 'legacy', '--sources', 'configz,ssm', ...asFiles(formats, folder));
    for (const format of formats) {
      const text = (await readFile(join(folder, format), 'utf8')).replaceAll(/\s+/g, ' ');
      for (const words of [/but the next node will fail/, /the root is launch template/i, /replace it/])
        expect(text).toMatch(words);
    }
    const json = await audit(cluster, '--format', 'json');
    expect(json.stdout).toMatch(
      /"the next update of the node group brings launch template \S+, version 2: readOnlyPort is 10255 then \(fail, /,
    );
  });

  it('asks for each version of a template once, and for nothing where the setting is off', async () => {
    const { calls } = estate.lab;
    const before = calls.length;
    await audit(cluster);
    const asked = calls.slice(before).filter(({ operation }) => operation === 'DescribeLaunchTemplateVersions');
    const ids = asked.map(({ input }) => JSON.stringify(input));
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toHaveLength(7);

    const start = calls.length;
    await run('audit', cluster, '--controls', '3.2.4');
    const quiet = calls.slice(start).map(({ service, operation }) => `${service}:${operation}`);
    expect(quiet.filter((each) => /autoscaling|LaunchTemplate|DescribeImages/.test(each))).toEqual([]);
  });

  it('is a problem and no verdict where the rights are missing, and what runs is audited all the same', async () => {
    estate.lab.faults.inject('ec2:DescribeLaunchTemplateVersions', { kind: 'access-denied' });
    const { code, stdout } = await audit(cluster);
    estate.lab.faults.clear();
    expect(stdout).toContain('would launch next is not known');
    expect(stdout).not.toContain('will fail');
    expect(code).toBe(2);
  });
});

describe('what cannot be known of a next node', () => {
  const tags = { 'eks:cluster-name': 'vault', 'kubernetes.io/cluster/vault': 'owned' };
  const put = (name: string, userData: string | Uint8Array, imageId = 'ami-0c0c0c0c0c0c0c0c0') => {
    const id = templateId(name);
    estate.lab.ec2.putLaunchTemplate(place.accountId, place.region, { id, name, versions: [{ imageId, userData }] });
    putGroup(name, { template: { id, version: '$Latest' } });
  };
  const putGroup = (name: string, by: object) =>
    estate.lab.autoScaling.putGroup(place.accountId, place.region, { name, tags, ...by });

  it('is counted and named: a custom AMI, a template that is gone, user data that is not read; an EKS AMI is known by AWS’s word', async () => {
    const { ec2, autoScaling } = estate.lab;
    const [standard, claimed] = ['ami-0a0a0a0a0a0a0a0a0', 'ami-0b0b0b0b0b0b0b0b0'];
    const name = 'amazon-eks-node-al2023-x86_64-standard-1.34-v20251103';
    ec2.putImage({ id: standard, name, ownerAlias: 'amazon' });
    ec2.putImage({ id: claimed, name, ownerId: '999988887777' });
    const [opening, closing] = [userDataOf([eksPart('vault'), open]), userDataOf([eksPart('vault'), closed])];
    put('known', opening, standard);
    put('claimed', closing, claimed);
    put('custom', closing);
    const recommended = 'aws/service/eks/optimized-ami/1.34/amazon-linux-2023/x86_64/standard/recommended/image_id';
    put('by-parameter', opening, `resolve:ssm:/${recommended}`);
    putGroup('gone', { template: { id: 'lt-00000000000000000' } });
    const old = { name: 'old', imageId: standard, userData: opening };
    autoScaling.putLaunchConfiguration(place.accountId, place.region, old);
    putGroup('configured', { launchConfiguration: 'old' });
    putGroup('mixed', {
      template: { id: templateId('known'), version: '1' },
      overrides: [
        { instanceType: 'm7i.large' },
        { instanceType: 'm7g.large', template: { id: templateId('custom'), version: '$Default' } },
      ],
    });

    const { text } = await audit('vault');
    for (const group of ['known', 'by-parameter', 'configured', 'mixed'])
      expect(text).toContain(`next node of ${group} (auto-scaling-group): readOnlyPort is 10255`);
    for (const group of ['claimed', 'custom']) expect(text).not.toContain(`next node of ${group} (`);
    expect(text).toMatch(/4 fail, (?:\d pass, )?5 unknown/);
    expect(text).toMatch(/gone \([^)]*there is no such template: nothing can be launched by it/);
  });
});

describe('secrets in user data', () => {
  it('are in no output: table, HTML, Markdown, JSON, CSV, JUnit, SARIF, OCSF, ASFF, the plan of a remedy, and Security Hub', async () => {
    const formats = ['table', 'html', 'markdown', 'json', 'csv', 'junit', 'sarif', 'ocsf', 'asff'];
    const commands = [
      () => audit(cluster, 'fleet', '--publish', '-v'),
      () => audit(cluster, 'fleet', '--report', join(folder, 'evidence')),
      ...[cluster, 'fleet'].map((each) => () => run('remediate', each, '--controls', '3.2.4', '--next-node')),
      () => audit(cluster, 'fleet', ...asFiles(formats, folder)),
    ];
    // On a busy machine, a dozen at once would wait too long for a connection.
    const results = await pMap(commands, (command) => command(), { concurrency: 3 });
    const stored = JSON.stringify(estate.lab.securityHub.findings(place.accountId, place.region));
    expect(stored).toContain('/next-node/karpenter/default');
    const outputs = [...results.flatMap(({ stdout, stderr }) => [stdout, stderr]), stored];
    const names = await readdir(folder, { recursive: true });
    expect(names).toEqual(expect.arrayContaining(formats));
    for (const name of names) {
      const bytes = await readFile(join(folder, name)).catch(() => Buffer.alloc(0));
      outputs.push(bytes[0] === 0x1f ? gunzipSync(bytes).toString() : bytes.toString());
    }

    const inBase64 = (text: string) =>
      [0, 1, 2].map((skip) =>
        Buffer.from(`${'x'.repeat(skip)}${text}`)
          .toString('base64')
          .slice(skip === 0 ? 0 : 4, -4),
      );
    for (const planted of [secret, karpenterSecret])
      for (const needle of [planted, encodeURIComponent(planted), ...inBase64(planted)])
        for (const output of outputs) expect(output.includes(needle), needle).toBe(false);
    expect(outputs.join('')).toContain(own);
  });
});

const apiOf = (name: string) => {
  const found = [...estate.clusters, estate.direct].find((each) => each.name === name);
  return found?.api ?? expect.unreachable(`no cluster ${name}`);
};
/** The paths of Karpenter's API groups that were asked meanwhile. */
async function askedOf(name: string, doing: () => Promise<unknown>): Promise<readonly string[]> {
  const { requests } = apiOf(name);
  const before = requests.length;
  await doing();
  return requests.slice(before).flatMap(({ path }) => (path.includes('karpenter') ? [path.split('?')[0] ?? ''] : []));
}

describe('the next nodes of Karpenter’s node pools', () => {
  const paths = ['/apis/karpenter.sh/v1/nodepools', '/apis/karpenter.k8s.aws/v1/ec2nodeclasses'];

  it('are judged by the class of each pool: user data by part and line, spec.kubelet by its keys; a pool of Auto Mode is none', async () => {
    const { code, text } = await audit('fleet');
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

  it('are a problem that names the grant where listing is forbidden, and nothing where the CRDs are missing or the setting is off', async () => {
    const api = apiOf('fleet');
    api.setRbac({ groups: { [kubernetesGroup]: auditorRules } });
    const refused = await audit('fleet');
    expect(refused.text).toContain('grant CLUSTER --next-node --apply');
    expect(refused.text).not.toContain('(karpenter): readOnlyPort');

    const granted = grantedObjects({ way: 'api-server', proxyHolders: false, nextNode: true });
    for (const each of [granted.clusterRole, granted.clusterRoleBinding]) api.rbacObjects.put(each);
    expect(
      await askedOf('fleet', async () => expect((await audit('fleet')).text).toContain('2 fail, 7 unknown, 1 pass')),
    ).toEqual(paths);

    api.karpenter = undefined;
    expect(
      await askedOf('fleet', async () => expect((await audit('fleet')).stdout).not.toContain('arpenter would')),
    ).toEqual(paths.slice(0, 1));
    api.karpenter = karpenterObjects;
    expect(await askedOf('fleet', () => run('audit', 'fleet', '--controls', '3.2.4'))).toEqual([]);
  });

  it('are not asked for in a cluster that is read by direct, whose nodes see the token, and the report says so', async () => {
    const { name, region } = estate.direct;
    let said = '';
    const asked = await askedOf(name, async () => {
      said = (await audit(name, '--region', region, '--sources', 'direct,ssm')).text;
    });
    expect(asked).toEqual([]);
    expect(said).toContain(
      `what Karpenter would launch next in ${name} was not asked: the source direct shows its token`,
    );
  });
});

describe('an Auto Scaling group without the cluster’s tags', () => {
  it('is known by the machines that name it, so deleting its tags hides no failure', async () => {
    const [image, id] = ['ami-0d0d0d0d0d0d0d0d0', templateId('maps')];
    const name = 'amazon-eks-node-al2023-x86_64-standard-1.34-v20251103';
    estate.lab.ec2.putImage({ id: image, name, ownerAlias: 'amazon' });
    const versions = [{ imageId: image, userData: userDataOf([eksPart('fleet'), open]) }];
    estate.lab.ec2.putLaunchTemplate(place.accountId, place.region, { id, name: 'maps', versions });
    const template = { id, version: '$Latest' };
    const put = (tags: Readonly<Record<string, string>>) =>
      estate.lab.autoScaling.putGroup(place.accountId, place.region, { name: 'maps-ubuntu', tags, template });

    const failure = /next node of maps-ubuntu \(auto-scaling-group\)[^>]*readOnlyPort is 10255/;
    put({ 'kubernetes.io/cluster/fleet': 'owned' });
    expect((await audit('fleet')).text).toMatch(failure);
    put({});
    expect((await audit('fleet')).text).toMatch(failure);
  });
});
