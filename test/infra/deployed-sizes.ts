import type { Template } from 'aws-cdk-lib/assertions';
import { z } from 'zod';
import { resourcesOf, textOf } from './synthesise.ts';

export interface DeployedSize {
  readonly what: string;
  readonly size: number;
  readonly limit: number;
}

/** How much of a limit the largest settings may use. The remedy's document holds the whole shell of a node. */
export const mostOf = (what: string): number => (what.endsWith('RemediateKubelet') ? 0.97 : 0.85);

/** JSON as it is deployed: references hold the longest names that the deployment can put in. */
const asDeployed = (value: unknown): string =>
  JSON.stringify(value, (_, each: unknown) => {
    const text = typeof each === 'object' && each !== null && !Array.isArray(each) ? textOf(each) : each;
    return typeof text === 'string' && !text.startsWith('{')
      ? text.replaceAll('<AWS::Partition>', 'aws-us-gov').replaceAll('<AWS::AccountId>', '111122223333')
      : each;
  });

/** One that a condition leaves out counts as there. */
const policies = z
  .array(z.preprocess((each) => Object(each)['Fn::If']?.[1] ?? each, z.object({ PolicyDocument: z.unknown() })))
  .default([]);

/** What of a template AWS takes only up to a size, as it is deployed, in characters or bytes. Sources: quotas of IAM, Lambda, Systems Manager, EventBridge, Step Functions and CloudFormation. */
export function deployedSizes(template: Template): readonly DeployedSize[] {
  const roles = resourcesOf(template, 'AWS::IAM::Role').flatMap(({ Properties: { RoleName, Policies, ...role } }) => {
    const name = RoleName === undefined ? String(role['Description']) : textOf(RoleName);
    return [
      {
        what: `inline policies of ${name}`,
        size: asDeployed(policies.parse(Policies).map((each) => each.PolicyDocument)).length,
        limit: 10_240,
      },
      {
        what: `trust policy of ${name}`,
        size: asDeployed(role['AssumeRolePolicyDocument']).length,
        limit: 2_048,
      },
    ];
  });
  const functions = resourcesOf(template, 'AWS::Lambda::Function').map(({ Properties }) => ({
    what: `environment of ${textOf(Properties['FunctionName'])}`,
    size: Buffer.byteLength(asDeployed(Object(Properties['Environment']).Variables)),
    limit: 4_096,
  }));
  // CloudFormation passes on a document that is JSON in its template without needless spaces.
  const documents = resourcesOf(template, 'AWS::SSM::Document').map(({ Properties: { Name, Content } }) => ({
    what: `document ${textOf(Name)}`,
    size: Buffer.byteLength(asDeployed(Content)),
    limit: 65_536,
  }));
  const rules = resourcesOf(template, 'AWS::Events::Rule').flatMap(({ Properties: { EventPattern, Targets } }) => [
    { what: 'pattern of a rule', size: asDeployed(EventPattern).length, limit: 2_048 },
    ...z
      .array(z.looseObject({ InputTransformer: z.looseObject({ InputTemplate: z.string() }).optional() }))
      .parse(Targets)
      .flatMap(({ InputTransformer: transformer }) =>
        transformer ? [{ what: 'text of an alert', size: transformer.InputTemplate.length, limit: 8_192 }] : [],
      ),
  ]);
  const machines = resourcesOf(template, 'AWS::StepFunctions::StateMachine').map(({ Properties }) => ({
    what: 'definition of the state machine',
    size: textOf(Properties['DefinitionString']).length,
    limit: 1024 * 1024,
  }));
  const stackSets = resourcesOf(template, 'AWS::CloudFormation::StackSet').flatMap(
    ({ Properties: { TemplateBody } }) =>
      typeof TemplateBody === 'string'
        ? [{ what: 'template inside of the StackSet', size: Buffer.byteLength(TemplateBody), limit: 51_200 }]
        : [],
  );
  const { Parameters = {}, Outputs = {} } = template.toJSON();
  return [
    ...roles,
    ...functions,
    ...documents,
    ...rules,
    ...machines,
    ...stackSets,
    { what: 'parameters', size: Object.keys(Parameters).length, limit: 200 },
    { what: 'outputs', size: Object.keys(Outputs).length, limit: 200 },
    { what: 'template', size: Buffer.byteLength(JSON.stringify(template.toJSON())), limit: 1024 * 1024 },
    { what: 'resources', size: resourcesOf(template).length, limit: 500 },
  ];
}
