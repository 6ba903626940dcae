import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { keepEvidence, sealFolder } from '../../../lambda/adapters/output-folder.ts';
import { s3RunStore } from '../../../lambda/adapters/s3/run-store.ts';
import { manifestOf } from '../../../lambda/core/model/manifest.ts';
import { auditedWith, discovery } from '../../core/run/complete-run.ts';
import { silentLog } from '../../fakes/ports.ts';
import { labOfFile } from '../../lab/lab-of-file.ts';
import { accountId, newBucket, region } from './new-bucket.ts';

const times = { startedAt: '2026-11-25T05:00:00.000Z', finishedAt: '2026-11-25T05:00:01.000Z' };
const manifest = manifestOf({ ...auditedWith, ...times });
const { runId } = discovery;
const lab = await labOfFile();

function folderOfTest(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sums-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** By the real program; a line of SHA256SUMS that says nothing is no success either. */
const verified = (cwd: string): boolean =>
  spawnSync('sha256sum', ['--check', '--strict', '--quiet', 'SHA256SUMS'], { cwd }).status === 0;

it('verifies everything that a run left, also what is not ours, and notices one byte', async () => {
  const { objects, keys, body } = newBucket(lab);
  const store = s3RunStore(objects, { log: silentLog });
  const item = { kind: 'cluster', partition: 'aws', accountId, region, cluster: 'payments' } as const;
  await store.putDiscovery({ ...discovery, items: [item] });
  await store.putResult(runId, item, ['{"cluster":', '"payments"}']);
  await store.putReport(runId, { html: '<p>', latestHtml: '<p>', markdown: '#', latestMarkdown: '#' });
  await objects.write(`runs/${runId}/map/0/SUCCEEDED_0.json`, { body: '[]', type: 'application/json' });
  await objects.write('runs/another/summary.json', { body: '{}', type: 'application/json' });
  await store.putChecksums(runId);
  // A run that is summed up again.
  await store.putChecksums(runId);

  const folder = folderOfTest();
  for (const key of keys()) {
    if (!key.startsWith(`runs/${runId}/`)) continue;
    const file = join(folder, key.slice(`runs/${runId}/`.length));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, body(key));
  }
  const sums = readFileSync(join(folder, 'SHA256SUMS'), 'utf8').trim().split('\n');
  expect(sums.map((each) => each.slice(66))).toEqual([
    'discovery.json',
    'items.jsonl',
    'map/0/SUCCEEDED_0.json',
    'report.html',
    'report.md',
    `results/${accountId}/${region}/payments.json.gz`,
  ]);
  expect(verified(folder)).toBe(true);
  appendFileSync(join(folder, 'items.jsonl'), 'x');
  expect(verified(folder)).toBe(false);
});

it('verifies a folder of evidence, whatever its files are called, and follows no link', async () => {
  const folder = folderOfTest();
  await keepEvidence(folder, [{ path: ['blue', 'i-1.json'], text: '{}\n' }]);
  writeFileSync(join(folder, 'back\\slash\nand line'), 'kept from before');
  const outside = join(folderOfTest(), 'outside');
  writeFileSync(outside, 'not ours');
  symlinkSync(outside, join(folder, 'link'));
  symlinkSync(outside, join(folder, 'SHA256SUMS'));
  await sealFolder(folder, manifest);

  expect(verified(folder)).toBe(true);
  expect(readFileSync(join(folder, 'SHA256SUMS'), 'utf8')).not.toContain('link');
  expect(readFileSync(join(folder, 'SHA256SUMS'), 'utf8')).toContain('  manifest.json\n');
  expect(readFileSync(outside, 'utf8')).toBe('not ours');
  appendFileSync(join(folder, 'blue', 'i-1.json'), ' ');
  expect(verified(folder)).toBe(false);

  await sealFolder(join(folder, 'nothing-was-kept'), manifest);
});
