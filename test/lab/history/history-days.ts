import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { waiversFile } from '../../../lambda/contract/names.ts';
import { type HistoryEstate, place } from './history-estate.ts';

/** One run of the history, and what happened before it. */
export interface HistoryDay {
  readonly name: string;
  /** Since the run before. */
  readonly days: number;
  readonly happened: string;
  readonly change?: (estate: HistoryEstate, folder: string) => Promise<void> | void;
  /** Sweeps of an afternoon of the day before, a quarter of an hour apart, and what happens between them. */
  readonly afternoon?: readonly ((estate: HistoryEstate) => void)[];
}

const day = 86_400_000;

/** A week, the day after it, a month later, and a day on which somebody tries to hide a failure. `folder` is where the deployment's files lie. */
export const historyDays: readonly HistoryDay[] = [
  {
    name: 'Monday',
    days: 0,
    happened: 'the first run: four node groups of two clusters, two controls, everything passes',
    change: (estate) => {
      estate.add('payments', 'workers', ['pay-1', 'pay-2', 'pay-3']);
      estate.add('payments', 'legacy', ['old-1']);
      estate.add('shop', 'web', ['web-1', 'web-2']);
      estate.add('shop', 'batch', ['batch-1']);
    },
  },
  {
    name: 'Tuesday',
    days: 1,
    happened: 'autoscaling has replaced nodes that pass',
    change: (estate) => {
      estate.remove('payments', ['pay-3']);
      estate.add('payments', 'workers', ['pay-4', 'pay-5']);
    },
  },
  {
    name: 'Wednesday',
    days: 1,
    happened: 'a new node of payments/workers has no client CA',
    change: (estate) => estate.become('payments', ['pay-5'], 'without a client CA'),
  },
  {
    name: 'Thursday',
    days: 1,
    happened: 'an analyst took note; no kubelet of shop/web answers: what was proved is held',
    change: async (estate) => {
      await estate.analyse({
        Workflow: { Status: 'NOTIFIED' },
        Note: { Text: 'TICKET-17', UpdatedBy: 'analyst' },
        UserDefinedFields: { team: 'payments' },
      });
      estate.become('shop', ['web-1', 'web-2'], 'silent');
    },
  },
  { name: 'Friday', days: 1, happened: 'everything is as it was: still failing, still not answering' },
  {
    name: 'Saturday',
    days: 1,
    happened: 'payments/workers is fixed, shop/web answers again',
    change: (estate) => {
      estate.become('payments', ['pay-5'], 'good');
      estate.become('shop', ['web-1', 'web-2'], 'good');
    },
  },
  {
    name: 'Sunday',
    days: 1,
    happened: 'shop/batch is gone; payments/legacy fails, which somebody has accepted for 20 days',
    change: (estate, folder) => {
      estate.remove('shop', ['batch-1']);
      estate.become('payments', ['old-1'], 'without a client CA');
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, waiversFile), waiver(new Date(Date.now() + 20 * day)));
    },
  },
  {
    name: 'Monday',
    days: 1,
    happened: 'shop/batch is back',
    change: (estate) => estate.add('shop', 'batch', ['batch-2']),
  },
  { name: 'Tuesday', days: 1, happened: 'nothing' },
  {
    name: 'a month later',
    days: 31,
    happened: 'the waiver has expired; the rest is sent once more, before Security Hub deletes it',
  },
  {
    name: 'a hidden day',
    days: 1,
    happened: 'shop/web loses its client CA, and somebody of the account switches Security Hub off',
    change: (estate) => {
      estate.become('shop', ['web-1', 'web-2'], 'without a client CA');
      estate.lab.securityHub.disable(place.accountId, place.region);
    },
  },
  {
    name: 'the day after',
    days: 1,
    happened: 'Security Hub is on again and empty; now no kubelet of shop/web answers',
    change: (estate) => {
      estate.lab.securityHub.enable(place.accountId, place.region);
      estate.become('shop', ['web-1', 'web-2'], 'silent');
    },
  },
  {
    name: 'it is fixed',
    days: 1,
    happened: 'shop/web answers again, with a client CA',
    change: (estate) => estate.become('shop', ['web-1', 'web-2'], 'good'),
  },
  {
    name: 'a bad template',
    days: 1,
    happened:
      'for two hours of the afternoon a launch template made nodes of shop/batch without a client CA; none is left',
    afternoon: badTemplate(),
  },
];

/** A node each quarter of an hour for two hours, each of which lives for 50 minutes: between two runs, and seen by none. */
function badTemplate(): readonly ((estate: HistoryEstate) => void)[] {
  const nodes = Array.from({ length: 8 }, (_, index) => `burst-${index + 1}`);
  const quiet = () => undefined;
  return [
    quiet,
    ...Array.from({ length: 12 }, (_, quarter) => (estate: HistoryEstate) => {
      const [begins, ends] = [nodes[quarter], nodes[quarter - 3]];
      if (begins !== undefined) estate.launch('shop', 'batch', [begins], 'without a client CA');
      if (ends !== undefined) estate.terminate('shop', [ends]);
    }),
    quiet,
  ];
}

const waiver = (expires: Date): string => `waivers:
  - control: kubelet-client-ca-file
    cluster: payments
    nodeGroup: legacy
    reason: replaced next month, TICKET-18
    owner: team-payments
    expires: ${expires.toISOString().slice(0, 10)}
`;
