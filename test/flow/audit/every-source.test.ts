import { describe, expect, it } from 'vitest';
import type { Control } from '../../../lambda/core/judge/control.ts';
import { shows } from '../../../lambda/core/judge/controls/catalogue/shows.ts';
import { controls } from '../../../lambda/core/judge/controls/index.ts';
import type { KubeletFacts, ReadFailure, Via } from '../../../lambda/core/model/model.ts';
import { err, ok, type Result } from '../../../lambda/core/model/result.ts';
import type { KubeletSource } from '../../../lambda/flow/audit/ports.ts';
import type { Progress } from '../../../lambda/flow/ports.ts';
import { noProgress } from '../../../lambda/wiring/no-progress.ts';
import { FakeClock, FakeSource, factsOf, failure, fakePorts, listed } from '../../fakes/ports.ts';
import { auditAll, auditOptions } from './audit-all.ts';

const ca = 'authentication.x509.clientCAFile';
const slug = 'kubelet-client-ca-file';
const options = { ...auditOptions, controls, everySource: true };

const shownByConfigz = controls.filter((control) => shows('configz', control));
const inFile = { from: 'file', file: '/etc/kubernetes/kubelet/config.json' } as const;
const noCaInFile = { [ca]: { state: 'known', value: '', origin: inFile } } as const;

/** Two sources, of which the first reads each node. */
const both = (ssm: Result<KubeletFacts, ReadFailure> = ok(factsOf('ssm'))) => [
  new FakeSource('configz', () => ok(factsOf('configz'))),
  new FakeSource('ssm', () => ssm),
];

async function auditOne(sources: readonly KubeletSource[], change: Partial<Parameters<typeof auditAll>[1]> = {}) {
  const { clusters } = await auditAll(fakePorts({ nodes: ok([listed('a')]), sources }), { ...options, ...change });
  return clusters[0]?.nodes[0];
}

describe('with every source', () => {
  it('has each one read each node, and without it only those on which a control is open that it can tell', async () => {
    const asked = async (everySource: boolean, chosen: readonly Control[] = shownByConfigz) => {
      const sources = both();
      const node = await auditOne(sources, { everySource, controls: chosen });
      return [sources.map((each) => each.asked.length), node?.otherFacts?.map(({ via }) => via), node?.drift];
    };

    expect(await asked(true)).toEqual([[1, 1], ['ssm'], []]);
    expect(await asked(false)).toEqual([[1, 0], undefined, undefined]);
    // What only the machine shows was chosen, too: what runs and what is written can then be compared.
    expect(await asked(false, controls)).toEqual([[1, 1], ['ssm'], []]);
  });

  it('judges by what runs, and reports that the files say otherwise', async () => {
    const node = await auditOne(both(ok(factsOf('ssm', noCaInFile))));
    expect(node?.verdicts[slug]).toMatchObject({ status: 'pass', evidence: { via: 'configz' } });
    expect(node?.drift).toMatchObject([
      { setting: ca, running: '/ca.crt', afterRestart: '(not set)', kind: 'lost-at-boot' },
    ]);
  });

  it('does not hold it against a node that one source failed where another read it', async () => {
    const node = await auditOne(both(err({ via: 'ssm', kind: 'unreadable', because: 'not managed' })));
    expect(node?.verdicts[slug]?.status).toBe('pass');
    expect(node?.failures).toMatchObject([{ because: 'not managed' }]);
    expect(node).not.toHaveProperty('drift');
  });

  it('drops a node that the first source found gone, and keeps one that left after it was read', async () => {
    const gone = new FakeSource('configz', { a: failure('node-gone', '404') });
    const read = new FakeSource('ssm', { a: ok(factsOf('ssm')) });
    expect(await auditOne([gone, read])).toBeUndefined();
    expect(read.asked).toEqual([]);
    expect(await auditOne([read, gone])).toMatchObject({ facts: { via: 'ssm' } });
  });

  it('compares nothing of a node that cannot be trusted', async () => {
    const sources = both(ok(factsOf('ssm', noCaInFile)));
    const id = { providerId: 'aws:///eu-west-1a/i-0123456789abcdef0' };
    const ports = fakePorts({ nodes: ok([listed('a', id), listed('b', id)]), instances: ok([]), sources });
    const { clusters } = await auditAll(ports, options);

    expect(clusters[0]?.nodes.map(({ node, drift }) => [typeof node.distrust, drift])).toEqual([
      ['string', undefined],
      ['string', undefined],
    ]);
  });

  it('counts a node as read once', async () => {
    const read: string[] = [];
    const progress: Progress = { ...noProgress, nodeRead: (_, { node }) => void read.push(node.key) };
    await auditAll({ ...fakePorts({ nodes: ok([listed('a')]), sources: both() }), progress }, options);
    expect(read).toEqual(['a']);
  });

  it('lets the last source use all of the time, also where it is the only one, and those before it half of what is left', async () => {
    const spent = async (vias: readonly Via[]) => {
      const clock = new FakeClock();
      const start = clock.now().getTime();
      const spentBy: (readonly [Via, number])[] = [];
      // Waits until its time is over, as a source does that a dark zone holds up.
      const slow = (via: Via): KubeletSource => ({
        via,
        async *read(_cluster, nodes, signal) {
          for await (const node of nodes) {
            while (!signal.aborted) {
              clock.pass(1_000);
              await new Promise(setImmediate);
            }
            spentBy.push([via, Math.round((clock.now().getTime() - start) / 10_000)]);
            yield { node, result: failure('deadline', 'the time for it was up') };
          }
        },
      });

      const ports = fakePorts({ nodes: ok([listed('a')]), sources: vias.map(slow), clock });
      await auditAll(ports, { ...options, everySource: false, deadline: new Date(start + 80_000) });
      return spentBy;
    };

    expect(await spent(['ssm'])).toEqual([['ssm', 8]]);
    expect(await spent(['direct', 'configz', 'ssm'])).toEqual([
      ['direct', 4],
      ['configz', 6],
      ['ssm', 8],
    ]);
  });

  it('starts a source on a node as soon as the one before has given it up', async () => {
    const events: string[] = [];
    const turn = () => new Promise(setImmediate);
    const first: KubeletSource = {
      via: 'configz',
      async *read(_cluster, nodes) {
        for await (const node of nodes) {
          yield { node, result: failure('unreadable', 'no answer') };
          // A silent node holds it up until the next source has had the others for long.
          for (let turns = 0; turns < 50 && !events.includes(`ssm ${node.name}`); turns += 1) await turn();
          events.push(`configz ${node.name}`);
        }
      },
    };
    const next: KubeletSource = {
      via: 'ssm',
      async *read(_cluster, nodes) {
        for await (const node of nodes) {
          events.push(`ssm ${node.name}`);
          yield { node, result: ok(factsOf('ssm')) };
        }
      },
    };

    const ports = fakePorts({ nodes: ok([listed('a'), listed('b')]), sources: [first, next] });
    await auditAll(ports, { ...options, everySource: false });
    expect(events).toEqual(['ssm a', 'configz a', 'ssm b', 'configz b']);
  });
});
