import type { AsffFinding, AsffResource } from '../../../../lambda/core/findings/asff/asff.ts';
import { findingsOf } from '../../../../lambda/core/findings/finding.ts';
import { auditOf, failed, judged, node, options } from '../compliant-audit.ts';

export const sound = findingsOf(auditOf([judged(node(1), failed)]), options).toArray()[0]!;

/** The sound finding with another first resource. */
const withResource = (change: Partial<AsffResource>): AsffFinding => {
  return { ...sound, Resources: [{ ...sound.Resources[0]!, ...change }] };
};
const withProviderFields = (change: Partial<AsffFinding['FindingProviderFields']>): AsffFinding => {
  return { ...sound, FindingProviderFields: { ...sound.FindingProviderFields, ...change } };
};
const withRequirements = (RelatedRequirements: readonly string[]): AsffFinding => {
  return { ...sound, Compliance: { ...sound.Compliance, RelatedRequirements } };
};
const large = Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`n${index}`, 'v'.repeat(1000)]));

export const names = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, at) => [`n${at}`, 'v']));

/** Findings with one thing too much, too little or wrong, and a word of the sentence that says so. */
export const broken: readonly (readonly [string, AsffFinding])[] = [
  ['Id', { ...sound, Id: 'i'.repeat(513) }],
  ['Id', { ...sound, Id: '' }],
  ['ProductArn', { ...sound, ProductArn: 'arn:aws:sec' }],
  ['ProductName', { ...sound, ProductName: 'p'.repeat(129) }],
  ['CompanyName', { ...sound, CompanyName: ' ' }],
  ['GeneratorId', { ...sound, GeneratorId: 'g'.repeat(513) }],
  ['AwsAccountId', { ...sound, AwsAccountId: '1111222233334' }],
  ['AwsAccountId', { ...sound, AwsAccountId: '11112222333x' }],
  ['Region', { ...sound, Region: 'r'.repeat(17) }],
  ['Title', { ...sound, Title: 't'.repeat(257) }],
  ['Description', { ...sound, Description: 'd'.repeat(1025) }],
  ['Description', { ...sound, Description: '\n\t' }],
  ['CreatedAt', { ...sound, CreatedAt: '2026-11-24' }],
  ['UpdatedAt', { ...sound, UpdatedAt: '2026-11-24T10:00:00.1234567890Z' }],
  ['FirstObservedAt', { ...sound, FirstObservedAt: '2026-13-24T10:00:00Z' }],
  ['LastObservedAt', { ...sound, LastObservedAt: '2026-11-24T10:00:00' }],
  ['Types', withProviderFields({ Types: Array(51).fill('Effects/a') })],
  ['Severity', withProviderFields({ Severity: { Label: 'HIGH', Original: 'o'.repeat(65) } })],
  ['RelatedRequirements', withRequirements(['r'.repeat(65)])],
  ['RelatedRequirements', withRequirements(Array(33).fill('r'))],
  ['Text', { ...sound, Remediation: { Recommendation: { Text: 't'.repeat(513), Url: 'https://aws.amazon.com' } } }],
  ['Text', { ...sound, Remediation: { Recommendation: { Text: '', Url: 'https://aws.amazon.com' } } }],
  ['ProductFields', { ...sound, ProductFields: names(51) }],
  ['ProductFields', { ...sound, ProductFields: { ['k'.repeat(129)]: 'v' } }],
  ['ProductFields', { ...sound, ProductFields: { key: 'v'.repeat(2049) } }],
  ['ProductFields', { ...sound, ProductFields: { key: '' } }],
  ['ProductFields', { ...sound, ProductFields: { 'aws/own': 'v' } }],
  ['Resources', { ...sound, Resources: [] }],
  ['Resources', { ...sound, Resources: Array(33).fill(sound.Resources[0]) }],
  ['Resources', withResource({ Id: 'i'.repeat(513) })],
  ['Resources', withResource({ Region: 'r'.repeat(17) })],
  ['Other', withResource({ Details: { Other: names(51) } })],
  ['Other', withResource({ Details: { Other: { key: 'v'.repeat(1024) } } })],
  ['Other', withResource({ Details: { Other: { ['k'.repeat(128)]: 'v' } } })],
  ['bytes', { ...sound, Resources: Array(32).fill({ ...sound.Resources[0]!, Details: { Other: large } }) }],
];
