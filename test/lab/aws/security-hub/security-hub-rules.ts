import { fieldsAt } from '../../wire/fields-at.ts';
import { isRecord } from '../../wire/is-record.ts';

/**
 * What BatchImportFindings refuses, written down from AWS's documentation and not from the program's own limits: two readings of one text.
 * Sources: API reference AwsSecurityFinding, Compliance, Resource, ResourceDetails; user guide "AWS Security Finding Format", "BatchImportFindings".
 */

type Finding = Readonly<Record<string, unknown>>;

/** Where a text is, with its shortest and longest length. `[]` goes through a list, `*` through the values of a map, `@` through its names. */
const lengths: readonly (readonly [path: string, shortest: number, longest: number])[] = [
  ['Id', 1, 512],
  ['ProductArn', 12, 2048],
  ['ProductName', 1, 128],
  ['CompanyName', 1, 128],
  ['GeneratorId', 1, 512],
  ['AwsAccountId', 12, 12],
  ['AwsAccountName', 1, 50],
  ['Region', 1, 16],
  ['Title', 1, 256],
  ['Description', 1, 1024],
  ['Severity.Original', 1, 64],
  ['FindingProviderFields.Severity.Original', 1, 64],
  ['Remediation.Recommendation.Text', 1, 512],
  ['Compliance.RelatedRequirements.[]', 1, 64],
  ['ProductFields.@', 1, 128],
  ['ProductFields.*', 1, 2048],
  ['UserDefinedFields.@', 1, 128],
  ['UserDefinedFields.*', 1, 1024],
  ['Resources.[].Type', 1, 256],
  ['Resources.[].Id', 1, 512],
  ['Resources.[].Region', 1, 16],
  ['Resources.[].Details.Other.@', 1, 127],
  ['Resources.[].Details.Other.*', 1, 1023],
  ['Note.Text', 1, 512],
];

/** Lists and maps, with the fewest and the most items. */
const counts: readonly (readonly [path: string, fewest: number, most: number])[] = [
  ['Types', 0, 50],
  ['FindingProviderFields.Types', 0, 50],
  ['Resources', 1, 32],
  ['ProductFields', 0, 50],
  ['UserDefinedFields', 0, 50],
  ['RelatedFindings', 1, 10],
  ['Compliance.RelatedRequirements', 0, 32],
  ['Compliance.AssociatedStandards', 0, 20],
  ['Resources.[].Details.Other', 0, 50],
];

const ranges: readonly (readonly [path: string, least: number, most: number])[] = [
  ['Confidence', 0, 100],
  ['Criticality', 0, 100],
  ['FindingProviderFields.Confidence', 0, 100],
  ['FindingProviderFields.Criticality', 0, 100],
  ['Severity.Normalized', 0, 100],
];

const words: readonly (readonly [path: string, allowed: readonly string[]])[] = [
  ['SchemaVersion', ['2018-10-08']],
  ['RecordState', ['ACTIVE', 'ARCHIVED']],
  ['Compliance.Status', ['PASSED', 'WARNING', 'FAILED', 'NOT_AVAILABLE']],
  ['Severity.Label', ['INFORMATIONAL', 'LOW', 'MEDIUM', 'HIGH', 'CRITICAL']],
  ['FindingProviderFields.Severity.Label', ['INFORMATIONAL', 'LOW', 'MEDIUM', 'HIGH', 'CRITICAL']],
  ['Resources.[].Partition', ['aws', 'aws-cn', 'aws-us-gov', 'aws-us-iso', 'aws-us-iso-b', 'AzureCloud']],
  [
    'Resources.[].Details.AwsEksCluster.ClusterStatus',
    ['ACTIVE', 'CREATING', 'DELETING', 'FAILED', 'PENDING', 'UPDATING'],
  ],
];

const required = [
  'SchemaVersion',
  'Id',
  'ProductArn',
  'GeneratorId',
  'AwsAccountId',
  'CreatedAt',
  'UpdatedAt',
  'Title',
  'Description',
  'Resources',
  'Resources.[].Type',
  'Resources.[].Id',
  'Compliance.StatusReasons.[].ReasonCode',
];

const times = ['CreatedAt', 'UpdatedAt', 'FirstObservedAt', 'LastObservedAt'];

const namespaces = [
  'Software and Configuration Checks',
  'TTPs',
  'Effects',
  'Unusual Behaviors',
  'Sensitive Data Identifications',
];

const mostBytes = 240 * 1000;

/** Why AWS would refuse this one finding; empty when it would not. */
export function refusals(finding: Finding): readonly string[] {
  const wrong = (path: string, isRight: (value: unknown) => boolean, must: string): readonly string[] =>
    given(finding, path).flatMap((each) => (isRight(each) ? [] : [`${path} must be ${must}`]));
  const isBetween = (value: number, least: number, most: number) => value >= least && value <= most;

  return [
    ...required.flatMap((path) =>
      fieldsAt(finding, path).flatMap((each) => (each === undefined ? [`${path} is required`] : [])),
    ),
    ...lengths.flatMap(([path, shortest, longest]) => {
      const isRight = (each: unknown) => typeof each === 'string' && isBetween(each.length, shortest, longest);
      return wrong(path, isRight, `a text of ${shortest} to ${longest} characters`);
    }),
    ...counts.flatMap(([path, fewest, most]) =>
      wrong(path, (each) => isBetween(sizeOf(each), fewest, most), `of ${fewest} to ${most} items`),
    ),
    ...ranges.flatMap(([path, least, most]) =>
      wrong(path, (each) => typeof each === 'number' && isBetween(each, least, most), `${least} to ${most}`),
    ),
    ...words.flatMap(([path, allowed]) =>
      wrong(path, (each) => allowed.some((word) => word === each), `one of ${allowed.join(', ')}`),
    ),
    ...times.flatMap((path) => wrong(path, isTime, 'an ISO 8601 time')),
    ...blanks(finding, ''),
    ...others(finding),
  ];
}

function others(finding: Finding): readonly string[] {
  const labels = [...given(finding, 'Severity'), ...given(finding, 'FindingProviderFields.Severity')];
  const types = [...given(finding, 'Types.[]'), ...given(finding, 'FindingProviderFields.Types.[]')];
  const wrongTypes = types.filter((each) => !namespaces.includes(String(each).split('/')[0] ?? ''));
  const bytes = Buffer.byteLength(JSON.stringify(finding));

  return [
    ...(labels.some((each) => isRecord(each) && ('Label' in each || 'Normalized' in each))
      ? []
      : ['Severity must have a Label or a Normalized value']),
    ...(types.length === 0 ? ['Types is required'] : []),
    ...wrongTypes.map((each) => `Types must begin with a known namespace, unlike ${String(each)}`),
    ...given(finding, 'ProductFields.@')
      .filter((each) => String(each).startsWith('aws/'))
      .map((each) => `ProductFields.${String(each)} uses a reserved name`),
    ...(/^\d{12}$/.test(String(finding['AwsAccountId'])) ? [] : ['AwsAccountId must be 12 digits']),
    ...(bytes > mostBytes ? [`the finding has ${bytes} bytes, more than ${mostBytes}`] : []),
  ];
}

/** Every string matches `.*\S.*`. */
function blanks(value: unknown, path: string): readonly string[] {
  if (typeof value === 'string') return value.trim() === '' ? [`${path} must not be blank`] : [];
  if (typeof value !== 'object' || value === null) return [];

  return Object.entries(value).flatMap(([key, each]) => blanks(each, path ? `${path}.${key}` : key));
}

const isTime = (value: unknown): boolean =>
  typeof value === 'string' &&
  /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:[Zz]|[+-]\d{2}:?\d{2})$/.test(value) &&
  !Number.isNaN(Date.parse(value));

const given = (finding: Finding, path: string): readonly unknown[] =>
  fieldsAt(finding, path).filter((each) => each !== undefined);

const sizeOf = (value: unknown): number =>
  Array.isArray(value) ? value.length : isRecord(value) ? Object.keys(value).length : -1;
