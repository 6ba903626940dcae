import { severities } from '../../judge/control.ts';
import type { StoredFinding } from '../../model/stored-finding.ts';
import type { AsffFinding } from '../asff/asff.ts';
import { ownFields } from '../asff/own-fields.ts';
import { hashOfFinding } from '../asff/provided.ts';
import type { Hiding, Memory, SentFinding } from './memory.ts';

/**
 * Whether this program wrote the stored finding last. Security Hub takes an import only with a later UpdatedAt, so what somebody else imports has another one
 * than what was sent. What the customer changes (BatchUpdateFindings) leaves that time as it is.
 * @param sent absent where nothing is known of that finding: then nobody is blamed
 */
export function isOurs(
  { updatedAt }: Pick<StoredFinding, 'updatedAt'>,
  sent: SentFinding | undefined,
  memory: Pick<Memory, 'publishing'> | undefined,
): boolean {
  if (!sent) return true;
  const time = Date.parse(updatedAt);
  return [sent.at, ...(sent.or ?? []), memory?.publishing].some(
    (each) => each !== undefined && Date.parse(each) === time,
  );
}

/** What counts of a finding that somebody else wrote: its times and its fields are those of the memory. */
export const withoutForeign = (stored: StoredFinding, { createdAt, verdict, since }: SentFinding): StoredFinding => ({
  ...stored,
  isForeign: true,
  createdAt: createdAt ?? stored.createdAt,
  ...(createdAt !== undefined && { firstObservedAt: createdAt }),
  productFields: {
    ...(verdict !== undefined && { [ownFields.verdict]: verdict }),
    ...(since !== undefined && { [ownFields.statusSince]: since }),
  },
});

/** How the account hides what it shows. A RESOLVED that passed becomes NEW when it fails again. */
export function hidingsOf(stored: StoredFinding | undefined): readonly Hiding[] {
  if (!stored || stored.recordState === 'ARCHIVED') return [];
  const { workflow, verification = '', complianceStatus, severity, providedSeverity } = stored;
  const isLower = severity !== undefined && order.indexOf(severity) < order.indexOf(providedSeverity ?? '');
  return [
    ...(workflow === 'SUPPRESSED' ? (['suppressed'] as const) : []),
    ...(workflow === 'RESOLVED' && complianceStatus !== 'PASSED' ? (['resolved'] as const) : []),
    ...(['FALSE_POSITIVE', 'BENIGN_POSITIVE'].includes(verification) ? (['false positive'] as const) : []),
    ...(isLower ? (['lower severity'] as const) : []),
  ];
}

const order: readonly string[] = severities;

/** What is noted of a finding that was sent, or that is there already as it would be sent. What a sweep is about to send may still come. */
export const sentOf = (finding: AsffFinding, updatedAt: string, before: SentFinding | undefined): SentFinding => {
  const { [ownFields.verdict]: verdict, [ownFields.statusSince]: since } = finding.ProductFields;
  const at = new Date(updatedAt).toISOString();
  const or = before?.or?.filter((each) => each > at) ?? [];
  return {
    at,
    ...(or.length > 0 && { or }),
    hash: hashOfFinding(finding),
    createdAt: new Date(finding.CreatedAt).toISOString(),
    ...(verdict !== undefined && { verdict }),
    ...(since !== undefined && { since }),
  };
};
