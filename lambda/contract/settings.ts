import * as z from 'zod/mini';
import { accountPattern, regionPattern, unitPattern } from './patterns.ts';

/** How kubelets are read; `tls` and `wire` prove little, and need no credential. */
export const sourceNames = ['direct', 'configz', 'ssm', 'tls', 'wire'] as const;
export type SourceName = (typeof sourceNames)[number];

/** The sources that dial the nodes themselves: only a function in their network can. */
export const diallingSources: readonly SourceName[] = ['direct', 'tls', 'wire'];

/** The subject of a finding. The default is the node group: its nodes are fixed together, and it survives autoscaling. */
export const scopes = ['node-group', 'node', 'cluster'] as const;
export type Scope = (typeof scopes)[number];

/** A string of this pattern, or `error`. */
export const matching = (pattern: RegExp, error: string) => z.string({ error }).check(z.regex(pattern, { error }));

/**
 * A rule that a JSON Schema can express in part. Its `json` goes into the schema of the settings' file (docs/schema/deployment-1.json), so that an
 * editor marks most invalid values.
 */
export const rule = <Value>(
  holds: (value: Value) => boolean,
  { error, json }: { readonly error: string; readonly json: Readonly<Record<string, unknown>> },
) => z.refine<Value>(holds, { error, params: { json } });

/** A list that names nothing twice: CloudFormation refuses one that does, and an account named twice would be audited twice. */
export const eachOnce = <Item extends z.ZodMiniType>(item: Item, params: { readonly error?: string } = {}) =>
  z.array(item, params).check(
    rule((list: readonly unknown[]) => new Set(list).size === list.length, {
      error: 'something is in it twice',
      json: { uniqueItems: true },
    }),
  );

export const account = matching(accountPattern, 'not an account; write its 12 digits in quotes, as "111122223333"');
export const clusterArn = matching(
  /^arn:aws[a-z-]*:eks:[a-z0-9-]+:\d{12}:cluster\/[0-9A-Za-z][A-Za-z0-9_-]{0,99}$/,
  'not a cluster; write its ARN as arn:aws:eks:eu-west-1:111122223333:cluster/payments',
);
export const region = matching(regionPattern, 'not a Region; write it as eu-west-1');
export const unit = matching(
  unitPattern,
  'not an organizational unit; write its id as ou-ab12-11111111, or the id of the root, r-ab12, for the whole organization',
);

export const wholeNumber = (from: number, to: number) => {
  const error = `not a whole number from ${from} to ${to}`;
  return z.int({ error }).check(z.minimum(from, { error }), z.maximum(to, { error }));
};

const durationPattern = /^(\d{1,6})(ms|s|m)$/;
const notTimeout = { error: 'not a duration from 100ms to 5m; write it as 10s' };
export const timeout = z.string(notTimeout).check(
  rule((text: string) => durationMs(text) >= 100 && durationMs(text) <= 300_000, {
    ...notTimeout,
    json: { pattern: durationPattern.source },
  }),
);

/** How often sweeps come: EC2 lists a terminated machine for less than an hour, so 45 minutes are the most. */
export const sweepInterval = matching(/^([5-9]|[1-3]\d|4[0-5])m$/, 'not a time from 5m to 45m; write it as 15m');

/** Which accounts a run audits. */
export const accountScope = z.discriminatedUnion('kind', [
  /** The account of the hub alone. */
  z.strictObject({ kind: z.literal('own') }),
  /** These accounts, by their 12 digits; nothing is asked of AWS Organizations. */
  z.strictObject({ kind: z.literal('accounts'), accounts: z.readonly(z.array(account).check(z.minLength(1))) }),
  /** Every active account of the organization, or of these organizational units and all below them, but the excluded ones. */
  z.strictObject({
    kind: z.literal('organization'),
    units: z.readonly(z.array(unit)),
    exclude: z.readonly(z.array(account)),
  }),
]);
export type AccountScope = Readonly<z.infer<typeof accountScope>>;

/** `10s`, `500ms` or `1m` in milliseconds; NaN for anything else. */
export function durationMs(text: string): number {
  const [, number, unit] = durationPattern.exec(text) ?? [];
  const factors: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000 };
  return Number(number) * (factors[unit ?? ''] ?? Number.NaN);
}
