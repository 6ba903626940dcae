import { beforeEach, expect, it } from 'vitest';
import { eventBridge, eventBridgeClient } from '../../lambda/adapters/event-bus.ts';
import { ManualClock } from '../fakes/manual-clock.ts';
import { labOfFile } from '../lab/lab-of-file.ts';

const region = 'eu-west-1';
const lab = await labOfFile();
/** One of its own for each test. */
let accountId = '300000000000';

beforeEach(() => {
  accountId = `${Number(accountId) + 1}`;
  lab.addAccount(accountId);
  lab.faults.clear();
  lab.events.failEntries(() => undefined);
});
const calls = () => lab.calls.filter((call) => call.accountId === accountId);

const put = (count: number, words = '') => {
  const client = eventBridgeClient({ region, credentials: async () => lab.credentials(accountId) });
  const time = new Date('2026-11-25T05:00:00Z');
  const events = Array.from({ length: count }, (_, index) => ({
    type: 'Finding Opened',
    detail: { index, ...(words && { words }) },
    time,
  }));
  return eventBridge({ client, clock: new ManualClock() }).put(events);
};
const arrived = () => lab.events.events(accountId, region).map((each) => each.detail['index']);
const isOdd = (entry: Readonly<Record<string, unknown>>) => JSON.parse(String(entry['Detail'])).index % 2 === 1;

it('puts events on the default bus, in their order and ten a call', async () => {
  await put(23);

  expect(arrived()).toEqual(Array.from({ length: 23 }, (_, index) => index));
  expect(calls().map((call) => call.operation)).toEqual(['PutEvents', 'PutEvents', 'PutEvents']);
  expect(lab.events.events(accountId, region)[0]).toMatchObject({
    source: 'eks-kubelet-audit',
    'detail-type': 'Finding Opened',
    time: '2026-11-25T05:00:00Z',
  });
});

it('puts no more on the bus in one call than it takes, however long the events are', async () => {
  await put(9, 'x'.repeat(60_000));

  expect(arrived()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  expect(calls()).toHaveLength(3);
});

it('says that an event is lost which is larger than a call, and sends the others', async () => {
  const client = eventBridgeClient({ region, credentials: async () => lab.credentials(accountId) });
  const events = ['', 'x'.repeat(300_000), ''].map((words, index) => ({
    type: 'Finding Opened',
    detail: { index, words },
    time: new Date('2026-11-25T05:00:00Z'),
  }));
  await expect(eventBridge({ client, clock: new ManualClock() }).put(events)).rejects.toMatchObject({
    code: 'events-not-taken',
    message: expect.stringMatching(/did not take 1 of 3 events \(.*over the limit/),
  });
  expect(arrived()).toEqual([0, 2]);
});

it('makes no call when there is nothing to say', async () => {
  await put(0);
  expect(calls()).toEqual([]);
});

it('sends again what the bus did not take of a call, and nothing twice', async () => {
  let refusals = 6;
  lab.events.failEntries((entry) => (isOdd(entry) && refusals-- > 0 ? 'ThrottlingException' : undefined));
  await put(10);

  expect(arrived().toSorted()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(calls()).toHaveLength(3);
});

it('says how many were never taken, after it has sent the others', async () => {
  lab.events.failEntries((entry) => (isOdd(entry) ? 'InternalFailure' : undefined));

  await expect(put(12)).rejects.toMatchObject({
    code: 'events-not-taken',
    message: expect.stringMatching(/did not take 6 of 12 events \(InternalFailure/),
  });
  expect(arrived()).toEqual([0, 2, 4, 6, 8, 10]);
  expect(calls()).toHaveLength(8);
});

it('asks a bus that gives no answer only once, however many events there are, and names the right that is missing', async () => {
  lab.faults.inject('events:PutEvents', { kind: 'access-denied' });

  await expect(put(35)).rejects.toMatchObject({
    code: 'events-not-taken',
    message: expect.stringMatching(/35 of 35 events \(AccessDeniedException.*events:PutEvents/),
  });
  expect(calls()).toHaveLength(1);
});

it('counts as lost what was refused before a call without an answer, and all after it', async () => {
  let judged = 0;
  lab.events.failEntries((entry) => {
    judged += 1;
    // Ten entries, and three times again the five of them that are odd.
    if (judged === 25) lab.faults.inject('events:PutEvents', { kind: 'access-denied' });
    return isOdd(entry) ? 'InternalFailure' : undefined;
  });

  await expect(put(25)).rejects.toMatchObject({
    message: expect.stringMatching(/did not take 20 of 25 events \(InternalFailure/),
  });
  expect(arrived()).toEqual([0, 2, 4, 6, 8]);
});
