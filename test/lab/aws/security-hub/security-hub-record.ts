import { isRecord } from '../../wire/is-record.ts';

/** One finding as Security Hub keeps it, and what each kind of call may change of it. Values in, values out. */
export interface FindingRecord {
  /** The finding as GetFindings shows it. */
  readonly finding: Fields;
  /** When it last changed, by the lab's clock: retention counts from here. */
  readonly changedAt: number;
  /** The provider's fields that the customer has set: the provider no longer reaches their top-level copy. */
  readonly customers: ReadonlySet<string>;
}

export type Fields = Readonly<Record<string, unknown>>;

/** A provider may give these at creation only. */
const customersOnly = ['Note', 'UserDefinedFields', 'VerificationState', 'Workflow'];
/** A provider reaches these only through FindingProviderFields, whose values are copied to the top level. */
const copied = ['Confidence', 'Criticality', 'RelatedFindings', 'Severity', 'Types'];

type Place = { readonly region: string; readonly now: number };

/** BatchImportFindings of an Id that is new here. */
export function created(sent: Fields, { region, now }: Place): FindingRecord {
  const finding = {
    ...provided(sent, new Set(), region),
    ...pick(sent, customersOnly),
    Workflow: isRecord(sent['Workflow']) ? sent['Workflow'] : { Status: 'NEW' },
    ProcessedAt: new Date(now).toISOString(),
  };
  return { finding: withWorkflowState(finding), changedAt: now, customers: new Set() };
}

/** BatchImportFindings of a known Id: `undefined` when UpdatedAt is not later, which AWS ignores without an error. */
export function imported(before: FindingRecord, sent: Fields, { region, now }: Place): FindingRecord | undefined {
  if (!(Date.parse(String(sent['UpdatedAt'])) > Date.parse(String(before.finding['UpdatedAt'])))) return undefined;

  const next = {
    ...provided(sent, before.customers, region),
    ...pick(before.finding, customersOnly),
    ...pick(before.finding, [...before.customers]),
    ProcessedAt: new Date(now).toISOString(),
  };
  const workflow = resetsWorkflow(before.finding, next) ? { Workflow: { Status: 'NEW' } } : {};
  return { ...before, finding: withWorkflowState({ ...next, ...workflow }), changedAt: now };
}

/** BatchUpdateFindings, the customer's call: leaves UpdatedAt alone. */
export function updatedByCustomer(before: FindingRecord, changes: Fields, now: number): FindingRecord {
  const given = pick(changes, [...customersOnly, ...copied]);
  const note = isRecord(given['Note']) ? { Note: { ...given['Note'], UpdatedAt: new Date(now).toISOString() } } : {};
  const severity = isRecord(given['Severity']) ? { Severity: normalised(given['Severity']) } : {};

  return {
    finding: withWorkflowState({ ...before.finding, ...given, ...note, ...severity }),
    changedAt: now,
    customers: new Set([...before.customers, ...copied.filter((each) => each in given)]),
  };
}

function provided(sent: Fields, customers: ReadonlySet<string>, region: string): Fields {
  const fields = isRecord(sent['FindingProviderFields']) ? sent['FindingProviderFields'] : {};
  // An older sender gives Severity and Types at the top level only: Security Hub moves them where they belong.
  const own: Fields = { ...pick(sent, copied), ...fields };
  const severity = normalised(isRecord(own['Severity']) ? own['Severity'] : {});
  const { Label, Original } = severity;

  return {
    ...omit(sent, [...customersOnly, ...copied]),
    ...omit({ ...pick(own, copied), Severity: severity }, [...customers]),
    FindingProviderFields: {
      ...pick(own, copied),
      Severity: { Label, ...(Original === undefined ? {} : { Original }) },
    },
    RecordState: sent['RecordState'] ?? 'ACTIVE',
    Region: region,
    ProductFields: {
      ...(isRecord(sent['ProductFields']) ? sent['ProductFields'] : {}),
      'aws/securityhub/FindingId': `${String(sent['ProductArn'])}/${String(sent['Id'])}`,
      'aws/securityhub/ProductName': 'Default',
      'aws/securityhub/CompanyName': 'Personal',
    },
  };
}

/** NOTIFIED and RESOLVED go back to NEW when a finding comes back, or a passed one no longer passes. SUPPRESSED never does. */
function resetsWorkflow(before: Fields, next: Fields): boolean {
  const status = isRecord(before['Workflow']) ? before['Workflow']['Status'] : undefined;
  const returned = before['RecordState'] === 'ARCHIVED' && next['RecordState'] === 'ACTIVE';
  const worsened =
    compliance(before) === 'PASSED' && ['FAILED', 'WARNING', 'NOT_AVAILABLE'].includes(String(compliance(next)));

  return (status === 'NOTIFIED' || status === 'RESOLVED') && (returned || worsened);
}

const compliance = (finding: Fields): unknown =>
  isRecord(finding['Compliance']) ? finding['Compliance']['Status'] : undefined;

const labels = [
  ['INFORMATIONAL', 0],
  ['LOW', 1],
  ['MEDIUM', 40],
  ['HIGH', 70],
  ['CRITICAL', 90],
] as const;

/** Label and Normalized are each derived from the other: 0, 1, 40, 70, 90 begin the labels. */
function normalised(severity: Fields): Fields {
  const byLabel = labels.find(([label]) => label === severity['Label']);
  const byValue = labels.findLast(([, least]) => Number(severity['Normalized'] ?? 0) >= least);
  const [label, least] = byLabel ?? byValue ?? labels[0];

  return { ...severity, Label: label, Normalized: byLabel ? least : (severity['Normalized'] ?? least) };
}

/** The deprecated field beside it, whose words the model limits: none of them is NOTIFIED or SUPPRESSED. */
const withWorkflowState = (finding: Fields): Fields => {
  const status = isRecord(finding['Workflow']) ? finding['Workflow']['Status'] : 'NEW';
  return { ...finding, WorkflowState: status === 'RESOLVED' ? status : 'NEW' };
};

const pick = (fields: Fields, names: readonly string[]): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([name]) => names.includes(name)));

const omit = (fields: Fields, names: readonly string[]): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)));
