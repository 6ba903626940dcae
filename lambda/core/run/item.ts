import type { Place } from '../model.ts';

/**
 * What one invocation audits. A `cluster`; or a `region`, the account's Region as a whole: findings of clusters that are gone from its complete list are
 * archived. There is one for every account and Region that is audited, also where no cluster is.
 */
export type RunItem =
  | (Place & { readonly kind: 'cluster'; readonly cluster: string })
  | (Place & { readonly kind: 'region' });

/** `111122223333/eu-west-1/payments`, or `111122223333/eu-west-1` for the Region: how logs, keys and messages name it. */
export const itemName = (item: RunItem): string =>
  [item.accountId, item.region, ...(item.kind === 'cluster' ? [item.cluster] : [])].join('/');
