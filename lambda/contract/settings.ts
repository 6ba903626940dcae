import * as z from 'zod/mini';
import { accountPattern, regionPattern, unitPattern } from './patterns.ts';

/** How kubelets are read; `tls` proves one setting only. */
export const sourceNames = ['direct', 'configz', 'ssm', 'tls'] as const;
export type SourceName = (typeof sourceNames)[number];

/** The sources that dial the nodes themselves: only a function in their network can. */
export const diallingSources: readonly SourceName[] = ['direct', 'tls'];

/** What one finding is about. A node group is what one remedies together, and what survives autoscaling: the default. */
export const scopes = ['node-group', 'node', 'cluster'] as const;
export type Scope = (typeof scopes)[number];

/** What is meant where nothing is written. */
export const settingDefaults = {
  sources: ['configz', 'ssm'],
  scope: 'node-group',
  complete: false,
  everySource: false,
  maxConcurrentNodes: 20,
  nodeTimeout: '10s',
} as const;

/** A string of this pattern, or `error`. */
export const matching = (pattern: RegExp, error: string) => z.string({ error }).check(z.regex(pattern, { error }));

/**
 * A rule of our own that a JSON Schema can say in part: `json` goes into the schema of the settings' file (docs/schema/deployment-1.json), so that an
 * editor marks most of what would be refused.
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
export const region = matching(regionPattern, 'not a Region; write it as eu-west-1');
export const unit = matching(
  unitPattern,
  'not an organizational unit; write its id as ou-ab12-11111111, or the id of the root, r-ab12, for the whole organization',
);

const durationPattern = /^(\d{1,6})(ms|s|m)$/;
const notNodes = { error: 'not a whole number from 1 to 100' };
const notTimeout = { error: 'not a duration from 100ms to 5m; write it as 10s' };

/**
 * The settings that a deployment, the environment of its functions and the command line share: one reading for all three. Each part of a deployment
 * that this takes is taken by every function too, since the words of the environment are read by the same schema.
 */
export const auditFields = {
  sources: eachOnce(z.enum(sourceNames, { error: `not a source; one of ${sourceNames.join(', ')}` })).check(
    z.minLength(1, { error: 'nothing would be read; name configz, ssm or both' }),
  ),
  scope: z.enum(scopes, { error: `not a scope; one of ${scopes.join(', ')}` }),
  /** Whether controls are looked at, too, that only the machine itself shows: SSM is then asked for every node. */
  complete: z.boolean(),
  everySource: z.boolean(),
  /** Kubelets that are read at once in one cluster. */
  maxConcurrentNodes: z.int(notNodes).check(z.minimum(1, notNodes), z.maximum(100, notNodes)),
  /** Deadline of one node, as `10s`. */
  nodeTimeout: z.string(notTimeout).check(
    rule((text: string) => durationMs(text) >= 100 && durationMs(text) <= 300_000, {
      ...notTimeout,
      json: { pattern: durationPattern.source },
    }),
  ),
  /** Every one that is enabled in an account when empty. */
  regions: eachOnce(region),
};

/** Why a complete audit is refused that could look at no machine: what nobody can see would be unknown for ever. */
export const nothingToComplete = 'only ssm sees the machine itself; add ssm to sources';

/** Why a control about the cluster itself is refused without the API server: it would be unknown for ever. */
export const noApiServer =
  'who holds nodes/proxy (4.1.10) is read from the API server; add direct or configz to sources';

/** Why a comparison of sources is refused that has nothing to compare: silence would look like agreement. */
export const nothingToCompare = 'it compares what sources read, and there is only one; add ssm or configz to sources';

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
