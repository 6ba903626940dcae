import { numbered } from './shared/numbered.ts';
import { settingControl } from './shared/setting-control.ts';

/** Always in configz. In files absent means false, and without a configuration file true. */
export const anonymousAuth = settingControl({
  slug: 'kubelet-anonymous-auth',
  setting: 'authentication.anonymous.enabled',
  must: 'Kubelet must reject anonymous requests',
  failure: 'anonymous access',
  expected: 'false',
  why: (setting) =>
    `While ${setting} is true, a request without any credential is not refused but handled as an anonymous user; only what that user may do protects it then.`,
  severity: 'HIGH',
  numbers: numbered({ '1.2.0 to 2.0.0': '3.2.1 A' }),
  alsoKnownAs: { stig: 'V-242391' },
  caveats: ['A kubelet that runs without any configuration file lets anonymous clients in unless a flag forbids it.'],
  rule: ({ value }) => ({ holds: value === false }),
});
