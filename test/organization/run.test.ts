import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sumsFile } from '../../lambda/core/model/text/checksum-line.ts';
import type { RecordedCall } from '../lab/aws/aws-server.ts';
import type { Ended } from '../lab/aws/step-functions/states-world.ts';
import { type DeployedHub, deployHub } from '../lab/estate/deployed-hub.ts';
import {
  deployMember,
  type LabOrganization,
  memberStackTemplate,
  organizationSettings,
  hub as place,
  startOrganization,
} from '../lab/estate/organization.ts';
import { accounts } from '../lab/estate/organization-accounts.ts';
import { type Lab, startLab } from '../lab/lab.ts';
import { bundledFunctions } from '../made-once.ts';
import { foundInBucket } from './results.ts';

const { search, orders } = accounts;
const broken = { accountId: search.id, region: 'eu-west-1' } as const;
const brokenItem = `${broken.accountId}/${broken.region}/search`;

/** An organization in which one cluster cannot be described, and nothing else is wrong that takes long to find out. */
async function startWithBrokenItem(): Promise<LabOrganization> {
  const organization = await startOrganization();
  organization.lab.faults.clear();
  organization.lab.faults.inject('eks:DescribeCluster', { kind: 'access-denied' }, broken);
  return organization;
}

/** Calls in the audited accounts, in the names of their member roles. */
const memberCalls = ({ calls }: Lab): readonly RecordedCall[] =>
  calls.filter(({ principalArn }) => principalArn.includes(':assumed-role/EksKubeletAuditMember/'));

const described = (calls: readonly RecordedCall[]): readonly string[] =>
  calls
    .filter(({ operation }) => operation === 'DescribeCluster')
    .map(({ accountId, region, input }) => `${accountId}/${region}/${input['name']}`);

/** What Security Hub was sent so far, everywhere. */
const imports = ({ securityHub }: Lab) =>
  Object.values(accounts)
    .flatMap(({ id }) => organizationSettings.regions.map((region) => securityHub.importsOf(id, region)))
    .reduce((sum, each) => sum + each.created + each.updated + each.ignored + each.failed, 0);

const findings = ({ securityHub }: Lab) =>
  Object.values(accounts).flatMap(({ id }) =>
    organizationSettings.regions.flatMap((region) => securityHub.findings(id, region)),
  );

/** The objects of a run but for the state machine's own files, which each execution has anew, and for the checksums, which are over these too. */
const objectsOf = ({ s3 }: Lab, { bucket }: DeployedHub): ReadonlyMap<string, string> =>
  new Map(
    [...s3.objects(bucket)]
      .filter(([key]) => !(key.includes('/map/') || key.endsWith(`/${sumsFile}`)))
      .map(([key, { etag }]) => [key, etag]),
  );

function jsonOf(hub: DeployedHub, key: string): never {
  return JSON.parse(hub.object(key) ?? 'null') as never;
}

/** The children of a run in the state machine's own files. */
function childrenOf(
  lab: Lab,
  hub: DeployedHub,
  runId: string,
  group: 'SUCCEEDED' | 'FAILED',
): readonly { Input: string; Error?: string; Cause?: string }[] {
  const keys = [...lab.s3.objects(hub.bucket).keys()].filter((key) => key.startsWith(`runs/${runId}/map/`));
  return keys.filter((key) => key.endsWith(`/${group}_0.json`)).flatMap((key) => jsonOf(hub, key));
}

describe('a run in which one item fails and another is throttled for a while', () => {
  const runId = '20261125T050000Z';
  let organization: LabOrganization;
  let hub: DeployedHub;
  let ended: Ended;

  beforeAll(async () => {
    organization = await startWithBrokenItem();
    // As often as the SDK itself asks again.
    const throttledOnce = { accountId: orders.id, region: 'us-east-1', times: 8 };
    organization.lab.faults.inject('eks:DescribeCluster', { kind: 'throttling' }, throttledOnce);
    hub = deployHub(organization.lab, {
      ...place,
      settings: organizationSettings,
      bundles: await bundledFunctions(),
      processes: 2,
      invocationsEach: 4,
    });
    ended = await hub.run(runId);
  });

  afterAll(async () => {
    await hub?.close();
    await organization?.close();
  });

  it('goes on without it, and says so', () => {
    expect(ended).toMatchObject({ status: 'SUCCEEDED', output: { runId, failedItems: 1, complete: false } });
    expect(foundInBucket(organization.lab, hub, runId).gaps).toContain(`${brokenItem}: eks-forbidden`);
  });

  it('tries the throttled one again', () => {
    const retried = hub.executions.get(runId)?.history.filter(({ event }) => event === 'retried');
    expect(retried).toEqual([{ state: 'AuditItem', event: 'retried', error: 'Throttled' }]);
  });

  it('has the failed one, and no other, among the failed items of the state machine, under the name of its problem', () => {
    expect(childrenOf(organization.lab, hub, runId, 'FAILED')).toEqual([
      expect.objectContaining({ Error: 'EksForbidden', Cause: expect.stringContaining(brokenItem) }),
    ]);
  });

  it('keeps the answer of every item, and the result of every cluster that was audited', () => {
    const keys = [...organization.lab.s3.objects(hub.bucket).keys()];
    const items = String(hub.object(`runs/${runId}/items.jsonl`))
      .trim()
      .split('\n');
    expect(keys.filter((key) => key.startsWith(`runs/${runId}/answers/`))).toHaveLength(items.length);
    const results = keys.filter((key) => key.startsWith(`runs/${runId}/results/`));
    for (const ending of ['.json.gz', '.html']) expect(results.filter((key) => key.endsWith(ending))).toHaveLength(14);
    expect(results).toHaveLength(28);
  });

  describe('and is started again under its id, once that is fixed', () => {
    let again: Ended;
    let callsAgain: readonly RecordedCall[];

    beforeAll(async () => {
      organization.lab.faults.clear();
      const before = memberCalls(organization.lab).length;
      again = await hub.run('by-hand', { runId });
      callsAgain = memberCalls(organization.lab).slice(before);
    });

    it('audits the failed item only', () => {
      expect(again).toMatchObject({
        status: 'SUCCEEDED',
        output: { runId, failedItems: 0, clusters: { found: 15, audited: 15 } },
      });
      expect(described(callsAgain)).toEqual([brokenItem]);
      expect([...new Set(callsAgain.map(({ accountId }) => accountId))]).toEqual([broken.accountId]);
    });

    it('changes nothing when it is started once more', async () => {
      const before = {
        calls: memberCalls(organization.lab).length,
        imports: imports(organization.lab),
        objects: objectsOf(organization.lab, hub),
      };
      expect(await hub.run('by-hand-2', { runId })).toMatchObject({ status: 'SUCCEEDED' });

      expect(memberCalls(organization.lab).length).toBe(before.calls);
      expect(imports(organization.lab)).toBe(before.imports);
      expect(objectsOf(organization.lab, hub)).toEqual(before.objects);
    });

    it('changes nothing in Security Hub when an item is done twice', async () => {
      const item = { kind: 'cluster', partition: 'aws', accountId: orders.id, region: 'eu-west-1', cluster: 'orders' };
      const region = { kind: 'region', partition: 'aws', accountId: orders.id, region: 'eu-west-1' };
      const { startedAt }: { startedAt: string } = jsonOf(hub, `runs/${runId}/discovery.json`);
      const before = { imports: imports(organization.lab), findings: findings(organization.lab) };

      for (const [each, name] of [
        [item, 'orders'],
        [region, '_region'],
      ] as const) {
        organization.lab.s3.deleteObject(hub.bucket, `runs/${runId}/answers/${orders.id}/eu-west-1/${name}.json`);
        const { answer } = await hub.invoke('audit', { runId, startedAt, item: each });
        expect(answer).toMatchObject({ value: { status: 'done', findings: { created: 0, updated: 0, archived: 0 } } });
      }
      expect(imports(organization.lab)).toBe(before.imports);
      expect(findings(organization.lab)).toEqual(before.findings);
    });
  });
});

describe('a run over an organizational unit, of which no failure is tolerated', () => {
  const runId = '20261125T060000Z';
  const { hubOff, fenced, throttled, ledger, media, data } = accounts;
  let organization: LabOrganization;
  let hub: DeployedHub;
  let ended: Ended;

  beforeAll(async () => {
    organization = await startWithBrokenItem();
    const settings = {
      ...organizationSettings,
      organization: { ...organizationSettings.organization, units: ['ou-lab0-workload1'], exclude: [media.id] },
      toleratedFailurePercentage: 0,
    };
    hub = deployHub(organization.lab, { ...place, settings, bundles: await bundledFunctions(), processes: 2 });
    ended = await hub.run(runId);
  });

  afterAll(async () => {
    await hub?.close();
    await organization?.close();
  });

  it('finds the accounts of the unit and of those below it, but for the excluded one', () => {
    const { skipped }: { skipped: readonly { accountId: string; problem: { code: string } }[] } = jsonOf(
      hub,
      `runs/${runId}/discovery.json`,
    );
    const items = String(hub.object(`runs/${runId}/items.jsonl`))
      .trim()
      .split('\n')
      .map((line): { accountId: string } => JSON.parse(line));
    const within = [hubOff, fenced, throttled, search, data, orders, ledger].map(({ id }) => id).toSorted();

    expect([...new Set(items.map(({ accountId }) => accountId))].toSorted()).toEqual(within);
    expect(skipped).toContainEqual(
      expect.objectContaining({ accountId: media.id, problem: expect.objectContaining({ code: 'account-excluded' }) }),
    );
    expect([...new Set(memberCalls(organization.lab).map(({ accountId }) => accountId))].toSorted()).toEqual(within);
  });

  it('fails with its first failed item, and is finished by a redrive of what did not succeed', async () => {
    expect(ended).toMatchObject({ status: 'FAILED', error: 'States.ExceedToleratedFailureThreshold' });
    const [execution] = hub.executions.values();
    const [mapRun] = execution?.mapRuns.values() ?? [];
    const left =
      mapRun?.children.filter(({ status }) => status !== 'SUCCEEDED').map(({ input }) => JSON.stringify(input)) ?? [];

    organization.lab.faults.clear();
    const before = hub.invocations.length;
    expect(await execution?.redrive()).toMatchObject({ status: 'SUCCEEDED', output: { failedItems: 0 } });
    const redriven = hub.invocations
      .slice(before)
      .filter(({ functionName }) => functionName === 'eks-kubelet-audit-item');
    expect(redriven.map(({ event }) => JSON.stringify(event)).toSorted()).toEqual(left.toSorted());
    expect(childrenOf(organization.lab, hub, runId, 'SUCCEEDED')).toHaveLength(mapRun?.children.length ?? 0);
  });
});

describe('a hub with nothing that it could audit', () => {
  const scheduledTime = '2026-11-25T07:00:00Z';
  let lab: Lab;
  let hub: DeployedHub;

  beforeAll(async () => {
    lab = await startLab();
    hub = deployHub(lab, { ...place, settings: { regions: [place.region] }, bundles: await bundledFunctions() });
  });

  afterAll(async () => {
    await hub?.close();
    await lab?.close();
  });

  it('goes round the items, and says what it could not enter', async () => {
    expect(await hub.run('empty')).toMatchObject({
      status: 'SUCCEEDED',
      output: { runId: 'empty', clusters: { found: 0 }, gaps: 1, complete: false },
    });
    expect(hub.executions.get('empty')?.history.map(({ state }) => state)).toEqual([
      'Discover',
      'AnyItems',
      'Summarise',
    ]);
    expect(foundInBucket(lab, hub, 'empty').gaps).toEqual([`${place.accountId}: member-role-missing`]);
  });

  it('starts the run of a scheduled time once, and none while another is going', async () => {
    const started = (await hub.invoke('start', { scheduledTime })).answer;
    expect(started).toEqual({ value: { status: 'started', runId: '20261125T070000Z' } });
    expect((await hub.invoke('start', { scheduledTime: '2026-11-25T08:00:00Z' })).answer).toEqual({
      value: { status: 'busy', runId: '20261125T080000Z', running: '20261125T070000Z' },
    });

    await hub.executions.get('20261125T070000Z')?.finished;
    await new Promise((resolve) => setImmediate(resolve));
    expect((await hub.invoke('start', { scheduledTime })).answer).toEqual({
      value: { status: 'already', runId: '20261125T070000Z' },
    });
    expect(lab.states.executions(hub.stateMachineArn)).toEqual([
      expect.objectContaining({ name: '20261125T070000Z', status: 'SUCCEEDED' }),
    ]);
  });

  it('starts what is left of a former run, as an execution of its own', async () => {
    const former = { runId: '20261125T070000Z' };
    expect((await hub.invoke('start', former)).answer).toEqual({ value: { status: 'started', ...former } });

    const [name, execution] = [...hub.executions].at(-1) ?? [];
    expect(name).not.toBe(former.runId);
    expect(await execution?.finished).toMatchObject({ status: 'SUCCEEDED', output: former });
  });

  it('looks into each Region once the member stack is there, and has no item for one without clusters', async () => {
    deployMember(lab, memberStackTemplate(), place.accountId);
    lab.securityHub.enable(place.accountId, place.region);
    expect(await hub.run('with-role')).toMatchObject({
      status: 'SUCCEEDED',
      output: { clusters: { found: 0 }, gaps: 0, complete: true, failedItems: 0 },
    });
    const { history = [] } = hub.executions.get('with-role') ?? {};
    expect(history.map(({ state }) => state)).toEqual(['Discover', 'AnyItems', 'Summarise']);
  });
});
