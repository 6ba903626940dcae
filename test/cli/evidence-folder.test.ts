import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keptOf, proven } from '../../lambda/core/model/proven.ts';
import { plainJson } from '../../lambda/core/model/text/plain-json.ts';
import { factsOf } from '../fakes/ports.ts';
import { isInstalled } from '../infra/documents/is-installed.ts';
import { startEstate } from '../lab/estate/estate.ts';
import { runCli } from './run-cli.ts';

const home = mkdtempSync(join(tmpdir(), 'evidence-folder-'));
const folder = join(home, 'evidence');
const result = join(home, 'result.json');
let stderr = '';

beforeAll(async () => {
  writeFileSync(join(home, 'org.yaml'), 'nodeTimeout: 5s\nmaxConcurrentNodes: 10\n');
  const estate = await startEstate();
  try {
    const { accessKeyId, secretAccessKey, sessionToken = '' } = estate.credentials;
    const env = {
      AWS_ENDPOINT_URL: estate.lab.endpoint,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_SESSION_TOKEN: sessionToken,
      AWS_REGION: estate.region,
      EKS_KUBELET_AUDIT_EVERY_SOURCE: 'true',
    };
    const args = ['audit', 'payments', 'ledger', '--config', join(home, 'org.yaml'), '--sources', 'configz,ssm'];
    const { arn, publicKey } = estate.lab.kms.createKey({ accountId: '111122223333', region: 'eu-west-1' });
    writeFileSync(join(home, 'pub.pem'), publicKey.export({ type: 'spki', format: 'pem' }));
    const kept = ['--keep-evidence', folder, '--sign', arn];
    const told = await runCli([...args, ...kept, '-f', 'json', '-o', result], { env });
    stderr = told.stderr;
  } finally {
    await estate.close();
  }
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

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

/** As `jq -cSa .` prints it. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, each) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).toSorted(([one], [other]) => (one < other ? -1 : 1)))
      : each,
  ).replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

const hashOf = ({ readAt: _, sha256: __, keptSha256: ___, ...kept }: Kept['answers'][number]): string =>
  createHash('sha256')
    .update(`${canonical(kept)}\n`)
    .digest('hex');

describe('a folder of evidence', () => {
  it('is signed by a KMS key with the counts of the audit, and verify finds it intact', async () => {
    const { code, stdout } = await runCli(['verify', folder, '--key', join(home, 'pub.pem'), '-f', 'json']);
    const { predicate } = JSON.parse(stdout).signed.statement;
    const { counts, clusters } = parsed(result);
    expect(predicate).toMatchObject({ result: 'FAILED', run: { clusters: clusters.length, counts } });
    expect(predicate.run.caller).toMatch(/^arn:aws:/);
    expect(code).toBe(0);
  });

  it('holds for each answer the hash of what is kept of it, which an auditor makes again', () => {
    expect(stderr).toMatch(/^wrote \S+result\.json\n$/);
    const answers = evidence().flatMap((file) => (parsed(file) as Kept).answers);
    expect(new Set(answers.map(({ via }) => via))).toEqual(new Set(['configz', 'ssm']));
    for (const answer of answers) expect(answer['keptSha256']).toBe(hashOf(answer));
  });

  it('has the same hash in the verdicts of the result', () => {
    const kept = new Set(evidence().flatMap((file) => (parsed(file) as Kept).answers.map(hashOf)));
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
    const told = (name: string) => settings.find((each: { name: string }) => each.name === name);
    expect(['clusters', 'regions', 'everySource', 'nodeTimeout', 'scope', 'publish'].map(told)).toEqual([
      { name: 'clusters', value: 'payments,ledger', from: 'option' },
      { name: 'regions', value: 'eu-central-1', from: 'environment' },
      { name: 'everySource', value: 'true', from: 'environment' },
      { name: 'nodeTimeout', value: '5000ms', from: 'config file' },
      { name: 'scope', value: 'node-group', from: 'default' },
      { name: 'publish', value: 'false', from: 'default' },
    ]);
    expect(parsed(result).manifests).toEqual([manifest]);
  });

  it('is verified by sha256sum, and not after one byte was changed', () => {
    expect(verified()).toBe(true);
    appendFileSync(join(folder, 'manifest.json'), ' ');
    expect(verified()).toBe(false);
  });
});
