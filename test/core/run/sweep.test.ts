import { describe, expect, it } from 'vitest';
import { censusRecord } from '../../../lambda/core/run/census.ts';
import { sweepItemSchema, sweepState } from '../../../lambda/core/run/sweep.ts';

const time = '2026-11-28T14:15:00.000Z';
const place = { accountId: '111122223333', region: 'eu-west-1', cluster: 'blue' };
const machine = {
  instanceId: 'i-0123456789abcdef0',
  launchedAt: '2026-11-28T14:05:12Z',
  group: { kind: 'karpenter', name: 'spot' },
  nodeNames: ['ip-10-0-0-1.eu-west-1.compute.internal', 'i-0123456789abcdef0'],
  attempt: 0,
};
const item = { partition: 'aws', ...place, sweepAt: time, part: 1, machines: [{ ...machine, state: 'running' }] };
const { nodeNames: _, attempt: __, ...seen } = machine;
const line = { version: 1, sweepAt: time, ...place, ...seen };
const known = { ...place, ...machine, reading: 'wanted' };
const state = {
  version: 1,
  sweptAt: time,
  everyMinutes: 15,
  begunAt: time,
  runId: '20261128T050000Z',
  behind: [],
  newClusters: [],
  machines: [known],
  started: [item],
  records: [line],
};

describe.each([
  ['the item of a sweep', sweepItemSchema, item, { ...item, machines: item.machines[0] }],
  ['a line of the census', censusRecord, line, line],
  ['what sweeps remember', sweepState, state, known],
] as const)('%s', (what, schema, whole, part) => {
  /** The whole with another value in its machine, or in itself. */
  const withOther = (key: string, value: unknown): unknown => {
    const changed = JSON.stringify(whole).replaceAll(
      new RegExp(`"${key}":("[^"]*"|\\d+|\\[[^\\]]*\\])`, 'g'),
      () => `"${key}":${JSON.stringify(value)}`,
    );
    expect(changed, `${what} has ${key}`).not.toBe(JSON.stringify(whole));
    return JSON.parse(changed);
  };

  it('is taken as it is written', () => expect(schema.parse(whole)).toEqual(whole));

  it.each(
    [
      ['instanceId', ['x-i-01234567', 'i-0123456', 'i-0123456789abcdef01', 'i-01234567/', 'i-0123456G']],
      ['launchedAt', ['today', '2026-11-28T14:05:12', `x${time}`, `${time}x`, '2026-11-28T14:05:12.1Z']],
      ['sweepAt', [`x${time}`, `${time}x`]],
      ['accountId', ['1', '../x']],
      ['region', ['../x', '']],
      ['cluster', ['../x', '']],
      ['partition', ['xaws', 'aws/']],
      ['part', [0, 10_001, 1.5]],
      ['kind', ['x']],
      ['state', ['Running', '', 'a'.repeat(21), 'x;y']],
      ['nodeNames', [['-x'], ['x/y'], ['x'.repeat(254)], ['a', 'b', 'c', 'd']]],
      ['attempt', [-1, 4]],
      ['reading', ['x']],
      ['everyMinutes', [0, 61]],
    ].flatMap(([key, values]) => {
      const isHere = JSON.stringify([part, whole]).includes(`"${key}":`);
      return isHere ? (values as readonly unknown[]).map((value) => [key as string, value] as const) : [];
    }),
  )('is refused where its %s is %j', (key, value) => {
    expect(schema.safeParse(withOther(key, value)).success).toBe(false);
  });
});
