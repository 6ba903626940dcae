import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ec2Client } from '../../../lambda/adapters/ec2/client.ts';
import { ec2Machines, launchTimes } from '../../../lambda/adapters/ec2/machines.ts';
import type { Result } from '../../../lambda/core/model/result.ts';
import type { SeenMachine } from '../../../lambda/core/run/sweeps/decide-sweep.ts';
import { type Lab, startLab } from '../../lab/lab.ts';

const place = { partition: 'aws', accountId: '111122223333', region: 'eu-central-1' };
const { signal } = new AbortController();
const minute = 60_000;
let now = Date.parse('2026-11-28T14:00:00.000Z');
let lab: Lab;

const machines = () => {
  const credentials = lab.addAccount(place.accountId);
  return ec2Machines({ client: () => ec2Client({ region: place.region, credentials: async () => credentials }) });
};
const idsOf = (found: Result<readonly SeenMachine[], unknown>) =>
  found.ok ? found.value.map(({ id }) => id) : found.error;
const put = (id: string, minutesAgo: number, tags: Readonly<Record<string, string>> = { 'eks:cluster-name': 'blue' }) =>
  lab.ec2.putInstance(place.accountId, place.region, { id, tags, launchedAt: now - minutesAgo * minute });

beforeAll(async () => {
  lab = await startLab({ clock: () => now });
  process.env['AWS_ENDPOINT_URL'] = lab.endpoint;
});
afterAll(async () => {
  delete process.env['AWS_ENDPOINT_URL'];
  await lab.close();
});

describe('ec2Machines', () => {
  it('asks for machines of any cluster that were launched since a time, so that what was there before costs nothing', async () => {
    put('i-00000001', 3 * 24 * 60);
    put('i-00000002', 10);
    put('i-00000003', 10, { 'kubernetes.io/cluster/green': 'owned' });
    put('i-00000004', 10, { Name: 'not of a cluster' });

    const since = new Date(now - 15 * minute);
    expect(idsOf(await machines().launched(place, { since, until: new Date(now) }, signal))).toEqual([
      'i-00000002',
      'i-00000003',
    ]);
  });

  it('lists what was terminated for an hour, with the reason, and by its id also where its tags are gone', async () => {
    put('i-00000011', 30);
    put('i-00000012', 30);
    lab.ec2.terminateInstance(place.accountId, place.region, 'i-00000011');
    lab.ec2.terminateInstance(place.accountId, place.region, 'i-00000012', {
      code: 'Server.SpotInstanceTermination',
      tagsForMs: 0,
    });
    now += minute;

    expect(await machines().ended(place, signal)).toMatchObject({
      ok: true,
      value: [
        {
          id: 'i-00000011',
          state: 'terminated',
          launchedAt: '2026-11-28T13:30:00.000Z',
          ended: { at: '2026-11-28T14:00:00.000Z', because: 'Client.UserInitiatedShutdown: User initiated shutdown' },
        },
      ],
    });
    expect(await machines().byId(place, ['i-00000012', 'i-00000099'], signal)).toMatchObject({
      ok: true,
      value: [{ id: 'i-00000012', ended: { because: 'Server.SpotInstanceTermination: Spot instance termination' } }],
    });

    now += 60 * minute;
    expect(idsOf(await machines().byId(place, ['i-00000011', 'i-00000012'], signal))).toEqual([]);
  });
});

it('looks up as many ids as one filter takes in one request', async () => {
  const ids = Array.from({ length: 450 }, (_, index) => `i-${(0x2000 + index).toString(16).padStart(8, '0')}`);
  for (const id of ids) put(id, 24 * 60, {});
  const before = lab.calls.length;
  expect(idsOf(await machines().byId(place, ids, signal))).toHaveLength(450);
  // The clock of the lab is not ours, so each request is signed twice.
  expect(lab.calls.slice(before).filter(({ status }) => status === 200)).toHaveLength(3);
});

describe('launchTimes', () => {
  it.each([
    [20, '14:05', '2026-11-28T13:45*', '2026-11-28T14:05*', 21],
    [5 * 60, '14:05', '2026-11-28T09:0*', '2026-11-28T14:0*', 31],
    [40 * 60, '14:05', '2026-11-26T22*', '2026-11-28T14*', 41],
    [900 * 24 * 60, '14:05', '2026-09-30*', '2026-11-28*', 60],
  ])('covers %i minutes with few values, at most the last 60 days', (minutes, at, first, last, count) => {
    const until = new Date(`2026-11-28T${at}:30.000Z`);
    const values = launchTimes(new Date(until.getTime() - minutes * minute), until);
    expect([values[0], values.at(-1), values.length]).toEqual([first, last, count]);
  });
});
