import { afterEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { powertoolsMetrics } from '../../../../lambda/adapters/log.ts';
import { metricsNamespace, runMetrics, sweepMetric } from '../../../../lambda/contract/metrics.ts';
import { newGapsOf } from '../../../../lambda/core/run/new-gaps.ts';
import { metricsOf } from '../../../../lambda/core/run/tally.ts';
import { summaryOf } from '../../../../lambda/flow/run/run-summary.ts';
import { answer, answers, blue, discovery, problem, totalsOf } from '../../../core/run/complete-run.ts';
import { resolvedStack } from '../../../lab/aws/cloud-formation/cloud-formation.ts';
import { type AlarmMail, CloudWatch } from '../../../lab/aws/cloudwatch/cloudwatch.ts';
import { metricsOfLine } from '../../../lab/aws/cloudwatch/emf.ts';
import { matchesPattern } from '../../../lab/aws/events/event-pattern.ts';
import { transformed } from '../../../lab/aws/events/input-transformer.ts';
import { everyRemediation, everySetting, resourcesOf, stackOf, templatesOf } from '../../synthesise.ts';

// From what a run writes into its log to what a person reads: emitter, CloudWatch, alarm, e-mail.

const place = { accountId: '111122223333', region: 'eu-west-1' };
const hubOf = (settings: object = {}) =>
  resolvedStack({ template: stackOf('EksKubeletAudit', settings).toJSON(), ...place });

/** The lines that the function writes: by the program's own emitter. */
function linesOf(metrics: Readonly<Record<string, number>>): readonly string[] {
  const lines: string[] = [];
  const spy = vi.spyOn(process.stdout, 'write').mockImplementation((text) => lines.push(String(text)) > 0);
  powertoolsMetrics().publish(metrics, { runId: discovery.runId });
  spy.mockRestore();
  return lines;
}

const whole = metricsOf(summaryOf(discovery, totalsOf(answers), { benchmark: 'cis-eks-1.8.0', newGaps: 0 }));
const gap = { accountId: '111122223333', region: 'eu-west-1', problem };
const withGap = metricsOf(
  summaryOf({ ...discovery, gaps: [gap] }, totalsOf(answers), { benchmark: 'cis-eks-1.8.0', newGaps: 1 }),
);
const withFailedItem = metricsOf(
  summaryOf(
    discovery,
    totalsOf([answer(blue, { status: 'failed', complete: false, problems: [problem] }), ...answers.slice(1)]),
    { benchmark: 'cis-eks-1.8.0', newGaps: 1 },
  ),
);

const hour = 60 * 60_000;

/** A hub that was deployed at five, on a clock that is moved by hand; every five minutes CloudWatch looks at its alarms. */
function deployed(settings: object = {}) {
  let now = Date.parse('2026-11-25T05:00:00Z');
  vi.useFakeTimers({ toFake: ['Date'], now });
  const hub = hubOf(settings);
  const cloudwatch = new CloudWatch({ clock: () => now, region: place.region });
  cloudwatch.deploy(hub.resources('AWS::CloudWatch::Alarm').map((each) => hub.resolve(each.properties)));

  const mailsWithin = (hours: number): readonly AlarmMail[] => {
    const mails: AlarmMail[] = [];
    for (const end = now + hours * hour; now < end; ) {
      now += 5 * 60_000;
      vi.setSystemTime(now);
      mails.push(...cloudwatch.evaluate());
    }
    return mails;
  };
  const mailsOf = (event: object): readonly string[] =>
    rulesOf(hub)
      .filter(({ EventPattern }) => matchesPattern(EventPattern, event))
      .flatMap(({ Targets }) => Targets.map(({ InputTransformer }) => transformed(InputTransformer, event)));
  const machine = hub.resources('AWS::StepFunctions::StateMachine')[0];
  if (!machine) throw new Error('the hub has no state machine');
  return {
    mailsWithin,
    mailsOf,
    state: (name: string) => cloudwatch.state(`eks-kubelet-audit-${name}`),
    /** A run that was completed and wrote its metrics. */
    completed: (metrics: Readonly<Record<string, number>>) => cloudwatch.takeLogs(linesOf(metrics)),
    /** What a run with so many new gaps leads to. */
    gapsOpened(count: number): readonly string[] {
      const change = { ...gap, kind: 'opened', cluster: 'blue', nodeGroup: '', code: problem.code } as const;
      const changes = Array.from({ length: count }, () => ({ ...change, since: '', because: '', remedy: '' }));
      const detail = newGapsOf(changes, { runId: 'run', failedItems: 0, summary: '', report: '' });
      const event = { source: 'eks-kubelet-audit', account: place.accountId, 'detail-type': 'Gaps Opened', detail };
      return detail ? mailsOf(event) : [];
    },
    /** What Step Functions counts and reports of an execution that ended badly. */
    failed(status: 'FAILED' | 'TIMED_OUT' | 'ABORTED'): readonly string[] {
      const stateMachineArn = hub.arnOf(machine);
      const names = { FAILED: 'ExecutionsFailed', TIMED_OUT: 'ExecutionsTimedOut', ABORTED: 'ExecutionsAborted' };
      cloudwatch.put({
        namespace: 'AWS/States',
        name: names[status],
        dimensions: { StateMachineArn: stateMachineArn },
        value: 1,
      });
      const event = {
        source: 'aws.states',
        account: hub.resolve({ Ref: 'AWS::AccountId' }),
        'detail-type': 'Step Functions Execution Status Change',
        detail: { stateMachineArn, status, name: discovery.runId, error: 'States.TaskFailed' },
      };
      return mailsOf(event);
    },
  };
}

const rule = z.looseObject({
  EventPattern: z.record(z.string(), z.unknown()),
  Targets: z.array(
    z.looseObject({
      InputTransformer: z.object({ InputPathsMap: z.record(z.string(), z.string()), InputTemplate: z.string() }),
    }),
  ),
});
const rulesOf = (hub: ReturnType<typeof hubOf>) =>
  hub.resources('AWS::Events::Rule').map((each) => rule.parse(hub.resolve(each.properties)));

afterEach(() => void vi.useRealTimers());

describe('the alarms of the hub, fed by what runs write', () => {
  it('is quiet while runs complete every day', () => {
    const hub = deployed();
    hub.completed(whole);
    hub.mailsWithin(2);
    expect(hub.mailsWithin(22)).toEqual([]);
    hub.completed(whole);
    expect(hub.mailsWithin(23)).toEqual([]);
    for (const name of ['incomplete', 'failed-items', 'no-completed-run', 'run-failed'])
      expect(hub.state(name), name).toBe('OK');
  });

  it('reports once that no run was completed, and that it is over when one is', () => {
    const hub = deployed();
    hub.completed(whole);
    hub.mailsWithin(1);
    const mails = hub.mailsWithin(48);
    expect(mails).toEqual([
      {
        topic: expect.stringContaining('arn:aws:sns:'),
        subject: 'ALARM: "eks-kubelet-audit-no-completed-run" in eu-west-1',
        text: expect.stringContaining('What to do: docs/runbook.md#no-completed-run'),
      },
    ]);
    hub.completed(whole);
    hub.mailsWithin(1);
    expect(hub.state('no-completed-run')).toBe('OK');
  });

  it('is on from the deployment to the first run, and ends with it', () => {
    const hub = deployed();
    expect(hub.mailsWithin(1).map(({ subject }) => subject)).toEqual([
      'ALARM: "eks-kubelet-audit-no-completed-run" in eu-west-1',
    ]);
    hub.completed(whole);
    hub.mailsWithin(1);
    expect(hub.state('no-completed-run')).toBe('OK');
  });

  it('mails the new gaps of each run, also while the alarm is on, and shows by the alarm that there are some', () => {
    const hub = deployed();
    for (const [newGaps, state] of [
      [0, 'OK'],
      [1, 'ALARM'],
      [1, 'ALARM'],
      [0, 'OK'],
    ] as const) {
      hub.completed(newGaps > 0 ? withGap : whole);
      expect(hub.gapsOpened(newGaps).length).toBe(newGaps);
      // The alarm itself sends no mail: it would send none while it stays on.
      expect(hub.mailsWithin(1).filter(({ subject }) => subject.includes('incomplete'))).toEqual([]);
      expect(hub.state('incomplete')).toBe(state);
    }
  });

  it('shows by an alarm that items failed, and leaves the mail to the list of gaps', () => {
    const hub = deployed();
    hub.completed(withFailedItem);
    expect(hub.mailsWithin(1).filter(({ subject }) => subject.includes('failed-items'))).toEqual([]);
    expect(hub.state('failed-items')).toBe('ALARM');
  });

  it.each(['FAILED', 'TIMED_OUT', 'ABORTED'] as const)(
    'reports a run that ended as %s: the event by mail, the alarm by its state',
    (status) => {
      const hub = deployed();
      hub.completed(whole);
      hub.mailsWithin(1);
      const [text = '', ...others] = hub.failed(status);
      expect(others).toEqual([]);
      expect(text).toContain(`run ${discovery.runId} ended as ${status}, without a summary`);
      expect(text).toContain('What to do: docs/runbook.md#run-failed');
      expect(hub.mailsWithin(5 / 60)).toEqual([]);
      expect(hub.state('run-failed')).toBe('ALARM');
      hub.mailsWithin(1);
      expect(hub.state('run-failed')).toBe('OK');
    },
  );
});

const ended = (status: string, stateMachine = 'EksKubeletAudit') => ({
  source: 'aws.states',
  'detail-type': 'Step Functions Execution Status Change',
  detail: {
    executionArn: `arn:aws:states:eu-west-1:111122223333:execution:${stateMachine}:20261125T050000Z`,
    stateMachineArn: `arn:aws:states:eu-west-1:111122223333:stateMachine:${stateMachine}`,
    status,
  },
});

it.each([
  ['a run that is done', { source: 'eks-kubelet-audit', 'detail-type': 'Audit Completed', detail: {} }],
  ['an event of that name from another sender', { source: 'other', 'detail-type': 'Finding Opened', detail: {} }],
  ['a run that succeeded', ended('SUCCEEDED')],
  ['another state machine', ended('FAILED', 'Other')],
  ['an item, which is an execution too', ended('FAILED', 'EksKubeletAudit/AuditItems')],
])('the hub mails nothing of %s', (_, event) => {
  const { mailsOf } = deployed();
  expect(mailsOf({ account: place.accountId, ...ended('FAILED') })).toHaveLength(1);
  expect(mailsOf({ account: place.accountId, ...event })).toEqual([]);
});

describe('every metric that an alarm or a widget asks for is one that somebody emits', () => {
  const emitted = linesOf({ ...whole, [sweepMetric]: 1 }).flatMap((line) => metricsOfLine(line, Date.now()));
  /** What AWS's own services count, with the dimensions under which they do. */
  const ofAws: Readonly<Record<string, readonly string[]>> = {
    'AWS/States ExecutionsFailed': ['StateMachineArn'],
    'AWS/States ExecutionsTimedOut': ['StateMachineArn'],
    'AWS/States ExecutionsAborted': ['StateMachineArn'],
    'AWS/Lambda Errors': ['FunctionName'],
    'AWS/SQS ApproximateNumberOfMessagesVisible': ['QueueName'],
  };
  const keyOf = (namespace: string, name: string, dimensions: Readonly<Record<string, unknown>>) =>
    `${namespace} ${name} ${JSON.stringify(Object.entries(dimensions).toSorted())}`;
  const known = new Set(emitted.map((each) => keyOf(each.namespace, each.name, each.dimensions)));

  const asked = [{}, everySetting, everyRemediation].flatMap((settings) =>
    Object.entries(templatesOf(settings)).flatMap(([stack, template]) => {
      const alarms = resourcesOf(template, 'AWS::CloudWatch::Alarm').flatMap((each) => metricsOfAlarm(each.Properties));
      const bodies = resourcesOf(template, 'AWS::CloudWatch::Dashboard').map(({ Properties }) =>
        typeof Properties['DashboardBody'] === 'string'
          ? Properties['DashboardBody']
          : Object(Properties['DashboardBody'])
              ['Fn::Join'][1].map((part: unknown) => (typeof part === 'string' ? part : 'reference'))
              .join(''),
      );
      return [...alarms, ...bodies.flatMap((body) => metricsOfDashboard(body))].map((metric) => ({
        stack,
        ...metric,
      }));
    }),
  );

  it('asks for all that a run and a sweep say of themselves', () => {
    const names = new Set(asked.filter(({ namespace }) => namespace === metricsNamespace).map(({ name }) => name));
    expect([...names].toSorted()).toEqual([...runMetrics, sweepMetric].toSorted());
  });

  it.each(asked)('$stack: $namespace $name', ({ namespace, name, dimensions }) => {
    if (namespace === metricsNamespace) expect([...known]).toContain(keyOf(namespace, name, dimensions));
    else expect(Object.keys(dimensions)).toEqual(ofAws[`${namespace} ${name}`]);
  });
});

/** Each metric that an alarm names, also within its expressions. */
function metricsOfAlarm(properties: object) {
  const named: { readonly namespace: string; readonly name: string; readonly dimensions: Record<string, unknown> }[] =
    [];
  JSON.parse(JSON.stringify(properties), (_, each) => {
    if (each?.MetricName !== undefined) {
      const pairs = (each.Dimensions ?? []).map(({ Name, Value }: Record<string, unknown>) => [Name, Value]);
      named.push({ namespace: each.Namespace, name: each.MetricName, dimensions: Object.fromEntries(pairs) });
    }
    return each;
  });
  return named;
}

/** `[namespace, name, dimension, value, …, options]`, in every widget. */
function metricsOfDashboard(body: string): ReturnType<typeof metricsOfAlarm> {
  const rows: unknown[][] = [];
  JSON.parse(body, (key, each) => {
    if (key === 'metrics') rows.push(...each);
    return each;
  });
  return rows.map((row) => {
    const [namespace = '', name = '', ...rest] = row.filter((each) => typeof each === 'string');
    const pairs = rest.flatMap((each, index) => (index % 2 === 0 ? [[each, rest[index + 1]] as const] : []));
    return { namespace, name, dimensions: Object.fromEntries(pairs) };
  });
}
