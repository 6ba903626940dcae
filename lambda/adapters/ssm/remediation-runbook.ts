import { createHash } from 'node:crypto';
import { GetAutomationExecutionCommand, type SSMClient, StartAutomationExecutionCommand } from '@aws-sdk/client-ssm';
import { clusterPattern } from '../../contract/patterns.ts';
import { approvalTopicName, remediationRunbookName, runbookRoleName } from '../../contract/remediation-names.ts';
import type { Place, Problem } from '../../core/model.ts';
import type { Clock } from '../../core/ports.ts';
import type { Runbooks } from '../../core/remediation/ports.ts';
import { err, ok } from '../../core/result.ts';
import { roleArn } from '../../core/role-arn.ts';
import { placeText } from '../aws-access.ts';
import { nothingChanged } from './remediation-problem.ts';
import { type SsmFault, ssmCall } from './ssm-call.ts';

interface Options {
  /** With the credentials of the account's remediation role. */
  readonly client: (place: Place) => SSMClient;
  /** ARNs of those who may approve in this account. */
  readonly approvers: (place: Place) => readonly string[];
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Starts the runbook, whose first step asks a person: slugs, instance ids and fingerprints are all that it is given, and the cluster's name for whoever approves. */
export const ssmRunbooks = ({ client, approvers, clock, signal }: Options): Runbooks => ({
  async start(place, { requestId, cluster, instanceIds, controls, trust }) {
    const command = new StartAutomationExecutionCommand({
      DocumentName: remediationRunbookName,
      // CloudFormation may leave the version before as the default one (cloudformation-coverage-roadmap#2539).
      DocumentVersion: '$LATEST',
      ClientToken: tokenOf(requestId),
      Parameters: {
        Cluster: [cluster],
        InstanceIds: [...instanceIds],
        Controls: [controls.join(',')],
        CaSha256: [trust.join(',')],
        Mode: ['apply'],
        Method: ['auto'],
        Approval: ['required'],
        Approvers: [...approvers(place)],
        NotificationArn: [`arn:${place.partition}:sns:${place.region}:${place.accountId}:${approvalTopicName}`],
        AutomationAssumeRole: [roleArn(place, runbookRoleName)],
      },
    });
    const started = await ssmCall(
      'ssm:StartAutomationExecution',
      async () => (await client(place).send(command, { abortSignal: signal })).AutomationExecutionId ?? '',
      { clock, signal },
    );
    return started.ok ? started : err(problem(started.error, place));
  },

  async clusterOf(place, executionId) {
    const command = new GetAutomationExecutionCommand({ AutomationExecutionId: executionId });
    const got = await ssmCall(
      'ssm:GetAutomationExecution',
      async () => (await client(place).send(command, { abortSignal: signal })).AutomationExecution,
      { clock, signal },
    );
    if (!got.ok) return err(problem(got.error, place));

    const { DocumentName, Parameters } = got.value ?? {};
    const [cluster = ''] = Parameters?.['Cluster'] ?? [];
    return DocumentName === remediationRunbookName && clusterPattern.test(cluster)
      ? ok(cluster)
      : err({
          code: 'runbook-names-no-cluster',
          message: `execution ${executionId} in ${placeText(place)} is of another runbook, or names no cluster`,
          remedy: 'nothing: the next run reads its nodes',
        });
  },
});

/** In the form of a UUID, as SSM wants it: the same request starts one execution, however often it is delivered. */
function tokenOf(requestId: string): string {
  const digits = createHash('sha256').update(requestId).digest('hex');
  return [8, 4, 4, 4, 12]
    .reduce<{ readonly parts: readonly string[]; readonly rest: string }>(
      ({ parts, rest }, length) => ({ parts: [...parts, rest.slice(0, length)], rest: rest.slice(length) }),
      { parts: [], rest: digits },
    )
    .parts.join('-');
}

function problem(fault: SsmFault, place: Place): Problem {
  if (fault.assumeRoleProblem)
    return {
      ...fault.assumeRoleProblem,
      remedy: `deploy the remediation stack in ${placeText(place)}; nothing was changed`,
    };
  if (
    /^(AutomationDefinitionNotFound|AutomationDefinitionVersionNotFound|InvalidAutomationExecutionParameters)/.test(
      fault.name,
    )
  )
    return {
      code: 'runbook-missing',
      message: `the runbook ${remediationRunbookName} is not usable in ${placeText(place)} (${fault.name})`,
      remedy: 'deploy the remediation stack of this version there; nothing was changed',
    };
  return nothingChanged(fault, `automation-definition/${remediationRunbookName}`);
}
