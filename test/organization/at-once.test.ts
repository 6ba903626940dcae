import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultBenchmark } from '../../lambda/core/judge/control.ts';
import { chosenControls } from '../../lambda/core/judge/controls/catalogue/find-control.ts';
import { type DeployedHub, deployHub, type Invocation } from '../lab/estate/deployed-hub.ts';
import { addEstateCluster } from '../lab/estate/estate-cluster.ts';
import { deployMember, grantedIn, memberStackTemplate, hub as place } from '../lab/estate/organization.ts';
import { type Lab, startLab } from '../lab/lab.ts';
import type { NodeRoot } from '../lab/node/node-root.ts';
import { bundledFunctions } from '../made-once.ts';

const crowded = { accountId: '222200000001', region: 'eu-west-1' } as const;
const other = { accountId: '222200000002', region: 'eu-west-1' } as const;
const clusters = Array.from({ length: 20 }, (_, index) => `c${String(index).padStart(2, '0')}-crowded`);
const runId = 'at-once';
const startedAt = '2026-11-25T05:00:00Z';

let lab: Lab;
let hub: DeployedHub;
const roots: NodeRoot[] = [];
let invoked: readonly Invocation[];

/**
 * Twenty clusters in one account's Region, each with a node that configz reads and one that only SSM can; and one cluster in another account.
 * The lab runs the probe's shell for each, and the program waits 150 s for an answer: more clusters would take longer than that on a busy machine.
 */
beforeAll(async () => {
  // Rates of SSM are not published: these are guesses that make twenty at once wait.
  lab = await startLab({
    ssm: { rates: { sendCommand: { perSecond: 5, burst: 10 }, others: { perSecond: 10, burst: 20 } } },
  });
  // What the rates refuse depends on how fast this machine asks: this is refused on every machine, until the other account is done.
  lab.faults.inject('ssm:SendCommand', { kind: 'throttling' }, { accountId: crowded.accountId });
  const template = memberStackTemplate();
  for (const { accountId, region } of [crowded, other]) {
    lab.addAccount(accountId);
    deployMember(lab, template, accountId);
    lab.securityHub.enable(accountId, region);
  }

  const add = (name: string, { accountId, region }: typeof crowded | typeof other) =>
    addEstateCluster(
      lab,
      {
        name,
        ...grantedIn(accountId),
        nodes: [
          { name: `${name}-1.internal`, recording: 'al2023-shape', group: 'workers', ssm: 'absent' },
          { name: `${name}-2.internal`, recording: 'no-ca-anonymous-off', group: 'old' },
        ],
      },
      { accountId, region, roots },
    );
  for (const name of clusters) await add(name, crowded);
  await add('elsewhere', other);

  hub = deployHub(lab, {
    ...place,
    // On a busy machine a kubelet may take longer than the default.
    settings: { accounts: [crowded.accountId, other.accountId], regions: [place.region], nodeTimeout: '5m' },
    bundles: await bundledFunctions(),
    processes: 3,
    invocationsEach: 7,
  });

  const items = clusters.map((cluster) => ({ ...crowded, cluster }));
  const audit = (item: { readonly accountId: string; readonly region: string; readonly cluster: string }) =>
    hub.invoke('audit', { runId, startedAt, item: { kind: 'cluster', partition: 'aws', ...item } });
  const elsewhere = audit({ ...other, cluster: 'elsewhere' }).then(() => {
    lab.faults.clear();
    lab.faults.inject('securityhub:GetFindings', { kind: 'throttling' }, { accountId: crowded.accountId, times: 20 });
  });
  await Promise.all([elsewhere, ...items.map(audit)]);
  invoked = hub.invocations;
});

afterAll(async () => {
  await hub?.close();
  await lab?.close();
  for (const root of roots) root[Symbol.dispose]();
});

/** What a default audit looks at, by the catalogue. */
const { controls } = chosenControls([], { benchmark: defaultBenchmark, sources: ['configz'] });

describe('twenty items at once in one account and Region', () => {
  it('all finish', () => {
    expect(invoked.map(({ answer }) => ('error' in answer ? answer.error : 'done'))).toEqual(invoked.map(() => 'done'));
    expect(invoked).toHaveLength(21);
  });

  it('are throttled by Security Hub and by SSM', () => {
    const throttled = new Set(
      lab.calls.filter(({ error }) => /TooMany|Throttl/.test(error ?? '')).map(({ service }) => service),
    );
    expect([...throttled].toSorted()).toEqual(['securityhub', 'ssm']);
  });

  it('read every node, and lose no finding', () => {
    const findings = lab.securityHub.findings(crowded.accountId, crowded.region);
    const byCluster = Map.groupBy(findings, ({ Id }) => /c\d\d-crowded/.exec(String(Id))?.[0]);
    const counts = clusters.map((name) => byCluster.get(name)?.length ?? 0);

    expect(new Set(counts)).toEqual(new Set([counts[0]]));
    // Of two node groups, for each control.
    expect(counts[0]).toBe(2 * controls.length);
    expect(findings.map(({ Id }) => Id)).toHaveLength(new Set(findings.map(({ Id }) => Id)).size);
    for (const { answer } of invoked) {
      expect(answer).toMatchObject({
        value: { status: 'done', nodes: 2, findings: { created: counts[0], rejected: 0, notSent: 0 } },
      });
    }
    for (const name of clusters)
      expect(
        JSON.parse(hub.object(`runs/${runId}/answers/${crowded.accountId}/${crowded.region}/${name}.json`) ?? '{}'),
      ).toMatchObject({
        unreadableNodes: 0,
        bootingNodes: 0,
        machinesWithoutKubelet: 0,
        problems: [],
      });
  });

  it('do not hold up another account, which is done while they are throttled', () => {
    expect(JSON.stringify(invoked[0]?.event)).toContain('elsewhere');
  });
});
