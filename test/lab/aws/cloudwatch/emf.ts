import { z } from 'zod';
import { isRecord } from '../../wire/is-record.ts';
import { jsonOf } from '../../wire/json-of.ts';

/** One value of one metric. CloudWatch distinguishes metrics by namespace, name and the exact set of their dimensions. */
export interface Datum {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly at: number;
  readonly value: number;
}

const text = z.string().min(1).max(1_024);
/** Source: CloudWatch user guide, "Specification: embedded metric format", its JSON schema and limits. */
const directives = z.object({
  Timestamp: z.int(),
  CloudWatchMetrics: z.array(
    z.object({
      Namespace: text.regex(/^(?!AWS\/)[^:][^\0]*$/),
      Dimensions: z.array(z.array(text.max(250)).min(1).max(30)).min(1),
      Metrics: z.array(z.object({ Name: text, Unit: z.string().optional() })).max(100),
    }),
  ),
});
const values = z.union([z.number(), z.array(z.number()).max(100)]);

const day = 24 * 60 * 60 * 1_000;

/** What CloudWatch Logs makes of a line of a function's log: nothing, or a value for each metric and each set of dimensions. */
export function metricsOfLine(line: string, now: number): readonly Datum[] {
  const root = jsonOf(line);
  const parsed = directives.safeParse(isRecord(root) ? root['_aws'] : undefined);
  if (!isRecord(root) || !parsed.success) return [];

  const { Timestamp: at, CloudWatchMetrics } = parsed.data;
  if (at < now - 14 * day || at > now + day / 12) return [];
  return CloudWatchMetrics.flatMap(({ Namespace: namespace, Dimensions, Metrics }) =>
    Dimensions.flatMap((names) => {
      const dimensions = z
        .record(z.string(), text)
        .safeParse(Object.fromEntries(names.map((name) => [name, root[name]])));
      if (!dimensions.success) return [];
      return Metrics.flatMap(({ Name: name }) => {
        const found = values.safeParse(root[name]);
        return (found.success ? [found.data].flat() : []).map((value) => ({
          namespace,
          name,
          dimensions: dimensions.data,
          at,
          value,
        }));
      });
    }),
  );
}
