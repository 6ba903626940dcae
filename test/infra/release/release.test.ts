import { spawnSync } from 'node:child_process';
import { createHash, createPrivateKey, generateKeyPairSync, sign } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { appendFile, copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { parseSettings } from '../../../infra/config/settings.ts';
import { makeRelease } from '../../../infra/release/release.ts';
import { shellBlocks } from '../../docs/shell-blocks.ts';
import { resolvedStack } from '../../lab/aws/cloud-formation/cloud-formation.ts';
import { deployHub } from '../../lab/estate/deployed-hub.ts';
import { addEstateCluster } from '../../lab/estate/estate-cluster.ts';
import { deployMember, grantedIn, hub } from '../../lab/estate/organization.ts';
import { startLab } from '../../lab/lab.ts';
import type { NodeRoot } from '../../lab/node/node-root.ts';
import { isInstalled } from '../documents/is-installed.ts';
import { everyRemediation } from '../synthesise.ts';

const { accountId, region } = hub;
let folder: string;
let release: string;
let options: Omit<Parameters<typeof makeRelease>[0], 'directory'>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'released-'));
  release = join(folder, 'release');
  const { context } = z
    .object({ context: z.record(z.string(), z.unknown()) })
    .parse(JSON.parse(await readFile('cdk.json', 'utf8')));
  // All of its stacks, in one account.
  const { organization: _, homeRegion: __, operatorRole: ___, vpc: ____, ...settings } = everyRemediation;
  const own = parseSettings({ ...settings, regions: [region], sources: ['configz', 'ssm'] });
  options = { settings: own, context };
  await makeRelease({
    directory: release,
    ...options,
    key: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
  });
});
afterAll(async () => await rm(folder, { recursive: true, force: true }));

const text = (file: string) => readFile(join(release, file), 'utf8');
const template = async (stack: string): Promise<unknown> => JSON.parse(await text(`${stack}.template.json`));

describe('a release', () => {
  it('has the program, the code, a template for each stack, licences, a bill of materials, and the signed sums of them all', async () => {
    const files = await readdir(release);
    expect(files.toSorted()).toEqual([
      'EksKubeletAudit.template.json',
      'EksKubeletAuditMember.template.json',
      'EksKubeletAuditRemediation.template.json',
      'EksKubeletAuditRemediationMember.template.json',
      'SHA256SUMS',
      'SHA256SUMS.sig',
      'THIRD-PARTY-NOTICES.txt',
      expect.stringMatching(/^audit-[0-9a-f]{16}\.zip$/),
      expect.stringMatching(/^eks-kubelet-audit-\d+\.\d+\.\d+\.tgz$/),
      'sbom.cdx.json',
    ]);
    const sums = (await text('SHA256SUMS')).trim().split('\n');
    expect(sums).toHaveLength(files.length - 2);
    for (const line of sums) {
      const [sum, file = ''] = line.split('  ');
      const bytes = await readFile(join(release, file));
      expect(createHash('sha256').update(bytes).digest('hex'), file).toBe(sum);
    }
  });

  it('is the same bytes again, but for the signature', async () => {
    const again = join(folder, 'again');
    await makeRelease({ directory: again, ...options });
    expect(await readFile(join(again, 'SHA256SUMS'), 'utf8')).toBe(await text('SHA256SUMS'));
  });

  it('asks for no bucket and no stack of CDK', async () => {
    for (const file of (await readdir(release)).filter((each) => each.endsWith('.template.json')))
      expect(await text(file), file).not.toMatch(/cdk-bootstrap|cdk-hnb659fds|BootstrapVersion|cdk-[a-z0-9]+-assets/);
  });

  it('names the licence of every package in the bundle, and none that would bind a user', async () => {
    const notices = await text('THIRD-PARTY-NOTICES.txt');
    const licences = notices.split(/^-{80}$/m).map((each) => /^\S+ \S+ \(([^)]+)\)/.exec(each.trim())?.[1]);
    expect(licences.length).toBeGreaterThan(20);
    for (const each of licences)
      expect([
        'MIT',
        'Apache-2.0',
        'ISC',
        'BSD-2-Clause',
        'BSD-3-Clause',
        '0BSD',
        'MIT-0',
        'BlueOak-1.0.0',
        // Public domain.
        'Unlicense',
      ]).toContain(each);
    expect(notices).toContain('@aws-sdk/client-s3 ');
  });

  it('has no package of the AGPL in its bill of materials', async () => {
    const { components } = z
      .object({ components: z.array(z.looseObject({ name: z.string() })) })
      .parse(JSON.parse(await text('sbom.cdx.json')));
    expect(components.length).toBeGreaterThan(20);
    expect(components.filter((each) => JSON.stringify(each).includes('AGPL')).map(({ name }) => name)).toEqual([]);
    expect(components.map(({ name }) => name)).not.toContain('iam-simulate');
  });

  it('runs: the hub with its code from a bucket', async () => {
    const lab = await startLab();
    const roots: NodeRoot[] = [];
    const parameters = { CodeBucket: 'released-code', CodePrefix: 'audit/1.0.0/' };
    const hubTemplate = await template('EksKubeletAudit');
    lab.addAccount(accountId);
    lab.s3.createBucket(accountId, region, parameters.CodeBucket);
    for (const file of await readdir(release))
      lab.s3.putObject(parameters.CodeBucket, `${parameters.CodePrefix}${file}`, await readFile(join(release, file)));

    const bundles = join(folder, 'from-s3');
    const stack = resolvedStack({ template: hubTemplate, accountId, region, parameters });
    const codes = stack.resources('AWS::Lambda::Function').map(({ properties }) => stack.resolve(properties['Code']));
    const [code] = codes.map((each) => z.strictObject({ S3Bucket: z.string(), S3Key: z.string() }).parse(each));
    await unpack(lab.s3.objects(code?.S3Bucket ?? '').get(code?.S3Key ?? '')?.body, bundles);

    lab.securityHub.enable(accountId, region);
    deployMember(lab, await template('EksKubeletAuditMember'), accountId);
    const nodes = [{ name: 'a.internal', recording: 'file-sets-ca', group: 'workers' }];
    await addEstateCluster(lab, { name: 'prod', ...grantedIn(accountId), nodes }, { accountId, region, roots });
    const deployed = deployHub(lab, {
      accountId,
      region,
      settings: {},
      released: { template: hubTemplate, parameters },
      bundles,
    });
    try {
      const { answer } = await deployed.invoke('start', { scheduledTime: '2026-11-25T05:00:00Z' });
      expect(answer).toEqual({ value: { status: 'started', runId: '20261125T050000Z' } });
      const ended = await deployed.executions.get('20261125T050000Z')?.finished;
      expect(ended).toMatchObject({ status: 'SUCCEEDED', output: { nodes: 1, failedItems: 0 } });
    } finally {
      await deployed.close();
      await lab.close();
      for (const each of roots) each[Symbol.dispose]();
    }
  });
});

async function unpack(archive: Buffer | undefined, into: string): Promise<void> {
  if (!archive) throw new Error('the code of the functions is not in the bucket');
  await mkdir(into, { recursive: true });
  for (const [name, bytes] of Object.entries(unzipSync(archive))) await writeFile(join(into, name), bytes);
}

describe('the commands of docs/release.md', () => {
  const blocks = shellBlocks(readFileSync('docs/release.md', 'utf8'));
  const block = (word: string) =>
    blocks.find(({ commands }) => commands.some((each) => each.startsWith(word)))?.commands.join('\n') ??
    expect.fail(`the page has no block with ${word}`);
  const signed = () => join(folder, 'signed');
  const sh = (script: string) =>
    spawnSync('sh', ['-euc', script], {
      cwd: signed(),
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], HOME: folder },
    });

  beforeAll(async () => {
    if (!isInstalled('openssl')) return;
    mkdirSync(signed());
    expect(sh(block('openssl ecparam')).status).toBe(0);
    const key = createPrivateKey(await readFile(join(signed(), 'release.pem')));
    const sums = await text('SHA256SUMS');
    for (const file of await readdir(release)) await copyFile(join(release, file), join(signed(), file));
    await writeFile(join(signed(), 'SHA256SUMS.sig'), sign('sha256', Buffer.from(sums), key));
  });

  it.skipIf(!isInstalled('openssl'))(
    'verify a release with openssl, and find a changed file and a foreign signature',
    async () => {
      const verify = block('openssl dgst');
      expect(sh(verify)).toMatchObject({ status: 0, stdout: expect.stringContaining('Verified OK') });
      await appendFile(join(signed(), 'sbom.cdx.json'), ' ');
      expect(sh(verify)).toMatchObject({ status: 1, stdout: expect.stringContaining('sbom.cdx.json: FAILED') });
      await copyFile(join(release, 'sbom.cdx.json'), join(signed(), 'sbom.cdx.json'));
      const own = await readFile(join(signed(), 'SHA256SUMS.sig'));
      await copyFile(join(release, 'SHA256SUMS.sig'), join(signed(), 'SHA256SUMS.sig'));
      expect(sh(verify).status).toBe(1);
      await writeFile(join(signed(), 'SHA256SUMS.sig'), own);
    },
  );

  it.skipIf(!isInstalled('cosign') || !isInstalled('openssl'))('verify the signature with cosign', () => {
    expect(sh(block('cosign verify-blob'))).toMatchObject({
      status: 0,
      stderr: expect.stringContaining('Verified OK'),
    });
  });
});
