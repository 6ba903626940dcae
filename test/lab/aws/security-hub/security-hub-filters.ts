import { isRecord } from '../../wire/is-record.ts';
import { LabError } from '../../wire/service.ts';

export type StoredObject = Readonly<Record<string, unknown>>;

/** Where each filter that the lab knows finds its values. `[]` goes through a list. */
const textFilters: Readonly<Record<string, string>> = {
  ProductArn: 'ProductArn',
  AwsAccountId: 'AwsAccountId',
  AwsAccountName: 'AwsAccountName',
  Id: 'Id',
  GeneratorId: 'GeneratorId',
  Region: 'Region',
  Type: 'Types.[]',
  Title: 'Title',
  Description: 'Description',
  RecommendationText: 'Remediation.Recommendation.Text',
  SourceUrl: 'SourceUrl',
  RecordState: 'RecordState',
  WorkflowState: 'WorkflowState',
  WorkflowStatus: 'Workflow.Status',
  ComplianceStatus: 'Compliance.Status',
  ComplianceSecurityControlId: 'Compliance.SecurityControlId',
  ComplianceAssociatedStandardsId: 'Compliance.AssociatedStandards.[].StandardsId',
  SeverityLabel: 'Severity.Label',
  ResourceType: 'Resources.[].Type',
  ResourceId: 'Resources.[].Id',
  ResourceRegion: 'Resources.[].Region',
  ResourcePartition: 'Resources.[].Partition',
  RelatedFindingsProductArn: 'RelatedFindings.[].ProductArn',
  RelatedFindingsId: 'RelatedFindings.[].Id',
  VerificationState: 'VerificationState',
  NoteText: 'Note.Text',
  NoteUpdatedBy: 'Note.UpdatedBy',
  FindingProviderFieldsSeverityLabel: 'FindingProviderFields.Severity.Label',
  FindingProviderFieldsSeverityOriginal: 'FindingProviderFields.Severity.Original',
  FindingProviderFieldsTypes: 'FindingProviderFields.Types.[]',
  // The API's filter reads what Security Hub wrote, not the finding's own ProductName.
  ProductName: 'ProductFields.aws/securityhub/ProductName',
  CompanyName: 'ProductFields.aws/securityhub/CompanyName',
};

const timeFilters: Readonly<Record<string, string>> = {
  CreatedAt: 'CreatedAt',
  UpdatedAt: 'UpdatedAt',
  FirstObservedAt: 'FirstObservedAt',
  LastObservedAt: 'LastObservedAt',
  NoteUpdatedAt: 'Note.UpdatedAt',
};

const numberFilters: Readonly<Record<string, string>> = {
  Confidence: 'Confidence',
  Criticality: 'Criticality',
  SeverityNormalized: 'Severity.Normalized',
  SeverityProduct: 'Severity.Product',
  FindingProviderFieldsConfidence: 'FindingProviderFields.Confidence',
  FindingProviderFieldsCriticality: 'FindingProviderFields.Criticality',
};

const mapFilters: Readonly<Record<string, string>> = {
  ProductFields: 'ProductFields',
  UserDefinedFields: 'UserDefinedFields',
  ResourceTags: 'Resources.[].Tags',
  ResourceDetailsOther: 'Resources.[].Details.Other',
};

const invalid = (message: string): LabError => new LabError('InvalidInputException', message, 400);

/** Filters of GetFindings as one predicate. Different attributes are joined by AND. Refuses what AWS refuses, and by name what the lab lacks. */
export function findingFilter(filters: unknown, now: () => number): (finding: StoredObject) => boolean {
  if (filters === undefined) return () => true;
  if (!isRecord(filters)) throw invalid('Filters must be an object');

  const attributes = Object.entries(filters).filter(
    ([, conditions]) => Array.isArray(conditions) && conditions.length > 0,
  );
  if (attributes.length > 10) throw invalid('you can filter by up to 10 finding attributes');

  const predicates = attributes.map(([name, conditions]) => {
    const values = Array.isArray(conditions) ? conditions.filter(isRecord) : [];
    if (values.length > 20) throw invalid(`up to 20 filter values may be given for ${name}`);
    return attributeFilter(name, values, now);
  });
  return (finding) => predicates.every((matches) => matches(finding));
}

type Condition = Readonly<Record<string, unknown>>;

function attributeFilter(
  name: string,
  conditions: readonly Condition[],
  now: () => number,
): (finding: StoredObject) => boolean {
  const path = textFilters[name];
  if (path !== undefined) {
    const matches = textFilter(name, conditions);
    return (finding) => matches(valuesAt(finding, path).map(String));
  }
  const timePath = timeFilters[name];
  if (timePath !== undefined) {
    return (finding) =>
      valuesAt(finding, timePath).some((value) => conditions.some((each) => isWithin(value, each, now())));
  }
  const numberPath = numberFilters[name];
  if (numberPath !== undefined) {
    return (finding) =>
      valuesAt(finding, numberPath).some((value) => conditions.some((each) => isInRange(Number(value), each)));
  }
  const mapPath = mapFilters[name];
  if (mapPath !== undefined) {
    const byKey = [...Map.groupBy(conditions, (each) => String(each['Key']))].map(
      ([key, those]) => [key, textFilter(`${name}.${key}`, those, mapComparisons)] as const,
    );
    return (finding) =>
      byKey.every(([key, matches]) => matches(valuesAt(finding, mapPath).flatMap((map) => mapValues(map, key))));
  }
  throw new LabError('NotImplemented', `the lab's GetFindings does not know the filter ${name}`, 501);
}

/** The model names CONTAINS, NOT_CONTAINS and CONTAINS_WORD too; they are for automation rules and for the API of the new Security Hub. */
const textComparisons = ['EQUALS', 'PREFIX', 'NOT_EQUALS', 'PREFIX_NOT_EQUALS'];
const mapComparisons = ['EQUALS', 'NOT_EQUALS'];

/** EQUALS and PREFIX are joined by OR, their negations by AND; EQUALS allows no negation beside it. */
function textFilter(
  name: string,
  conditions: readonly Condition[],
  comparisons: readonly string[] = textComparisons,
): (values: readonly string[]) => boolean {
  const unknown = conditions.find((each) => !comparisons.includes(String(each['Comparison'])));
  if (unknown !== undefined) throw invalid(`${name}: GetFindings can't compare by ${String(unknown['Comparison'])}`);

  const those = (comparison: string) =>
    conditions.filter((each) => each['Comparison'] === comparison).map((each) => String(each['Value'] ?? ''));
  const [equals, prefixes] = [those('EQUALS'), those('PREFIX')];
  const [notEquals, notPrefixes] = [those('NOT_EQUALS'), those('PREFIX_NOT_EQUALS')];
  if (equals.length > 0 && notEquals.length + notPrefixes.length > 0) {
    throw invalid(`${name}: EQUALS can't be combined with NOT_EQUALS or PREFIX_NOT_EQUALS`);
  }

  const wanted = (value: string): boolean => equals.includes(value) || prefixes.some((each) => value.startsWith(each));
  const unwanted = (value: string): boolean =>
    notEquals.includes(value) || notPrefixes.some((each) => value.startsWith(each));
  const needsOne = equals.length + prefixes.length > 0;

  return (values) => (!needsOne || values.some(wanted)) && !values.some(unwanted);
}

function isInRange(value: number, { Eq, Gt, Gte, Lt, Lte }: Condition): boolean {
  return (
    (Eq === undefined || value === Number(Eq)) &&
    (Gt === undefined || value > Number(Gt)) &&
    (Gte === undefined || value >= Number(Gte)) &&
    (Lt === undefined || value < Number(Lt)) &&
    (Lte === undefined || value <= Number(Lte))
  );
}

function isWithin(value: unknown, condition: Condition, now: number): boolean {
  const time = Date.parse(String(value));
  if (Number.isNaN(time)) return false;

  const range = condition['DateRange'];
  const start = condition['Start'] === undefined ? Number.NEGATIVE_INFINITY : Date.parse(String(condition['Start']));
  const end = condition['End'] === undefined ? Number.POSITIVE_INFINITY : Date.parse(String(condition['End']));

  return time >= start && time <= end && (!isRecord(range) || isInDateRange(now - time, range));
}

function isInDateRange(age: number, range: Condition): boolean {
  const longest = Number(range['Value']) * 86_400_000;
  return range['Comparison'] === 'OLDER_THAN' ? age > longest : age <= longest;
}

const mapValues = (map: unknown, key: string): readonly string[] =>
  isRecord(map) && key in map ? [String(map[key])] : [];

/** SortCriteria: by the fields of the text, time and number filters. The order of arrival decides where they say nothing. */
export function findingOrder(criteria: unknown): (one: StoredObject, other: StoredObject) => number {
  const sorts = (Array.isArray(criteria) ? criteria.filter(isRecord) : []).map((each) => {
    const field = String(each['Field']);
    const path = textFilters[field] ?? timeFilters[field] ?? numberFilters[field];
    if (path === undefined) throw invalid(`findings can't be sorted by ${field}`);
    return { path, sign: each['SortOrder'] === 'desc' ? -1 : 1 };
  });

  return (one, other) => {
    for (const { path, sign } of sorts) {
      const difference = compare(valuesAt(one, path)[0], valuesAt(other, path)[0]);
      if (difference !== 0) return difference * sign;
    }
    return 0;
  };
}

function compare(one: unknown, other: unknown): number {
  if (typeof one === 'number' && typeof other === 'number') return one - other;
  const [left, right] = [String(one ?? ''), String(other ?? '')];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Steps are divided by dots; the one name that may hold dots or slashes is the last. */
function valuesAt(finding: StoredObject, path: string): readonly unknown[] {
  // Most filters, over thousands of findings, ask for one field.
  if (!path.includes('.')) return finding[path] === undefined ? [] : [finding[path]];

  let reached: readonly unknown[] = [finding];
  for (const step of path.split('.')) {
    reached = reached.flatMap((each): readonly unknown[] => {
      if (step === '[]') return Array.isArray(each) ? each : [];
      return isRecord(each) && each[step] !== undefined ? [each[step]] : [];
    });
  }
  return reached;
}
