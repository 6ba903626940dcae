import { randomBytes } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import { s3Bucket } from '../../../lambda/adapters/s3/bucket.ts';
import { s3RunLock } from '../../../lambda/adapters/s3/run-lock.ts';
import { s3RunMemory } from '../../../lambda/adapters/s3/run-memory.ts';
import { s3RunStore } from '../../../lambda/adapters/s3/run-store.ts';
import { nothingPublished } from '../../../lambda/core/findings/lifecycle/difference.ts';
import { missingMemory } from '../../../lambda/core/findings/lifecycle/memory.ts';
import { noStates } from '../../../lambda/core/model/access-states.ts';
import { clusterArnOf } from '../../../lambda/core/model/cluster-arn.ts';
import { clusterJson } from '../../../lambda/core/report/formats/json.ts';
import type { ItemAnswer } from '../../../lambda/core/run/answer.ts';
import type { Discovery } from '../../../lambda/core/run/discovery.ts';
import type { RunItem } from '../../../lambda/core/run/item.ts';
import type { RunMemory } from '../../../lambda/flow/ports.ts';
import type { RunStore } from '../../../lambda/flow/run/ports.ts';
import { auditOf, clientCa, compliant, failed, judged, node } from '../../core/findings/compliant-audit.ts';
import { answer as answerOf, discovery as completeDiscovery } from '../../core/run/complete-run.ts';
import { silentLog } from '../../fakes/ports.ts';
import { labOfFile } from '../../lab/lab-of-file.ts';
import { accountId, type NewBucket, newBucket, region } from './new-bucket.ts';

const { runId } = completeDiscovery;
const lab = await labOfFile();
let hub: NewBucket;
let store: RunStore;
let memory: RunMemory;
let warnings: string[];
let callsBefore: number;

beforeEach(() => {
  lab.faults.clear();
  hub = newBucket(lab);
  warnings = [];
  const log = { ...silentLog, warn: (message: string) => void warnings.push(message) };
  store = s3RunStore(hub.objects, { log });
  memory = s3RunMemory(hub.objects, { log });
  callsBefore = lab.calls.length;
});
const calls = () => lab.calls.slice(callsBefore);

const place = { partition: 'aws', accountId: '444455556666', region: 'eusc-de-east-1' };
const remembered = missingMemory(new Date('2026-11-24T05:00:00Z'));
const item = (cluster = 'payments'): RunItem => ({ ...place, kind: 'cluster', cluster });
const regionItem: RunItem = { ...place, kind: 'region' };

const answer = (of: RunItem = item()): ItemAnswer => answerOf(of, { problems: [problem] });
const problem = { code: 'ssm-forbidden', message: 'm', remedy: 'r' };
const gap = { accountId: '444455556666', problem };
const discovery = (items: readonly RunItem[] = [item(), regionItem]): Discovery => ({
  ...completeDiscovery,
  items,
  gaps: [gap],
});

const folder = `runs/${runId}`;
const answers = `${folder}/answers/444455556666/eusc-de-east-1`;
const result = `${folder}/results/444455556666/eusc-de-east-1/payments.json.gz`;
const items = `${folder}/items.jsonl`;

describe('a discovery', () => {
  it('is found again as it was put, its items one a line', async () => {
    expect(await store.discovery(runId)).toBeUndefined();
    await store.putDiscovery(discovery());

    expect(await store.discovery(runId)).toEqual(discovery());
    expect(hub.keys()).toEqual([`${folder}/discovery.json`, items]);
    const lines = hub.body(items).toString().trim().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual(discovery().items.map((each) => ({ version: 1, ...each })));

    const empty = [{ partition: 'aws-eusc', accountId: '444455556666', region: 'eusc-de-east-2' }];
    await store.putDiscovery({ ...discovery(), empty });
    expect(await store.discovery(runId)).toEqual({ ...discovery(), empty });

    await store.putDiscovery(discovery([]));
    expect(await store.discovery(runId)).toEqual(discovery([]));
  });

  it('is none before all of it is written: its items come first', async () => {
    hub.put(items, '{"cut');
    expect(await store.discovery(runId)).toBeUndefined();
  });

  it.each<[string, (text: string) => string, string]>([
    ['with an item too few', (text) => text.split('\n').slice(1).join('\n'), 'holds 1 items, and 2 were found'],
    ['with an item that is none', (text) => text.replace('"region"}', '"planet"}'), 'kind'],
    ['of a version to come', (text) => text.replace('"version":1', '"version":2'), 'version 2'],
    ['with a name that leads elsewhere', (text) => text.replace('payments', '../../x'), 'cluster'],
    ['that is no JSON', (text) => text.replace('{', ''), 'no JSON'],
  ])('%s counts as none, with a warning that names its address', async (_what, spoil, words) => {
    await store.putDiscovery(discovery());
    hub.put(items, spoil(hub.body(items).toString()));

    expect(await store.discovery(runId)).toBeUndefined();
    expect(warnings).toEqual([expect.stringMatching(new RegExp(`^s3://${hub.bucket}/${items} .*${words}`))]);
  });
});

it('writes no discovery that it could not read again', async () => {
  const long = { ...gap, problem: { ...problem, message: 'm'.repeat(16_000) } };
  const gaps = Array.from({ length: 2_200 }, () => long);

  await expect(store.putDiscovery({ ...discovery(), gaps })).rejects.toMatchObject({ code: 'run-object-too-large' });
  expect(hub.keys()).toEqual([]);
});

/** Every field that an answer can have. */
const full: Required<ItemAnswer> = {
  ...(answer() as Required<ItemAnswer>),
  kubernetes: '1.34',
  suppressed: 1,
  waived: 2,
  waiversMatched: ['0123456789abcdef'],
  claims: { nodes: 1, named: ['a'], groups: 1, groupsNamed: ['b'] },
  nextNodes: { groups: 2, failing: 1, unknown: 1, named: ['c'] },
  machinesOfSeveral: ['i-00000000000000001'],
  gaps: [{ nodeGroup: 'managed workers', problem }],
  states: { ...noStates, closed: 1 },
  statements: [],
  open: { groups: [{ control: 'x', group: 'workers (managed)', standing: 'fail', nodes: 1 }], more: 3 },
  resultSha256: 'a'.repeat(64),
  decisive: problem,
};

describe('an answer', () => {
  it('comes back with every field that it was written with', async () => {
    await store.putAnswer(runId, full);
    expect(await store.answer(runId, item())).toEqual(full);
  });

  it('is found again by its item', async () => {
    expect(await store.answer(runId, item())).toBeUndefined();
    await store.putAnswer(runId, answer());
    await store.putAnswer(runId, answer(regionItem));

    expect(await store.answer(runId, item())).toEqual(answer());
    expect(hub.keys()).toEqual([`${answers}/_region.json`, `${answers}/payments.json`]);
  });

  it('is one of all of the run, on every page, and of no other run', async () => {
    const names = Array.from({ length: 1_100 }, (_, index) => `c${index}`);
    for (const name of names) hub.put(`${answers}/${name}.json`, JSON.stringify(answer(item(name))));
    await store.putAnswer('other', answer());

    const found = await Array.fromAsync(store.answers(runId));
    expect(new Set(found.map((each) => each.item.kind === 'cluster' && each.item.cluster))).toEqual(new Set(names));
  });

  it('that is broken, or larger than any answer, counts as none, with a warning that names its address', async () => {
    const key = `${answers}/payments.json`;
    hub.put(key, JSON.stringify({ ...answer(), nodes: 'many' }));
    await store.putAnswer(runId, answer(regionItem));
    expect(await Array.fromAsync(store.answers(runId))).toEqual([answer(regionItem)]);
    expect(warnings).toEqual([expect.stringContaining(`s3://${hub.bucket}/${key}`)]);

    hub.put(key, JSON.stringify({ ...answer(), status: 'x'.repeat(5_000_000) }));
    expect(await store.answer(runId, item())).toBeUndefined();
    expect(warnings).toEqual([expect.any(String), expect.stringMatching(/larger than 4194304 bytes/)]);
  });
});

describe('a result', () => {
  it('is packed piece by piece', async () => {
    const noise = randomBytes(400_000).toString('base64');
    await store.putResult(runId, item(), ['{"a":"', noise, 'ü', '"', '}']);

    expect(gunzipSync(hub.body(result)).toString('utf8')).toBe(`{"a":"${noise}ü"}`);
  });

  it.each([
    ['result', (words: string) => store.putResult(runId, item(), [words]), 'results', 'json.gz'],
    ['page', (words: string) => store.putPage(runId, item(), [words]), 'results', 'html'],
    ['OCSF', (words: string) => store.putOcsf(runId, item(), [words]), 'ocsf', 'jsonl.gz'],
  ] as const)('is written once: the %s of a second write is not taken', async (_what, put, where, ending) => {
    const body = () => hub.body(`${folder}/${where}/444455556666/eusc-de-east-1/payments.${ending}`);
    expect(await put('first')).not.toBe(false);
    const before = body();
    expect(await put('second')).not.toBe(true);
    expect(body()).toEqual(before);
    expect(calls().map(({ operation, input }) => `${operation} ${input['IfNoneMatch']}`)).toEqual(
      Array(2).fill('PutObject *'),
    );
  });

  it('is found again as it was written, but for what became of its findings', async () => {
    expect(await store.result(runId, item())).toBeUndefined();
    const controls = { lookedAt: [clientCa.slug], leftOut: [] };
    const cluster = { ...compliant.cluster, arn: clusterArnOf(place, 'payments') };
    const read = auditOf([judged(node(1, { booting: true }), failed)], { controls, cluster });
    const audit = { ...read, published: nothingPublished, transitions: [] };
    await store.putResult(runId, item(), clusterJson(audit, { controls: [] }));

    const { published: _, transitions: __, ...kept } = JSON.parse(JSON.stringify(audit));
    delete kept.cluster.endpoint.caPem;
    const resultSha256 = expect.stringMatching(/^[0-9a-f]{64}$/);
    expect(await store.result(runId, item())).toEqual({ ...kept, resultSha256 });
  });

  it('that is none ends with its address', async () => {
    hub.put(result, '{"schemaVersion":1,"startedAt":"","benchmark":"","clusters":[\n],"finishedAt":"","problems":[]}');
    const message = expect.stringContaining(result);
    await expect(store.result(runId, item())).rejects.toMatchObject({ code: 'run-object-broken', message });
  });

  it('of many nodes is never in memory as a whole: it is packed as it comes', async () => {
    let [sinceTurn, most] = [0, 0];
    const turns = setInterval(() => {
      sinceTurn = 0;
    });
    function* pieces() {
      for (let index = 0; index < 20_000; index += 1) {
        sinceTurn += 1;
        most = Math.max(most, sinceTurn);
        yield `{"node":"ip-10-0-0-${index}","padding":"${'x'.repeat(1_000)}"},`;
      }
    }
    await store.putResult(runId, item(), pieces());
    clearInterval(turns);
    expect(most).toBeLessThan(10_000);
  });
});

describe('keys', () => {
  it.each<[string, () => Promise<unknown>]>([
    ['a run id', () => store.answer('../memory', item())],
    ['a run id that is too long', () => store.discovery('x'.repeat(81))],
    ['an account', () => store.putAnswer(runId, answer({ ...item(), accountId: '1/2' }))],
    ['a Region', () => store.putAnswer(runId, answer({ ...item(), region: 'mars' }))],
    ['a cluster', () => store.putResult(runId, item('_region'), [])],
    ['a cluster that is remembered', () => memory.write(place, 'a/b', remembered, {})],
  ])('hold nothing else than %s', async (_what, call) => {
    await expect((async () => await call())()).rejects.toMatchObject({ code: 'run-key-refused' });
    expect(calls()).toEqual([]);
  });
});

it('writes all of it into a bucket with Object Lock, which keeps what is written over', async () => {
  const { bucket, objects } = newBucket(lab, { mode: 'COMPLIANCE', days: 30 });
  const lockedStore = s3RunStore(objects, { log: silentLog });
  await lockedStore.putDiscovery(discovery());
  await lockedStore.putResult(runId, item(), ['{}']);
  await lockedStore.putAnswer(runId, { ...answer(), status: 'failed' });
  await lockedStore.putAnswer(runId, answer());
  await s3RunMemory(objects, { log: silentLog }).write(place, 'payments', remembered, {});
  const executionArn = `arn:aws:states:${region}:${accountId}:execution:a:b`;
  const [takenAt, deadline] = [new Date(), new Date()];
  expect(await s3RunLock(objects).take({ executionArn, takenAt, deadline })).toBe(true);

  expect(lab.s3.overwritten(bucket, `${answers}/payments.json`)).toHaveLength(1);
});

it('knows where people find the summary', async () => {
  expect(store.summaryAddress(runId)).toBe(`s3://${hub.bucket}/runs/${runId}/summary.json`);
});

it('remembers a cluster from one run to the next, as raw JSON', async () => {
  expect((await memory.read(place, 'payments')).value).toBeUndefined();
  await memory.write(place, 'payments', remembered, {});

  const first = await memory.read(place, 'payments');
  expect(first.value).toEqual(remembered);
  expect(await Array.fromAsync(memory.clusters(place))).toEqual(['payments']);
  expect(await Array.fromAsync(memory.clusters({ ...place, accountId: '999988887777' }))).toEqual([]);
  expect(hub.keys()).toEqual(['memory/444455556666/eusc-de-east-1/payments.json']);
});

it('remembers a cluster only in place of what was read: what another writer left meanwhile stays', async () => {
  expect(await memory.write(place, 'payments', remembered, {})).toBe(true);
  const read = await memory.read(place, 'payments');
  const other = { ...remembered, runId: 'another' };
  expect(await memory.write(place, 'payments', other, {})).toBe(false);
  expect(await memory.write(place, 'payments', other, read)).toBe(true);
  expect(await memory.write(place, 'payments', remembered, read)).toBe(false);
  expect(await memory.write(place, 'orders', remembered, read)).toBe(false);
  expect((await memory.read(place, 'payments')).value).toEqual(other);
});

describe('what is remembered of a cluster that is gone', () => {
  const gone = { ...remembered, gone: true, findings: {} } as const;
  const [there, moved] = ['memory', 'memory/gone'].map(
    (folder) => `${folder}/444455556666/eusc-de-east-1/payments.json`,
  );
  const end = async () => await memory.write(place, 'payments', gone, await memory.read(place, 'payments'));

  it('moves, so that no later run reads it, and a name that returns finds it there', async () => {
    await memory.write(place, 'payments', remembered, {});
    expect(await end()).toBe(true);
    expect(hub.keys()).toEqual([moved]);
    expect(await Array.fromAsync(memory.everyCluster())).toEqual([]);
    expect(await Array.fromAsync(memory.clusters(place))).toEqual([]);
    expect(await memory.read(place, 'payments')).toEqual({ value: gone });

    const again = { ...remembered, runId: 'again' };
    expect(await memory.write(place, 'payments', again, await memory.read(place, 'payments'))).toBe(true);
    expect((await memory.read(place, 'payments')).value).toEqual(again);
    expect(await end()).toBe(true);
    expect(hub.keys()).toEqual([moved]);
  });

  it('stays where another writer changed it meanwhile', async () => {
    await memory.write(place, 'payments', remembered, {});
    const read = await memory.read(place, 'payments');
    await memory.write(place, 'payments', { ...remembered, runId: 'another' }, read);
    expect(await memory.write(place, 'payments', gone, read)).toBe(false);
    expect(hub.keys()).toContain(there);
    expect((await memory.read(place, 'payments')).value?.runId).toBe('another');
  });

  it('is not even listed, however many names there were', async () => {
    await memory.write(place, 'payments', remembered, {});
    for (let index = 0; index < 2_500; index += 1) hub.put(moved?.replace('payments', `ci-${index}`) ?? '', '{}');
    const before = lab.calls.length;
    expect(await Array.fromAsync(memory.everyCluster())).toHaveLength(1);
    expect(lab.calls.length - before).toBe(1);
  });
});

it.each(['{"version"', '{}', '{"version":3,"runId":"r","startedAt":"2026-11-24T05:00:00.000Z","findings":{}}'])(
  'remembers nothing of a cluster whose object no run wrote, with a warning: %s',
  async (text) => {
    await memory.write(place, 'payments', remembered, {});
    const [key = ''] = hub.keys();
    hub.put(key, text);

    expect((await memory.read(place, 'payments')).value).toBeUndefined();
    expect(warnings).toEqual([expect.stringContaining(`s3://${hub.bucket}/${key}`)]);
  },
);

describe('a bucket that cannot be used', () => {
  it.each([
    ['read', 's3:GetObject', () => store.answer(runId, item())],
    ['written', 's3:PutObject', () => store.putAnswer(runId, answer())],
    ['deleted', 's3:DeleteObject', () => hub.objects.deleteFrom(`runs/${runId}/x`, '"tag"')],
    ['listed', 's3:ListBucket', () => Array.fromAsync(store.answers(runId))],
  ] as const)('to be %s is named with the right that it takes', async (verb, right, call) => {
    lab.faults.inject('s3:*', { kind: 'access-denied' });

    const message = new RegExp(`^s3://${hub.bucket}/runs/.* cannot be ${verb}: AccessDenied.*${right}`);
    await expect(call()).rejects.toMatchObject({
      code: 'run-store-unusable',
      message: expect.stringMatching(message),
    });
  });

  it('since it is not there is not taken for an empty one', async () => {
    const missing = s3Bucket({ client: hub.client, bucket: 'no-such-bucket' });
    await expect(s3RunStore(missing, { log: silentLog }).discovery(runId)).rejects.toMatchObject({
      code: 'run-store-unusable',
    });
  });

  it('for a moment is asked again', async () => {
    lab.faults.inject('s3:PutObject', { kind: 'error', code: 'SlowDown', status: 503 }, { times: 2 });
    await store.putAnswer(runId, answer());

    expect(await store.answer(runId, item())).toEqual(answer());
  });
});
