import { gunzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { templatesOf } from '../infra/synthesise.ts';
import { deployHub } from '../lab/estate/deployed-hub.ts';
import { addEstateCluster } from '../lab/estate/estate-cluster.ts';
import { deployMember, grantedIn, hub } from '../lab/estate/organization.ts';
import { servesConfigz } from '../lab/kubernetes/kubelet-behaviour.ts';
import { startLab } from '../lab/lab.ts';
import { bundledFunctions } from '../made-once.ts';
import { foundInBucket } from './results.ts';

const { accountId, region } = hub;
const runId = '20261125T050000Z';
const names = Array.from({ length: 12 }, (_, index) => `n${String(index).padStart(2, '0')}.internal`);
const withoutCa = servesConfigz({ authentication: { anonymous: { enabled: false }, webhook: { enabled: true } } });

/** A run of a deployed hub over one cluster. So many kubelets have answered when the time of each step but the last is over. */
async function runOf(answeredAfterSteps: readonly number[]) {
  const lab = await startLab();
  lab.addAccount(accountId);
  lab.securityHub.enable(accountId, region);
  deployMember(lab, templatesOf({ regions: [region] })['EksKubeletAuditMember']?.toJSON(), accountId);
  let answering = answeredAfterSteps[0] ?? names.length;
  const nodes = names.map((name, index) => ({
    name,
    group: 'workers',
    ssm: 'absent' as const,
    configz: { kind: 'live', now: () => (index < answering ? withoutCa : ({ kind: 'hangs' } as const)) } as const,
  }));
  const place = { accountId, region, roots: [] };
  const { api } = await addEstateCluster(lab, { name: 'prod', ...grantedIn(accountId), nodes }, place);
  const asked = () => api.requests.filter(({ path }) => path.endsWith('/proxy/configz'));
  const answered = () => asked().flatMap(({ path, status }) => (status > 0 ? path : []));
  const deployed = deployHub(lab, { ...hub, settings: { regions: [region] }, bundles: await bundledFunctions() });

  try {
    const running = deployed.run(runId);
    for (const [index, count] of answeredAfterSteps.entries()) {
      const before = { asked: asked().length, answered: answered().length };
      // Each of the others is asked before, and hangs.
      await expect.poll(() => asked().length - before.asked).toBe(names.length - before.answered);
      await expect.poll(() => answered().length).toBe(count);
      answering = answeredAfterSteps[index + 1] ?? names.length;
      deployed.endReading('audit');
    }
    const ended = await running;

    const parts = [...lab.s3.objects(deployed.bucket)]
      .filter(([key]) => key.startsWith(`runs/${runId}/parts/`) && key.includes('/part-'))
      .map(([, { body }]) => readIn(gunzipSync(body).toString('utf8')));
    return {
      status: ended.status,
      parts,
      timesAnswered: answered().length,
      found: foundInBucket(lab, deployed, runId),
      findings: lab.securityHub.findings(accountId, region).map(({ Id, Compliance }) => [Id, Compliance]),
      announced: lab.events.events(accountId, region).map((event) => event['detail-type']),
    };
  } finally {
    await deployed.close();
    await lab.close();
  }
}

/** The nodes of a part that were read by configz, and when. Its first line is about all of them. */
const readIn = (part: string): readonly string[] =>
  part
    .trim()
    .split('\n')
    .slice(1)
    .map((line): KeptRead => JSON.parse(line))
    .flatMap(({ node, readings }) => readings.map(({ proof }) => `${node.name} at ${proof.readAt}`));

interface KeptRead {
  readonly node: { readonly name: string };
  readonly readings: readonly { readonly proof: { readonly readAt: string } }[];
}

it('a cluster for which a deployed function has no time is read in further steps, each node once, and ends as if one step had been enough', async () => {
  const { parts, ...inSteps } = await runOf([5, 9]);
  // What one step has read, the next one takes over. The last one judges what it has read, and leaves no part.
  expect(parts).toHaveLength(2);
  const eachReading = [...new Set(parts.flat())];
  expect(eachReading.map((each) => each.split(' ')[0]).toSorted()).toEqual(names.slice(0, 9));
  expect(inSteps.timesAnswered).toBe(names.length);
  expect([...inSteps.found.verdicts.values()].filter((status) => status === 'fail')).toHaveLength(names.length);

  const { parts: _, ...inOneStep } = await runOf([]);
  expect(inSteps).toEqual(inOneStep);
});
