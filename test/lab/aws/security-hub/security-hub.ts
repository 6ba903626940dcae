import { createHash } from 'node:crypto';
import { pageOf } from '../../wire/pages.ts';
import { type LabCall, LabError, LabService } from '../../wire/service.ts';
import { type Rate, TokenBuckets } from '../../wire/token-buckets.ts';
import { EventsService, type LabEvent } from '../events/events.ts';
import { regionalArn } from '../partition.ts';
import { Places } from '../places.ts';
import { findingFilter } from './security-hub-filters.ts';
import { created, type Fields, type FindingRecord, imported, updatedByCustomer } from './security-hub-record.ts';
import { refusals } from './security-hub-rules.ts';

/** What became of the findings that BatchImportFindings was sent. */
export interface ImportCounts {
  readonly created: number;
  readonly updated: number;
  /** Sent with an UpdatedAt that was no later. */
  readonly ignored: number;
  readonly failed: number;
}

export interface SecurityHubServiceOptions {
  readonly clock?: () => number;
  /** Where `Security Hub Findings - Imported` goes; one of its own when absent. */
  readonly bus?: EventsService;
  readonly rates?: 'real' | 'off';
}

interface Hub {
  readonly enabledAt: string;
  /** By product ARN and finding Id, in the order of arrival. */
  readonly records: Map<string, FindingRecord>;
}

/** One account's Region: the hub while it is on, and what was sent to it so far. */
type Place = { hub?: Hub | undefined; imports: ImportCounts };

/** The rates of the service model, by account, Region and operation. */
const rates: Readonly<Record<string, Rate>> = { GetFindings: { perSecond: 3, burst: 6 } };
const usualRate: Rate = { perSecond: 10, burst: 30 };

const detailType = 'Security Hub Findings - Imported';

const day = 86_400_000;
const retention = { ACTIVE: 90 * day, ARCHIVED: 30 * day };
const mostBytes = 6 * 1000 * 1000;

/** Security Hub CSPM by account and Region. Members that the model does not know are the front door's to refuse. */
export class SecurityHubService extends LabService {
  readonly name = 'securityhub';
  readonly #clock: () => number;
  readonly #rates: TokenBuckets | undefined;
  readonly #bus: EventsService;
  readonly #places = new Places((): Place => ({ imports: noImports }));
  #rejection: (finding: Fields) => string | undefined = () => undefined;

  constructor({ clock = Date.now, bus, rates = 'real' }: SecurityHubServiceOptions = {}) {
    super();
    this.#clock = clock;
    this.#bus = bus ?? new EventsService({ clock });
    this.#rates = rates === 'real' ? new TokenBuckets(clock) : undefined;
  }

  enable(accountId: string, region: string): void {
    const enabledAt = new Date(this.#clock()).toISOString();
    this.#places.of({ accountId, region }).hub ??= { enabledAt, records: new Map() };
  }

  /** Switched off, with all that it held. */
  disable(accountId: string, region: string): void {
    this.#places.of({ accountId, region }).hub = undefined;
  }

  /** Has BatchImportFindings fail single findings with the error code that this answers (`InternalError`, `Throttling`); the others are taken. */
  rejectFindings(rejection: (finding: Fields) => string | undefined): void {
    this.#rejection = rejection;
  }

  importsOf(accountId: string, region: string): ImportCounts {
    return this.#places.of({ accountId, region }).imports;
  }

  /** What a hub holds that has not expired, archived findings too, in the order of arrival. */
  findings(accountId: string, region: string): readonly Fields[] {
    const hub = this.#hub({ accountId, region });
    return hub ? [...hub.records.values()].map(({ finding }) => structuredClone(finding)) : [];
  }

  events(accountId: string, region: string): readonly LabEvent[] {
    return this.#bus.events(accountId, region).filter((event) => event['detail-type'] === detailType);
  }

  override async handle(call: LabCall): Promise<unknown> {
    const { accountId, region, operation } = call;
    if (this.#rates?.take(`${accountId} ${region} ${operation}`, rates[operation] ?? usualRate) === false)
      throw new LabError('TooManyRequestsException', 'Too Many Requests', 429);
    return super.handle(call);
  }

  readonly operations = {
    DescribeHub: (call: LabCall) => ({
      HubArn: regionalArn('securityhub', call, 'hub/default'),
      SubscribedAt: this.#enabled(call).enabledAt,
      AutoEnableControls: true,
      ControlFindingGenerator: 'SECURITY_CONTROL',
    }),
    BatchImportFindings: (call: LabCall) => this.#import(call),
    GetFindings: (call: LabCall) => this.#get(call),
    BatchUpdateFindings: (call: LabCall) => this.#update(call),
  };

  #import(call: LabCall): object {
    const sent = recordsIn(call.input['Findings']);
    if (sent.length < 1 || sent.length > 100) throw invalid('Findings must hold 1 to 100 items');
    if (Buffer.byteLength(JSON.stringify(call.input)) > mostBytes) throw invalid('the request is larger than 6 MB');
    for (const finding of sent) this.#refuseForeign(finding, call);

    const place = this.#places.of(call);
    const hub = this.#hub(call);
    const failed = sent.flatMap((finding) => {
      const result = hub ? this.#importOne(finding, hub, call) : off;
      const became = typeof result === 'string' ? result : 'failed';
      place.imports = { ...place.imports, [became]: place.imports[became] + 1 };
      return typeof result === 'string' ? [] : [{ Id: finding['Id'], ...result }];
    });
    return { FailedCount: failed.length, SuccessCount: sent.length - failed.length, FailedFindings: failed };
  }

  /** A custom product takes findings only from the finding's own account, under that account's default product ARN of the Region. */
  #refuseForeign(finding: Fields, call: LabCall): void {
    const own = regionalArn('securityhub', call, `product/${call.accountId}/default`);
    if (finding['ProductArn'] === own && finding['AwsAccountId'] === call.accountId) return;

    throw new LabError(
      'AccessDeniedException',
      `User: ${call.principalArn} is not authorized to perform: securityhub:BatchImportFindings on resource: ${String(finding['ProductArn'])} for account ${String(finding['AwsAccountId'])}`,
      403,
    );
  }

  #importOne(finding: Fields, hub: Hub, call: LabCall): Failure | 'created' | 'updated' | 'ignored' {
    const [refusal] = refusals(finding);
    if (refusal !== undefined)
      return {
        ErrorCode: 'InvalidInput',
        ErrorMessage: `Finding does not adhere to Amazon Finding Format. ${refusal}`,
      };

    const rejection = this.#rejection(finding);
    if (rejection !== undefined) return { ErrorCode: rejection, ErrorMessage: `planned fault ${rejection}` };

    const key = keyOf(finding);
    const place = { region: call.region, now: this.#clock() };
    const before = hub.records.get(key);
    const record = before ? imported(before, finding, place) : created(finding, place);
    if (record === undefined) return 'ignored';
    this.#keep(hub, key, record, call);
    return before ? 'updated' : 'created';
  }

  #keep(hub: Hub, key: string, record: FindingRecord, { accountId, region }: LabCall): void {
    const { finding } = record;
    hub.records.set(key, record);
    this.#bus.emit({
      'detail-type': detailType,
      source: 'aws.securityhub',
      account: accountId,
      region,
      resources: [`${String(finding['ProductArn'])}/${String(finding['Id'])}`],
      detail: { findings: [finding] },
    });
  }

  #get(call: LabCall): object {
    const hub = this.#enabled(call);
    const { Filters, MaxResults, NextToken } = call.input;

    const matching = [...hub.records.values()].map(({ finding }) => finding).filter(findingFilter(Filters));
    const { page, next } = pageOf(matching, 'NextToken', {
      size: MaxResults,
      token: NextToken,
      usual: 100,
      bounds: [1, 100],
      question: createHash('sha256')
        .update(JSON.stringify([Filters]))
        .digest('hex')
        .slice(0, 16),
      badToken: 'InvalidInputException',
    });
    return { Findings: structuredClone(page), ...next };
  }

  #update(call: LabCall): object {
    const hub = this.#enabled(call);
    const identifiers = recordsIn(call.input['FindingIdentifiers']);
    if (identifiers.length < 1 || identifiers.length > 100)
      throw invalid('FindingIdentifiers must hold 1 to 100 items');

    const { FindingIdentifiers: _, ...changes } = call.input;
    const known = identifiers.filter((each) => hub.records.has(keyOf(each)));
    for (const each of known) {
      const before = hub.records.get(keyOf(each));
      if (before) this.#keep(hub, keyOf(each), updatedByCustomer(before, changes, this.#clock()), call);
    }
    return {
      ProcessedFindings: known,
      UnprocessedFindings: identifiers
        .filter((each) => !known.includes(each))
        .map((each) => ({ FindingIdentifier: each, ErrorCode: 'FindingNotFound', ErrorMessage: 'Finding Not Found' })),
    };
  }

  #enabled(call: LabCall): Hub {
    const hub = this.#hub(call);
    if (hub) return hub;
    throw new LabError(
      'InvalidAccessException',
      `Account ${call.accountId} is not subscribed to AWS Security Hub`,
      401,
    );
  }

  /** The hub without what has expired. */
  #hub(place: Pick<LabCall, 'accountId' | 'region'>): Hub | undefined {
    const { hub } = this.#places.of(place);
    for (const [key, { finding, changedAt }] of hub?.records ?? []) {
      const kept = finding['RecordState'] === 'ARCHIVED' ? retention.ARCHIVED : retention.ACTIVE;
      if (this.#clock() - changedAt > kept) hub?.records.delete(key);
    }
    return hub;
  }
}

type Failure = { readonly ErrorCode: string; readonly ErrorMessage: string };

const noImports: ImportCounts = { created: 0, updated: 0, ignored: 0, failed: 0 };

const off: Failure = { ErrorCode: 'InvalidAccess', ErrorMessage: 'The account is not subscribed to AWS Security Hub' };

const invalid = (message: string): LabError => new LabError('InvalidInputException', message, 400);

const keyOf = (finding: Fields): string => `${String(finding['ProductArn'])}/${String(finding['Id'])}`;

const recordsIn = (value: unknown): readonly Fields[] =>
  Array.isArray(value) ? value.filter((each): each is Fields => typeof each === 'object' && each !== null) : [];
