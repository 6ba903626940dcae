import { z } from 'zod';
import { type Datum, metricsOfLine } from './emf.ts';

const dimensions = z.array(z.object({ Name: z.string(), Value: z.string() })).default([]);
const statistics = z.enum(['Sum', 'Maximum']);

const metricStat = z.object({
  Namespace: z.string(),
  MetricName: z.string(),
  Dimensions: dimensions,
  Period: z.int(),
  Statistic: statistics,
});
type MetricStat = z.infer<typeof metricStat>;

const query = z.object({
  Id: z.string(),
  Expression: z.string().optional(),
  MetricStat: z
    .object({
      Metric: z.object({ Namespace: z.string(), MetricName: z.string(), Dimensions: dimensions }),
      Period: z.int(),
      Stat: statistics,
    })
    .optional(),
  Period: z.int().optional(),
  ReturnData: z.boolean().default(true),
});

const actions = z.array(z.string()).default([]);
const alarmSchema = z.object({
  AlarmName: z.string(),
  AlarmDescription: z.string(),
  ActionsEnabled: z.boolean().default(true),
  AlarmActions: actions,
  OKActions: actions,
  InsufficientDataActions: actions,
  ComparisonOperator: z.enum([
    'GreaterThanOrEqualToThreshold',
    'GreaterThanThreshold',
    'LessThanThreshold',
    'LessThanOrEqualToThreshold',
  ]),
  Threshold: z.number(),
  EvaluationPeriods: z.int(),
  DatapointsToAlarm: z.int().optional(),
  TreatMissingData: z.enum(['breaching', 'notBreaching', 'ignore']),
  Metrics: z.array(query).optional(),
  Namespace: z.string().optional(),
  MetricName: z.string().optional(),
  Dimensions: dimensions,
  Period: z.int().optional(),
  Statistic: statistics.optional(),
});
type Alarm = z.infer<typeof alarmSchema>;

export type AlarmState = 'INSUFFICIENT_DATA' | 'OK' | 'ALARM';

/** A change of state, as the e-mail of an SNS topic describes it. */
export type AlarmMail = { readonly topic: string; readonly subject: string; readonly text: string };

/** CloudWatch of one account's Region: metrics from lines of logs and from AWS's own services, and alarms on them. */
export class CloudWatch {
  readonly #clock: () => number;
  readonly #region: string;
  readonly #data = new Map<string, Datum[]>();
  readonly #alarms = new Map<string, { readonly alarm: Alarm; state: AlarmState }>();

  constructor({ clock, region }: { readonly clock: () => number; readonly region: string }) {
    this.#clock = clock;
    this.#region = region;
  }

  takeLogs(lines: readonly string[]): void {
    for (const datum of lines.flatMap((line) => metricsOfLine(line, this.#clock()))) this.put(datum);
  }

  /** A value that an AWS service counts on its own. */
  put(datum: Omit<Datum, 'at'> & { readonly at?: number }): void {
    const key = keyOf(datum);
    const known = this.#data.get(key) ?? [];
    this.#data.set(key, [...known, { at: this.#clock(), ...datum }]);
  }

  /** As CloudFormation makes them: nothing is known of a new alarm yet. */
  deploy(alarms: readonly unknown[]): void {
    for (const properties of alarms) {
      const alarm = alarmSchema.parse(properties);
      this.#alarms.set(alarm.AlarmName, { alarm, state: 'INSUFFICIENT_DATA' });
    }
  }

  state(name: string): AlarmState | undefined {
    return this.#alarms.get(name)?.state;
  }

  /** Evaluates every alarm now. Each change is sent to those of its actions that belong to the new state. */
  evaluate(): readonly AlarmMail[] {
    return [...this.#alarms.values()].flatMap((each) => {
      const state = this.#evaluated(each.alarm, each.state);
      if (state === each.state) return [];
      each.state = state;
      return this.#mailsOf(each.alarm, state);
    });
  }

  /** The last `EvaluationPeriods` whole periods (user guide, "Configuring how CloudWatch alarms treat missing data"); no data is late here. */
  #evaluated(alarm: Alarm, before: AlarmState): AlarmState {
    const { EvaluationPeriods: count, DatapointsToAlarm: needed = count, TreatMissingData: missing } = alarm;
    const period = periodOf(alarm) * 1_000;
    const end = Math.floor(this.#clock() / period) * period;
    const values = Array.from({ length: count }, (_, index) => this.#valueOf(alarm, end - (index + 1) * period));

    const present = values.filter((value) => value !== undefined);
    if (missing === 'ignore' && present.length < count)
      return present.some(breaches(alarm)) ? 'ALARM' : present.length > 0 ? 'OK' : before;
    const breaching = values.filter((value) =>
      value === undefined ? missing === 'breaching' : breaches(alarm)(value),
    );
    return breaching.length >= needed ? 'ALARM' : 'OK';
  }

  #valueOf(alarm: Alarm, from: number): number | undefined {
    if (!alarm.Metrics) return this.#statistic(metricStat.parse(alarm), from);

    const queries = new Map(alarm.Metrics.map((each) => [each.Id, each]));
    const value = (id: string): number | undefined => {
      const found = queries.get(id);
      if (!found) throw new Error(`the alarm ${alarm.AlarmName} has no metric '${id}'`);
      if (found.Expression !== undefined) return filledSum(found.Expression, value);
      const { Metric, Stat, Period } = found.MetricStat ?? {};
      return this.#statistic(metricStat.parse({ ...Metric, Statistic: Stat, Period }), from);
    };
    const returned = alarm.Metrics.filter((each) => each.ReturnData);
    if (returned.length !== 1) throw new Error(`the alarm ${alarm.AlarmName} returns ${returned.length} series`);
    return value(returned[0]?.Id ?? '');
  }

  #statistic({ Namespace, MetricName, Dimensions, Period, Statistic }: MetricStat, from: number): number | undefined {
    const key = keyOf({
      namespace: Namespace,
      name: MetricName,
      dimensions: Object.fromEntries(Dimensions.map(({ Name, Value }) => [Name, Value])),
    });
    const values = (this.#data.get(key) ?? [])
      .filter(({ at }) => at >= from && at < from + Period * 1_000)
      .map(({ value }) => value);
    return values.length === 0 ? undefined : statisticOf[Statistic](values);
  }

  #mailsOf(alarm: Alarm, state: AlarmState): readonly AlarmMail[] {
    const topics = { ALARM: alarm.AlarmActions, OK: alarm.OKActions, INSUFFICIENT_DATA: alarm.InsufficientDataActions };
    return (alarm.ActionsEnabled ? topics[state] : []).map((topic) => ({
      topic,
      subject: `${state}: "${alarm.AlarmName}" in ${this.#region}`,
      text: `Alarm Details:\n- Name: ${alarm.AlarmName}\n- Description: ${alarm.AlarmDescription}\n- State Change: -> ${state}`,
    }));
  }
}

const keyOf = ({ namespace, name, dimensions }: Pick<Datum, 'namespace' | 'name' | 'dimensions'>): string =>
  JSON.stringify([namespace, name, Object.entries(dimensions).toSorted()]);

/** A sum of `FILL(id, number)`: every metric math expression that an alarm here has. */
const filledSum = (expression: string, datapoint: (id: string) => number | undefined): number =>
  expression.split(' + ').reduce((sum, term) => {
    const [, id = '', filling] = /^FILL\((\w+), (\d+)\)$/.exec(term) ?? [];
    if (filling === undefined) throw new Error(`the lab does not know the expression '${expression}'`);
    return sum + (datapoint(id) ?? Number(filling));
  }, 0);

const statisticOf: Readonly<Record<z.infer<typeof statistics>, (values: readonly number[]) => number>> = {
  Sum: (values) => values.reduce((sum, value) => sum + value, 0),
  Maximum: (values) => Math.max(...values),
};

const periodOf = ({ AlarmName, Period, Metrics = [] }: Alarm): number => {
  const found = Period ?? Metrics.find((each) => each.MetricStat)?.MetricStat?.Period;
  if (!found) throw new Error(`the alarm ${AlarmName} has no period`);
  return found;
};

const breaches =
  ({ ComparisonOperator: operator, Threshold: threshold }: Alarm) =>
  (value: number): boolean =>
    ({
      GreaterThanOrEqualToThreshold: value >= threshold,
      GreaterThanThreshold: value > threshold,
      LessThanThreshold: value < threshold,
      LessThanOrEqualToThreshold: value <= threshold,
    })[operator];
