import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { restartsOf } from '../lab/node/node-systemd.ts';
import { canEnterRoots } from '../lab/node/script-in-root.ts';
import { cli } from './person-at-terminal.ts';
import { addRoles, ended, executionsOf, idOf, invoke, pressed, signal, waiting } from './pressed-button.ts';
import { accountId, fileOf, type RemediableEstate, region, startRemediableEstate } from './remediable-estate.ts';

// Twelve nodes in four groups, or sixty (`npm run fleet`), of which three refuse, one dies late, one is not Ready, and one leaves.

let estate: RemediableEstate;
beforeAll(async () => {
  estate = await startRemediableEstate();
  addRoles(estate);
});
afterAll(() => estate?.close());
beforeEach(() => {
  for (const [name, value] of Object.entries(estate.environment())) vi.stubEnv(name, value);
});
afterEach(() => vi.unstubAllEnvs());

const size = Number(process.env['FLEET_GROUP_SIZE'] ?? 3);
const groups = { aa: size, bb: size, cc: size, dd: size };
const total = size * Object.keys(groups).length;
const unready = { ready: false, heartbeatAt: '2026-11-01T06:00:00Z' };
type Fleet = Awaited<ReturnType<typeof fleetOf>>;

async function fleetOf(name: string) {
  const { cluster, roots, instanceIds } = await estate.addCluster(name, groups);
  const root = (node: string) => {
    const found = roots.get(`${node}.internal`);
    if (!found) throw new Error(`there is no node ${node}`);
    return found;
  };
  const id = (node: string) => instanceIds.get(`${node}.internal`) ?? '';
  const change = (node: string, condition: typeof unready) => {
    const listed = cluster.api.nodes.find((each) => each.name === `${node}.internal`);
    if (listed) cluster.api.putNode({ ...listed, condition: () => condition });
  };

  for (const node of ['aa-3', 'bb-2', 'cc-3']) rmSync(join(root(node).path, 'etc/kubernetes/pki/ca.crt'));
  change('bb-3', unready);
  return {
    roots,
    root,
    id,
    groupOf: (instanceId: string) => [...instanceIds].find(([, each]) => each === instanceId)?.[0].slice(0, 2) ?? '',
    die: (node: string) => change(node, unready),
    leave(node: string) {
      cluster.api.removeNode(`${node}.internal`);
      estate.lab.ec2.terminateInstance(accountId, region, id(node));
      estate.lab.ssm.deregisterInstance(accountId, region, id(node));
    },
  };
}

const special = ['aa-3', 'bb-2', 'cc-3', 'bb-3', 'dd-2'];
const restartsBy = ({ roots }: Fleet) =>
  Object.fromEntries([...roots].map(([name, each]) => [name.replace('.internal', ''), restartsOf(each)]));
/** Every node but the special ones was restarted so often; these not at all. */
const expectRestarts = (fleet: Fleet, times: number) =>
  expect(restartsBy(fleet)).toEqual(
    Object.fromEntries(
      [...fleet.roots.keys()]
        .map((name) => name.replace('.internal', ''))
        .map((name) => [name, special.includes(name) ? 0 : times]),
    ),
  );

describe.skipIf(!canEnterRoots())('a fleet of nodes in four groups', () => {
  it('is fixed from a terminal but for the nodes that must not be touched, within its budget at each step; and is put back', async () => {
    const fleet = await fleetOf('budget');
    const maxUnavailable = 2;
    const running = new Set<string>();
    const dead = new Set<string>();
    const most = { running: 0 };
    let fixed = 0;
    const sees = (text: string) => {
      for (const [, id = '', what = ''] of text.matchAll(/^\[\d+\/\d+\] (i-[0-9a-f]+)[^:]*: (\w+)/gm)) {
        if (what !== 'changing') running.delete(id);
        else {
          running.add(id);
          const fallen = [...dead].filter((each) => !running.has(each) && fleet.groupOf(each) === fleet.groupOf(id));
          expect(running.size + fallen.length).toBeLessThanOrEqual(maxUnavailable);
          most.running = Math.max(most.running, running.size);
        }
        if (what !== 'fixed') continue;
        fixed += 1;
        // The four canaries come first. One dies before the rest of its group is begun, and a node of the last group is scaled in.
        if (fixed === 4) {
          fleet.die('aa-1');
          dead.add(fleet.id('aa-1'));
        }
        if (fixed === 5) fleet.leave('dd-2');
      }
    };

    const before = fileOf(fleet.root('cc-1'));
    const args = ['remediate', 'budget', '--controls', 'kubelet-client-ca-file', '--yes'];
    const applied = await cli([...args, '--apply', '--max-unavailable', String(maxUnavailable)], { sees });
    expect(most.running).toBe(maxUnavailable);
    expectRestarts(fleet, 1);
    expect(applied.code).toBe(1);
    expect(applied.stdout).toContain(`${total - 6} of ${total} nodes fixed in cluster budget`);
    const out = applied.stdout.replaceAll(/\s+/g, ' ');
    expect(out).toContain(
      `${fleet.id('aa-1')} (managed/aa): NOT as planned: it was changed and was well, and is not Ready any more`,
    );
    expect(out).toContain(`${fleet.id('bb-3')} (managed/bb): not changed: its node is not Ready (NodeStatusUnknown)`);
    expect(out).toContain(`${fleet.id('dd-2')} (managed/dd): left the cluster`);
    for (const [node, group] of [
      ['aa-3', 'aa'],
      ['bb-2', 'bb'],
      ['cc-3', 'cc'],
    ] as const)
      expect(out).toContain(`${fleet.id(node)} (managed/${group}): not changed: /etc/kubernetes/pki/ca.crt is missing`);

    const [, run = ''] = /^run (\S+): /m.exec(applied.stderr) ?? [];
    const group = ['--group', 'cc', '--max-unavailable', '5'];
    const undone = await cli([...args, '--undo', run, ...group]);
    expect(undone).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(`${size - 1} of ${size - 1} nodes put back in cluster budget`),
    });
    expect(fileOf(fleet.root('cc-1'))).toBe(before);
    expect(restartsBy(fleet)).toMatchObject({ 'cc-1': 2, 'cc-3': 0, 'dd-1': 1 });
  });

  it('goes on after its terminal was killed, and restarts no node again', async () => {
    const { roots } = await estate.addCluster('killed', { workers: 5 });
    const program = join(import.meta.dirname, '../../lambda/cli/eks-kubelet-audit.ts');
    const args = ['remediate', 'killed', '--controls', 'kubelet-client-ca-file'];
    const child = spawn(process.execPath, [program, ...args, '--apply', '--yes'], {
      env: { ...process.env },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let printed = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
      if (/^\[3\/5\].*changing/m.test(printed)) child.kill('SIGKILL');
    });
    expect(await once(child, 'exit')).toEqual([null, 'SIGKILL']);

    const [, run = ''] = /^run (\S+): /m.exec(printed) ?? [];
    const resumed = await cli([...args, '--resume', run, '--yes']);
    expect(resumed).toMatchObject({ code: 0, stdout: expect.stringContaining('5 of 5 nodes fixed in cluster killed') });
    expect([...roots.values()].map(restartsOf)).toEqual([1, 1, 1, 1, 1]);
    expect(await cli([...args, '--resume', 'another', '--yes'])).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('Systems Manager knows no command of run another'),
    });
  });

  it('is fixed through Security Hub with at most one node of a group at a time, and the node that dies late is reported at the end', async () => {
    const fleet = await fleetOf('hubbed');
    const press = async () => {
      const { lines } = await invoke(estate, pressed(...Object.keys(groups).map((group) => idOf('hubbed', group))));
      return { lines, executions: [...new Set(executionsOf(lines))] };
    };
    const { executions } = await press();
    expect(executions.length).toBe(4);
    // None of them starts a second time while it waits.
    expect(new Set((await press()).executions)).toEqual(new Set(executions));
    fleet.leave('dd-2');

    const atOnce: Record<string, number> = {};
    const look = setInterval(() => {
      const open = estate.lab.ssm.automations.all.flatMap((each) =>
        (each['StepExecutions'] as readonly Record<string, unknown>[]).filter(
          ({ StepName, StepStatus }) => StepName === 'change' && StepStatus === 'InProgress',
        ),
      );
      for (const [group, steps] of Map.groupBy(open, ({ ParentStepDetails }) =>
        fleet.groupOf(String(Object(ParentStepDetails).IteratorValue)),
      ))
        atOnce[group] = Math.max(atOnce[group] ?? 0, steps.length);
    }, 2);
    const all: string[] = [];
    const run = async (ids: readonly string[]) => {
      all.push(...ids);
      for (const id of ids) {
        await waiting(estate, id);
        await signal(estate, id, { type: 'Approve' });
      }
      return await Promise.all(ids.map((id) => estate.lab.ssm.automations.finished(id)));
    };
    const first = await run(executions);
    expect(first.map((each) => each['AutomationExecutionStatus'])).toEqual(Array(4).fill('Success'));
    // One press begins with fifty machines, and one that refused may be pressed again.
    const rest = (await press()).executions;
    const second = await run(rest);
    clearInterval(look);
    expect(second.every((each) => each['AutomationExecutionStatus'] === 'Success')).toBe(true);

    expect(atOnce).toEqual({ aa: 1, bb: 1, cc: 1, dd: 1 });
    expectRestarts(fleet, 1);

    fleet.die('aa-1');
    const reported = [];
    for (const id of executions) reported.push(...(await invoke(estate, ended(id))).lines);
    expect(reported.filter(({ message }) => message === 'a node that the runbook changed is not Ready')).toMatchObject([
      { instanceId: fleet.id('aa-1') },
    ]);
    const left = reported.filter(({ message }) => message === 'the runbook left a node as it was');
    expect(new Set(left.map(({ instanceId }) => instanceId))).toEqual(
      new Set(['aa-3', 'bb-2', 'cc-3', 'dd-2'].map(fleet.id)),
    );
  });
});
