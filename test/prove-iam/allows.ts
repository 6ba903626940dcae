import { runSimulation, runUnsafeSimulation, type Simulation } from '@cloud-copilot/iam-simulate';
import type { IamRequest } from './iam-request.ts';
import type { Permission } from './permissions.ts';

/** Whether IAM would allow this, by these permissions and no other. Throws when IAM knows no such action, or not on such a resource. */
export async function allows(permissions: readonly Permission[], request: IamRequest): Promise<boolean> {
  const simulation = simulationOf(permissions, request);
  // The simulator knows no document without an account, as AWS's own are.
  if (/^arn:[\w-]+:ssm:[\w-]+::document\//.test(request.resource))
    return runUnsafeSimulation(simulation, {}) === 'Allowed';

  const result = await runSimulation(simulation, {});
  if (result.resultType === 'single') return result.overallResult === 'Allowed';
  const why = result.resultType === 'error' ? JSON.stringify(result.errors) : 'a request must name one resource';
  throw new Error(`IAM does not know ${request.action} on ${request.resource}: ${why}`);
}

/** The permissions that have a say: those of the principal itself, and those of what it asks for. */
export const concerning = (permissions: readonly Permission[], request: IamRequest): readonly Permission[] => {
  const resource = holderOf(request.resource);
  return permissions.filter(({ policy, holder }) => holder === (policy === 'identity' ? request.principal : resource));
};

/** Whose own policy covers it: an object has none, its bucket has. */
const holderOf = (resource: string): string => resource.replace(/^(arn:[\w-]+:s3:::[^/]+)\/.*$/, '$1');

function simulationOf(permissions: readonly Permission[], request: IamRequest): Simulation {
  const { principal, action, resource, accountId, context, own, trusted } = request;
  const { identity = [], ofResource = [] } = Object.groupBy(concerning(permissions, request), ({ policy }) =>
    policy === 'identity' ? policy : 'ofResource',
  );
  const given = own ? [{ Effect: 'Allow', Action: own.action, Resource: own.resource }] : [];
  const identityStatements = [...identity.map(statementOf), ...given];
  // A trust policy is about its role, and any other names its resource.
  const about = action === 'sts:AssumeRole' ? {} : { Resource: resource };
  const trust = trusted
    ? [{ Effect: 'Allow', Principal: { AWS: accountOf(principal) }, Action: action, ...about }]
    : [];
  const named = identityStatements.length > 0 ? [{ name: 'identity', policy: policyOf(identityStatements) }] : [];

  return {
    request: { principal, action, resource: { resource, accountId }, contextVariables: { ...context } },
    identityPolicies: named,
    serviceControlPolicies: [],
    resourceControlPolicies: [],
    // A role without a word of trust trusts nobody; another resource without a policy leaves it to its account.
    ...((ofResource.length > 0 || trusted || action === 'sts:AssumeRole') && {
      resourcePolicy: policyOf([...ofResource.map(statementOf), ...trust]),
    }),
  };
}

const accountOf = (role: string): string => role.replace(/:role\/.*$/, ':root');

const policyOf = (statements: readonly object[]) => ({ Version: '2012-10-17', Statement: statements });

const statementOf = ({ effect, principal, action, resource, condition, policy }: Permission) => ({
  Effect: effect,
  ...(principal && { Principal: principal }),
  Action: action,
  ...(policy !== 'trust' && { Resource: resource }),
  ...(condition && { Condition: condition }),
});
