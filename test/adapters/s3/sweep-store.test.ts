import { expect, it } from 'vitest';
import { s3RunMemory, s3SweepMemory, withSweeps } from '../../../lambda/adapters/s3/run-memory.ts';
import { s3SweepStore } from '../../../lambda/adapters/s3/sweep-store.ts';
import { missingMemory } from '../../../lambda/core/findings/lifecycle/memory.ts';
import type { SweepMemory } from '../../../lambda/core/findings/lifecycle/sweep-memory.ts';
import { clusterJson } from '../../../lambda/core/report/formats/json.ts';
import type { SweepAnswer } from '../../../lambda/core/run/sweep.ts';
import { auditOf, clientCa, failed, judged, node } from '../../core/findings/compliant-audit.ts';
import { clusterIn, silentLog } from '../../fakes/ports.ts';
import { labOfFile } from '../../lab/lab-of-file.ts';
import { accountId, newBucket, region } from './new-bucket.ts';

const place = { partition: 'aws', accountId, region };
const item = { ...place, cluster: 'payments', sweepAt: '2026-11-28T14:15:00.000Z', part: 1 };
const lab = await labOfFile();

it('keeps what an item of a sweep read and came to below its day and time, the result once', async () => {
  const { bucket, keys, objects } = newBucket(lab);
  const store = s3SweepStore(objects, { log: silentLog });
  const group = { kind: 'managed', name: 'workers' } as const;
  const machine = { instanceId: 'i-0123456789abcdef0', group, launchedAt: '2026-11-28T14:00:00.000Z' };
  const answer: SweepAnswer = {
    item,
    status: 'done',
    startedAt: '2026-11-28T14:15:01.000Z',
    finishedAt: '2026-11-28T14:15:09.000Z',
    lines: [
      {
        version: 1,
        sweepAt: item.sweepAt,
        accountId,
        region,
        cluster: 'payments',
        ...machine,
        notJudged: { kind: 'too-young', because: 'it boots' },
      },
    ],
    retry: [{ ...machine, state: 'running', nodeNames: [], attempt: 0 }],
    opened: [],
    problems: [],
  };
  const audit = auditOf([judged(node(1), failed)], { cluster: clusterIn(place, 'payments') });
  const result = () => clusterJson(audit, { controls: [clientCa] });

  expect(await store.answer(item)).toBeUndefined();
  expect(await store.result(item)).toBeUndefined();
  expect([await store.putResult(item, result()), await store.putResult(item, result())]).toEqual([true, false]);
  await store.putPage(item, ['<html>']);
  await store.putAnswer(answer);
  expect(await store.answer(item)).toEqual(answer);
  expect(await store.result(item)).toMatchObject({
    auditedAt: audit.auditedAt,
    nodes: [{ node: { key: node(1).key } }],
  });
  expect(store.pageAddress(item)).toBe(
    `s3://${bucket}/sweeps/2026-11-28/1415/results/${accountId}/${region}/payments/1.html`,
  );
  expect(keys()).toEqual(
    ['answers/#.json', 'results/#.html', 'results/#.json.gz'].map(
      (key) => `sweeps/2026-11-28/1415/${key.replace('#', `${accountId}/${region}/payments/1`)}`,
    ),
  );
});

it('lets a run take over what sweeps have opened, and clears it under their own key', async () => {
  const { keys, objects } = newBucket(lab);
  const [runs, sweeps] = [s3RunMemory(objects, { log: silentLog }), s3SweepMemory(objects, { log: silentLog })];
  const key = 'kubelet-client-ca-file/node-group/managed/workers';
  const time = '2026-11-28T14:15:00.000Z';
  const opened = (revision: number): SweepMemory => ({
    version: 1,
    revision,
    opened: { [key]: { revision, status: 'fail', listed: time, at: time, machines: {}, announced: revision } },
  });
  expect(await sweeps.write(place, 'payments', opened(1), {})).toBe(true);
  expect(await sweeps.write(place, 'payments', opened(1), {})).toBe(false);

  const memory = withSweeps(runs, sweeps);
  // No run has seen this cluster yet.
  expect(await Array.fromAsync(memory.clusters(place))).toEqual(['payments']);
  expect(await Array.fromAsync(memory.everyCluster())).toEqual([{ accountId, region, cluster: 'payments' }]);
  const read = await memory.read(place, 'payments');
  expect(read.value).toMatchObject({ findings: { [key]: { status: 'fail', listed: time, announced: 'opened' } } });

  // A sweep opens something more before the run writes.
  await sweeps.write(place, 'payments', opened(2), await sweeps.read(place, 'payments'));
  const value = missingMemory(new Date(time));
  expect(await memory.write(place, 'payments', value, read)).toBe(false);
  expect(await memory.write(place, 'payments', value, await memory.read(place, 'payments'))).toBe(true);
  expect((await runs.read(place, 'payments')).value).toMatchObject({ sweeps: 2 });
  expect((await sweeps.read(place, 'payments')).value).toEqual({ version: 1, revision: 2, opened: {} });
  expect(keys()).toEqual([
    'memory/111122223333/eu-west-1/payments.json',
    'memory/sweep/111122223333/eu-west-1/payments.json',
  ]);

  const ended = { ...value, gone: true } as const;
  const last = await memory.read(place, 'payments');
  await sweeps.write(place, 'payments', opened(3), await sweeps.read(place, 'payments'));
  expect(await memory.write(place, 'payments', ended, last)).toBe(false);
  expect(await memory.write(place, 'payments', ended, await memory.read(place, 'payments'))).toBe(true);
  expect(keys()).toEqual(['memory/gone/111122223333/eu-west-1/payments.json']);
  // A new cluster of that name begins with the first revision of sweeps.
  await sweeps.write(place, 'payments', opened(1), {});
  expect((await memory.read(place, 'payments')).value?.findings).not.toEqual({});
});
