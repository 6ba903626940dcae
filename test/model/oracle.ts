import type { Run } from './audited-world.ts';
import { isRefused, type RunFaults } from './run-faults.ts';
import { type Slug, slugs, type TrueNode, type TrueWorld } from './true-world.ts';

/**
 * What Security Hub must hold after each run, what must have been announced, and how many imports that may have taken: written from docs/findings.md and
 * AWS's documentation, in plain steps over plain maps, and without the program's own code.
 */

type Verdict = 'pass' | 'fail' | 'warn' | 'unknown';

/** What a person did to a finding. */
export interface Analysts {
  readonly workflow: string;
  readonly note?: string;
  readonly severity?: string;
}

/** One finding as Security Hub must hold it. */
interface Held {
  readonly status: 'PASSED' | 'FAILED' | 'WARNING' | 'NOT_AVAILABLE';
  readonly state: 'ACTIVE' | 'ARCHIVED';
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly analysts: Analysts;
  /** Everything that a reader can see of it: another text is a real change. */
  readonly says: string;
  readonly subject: Subject;
  readonly verdict: Verdict;
  /** Whether the last import saw that verdict, or kept it. */
  readonly seen: boolean;
  /** Somebody is to know of a failure that is not over. */
  readonly alarm: boolean;
  /** The last thing to be told, and the run that found it. */
  readonly news?: { readonly kind: 'opened' | 'resolved'; readonly at: number };
  /** When Security Hub last changed it in any way: it deletes by that. */
  readonly touchedAt: number;
}

interface Subject {
  readonly cluster: string;
  readonly slug: Slug;
  readonly scope: TrueWorld['scope'];
  /** The last part of the Id. */
  readonly name: string;
}

/** What is to be said about one subject after a run. */
interface Wanted {
  readonly subject: Subject;
  readonly verdict: Verdict;
  readonly seen: boolean;
  readonly waived: boolean;
  readonly says: string;
  /** The nodes that are named even when nothing is said of them: of a finding about one node that node. */
  readonly shown: string;
}

/** The verdict that was seen last, and how many runs in a row could not see it since. */
interface Last {
  readonly verdict: Exclude<Verdict, 'unknown'>;
  readonly unread: number;
  readonly since: number;
  readonly run: string;
}

/** What is remembered of a cluster from one run to the next. */
interface Memory {
  readonly at: number;
  readonly last: ReadonlyMap<string, Last>;
}

/** One node under one control. */
interface Judged {
  readonly shown: string;
  readonly why: string;
  readonly verdict: Verdict;
  /** `until DATE`, `expired DATE`, or empty. */
  readonly waiver: string;
}

const day = 24 * 60 * 60 * 1000;
const patience = 3;

export class Oracle {
  readonly #world: TrueWorld;
  readonly #held = new Map<string, Held>();
  readonly #memories = new Map<string, Memory>();
  /** `RUN opened ID`: what must have arrived, once or more often. */
  readonly announced = new Set<string>();
  /** Of the last run: what Security Hub took, and what it refused. */
  imports = { taken: 0, refused: 0 };
  /** Findings that Security Hub has deleted since somebody asked. */
  #forgotten: string[] = [];
  #run: Run = { id: '', startedAt: new Date(0), clusters: [] };
  #faults: RunFaults | undefined;
  /** The run's one time. */
  #now = 0;

  constructor(world: TrueWorld) {
    this.#world = world;
  }

  get findings(): ReadonlyMap<string, Held> {
    this.#expire();
    return this.#held;
  }

  takeForgotten(): readonly string[] {
    const forgotten = this.#forgotten;
    this.#forgotten = [];
    return forgotten;
  }

  analyse(id: string, change: Partial<Analysts>): void {
    const held = this.#held.get(id);
    if (held) this.#held.set(id, { ...held, analysts: { ...held.analysts, ...change }, touchedAt: this.#world.now });
  }

  /** A run does the items that have no final answer yet: clusters by name, and the Region. */
  run(run: Run, faults: RunFaults, isFinal: (item: string | undefined) => boolean): void {
    this.#begin(run, faults);

    for (const cluster of run.clusters) if (!isFinal(cluster)) this.#cluster(cluster, faults);
    if (!isFinal(undefined)) this.#region(faults);
  }

  /** A person's `audit --publish`: nobody remembers anything, so nothing is held back, nothing but clusters is archived, and nobody is told. */
  terminal(run: Run, faults: RunFaults): void {
    this.#begin(run, faults);
    if (faults.hub === 'off' || faults.hub === 'unreadable') return;

    for (const cluster of run.clusters) {
      if (!this.#world.clusters.has(cluster) || faults.describe) continue;
      for (const [id, found] of this.#wanted(cluster, faults)) this.#write(id, found, []);
    }
    if (faults.clusterList) return;
    for (const [id, held] of this.#gone()) if (held.state === 'ACTIVE') this.#archive(id, held);
  }

  #begin(run: Run, faults: RunFaults): void {
    this.#expire();
    this.#run = run;
    this.#now = run.startedAt.getTime();
    this.#faults = faults;
    this.imports = { taken: 0, refused: 0 };
    if (faults.hub === 'off') this.#forget(() => true);
  }

  #cluster(cluster: string, faults: RunFaults): void {
    const isThere = this.#world.clusters.has(cluster);
    if (!isThere || faults.describe) return;

    const memory = this.#memoryOf(cluster);
    if (faults.hub === 'off' || faults.hub === 'unreadable') {
      this.#memories.set(cluster, { ...memory, last: this.#seenInVain(cluster, { memory, faults }) });
      return;
    }
    this.#timeAfter([memory]);
    const last = new Map<string, Last>();
    const dealtWith: string[] = [];

    const wanted = this.#wanted(cluster, faults);
    for (const [id, found] of wanted) {
      const isTaken = this.#write(id, this.#withPatience(id, found, { memory, last }), dealtWith);
      if (!isTaken && found.verdict !== 'unknown')
        last.set(id, { verdict: found.verdict, unread: 0, since: 0, run: this.#run.id });
    }

    const isWhole = !faults.nodeList && !faults.machines;
    for (const [id, held] of this.#held) {
      const { subject, state } = held;
      if (subject.cluster !== cluster || wanted.has(id)) continue;
      const isTerminated =
        subject.scope === 'node' && !faults.machines && this.#world.terminated.get(cluster)?.has(subject.name);

      if (isWhole || isTerminated) {
        if (state === 'ARCHIVED' || this.#archive(id, held) || stands(held, false)) dealtWith.push(id);
        continue;
      }
      const isExpected = subject.scope === this.#world.scope && this.#world.controls.includes(subject.slug);
      const count = state === 'ACTIVE' && isExpected ? this.#count(id, { memory, last }) : undefined;
      if (!count || count.unread <= patience) {
        // What is left alone may still have to be told.
        dealtWith.push(id);
        continue;
      }
      const says = `nobody could list its nodes since ${count.since}`;
      this.#write(id, { subject, verdict: 'unknown', seen: false, waived: false, says, shown: '' }, dealtWith);
    }

    // What could not be announced is remembered by nobody: the next run announces it.
    if (this.#announce(dealtWith, () => memory.at)) this.#memories.set(cluster, { at: this.#now, last });
  }

  /** What was seen while nothing could be sent counts the next time. */
  #seenInVain(
    cluster: string,
    { memory, faults }: { readonly memory: Memory; readonly faults: RunFaults },
  ): Memory['last'] {
    const seen = [...this.#wanted(cluster, faults)].flatMap(([id, { verdict }]): [string, Last][] =>
      verdict === 'unknown' ? [] : [[id, { verdict, unread: 0, since: 0, run: this.#run.id }]],
    );
    return new Map([...memory.last, ...seen]);
  }

  #region(faults: RunFaults): void {
    if (faults.clusterList || faults.hub === 'off' || faults.hub === 'unreadable') return;

    const known = this.#gone();
    this.#timeAfter(known.map(([, { subject }]) => this.#memoryOf(subject.cluster)));
    // What is archived and told is over: nothing is remembered of it anew.
    const gone = known.filter(
      ([, { state, news, subject }]) => state === 'ACTIVE' || this.#isToTell(news, this.#memoryOf(subject.cluster).at),
    );
    const dealtWith = gone.filter(
      ([id, held]) => held.state === 'ARCHIVED' || this.#archive(id, held) || stands(held, false),
    );
    const told = this.#announce(
      dealtWith.map(([id]) => id),
      (cluster) => this.#memoryOf(cluster).at,
    );
    if (told)
      for (const [, { subject }] of gone) this.#memories.set(subject.cluster, { at: this.#now, last: new Map() });
  }

  /** What is about clusters that are gone, unless it is archived and nobody was ever told anything of it. */
  #gone(): readonly [string, Held][] {
    return [...this.#held].filter(
      ([, { subject, state, news }]) => !this.#world.clusters.has(subject.cluster) && (state === 'ACTIVE' || news),
    );
  }

  /** What began before the first run is no news; what that run sees is, until it is told. */
  #memoryOf(cluster: string): Memory {
    const memory = this.#memories.get(cluster) ?? { at: this.#run.startedAt.getTime() - 1, last: new Map() };
    this.#memories.set(cluster, memory);
    return memory;
  }

  /** Each subject × control with a node in sight. */
  #wanted(cluster: string, faults: RunFaults): ReadonlyMap<string, Wanted> {
    const { scope, controls } = this.#world;
    const nodes = faults.nodeList && faults.machines ? [] : this.#world.nodes(cluster);

    return new Map(
      controls.flatMap((slug) =>
        [...Map.groupBy(nodes, (node) => nameIn(scope, node))].map(([name, members]): [string, Wanted] => {
          const judged = members.map((node) => this.#judge(slug, node, { faults, index: nodes.indexOf(node) }));
          const subject = { cluster, slug, scope, name };
          return [idOf(subject), rolledUp(subject, judged)];
        }),
      ),
    );
  }

  #judge(slug: Slug, node: TrueNode, { faults, index }: { faults: RunFaults; index: number }): Judged {
    const isRead = !faults.nodeList && index < (faults.deadlineAfter ?? Number.POSITIVE_INFINITY);
    // How a node is called depends on who told of it.
    const by = `${faults.nodeList ? 'instance' : 'name'}, ${faults.machines ? 'unconfirmed' : 'confirmed'}`;
    return {
      shown: `${node.id} by ${by}`,
      why: faults.nodeList ? 'no name' : isRead ? node.kubelet : 'late',
      verdict: isRead ? verdicts[node.kubelet][slug] : 'unknown',
      waiver: this.#waiver(slug, node.group),
    };
  }

  #waiver(slug: Slug, group: string): string {
    const waiver = this.#world.waivers.get(slug);
    if (!waiver || (waiver.group !== '*' && waiver.group !== group)) return '';
    return `${this.#run.startedAt.getTime() < Date.parse(waiver.expires) + day ? 'until' : 'expired'} ${waiver.expires}`;
  }

  /** What could not be read keeps what was proved, for three runs. A waiver may come and go meanwhile; it must be one of all nodes. */
  #withPatience(id: string, found: Wanted, before: { memory: Memory; last: Map<string, Last> }): Wanted {
    if (found.verdict !== 'unknown') return found;
    const count = this.#count(id, before);
    if (!count || count.unread > patience || count.verdict === 'warn') return found;

    const { scope, slug, cluster, name } = found.subject;
    const nodes = this.#world.nodes(cluster).filter((node) => nameIn(scope, node) === name);
    const waivers = count.verdict === 'fail' ? nodes.map(({ group }) => this.#waiver(slug, group)) : [''];
    const waived = waivers.every((each) => each.startsWith('until'));
    const waiver = waived ? waivers[0] : waivers.find((each) => each.startsWith('expired'));
    const says = `${count.verdict}, unreadable since ${count.since} ${waiver ?? ''} ${found.shown}`;
    return { ...found, verdict: count.verdict, seen: false, waived, says };
  }

  /** One more run that could not read it; `undefined` when nothing was ever seen. */
  #count(id: string, { memory, last }: { memory: Memory; last: Map<string, Last> }): Last | undefined {
    const held = this.#held.get(id);
    const remembered = memory.last.get(id);
    const shown =
      held?.state === 'ACTIVE' && held.verdict !== 'unknown' ? { verdict: held.verdict, unread: 0 } : undefined;
    // A run whose events nobody took has written its findings, and remembers nothing.
    const isNewer = held?.seen && held.updatedAt > memory.at + 1000;
    const before = isNewer ? (shown ?? remembered) : (remembered ?? shown);
    if (!before) return undefined;

    const { id: run } = this.#run;
    const first = { verdict: before.verdict, unread: 1, since: this.#now, run };
    const isFirst = !('run' in before) || before.unread === 0;
    const count = isFirst ? first : { ...before, unread: before.unread + (before.run === run ? 0 : 1), run };
    last.set(id, count);
    return count;
  }

  /** Whether Security Hub took it, or had nothing to take. */
  #write(id: string, { subject, verdict, seen, waived, says }: Wanted, dealtWith: string[]): boolean {
    const before = this.#held.get(id);
    const status = waived ? 'WARNING' : statuses[verdict];
    const isAlarm = verdict === 'unknown' ? isOpen(before) : verdict !== 'pass' && !waived;
    const isDue = before !== undefined && this.#now - before.updatedAt >= 30 * day;
    const isSame = before?.state === 'ACTIVE' && before.says === says && !isDue;

    const isTaken = isSame || this.#takes(id);
    if (isTaken || stands(before, isAlarm)) dealtWith.push(id);
    if (isSame || !isTaken) return isTaken;

    this.#held.set(id, {
      subject,
      verdict,
      seen,
      says,
      status,
      state: 'ACTIVE',
      alarm: isAlarm,
      ...this.#news(before, isAlarm),
      createdAt: before?.createdAt ?? this.#now,
      updatedAt: this.#later(before),
      touchedAt: this.#world.now,
      analysts: afterImport(before, status),
    });
    return true;
  }

  #archive(id: string, held: Held): boolean {
    if (!this.#takes(id)) return false;
    this.#held.set(id, {
      ...held,
      state: 'ARCHIVED',
      says: 'gone',
      alarm: false,
      ...this.#news(held, false),
      updatedAt: this.#later(held),
      touchedAt: this.#world.now,
    });
    return true;
  }

  #news(before: Held | undefined, isAlarm: boolean): Pick<Held, 'news'> {
    if (isOpen(before) !== isAlarm) return { news: { kind: isAlarm ? 'opened' : 'resolved', at: this.#now } };
    return before?.news ? { news: before.news } : {};
  }

  /** Whether there was nothing to say, or the bus took it. */
  #announce(ids: readonly string[], rememberedAt: (cluster: string) => number): boolean {
    const news = ids.flatMap((id) => {
      const held = this.#held.get(id);
      return held?.news && this.#isToTell(held.news, rememberedAt(held.subject.cluster))
        ? [`${this.#run.id} ${held.news.kind} ${id}`]
        : [];
    });
    if (news.length > 0 && this.#faults?.bus) return false;
    for (const each of news) this.announced.add(each);
    return true;
  }

  /** Found by this run, or left by those since the remembered one; what somebody published while this run was going is for the next one to tell. */
  #isToTell(news: Held['news'], rememberedAt: number): boolean {
    return news !== undefined && (news.at === this.#now || (news.at < this.#now && news.at > rememberedAt));
  }

  #takes(id: string): boolean {
    if (!this.#faults || this.#faults.hub === 'unwritable') return false;
    const refused = isRefused(id, this.#faults);
    const { imports } = this;
    this.imports = refused ? { ...imports, refused: imports.refused + 1 } : { ...imports, taken: imports.taken + 1 };
    return !refused;
  }

  /** Security Hub ignores what is not later than what it holds. */
  #later(before: Held | undefined): number {
    return before && before.updatedAt >= this.#now ? before.updatedAt + 1 : this.#now;
  }

  /** An older run that is done again comes after what younger ones have told. */
  #timeAfter(memories: readonly Memory[]): void {
    const startedAt = this.#run.startedAt.getTime();
    const told = Math.max(...memories.map(({ at }) => at));
    this.#now = told > startedAt ? told + 1 : startedAt;
  }

  /** AWS: active findings are deleted 90 days after their last update, archived ones after 30. */
  #expire(): void {
    this.#forget(({ state, touchedAt }) => this.#world.now - touchedAt > (state === 'ACTIVE' ? 90 : 30) * day);
  }

  #forget(isOld: (held: Held) => boolean): void {
    for (const [id, held] of this.#held)
      if (isOld(held)) {
        this.#held.delete(id);
        this.#forgotten.push(id);
      }
  }
}

/** What is not taken may have been news before: that is told then. */
const stands = (held: Held | undefined, isAlarm: boolean): boolean => isOpen(held) === isAlarm;

const isOpen = (held: Held | undefined): boolean => held?.state === 'ACTIVE' && held.alarm;

/** The worst of a subject's nodes; who fails, is suspect or unread is named, who passes is counted at most. */
function rolledUp(subject: Subject, judged: readonly Judged[]): Wanted {
  const order = ['fail', 'warn', 'waived', 'unknown', 'pass'];
  const isWaived = ({ verdict, waiver }: Judged) =>
    (verdict === 'fail' || verdict === 'warn') && waiver.startsWith('until');
  const rank = (each: Judged) => order.indexOf(isWaived(each) ? 'waived' : each.verdict);
  const [worst] = judged
    .toSorted((one, other) => (one.shown < other.shown ? -1 : 1))
    .toSorted((one, other) => rank(one) - rank(other));
  if (!worst) throw new Error('a subject without a node');

  const named = subject.scope === 'node' ? judged : judged.filter(({ verdict }) => verdict !== 'pass');
  const passed = worst.verdict === 'pass' ? 'all' : judged.filter(({ verdict }) => verdict === 'pass').length;
  const words = named.map(({ shown, why, verdict, waiver }) => {
    const isSaid = verdict === 'fail' || (verdict === 'warn' && waiver.startsWith('until'));
    return verdict === 'pass' ? shown : [shown, why, verdict, isSaid && waiver];
  });
  const says = JSON.stringify([worst.verdict, passed, words.map(String).toSorted()]);
  return {
    subject,
    verdict: worst.verdict,
    seen: worst.verdict !== 'unknown',
    waived: isWaived(worst),
    says,
    shown: subject.scope === 'node' ? worst.shown : '',
  };
}

const verdicts: Readonly<Record<TrueNode['kubelet'], Readonly<Record<Slug, Verdict>>>> = {
  good: { [slugs.ca]: 'pass', [slugs.port]: 'pass' },
  'no-ca': { [slugs.ca]: 'fail', [slugs.port]: 'pass' },
  'open-port': { [slugs.ca]: 'pass', [slugs.port]: 'fail' },
  // The usual answer of a kubelet without a client CA; it says nothing of its port.
  refuses: { [slugs.ca]: 'warn', [slugs.port]: 'unknown' },
  silent: { [slugs.ca]: 'unknown', [slugs.port]: 'unknown' },
};

const statuses = { pass: 'PASSED', fail: 'FAILED', warn: 'WARNING', unknown: 'NOT_AVAILABLE' } as const;

const nameIn = (scope: Subject['scope'], { id, group }: TrueNode): string =>
  ({ 'node-group': group, node: id, cluster: '' })[scope];

function idOf({ cluster, slug, scope, name }: Subject): string {
  const part = { 'node-group': `node-group/managed/${name}`, node: `node/${name}`, cluster: 'cluster' }[scope];
  return `eks-kubelet-audit/${slug}/arn:aws:eks:eu-west-1:111122223333:cluster/${cluster}/${part}`;
}

/** AWS: NOTIFIED and RESOLVED go back to NEW when a finding comes back from the archive, or no longer passes. */
function afterImport(before: Held | undefined, status: Held['status']): Analysts {
  if (!before) return { workflow: 'NEW' };
  const returns = before.state === 'ARCHIVED' || (before.status === 'PASSED' && status !== 'PASSED');
  const isReset = returns && ['NOTIFIED', 'RESOLVED'].includes(before.analysts.workflow);
  return { ...before.analysts, ...(isReset && { workflow: 'NEW' }) };
}
