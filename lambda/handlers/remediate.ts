import * as z from 'zod/mini';
import type { Log } from '../core/ports.ts';
import { printable } from '../core/printable.ts';
import { type FindingAnswer, remediateFindings } from '../flow/remediate-findings.ts';
import { openRequestPorts } from '../wiring/remediate-request-ports.ts';
import { settingsFromEnvironment } from '../wiring/settings.ts';
import { namingErrors } from './named-error.ts';
import { parseEvent } from './parse-event.ts';
import { type HubContext, timeLimits } from './time-limits.ts';

/**
 * Somebody chose findings in Security Hub and pressed the button. Of what comes only the Ids are taken, and only to look for ourselves: whoever can put
 * an event on the bus can write the rest.
 */
const customAction = z.object({
  id: z.string().check(z.regex(/^[\w-]{1,100}$/)),
  'detail-type': z.literal('Security Hub Findings - Custom Action'),
  source: z.literal('aws.securityhub'),
  detail: z.object({
    findings: z.array(z.object({ Id: z.string().check(z.maxLength(512)) })).check(z.minLength(1), z.maxLength(100)),
  }),
});

interface Asked {
  /** Findings for which a runbook waits for approval. */
  readonly asked: number;
  readonly nothingToDo: number;
  readonly failed: number;
}

/** Looks at the chosen findings again, and starts the runbook of their accounts for those that are ours and still true. Changes no node: a person approves first. */
export function handler(event: unknown, context: HubContext): Promise<Asked> {
  return namingErrors(async () => {
    const { id, detail } = parseEvent(customAction, event, 'the event of the custom action of Security Hub');
    const settings = settingsFromEnvironment(process.env);
    const { deadline, signal } = timeLimits(context);
    const ports = await openRequestPorts(settings, {
      env: process.env,
      keys: { requestId: context.awsRequestId },
      deadline,
      signal,
    });

    try {
      const answers = await remediateFindings(ports, {
        ...settings,
        ids: detail.findings.map(({ Id }) => Id),
        requestId: id,
        deadline,
        signal,
      });
      for (const answer of answers) logAnswer(ports.log, answer);
      const count = (...statuses: readonly FindingAnswer['status'][]) =>
        answers.filter(({ status }) => statuses.includes(status)).length;
      return {
        asked: count('asked'),
        nothingToDo: count('not-ours', 'nothing-to-do', 'not-planned'),
        failed: count('failed'),
      };
    } finally {
      ports.close();
    }
  });
}

const messages: Readonly<Record<FindingAnswer['status'], string>> = {
  asked: 'the runbook waits for approval',
  'not-ours': 'this finding is none of ours: nothing was done',
  'nothing-to-do': 'there is nothing to mend: nothing was done',
  'not-planned': 'the runbook cannot mend this: nothing was done',
  failed: 'this finding could not be remediated: nothing was done',
};

function logAnswer(log: Log, { status, ...answer }: FindingAnswer): void {
  const fields = { ...answer, id: printable(answer.id, 512), status };
  if (status === 'failed') log.error(messages[status], fields);
  else log.info(messages[status], fields);
}
