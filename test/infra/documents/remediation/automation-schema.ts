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
  onFailure: z.enum(['Abort', 'Continue']).optional(),
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
const step = z.discriminatedUnion('action', [
  z.strictObject({
    ...common,
    action: z.literal('aws:branch'),
    inputs: z.strictObject({
      Choices: z
        .array(z.strictObject({ NextStep: name, Variable: reference('[A-Za-z]+'), StringEquals: z.string().min(1) }))
        .min(1),
      Default: name,
    }),
  }),
  z.strictObject({
    ...common,
    action: z.literal('aws:approve'),
    inputs: z.strictObject({
      NotificationArn: reference('NotificationArn'),
      Message: z.string().min(1).max(4_096),
      MinRequiredApprovals: z.int().min(1),
      Approvers: reference('Approvers'),
    }),
  }),
  z.strictObject({
    ...common,
    action: z.literal('aws:runCommand'),
    inputs: z.strictObject({
      ...command,
      InstanceIds: reference('InstanceIds'),
      MaxConcurrency: z.string().regex(/^([1-9]\d*|[1-9]\d?%|100%)$/),
      MaxErrors: z.string().regex(/^(\d+|\d\d?%|100%)$/),
    }),
  }),
  z.strictObject({
    ...common,
    description: z.string().min(1),
    action: z.literal('aws:assertAwsResourceProperty'),
    inputs: z.strictObject({
      Service: z.literal('ssm'),
      Api: z.literal('DescribeDocument'),
      Name: command.DocumentName,
      DocumentVersion: reference('[A-Za-z]+'),
      PropertySelector: z.string().regex(/^\$(\.[A-Za-z]+)+$/),
      DesiredValues: z.tuple([reference('[A-Za-z]+')]),
    }),
  }),
  z.strictObject({
    ...common,
    // It has no time limit of its own in the reference.
    timeoutSeconds: z.undefined().optional(),
    action: z.literal('aws:loop'),
    inputs: z.strictObject({
      Iterators: reference('InstanceIds'),
      IteratorDataType: z.enum(['Boolean', 'Integer', 'String', 'StringMap']),
      Steps: z
        .array(
          z.strictObject({
            ...common,
            action: z.literal('aws:runCommand'),
            inputs: z.strictObject({
              ...command,
              InstanceIds: z.tuple([reference('[a-zA-Z]+\\.CurrentIteratorValue')]),
            }),
          }),
        )
        .min(1),
    }),
  }),
]);

const shape = z.strictObject({
  schemaVersion: z.literal('0.3'),
  description: z.string().min(1),
  assumeRole: reference('AutomationAssumeRole'),
  parameters: z.record(z.string().regex(/^[a-zA-Z0-9]{3,50}$/), parameter),
  mainSteps: z.array(step).min(1),
  outputs: z.array(z.string().regex(/^[a-zA-Z0-9]+\.[a-zA-Z0-9]+$/)),
});

/** What is wrong with a runbook, one sentence each: by shape, and by what its steps and references name. */
export function problemsOfRunbook(document: unknown): readonly string[] {
  const parsed = shape.safeParse(document);
  if (!parsed.success) return parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  const { parameters, mainSteps, outputs } = parsed.data;
  const names = mainSteps.map((each) => each.name);
  const known = (each: string) => names.includes(each);

  const nextOf = (each: (typeof mainSteps)[number], index: number): readonly string[] => {
    if (each.action === 'aws:branch')
      return [each.inputs.Default, ...each.inputs.Choices.map(({ NextStep }) => NextStep)];
    if (each.nextStep !== undefined) return [each.nextStep];
    return each.isEnd || index === mainSteps.length - 1 ? [] : [names[index + 1] ?? ''];
  };
  const reached = new Set([names[0]]);
  for (const _ of mainSteps)
    for (const [index, each] of mainSteps.entries())
      if (reached.has(each.name)) for (const next of nextOf(each, index)) reached.add(next);

  const references = [
    ...JSON.stringify({ mainSteps, parsed: parsed.data.assumeRole }).matchAll(/\{\{ ?([A-Za-z0-9.:_]+) ?\}\}/g),
  ];
  const loops = new Set(
    mainSteps.flatMap((each) => (each.action === 'aws:loop' ? [`${each.name}.CurrentIteratorValue`] : [])),
  );
  return [
    ...(new Set(names).size === names.length ? [] : ['two steps have one name']),
    ...mainSteps.flatMap((each, index) =>
      nextOf(each, index)
        .filter((next) => !known(next))
        .map((next) => `${each.name} leads to ${next}, which is no step`),
    ),
    ...names.filter((each) => !reached.has(each)).map((each) => `${each} is never reached`),
    ...references
      .map(([, each = '']) => each)
      .filter((each) => !loops.has(each))
      .filter((each) => !(each in parameters))
      .map((each) => `${each} is no parameter`),
    ...Object.keys(parameters)
      .filter((each) => !references.some(([, used]) => used === each))
      .map((each) => `${each} is used nowhere`),
    ...outputs.filter((each) => !known(each.split('.')[0] ?? '')).map((each) => `${each} is of no step`),
    ...Object.entries(parameters).flatMap(([each, { default: value, ...rest }]) =>
      typeof value === 'string' && 'allowedValues' in rest && rest.allowedValues?.includes(value) === false
        ? [`the default of ${each} is not allowed`]
        : [],
    ),
  ];
}
