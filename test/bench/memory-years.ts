import { s3RunMemory, s3SweepMemory, withSweeps } from '../../lambda/adapters/s3/run-memory.ts';
import { missingMemory } from '../../lambda/core/findings/lifecycle/memory.ts';
import { memoryAfterEvents } from '../../lambda/flow/audit/remember.ts';
import { archiveGoneClusters } from '../../lambda/flow/run/archive-gone-clusters.ts';
import { accountId, newBucket, region } from '../adapters/s3/new-bucket.ts';
import { FakeClock, FakeFindings, silentLog } from '../fakes/ports.ts';
import type { Lab } from '../lab/lab.ts';

const place = { partition: 'aws', accountId, region };

interface Day {
  readonly day: number;
  /** Calls of S3 for what is remembered: discovery's list, each cluster's read and write, and the Region's item. */
  readonly calls: number;
  readonly milliseconds: number;
}

/** Days on each of which other clusters are there than the day before, as CI makes them, over the bucket of the lab. */
export async function* daysOfClusters(lab: Lab, { days, perDay }: { readonly days: number; readonly perDay: number }) {
  const { objects } = newBucket(lab);
  const log = silentLog;
  const kept = withSweeps(s3RunMemory(objects, { log }), s3SweepMemory(objects, { log }));

  for (let day = 1; day <= days; day += 1) {
    const names = Array.from({ length: perDay }, (_, index) => `ci-${day}-${index}`);
    const [before, began] = [lab.calls.length, performance.now()];
    await Array.fromAsync(kept.everyCluster());
    const now = new Date(Date.UTC(2026, 0, day));
    for (const name of names)
      await kept.write(place, name, { ...missingMemory(now), runId: `day-${day}` }, await kept.read(place, name));
    const remembering = memoryAfterEvents(kept);
    const ports = { clock: new FakeClock(), findings: new FakeFindings(), memory: remembering.memory };
    await archiveGoneClusters(ports, { place, clusters: names, runId: `day-${day}` });
    await remembering.keep(true);
    yield { day, calls: lab.calls.length - before, milliseconds: Math.round(performance.now() - began) } satisfies Day;
  }
}
