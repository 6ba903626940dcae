import { fieldsAt } from '../../wire/fields-at.ts';
import { isRecord } from '../../wire/is-record.ts';
import { LabError } from '../../wire/service.ts';

/** Where each filter that the lab knows finds its texts. */
const paths: Readonly<Record<string, string>> = {
  ProductArn: 'ProductArn',
  Id: 'Id',
  GeneratorId: 'GeneratorId',
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

/** Those of GetFindings that the program uses. CONTAINS and CONTAINS_WORD are for automation rules and for the API of the new Security Hub. */
const comparisons = ['EQUALS', 'PREFIX'];

function textFilter(name: string, conditions: readonly Condition[]): (values: readonly unknown[]) => boolean {
  const unknown = conditions.find((each) => !comparisons.includes(String(each['Comparison'])));
  if (unknown !== undefined) throw invalid(`${name}: GetFindings can't compare by ${String(unknown['Comparison'])}`);

  const fits = (text: string) => (condition: Condition) => {
    const wanted = String(condition['Value'] ?? '');
    return condition['Comparison'] === 'EQUALS' ? text === wanted : text.startsWith(wanted);
  };
  return (values) => values.some((value) => conditions.some(fits(String(value))));
}
