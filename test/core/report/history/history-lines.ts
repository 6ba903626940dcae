import type { HistoryLine } from '../../../../lambda/core/report/history/history-line.ts';

export type Open = HistoryLine['open'][number];

export const day = (number: number): string => `2026-11-${String(number).padStart(2, '0')}T05:00:00.000Z`;

/** A control with this standing on one node of a group. */
export const open = (group: string, standing: Open['standing'] = 'fail', control = 'ca'): Open => {
  return { control, group, standing, nodes: 1 };
};

/** What the run of a day in November says of the cluster blue, of which three nodes were read. */
export const line = (number: number, change: Partial<HistoryLine> = {}): HistoryLine => {
  const of = { run: `run-${number}`, startedAt: day(number), account: '111122223333', region: 'eu-west-1' };
  const seen = { status: 'done', complete: true, nodes: 3, unreadable: 0, open: [], moreOpen: 0 } as const;
  return { schemaVersion: 1, ...of, cluster: 'blue', ...seen, ...change };
};
