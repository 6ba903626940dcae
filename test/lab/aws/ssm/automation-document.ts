import { z } from 'zod';
import { LabError } from '../../wire/service.ts';
import { documentParameters } from './ssm-parameters.ts';

const name = z.string().regex(/^[A-Za-z0-9_]{3,128}$/);
const text = z.string();
const common = {
  name,
  description: text.optional(),
  /** After a failure the lab ends the runbook, or goes to the step that is named. */
  onFailure: text.regex(/^(Abort|step:[A-Za-z0-9_]{3,128})$/).optional(),
  isCritical: z.boolean().optional(),
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

const branchStep = z.strictObject({
  ...common,
  action: z.literal('aws:branch'),
  inputs: z.strictObject({
    Choices: z
      .array(
        z.union([
          z.strictObject({ NextStep: name, Variable: text, StringEquals: text }),
          z.strictObject({ NextStep: name, Variable: text, Contains: text }),
        ]),
      )
      .min(1),
    Default: name.optional(),
  }),
});

const selected = {
  PropertySelector: text.regex(/^\$(\.[A-Za-z]+(\[\d+\])?)+$/),
  DesiredValues: z.array(text).min(1),
};
const assertionStep = z.strictObject({
  ...common,
  action: z.literal('aws:assertAwsResourceProperty'),
  // Of all APIs the lab asks these.
  inputs: z.discriminatedUnion('Api', [
    z.strictObject({
      Service: z.literal('ssm'),
      Api: z.literal('DescribeDocument'),
      Name: text,
      DocumentVersion: text.optional(),
      ...selected,
    }),
    z.strictObject({
      Service: z.literal('ssm'),
      Api: z.literal('DescribeInstanceInformation'),
      Filters: z.array(z.strictObject({ Key: text, Values: z.array(text) })),
      ...selected,
    }),
    z.strictObject({
      Service: z.literal('ssm'),
      Api: z.literal('GetCommandInvocation'),
      CommandId: text,
      InstanceId: text,
      ...selected,
    }),
  ]),
});

const sleepStep = z.strictObject({
  ...common,
  action: z.literal('aws:sleep'),
  inputs: z.strictObject({ Duration: text.regex(/^PT\d+[SMH]$/) }),
});

const approvalStep = z.strictObject({
  ...common,
  action: z.literal('aws:approve'),
  inputs: z.strictObject({
    NotificationArn: text.optional(),
    Message: text.max(4096).optional(),
    MinRequiredApprovals: z.number().optional(),
    Approvers: z.union([text, z.array(text)]),
  }),
});

const scriptStep = z.strictObject({
  ...common,
  action: z.literal('aws:executeScript'),
  inputs: z.strictObject({
    Runtime: z.literal('python3.11'),
    Handler: name,
    InputPayload: z.record(text, text),
    Script: text,
  }),
});

/** An approval in a loop would ask once for each node. */
const loopedStep = z.discriminatedUnion('action', [branchStep, commandStep, assertionStep, scriptStep, sleepStep]);

const step = z.discriminatedUnion('action', [
  branchStep,
  approvalStep,
  commandStep,
  assertionStep,
  scriptStep,
  sleepStep,
  z.strictObject({
    ...common,
    action: z.literal('aws:loop'),
    // For each of at most 100 values; the lab knows no other loop.
    inputs: z.strictObject({
      Iterators: text,
      IteratorDataType: z.literal('String'),
      Steps: z.array(loopedStep).min(1).superRefine(sound),
    }),
  }),
]);
export type RunbookStep = z.output<typeof step>;
export type AssertionStep = z.output<typeof assertionStep>;

const content = z
  .strictObject({
    schemaVersion: z.literal('0.3'),
    description: text.optional(),
    assumeRole: text.optional(),
    parameters: documentParameters.default({}),
    mainSteps: z.array(step).min(1),
    outputs: z.array(text).optional(),
  })
  .superRefine(({ mainSteps }, context) => sound(mainSteps, context));

interface NamedStep {
  readonly name: string;
  readonly nextStep?: string | undefined;
  readonly onFailure?: string | undefined;
}

/** No name comes twice, and no step leads to one that is not there. */
function sound(steps: readonly NamedStep[], context: z.RefinementCtx): void {
  const names = steps.map((each) => each.name);
  if (new Set(names).size !== names.length) context.addIssue({ code: 'custom', message: 'a step comes twice' });
  if (!steps.flatMap(leadsTo).every((next) => names.includes(next)))
    context.addIssue({ code: 'custom', message: 'a step leads to one that is not there' });
}

function leadsTo(each: NamedStep): readonly string[] {
  const { Choices = [], Default } = branchStep.safeParse(each).data?.inputs ?? {};
  return [each.nextStep, failureStep(each), Default, ...Choices.map(({ NextStep }) => NextStep)].filter(
    (next) => next !== undefined,
  );
}

/** The step that follows when this one fails; `undefined` where that ends the runbook. */
export const failureStep = ({ onFailure }: Pick<NamedStep, 'onFailure'>): string | undefined =>
  onFailure?.startsWith('step:') ? onFailure.slice('step:'.length) : undefined;

/** An Automation document of schema 0.3 as the lab runs it: branches, approvals, assertions, commands, scripts, pauses, and loops of these. */
export type LabRunbook = z.output<typeof content>;

export const isRunbook = (document: unknown): boolean =>
  z.object({ schemaVersion: z.literal('0.3') }).safeParse(document).success;

/** @throws LabError for an action that the lab does not run, too */
export function parseRunbook(document: unknown): LabRunbook {
  const parsed = content.safeParse(document);
  if (parsed.success) return parsed.data;

  throw new LabError('InvalidDocumentContent', `the lab does not run this runbook: ${z.prettifyError(parsed.error)}`);
}
