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
  nodeSteps,
  remediateDocumentName,
  remediationRunbookName,
  runbookRoleName,
  unchangedSteps,
} from '../../contract/remediation-names.ts';
import { type RunbookStep, runbookNodeEnds } from '../../core/fix/remediation/run/runbook.ts';
import type { Place, Problem } from '../../core/model/model.ts';
import { err, ok, type Result } from '../../core/model/result.ts';
import { roleArn } from '../../core/model/role-arn.ts';
import { printable } from '../../core/model/text/words.ts';
import type { RecentRunbook, Runbooks } from '../../flow/remediate/ports.ts';
import { placeText } from '../aws-access.ts';
import { changedDocument, documentProblem, nothingChanged } from './document-problem.ts';
import { foundOnce, pinnedDocument } from './pinned-document.ts';
import { notTaken } from './remediation-command.ts';
import { type Patience, type SsmFault, ssmCall, ssmPages } from './ssm-call.ts';

interface Options extends Patience {
  /** With the credentials of the account's remediation role. */
  readonly client: (place: Place) => SSMClient;
  /** ARNs of those who may approve in this account. */
  readonly approvers: (place: Place) => readonly string[];
}

/**
 * Starts the runbook, whose first step asks a person. It gets slugs, instance ids and fingerprints, the cluster's name for the approver, and the
 * versions of our two documents. Without our documents nothing is started.
 */
export function ssmRunbooks({ client, approvers, clock, signal }: Options): Runbooks {
  const found = foundOnce();
  const contextOf = (place: Place): RunbookContext => ({ client: client(place), clock, signal });

  const ours = async (place: Place, name: string, contents: readonly string[]) => {
    const key = [place.accountId, place.region, name].join(' ');
    const document = await found(key, () => pinnedDocument(contextOf(place), { name, contents, place }));
    if (document.ok) return document;
    const { error } = document;
    const entering = error.kind === 'fault' && error.fault.assumeRoleProblem !== undefined;
    return err(entering ? problem(error.fault, place) : documentProblem(place, name, error));
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
          // What the runbook compares before it changes a node: a day may pass between its start and its approval.
          DocumentVersion: [remedy.value.version],
          DocumentHash: [remedy.value.hash],
          RunbookVersion: [runbook.value.version],
          RunbookHash: [runbook.value.hash],
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
      const context = contextOf(place);
      const command = new DescribeAutomationExecutionsCommand({
        Filters: [{ Key: 'DocumentNamePrefix', Values: [remediationRunbookName] }],
        MaxResults: mostRecent,
      });
      const send = () => context.client.send(command, { abortSignal: signal });
      const listed = await ssmCall('ssm:DescribeAutomationExecutions', send, context);
      if (!listed.ok) return err(problem(listed.error, place));

      const found: RecentRunbook[] = [];
      for (const { AutomationExecutionId: executionId = '', AutomationExecutionStatus: status = '' } of listed.value
        .AutomationExecutionMetadataList ?? []) {
        const got = await executionOf(context, executionId);
        if (!got.ok) return err(problem(got.error, place));
        const { cluster: of, group, instanceIds } = got.value;
        if (of !== cluster) continue;

        const isOpen = !endedStatuses.has(status);
        // Only the newest one of a group says where it stopped.
        const isNewest = !found.some((each) => each.group === group && !each.isOpen);
        const steps = isOpen || !isNewest ? ok([]) : await stepsOf(context, executionId);
        if (!steps.ok) return err(problem(steps.error, place));
        found.push({ executionId, group, isOpen, nodes: runbookNodeEnds(isNewest ? instanceIds : [], steps.value) });
      }
      return ok(found);
    },

    async ended(place, executionId) {
      const context = contextOf(place);
      const got = await executionOf(context, executionId);
      if (!got.ok) return err(problem(got.error, place));

      const { document, cluster, instanceIds } = got.value;
      if (document !== remediationRunbookName || !clusterPattern.test(cluster))
        return err({
          code: 'runbook-names-no-cluster',
          message: `execution ${executionId} in ${placeText(place)} is of another runbook, or names no cluster`,
          remedy: 'nothing: the next run reads its nodes',
        });

      const steps = await stepsOf(context, executionId);
      if (!steps.ok) return err(problem(steps.error, place));
      const failed = steps.value
        .filter(({ status }) => status === 'Failed')
        .map(({ name }) => documentOfStep.get(name));
      const [changed] = failed.filter((each) => each !== undefined);
      const stopped = changed
        ? changedDocument(place, changed, 'it is not as it was when the remedy was asked for')
        : groupLocked(steps.value.find(({ name, status }) => name === nodeSteps.hold && status === 'Failed'));
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

interface RunbookContext extends Patience {
  readonly client: SSMClient;
}

async function executionOf(context: RunbookContext, executionId: string) {
  const command = new GetAutomationExecutionCommand({ AutomationExecutionId: executionId });
  const send = () => context.client.send(command, { abortSignal: context.signal });
  const got = await ssmCall('ssm:GetAutomationExecution', send, context);
  if (!got.ok) return got;
  const { DocumentName: document = '', Parameters = {} } = got.value.AutomationExecution ?? {};
  const [cluster = ''] = Parameters['Cluster'] ?? [];
  const [group = ''] = Parameters['NodeGroup'] ?? [];
  return ok({ document, cluster, group, instanceIds: Parameters['InstanceIds'] ?? [] });
}

/** Fifty nodes have some hundred steps. */
const mostStepPages = 20;

async function stepsOf(context: RunbookContext, id: string): Promise<Result<readonly RunbookStep[], SsmFault>> {
  const about = { AutomationExecutionId: id, MaxResults: 50 };
  const pages = await ssmPages(
    'ssm:DescribeAutomationStepExecutions',
    (next) =>
      context.client.send(new DescribeAutomationStepExecutionsCommand({ ...about, ...next }), {
        abortSignal: context.signal,
      }),
    { ...context, most: mostStepPages },
  );
  if (!pages.ok) return pages;
  const steps = pages.value.flatMap(({ StepExecutions = [] }) => StepExecutions);
  return ok(
    steps.map(({ StepName: name = '', StepStatus: status = '', ParentStepDetails: loop, Outputs, FailureMessage }) => ({
      name,
      status,
      ...(loop?.IteratorValue !== undefined && { instanceId: loop.IteratorValue }),
      output: Outputs?.['Output']?.[0] ?? FailureMessage ?? '',
    })),
  );
}

/** What is not as it was, where that step failed. */
const documentOfStep: ReadonlyMap<string, string> = new Map([
  [unchangedSteps.remedy, remediateDocumentName],
  [unchangedSteps.runbook, remediationRunbookName],
]);

/** What the step says of the run that has the node group. */
const groupLocked = (step: RunbookStep | undefined): Problem | undefined =>
  step && {
    code: 'group-locked',
    message: printable(step.output.replace(/^.*ValueError - /s, ''), 500),
    remedy: 'ask again when that run has ended; the runbook began no further node',
  };

/** In the form of a UUID, as SSM wants it: the same request starts one execution, even if it is delivered several times. */
const tokenOf = (requestId: string): string =>
  createHash('sha256')
    .update(requestId)
    .digest('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');

function problem(fault: SsmFault, place: Place): Problem {
  if (fault.assumeRoleProblem)
    return {
      ...fault.assumeRoleProblem,
      remedy: `deploy the remediation stack in ${placeText(place)}; nothing was changed`,
    };
  // Two requests at the same moment: the other one came first.
  if (fault.name === 'IdempotentParameterMismatch')
    return {
      code: 'runbook-open',
      message: `another request for this node group in ${placeText(place)} was a moment earlier`,
      remedy: 'ask again when its runbook has ended',
    };
  // It was there a moment ago.
  if (/^(AutomationDefinitionNotFound|AutomationDefinitionVersionNotFound)/.test(fault.name))
    return changedDocument(place, remediationRunbookName, `it changed while it was about to be started: ${fault.name}`);
  if (fault.name.startsWith('InvalidAutomationExecutionParameters'))
    return notTaken(place, remediationRunbookName, fault);
  return nothingChanged(fault, `automation-definition/${remediationRunbookName}`);
}
