import type { Context } from 'aws-lambda';
import * as z from 'zod/mini';
import type { Audit } from '../core/model.ts';
import { OperatorError, UsageError } from '../core/operator-error.ts';
import { type Counts, countVerdicts, outcome } from '../core/outcome.ts';
import type { Clock } from '../core/ports.ts';
import { auditClusters } from '../flow/audit-clusters.ts';
import { openLambdaPorts } from '../wiring/lambda-ports.ts';
import { settingsFromEnvironment } from '../wiring/settings.ts';
import { logAudit, publishedCounts } from './log-audit.ts';

/** Time kept for judging and publishing once reading stops. */
const reserveMs = 60_000;

/** Time kept to log and to fail by ourselves: Lambda's own timeout tells nothing. */
const lastWordMs = 5_000;

/** The schedule sends `{}`; a person may name clusters: `{"clusters": ["prod"]}`. */
const auditEvent = z.strictObject({ clusters: z._default(z.array(z.string()), []) });

/** What an invocation answers: counts only, the findings hold the rest. */
export interface AuditSummary {
  readonly clusters: number;
  readonly nodes: number;
  readonly verdicts: Counts;
  readonly published: { readonly imported: number; readonly rejected: number; readonly notSent: number };
  readonly problems: readonly string[];
}

/**
 * Audits the clusters of the function's own account and Region.
 * Throws when nothing could be audited or the program met a defect of its own, so that the invocation counts as failed.
 */
export async function handler(
  event: unknown,
  context: Pick<Context, 'awsRequestId' | 'getRemainingTimeInMillis'>,
): Promise<AuditSummary> {
  const { clusters } = parseEvent(event);
  const settings = settingsFromEnvironment(process.env);
  const ports = await openLambdaPorts(settings, { requestId: context.awsRequestId });

  try {
    const audit = await auditClusters(ports, { ...settings, names: clusters, ...timesUntil(ports.clock, context) });
    logAudit(ports.log, audit);
    throwIfBroken(audit);
    return summaryOf(audit);
  } finally {
    ports.close();
  }
}

/** When reading stops, so that what is known is still published, and when everything does. */
function timesUntil(clock: Pick<Clock, 'now'>, context: Pick<Context, 'getRemainingTimeInMillis'>) {
  const left = context.getRemainingTimeInMillis();
  return {
    deadline: new Date(clock.now().getTime() + left - Math.min(reserveMs, left / 4)),
    signal: AbortSignal.timeout(Math.max(0, left - lastWordMs)),
  };
}

function parseEvent(event: unknown): z.infer<typeof auditEvent> {
  const parsed = auditEvent.safeParse(event);
  if (parsed.success) return parsed.data;
  throw new UsageError(
    `the event ${JSON.stringify(event)?.slice(0, 200)} is not known; send {} or {"clusters": ["NAME"]}`,
    { cause: parsed.error },
  );
}

function throwIfBroken(audit: Audit): void {
  const defect = audit.problems.find((problem) => problem.code === 'unexpected-error');
  if (defect) throw new Error(defect.message);

  const [first] = audit.problems;
  if (first && outcome(audit) === 3)
    throw new OperatorError(first.code, `no cluster could be audited: ${first.message}; ${first.remedy}`);
}

function summaryOf(audit: Audit): AuditSummary {
  const published = audit.clusters.flatMap((each) => (each.published ? [publishedCounts(each.published)] : []));
  const total = (count: keyof AuditSummary['published']) => published.reduce((sum, each) => sum + each[count], 0);

  return {
    clusters: audit.clusters.length,
    nodes: audit.clusters.reduce((sum, each) => sum + each.nodes.length, 0),
    verdicts: countVerdicts(audit),
    published: { imported: total('imported'), rejected: total('rejected'), notSent: total('notSent') },
    problems: [...audit.problems, ...audit.clusters.flatMap((each) => each.problems)]
      .slice(0, 50)
      .map((each) => each.message),
  };
}
