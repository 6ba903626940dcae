import { minorVersion } from '../../read/kubelet/known-versions.ts';
import { numbered } from './shared/numbered.ts';
import { settingControl } from './shared/setting-control.ts';

/** 0 is legal: up to 1.36 client-go makes it its own 5 a second, from 1.37 on it means no limit. Source: kubernetes#117119, client-go `flowcontrol`. */
export const eventQps = settingControl({
  slug: 'kubelet-event-qps',
  setting: 'eventRecordQPS',
  must: 'Kubelet must record events at an adequate rate',
  failure: 'no events recorded',
  expected: '0 or more, or not set',
  why: (setting) =>
    `${setting} limits how many events a second the kubelet records: too few and traces of an attack are lost, no limit at all and the API server can be flooded.`,
  severity: 'LOW',
  numbers: numbered({ '1.2.0': '3.2.9 A', '1.4.0': '3.2.7 M', '1.5.0 to 1.8.0': '3.2.7 A', '2.0.0': '3.2.6 A' }),
  caveats: ['0 passes. Up to 1.36 it means 5 events a second, from 1.37 on that nothing limits the rate.'],
  rule: ({ value, node }) => ({
    holds: typeof value === 'number' && value >= 0,
    notes: value === 0 ? [meaningOfZero(minorVersion(node?.kubeletVersion))] : [],
  }),
});

function meaningOfZero(minor: number | undefined): string {
  if (minor === undefined) return '0 means 5 a second up to 1.36, and no limit from 1.37 on';
  return minor < 37
    ? '0 means 5 a second in this version; from 1.37 on it means no limit'
    : '0 means no limit, from 1.37 on';
}
