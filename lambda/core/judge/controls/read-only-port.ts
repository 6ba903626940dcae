import { numbered } from './shared/numbered.ts';
import { settingControl } from './shared/setting-control.ts';

/** configz leaves zero out, so absent there is 0; kube-bench takes that for a failure. Without a configuration file the port is 10255. */
export const readOnlyPort = settingControl({
  slug: 'kubelet-read-only-port',
  setting: 'readOnlyPort',
  must: 'Kubelet must not open a port without authentication',
  failure: 'read-only port open',
  expected: '0',
  why: (setting) =>
    `Any number but 0 in ${setting} opens a second port that asks nobody for credentials and shows every pod of the node, its environment included.`,
  severity: 'HIGH',
  numbers: numbered({ '1.2.0': '3.2.4 M', '1.4.0 to 2.0.0': '3.2.4 A' }),
  alsoKnownAs: { stig: 'V-242387' },
  caveats: [
    'configz leaves a closed port out: absent there means 0 and passes, although kube-bench calls it a failure.',
    'A kubelet that runs without any configuration file opens port 10255 unless a flag closes it.',
  ],
  rule: ({ value }) => ({ holds: value === 0 }),
});
