import { GetParametersByPathCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { ssmGroupLocks } from '../../lambda/adapters/ssm/group-locks.ts';
import { remedyLockPath } from '../../lambda/contract/remediation-names.ts';
import { restartsOf } from '../lab/node/node-systemd.ts';
import { canEnterRoots } from '../lab/node/script-in-root.ts';
import { cli } from './person-at-terminal.ts';
import { addRoles, answered, ended, endedAs, invoke, press } from './pressed-button.ts';
import { accountId, type RemediableEstate, region, startRemediableEstate } from './remediable-estate.ts';

let estate: RemediableEstate;
let client: SSMClient;
beforeAll(async () => {
  estate = await startRemediableEstate();
  addRoles(estate);
  client = new SSMClient({ endpoint: estate.lab.endpoint, region, credentials: estate.lab.credentials(accountId) });
});
afterAll(() => estate?.close());
afterEach(() => vi.unstubAllEnvs());

const pathOf = (cluster: string) => `${remedyLockPath}/${cluster}/managed/workers`;
const locksOf = async (cluster: string) => {
  const { Parameters = [] } = await client.send(new GetParametersByPathCommand({ Path: pathOf(cluster) }));
  return Parameters.map(({ Name = '', Value = '' }) => ({ number: Name.split('/').at(-1), ...JSON.parse(Value) }));
};

describe.skipIf(!canEnterRoots())('a node group that a runbook and a terminal want', () => {
  it('is not touched by a runbook while a terminal has it, and the runbook names the run and its end', async () => {
    const { roots, cluster } = await estate.addCluster('held', { workers: 1 });
    const arn = { partition: 'aws', accountId, region, name: 'held', arn: cluster.arn };
    const clock = { now: () => new Date(), sleep: async () => undefined };
    const locks = ssmGroupLocks({ client: () => client, clock, holder: 'ann@here', isAlive: () => true });
    const held = await locks.take({ name: 'held', arn, compute: {} } as never, ['managed/workers'], 'run-1');
    expect(held.ok).toBe(true);

    const { execution } = await press(estate, 'held');
    expect(await answered(estate, execution, 'Approve')).toEqual(endedAs('Failed'));
    expect([...roots.values()].map(restartsOf)).toEqual([0]);
    const { lines } = await invoke(estate, ended(execution, { Status: 'Failed' }));
    expect(lines).toContainEqual(
      expect.objectContaining({
        message: 'the runbook stopped before it touched a further node',
        because: expect.stringMatching(
          /^node group managed\/workers is being changed by run run-1 of ann@here, until 20\S+ at the latest; ask again/,
        ),
      }),
    );

    if (held.ok) await held.value.release();
    const again = await press(estate, 'held');
    expect(await answered(estate, again.execution, 'Approve')).toEqual(endedAs('Success'));
    expect([...roots.values()].map(restartsOf)).toEqual([1]);
  });

  it('is taken once for all nodes of a runbook, and is free after it', async () => {
    const { roots } = await estate.addCluster('shared', { workers: 2 });
    const { execution } = await press(estate, 'shared');
    expect(await answered(estate, execution, 'Approve')).toEqual(endedAs('Success'));
    const own = { run: execution, holder: 'the runbook', pid: 0 };
    expect(await locksOf('shared')).toEqual([
      { number: '1', ...own, seconds: 10_800 },
      { number: '2', ...own, seconds: 0 },
    ]);

    expect([...roots.values()].map(restartsOf)).toEqual([1, 1]);
  });

  it('is not touched by a terminal while a runbook has it', async () => {
    const { roots } = await estate.addCluster('running', { workers: 1 });
    const Value = JSON.stringify({ run: 'e-1', holder: 'the runbook', pid: 0, seconds: 10_800 });
    await client.send(new PutParameterCommand({ Name: `${pathOf('running')}/1`, Value, Type: 'String' }));
    for (const [name, value] of Object.entries(estate.environment())) vi.stubEnv(name, value);
    const terminal = await cli(['remediate', 'running', '--apply', '--yes']);
    expect(terminal).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('is being changed by run e-1 of the runbook, until 20'),
    });
    expect([...roots.values()].map(restartsOf)).toEqual([0]);
  });

  it.each([
    ['that nobody can read', '{', 'Failed'],
    ['of a run whose time is over', JSON.stringify({ run: 'r', holder: 'h', pid: 1, seconds: 0 }), 'Success'],
  ])('is taken or not after a value %s', async (what, Value, end) => {
    const name = what.replaceAll(' ', '-').slice(0, 12);
    await estate.addCluster(name, { workers: 1 });
    await client.send(new PutParameterCommand({ Name: `${pathOf(name)}/41`, Value, Type: 'String' }));
    const { execution } = await press(estate, name);
    expect(await answered(estate, execution, 'Approve')).toEqual(endedAs(end));
  });
});
