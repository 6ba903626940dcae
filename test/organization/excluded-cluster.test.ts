import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { templatesOf } from '../infra/synthesise.ts';
import { deployHub } from '../lab/estate/deployed-hub.ts';
import { addEstateCluster } from '../lab/estate/estate-cluster.ts';
import { deployMember, grantedIn, hub } from '../lab/estate/organization.ts';
import { type Lab, startLab } from '../lab/lab.ts';
import type { NodeRoot } from '../lab/node/node-root.ts';
import { bundledFunctions } from '../made-once.ts';

const { accountId, region } = hub;
const excluded = `arn:aws:eks:${region}:${accountId}:cluster/sandbox`;
const runs = ['20261125T050000Z', '20261126T050000Z', '20261127T050000Z'] as const;

describe('a cluster that excludeClusters names', () => {
  let lab: Lab;
  const roots: NodeRoot[] = [];
  const summaries: { readonly skipped: readonly unknown[]; readonly complete: boolean; readonly nodes: number }[] = [];
  const announced: string[][] = [];

  beforeAll(async () => {
    lab = await startLab();
    lab.addAccount(accountId);
    lab.securityHub.enable(accountId, region);
    deployMember(lab, templatesOf({ regions: [region] })['EksKubeletAuditMember']?.toJSON(), accountId);
    for (const [name, recording] of [
      ['prod', 'file-sets-ca'],
      ['sandbox', 'no-ca-anonymous-on-always-allow'],
    ] as const) {
      const nodes = [{ name: `${name}.internal`, recording, group: 'workers' }];
      await addEstateCluster(lab, { name, ...grantedIn(accountId), nodes }, { accountId, region, roots });
    }

    const own = () =>
      lab.events
        .events(accountId, region)
        .filter((event) => event.source === 'eks-kubelet-audit')
        .map((event) => `${event['detail-type']}: ${String(Object(event.detail)['cluster'])}`);
    const bundles = await bundledFunctions();
    // Audited, then left out, twice: what was open is withdrawn once.
    for (const [index, runId] of runs.entries()) {
      const settings = { regions: [region], ...(index > 0 && { excludeClusters: [excluded] }) };
      const deployed = deployHub(lab, { accountId, region, settings, bundles });
      const before = own().length;
      await deployed.run(runId);
      summaries.push(JSON.parse(deployed.object(`runs/${runId}/summary.json`) ?? '{}'));
      announced.push(own().slice(before));
      await deployed.close();
    }
  });
  afterAll(async () => {
    await lab?.close();
    for (const each of roots) each[Symbol.dispose]();
  });

  it('is not audited, and is listed by name as left out, with the failures that it had', () => {
    expect(summaries.map(({ nodes }) => nodes)).toEqual([2, 1, 1]);
    expect(summaries.map(({ skipped }) => skipped.length)).toEqual([0, 1, 1]);
    expect(summaries[2]?.skipped[0]).toMatchObject({
      accountId,
      region,
      cluster: 'sandbox',
      problem: { code: 'cluster-excluded', message: expect.stringMatching(/was audited before, with \d failures/) },
    });
  });

  it('has its open failures withdrawn once, and never called resolved', () => {
    const [audited = [], ...leftOut] = announced.map((lines) => lines.filter((line) => line.endsWith(': sandbox')));
    expect(new Set(audited)).toEqual(new Set(['Finding Opened: sandbox']));
    expect(leftOut).toEqual([audited.map(() => 'Finding Withdrawn: sandbox'), []]);
  });
});
