import { createHash } from 'node:crypto';
import { GetAutomationExecutionCommand, type SSMClient, StartAutomationExecutionCommand } from '@aws-sdk/client-ssm';
import { remedyContents, runbookContents } from '../../contract/document-contents.ts';
import { clusterPattern } from '../../contract/patterns.ts';
import {
  approvalTopicName,
  executionTag,
  remediateDocumentName,
  remediationRunbookName,
  runbookRoleName,
  unchangedSteps,
} from '../../contract/remediation-names.ts';
import type { Place, Problem } from '../../core/model/model.ts';
import { err, ok } from '../../core/model/result.ts';
import { roleArn } from '../../core/model/role-arn.ts';
import type { Clock } from '../../flow/ports.ts';
import type { Runbooks } from '../../flow/remediate/ports.ts';
import { placeText } from '../aws-access.ts';
import { foundOnce, type PinnedDocument, pinnedDocument } from './pinned-document.ts';
import { changedRemedy, noRemedy, nothingChanged, outdatedRemedy } from './remediation-problem.ts';
import { type SsmFault, ssmCall } from './ssm-call.ts';

interface Options {
  /** With the credentials of the account's remediation role. */
  readonly client: (place: Place) => SSMClient;
  /** ARNs of those who may approve in this account. */
  readonly approvers: (place: Place) => readonly string[];
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Starts the runbook, whose first step asks a person. It gets slugs, instance ids and fingerprints, the cluster's name for the approver, and the
 * versions of our two documents. Without our documents nothing is started.
 */
export function ssmRunbooks({ client, approvers, clock, signal }: Options): Runbooks {
  const found = foundOnce();

  const ours = async (place: Place, name: string, contents: readonly string[]) => {
    const looking = { client: client(place), clock, signal };
    const key = [place.accountId, place.region, name].join(' ');
    const document = await found(key, () => pinnedDocument(looking, { name, contents, place }));
    if (document.ok) return document;
    const { error } = document;
    const entering = error.kind === 'fault' && error.fault.assumeRoleProblem !== undefined;
    return err(entering ? problem(error.fault, place) : noRemedy(place, name, error));
  };

  return {
    async start(place, { requestId, cluster, instanceIds, controls, trust }) {
      const remedy = await ours(place, remediateDocumentName, remedyContents);
      if (!remedy.ok) return remedy;
      const runbook = await ours(place, remediationRunbookName, runbookContents);
      if (!runbook.ok) return runbook;

      const command = new StartAutomationExecutionCommand({
        DocumentName: remediationRunbookName,
        DocumentVersion: runbook.value.version,
        ClientToken: tokenOf(requestId),
        Tags: [executionTag],
        Parameters: {
          Cluster: [cluster],
          InstanceIds: [...instanceIds],
          Controls: [controls.join(',')],
          CaSha256: [trust.join(',')],
          Mode: ['apply'],
          ...documentParameters(remedy.value, runbook.value),
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

    async ended(place, executionId) {
      const command = new GetAutomationExecutionCommand({ AutomationExecutionId: executionId });
      const got = await ssmCall(
        'ssm:GetAutomationExecution',
        async () => (await client(place).send(command, { abortSignal: signal })).AutomationExecution,
        { clock, signal },
      );
      if (!got.ok) return err(problem(got.error, place));

      const { DocumentName, Parameters, StepExecutions = [] } = got.value ?? {};
      const [cluster = ''] = Parameters?.['Cluster'] ?? [];
      if (DocumentName !== remediationRunbookName || !clusterPattern.test(cluster))
        return err({
          code: 'runbook-names-no-cluster',
          message: `execution ${executionId} in ${placeText(place)} is of another runbook, or names no cluster`,
          remedy: 'nothing: the next run reads its nodes',
        });

      const failed = StepExecutions.find(({ StepStatus }) => StepStatus === 'Failed')?.StepName;
      const changed = failed === undefined ? undefined : documentOfStep.get(failed);
      const stopped = changed && changedRemedy(place, changed, 'it is not as it was when the remedy was asked for');
      return ok({ cluster, ...(stopped && { stopped }) });
    },
  };
}

/** What the runbook compares before it changes a node: a day may pass between its start and its approval. */
const documentParameters = (remedy: PinnedDocument, runbook: PinnedDocument) => ({
  DocumentVersion: [remedy.version],
  DocumentHash: [remedy.hash],
  RunbookVersion: [runbook.version],
  RunbookHash: [runbook.hash],
});

/** What is not as it was, where that step failed. */
const documentOfStep: ReadonlyMap<string, string> = new Map([
  [unchangedSteps.remedy, remediateDocumentName],
  [unchangedSteps.runbook, remediationRunbookName],
]);

/** In the form of a UUID, as SSM wants it: the same request starts one execution, even if it is delivered several times. */
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
  // It was there a moment ago.
  if (/^(AutomationDefinitionNotFound|AutomationDefinitionVersionNotFound)/.test(fault.name))
    return changedRemedy(place, remediationRunbookName, `it changed while it was about to be started: ${fault.name}`);
  if (fault.name.startsWith('InvalidAutomationExecutionParameters'))
    return outdatedRemedy(place, remediationRunbookName, fault);
  return nothingChanged(fault, `automation-definition/${remediationRunbookName}`);
}
