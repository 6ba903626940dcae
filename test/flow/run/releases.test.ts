import { readdirSync, readFileSync } from 'node:fs';
import { beforeEach, expect, it } from 'vitest';
import { s3RunLock } from '../../../lambda/adapters/s3/run-lock.ts';
import { s3RunMemory } from '../../../lambda/adapters/s3/run-memory.ts';
import { s3RunStore } from '../../../lambda/adapters/s3/run-store.ts';
import { eventTypes } from '../../../lambda/contract/events.ts';
import { ok } from '../../../lambda/core/model/result.ts';
import { runDiscovery } from '../../../lambda/flow/run/run-discovery.ts';
import { runItem } from '../../../lambda/flow/run/run-item.ts';
import { runSummary } from '../../../lambda/flow/run/run-summary.ts';
import { type NewBucket, newBucket, region } from '../../adapters/s3/new-bucket.ts';
import { auditedWith, problem } from '../../core/run/complete-run.ts';
import { type FakeHub, fakeHub } from '../../fakes/hub.ts';
import { FakeOrganization } from '../../fakes/organization.ts';
import { FakeClock, FakeSource, factsOf, failure, listed, silentLog } from '../../fakes/ports.ts';
import { labOfFile } from '../../lab/lab-of-file.ts';
import { itemOptions, noCa } from './item-options.ts';

/** What one release stores, another one reads: the one before it after a rollback, the next one after an upgrade. */

const account = '444455556666';
const fixtures = 'test/fixtures/stored/0.1.0';

const lab = await labOfFile();
let bucket: NewBucket;
let organization: FakeOrganization;
let reads: 'pass' | 'fail' | 'nothing';
let warnings: string[];
let hub: FakeHub;
let ports: Parameters<typeof runItem>[0] & Parameters<typeof runDiscovery>[0] & Parameters<typeof runSummary>[0];

/** A new hub over an empty bucket. */
function prepare(): void {
  bucket = newBucket(lab);
  reads = 'pass';
  warnings = [];
  organization = new FakeOrganization().add(account, { [region]: ['payments', 'search'] });
  const source = new FakeSource('configz', () =>
    reads === 'nothing'
      ? failure('unreadable', 'connection refused')
      : ok(factsOf('configz', reads === 'fail' ? noCa : {})),
  );
  hub = fakeHub(organization, { nodes: ok([listed('node-1')]), sources: [source], clock: new FakeClock() });
  const log = { ...silentLog, warn: (message: string) => void warnings.push(message) };
  const { objects } = bucket;
  ports = { ...hub, runs: s3RunStore(objects, { log }), memory: s3RunMemory(objects, { log }) };
}
beforeEach(prepare);

const startOf = (day: number) => `2026-01-${String(day).padStart(2, '0')}T05:00:00.000Z`;
const discovered = (day: number) =>
  runDiscovery(ports, {
    runId: `run-${day}`,
    startedAt: startOf(day),
    signal: itemOptions.signal,
    regions: [],
    names: [],
    excludes: () => false,
    publish: true,
  });
const summed = (day: number) => {
  const { benchmark, controls } = itemOptions;
  return runSummary(ports, { runId: `run-${day}`, benchmark, controls, partition: 'aws', auditedWith });
};

/** A run of a day; `between` happens after each of its steps, as a deployment may. */
async function run(day: number, between: () => void = () => undefined) {
  await discovered(day);
  between();
  // The discovery that the steps after it read.
  const { items } = await discovered(day);
  for (const item of items) {
    await runItem(ports, { runId: `run-${day}`, item }, { ...itemOptions, runStartedAt: new Date(startOf(day)) });
    between();
  }
  const summary = await summed(day);
  between();
  return summary;
}

/** Objects that a later step, run or release reads. */
const isStored = (key: string): boolean => /^memory\/|\/discovery\.json$|\/items\.jsonl$|\/answers\//.test(key);
const stored = () =>
  bucket.keys().flatMap((key) => (isStored(key) ? [[key, bucket.body(key).toString()] as const] : []));

/** Rewrites every line of JSON of every stored object. */
function rewritten(change: (value: unknown, key: string) => unknown): void {
  for (const [key, text] of stored()) {
    const lines = text.split('\n').map((line) => line && JSON.stringify(change(JSON.parse(line), key)));
    bucket.put(key, lines.join('\n'));
  }
}

/** Objects whose names are data, not fields. */
const maps = new Set(['findings', 'controls']);
const later = { fromTheFuture: { of: ['a newer release'] } };

/** One more field in every object of it, as a newer release may write within a version. */
function newer(value: unknown, name = ''): unknown {
  if (Array.isArray(value)) return value.map((each) => newer(each));
  if (value === null || typeof value !== 'object' || 'of' in value) return value;
  const inside = Object.fromEntries(Object.entries(value).map(([key, each]) => [key, newer(each, key)]));
  return maps.has(name) ? inside : { ...inside, ...later };
}

/** As 0.1.0 had it before: no version in what belongs to one run. */
function withoutVersion(value: unknown, key: string): unknown {
  const { version: _, ...rest } = Object(value);
  return key.startsWith('runs/') ? rest : value;
}

const announced = () => hub.events.events.filter(({ type }) => type !== eventTypes.completed).map(({ type }) => type);

/** What four days of runs say, of which the second changes nothing, the third reads nothing, and the fourth is well. */
async function days(between?: () => void) {
  const summaries = [];
  for (const [index, verdict] of (['fail', 'fail', 'nothing', 'pass'] as const).entries()) {
    reads = verdict;
    summaries.push(await run(index + 1, between));
  }
  const { events } = hub.events;
  expect(events.length).toBeGreaterThan(summaries.length);
  return JSON.stringify({ summaries, events }, undefined, 1).replaceAll(bucket.bucket, 'BUCKET');
}
let undisturbed: string | undefined;

it.each<[string, (value: unknown, key: string) => unknown]>([
  ['as 0.1.0 first wrote them', withoutVersion],
  ['as a newer release writes them, with a field more in every object', (value) => newer(value)],
])(
  'stored objects %s go through discovery, items and summary, in the middle of a run and from run to run, without a warning',
  async (_, form) => {
    undisturbed ??= await days();
    prepare();
    const mixed = await days(() => rewritten(form));
    expect(mixed).toBe(undisturbed);
    expect(warnings).toEqual([]);
    expect(mixed).not.toContain('fromTheFuture');
  },
);

it('reads what 0.1.0 left of a run in progress, and finishes it', async () => {
  for (const file of readdirSync(fixtures, { recursive: true, withFileTypes: true }))
    if (file.isFile()) {
      const path = `${file.parentPath}/${file.name}`;
      bucket.put(path.slice(fixtures.length + 1), readFileSync(path));
    }

  const { items } = await discovered(2);
  expect(items).toHaveLength(3);
  for (const item of items)
    await runItem(ports, { runId: 'run-2', item }, { ...itemOptions, runStartedAt: new Date(startOf(2)) });
  expect(await summed(2)).toMatchObject({ complete: true, clusters: { audited: 2 } });
  // What the run before had announced is over, and announced once.
  expect(announced().toSorted()).toEqual([eventTypes.gapClosed, eventTypes.resolved, eventTypes.resolved].toSorted());
  expect(warnings).toEqual([]);
  expect(await s3RunLock(bucket.objects).read()).toMatchObject({ executionArn: expect.stringContaining('run-2') });
});

it('keeps the fields of a newer release through a rollback, and announces nothing twice and loses nothing', async () => {
  const upgrade = () => rewritten((value) => newer(value));
  organization.add('555566667777', {}).problems.set('555566667777', problem);
  reads = 'fail';
  await run(1, upgrade);
  const begun = [eventTypes.opened, eventTypes.opened, eventTypes.gapOpened, eventTypes.gapsOpened];
  expect(announced()).toEqual(begun);

  // Rolled back: this release runs over what the newer one wrote.
  await run(2);
  expect(announced()).toEqual(begun);
  const kept = stored().filter(([key]) => key.startsWith('memory/'));
  expect(kept.map(([key]) => key)).toEqual(
    expect.arrayContaining(['memory/gaps.json', 'memory/last-run.json', `memory/${account}/${region}/payments.json`]),
  );
  for (const [key, text] of kept) expect(JSON.parse(text), key).toMatchObject(later);
  for (const [, text] of kept.filter(([key]) => key.includes(account)))
    expect(Object.values(JSON.parse(text).findings)).toEqual([expect.objectContaining(later)]);
  const { gaps } = JSON.parse(Object.fromEntries(kept)['memory/gaps.json'] ?? '');
  expect(gaps).toEqual([expect.objectContaining({ ...later, since: startOf(1) })]);

  // And forward again.
  await run(3, upgrade);
  expect(announced()).toEqual(begun);
  reads = 'pass';
  organization.problems.clear();
  await run(4);
  expect(announced().slice(begun.length)).toEqual([eventTypes.resolved, eventTypes.resolved, eventTypes.gapClosed]);
});

it.each(['memory/gaps.json', 'memory/last-run.json', `memory/${account}/${region}/payments.json`])(
  'begins only %s anew when it is broken, with a warning, and sums the run up',
  async (key) => {
    reads = 'fail';
    await run(1);
    bucket.put(key, '{"version":');
    const summary = await run(2);
    // Without its memory nobody knows what was announced of a cluster, which is a gap of it by name.
    const isOfCluster = key.includes(account);
    expect(summary.gaps.map(({ problem }) => problem.code)).toEqual(isOfCluster ? ['object-refused'] : []);
    expect(warnings.length).toBeGreaterThan(0);
    for (const warning of warnings) expect(warning).toContain(`s3://${bucket.bucket}/${key}`);
    // One cluster's failure is announced again where its memory was lost, and no other.
    expect(announced().filter((each) => each === eventTypes.opened)).toHaveLength(isOfCluster ? 3 : 2);

    warnings = [];
    await run(3);
    expect(warnings).toEqual([]);
  },
);
