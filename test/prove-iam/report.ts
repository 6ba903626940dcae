import type { TableStyle } from '../../lambda/core/report/terminal/table-style.ts';
import { type Described, described } from './described.ts';
import type { Permission } from './permissions.ts';
import { type Decision, deniedIn, holds, type Proof, unusedIn } from './prove.ts';

type Style = Pick<TableStyle, 'draw' | 'bold'>;

/**
 * The proof for people; its last line is the result.
 * @param calls how many the functions made in the lab: some ask IAM more than once
 */
export function proofReport(
  proof: Proof,
  { draw, bold, calls }: Style & { readonly calls: number },
): { readonly output: string; readonly exitCode: 0 | 1 } {
  const parts = [
    bold('Calls: what the functions ask for in the lab, and AWS services for them'),
    draw(['BY', 'ACTION', 'RESOURCES', 'TIMES', 'ANSWER'], callRows(proof.decisions)),
    bold('Policies: what they say, in which deployments, and who would miss it'),
    draw(['OF', 'SAYS', 'RESOURCE', 'IF', 'DEPLOYED FOR', 'USED BY'], described(proof.needs).map(policyRow)),
    bold('What must be refused'),
    draw(['WHO', 'WHAT', 'ACTION', 'ANSWER'], refusalRows(proof)),
    resultLines(proof, calls).join('\n'),
  ];
  return { output: `${parts.join('\n\n')}\n`, exitCode: holds(proof) ? 0 : 1 };
}

function callRows(decisions: readonly Decision[]): readonly (readonly string[])[] {
  const same = Map.groupBy(decisions, ({ request: { by, action }, allowed }) => JSON.stringify([by, action, allowed]));
  return [...same.values()]
    .flatMap((alike) => {
      const [first] = alike;
      if (!first) return [];
      const { request, allowed } = first;
      const resources = new Set(alike.map((each) => each.request.resource)).size;
      const times = alike.reduce((sum, each) => sum + each.times, 0);
      return [[request.by, request.action, String(resources), String(times), allowed ? 'allowed' : 'DENIED']];
    })
    .toSorted((one, other) => one.join(' ').localeCompare(other.join(' '), 'en'));
}

const policyRow = ({ holder, permission, resource, condition, only, by }: Described): readonly string[] => [
  permission.policy === 'trust' ? `${holder} (trust)` : holder,
  `${permission.effect === 'Deny' ? 'never ' : ''}${permission.action}`,
  resource,
  condition,
  only.join(', '),
  by.join(', ') || 'UNUSED',
];

function refusalRows({ refusals }: Proof): readonly (readonly string[])[] {
  const rows = refusals.map(({ who, what, request, allowed }) => [
    who,
    what,
    request.action,
    allowed ? 'ALLOWED' : 'refused',
  ]);
  return [...new Map(rows.map((row) => [row.join('\n'), row])).values()];
}

function resultLines(proof: Proof, calls: number): readonly string[] {
  const { decisions, refusals, laws } = proof;
  const denied = deniedIn(proof);
  const unused = unusedIn(proof);
  const wronglyAllowed = refusals.filter(({ allowed }) => allowed);
  const asked = decisions.reduce((sum, { times }) => sum + times, 0);

  return [
    `${refusals.length - wronglyAllowed.length} of ${refusals.length} that must be refused are refused`,
    ...laws.map(({ sentence, brokenBy }) =>
      brokenBy.length === 0 ? sentence : `NOT TRUE: ${sentence}: ${brokenBy.map(permissionText).join('; ')}`,
    ),
    ...wronglyAllowed.map(
      ({ who, what, request }) => `ALLOWED: ${who}: ${what} (${request.action} on ${request.resource})`,
    ),
    ...denied.map(
      ({ request }) =>
        `DENIED: ${request.action} on ${request.resource}, asked for by ${request.by} as ${nameOf(request.principal)}`,
    ),
    ...unused.map((each) => `UNUSED: ${permissionText(each)}: without it the answers are the same`),
    `${calls} calls, ${asked} questions to IAM with those of AWS services, ${policiesOf(proof).size} policies with ${proof.needs.length} permissions`,
    `${denied.length} denied, ${unused.length} unused`,
  ];
}

/** A role has several; another resource one. */
const policiesOf = ({ needs }: Proof): ReadonlySet<string> =>
  new Set(
    needs.map(({ permission: { id, policy } }) =>
      id
        .split('/')
        .slice(0, policy === 'resource' ? 2 : 3)
        .join('/'),
    ),
  );

const permissionText = ({ effect, action, resource, holder, policy, condition }: Permission): string =>
  [
    `${effect === 'Deny' ? 'the denial of ' : ''}${action} on ${resource}`,
    ...(condition ? [JSON.stringify(condition)] : []),
    `${policy === 'identity' ? 'granted to' : 'in the policy of'} ${nameOf(holder)}`,
  ].join(', ');

const nameOf = (arn: string): string => arn.split(/[/:]/).at(-1) ?? arn;
