import { numbered } from './shared/numbered.ts';
import { settingControl } from './shared/setting-control.ts';

export const iptablesChains = settingControl({
  slug: 'kubelet-iptables-chains',
  setting: 'makeIPTablesUtilChains',
  must: 'Kubelet must manage its own iptables chains',
  failure: 'iptables chains not kept',
  expected: 'true, or not set',
  why: (setting) =>
    `With ${setting} the kubelet creates and repairs its own iptables chains; without it, firewall rules can drift away from what networking on the node expects.`,
  severity: 'LOW',
  numbers: numbered({ '1.2.0': '3.2.7 A', '1.4.0 to 1.8.0': '3.2.6 A', '2.0.0': '3.2.5 A' }),
  rule: ({ value }) => ({ holds: value === true }),
});
