import { numbered } from './shared/numbered.ts';
import { settingControl } from './shared/setting-control.ts';

/** The kubelet knows two modes and starts with no other. Source: kubernetes `cmd/kubelet/app/auth.go`. */
export const authorizationMode = settingControl({
  slug: 'kubelet-authorization-mode',
  setting: 'authorization.mode',
  must: 'Kubelet must authorize every request',
  failure: 'AlwaysAllow',
  expected: 'Webhook, not AlwaysAllow',
  why: (setting) =>
    `${setting} decides whether the kubelet asks the API server what a client may do. AlwaysAllow lets every client that gets in run commands in every container of the node.`,
  severity: 'HIGH',
  numbers: numbered({ '1.2.0 to 2.0.0': '3.2.2 A' }),
  alsoKnownAs: { stig: 'V-242392' },
  caveats: [
    'A kubelet that runs without any configuration file allows everything unless a flag says otherwise.',
    '2.0.0 asks for Webhook, versions before it for anything but AlwaysAllow: a kubelet takes no third mode, so the verdict is the same.',
  ],
  rule: ({ value }) => {
    if (value === 'Webhook') return { holds: true };
    if (value === 'AlwaysAllow') return { holds: false };
    return {
      unclear: 'authorization.mode is neither Webhook nor AlwaysAllow, and no kubelet starts with another mode',
    };
  },
});
