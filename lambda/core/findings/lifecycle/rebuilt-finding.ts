import { productName } from '../../../contract/names.ts';
import { familyOf } from '../../judge/control.ts';
import { controls } from '../../judge/controls/index.ts';
import { findingTitle } from '../../judge/controls/shared/about.ts';
import type { StoredFinding } from '../../model/stored-finding.ts';
import { type AsffFinding, type AsffStatusReason, type ComplianceStatus, complianceStatuses } from '../asff/asff.ts';
import { namingFields, prefixed, timesAfter } from '../asff/own-fields.ts';
import { clusterResource } from '../asff/resources.ts';
import { findingTypes, requirementText, severityLabel } from '../description.ts';
import { type FindingName, findingText, nameFields } from '../identity.ts';
import { patience } from './holding.ts';
import { minuteOf, type RememberedFinding } from './memory.ts';
import { isOpenFailure } from './sweep-memory.ts';

interface RebuildOptions {
  readonly name: FindingName;
  readonly status: ComplianceStatus;
  readonly recordState: AsffFinding['RecordState'];
  readonly reasons: readonly AsffStatusReason[];
  readonly remedy: string;
  /** What is required follows. */
  readonly description: string;
  readonly unreadableSince?: string;
  readonly now: Date;
}

/**
 * A stored finding whose subject this run did not see, rebuilt from the model and the few fields that were kept of it. Nothing is echoed, and
 * everything is bounded again. Rebuilding it twice gives the same.
 */
export function rebuiltFinding(stored: StoredFinding, rebuilding: RebuildOptions): AsffFinding {
  const { name, status, recordState, reasons, remedy, description, unreadableSince, now } = rebuilding;
  const { cluster } = name;
  const control = controls.find(({ slug }) => slug === name.control);
  const verdict = verdictOf[status];

  return {
    ...nameFields(stored.id, { slug: name.control }, cluster),
    ...timesAfter(stored, now),
    Title: control ? findingTitle(control) : name.control,
    Description: findingText(`${description}.${control ? ` ${requirementText(control)}` : ''}`, 1024),
    FindingProviderFields: {
      Severity: { Label: severityLabel({ status: verdict }, control ?? { severity: 'MEDIUM' }), Original: verdict },
      Types: [findingTypes[control ? familyOf(control) : 'own']],
    },
    Compliance: { Status: status, StatusReasons: reasons },
    Remediation: {
      Recommendation: { Text: findingText(remedy, 512), Url: 'https://docs.aws.amazon.com/eks/latest/userguide/' },
    },
    ProductFields: prefixed({
      cluster: cluster.name,
      scope: name.scope,
      ...Object.fromEntries(
        namingFields.map((field) => {
          const value = stored.productFields[`${productName}/${field}`];
          return [field, value && findingText(value, 256)];
        }),
      ),
      control: name.control,
      verdict,
      'unreadable-since': unreadableSince,
    }),
    Resources: [clusterResource({ arn: cluster })],
    RecordState: recordState,
  };
}

interface RememberedSubject {
  readonly name: FindingName;
  readonly remembered: RememberedFinding;
  readonly now: Date;
}

/**
 * A stored finding whose nodes could not be listed: NOT_AVAILABLE when that has lasted too long, and before that what was proved last. Nothing remembered
 * vouches for a PASSED that was never proved. `undefined` when the stored finding already says it.
 */
export function unlistedFinding(
  stored: StoredFinding,
  { name, remembered, now }: RememberedSubject,
): AsffFinding | undefined {
  const { since = '', runs = 0 } = remembered.unreadable ?? {};
  const proved = provedStatuses(remembered);
  const vouched = proved.length > 0 ? proved : complianceStatuses.filter((each) => each !== 'PASSED');
  if (runs <= patience && isHolding(stored, vouched)) return undefined;

  const status = runs <= patience ? (proved[0] ?? 'NOT_AVAILABLE') : 'NOT_AVAILABLE';
  const before = runs <= patience && proved.length > 0 ? `; before that its status was ${status}` : '';
  return rebuiltFinding(stored, {
    name,
    now,
    status,
    recordState: 'ACTIVE',
    description: `Unknown in cluster ${name.cluster.name}: its nodes could not be listed since ${since.slice(0, 10)}${before}`,
    reasons: [nodesNotListed(since)],
    remedy:
      "The cluster's nodes could not be listed, so nothing is proved. Let the audit list them (an access entry and its RBAC), as the problems in its result say.",
    unreadableSince: since,
  });
}

/** What was listed after this audit stays, even if this run or another writer has changed the finding. `undefined` when the stored finding says it. */
export function keptFinding(
  stored: StoredFinding,
  { name, remembered, now }: RememberedSubject,
): AsffFinding | undefined {
  const [status] = provedStatuses(remembered);
  const isThere = isHolding(stored, provedStatuses(remembered));
  if (!isOpenFailure(remembered) || status === undefined || isThere) return undefined;

  const reason = seenSince(remembered);
  return rebuiltFinding(stored, {
    name,
    now,
    status,
    recordState: 'ACTIVE',
    reasons: [reason],
    description: `In cluster ${name.cluster.name}, ${reason.Description}`,
    remedy: 'Look at the machines that its reason names; the next audit shows what became of them.',
  });
}

export const seenSince = ({ listed = '', swept }: RememberedFinding): AsffStatusReason => ({
  ReasonCode: 'SEEN_SINCE',
  Description: swept
    ? `the sweep of ${minuteOf(swept.at)} saw it fail (${swept.machines[0]}), after the nodes of this audit were listed`
    : `it was seen at ${minuteOf(listed)}, after the nodes of this audit were listed`,
});

/** @param since when the first run could not list them */
export const nodesNotListed = (since = 'this run'): AsffStatusReason => ({
  ReasonCode: 'NODES_NOT_LISTED',
  Description: `since ${since} no run could list the nodes that this is about: the problems in the audit's result say why`,
});

/** Statuses that agree with what was proved; a failure may be waived. Nothing agrees with what was never read. */
const provedStatuses = ({ status }: RememberedFinding): readonly ComplianceStatus[] =>
  status === undefined ? [] : ({ pass: ['PASSED'], fail: ['FAILED', 'WARNING'], warn: ['WARNING'] } as const)[status];

const isHolding = ({ recordState, complianceStatus, isForeign }: StoredFinding, statuses: readonly string[]): boolean =>
  !isForeign && recordState !== 'ARCHIVED' && statuses.includes(complianceStatus ?? '');

export const storedStatus = ({ complianceStatus }: StoredFinding): ComplianceStatus =>
  complianceStatuses.find((each) => each === complianceStatus) ?? 'NOT_AVAILABLE';

const verdictOf = {
  PASSED: 'pass',
  FAILED: 'fail',
  WARNING: 'warn',
  NOT_AVAILABLE: 'unknown',
} as const satisfies Record<ComplianceStatus, string>;
