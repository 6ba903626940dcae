import { productName } from '../../../contract/names.ts';
import { numberIn } from '../../judge/benchmark-for.ts';
import { isOfCluster } from '../../judge/control.ts';
import { controls } from '../../judge/controls/index.ts';
import { findingTitle } from '../../judge/controls/shared/about.ts';
import type { Transition } from '../../model/model.ts';
import { quotedName, withoutAddresses } from '../../model/text/without-addresses.ts';
import { howMany } from '../../model/text/words.ts';
import type { AsffFinding, AsffStatusReason } from '../asff/asff.ts';
import { besideCodes } from '../asff/status-reasons.ts';
import type { FindingName } from '../identity.ts';
import { findingText } from '../identity.ts';
import { patience } from './holding.ts';
import type { Hiding, RememberedFinding } from './memory.ts';

/**
 * What a run saw of a finding:
 * - `alarming`: failed or warned. `settled`: passed, waived or gone.
 * - `unreadable`: it can't be read any more, and its finding says so. `unseen`: nothing was seen, and what was proved before still counts.
 * - `withdrawn`: its control or scope was taken out of the audit; it was not looked at.
 */
export type Observation = 'alarming' | 'settled' | 'unreadable' | 'unseen' | 'withdrawn';

/**
 * What to announce, by the hub's memory alone: another writer may have set the status in Security Hub. A change between failed and warned is not
 * announced: the announced problem is the same, and still open.
 */
export function announcementOf(
  before: RememberedFinding | undefined,
  seen: Observation,
): Transition['kind'] | undefined {
  const last = before?.announced;

  switch (seen) {
    case 'alarming':
      return last === 'opened' ? undefined : 'opened';
    case 'settled':
      return last && 'resolved';
    case 'withdrawn':
      return last && 'withdrawn';
    case 'unreadable':
      return before?.status === undefined || last === 'unreadable' ? undefined : 'unreadable';
    case 'unseen':
      return undefined;
  }
}

export function announcedAfter(
  before: RememberedFinding | undefined,
  announcement: Transition['kind'] | undefined,
): Pick<RememberedFinding, 'announced'> {
  if (announcement === 'opened' || announcement === 'unreadable') return { announced: announcement };
  return announcement === undefined && before?.announced ? { announced: before.announced } : {};
}

/** ASFF's word for what was before, by what the hub remembers. */
export function statusBefore(before: RememberedFinding | undefined): string {
  if (!before) return 'NONE';
  if (before.announced === 'unreadable' || (before.unreadable?.runs ?? 0) > patience) return 'NOT_AVAILABLE';
  if (before.waived) return 'WARNING';
  return before.status === undefined
    ? 'NOT_AVAILABLE'
    : { pass: 'PASSED', fail: 'FAILED', warn: 'WARNING' }[before.status];
}

export type AnnouncementOptions = Pick<Transition, 'kind' | 'findingId' | 'before' | 'securityHub' | 'memory'> & {
  readonly name: FindingName;
  /** How the account hides it, and the fields that somebody else changed. */
  readonly hidden?: readonly Hiding[];
  readonly changed?: readonly string[];
};

/** An announcement about nodes that this run saw, in the words of the finding that it made of them. */
export function transitionOfFinding(announcing: AnnouncementOptions, finding: AsffFinding): Transition {
  const { kind, name } = announcing;
  const { Recommendation } = finding.Remediation;
  const field = (name: string): string => finding.ProductFields[`${productName}/${name}`] ?? '';

  return {
    ...common(announcing),
    subject: subjectOf(name, finding.ProductFields),
    controlNumber: field('control-number'),
    title: finding.Title,
    status: finding.Compliance.Status,
    severity: finding.FindingProviderFields.Severity.Label,
    nodes:
      kind === 'opened' || kind === 'suppressed' ? Number(field('nodes-failed')) + Number(field('nodes-warned')) : 0,
    machines: finding.Resources.filter(({ Type }) => Type === 'AwsEc2Instance').length,
    because: doneThere(announcing) ?? becauseOf(finding, kind),
    remedy: remedyOf(kind, finding.Compliance.StatusReasons[0]) ?? Recommendation.Text,
    link: Recommendation.Url,
  };
}

/**
 * An announcement about what this run did not see: gone, withdrawn, or not listed. Its words come from this program, never from the stored finding.
 * @param benchmark whose numbers the cluster is shown with; no number where no run remembered it
 */
export function transitionOfName(
  announcing: AnnouncementOptions,
  reason: AsffStatusReason,
  benchmark = '',
): Transition {
  const { kind, name } = announcing;
  const control = controls.find(({ slug }) => slug === name.control);

  return {
    ...common(announcing),
    subject: subjectOf(name),
    controlNumber: (control && numberIn(control, benchmark)) ?? '',
    title: control ? findingTitle(control) : name.control,
    status: statusOfName(announcing),
    severity: kind === 'resolved' ? 'INFORMATIONAL' : kind === 'opened' ? (control?.severity ?? 'MEDIUM') : 'LOW',
    nodes: 0,
    machines: 0,
    because: doneThere(announcing) ?? inMail(reason.Description),
    remedy: remedyOf(kind, reason) ?? remedies[kind],
    link: 'https://docs.aws.amazon.com/eks/latest/userguide/',
  };
}

/** What somebody did in the account's Security Hub. */
function doneThere({ kind, hidden = [], changed = [] }: AnnouncementOptions): string | undefined {
  if (kind === 'suppressed')
    return `it fails, and the account's Security Hub hides its finding (${hidden.join(', ')}), which no waiver of this audit allows`;
  if (kind !== 'overwritten') return undefined;
  const who = "changed by somebody else: an import that was not this deployment's";
  return findingText(`${who} wrote ${changed.join(', ')}; the audit's own values are written again`, 512);
}

const acceptOrFix =
  'fix it, or accept it by a waiver with owner and date; then set workflow, verification and severity of the finding back';
const whoMayImport =
  'see in CloudTrail who called BatchImportFindings there; a terminal (audit --publish) and a remediation write findings too';
const statusOfName = ({ kind, before }: AnnouncementOptions): string => {
  if (kind === 'suppressed' || kind === 'overwritten') return before;
  if (kind === 'opened') return before === 'WARNING' ? before : 'FAILED';
  return kind === 'unreadable' ? 'NOT_AVAILABLE' : 'ARCHIVED';
};

function remedyOf(kind: Transition['kind'], reason: AsffStatusReason | undefined): string | undefined {
  if (kind === 'suppressed' || kind === 'overwritten') return remedies[kind];
  if (kind !== 'resolved') return undefined;
  return reason?.ReasonCode === 'NODES_GONE'
    ? 'look at what launched these machines: they are gone, and were not fixed'
    : remedies.resolved;
}

const remedies = {
  opened: 'see the finding',
  suppressed: acceptOrFix,
  overwritten: whoMayImport,
  resolved: 'nothing is to be done about it any more',
  unreadable: "let the audit list the cluster's nodes again, as the problems in its result say",
  withdrawn:
    'nobody knows whether it was fixed: take the control or the scope back into the settings, or look yourself',
} as const satisfies Record<Transition['kind'], string>;

const common = ({ name, hidden: _, changed: __, ...announcing }: AnnouncementOptions) => ({
  ...announcing,
  cluster: name.cluster,
  control: name.control,
});

/** Mails and chats show it. */
const inMail = (text: string): string => findingText(withoutAddresses(findingText(text, 512)), 512);

/** The first of the nodes that are worst off with what was seen there, and how many more there are. Without nodes, the first of the finding's reasons. */
function becauseOf({ Resources, Compliance }: AsffFinding, kind: Transition['kind']): string {
  const [first, ...others] = Resources.flatMap(({ Details }) => (Details?.Other ? [Details.Other] : []));
  const reason = Compliance.StatusReasons[0]?.Description ?? '';
  if (kind !== 'opened' || first?.['NodeName'] === undefined || first['Reason'] === undefined) return inMail(reason);

  const more = others.length > 0 ? ` (and ${howMany(others.length, 'more node')} to look at)` : '';
  const beside = Compliance.StatusReasons.find(({ ReasonCode }) => besideReasonCodes.has(ReasonCode));
  if (beside)
    return findingText(
      `${quotedName(first['NodeName'], 100)}: ${withoutAddresses(findingText(beside.Description, 330))}${more}`,
      512,
    );
  const seen = withoutAddresses(findingText(first['Reason'], 300));
  return findingText(`${quotedName(first['NodeName'], 150)}: ${seen}${more}`, 512);
}

const besideReasonCodes: ReadonlySet<string> = new Set(Object.values(besideCodes));

/** What a finding covers, as its own fields name it, or by its Id alone, in which long names are cut: `node group 'workers' (managed)`, `all nodes`. */
export function subjectOf(announced: FindingName, productFields: Readonly<Record<string, string>> = {}): string {
  const { name, groupKind, control } = announced;
  const field = (field: string) => productFields[`${productName}/${field}`];
  const scope = field('scope') ?? announced.scope;
  if (controls.some((each) => each.slug === control && isOfCluster(each))) return 'the cluster';
  if (scope === 'cluster') return 'all nodes';
  if (scope === 'node') return `node ${quotedName(field('node') ?? name, 150)}`;
  const group = `node group ${quotedName(field('node-group') ?? name, 150)} (${field('node-group-kind') ?? groupKind})`;
  return scope === 'next-node' ? `next node of ${group}` : group;
}
