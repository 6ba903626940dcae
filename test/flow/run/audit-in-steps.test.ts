import { describe, expect, it } from 'vitest';
import type { Instance } from '../../../lambda/core/model/model.ts';
import { ok } from '../../../lambda/core/model/result.ts';
import { auditItem } from '../../../lambda/flow/run/audit-item.ts';
import { runItem } from '../../../lambda/flow/run/run-item.ts';
import { blue } from '../../core/run/complete-run.ts';
import { fakeHub } from '../../fakes/hub.ts';
import { FakeOrganization } from '../../fakes/organization.ts';
import { FakeClock, FakeSource, factsOf, failure, instanceWith, listed } from '../../fakes/ports.ts';
import { noCa, itemOptions as options } from './item-options.ts';

// A cluster of ten nodes, of which one function has time for four.

const names = Array.from({ length: 10 }, (_, index) => `n${index}`);
const keyOf = (what: string, run = 'run') => `${run}/${what}/111122223333/eu-west-1/blue`;

function world({ aStep = 4, facts = factsOf('configz', noCa) } = {}) {
  const clock = new FakeClock();
  /** Names of the nodes that were read, in order. */
  const read: string[] = [];
  const source = new FakeSource('configz', (node, index) => {
    if (index >= aStep) return failure('deadline', 'the time for it had run out');
    read.push(node.name ?? '');
    return ok(facts);
  });
  const organization = new FakeOrganization().add('111122223333', { 'eu-west-1': ['blue'] });
  const nodes = ok(names.map((name) => listed(name)));
  return { ports: fakeHub(organization, { nodes, sources: [source], clock }), clock, read };
}
type World = Pick<ReturnType<typeof world>, 'ports'>;

const step = async ({ ports }: World, { last = false, runId = 'run' } = {}) =>
  (await runItem(ports, { runId, item: blue, last }, { ...options, runStartedAt: ports.clock.now() })).answer;

/** As the state machine does: on and on, until no step is left. */
async function toTheEnd(of: World, { runId = 'run' } = {}) {
  for (let steps = 1; ; steps += 1) {
    const answer = await step(of, { runId });
    if (answer.problems[0]?.code !== 'audit-unfinished') return { answer, steps };
  }
}

const resultOf = ({ ports }: World, run = 'run') => JSON.parse(ports.runs.objects.get(keyOf('results', run)) ?? 'null');

/** All of it but how many findings the try that wrote the result still had to send, and whether the one before already remembered the failure. */
function leftBy({ ports }: World) {
  const text = (what: string) => ports.runs.objects.get(keyOf(what));
  const result = text('results')
    ?.replace(/"published":\{.*?\},"transitions"/, '"transitions"')
    .replace(/"before":"(NONE|FAILED)","securityHub":"taken","memory":"(missing|kept)"/g, '');
  return { result, ocsf: text('ocsf'), findings: [...ports.findings.findings.values()], memory: ports.memory.objects };
}

describe('a cluster that one function cannot read in its time', () => {
  it('is read in further steps, each node once, and judged and published once, from the parts', async () => {
    const of = world();
    expect(await step(of)).toMatchObject({ status: 'failed', problems: [{ code: 'audit-unfinished' }] });
    expect(of.ports.runs.written).toEqual([`${keyOf('parts')}/listed`, `${keyOf('parts')}/part-1`, keyOf('answers')]);
    expect(of.ports.findings.writes).toEqual([]);

    expect(await toTheEnd(of)).toMatchObject({
      steps: 2,
      answer: { status: 'done', complete: true, nodes: 10, unreadableNodes: 0, verdicts: { fail: 10 } },
    });
    expect(of.read).toEqual(names);
    expect(of.ports.findings.writes).toEqual([1]);
    expect(of.ports.events.events).toMatchObject([{ type: 'Finding Opened' }]);
    expect(resultOf(of).nodes.map(({ node }: { node: { key: string } }) => node.key)).toEqual(names);
    expect(of.ports.runs.written.filter((key) => key.includes('/parts/'))).toHaveLength(3);
  });

  it('leaves the same bytes when a run is killed before any of its writes and done again', async () => {
    const undisturbed = world();
    await toTheEnd(undisturbed);
    const { written } = undisturbed.ports.runs;

    for (const [index, key] of written.entries()) {
      const of = world();
      let writes = 0;
      const set = of.ports.runs.objects.set.bind(of.ports.runs.objects);
      of.ports.runs.objects.set = (...entry) => {
        writes += 1;
        // Nothing more is written: the function is dead.
        if (writes > index) throw new Error('killed');
        return set(...entry);
      };
      await expect(toTheEnd(of), key).rejects.toThrow('killed');
      of.ports.runs.objects.set = set;
      await toTheEnd(of);
      expect(leftBy(of), `killed before ${key}`).toEqual(leftBy(undisturbed));
    }
  });

  it('counts what another invocation of the same step wrote first', async () => {
    const of = world();
    const other = world({ facts: factsOf('configz') });
    await step(other);
    for (const name of ['listed', 'part-1'])
      of.ports.runs.objects.set(
        `${keyOf('parts')}/${name}`,
        other.ports.runs.objects.get(`${keyOf('parts')}/${name}`) ?? '',
      );

    expect((await toTheEnd(of)).answer.verdicts).toMatchObject({ pass: 4, fail: 6 });
  });

  it('is published with gaps after two hours, or when a step died for good', async () => {
    const late = world();
    await step(late);
    late.clock.pass(2 * 60 * 60_000);
    const dead = world();
    await step(dead);

    for (const answer of [await step(late), await step(dead, { last: true })])
      expect(answer).toMatchObject({
        status: 'done',
        nodes: 10,
        unreadableNodes: 6,
        verdicts: { fail: 4, unknown: 6 },
      });
    expect(late.read).toEqual(names.slice(0, 4));
    expect(resultOf(late).nodes[9].failures).toMatchObject([{ via: 'configz', kind: 'deadline' }]);
  });

  it('has at most twelve steps, also when none of them reads a node', async () => {
    const of = world({ aStep: 0 });
    expect(await toTheEnd(of)).toMatchObject({ steps: 12, answer: { status: 'done', unreadableNodes: 10 } });
  });

  it('goes on where it was after a step failed', async () => {
    const of = world();
    await step(of);
    const { describe } = of.ports.regionalClusters;
    of.ports.regionalClusters.describe = () => Promise.reject(new Error('down'));
    expect(await step(of)).toMatchObject({ status: 'failed', problems: [{ code: 'unexpected-error' }, {}] });

    of.ports.regionalClusters.describe = describe.bind(of.ports.organization);
    expect(await toTheEnd(of)).toMatchObject({ answer: { status: 'done', verdicts: { fail: 10 } } });
    expect(of.read).toEqual(names);
  });

  it('lets EC2 decide about a node that was not read and is not listed any more', async () => {
    const ids = names.map((_, index) => `i-${index.toString(16).padStart(17, '0')}`);
    const nodes = ids.map((id, index) => listed(names[index] ?? '', { providerId: `aws:///eu-west-1a/${id}` }));
    const of = world();
    let now = nodes;
    const ports = {
      ...of.ports,
      nodeList: { nodes: async () => ok(now) },
      instanceDirectories: [{ instances: async () => ok(ids.slice(0, now.length).map(instanceOf)) }],
      instanceLookup: { find: async () => ok([instanceOf(ids[8] ?? '')]) },
    };
    await step({ ports });
    now = nodes.slice(0, 8);

    // n8 runs without its Node object, n9 is gone.
    expect(await step({ ports }, { last: true })).toMatchObject({ nodes: 9, unreadableNodes: 5 });
  });

  it('begins with the nodes that the last run did not reach, so that over five nights none is left out', async () => {
    const of = world();
    for (const night of [1, 2, 3, 4, 5]) {
      await step(of, { runId: `night-${night}` });
      await step(of, { runId: `night-${night}`, last: true });
      of.clock.pass(24 * 60 * 60_000);
    }

    // Within any three nights there is time for each of the ten.
    for (const first of [0, 4, 8]) expect(new Set(of.read.slice(first, first + 12))).toEqual(new Set(names));
    expect(resultOf(of, 'night-5').nodes.map(({ node }: { node: { key: string } }) => node.key)).toEqual(names);
  });
});

describe('an item that names its nodes', () => {
  const item = { ...blue, kind: 'cluster', cluster: 'blue', nodes: ['n3', 'n7', 'none'] } as const;

  it('has only those read and judged, and publishes nothing', async () => {
    const { ports, read } = world();
    const { answer } = await auditItem(ports, item, { ...options, runStartedAt: ports.clock.now() });
    expect(answer).toMatchObject({ status: 'done', nodes: 2, verdicts: { fail: 2 } });
    expect(read).toEqual(['n3', 'n7']);
    expect(ports.findings.writes).toEqual([]);
    expect(ports.memory.objects.size).toBe(0);
  });

  it('is no item of a run, whose result would be taken for the whole cluster’s', async () => {
    const { ports } = world();
    await expect(runItem(ports, { runId: 'run', item }, options)).rejects.toMatchObject({ code: 'usage' });
    expect(ports.runs.written).toEqual([]);
  });
});

const instanceOf = (id: string): Instance => instanceWith({ id });
