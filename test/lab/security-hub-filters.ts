import { LabError } from './service.ts';

export type StoredObject = Readonly<Record<string, unknown>>;

/** Where each filter that the lab knows finds its values. `[]` goes through a list. */
const textFilters: Readonly<Record<string, string>> = {
  ProductArn: 'ProductArn',
  AwsAccountId: 'AwsAccountId',
  Id: 'Id',
  GeneratorId: 'GeneratorId',
  Region: 'Region',
  Type: 'Types.[]',
  Title: 'Title',
  Description: 'Description',
  RecordState: 'RecordState',
  WorkflowStatus: 'Workflow.Status',
  ComplianceStatus: 'Compliance.Status',
  SeverityLabel: 'Severity.Label',
  ResourceType: 'Resources.[].Type',
  ResourceId: 'Resources.[].Id',
  ResourceRegion: 'Resources.[].Region',
  ResourcePartition: 'Resources.[].Partition',
  VerificationState: 'VerificationState',
  NoteText: 'Note.Text',
  // The API's filter reads what Security Hub wrote, not the finding's own ProductName.
  ProductName: 'ProductFields.aws/securityhub/ProductName',
  CompanyName: 'ProductFields.aws/securityhub/CompanyName',
};

const timeFilters = ['CreatedAt', 'UpdatedAt', 'FirstObservedAt', 'LastObservedAt'];
const mapFilters = ['ProductFields', 'UserDefinedFields'];

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
  if (timeFilters.includes(name)) return (finding) => conditions.some((each) => isWithin(finding[name], each, now()));
  if (mapFilters.includes(name)) {
    const byKey = [...Map.groupBy(conditions, (each) => String(each['Key']))].map(
      ([key, those]) => [key, textFilter(`${name}.${key}`, those)] as const,
    );
    return (finding) => byKey.every(([key, matches]) => matches(mapValues(finding[name], key)));
  }
  throw new LabError('NotImplemented', `the lab's GetFindings does not know the filter ${name}`, 501);
}

/** EQUALS, PREFIX and CONTAINS are joined by OR, their negations by AND; some may not stand together. */
function textFilter(name: string, conditions: readonly Condition[]): (values: readonly string[]) => boolean {
  const those = (...comparisons: readonly string[]) =>
    conditions
      .filter((each) => comparisons.includes(String(each['Comparison'])))
      .map((each) => String(each['Value'] ?? ''));
  const [equals, prefixes, contained] = [those('EQUALS'), those('PREFIX'), those('CONTAINS')];
  const [notEquals, notPrefixes, notContained] = [
    those('NOT_EQUALS'),
    those('PREFIX_NOT_EQUALS'),
    those('NOT_CONTAINS'),
  ];
  const known = [equals, prefixes, contained, notEquals, notPrefixes, notContained].flat().length;

  if (known !== conditions.length) throw invalid(`unknown comparison in the filter ${name}`);
  if (equals.length > 0 && notEquals.length + notPrefixes.length > 0) {
    throw invalid(`${name}: EQUALS can't be combined with NOT_EQUALS or PREFIX_NOT_EQUALS`);
  }
  if (contained.length > 0 && contained.length !== conditions.length) {
    throw invalid(`${name}: CONTAINS can only be combined with CONTAINS`);
  }
  if (notContained.length > 0 && notContained.length !== conditions.length) {
    throw invalid(`${name}: NOT_CONTAINS can only be combined with NOT_CONTAINS`);
  }

  const wanted = (value: string): boolean =>
    equals.includes(value) ||
    prefixes.some((each) => value.startsWith(each)) ||
    contained.some((each) => value.includes(each));
  const unwanted = (value: string): boolean =>
    notEquals.includes(value) ||
    notPrefixes.some((each) => value.startsWith(each)) ||
    notContained.some((each) => value.includes(each));
  const needsOne = equals.length + prefixes.length + contained.length > 0;

  return (values) => (!needsOne || values.some(wanted)) && !values.some(unwanted);
}

function isWithin(value: unknown, condition: Condition, now: number): boolean {
  const time = Date.parse(String(value));
  if (Number.isNaN(time)) return false;

  const range = condition['DateRange'];
  const days = isRecord(range) ? Number(range['Value']) : Number.POSITIVE_INFINITY;
  const start = condition['Start'] === undefined ? Number.NEGATIVE_INFINITY : Date.parse(String(condition['Start']));
  const end = condition['End'] === undefined ? Number.POSITIVE_INFINITY : Date.parse(String(condition['End']));

  return time >= start && time <= end && now - time <= days * 86_400_000;
}

const mapValues = (map: unknown, key: string): readonly string[] =>
  isRecord(map) && key in map ? [String(map[key])] : [];

/** SortCriteria: by the fields of the text and time filters. The order of arrival decides where they say nothing. */
export function findingOrder(criteria: unknown): (one: StoredObject, other: StoredObject) => number {
  const sorts = (Array.isArray(criteria) ? criteria.filter(isRecord) : []).map((each) => {
    const field = String(each['Field']);
    const path = textFilters[field] ?? (timeFilters.includes(field) ? field : undefined);
    if (path === undefined) throw invalid(`findings can't be sorted by ${field}`);
    return { path, sign: each['SortOrder'] === 'desc' ? -1 : 1 };
  });

  return (one, other) => {
    for (const { path, sign } of sorts) {
      const [left, right] = [String(valuesAt(one, path)[0] ?? ''), String(valuesAt(other, path)[0] ?? '')];
      if (left !== right) return left < right ? -sign : sign;
    }
    return 0;
  };
}

/** Steps are divided by dots; the one name that may hold dots or slashes is the last. */
function valuesAt(finding: StoredObject, path: string): readonly unknown[] {
  let reached: readonly unknown[] = [finding];
  for (const step of path.split('.')) {
    reached = reached.flatMap((each): readonly unknown[] => {
      if (step === '[]') return Array.isArray(each) ? each : [];
      return isRecord(each) && each[step] !== undefined ? [each[step]] : [];
    });
  }
  return reached;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
