import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { beforeAll, describe, expect, it } from 'vitest';
import { securityHub } from '../../lambda/adapters/security-hub/security-hub.ts';
import { parseClusterArn } from '../../lambda/core/model/cluster-arn.ts';
import type { ClusterAudit, Verdict } from '../../lambda/core/model/model.ts';
import type { Ports } from '../../lambda/flow/audit/ports.ts';
import { publishFindings } from '../../lambda/flow/audit/publish-findings.ts';
import { archiveGoneClusters } from '../../lambda/flow/run/archive-gone-clusters.ts';
import { auditOf, clientCa, failed, judged, node, passed } from '../core/findings/compliant-audit.ts';
import { ManualClock } from '../fakes/manual-clock.ts';
import { FakeMemory, silentLog } from '../fakes/ports.ts';
import { SecurityHubService } from '../lab/aws/security-hub/security-hub.ts';
import { securityHubClient } from './in-process-clients.ts';
import { arnOf } from './program.ts';
import { place } from './true-world.ts';

/** One account's Region with 10,000 nodes in five clusters, each a finding of its own, by the real adapter at AWS's rates; the clock jumps where it waits. */
const clusters = ['c1', 'c2', 'c3', 'c4', 'c5'];
const nodesEach = 2_000;

const clock = new ManualClock();
const hub = new SecurityHubService({ clock: () => clock.milliseconds, rates: 'real' });
let asked: string[] = [];

/** Lambda gives an invocation a client of its own, and so a bucket of its own. */
const invocation = (): Pick<Ports, 'clock' | 'findings' | 'memory'> => ({
  clock,
  memory,
  findings: measured(adapter()),
});
const memory = new FakeMemory();
const adapter = () =>
  securityHub({
    client: securityHubClient(hub, (operation) => {
      asked.push(operation);
      return false;
    }),
    clock,
    log: silentLog,
  });

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');
const heapMegabytes = (): number => {
  collect();
  return process.memoryUsage().heapUsed / 1e6;
};
let peak = 0;

/** Looks at the heap whenever so many findings have been read. */
const measured = (findings: Ports['findings']): Ports['findings'] => ({
  ...findings,
  async *stored(...about) {
    let count = 0;
    for await (const each of findings.stored(...about)) {
      yield each;
      count += 1;
      if (count % 2_000 === 0) peak = Math.max(peak, heapMegabytes());
    }
  },
});

const auditsOf = function* (worst: Verdict): Generator<ClusterAudit> {
  for (const [index, name] of clusters.entries()) {
    const nodes = Array.from({ length: nodesEach }, (_, number) =>
      judged(node(index * nodesEach + number), number === 0 ? worst : passed),
    );
    const audit = auditOf(nodes);
    yield { ...audit, cluster: { ...audit.cluster, name, arn: parseClusterArn(arnOf(name))! } };
  }
};

interface Night {
  readonly seconds: number;
  readonly calls: Readonly<Record<string, number>>;
  readonly imported: number;
  readonly megabytes: number;
}

/** Every cluster, and the Region: all one after another, as if they ran in one function. */
async function night(worst: Verdict): Promise<Night> {
  clock.milliseconds += 86_400_000;
  const before = clock.milliseconds;
  const heap = heapMegabytes();
  asked = [];
  peak = 0;
  let imported = 0;

  const runStartedAt = new Date(before);
  for (const audit of auditsOf(worst)) {
    const options = { controls: [clientCa], benchmark: 'cis-eks-1.8.0', scope: 'node', publish: true } as const;
    const { published, problems } = await publishFindings(invocation(), audit, { ...options, runStartedAt });
    expect(problems).toEqual([]);
    imported += published?.imported ?? 0;
  }
  const { published } = await archiveGoneClusters(invocation(), {
    place,
    clusters,
    runStartedAt,
  });
  imported += published?.imported ?? 0;

  const calls = Object.fromEntries([...Map.groupBy(asked, (each) => each)].map(([name, all]) => [name, all.length]));
  return { seconds: (clock.milliseconds - before) / 1000, calls, imported, megabytes: Math.max(0, peak - heap) };
}

describe('10,000 findings in one account’s Region', () => {
  let first: Night;
  let quiet: Night;
  let changed: Night;
  beforeAll(async () => {
    hub.enable(place.accountId, place.region);
    first = await night(passed);
    quiet = await night(passed);
    changed = await night(failed);
  });

  it('are written once, in full requests', () => {
    expect(first.imported).toBe(10_000);
    // 100, and those that were refused at the first try.
    expect(first.calls['BatchImportFindings']).toBeLessThan(110);
    expect(hub.importsOf(place.accountId, place.region)).toEqual({
      created: 10_000,
      updated: 5,
      ignored: 0,
      failed: 0,
    });
  });

  it('are read and not written when nothing has changed', () => {
    expect(quiet.imported).toBe(0);
    expect(quiet.calls).not.toHaveProperty('BatchImportFindings');
    expect(changed).toMatchObject({ imported: 5, calls: { BatchImportFindings: 5 } });
  });

  it('stay under the service’s rates, and take the time that those ask for', () => {
    // 200 pages; each of six functions counts on a burst that it shares with the others, and is refused a few calls.
    expect(quiet.calls['GetFindings']).toBeLessThan(210);
    // At 3 a second.
    expect(quiet.seconds).toBeGreaterThan(50);
    expect(quiet.seconds).toBeLessThan(75);
  });

  it('take the memory of one cluster’s findings, the same every night', () => {
    for (const { megabytes } of [quiet, changed]) expect(megabytes).toBeLessThan(20);
  });
});
