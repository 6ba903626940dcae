import { type App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { deployedSizes, mostOf } from '../deployed-sizes.ts';
import { parameterFaults, tagPropertyOf, typeFaults } from '../resource-types.ts';
import { settingsAtTheEdge } from '../settings-at-the-edge.ts';
import { appAsDeployed, identityStatements, resourcesOf, statementsOf, synthesised } from '../synthesise.ts';

// As infra/app.ts has it: what the rules find and nobody acknowledged fails the synthesis, and so this whole file.
function checkedApp(): App {
  const app = appAsDeployed();
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  return app;
}

const everyTemplate = settingsAtTheEdge.flatMap(([of, settings]) =>
  Object.entries(synthesised(checkedApp(), settings)).map(([name, template]) => ({ of, name, template, settings })),
);

it('knows what CloudFormation would refuse of a resource', () => {
  const queue = (properties: object) => ({ Queue: { Type: 'AWS::SQS::Queue', Properties: properties } });
  const faultsOf = (resources: object) => typeFaults({ Resources: resources }).join('\n');
  expect(faultsOf({ It: { Type: 'AWS::SQS::Quue' } })).toContain('no resource type AWS::SQS::Quue');
  expect(faultsOf(queue({ KmsKey: 'x' }))).toContain('no property KmsKey');
  expect(faultsOf(queue({ DelaySeconds: { 'Fn::If': ['C', 5, 'five'] } }))).toContain('"five", not an integer');
  expect(faultsOf({ It: { Type: 'AWS::Lambda::Function' } })).toContain('Code is missing');
});

it.each([
  [{ Type: 'Number', AllowedValues: ['30', '90'], Default: 90 }, 1],
  [{ Type: 'Number', AllowedValues: ['30', '90'], Default: '90' }, 0],
  [{ Type: 'Number', MaxValue: 5, Default: 6 }, 1],
  [{ Type: 'String', AllowedPattern: '^(a|b)$', Default: '' }, 1],
  [{ Type: 'CommaDelimitedList', AllowedPattern: '^(a|b)?$', Default: '' }, 0],
])('knows a default that the parameter itself refuses: %j', (parameter, faults) => {
  expect(parameterFaults({ Parameters: { It: parameter } })).toHaveLength(faults);
});

describe.each(everyTemplate)('laws for $name ($of)', ({ name, template, settings }) => {
  const text = JSON.stringify(template.toJSON());
  const allowed = identityStatements(template).filter((each) => each.Effect === 'Allow');

  it('is what CloudFormation knows of each resource: no other property, none missing, none of another type', () => {
    expect(typeFaults(template.toJSON())).toEqual([]);
    expect(parameterFaults(template.toJSON())).toEqual([]);
  });

  it('has the tags of the settings on everything that takes tags', () => {
    const tags = z.record(z.string(), z.string()).parse(Object(settings).tags ?? {});
    for (const { Type: type, Properties } of resourcesOf(template)) {
      const property = tagPropertyOf(type);
      // The rule for passed findings takes names of letters and digits only.
      const taken = Object.entries(tags).filter(
        ([name]) => type !== 'AWS::SecurityHub::AutomationRule' || /^\w+$/.test(name),
      );
      // Of a dashboard it is not known.
      if (property && type !== 'AWS::CloudWatch::Dashboard')
        expect(tagsIn(Properties[property]), type).toMatchObject(Object.fromEntries(taken));
    }
  });

  it('stays within what IAM, Lambda and CloudFormation take, with some room left', () => {
    for (const { what, size, limit } of deployedSizes(template))
      expect(size, `${what} within ${limit}`).toBeLessThanOrEqual(limit * mostOf(what));
  });

  it('every function is arm64 on nodejs24.x, and writes to a log group of the stack', () => {
    for (const each of resourcesOf(template, 'AWS::Lambda::Function'))
      expect(each.Properties).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        LoggingConfig: { LogGroup: { Ref: expect.any(String) } },
      });
  });

  it('every log group is kept for a while and not forever', () => {
    for (const group of resourcesOf(template, 'AWS::Logs::LogGroup'))
      expect(group.Properties['RetentionInDays']).toBeGreaterThan(0);
  });

  it('no action is a wildcard', () => {
    expect(allowed.flatMap((each) => each.Action).filter((action) => action.includes('*'))).toEqual([]);
  });

  it('no role has a path or a managed policy, and no policy is outside its role', () => {
    for (const role of resourcesOf(template, 'AWS::IAM::Role')) {
      expect(role.Properties).not.toHaveProperty('Path');
      expect(role.Properties).not.toHaveProperty('ManagedPolicyArns');
    }
    expect(resourcesOf(template, 'AWS::IAM::Policy')).toEqual([]);
  });

  it('actions on any resource are those for which AWS knows no other', () => {
    const anywhere = allowed.filter((each) => each.Resource?.includes('*')).flatMap((each) => each.Action);
    const known = [
      /^eks:ListClusters$/,
      /^ec2:Describe(Instances|Vpcs|Regions|Subnets|NetworkInterfaces)$/,
      /^ec2:(Create|Delete)NetworkInterface$/,
      /^ec2:(Assign|Unassign)PrivateIpAddresses$/,
      /^ssm:(DescribeInstanceInformation|GetCommandInvocation|ListCommands|ListCommandInvocations)$/,
      /^ssm:DescribeAutomationExecutions$/,
      /^organizations:ListAccounts$/,
      /^logs:(\w+LogDelivery|ListLogDeliveries|PutResourcePolicy|DescribeResourcePolicies|DescribeLogGroups)$/,
      /^xray:(Put(TraceSegments|TelemetryRecords)|GetSampling(Rules|Targets))$/,
    ];
    expect(anywhere.filter((action) => !known.some((pattern) => pattern.test(action)))).toEqual([]);
  });

  it('a role that may act on a node cannot be used by people, and one that may start a runbook cannot act on a node', () => {
    for (const role of resourcesOf(template, 'AWS::IAM::Role')) {
      const actions = statementsOf(role).flatMap((each) => each.Action);
      const text = JSON.stringify(role.Properties['AssumeRolePolicyDocument']);
      if (actions.includes('ssm:SendCommand') && name.startsWith('EksKubeletAuditRemediation'))
        expect(text).not.toMatch(/"AWS"|:root/);
      if (actions.includes('ssm:StartAutomationExecution')) {
        expect(actions).not.toContain('ssm:SendCommand');
        expect(actions).not.toContain('ssm:SendAutomationSignal');
      }
    }
  });

  it('each sender to a topic, a queue or a bus, and each caller of a function, is named by rule, account or role', () => {
    const policies = ['AWS::SNS::TopicPolicy', 'AWS::SQS::QueuePolicy'].flatMap((type) =>
      resourcesOf(template, type).flatMap(({ Properties }) => Object(Properties['PolicyDocument']).Statement),
    );
    const ofBuses = resourcesOf(template, 'AWS::Events::EventBusPolicy').map((each) => each.Properties['Statement']);
    for (const { Effect, Principal, Action, Condition } of [...policies, ...ofBuses].map(Object)) {
      if (Effect !== 'Allow') continue;
      // AWS, on topics for EventBridge: "You can't use Condition blocks in Amazon SNS topic policies for EventBridge".
      if (Action === 'sns:Publish' && Principal.Service === 'events.amazonaws.com') continue;
      const keys = Object.values(Object(Condition)).flatMap((each) => Object.keys(Object(each)));
      expect(keys, JSON.stringify(Principal)).toEqual(
        expect.arrayContaining([expect.stringMatching(/^aws:(SourceArn|SourceAccount|PrincipalArn)$/)]),
      );
    }
    for (const { Properties } of resourcesOf(template, 'AWS::Lambda::Permission'))
      expect(Properties).toHaveProperty('SourceArn');
  });

  it('passes no role but to Systems Manager', () => {
    for (const each of allowed.filter((statement) => statement.Action.includes('iam:PassRole')))
      expect(each.Condition).toEqual({ StringEquals: { 'iam:PassedToService': 'ssm.amazonaws.com' } });
  });

  it('has nothing that CloudFormation makes by running code of its own', () => {
    expect(text).not.toMatch(/AWS::CloudFormation::CustomResource|Custom::/);
  });

  it('writes no partition into an ARN', () => {
    // What people wrote: their roles, key, topic and bus have accounts in them. And patterns of parameters admit every partition.
    const own = text
      .replaceAll(/arn:aws:(iam|kms|sns|events):[\w-]*:\d{12}:[\w./*-]+/g, '')
      .replaceAll('arn:aws[a-z-]*', '');
    expect(own).not.toMatch(/arn:aws/);
  });
});

const tagList = z.array(z.object({ Key: z.string(), Value: z.string() }));

/** Of a list, or of a map, as resource types differ. */
const tagsIn = (value: unknown): unknown =>
  Array.isArray(value) ? Object.fromEntries(tagList.parse(value).map(({ Key, Value }) => [Key, Value])) : (value ?? {});
