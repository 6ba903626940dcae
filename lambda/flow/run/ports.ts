import type { Manifest } from '../../core/model/manifest.ts';
import type { ClusterNode, Problem } from '../../core/model/model.ts';
import type { ReportedAudit } from '../../core/model/reported-audit.ts';
import type { SharedParts } from '../../core/model/shared-parts.ts';
import type { KeptRun, LastRun } from '../../core/report/history/last-run.ts';
import type { ItemAnswer } from '../../core/run/answer.ts';
import type { Discovery } from '../../core/run/discovery.ts';
import type { RunItem } from '../../core/run/item.ts';
import type { ListedTime } from '../../core/run/signed/census-list.ts';
import type { SigningKey } from '../../core/run/signed/signed-bundle.ts';
import type { StandingGaps } from '../../core/run/standing-gaps.ts';
import type { RunSummary } from '../../core/run/tally.ts';
import type { ReadCluster } from '../audit/audit-cluster.ts';
import type { AuditPorts } from '../audit/ports.ts';
import type { AccountDirectory, Clock, Log, RegionalClusters, RegionDirectory } from '../ports.ts';

/**
 * What a run stores and reads again, by its id; backed by S3. A cluster's result, page and OCSF are written once: the first version is kept. Throws
 * `OperatorError` when the store cannot be used, since a run is useless without it.
 */
export interface RunStore {
  discovery(runId: string): Promise<Discovery | undefined>;
  /** The items first, as JSON Lines; then the rest, which makes it valid. */
  putDiscovery(discovery: Discovery): Promise<void>;
  answer(runId: string, item: RunItem): Promise<ItemAnswer | undefined>;
  putAnswer(runId: string, answer: ItemAnswer): Promise<void>;
  /** Every answer of the run, in no order. */
  answers(runId: string, refused?: (problem: Problem) => void): AsyncIterable<ItemAnswer>;
  /** The full result of one cluster, without what became of its findings; `undefined` when this run has left none. */
  result(runId: string, item: RunItem): Promise<ReportedAudit | undefined>;
  /** The full result of one cluster, piece by piece; `false` when there is one, which stays as it is. */
  putResult(runId: string, item: RunItem, pieces: Iterable<string>): Promise<boolean>;
  /** What the steps of one cluster's audit leave for the next one, where one step was not enough. */
  parts(runId: string, item: RunItem): AuditParts;
  putOcsf(runId: string, item: RunItem, lines: Iterable<string>): Promise<unknown>;
  putPage(runId: string, item: RunItem, pieces: Iterable<string>): Promise<unknown>;
  /** The run's own report, for people, and the same with the links that it has as the last run's report. */
  putReport(runId: string, report: RunReport): Promise<void>;
  /** One line for each cluster, kept permanently. It is written once; an existing line is kept. */
  putHistory(run: { readonly runId: string; readonly startedAt: string }, lines: Iterable<string>): Promise<unknown>;
  /** The lines that a run kept; `undefined` when it kept none. */
  history(run: KeptRun): Promise<string | undefined>;
  /** The lines of each kept run from a day on, in the order of their days. */
  histories(since: string): AsyncIterable<string>;
  /** The census of each sweep that left one, from a day on (`2026-01-31`), in their order. */
  census(since: string): AsyncIterable<string>;
  /** Which run was summed up last; `undefined` before the first. */
  lastRun(): Promise<LastRun | undefined>;
  putLastRun(last: LastRun): Promise<void>;
  putSummary(summary: RunSummary): Promise<void>;
  putManifest(runId: string, manifest: Manifest): Promise<void>;
  /** SHA-256 of every object that the run has left, itself left out: written last, but for a statement. */
  putChecksums(runId: string): Promise<RunChecksums>;
  /** The name of every object below `statements/`, in no order. */
  statementNames(): AsyncIterable<string>;
  /** Until when sweeps have written all that they ever will. */
  sweepsSettledUntil(now: Date): Promise<string>;
  /** Writes the list of what sweeps and runs have left to be kept, between two times; its SHA-256. */
  putCensusList(run: KeptRun, time: Omit<ListedTime, 'ownHistory'>): Promise<string>;
  /** The text of a statement; `undefined` when there is none of that name. */
  statement(name: string): Promise<string | undefined>;
  /** `false` when there is one of that name, which stays as it is. */
  putStatement(name: string, text: string): Promise<boolean>;
  standingGaps(): Promise<StandingGaps | undefined>;
  putStandingGaps(gaps: StandingGaps): Promise<void>;
  /** Where people find it: `s3://BUCKET/KEY` of the summary. */
  summaryAddress(runId: string): string;
  reportAddress(runId: string): string;
  pageAddress(runId: string, item: RunItem): string;
}

/** SHA-256 of what a statement about a run is about. */
export interface RunChecksums {
  readonly sums: string;
  readonly summary: string;
}

export interface RunSigner {
  /** Throws `OperatorError` where it cannot be used: then the run is not over. */
  key(): Promise<SigningKey>;
  /** The key that signed before, and hands over. Throws as above. */
  keyBefore?(): Promise<SigningKey>;
  /** For how many days the files of a run are kept. */
  readonly keptDays: number;
}
/**
 * What the tries and steps of one cluster's audit leave for the next one. Throws `OperatorError` when the store cannot be used, or what is there is not what
 * a step writes.
 */
export interface AuditParts {
  /** What earlier tries and steps listed; `undefined` before the first. */
  listed(): Promise<KeptList | undefined>;
  /** Adds what this one listed, before it asks any of it. */
  addListed(listed: KeptList): Promise<void>;
  /** What a step read, counted from 1. Facts that are equal are kept once, as they are read. */
  part(step: number, shared: Pick<SharedParts, 'facts'>): Promise<KeptPart | undefined>;
  /** `false` when another invocation was faster, and then what it wrote counts. */
  putPart(step: number, part: KeptPart): Promise<boolean>;
}

export interface KeptList {
  /** When the first of them listed the nodes. */
  readonly at: string;
  readonly nodes: readonly Pick<ClusterNode, 'key' | 'group'>[];
}

export type KeptPart = Pick<ReadCluster, 'read' | 'notes'>;

/** For people: a page and Markdown, each in a version for the run and one for `latest/`. */
export type RunReport = Readonly<Record<'html' | 'latestHtml' | 'markdown' | 'latestMarkdown', string>>;

export interface Runs {
  /** The name of one that is still going. */
  running(): Promise<string | undefined>;
  /** The state of an execution by its name; `absent` when there is none. Unlike the list this is never out of date. */
  state(name: string): Promise<'running' | 'ended' | 'absent'>;
  /** The ARN that an execution of that name has, or would have. */
  arnOf(name: string): string;
  /** `already` when an execution of that name was started before. */
  start(name: string, input: object): Promise<'started' | 'already'>;
}

/** The holder of the lock that allows one run at a time. */
export interface LockOfRun {
  readonly executionArn: string;
  readonly takenAt: Date;
  /** When the state machine has ended that run itself. */
  readonly deadline: Date;
}

export interface HeldLock extends LockOfRun {
  /** Distinguishes this state of the lock from every later one. */
  readonly tag: string;
}

export interface StartPorts {
  readonly executions: Runs;
  readonly lock: RunLock;
  readonly clock: Clock;
  readonly log: Log;
}

/** The lock of runs. If several take it in the same state, one succeeds. */
export interface RunLock {
  read(): Promise<HeldLock | undefined>;
  /** Free, or, with `held`, from that very state; `false` when it is not so any more. */
  take(lock: LockOfRun, held?: HeldLock): Promise<boolean>;
}

/** Events on the bus, in the order given; throws `OperatorError` for those that the bus did not take. */
export interface EventBus {
  put(events: readonly { readonly type: string; readonly detail: object; readonly time: Date }[]): Promise<void>;
}

/** Metrics of a run: few names, no dimension of high cardinality. */
export interface Metrics {
  publish(values: Readonly<Record<string, number>>, about: Readonly<Record<string, string>>): void;
}

/** What a run over accounts and Regions touches beside the audit of one cluster. */
export interface RunPorts extends AuditPorts {
  readonly accounts: AccountDirectory;
  readonly regions: RegionDirectory;
  readonly regionalClusters: RegionalClusters;
}

export interface HubPorts extends RunPorts {
  readonly runs: RunStore;
  readonly events: EventBus;
  readonly metrics: Metrics;
  /** The time of the last sweep; absent where there are none. */
  readonly lastSweep?: () => Promise<string | undefined>;
  /** Absent where runs are not signed. */
  readonly signing?: RunSigner;
}
