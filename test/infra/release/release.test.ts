import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { parseSettings } from '../../../infra/config/settings.ts';
import { makeRelease } from '../../../infra/release/release.ts';
import { resolvedStack } from '../../lab/aws/cloud-formation/cloud-formation.ts';
import { deployHub } from '../../lab/estate/deployed-hub.ts';
import { addEstateCluster } from '../../lab/estate/estate-cluster.ts';
import { deployMember, grantedIn, hub } from '../../lab/estate/organization.ts';
import { startLab } from '../../lab/lab.ts';
import type { NodeRoot } from '../../lab/node/node-root.ts';
import { everyRemediation } from '../synthesise.ts';

const { accountId, region } = hub;
let folder: string;
let release: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'released-'));
  release = join(folder, 'release');
  const { context } = z
    .object({ context: z.record(z.string(), z.unknown()) })
    .parse(JSON.parse(await readFile('cdk.json', 'utf8')));
  // All of its stacks, in one account.
  const { organization: _, homeRegion: __, operatorRole: ___, vpc: ____, ...settings } = everyRemediation;
  const own = parseSettings({ ...settings, regions: [region], sources: ['configz', 'ssm'] });
  await makeRelease({ directory: release, settings: own, context });
});
afterAll(async () => await rm(folder, { recursive: true, force: true }));

const text = (file: string) => readFile(join(release, file), 'utf8');
const template = async (stack: string): Promise<unknown> => JSON.parse(await text(`${stack}.template.json`));

describe('a release', () => {
  it('has the code, a template for each stack, licences, a bill of materials, and the sums of them all', async () => {
    const files = await readdir(release);
    expect(files.toSorted()).toEqual([
      'EksKubeletAudit.template.json',
      'EksKubeletAuditMember.template.json',
      'EksKubeletAuditRemediation.template.json',
      'EksKubeletAuditRemediationMember.template.json',
      'SHA256SUMS',
      'THIRD-PARTY-NOTICES.txt',
      expect.stringMatching(/^audit-[0-9a-f]{16}\.zip$/),
      'sbom.cdx.json',
    ]);
    const sums = (await text('SHA256SUMS')).trim().split('\n');
    expect(sums).toHaveLength(files.length - 1);
    for (const line of sums) {
      const [sum, file = ''] = line.split('  ');
      const bytes = await readFile(join(release, file));
      expect(createHash('sha256').update(bytes).digest('hex'), file).toBe(sum);
    }
  });

  it('asks for no bucket and no stack of CDK', async () => {
    for (const file of (await readdir(release)).filter((each) => each.endsWith('.template.json')))
      expect(await text(file), file).not.toMatch(/cdk-bootstrap|cdk-hnb659fds|BootstrapVersion|cdk-[a-z0-9]+-assets/);
  });

  it('names the licence of every package in the bundle, and none that would bind whoever deploys it', async () => {
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
