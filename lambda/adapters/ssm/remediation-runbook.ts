import { createHash } from 'node:crypto';
import {
  DescribeAutomationExecutionsCommand,
  DescribeAutomationStepExecutionsCommand,
  GetAutomationExecutionCommand,
  type SSMClient,
  StartAutomationExecutionCommand,
} from '@aws-sdk/client-ssm';
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
import { type RunbookStep, runbookNodeEnds } from '../../core/fix/remediation/run/runbook.ts';
import type { Place, Problem } from '../../core/model/model.ts';
import { err, ok, type Result } from '../../core/model/result.ts';
import { roleArn } from '../../core/model/role-arn.ts';
import type { Clock } from '../../flow/ports.ts';
import type { RecentRunbook, Runbooks } from '../../flow/remediate/ports.ts';
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
    async start(place, { requestId, cluster, group, instanceIds, controls, trust }) {
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
          NodeGroup: [group],
          InstanceIds: [...instanceIds],
          Controls: [controls.join(',')],
          CaSha256: [trust.join(',')],
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

    async recent(place, cluster) {
      const looking = { client: client(place), clock, signal };
      const command = new DescribeAutomationExecutionsCommand({
        Filters: [{ Key: 'DocumentNamePrefix', Values: [remediationRunbookName] }],
        MaxResults: mostRecent,
      });
      const listed = await ssmCall(
        'ssm:DescribeAutomationExecutions',
        () => looking.client.send(command, { abortSignal: signal }),
        looking,
      );
      if (!listed.ok) return err(problem(listed.error, place));

      const found: RecentRunbook[] = [];
      for (const { AutomationExecutionId: executionId = '', AutomationExecutionStatus: status = '' } of listed.value
        .AutomationExecutionMetadataList ?? []) {
        const got = await executionOf(looking, executionId);
        if (!got.ok) return err(problem(got.error, place));
        const { cluster: of, group, instanceIds } = got.value;
        if (of !== cluster) continue;

        const isOpen = !endedStatuses.has(status);
        // Only the newest one of a group says where it stopped.
        const isNewest = !found.some((each) => each.group === group && !each.isOpen);
        const steps = isOpen || !isNewest ? ok([]) : await stepsOf(looking, executionId);
        if (!steps.ok) return err(problem(steps.error, place));
        found.push({ executionId, group, isOpen, nodes: runbookNodeEnds(isNewest ? instanceIds : [], steps.value) });
      }
      return ok(found);
    },

    async ended(place, executionId) {
      const looking = { client: client(place), clock, signal };
      const got = await executionOf(looking, executionId);
      if (!got.ok) return err(problem(got.error, place));

      const { document, cluster, instanceIds } = got.value;
      if (document !== remediationRunbookName || !clusterPattern.test(cluster))
        return err({
          code: 'runbook-names-no-cluster',
          message: `execution ${executionId} in ${placeText(place)} is of another runbook, or names no cluster`,
          remedy: 'nothing: the next run reads its nodes',
        });

      const steps = await stepsOf(looking, executionId);
      if (!steps.ok) return err(problem(steps.error, place));
      const failed = steps.value.find(({ name, status }) => status === 'Failed' && documentOfStep.has(name))?.name;
      const changed = failed === undefined ? undefined : documentOfStep.get(failed);
      const stopped = changed && changedRemedy(place, changed, 'it is not as it was when the remedy was asked for');
      return ok({ cluster, nodes: runbookNodeEnds(instanceIds, steps.value), ...(stopped && { stopped }) });
    },
  };
}

/** A person presses the button a few times a day. */
const mostRecent = 20;
const endedStatuses: ReadonlySet<string> = new Set([
  'Success',
  'CompletedWithSuccess',
  'CompletedWithFailure',
  'Failed',
  'TimedOut',
  'Cancelled',
  'Rejected',
  'Exited',
]);

interface RunbookContext {
  readonly client: SSMClient;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

async function executionOf(looking: RunbookContext, executionId: string) {
  const command = new GetAutomationExecutionCommand({ AutomationExecutionId: executionId });
  const got = await ssmCall(
    'ssm:GetAutomationExecution',
    async () => (await looking.client.send(command, { abortSignal: looking.signal })).AutomationExecution,
    looking,
  );
  if (!got.ok) return got;
  const { DocumentName: document = '', Parameters = {} } = got.value ?? {};
  const [cluster = ''] = Parameters['Cluster'] ?? [];
  const [group = ''] = Parameters['NodeGroup'] ?? [];
  return ok({ document, cluster, group, instanceIds: Parameters['InstanceIds'] ?? [] });
}

/** Fifty nodes have some hundred steps. */
const mostStepPages = 20;

async function stepsOf(
  looking: RunbookContext,
  executionId: string,
): Promise<Result<readonly RunbookStep[], SsmFault>> {
  const steps: RunbookStep[] = [];
  let next: string | undefined;
  for (let page = 0; page < mostStepPages; page += 1) {
    const command = new DescribeAutomationStepExecutionsCommand({
      AutomationExecutionId: executionId,
      MaxResults: 50,
      ...(next && { NextToken: next }),
    });
    const got = await ssmCall(
      'ssm:DescribeAutomationStepExecutions',
      () => looking.client.send(command, { abortSignal: looking.signal }),
      looking,
    );
    if (!got.ok) return got;

    for (const { StepName, StepStatus, ParentStepDetails, Outputs, FailureMessage } of got.value.StepExecutions ?? []) {
      const instanceId = ParentStepDetails?.IteratorValue;
      steps.push({
        name: StepName ?? '',
        status: StepStatus ?? '',
        ...(instanceId !== undefined && { instanceId }),
        output: Outputs?.['Output']?.[0] ?? FailureMessage ?? '',
      });
    }
    next = got.value.NextToken;
    if (!next) break;
  }
  return ok(steps);
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

/** Two requests at the same moment: the other one came first. */
const runbookOpen = (place: Place): Problem => ({
  code: 'runbook-open',
  message: `another request for this node group in ${placeText(place)} was a moment earlier`,
  remedy: 'ask again when its runbook has ended',
});

function problem(fault: SsmFault, place: Place): Problem {
  if (fault.assumeRoleProblem)
    return {
      ...fault.assumeRoleProblem,
      remedy: `deploy the remediation stack in ${placeText(place)}; nothing was changed`,
    };
  if (fault.name === 'IdempotentParameterMismatch') return runbookOpen(place);
  // It was there a moment ago.
  if (/^(AutomationDefinitionNotFound|AutomationDefinitionVersionNotFound)/.test(fault.name))
    return changedRemedy(place, remediationRunbookName, `it changed while it was about to be started: ${fault.name}`);
  if (fault.name.startsWith('InvalidAutomationExecutionParameters'))
    return outdatedRemedy(place, remediationRunbookName, fault);
  return nothingChanged(fault, `automation-definition/${remediationRunbookName}`);
}
