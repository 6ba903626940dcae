import { z } from 'zod';
import { metricDimensions, metricsNamespace } from '../../../lambda/contract/metrics.ts';
import { templatesOf } from '../../infra/synthesise.ts';
import { resolvedStack } from '../../lab/aws/cloud-formation/cloud-formation.ts';
import { CloudWatch } from '../../lab/aws/cloudwatch/cloudwatch.ts';
import { matchesPattern } from '../../lab/aws/events/event-pattern.ts';
import { transformed } from '../../lab/aws/events/input-transformer.ts';
import { accountId } from './estate.ts';

/** An event on the default bus of the hub's account. */
export interface BusEvent {
  readonly source: string;
  readonly account: string;
  readonly 'detail-type': string;
  readonly detail: object;
}

const rule = z.looseObject({
  EventPattern: z.record(z.string(), z.unknown()),
  Targets: z.array(
    z.looseObject({
      InputTransformer: z.object({ InputPathsMap: z.record(z.string(), z.string()), InputTemplate: z.string() }),
    }),
  ),
});

const hub = (() => {
  const template = templatesOf()['EksKubeletAudit'];
  if (!template) throw new Error('there is no hub');
  return resolvedStack({ template: template.toJSON(), accountId, region: 'eu-west-1' });
})();
const rules = hub
  .resources('AWS::Events::Rule')
  .map((each) => rule.safeParse(hub.resolve(each.properties)))
  .flatMap(({ data }) => data ?? []);
/** The alarms about what a run counts; the others watch that runs happen. */
const alarms = hub
  .resources('AWS::CloudWatch::Alarm')
  .map((each) => hub.resolve(each.properties))
  .filter((each) => ['NewGaps', 'FailedItems', 'Gaps'].includes(Object(each).MetricName));

/** What a person reads: the mails of the deployed rules and alarms. */
export class Mailbox {
  readonly #cloudwatch: CloudWatch;
  readonly #hearsEverybody: boolean;
  #now = 0;

  constructor(hearsEverybody = false) {
    this.#hearsEverybody = hearsEverybody;
    this.#cloudwatch = new CloudWatch({ clock: () => this.#now, region: 'eu-west-1' });
    this.#cloudwatch.deploy(alarms);
  }

  /** The mails that one event leads to. */
  ofEvent(event: BusEvent): readonly string[] {
    return rules
      .filter(({ EventPattern }) => {
        const { account: _, ...anybody } = EventPattern;
        return matchesPattern(this.#hearsEverybody ? anybody : EventPattern, event);
      })
      .flatMap(({ Targets }) => Targets.map(({ InputTransformer }) => transformed(InputTransformer, event)));
  }

  /** The mails of the alarms that change by what a run counted. */
  ofMetrics(metrics: Readonly<Record<string, number>>, now: number): readonly string[] {
    this.#now = now;
    for (const [name, value] of Object.entries(metrics))
      this.#cloudwatch.put({ namespace: metricsNamespace, name, dimensions: metricDimensions, value });
    this.#now = now + 5 * 60_000;
    return this.#cloudwatch.evaluate().map(({ subject, text }) => `${subject}\n${text}`);
  }
}
