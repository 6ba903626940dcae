import { afterAll, beforeAll, expect, it } from 'vitest';
import { kubeletProbeDocument } from '../../../infra/documents/probe/kubelet-probe.ts';
import { systemClock } from '../../../lambda/adapters/clock.ts';
import { pacedSsmClient } from '../../../lambda/adapters/ssm/client.ts';
import { ssmSource } from '../../../lambda/adapters/ssm/ssm-source.ts';
import { probeAnswerMarker, probeDocumentName } from '../../../lambda/contract/names.ts';
import type { Cluster, ClusterNode } from '../../../lambda/core/model/model.ts';
import { readAll } from '../../fakes/ask-ports.ts';
import { labOfFile } from '../../lab/lab-of-file.ts';
import { NodeRoot, recordedNode } from '../../lab/node/node-root.ts';

// A new version of the program while a StackSet still rolls out. Hub and member arrive in either order, and CloudFormation may report success before
// the new version of a document is the default one.

const [accountId, region, instanceId] = ['111122223333', 'eu-west-1', 'i-00000000000000001'];
const cluster: Cluster = {
  name: 'blue',
  arn: { arn: `arn:aws:eks:${region}:${accountId}:cluster/blue`, partition: 'aws', region, accountId, name: 'blue' },
  compute: { autoMode: false, fargate: false, hybrid: false },
};
const node: ClusterNode = {
  key: instanceId,
  name: 'node-1',
  machine: { status: 'confirmed', instanceId },
  kind: 'al2023',
  group: { kind: 'managed', name: 'workers' },
  kubeletVersion: 'v1.34.9-eks-1',
};
const otherMarker = probeAnswerMarker.replace(/\d+$/, '99');
/** The document of another release, whose answers have another format. */
const ofAnotherRelease = (): unknown => {
  const document = kubeletProbeDocument();
  const [step] = document.mainSteps;
  if (!step) throw new Error('the document has no step');
  const runCommand = [`printf '${otherMarker} plain\\nZG9uZQo=\\n'`];
  return { ...document, mainSteps: [{ ...step, inputs: { ...step.inputs, runCommand } }] };
};

const lab = await labOfFile(accountId);
const root = new NodeRoot(recordedNode('file-sets-ca'));
beforeAll(() => {
  lab.ssm.configure({ visibleAfterMs: 0, millisecondsPerSecond: 100 });
  lab.ssm.registerInstance(accountId, region, { id: instanceId, node: root });
});
afterAll(() => root[Symbol.dispose]());

const update = (content: unknown) =>
  lab.ssm.putDocument(accountId, region, probeDocumentName, content, { becomesDefault: false });

/** What the program of this release reads. */
async function read() {
  const client = pacedSsmClient({ region, credentials: async () => lab.credentials(accountId) });
  // Pauses are short, limits stay.
  const clock = { ...systemClock, sleep: (ms: number, signal?: AbortSignal) => systemClock.sleep(ms / 50, signal) };
  const source = ssmSource({ client, clock });
  const [reading] = await readAll(source, cluster, [node]);
  return reading?.result;
}

it('passes nothing by the document of another release, and reads as soon as its own is there, the default one or not', async () => {
  // The hub first: the member still has the document before.
  lab.ssm.putDocument(accountId, region, probeDocumentName, ofAnotherRelease());
  expect(await read()).toMatchObject({ ok: false, error: { problem: { code: 'document-changed' } } });

  // Then the member, by CloudFormation, which leaves the old default.
  update(kubeletProbeDocument());
  expect(await read()).toMatchObject({ ok: true, value: { via: 'ssm' } });

  // The member first: beside a newer document that of this hub is still there.
  update(ofAnotherRelease());
  expect(await read()).toMatchObject({ ok: true, value: { via: 'ssm' } });
});
