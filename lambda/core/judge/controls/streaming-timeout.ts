import { parseGoDuration } from '../../read/kubelet/documents/go-values.ts';
import { numbered } from './shared/numbered.ts';
import { settingControl } from './shared/setting-control.ts';

/** A zero of a file becomes four hours when it is loaded; only a flag can really set it. Source: kubernetes `defaults.go`, `types.go` (deprecation, k/k #131992). */
export const streamingTimeout = settingControl({
  slug: 'kubelet-streaming-timeout',
  setting: 'streamingConnectionIdleTimeout',
  must: 'Kubelet must close idle streaming connections',
  failure: 'idle streams stay open',
  expected: 'more than 0, or not set',
  why: (setting) =>
    `With ${setting} at 0 a forgotten exec, attach or port-forward stays open for ever, and so does what it holds.`,
  severity: 'LOW',
  numbers: numbered({ '1.2.0 to 1.8.0': '3.2.5 A' }),
  caveats: [
    'Durations are compared as durations: 0, 0s and 0m0s are one.',
    'The kubelet turns a zero of a file into its default of four hours, so only a flag can fail.',
    'Kubernetes has deprecated the setting, and newer kubelets do nothing with it.',
  ],
  rule: ({ value }) => {
    const timeout = typeof value === 'string' ? parseGoDuration(value) : undefined;
    if (timeout === undefined) return { unclear: 'streamingConnectionIdleTimeout is no duration' };
    return { holds: timeout > 0n, notes: ['deprecated by Kubernetes: newer kubelets do nothing with this setting'] };
  },
});
