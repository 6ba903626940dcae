import { setTimeout as delay } from 'node:timers/promises';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { Template } from 'aws-cdk-lib/assertions';
import { z } from 'zod';
import { hubFunctions, stateMachineName } from '../../../lambda/contract/names.ts';
import type { Clock } from '../../../lambda/flow/ports.ts';
import { type Invoked, type LabFunction, startFunction } from '../../handlers/lab-function.ts';
import { appAsDeployed, stacksOf } from '../../infra/synthesise.ts';
import { deployStack } from '../aws/cloud-formation/cloud-formation.ts';
import type { DeployedStack, StackResource } from '../aws/cloud-formation/deployed-stack.ts';
import type { LabCredentials } from '../aws/identities.ts';
import { type StatesExecution, StatesMachine } from '../aws/step-functions/states-machine.ts';
import type { Ended, StatesWorld } from '../aws/step-functions/states-world.ts';
import type { Lab } from '../lab.ts';

type FunctionKey = keyof typeof hubFunctions;

interface HubOptions {
  readonly accountId: string;
  readonly region: string;
  /** As a person writes them into the deployment's file. */
  readonly settings: object;
  /** A template that is deployed in place of what the settings give, and its parameters. */
  readonly released?: { readonly template: unknown; readonly parameters: Readonly<Record<string, string>> };
  readonly bundles: string;
  /** Functions that do not run: this answers in their place. */
  readonly inPlaceOf?: Partial<Record<FunctionKey, (event: unknown) => Promise<unknown>>>;
  /** Processes of each function, and invocations in each at once. */
  readonly processes?: number;
  readonly invocationsEach?: number;
}

export interface Invocation extends Invoked {
  readonly functionName: string;
  readonly event: unknown;
}

/** The hub's stack in the lab: its functions in processes of their own, under their roles; its state machines, interpreted; its bucket. */
export type DeployedHub = ReturnType<typeof deployHub>;

export function deployHub(lab: Lab, options: HubOptions) {
  const { accountId, region, settings, released, bundles, inPlaceOf = {}, ...pools } = options;
  const deployed = released ?? { template: Template.fromStack(stacksOf(appAsDeployed(), settings).hub).toJSON() };
  const stack = deployStack(lab, { ...deployed, accountId, region });
  const only = (type: string): StackResource => {
    const [found, ...others] = stack.resources(type);
    if (!found || others.length > 0) throw new Error(`the hub has ${others.length + (found ? 1 : 0)} of ${type}`);
    return found;
  };
  const bucket = stack.refOf(only('AWS::S3::Bucket'));
  const machineResources = stack.resources('AWS::StepFunctions::StateMachine');
  const stateMachineArn =
    machineResources.map((each) => stack.arnOf(each)).find((arn) => arn.endsWith(`:${stateMachineName}`)) ?? '';

  const invocations: Invocation[] = [];
  const functions = new Map(
    stack
      .resources('AWS::Lambda::Function')
      .map(
        (resource) => [stack.arnOf(resource), started(lab, stack, { resource, region, bundles, ...pools })] as const,
      ),
  );
  const invoke = async (functionArn: string, event: unknown): Promise<Invoked> => {
    const found = functions.get(functionArn);
    if (!found) throw new Error(`the hub has no function ${functionArn}`);
    const invoked = await found.invoke(event);
    invocations.push({ ...invoked, functionName: functionArn.split(':').at(-1) ?? '', event });
    return invoked;
  };

  const stubs = new Map(
    Object.entries(inPlaceOf).map(([name, stub]) => {
      const { functionName } = hubFunctions[name as FunctionKey];
      return [functionArnOf(stack, functionName), stub] as const;
    }),
  );
  const executions = new Map<string, StatesExecution>();
  /** The definition of a state machine, interpreted under its role. */
  const interpreted = (resource: StackResource) => {
    const { DefinitionString, RoleArn } = machineProperties.parse(
      resolvedOf(stack, resource, ['DefinitionString', 'RoleArn']),
    );
    const world: StatesWorld = {
      clock: hurried,
      random: Math.random,
      invoke: async (functionArn, payload) => {
        const stub = stubs.get(functionArn);
        return stub ? { value: await stub(payload) } : (await invoke(functionArn, payload)).answer;
      },
      objects: objectsOf(lab, { region, credentials: lab.sts.startSession(RoleArn, stateMachineName) }),
    };
    const arn = stack.arnOf(resource);
    const machine = new StatesMachine({ arn, definition: JSON.parse(DefinitionString), world });
    const runOf = (name: string, input: unknown): Promise<Ended> => {
      const execution = machine.start(name, input);
      executions.set(name, execution);
      return execution.finished;
    };
    lab.states.putStateMachine({
      arn,
      onStart: async ({ arn: execution, name, input }) => {
        const ended = await runOf(name, JSON.parse(input));
        if (ended.status === 'SUCCEEDED') lab.states.finish(execution, ended.status, ended.output);
        else if (ended.status === 'FAILED')
          lab.states.finish(execution, ended.status, { error: ended.error, cause: ended.cause });
        else lab.states.finish(execution, ended.status);
      },
    });
    return [arn, runOf] as const;
  };
  const machines = new Map(machineResources.map(interpreted));
  const run = (name: string, input: unknown): Promise<Ended> => {
    const runOf = machines.get(stateMachineArn);
    if (!runOf) throw new Error('the hub has no state machine of runs');
    return runOf(name, input);
  };

  return {
    stack,
    bucket,
    stateMachineArn,
    /** In the order in which they ended. */
    invocations: invocations as readonly Invocation[],
    /** By name, also those that the start function began. */
    executions: executions as ReadonlyMap<string, StatesExecution>,
    invoke: (name: FunctionKey, event: unknown) => invoke(functionArnOf(stack, hubFunctions[name].functionName), event),
    /** Ends the time in which the function's invocations of this moment read. The next event gets a new process. */
    endReading: (name: FunctionKey) =>
      functions.get(functionArnOf(stack, hubFunctions[name].functionName))?.endReading(),
    run: (name: string, input: object = {}) => run(name, input),
    object: (key: string) => lab.s3.objects(bucket).get(key)?.body.toString('utf8'),
    close: async () => {
      await Promise.all([...functions.values()].map((each) => each.close()));
    },
  };
}

const machineProperties = z.object({ DefinitionString: z.string(), RoleArn: z.string() });
const functionProperties = z.object({
  Handler: z.string(),
  Role: z.string(),
  Timeout: z.number(),
  Environment: z.object({ Variables: z.record(z.string(), z.string()) }),
});

/** Only these: the rest names assets and what else the lab has not. */
const resolvedOf = (stack: DeployedStack, { properties }: StackResource, names: readonly string[]): unknown =>
  Object.fromEntries(names.map((name) => [name, stack.resolve(properties[name])]));

function functionArnOf(stack: DeployedStack, name: string): string {
  const found = stack.resources('AWS::Lambda::Function').find((each) => stack.refOf(each) === name);
  if (!found) throw new Error(`the hub has no function '${name}'`);
  return stack.arnOf(found);
}

type FunctionOptions = Pick<HubOptions, 'region' | 'bundles' | 'processes' | 'invocationsEach'> & {
  resource: StackResource;
};

/** What Lambda would make of the template's function: its bundle, its environment, a session of its role, its time. */
function started(
  lab: Lab,
  stack: DeployedStack,
  { resource, region, bundles, ...pools }: FunctionOptions,
): LabFunction {
  const { Handler, Role, Timeout, Environment } = functionProperties.parse(
    resolvedOf(stack, resource, ['Handler', 'Role', 'Timeout', 'Environment']),
  );
  const [entry = '', exported = ''] = Handler.split('.');

  return startFunction({
    bundle: `${bundles}/${entry}.mjs`,
    exported,
    functionArn: stack.arnOf(resource),
    environment: () => ({
      ...lambdaEnvironment(lab.endpoint, region, lab.sts.startSession(Role, stack.refOf(resource))),
      ...Environment.Variables,
    }),
    // Fifteen minutes, whatever the template gives: a busy machine takes longer than Lambda, and none of the tests is about time.
    timeoutMs: Math.max(Timeout, 900) * 1_000,
    ...pools,
  });
}

/** How Lambda's own variables lead a function to AWS, and here to the lab. */
export const lambdaEnvironment = (
  endpoint: string,
  region: string,
  { accessKeyId, secretAccessKey, sessionToken = '' }: LabCredentials,
): Readonly<Record<string, string>> => ({
  AWS_REGION: region,
  AWS_ACCESS_KEY_ID: accessKeyId,
  AWS_SECRET_ACCESS_KEY: secretAccessKey,
  AWS_SESSION_TOKEN: sessionToken,
  AWS_ENDPOINT_URL: endpoint,
});

/** The state machine reads and writes objects in its own name. */
function objectsOf(
  lab: Lab,
  { region, credentials }: { readonly region: string; readonly credentials: LabCredentials },
): StatesWorld['objects'] {
  const client = new S3Client({ endpoint: lab.endpoint, region, credentials, forcePathStyle: true });
  return {
    get: async (Bucket, Key) => {
      const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
      return (await Body?.transformToString('utf8')) ?? '';
    },
    put: async (Bucket, Key, Body) => void (await client.send(new PutObjectCommand({ Bucket, Key, Body }))),
  };
}

/** The clock of the wall, on which waits between tries take a hundredth of their time. */
const hurried: Pick<Clock, 'now' | 'sleep'> = {
  now: () => new Date(),
  sleep: (milliseconds, signal) => delay(milliseconds / 100, undefined, { ...(signal && { signal }) }),
};
