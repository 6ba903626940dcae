import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { patience } from '../../../patience.ts';
import type { NodeRoot } from '../../node/node-root.ts';
import { type LabCall, LabError, type LabService } from '../../wire/service.ts';
import { type Rate, TokenBuckets } from '../../wire/token-buckets.ts';
import { Automations, type CommandEnd } from './automation.ts';
import { isRunbook, parseRunbook } from './automation-document.ts';
import { type LabDocument, parseDocument, scriptForRoot } from './ssm-document.ts';
import { SsmDocuments } from './ssm-documents.ts';
import { type ParameterValues, parameterValues } from './ssm-parameters.ts';
import { Shells } from './ssm-shell.ts';
import { DrawnTimes, type SsmTiming, secondsUntilSaid } from './ssm-timing.ts';

/** An instance that SSM of the lab manages. */
export interface LabManagedInstance {
  /** `i-…` or `mi-…` */
  readonly id: string;
  /** `Amazon Linux` when absent. */
  readonly platformName?: string;
  /** `2023` when absent. */
  readonly platformVersion?: string;
  /** `Linux` when absent. */
  readonly platformType?: 'Linux' | 'Windows' | 'MacOS';
  /** `Online` when absent. */
  readonly pingStatus?: 'Online' | 'ConnectionLost' | 'Inactive';
  readonly computerName?: string;
  readonly tags?: Readonly<Record<string, string>>;
  /** The file system that commands run on; without one, `behaviour` alone decides what happens. */
  readonly node?: NodeRoot;
  readonly behaviour?: LabInstanceBehaviour;
}

interface LabInstanceBehaviour {
  /** How a command ends here without running: `Undeliverable`, `Delivery Timed Out`, `Access Denied`, … */
  readonly endsAs?: string;
  /** SendCommand refuses the whole call because of it, though DescribeInstanceInformation shows it. */
  readonly refusesCommands?: true;
  /** Another script than the document's, for a node that hangs or lies. */
  readonly script?: string;
  /** What the command prints, without running anything. */
  readonly stdout?: string;
  /** Milliseconds in Pending. */
  readonly startsAfter?: number;
}

export interface SsmServiceOptions {
  /** Milliseconds since 1970; the wall clock when absent. */
  readonly clock?: () => number;
  /** Waits on the same clock; rejects when the signal aborts. */
  readonly sleep?: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  /** What calls and commands take; nothing when absent. */
  readonly timing?: SsmTiming;
  /** How many invocations of one account and Region may wait or run; one command more is canceled on all its instances. Unlimited when absent. */
  readonly mostPending?: number;
  /** Until then GetCommandInvocation knows nothing of a new command. */
  readonly visibleAfterMs?: number;
  /** How StatusDetails are written. */
  readonly spelling?: 'with spaces' | 'without spaces';
  /** Real milliseconds a second of the document's time limit and of TimeoutSeconds takes. */
  readonly millisecondsPerSecond?: number;
  /** What one account and Region may call, operation by operation; AWS publishes no numbers. Unlimited where absent. */
  readonly rates?: { readonly sendCommand?: Rate; readonly others?: Rate };
}

interface Invocation {
  readonly id: string;
  readonly requestedAt: number;
  readonly cancelled: AbortController;
  details: string;
  stdout: string;
  stderr: string;
  responseCode: number;
}

interface Command {
  readonly id: string;
  readonly input: LabCall['input'];
  readonly document: string;
  readonly requestedAt: number;
  readonly invocations: readonly Invocation[];
}

interface Estate {
  readonly instances: Map<string, LabManagedInstance>;
  readonly commands: Map<string, Command>;
}

const started = z
  .object({ Command: z.object({ CommandId: z.string() }) })
  .transform(({ Command }) => ({ commandId: Command.CommandId }));

/** How a command may end on one instance, in SSM's words. */
export const finalDetails = [
  'Success',
  'Delivery Timed Out',
  'Execution Timed Out',
  'Failed',
  'Cancelled',
  'Undeliverable',
  'Terminated',
  'Invalid Platform',
  'Access Denied',
  'Rate Exceeded',
];

/** SSM of the lab. It really runs the document's shell, on each node's own root. */
export class SsmService implements LabService {
  readonly name = 'ssm';
  #options: Required<SsmServiceOptions>;
  #times: DrawnTimes;
  readonly #buckets = new TokenBuckets(() => this.#options.clock());
  readonly #estates = new Map<string, Estate>();
  readonly #shells = new Shells(2);
  readonly #work = new Set<Promise<void>>();
  get #secondMs(): number {
    return this.#options.millisecondsPerSecond * (this.#options.sleep === realSleep ? patience : 1);
  }
  readonly #documents = new SsmDocuments();
  /** Executions of runbooks. */
  readonly automations: Automations;

  constructor(options: SsmServiceOptions = {}) {
    this.#options = {
      clock: Date.now,
      sleep: realSleep,
      timing: { seed: 0 },
      mostPending: Number.POSITIVE_INFINITY,
      visibleAfterMs: 20,
      spelling: 'without spaces',
      millisecondsPerSecond: 1_000,
      rates: {},
      ...options,
    };
    this.#times = new DrawnTimes(this.#options.timing);
    this.automations = new Automations({
      clock: () => this.#options.clock(),
      secondMs: () => this.#secondMs,
      runCommand: (call) => this.#runToEnd(call),
      ask: (call) => this.handle(call),
      documents: this.#documents,
    });
  }

  /** Changes how commands behave from now on. */
  configure(options: SsmServiceOptions): void {
    this.#options = { ...this.#options, ...options };
    if (options.timing) this.#times = new DrawnTimes(options.timing);
  }

  /** Makes the document, or one more version of it, which becomes the default one unless it is said otherwise. */
  putDocument(
    accountId: string,
    region: string,
    name: string,
    content: unknown,
    made: { readonly becomesDefault: boolean } = { becomesDefault: true },
  ): void {
    if (isRunbook(content)) parseRunbook(content);
    else parseDocument(content);
    this.#documents.put(`${accountId} ${region} ${name}`, content, made);
  }

  removeDocument(accountId: string, region: string, name: string): void {
    this.#documents.remove(`${accountId} ${region} ${name}`);
  }

  /** How many versions of a document there are, and which is the default one. */
  versionsOf(accountId: string, region: string, name: string): { readonly newest: number; readonly default: number } {
    return this.#documents.versionsOf(`${accountId} ${region} ${name}`);
  }

  registerInstance(accountId: string, region: string, instance: LabManagedInstance): void {
    this.#estate({ accountId, region }).instances.set(instance.id, instance);
  }

  /** As when its machine is terminated. */
  deregisterInstance(accountId: string, region: string, id: string): void {
    this.#estate({ accountId, region }).instances.delete(id);
  }

  async handle(call: LabCall): Promise<unknown> {
    const milliseconds = this.#times.callMs();
    if (milliseconds > 0) await this.#options.sleep(milliseconds);
    this.#throttle(call);
    const estate = this.#estate(call);
    switch (call.operation) {
      case 'DescribeInstanceInformation':
        return describeInstances(estate, call.input, this.#options.clock());
      case 'GetDocument':
        return this.#documents.get(documentOf(call), call.input);
      case 'DescribeDocument':
        return this.#documents.describe(documentOf(call), call.input);
      case 'ListDocumentVersions':
        return this.#documents.list(documentOf(call), call.input);
      case 'SendCommand':
        return this.#sendCommand(estate, call);
      case 'ListCommands':
        return listCommands(estate, call.input);
      case 'ListCommandInvocations':
        return this.#listInvocations(estate, call.input);
      case 'GetCommandInvocation':
        return this.#getInvocation(estate, call.input);
      case 'CancelCommand':
        return cancel(estate, call.input);
      case 'StartAutomationExecution':
      case 'GetAutomationExecution':
      case 'DescribeAutomationExecutions':
      case 'DescribeAutomationStepExecutions':
      case 'SendAutomationSignal':
        return this.automations.handle(call);
      default:
        throw new LabError('UnknownOperationException', `the lab's ssm has no ${call.operation}`);
    }
  }

  #throttle({ operation, accountId, region }: LabCall): void {
    const { sendCommand, others } = this.#options.rates;
    const rate = operation === 'SendCommand' ? sendCommand : others;
    if (rate === undefined || this.#buckets.take(`${accountId} ${region} ${operation}`, rate)) return;
    throw new LabError('ThrottlingException', 'Rate exceeded');
  }

  async close(): Promise<void> {
    this.automations.close();
    for (const estate of this.#estates.values()) {
      for (const command of estate.commands.values()) for (const each of command.invocations) each.cancelled.abort();
    }
    this.#shells.close();
    await Promise.all(this.#work);
  }

  #estate({ accountId, region }: Pick<LabCall, 'accountId' | 'region'>): Estate {
    const key = `${accountId} ${region}`;
    const estate = this.#estates.get(key) ?? { instances: new Map(), commands: new Map() };
    this.#estates.set(key, estate);
    return estate;
  }

  #sendCommand(estate: Estate, call: LabCall): unknown {
    const { input, accountId } = call;
    const name = nameOf(input['DocumentName']);
    const ids = targetIds(estate, input);
    if (new Set(ids).size < ids.length)
      throw new LabError('DuplicateInstanceId', 'You cannot specify an instance ID in more than one association.');

    const { text } = this.#documents.pinned(documentOf(call), input);
    const document = parseDocument(JSON.parse(text));
    const values = parameterValues(document.parameters, input['Parameters'], 'InvalidParameters');

    const instances = ids.map((id) => ({ id, known: estate.instances.get(id) }));
    const invalid = instances.filter(({ known }) => !known || known.behaviour?.refusesCommands);
    if (invalid.length > 0)
      throw new LabError(
        'InvalidInstanceId',
        `Instances [[${invalid.map(({ id }) => id).join(', ')}]] not in a valid state for account ${accountId}`,
      );

    const targets = instances.flatMap(({ known }) => known ?? []);
    if (targets.some(({ platformType = 'Linux' }) => document.platform && platformType !== document.platform))
      throw new LabError(
        'UnsupportedPlatformType',
        'The document does not support the platform type of the given instance IDs.',
      );

    const requestedAt = this.#options.clock();
    const command: Command = {
      id: randomUUID(),
      input,
      document: name,
      requestedAt,
      invocations: ids.map((id) => ({
        id,
        requestedAt,
        cancelled: new AbortController(),
        details: 'Pending',
        stdout: '',
        stderr: '',
        responseCode: -1,
      })),
    };
    estate.commands.set(command.id, command);
    if (pendingIn(estate) > this.#options.mostPending)
      for (const each of command.invocations) end(each, 'Rate Exceeded');
    else this.#start(command, targets, { document, input, variables: variablesOf(values) });
    return {
      Command: {
        CommandId: command.id,
        DocumentName: name,
        InstanceIds: ids,
        Status: 'Pending',
        StatusDetails: 'Pending',
        RequestedDateTime: requestedAt / 1000,
        TargetCount: ids.length,
      },
    };
  }

  /** A command of a runbook: SSM itself waits for its end. */
  async #runToEnd(call: LabCall): Promise<CommandEnd> {
    const estate = this.#estate(call);
    const { commandId } = started.parse(this.#sendCommand(estate, call));
    const invocations = estate.commands.get(commandId)?.invocations ?? [];
    // Systems Manager waits by the same operation that the runbook's next steps call.
    while (!this.#isVisible(estate, commandId) || !invocations.every(({ details }) => finalDetails.includes(details)))
      await delay(10);

    const bad = invocations.find(({ details }) => details !== 'Success');
    return {
      commandId,
      status: bad ? 'Failed' : 'Success',
      output: invocations.map(({ stdout }) => stdout).join('\n'),
    };
  }

  /** A command's invocations, so many at a time; once too many failed, those that have not begun are terminated. */
  #start(
    command: Command,
    targets: readonly LabManagedInstance[],
    {
      document,
      input,
      variables,
    }: {
      readonly document: LabDocument;
      readonly input: LabCall['input'];
      readonly variables: Readonly<Record<string, string>>;
    },
  ): void {
    const mostErrors = portion(input['MaxErrors'] ?? '0', targets.length);
    const atOnce = Math.max(1, portion(input['MaxConcurrency'] ?? '50', targets.length));
    const deliveryMs = Number(input['TimeoutSeconds'] ?? 3600) * this.#secondMs;
    const waiting = [...command.invocations];
    let errors = 0;

    const work = async (): Promise<void> => {
      for (let next = waiting.shift(); next; next = waiting.shift()) {
        const invocation = next;
        const instance = targets.find(({ id }) => id === invocation.id);
        if (!instance) continue;
        const tooManyErrors = () => errors > mostErrors;
        await this.#invoke(invocation, instance, { document, variables, deliveryMs, tooManyErrors });
        if (['Failed', 'Execution Timed Out'].includes(invocation.details)) errors += 1;
      }
    };
    for (let worker = 0; worker < atOnce; worker += 1) this.#keep(work());
  }

  #keep(work: Promise<void>): void {
    this.#work.add(work);
    work.finally(() => this.#work.delete(work)).catch(() => undefined);
  }

  async #invoke(
    invocation: Invocation,
    { pingStatus = 'Online', behaviour = {}, node }: LabManagedInstance,
    {
      document,
      variables,
      deliveryMs,
      tooManyErrors,
    }: {
      readonly document: LabDocument;
      readonly variables: Readonly<Record<string, string>>;
      readonly deliveryMs: number;
      readonly tooManyErrors: () => boolean;
    },
  ): Promise<void> {
    const { signal } = invocation.cancelled;
    if (pingStatus !== 'Online') {
      invocation.details = 'Delayed';
      await this.#pause(deliveryMs, signal);
      return end(invocation, 'Delivery Timed Out');
    }
    if (this.#times.isSilent(invocation.id)) {
      await this.#pause(deliveryMs + secondsUntilSaid * this.#secondMs, signal);
      return end(invocation, 'Delivery Timed Out');
    }

    await this.#pause(behaviour.startsAfter ?? (this.#times.commandMs(invocation.id) || 1), signal);
    if (signal.aborted) return end(invocation, 'Cancelled');
    if (tooManyErrors()) return end(invocation, 'Terminated');
    if (behaviour.endsAs) return end(invocation, behaviour.endsAs);

    invocation.details = 'In Progress';
    if (behaviour.stdout !== undefined)
      return end(invocation, 'Success', { stdout: behaviour.stdout, responseCode: 0 });

    const script = behaviour.script ?? (node ? scriptForRoot(document.script, node.path) : 'echo no node >&2; exit 1');
    const path = node ? `${node.path}/usr/bin:/usr/bin:/bin` : '/usr/bin:/bin';
    const given = { path, variables, signal, timeoutMs: document.timeoutSeconds * this.#secondMs };
    const { stdout, stderr, exitCode, timedOut } = await this.#shells.run(script, given, node);

    if (timedOut) return end(invocation, 'Execution Timed Out', { stdout, stderr, responseCode: 137 });
    if (signal.aborted || exitCode === undefined) return end(invocation, 'Cancelled', { stdout, stderr });
    if (exitCode === 0) return end(invocation, 'Success', { stdout, stderr, responseCode: 0 });
    end(invocation, 'Failed', {
      stdout,
      stderr: `${stderr}failed to run commands: exit status ${exitCode}`,
      responseCode: exitCode,
    });
  }

  async #pause(milliseconds: number, signal: AbortSignal): Promise<void> {
    await this.#options.sleep(milliseconds, signal).catch(() => undefined);
  }

  #listInvocations(estate: Estate, input: LabCall['input']): unknown {
    const wanted = input['CommandId'];
    const commands = [...estate.commands.values()].filter(({ id }) => wanted === undefined || id === wanted);
    if (wanted !== undefined && commands.length === 0)
      throw new LabError('InvalidCommandId', `the lab knows no command ${wanted}`);

    const all = commands.flatMap((command) =>
      command.invocations
        .filter(({ id }) => input['InstanceId'] === undefined || id === input['InstanceId'])
        .map((invocation) => ({ command, invocation })),
    );
    const { page, nextToken } = pageOf(all, input, { smallest: 1, usual: 50 });
    return {
      CommandInvocations: page.map(({ command, invocation }) => ({
        CommandId: command.id,
        InstanceId: invocation.id,
        DocumentName: command.document,
        RequestedDateTime: invocation.requestedAt / 1000,
        ...this.#status(invocation),
        CommandPlugins: input['Details']
          ? [
              {
                Name: 'aws:runShellScript',
                ...this.#status(invocation),
                ResponseCode: invocation.responseCode,
                Output: shortOutput(invocation),
              },
            ]
          : [],
      })),
      ...(nextToken && { NextToken: nextToken }),
    };
  }

  #getInvocation(estate: Estate, input: LabCall['input']): unknown {
    const command = estate.commands.get(String(input['CommandId']));
    const invocation = command?.invocations.find(({ id }) => id === input['InstanceId']);
    if (!command || !invocation || !this.#isVisible(estate, command.id))
      throw new LabError('InvocationDoesNotExist', '');

    return {
      CommandId: command.id,
      InstanceId: invocation.id,
      DocumentName: command.document,
      PluginName: 'readKubelet',
      ResponseCode: invocation.responseCode,
      ...this.#status(invocation),
      StandardOutputContent: cut(invocation.stdout, 24_000),
      StandardErrorContent: cut(invocation.stderr, 8_000),
    };
  }

  #isVisible({ commands }: Estate, id: string): boolean {
    const command = commands.get(id);
    return command !== undefined && this.#options.clock() >= command.requestedAt + this.#options.visibleAfterMs;
  }

  #status({ details }: Invocation): { readonly Status: string; readonly StatusDetails: string } {
    return {
      Status: statusOf(details),
      StatusDetails: this.#options.spelling === 'with spaces' ? details : details.replaceAll(' ', ''),
    };
  }
}

/** The newest first. */
function listCommands(estate: Estate, input: LabCall['input']): unknown {
  const filters = list(input['Filters']).map(record);
  const odd = filters.find(({ key }) => key !== 'DocumentName');
  if (odd) throw new LabError('InvalidFilterKey', `the lab filters commands by DocumentName, not by ${odd['key']}`);

  const all = [...estate.commands.values()]
    .toReversed()
    .filter(({ document }) => filters.every(({ value }) => value === document));
  const { page, nextToken } = pageOf(all, input, { smallest: 1, usual: 50 });
  return {
    Commands: page.map(({ id, document, requestedAt, invocations, input: { Parameters, Comment } }) => ({
      CommandId: id,
      DocumentName: document,
      InstanceIds: invocations.map((each) => each.id),
      Parameters,
      ...(Comment !== undefined && { Comment }),
      Status: invocations.every(({ details }) => finalDetails.includes(details)) ? 'Success' : 'InProgress',
      RequestedDateTime: requestedAt / 1000,
    })),
    ...(nextToken && { NextToken: nextToken }),
  };
}

const nameOf = (document: unknown): string => String(document).replace(/^arn:.*:document\//, '');

const documentOf = ({ accountId, region, input }: LabCall): string =>
  `${accountId} ${region} ${nameOf(input['Name'] ?? input['DocumentName'])}`;

function end(
  invocation: Invocation,
  details: string,
  output: Partial<Pick<Invocation, 'stdout' | 'stderr' | 'responseCode'>> = {},
): void {
  Object.assign(invocation, output, { details: invocation.cancelled.signal.aborted ? 'Cancelled' : details });
}

const realSleep = async (milliseconds: number, signal?: AbortSignal): Promise<void> => {
  await delay(milliseconds, undefined, signal && { signal });
};

const pendingIn = ({ commands }: Estate): number =>
  [...commands.values()]
    .flatMap(({ invocations }) => invocations)
    .filter(({ details }) => !finalDetails.includes(details)).length;

function statusOf(details: string): string {
  if (['Delivery Timed Out', 'Execution Timed Out'].includes(details)) return 'TimedOut';
  if (['Undeliverable', 'Terminated', 'Invalid Platform', 'Access Denied'].includes(details)) return 'Failed';
  if (details === 'Rate Exceeded') return 'Cancelled';
  return details.replaceAll(' ', '');
}

function shortOutput({ stdout, stderr }: Invocation): string {
  return cut(stderr === '' ? stdout : `${stdout}\n----------ERROR-------\n${stderr}`, 2_500);
}

/** As the agent cuts: its own words stand at the end. */
function cut(text: string, most: number): string {
  const mark = '\n--output truncated--';
  return text.length <= most ? text : `${text.slice(0, most - mark.length)}${mark}`;
}

function cancel(estate: Estate, input: LabCall['input']): unknown {
  const command = estate.commands.get(String(input['CommandId']));
  if (!command) throw new LabError('InvalidCommandId', `the lab knows no command ${input['CommandId']}`);

  for (const invocation of command.invocations.filter(({ details }) => !finalDetails.includes(details))) {
    invocation.details = 'Cancelled';
    invocation.cancelled.abort();
  }
  return {};
}

/** As an agent hands them to the shell of a document whose parameters are interpolated so. */
const variablesOf = (values: ParameterValues): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [`SSM_${name}`, [value].flat().join(' ')]));

/** The instances that a command is for: by id, or by tags. The model allows neither, SSM does not. */
function targetIds(estate: Estate, input: LabCall['input']): readonly string[] {
  const ids = strings(input['InstanceIds']);
  const targets = list(input['Targets']).map(record);
  if (ids.length === 0 && targets.length === 0)
    throw new LabError('InvalidParameters', 'either InstanceIds or Targets must be given');
  if (ids.length > 50)
    throw new LabError('ValidationException', 'InstanceIds must have length less than or equal to 50');
  const timeout = Number(input['TimeoutSeconds'] ?? 3600);
  if (timeout < 30 || timeout > 2_592_000)
    throw new LabError('ValidationException', 'TimeoutSeconds must be between 30 and 2592000');

  const byTarget = [...estate.instances.values()].filter((instance) =>
    targets.every(({ Key: key, Values: values }) =>
      key === 'InstanceIds'
        ? strings(values).includes(instance.id)
        : strings(values).includes(instance.tags?.[String(key).replace('tag:', '')] ?? ''),
    ),
  );
  return targets.length > 0 ? byTarget.map(({ id }) => id) : ids;
}

function describeInstances(estate: Estate, input: LabCall['input'], now: number): unknown {
  const filters = list(input['Filters'])
    .map(record)
    .map(({ Key: key, Values: values }) => ({ key: String(key), values: strings(values) }));
  if (filters.length > 1 && filters.some(({ key }) => key.startsWith('tag')))
    throw new LabError('InvalidFilterKey', 'a tag filter cannot be combined with other filters');
  if (filters.some(({ key, values }) => key === 'InstanceIds' && values.length > 100))
    throw new LabError('InvalidInstanceInformationFilterValue', 'InstanceIds takes at most 100 values');

  const found = [...estate.instances.values()].filter((instance) =>
    filters.every(({ key, values }) => values.some((value) => fits(instance, key, value))),
  );
  const { page, nextToken } = pageOf(found, input, { smallest: 5, usual: 10 });
  return {
    InstanceInformationList: page.map(
      ({
        id,
        platformName = 'Amazon Linux',
        platformVersion = '2023',
        platformType = 'Linux',
        pingStatus = 'Online',
        computerName,
      }) => ({
        InstanceId: id,
        PingStatus: pingStatus,
        LastPingDateTime: Math.floor(now / 1000),
        AgentVersion: '3.3.2746.0',
        IsLatestVersion: true,
        PlatformType: platformType,
        PlatformName: platformName,
        PlatformVersion: platformVersion,
        ResourceType: id.startsWith('mi-') ? 'ManagedInstance' : 'EC2Instance',
        ...(computerName && { ComputerName: computerName }),
      }),
    ),
    ...(nextToken && { NextToken: nextToken }),
  };
}

function fits(instance: LabManagedInstance, key: string, value: string): boolean {
  if (key === 'InstanceIds') return instance.id === value;
  if (key === 'PingStatus') return (instance.pingStatus ?? 'Online') === value;
  if (key === 'PlatformTypes') return (instance.platformType ?? 'Linux') === value;
  if (key === 'tag-key') return instance.tags?.[value] !== undefined;
  if (key.startsWith('tag:')) return instance.tags?.[key.slice('tag:'.length)] === value;
  throw new LabError('InvalidFilterKey', `the filter ${key} is not known`);
}

function pageOf<T>(
  all: readonly T[],
  input: LabCall['input'],
  { smallest, usual }: { readonly smallest: number; readonly usual: number },
): { readonly page: readonly T[]; readonly nextToken?: string } {
  const size = Number(input['MaxResults'] ?? usual);
  if (size < smallest || size > 50)
    throw new LabError('ValidationException', `MaxResults must be between ${smallest} and 50`);

  const start = input['NextToken'] === undefined ? 0 : Number(String(input['NextToken']).replace('from-', ''));
  if (!Number.isInteger(start)) throw new LabError('InvalidNextToken', 'The specified token is not valid.');
  return {
    page: all.slice(start, start + size),
    ...(start + size < all.length && { nextToken: `from-${start + size}` }),
  };
}

/** `50`, `100%` */
function portion(text: unknown, of: number): number {
  const amount = Number.parseInt(String(text), 10);
  return String(text).endsWith('%') ? Math.floor((amount * of) / 100) : amount;
}

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const strings = (value: unknown): readonly string[] => list(value).map(String);
const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? { ...value } : {};
