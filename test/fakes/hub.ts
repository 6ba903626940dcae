import { eventTypes } from '../../lambda/contract/events.ts';
import type { Manifest } from '../../lambda/core/model/manifest.ts';
import { OperatorError } from '../../lambda/core/model/operator-error.ts';
import type { ReportedAudit } from '../../lambda/core/model/reported-audit.ts';
import type { KeptRun, LastRun } from '../../lambda/core/report/history/last-run.ts';
import type { ItemAnswer } from '../../lambda/core/run/answer.ts';
import type { Discovery } from '../../lambda/core/run/discovery.ts';
import { itemName, type RunItem } from '../../lambda/core/run/item.ts';
import { isListed, isToList, type ListedTime, settledUntil } from '../../lambda/core/run/signed/census-list.ts';
import { hashOf } from '../../lambda/core/run/signed/run-statement.ts';
import type { StandingGaps } from '../../lambda/core/run/standing-gaps.ts';
import type { SweepState } from '../../lambda/core/run/sweep.ts';
import type { RunSummary } from '../../lambda/core/run/tally.ts';
import type {
  AuditParts,
  EventBus,
  HeldLock,
  HubPorts,
  KeptList,
  LockOfRun,
  Metrics,
  RunChecksums,
  RunLock,
  RunReport,
  RunStore,
  Runs,
} from '../../lambda/flow/run/ports.ts';
import type { FakeOrganization } from './organization.ts';
import { type FakeFindings, FakeMemory, fakePorts } from './ports.ts';

const historyKey = ({ runId, startedAt }: KeptRun): string => `history/${startedAt.slice(0, 10)}/${runId}`;

/** The bucket of the hub as a map of texts, as S3 keeps them. */
class FakeRunStore implements RunStore {
  readonly objects = new Map<string, string>();
  /** Every key that was written, in order. */
  readonly written: string[] = [];
  /** What sweeps left for the next one, where that is not reported yet. */
  settled: SweepState | undefined;
  /** Keys that cannot be written. */
  readonly broken = new Set<string>();

  discovery = async (runId: string): Promise<Discovery | undefined> => this.#read(`${runId}/discovery`);

  async putDiscovery(discovery: Discovery): Promise<void> {
    this.#write(`${discovery.runId}/discovery`, JSON.stringify(discovery));
  }

  answer = async (runId: string, item: RunItem): Promise<ItemAnswer | undefined> =>
    this.#read(`${runId}/answers/${itemName(item)}`);

  async putAnswer(runId: string, answer: ItemAnswer): Promise<void> {
    this.#write(`${runId}/answers/${itemName(answer.item)}`, JSON.stringify(answer));
  }

  async *histories(since: string): AsyncGenerator<string> {
    for (const [key, text] of this.objects) {
      const [, day = ''] = /^history\/([^/]+)/.exec(key) ?? [];
      if (day >= since && day !== '') yield text;
    }
  }

  async *census(since: string): AsyncGenerator<string> {
    for (const [key, text] of this.objects) {
      const [, day = ''] = /^census\/([^/]+)/.exec(key) ?? [];
      if (day >= since && day !== '') yield text;
    }
  }

  async *answers(runId: string): AsyncGenerator<ItemAnswer> {
    // The last first: no reader may count on an order.
    for (const key of [...this.objects.keys()].toReversed()) {
      const answer = key.startsWith(`${runId}/answers/`) ? this.#read<ItemAnswer>(key) : undefined;
      if (answer) yield answer;
    }
  }

  async result(runId: string, item: RunItem): Promise<ReportedAudit | undefined> {
    const {
      published: _,
      transitions: __,
      ...audit
    } = this.#read<ReportedAudit>(`${runId}/results/${itemName(item)}`) ?? {};
    return 'cluster' in audit ? audit : undefined;
  }

  async putResult(runId: string, item: RunItem, pieces: Iterable<string>): Promise<boolean> {
    return this.#writeOnce(`${runId}/results/${itemName(item)}`, [...pieces].join(''));
  }

  parts(runId: string, item: RunItem): AuditParts {
    const key = (name: string) => `${runId}/parts/${itemName(item)}/${name}`;
    return {
      listed: async () => this.#read(key('listed')),
      addListed: async (listed) => {
        const known = this.#read<KeptList>(key('listed'));
        const { at, nodes } = known ?? { ...listed, nodes: [] };
        const more = listed.nodes.filter((each) => nodes.every((before) => before.key !== each.key));
        if (!known || more.length > 0) this.#write(key('listed'), JSON.stringify({ at, nodes: [...nodes, ...more] }));
      },
      part: async (step) => this.#read(key(`part-${step}`)),
      putPart: async (step, part) => this.#writeOnce(key(`part-${step}`), JSON.stringify(part)),
    };
  }

  async putOcsf(runId: string, item: RunItem, lines: Iterable<string>): Promise<void> {
    this.#writeOnce(`${runId}/ocsf/${itemName(item)}`, [...lines].join(''));
  }

  async putPage(runId: string, item: RunItem, pieces: Iterable<string>): Promise<void> {
    this.#writeOnce(`${runId}/pages/${itemName(item)}`, [...pieces].join(''));
  }

  async putReport(runId: string, { html, latestHtml, markdown, latestMarkdown }: RunReport): Promise<void> {
    this.#write(`${runId}/report.html`, html);
    this.#write(`${runId}/report.md`, markdown);
    this.#write('latest/report.html', latestHtml);
    this.#write('latest/report.md', latestMarkdown);
  }

  async putHistory(
    { runId, startedAt }: { readonly runId: string; readonly startedAt: string },
    lines: Iterable<string>,
  ): Promise<void> {
    this.#writeOnce(historyKey({ runId, startedAt }), [...lines].join(''));
  }

  history = async (run: KeptRun): Promise<string | undefined> => this.objects.get(historyKey(run));

  lastRun = async (): Promise<LastRun | undefined> => this.#read('last-run');

  async putLastRun(last: LastRun): Promise<void> {
    this.#write('last-run', JSON.stringify(last));
  }

  async putSummary(summary: RunSummary): Promise<void> {
    this.#write(`${summary.runId}/summary`, JSON.stringify(summary));
  }

  async putManifest(runId: string, manifest: Manifest): Promise<void> {
    this.#write(`${runId}/manifest`, JSON.stringify(manifest));
  }

  async putChecksums(runId: string): Promise<RunChecksums> {
    const sums = `${runId}/SHA256SUMS`;
    const keys = [...this.objects.keys()].filter((key) => key.startsWith(`${runId}/`) && key !== sums);
    this.#write(sums, keys.toSorted().join('\n'));
    return { sums: hashOf(this.objects.get(sums) ?? ''), summary: hashOf(this.objects.get(`${runId}/summary`) ?? '') };
  }

  async *statementNames(): AsyncGenerator<string> {
    for (const key of this.objects.keys()) if (key.startsWith('statements/')) yield key.slice('statements/'.length);
  }

  sweepsSettledUntil = async (now: Date): Promise<string> =>
    settledUntil(now, { isReported: this.settled === undefined, state: this.settled });

  async putCensusList(run: KeptRun, time: Omit<ListedTime, 'ownHistory'>): Promise<string> {
    const ownHistory = historyKey(run);
    const keys = [...this.objects.keys()].filter((key) => isListed(key) && isToList(key, { ...time, ownHistory }));
    const body = keys.map((key) => `${hashOf(this.objects.get(key) ?? '')}  ${key}\n`).join('');
    this.#writeOnce(`lists/${hashOf(body)}`, body);
    return hashOf(body);
  }

  statement = async (name: string): Promise<string | undefined> => this.objects.get(`statements/${name}`);

  async putStatement(name: string, text: string): Promise<boolean> {
    return this.#writeOnce(`statements/${name}`, text);
  }

  standingGaps = async (): Promise<StandingGaps | undefined> => this.#read('gaps');

  async putStandingGaps(gaps: StandingGaps): Promise<void> {
    this.#write('gaps', JSON.stringify(gaps));
  }

  reportAddress = (runId: string): string => `s3://bucket/runs/${runId}/report.html`;

  pageAddress = (runId: string, item: RunItem): string => `s3://bucket/runs/${runId}/results/${itemName(item)}.html`;

  summaryAddress = (runId: string): string => `s3://bucket/runs/${runId}/summary.json`;

  #read<T>(key: string): T | undefined {
    const text = this.objects.get(key);
    return text === undefined ? undefined : JSON.parse(text);
  }

  #writeOnce(key: string, text: string): boolean {
    if (this.objects.has(key)) return false;
    this.#write(key, text);
    return true;
  }

  #write(key: string, text: string): void {
    if (this.broken.has(key)) throw new OperatorError('bucket-forbidden', `'${key}' cannot be written`);
    this.written.push(key);
    this.objects.set(key, text);
  }
}

/** A bus that keeps what it was given; `broken` for one that takes nothing. */
class FakeBus implements EventBus {
  /** What programs get: one event for each finding and gap. */
  readonly events: Parameters<EventBus['put']>[0][number][] = [];
  /** What people get: one event for each cluster. */
  readonly changes: Parameters<EventBus['put']>[0][number][] = [];
  broken = false;

  async put(events: Parameters<EventBus['put']>[0]): Promise<void> {
    if (this.broken) throw new OperatorError('events-rejected', 'the bus took none of the events');
    for (const each of events) (each.type === eventTypes.changed ? this.changes : this.events).push(each);
  }
}

/** Executions by name: how they were started, and which of them still go. */
export class FakeRuns implements Runs {
  readonly started = new Map<string, object>();
  readonly going = new Set<string>();

  running = async (): Promise<string | undefined> => [...this.going][0];

  arnOf = (name: string): string => `arn:aws:states:eu-west-1:111122223333:execution:EksKubeletAudit:${name}`;

  state = async (name: string): Promise<'running' | 'ended' | 'absent'> => {
    if (this.going.has(name)) return 'running';
    return this.started.has(name) ? 'ended' : 'absent';
  };

  async start(name: string, input: object): Promise<'started' | 'already'> {
    if (this.started.has(name)) return 'already';
    this.started.set(name, input);
    this.going.add(name);
    return 'started';
  }
}

/** The lock of runs, in memory. */
export class FakeLock implements RunLock {
  held: HeldLock | undefined;
  #writes = 0;

  read = async (): Promise<HeldLock | undefined> => this.held;

  async take(lock: LockOfRun, held?: HeldLock): Promise<boolean> {
    if (this.held?.tag !== held?.tag) return false;
    this.#writes += 1;
    this.held = { ...lock, tag: `"${this.#writes}"` };
    return true;
  }
}

/** All that a run touches, over one fake organization. */
export interface FakeHub extends HubPorts {
  readonly organization: FakeOrganization;
  readonly findings: FakeFindings;
  readonly runs: FakeRunStore;
  readonly events: FakeBus;
  readonly metrics: Metrics & { readonly published: readonly Parameters<Metrics['publish']>[] };
  readonly memory: FakeMemory;
}

export function fakeHub(organization: FakeOrganization, given: Parameters<typeof fakePorts>[0] = {}): FakeHub {
  const published: Parameters<Metrics['publish']>[] = [];
  const metrics = { published, publish: (...call: Parameters<Metrics['publish']>) => void published.push(call) };
  return {
    ...fakePorts(given),
    organization,
    accounts: organization,
    regions: organization,
    regionalClusters: organization,
    runs: new FakeRunStore(),
    events: new FakeBus(),
    metrics,
    lastSweep: async () => undefined,
    memory: new FakeMemory(),
  };
}
