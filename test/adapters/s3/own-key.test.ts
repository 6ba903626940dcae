import { gunzipSync, gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { bucketHistory } from '../../../lambda/adapters/history-files.ts';
import type { Bucket } from '../../../lambda/adapters/s3/bucket.ts';
import { historyKey, runKeys } from '../../../lambda/adapters/s3/run-keys.ts';
import { s3RunMemory, s3SweepMemory } from '../../../lambda/adapters/s3/run-memory.ts';
import { runResults } from '../../../lambda/adapters/s3/run-results.ts';
import { s3RunStore } from '../../../lambda/adapters/s3/run-store.ts';
import { s3Census, s3SweepStore } from '../../../lambda/adapters/s3/sweep-store.ts';
import { missingMemory } from '../../../lambda/core/findings/lifecycle/memory.ts';
import { manifestOf } from '../../../lambda/core/model/manifest.ts';
import { sharedParts } from '../../../lambda/core/model/shared-parts.ts';
import { jsonOf } from '../../../lambda/core/model/text/words.ts';
import { clusterJson } from '../../../lambda/core/report/formats/json.ts';
import { historyLineOf, historyParser } from '../../../lambda/core/report/history/history-line.ts';
import { lastRunAfter } from '../../../lambda/core/report/history/last-run.ts';
import type { RunItem } from '../../../lambda/core/run/item.ts';
import { totalsOf } from '../../../lambda/core/run/tally.ts';
import { summaryOf } from '../../../lambda/flow/run/run-summary.ts';
import { arn, auditOf, clientCa, judged, node, passed } from '../../core/findings/compliant-audit.ts';
import { answer, auditedWith, blue, discovery } from '../../core/run/complete-run.ts';
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
const sweepAnswer = { item: sweepItem, status: 'done', startedAt: sweepAt, finishedAt: sweepAt } as const;
const summary = summaryOf(discovery, totalsOf([], []), { benchmark: '1.8.0', newGaps: 0 });
const historyLine = historyLineOf(answer(blue), { ...discovery, gaps: 0 });
const nothing = { lines: [], retry: [], opened: [], problems: [] };

interface Kind {
  readonly write: (bucket: Bucket) => Promise<unknown>;
  /** What was written for `blue`, as it is read of `green`, or of another run or sweep. */
  readonly read: (bucket: Bucket) => Promise<unknown>;
  readonly from: string;
  readonly to: string;
  /** Nothing but `ownKey` says what it is about. */
  readonly onlyByKey?: true;
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
  list: {
    write: (bucket) =>
      s3RunStore(bucket, { log })
        .parts(runId, blue)
        .addListed({ at: sweepAt, nodes: [node(1)] }),
    read: async (bucket) => (await s3RunStore(bucket, { log }).parts(runId, green).listed())?.at,
    from: parts(blue).listed,
    to: parts(green).listed,
    onlyByKey: true,
  },
  part: {
    write: (bucket) => s3RunStore(bucket, { log }).parts(runId, blue).putPart(1, { read: [], notes: [] }),
    read: (bucket) => s3RunStore(bucket, { log }).parts(runId, blue).part(2, sharedParts()),
    from: parts(blue).part(1),
    to: parts(blue).part(2),
    onlyByKey: true,
  },
  memory: {
    write: (bucket) => s3RunMemory(bucket, { log }).write(place, 'blue', missingMemory(new Date(sweepAt)), {}),
    read: async (bucket) => (await s3RunMemory(bucket, { log }).read(place, 'green')).value,
    from: `${memoryOf('memory/')}blue.json`,
    to: `${memoryOf('memory/')}green.json`,
    onlyByKey: true,
  },
  'memory of sweeps': {
    write: (bucket) => s3SweepMemory(bucket, { log }).write(place, 'blue', { version: 1, revision: 1, opened: {} }, {}),
    read: async (bucket) => (await s3SweepMemory(bucket, { log }).read(place, 'green')).value,
    from: `${memoryOf('memory/sweep/')}blue.json`,
    to: `${memoryOf('memory/sweep/')}green.json`,
    onlyByKey: true,
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
  manifest: {
    write: async (bucket) => {
      const { startedAt } = discovery;
      await s3RunStore(bucket, { log }).putSummary({ ...summary, runId: 'another', startedAt: sweepAt });
      await s3RunStore(bucket, { log }).putManifest(
        runId,
        manifestOf({ ...auditedWith, startedAt, finishedAt: startedAt }),
      );
    },
    read: (bucket) => Array.fromAsync(runResults(bucket, 'another')),
    from: keys.manifest,
    to: runKeys('another').manifest,
  },
  summary: {
    write: (bucket) => s3RunStore(bucket, { log }).putSummary(summary),
    read: (bucket) => Array.fromAsync(runResults(bucket, 'another')),
    from: keys.summary,
    to: runKeys('another').summary,
  },
  history: {
    write: (bucket) => s3RunStore(bucket, { log }).putHistory(discovery, [`${JSON.stringify(historyLine)}\n`]),
    read: (bucket) => s3RunStore(bucket, { log }).history({ ...discovery, runId: 'another' }),
    from: historyKey(discovery),
    to: historyKey({ ...discovery, runId: 'another' }),
  },
};

/** The object with other fields, or a file of lines with another first one; packed as it was. */
function edited(body: Buffer, edit: (fields: Record<string, unknown>) => object): Buffer {
  const isPacked = body[0] === 0x1f;
  const whole = (isPacked ? gunzipSync(body) : body).toString();
  const [head = '', rest = ''] = jsonOf(whole) ? [whole] : (/^([^\n]+)\n(.*)$/s.exec(whole)?.slice(1) ?? []);
  const text = Buffer.from(`${JSON.stringify(edit(Object(jsonOf(head))))}\n${rest}`);
  return isPacked ? gzipSync(text) : text;
}

const disguises: Readonly<Record<string, (body: Buffer, to: string) => Buffer>> = {
  'as it is': (body) => body,
  'without its key': (body) => edited(body, ({ ownKey: _, ...rest }) => rest),
  'with the key of the place': (body, ownKey) => edited(body, (rest) => ({ ...rest, ownKey })),
};
const ways = Object.entries(kinds).flatMap(([name, kind]) =>
  Object.keys(disguises).map((disguise) => [name, disguise, kind] as const),
);

it.each(ways)('counts no %s of another, copied %s', async (name, disguise, { write, read, from, to, onlyByKey }) => {
  const hub = newBucket(lab);
  const store = s3RunStore(hub.objects, { log });
  await store.putLastRun(
    lastRunAfter(undefined, { runId, startedAt: sweepAt, ownKeysSince: '2000-01-01T00:00:00.000Z' }),
  );
  await write(hub.objects);
  expect(hub.keys()).toContain(from);
  const copied = disguises[disguise]?.(hub.body(from), to) ?? '';
  hub.put(to, copied);
  const got = await read(hub.objects).catch(({ code }) => code);
  // Who writes a whole object at its own key is the audit's role: the threat model says so.
  if (onlyByKey && disguise === 'with the key of the place') expect(got, name).toBeDefined();
  else expect(got).toBeOneOf([undefined, 'run-object-broken']);
});

it.each(Object.entries(kinds).filter(([, { onlyByKey }]) => onlyByKey))(
  'takes %s without a key from the release before, until a run of this one was summed up',
  async (_, { write, read, from, to }) => {
    const hub = newBucket(lab);
    await write(hub.objects);
    hub.put(to, disguises['without its key']?.(hub.body(from), to) ?? '');
    expect(await read(hub.objects)).toBeDefined();
    const last = (ownKeysSince: string) => lastRunAfter(undefined, { runId, startedAt: sweepAt, ownKeysSince });
    const store = s3RunStore(hub.objects, { log });
    await store.putLastRun(last('2999-01-01T00:00:00.000Z'));
    expect(await read(hub.objects)).toBeDefined();
    await store.putLastRun(last('2000-01-01T00:00:00.000Z'));
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

it('counts a history below another day or run as lines that no run wrote', async () => {
  const hub = newBucket(lab);
  const { write, from, to } = kinds['history']!;
  await write(hub.objects);
  hub.put(to, hub.body(from));
  const parse = historyParser();
  const texts = await Array.fromAsync(bucketHistory(hub.objects, '').runs);
  expect(texts.map(parse).map(({ lines, refused }) => [lines.length, refused])).toEqual(
    [from, to].toSorted().map((key) => (key === from ? [1, 0] : [0, 1])),
  );
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
