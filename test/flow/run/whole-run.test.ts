import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Cluster } from '../../../lambda/core/model/model.ts';
import { OperatorError } from '../../../lambda/core/model/operator-error.ts';
import { ok } from '../../../lambda/core/model/result.ts';
import type { RunSummary } from '../../../lambda/core/run/summary.ts';
import { runDiscovery } from '../../../lambda/flow/run/run-discovery.ts';
import { runItem } from '../../../lambda/flow/run/run-item.ts';
import { runSummary } from '../../../lambda/flow/run/run-summary.ts';
import { auditedWith, problem } from '../../core/run/complete-run.ts';
import { type FakeHub, fakeHub } from '../../fakes/hub.ts';
import { FakeOrganization } from '../../fakes/organization.ts';
import { FakeClock, FakeSource, factsOf, listed } from '../../fakes/ports.ts';
import { itemOptions as options } from './item-options.ts';

/** Laws of a whole run: discover, every item, summarise, with faults anywhere. */

type Fault = 'none' | 'throttled' | 'defect' | 'gone' | 'nodes' | 'region' | 'account';

/** Clusters by account, each with so many nodes and perhaps a fault; two Regions in turn. */
type Estate = readonly (readonly { readonly nodes: number; readonly fault: Fault }[])[];

const estates: fc.Arbitrary<Estate> = fc.array(
  fc.array(
    fc.record({
      nodes: fc.nat({ max: 4 }),
      fault: fc.oneof(
        { weight: 4, arbitrary: fc.constant<Fault>('none') },
        fc.constantFrom<Fault>('throttled', 'defect', 'gone', 'nodes', 'region', 'account'),
      ),
    }),
    { maxLength: 5 },
  ),
  { minLength: 1, maxLength: 4 },
);

/** Reads every node; its kubelet is as it should be. */
const reader = new FakeSource('configz', () => ok(factsOf('configz')));

interface Run {
  readonly ports: FakeHub;
  /** Breaks what is to break once the clusters were found. */
  breakNow(): void;
  fix(): void;
  /** Nodes of the clusters that can be read to the end. */
  readonly readable: number;
}

function runOf(estate: Estate): Run {
  const organization = new FakeOrganization();
  const places = estate.flatMap((clusters, account) =>
    clusters.map((each, index) => ({
      ...each,
      accountId: `${100_000_000_000 + account}`,
      region: index % 2 === 0 ? 'eu-west-1' : 'us-east-1',
      name: `c${index}`,
    })),
  );
  for (const [account] of estate.entries()) {
    const accountId = `${100_000_000_000 + account}`;
    const namesIn = (region: string) =>
      places.filter((each) => each.accountId === accountId && each.region === region).map((each) => each.name);
    organization.add(accountId, { 'eu-west-1': namesIn('eu-west-1'), 'us-east-1': namesIn('us-east-1') });
  }
  for (const { accountId, region, fault } of places) {
    if (fault === 'account') organization.problems.set(accountId, { ...problem, code: 'member-role-missing' });
    if (fault === 'region') organization.problems.set(`${accountId}/${region}`, problem);
  }

  let broken = false;
  const nodesOf = async (cluster: Cluster) => {
    const place = places.find(({ name, accountId, region }) =>
      [cluster.name === name, cluster.arn?.accountId === accountId, cluster.arn?.region === region].every(Boolean),
    );
    if (broken && place?.fault === 'nodes') throw new OperatorError('dns', 'no such host');
    return ok(Array.from({ length: place?.nodes ?? 0 }, (_, index) => listed(`node-${index}`)));
  };
  const ports: FakeHub = {
    ...fakeHub(organization, { sources: [reader], clock: new FakeClock() }),
    nodeList: { nodes: nodesOf },
  };

  const isFound = (place: (typeof places)[number]) =>
    !organization.problems.has(place.accountId) && !organization.problems.has(`${place.accountId}/${place.region}`);
  const readable = places
    .filter((each) => each.fault === 'none' && isFound(each))
    .reduce((sum, { nodes }) => sum + nodes, 0);

  return {
    ports,
    readable,
    breakNow() {
      broken = true;
      for (const place of places) {
        const name = `${place.accountId}/${place.region}/${place.name}`;
        if (place.fault === 'throttled') organization.problems.set(name, problem);
        if (place.fault === 'defect') organization.problems.set(name, new TypeError('boom'));
        if (place.fault === 'gone') organization.remove(place, place.name);
      }
    },
    fix() {
      broken = false;
      organization.problems.clear();
    },
  };
}

async function runThrough(ports: FakeHub, afterDiscovery: () => void = () => undefined): Promise<RunSummary> {
  const { runId, items } = await runDiscovery(ports, {
    runId: 'run',
    startedAt: '2026-01-01T00:00:00.000Z',
    regions: [],
    names: [],
    excludes: () => false,
    signal: options.signal,
  });
  afterDiscovery();
  for (const item of items) await runItem(ports, { runId, item }, options);
  const { benchmark, controls } = options;
  return await runSummary(ports, { runId, benchmark, controls, partition: 'aws', auditedWith });
}

const answersOf = (ports: FakeHub) => Array.fromAsync(ports.runs.answers('run'));

describe('a whole run', () => {
  it('gives each cluster one answer, loses no node of a cluster that could be read, names every fault, and is complete only without one', async () => {
    await fc.assert(
      fc.asyncProperty(estates, async (estate) => {
        const { ports, breakNow, readable } = runOf(estate);
        const summary = await runThrough(ports, breakNow);
        const answers = await answersOf(ports);

        expect(answers).toHaveLength((await ports.runs.discovery('run'))?.items.length ?? 0);
        expect(answers.reduce((sum, { nodes }) => sum + nodes, 0)).toBe(readable);
        expect(summary.nodes).toBe(readable);
        expect(summary.verdicts.pass).toBe(readable);
        const { found, audited, gone, failed } = summary.clusters;
        expect(audited + gone + failed).toBe(found);

        const faults = estate.flat().filter(({ fault }) => fault !== 'none' && fault !== 'gone');
        expect(summary.complete).toBe(faults.length === 0);
        expect(summary.gaps.length > 0).toBe(faults.length > 0);
      }),
      { numRuns: 50 },
    );
  });

  it('audits only what failed when it is started again, and is then as complete as can be', async () => {
    await fc.assert(
      fc.asyncProperty(estates, async (estate) => {
        const { ports, breakNow, fix } = runOf(estate);
        const first = await runThrough(ports, breakNow);
        const before = await answersOf(ports);
        fix();
        const second = await runThrough(ports);

        expect(second.failedItems).toBe(0);
        expect(second.nodes).toBeGreaterThanOrEqual(first.nodes);
        const after = await answersOf(ports);
        expect(after).toEqual(expect.arrayContaining(before.filter(({ status }) => status !== 'failed')));
        expect(second.gaps).toEqual((await ports.runs.discovery('run'))?.gaps);
      }),
      { numRuns: 15 },
    );
  });
});
