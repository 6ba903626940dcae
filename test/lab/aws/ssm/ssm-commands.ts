import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { inputWire, violations } from '../../wire/model-validation.ts';
import { type LabCall, LabError } from '../../wire/service.ts';
import { operationOf, serviceModel } from '../../wire/service-model.ts';
import { refused } from '../../wire/wire-errors.ts';
import { Places } from '../places.ts';
import { type LabDocument, parseDocument, scriptForRoot } from './ssm-document.ts';
import { documentNameOf, type SsmDocuments } from './ssm-documents.ts';
import { type LabManagedInstance, type ManagedInstances, recordsOf, ssmPage, targetIds } from './ssm-instances.ts';
import type { SsmServiceOptions } from './ssm-options.ts';
import { type ParameterValues, parameterValues } from './ssm-parameters.ts';
import { Shells } from './ssm-shell.ts';
import { type DrawnTimes, secondsUntilSaid } from './ssm-timing.ts';

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

interface Running {
  readonly document: LabDocument;
  readonly variables: Readonly<Record<string, string>>;
  readonly deliveryMs: number;
  readonly tooManyErrors: () => boolean;
}

export type CommandEnd = { readonly commandId: string; readonly status: 'Success' | 'Failed'; readonly output: string };

interface World {
  readonly options: () => Required<SsmServiceOptions>;
  readonly times: () => DrawnTimes;
  /** Real milliseconds of a second of a document. */
  readonly secondMs: () => number;
  readonly documents: SsmDocuments;
  readonly instances: (call: LabCall) => ManagedInstances;
}

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
const hasEnded = ({ details }: Invocation): boolean => finalDetails.includes(details);

/** Run Command of the lab: commands and their invocations, by account and Region. */
export class SsmCommands {
  readonly #world: World;
  readonly #commands = new Places(() => new Map<string, Command>());
  readonly #shells = new Shells(2);
  readonly #work = new Set<Promise<void>>();

  constructor(world: World) {
    this.#world = world;
  }

  async close(): Promise<void> {
    for (const commands of this.#commands.all())
      for (const { invocations } of commands.values()) for (const each of invocations) each.cancelled.abort();
    this.#shells.close();
    await Promise.all(this.#work);
  }

  send(call: LabCall): object {
    const { id, document, invocations, requestedAt } = this.#send(call);
    return {
      Command: {
        CommandId: id,
        DocumentName: document,
        InstanceIds: invocations.map((each) => each.id),
        Status: 'Pending',
        StatusDetails: 'Pending',
        RequestedDateTime: requestedAt / 1000,
        TargetCount: invocations.length,
      },
    };
  }

  #send(call: LabCall): Command {
    const { input, accountId } = call;
    const known = this.#world.instances(call);
    const ids = targetIds(input);
    const { text } = this.#world.documents.pinned(call);
    const document = parseDocument(JSON.parse(text));
    const values = parameterValues(document.parameters, input['Parameters'], 'InvalidParameters');

    const invalid = ids.filter((id) => !known.has(id) || known.get(id)?.behaviour?.refusesCommands);
    if (invalid.length > 0)
      throw new LabError(
        'InvalidInstanceId',
        `Instances [[${invalid.join(', ')}]] not in a valid state for account ${accountId}`,
      );
    const targets = ids.flatMap((id) => known.get(id) ?? []);
    if (targets.some(({ platformType = 'Linux' }) => document.platform && platformType !== document.platform))
      throw new LabError(
        'UnsupportedPlatformType',
        'The document does not support the platform type of the given instance IDs.',
      );

    const requestedAt = this.#world.options().clock();
    const command: Command = {
      id: randomUUID(),
      input,
      document: documentNameOf(input['DocumentName']),
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
    const commands = this.#commands.of(call);
    commands.set(command.id, command);
    const pending = [...commands.values()].flatMap(({ invocations }) => invocations).filter((each) => !hasEnded(each));
    if (pending.length > this.#world.options().mostPending)
      for (const each of command.invocations) end(each, 'Rate Exceeded');
    else this.#start(command, targets, { document, variables: variablesOf(values) });
    return command;
  }

  /** A command of a runbook: SSM itself waits for its end. */
  async runToEnd(call: LabCall): Promise<CommandEnd> {
    const model = serviceModel('ssm');
    const shape = operationOf(model, call.operation).input ?? '';
    const broken = violations(model, shape, call.input, inputWire[model.protocol]);
    if (broken.length > 0) throw refused(model, broken);

    const command = this.#send(call);
    // Systems Manager waits by the same operation that the runbook's next steps call.
    while (!this.#isVisible(command) || !command.invocations.every(hasEnded)) await delay(10);
    return {
      commandId: command.id,
      status: command.invocations.every(({ details }) => details === 'Success') ? 'Success' : 'Failed',
      output: command.invocations.map(({ stdout }) => stdout).join('\n'),
    };
  }

  /** A command's invocations, so many at a time; once too many failed, those that have not begun are terminated. */
  #start(
    { input, invocations }: Command,
    targets: readonly LabManagedInstance[],
    running: Pick<Running, 'document' | 'variables'>,
  ): void {
    const mostErrors = portion(input['MaxErrors'] ?? '0', targets.length);
    const atOnce = Math.max(1, portion(input['MaxConcurrency'] ?? '50', targets.length));
    const deliveryMs = Number(input['TimeoutSeconds'] ?? 3600) * this.#world.secondMs();
    const waiting = invocations.values();
    let errors = 0;

    const work = async (): Promise<void> => {
      for (const invocation of waiting) {
        const instance = targets.find(({ id }) => id === invocation.id);
        if (!instance) continue;
        await this.#invoke(invocation, instance, { ...running, deliveryMs, tooManyErrors: () => errors > mostErrors });
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
    { document, variables, deliveryMs, tooManyErrors }: Running,
  ): Promise<void> {
    const { signal } = invocation.cancelled;
    const times = this.#world.times();
    const secondMs = this.#world.secondMs();
    if (pingStatus !== 'Online' || times.isSilent(invocation.id)) {
      const isOffline = pingStatus !== 'Online';
      if (isOffline) invocation.details = 'Delayed';
      await this.#pause(deliveryMs + (isOffline ? 0 : secondsUntilSaid * secondMs), signal);
      return end(invocation, 'Delivery Timed Out');
    }

    await this.#pause(behaviour.startsAfter ?? (times.commandMs(invocation.id) || 1), signal);
    if (signal.aborted) return end(invocation, 'Cancelled');
    if (tooManyErrors()) return end(invocation, 'Terminated');
    if (behaviour.endsAs) return end(invocation, behaviour.endsAs);

    invocation.details = 'In Progress';
    if (behaviour.stdout !== undefined)
      return end(invocation, 'Success', { stdout: behaviour.stdout, responseCode: 0 });

    const script = behaviour.script ?? (node ? scriptForRoot(document.script, node.path) : 'echo no node >&2; exit 1');
    const path = node ? `${node.path}/usr/bin:/usr/bin:/bin` : '/usr/bin:/bin';
    const given = { path, variables, signal, timeoutMs: document.timeoutSeconds * secondMs };
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
    await this.#world
      .options()
      .sleep(milliseconds, signal)
      .catch(() => undefined);
  }

  /** The newest first. */
  list(call: LabCall): object {
    const filters = recordsOf(call.input['Filters']);
    const odd = filters.find(({ key }) => key !== 'DocumentName' && key !== 'InvokedAfter');
    if (odd) throw new LabError('InvalidFilterKey', `the lab does not filter commands by ${odd['key']}`);

    const all = [...this.#commands.of(call).values()]
      .toReversed()
      .filter(({ document, requestedAt }) =>
        filters.every(({ key, value }) =>
          key === 'DocumentName' ? value === document : requestedAt > Date.parse(String(value)),
        ),
      );
    const { page, next } = ssmPage(all, call.input);
    return {
      Commands: page.map(({ id, document, requestedAt, invocations, input: { Parameters, Comment } }) => ({
        CommandId: id,
        DocumentName: document,
        InstanceIds: invocations.map((each) => each.id),
        Parameters,
        ...(Comment !== undefined && { Comment }),
        Status: invocations.every(hasEnded) ? 'Success' : 'InProgress',
        RequestedDateTime: requestedAt / 1000,
      })),
      ...next,
    };
  }

  listInvocations(call: LabCall): object {
    const { CommandId, InstanceId, Details } = call.input;
    const commands = CommandId === undefined ? [...this.#commands.of(call).values()] : [this.#command(call)];
    const all = commands.flatMap((command) =>
      command.invocations
        .filter(({ id }) => InstanceId === undefined || id === InstanceId)
        .map((invocation) => ({ command, invocation })),
    );
    const { page, next } = ssmPage(all, call.input);
    return {
      CommandInvocations: page.map(({ command, invocation }) => {
        const status = this.#status(invocation);
        const { responseCode: ResponseCode } = invocation;
        const plugin = { Name: 'aws:runShellScript', ...status, ResponseCode, Output: shortOutput(invocation) };
        return {
          CommandId: command.id,
          InstanceId: invocation.id,
          DocumentName: command.document,
          RequestedDateTime: invocation.requestedAt / 1000,
          ...status,
          CommandPlugins: Details ? [plugin] : [],
        };
      }),
      ...next,
    };
  }

  getInvocation(call: LabCall): object {
    const command = this.#commands.of(call).get(String(call.input['CommandId']));
    const invocation = command?.invocations.find(({ id }) => id === call.input['InstanceId']);
    if (!command || !invocation || !this.#isVisible(command)) throw new LabError('InvocationDoesNotExist', '');

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

  #command(call: LabCall): Command {
    const id = String(call.input['CommandId']);
    const command = this.#commands.of(call).get(id);
    if (!command) throw new LabError('InvalidCommandId', `the lab knows no command ${id}`);
    return command;
  }

  #isVisible({ requestedAt }: Command): boolean {
    const { clock, visibleAfterMs } = this.#world.options();
    return clock() >= requestedAt + visibleAfterMs;
  }

  #status({ details }: Invocation): { readonly Status: string; readonly StatusDetails: string } {
    const hasSpaces = this.#world.options().spelling === 'with spaces';
    return { Status: statusOf(details), StatusDetails: hasSpaces ? details : details.replaceAll(' ', '') };
  }
}

function end(
  invocation: Invocation,
  details: string,
  output: Partial<Pick<Invocation, 'stdout' | 'stderr' | 'responseCode'>> = {},
): void {
  Object.assign(invocation, output, { details: invocation.cancelled.signal.aborted ? 'Cancelled' : details });
}

function statusOf(details: string): string {
  if (['Delivery Timed Out', 'Execution Timed Out'].includes(details)) return 'TimedOut';
  if (['Undeliverable', 'Terminated', 'Invalid Platform', 'Access Denied'].includes(details)) return 'Failed';
  if (details === 'Rate Exceeded') return 'Cancelled';
  return details.replaceAll(' ', '');
}

function shortOutput({ stdout, stderr }: Invocation): string {
  return cut(stderr === '' ? stdout : `${stdout}\n----------ERROR-------\n${stderr}`, 2_500);
}

/** As the agent cuts, with its own words at the end. */
function cut(text: string, most: number): string {
  const mark = '\n--output truncated--';
  return text.length <= most ? text : `${text.slice(0, most - mark.length)}${mark}`;
}

/** As an agent hands them to the shell of a document whose parameters are interpolated so. */
const variablesOf = (values: ParameterValues): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [`SSM_${name}`, [value].flat().join(' ')]));

/** `50`, `100%` */
function portion(text: unknown, of: number): number {
  const amount = Number.parseInt(String(text), 10);
  return String(text).endsWith('%') ? Math.floor((amount * of) / 100) : amount;
}
