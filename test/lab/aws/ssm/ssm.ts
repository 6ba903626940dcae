import { setTimeout as delay } from 'node:timers/promises';
import { patience } from '../../../patience.ts';
import { type LabCall, LabError, LabService } from '../../wire/service.ts';
import { TokenBuckets } from '../../wire/token-buckets.ts';
import { Places } from '../places.ts';
import { Automations } from './automation.ts';
import { isRunbook, parseRunbook } from './automation-document.ts';
import { SsmCommands } from './ssm-commands.ts';
import { parseDocument } from './ssm-document.ts';
import { SsmDocuments } from './ssm-documents.ts';
import { describeInstances, type LabManagedInstance } from './ssm-instances.ts';
import type { SsmServiceOptions } from './ssm-options.ts';
import { SsmStoredParameters } from './ssm-stored-parameters.ts';
import { DrawnTimes } from './ssm-timing.ts';

/** SSM of the lab. It really runs the document's shell, on each node's own root. */
export class SsmService extends LabService {
  readonly name = 'ssm';
  #options: Required<SsmServiceOptions>;
  #times: DrawnTimes;
  readonly #buckets = new TokenBuckets(() => this.#options.clock());
  readonly #instances = new Places(() => new Map<string, LabManagedInstance>());
  readonly #documents = new SsmDocuments();
  readonly #stored = new SsmStoredParameters(() => this.#options.clock());
  readonly #commands: SsmCommands;
  readonly automations: Automations;

  constructor(options: SsmServiceOptions = {}) {
    super();
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
    const secondMs = () => this.#options.millisecondsPerSecond * (this.#options.sleep === realSleep ? patience : 1);
    this.#commands = new SsmCommands({
      options: () => this.#options,
      times: () => this.#times,
      secondMs,
      documents: this.#documents,
      instances: (call) => this.#instances.of(call),
    });
    this.automations = new Automations({
      clock: () => this.#options.clock(),
      secondMs,
      runCommand: (call) => this.#commands.runToEnd(call),
      ask: (call) => this.handle(call),
      documents: this.#documents,
    });
  }

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
    this.#documents.put({ accountId, region, name }, content, made);
  }

  removeDocument(accountId: string, region: string, name: string): void {
    this.#documents.remove({ accountId, region, name });
  }

  /** How many versions of a document there are, and which is the default one. */
  versionsOf(accountId: string, region: string, name: string): { readonly newest: number; readonly default: number } {
    return this.#documents.versionsOf({ accountId, region, name });
  }

  registerInstance(accountId: string, region: string, instance: LabManagedInstance): void {
    this.#instances.of({ accountId, region }).set(instance.id, instance);
  }

  deregisterInstance(accountId: string, region: string, id: string): void {
    this.#instances.of({ accountId, region }).delete(id);
  }

  override async handle(call: LabCall): Promise<unknown> {
    const milliseconds = this.#times.callMs();
    if (milliseconds > 0) await this.#options.sleep(milliseconds);
    this.#throttle(call);
    return super.handle(call);
  }

  readonly operations = {
    DescribeInstanceInformation: (call: LabCall) =>
      describeInstances(this.#instances.of(call), call.input, this.#options.clock()),
    GetDocument: (call: LabCall) => this.#documents.get(call),
    DescribeDocument: (call: LabCall) => this.#documents.describe(call),
    ListDocumentVersions: (call: LabCall) => this.#documents.list(call),
    PutParameter: (call: LabCall) => this.#stored.put(call),
    GetParametersByPath: (call: LabCall) => this.#stored.byPath(call),
    SendCommand: (call: LabCall) => this.#commands.send(call),
    ListCommands: (call: LabCall) => this.#commands.list(call),
    ListCommandInvocations: (call: LabCall) => this.#commands.listInvocations(call),
    GetCommandInvocation: (call: LabCall) => this.#commands.getInvocation(call),
    StartAutomationExecution: (call: LabCall) => this.automations.start(call),
    GetAutomationExecution: (call: LabCall) => this.automations.get(call),
    DescribeAutomationExecutions: (call: LabCall) => this.automations.list(call),
    DescribeAutomationStepExecutions: (call: LabCall) => this.automations.steps(call),
    SendAutomationSignal: (call: LabCall) => this.automations.signal(call),
  };

  #throttle({ operation, accountId, region }: LabCall): void {
    const { sendCommand, others } = this.#options.rates;
    const rate = operation === 'SendCommand' ? sendCommand : others;
    if (rate === undefined || this.#buckets.take(`${accountId} ${region} ${operation}`, rate)) return;
    throw new LabError('ThrottlingException', 'Rate exceeded');
  }

  override async close(): Promise<void> {
    this.automations.close();
    await this.#commands.close();
  }
}

const realSleep = async (milliseconds: number, signal?: AbortSignal): Promise<void> => {
  await delay(milliseconds, undefined, signal && { signal });
};
