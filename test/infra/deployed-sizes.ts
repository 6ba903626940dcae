import type { Template } from 'aws-cdk-lib/assertions';
import { z } from 'zod';
import { resourcesOf, textOf } from './synthesise.ts';

export interface DeployedSize {
  readonly what: string;
  readonly size: number;
  readonly limit: number;
}

/** JSON as it is deployed: references hold the longest names that the deployment can put in. */
const asDeployed = (value: unknown): string =>
  JSON.stringify(value, (_, each: unknown) => {
    const text = typeof each === 'object' && each !== null && !Array.isArray(each) ? textOf(each) : each;
    return typeof text === 'string' && !text.startsWith('{')
      ? text.replaceAll('<AWS::Partition>', 'aws-us-gov').replaceAll('<AWS::AccountId>', '111122223333')
      : each;
  });

const policies = z.array(z.object({ PolicyDocument: z.unknown() })).default([]);

/** What of a template AWS takes only up to a size, as it is deployed, in characters or bytes. Sources: quotas of IAM, Lambda and CloudFormation. */
export function deployedSizes(template: Template): readonly DeployedSize[] {
  const roles = resourcesOf(template, 'AWS::IAM::Role').flatMap(({ Properties: { RoleName, Policies, ...role } }) => [
    {
      what: `inline policies of ${textOf(RoleName)}`,
      size: asDeployed(policies.parse(Policies).map((each) => each.PolicyDocument)).length,
      limit: 10_240,
    },
    {
      what: `trust policy of ${textOf(RoleName)}`,
      size: asDeployed(role['AssumeRolePolicyDocument']).length,
      limit: 2_048,
    },
  ]);
  const functions = resourcesOf(template, 'AWS::Lambda::Function').map(({ Properties }) => ({
    what: `environment of ${textOf(Properties['FunctionName'])}`,
    size: Buffer.byteLength(asDeployed(Object(Properties['Environment']).Variables)),
    limit: 4_096,
  }));
  return [
    ...roles,
    ...functions,
    { what: 'template', size: Buffer.byteLength(JSON.stringify(template.toJSON())), limit: 1024 * 1024 },
    { what: 'resources', size: resourcesOf(template).length, limit: 500 },
  ];
}
