import fc from 'fast-check';
import { expect, it } from 'vitest';
import { toInstance } from '../../../lambda/adapters/ec2/instances.ts';
import { bucketHistory } from '../../../lambda/adapters/history-files.ts';
import { s3RunLock } from '../../../lambda/adapters/s3/run-lock.ts';
import { s3RunMemory, s3SweepMemory } from '../../../lambda/adapters/s3/run-memory.ts';
import { runResults } from '../../../lambda/adapters/s3/run-results.ts';
import { s3RunStore } from '../../../lambda/adapters/s3/run-store.ts';
import { s3Census, s3SweepStates, s3SweepStore } from '../../../lambda/adapters/s3/sweep-store.ts';
import { controls } from '../../../lambda/core/judge/controls/index.ts';
import type { ClusterNode } from '../../../lambda/core/model/model.ts';
import { sharedParts } from '../../../lambda/core/model/shared-parts.ts';
import { jsonOf, ownerClaim } from '../../../lambda/core/model/text/words.ts';
import { clusterJson } from '../../../lambda/core/report/formats/json.ts';
import { historyLineOf, historyParser } from '../../../lambda/core/report/history/history-line.ts';
import type { ItemAnswer } from '../../../lambda/core/run/answer.ts';
import { answerOf } from '../../../lambda/core/run/answer-of.ts';
import { censusRecord } from '../../../lambda/core/run/census.ts';
import { checkBundle } from '../../../lambda/core/run/signed/signed-bundle.ts';
import type { SweepState } from '../../../lambda/core/run/sweep.ts';
import { decideSweep, placeKey } from '../../../lambda/core/run/sweeps/decide-sweep.ts';
import { runSummary } from '../../../lambda/flow/run/run-summary.ts';
import { arn, auditOf, judged, node } from '../../core/findings/compliant-audit.ts';
import { answer, auditedWith, blue, discovery } from '../../core/run/complete-run.ts';
import { fakeHub } from '../../fakes/hub.ts';
import { FakeOrganization } from '../../fakes/organization.ts';
import { silentLog } from '../../fakes/ports.ts';
import { summaryRequest } from '../../flow/run/item-options.ts';
import { signingKey } from '../../flow/run/signing-keys.ts';
import { labOfFile } from '../../lab/lab-of-file.ts';
import { newBucket } from './new-bucket.ts';

const lab = await labOfFile();
const at = '2026-11-28T14:15:00.000Z';
const place = { partition: 'aws', accountId: arn.accountId, region: arn.region };
const ownItem = { ...place, kind: 'cluster', cluster: arn.name } as const;
const { runId } = discovery;
const key = signingKey();

/** What a node, a tag, another account or an error message may say. */
const said = fc.oneof(
  fc.constantFrom(
    'my.example.com',
    'a b',
    '',
    '__proto__',
    '\ud800',
    '\u0000',
    'x'.repeat(5_000),
    '../../up',
    '\u202e',
  ),
  fc.string({ unit: 'binary', maxLength: 300 }),
);
const problem = fc.record({ code: fc.constant('nodes-unread'), message: said, remedy: said });
const hostile = fc.record({ key: said, name: said, group: said, owner: said, tag: said, reason: said, problem });
type Hostile = typeof hostile extends fc.Arbitrary<infer Said> ? Said : never;

const nodeOf = ({ key, name, group, owner }: Hostile): ClusterNode =>
  node(1, { key, name, owner: ownerClaim(owner) ?? 'nobody', group: { kind: 'self-managed', name: group } });
const auditedOf = (each: Hostile) => ({
  ...auditOf([judged(nodeOf(each), { status: 'unknown', because: each.reason })]),
  problems: [each.problem],
});

/** What a sweep keeps and reports of two machines, and of a Region that refused to list any. */
function sweptOf(each: Hostile): SweepState {
  const tags = [
    { Key: `kubernetes.io/cluster/${each.tag}`, Value: 'owned' },
    { Key: 'kubernetes.io/cluster/payments', Value: 'owned' },
    { Key: 'aws:autoscaling:groupName', Value: each.group.slice(0, 255) },
  ];
  const described = { InstanceId: 'i-0123456789abcdef0', LaunchTime: new Date(at), PrivateDnsName: each.name };
  const machines = [tags, tags.slice(0, 1)].flatMap((Tags, index) =>
    toInstance({ ...described, InstanceId: `i-0000000${index}`, Tags, State: { Name: 'running' } }),
  );
  const refusing = { ...place, region: 'eu-west-3' };
  const seen = new Map([
    [placeKey(place), { ok: true, value: { machines, unlisted: [] } } as const],
    [placeKey(refusing), { ok: false, error: each.problem } as const],
  ]);
  const startedAt = '2026-11-28T05:00:00.000Z';
  const run = { runId, startedAt, places: [place, refusing], clusters: new Map([[`${placeKey(place)}/payments`, []]]) };
  return decideSweep({ sweepAt: at, everyMinutes: 15, run, before: undefined, seen, answers: [] });
}

const answered = (each: Hostile): ItemAnswer => {
  const done = { item: blue, status: 'done', startedAt: new Date(at), finishedAt: new Date(at) } as const;
  return answerOf({ ...done, audit: auditedOf(each), problems: [each.problem] });
};

/** Everything that is stored between two steps: each is written with hostile words in it, and must be there for its reader. */
const stores: Readonly<Record<string, (said: Hostile, hub: ReturnType<typeof newBucket>) => Promise<unknown>>> = {
  async discovery(each, { objects }) {
    const gaps = [{ accountId: place.accountId, cluster: each.name, nodeGroup: each.group, problem: each.problem }];
    const store = s3RunStore(objects, { log: silentLog });
    await store.putDiscovery({ ...discovery, gaps });
    return await store.discovery(runId);
  },
  async answer(each, { objects }) {
    const store = s3RunStore(objects, { log: silentLog });
    await store.putAnswer(runId, answered(each));
    return await store.answer(runId, blue);
  },
  async result(each, { objects }) {
    const store = s3RunStore(objects, { log: silentLog });
    await store.putResult(runId, ownItem, clusterJson(auditedOf(each), { controls }));
    return await store.result(runId, ownItem);
  },
  async parts(each, { objects }) {
    const parts = s3RunStore(objects, { log: silentLog }).parts(runId, blue);
    await parts.addListed({ at: auditedOf(each).auditedAt, nodes: [nodeOf(each)] });
    const failures = [{ via: 'ssm', kind: 'unreadable', because: each.reason }] as const;
    await parts.putPart(1, { read: [{ node: nodeOf(each), readings: [], failures }], notes: [each.problem] });
    return (await parts.listed()) && (await parts.part(1, sharedParts()));
  },
  async memory(each, { objects }) {
    const memory = s3RunMemory(objects, { log: silentLog });
    const unreached = [each.key.slice(0, 512)];
    const value = { version: 2, runId, startedAt: at, findings: {}, unreached, hybrid: unreached } as const;
    await memory.write(place, 'blue', value, {});
    return (await memory.read(place, 'blue')).value;
  },
  async 'memory of sweeps'(each, { objects }) {
    const memory = s3SweepMemory(objects, { log: silentLog });
    const machines = { 'i-0123456789abcdef0': { kind: 'karpenter', name: each.group.slice(0, 512) } } as const;
    const opened = { [each.key.slice(0, 512)]: { revision: 1, status: 'fail', listed: at, at, machines } } as const;
    await memory.write(place, 'blue', { version: 1, revision: 1, opened }, {});
    return (await memory.read(place, 'blue')).value;
  },
  async 'state of sweeps'(each, { objects }) {
    const states = s3SweepStates(objects, { log: silentLog });
    await states.write(sweptOf(each), undefined);
    return (await states.read())?.state;
  },
  async 'answer of a sweep'(each, { objects }) {
    const store = s3SweepStore(objects, { log: silentLog });
    const item = { ...place, cluster: 'blue', sweepAt: at, part: 1 };
    const short = {
      code: 'nodes-unread',
      message: each.problem.message.slice(0, 2_000),
      remedy: each.problem.remedy.slice(0, 2_000),
    };
    await store.putAnswer({
      item,
      status: 'done',
      startedAt: at,
      finishedAt: at,
      lines: [],
      retry: [],
      opened: [],
      problems: [short],
    });
    return await store.answer(item);
  },
  async gaps(each, { objects }) {
    const store = s3RunStore(objects, { log: silentLog });
    const gap = {
      accountId: '',
      region: '',
      cluster: each.name,
      nodeGroup: each.group,
      code: 'nodes-unread',
      since: at,
    };
    await store.putStandingGaps({ version: 1, runId, startedAt: at, gaps: [gap] });
    return await store.standingGaps();
  },
  async census(each, { objects }) {
    const { records } = sweptOf(each);
    await s3Census(objects).put(at, records);
    const texts = await Array.fromAsync(bucketHistory(objects, '').census);
    const lines = texts.flatMap((text) => text.trim().split('\n')).map((line) => censusRecord.safeParse(jsonOf(line)));
    return lines.length === records.length && lines.every(({ success }) => success);
  },
  async history(each, { objects }) {
    const store = s3RunStore(objects, { log: silentLog });
    const line = historyLineOf(answered(each), { ...discovery, gaps: 1 });
    await store.putHistory(discovery, [`${JSON.stringify(line)}\n`]);
    const { lines, refused } = historyParser()((await store.history(discovery)) ?? '');
    return refused === 0 ? lines[0] : undefined;
  },
  async 'summary, manifest and statement'(each, { objects }) {
    const signing = { key: async () => key, keptDays: 365 };
    const runs = s3RunStore(objects, { log: silentLog });
    await runs.putDiscovery({ ...discovery, items: [blue], gaps: [{ cluster: each.name, problem: each.problem }] });
    await runs.putAnswer(runId, answered(each));
    const caller = { unknown: each.problem.message };
    const settings = [{ name: 'ownerTag', value: each.tag, from: 'environment' } as const];
    const hub = fakeHub(new FakeOrganization());
    await runSummary(
      { ...hub, runs, signing },
      { ...summaryRequest, auditedWith: { ...auditedWith, caller, settings } },
    );
    const parts = await Array.fromAsync(runResults(objects, runId));
    const end = parts.flatMap((part) => (part.part === 'end' ? [part.end] : []))[0];
    const [name = ''] = await Array.fromAsync(runs.statementNames());
    const { status } = checkBundle((await runs.statement(name)) ?? '', [key.publicKey]);
    return end?.coverage && end.manifests && status === 'signed' && (await runs.lastRun())?.statement;
  },
  async lock(_, { objects }) {
    const executionArn = `arn:aws:states:eu-west-1:${place.accountId}:execution:EksKubeletAudit:${runId}`;
    await s3RunLock(objects).take({ executionArn, takenAt: new Date(at), deadline: new Date(at) });
    return await s3RunLock(objects).read();
  },
};

it.each(Object.entries(stores))(
  'reads back every %s that it writes, whatever nodes, tags and errors say',
  async (_, store) => {
    await fc.assert(
      fc.asyncProperty(hostile, async (each) => {
        const come = await store(each, newBucket(lab)).catch((error) => error);
        // One that could not be read back is refused before it is written.
        expect(come ? (Object(come).code ?? 'read') : 'lost').toBeOneOf(['read', 'run-object-broken']);
      }),
      { numRuns: 25 },
    );
  },
);

it('takes an answer as it was written', async () => {
  const { objects } = newBucket(lab);
  const store = s3RunStore(objects, { log: silentLog });
  await store.putAnswer(runId, answer(blue));
  expect(await store.answer(runId, blue)).toMatchObject(answer(blue));
});
