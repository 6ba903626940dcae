import type { Run } from './audited-world.ts';
import { isRefused, type RunFaults } from './run-faults.ts';
import { type Slug, slugs, type Template, type TrueNode, type TrueWorld } from './true-world.ts';

/**
 * What Security Hub must hold after each run, what must have been announced, and how many imports that may have taken. Written from docs/findings.md
 * and AWS's documentation, in plain steps over plain maps, and without the program's own code.
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
  /** When the verdict began; absent where a finding was rebuilt without its nodes, and then it is its update. */
  readonly since: number | undefined;
  /** When Security Hub last changed it in any way: it deletes by that. */
  readonly touchedAt: number;
}

/** What a run knows of what it sent. A finding with another time is somebody else's, and nothing of it is believed. */
type Sent = Pick<Held, 'verdict' | 'since' | 'createdAt' | 'updatedAt'>;

interface Subject {
  readonly cluster: string;
  readonly slug: Slug;
  readonly scope: TrueWorld['scope'] | 'next-node';
  /** The last part of the Id. */
  readonly name: string;
}

/** What is to be said about one subject after a run. */
interface Wanted {
  readonly subject: Subject;
  readonly verdict: Verdict;
  readonly waived: boolean;
  readonly says: string;
  /** The nodes that are named even when nothing is said of them: of a finding about one node that node. */
  readonly shown: string;
  /** Of each node that was not read. */
  readonly waivers?: readonly string[];
  /** Without its nodes, from what was stored. */
  readonly isRebuilt?: true;
  /** What counts instead when an open failure is not held any more. */
  readonly otherwise?: Wanted;
}

/** What the hub knows of a finding: the verdict that was seen last, how many runs in a row could not see it since, and what was announced. */
interface Last {
  readonly verdict?: Exclude<Verdict, 'unknown'>;
  readonly unread: number;
  readonly since: number;
  readonly told?: 'opened' | 'unreadable';
  readonly waived?: true;
  readonly sent?: Sent | undefined;
  /** Somebody else had changed it, and nobody has heard of that. */
  readonly overwritten?: true;
}

/** What is remembered of a cluster from one run to the next. */
interface Memory {
  readonly at: number;
  readonly run: string;
  readonly gone: boolean;
  readonly last: ReadonlyMap<string, Last>;
  /** Nodes that failed or were suspected to when they were read last. */
  readonly failing: ReadonlySet<string>;
}

/** What a run saw: a failure, no failure, nothing for too long, nothing yet, or that nobody is to look any more. */
type Observation = 'alarming' | 'settled' | 'unreadable' | 'unseen' | 'withdrawn';

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
  #run: Run = { id: '', startedAt: new Date(0), clusters: [] };
  #faults: RunFaults | undefined;
  /** The run's one time. */
  #now = 0;
  /** Why a node was not read in time: other words in a run, which has several steps. */
  #late = '';

  constructor(world: TrueWorld) {
    this.#world = world;
  }

  get findings(): ReadonlyMap<string, Held> {
    this.#expire();
    return this.#held;
  }

  analyse(id: string, change: Partial<Analysts>): void {
    const held = this.#held.get(id);
    if (held) this.#held.set(id, { ...held, analysts: { ...held.analysts, ...change }, touchedAt: this.#world.now });
  }

  /** A run does the items that have no final answer yet: clusters by name, and the Region. */
  run(run: Run, faults: RunFaults, isFinal: (item: string | undefined) => boolean): void {
    this.#begin(run, faults);
    this.#late = 'no step of the run had time for it';

    for (const cluster of run.clusters) if (!isFinal(cluster)) this.#cluster(cluster, faults);
    if (!isFinal(undefined)) this.#region(faults);
  }

  /** A person's `audit --publish`: there is no memory, so nothing is held back, nothing but clusters is archived, and nothing is announced. */
  terminal(run: Run, faults: RunFaults): void {
    this.#begin(run, faults);
    this.#late = 'the terminal had no time for it';
    if (faults.hub === 'off' || faults.hub === 'unreadable') return;

    for (const cluster of run.clusters) {
      if (!this.#world.clusters.has(cluster) || faults.describe) continue;
      for (const [id, found] of this.#wanted(cluster, faults)) if (!isUnknownNext(found)) this.#write(id, found);
    }
    if (faults.clusterList) return;
    for (const [id, held] of this.#held)
      if (!this.#world.clusters.has(held.subject.cluster) && held.state === 'ACTIVE') this.#archive(id, held);
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
    this.#timeAfter([memory]);
    const after = new Map<string, Last>();
    const saw = new Map<string, Observation>();
    const overwritten = new Set<string>();

    const wanted = this.#wanted(cluster, faults, memory);
    for (const [id, found] of wanted) {
      const before = memory.last.get(id);
      // Of a next node that can't be known nothing is said, unless there was something to say before.
      if (isUnknownNext(found) && !before) continue;
      const [failing] = this.#stillFailing(found, memory, faults);
      const isFailing = before?.verdict === undefined && this.#failedElsewhere(found, memory, faults);
      const last: Last =
        found.verdict === 'unknown'
          ? this.#count(isFailing ? { unread: 0, since: 0, ...before, verdict: 'fail' } : before, memory, failing)
          : { verdict: found.verdict, unread: 0, since: 0, ...(found.waived && { waived: true }) };
      const shown = this.#withPatience(found, last, failing);
      const isTooLong = shown.verdict === 'unknown';
      const isOver = shown.verdict === 'pass' || shown.waived;
      saw.set(id, isTooLong ? 'unreadable' : shown === found.otherwise ? 'unseen' : isOver ? 'settled' : 'alarming');
      const foreign = this.#foreign(id, before);
      if (foreign && this.#differs(id, shown, foreign)) overwritten.add(id);
      const isKnown = this.#write(id, shown, foreign);
      after.set(id, { ...last, sent: isKnown ? this.#held.get(id) : before?.sent });
    }

    const isWhole = !faults.nodeList && !faults.machines;
    const others = new Set([
      ...memory.last.keys(),
      ...[...this.#held].flatMap(([id, { subject, state }]) =>
        subject.cluster === cluster && state === 'ACTIVE' ? [id] : [],
      ),
    ]);
    for (const id of others) {
      if (wanted.has(id)) continue;
      const subject = subjectOf(id);
      const before = memory.last.get(id);
      const isNext = subject.scope === 'next-node';
      const isExpected =
        (isNext ? this.#world.nextNode : subject.scope === this.#world.scope) &&
        this.#world.controls.includes(subject.slug);
      const isTerminated =
        subject.scope === 'node' && !faults.machines && this.#world.terminated.get(cluster)?.has(subject.name);

      // What settings leave out is gone by their word alone.
      if ((isNext ? !faults.templates : isWhole) || isTerminated || !isExpected) {
        saw.set(id, isExpected ? 'settled' : 'withdrawn');
        const held = this.#held.get(id);
        // Without a memory a failure stays for one more run.
        const isLeft = isExpected && memory.run === '' && (held?.status === 'FAILED' || held?.status === 'WARNING');
        if (held?.state === 'ACTIVE' && !isLeft) this.#archive(id, held);
        continue;
      }
      const last = this.#count(before, memory);
      saw.set(id, last.unread > patience ? 'unreadable' : 'unseen');
      const foreign = this.#foreign(id, before);
      if (foreign) overwritten.add(id);
      const isKnown = this.#unlisted(id, { subject, last, foreign });
      after.set(id, { ...last, sent: isKnown ? this.#held.get(id) : before?.sent });
    }
    for (const [id, each] of memory.last) if (each.overwritten && saw.has(id)) overwritten.add(id);
    for (const [id, { overwritten: _, ...each }] of after)
      after.set(id, { ...each, ...(overwritten.has(id) && { overwritten: true }) });

    const told = this.#tell(memory, saw, overwritten);
    const isTold = told.length === 0 || !faults.bus;
    this.#memories.set(cluster, {
      at: this.#now,
      run: this.#run.id,
      gone: false,
      last: remembered({ before: memory.last, after, saw, isTold }),
      failing: this.#failingAfter(cluster, memory, faults),
    });
  }

  /** NOT_AVAILABLE when it lasts. Until then the finding keeps what was proved, even if another writer changed it. */
  #unlisted(
    id: string,
    {
      subject,
      last: { verdict, unread, since },
      foreign,
    }: { subject: Subject; last: Last; foreign?: Sent | undefined },
  ): boolean {
    const held = this.#held.get(id);
    if (!held) return false;

    const says = `nobody could list its nodes since ${since}`;
    const rebuilt = (proved: Verdict, words: string) =>
      this.#write(id, { subject, verdict: proved, waived: false, says: words, shown: '', isRebuilt: true }, foreign);
    if (unread > patience) return rebuilt('unknown', says);
    if (verdict !== undefined) {
      const isSame = held.state === 'ACTIVE' && (held.status === statuses[verdict] || isWaivedOne(held, verdict));
      return (foreign || !isSame) && rebuilt(verdict, `${verdict}, ${says}`);
    }
    // Nobody remembers that it passed.
    return (foreign || held.state === 'ARCHIVED' || held.status === 'PASSED') && rebuilt('unknown', says);
  }

  #region(faults: RunFaults): void {
    if (faults.clusterList) return;

    const gone = [...this.#memories].filter(([cluster, each]) => !this.#world.clusters.has(cluster) && !each.gone);
    this.#timeAfter(gone.map(([, each]) => each));
    for (const [id, held] of this.#held)
      if (!this.#world.clusters.has(held.subject.cluster) && held.state === 'ACTIVE') this.#archive(id, held);

    const told = gone.flatMap(([, each]) =>
      this.#tell(each, new Map([...each.last.keys()].map((id) => [id, 'settled' as const]))),
    );
    if (told.length > 0 && faults.bus) return;
    for (const [cluster] of gone)
      this.#memories.set(cluster, {
        at: this.#now,
        run: this.#run.id,
        gone: true,
        last: new Map(),
        failing: new Set(),
      });
  }

  #memoryOf(cluster: string): Memory {
    const none = {
      at: this.#run.startedAt.getTime() - 1,
      run: '',
      gone: false,
      last: new Map(),
      failing: new Set<string>(),
    };
    return this.#memories.get(cluster) ?? none;
  }

  /** What is news by what the hub remembers; nobody hears of it when the bus is down. */
  #tell(
    { last }: Memory,
    saw: ReadonlyMap<string, Observation>,
    overwritten: ReadonlySet<string> = new Set(),
  ): readonly string[] {
    const news = [...saw].flatMap(([id, each]) => {
      const kinds = [newsOf(last.get(id), each), overwritten.has(id) ? 'overwritten' : undefined];
      return kinds.flatMap((kind) => (kind ? [`${this.#run.id} ${kind} ${id}`] : []));
    });
    if (!this.#faults?.bus) for (const each of news) this.announced.add(each);
    return news;
  }

  /** Each subject × control with a node in sight. */
  #wanted(cluster: string, faults: RunFaults, memory?: Memory): ReadonlyMap<string, Wanted> {
    const { scope, controls } = this.#world;
    const nodes = faults.nodeList && faults.machines ? [] : this.#world.nodes(cluster);
    const next = this.#world.nextNode && !faults.templates ? this.#world.templates.get(cluster) : undefined;
    const beside = (slug: Slug, running: Verdict | undefined, group: string | undefined) =>
      faults.machines ? '' : besideOf(running, verdictOfNext(slug, next?.get(group ?? '')));
    const worstOf = (slug: Slug, group: string) => {
      const members = nodes.filter((node) => node.group === group);
      const judged = members.map((node) => this.#judge(slug, node, { faults, index: nodes.indexOf(node) }));
      return judged.length > 0
        ? rolledUp({ cluster, slug, scope: 'node-group', name: group }, judged).verdict
        : undefined;
    };

    const ofNext = controls.flatMap((slug) =>
      [...(next ?? [])].map(([group, template]): [string, Wanted] => {
        const subject = { cluster, slug, scope: 'next-node' as const, name: group };
        const verdict = verdictOfNext(slug, template) ?? 'unknown';
        const waiver = verdict === 'fail' ? this.#waiver(slug, group, { isNamed: true }) : '';
        const says = JSON.stringify([verdict, waiver, beside(slug, worstOf(slug, group), group)]);
        return [idOf(subject), { subject, verdict, waived: waiver.startsWith('until'), says, shown: '' }];
      }),
    );

    return new Map([
      ...ofNext,
      ...controls.flatMap((slug) =>
        [...Map.groupBy(nodes, (node) => nameIn(scope, node))].map(([name, members]): [string, Wanted] => {
          const judged = members.map((node) => this.#judge(slug, node, { faults, index: nodes.indexOf(node) }));
          const subject = { cluster, slug, scope, name };
          const id = idOf(subject);
          const own = rolledUp(subject, judged);
          const group = scope === 'cluster' ? undefined : members[0]?.group;
          const found = { ...own, says: `${own.says} ${beside(slug, own.verdict, group)}` };
          // Nobody knows which machine it is that passes: what was failing is not over by that.
          const before = memory?.last.get(id);
          const isOpen = before?.told !== undefined || before?.verdict === 'fail' || before?.verdict === 'warn';
          // What is waived, or only suspected, doesn't end the failure of a node that was not read.
          const isUncovered = found.waived && found.waivers?.some((each) => !each.startsWith('until'));
          const isWorse = !found.waived && found.verdict === 'warn' && before?.verdict === 'fail';
          const failing = memory && isWorse ? this.#stillFailing(found, memory, faults) : [];
          if (isOpen && !before?.waived && (isUncovered || failing.length > 0))
            return [id, { ...found, verdict: 'unknown', waived: false, otherwise: found }];
          if (found.verdict !== 'pass' || !faults.machines || !isOpen) return [id, found];
          return [
            id,
            rolledUp(
              subject,
              judged.map((each) => ({ ...each, verdict: 'unknown', why: 'doubted' })),
            ),
          ];
        }),
      ),
    ]);
  }

  #judge(slug: Slug, node: TrueNode, { faults, index }: { faults: RunFaults; index: number }): Judged {
    const isRead = !faults.nodeList && index < (faults.deadlineAfter ?? Number.POSITIVE_INFINITY);
    // A node's name depends on the source that listed it.
    const by = `${faults.nodeList ? 'instance' : 'name'}, ${faults.machines ? 'unconfirmed' : 'confirmed'}`;
    return {
      shown: `${node.id} by ${by}`,
      why: faults.nodeList ? 'no name' : isRead ? node.kubelet : this.#late,
      verdict: isRead ? verdicts[node.kubelet][slug] : 'unknown',
      waiver: this.#waiver(slug, node.group),
    };
  }

  #waiver(slug: Slug, group: string, { isNamed: byAws = !this.#faults?.machines } = {}): string {
    const waiver = this.#world.waivers.get(slug);
    // Without AWS's word a node may call itself one of any group.
    const isNamed = waiver?.group === group && byAws;
    if (!waiver || (waiver.group !== '*' && !isNamed)) return '';
    return `${this.#run.startedAt.getTime() < Date.parse(waiver.expires) + day ? 'until' : 'expired'} ${waiver.expires}`;
  }

  /** What could not be read keeps what was proved, for three runs. A waiver may come and go meanwhile; it must be one of each unread node. */
  #withPatience(found: Wanted, last: Last, failing = ''): Wanted {
    if (found.verdict !== 'unknown') return found;
    if (last.verdict === undefined || last.unread > patience || last.verdict === 'warn')
      return found.otherwise ?? found;

    const { scope, slug, name } = found.subject;
    const given = scope === 'next-node' ? [this.#waiver(slug, name, { isNamed: true })] : (found.waivers ?? []);
    const waivers = last.verdict === 'fail' ? given : [''];
    const waived = waivers.every((each) => each.startsWith('until'));
    const waiver = waived ? waivers[0] : waivers.find((each) => each.startsWith('expired'));
    const says = `${last.verdict}, unreadable since ${last.since} ${waiver ?? ''} ${last.verdict === 'fail' ? failing : ''} ${found.shown}`;
    return { ...found, verdict: last.verdict, waived, says };
  }

  /** One more run that could not read it; a run counts once. While a machine that failed runs unread, what failed keeps failing. */
  #count(before: Last | undefined, { run }: Memory, failing?: string): Last {
    const unread = before?.unread ?? 0;
    if (unread === 0) return { ...before, unread: 1, since: this.#now };
    const counted = unread + (run === this.#run.id ? 0 : 1);
    const isHeld = failing !== undefined && before?.verdict === 'fail';
    return { ...before, unread: isHeld ? Math.min(counted, patience) : counted, since: before?.since ?? this.#now };
  }

  #judgedNodes(cluster: string, faults: RunFaults) {
    const nodes = faults.nodeList && faults.machines ? [] : this.#world.nodes(cluster);
    return nodes.map((node, index) => ({
      node,
      verdicts: this.#world.controls.map((slug) => [slug, this.#judge(slug, node, { faults, index }).verdict] as const),
    }));
  }

  /** Whether one of them failed this control in any scope. */
  #failedElsewhere(found: Wanted, memory: Memory, faults: RunFaults): boolean {
    const { cluster, slug } = found.subject;
    const ids = this.#stillFailing(found, memory, faults);
    const nodes = this.#world.nodes(cluster).filter(({ id }) => ids.includes(id));
    const scopes = ['cluster', 'node', 'node-group'] as const;
    return nodes.some((node) =>
      scopes.some(
        (scope) => memory.last.get(idOf({ cluster, slug, scope, name: nameIn(scope, node) }))?.verdict === 'fail',
      ),
    );
  }

  /** Machines of a subject that failed before, that AWS confirms and that this run could not read. */
  #stillFailing({ subject }: Wanted, { failing }: Memory, faults: RunFaults): readonly string[] {
    const { cluster, scope, slug, name } = subject;
    if (scope === 'next-node' || faults.machines) return [];
    const unread = this.#judgedNodes(cluster, faults).filter(
      ({ node, verdicts }) =>
        nameIn(scope, node) === name &&
        failing.has(node.id) &&
        verdicts.some(([control, verdict]) => control === slug && verdict === 'unknown'),
    );
    return unread.map(({ node }) => node.id).toSorted();
  }

  #failingAfter(cluster: string, { failing }: Memory, faults: RunFaults): ReadonlySet<string> {
    if (faults.machines) return failing;
    const judged = this.#judgedNodes(cluster, faults);
    const still = judged.filter(({ node, verdicts }) =>
      verdicts.some(([, each]) => each === 'fail' || each === 'warn' || (each === 'unknown' && failing.has(node.id))),
    );
    const left = [...failing].filter((id) => faults.nodeList && judged.every(({ node }) => node.id !== id));
    return new Set([...still.map(({ node }) => node.id), ...left]);
  }

  /** What was sent of a finding that somebody else has written since; absent where it is this program's own. */
  #foreign(id: string, last: Last | undefined): Sent | undefined {
    const held = this.#faults?.hub === 'ok' ? this.#held.get(id) : undefined;
    return held && last?.sent && held.updatedAt !== last.sent.updatedAt ? last.sent : undefined;
  }

  #differs(id: string, wanted: Wanted, foreign: Sent | undefined): boolean {
    const held = this.#held.get(id);
    // A time of a future day is nobody's observation, for a run that is done again as well.
    if (held?.state !== 'ACTIVE' || held.says !== wanted.says || held.updatedAt > this.#now + day) return true;
    return (
      foreign !== undefined && (held.since !== this.#since(id, wanted, foreign) || held.createdAt !== foreign.createdAt)
    );
  }

  #since(id: string, { verdict, isRebuilt }: Wanted, foreign: Sent | undefined): number | undefined {
    const held = this.#held.get(id);
    const before = foreign ?? (held?.state === 'ACTIVE' ? held : undefined);
    if (isRebuilt) return undefined;
    return before?.verdict === verdict ? (before.since ?? held?.updatedAt) : this.#now;
  }

  /** Whether what is there now is what was to be said. */
  #write(id: string, wanted: Wanted, foreign?: Sent): boolean {
    const { subject, verdict, waived, says } = wanted;
    const before = this.#held.get(id);
    const status = waived ? 'WARNING' : statuses[verdict];
    const isDue = before !== undefined && this.#now - before.updatedAt >= 30 * day;
    if (!isDue && !this.#differs(id, wanted, foreign)) return this.#faults?.hub === 'ok';
    if (!this.#takes(id)) return false;

    this.#held.set(id, {
      subject,
      verdict,
      says,
      status,
      state: 'ACTIVE',
      since: this.#since(id, wanted, foreign),
      createdAt: foreign?.createdAt ?? before?.createdAt ?? this.#now,
      updatedAt: this.#later(before),
      touchedAt: this.#world.now,
      analysts: afterImport(before, status),
    });
    return true;
  }

  #archive(id: string, held: Held): void {
    if (!this.#takes(id)) return;
    this.#held.set(id, {
      ...held,
      state: 'ARCHIVED',
      says: 'gone',
      updatedAt: this.#later(held),
      touchedAt: this.#world.now,
    });
  }

  #takes(id: string): boolean {
    if (this.#faults?.hub !== 'ok') return false;
    const refused = isRefused(id, this.#faults);
    const { imports } = this;
    this.imports = refused ? { ...imports, refused: imports.refused + 1 } : { ...imports, taken: imports.taken + 1 };
    return !refused;
  }

  /** Security Hub ignores what is not later than what it holds. */
  #later(before: Held | undefined): number {
    return before && before.updatedAt >= this.#now ? before.updatedAt + 1 : this.#now;
  }

  /** An older run that is done again comes after what younger ones have announced. */
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
    for (const [id, held] of this.#held) if (isOld(held)) this.#held.delete(id);
  }
}

/** A failure is announced once, and so is its end. The same goes for a finding that can't be read any more. */
function newsOf(before: Last | undefined, saw: Observation): string | undefined {
  const told = before?.told;
  if (saw === 'alarming') return told === 'opened' ? undefined : 'opened';
  if (saw === 'settled' || saw === 'withdrawn') return told && (saw === 'settled' ? 'resolved' : 'withdrawn');
  return saw === 'unreadable' && before?.verdict !== undefined && told !== 'unreadable' ? 'unreadable' : undefined;
}

/** What was seen counts, announced or not; only what was received counts as announced. */
function remembered({
  before,
  after,
  saw,
  isTold,
}: {
  readonly before: Memory['last'];
  readonly after: Memory['last'];
  readonly saw: ReadonlyMap<string, Observation>;
  readonly isTold: boolean;
}): Memory['last'] {
  const last = new Map<string, Last>();
  for (const [id, each] of before) if (!isTold && each.told) last.set(id, each);
  for (const [id, { told: _, overwritten, ...each }] of after) {
    const was = before.get(id);
    const news = newsOf(was, saw.get(id) ?? 'unseen');
    const told = isTold && (news === 'opened' || news === 'unreadable') ? news : isTold && news ? undefined : was?.told;
    last.set(id, { ...each, ...(told && { told }), ...(!isTold && overwritten && { overwritten }) });
  }
  return last;
}

/** A waived failure is WARNING, and agrees with what was proved. */
const isWaivedOne = ({ status }: Held, verdict: Verdict): boolean => verdict === 'fail' && status === 'WARNING';

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
    waived: isWaived(worst),
    says,
    shown: subject.scope === 'node' ? worst.shown : '',
    waivers: judged.flatMap((each) => (each.verdict === 'unknown' ? [each.waiver] : [])),
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

const verdictOfNext = (slug: Slug, template: Template | undefined): Verdict | undefined => {
  if (template === undefined || template === 'unreadable') return template && 'unknown';
  return slug === slugs.port && template === 'open' ? 'fail' : 'pass';
};

const isUnknownNext = ({ subject, verdict }: Wanted): boolean => subject.scope === 'next-node' && verdict === 'unknown';

/** What the running nodes and the next one mean for each other. */
function besideOf(running: Verdict | undefined, next: Verdict | undefined): string {
  if (next === 'fail' && running === 'pass') return 'the next node will fail';
  if (running !== 'fail') return '';
  return next === 'fail' ? 'it comes from the template' : next === 'pass' ? 'replace it' : '';
}

const nameIn = (scope: TrueWorld['scope'], { id, group }: TrueNode): string =>
  ({ 'node-group': group, node: id, cluster: '' })[scope];

function idOf({ cluster, slug, scope, name }: Subject): string {
  const part = {
    'node-group': `node-group/managed/${name}`,
    'next-node': `next-node/managed/${name}`,
    node: `node/${name}`,
    cluster: 'cluster',
  }[scope];
  return `eks-kubelet-audit/${slug}/arn:aws:eks:eu-west-1:111122223333:cluster/${cluster}/${part}`;
}

/** AWS: NOTIFIED and RESOLVED go back to NEW when a finding comes back from the archive, or no longer passes. */
function afterImport(before: Held | undefined, status: Held['status']): Analysts {
  if (!before) return { workflow: 'NEW' };
  const returns = before.state === 'ARCHIVED' || (before.status === 'PASSED' && status !== 'PASSED');
  const isReset = returns && ['NOTIFIED', 'RESOLVED'].includes(before.analysts.workflow);
  return { ...before.analysts, ...(isReset && { workflow: 'NEW' }) };
}

/** An Id read back. */
function subjectOf(id: string): Subject {
  const [, slug, cluster, scope, name = ''] =
    /^eks-kubelet-audit\/([^/]+)\/[^/]+\/([^/]+)\/(node-group|next-node|node|cluster)(?:\/managed)?(?:\/(.+))?$/.exec(
      id,
    ) ?? [];
  const known = Object.values(slugs).find((each) => each === slug);
  const isScope = scope === 'node-group' || scope === 'next-node' || scope === 'node' || scope === 'cluster';
  if (!known || !cluster || !isScope) throw new Error(`no Id of ours: ${id}`);
  return { cluster, slug: known, scope, name };
}
