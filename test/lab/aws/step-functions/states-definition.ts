import { z } from 'zod';

/** What our state machine uses of Amazon States Language. Everything else is refused, so that no definition is half understood. */
export type Definition = { readonly StartAt: string; readonly States: Readonly<Record<string, State>> };

export type State = z.infer<typeof stateOfType.Task> | z.infer<typeof stateOfType.Choice> | MapState;
export type TaskState = z.infer<typeof stateOfType.Task>;
export type ChoiceState = z.infer<typeof stateOfType.Choice>;
export type MapState = z.infer<typeof stateOfType.Map>;
export type Retrier = z.infer<typeof retrier>;
export type PayloadTemplate = { readonly [name: string]: unknown };

/** `$`, `$.a.b`, `$$.Execution.Name`: names joined by dots. */
const pathPattern = /^\$\$?(\.[A-Za-z_][\w-]*)*$/;

/** `States.Format('runs/{}/map', $.runId)`: one text without quotes, and paths. */
export const formatPattern = /^States\.Format\('([^'\\]*)'((?:,\s*\$[^,()]*)*)\)$/;

const path = z.string().regex(pathPattern, { error: ({ input }) => `the path '${input}' is of an unknown form` });
const own = path.refine((text) => !text.startsWith('$$'), 'the context object cannot be used here');

const template: z.ZodType<PayloadTemplate> = z.record(z.string(), z.unknown()).superRefine(checkTemplate);

function checkTemplate(value: unknown, context: z.RefinementCtx): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, each] of Object.entries(value)) {
    if (!name.endsWith('.$')) checkTemplate(each, context);
    else if (typeof each !== 'string' || !isExpression(each))
      context.addIssue({ code: 'custom', message: `'${name}' has the unknown expression ${JSON.stringify(each)}` });
  }
}

const isExpression = (text: string): boolean => {
  const format = formatPattern.exec(text);
  return format ? argumentsOf(format[2] ?? '').every((each) => pathPattern.test(each)) : pathPattern.test(text);
};

/** `, $.a, $.b` → `$.a`, `$.b` */
export const argumentsOf = (text: string): readonly string[] =>
  text
    .split(',')
    .map((each) => each.trim())
    .filter(Boolean);

const serviceCall = (name: string) =>
  z.string().regex(new RegExp(`^arn:[\\w-]+:states:::${name}$`), {
    error: ({ input }) => `the resource '${input}' is not ${name}`,
  });

/** Wildcards (`States.ALL`) and the machine's own errors are not among what we retry. */
const errorName = z
  .string()
  .refine((name) => !name.startsWith('States.'), { error: ({ input }) => `the error name '${input}' is unknown` });

const retrier = z.strictObject({
  ErrorEquals: z.array(errorName).min(1),
  IntervalSeconds: z.int().min(1).default(1),
  MaxAttempts: z.int().min(0).default(3),
  BackoffRate: z.number().min(1).default(2),
  MaxDelaySeconds: z.int().optional(),
  JitterStrategy: z.enum(['FULL', 'NONE']).default('NONE'),
});

/** Tried in order, once no retrier tries again. */
const catcher = z.strictObject({
  ErrorEquals: z.array(z.union([z.literal('States.ALL'), errorName])).min(1),
  ResultPath: own.optional(),
  Next: z.string(),
});

const common = {
  Comment: z.string().optional(),
  Next: z.string().optional(),
  End: z.literal(true).optional(),
};

const stateOfType = {
  Task: z.strictObject({
    ...common,
    Type: z.literal('Task'),
    Resource: serviceCall('lambda:invoke'),
    Parameters: z.strictObject({ FunctionName: z.string(), Payload: template }),
    OutputPath: own.optional(),
    /** `null`: the output is the input. */
    ResultPath: z.null().optional(),
    Retry: z.array(retrier).default([]),
    Catch: z.array(catcher).default([]),
  }),

  Choice: z.strictObject({
    Comment: z.string().optional(),
    Type: z.literal('Choice'),
    Choices: z.array(z.strictObject({ Variable: path, NumericGreaterThan: z.number(), Next: z.string() })).min(1),
    Default: z.string(),
  }),

  Map: z.strictObject({
    ...common,
    Type: z.literal('Map'),
    Label: z.string().optional(),
    ItemReader: z.strictObject({
      Resource: serviceCall('s3:getObject'),
      ReaderConfig: z.strictObject({ InputType: z.literal('JSONL') }),
      Parameters: template,
    }),
    ItemSelector: template.optional(),
    MaxConcurrency: z.int().min(0).default(0),
    ToleratedFailurePercentage: z.number().min(0).max(100).optional(),
    ItemProcessor: z.strictObject({
      ProcessorConfig: z.strictObject({ Mode: z.literal('DISTRIBUTED'), ExecutionType: z.literal('STANDARD') }),
      StartAt: z.string(),
      // Read below: a child has states of its own.
      States: z.record(z.string(), z.unknown()),
    }),
    ResultWriter: z.strictObject({
      Resource: serviceCall('s3:putObject'),
      Parameters: template,
    }),
    // The output is the input: what became of the children is in S3.
    ResultPath: z.null(),
  }),
};

const machine = z.strictObject({
  Comment: z.string().optional(),
  // Of the whole execution. No test runs so long.
  TimeoutSeconds: z.int().min(1).optional(),
  StartAt: z.string(),
  States: z.record(z.string(), z.unknown()),
});

/** @throws Error that names the state, and what of it this interpreter does not know */
export function parseDefinition(json: unknown): Definition {
  return statesOf(parsed(machine, json, 'the definition'));
}

/** The states of the machine, or of a Map's children; each leads to one that is there. */
export function statesOf({
  StartAt,
  States,
}: {
  StartAt: string;
  States: Readonly<Record<string, unknown>>;
}): Definition {
  const states = Object.fromEntries(Object.entries(States).map(([name, json]) => [name, stateOf(name, json)]));
  for (const target of [StartAt, ...Object.values(states).flatMap(targetsOf)])
    if (!(target in states)) throw new Error(`a state leads to '${target}', which is not there`);
  return { StartAt, States: states };
}

function stateOf(name: string, json: unknown): State {
  const { Type } = parsed(z.looseObject({ Type: z.string() }), json, `state '${name}'`);
  const what = `state '${name}'`;

  switch (Type) {
    case 'Task':
      return ended(what, parsed(stateOfType.Task, json, what));
    case 'Choice':
      return parsed(stateOfType.Choice, json, what);
    case 'Map': {
      const map = ended(what, parsed(stateOfType.Map, json, what));
      statesOf(map.ItemProcessor);
      return map;
    }
    default:
      throw new Error(`${what} is of type '${Type}', which this interpreter does not know`);
  }
}

function ended<T extends { Next?: string | undefined; End?: true | undefined }>(what: string, state: T): T {
  if ((state.Next === undefined) === (state.End === undefined)) throw new Error(`${what} must have either Next or End`);
  return state;
}

function targetsOf(state: State): readonly string[] {
  if (state.Type === 'Choice') return [...state.Choices.map(({ Next }) => Next), state.Default];
  const caught = state.Type === 'Task' ? state.Catch.map(({ Next }) => Next) : [];
  return [...(state.Next ? [state.Next] : []), ...caught];
}

function parsed<T extends z.ZodType>(schema: T, json: unknown, what: string): z.infer<T> {
  const result = schema.safeParse(json);
  if (result.success) return result.data;

  const told = result.error.issues.map((issue) => {
    const where = issue.path.join('.');
    if (issue.code === 'unrecognized_keys')
      return `the field ${issue.keys.map((key) => `'${[where, key].filter(Boolean).join('.')}'`).join(', ')} is unknown`;
    return `${where || 'it'}: ${issue.message}`;
  });
  throw new Error(
    `${what} cannot be interpreted: ${told.join('; ')}; teach test/lab/aws/step-functions/states-definition.ts`,
  );
}
