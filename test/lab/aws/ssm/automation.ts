import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type LabCall, LabError } from '../../wire/service.ts';
import {
  type AssertionStep,
  type CommandStep,
  failureStep,
  isRunbook,
  type LabRunbook,
  parseRunbook,
  type RunbookStep,
} from './automation-document.ts';
import { runScript } from './automation-script.ts';
import type { CommandEnd } from './ssm-commands.ts';
import { documentNameOf, type SsmDocuments } from './ssm-documents.ts';
import { recordsOf, ssmPage } from './ssm-instances.ts';
import { type ParameterValues, parameterValues } from './ssm-parameters.ts';

interface World {
  readonly clock: () => number;
  /** Real milliseconds that a second of a step's time limit takes. */
  readonly secondMs: () => number;
  /** Runs a command with the rights of the runbook's role, and waits for its end. */
  readonly runCommand: (call: LabCall) => Promise<CommandEnd>;
  /** Asks another operation of SSM with the rights of the runbook's role. */
  readonly ask: (call: LabCall) => Promise<unknown>;
  readonly documents: SsmDocuments;
}

/** What a topic was sent. */
type ApprovalRequest = { readonly topicArn: string; readonly message: string; readonly executionId: string };

type Status = 'Pending' | 'InProgress' | 'Waiting' | 'Success' | 'Failed' | 'TimedOut' | 'Rejected' | 'Cancelled';

interface StepExecution {
  readonly id: string;
  readonly step: RunbookStep;
  readonly parent?: {
    readonly execution: StepExecution;
    readonly iteration: number;
    readonly value: string;
  };
  status: Status;
  failure?: string;
  readonly outputs: Record<string, readonly string[]>;
}

interface Execution {
  readonly id: string;
  readonly document: string;
  readonly version: string;
  readonly place: Place;
  readonly startedBy: string;
  readonly startedAt: number;
  readonly parameters: ParameterValues;
  readonly runbook: LabRunbook;
  readonly steps: StepExecution[];
  readonly signals: { readonly approve: boolean; readonly by: string }[];
  status: Status;
  failure?: string;
  expired?: true;
  done: Promise<void>;
}

type Place = Pick<LabCall, 'accountId' | 'region'>;
type Values = Readonly<Record<string, unknown>>;

/** Systems Manager Automation of the lab: runs the steps of a runbook in their order, and waits for people where it says so. */
export class Automations {
  /** What topics were sent, in order. */
  readonly approvalRequests: ApprovalRequest[] = [];
  readonly #world: World;
  readonly #executions = new Map<string, Execution>();
  readonly #tokens = new Map<string, { readonly id: string; readonly input: string }>();
  readonly #closing = new AbortController();

  constructor(world: World) {
    this.#world = world;
  }

  /** Executions by id, as GetAutomationExecution returns them. */
  get all(): readonly Values[] {
    return [...this.#executions.values()].map(describe);
  }

  async finished(id: string): Promise<Values> {
    const execution = this.#executions.get(id);
    if (!execution) throw new Error(`the lab has no execution ${id}`);
    await execution.done;
    return describe(execution);
  }

  get(call: LabCall): object {
    return { AutomationExecution: describe(this.#executionOf(call)) };
  }

  /** All of them, page by page: GetAutomationExecution shows the first hundred only. */
  steps(call: LabCall): object {
    const { page, next } = ssmPage(this.#executionOf(call).steps, call.input, 10);
    return { StepExecutions: page.map(describeStep), ...next };
  }

  /** Lets days pass: the approvals that are waiting now were not answered. */
  expireApprovals(): void {
    for (const execution of this.#executions.values()) if (execution.status === 'Waiting') execution.expired = true;
  }

  close(): void {
    this.#closing.abort();
  }

  /** The newest first. */
  list({ input, accountId, region }: LabCall): object {
    const filters = recordsOf(input['Filters']);
    const odd = filters.find(({ Key: key }) => key !== 'DocumentNamePrefix' && key !== 'ExecutionStatus');
    if (odd) throw new LabError('InvalidFilterKey', `the lab knows no filter ${odd['Key']}`);
    const fits = (key: string, isFit: (value: string) => boolean) =>
      filters.every(({ Key, Values }) => Key !== key || [Values].flat().some((each) => isFit(String(each))));

    const all = [...this.#executions.values()].toReversed().filter(({ place, document, status }) => {
      const isHere = place.accountId === accountId && place.region === region;
      return (
        isHere &&
        fits('DocumentNamePrefix', (each) => document.startsWith(each)) &&
        fits('ExecutionStatus', (each) => each === status)
      );
    });
    const { page, next } = ssmPage(all, input);
    return {
      AutomationExecutionMetadataList: page.map(({ id, document, version, status, startedAt }) => ({
        AutomationExecutionId: id,
        DocumentName: document,
        DocumentVersion: version,
        AutomationExecutionStatus: status,
        ExecutionStartTime: startedAt / 1000,
      })),
      ...next,
    };
  }

  #executionOf({ input, accountId, region }: LabCall): Execution {
    const execution = this.#executions.get(String(input['AutomationExecutionId']));
    if (!execution || execution.place.accountId !== accountId || execution.place.region !== region)
      throw new LabError('AutomationExecutionNotFoundException', 'there is no such execution');
    return execution;
  }

  start(call: LabCall): object {
    const { input, accountId, region, principalArn } = call;
    const name = documentNameOf(input['DocumentName']);
    const { runbook, version } = this.#runbook(call, name);

    const token = input['ClientToken'] === undefined ? undefined : `${accountId} ${region} ${input['ClientToken']}`;
    const before = token === undefined ? undefined : this.#tokens.get(token);
    const words = JSON.stringify(input);
    if (before && before.input !== words)
      throw new LabError('IdempotentParameterMismatch', 'the client token was used with other parameters');
    if (before) return { AutomationExecutionId: before.id };

    const execution: Execution = {
      id: randomUUID(),
      document: name,
      version,
      place: { accountId, region },
      startedBy: principalArn,
      startedAt: this.#world.clock(),
      parameters: parameterValues(
        runbook.parameters,
        input['Parameters'],
        'InvalidAutomationExecutionParametersException',
      ),
      runbook,
      steps: [],
      signals: [],
      status: 'InProgress',
      done: Promise.resolve(),
    };
    this.#executions.set(execution.id, execution);
    if (token !== undefined) this.#tokens.set(token, { id: execution.id, input: words });
    execution.done = this.#run(execution);
    return { AutomationExecutionId: execution.id };
  }

  /** In the version that the call means, as it is now: an execution keeps what it began with. */
  #runbook(call: LabCall, name: string): { readonly runbook: LabRunbook; readonly version: string } {
    try {
      const { text, version } = this.#world.documents.version(call);
      const content: unknown = JSON.parse(text);
      if (isRunbook(content)) return { runbook: parseRunbook(content), version: String(version) };
    } catch (error) {
      if (error instanceof LabError && error.code === 'InvalidDocumentVersion')
        throw new LabError('AutomationDefinitionVersionNotFoundException', error.message);
      if (!(error instanceof LabError)) throw error;
    }
    throw new LabError('AutomationDefinitionNotFoundException', `there is no runbook ${name}`);
  }

  signal(call: LabCall): object {
    const execution = this.#executionOf(call);
    const type = String(call.input['SignalType']);
    if (type !== 'Approve' && type !== 'Reject')
      throw new LabError('InvalidAutomationSignalException', `the lab knows no signal ${type}`);

    const waiting = execution.steps.find(({ status }) => status === 'Waiting');
    if (waiting?.step.action !== 'aws:approve')
      throw new LabError('InvalidAutomationSignalException', 'no step waits for an approval');
    const approvers = listOf(filled(waiting.step.inputs.Approvers, execution.parameters));
    if (!approvers.some((each) => isOf(each, call.principalArn)))
      throw new LabError('InvalidAutomationSignalException', `${call.principalArn} is none of the approvers`);

    execution.signals.push({ approve: type === 'Approve', by: call.principalArn });
    return {};
  }

  async #run(execution: Execution): Promise<void> {
    const known = { ...execution.parameters, 'automation:EXECUTION_ID': execution.id };
    const { status, failure } = await this.#runSteps(execution, { steps: execution.runbook.mainSteps, known });
    if (failure !== undefined) execution.failure = failure;
    execution.status = status;
  }

  /** Runs steps from the first one on, each where the one before leads. */
  async #runSteps(
    execution: Execution,
    { steps, parent, ...given }: Pick<StepExecution, 'parent'> & StepsOptions,
  ): Promise<{ readonly status: Status; readonly failure?: string }> {
    let { known } = given;
    let next: string | undefined = steps[0]?.name;
    let failed: string | undefined;

    while (next !== undefined) {
      const index = steps.findIndex(({ name }) => name === next);
      const step = steps[index];
      if (!step) throw new Error(`there is no step ${next}`);
      const running: StepExecution = {
        id: randomUUID(),
        step,
        status: 'InProgress',
        outputs: {},
        ...(parent && { parent }),
      };
      execution.steps.push(running);

      const chosen = await this.#runStep(execution, { running, known }).catch((error: unknown) => {
        running.status = 'Failed';
        running.failure = error instanceof Error ? error.message : String(error);
        return undefined;
      });
      for (const [name, [value = '']] of Object.entries(running.outputs))
        known = { ...known, [`${step.name}.${name}`]: value };
      if (running.status !== 'Success') {
        const failure = running.failure ?? '';
        next = failureStep(step);
        if (next === undefined) return { status: running.status, failure };
        if (step.isCritical !== false) failed ??= failure;
        continue;
      }
      next = chosen ?? (step.isEnd ? undefined : (step.nextStep ?? steps[index + 1]?.name));
    }
    return failed === undefined ? { status: 'Success' } : { status: 'Failed', failure: failed };
  }

  /** @returns the step that a branch chose */
  async #runStep(
    execution: Execution,
    { running, known }: { readonly running: StepExecution; readonly known: ParameterValues },
  ): Promise<string | undefined> {
    const { step } = running;

    switch (step.action) {
      case 'aws:branch': {
        const { Choices, Default } = step.inputs;
        const choice = Choices.find((each) => {
          const value = filled(each.Variable, known);
          return 'Contains' in each ? value.includes(each.Contains) : value === each.StringEquals;
        });
        running.status = 'Success';
        return choice?.NextStep ?? Default;
      }
      case 'aws:approve':
        await this.#approve(execution, running, step);
        return undefined;
      case 'aws:runCommand':
        await this.#command({ ...execution, parameters: known }, running, step);
        return undefined;
      case 'aws:assertAwsResourceProperty':
        await this.#assert({ ...execution, parameters: known }, running, step.inputs);
        return undefined;
      case 'aws:executeScript': {
        const { InputPayload, ...script } = step.inputs;
        await runScript({ ...script, InputPayload: filledIn(InputPayload, known) }, (operation, input) =>
          this.#world.ask({ service: 'ssm', operation, ...execution.place, principalArn: roleOf(execution), input }),
        );
        running.status = 'Success';
        return undefined;
      }
      case 'aws:sleep':
        // What only passes time takes none here.
        running.status = 'Success';
        return undefined;
      case 'aws:loop': {
        const values = listOf(filled(step.inputs.Iterators, known));
        if (values.length > 100) throw new Error('a loop has at most 100 iterations');
        for (const [iteration, value] of values.entries()) {
          const { status, failure } = await this.#runSteps(execution, {
            steps: step.inputs.Steps,
            known: { ...known, [`${step.name}.CurrentIteratorValue`]: value },
            parent: { execution: running, iteration: iteration + 1, value },
          });
          if (status === 'Success') continue;
          running.status = status;
          running.failure = failure ?? '';
          return undefined;
        }
        running.status = 'Success';
        return undefined;
      }
    }
  }

  async #assert(
    execution: Execution,
    running: StepExecution,
    { Service, Api, PropertySelector, DesiredValues, ...given }: AssertionStep['inputs'],
  ): Promise<void> {
    const { parameters } = execution;
    const answer = await this.#world.ask({
      service: Service,
      operation: Api,
      ...execution.place,
      principalArn: roleOf(execution),
      input: Object(filledIn(given, parameters)),
    });
    const found = PropertySelector.split(/[.[\]]+/)
      .slice(1)
      .filter((each) => each !== '')
      .reduce<unknown>((value, name) => Object(value)[name], answer);
    const desired = listOf(filled(DesiredValues, parameters));
    running.status = desired.includes(String(found)) ? 'Success' : 'Failed';
    if (running.status === 'Failed')
      running.failure = `${PropertySelector} is ${found}, which is none of the desired values: ${desired.join(', ')}`;
  }

  async #command(execution: Execution, running: StepExecution, { inputs: given }: CommandStep): Promise<void> {
    const { parameters } = execution;
    const { Parameters = {}, InstanceIds, ...others } = given;
    const inputs = Object.entries(others).map(([name, value]) => [
      name,
      typeof value === 'string' ? String(filled(value, parameters)) : value,
    ]);
    const { commandId, status, output } = await this.#world.runCommand({
      service: 'ssm',
      operation: 'SendCommand',
      ...execution.place,
      principalArn: roleOf(execution),
      input: {
        ...Object.fromEntries(inputs),
        InstanceIds: listOf(filled(InstanceIds, parameters)),
        Parameters: Object.fromEntries(
          Object.entries(Parameters).map(([name, value]) => [name, listOf(filled(value, parameters))]),
        ),
      },
    });
    running.status = status;
    Object.assign(running.outputs, { CommandId: [commandId], Status: [status], Output: [output.slice(0, 2_500)] });
    if (status !== 'Success') running.failure = `command ${commandId} ended as ${status}`;
  }

  async #approve(
    execution: Execution,
    running: StepExecution,
    { inputs, timeoutSeconds = 604_800 }: Extract<RunbookStep, { readonly action: 'aws:approve' }>,
  ): Promise<void> {
    const { parameters } = execution;
    const approvers = listOf(filled(inputs.Approvers, parameters));
    if (approvers.length === 0) throw new Error('the step has no approvers');

    const topicArn = String(filled(inputs.NotificationArn ?? '', parameters));
    if (topicArn !== '') {
      if (!/:Automation[A-Za-z0-9_-]*$/.test(topicArn)) throw new Error(`Automation may not publish to ${topicArn}`);
      const message = String(filled(inputs.Message ?? '', parameters));
      this.approvalRequests.push({ topicArn, message, executionId: execution.id });
    }

    running.status = 'Waiting';
    execution.status = 'Waiting';
    const end = performance.now() + timeoutSeconds * this.#world.secondMs();
    for (;;) {
      const approvals = new Set(execution.signals.filter(({ approve }) => approve).map(({ by }) => by));
      if (execution.signals.some(({ approve }) => !approve)) running.status = 'Rejected';
      else if (approvals.size >= (inputs.MinRequiredApprovals ?? 1)) running.status = 'Success';
      else if (this.#closing.signal.aborted) running.status = 'Cancelled';
      else if (execution.expired || performance.now() >= end) running.status = 'TimedOut';
      if (running.status !== 'Waiting') break;
      await delay(5);
    }
    if (running.status === 'Success') execution.status = 'InProgress';
    else running.failure = `the approval ended as ${running.status}`;
  }
}

interface StepsOptions {
  readonly steps: readonly RunbookStep[];
  /** Values of parameters, of the steps before, and of the loop. */
  readonly known: ParameterValues;
}

const roleOf = ({ runbook, parameters, startedBy }: Execution): string =>
  String(filled(runbook.assumeRole ?? '', parameters)) || startedBy;

/** Every text in the inputs of a step. */
function filledIn(value: unknown, parameters: ParameterValues): unknown {
  if (typeof value === 'string') return filled(value, parameters);
  if (Array.isArray(value)) return value.map((each) => filledIn(each, parameters));
  return typeof value === 'object' && value !== null
    ? Object.fromEntries(Object.entries(value).map(([name, each]) => [name, filledIn(each, parameters)]))
    : value;
}

const listOf = (value: string | readonly string[]): readonly string[] => (typeof value === 'string' ? [value] : value);

/** `{{ Name }}` alone is the parameter itself; among other words it is its text. */
function filled(value: string | readonly string[], parameters: ParameterValues): string | readonly string[] {
  if (typeof value !== 'string') return value.flatMap((each) => filled(each, parameters));
  const of = (name: string): string | readonly string[] => {
    const found = parameters[name];
    if (found === undefined) throw new Error(`there is no parameter ${name}`);
    return found;
  };

  const alone = /^\{\{ *([A-Za-z0-9.:_]+) *\}\}$/.exec(value)?.[1];
  if (alone !== undefined) return of(alone);
  return value.replaceAll(/\{\{ *([A-Za-z0-9.:_]+) *\}\}/g, (_, name: string) => {
    const found = of(name);
    return typeof found === 'string' ? found : `[${found.join(', ')}]`;
  });
}

/** A session is its role's. */
function isOf(approver: string, principalArn: string): boolean {
  const [, account, role] = /^arn:[^:]+:sts::(\d{12}):assumed-role\/([^/]+)\//.exec(principalArn) ?? [];
  return approver === principalArn || (role !== undefined && approver.endsWith(`:iam::${account}:role/${role}`));
}

/** GetAutomationExecution shows no more. */
const mostSteps = 100;

const describe = (execution: Execution): Values => ({
  AutomationExecutionId: execution.id,
  DocumentName: execution.document,
  DocumentVersion: execution.version,
  AutomationExecutionStatus: execution.status,
  ExecutionStartTime: execution.startedAt / 1000,
  ExecutedBy: execution.startedBy,
  Mode: 'Auto',
  Parameters: Object.fromEntries(
    Object.entries(execution.parameters)
      .map(([name, value]) => [name, listOf(value).filter((each) => each !== '')] as const)
      .filter(([, value]) => value.length > 0),
  ),
  StepExecutions: execution.steps.slice(0, mostSteps).map(describeStep),
  StepExecutionsTruncated: execution.steps.length > mostSteps,
  ...(execution.failure && { FailureMessage: execution.failure }),
});

const describeStep = ({ id, step, parent, status, failure, outputs }: StepExecution): Values => ({
  StepExecutionId: id,
  StepName: step.name,
  Action: step.action,
  StepStatus: status,
  ...(step.timeoutSeconds !== undefined && { TimeoutSeconds: step.timeoutSeconds }),
  ...(failure && { FailureMessage: failure }),
  ...(parent && {
    ParentStepDetails: {
      StepExecutionId: parent.execution.id,
      StepName: parent.execution.step.name,
      Action: parent.execution.step.action,
      Iteration: parent.iteration,
      IteratorValue: parent.value,
    },
  }),
  ...(Object.keys(outputs).length > 0 && { Outputs: outputs }),
});
