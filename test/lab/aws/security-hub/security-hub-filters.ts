import { fieldsAt } from '../../wire/fields-at.ts';
import { isRecord } from '../../wire/is-record.ts';
import { LabError } from '../../wire/service.ts';

/** Where each filter that the lab knows finds its texts. */
const paths: Readonly<Record<string, string>> = {
  ProductArn: 'ProductArn',
  AwsAccountId: 'AwsAccountId',
  Id: 'Id',
  GeneratorId: 'GeneratorId',
  RecordState: 'RecordState',
  WorkflowStatus: 'Workflow.Status',
  ComplianceStatus: 'Compliance.Status',
  ResourceId: 'Resources.[].Id',
};

type Finding = Readonly<Record<string, unknown>>;
type Condition = Readonly<Record<string, unknown>>;

const invalid = (message: string): LabError => new LabError('InvalidInputException', message, 400);

/** Filters of GetFindings as one predicate. Different attributes are joined by AND. Refuses what AWS refuses, and by name what the lab lacks. */
export function findingFilter(filters: unknown = {}): (finding: Finding) => boolean {
  if (!isRecord(filters)) throw invalid('Filters must be an object');
  const attributes = Object.entries(filters).flatMap(([name, conditions]) =>
    Array.isArray(conditions) && conditions.length > 0 ? [{ name, conditions: conditions.filter(isRecord) }] : [],
  );
  if (attributes.length > 10) throw invalid('you can filter by up to 10 finding attributes');

  const predicates = attributes.map(({ name, conditions }) => {
    const path = paths[name];
    if (path === undefined)
      throw new LabError('NotImplemented', `the lab's GetFindings does not know the filter ${name}`, 501);
    if (conditions.length > 20) throw invalid(`up to 20 filter values may be given for ${name}`);
    const matches = textFilter(name, conditions);
    // Most filters, over thousands of findings, ask for one field.
    if (!path.includes('.')) return (finding: Finding) => matches(finding[path] === undefined ? [] : [finding[path]]);
    return (finding: Finding) => matches(fieldsAt(finding, path).filter((each) => each !== undefined));
  });
  return (finding) => predicates.every((matches) => matches(finding));
}

/** The model names CONTAINS, NOT_CONTAINS and CONTAINS_WORD too; they are for automation rules and for the API of the new Security Hub. */
const comparisons = ['EQUALS', 'PREFIX', 'NOT_EQUALS', 'PREFIX_NOT_EQUALS'];

/** EQUALS and PREFIX are joined by OR, their negations by AND; EQUALS allows no negation beside it. */
function textFilter(name: string, conditions: readonly Condition[]): (values: readonly unknown[]) => boolean {
  const unknown = conditions.find((each) => !comparisons.includes(String(each['Comparison'])));
  if (unknown !== undefined) throw invalid(`${name}: GetFindings can't compare by ${String(unknown['Comparison'])}`);

  const those = (comparison: string) =>
    conditions.filter((each) => each['Comparison'] === comparison).map((each) => String(each['Value'] ?? ''));
  const [equals, prefixes] = [those('EQUALS'), those('PREFIX')];
  const [notEquals, notPrefixes] = [those('NOT_EQUALS'), those('PREFIX_NOT_EQUALS')];
  if (equals.length > 0 && notEquals.length + notPrefixes.length > 0)
    throw invalid(`${name}: EQUALS can't be combined with NOT_EQUALS or PREFIX_NOT_EQUALS`);

  const isOneOf = (whole: readonly string[], beginnings: readonly string[]) => (value: unknown) =>
    whole.includes(String(value)) || beginnings.some((each) => String(value).startsWith(each));
  const needsOne = equals.length + prefixes.length > 0;
  return (values) =>
    (!needsOne || values.some(isOneOf(equals, prefixes))) && !values.some(isOneOf(notEquals, notPrefixes));
}
