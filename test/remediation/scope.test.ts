import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { refuseOtherConfigurations, restartsOf } from '../lab/node/node-systemd.ts';
import { canEnterRoots } from '../lab/node/script-in-root.ts';
import { cli, type Person } from './person-at-terminal.ts';
import { type RemediableEstate, startRemediableEstate } from './remediable-estate.ts';

let estate: RemediableEstate;
let state: string;
beforeAll(async () => {
  estate = await startRemediableEstate();
  state = await mkdtemp(join(tmpdir(), 'state-'));
  for (const [name, value] of Object.entries({ ...estate.environment(), XDG_STATE_HOME: state }))
    vi.stubEnv(name, value);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await estate?.close();
  await rm(state, { recursive: true });
});

const scope = ['--controls', '3.2.3', '--group', 'web', '--limit', '1'];
const remediate = (cluster: string, args: readonly string[], person: Person = {}) =>
  cli(['remediate', cluster, ...args, '--yes'], person);
const runOf = ({ stderr }: { readonly stderr: string }): string => /^run (\S+): /m.exec(stderr)?.[1] ?? '';
const recordOf = (run: string): string => join(state, 'eks-kubelet-audit/runs', `${run}.jsonl`);

/** A run over one node of the group web that was put back: the run stopped, and the node would take the change now. */
async function stoppedRun(name: string) {
  const { roots } = await estate.addCluster(name, { api: 1, web: 2 });
  const root = roots.get('web-1.internal') ?? expect.unreachable();
  refuseOtherConfigurations(root);
  const began = await remediate(name, [...scope, '--apply']);
  expect(began).toMatchObject({ code: 1, stdout: expect.stringContaining('0 of 1 node fixed') });
  rmSync(join(root.path, 'run/lab/systemd/starts-only-as-before'));
  const restarts = () =>
    Object.fromEntries([...roots].map(([node, each]) => [node.replace('.internal', ''), restartsOf(each)]));
  return { run: runOf(began), restarts, began };
}

describe.skipIf(!canEnterRoots())('a run that goes on', () => {
  it('takes its scope from its record, changes nothing else, and is named in the list with what to do next', async () => {
    const { run, restarts, began } = await stoppedRun('kept');
    expect(began.stderr).toContain(`run ${run}: its record is in ${recordOf(run)}`);
    expect((await cli(['remediate', '--list'])).stdout).toContain(
      `${run}: cluster kept, stopped, 0 of 1 node done
  next: remediate kept --resume ${run}
`,
    );

    const before = restarts();
    const resumed = await remediate('kept', ['--resume', run]);
    expect(resumed).toMatchObject({ code: 0, stdout: expect.stringContaining('1 of 1 node fixed in cluster kept') });
    expect(restarts()).toEqual({ ...before, 'web-1': Number(before['web-1']) + 1 });
    expect((await cli(['remediate', '--list'])).stdout).toContain(
      `${run}: cluster kept, finished, 1 of 1 node done
  next: remediate kept --undo ${run}
`,
    );

    // Nothing of it is left: the second node of the group is none of its scope.
    const again = await remediate('kept', ['--resume', run]);
    expect(again.code).toBe(0);
    expect(restarts()).toEqual({ ...before, 'web-1': Number(before['web-1']) + 1 });
  });

  it.each([
    ['another control', ['--controls', '3.2.1', '--group', 'web', '--limit', '1']],
    ['another group', ['--controls', '3.2.3', '--group', 'api', '--limit', '1']],
    ['another limit', ['--controls', '3.2.3', '--group', 'web', '--limit', '2']],
    ['no limit', ['--controls', '3.2.3', '--group', 'web']],
    ['no option', []],
  ])('demands its options by the hash in its id where it has no record, and refuses %s', async (what, options) => {
    const { run, restarts } = await stoppedRun(`hash-${what.replace(' ', '-')}`);
    rmSync(recordOf(run));
    const before = restarts();
    expect(await remediate(`hash-${what.replace(' ', '-')}`, [...options, '--resume', run])).toMatchObject({
      code: 64,
      stderr: expect.stringContaining('its id is not that of these options and this cluster'),
    });
    expect(restarts()).toEqual(before);
  });

  it('goes on by the same options where it has no record, and its limit has counted the node that it touched', async () => {
    const { run, restarts } = await stoppedRun('unrecorded');
    rmSync(recordOf(run));
    const before = restarts();
    expect(await remediate('unrecorded', [...scope, '--resume', run])).toMatchObject({ code: 0 });
    expect(restarts()).toEqual({ ...before, 'web-1': Number(before['web-1']) + 1 });
    rmSync(recordOf(run));
    expect(await remediate('unrecorded', [...scope, '--resume', run])).toMatchObject({ code: 0 });
    expect(restarts()).toEqual({ ...before, 'web-1': Number(before['web-1']) + 1 });
  });

  it('shows the difference and changes nothing where the plan is another, the cluster is another, or the record cannot be read', async () => {
    const { run, restarts } = await stoppedRun('other');
    await estate.addCluster('neighbour', { web: 1 });
    const before = restarts();
    const record = readFileSync(recordOf(run), 'utf8');
    expect(await remediate('neighbour', ['--resume', run])).toMatchObject({ code: 64 });

    writeFileSync(recordOf(run), record.replace('config.json: +', 'other.json: +'));
    const changed = await remediate('other', ['--resume', run]);
    expect(changed.code).toBe(3);
    expect(changed.stderr).toMatch(
      /^i-\w+:\n- .*other\.json: \+ .*\n\+ .*config\.json: \+ .*\nerror: the plan is not the one that this run began with/m,
    );

    writeFileSync(recordOf(run), '{}\n');
    expect(await remediate('other', ['--resume', run])).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('is not the record of a run'),
    });
    expect(restarts()).toEqual(before);
  });

  it('loses nothing where its terminal is lost: the node under way is waited for, and the rest is done later', async () => {
    const { roots } = await estate.addCluster('lost', { web: 2 });
    const began = await remediate('lost', ['--controls', '3.2.3', '--apply'], {
      sees: (text) => {
        if (text.includes('[1/2]') && text.includes('changing')) process.emit('SIGHUP');
      },
    });
    expect(began.code).toBe(130);
    expect([...roots.values()].map(restartsOf)).toEqual([1, 0]);
    const run = runOf(began);
    expect((await cli(['remediate', '--list'])).stdout).toContain(
      `${run}: cluster lost, interrupted, 1 of 2 nodes done`,
    );
    expect(await remediate('lost', ['--resume', run])).toMatchObject({ code: 0 });
    expect([...roots.values()].map(restartsOf)).toEqual([1, 1]);
  });

  it('excludes a second terminal on its node groups, which learns who is at work and until when', async () => {
    const { roots } = await estate.addCluster('together', { api: 1, web: 2 });
    let second: ReturnType<typeof remediate> | undefined;
    const web = ['--controls', '3.2.3', '--group', 'web', '--apply'];
    const first = await remediate('together', web, {
      sees: (text) => {
        if (text.includes('[1/2]') && text.includes('changing')) second ??= remediate('together', web);
      },
    });
    expect(first).toMatchObject({ code: 0 });
    expect(await second).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(
        new RegExp(
          `node group managed/web is being changed by run ${runOf(first)} of .*@.*, until 20.*; wait for its end`,
        ),
      ),
    });
    expect([...roots.values()].map(restartsOf)).toEqual([0, 1, 1]);
    expect(await remediate('together', ['--controls', '3.2.3', '--apply'])).toMatchObject({ code: 0 });
    expect([...roots.values()].map(restartsOf)).toEqual([1, 1, 1]);
  });

  it('begins nothing where its record cannot be written', async () => {
    const { roots } = await estate.addCluster('unwritable', { web: 1 });
    vi.stubEnv('XDG_STATE_HOME', '/proc/nowhere');
    const { code, stderr } = await remediate('unwritable', ['--controls', '3.2.3', '--apply']);
    vi.stubEnv('XDG_STATE_HOME', state);
    expect({ code, stderr }).toEqual({
      code: 3,
      stderr: expect.stringContaining('nothing was changed: set XDG_STATE_HOME'),
    });
    expect([...roots.values()].map(restartsOf)).toEqual([0]);
  });
});

describe.skipIf(!canEnterRoots())('the plan that is shown', () => {
  it('is the plan that runs: of the chosen nodes alone, which the question names', async () => {
    const { instanceIds } = await estate.addCluster('shown-plan', { api: 1, web: 2 });
    const asked = await cli(['remediate', 'shown-plan', ...scope, '--apply'], { types: 'no' });
    expect(asked.stderr).toContain('1 node: web-1.internal will be changed');
    expect(asked.stdout).toContain('node group web (managed): 1 node to touch');
    expect(asked.stdout).toContain(instanceIds.get('web-1.internal'));
    for (const other of ['api-1', 'web-2']) expect(asked.stdout).not.toContain(instanceIds.get(`${other}.internal`));
  });

  it('is asked of each node without a change: each answer as it comes, those that are not Ready with the reason, and totals', async () => {
    const { cluster, roots, instanceIds } = await estate.addCluster('dry', { api: 2, web: 2 });
    const id = (name: string) => instanceIds.get(`${name}.internal`) ?? '';
    rmSync(join(roots.get('web-2.internal')?.path ?? '', 'etc/kubernetes/pki/ca.crt'));
    const [first] = cluster.api.nodes;
    if (first)
      cluster.api.putNode({ ...first, condition: () => ({ ready: false, heartbeatAt: '2026-11-01T06:00:00Z' }) });
    const args = [
      'remediate',
      'dry',
      '--controls',
      '3.2.3',
      '--dry-run',
      '--max-unavailable',
      '50%',
      '--max-unready',
      '100',
    ];
    const { stdout } = await cli([...args, '--max-unavailable', '2']);
    const text = stdout.replaceAll(/\s+/g, ' ');
    expect(text).toContain(`${id('api-1')} (managed/api): not asked: its node is not Ready (NodeStatusUnknown)`);
    expect(text).toContain(`${id('api-2')} (managed/api): would be changed`);
    expect(text).toContain(`${id('web-2')} (managed/web): would refuse: /etc/kubernetes/pki/ca.crt is missing`);
    expect(text).toContain('4 nodes: 1 not asked, 2 would be changed, 1 would refuse; nothing was changed');
    // Half of two nodes is one, which is down already.
    expect((await cli(args)).stdout.replaceAll(/\s+/g, ' ')).toContain(
      `${id('api-2')} (managed/api): not asked: 1 of the 2 nodes of its group are not Ready, which is as many as may be unavailable`,
    );
    expect([...roots.values()].map(restartsOf)).toEqual([0, 0, 0, 0]);
  });

  it('and its outcome are JSON for a program, one object a line', async () => {
    const { instanceIds } = await estate.addCluster('as-json', { web: 1 });
    const key = instanceIds.get('web-1.internal');
    const { code, stdout } = await remediate('as-json', [...scope, '--apply', '--output', 'json']);
    expect(code).toBe(0);
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([
      expect.objectContaining({
        kind: 'plan',
        groups: [expect.objectContaining({ nodes: [expect.objectContaining({ key })] })],
      }),
      expect.objectContaining({
        kind: 'outcome',
        cluster: 'as-json',
        mode: 'apply',
        ended: 'finished',
        groups: [{ name: 'managed/web', nodes: [expect.objectContaining({ key, state: 'done' })] }],
      }),
    ]);
  });
});
