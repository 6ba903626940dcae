import {
  type AwsSecurityFinding,
  BatchImportFindingsCommand,
  type BatchImportFindingsResponse,
  type SecurityHubClient,
} from '@aws-sdk/client-securityhub';
import type { AsffFinding, AsffResource } from '../../core/findings/asff/asff.ts';
import { maxFindingsInRequest, maxRequestBytes } from '../../core/findings/asff/asff.ts';
import type { Place, Problem } from '../../core/model/model.ts';
import type { WriteSummary } from '../../core/model/published.ts';
import { err, ok, type Result } from '../../core/model/result.ts';
import { errorLine } from '../../core/model/text/words.ts';
import type { Log } from '../../flow/ports.ts';
import { awsErrorName } from '../aws-access.ts';
import { batchesOf } from '../batches.ts';
import { isSwitchedOff, securityHubProblem, switchedOff } from './failure.ts';
import { type Patience, retryThrottled } from './retry-throttled.ts';

type Answered = Pick<WriteSummary, 'imported' | 'rejected'>;

/**
 * Sends one batch, the whole of it again when a failure may pass: a finding that had arrived is ignored then, since its UpdatedAt is no later.
 * A batch half accepted is accounted for item by item. The problem is what would stop the next batch too.
 */
export async function importBatch(
  sender: Patience & { readonly client: SecurityHubClient },
  batch: readonly AsffFinding[],
  place: Place,
): Promise<Result<Answered, Problem>> {
  const command = new BatchImportFindingsCommand({ Findings: batch.map(toSdk) });

  try {
    const answer = await retryThrottled(() => sender.client.send(command), sender);
    return account(answer, batch, { place, ...sender });
  } catch (error) {
    if (awsErrorName(error) === 'InvalidInputException') return ok({ imported: 0, rejected: refused(batch, error) });

    const problem = securityHubProblem(error, 'securityhub:BatchImportFindings', place);
    if (!problem) throw error;
    return err(problem);
  }
}

function account(
  answer: BatchImportFindingsResponse,
  batch: readonly AsffFinding[],
  { place, log }: { readonly place: Place; readonly log: Log },
): Result<Answered, Problem> {
  const failures = new Map((answer.FailedFindings ?? []).map((each) => [each.Id, each]));
  const rejected = batch.flatMap(({ Id }) => {
    const failure = failures.get(Id);
    return failure
      ? [{ id: Id, code: failure.ErrorCode ?? 'Unknown', message: failure.ErrorMessage ?? 'no message' }]
      : [];
  });
  if (rejected.length === batch.length && rejected.every(({ code }) => isSwitchedOff(code)))
    return err(switchedOff(place));

  if (answer.FailedCount !== rejected.length) {
    log.warn('Security Hub counts other failures than it names', {
      counted: answer.FailedCount,
      named: rejected.length,
    });
  }
  return ok({ imported: batch.length - rejected.length, rejected });
}

/** The whole call was refused for its input, without naming the finding at fault. */
const refused = (batch: readonly AsffFinding[], error: unknown): WriteSummary['rejected'] =>
  batch.map(({ Id }) => ({ id: Id, code: awsErrorName(error), message: errorLine(error) }));

/** Our finding as the SDK's type: field by field where that type's arrays may be changed, so that a drift of either type does not compile. */
function toSdk(finding: AsffFinding): AwsSecurityFinding {
  const { Compliance, FindingProviderFields, Resources, ...same } = finding;
  const { RelatedRequirements, StatusReasons, Status } = Compliance;

  return {
    ...same,
    FindingProviderFields: { ...FindingProviderFields, Types: [...FindingProviderFields.Types] },
    Compliance: {
      Status,
      StatusReasons: [...StatusReasons],
      ...(RelatedRequirements && { RelatedRequirements: [...RelatedRequirements] }),
    },
    Resources: Resources.map((each: AsffResource) => ({ ...each })),
  };
}

/** A reserve for `{"Findings":[]}` and what the client may add. */
const envelopeBytes = 1_000;

export const batches = (findings: readonly AsffFinding[]): readonly (readonly AsffFinding[])[] =>
  batchesOf(findings, { most: maxFindingsInRequest, mostBytes: maxRequestBytes - envelopeBytes });
