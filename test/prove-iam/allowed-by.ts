import { runSimulation, runUnsafeSimulation, type Simulation } from '@cloud-copilot/iam-simulate';
import type { Grant } from './grants.ts';
import type { IamRequest } from './iam-request.ts';

/** The grants that allow this request, each by itself; none when IAM would refuse it. Throws when IAM knows no such action, or not on such a resource. */
export async function allowedBy(grants: readonly Grant[], request: IamRequest): Promise<readonly Grant[]> {
  const ofRole = grants.filter((each) => each.role === request.role);
  // The simulator knows no document without an account, as AWS's own are.
  if (/^arn:[\w-]+:ssm:[\w-]+::document\//.test(request.resource))
    return ofRole.filter((each) => allowsUnseen(each, request));

  const result = await runSimulation(simulationOf(ofRole, request), {});
  if (result.resultType !== 'single') {
    const why = result.resultType === 'error' ? result.errors.message : 'a request must name one resource';
    throw new Error(`IAM does not know ${request.action} on ${request.resource}: ${why}`);
  }

  if (result.overallResult !== 'Allowed') return [];
  const allowing = result.result.analysis.identityAnalysis?.allowStatements ?? [];
  return allowing.flatMap(({ policyId }) => ofRole[Number(policyId)] ?? []);
}

const allowsUnseen = (grant: Grant, request: IamRequest): boolean =>
  runUnsafeSimulation(simulationOf([grant], request), {}) === 'Allowed';

/** One policy a grant, named by its place, so that the answer tells which of them allow. */
const simulationOf = (grants: readonly Grant[], { role, action, resource, context }: IamRequest): Simulation => ({
  request: {
    principal: role,
    action,
    resource: { resource, accountId: role.split(':')[4] ?? '' },
    contextVariables: { ...context },
  },
  identityPolicies: grants.map((grant, index) => ({ name: String(index), policy: policyOf(grant) })),
  serviceControlPolicies: [],
  resourceControlPolicies: [],
});

const policyOf = ({ action, resource, condition }: Grant) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: action, Resource: resource, ...(condition && { Condition: condition }) }],
});
