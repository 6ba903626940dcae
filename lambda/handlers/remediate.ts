import * as z from 'zod/mini';
import { accountPattern, regionPattern } from '../contract/patterns.ts';
import { remediationEnvironment, remediationRunbookName, runbookEnded } from '../contract/remediation-names.ts';
import { UsageError } from '../core/model/operator-error.ts';
import { printable } from '../core/model/text/words.ts';
import type { Log } from '../flow/ports.ts';
import { readAfterRunbook } from '../flow/remediate/read-after-runbook.ts';
import { type FindingAnswer, remediateFindings } from '../flow/remediate/remediate-findings.ts';
import { deployedWaivers } from '../wiring/deployed-waivers.ts';
import { openRequestPorts } from '../wiring/open/remediation.ts';
import { partitionOfRegion } from '../wiring/partition-of-region.ts';
import { beginInvocation, type HubContext, namingErrors, parseEvent, withPorts } from './invocation.ts';
import { itemDoneOrThrown, logItem, problemThrown } from './log-item.ts';

/**
 * A person chose findings in Security Hub and ran the custom action. Only their Ids and accounts are used, to look them up again: anyone who can
 * write findings can write the rest.
 */
const customAction = z.object({
  id: z.string().check(z.regex(/^[\w-]{1,100}$/)),
  'detail-type': z.literal('Security Hub Findings - Custom Action'),
  source: z.literal('aws.securityhub'),
  detail: z.object({
    findings: z
      .array(
        z.object({
          Id: z.string().check(z.maxLength(512)),
          /** The account whose Security Hub holds it, set by Security Hub itself: no findings can be imported for another account. */
          AwsAccountId: z.string().check(z.regex(accountPattern)),
        }),
      )
      .check(z.minLength(1), z.maxLength(100)),
  }),
});

/** The runbook has ended in some account. What it was about is asked there. */
const runbookEnd = z.object({
  'detail-type': z.literal(runbookEnded.detailType),
  source: z.literal(runbookEnded.source),
  account: z.string().check(z.regex(accountPattern)),
  region: z.string().check(z.regex(regionPattern)),
  detail: z.object({
    Definition: z.literal(remediationRunbookName),
    ExecutionId: z.string().check(z.regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)),
  }),
});

const request = z.discriminatedUnion('detail-type', [customAction, runbookEnd]);

/**
 * Reads the chosen findings again, and starts the runbook in their accounts for those that are this program's and still true. When the runbook has
 * ended, it reads its nodes again and updates their findings. Changes no node: a person approves first.
 */
export function handler(event: unknown, context: HubContext) {
  return namingErrors<object>(async () => {
    const asked = parseEvent(request, event, 'the event of the custom action of Security Hub');
    const { settings, deadline, signal, isAudited, invocation } = beginInvocation(context);
    if (asked['detail-type'] === runbookEnded.detailType && !isAudited(asked.account))
      throw new UsageError(`account ${asked.account} is not audited: the end of its runbook is not read`);
    const waivers = await deployedWaivers({ env: process.env, folder: import.meta.dirname, ...settings });
    const options = { ...settings, waivers, deadline, signal };

    return await withPorts(openRequestPorts(settings, invocation), async (ports) => {
      if (asked['detail-type'] === runbookEnded.detailType) {
        const { account: accountId, region, detail } = asked;
        const place = { partition: partitionOfRegion(region), accountId, region };
        const read = await readAfterRunbook(ports, { ...options, place, executionId: detail.ExecutionId });
        if (!read.ok) return problemThrown(`the nodes of execution ${detail.ExecutionId}`, read.error);

        logItem(ports.log, read.value.answer, read.value.audit);
        return itemDoneOrThrown(read.value.answer);
      }

      const withoutReady = process.env[remediationEnvironment.withoutReady] === 'true';
      const findings = asked.detail.findings.map(({ Id: id, AwsAccountId: accountId }) => ({ id, accountId }));
      const answers = await remediateFindings(ports, { ...options, findings, isAudited, withoutReady });
      for (const answer of answers) logAnswer(ports.log, answer);
      return counted(answers);
    });
  });
}

/** `asked`: findings for which a runbook waits for approval. */
function counted(answers: readonly FindingAnswer[]) {
  const count = (...statuses: readonly FindingAnswer['status'][]) =>
    answers.filter(({ status }) => statuses.includes(status)).length;
  return {
    asked: count('asked'),
    nothingToDo: count('not-ours', 'nothing-to-do', 'not-planned', 'busy'),
    failed: count('failed'),
  };
}

const messages: Readonly<Record<FindingAnswer['status'], string>> = {
  asked: 'the runbook waits for approval',
  'not-ours': 'this finding is not from this audit: nothing was done',
  'nothing-to-do': 'there is nothing to fix: nothing was done',
  'not-planned': 'the runbook cannot fix this: nothing was done',
  busy: 'a runbook of this node group has not ended: nothing was started',
  failed: 'this finding could not be remediated: nothing was done',
};

function logAnswer(log: Log, { status, ...answer }: FindingAnswer): void {
  const fields = { ...answer, id: printable(answer.id, 512), status };
  if (status === 'failed') log.error(messages[status], fields);
  else if ('left' in answer)
    log.warn(
      'the runbook waits for approval, for some of the nodes: ask again for the others when they are done',
      fields,
    );
  else if ('unready' in answer) log.warn('the runbook waits for approval, without nodes that are not Ready', fields);
  else log.info(messages[status], fields);
}
