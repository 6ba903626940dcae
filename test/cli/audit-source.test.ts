import { describe, expect, it } from 'vitest';
import { clustersOfAccounts } from '../../lambda/cli/audit-source.ts';
import { findingsOf } from '../../lambda/core/findings/finding.ts';
import type { Problem } from '../../lambda/core/model/model.ts';
import { ok } from '../../lambda/core/model/result.ts';
import { arn, clientCa, compliant, options } from '../core/findings/compliant-audit.ts';
import { fakeHub } from '../fakes/hub.ts';
import { FakeOrganization } from '../fakes/organization.ts';
import { FakeSource, factsOf, listed } from '../fakes/ports.ts';

const [one, two, three] = ['111111111111', '222222222222', '333333333333'] as const;
const control = { ...clientCa, judge: () => ({ status: 'not-applicable', because: 'b' }) as const };
const noRole: Problem = { code: 'member-role-missing', message: 'no role', remedy: 'deploy the member stack' };

/** Two accounts with three clusters, one account whose role is missing. */
function organization(): FakeOrganization {
  const made = new FakeOrganization()
    .add(one, { 'eu-west-1': ['shop', 'bank'], 'eu-north-1': [] })
    .add(two, { 'eu-west-1': ['wiki'] })
    .add(three, { 'eu-west-1': ['secret'] });
  made.problems.set(three, noRole);
  return made;
}

const optionsOf = (signal: AbortSignal) => ({
  controls: [control],
  benchmark: 'cis-eks-1.8.0',
  scope: 'node-group' as const,
  publish: false,
  runId: 'terminal-20260101T000000Z',
  runStartedAt: new Date('2027-01-01T00:00:00Z'),
  signal,
});
const wanted = { regions: [], names: [] };

async function audited(made: FakeOrganization, stopAfter?: number) {
  const hub = fakeHub(made, {
    nodes: ok([listed('node-a')]),
    sources: [new FakeSource('configz', { 'node-a': ok(factsOf('configz')) })],
  });
  const abort = new AbortController();
  const source = await clustersOfAccounts(hub, optionsOf(abort.signal), wanted);

  const names: string[] = [];
  for await (const result of source.results) {
    if (result.ok) names.push(result.value.cluster.name);
    if (names.length === stopAfter) abort.abort();
  }
  return { names, coverage: source.coverage() };
}

describe('the clusters of many accounts', () => {
  it('hold one that could not be described as a gap by its name', async () => {
    const made = organization();
    const denied: Problem = { code: 'access-denied', message: 'denied', remedy: 'r' };
    made.problems.set(`${one}/eu-west-1/shop`, denied);
    const { names, coverage } = await audited(made);

    expect(names).not.toContain('shop');
    expect(coverage?.gaps).toContainEqual({ accountId: one, region: 'eu-west-1', cluster: 'shop', problem: denied });
  });

  it('tell of a Region in which findings of gone clusters could not be archived, though all its clusters were audited', async () => {
    const hub = fakeHub(new FakeOrganization().add(arn.accountId, { [arn.region]: ['shop'] }), { nodes: ok([]) });
    for (const each of findingsOf(compliant, options)) hub.findings.findings.set(each.Id, each);
    hub.findings.refuses = () => true;
    const source = await clustersOfAccounts(hub, { ...optionsOf(new AbortController().signal), publish: true }, wanted);
    const results = await Array.fromAsync(source.results);

    expect(results).toHaveLength(1);
    expect(source.coverage()).toMatchObject({
      complete: false,
      gaps: [{ accountId: arn.accountId, region: arn.region, problem: { code: 'findings-not-taken' } }],
    });
  });

  it('tell once of a Region in which Security Hub is off', async () => {
    const hub = fakeHub(new FakeOrganization().add(one, { 'eu-west-1': ['shop'] }), { nodes: ok([]) });
    const off: Problem = { code: 'security-hub-off', message: 'Security Hub is off', remedy: 'turn it on' };
    hub.findings.problem = off;
    const source = await clustersOfAccounts(hub, { ...optionsOf(new AbortController().signal), publish: true }, wanted);
    await Array.fromAsync(source.results);

    expect(source.coverage()?.gaps).toEqual([
      { accountId: one, region: 'eu-west-1', problem: expect.objectContaining({ code: off.code }) },
    ]);
  });

  it('are not named one by one when a person interrupts: the number says it', async () => {
    const many = Array.from({ length: 100 }, (_, index) => `c${index}`);
    const { names, coverage } = await audited(new FakeOrganization().add(one, { 'eu-west-1': many }), 1);

    expect(names.length).toBeLessThan(100);
    expect(coverage?.gaps).toEqual([]);
    expect(coverage?.clusters.failed).toBe(100 - names.length);
    expect(coverage?.complete).toBe(false);
  });
});
