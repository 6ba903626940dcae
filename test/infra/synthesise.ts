import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { z } from 'zod';
import { parseSettings } from '../../infra/config/settings.ts';
import { addStacks } from '../../infra/stacks/add-stacks.ts';
import { unvalidated } from '../../infra/stacks/stack-sets.ts';

const cdkJson = z.object({ context: z.record(z.string(), z.unknown()) });

const { context } = cdkJson.parse(JSON.parse(readFileSync('cdk.json', 'utf8')));

/**
 * An app with cdk.json's own feature flags, so that tests see the template that is deployed. CDK holds CloudFormation's rules against no template here, which
 * takes two seconds of CPU each: laws.test.ts has the types of all resources, and cdk-synth.test.ts runs the rules.
 */
export const appAsDeployed = (): App =>
  new App({
    context: { ...context, [unvalidated]: true },
    analyticsReporting: false,
    builtinCloudFormationValidation: false,
  });

/** A stand-in for the bundle: always the same bytes, so that the asset's hash stays what it is. */
export function fixedCode(): Code {
  const directory = mkdtempSync(join(tmpdir(), 'audit-code-'));
  writeFileSync(join(directory, 'start.mjs'), 'export const handler = async () => {};\n');
  return Code.fromAsset(directory);
}

/** Every stack, with the settings that a person would write into deployment.yaml. */
export const stacksOf = (app: App, settings: object = {}) =>
  addStacks(app, { settings: parseSettings(settings), code: fixedCode });

/** Settings that use everything: an organization, a VPC, every source. */
export const everySetting = {
  organization: { id: 'o-ab12cd34ef', units: ['r-ab12'], exclude: ['444455556666'] },
  regions: ['eu-west-1', 'us-east-1'],
  homeRegion: 'eu-west-1',
  operatorRole: 'arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_Audit_????????????????',
  sources: ['configz', 'ssm', 'tls'],
  everySource: true,
  vpc: { subnets: ['subnet-0123456789abcdef0'], securityGroups: ['sg-0123456789abcdef0'], ipv6: true },
  securityHub: { resolvePassed: true },
  alertAddresses: ['platform@example.com'],
  sign: true,
  sweep: '15m',
};

/** The same, with everything that remediation knows. */
export const everyRemediation = {
  ...everySetting,
  remediation: {
    approvers: [
      'arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_Platform_????????????????',
      'arn:aws:iam::111122223333:role/Oncall',
    ],
    requesters: ['arn:aws:iam::111122223333:role/Analyst'],
    addresses: ['platform@example.com'],
    automatedSecurityResponse: true,
  },
};

/** The same, with everything by which a platform's own rules are kept: tags, a key, a topic and an event bus; the hub in the management account. */
export const everythingOwned = {
  ...everyRemediation,
  organization: { ...everySetting.organization, callAs: 'SELF' },
  alertAddresses: [],
  alertTopic: 'arn:aws:sns:eu-west-1:111122223333:platform-alerts',
  alertBus: 'arn:aws:events:eu-west-1:444455556666:event-bus/platform',
  tags: { 'cost-center': '1234', owner: 'platform@example.com' },
  permissionsBoundary: 'team/platform-boundary',
  kmsKey: 'arn:aws:kms:eu-west-1:111122223333:key/01234567-89ab-cdef-0123-456789abcdef',
  objectLock: { days: 365, mode: 'COMPLIANCE' },
  signingKey: 'arn:aws:kms:eu-west-1:444455556666:key/76543210-89ab-cdef-0123-456789abcdef',
};

/** The least that remediation needs. */
export const ownRemediation = { remediation: { approvers: ['arn:aws:iam::111122223333:role/Oncall'] } };

const made = new Map<string, Readonly<Record<string, Template>>>();

/** The templates that these settings give, by the name of the stack. Made once a process: nobody changes them. */
export function templatesOf(settings: object = {}): Readonly<Record<string, Template>> {
  const key = JSON.stringify(settings);
  const templates = made.get(key) ?? synthesised(appAsDeployed(), settings);
  made.set(key, templates);
  return templates;
}

/** The template of one stack of these settings. */
export function stackOf(name: string, settings: object = {}): Template {
  const found = templatesOf(settings)[name];
  if (!found) throw new Error(`these settings give no stack ${name}`);
  return found;
}

/** The same of an app that checks them, too. */
export function synthesised(app: App, settings: object): Readonly<Record<string, Template>> {
  const stacks = Object.values(stacksOf(app, settings)).filter((stack) => stack !== undefined);
  return Object.fromEntries(stacks.map((stack) => [stack.stackName, Template.fromStack(stack)]));
}

/** One construct in a stack of its own. */
export function templateOf(declare: (stack: Stack) => void): Template {
  const stack = new Stack(appAsDeployed(), 'Test');
  declare(stack);
  return Template.fromStack(stack);
}

const resources = z.record(
  z.string(),
  z.looseObject({ Type: z.string(), Properties: z.record(z.string(), z.unknown()).default({}) }),
);

export type Resource = z.infer<typeof resources>[string];

/** Every resource of the template, of one type or of all. */
export const resourcesOf = (template: Template, type?: string): readonly Resource[] =>
  Object.values(resources.parse(template.toJSON()['Resources'])).filter((each) => !type || each.Type === type);

const oneOrMore = <T extends z.ZodType>(item: T) =>
  z.preprocess((value) => (Array.isArray(value) ? value : [value]), z.array(item));

const statement = z.object({
  Effect: z.enum(['Allow', 'Deny']),
  Action: oneOrMore(z.string()),
  Resource: oneOrMore(z.unknown()).optional(),
  Condition: z.unknown().optional(),
});
export type Statement = z.infer<typeof statement>;

const document = z.object({ Statement: z.array(statement) });

const inlinePolicies = z.array(z.object({ PolicyName: z.string(), PolicyDocument: document })).default([]);

/** The statements of a role's inline policies, or of the one of this name. */
export const statementsOf = (role: Resource, policy?: string): readonly Statement[] =>
  inlinePolicies
    .parse(role.Properties['Policies'])
    .filter((each) => policy === undefined || each.PolicyName === policy)
    .flatMap((each) => each.PolicyDocument.Statement);

/** Every statement that says what an identity may do: inline policies of roles, and policies. */
export function identityStatements(template: Template): readonly Statement[] {
  const inline = resourcesOf(template, 'AWS::IAM::Role').flatMap((role) => statementsOf(role));
  const attached = resourcesOf(template, 'AWS::IAM::Policy').flatMap(
    (each) => document.parse(each.Properties['PolicyDocument']).Statement,
  );
  return [...inline, ...attached];
}

/** An ARN or name of a template as text: its parts joined, references in angle brackets. */
export function textOf(value: unknown): string {
  const joined = z.object({ 'Fn::Join': z.tuple([z.string(), z.array(z.unknown())]) }).safeParse(value);
  if (joined.success) {
    const [separator, parts] = joined.data['Fn::Join'];
    return parts.map(textOf).join(separator);
  }
  const reference = z.object({ Ref: z.string() }).safeParse(value);
  if (reference.success) return `<${reference.data.Ref}>`;
  const attribute = z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.string()]) }).safeParse(value);
  if (attribute.success) return `<${attribute.data['Fn::GetAtt'].join('.')}>`;
  return typeof value === 'string' ? value : JSON.stringify(value);
}
