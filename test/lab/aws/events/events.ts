import { randomUUID } from 'node:crypto';
import { isRecord } from '../../wire/is-record.ts';
import { jsonOf } from '../../wire/json-of.ts';
import { type LabCall, LabError, LabService } from '../../wire/service.ts';
import { regionalArn } from '../partition.ts';
import { Places } from '../places.ts';
import { Deliveries } from './deliveries.ts';

export interface LabEvent {
  readonly version: '0';
  readonly id: string;
  readonly 'detail-type': string;
  readonly source: string;
  readonly account: string;
  /** In whole seconds, as EventBridge writes it. */
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: Readonly<Record<string, unknown>>;
}

export type PutEntry = Readonly<Record<string, unknown>>;

/** EventBridge: the default bus of every account and Region. Events of AWS services arrive by `emit`. */
export class EventsService extends LabService {
  readonly name = 'events';
  /** What the rules deliver of every event that arrives on a default bus. */
  readonly deliveries = new Deliveries();
  readonly #clock: () => number;
  readonly #buses = new Places((): LabEvent[] => []);
  #failure: (entry: PutEntry) => string | undefined = () => undefined;

  constructor({ clock = Date.now }: { readonly clock?: () => number } = {}) {
    super();
    this.#clock = clock;
  }

  events(accountId: string, region: string): readonly LabEvent[] {
    return this.#buses.of({ accountId, region });
  }

  /** Has PutEvents fail entries with the error code that this answers (`ThrottlingException`, `InternalFailure`); the others arrive. */
  failEntries(failure: (entry: PutEntry) => string | undefined): void {
    this.#failure = failure;
  }

  emit(event: Pick<LabEvent, 'account' | 'region' | 'source' | 'detail-type' | 'resources' | 'detail'>): void {
    this.#arrive({ version: '0', id: randomUUID(), time: wholeSeconds(this.#clock()), ...event });
  }

  readonly operations = {
    PutEvents: (call: LabCall) => {
      if (call.input['EndpointId'] !== undefined)
        throw new LabError('NotImplemented', "the lab's events has no global endpoints", 501);
      const entries = entriesOf(call.input);
      if (entries.reduce((sum, entry) => sum + sizeOf(entry), 0) > 256 * 1024)
        throw new LabError('ValidationException', 'Total size of the entries in the request is over the limit.');
      const results = entries.map((entry) => this.#put(entry, call));
      return { FailedEntryCount: results.filter((result) => 'ErrorCode' in result).length, Entries: results };
    },
  };

  #put(entry: PutEntry, { accountId, region }: LabCall): Result {
    const fault = faultOf(entry, regionalArn('events', { accountId, region }, 'event-bus/default'));
    if (fault !== undefined) return fault;
    const planned = this.#failure(entry);
    if (planned !== undefined) return { ErrorCode: planned, ErrorMessage: `planned fault ${planned}` };

    const id = randomUUID();
    this.#arrive({
      version: '0',
      id,
      'detail-type': String(entry['DetailType']),
      source: String(entry['Source']),
      account: accountId,
      time: wholeSeconds(entry['Time'] === undefined ? this.#clock() : Number(entry['Time']) * 1000),
      region,
      resources: Array.isArray(entry['Resources']) ? entry['Resources'].map(String) : [],
      detail: detailOf(entry) ?? {},
    });
    return { EventId: id };
  }

  #arrive(event: LabEvent): void {
    this.#buses.of({ accountId: event.account, region: event.region }).push(event);
    this.deliveries.deliver(event);
  }
}

type Result = { readonly EventId: string } | { readonly ErrorCode: string; readonly ErrorMessage: string };

/** Why EventBridge does not take an entry; the others of the call arrive all the same. */
function faultOf(entry: PutEntry, bus: string): Result | undefined {
  const missing = ['Source', 'DetailType', 'Detail'].find((name) => entry[name] === undefined || entry[name] === '');
  if (missing !== undefined)
    return {
      ErrorCode: 'InvalidArgument',
      ErrorMessage: `Parameter ${missing} is not valid. Reason: ${missing} is a required argument.`,
    };
  if (String(entry['Source']).startsWith('aws.'))
    return { ErrorCode: 'NotAuthorizedForSourceException', ErrorMessage: 'Not authorized for the source.' };
  if (detailOf(entry) === undefined) return { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' };
  const { EventBusName: name = 'default' } = entry;
  if (name !== 'default' && name !== bus)
    throw new LabError('NotImplemented', `the lab has no event bus '${String(name)}', only the default one`, 501);
  return undefined;
}

/** Source: EventBridge user guide, "Calculating Amazon EventBridge event entry size". */
const sizeOf = (entry: PutEntry): number =>
  ['Source', 'DetailType', 'Detail'].reduce((sum, name) => sum + Buffer.byteLength(String(entry[name] ?? '')), 0) +
  (entry['Time'] === undefined ? 0 : 14);

function entriesOf(input: LabCall['input']): readonly PutEntry[] {
  const { Entries } = input;
  return Array.isArray(Entries) ? Entries.filter((entry): entry is PutEntry => typeof entry === 'object') : [];
}

function detailOf(entry: PutEntry): Readonly<Record<string, unknown>> | undefined {
  const detail = jsonOf(entry['Detail']);
  return isRecord(detail) ? detail : undefined;
}

const wholeSeconds = (time: number): string => `${new Date(time).toISOString().slice(0, 19)}Z`;
