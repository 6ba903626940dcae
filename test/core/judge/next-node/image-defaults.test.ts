import { expect, it } from 'vitest';
import { controls } from '../../../../lambda/core/judge/controls/index.ts';
import { imageDefaults } from '../../../../lambda/core/judge/next-node/image-defaults.ts';

it('what EKS-optimized AMIs set is read from the first configuration of each kind of node, for settings only', () => {
  const all = (al2023: string, bottlerocket = al2023) => ({ al2023, al2: al2023, bottlerocket });
  const byImage = (value: string) => `${value} (default of the EKS-optimized AMI)`;
  const byKubelet = (value: string) => `${value} (default (configuration file))`;
  const found = controls.map((control) => {
    const texts = imageDefaults(control).map(({ kind, text }) => [kind, text] as const);
    return [control.slug, Object.fromEntries(texts)] as const;
  });
  const withDefaults = found.filter(([, texts]) => Object.keys(texts).length > 0);

  expect(Object.fromEntries(withDefaults)).toEqual({
    'kubelet-anonymous-auth': all(byImage('false')),
    'kubelet-authorization-mode': all(byImage('Webhook')),
    'kubelet-client-ca-file': all(byImage('/etc/kubernetes/pki/ca.crt')),
    'kubelet-read-only-port': all(byImage('0')),
    'kubelet-streaming-timeout': all(byKubelet('4h0m0s')),
    'kubelet-protect-kernel-defaults': all(byImage('true')),
    'kubelet-iptables-chains': all(byKubelet('true')),
    'kubelet-event-qps': all(byKubelet('50')),
    'kubelet-rotate-certificates': all(byKubelet('false')),
    'kubelet-rotate-server-certificate': all(byImage('true'), byKubelet('(not set)')),
  });
});
