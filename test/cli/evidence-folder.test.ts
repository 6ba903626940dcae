import { spawnSync } from 'node:child_process';
import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { controlNamed } from '../../lambda/core/judge/controls/catalogue/find-control.ts';
import { keptOf, proven } from '../../lambda/core/model/proven.ts';
import { plainJson } from '../../lambda/core/model/text/words.ts';
import { factsOf } from '../fakes/ports.ts';
import { isInstalled } from '../infra/documents/is-installed.ts';
import { startEstate } from '../lab/estate/estate.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { awsVariables, nodesOf, runCli } from './run-cli.ts';

const home = temporaryFolder();
const folder = join(home, 'evidence');
const [result, again] = [join(home, 'result.json'), join(home, 'again.json')];
let stderr = '';
let table = '';
let stored = 0;

/** Among them the cluster whose files, and CA files, are not what they were: SSM runs the real probe. Audited twice. */
beforeAll(async () => {
  writeFileSync(join(home, 'org.yaml'), 'nodeTimeout: 5s\nmaxConcurrentNodes: 10\n');
  const estate = await startEstate();
  try {
    const { lab, accountId, region } = estate;
    const env = { ...awsVariables(lab, estate.credentials, region), EKS_KUBELET_AUDIT_EVERY_SOURCE: 'true' };
    const args = ['audit', 'payments', 'ledger', '--config', join(home, 'org.yaml'), '--sources', 'configz,ssm'];
    const { arn, publicKey } = lab.kms.createKey({ accountId: '111122223333', region: 'eu-west-1' });
    writeFileSync(join(home, 'pub.pem'), publicKey.export({ type: 'spki', format: 'pem' }));
    const kept = [
      '--keep-evidence',
      folder,
      '--sign',
      arn,
      '-f',
      'json',
      '-o',
      result,
      '-f',
      'table',
      '--width',
      '999',
    ];
    ({ stderr } = await runCli([...args, ...kept, '-o', join(home, 'table'), '--publish'], { env }));
    table = (await runCli(['report', result, '--verbose', '--width', '999'])).stdout;
    stored = lab.securityHub.findings(accountId, region).length;
    await runCli([...args, '--publish', '-f', 'json', '-o', again], { env });
  } finally {
    await estate.close();
  }
});

const verified = (): boolean =>
  spawnSync('sha256sum', ['--check', '--strict', '--quiet', 'SHA256SUMS'], { cwd: folder }).status === 0;
const evidence = (): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((each) => /\/.*\.json$/.test(each))
    .map((each) => join(folder, each));

interface Kept {
  readonly node: { readonly key: string };
  readonly answers: readonly Readonly<Record<string, unknown>>[];
}

const parsed = (file: string) => JSON.parse(readFileSync(file, 'utf8'));

describe('a folder of evidence', () => {
  it('is signed by a KMS key with the counts of the audit, and verify finds it intact', async () => {
    const { code, stdout } = await runCli(['verify', folder, '--key', join(home, 'pub.pem'), '-f', 'json']);
    const { predicate } = JSON.parse(stdout).signed.statement;
    const { counts, clusters } = parsed(result);
    expect(predicate).toMatchObject({ result: 'FAILED', run: { clusters: clusters.length, counts } });
    expect(predicate.run.caller).toMatch(/^arn:aws:/);
    expect(code).toBe(0);
  });

  it('holds the hash of the kept part of each answer, which the verdicts of the result have too', () => {
    expect(stderr).toMatch(/^wrote \S+result\.json, \S+table\n$/);
    const answers = evidence().flatMap((file) => (parsed(file) as Kept).answers);
    expect(new Set(answers.map(({ via }) => via))).toEqual(new Set(['configz', 'ssm']));
    const kept = new Set(answers.map(({ keptSha256 }) => keptSha256));
    const { clusters } = parsed(result);
    const proofs = clusters.flatMap(
      (cluster: { nodes: { verdicts: Record<string, { evidence?: { proof?: unknown } }> }[] }) =>
        cluster.nodes.flatMap(({ verdicts }) => Object.values(verdicts).flatMap((each) => each.evidence?.proof ?? [])),
    );
    expect(proofs.length).toBeGreaterThan(50);
    for (const { keptSha256 } of proofs) expect(kept).toContain(keptSha256);
  });

  it.skipIf(!isInstalled('jq'))('shows it to jq and sha256sum, as docs/reports.md says', () => {
    const page = readFileSync('docs/reports.md', 'utf8');
    const [, recipe = ''] = /^(jq .*) FILE \| sha256sum$/m.exec(page) ?? [];
    const strange = join(home, 'strange.json');
    const facts = {
      ...factsOf('configz'),
      notes: ['é😀\u007f\u202e\n"\\/\u2028', '\u001b[31m', '\ud800'.toWellFormed()],
    };
    const answer = { ...proven(facts, { readAt: 'now', sha256: 'ab' }) };
    writeFileSync(strange, plainJson({ answers: [{ ...answer.proof, ...keptOf(answer) }] }));
    for (const file of [...evidence().slice(0, 3), strange]) {
      const { stdout } = spawnSync('sh', ['-c', `${recipe} "$1" | sha256sum`, 'sh', file], { encoding: 'utf8' });
      expect(stdout).toContain((parsed(file) as Kept).answers[0]?.['keptSha256']);
    }
  });

  it('says how it was audited: program, caller, settings and where each comes from', () => {
    const manifest = parsed(join(folder, 'manifest.json'));
    expect(manifest).toMatchObject({
      program: { name: 'eks-kubelet-audit', version: '0.1.0' },
      caller: { arn: expect.stringMatching(/^arn:aws:(iam|sts)::111122223333:/) },
      sources: ['configz', 'ssm'],
      controls: { lookedAt: expect.arrayContaining(['kubelet-client-ca-file']), leftOut: expect.any(Array) },
    });
    expect(Date.parse(manifest.finishedAt)).toBeGreaterThan(Date.parse(manifest.startedAt));
    const { settings } = manifest;
    const setting = (name: string) => settings.find((each: { name: string }) => each.name === name);
    expect(['clusters', 'regions', 'everySource', 'nodeTimeout', 'scope', 'publish'].map(setting)).toEqual([
      { name: 'clusters', value: 'payments,ledger', from: 'option' },
      { name: 'regions', value: 'eu-central-1', from: 'environment' },
      { name: 'everySource', value: 'true', from: 'environment' },
      { name: 'nodeTimeout', value: '5000ms', from: 'config file' },
      { name: 'scope', value: 'node-group', from: 'default' },
      { name: 'publish', value: 'true', from: 'option' },
    ]);
    expect(parsed(result).manifests).toEqual([manifest]);
  });

  it('is verified by sha256sum, and not after one byte was changed', () => {
    expect(verified()).toBe(true);
    appendFileSync(join(folder, 'manifest.json'), ' ');
    expect(verified()).toBe(false);
  });
});

const lines = (...words: readonly string[]) =>
  table.split('\n').filter((line) => words.every((word) => line.includes(word)));

describe('audit --every-source', () => {
  const nodeOf = (name: string) =>
    nodesOf(readFileSync(result, 'utf8')).find(({ node }) => node.name === `${name}.internal`) ?? expect.unreachable();

  it.each([
    ['another-ca', 'client-ca-is-cluster-ca', /another CA: CN=kubernetes .* the cluster’s CA is SHA-256/],
    ['ca-expires', 'client-ca-expiry', /CN=kubernetes-2016 .*, which expires on \d{4}-\d\d-\d\d/],
    ['ca-gone', 'client-ca-file-present', /the file is gone.*will not survive a restart/],
  ])('reports the CA of %s in words, by %s', (node, control, words) => {
    const { failure } = controlNamed(control, 'cis-eks-1.8.0');
    expect(table.match(new RegExp(`^ closed +${node} +${node} +${failure}$`, 'gm'))).toHaveLength(1);
    expect(lines('    fail ', control)).toEqual([expect.stringMatching(words)]);
  });

  it('explains by that CA why the kubelet refused the API server although its client CA is set', () => {
    const { verdicts } = nodeOf('another-ca');
    expect(verdicts['client-ca-is-cluster-ca']?.status).toBe('fail');
    expect(verdicts['kubelet-client-ca-file']).toMatchObject({
      status: 'pass',
      evidence: {
        notes: expect.arrayContaining([
          expect.stringContaining('refused the API server, since the client CA file holds another CA'),
        ]),
      },
    });
  });

  it('does not publish a second time, although configz and SSM read each node again', () => {
    expect(stored).toBeGreaterThan(0);
    const published: readonly { imported: number; unchanged: number }[] = parsed(again).clusters.map(
      (each: { published: object }) => each.published,
    );
    expect(published.map(({ imported }) => imported)).toEqual([0, 0]);
    expect(published.reduce((sum, { unchanged }) => sum + unchanged, 0)).toBe(stored);
  });

  it('reports an edit that a restart brings, and one that the next boot undoes', () => {
    expect(lines('~ ca-taken-out.internal')).toEqual([
      expect.stringMatching(
        /clientCAFile is \/etc\/kubernetes\/pki\/ca\.crt in the running kubelet; drop-in .*50-local\.conf was edited .* it is not set$/,
      ),
    ]);
    expect(lines('~ port-opened.internal')).toEqual([
      expect.stringMatching(
        /readOnlyPort is 0 .* from the next restart on it is 10255; the edit will be lost at the next boot/,
      ),
    ]);
    expect(lines('  ~ ')).toHaveLength(2);
  });
});
