import * as z from 'zod/mini';
import { accountPattern, clusterPattern, regionPattern } from '../../contract/patterns.ts';
import type { Model } from '../model/node-facts.ts';
import { byText, shortHash } from '../model/text/words.ts';

/** A place that comes from outside, as an event or an object. It becomes part of S3 keys and logs, so nothing in it may lead out of them. */
export const place = {
  partition: z.string().check(z.regex(/^aws[a-z-]*$/)),
  accountId: z.string().check(z.regex(accountPattern)),
  region: z.string().check(z.regex(regionPattern)),
};
export const clusterName = {
  cluster: z.string().check(z.regex(clusterPattern)),
  /** Other Regions of the account with a cluster of this name. */
  namesakes: z.optional(z.array(place.region).check(z.maxLength(100))),
};

/**
 * What one invocation audits. A `cluster`; or a `region`, the account's Region as a whole: findings of clusters that are gone from its complete list are
 * archived. There is none where no cluster is and nothing is left of one (`Discovery.empty`).
 */
export const runItem = z.discriminatedUnion('kind', [
  z.object({
    ...place,
    kind: z.literal('cluster'),
    ...clusterName,
    /** Keys of the only nodes that are read and judged. A part of a cluster is never published, and no item of a run. */
    nodes: z.optional(z.array(z.string().check(z.maxLength(512))).check(z.minLength(1), z.maxLength(1_000))),
  }),
  z.object({ ...place, kind: z.literal('region'), cluster: z.optional(z.undefined()) }),
]);
export type RunItem = Model<typeof runItem>;
export type ClusterItem = RunItem & { readonly kind: 'cluster' };

/** `111122223333/eu-west-1/payments`, or `111122223333/eu-west-1` for the Region: how logs, keys and messages name it. */
export const itemName = (item: RunItem): string =>
  [item.accountId, item.region, ...(item.kind === 'cluster' ? [item.cluster] : [])].join('/');

/** In an order that only the items' names decide, the same in each run. It spreads each account's items, so that its rates aren't hit all at once. */
export const shuffled = (items: readonly RunItem[]): readonly RunItem[] =>
  items.toSorted(byText((item) => shortHash(itemName(item))));

/** The name of the execution that the schedule starts at this time, and so the run's id: `20261125T050000Z`. Names of executions have no colon. */
export const executionName = (scheduledAt: Date): string =>
  `${scheduledAt.toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
