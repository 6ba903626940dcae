import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { restartsOf } from '../lab/node/node-systemd.ts';
import { canEnterRoots } from '../lab/node/script-in-root.ts';
import { cli } from './person-at-terminal.ts';
import { accountId, fileOf, type RemediableEstate, region, startRemediableEstate } from './remediable-estate.ts';

// Twelve nodes in four groups, or sixty (`npm run fleet`), of which three refuse, one dies late, one is not Ready, and one leaves.

let estate: RemediableEstate;
beforeAll(async () => {
  estate = await startRemediableEstate();
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
describe.skipIf(!canEnterRoots())('a fleet of nodes in four groups', () => {
  it('is fixed from a terminal but for the nodes that must not be touched, within its budget at each step; and is put back', async () => {
    const { cluster, roots, instanceIds } = await estate.addCluster('budget', groups);
    const root = (node: string) => roots.get(`${node}.internal`) ?? expect.unreachable();
    const id = (node: string) => instanceIds.get(`${node}.internal`) ?? '';
    const groupOf = (of: string) => [...instanceIds].find(([, each]) => each === of)?.[0].slice(0, 2);
    const die = (node: string) => {
      const listed = cluster.api.nodes.find((each) => each.name === `${node}.internal`);
      if (listed) cluster.api.putNode({ ...listed, condition: () => unready });
    };
    const refusing = ['aa-3', 'bb-2', 'cc-3'];
    for (const node of refusing) rmSync(join(root(node).path, 'etc/kubernetes/pki/ca.crt'));
    die('bb-3');

    const maxUnavailable = 2;
    const running = new Set<string>();
    const dead = new Set<string>();
    const most = { running: 0 };
    let fixed = 0;
    const sees = (text: string) => {
      for (const [, machine = '', what = ''] of text.matchAll(/^\[\d+\/\d+\] (i-[0-9a-f]+)[^:]*: (\w+)/gm)) {
        if (what !== 'changing') running.delete(machine);
        else {
          running.add(machine);
          const fallen = [...dead].filter((each) => !running.has(each) && groupOf(each) === groupOf(machine));
          expect(running.size + fallen.length).toBeLessThanOrEqual(maxUnavailable);
          most.running = Math.max(most.running, running.size);
        }
        if (what !== 'fixed') continue;
        fixed += 1;
        // The four canaries come first. One dies before the rest of its group is begun, and a node of the last group is scaled in.
        if (fixed === 4) {
          die('aa-1');
          dead.add(id('aa-1'));
        }
        if (fixed !== 5) continue;
        cluster.api.removeNode('dd-2.internal');
        estate.lab.ec2.terminateInstance(accountId, region, id('dd-2'));
        estate.lab.ssm.deregisterInstance(accountId, region, id('dd-2'));
      }
    };

    const before = fileOf(root('cc-1'));
    const args = ['remediate', 'budget', '--controls', 'kubelet-client-ca-file', '--yes'];
    const applied = await cli([...args, '--apply', '--max-unavailable', String(maxUnavailable)], { sees });
    expect(most.running).toBe(maxUnavailable);
    const special = [...refusing, 'bb-3', 'dd-2'];
    const restarted = () =>
      Object.fromEntries([...roots].map(([name, each]) => [name.replace('.internal', ''), restartsOf(each)]));
    const names = Object.keys(restarted());
    expect(restarted()).toEqual(Object.fromEntries(names.map((name) => [name, special.includes(name) ? 0 : 1])));
    expect(applied.code).toBe(1);
    expect(applied.stdout).toContain(`${total - 6} of ${total} nodes fixed in cluster budget`);
    const out = applied.stdout.replaceAll(/\s+/g, ' ');
    expect(out).toContain(
      `${id('aa-1')} (managed/aa): NOT as planned: it was changed and was well, and is not Ready any more`,
    );
    expect(out).toContain(`${id('bb-3')} (managed/bb): not changed: its node is not Ready (NodeStatusUnknown)`);
    expect(out).toContain(`${id('dd-2')} (managed/dd): left the cluster`);
    for (const node of refusing)
      expect(out).toContain(
        `${id(node)} (managed/${node.slice(0, 2)}): not changed: /etc/kubernetes/pki/ca.crt is missing`,
      );

    const [, run = ''] = /^run (\S+): /m.exec(applied.stderr) ?? [];
    const group = ['--group', 'cc', '--max-unavailable', '5'];
    const undone = await cli([...args, '--undo', run, ...group]);
    expect(undone).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(`${size - 1} of ${size - 1} nodes put back in cluster budget`),
    });
    expect(fileOf(root('cc-1'))).toBe(before);
    expect(restarted()).toMatchObject({ 'cc-1': 2, 'cc-3': 0, 'dd-1': 1 });
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
});
