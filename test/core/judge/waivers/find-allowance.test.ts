import { describe, expect, it } from 'vitest';
import { findAllowance, findWaiver } from '../../../../lambda/core/judge/waivers/find-waiver.ts';
import type { Waiver } from '../../../../lambda/core/judge/waivers/waiver.ts';
import { arn } from '../../findings/compliant-audit.ts';

const allowance: Waiver = {
  control: 'cluster-proxy-holders',
  cluster: 'blue',
  nodeGroup: '*',
  holder: { kind: 'ServiceAccount', name: 'monitoring/agent-*' },
  reason: 'until it moves',
  owner: 'sre',
  expires: '2026-12-31',
};
const { holder: _holder, ...waiver } = allowance;
const cluster = { name: 'blue', arn };
const now = new Date('2026-11-24T05:00:00Z');
const mark = { until: '2026-12-31', by: 'sre', reason: 'until it moves' };
const holder = { kind: 'ServiceAccount', name: 'monitoring/agent-1' } as const;

describe('who may hold a right', () => {
  it('is whom an entry names, until its last day is past', () => {
    expect(findAllowance({ cluster, holder }, [allowance], now)).toEqual({ state: 'active', mark });
    const late = (at: string) => findAllowance({ cluster, holder }, [allowance], new Date(at))?.state;
    expect(late('2026-12-31T23:59:59.999Z')).toBe('active');
    expect(late('2027-01-01T00:00:00Z')).toBe('expired');
  });

  it('is told by the entry that holds longest', () => {
    const others = ['2026-01-01', '2027-01-01', '2026-06-01'].map((expires) => ({ ...allowance, expires }));
    expect(findAllowance({ cluster, holder }, others, now)?.mark.until).toBe('2027-01-01');
  });

  it.each<[string, Partial<Waiver>]>([
    ['of another kind', { holder: { kind: 'User', name: holder.name } }],
    ['of another name', { holder: { kind: 'ServiceAccount', name: 'monitoring/other' } }],
    ['in another cluster', { cluster: 'green' }],
    ['in another account', { account: '999988887777' }],
    ['in another Region', { region: 'eu-west-2' }],
  ])('is nobody %s', (_what, change) => {
    expect(findAllowance({ cluster, holder }, [{ ...allowance, ...change }], now)).toBeUndefined();
  });

  it('is whom an entry of this account and Region names, and none of a cluster that has neither', () => {
    const here = { ...allowance, account: arn.accountId, region: arn.region };
    expect(findAllowance({ cluster, holder }, [here], now)?.state).toBe('active');
    for (const only of [{ account: arn.accountId }, { region: arn.region }])
      expect(findAllowance({ cluster: { name: 'blue' }, holder }, [{ ...allowance, ...only }], now)).toBeUndefined();
  });

  it('is nobody whom a waiver without a holder may mean, nor is such an entry a waiver', () => {
    expect(findAllowance({ cluster, holder }, [waiver], now)).toBeUndefined();
    const question = { control: 'cluster-proxy-holders', cluster };
    expect(findWaiver(question, [allowance], now)).toBeUndefined();
    expect(findWaiver(question, [waiver], now)).toEqual({ state: 'active', mark });
  });
});

describe('a waiver', () => {
  const question = { control: 'cluster-proxy-holders', cluster };

  it('that names a node group is not about the cluster itself', () => {
    expect(findWaiver(question, [{ ...waiver, nodeGroup: 'workers' }], now)).toBeUndefined();
    expect(findWaiver(question, [{ ...waiver, nodeGroup: 'S*' }], now)).toBeUndefined();
    expect(findWaiver(question, [{ ...waiver, nodeGroupKind: 'managed' }], now)).toBeUndefined();
  });

  it('that names a kind is about every node group of that kind', () => {
    const of = (kind: 'managed' | 'karpenter') =>
      findWaiver({ ...question, group: { kind, name: 'workers' } }, [{ ...waiver, nodeGroupKind: 'karpenter' }], now)
        ?.state;
    expect(of('karpenter')).toBe('active');
    expect(of('managed')).toBeUndefined();
  });
});
