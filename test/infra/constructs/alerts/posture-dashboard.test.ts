import { expect, it } from 'vitest';
import { metricsNamespace, runMetrics } from '../../../../lambda/contract/metrics.ts';
import { resourcesOf, templatesOf, textOf } from '../../synthesise.ts';

const hub = templatesOf()['EksKubeletAudit'];
const [dashboard] = hub ? resourcesOf(hub, 'AWS::CloudWatch::Dashboard') : [];
const body = JSON.parse(textOf(dashboard?.Properties['DashboardBody']));

const shown: readonly (readonly unknown[])[] = body.widgets.flatMap(
  (each: object) => Object(each).properties.metrics ?? [],
);

it('shows only what runs publish', () => {
  expect(shown.length).toBeGreaterThan(0);
  for (const [namespace, name] of shown) {
    expect(namespace).toBe(metricsNamespace);
    expect(runMetrics).toContain(name);
  }
});

it('shows posture by status, coverage, duration, unreadable nodes and changed findings', () => {
  const names = new Set(shown.map(([, name]) => name));
  for (const name of [
    'VerdictsPass',
    'VerdictsFail',
    'VerdictsWarn',
    'VerdictsUnknown',
    'Gaps',
    'UnreadableNodes',
    'DurationSeconds',
    'FindingsChanged',
  ])
    expect(names).toContain(name);
});

it('shows how every alarm stands', () => {
  const alarms = hub ? resourcesOf(hub, 'AWS::CloudWatch::Alarm') : [];
  const shownAlarms = body.widgets.flatMap((each: object) => Object(each).properties.alarms ?? []);
  expect(shownAlarms).toHaveLength(alarms.length);
});
