import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { SSMClient, StartAutomationExecutionCommand } from '@aws-sdk/client-ssm';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { environment } from '../../lambda/contract/environment.ts';
import { memberRoleName } from '../../lambda/contract/names.ts';
import {
  approvalTopicName,
  remediationEnvironment,
  remediationRoleName,
  remediationRunbookName,
  runbookRoleName,
} from '../../lambda/contract/remediation-names.ts';
import { refuseOtherConfigurations, restartsOf } from '../lab/node/node-systemd.ts';
import { canEnterRoots } from '../lab/node/script-in-root.ts';
import {
  addRoles,
  answered,
  approver,
  ended,
  endedAs,
  executionsOf,
  functionRole,
  idOf,
  invoke,
  press,
  pressed,
  pressedOf,
  signal,
  statusOf,
  waiting,
} from './pressed-button.ts';
import {
  accountId,
  fileOf,
  type RemediableEstate,
  region,
  roleArn,
  startRemediableEstate,
} from './remediable-estate.ts';

let estate: RemediableEstate;

beforeAll(async () => {
  estate = await startRemediableEstate();
  addRoles(estate);
});
afterAll(() => estate?.close());
afterEach(() => vi.unstubAllEnvs());

const other = '444455556666';
const audited = (...accounts: readonly string[]) => ({
  [environment.accounts]: JSON.stringify({ kind: 'accounts', accounts }),
});
const tomorrow = (): string => new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);

describe.skipIf(!canEnterRoots())('the custom action of Security Hub', () => {
  it('looks again, asks a person, and fixes the finding’s own nodes once it is approved', async () => {
    const { roots, instanceIds } = await estate.addCluster('button', { workers: 2, others: 1 });
    const { answer, lines, execution } = await press(estate, 'button');

    expect(answer).toEqual({ asked: 1, nothingToDo: 0, failed: 0 });
    expect(lines).toContainEqual(expect.objectContaining({ message: 'the runbook waits for approval', nodes: 2 }));
    expect([...roots.values()].map(restartsOf)).toEqual([0, 0, 0]);

    const ids = [...instanceIds.values()].slice(0, 2);
    expect(estate.lab.ssm.automations.approvalRequests.at(-1)).toMatchObject({
      topicArn: `arn:aws:sns:${region}:${accountId}:${approvalTopicName}`,
      message: expect.stringContaining(`cluster button, group managed/workers, one at a time: [${ids.join(', ')}]`),
      executionId: execution,
    });
    const [started] = estate.lab.calls.filter(({ operation }) => operation === 'StartAutomationExecution').slice(-1);
    expect(started).toMatchObject({
      principalArn: expect.stringContaining(`assumed-role/${remediationRoleName}/`),
      input: {
        Parameters: {
          InstanceIds: ids,
          Controls: ['kubelet-client-ca-file'],
          Approval: ['required'],
          Approvers: [approver],
          AutomationAssumeRole: [roleArn(runbookRoleName)],
        },
      },
    });

    expect(await answered(estate, execution, 'Approve')).toEqual(endedAs('Success'));
    expect([...roots.values()].map(restartsOf)).toEqual([1, 1, 0]);

    // Read again as soon as the runbook has ended: the finding needs no run.
    const after = await invoke(estate, ended(execution));
    expect(after.answer).toMatchObject({ item: `${accountId}/${region}/button`, status: 'done', nodes: 3 });
    expect(statusOf(estate, idOf('button'))).toBe('PASSED');
    expect(statusOf(estate, idOf('button', 'others'))).toBe('FAILED');

    // A second press answers that there is nothing left.
    const again = await invoke(estate, pressed(idOf('button')));
    expect(again.answer).toEqual({ asked: 0, nothingToDo: 1, failed: 0 });
    expect(again.lines).toContainEqual(expect.objectContaining({ status: 'nothing-to-do', because: 'it passes now' }));
  });

  it('updates the findings also of a runbook that failed, and holds what cannot be read just now', async () => {
    const { cluster, roots, instanceIds } = await estate.addCluster('half-done', { workers: 2, others: 1 });
    const { execution } = await press(estate, 'half-done');
    await invoke(estate, ended(execution));
    expect(statusOf(estate, idOf('half-done', 'others'))).toBe('FAILED');

    const [, broken] = [...roots.values()];
    if (!broken) throw new Error('there is no second node');
    refuseOtherConfigurations(broken);
    expect(await answered(estate, execution, 'Approve')).toEqual(endedAs('Failed'));

    const id = instanceIds.get('others-1.internal') ?? '';
    estate.lab.ssm.registerInstance(accountId, region, { id, pingStatus: 'ConnectionLost' });
    cluster.api.setKubelet('others-1.internal', { kind: 'handlers-off' });
    const { answer, lines } = await invoke(estate, ended(execution, { Status: 'Failed' }));
    expect(answer).toMatchObject({ status: 'done', nodes: 3 });
    expect(lines.filter(({ message }) => message === 'node did not pass').length).toBeGreaterThan(0);
    expect(statusOf(estate, idOf('half-done'))).toBe('FAILED');
    expect(statusOf(estate, idOf('half-done', 'others'))).toBe('FAILED');
  });

  it('fails, so that somebody hears of it, when the execution that has ended cannot be found', async () => {
    await expect(invoke(estate, ended(randomUUID()))).rejects.toThrow('there is no such execution');
  });

  it('leaves alone what a waiver of the deployment accepts', async () => {
    await estate.addCluster('waived', { workers: 1, others: 1 });
    const folder = await mkdtemp(join(tmpdir(), 'waivers-'));
    const file = join(folder, 'waivers.yaml');
    const waiver = { control: 'kubelet-client-ca-file', cluster: 'waived', nodeGroup: 'workers' };
    const accepted = { reason: 'replaced soon', owner: 'team-payments', expires: tomorrow() };
    await writeFile(file, JSON.stringify({ waivers: [{ ...waiver, ...accepted }] }));

    const { answer, lines } = await invoke(estate, pressed(idOf('waived'), idOf('waived', 'others')), {
      [environment.waivers]: relative(join(import.meta.dirname, '../../lambda/handlers'), file),
    }).finally(() => rm(folder, { recursive: true }));
    expect(answer).toEqual({ asked: 1, nothingToDo: 1, failed: 0 });
    expect(lines).toContainEqual(
      expect.objectContaining({
        id: idOf('waived'),
        because: expect.stringMatching(/^its failure is accepted: by team-payments until .* \(replaced soon\)$/),
      }),
    );
  });

  it('cannot be started without asking, nor with somebody else to ask', async () => {
    const client = new SSMClient({
      endpoint: estate.lab.endpoint,
      region,
      credentials: estate.lab.sts.startSession(roleArn(remediationRoleName), 'starter'),
    });
    const parameters = {
      Cluster: ['blue'],
      NodeGroup: ['managed/workers'],
      InstanceIds: ['i-0123456789abcdef0'],
      Controls: ['kubelet-read-only-port'],
      DocumentVersion: ['1'],
      DocumentHash: ['0'.repeat(64)],
      RunbookVersion: ['1'],
      RunbookHash: ['0'.repeat(64)],
    };
    for (const odd of [{ Approval: ['none'] }, { Approvers: [functionRole] }]) {
      const command = new StartAutomationExecutionCommand({
        DocumentName: remediationRunbookName,
        Parameters: { ...parameters, ...odd },
      });
      await expect(client.send(command)).rejects.toThrow('does not allow');
    }
  });

  it('has one runbook of a node group at a time: until it has ended, no event starts another, and two at the same moment start one', async () => {
    await estate.addCluster('twice', { workers: 1 });
    const answers = await Promise.all([invoke(estate, pressed(idOf('twice'))), invoke(estate, pressed(idOf('twice')))]);
    const first = new Set(answers.flatMap(({ lines }) => executionsOf(lines)));
    expect(first.size).toBe(1);

    const { answer, lines } = await invoke(estate, pressed(idOf('twice')));
    expect(answer).toEqual({ asked: 0, nothingToDo: 1, failed: 0 });
    expect(lines).toContainEqual(expect.objectContaining({ status: 'busy', executions: [...first] }));

    const [execution = ''] = first;
    await waiting(estate, execution);
    await answered(estate, execution, 'Reject');
    expect(first).not.toContain((await press(estate, 'twice')).execution);
  });

  it('changes nothing when it is rejected, or when nobody answers in time', async () => {
    const { roots } = await estate.addCluster('rejected', { workers: 1 });
    const { execution: rejected } = await press(estate, 'rejected');
    await expect(signal(estate, rejected, { type: 'Approve', role: functionRole })).rejects.toThrow(
      'is none of the approvers',
    );
    expect(await answered(estate, rejected, 'Reject')).toEqual(endedAs('Rejected'));

    const { execution: late } = await press(estate, 'rejected');
    estate.lab.ssm.automations.expireApprovals();
    expect(await estate.lab.ssm.automations.finished(late)).toEqual(endedAs('TimedOut'));
    expect([...roots.values()].map(restartsOf)).toEqual([0]);
  });

  it('stops at the first node that does not come back, also when nobody watches, and the next runbook begins behind it', async () => {
    const { roots, instanceIds } = await estate.addCluster('unwatched', { workers: 3 });
    const [, broken] = [...roots.values()];
    if (!broken) throw new Error('there is no second node');
    refuseOtherConfigurations(broken);
    const was = fileOf(broken);

    const { execution } = await press(estate, 'unwatched');
    expect(await answered(estate, execution, 'Approve')).toEqual(endedAs('Failed'));
    expect(fileOf(broken)).toBe(was);
    expect([...roots.values()].map(restartsOf)).toEqual([1, 2, 0]);

    const [, second, third] = [...instanceIds.values()];
    await invoke(estate, pressed(idOf('unwatched')));
    expect(estate.lab.ssm.automations.all.at(-1)).toMatchObject({ Parameters: { InstanceIds: [third, second] } });
  });

  it('goes on past a node that refuses, one that no command reaches and one that left, and says why of each in log and finding', async () => {
    const { roots, instanceIds } = await estate.addCluster('passed-by', { workers: 5 });
    const [refusing] = [...roots.values()];
    if (!refusing) throw new Error('there is no first node');
    rmSync(join(refusing.path, 'etc/kubernetes/pki/ca.crt'));
    const [first = '', second = '', third = '', fourth = '', fifth = ''] = [...instanceIds.values()];
    const { execution } = await press(estate, 'passed-by');
    estate.lab.ssm.registerInstance(accountId, region, { id: second, pingStatus: 'ConnectionLost' });
    estate.lab.ssm.deregisterInstance(accountId, region, third);
    estate.lab.ssm.registerInstance(accountId, region, { id: fourth, behaviour: { endsAs: 'Undeliverable' } });

    expect(await answered(estate, execution, 'Approve')).toEqual(endedAs('Success'));
    expect([...roots.values()].map(restartsOf)).toEqual([0, 0, 0, 0, 1]);
    const { lines } = await invoke(estate, ended(execution));
    const because = (id: string) => lines.find((line) => line['instanceId'] === id)?.['because'];
    expect(because(first)).toContain('/etc/kubernetes/pki/ca.crt is missing');
    expect(because(second)).toContain('has no connection');
    expect(because(third)).toContain('has no connection');
    expect(because(fourth)).toBe('the command did not reach the machine');
    expect(because(fifth)).toBeUndefined();
    const [finding] = estate.lab.securityHub.findings(accountId, region).filter(({ Id }) => Id === idOf('passed-by'));
    expect(JSON.stringify(finding)).toContain('the runbook left it as it was: ');
  });

  it('leaves out nodes that are not Ready, fixes one that is cordoned, and reports a node that died after it was read again', async () => {
    const { cluster, roots, instanceIds } = await estate.addCluster('unready', { workers: 12 });
    const nodes = cluster.api.nodes;
    const [first, second, third] = nodes;
    if (!first || !second || !third) throw new Error('there are no three nodes');
    cluster.api.putNode({ ...first, condition: () => ({ ready: false, heartbeatAt: '2026-11-01T06:00:00Z' }) });
    cluster.api.putNode({ ...second, cordoned: true });
    const { lines, execution } = await press(estate, 'unready');
    const [id1, , id3] = [...instanceIds.values()];
    expect(lines).toContainEqual(
      expect.objectContaining({
        nodes: 11,
        unready: [{ node: id1, because: 'its node is not Ready (NodeStatusUnknown)' }],
      }),
    );

    expect(await answered(estate, execution, 'Approve')).toEqual(endedAs('Success'));
    expect([...roots.values()].map(restartsOf)).toEqual([0, ...Array(11).fill(1)]);

    cluster.api.putNode({ ...third, condition: () => ({ ready: false, heartbeatAt: '2026-11-01T06:00:00Z' }) });
    const after = await invoke(estate, ended(execution));
    expect(after.lines).toContainEqual(
      expect.objectContaining({ message: 'a node that the runbook changed is not Ready', instanceId: id3 }),
    );
  });

  it('starts nothing where no API server says which nodes are Ready, unless the settings do without that', async () => {
    const { cluster } = await estate.addCluster('unasked', { workers: 1 });
    await cluster.api.close();
    const { answer, lines } = await invoke(estate, pressed(idOf('unasked')));
    expect(answer).toEqual({ asked: 0, nothingToDo: 0, failed: 1 });
    expect(lines).toContainEqual(
      expect.objectContaining({ because: expect.stringContaining('whether its nodes are Ready is not known') }),
    );
    const without = await invoke(estate, pressed(idOf('unasked')), { [remediationEnvironment.withoutReady]: 'true' });
    expect(without.answer).toEqual({ asked: 1, nothingToDo: 0, failed: 0 });
  });

  it('joins what several findings ask of the same nodes, and asks for no more than that', async () => {
    const { instanceIds } = await estate.addCluster('several', { workers: 1, others: 1 });
    const { answer, lines } = await invoke(
      estate,
      pressed(
        idOf('several'),
        idOf('several', 'workers', 'kubelet-protect-kernel-defaults'),
        idOf('several', 'others', 'kubelet-protect-kernel-defaults'),
      ),
    );
    expect(answer).toEqual({ asked: 3, nothingToDo: 0, failed: 0 });

    const started = [...new Set(executionsOf(lines))].map((id) =>
      estate.lab.ssm.automations.all.find((each) => each['AutomationExecutionId'] === id),
    );
    const [workers = '', others = ''] = [...instanceIds.values()];
    expect(started.map((each) => each?.['Parameters'])).toEqual([
      expect.objectContaining({
        InstanceIds: [workers],
        Controls: ['kubelet-client-ca-file,kubelet-protect-kernel-defaults'],
      }),
      expect.objectContaining({ InstanceIds: [others], Controls: ['kubelet-protect-kernel-defaults'] }),
    ]);
  });

  it.each<[string, ReturnType<typeof pressed>, string?]>([
    [
      'another product’s',
      pressed('arn:aws:securityhub:eu-west-1:111122223333:subscription/aws-foundational/v/1.0.0/EKS.1'),
    ],
    ['one of a control that does not exist', pressed(idOf('button', 'workers', 'kubelet-everything'))],
    ['one that only begins like ours', pressed('eks-kubelet-audit/kubelet-client-ca-file/x')],
    [
      'one in another account than its Id names',
      pressedOf(other, idOf('blue')),
      `it is in account ${other}, and its Id names a cluster of account ${accountId}`,
    ],
    [
      'one in an account that is not audited',
      pressedOf(other, idOf('blue').replace(accountId, other)),
      `account ${other} is not audited`,
    ],
  ])('does nothing about a finding that is none of ours: %s', async (_what, event, because) => {
    const before = estate.lab.calls.length;
    const { answer, lines } = await invoke(estate, event);

    expect(answer).toEqual({ asked: 0, nothingToDo: 1, failed: 0 });
    const line = { status: 'not-ours', ...(because !== undefined && { because }) };
    expect(lines).toContainEqual(expect.objectContaining(line));
    expect(estate.lab.calls.length).toBe(before);
  });

  it('reads nothing when a runbook has ended in an account that is not audited, and says so', async () => {
    const before = estate.lab.calls.length;
    const end = { ...ended(randomUUID()), account: other };
    await expect(invoke(estate, end)).rejects.toThrow(`account ${other} is not audited`);
    const excluded = { kind: 'organization', units: ['r-ab12'], exclude: [other] };
    await expect(invoke(estate, end, { [environment.accounts]: JSON.stringify(excluded) })).rejects.toThrow(
      'is not audited',
    );
    expect(estate.lab.calls.length).toBe(before);
  });

  it('starts nothing for a node group whose name is somebody’s shell', async () => {
    await estate.addCluster('shell', { workers: 1 });
    const before = estate.lab.calls.length;
    const { answer } = await invoke(estate, pressed(`${idOf('shell')}/$(reboot)`));

    expect(answer).toEqual({ asked: 0, nothingToDo: 1, failed: 0 });
    expect(estate.lab.calls.slice(before).map(({ operation }) => operation)).not.toContain('StartAutomationExecution');
  });

  it('says so when the cluster is gone, the group has no node, or the role is missing, and goes on with the others', async () => {
    await estate.addCluster('there', { workers: 1 });
    const elsewhere = idOf('there').replace(accountId, other);
    const event = pressed(idOf('gone'), idOf('there', 'emptied'), idOf('there'));
    event.detail.findings.push(...pressedOf(other, elsewhere).detail.findings);
    const { answer, lines } = await invoke(estate, event, audited(accountId, other));

    expect(answer).toEqual({ asked: 1, nothingToDo: 1, failed: 2 });
    const because = (id: string) => lines.find((line) => line['id'] === id)?.['because'];
    expect(because(idOf('gone'))).toContain('gone');
    expect(because(idOf('there', 'emptied'))).toContain('none of its nodes is in the cluster any more');
    expect(because(elsewhere)).toContain(`member role '${memberRoleName}'`);
  });

  it('says what to deploy where the remediation role is not there', async () => {
    await estate.addCluster('half', { workers: 1 });
    estate.lab.sts.deleteRole(roleArn(remediationRoleName));
    const { answer, lines } = await invoke(estate, pressed(idOf('half')));
    addRoles(estate);

    expect(answer).toEqual({ asked: 0, nothingToDo: 0, failed: 1 });
    const because = expect.stringContaining('deploy the remediation stack in');
    expect(lines).toContainEqual(expect.objectContaining({ because }));
  });

  it.each<[string, unknown]>([
    ['another event of Security Hub', { ...pressed('x'), 'detail-type': 'Security Hub Findings - Imported' }],
    ['the same from somebody else', { ...pressed('x'), source: 'my.own' }],
    ['an event without findings', { ...pressed(), detail: { findings: [] } }],
    ['a finding without an Id', { ...pressed(), detail: { findings: [{}] } }],
    ['the end of another runbook', ended(randomUUID(), { Definition: 'AWS-RestartEC2Instance' })],
    ['the end of an execution that has no id', ended('../../x')],
    ['the end of a runbook in a Region that is none', { ...ended(randomUUID()), region: 'x.example.com/' }],
    ['the end of a runbook in an account that is none', { ...ended(randomUUID()), account: '*' }],
  ])('refuses %s', async (_what, event) => {
    const before = estate.lab.calls.length;
    await expect(invoke(estate, event)).rejects.toThrow('is not known; send the event of the custom action');
    expect(estate.lab.calls.length).toBe(before);
  });
});
