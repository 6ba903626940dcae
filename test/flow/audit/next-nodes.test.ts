import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { main } from '../../../lambda/cli/main.ts';
import { type Estate, startEstate } from '../../lab/estate/estate.ts';
import { eksPart, nodeConfig, templateId, userDataOf } from '../../lab/estate/node-group-templates.ts';

// The whole way: the command line, the real adapters, the lab's EKS, EC2 and Auto Scaling.
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
  const { accessKeyId, secretAccessKey, sessionToken = '' } = estate.credentials;
  const session = {
    AWS_ENDPOINT_URL: estate.lab.endpoint,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
    AWS_REGION: place.region,
    EKS_KUBELET_AUDIT_NODE_TIMEOUT: '1s',
  };
  for (const [name, value] of Object.entries(session)) vi.stubEnv(name, value);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await estate?.close();
  await rm(folder, { recursive: true, force: true });
});

async function run(...args: readonly string[]) {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  stdin.end('');
  const code = await main(args, { stdin, stdout, stderr, env: process.env });
  return { code, stdout: String(stdout.read() ?? ''), stderr: String(stderr.read() ?? '') };
}

const audit = (...args: readonly string[]) => run('audit', ...args, '--controls', '3.2.4', '--next-node');

describe('the next nodes of an audit', () => {
  it('says what is green today and will fail tomorrow, with template, version, part, line and key, and fails by it', async () => {
    const { code, stdout } = await audit(cluster);
    const text = stdout.replaceAll(/\s+/g, ' ');
    expect(text).toContain('Next nodes, by what the node groups launch: 1 fail, 2 pass');
    expect(text).toContain(
      `next node of workers (managed): fixed here, but the next node will fail: readOnlyPort is 10255 by launch template ${own}, version 2 (default), part 3, line 28, spec.kubelet.config.readOnlyPort`,
    );
    expect(code).toBe(1);
  });

  it('names the root of a failure, and which failing nodes are to be replaced', async () => {
    const { stdout } = await audit('legacy');
    const text = stdout.replaceAll(/\s+/g, ' ');
    const root = templateId('legacy ca-but-open');
    expect(text).toContain(
      `ca-but-open (managed): the root is launch template ${root}, version 1 (default), part 1, line 12`,
    );
    expect(text).toContain(
      `open (managed): fails here, but the next node is right: replace it (launch template ${templateId('legacy open')}, version 1 (default))`,
    );
  });

  it('says the same in HTML and Markdown, and says what the next update of a node group brings', async () => {
    const [page, markdown, json] = await Promise.all([
      audit(cluster, 'legacy', '--format', 'html'),
      audit(cluster, 'legacy', '--format', 'markdown'),
      audit(cluster, '--format', 'json'),
    ]);
    for (const { stdout } of [page, markdown])
      for (const words of ['but the next node will fail', 'The root is|the root is', 'replace it'])
        expect(stdout).toMatch(new RegExp(words));
    const [{ nextNodes }] = JSON.parse(json.stdout).clusters;
    const flags = nextNodes.nodes.find(
      (each: { readonly node: { readonly group: { readonly name: string } } }) => each.node.group.name === 'flags',
    );
    const [verdict] = Object.values<{
      readonly status: string;
      readonly evidence: { readonly notes: readonly string[] };
    }>(flags.verdicts);
    expect(verdict?.status).toBe('pass');
    expect(verdict?.evidence.notes[0]).toMatch(
      /^the next update of the node group brings launch template \S+, version 2: readOnlyPort is 10255 then \(fail, /,
    );
  });

  it('asks for each template once, and for nothing where the setting is off', async () => {
    const { calls } = estate.lab;
    const before = calls.length;
    await audit(cluster);
    const asked = calls.slice(before).filter(({ operation }) => operation === 'DescribeLaunchTemplateVersions');
    const ids = asked.map(({ input }) => input['LaunchTemplateId']);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toHaveLength(5);

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
  const put = (name: string, userData: string | Uint8Array | undefined, imageId = 'ami-0c0c0c0c0c0c0c0c0') => {
    const id = templateId(name);
    estate.lab.ec2.putLaunchTemplate(place.accountId, place.region, {
      id,
      name,
      versions: [{ imageId, ...(userData !== undefined && { userData }) }],
    });
    estate.lab.autoScaling.putGroup(place.accountId, place.region, {
      name,
      tags,
      template: { id, version: '$Latest' },
    });
  };

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
    put(
      'by-parameter',
      opening,
      'resolve:ssm:/aws/service/eks/optimized-ami/1.34/amazon-linux-2023/x86_64/standard/recommended/image_id',
    );
    autoScaling.putGroup(place.accountId, place.region, {
      name: 'gone',
      tags,
      template: { id: 'lt-00000000000000000' },
    });
    autoScaling.putLaunchConfiguration(place.accountId, place.region, {
      name: 'old',
      imageId: standard,
      userData: opening,
    });
    autoScaling.putGroup(place.accountId, place.region, { name: 'configured', tags, launchConfiguration: 'old' });
    autoScaling.putGroup(place.accountId, place.region, {
      name: 'mixed',
      tags,
      template: { id: templateId('known'), version: '1' },
      overrides: [
        { instanceType: 'm7i.large' },
        { instanceType: 'm7g.large', template: { id: templateId('custom'), version: '$Default' } },
      ],
    });

    const { stdout } = await audit('vault');
    const text = stdout.replaceAll(/\s+/g, ' ');
    for (const group of ['known', 'by-parameter', 'configured', 'mixed'])
      expect(text).toContain(`next node of ${group} (auto-scaling-group): readOnlyPort is 10255`);
    for (const group of ['claimed', 'custom']) expect(text).not.toContain(`next node of ${group} (`);
    expect(text).toMatch(/4 fail, (?:\d pass, )?5 unknown/);
    expect(text).toMatch(/gone \([^)]*there is no such template: nothing can be launched by it/);
  });
});

describe('secrets in user data', () => {
  it('are in no output: table, HTML, Markdown, JSON, CSV, JUnit, SARIF, OCSF, ASFF, the plan of a remedy, and Security Hub', async () => {
    const outputs: string[] = [];
    for (const format of ['table', 'html', 'markdown', 'json', 'csv', 'junit', 'sarif', 'ocsf', 'asff'])
      outputs.push(...Object.values(await audit(cluster, '--format', format)).map(String));
    outputs.push(...Object.values(await audit(cluster, '--publish', '-v')).map(String));
    outputs.push(...Object.values(await run('remediate', cluster, '--controls', '3.2.4', '--next-node')).map(String));
    outputs.push(JSON.stringify(estate.lab.securityHub.findings(place.accountId, place.region)));
    await audit(cluster, '--report', join(folder, 'evidence'));
    for (const name of await readdir(join(folder, 'evidence'), { recursive: true })) {
      const bytes = await readFile(join(folder, 'evidence', name)).catch(() => Buffer.alloc(0));
      outputs.push(bytes[0] === 0x1f ? gunzipSync(bytes).toString() : bytes.toString());
    }

    const alignments = [0, 1, 2].map((skip) =>
      Buffer.from(`${'x'.repeat(skip)}${secret}`)
        .toString('base64')
        .slice(skip === 0 ? 0 : 4, -4),
    );
    for (const needle of [secret, encodeURIComponent(secret), ...alignments])
      for (const output of outputs) expect(output.includes(needle), needle).toBe(false);
    expect(outputs.join('')).toContain(own);
  });
});

describe('the plan of a remedy with next nodes', () => {
  it('is settings of the template: version, part, line, key, from and to, and the line where it holds nothing else', async () => {
    const { stdout } = await run('remediate', cluster, '--controls', '3.2.4', '--next-node');
    const text = stdout.replaceAll(/\s+/g, ' ');
    expect(text).toContain(
      `kubelet-read-only-port: launch template ${own}, version 2 (default), part 3, line 28, spec.kubelet.config.readOnlyPort: from 10255 to 0 -readOnlyPort: 10255 +readOnlyPort: 0`,
    );
    expect(stdout).not.toContain('MIME-Version');
  });
});
