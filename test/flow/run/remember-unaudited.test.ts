import { expect, it } from 'vitest';
import { objectRefused } from '../../../lambda/adapters/s3/stored-json.ts';
import { clientCaFile } from '../../../lambda/core/judge/controls/client-ca-file.ts';
import { ok } from '../../../lambda/core/model/result.ts';
import type { RunItem } from '../../../lambda/core/run/item.ts';
import { rememberUnaudited, runItem } from '../../../lambda/flow/run/run-item.ts';
import { blue } from '../../core/run/complete-run.ts';
import { fakeHub } from '../../fakes/hub.ts';
import { FakeOrganization } from '../../fakes/organization.ts';
import { FakeClock, FakeSource, factsOf, listed } from '../../fakes/ports.ts';
import { itemOptions as options } from './item-options.ts';

/** A cluster that passed once. */
async function audited() {
  const source = new FakeSource('configz', { a: ok(factsOf('configz')) });
  const organization = new FakeOrganization().add('111122223333', { 'eu-west-1': ['blue'] });
  const hub = fakeHub(organization, { nodes: ok([listed('a')]), sources: [source], clock: new FakeClock() });
  const statuses = () => [...hub.findings.findings.values()].map((each) => [each.Compliance.Status, each.RecordState]);
  const night = async (runId: string) => {
    await rememberUnaudited(hub, { runId, item: blue }, { ...options, runStartedAt: hub.clock.now() });
    return statuses()[0];
  };
  await runItem(hub, { runId: 'first', item: blue }, { ...options, runStartedAt: hub.clock.now() });
  return { hub, source, statuses, night };
}

it('keeps what was proved for three runs that died, then says that nobody knows, once, and asks the cluster nothing', async () => {
  const { hub, source, statuses, night } = await audited();
  expect(statuses()).toEqual([['PASSED', 'ACTIVE']]);
  const asked = source.asked.length;

  const nights: unknown[] = [];
  for (let number = 1; number <= 7; number += 1) {
    nights.push((await night(`run-${number}`))?.[0]);
    await night(`run-${number}`);
  }
  expect(nights).toEqual([...Array(3).fill('PASSED'), ...Array(4).fill('NOT_AVAILABLE')]);
  expect(statuses()).toEqual([['NOT_AVAILABLE', 'ACTIVE']]);
  expect(source.asked).toHaveLength(asked);
  expect(hub.events.events.map(({ type }) => type)).toEqual(['Finding Unreadable']);
});

it.each(['was deleted', 'was overwritten'])(
  'lets nothing pass for which a memory that %s vouched, and leaves it so until a run has an answer',
  async (what) => {
    const { hub, statuses, night } = await audited();
    const { objects } = hub.memory;
    const read = hub.memory.read.bind(hub.memory);
    hub.memory.read = async (place, cluster) => {
      const stored = await read(place, cluster);
      const { value, tag } = stored;
      return value || !tag ? stored : { tag, refused: objectRefused(cluster, 'no release writes it', '') };
    };
    if (what === 'was deleted') objects.clear();
    for (const key of objects.keys()) objects.set(key, '{"version": 9}');
    const left = [...objects];

    await night('run-1');
    expect(statuses()).toEqual([['NOT_AVAILABLE', 'ACTIVE']]);
    expect([...objects]).toEqual(left);
  },
);

it('changes nothing of a cluster that this run has audited, that no run ever did, or of a Region', async () => {
  const { hub, night } = await audited();
  const before = JSON.stringify([...hub.findings.findings, hub.memory]);
  await night('first');
  const { accountId, region, partition } = blue;
  const items: readonly RunItem[] = [
    { ...blue, kind: 'cluster', cluster: 'new' },
    { kind: 'region', accountId, region, partition },
  ];
  for (const item of items)
    await rememberUnaudited(hub, { runId: 'next', item }, { ...options, controls: [clientCaFile] });
  expect(JSON.stringify([...hub.findings.findings, hub.memory])).toBe(before);
});
