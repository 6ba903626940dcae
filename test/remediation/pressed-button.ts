import { randomUUID } from 'node:crypto';
import { SendAutomationSignalCommand, SSMClient } from '@aws-sdk/client-ssm';
import { expect, vi } from 'vitest';
import { memberRoleName } from '../../lambda/contract/names.ts';
import {
  approverRoleName,
  remediateFunction,
  remediationEnvironment,
  remediationRoleName,
  remediationRunbookName,
} from '../../lambda/contract/remediation-names.ts';
import { handler } from '../../lambda/handlers/remediate.ts';
import { accountId, type RemediableEstate, region, roleArn } from './remediable-estate.ts';

export const functionRole = roleArn(remediateFunction.roleName);
export const approver = roleArn(approverRoleName);

/** The roles of the hub's function, of the starter and of the approver. */
export function addRoles({ lab: { sts } }: RemediableEstate): void {
  const trust = (principal: string) => ({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow' as const, Principal: { AWS: principal }, Action: 'sts:AssumeRole' }],
  });
  for (const name of [memberRoleName, remediationRoleName])
    sts.putRole(roleArn(name), { trustPolicy: trust(functionRole) });
  for (const each of [functionRole, approver]) sts.putRole(each, { trustPolicy: { Statement: [] } });
}

/** What Security Hub sends when somebody chose these findings and pressed the button. Everything but Ids and accounts is a lie here. */
export const pressed = (...ids: readonly string[]) => pressedOf(accountId, ...ids);

/** The same for findings in some account’s Security Hub. */
export const pressedOf = (of: string, ...ids: readonly string[]) => ({
  version: '0',
  id: randomUUID(),
  'detail-type': 'Security Hub Findings - Custom Action',
  source: 'aws.securityhub',
  account: accountId,
  region,
  resources: [`arn:aws:securityhub:${region}:${accountId}:action/custom/RemediateKubelet`],
  detail: {
    actionName: 'Remediate kubelet',
    findings: ids.map((Id) => ({
      Id,
      AwsAccountId: of,
      Compliance: { Status: 'PASSED' },
      Remediation: { Recommendation: { Text: '$(reboot)' } },
    })),
  },
});

/** What Systems Manager says when the runbook has ended. Source: its user guide, "EventBridge event examples". */
export const ended = (executionId: string, more: object = {}) => ({
  version: '0',
  id: randomUUID(),
  'detail-type': 'EC2 Automation Execution Status-change Notification',
  source: 'aws.ssm',
  account: accountId,
  time: '2026-11-25T05:00:00Z',
  region,
  resources: [
    `arn:aws:ssm:${region}:${accountId}:automation-execution/${executionId}`,
    `arn:aws:ssm:${region}:${accountId}:automation-definition/${remediationRunbookName}:1`,
  ],
  detail: {
    ExecutionId: executionId,
    Definition: remediationRunbookName,
    DefinitionVersion: 1,
    Status: 'Success',
    StartTime: 'Nov 25, 2026 4:50:00 AM',
    EndTime: 'Nov 25, 2026 5:00:00 AM',
    Time: 600_000,
    ExecutedBy: `arn:aws:sts::${accountId}:assumed-role/${remediationRoleName}/eks-kubelet-audit`,
    ...more,
  },
});

/** What Security Hub says of a finding. */
export const statusOf = ({ lab }: RemediableEstate, id: string): unknown =>
  lab.securityHub
    .findings(accountId, region)
    .filter(({ Id }) => Id === id)
    .map(({ Compliance }) => (Compliance as { readonly Status: string }).Status)[0];

/** The function's answer to an event, and the lines of its log. */
export async function invoke(estate: RemediableEstate, event: unknown, more: Readonly<Record<string, string>> = {}) {
  const variables = {
    ...estate.environment(estate.lab.sts.startSession(functionRole, 'function')),
    [remediationEnvironment.approvers]: `role/${approverRoleName}`,
    EKS_KUBELET_AUDIT_IN_VPC: 'true',
    EKS_KUBELET_AUDIT_PUBLISH: 'true',
    ...more,
  };
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);

  const lines: Record<string, unknown>[] = [];
  const spies = [process.stdout, process.stderr].map((stream) =>
    vi.spyOn(stream, 'write').mockImplementation((text) => {
      if (String(text).startsWith('{"level"')) lines.push(JSON.parse(String(text)));
      return true;
    }),
  );
  const context = {
    awsRequestId: 'request',
    invokedFunctionArn: `arn:aws:lambda:${region}:${accountId}:function:eks-kubelet-audit-remediate`,
    getRemainingTimeInMillis: () => 60_000,
  };
  try {
    return { answer: await handler(event, context), lines };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

export const idOf = (cluster: string, group = 'workers', control = 'kubelet-client-ca-file') =>
  `eks-kubelet-audit/${control}/arn:aws:eks:${region}:${accountId}:cluster/${cluster}/node-group/managed/${group}`;

export async function signal(
  { lab }: RemediableEstate,
  executionId: string,
  { type, role = approver }: { readonly type: 'Approve' | 'Reject'; readonly role?: string },
): Promise<void> {
  const client = new SSMClient({
    endpoint: lab.endpoint,
    region,
    credentials: lab.sts.startSession(role, 'person'),
  });
  await client.send(new SendAutomationSignalCommand({ AutomationExecutionId: executionId, SignalType: type }));
}

export const executionsOf = (lines: readonly Record<string, unknown>[]) =>
  lines.flatMap(({ executions }) => (executions ?? []) as readonly string[]);

export const waiting = ({ lab }: RemediableEstate, id: string) =>
  expect
    .poll(() => lab.ssm.automations.all.find((each) => each['AutomationExecutionId'] === id))
    .toMatchObject({ AutomationExecutionStatus: 'Waiting' });

/** Presses the button for the workers of a cluster: the function's answer, its log, and the runbook that waits for approval, or none. */
export async function press(estate: RemediableEstate, cluster: string) {
  const { answer, lines } = await invoke(estate, pressed(idOf(cluster)));
  const [execution = ''] = executionsOf(lines);
  if (execution !== '') await waiting(estate, execution);
  return { answer, lines, execution };
}

/** Answers a runbook that waits, and gives its end. */
export async function answered(estate: RemediableEstate, execution: string, type: 'Approve' | 'Reject') {
  await signal(estate, execution, { type });
  return await estate.lab.ssm.automations.finished(execution);
}

export const endedAs = (status: string) => expect.objectContaining({ AutomationExecutionStatus: status });
