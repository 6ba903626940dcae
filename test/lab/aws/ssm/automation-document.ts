import { z } from 'zod';
import { LabError } from '../../wire/service.ts';
import { documentParameters } from './ssm-parameters.ts';

const name = z.string().regex(/^[A-Za-z0-9_]{3,128}$/);
const text = z.string();
const common = {
  name,
  description: text.optional(),
  /** The lab knows no other way to go on after a failure. */
  onFailure: z.literal('Abort').optional(),
  timeoutSeconds: z.number().optional(),
  nextStep: name.optional(),
  isEnd: z.boolean().optional(),
};

const commandStep = z.strictObject({
  ...common,
  action: z.literal('aws:runCommand'),
  inputs: z.strictObject({
    DocumentName: text,
    DocumentVersion: text.optional(),
    DocumentHash: text.optional(),
    DocumentHashType: z.literal('Sha256').optional(),
    InstanceIds: z.union([text, z.array(text)]),
    Parameters: z.record(text, z.union([text, z.array(text)])).optional(),
    Comment: text.max(100).optional(),
    TimeoutSeconds: z.number().optional(),
    MaxConcurrency: text.optional(),
    MaxErrors: text.optional(),
  }),
});
export type CommandStep = z.output<typeof commandStep>;

const step = z.discriminatedUnion('action', [
  z.strictObject({
    ...common,
    action: z.literal('aws:branch'),
    inputs: z.strictObject({
      Choices: z.array(z.strictObject({ NextStep: name, Variable: text, StringEquals: text })).min(1),
      Default: name.optional(),
    }),
  }),
  z.strictObject({
    ...common,
    action: z.literal('aws:approve'),
    inputs: z.strictObject({
      NotificationArn: text.optional(),
      Message: text.max(4096).optional(),
      MinRequiredApprovals: z.number().optional(),
      Approvers: z.union([text, z.array(text)]),
    }),
  }),
  commandStep,
  z.strictObject({
    ...common,
    action: z.literal('aws:assertAwsResourceProperty'),
    // Of all APIs the lab asks this one.
    inputs: z.strictObject({
      Service: z.literal('ssm'),
      Api: z.literal('DescribeDocument'),
      Name: text,
      DocumentVersion: text.optional(),
      PropertySelector: text.regex(/^\$(\.[A-Za-z]+)+$/),
      DesiredValues: z.array(text).min(1),
    }),
  }),
  z.strictObject({
    ...common,
    action: z.literal('aws:loop'),
    // For each of at most 100 values; the lab knows no other loop.
    inputs: z.strictObject({
      Iterators: text,
      IteratorDataType: z.literal('String'),
      Steps: z.array(commandStep).min(1),
    }),
  }),
]);
export type RunbookStep = z.output<typeof step>;

const content = z
  .strictObject({
    schemaVersion: z.literal('0.3'),
    description: text.optional(),
    assumeRole: text.optional(),
    parameters: documentParameters.default({}),
    mainSteps: z.array(step).min(1),
    outputs: z.array(text).optional(),
  })
  .refine(
    ({ mainSteps }) => new Set(mainSteps.map((each) => each.name)).size === mainSteps.length,
    'a step comes twice',
  )
  .refine(({ mainSteps }) => {
    const named = mainSteps.flatMap((each) => [
      ...(each.nextStep ? [each.nextStep] : []),
      ...(each.action === 'aws:branch'
        ? [
            ...each.inputs.Choices.map(({ NextStep }) => NextStep),
            ...(each.inputs.Default ? [each.inputs.Default] : []),
          ]
        : []),
    ]);
    return named.every((next) => mainSteps.some((each) => each.name === next));
  }, 'a step leads to one that is not there');

/** An Automation document of schema 0.3 as the lab runs it: branches, approvals, assertions about documents, commands, and loops of commands. */
export type LabRunbook = z.output<typeof content>;

export const isRunbook = (document: unknown): boolean =>
  z.object({ schemaVersion: z.literal('0.3') }).safeParse(document).success;

/** @throws LabError for an action that the lab does not run, too */
export function parseRunbook(document: unknown): LabRunbook {
  const parsed = content.safeParse(document);
  if (parsed.success) return parsed.data;

  throw new LabError('InvalidDocumentContent', `the lab does not run this runbook: ${z.prettifyError(parsed.error)}`);
}
