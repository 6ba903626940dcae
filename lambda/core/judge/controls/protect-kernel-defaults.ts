import { numbered } from './shared/numbered.ts';
import { settingControl } from './shared/setting-control.ts';

/** In 1.2.0 only; later versions dropped it. */
export const protectKernelDefaults = settingControl({
  slug: 'kubelet-protect-kernel-defaults',
  setting: 'protectKernelDefaults',
  must: 'Kubelet must not change kernel settings',
  failure: 'kernel settings may be changed',
  expected: 'true',
  why: (setting) =>
    `With ${setting} the kubelet refuses to start where the kernel is not set as it needs it, instead of changing the kernel's settings behind the administrator's back.`,
  severity: 'LOW',
  alsoKnownAs: { stig: 'V-242434' },
  numbers: numbered({ '1.2.0': '3.2.6 A' }),
  caveats: ['configz shows false and not set alike; both fail, since the default is false.'],
  rule: ({ value }) => ({ holds: value === true }),
});
