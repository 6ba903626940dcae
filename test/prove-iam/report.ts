import type { Permission } from './permissions.ts';
import { deniedIn, holds, type Proof, unusedIn } from './prove.ts';

/**
 * What the proof comes to, for people; docs/permissions.md has all that it is about. The last line is the result.
 * @param calls how many the functions made in the lab: some ask IAM more than once
 */
export const proofReport = (
  proof: Proof,
  calls: number,
): { readonly lines: readonly string[]; readonly exitCode: 0 | 1 } => ({
  lines: resultLines(proof, calls),
  exitCode: holds(proof) ? 0 : 1,
});

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
