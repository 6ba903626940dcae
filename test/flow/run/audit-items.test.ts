import { describe, expect, it } from 'vitest';
import { ok } from '../../../lambda/core/model/result.ts';
import { itemName, type RunItem } from '../../../lambda/core/run/item.ts';
import { auditItems } from '../../../lambda/flow/run/audit-item.ts';
import { fakeHub } from '../../fakes/hub.ts';
import { FakeOrganization } from '../../fakes/organization.ts';
import { itemOptions } from './item-options.ts';

const options = { ...itemOptions, publish: false };

const names = Array.from({ length: 40 }, (_, index) => `c${index}`);
const items = names.map(
  (cluster): RunItem => ({ kind: 'cluster', partition: 'aws', accountId: '1', region: 'eu-west-1', cluster }),
);
const hub = () => fakeHub(new FakeOrganization().add('1', { 'eu-west-1': names }), { nodes: ok([]) });

describe('auditItems', () => {
  it('gives one result an item, in order, although one of them fails', async () => {
    const ports = hub();
    ports.organization.problems.set('1/eu-west-1/c1', new TypeError('boom'));
    const results = await Array.fromAsync(auditItems(ports, { items }, options));

    expect(results.map(({ answer }) => itemName(answer.item))).toEqual(items.map(itemName));
    expect(results.map(({ answer }) => answer.status).filter((each) => each !== 'done')).toEqual(['failed']);
  });

  it('audits no more than 8 at once', async () => {
    const ports = hub();
    await Array.fromAsync(auditItems(ports, { items }, options));
    expect(ports.organization.mostAtOnce).toBe(8);
  });

  it('runs no further ahead than 16 of the caller that takes the results', async () => {
    const ports = hub();
    const results = auditItems(ports, { items }, options)[Symbol.asyncIterator]();
    await results.next();
    for (let turn = 0; turn < 100; turn += 1) await new Promise(setImmediate);

    expect(ports.organization.asked.length).toBeLessThanOrEqual(17);
    await results.return?.();
  });

  it('begins nothing new when it is aborted', async () => {
    const ports = hub();
    const abort = new AbortController();
    const done: string[] = [];
    for await (const { answer } of auditItems(ports, { items }, { ...options, signal: abort.signal })) {
      done.push(itemName(answer.item));
      abort.abort();
    }
    expect(done.length).toBeLessThanOrEqual(17);
    expect(done).toEqual(items.slice(0, done.length).map(itemName));
  });
});
