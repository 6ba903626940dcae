import { clientCaFile } from '../../../lambda/core/judge/controls/client-ca-file.ts';

/** What an item is audited with, in the tests of items and runs: one control, published. */
export const itemOptions = {
  controls: [clientCaFile],
  benchmark: 'cis-eks-1.8.0',
  scope: 'node-group',
  publish: true,
  signal: new AbortController().signal,
  runStartedAt: new Date('2026-01-01T00:00:00Z'),
} as const;

/** What `factsOf` makes a kubelet of that fails it. */
export const noCa = {
  'authentication.x509.clientCAFile': { state: 'known', value: '', origin: { from: 'running' } },
} as const;
