import * as z from 'zod';

/** The parts of SSM Automation's schema 0.3 that our runbooks use, strictly: a field that is not named here is an error. Source: AWS Systems Manager user guide, "Data elements and parameters", "Actions". */

const name = z.string().regex(/^[a-zA-Z][a-zA-Z0-9_]{2,127}$/);
const reference = (of: string) => z.string().regex(new RegExp(`^\\{\\{ (${of}) \\}\\}$`));
const compiles = z.string().refine((text) => new RegExp(text) instanceof RegExp, 'no pattern');

const parameter = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('String'),
    description: z.string().min(1).max(1024),
    default: z.string().optional(),
    allowedPattern: compiles.optional(),
    allowedValues: z.array(z.string()).min(1).optional(),
  }),
  z.strictObject({
    type: z.literal('StringList'),
    description: z.string().min(1).max(1024),
    default: z.array(z.string()).optional(),
    allowedPattern: compiles.optional(),
    minItems: z.int().min(0).optional(),
    maxItems: z.int().min(1).optional(),
  }),
]);

const common = {
  name,
  nextStep: name.optional(),
  isEnd: z.literal(true).optional(),
  // `Continue` would let a lost node pass.
  onFailure: z.union([z.literal('Abort'), z.string().regex(/^step:[a-zA-Z][a-zA-Z0-9_]{2,127}$/)]).optional(),
  isCritical: z.literal(false).optional(),
  timeoutSeconds: z.int().min(1).max(2_592_000).optional(),
};

const command = {
  DocumentName: z.string().regex(/^[a-zA-Z0-9_.-]{3,128}$/),
  DocumentVersion: reference('DocumentVersion'),
  DocumentHash: reference('DocumentHash'),
  DocumentHashType: z.enum(['Sha256', 'Sha1']),
  Parameters: z.record(z.string(), z.string()),
  Comment: z.string().max(100),
  TimeoutSeconds: z.int().min(30).max(2_592_000),
};
const word = '[A-Za-z]+(\\.[A-Za-z]+)?';
const selected = {
  PropertySelector: z.string().regex(/^\$(\.[A-Za-z]+(\[0\])?)+$/),
  DesiredValues: z.array(z.string().min(1)).min(1),
};
const branch = z.strictObject({
  ...common,
  action: z.literal('aws:branch'),
  inputs: z.strictObject({
    Choices: z
      .array(
        z.union([
          z.strictObject({ NextStep: name, Variable: reference(word), StringEquals: z.string().min(1) }),
          z.strictObject({ NextStep: name, Variable: reference(word), Contains: z.string().min(1) }),
        ]),
      )
      .min(1),
    Default: name,
  }),
});
const assertion = z.strictObject({
  ...common,
  description: z.string().min(1),
  action: z.literal('aws:assertAwsResourceProperty'),
  inputs: z.discriminatedUnion('Api', [
    z.strictObject({
      Service: z.literal('ssm'),
      Api: z.literal('DescribeDocument'),
      Name: command.DocumentName,
      DocumentVersion: reference(word),
      ...selected,
    }),
    z.strictObject({
      Service: z.literal('ssm'),
      Api: z.literal('DescribeInstanceInformation'),
      Filters: z.tuple([z.strictObject({ Key: z.literal('InstanceIds'), Values: z.tuple([reference(word)]) })]),
      ...selected,
    }),
    z.strictObject({
      Service: z.literal('ssm'),
      Api: z.literal('GetCommandInvocation'),
      CommandId: reference(word),
      InstanceId: reference(word),
      ...selected,
    }),
  ]),
});
const runCommand = z.strictObject({
  ...common,
  action: z.literal('aws:runCommand'),
  inputs: z.strictObject({
    ...command,
    InstanceIds: z.union([reference('InstanceIds'), z.tuple([reference('[a-zA-Z]+\\.CurrentIteratorValue')])]),
    MaxConcurrency: z
      .string()
      .regex(/^([1-9]\d*|[1-9]\d?%|100%)$/)
      .optional(),
    MaxErrors: z
      .string()
      .regex(/^(\d+|\d\d?%|100%)$/)
      .optional(),
  }),
});
const sleep = z.strictObject({
  ...common,
  action: z.literal('aws:sleep'),
  inputs: z.strictObject({ Duration: z.string().regex(/^PT[1-9]\d*[SM]$/) }),
});
const approval = z.strictObject({
  ...common,
  action: z.literal('aws:approve'),
  inputs: z.strictObject({
    NotificationArn: reference('NotificationArn'),
    Message: z.string().min(1).max(4_096),
    MinRequiredApprovals: z.int().min(1),
    Approvers: reference('Approvers'),
  }),
});
const loop = z.strictObject({
  ...common,
  // It has no time limit of its own in the reference.
  timeoutSeconds: z.undefined().optional(),
  action: z.literal('aws:loop'),
  inputs: z.strictObject({
    Iterators: reference('InstanceIds'),
    IteratorDataType: z.enum(['Boolean', 'Integer', 'String', 'StringMap']),
    Steps: z.array(z.discriminatedUnion('action', [branch, assertion, runCommand, sleep])).min(1),
  }),
});
const step = z.discriminatedUnion('action', [branch, approval, assertion, runCommand, sleep, loop]);
type Step = z.output<typeof step>;

const shape = z.strictObject({
  schemaVersion: z.literal('0.3'),
  description: z.string().min(1),
  assumeRole: z.union([reference('AutomationAssumeRole'), z.string().regex(/^arn:aws[a-z-]*:iam::[^{}]+:role\/\w+$/)]),
  parameters: z.record(z.string().regex(/^[a-zA-Z0-9]{3,50}$/), parameter),
  mainSteps: z.array(step).min(1),
  outputs: z.array(z.string().regex(/^[a-zA-Z0-9]+\.[a-zA-Z0-9]+$/)).optional(),
});

/** Where a step may lead. */
function nextOf(each: Step, next: string | undefined): readonly string[] {
  const failing = each.onFailure?.startsWith('step:') ? [each.onFailure.slice('step:'.length)] : [];
  if (each.action === 'aws:branch')
    return [each.inputs.Default, ...each.inputs.Choices.map(({ NextStep }) => NextStep), ...failing];
  if (each.nextStep !== undefined) return [each.nextStep, ...failing];
  return each.isEnd || next === undefined ? failing : [next, ...failing];
}

/** Of one list of steps, that of the runbook or of a loop: what is wrong with its names and ways. */
function problemsOfSteps(steps: readonly Step[]): readonly string[] {
  const names = steps.map((each) => each.name);
  const ways = steps.map((each, index) => ({ name: each.name, next: nextOf(each, names[index + 1]) }));
  const reached = new Set([names[0]]);
  for (const _ of steps)
    for (const { name, next } of ways) if (reached.has(name)) for (const each of next) reached.add(each);

  return [
    ...(new Set(names).size === names.length ? [] : ['two steps have one name']),
    ...ways.flatMap(({ name, next }) =>
      next.filter((each) => !names.includes(each)).map((each) => `${name} leads to ${each}, which is no step`),
    ),
    ...names.filter((each) => !reached.has(each)).map((each) => `${each} is never reached`),
    ...steps.flatMap((each) => (each.action === 'aws:loop' ? problemsOfSteps(each.inputs.Steps) : [])),
  ];
}

/** What is wrong with a runbook, one sentence each: by shape, and by what its steps and references name. */
export function problemsOfRunbook(document: unknown): readonly string[] {
  const parsed = shape.safeParse(document);
  if (!parsed.success) return parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  const { parameters, mainSteps, outputs = [] } = parsed.data;
  const all = mainSteps.flatMap((each): readonly Step[] =>
    each.action === 'aws:loop' ? [each, ...each.inputs.Steps] : [each],
  );
  const known = (each: string) => all.some(({ name }) => name === each);

  const references = [
    ...JSON.stringify({ mainSteps, parsed: parsed.data.assumeRole }).matchAll(/\{\{ ?([A-Za-z0-9.:_]+) ?\}\}/g),
  ].map(([, each = '']) => each);
  const given = new Set([
    'automation:EXECUTION_ID',
    ...all.flatMap(({ name, action }) => {
      if (action === 'aws:loop') return [`${name}.CurrentIteratorValue`];
      return action === 'aws:runCommand' ? [`${name}.Output`, `${name}.CommandId`] : [];
    }),
  ]);
  return [
    ...problemsOfSteps(mainSteps),
    ...references
      .filter((each) => !given.has(each))
      .filter((each) => !(each in parameters))
      .map((each) => `${each} is no parameter`),
    ...Object.keys(parameters)
      .filter((each) => !references.includes(each))
      .map((each) => `${each} is used nowhere`),
    ...outputs.filter((each) => !known(each.split('.')[0] ?? '')).map((each) => `${each} is of no step`),
    ...Object.entries(parameters).flatMap(([each, { default: value, ...rest }]) =>
      typeof value === 'string' && 'allowedValues' in rest && rest.allowedValues?.includes(value) === false
        ? [`the default of ${each} is not allowed`]
        : [],
    ),
  ];
}
