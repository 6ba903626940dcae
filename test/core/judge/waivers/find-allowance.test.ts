import { describe, expect, it } from 'vitest';
import { findAllowance, findWaiver } from '../../../../lambda/core/judge/waivers/find-waiver.ts';
import type { Waiver } from '../../../../lambda/core/judge/waivers/waiver.ts';
import { arn } from '../../findings/compliant-audit.ts';

const words = { reason: 'until it moves', owner: 'sre', expires: '2026-12-31' };
const waiver: Waiver = { control: 'cluster-proxy-holders', cluster: 'blue', nodeGroup: '*', ...words };
const allowance: Waiver = { ...waiver, holder: { kind: 'ServiceAccount', name: 'monitoring/agent-*' } };
const cluster = { name: 'blue', arn };
const now = new Date('2026-11-24T05:00:00Z');
const mark = { until: '2026-12-31', by: 'sre', reason: 'until it moves' };
const holder = { kind: 'ServiceAccount', name: 'monitoring/agent-1' } as const;

describe('who may hold a right', () => {
  const state = (waivers: readonly Waiver[], at = now) => findAllowance({ cluster, holder }, waivers, at)?.state;

  it('is whom an entry of this account and Region names, until its last day is past', () => {
    const here = { ...allowance, account: arn.accountId, region: arn.region };
    expect(findAllowance({ cluster, holder }, [here], now)).toEqual({ state: 'active', mark });
    expect(state([here], new Date('2027-01-01T00:00:00Z'))).toBe('expired');
  });

  it.each<[string, Partial<Waiver>]>([
    ['of another kind', { holder: { kind: 'User', name: holder.name } }],
    ['of another name', { holder: { kind: 'ServiceAccount', name: 'monitoring/other' } }],
    ['in another cluster', { cluster: 'green' }],
  ])('is nobody %s', (_what, change) => {
    expect(state([{ ...allowance, ...change }])).toBeUndefined();
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
    const ofKarpenter: Waiver = { ...waiver, nodeGroupKind: 'karpenter' };
    const of = (kind: 'managed' | 'karpenter') =>
      findWaiver({ ...question, group: { kind, name: 'workers' } }, [ofKarpenter], now)?.state;
    expect(of('karpenter')).toBe('active');
    expect(of('managed')).toBeUndefined();
  });
});
