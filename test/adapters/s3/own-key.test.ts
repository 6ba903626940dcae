import { expect, it } from 'vitest';
import { bucketHistory } from '../../../lambda/adapters/history-files.ts';
import type { Bucket } from '../../../lambda/adapters/s3/bucket.ts';
import { runKeys } from '../../../lambda/adapters/s3/run-keys.ts';
import { s3RunMemory, s3SweepMemory } from '../../../lambda/adapters/s3/run-memory.ts';
import { runResults } from '../../../lambda/adapters/s3/run-results.ts';
import { s3RunStore } from '../../../lambda/adapters/s3/run-store.ts';
import { s3Census, s3SweepStore } from '../../../lambda/adapters/s3/sweep-store.ts';
import { missingMemory } from '../../../lambda/core/findings/lifecycle/memory.ts';
import { sharedParts } from '../../../lambda/core/model/shared-parts.ts';
import { clusterJson } from '../../../lambda/core/report/formats/json.ts';
import { lastRunAfter } from '../../../lambda/core/report/history/last-run.ts';
import type { RunItem } from '../../../lambda/core/run/item.ts';
import { arn, auditOf, clientCa, judged, node, passed } from '../../core/findings/compliant-audit.ts';
import { answer, blue, discovery } from '../../core/run/complete-run.ts';
import { silentLog } from '../../fakes/ports.ts';
import { labOfFile } from '../../lab/lab-of-file.ts';
import { newBucket } from './new-bucket.ts';

const lab = await labOfFile();
const log = silentLog;
const { runId } = discovery;
const place = { partition: 'aws', accountId: arn.accountId, region: arn.region };
const green = { ...place, kind: 'cluster', cluster: 'green' } as const satisfies RunItem;
const sweepAt = '2026-11-28T14:15:00.000Z';
const sweepItem = { ...place, cluster: 'blue', sweepAt, part: 1 };
const audit = auditOf([judged(node(1), passed)]);
const result = () => clusterJson(audit, { controls: [clientCa] });
const inventory = { ...audit, nodes: [node(1)], first: [], problems: [] };
const sweepAnswer = { item: sweepItem, status: 'done', startedAt: sweepAt, finishedAt: sweepAt } as const;
const nothing = { lines: [], retry: [], opened: [], problems: [] };

interface Kind {
  readonly write: (bucket: Bucket) => Promise<unknown>;
  /** What was written for `blue`, as it is read of `green`, or of another run or sweep. */
  readonly read: (bucket: Bucket) => Promise<unknown>;
  readonly from: string;
  readonly to: string;
}

const memoryOf = (folder: string) => `${folder}${arn.accountId}/${arn.region}/`;
const { parts, ...keys } = runKeys(runId);
const kinds: Readonly<Record<string, Kind>> = {
  result: {
    write: (bucket) => s3RunStore(bucket, { log }).putResult(runId, blue, result()),
    read: (bucket) => s3RunStore(bucket, { log }).result(runId, green),
    from: keys.result(blue),
    to: keys.result(green),
  },
  answer: {
    write: (bucket) => s3RunStore(bucket, { log }).putAnswer(runId, answer(blue)),
    read: (bucket) => s3RunStore(bucket, { log }).answer(runId, green),
    from: keys.answer(blue),
    to: keys.answer(green),
  },
  inventory: {
    write: (bucket) => s3RunStore(bucket, { log }).parts(runId, blue).putInventory(inventory),
    read: (bucket) => s3RunStore(bucket, { log }).parts(runId, green).inventory(),
    from: parts(blue).inventory,
    to: parts(green).inventory,
  },
  part: {
    write: (bucket) => s3RunStore(bucket, { log }).parts(runId, blue).putPart(1, { read: [], notes: [] }),
    read: (bucket) => s3RunStore(bucket, { log }).parts(runId, blue).part(2, sharedParts()),
    from: parts(blue).part(1),
    to: parts(blue).part(2),
  },
  memory: {
    write: (bucket) => s3RunMemory(bucket, { log }).write(place, 'blue', missingMemory(new Date(sweepAt)), {}),
    read: async (bucket) => (await s3RunMemory(bucket, { log }).read(place, 'green')).value,
    from: `${memoryOf('memory/')}blue.json`,
    to: `${memoryOf('memory/')}green.json`,
  },
  'memory of sweeps': {
    write: (bucket) => s3SweepMemory(bucket, { log }).write(place, 'blue', { version: 1, revision: 1, opened: {} }, {}),
    read: async (bucket) => (await s3SweepMemory(bucket, { log }).read(place, 'green')).value,
    from: `${memoryOf('memory/sweep/')}blue.json`,
    to: `${memoryOf('memory/sweep/')}green.json`,
  },
  'answer of a sweep': {
    write: (bucket) => s3SweepStore(bucket, { log }).putAnswer({ ...sweepAnswer, ...nothing }),
    read: (bucket) => s3SweepStore(bucket, { log }).answer({ ...sweepItem, cluster: 'green' }),
    from: `sweeps/2026-11-28/1415/answers/${arn.accountId}/${arn.region}/blue/1.json`,
    to: `sweeps/2026-11-28/1415/answers/${arn.accountId}/${arn.region}/green/1.json`,
  },
  'result of a sweep': {
    write: (bucket) => s3SweepStore(bucket, { log }).putResult(sweepItem, result()),
    read: (bucket) => s3SweepStore(bucket, { log }).result({ ...sweepItem, cluster: 'green' }),
    from: `sweeps/2026-11-28/1415/results/${arn.accountId}/${arn.region}/blue/1.json.gz`,
    to: `sweeps/2026-11-28/1415/results/${arn.accountId}/${arn.region}/green/1.json.gz`,
  },
  discovery: {
    write: (bucket) => s3RunStore(bucket, { log }).putDiscovery({ ...discovery, items: [] }),
    read: (bucket) => s3RunStore(bucket, { log }).discovery('another'),
    from: keys.discovery,
    to: runKeys('another').discovery,
  },
};

it.each(Object.entries(kinds))(
  'counts no %s of another, wherever it lies',
  async (_kind, { write, read, from, to }) => {
    const hub = newBucket(lab);
    await write(hub.objects);
    expect(hub.keys()).toContain(from);
    hub.put(to, hub.body(from));
    expect(await read(hub.objects).catch(({ code }) => code)).toBeOneOf([undefined, 'run-object-broken']);
  },
);

it('names an answer that lies elsewhere, and gives the one at the right place only', async () => {
  const hub = newBucket(lab);
  const store = s3RunStore(hub.objects, { log });
  await store.putAnswer(runId, answer(blue, { nodes: 7 }));
  hub.put(`${keys.answers}0/first.json`, JSON.stringify(answer(blue, { nodes: 0 })));
  const refused: unknown[] = [];
  const answers = await Array.fromAsync(store.answers(runId, (problem) => refused.push(problem)));
  expect(answers.map(({ nodes }) => nodes)).toEqual([7]);
  const message = expect.stringMatching(/\/answers\/0\/first\.json is an answer about 111122223333\/eu-west-1\/blue/);
  expect(refused).toEqual([expect.objectContaining({ code: 'object-refused', message })]);
});

it('names memory of another cluster as a gap, and writes over it', async () => {
  const hub = newBucket(lab);
  const { write, from, to } = kinds['memory']!;
  await write(hub.objects);
  hub.put(to, hub.body(from));
  const memory = s3RunMemory(hub.objects, { log });
  const read = await memory.read(place, 'green');
  expect(read).toMatchObject({ tag: expect.any(String), refused: { code: 'object-refused' } });
  await memory.write(place, 'green', missingMemory(new Date(sweepAt)), read);
  expect(await memory.read(place, 'green')).toMatchObject({ value: { runId: 'none' } });
});

it('takes memory without its key from the release before, and none that was written since a run of this one', async () => {
  const hub = newBucket(lab);
  const key = `${memoryOf('memory/')}blue.json`;
  const memory = s3RunMemory(hub.objects, { log });
  hub.put(key, JSON.stringify(missingMemory(new Date(sweepAt))));
  expect(await memory.read(place, 'blue')).toMatchObject({ value: { runId: 'none' } });
  const last = (now: string) => lastRunAfter(undefined, { runId, startedAt: sweepAt, ownKeysSince: now });
  const store = s3RunStore(hub.objects, { log });
  await store.putLastRun(last('2999-01-01T00:00:00Z'));
  expect(await memory.read(place, 'blue')).toMatchObject({ value: { runId: 'none' } });
  await store.putLastRun(last('2000-01-01T00:00:00Z'));
  expect(await memory.read(place, 'blue')).toMatchObject({ refused: { code: 'object-refused' } });
});

it('leaves a result of another cluster out of a report, and says so', async () => {
  const hub = newBucket(lab);
  const { write, from, to } = kinds['result']!;
  await write(hub.objects);
  hub.put(to, hub.body(from));
  const saved = await Array.fromAsync(runResults(hub.objects, runId));
  expect(saved.flatMap((each) => (each.part === 'cluster' ? [each.cluster.cluster.name] : []))).toEqual(['blue']);
  const codes = saved.flatMap((each) => (each.part === 'end' ? each.end.problems.map(({ code }) => code) : []));
  expect(codes).toContain('object-refused');
});

it('reads a census below another time as a gap', async () => {
  const hub = newBucket(lab);
  await s3Census(hub.objects).put(sweepAt, [{ version: 1, sweepAt, everyMinutes: 15, begunAt: sweepAt }]);
  for (const name of ['2026-11-29/0000.jsonl', '2026-11-28/evil.jsonl'])
    hub.put(`census/${name}`, hub.body('census/2026-11-28/1415.jsonl'));
  const texts = await Array.fromAsync(bucketHistory(hub.objects, '').census);
  const words = texts.map((text) => JSON.parse(text).gap?.because.split(':')[0]);
  const refused = (name: string) => `census/${name} was refused`;
  expect(words).toEqual([undefined, refused('2026-11-28/evil.jsonl'), refused('2026-11-29/0000.jsonl')]);
});
