import { describe, expect, it } from 'vitest';
import type { RunbookNode } from '../../../lambda/core/fix/remediation/plan.ts';
import { newProgress, type PaceOptions } from '../../../lambda/core/fix/remediation/run/progress.ts';
import type { NodeReadiness } from '../../../lambda/core/fix/remediation/run/readiness.ts';
import { clientCaFile } from '../../../lambda/core/judge/controls/client-ca-file.ts';
import type { Cluster, Instance, KubeletFacts, NodeAudit, Problem } from '../../../lambda/core/model/model.ts';
import { err, ok, type Result } from '../../../lambda/core/model/result.ts';
import type {
  GroupLocks,
  Readiness,
  Remedies,
  RemedyEnd,
  RemedyProgress,
  RemedyRequest,
  SentRemedy,
} from '../../../lambda/flow/remediate/ports.ts';
import { applyPlan, planCluster } from '../../../lambda/flow/remediate/remediate.ts';
import { remediateFindings } from '../../../lambda/flow/remediate/remediate-findings.ts';
import { touchedOf } from '../../../lambda/flow/remediate/remedy-node.ts';
import { compliant } from '../../core/findings/compliant-audit.ts';
import { fakeHub } from '../../fakes/hub.ts';
import { ManualClock } from '../../fakes/manual-clock.ts';
import { FakeOrganization } from '../../fakes/organization.ts';
import { cluster, FakeSource, factsOf, fakePorts, instanceWith, listed } from '../../fakes/ports.ts';

const ca = 'authentication.x509.clientCAFile';
const file = '/etc/kubernetes/kubelet/config.json';
const origin = { from: 'file', file } as const;
const of = (value: string): KubeletFacts => factsOf('ssm', { [ca]: { state: 'known', value, origin } });
const nameOfInstance = (id: string) => `n${id.slice(2).replace(/^0+/, '')}`;
const instanceOf = (name: string) => `i-${name.padStart(17, '0')}`;

type Outcome = Extract<RemedyEnd, { kind: 'answered' }>['answer']['outcome'];
const answered = (outcome: Outcome, words = ''): RemedyEnd => ({
  kind: 'answered',
  answer: { outcome, code: 'a-code', words, changes: [], ...(outcome === 'changed' && { keep: true as const }) },
});

const busy: RemedyEnd = {
  kind: 'answered',
  answer: { outcome: 'refused', code: 'busy', words: 'another one', changes: [] },
};

const freeGroups: GroupLocks = {
  take: async () => ok({ renew: async () => undefined, release: async () => undefined }),
};

/** Nodes whose files say what they say, and a remedy that changes them, or does not. */
class FakeFleet extends FakeSource implements Remedies, Readiness {
  readonly values: Map<string, string>;
  /** By name, what differs from a node that is Ready and has posted its status since its restart. */
  readonly nodes = new Map<string, Partial<NodeReadiness>>();
  readonly gone = new Set<string>();
  /** Why the API server does not say whether nodes are Ready. */
  unasked: Problem | undefined;
  sentBefore: readonly SentRemedy[] = [];
  readonly requests: RemedyRequest[] = [];
  readonly mute = new Set<string>();
  keeping: RemedyEnd = answered('kept');
  puttingBack: RemedyEnd = answered('undone');
  remedy: (node: RunbookNode) => RemedyEnd = (node) => this.fix(node);

  fix({ instanceId }: RunbookNode, end = answered('changed')): RemedyEnd {
    this.values.set(instanceId, '/etc/kubernetes/pki/ca.crt');
    return end;
  }

  /** This comes of the remedy on one machine; the others are fixed. */
  insteadOf(name: string, end: RemedyEnd): void {
    this.remedy = (node) => (node.instanceId === instanceOf(name) ? end : this.fix(node));
  }

  /** Each machine is fixed, and this happens besides. */
  besides(happens: (node: RunbookNode) => void): void {
    this.remedy = (node) => {
      happens(node);
      return this.fix(node);
    };
  }

  constructor(names: readonly string[]) {
    super('ssm', ({ key }) => {
      const value = this.values.get(key);
      if (value === undefined) return err({ via: 'ssm', kind: 'node-gone', because: 'it left' });
      return this.mute.has(key)
        ? err({ via: 'ssm', kind: 'unreadable', because: 'SSM lost the connection' })
        : ok(of(value));
    });
    this.values = new Map(names.map((name) => [instanceOf(name), '']));
  }

  async missing(): Promise<undefined> {}

  async sent(): Promise<Result<readonly SentRemedy[], Problem>> {
    return ok(this.sentBefore);
  }

  async end(): Promise<RemedyEnd> {
    return answered('changed');
  }

  async all(): Promise<Result<readonly NodeReadiness[], Problem>> {
    const names = [...this.values.keys()].map(nameOfInstance).filter((name) => !this.gone.has(name));
    return this.unasked ? err(this.unasked) : ok(names.map((name) => this.#readinessOf(name)));
  }

  async one(_cluster: Cluster, name: string): Promise<Result<NodeReadiness | undefined, Problem>> {
    if (this.unasked) return err(this.unasked);
    return ok(this.gone.has(name) ? undefined : this.#readinessOf(name));
  }

  #readinessOf(name: string): NodeReadiness {
    const restarts = this.fixed.filter((id) => nameOfInstance(id) === name).length;
    const heartbeatAt = `2026-11-01T06:00:0${restarts}Z`;
    return { name, ready: true, heartbeatAt, ...this.nodes.get(name) };
  }

  async run(_cluster: Cluster, node: RunbookNode, request: RemedyRequest): Promise<RemedyEnd> {
    this.requests.push(request);
    if (request.mode === 'keep') return this.keeping;
    if (request.mode === 'put-back') {
      if (this.puttingBack.kind === 'answered') this.values.set(node.instanceId, '');
      return this.puttingBack;
    }
    this.asked.push(`fix ${node.instanceId}`);
    await Promise.resolve();
    return this.remedy(node);
  }

  /** The machines that were fixed, in order. */
  get fixed(): readonly string[] {
    return this.asked.flatMap((each) => (each.startsWith('fix ') ? [each.slice(4)] : []));
  }
}

const { endpoint } = compliant.cluster;
const trusted: Cluster = {
  ...cluster,
  ...(endpoint && { endpoint: { ...endpoint, caFingerprints: ['ab'.repeat(32)] } }),
};
const options = {
  controls: [clientCaFile],
  benchmark: 'cis-eks-1.8.0',
  scope: 'node-group',
} as const;

async function prepared(names = ['1', '2', '3']) {
  const fleet = new FakeFleet(names);
  const clock = new ManualClock();
  const ports = {
    ...fakePorts({
      clusters: [ok(trusted)],
      nodes: ok(names.map((name) => listed(`n${name}`, { providerId: `aws:///eu-west-1a/${instanceOf(name)}` }))),
      instances: ok(names.map(running)),
      sources: [fleet],
      clock,
    }),
    remedies: fleet,
    readiness: fleet,
    locks: freeGroups,
  };
  /** What each of AWS's lists has from now on. */
  const list = (...lists: readonly Result<readonly Instance[], Problem>[]) =>
    Object.assign(ports, { instanceDirectories: lists.map((each) => ({ instances: async () => each })) });
  const { signal } = new AbortController();
  const lines: string[] = [];
  const progress: RemedyProgress = {
    nodeStarted: ({ key }) => void lines.push(`begin ${key.slice(-1)}`),
    nodeEnded: ({ key }, { state }) => void lines.push(`${state} ${key.slice(-1)}`),
    waits: (because) => void lines.push(because),
  };
  const { audit, plan } = await planCluster(ports, { ...options, wanted: 'prod', signal });
  const run = async (pacing: Partial<PaceOptions> = {}, mode: 'apply' | 'undo' = 'apply', work = newProgress(plan)) =>
    await applyPlan(ports, {
      ...options,
      ...{ maxUnavailable: 1, maxFailures: 1, canary: 0, maxUnready: 10, withoutReady: false },
      ...pacing,
      audit,
      work,
      mode,
      run: 'a-run',
      progress,
      interrupt: signal,
    });

  return { fleet, ports, list, clock, lines, run, plan };
}

const running = (name: string): Instance =>
  instanceWith({ id: instanceOf(name), group: { kind: 'managed', name: 'workers' } });

type Applied = Awaited<ReturnType<Awaited<ReturnType<typeof prepared>>['run']>>;
const nodesOf = ({ progress }: Applied) => progress.groups.flatMap(({ nodes }) => nodes);
const states = (applied: Applied) => nodesOf(applied).map(({ state }) => state);

const throttled: Problem = { code: 'throttled', message: 'too many calls', remedy: 'wait' };

describe('applyPlan', () => {
  it('lists nodes at most once a minute, and asks for each one right before its change', async () => {
    const names = Array.from({ length: 12 }, (_, index) => String(index + 1));
    const { run, fleet, ports, clock } = await prepared(names);
    const calls = { all: 0, one: 0 };
    Object.assign(ports, {
      readiness: {
        all: async () => {
          calls.all += 1;
          return await fleet.all();
        },
        one: async (of: Cluster, name: string) => {
          calls.one += 1;
          return await fleet.one(of, name);
        },
      },
    });
    fleet.besides(() => void clock.sleep(20_000));
    expect(states(await run())).toEqual(names.map(() => 'done'));
    // At the start and at the end, and one for every third node between.
    expect(calls.all).toBeLessThanOrEqual(2 + 4);
    expect(calls.one).toBeGreaterThanOrEqual(2 * names.length);
  });

  it('counts a canary that died as unavailable before the others of its group begin, within the minute of a list too', async () => {
    const { run, fleet, lines } = await prepared(['1', '2', '3', '4']);
    fleet.besides(({ instanceId }) => {
      if (instanceId === instanceOf('2')) fleet.nodes.set('n1', { ready: false });
    });
    const applied = await run({ canary: 2, maxUnavailable: 1 });
    expect(states(applied)).toEqual(['lost', 'done', 'waiting', 'waiting']);
    expect(lines).not.toContain('begin 3');
  });

  it('begins no node after the end of its maintenance window', async () => {
    const { run, fleet, clock } = await prepared();
    fleet.besides(() => void clock.sleep(60_000));
    const until = new Date(clock.now().getTime() + 90_000);
    const applied = await run({ until });
    expect(states(applied)).toEqual(['done', 'done', 'waiting']);
    expect(applied).toMatchObject({ ended: 'stopped', problem: { code: 'window-closed' } });
  });

  it('fixes one node after the other, each seen to pass before the next is begun', async () => {
    const { run, lines } = await prepared();
    const applied = await run();

    expect(applied.ended).toBe('finished');
    expect(lines).toEqual(['begin 1', 'done 1', 'begin 2', 'done 2', 'begin 3', 'done 3']);
    expect(applied.audit.nodes.map(({ verdicts }) => verdicts[clientCaFile.slug]?.status)).toEqual(
      Array(3).fill('pass'),
    );
  });

  it.each<[what: string, end: RemedyEnd, because: string]>([
    ['was put back', answered('restored', 'the kubelet did not come back well'), 'the kubelet did not come back well'],
    ['did not come back', answered('failed', 'the kubelet is not well'), 'the kubelet is not well'],
    ['says nothing but a code', answered('failed'), 'a-code'],
    [
      'does not say how it ended',
      { kind: 'silent', because: 'SSM is silent' },
      'SSM is silent; the node puts its old state back within ten minutes',
    ],
    ['says that it changed, and shows the old value', answered('changed'), 'is (not set)'],
    ['says that nothing was to do, and shows the old value', answered('already'), 'is (not set)'],
  ])('stops at a node that %s', async (_what, end, because) => {
    const { run, fleet } = await prepared();
    fleet.remedy = () => end;
    const applied = await run();

    expect(applied.ended).toBe('stopped');
    expect(states(applied).slice(1)).toEqual(['waiting', 'waiting']);
    expect(nodesOf(applied)[0]?.because).toContain(because);
    expect(applied.audit.nodes[0]?.verdicts[clientCaFile.slug]?.status).toBe('fail');
  });

  it('believes what it reads where the remedy does not say how it ended', async () => {
    const { run, fleet } = await prepared(['1']);
    fleet.remedy = (node) => fleet.fix(node, { kind: 'silent', because: 'SSM is silent' });
    expect(states(await run())).toEqual(['done']);
  });

  it.each([
    ['fixed meanwhile', '/etc/kubernetes/pki/ca.crt', 'done'],
    ['not fixed by it', '', 'lost'],
  ])('waits for a remediation that is under way on the node already: %s', async (_what, value, state) => {
    const { run, fleet } = await prepared(['1']);
    fleet.remedy = ({ instanceId }) => {
      fleet.values.set(instanceId, value);
      return busy;
    };
    expect(states(await run())).toEqual([state]);
  });

  it('waits until a node can be read again, and stops when it cannot', async () => {
    const { run, fleet, clock } = await prepared(['1']);
    fleet.besides(({ instanceId }) => fleet.mute.add(instanceId));
    const because = 'it was read by ssm before its change, and is not any more: SSM lost the connection';
    expect(nodesOf(await run())).toMatchObject([{ state: 'restored', because }]);
    expect(clock.sleeps.length).toBeGreaterThan(10);
  });

  it.each<[what: string, end: RemedyEnd]>([
    ['the document refuses it', answered('refused', 'less than a megabyte is free')],
    ['the command does not reach it', { kind: 'not-begun', because: 'Undeliverable' }],
  ])('goes on when %s: nothing was changed there', async (_what, end) => {
    const { run, fleet } = await prepared();
    fleet.insteadOf('1', end);
    const applied = await run();

    expect(applied.ended).toBe('finished');
    expect(states(applied)).toEqual(['untouched', 'done', 'done']);
  });

  it('goes on when a node left the cluster while it was fixed', async () => {
    const { run, fleet, list } = await prepared(['1', '2']);
    fleet.insteadOf('1', { kind: 'silent', because: 'SSM is silent' });
    fleet.mute.add(instanceOf('1'));
    list(ok([{ ...running('1'), state: 'terminated' }, running('2')]));
    const applied = await run();
    expect(applied.ended).toBe('finished');
    expect(states(applied)).toEqual(['gone', 'done']);
  });

  it.each<[string, string, readonly Result<readonly Instance[], Problem>[]]>([
    ['untouched', 'AWS could not be asked', [err(throttled)]],
    ['untouched', 'one of two lists could not be read', [ok([]), err(throttled)]],
    ['untouched', 'no list could be asked', []],
    ['untouched', 'it is stopped, and may come back', [ok([{ ...running('1'), state: 'stopped' }])]],
    ['untouched', 'one of two lists has it', [ok([]), ok([running('1')])]],
    ['gone', 'it is being shut down', [ok([{ ...running('1'), state: 'shutting-down' }])]],
    ['gone', 'it is terminated', [ok([running('2'), { ...running('1'), state: 'terminated' }])]],
    ['gone', 'no list has it', [ok([running('2')]), ok([])]],
  ])('a node whose remedy did not begin is %s when %s', async (state, _, lists) => {
    const { run, fleet, list } = await prepared(['1']);
    fleet.insteadOf('1', { kind: 'not-begun', because: 'InvalidInstanceId' });
    list(...lists);
    expect(states(await run())).toEqual([state]);
  });

  it('stops before the second node when every node would meet the same problem', async () => {
    const { run, fleet } = await prepared();
    const problem = { code: 'document-missing', message: 'no document', remedy: 'deploy it' };
    fleet.remedy = () => ({ kind: 'not-begun', because: 'InvalidDocument', problem });
    const applied = await run();

    expect(applied).toMatchObject({ ended: 'stopped', problem });
    expect(states(applied)).toEqual(['untouched', 'waiting', 'waiting']);
  });

  const withoutReadiness = { code: 'api-unreachable', message: 'no way to it', remedy: 'find one' };

  it('does not begin a group of which more than one node and too large a part is not Ready', async () => {
    const { run, fleet } = await prepared(['1', '2', '3', '4', '5']);
    for (const name of ['n4', 'n5']) fleet.nodes.set(name, { ready: false });
    const applied = await run();
    expect(fleet.fixed).toEqual([]);
    expect(nodesOf(applied)[0]?.because).toContain('2 of the 5 nodes of its group are not Ready');
    expect(states(await run({ maxUnready: 40, maxUnavailable: 3 }))).toEqual([
      'done',
      'done',
      'done',
      'untouched',
      'untouched',
    ]);
  });

  it.each<[string, Partial<NodeReadiness>, string]>([
    ['is not Ready after its restart', { ready: false }, 'its node is not Ready'],
    ['has posted nothing since', { heartbeatAt: '2026-11-01T06:00:00Z' }, 'has posted no status since its restart'],
  ])('stops at a fixed node that %s', async (_what, condition, because) => {
    const { run, fleet, clock } = await prepared();
    fleet.besides(({ instanceId }) => fleet.nodes.set(nameOfInstance(instanceId), condition));
    const applied = await run();
    expect(applied.ended).toBe('stopped');
    expect(states(applied)).toEqual(['restored', 'waiting', 'waiting']);
    expect(nodesOf(applied)[0]?.because).toContain(because);
    expect(clock.sleeps.length).toBeGreaterThan(10);
    expect(fleet.requests.map(({ mode }) => mode)).toEqual(['apply', 'put-back']);
  });

  const expired: RemedyEnd = { kind: 'not-begun', because: 'ExpiredTokenException' };
  it.each<[what: string, means: object, state: string, because: string]>([
    ['is kept once it is seen to be as planned', {}, 'done', ''],
    ['is not asked to keep that since credentials expired', { keeping: expired }, 'lost', 'within ten minutes'],
    ['says nothing about keeping that', { keeping: { kind: 'silent', because: 'x' } }, 'lost', 'within ten minutes'],
    ['does not keep that', { keeping: answered('refused', 'edited') }, 'lost', 'does not keep that: edited'],
    ['is not as planned, and can’t be asked', { notReady: true, puttingBack: expired }, 'lost', 'within ten minutes'],
    ['is not as planned', { notReady: true }, 'restored', 'not Ready'],
  ])(
    'a changed node that %s: %j ends as %s',
    async (_what, { notReady, ...means }: { notReady?: true }, state, because) => {
      const { run, fleet } = await prepared(['1']);
      Object.assign(fleet, means);
      if (notReady) fleet.besides(({ instanceId }) => fleet.nodes.set(nameOfInstance(instanceId), { ready: false }));
      const [node] = nodesOf(await run());
      expect(node?.state).toBe(state);
      expect(node?.because ?? '').toContain(because);
    },
  );

  it('waits for nodes of the group that became not Ready meanwhile, and gives up in the end', async () => {
    const { run, fleet, clock } = await prepared();
    // The third node dies while the first one is changed.
    fleet.besides(() => {
      fleet.nodes.set('n3', { ready: false });
      void clock.sleep(60_000);
    });
    const applied = await run();
    expect(applied).toMatchObject({ ended: 'stopped', problem: { code: 'nodes-unready' } });
    expect(applied.problem?.message).toContain(instanceOf('3'));
    expect(states(applied)).toEqual(['done', 'waiting', 'waiting']);

    fleet.nodes.clear();
    fleet.besides(() => undefined);
    clock.sleep = async () => fleet.nodes.clear();
    expect((await run()).ended).toBe('finished');
  });

  it('changes nothing where the API server does not say which nodes are Ready, unless a person does without it', async () => {
    const { run, fleet } = await prepared();
    fleet.unasked = withoutReadiness;
    expect(await run()).toMatchObject({
      ended: 'stopped',
      problem: { code: 'readiness-unknown', remedy: expect.stringContaining('--without-ready') },
    });
    expect(fleet.fixed).toEqual([]);
    expect(states(await run({ withoutReady: true }))).toEqual(['done', 'done', 'done']);
  });

  it('begins nothing more once the API server does not say it any more', async () => {
    const { run, fleet, clock } = await prepared();
    fleet.besides(() => void clock.sleep(60_000));
    const all = fleet.all.bind(fleet);
    let asked = 0;
    fleet.all = async () => {
      asked += 1;
      return asked > 1 ? err(withoutReadiness) : await all();
    };
    const applied = await run();
    expect(applied).toMatchObject({ ended: 'stopped', problem: { code: 'readiness-unknown' } });
    expect(states(applied)).toEqual(['done', 'waiting', 'waiting']);
  });

  it('takes a node whose Node object is gone for one that left only where AWS says so', async () => {
    const { run, fleet, list } = await prepared(['1', '2']);
    fleet.besides(() => fleet.gone.add('n2'));
    expect(states(await run())).toEqual(['done', 'untouched']);
    fleet.gone.clear();
    list(ok([running('1')]));
    expect(states(await run())).toEqual(['done', 'gone']);
  });

  it('takes a defect for a lost node, and stops', async () => {
    const { run, fleet } = await prepared();
    fleet.remedy = () => {
      throw new TypeError('x is not a function');
    };
    const applied = await run();

    expect(applied.ended).toBe('stopped');
    const because = expect.stringContaining('x is not a function');
    expect(nodesOf(applied)[0]).toMatchObject({ state: 'lost', because });
  });
});

it.each<[string, Partial<NodeAudit>, 'refuse' | 'as-running']>([
  ['what runs was read and is what the files say', {}, 'as-running'],
  ['a value that runs differs from the files', { drift: [{} as NonNullable<NodeAudit['drift']>[number]] }, 'refuse'],
  ['only the files were read', { otherFacts: [] }, 'refuse'],
  ['only what runs was read', { facts: factsOf('configz', {}), otherFacts: [] }, 'refuse'],
])('a file of which only the mode may have changed is accepted only where %s: %j', (_, change, touched) => {
  const audit = { facts: of(''), otherFacts: [factsOf('configz', {})], ...change } as unknown as NodeAudit;
  expect(touchedOf(audit)).toBe(touched);
});

it('a node that died after it was read again is lost, and so is one that the run changed before it was broken off', async () => {
  const late = await prepared(['1']);
  const { all } = late.fleet;
  let looks = 0;
  late.fleet.all = async () => {
    looks += 1;
    if (looks === 2) late.fleet.nodes.set('n1', { ready: false });
    return await all.call(late.fleet);
  };
  const applied = await late.run();
  expect(nodesOf(applied)).toMatchObject([{ state: 'lost', because: expect.stringContaining('not Ready any more') }]);
  expect(applied.ended).toBe('stopped');

  const { run, fleet, plan } = await prepared(['1', '2']);
  fleet.nodes.set('n1', { ready: false });
  const groups = newProgress(plan).groups.map(({ name, nodes: [first, ...others] }) => ({
    name,
    nodes: [...(first ? [{ ...first, state: 'done' as const }] : []), ...others],
  }));
  const resumedRun = await run({ maxUnavailable: 2 }, 'apply', { groups });
  expect(nodesOf(resumedRun)).toMatchObject([{ state: 'lost', because: expect.stringContaining('before') }, {}]);
  expect(fleet.fixed).toEqual([]);
});

it.each(['lost', 'restored'] as const)('a run whose last node is %s does not end as finished', async (state) => {
  const { run, fleet } = await prepared(['1', '2']);
  fleet.insteadOf('2', answered(state === 'lost' ? 'failed' : 'restored', 'why'));
  const applied = await run({ maxFailures: 5 });
  expect(states(applied)).toEqual(['done', state]);
  expect(applied.ended).toBe('stopped');
});

describe('applyPlan, to undo a run', () => {
  const undone = (left?: true): RemedyEnd => ({
    kind: 'answered',
    answer: { outcome: 'undone', code: 'restarted', words: 'it is back', changes: [], ...(left && { left }) },
  });
  /** So many commands of the run changed the node: it is open again once all are undone. */
  const withCommands = (fleet: FakeFleet, commands: number, last: RemedyEnd = undone()) => {
    let left = commands;
    fleet.values.set(instanceOf('1'), '/etc/kubernetes/pki/ca.crt');
    fleet.remedy = ({ instanceId }) => {
      left -= 1;
      if (left > 0) return undone(true);
      if (last.kind === 'answered' && last.answer.outcome === 'undone') fleet.values.set(instanceId, '');
      return last;
    };
  };

  it('undoes each command of the run, until the node keeps none', async () => {
    const { run, fleet } = await prepared(['1']);
    withCommands(fleet, 3);
    expect(states(await run({}, 'undo'))).toEqual(['done']);
    expect(fleet.requests.map(({ mode }) => mode)).toEqual(['undo', 'undo', 'undo']);
  });

  it.each<[what: string, commands: number, end: RemedyEnd, because: string]>([
    [
      'whose older command can’t be undone',
      2,
      answered('refused', 'it was changed since'),
      'the one before is not: it was changed since',
    ],
    ['whose undo is rolled back', 1, answered('restored', 'not well'), 'not well'],
    [
      'that does not answer',
      1,
      { kind: 'silent', because: 'no answer' },
      'no answer; whether it was undone is not known',
    ],
    ['that claims more commands than a node keeps', 99, undone(), 'more commands than a node keeps'],
  ])('counts a node %s as failed', async (_, commands, end, because) => {
    const { run, fleet } = await prepared(['1']);
    withCommands(fleet, commands, end);
    const [node] = nodesOf(await run({}, 'undo'));
    expect(node).toMatchObject({ because: expect.stringContaining(because) });
    expect(['lost', 'restored']).toContain(node?.state);
    expect(fleet.requests.length).toBeLessThanOrEqual(8);
  });

  it('does not call a node put back that still passes what it was fixed for', async () => {
    const { run, fleet } = await prepared(['1']);
    withCommands(fleet, 2);
    fleet.remedy = () => undone();
    const [node] = nodesOf(await run({}, 'undo'));
    expect(node).toMatchObject({
      state: 'lost',
      because: 'the files are put back, and it still passes kubelet-client-ca-file: something else sets that',
    });
  });

  it('looks after an undo whether the node is Ready', async () => {
    const { run, fleet } = await prepared(['1']);
    withCommands(fleet, 1);
    fleet.nodes.set('n1', { heartbeatAt: '2026-11-01T06:00:00Z' });
    expect(nodesOf(await run({}, 'undo'))).toMatchObject([
      { state: 'lost', because: 'its kubelet has posted no status since its restart' },
    ]);
  });
});

it('asks for 50 machines of a large node group, and says how many are left', async () => {
  const { ports, fleet } = await prepared(Array.from({ length: 200 }, (_, index) => (index + 1).toString(16)));
  const unasked = async () => err(throttled);
  const asking = {
    ...fakeHub(new FakeOrganization()),
    ...ports,
    readiness: fleet,
    regionalClusters: { names: unasked, describe: async () => [ok(trusted)] },
    runbooks: { start: async () => ok('execution'), recent: async () => ok([]), ended: unasked },
  };
  const id = `eks-kubelet-audit/kubelet-client-ca-file/${cluster.arn?.arn}/node-group/managed/workers`;
  const findings = [{ id, accountId: '111122223333' }];
  const { signal } = new AbortController();
  expect(
    await remediateFindings(asking, { ...options, findings, isAudited: () => true, withoutReady: false, signal }),
  ).toEqual([{ id, status: 'asked', executions: ['execution'], nodes: 50, left: 150 }]);
});
