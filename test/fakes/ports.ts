import type { AsffFinding } from '../../lambda/core/findings/asff/asff.ts';
import { violations } from '../../lambda/core/findings/asff/asff.ts';
import { providedFields } from '../../lambda/core/findings/asff/provided.ts';
import { type Memory, parseMemory } from '../../lambda/core/findings/lifecycle/memory.ts';
import type { ListedNode } from '../../lambda/core/model/listed-node.ts';
import type {
  Cluster,
  ClusterNode,
  Instance,
  KubeletFacts,
  Place,
  Problem,
  ReadFailure,
  SettingFact,
  Via,
} from '../../lambda/core/model/model.ts';
import { OperatorError } from '../../lambda/core/model/operator-error.ts';
import { err, ok, type Result } from '../../lambda/core/model/result.ts';
import { type SettingPath, type SettingValue, settingPaths, settings } from '../../lambda/core/model/settings.ts';
import type { StoredFinding } from '../../lambda/core/model/stored-finding.ts';
import { shortHash } from '../../lambda/core/model/text/words.ts';
import type { KubeletSource, Ports } from '../../lambda/flow/audit/ports.ts';
import type { Clock, FindingStore, Log, MemoryStore, RememberedPlace, StoredMemory } from '../../lambda/flow/ports.ts';
import { noProgress } from '../../lambda/wiring/no-progress.ts';

/** Time that moves only when a test says so. */
export class FakeClock implements Clock {
  #now: number;
  readonly #sleepers: { readonly until: number; readonly wake: () => void }[] = [];

  constructor(start = Date.parse('2026-01-01T00:00:00Z')) {
    this.#now = start;
  }

  now(): Date {
    return new Date(this.#now);
  }

  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#sleepers.push({ until: this.#now + milliseconds, wake: resolve });
      signal?.addEventListener('abort', () => reject(signal.reason));
    });
  }

  /** Lets so much time pass, and wakes those whose time has come. */
  pass(milliseconds: number): void {
    this.#now += milliseconds;
    for (const sleeper of this.#sleepers) if (sleeper.until <= this.#now) sleeper.wake();
  }
}

export const silentLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** A cluster that AWS runs in this place. */
export const clusterIn = ({ partition, region, accountId }: Place, name: string): Cluster => ({
  name,
  arn: {
    arn: `arn:${partition}:eks:${region}:${accountId}:cluster/${name}`,
    partition,
    region,
    accountId,
    name,
  },
  status: 'ACTIVE',
  compute: { autoMode: false, fargate: false, hybrid: false },
});

export const cluster = clusterIn({ partition: 'aws', region: 'eu-west-1', accountId: '111122223333' }, 'prod');

/** A machine that runs. */
export const instanceWith = (more: Partial<Instance> = {}): Instance => ({
  id: 'i-0123456789abcdef0',
  state: 'running',
  platform: 'linux',
  ...more,
});

/** A node of whose machine nothing is known. */
export const clusterNode = (key: string, more: Partial<ClusterNode> = {}): ClusterNode => ({
  key,
  name: key,
  machine: { status: 'none', because: '' },
  kind: 'al2023',
  group: { kind: 'managed', name: 'workers' },
  ...more,
});

/** Where the kubelet's default is not as it should be. */
const compliant: Partial<Record<SettingPath, SettingValue>> = {
  'authentication.x509.clientCAFile': '/ca.crt',
  'featureGates.RotateKubeletServerCertificate': true,
};

/** A kubelet that is as it should be, but for the given settings. */
export function factsOf(via: Via, changed: Partial<Record<SettingPath, SettingFact>> = {}): KubeletFacts {
  const facts = settingPaths.map((path): [SettingPath, SettingFact] => [
    path,
    { state: 'known', value: compliant[path] ?? settings[path].default, origin: { from: 'running' } },
  ]);
  const all = Object.fromEntries(facts) as Record<SettingPath, SettingFact>;
  return { via, settings: { ...all, ...changed }, notes: [] };
}

type Answer = Result<KubeletFacts, ReadFailure>;

/** What a source answers: by node name, or for each node as it comes; several answers are readings one after the other. */
type Answers =
  | Readonly<Record<string, Answer>>
  | ((node: ClusterNode, index: number) => Answer | readonly Answer[] | undefined);

/** A source that gives these answers and keeps the names of the nodes that it was asked about. */
export class FakeSource implements KubeletSource {
  readonly via: Via;
  readonly asked: string[] = [];
  readonly #answers: Answers;

  constructor(via: Via, answers: Answers) {
    this.via = via;
    this.#answers = answers;
  }

  async *read(...[, nodes]: Parameters<KubeletSource['read']>): ReturnType<KubeletSource['read']> {
    let index = -1;
    for await (const node of nodes) {
      index += 1;
      this.asked.push(node.name ?? node.key);
      const answer =
        typeof this.#answers === 'function' ? this.#answers(node, index) : this.#answers[node.name ?? node.key];
      for (const result of [answer ?? []].flat()) yield { node, result };
    }
  }
}

export const failure = (kind: ReadFailure['kind'], because: string, problem?: Problem): Result<never, ReadFailure> =>
  err({ via: 'configz', kind, because, ...(problem && { problem }) });

/** A finding as GetFindings answers it, as far as a provider wrote it, reduced to what the adapter keeps. */
export const asStored = (finding: AsffFinding): StoredFinding => ({
  id: finding.Id,
  createdAt: finding.CreatedAt,
  updatedAt: finding.UpdatedAt,
  ...(finding.FirstObservedAt && { firstObservedAt: finding.FirstObservedAt }),
  ...(finding.LastObservedAt && { lastObservedAt: finding.LastObservedAt }),
  complianceStatus: finding.Compliance.Status,
  recordState: finding.RecordState,
  provided: providedFields(finding),
  productFields: finding.ProductFields,
});

/** Security Hub as a map: an update that is not later is ignored, what is beyond its limits is rejected. */
export class FakeFindings implements FindingStore {
  readonly findings = new Map<string, AsffFinding>();
  /** How many findings each write brought. */
  readonly writes: number[] = [];
  /** What stops every call. */
  problem: Problem | undefined;
  /** What stops every write. */
  writeProblem: Problem | undefined;
  /** Which findings are refused. */
  refuses: (finding: AsffFinding) => boolean = () => false;

  async *stored(...[place, clusterArn]: Parameters<FindingStore['stored']>): ReturnType<FindingStore['stored']> {
    if (this.problem) throw new OperatorError(this.problem.code, this.problem.message);
    for (const each of this.findings.values())
      if (
        each.AwsAccountId === place.accountId &&
        each.Region === place.region &&
        (clusterArn === undefined || each.Resources[0]?.Id === clusterArn)
      )
        yield asStored(each);
  }

  async write(...[, findings]: Parameters<FindingStore['write']>): ReturnType<FindingStore['write']> {
    const problem = this.problem ?? this.writeProblem;
    if (problem) return err(problem);

    this.writes.push(findings.length);
    const refused = findings.filter((each) => violations(each).length > 0 || this.refuses(each));
    for (const each of findings) {
      const before = this.findings.get(each.Id);
      const isLater = !before || Date.parse(each.UpdatedAt) > Date.parse(before.UpdatedAt);
      if (isLater && !refused.includes(each)) this.findings.set(each.Id, each);
    }
    return ok({
      imported: findings.length - refused.length,
      rejected: refused.map(({ Id }) => ({ id: Id, code: 'InvalidInput', message: 'refused' })),
      notSent: [],
    });
  }
}

/** What is remembered of clusters, as text: nothing but JSON comes through. */
export class TextMemory<Value> implements MemoryStore<Value> {
  readonly objects = new Map<string, string>();
  readonly #parse: (value: unknown) => Value | undefined;

  constructor(parse: (value: unknown) => Value | undefined) {
    this.#parse = parse;
  }

  async read(place: Place, cluster: string): Promise<StoredMemory<Value>> {
    const text = this.objects.get(`${place.accountId}/${place.region}/${cluster}`);
    return text === undefined ? {} : { value: this.#parse(JSON.parse(text)), tag: shortHash(text) };
  }

  async *clusters({ accountId, region }: Pick<Place, 'accountId' | 'region'>): AsyncGenerator<string> {
    for await (const each of this.everyCluster())
      if (each.accountId === accountId && each.region === region) yield each.cluster;
  }

  async *everyCluster(): AsyncGenerator<RememberedPlace> {
    for (const key of this.objects.keys()) {
      const [accountId = '', region = '', cluster = ''] = key.split('/');
      yield { accountId, region, cluster };
    }
  }

  async write(place: Place, cluster: string, value: Value, read?: Pick<StoredMemory, 'tag'>): Promise<boolean> {
    const { tag } = await this.read(place, cluster);
    // Tests say what a run before left, whatever is there.
    if (read && read.tag !== tag) return false;
    this.objects.set(`${place.accountId}/${place.region}/${cluster}`, JSON.stringify(value));
    return true;
  }

  async remove(place: Place, cluster: string, read: { readonly tag?: string }): Promise<boolean> {
    if (read.tag !== (await this.read(place, cluster)).tag) return false;
    this.objects.delete(`${place.accountId}/${place.region}/${cluster}`);
    return true;
  }
}

/** What one run leaves for the next. */
export class FakeMemory extends TextMemory<Memory> {
  constructor() {
    super(parseMemory);
  }
}

export const listed = (name: string, rest: Partial<ListedNode> = {}): ListedNode => ({
  name,
  labels: { 'eks.amazonaws.com/nodegroup': 'workers' },
  osImage: 'Amazon Linux 2023',
  ...rest,
});

interface Given {
  readonly nodes?: Result<readonly ListedNode[], Problem>;
  readonly instances?: Result<readonly Instance[], Problem>;
  readonly sources?: readonly KubeletSource[];
  readonly clusters?: readonly Result<Cluster, Problem>[];
  readonly clock?: Clock;
  readonly log?: Log;
}

/** Ports over plain values; what is not given is one cluster without nodes. */
export function fakePorts({
  nodes = ok([]),
  instances,
  sources = [],
  clusters = [ok(cluster)],
  clock = new FakeClock(),
  log = silentLog,
}: Given): Ports & { readonly findings: FakeFindings } {
  return {
    clock,
    log,
    progress: noProgress,
    clusters: {
      async *clusters() {
        yield* clusters;
      },
    },
    nodeList: { nodes: async () => nodes },
    launchDirectories: [],
    instanceDirectories: instances ? [{ instances: async () => instances }] : [],
    kubeletSources: sources,
    findings: new FakeFindings(),
    release: () => undefined,
  };
}
