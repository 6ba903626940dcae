import type { AuditedWith } from '../../../lambda/core/model/manifest.ts';
import type { Problem } from '../../../lambda/core/model/model.ts';
import type { ItemAnswer } from '../../../lambda/core/run/answer.ts';
import type { Coverage } from '../../../lambda/core/run/coverage.ts';
import type { Discovery } from '../../../lambda/core/run/discovery.ts';
import type { RunItem } from '../../../lambda/core/run/item.ts';
import { totalsOf as totals } from '../../../lambda/core/run/tally.ts';

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

const none = { pass: 0, fail: 0, warn: 0, unknown: 0, 'not-applicable': 0 };
const passed = { ...none, pass: 10 };
/** One number for each verdict. */
export const eachVerdict = { pass: 1, fail: 2, warn: 3, unknown: 4, 'not-applicable': 5 };
export const twice = { pass: 2, fail: 4, warn: 6, unknown: 8, 'not-applicable': 10 };

/** The coverage of a run in which everything was looked at. */
export const wholeCoverage: Coverage = {
  accounts: 1,
  regions: 1,
  clusters: { found: 2, audited: 2, gone: 0, failed: 0 },
  nodes: 20,
  unreadableNodes: 0,
  bootingNodes: 0,
  machinesWithoutKubelet: 0,
  failedItems: 0,
  complete: true,
  gaps: [],
  skipped: [],
};
/** Counts of findings, times a number. */
export const findingsTimes = (number: number) => ({
  created: number,
  updated: number * 2,
  reopened: number * 3,
  refreshed: number * 4,
  archived: number * 5,
  unchanged: number * 6,
  rejected: 0,
  notSent: 0,
});

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
  findings: findingsTimes(1),
  problems: [],
  moreProblems: 0,
  ...change,
});

export const answers = [answer(blue), answer(green), answer(region)];

export const totalsOf = (given: readonly ItemAnswer[], { items }: Pick<Discovery, 'items'> = discovery) =>
  totals(items, given);
