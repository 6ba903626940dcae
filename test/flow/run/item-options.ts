import { clientCaFile } from '../../../lambda/core/judge/controls/client-ca-file.ts';
import { controls } from '../../../lambda/core/judge/controls/index.ts';
import type { ItemAnswer } from '../../../lambda/core/run/answer.ts';
import { answers, auditedWith, discovery } from '../../core/run/complete-run.ts';
import { type FakeHub, fakeHub } from '../../fakes/hub.ts';
import { FakeOrganization } from '../../fakes/organization.ts';

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

/** How the run of `core/run/complete-run.ts` is summed up. */
export const summaryRequest = {
  runId: discovery.runId,
  benchmark: 'cis-eks-1.8.0',
  controls,
  partition: 'aws',
  auditedWith,
};

/** A hub that holds the answers of that run. */
export async function answeredHub(given: readonly ItemAnswer[] = answers): Promise<FakeHub> {
  const ports = fakeHub(new FakeOrganization());
  await ports.runs.putDiscovery(discovery);
  for (const each of given) await ports.runs.putAnswer(discovery.runId, each);
  return ports;
}
