import { describe, expect, it } from 'vitest';
import type { Problem } from '../../../../lambda/core/model/model.ts';
import { err, ok, type Result } from '../../../../lambda/core/model/result.ts';
import type { CensusLine } from '../../../../lambda/core/run/census.ts';
import type { SweepAnswer, SweepItem } from '../../../../lambda/core/run/sweep.ts';
import { type SweepState, sweepState } from '../../../../lambda/core/run/sweep.ts';
import {
  decideSweep,
  runningMachines,
  type SeenMachine,
  type SeenPlace,
  type SweptRun,
  sinceWhen,
} from '../../../../lambda/core/run/sweeps/decide-sweep.ts';

const place = { partition: 'aws', accountId: '111122223333', region: 'eu-central-1' };
const key = '111122223333/eu-central-1';
const run: SweptRun = {
  runId: '20261128T050000Z',
  startedAt: '2026-11-28T05:00:00.000Z',
  places: [place],
  clusters: new Map([[`${key}/payments`, ['us-east-1']]]),
};
const everyMinutes = 15;
const at = (time: string) => `2026-11-28T${time}:00.000Z`;
const before: SweepState = {
  version: 1,
  sweptAt: at('14:00'),
  everyMinutes,
  begunAt: at('05:15'),
  runId: run.runId,
  behind: [],
  newClusters: [],
  machines: [],
  started: [],
  records: [],
};
const machine = (number: number, launched: string, more: Partial<SeenMachine> = {}): SeenMachine => ({
  id: `i-${number.toString(16).padStart(8, '0')}`,
  state: 'running',
  launchedAt: at(launched),
  clusters: ['payments'],
  group: { kind: 'karpenter', name: 'spot' },
  platform: 'linux',
  privateDnsName: `ip-10-0-0-${number}.eu-central-1.compute.internal`,
  ...more,
});
const ended = { state: 'terminated', ended: { at: at('14:09'), because: 'Server.SpotInstanceTermination' } };

interface Sweep {
  readonly state?: SweepState | undefined;
  readonly seen?: readonly SeenMachine[] | Problem;
  readonly unlisted?: readonly string[];
  readonly answers?: readonly SweepAnswer[];
  readonly of?: SweptRun;
}

/** One sweep; what it keeps must be what the next one reads. */
function sweep(time: string, { state = before, seen = [], unlisted = [], answers = [], of = run }: Sweep): SweepState {
  const found: Result<SeenPlace, Problem> = 'code' in seen ? err(seen) : ok({ machines: seen, unlisted });
  const options = { sweepAt: at(time), everyMinutes, run: of, before: state, answers };
  const left = decideSweep({ ...options, seen: new Map([[key, found]]) });
  return sweepState.parse(JSON.parse(JSON.stringify(left)));
}

const linesOf = ({ records }: SweepState) => records.filter((each): each is CensusLine => 'instanceId' in each);
const itemsOf = ({ started, sweptAt }: SweepState) => started.filter(({ sweepAt }) => sweepAt === sweptAt);

/** What an item comes to when every machine of it is answered for in the same way. */
function answer(item: SweepItem, how: Pick<CensusLine, 'judged' | 'notJudged'>, retry = false): SweepAnswer {
  const { machines = [], ...rest } = item;
  return {
    item: rest,
    status: 'done',
    startedAt: item.sweepAt,
    finishedAt: item.sweepAt,
    lines: machines.map(({ instanceId, group, launchedAt }) => {
      const { sweepAt, accountId, region, cluster } = item;
      return { version: 1, sweepAt, accountId, region, cluster, instanceId, group, launchedAt, ...how };
    }),
    retry: retry ? machines.map((each) => ({ ...each, attempt: each.attempt + 1 })) : [],
    opened: [],
    problems: [],
  };
}
const failed = (item: SweepItem): SweepAnswer => {
  const problem = { code: 'throttled', message: 'AWS throttles', remedy: 'wait' } as const;
  return { ...answer(item, {}), lines: [], status: 'failed', problems: [problem] };
};
const judged = { at: at('14:16'), by: 'sweep', via: 'configz', worst: 'fail' } as const;
const unreadable = { kind: 'unreadable', because: 'no source could read it' } as const;

describe('decideSweep', () => {
  it('starts nothing and reports nothing where no machine came or went', () => {
    const quiet = sweep('14:15', {});
    expect({ started: quiet.started, records: quiet.records }).toEqual({ started: [], records: [] });
  });

  it('has the new machines of a cluster read, named as their Node objects may be, and counts them at once', () => {
    const left = sweep('14:15', { seen: [machine(1, '14:02'), machine(2, '14:14')] });
    const names = [
      'ip-10-0-0-1.eu-central-1.compute.internal',
      'i-00000001.eu-central-1.compute.internal',
      'i-00000001',
    ];
    const first = {
      instanceId: 'i-00000001',
      launchedAt: at('14:02'),
      state: 'running',
      nodeNames: names,
      group: { kind: 'karpenter', name: 'spot' },
      attempt: 0,
    };
    const item = { ...place, cluster: 'payments', namesakes: ['us-east-1'], sweepAt: at('14:15'), part: 1 };
    expect(itemsOf(left)).toEqual([{ ...item, machines: [first] }]);
    expect(left.records[0]).toEqual({ version: 1, sweepAt: at('14:15'), everyMinutes, begunAt: at('05:15') });
    expect(linesOf(left).map(({ instanceId, notJudged }) => [instanceId, notJudged?.kind])).toEqual([
      ['i-00000001', 'waiting'],
      ['i-00000002', 'waiting'],
    ]);
    // The other one was too young.
    const next = sweep('14:30', { state: left, seen: [machine(2, '14:14')] });
    expect(itemsOf(next)).toMatchObject([{ machines: [{ instanceId: 'i-00000002' }] }]);
  });

  it('takes over what an item came to, and reports the end of its machines with the verdict', () => {
    const first = sweep('14:15', { seen: [machine(1, '14:02')] });
    const [item] = itemsOf(first);
    const second = sweep('14:30', { state: first, answers: [answer(item as SweepItem, { judged })] });
    expect(linesOf(second)).toMatchObject([{ instanceId: 'i-00000001', judged }]);
    expect(second.started).toEqual([]);
    // The same item once more, without its machine: what is settled stays.
    const again = { ...answer(item as SweepItem, {}), lines: [] };
    expect(sweep('14:30', { state: { ...second, started: first.started }, answers: [again] }).records).toEqual([]);

    const third = sweep('14:45', { state: second, seen: [machine(1, '14:02', ended)] });
    expect(linesOf(third)).toMatchObject([{ judged, ended: { seenAt: at('14:45'), ...ended.ended } }]);
    expect(runningMachines(third).get(key)).toEqual([]);
    expect(sweep('15:00', { state: third, seen: [machine(1, '14:02', ended)] }).records).toEqual([]);
  });

  it('reads again what could not be read, in three sweeps in all', () => {
    let state = sweep('14:15', { seen: [machine(1, '14:02')] });
    const attempts: unknown[] = [];
    for (const [index, time] of ['14:30', '14:45', '15:00', '15:15'].entries()) {
      const [item] = itemsOf(state);
      if (!item) break;
      attempts.push(item.machines?.[0]?.attempt);
      state = sweep(time, { state, answers: [answer(item, { notJudged: unreadable }, index < 2)] });
    }
    expect(attempts).toEqual([0, 1, 2]);
    expect(linesOf(state)).toMatchObject([{ notJudged: unreadable }]);
  });

  it.each([
    ['an item that failed a quarter of an hour ago', '14:29', '14:30', true],
    ['an item without any answer for an hour', '15:14', '15:15', false],
  ])('counts %s as a try, and waits until then', (_, awaited, over, hasAnswer) => {
    const first = sweep('14:15', { seen: [machine(1, '14:02')] });
    const answers = hasAnswer ? [failed(itemsOf(first)[0] as SweepItem)] : [];
    expect(itemsOf(sweep(awaited, { state: first, answers }))).toEqual([]);
    expect(itemsOf(sweep(over, { state: first, answers }))[0]?.machines).toMatchObject([{ attempt: 1 }]);
  });

  it('counts a machine that ended before it could be read, also one that EC2 does not list any more', () => {
    const [short, gone] = [machine(1, '14:05', ended), machine(2, '14:14')];
    const left = sweep('14:15', { seen: [short, gone] });
    expect(linesOf(left)[0]).toMatchObject({ ended: ended.ended, notJudged: { kind: 'ended' } });
    expect(itemsOf(left)).toEqual([]);
    expect(linesOf(sweep('14:30', { state: left, unlisted: [gone.id] }))).toMatchObject([
      { instanceId: gone.id, ended: { seenAt: at('14:30') }, notJudged: { kind: 'ended' } },
    ]);
  });

  it('reports the end of a machine that was there before the sweeps, and says nothing of its verdict', () => {
    const [line] = linesOf(sweep('14:15', { seen: [machine(1, '02:00', ended), machine(2, '02:00')] }));
    expect(line).toMatchObject({ instanceId: 'i-00000001', ended: ended.ended });
    expect([line?.judged, line?.notJudged]).toEqual([undefined, undefined]);
  });

  it('has all of a cluster read that the last run did not know, once, and no cluster that EKS does not know', () => {
    const stranger = machine(1, '14:02', { clusters: ['new'] });
    const first = sweep('14:15', { seen: [stranger] });
    const [item] = itemsOf(first);
    expect(item).toEqual({ ...place, cluster: 'new', sweepAt: at('14:15'), part: 1 });

    const gone = { ...failed(item as SweepItem), status: 'gone' } as const;
    const later = machine(2, '14:20', { clusters: ['new'] });
    const absent = sweep('14:30', { state: first, answers: [gone], seen: [later] });
    expect(itemsOf(absent)).toEqual([]);
    expect(linesOf(absent)).toMatchObject([
      { instanceId: 'i-00000001', notJudged: { kind: 'never-joined' } },
      { instanceId: 'i-00000002', notJudged: { kind: 'waiting' } },
    ]);
    // It may be created right after its first machines: the name is absent for one interval only.
    expect(itemsOf(sweep('14:45', { state: absent }))).toEqual([
      { ...place, cluster: 'new', sweepAt: at('14:45'), part: 1 },
    ]);

    const known = sweep('14:30', { state: first, answers: [answer(item as SweepItem, {})], seen: [later] });
    // The first one is not in the answer: it may have joined since.
    const machines = itemsOf(known)[0]?.machines?.map(({ instanceId, attempt }) => `${instanceId} ${attempt}`);
    expect(machines).toEqual(['i-00000001 1', 'i-00000002 0']);
  });

  it('has all of a new cluster read again where that failed, three times in all', () => {
    let state = sweep('14:15', { seen: [machine(1, '14:02', { clusters: ['new'] })] });
    for (const time of ['14:30', '14:45']) {
      state = sweep(time, { state, answers: [failed(itemsOf(state)[0] as SweepItem)] });
      expect(itemsOf(state)).toEqual([{ ...place, cluster: 'new', sweepAt: at(time), part: 1 }]);
    }
    const last = sweep('15:00', { state, answers: [failed(itemsOf(state)[0] as SweepItem)] });
    const notJudged = { kind: 'unreadable', because: 'AWS throttles' };
    expect([last.started, last.newClusters]).toEqual([[], []]);
    expect(linesOf(last)).toMatchObject([{ instanceId: 'i-00000001', notJudged }]);
  });

  describe('with more to read than a sweep may start', () => {
    const names = (prefix: string, count: number) =>
      Array.from({ length: count }, (_, index) => `${prefix}${index + 100}`);
    const accounts = ['111122223333', '444455556666'];
    const wide = (known: readonly string[]): SweptRun => ({
      ...run,
      places: accounts.map((accountId) => ({ ...place, accountId })),
      clusters: new Map(known.flatMap((name) => accounts.map((id) => [`${id}/${place.region}/${name}`, []] as const))),
    });
    let number = 0;
    const launched = (time: string, cluster: string) => {
      number += 1;
      return machine(number, time, { clusters: [cluster] });
    };

    /** Sweeps while more machines come in each interval; the clusters that were asked, as `ACCOUNT/CLUSTER`. */
    function asked(
      of: SweptRun,
      sweeps: number,
      come: (sweep: number, time: string) => readonly (readonly SeenMachine[])[],
    ) {
      const found = new Set<string>();
      let state: SweepState = before;
      for (let index = 1; index <= sweeps; index += 1) {
        const minutes = (each: number) => new Date(Date.parse(at('14:00')) + each * 60_000).toISOString();
        const sweepAt = minutes(index * everyMinutes);
        const seen = come(index, minutes(index * everyMinutes - 10).slice(11, 16)).map(
          (machines, account) => [`${accounts[account]}/${place.region}`, ok({ machines, unlisted: [] })] as const,
        );
        state = decideSweep({ sweepAt, everyMinutes, run: of, before: state, answers: [], seen: new Map(seen) });
        expect(itemsOf(state).length).toBeLessThanOrEqual(100);
        for (const { accountId, cluster } of itemsOf(state)) found.add(`${accountId}/${cluster}`);
      }
      return found;
    }

    it('reaches each of 300 clusters that are busy all the time, whatever their names', () => {
      const known = names('c', 300);
      const found = asked(wide(known), 3, (_, time) => [known.map((name) => launched(time, name)), []]);
      expect(found.size).toBe(300);
    });

    it('reaches everybody beside an account that makes up 100 names for each sweep', () => {
      const known = ['zebra'];
      const found = asked(wide(known), 2, (index, time) => [
        names(`a${index}-`, 100).map((name) => launched(time, name)),
        [launched(time, 'zebra'), launched(time, `z-new-${index}`)],
      ]);
      expect([...found]).toEqual(
        expect.arrayContaining(['444455556666/zebra', '444455556666/z-new-1', '444455556666/z-new-2']),
      );
    });

    it('reads names that no run knew beside clusters that fill every sweep, and the other way round', () => {
      const known = names('c', 200);
      const found = asked(wide(known), 1, (_, time) => [
        [...known, ...names('new', 200)].map((name) => launched(time, name)),
        [],
      ]);
      const unknown = [...found].filter((each) => each.includes('/new')).length;
      expect([unknown, found.size - unknown]).toEqual([10, 90]);
    });

    it('lets one cluster of very many machines keep no other one waiting', () => {
      const many = Array.from({ length: 60_000 }, () => launched('14:02', 'payments'));
      const found = asked(wide(['payments', 'tiny']), 1, () => [[...many, launched('14:05', 'tiny')], []]);
      expect(found).toContain('111122223333/tiny');
    });
  });

  it('counts a sweep that looked late as late, by the time at which it really looked', () => {
    const late = (state: SweepState, time: string, looked: string) =>
      decideSweep({
        ...{ sweepAt: at(time), lookedAt: at(looked), everyMinutes, run, before: state, answers: [] },
        seen: new Map([[key, ok({ machines: [], unlisted: [] })]]),
      });
    const state = late(before, '14:15', '14:24');
    expect(state.records).toContainEqual({
      version: 1,
      sweepAt: at('14:15'),
      gap: { from: at('14:00'), to: at('14:24'), because: 'no sweep ran' },
    });
    // The next one is on time again.
    expect(late(state, '14:30', '14:30').records).toEqual([]);
  });

  it('says since when there is a census, also where the first sweep sees nothing', () => {
    const options = { sweepAt: at('14:15'), everyMinutes, run, before: undefined, answers: [] };
    const { records } = decideSweep({ ...options, seen: new Map([[key, ok({ machines: [], unlisted: [] })]]) });
    expect(records).toEqual([{ version: 1, sweepAt: at('14:15'), everyMinutes, begunAt: at('14:15') }]);
  });

  it('starts 100 items at most, in the order of their clusters, and the others with the next sweep', () => {
    const names = Array.from({ length: 102 }, (_, index) => `c${index + 100}`);
    const seen = names.toReversed().map((name, index) => machine(index, '14:02', { clusters: [name] }));
    const left = sweep('14:15', { seen });
    expect(itemsOf(left).map(({ cluster }) => cluster)).toEqual(names.slice(0, 100));
    const next = itemsOf(sweep('14:30', { state: left }));
    expect(next.map(({ cluster }) => cluster)).toEqual(names.slice(100));
  });

  it('takes a machine without a group for a self-managed one, from the moment at which it saw it', () => {
    const { launchedAt: _, group: __, privateDnsName: ___, ...bare } = machine(1, '14:02');
    const stranger = { ...bare, id: 'i-0000000a', clusters: ['new', 'payments'] };
    const unnamed = machine(3, '14:02', { privateDnsName: 'IP-3.INTERNAL', clusters: [] });
    const { machines } = sweep('14:15', { seen: [bare, stranger, unnamed, machine(4, '13:44'), machine(5, '13:45')] });
    const shown = machines.map((each) => `${each.instanceId} ${each.cluster} ${each.group.name} ${each.launchedAt}`);
    expect(shown).toEqual([
      `i-00000001 payments self-managed ${at('14:15')}`,
      `i-0000000a payments self-managed ${at('14:15')}`,
      `i-00000005 payments spot ${at('13:45')}`,
    ]);
    const of = { ...run, places: [{ ...place, region: 'us-east-1' }] };
    const options = { sweepAt: at('14:15'), everyMinutes, before: undefined, answers: [], run: of };
    const found = ok({ machines: [{ ...unnamed, clusters: ['new'] }], unlisted: [] });
    const first = decideSweep({ ...options, seen: new Map([[`${place.accountId}/us-east-1`, found]]) });
    expect(first.machines[0]?.nodeNames).toEqual(['ip-3.internal', 'i-00000003.ec2.internal', 'i-00000003']);
    expect([first.begunAt, first.newClusters[0]?.status]).toEqual([at('14:15'), 'asked']);
  });

  it('forgets a machine two days after its end or its launch, but none that an item reads', () => {
    const [old, young] = ['2026-11-26T14:14:59.999Z', '2026-11-26T14:15:00.000Z'];
    const [first] = sweep('14:15', { seen: [machine(1, '14:02', ended)] }).machines;
    const { ended: end, ...known } = first ?? expect.unreachable();
    const ends = [old, young].map((seenAt) => ({ ended: { ...end!, seenAt } }));
    const changes = [{}, { launchedAt: young }, { reading: 'asked' as const }, ...ends];
    const of = (change: object, index: number) => ({
      ...known,
      instanceId: `i-0000000${index}`,
      launchedAt: old,
      ...change,
    });
    const { machines } = sweep('14:15', { state: { ...before, machines: changes.map(of) } });
    expect(machines.map(({ instanceId }) => instanceId)).toEqual(['i-00000001', 'i-00000002', 'i-00000004']);
  });

  it('keeps of too many machines those launched last, in a state that S3 gives back, and reports the rest as a gap', () => {
    const because = '\u{1F4A9}'.repeat(500);
    const many = Array.from({ length: 60_000 }, (_, number) =>
      machine(number, number % 2 ? '14:05' : '14:06', {
        ended: { because },
        group: { kind: 'karpenter', name: 'g'.repeat(200) },
      }),
    );
    const state = sweep('14:15', { seen: many });
    expect(Buffer.byteLength(JSON.stringify(state))).toBeLessThan(64 * 1024 * 1024);
    const [, gap] = state.records;
    expect(gap).toMatchObject({ gap: { because: expect.stringMatching(/^[1-9]\d* machines are not kept/) } });
    expect(state.machines.at(-1)?.launchedAt).toBe(at('14:06'));
    expect(sweepState.safeParse(JSON.parse(JSON.stringify(state))).success).toBe(true);
  });

  it('has no machine of a cluster read that settings exclude, whether the last run knew it or not', () => {
    const excluding: SweptRun = { ...run, excluded: new Set([`${key}/payments`, `${key}/sandbox`]) };
    const seen = [machine(1, '14:05'), machine(2, '14:05', { clusters: ['sandbox'] })];
    expect(sweep('14:15', { seen, of: excluding })).toMatchObject({ started: [], machines: [] });

    // Settings that leave it out after a sweep saw its machine.
    const seenYoung = sweep('14:15', { seen: [machine(3, '14:14')] });
    expect(seenYoung.machines).toHaveLength(1);
    expect(itemsOf(sweep('14:30', { state: seenYoung, of: excluding }))).toEqual([]);
  });

  it('names the time in which no sweep looked, everywhere or in one account’s Region, and looks back as far', () => {
    const none = { from: at('14:00'), to: at('14:45'), because: 'no sweep ran' };
    expect(sweep('14:45', {}).records).toContainEqual({ version: 1, sweepAt: at('14:45'), gap: none });

    const denied = { code: 'ec2-forbidden', message: 'instances cannot be listed', remedy: 'allow it' } as const;
    const first = sweep('14:15', { seen: denied });
    expect(first.records).toEqual([]);
    const second = sweep('14:30', { state: first, seen: denied });
    const gap = { from: at('14:00'), because: denied.message };
    expect(second.records[1]).toMatchObject({ accountId: place.accountId, gap: { ...gap, to: at('14:30') } });
    const options = { before: second, run, everyMinutes };
    expect(sinceWhen(options, place)).toEqual(new Date(at('13:45')));
    const third = sweep('14:45', { state: second });
    expect(third).toMatchObject({ behind: [], records: [{}, { gap: { from: at('14:00'), to: at('14:45') } }] });
  });

  it('keeps since when a Region is behind, in printable words, also of one that no sweep has asked', () => {
    const denied = { code: 'ec2-forbidden', message: 'no\u001b[31m rights', remedy: 'allow it' } as const;
    const first = sweep('14:15', { seen: denied });
    const other = { ...place, region: 'us-east-1' };
    const second = sweep('14:45', { state: first, seen: denied, of: { ...run, places: [place, other] } });
    const behind = { accountId: place.accountId, region: place.region, since: at('14:00') };
    expect(first.behind).toEqual([behind]);
    expect(second.behind).toEqual([behind, { ...behind, region: other.region, since: at('14:15') }]);
    expect(second.records.slice(-2)).toMatchObject([
      { region: place.region, gap: { from: at('14:00'), because: 'no rights' } },
      { region: other.region, gap: { from: at('14:15'), because: 'there was no time to ask' } },
    ]);
  });

  it('says once that EC2 lists a machine no more, and nothing of one that it never knew', () => {
    const young = sweep('14:15', { seen: [machine(2, '14:14')] });
    const gone = sweep('14:30', { state: young, unlisted: ['i-00000002', 'i-0000000f'] });
    expect(linesOf(gone)).toMatchObject([{ ended: { because: 'EC2 does not list it any more' } }]);
    expect(linesOf(sweep('14:45', { state: gone, unlisted: ['i-00000002'] }))).toEqual([]);
  });

  it('splits 5,000 new nodes of one cluster into items of 500 each', () => {
    const left = sweep('14:15', { seen: Array.from({ length: 5_000 }, (_, index) => machine(index, '14:05')) });
    expect(itemsOf(left).map(({ part, machines = [] }) => [part, machines.length])).toEqual(
      Array.from({ length: 10 }, (_, index) => [index + 1, 500]),
    );
  });
});
