import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import type { Template } from 'aws-cdk-lib/assertions';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { z } from 'zod';
import { parseSettings } from '../../infra/config/settings.ts';
import { AuditStack } from '../../infra/stacks/audit-stack.ts';

const cdkJson = z.object({ context: z.record(z.string(), z.unknown()) });

/** An app with cdk.json's own feature flags, so that tests see the template that is deployed. */
export const appAsDeployed = (): App =>
  new App({ context: cdkJson.parse(JSON.parse(readFileSync('cdk.json', 'utf8'))).context });

/** A stand-in for the bundle: always the same bytes, so that the asset's hash stays what it is. */
export function fixedCode(): Code {
  const directory = mkdtempSync(join(tmpdir(), 'audit-code-'));
  writeFileSync(join(directory, 'index.mjs'), 'export const handler = async () => {};\n');
  return Code.fromAsset(directory);
}

/** The audit stack, with the settings that a person would write into cdk.json. */
export const auditStack = (app: App, settings: object = {}): AuditStack =>
  new AuditStack(app, 'EksKubeletAudit', { settings: parseSettings(settings), code: fixedCode() });

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

/** Every statement that says what an identity may do: inline policies of roles, and policies. */
export function identityStatements(template: Template): readonly Statement[] {
  const inline = resourcesOf(template, 'AWS::IAM::Role').flatMap((role) =>
    z
      .array(z.object({ PolicyDocument: document }))
      .default([])
      .parse(role.Properties['Policies'])
      .flatMap((each) => each.PolicyDocument.Statement),
  );
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
