import { createHash } from 'node:crypto';
import { byText } from '../../model/text/words.ts';

/** A finding as it is sent, or as GetFindings answers it. */
type Provided = Readonly<Record<string, unknown>>;

/**
 * What BatchImportFindings sets of a finding and an update may change: fields that this program writes, and those that it never writes. Left out are
 * identity, the times of each update, and what Security Hub or the customer sets.
 */
const providers = [
  'SchemaVersion',
  'GeneratorId',
  'ProductName',
  'CompanyName',
  'CreatedAt',
  'FirstObservedAt',
  'Title',
  'Description',
  'FindingProviderFields',
  'Compliance',
  'Remediation',
  'ProductFields',
  'Resources',
  'RecordState',
  'SourceUrl',
  'Malware',
  'Network',
  'NetworkPath',
  'Process',
  'Threats',
  'ThreatIntelIndicators',
  'Vulnerabilities',
  'PatchSummary',
  'Action',
  'Sample',
  'GeneratorDetails',
  'Detection',
] as const;

/** Security Hub adds tags and the application of a resource. */
const ofResource = ['Type', 'Id', 'Partition', 'Region', 'Details'];

/** A short hash of each of the provider's fields, by its name. Equal fields of two findings have equal hashes, in whatever order their names come. */
export function providedFields(finding: Provided): Readonly<Record<string, string>> {
  return Object.fromEntries(
    providers.flatMap((name) => {
      const value = shown(name, finding[name]);
      return value === undefined ? [] : [[name, hashOf(value)]];
    }),
  );
}

/** One hash of all of them. */
export const hashOfFinding = (finding: object): string => hashOf(providedFields({ ...finding }));

/** The names of the fields that differ. */
export function differingFields(
  one: Readonly<Record<string, string>>,
  other: Readonly<Record<string, string>>,
): readonly string[] {
  return providers.filter((name) => one[name] !== other[name]);
}

function shown(name: string, value: unknown): unknown {
  if (name === 'ProductFields') return chosen(value, (field) => !field.startsWith('aws/'));
  if (name === 'Resources' && Array.isArray(value))
    return value.map((each) => chosen(each, (field) => ofResource.includes(field)));
  if (name !== 'CreatedAt' && name !== 'FirstObservedAt') return value;
  const time = Date.parse(String(value));
  return Number.isNaN(time) ? value : time;
}

const chosen = (value: unknown, isChosen: (field: string) => boolean): object =>
  Object.fromEntries(Object.entries(Object(value)).filter(([field]) => isChosen(field)));

const hashOf = (value: unknown): string =>
  createHash('sha256')
    .update(JSON.stringify(value, inOrder) ?? '', 'utf16le')
    .digest('hex')
    .slice(0, 16);

/** An object with its fields in the order of their names. */
const inOrder = (_: string, value: unknown): unknown =>
  typeof value !== 'object' || value === null || Array.isArray(value)
    ? value
    : Object.fromEntries(Object.entries(value).toSorted(byText(([name]) => name)));
