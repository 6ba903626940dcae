import { describe, expect, it } from 'vitest';
import { findingId } from '../../../lambda/core/findings/identity.ts';
import { missingMemory } from '../../../lambda/core/findings/lifecycle/memory.ts';
import { clusterArnOf } from '../../../lambda/core/model/cluster-arn.ts';
import { OperatorError } from '../../../lambda/core/model/operator-error.ts';
import { runDiscovery } from '../../../lambda/flow/run/run-discovery.ts';
import { type FakeHub, fakeHub } from '../../fakes/hub.ts';
import { FakeOrganization } from '../../fakes/organization.ts';

const request = {
  runId: 'run',
  startedAt: '2026-11-25T05:00:00.000Z',
  regions: [],
  names: [],
  excludes: (_accountId: string) => false,
  publish: true,
  signal: new AbortController().signal,
};
const hub = (): FakeHub => fakeHub(new FakeOrganization().add('111122223333', { 'eu-west-1': ['blue'] }));

describe('runDiscovery', () => {
  it('stores what it found, and finds the same again in the same run alone, whatever happened since, without a question', async () => {
    const ports = hub();
    const first = await runDiscovery(ports, request);
    expect(first.items).toHaveLength(2);
    expect(await ports.runs.discovery('run')).toEqual(first);
    ports.organization.add('222222222222', { 'eu-west-1': ['green'] });
    const asked = ports.organization.asked.length;

    expect(await runDiscovery(ports, { ...request, startedAt: '2026-11-26T05:00:00.000Z' })).toEqual(first);
    expect(ports.organization.asked).toHaveLength(asked);
    expect(ports.runs.written).toEqual(['run/discovery']);
    expect((await runDiscovery(ports, { ...request, runId: 'next' })).accounts).toBe(2);
  });

  it('has no item for a Region without a cluster of which nothing is left, and keeps it for sweeps', async () => {
    const left = ['remembered', 'excluded', 'published', 'archived', 'forbidden', 'off'].map((each) => `${each}-1`);
    const regions = Object.fromEntries(left.map((region) => [region, region === 'excluded-1' ? ['out'] : []]));
    const accountId = '111122223333';
    const ports = fakeHub(new FakeOrganization().add(accountId, { 'eu-west-1': ['blue'], ...regions }));
    const placeOf = (region: string) => ({ partition: 'aws', accountId, region });
    await ports.memory.write(placeOf('remembered-1'), 'gone', missingMemory(new Date(request.startedAt)), {});
    const { stored } = ports.findings;
    ports.findings.stored = async function* (place, arn) {
      const { region } = place;
      if (region === 'forbidden-1') throw new OperatorError('security-hub-forbidden', 'may not read findings');
      if (region === 'off-1') throw new OperatorError('security-hub-off', 'it is off');
      yield* stored.call(ports.findings, place, arn);
      const recordState = region === 'archived-1' ? 'ARCHIVED' : 'ACTIVE';
      const cluster = clusterArnOf(placeOf(region), 'of-a-terminal');
      const id = findingId('kubelet-anonymous-auth', cluster, { scope: 'cluster' });
      if (!['archived-1', 'published-1'].includes(region)) return;
      yield {
        id,
        recordState,
        updatedAt: request.startedAt,
        complianceStatus: 'FAILED',
        provided: {},
        createdAt: request.startedAt,
        productFields: {},
      };
    };
    const settings = { excludeClusters: [`arn:aws:eks:excluded-1:${accountId}:cluster/out`] };
    const { items, empty = [], regions: listed } = await runDiscovery(ports, { ...request, ...settings });

    const regionItems = items.flatMap((each) => (each.kind === 'region' ? [each.region] : []));
    expect(regionItems.toSorted()).toEqual(['eu-west-1', 'excluded-1', 'forbidden-1', 'published-1', 'remembered-1']);
    expect([listed, empty.map(({ region }) => region).toSorted()]).toEqual([7, ['archived-1', 'off-1']]);

    const quiet = await runDiscovery(ports, { ...request, ...settings, runId: 'quiet', publish: false });
    expect(quiet.empty).toHaveLength(4);
  });

  it('stores nothing when it could not be done', async () => {
    const ports = hub();
    ports.organization.accounts = () => {
      throw new OperatorError('organization-forbidden', 'may not list accounts');
    };
    await expect(runDiscovery(ports, request)).rejects.toThrow('may not list accounts');
    expect(ports.runs.written).toEqual([]);
  });

  describe('of places that the hub remembers and this run does not look into', () => {
    const place = { partition: 'aws', accountId: '222222222222', region: 'eu-west-1' };
    const remembered = { ...missingMemory(new Date('2026-11-24T05:00:00Z')), runId: 'before' };
    const problem = (code: string) => ({ code, message: `said ${code}`, remedy: 'none' });
    const gapsOf = async (ports: FakeHub) =>
      (await runDiscovery(ports, request)).gaps.map(
        ({ accountId, region, problem: { code } }) => `${accountId} ${region} ${code}`,
      );
    const unlisted = 'the account is not among those that were listed';
    it.each<[string, (organization: FakeOrganization) => unknown, string]>([
      [
        'a policy denies the Region',
        (given) =>
          given
            .add(place.accountId, { [place.region]: [] })
            .problems.set(`${place.accountId}/${place.region}`, problem('region-denied-by-policy')),
        'said region-denied-by-policy',
      ],
      ['the Region was switched off', (given) => given.add(place.accountId, { 'us-east-1': [] }), unlisted],
      [
        'the account is suspended',
        ({ listed }) => {
          const gap = { accountId: place.accountId, problem: problem('account-not-active') };
          listed.push({ status: 'skipped', gap });
        },
        'said account-not-active',
      ],
      ['the account left the organization', () => undefined, unlisted],
    ])('is a gap: %s', async (_, hide, reason) => {
      const ports = hub();
      await ports.memory.write(place, 'payments', remembered);
      await ports.memory.write(place, 'search', remembered);
      hide(ports.organization);
      expect((await runDiscovery(ports, request)).gaps).toStrictEqual([
        {
          accountId: place.accountId,
          region: place.region,
          problem: {
            code: 'remembered-clusters-unseen',
            message: `2 clusters of 222222222222/eu-west-1 were audited before (such as payments), and this run does not look there: ${reason}`,
            remedy:
              'let the audit look there again; or, if that is meant, exclude the account or name the Regions in the settings',
          },
        },
      ]);
    });

    it('is none where the Region is looked into', async () => {
      const ports = hub();
      await ports.memory.write(place, 'payments', remembered);
      ports.organization.add(place.accountId, { [place.region]: [] });
      expect(await gapsOf(ports)).toEqual([]);
    });

    it.each<[string, Partial<typeof request> & { readonly excludeClusters?: readonly string[] }]>([
      ['it', { excludeClusters: [`arn:aws:eks:${place.region}:${place.accountId}:cluster/payments`] }],
      [`account ${place.accountId}`, { excludes: (accountId) => accountId === place.accountId }],
      [`Region ${place.region}`, { regions: ['eu-central-1'] as never[] }],
    ])(
      'names each cluster as left out on purpose, with what was open, where settings exclude %s',
      async (what, settings) => {
        const ports = fakeHub(new FakeOrganization().add('111122223333', { 'eu-central-1': ['blue'] }));
        const findings = {
          'a/cluster': { status: 'fail' },
          'b/cluster': { status: 'fail', waived: true },
          'c/cluster': { status: 'pass' },
        } as const;
        await ports.memory.write(place, 'payments', { ...remembered, findings });
        await ports.memory.write(place, 'old', { ...remembered, gone: true });

        const { gaps, skipped } = await runDiscovery(ports, { ...request, ...settings });
        expect(gaps).toEqual([]);
        expect(skipped).toEqual([
          {
            accountId: place.accountId,
            region: place.region,
            cluster: 'payments',
            problem: {
              code: 'cluster-excluded',
              message: `cluster payments was audited before, with 1 failure when it was read last, and the settings leave out ${what} now`,
              remedy: 'do nothing if you no longer want to audit it; otherwise add it to the settings again',
            },
          },
        ]);
      },
    );

    it('is none of a cluster that was gone before, and one gap where the account cannot be looked into at all', async () => {
      const ports = hub();
      await ports.memory.write(place, 'payments', { ...remembered, gone: true });
      expect(await gapsOf(ports)).toEqual([]);

      const barred = hub();
      await barred.memory.write(place, 'payments', remembered);
      barred.organization.add(place.accountId, {}).problems.set(place.accountId, problem('member-role-missing'));
      expect(await gapsOf(barred)).toEqual([`${place.accountId} undefined member-role-missing`]);
    });
  });
});
