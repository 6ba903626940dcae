/** One thing that is wrong about sweeps: `from` is in the file once, and `to` takes its place. */
export interface Sabotage {
  readonly what: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
  /** Which property, law or model notices it. */
  readonly by: keyof typeof noticing;
}

/** The test of each: its file, and how its title begins. */
export const noticing = {
  law: ['test/model/sweeps/sweeps.test.ts', 'no machine lives unjudged'],
  beside: ['test/flow/sweep/sweep-item.test.ts', 'announces a failure that a run ends meanwhile'],
  reach: ['test/core/run/sweeps/decide-sweep.test.ts', 'than a sweep may start'],
  ending: ['test/flow/sweep/sweep-laws.test.ts', 'a sweep asks EC2 for exactly'],
  ownership: ['test/flow/sweep/sweep-laws.test.ts', 'a sweep reads a machine only'],
  waivers: ['test/flow/sweep/sweep-laws.test.ts', 'a sweep opens nothing'],
  lookBack: ['test/flow/sweep/sweep-laws.test.ts', 'a sweep looks back'],
  empty: ['test/flow/sweep/run-sweep.test.ts', 'a sweep reads the machines of a Region that had'],
  lives: ['test/flow/sweep/sweep-laws.test.ts', 'a life is counted once'],
} as const;

const sweep = 'lambda/flow/sweep/run-sweep.ts';
const item = 'lambda/flow/sweep/sweep-item.ts';
const nodes = 'lambda/flow/sweep/swept-nodes.ts';
const decide = 'lambda/core/run/sweeps/decide-sweep.ts';
const opened = 'lambda/core/findings/lifecycle/opened-by-sweep.ts';
const memory = 'lambda/core/findings/lifecycle/sweep-memory.ts';
const store = 'lambda/adapters/s3/sweep-store.ts';
const ec2 = 'lambda/adapters/ec2/machines.ts';
const census = 'lambda/core/report/history/census-history.ts';

type Row = readonly [what: string, file: string, from: string, to: string, by: Sabotage['by']];

const rows: readonly Row[] = [
  ['the state is written without its condition', store, "/json' }, tag)", "/json' }, (await this.read())?.tag)", 'law'],
  ['the same sweep counts twice', sweep, 'before.sweptAt >= sweepAt', 'before.sweptAt > sweepAt', 'law'],
  ['what was stopped and started has no new life', decide, 'launchedAt <= known.launchedAt', 'true', 'law'],
  ['a sweep opens what a waiver covers', opened, "|| waiver?.state === 'active') c", ') c', 'waivers'],
  ['the memory is not looked at after the write', item, 'isKept && isSame', 'isKept', 'beside'],
  ['an untagged machine of any VPC is read', nodes, 'vpcId === network?.vpcId', 'true', 'ownership'],
  ['a later line takes a judgement away', census, 'before?.judged ?? line.judged', 'line.judged', 'lives'],
  ["the run's start is ignored in the look-back", decide, ', Date.parse(run.startedAt))', ')', 'lookBack'],
  ['shutting-down is not asked for', ec2, "Values: ['shutting-down', ", 'Values: [', 'ending'],

  ['a sweep that lost the state goes on', sweep, "return { ...nothing, status: 'busy' }", 'lookedAt.slice()', 'law'],
  [
    'a sweep that died is not completed',
    sweep,
    'if (before) await complete(ports, before',
    'if (before && !sweepAt) await complete(ports, before',
    'law',
  ],
  ['an empty Region is not looked at', sweep, '...discovery.items, ...empty]', '...discovery.items]', 'empty'],
  ['a pause of all sweeps is no gap', decide, '[...pause, ...unasked', '[...unasked', 'law'],
  ['a lost state is no gap', census, "last !== '' && record.begunAt > last", "last === '-'", 'law'],
  ['silence after the last sweep is no gap', census, '> 1.5 * this.#everyMinutes * minute)', '> Infinity)', 'law'],
  ['an open failure is announced by each sweep', opened, "remembered?.announced !== 'opened'", 'true', 'law'],
  [
    'a run forgets what a sweep opened',
    memory,
    'revision > (run?.sweeps ?? 0)',
    'revision < (run?.sweeps ?? 0)',
    'law',
  ],
  ['what EC2 lists no more goes on', decide, '{ ended }, true)', '{}, false)', 'law'],
  ['a sweep looks back to the one before alone', decide, '- everyMinutes * minute);', ');', 'lookBack'],
  ['a waived machine is remembered as failing', opened, "waiverOf(verdict)?.state !== 'active' &&", '', 'waivers'],
  ['a machine of any cluster is read', nodes, 'clusters.includes(name) ||', 'clusters.length > 0 ||', 'ownership'],
  ['a machine of no VPC is read', nodes, 'vpcId !== undefined && ', '', 'ownership'],
  [
    'machines of no cluster are asked for',
    ec2,
    "[ofAnyCluster, { Name: 'instance-state-name'",
    "[{ Name: 'instance-state-name'",
    'ending',
  ],
  ['a machine that is ending has not ended', ec2, "Set(['shutting-down', ", 'Set([', 'ending'],
  [
    'the end of a machine takes the reason away',
    census,
    'line.notJudged ?? before?.notJudged',
    'line.notJudged',
    'lives',
  ],
  ['a failure counts as a pass', census, "judged?.worst === 'fail'", 'false', 'lives'],
  ['an end alone counts as a launch', census, '|| !(judged || notJudged)', '', 'lives'],
  [
    'what is judged counts as not judged as well',
    census,
    '...(judged ? { judged } : notJudged',
    '...(judged && { judged }), ...(notJudged',
    'lives',
  ],
  [
    'the first account takes every turn',
    decide,
    'accounts.flatMap((all) => all[round]?.item ?? [])',
    'accounts[round]?.map((each) => each.item) ?? []',
    'reach',
  ],
  ['names of clusters decide who waits', decide, "padStart(6, '0')} ${since} ", "padStart(6, '0')} ", 'reach'],
  [
    'parts of one cluster come before others',
    decide,
    "${String(item.part).padStart(6, '0')} ${since}",
    '${since}',
    'reach',
  ],
  [
    'made-up names take every place',
    decide,
    'mostItems - Math.min(unknown.length, shareOfUnknown)',
    'Math.max(0, mostItems - unknown.length)',
    'reach',
  ],
  ['new clusters have no place', decide, 'shareOfUnknown = 10', 'shareOfUnknown = 0', 'reach'],
  ['a sweep starts more than it may', decide, 'mostItems = 100', 'mostItems = 200', 'reach'],
];

export const sabotages: readonly Sabotage[] = rows.map(([what, file, from, to, by]) => ({ what, file, from, to, by }));
