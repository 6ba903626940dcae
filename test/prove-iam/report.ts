import type { TableStyle } from '../../lambda/core/reports/table.ts';
import type { Grant } from './grants.ts';
import type { IamRequest } from './iam-request.ts';
import { type Decision, holds, type Proof } from './prove.ts';

type Style = Pick<TableStyle, 'draw' | 'bold'>;

/** The proof for people; its last line is the result. */
export function proofReport(
  proof: Proof,
  { draw, bold }: Style,
): { readonly output: string; readonly exitCode: 0 | 1 } {
  const parts = [
    bold('Calls: what the program asks for in the lab, and AWS services for it'),
    draw(['BY', 'ACTION', 'RESOURCE', 'TAGS', 'TIMES', 'ANSWER'], proof.decisions.map(decisionRow).toSorted(byWords)),
    bold('Policies: what the roles of the stack allow'),
    draw(
      ['ROLE', 'ACTION', 'RESOURCE', 'CONDITION', 'USED BY'],
      proof.grants.map((grant) => grantRow(grant, proof)),
    ),
    bold('What must be refused'),
    draw(['WHAT', 'ACTION', 'RESOURCE', 'TAGS', 'ANSWER'], proof.refusals.map(refusalRow)),
    resultLines(proof).join('\n'),
  ];
  return { output: `${parts.join('\n\n')}\n`, exitCode: holds(proof) ? 0 : 1 };
}

const decisionRow = ({ request, times, allowedBy }: Decision): readonly string[] => [
  request.by,
  request.action,
  request.resource,
  tagsText(request),
  String(times),
  allowedBy.length > 0 ? 'allowed' : 'DENIED',
];

const byWords = (one: readonly string[], other: readonly string[]): number =>
  one.join(' ').localeCompare(other.join(' '), 'en');

function grantRow(grant: Grant, { decisions, unused }: Proof): readonly string[] {
  const users = new Set(decisions.filter((each) => each.allowedBy.includes(grant)).map(({ request }) => request.by));
  const usedBy = unused.includes(grant) ? 'UNUSED' : [...users].join(', ');
  return [roleName(grant.role), grant.action, grant.resource, conditionText(grant), usedBy];
}

const refusalRow = ({ what, request, allowedBy }: Proof['refusals'][number]): readonly string[] => [
  what,
  request.action,
  request.resource,
  tagsText(request),
  allowedBy.length > 0 ? 'ALLOWED' : 'denied',
];

function resultLines({ refusals, laws, denied, unused }: Proof): readonly string[] {
  const wronglyAllowed = refusals.filter(({ allowedBy }) => allowedBy.length > 0);

  return [
    `${refusals.length - wronglyAllowed.length} of ${refusals.length} that must be refused are refused`,
    ...laws.map(({ sentence, brokenBy }) =>
      brokenBy.length === 0 ? sentence : `NOT TRUE: ${sentence}: ${brokenBy.map(grantText).join('; ')}`,
    ),
    ...wronglyAllowed.map(({ what, allowedBy }) => `ALLOWED: ${what}, by ${allowedBy.map(grantText).join('; ')}`),
    ...denied.map(({ request }) => `DENIED: ${request.action} on ${request.resource}, asked for by ${request.by}`),
    ...unused.map((grant) => `UNUSED: ${grantText(grant)}: nothing asks for it, or another grant allows the same`),
    `${denied.length} denied, ${unused.length} unused`,
  ];
}

const grantText = (grant: Grant): string =>
  [`${grant.action} on ${grant.resource}`, conditionText(grant), `granted to ${roleName(grant.role)}`]
    .filter(Boolean)
    .join(', ');

const roleName = (arn: string): string => arn.split('/').at(-1) ?? arn;

/** `ssm:resourceTag/eks:cluster-name like *` */
export const conditionText = ({ condition = {} }: Grant): string =>
  Object.entries(condition)
    .flatMap(([operator, keys]) =>
      Object.entries(keys).map(([key, value]) => `${key} ${operator === 'StringLike' ? 'like' : operator} ${value}`),
    )
    .join(' and ');

const tagPrefix = 'ssm:resourceTag/';

const tagsText = ({ context }: IamRequest): string =>
  Object.entries(context)
    .filter(([key]) => key.startsWith(tagPrefix))
    .map(([key, value]) => `${key.slice(tagPrefix.length)}=${value}`)
    .join(' ');
