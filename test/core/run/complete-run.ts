import type { AuditedWith } from '../../../lambda/core/model/manifest.ts';
import type { Problem } from '../../../lambda/core/model/model.ts';
import type { ItemAnswer } from '../../../lambda/core/run/answer.ts';
import type { Discovery } from '../../../lambda/core/run/discovery.ts';
import type { RunItem } from '../../../lambda/core/run/item.ts';
import { RunTally, type Totals } from '../../../lambda/core/run/tally.ts';

/** A complete run to start from: one account, one Region, two clusters of ten nodes that pass one control. */

const place = { partition: 'aws', accountId: '111122223333', region: 'eu-west-1' };
export const blue: RunItem = { kind: 'cluster', ...place, cluster: 'blue' };
export const green: RunItem = { kind: 'cluster', ...place, cluster: 'green' };
export const region: RunItem = { kind: 'region', ...place };

export const discovery: Discovery = {
  runId: '20261125T050000Z',
  startedAt: '2026-11-25T05:00:00.000Z',
  accounts: 1,
  regions: 1,
  items: [blue, green, region],
  gaps: [],
  skipped: [],
};

/** What its manifest says but for its times. */
export const auditedWith: AuditedWith = {
  caller: { arn: 'arn:aws:sts::111122223333:assumed-role/EksKubeletAuditSummarise/eks-kubelet-audit-summarise' },
  settings: [{ name: 'scope', value: 'node-group', from: 'environment' }],
  sources: ['configz', 'ssm'],
  controls: { lookedAt: ['kubelet-client-ca-file'], leftOut: ['kubelet-config-mode'] },
};

export const problem: Problem = { code: 'throttled', message: 'EKS throttled every call', remedy: 'run it again' };

const passed = { pass: 10, fail: 0, warn: 0, unknown: 0, 'not-applicable': 0 };
const none = { pass: 0, fail: 0, warn: 0, unknown: 0, 'not-applicable': 0 };

export const answer = (item: RunItem, change: Partial<ItemAnswer> = {}): ItemAnswer => ({
  item,
  status: 'done',
  startedAt: '2026-11-25T05:01:00.000Z',
  finishedAt: '2026-11-25T05:01:30.000Z',
  nodes: item.kind === 'cluster' ? 10 : 0,
  unreadableNodes: 0,
  bootingNodes: 0,
  machinesWithoutKubelet: 0,
  gaps: [],
  complete: true,
  verdicts: item.kind === 'cluster' ? passed : none,
  controls: item.kind === 'cluster' ? { 'kubelet-client-ca-file': passed } : {},
  findings: {
    created: 1,
    updated: 2,
    reopened: 3,
    refreshed: 4,
    archived: 5,
    unchanged: 6,
    rejected: 0,
    notSent: 0,
  },
  problems: [],
  moreProblems: 0,
  ...change,
});

export const answers = [answer(blue), answer(green), answer(region)];

export function totalsOf(given: readonly ItemAnswer[], { items }: Pick<Discovery, 'items'> = discovery): Totals {
  const tally = new RunTally(items);
  for (const each of given) tally.add(each);
  return tally.totals();
}
