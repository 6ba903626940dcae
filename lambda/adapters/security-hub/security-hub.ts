import { type AwsSecurityFinding, GetFindingsCommand, SecurityHubClient } from '@aws-sdk/client-securityhub';
import { generatorIdPrefix, productName } from '../../contract/names.ts';
import { type AsffFinding, violations } from '../../core/findings/asff/asff.ts';
import { providedFields } from '../../core/findings/asff/provided.ts';
import { defaultProductArn } from '../../core/findings/identity.ts';
import type { Place, Problem } from '../../core/model/model.ts';
import { OperatorError } from '../../core/model/operator-error.ts';
import type { WriteSummary } from '../../core/model/published.ts';
import { err, ok } from '../../core/model/result.ts';
import type { StoredFinding } from '../../core/model/stored-finding.ts';
import type { Clock, FindingStore, Log } from '../../flow/ports.ts';
import { type AwsAccess, clientSettings } from '../aws-access.ts';
import { securityHubProblem } from './failure.ts';
import { Generations, generationOf } from './generations.ts';
import { batches, importBatch } from './import-batch.ts';
import { rates, retryThrottled, TokenBucket } from './retry-throttled.ts';

interface SecurityHubOptions {
  /** The client of one account and Region, whose findings are read: Security Hub accepts no others from a custom product. */
  readonly client: SecurityHubClient;
  readonly clock: Clock;
  readonly log: Log;
  /** When reading stops: throttling is ridden out until then, and half a minute longer, but no longer than three minutes. */
  readonly deadline?: Date;
}

/** The findings of one account and Region in Security Hub CSPM, within its rates. IAM: securityhub:BatchImportFindings, securityhub:GetFindings. */
export function securityHub({ client, ...patience }: SecurityHubOptions): FindingStore {
  const { clock } = patience;
  const reading = { ...patience, bucket: new TokenBucket(clock, rates.getFindings) };
  const writing = { ...patience, client, bucket: new TokenBucket(clock, rates.batchImportFindings) };
  const generations = new Generations();

  return {
    /** @throws OperatorError with the code of the problem: then what is stored is not known, and a partial answer is worth nothing */
    async *stored(place, clusterArn) {
      const Filters = ours(place, clusterArn);
      try {
        const found = pages(
          (NextToken) =>
            retryThrottled(() => client.send(new GetFindingsCommand({ Filters, MaxResults: 100, NextToken })), reading),
          {
            clock,
            most: clusterArn === undefined ? mostPages.region : mostPages.cluster,
            until: endOfReading(patience),
          },
        );
        for await (const each of found) yield* generations.of(each);
        yield* generations.rest();
      } catch (error) {
        const problem = securityHubProblem(error, 'securityhub:GetFindings', place);
        throw problem
          ? new OperatorError(problem.code, `${problem.message}; ${problem.remedy}`, { cause: error })
          : error;
      }
    },

    async write(place, findings) {
      const { sendable, rejected } = checked(findings.map((each) => generations.sent(each)));
      const notSent: WriteSummary['notSent'][number][] = [];
      let imported = 0;
      let stopped: Problem | undefined;
      let answered = false;

      for (const batch of batches(sendable)) {
        const result = stopped ? err(stopped) : await importBatch(writing, batch, place);
        if (result.ok) {
          answered = true;
          imported += result.value.imported;
          rejected.push(...result.value.rejected);
        } else {
          stopped = result.error;
          notSent.push(...batch.map(({ Id }) => ({ id: Id, because: result.error.message })));
        }
      }
      return stopped && !answered
        ? err(stopped)
        : ok({ imported, rejected: rejected.map(named), notSent: notSent.map(named) });
    },
  };
}

/** The finding as the audit knows it. */
const named = <T extends { readonly id: string }>(each: T): T => ({ ...each, id: generationOf(each.id).id });

/**
 * Filters of this program's findings, all or about one cluster. Every custom tool shares the default product ARN, so they filter by the generator's
 * prefix. The ARN names account and Region, so that an administrator's account and an aggregator's home Region don't answer with the findings of
 * others.
 */
const ours = (place: Place, clusterArn?: string) => ({
  ProductArn: [{ Value: defaultProductArn(place), Comparison: 'EQUALS' as const }],
  GeneratorId: [{ Value: generatorIdPrefix, Comparison: 'PREFIX' as const }],
  ...(clusterArn && { ResourceId: [{ Value: clusterArn, Comparison: 'EQUALS' as const }] }),
});

type Page = {
  readonly Findings?: Parameters<typeof storedFinding>[0][] | undefined;
  readonly NextToken?: string | undefined;
};

/** A hundred findings each. An audit makes no more, but everybody who may import findings can forge some, and 300,000 take longer than a function has. */
const mostPages = { cluster: 1_000, region: 5_000 };

/** The minute that is kept for publishing also has to do the writing. */
const endOfReading = ({ clock, deadline }: Pick<SecurityHubOptions, 'clock' | 'deadline'>): number =>
  deadline ? Math.max(deadline.getTime(), clock.now().getTime() + 30_000) : Number.POSITIVE_INFINITY;

async function* pages(
  read: (token: string | undefined) => Promise<Page>,
  { clock, most, until }: { readonly clock: Clock; readonly most: number; readonly until: number },
): AsyncGenerator<StoredFinding> {
  let token: string | undefined;
  let count = 0;
  do {
    if (count === most || (count > 0 && clock.now().getTime() > until))
      throw new OperatorError(
        'findings-too-many',
        `Security Hub holds more findings of this audit than can be read: ${count * 100} were read, and there are more; see who imports findings with the GeneratorId ${generatorIdPrefix}*, and archive those that are not the audit's`,
      );
    const page = await read(token);
    count += 1;
    yield* (page.Findings ?? []).flatMap(storedFinding);
    token = page.NextToken;
  } while (token);
}

/** A finding beyond a limit is rejected here: one of them may make Security Hub refuse all hundred of its batch. */
function checked(findings: readonly AsffFinding[]) {
  const sendable: AsffFinding[] = [];
  const rejected: WriteSummary['rejected'][number][] = [];
  for (const finding of findings) {
    const broken = violations(finding);
    if (broken.length === 0) sendable.push(finding);
    else rejected.push({ id: finding.Id, code: 'beyond-asff-limits', message: broken.slice(0, 5).join('; ') });
  }
  return { sendable, rejected };
}

/** A client for one account and Region. It sends once: retries and rates are the store's own (retry-throttled.ts), which knows what a batch holds. */
export const securityHubClient = (access: AwsAccess): SecurityHubClient =>
  new SecurityHubClient({ ...clientSettings(access), maxAttempts: 1 });

/** What is kept of a stored finding: enough to compare it with a new one and to write it again from the model, and nothing to echo. */
function storedFinding(found: AwsSecurityFinding): readonly StoredFinding[] {
  const { Id, CreatedAt, UpdatedAt, FirstObservedAt, LastObservedAt, RecordState, ProductFields = {} } = found;
  if (Id === undefined || CreatedAt === undefined || UpdatedAt === undefined) return [];

  const texts = {
    firstObservedAt: FirstObservedAt,
    lastObservedAt: LastObservedAt,
    complianceStatus: found.Compliance?.Status,
    recordState: RecordState,
    workflow: found.Workflow?.Status,
    verification: found.VerificationState,
    severity: found.Severity?.Label,
    providedSeverity: found.FindingProviderFields?.Severity?.Label,
  };
  const given = Object.entries(texts).flatMap(([name, text]) => (text ? [[name, String(text).slice(0, 64)]] : []));
  return [
    {
      id: Id,
      createdAt: CreatedAt,
      updatedAt: UpdatedAt,
      ...Object.fromEntries(given),
      provided: providedFields({ ...found }),
      productFields: ownFields(ProductFields),
    },
  ];
}

/** Security Hub adds fields of its own, and anybody with the right to import may have written the rest: no more is kept than ASFF admits. */
const ownFields = (fields: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(fields)
      .filter(([name]) => name.startsWith(`${productName}/`) && name.length <= 128)
      .slice(0, 50)
      .map(([name, value]) => [name, String(value).slice(0, 2048)]),
  );
