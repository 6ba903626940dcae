import type { AsffFinding } from './asff.ts';

/** A finding, and a request: https://docs.aws.amazon.com/securityhub/latest/userguide/guidelines-batchimportfindings.html, read as decimal to be safe. */
const maxFindingBytes = 240_000;
export const maxRequestBytes = 6_000_000;
export const maxFindingsInRequest = 100;

/**
 * Every documented limit of ASFF that a finding breaks, one sentence each; empty for a finding that may be sent.
 * Source: Security Hub API reference (AwsSecurityFinding), service model 2018-10-26, user guide (ASFF, 240 KB).
 * Most of these stand only in the documentation's text, so the SDK does not check them.
 */
export function violations(finding: AsffFinding): readonly string[] {
  return [
    ...texts(finding).flatMap(([path, value, max, min = 1]) => lengthViolation(path, value, max, min)),
    ...strings(finding).flatMap(([path, value]) => textViolation(path, value)),
    ...items(finding).flatMap(([path, count, max, min = 0]) => rangeViolation(path, count, max, min)),
    ...times(finding).flatMap(([path, value]) => timeViolation(path, value)),
    ...formats(finding),
    ...sizeViolation(finding),
  ];
}

type Text = readonly [path: string, value: string | undefined, max: number, min?: number];

const texts = (finding: AsffFinding): readonly Text[] => [
  ['Id', finding.Id, 512],
  ['ProductArn', finding.ProductArn, 2048, 12],
  ['ProductName', finding.ProductName, 128],
  ['CompanyName', finding.CompanyName, 128],
  ['GeneratorId', finding.GeneratorId, 512],
  ['AwsAccountId', finding.AwsAccountId, 12, 12],
  ['Region', finding.Region, 16],
  ['Title', finding.Title, 256],
  ['Description', finding.Description, 1024],
  ['FindingProviderFields.Severity.Original', finding.FindingProviderFields.Severity.Original, 64],
  ['Remediation.Recommendation.Text', finding.Remediation.Recommendation.Text, 512],
  ...(finding.Compliance.RelatedRequirements ?? []).map((each): Text => ['Compliance.RelatedRequirements', each, 64]),
  ...pairs('ProductFields', finding.ProductFields, { key: 128, value: 2048 }),
  ...finding.Resources.flatMap((resource, index): readonly Text[] => [
    [`Resources[${index}].Type`, resource.Type, 256],
    [`Resources[${index}].Id`, resource.Id, 512],
    [`Resources[${index}].Region`, resource.Region, 16],
    ...pairs(`Resources[${index}].Details.Other`, resource.Details?.Other ?? {}, { key: 127, value: 1023 }),
  ]),
];

const pairs = (
  path: string,
  record: Readonly<Record<string, string>>,
  max: { readonly key: number; readonly value: number },
): readonly Text[] =>
  Object.entries(record).flatMap(([key, value]): readonly Text[] => [
    [`a name in ${path}`, key, max.key],
    [`${path}.${key}`, value, max.value],
  ]);

type Count = readonly [path: string, count: number, max: number, min?: number];

const items = (finding: AsffFinding): readonly Count[] => [
  ['FindingProviderFields.Types', finding.FindingProviderFields.Types.length, 50],
  ['Resources', finding.Resources.length, 32, 1],
  ['Compliance.RelatedRequirements', finding.Compliance.RelatedRequirements?.length ?? 0, 32],
  ['ProductFields', Object.keys(finding.ProductFields).length, 50],
  ...finding.Resources.map(
    (each, index): Count => [`Resources[${index}].Details.Other`, Object.keys(each.Details?.Other ?? {}).length, 50],
  ),
];

const times = (finding: AsffFinding): readonly (readonly [string, string | undefined])[] => [
  ['CreatedAt', finding.CreatedAt],
  ['UpdatedAt', finding.UpdatedAt],
  ['FirstObservedAt', finding.FirstObservedAt],
  ['LastObservedAt', finding.LastObservedAt],
];

function lengthViolation(path: string, value: string | undefined, max: number, min: number): readonly string[] {
  if (value === undefined || (value.length >= min && value.length <= max)) return [];

  return [`${path} has ${value.length} characters, allowed are ${min === max ? max : `${min} to ${max}`}`];
}

const rangeViolation = (path: string, count: number, max: number, min: number): readonly string[] =>
  count >= min && count <= max ? [] : [`${path} has ${count} items, allowed are ${min} to ${max}`];

/** Every string of the format matches `.*\S.*`: never empty, never blank. */
function textViolation(path: string, value: string): readonly string[] {
  if (!/\S/.test(value)) return [`${path} is blank`];
  return value.isWellFormed() ? [] : [`${path} holds half of a surrogate pair`];
}

/** All strings inside, with their paths. */
function strings(value: unknown, path = ''): readonly (readonly [string, string])[] {
  if (typeof value === 'string') return [[path, value]];
  if (typeof value !== 'object' || value === null) return [];

  return Object.entries(value).flatMap(([key, each]) => strings(each, path === '' ? key : `${path}.${key}`));
}

/** `2026-11-24T10:00:00.000Z` or with an offset, at most 9 digits of a second. */
const timestamp = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:?\d\d)$/;

const timeViolation = (path: string, value: string | undefined): readonly string[] =>
  value === undefined || (timestamp.test(value) && !Number.isNaN(Date.parse(value)))
    ? []
    : [`${path} is no ISO 8601 time with a zone: ${value}`];

function formats(finding: AsffFinding): readonly string[] {
  const reserved = Object.keys(finding.ProductFields).filter((key) => key.startsWith('aws/'));
  const { Url } = finding.Remediation.Recommendation;

  return [
    ...(/^\d{12}$/.test(finding.AwsAccountId) ? [] : [`AwsAccountId is no account number: ${finding.AwsAccountId}`]),
    ...reserved.map((key) => `ProductFields.${key} uses the reserved prefix aws/`),
    ...(URL.canParse(Url) ? [] : [`Remediation.Recommendation.Url is no URL: ${Url}`]),
  ];
}

function sizeViolation(finding: AsffFinding): readonly string[] {
  const bytes = utf8Bytes(JSON.stringify(finding));

  return bytes <= maxFindingBytes ? [] : [`the finding has ${bytes} bytes, allowed are ${maxFindingBytes}`];
}

/** Length of a text in UTF-8. */
export function utf8Bytes(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
}
