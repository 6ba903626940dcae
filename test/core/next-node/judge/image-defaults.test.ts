import { expect, it } from 'vitest';
import { controls } from '../../../../lambda/core/judge/controls/index.ts';
import { imageDefaults } from '../../../../lambda/core/next-node/judge/image-defaults.ts';

const [port, ca] = ['0', '/etc/kubernetes/pki/ca.crt'].map((value) => `${value} (default of the EKS-optimized AMI)`);
const idle = '4h0m0s (default (configuration file))';
const [named, unnamed] = ['true (default of the EKS-optimized AMI)', '(not set) (default (configuration file))'];
it.each([
  ['kubelet-read-only-port', { al2023: port, al2: port, bottlerocket: port }],
  ['kubelet-client-ca-file', { al2023: ca, al2: ca, bottlerocket: ca }],
  ['kubelet-streaming-timeout', { al2023: idle, al2: idle, bottlerocket: idle }],
  ['kubelet-rotate-server-certificate', { al2023: named, al2: named, bottlerocket: unnamed }],
  ['kubelet-config-mode', {}],
])('a node without user data has what its AMI sets, which is said of settings only: %s', (slug, expected) => {
  const found = controls.filter((each) => each.slug === slug).flatMap(imageDefaults);
  expect(found).toEqual(Object.entries(expected).map(([kind, text]) => ({ kind, text })));
});
