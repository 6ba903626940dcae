import { describe, expect, it } from 'vitest';
import { clustersOfAccounts } from '../../lambda/cli/audit-source.ts';
import { findingsOf } from '../../lambda/core/findings/finding.ts';
import { ok } from '../../lambda/core/model/result.ts';
import { arn, clientCa, compliant, options } from '../core/findings/compliant-audit.ts';
import { fakeHub } from '../fakes/hub.ts';
import { FakeOrganization } from '../fakes/organization.ts';

const account = '111111111111';
const wanted = { regions: [], names: [] };

function sourceOf(hub: ReturnType<typeof fakeHub>, { publish = false, signal = new AbortController().signal } = {}) {
  const judge = () => ({ status: 'not-applicable', because: 'b' }) as const;
  const run = { runId: 'terminal-20260101T000000Z', runStartedAt: new Date('2027-01-01T00:00:00Z') };
  const of = { controls: [{ ...clientCa, judge }], benchmark: 'cis-eks-1.8.0', scope: 'node-group' as const };
  return clustersOfAccounts(hub, { ...of, ...run, publish, signal }, wanted);
}

describe('the clusters of many accounts', () => {
  it('name a Region in which findings of gone clusters could not be archived, though all its clusters were audited', async () => {
    const hub = fakeHub(new FakeOrganization().add(arn.accountId, { [arn.region]: ['shop'] }), { nodes: ok([]) });
    for (const each of findingsOf(compliant, options)) hub.findings.findings.set(each.Id, each);
    hub.findings.refuses = () => true;
    const source = await sourceOf(hub, { publish: true });

    expect(await Array.fromAsync(source.results)).toHaveLength(1);
    expect(source.coverage()).toMatchObject({
      complete: false,
      gaps: [{ accountId: arn.accountId, region: arn.region, problem: { code: 'findings-not-taken' } }],
    });
  });

  it('name a Region once in which Security Hub is off', async () => {
    const hub = fakeHub(new FakeOrganization().add(account, { 'eu-west-1': ['shop'] }), { nodes: ok([]) });
    hub.findings.problem = { code: 'security-hub-off', message: 'Security Hub is off', remedy: 'turn it on' };
    const source = await sourceOf(hub, { publish: true });
    await Array.fromAsync(source.results);

    expect(source.coverage()?.gaps).toEqual([
      { accountId: account, region: 'eu-west-1', problem: expect.objectContaining({ code: 'security-hub-off' }) },
    ]);
  });

  it('are not named one by one when a person interrupts: the number says it', async () => {
    const many = Array.from({ length: 100 }, (_, index) => `c${index}`);
    const abort = new AbortController();
    const hub = fakeHub(new FakeOrganization().add(account, { 'eu-west-1': many }), { nodes: ok([]) });
    const source = await sourceOf(hub, { signal: abort.signal });
    let audited = 0;
    for await (const result of source.results) {
      audited += result.ok ? 1 : 0;
      abort.abort();
    }

    expect(audited).toBeLessThan(100);
    expect(source.coverage()).toMatchObject({ complete: false, gaps: [], clusters: { failed: 100 - audited } });
  });
});
