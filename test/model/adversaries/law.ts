import { createHash } from 'node:crypto';
import type { Fields } from '../../lab/aws/security-hub/security-hub-record.ts';
import { type Slug, slugs } from '../true-world.ts';
import type { AuditedEstate } from './audited-estate.ts';
import {
  accountId,
  arnOf,
  type Estate,
  fails,
  isHybrid,
  type Machine,
  names,
  regions,
  type Site,
  siteOf,
  sites,
} from './estate.ts';
import { memoryOf } from './prefix-writes.ts';

/**
 * What no principal in an audited account may achieve, in plain steps over what a person was mailed and what Security Hub holds, without the program's own code:
 *
 * 1. A kubelet that truly fails is FAILED or WARNING, and was mailed. Or a mail named what hides it, and that still holds. Only a waiver excuses it.
 *
 * 2. Nothing is called resolved, or archived as gone, while it truly fails.
 *
 * 3. An announced failure that is taken out of the audit is called withdrawn, and the summary names each cluster that is left out.
 *
 * 4. No cluster has a failure by a machine of another cluster that its own API server doesn't list.
 *
 * 5. Whose Node object says what AWS says, and who answers, is judged, whatever other Node objects claim.
 *
 * 6. A failure that is suppressed in the account is counted, and was mailed.
 *
 * 7. A cluster of which a run has no answer is a gap of that run, by name. After four nights of that none of its findings says PASSED.
 *
 * 8. An Auto Scaling group that would launch a failing kubelet has a failing next node. Its own tags or one machine's say whose it is.
 *
 * What somebody puts into the bucket below one cluster's prefix, and what is about another cluster, changes nothing of either.
 */
export class Law {
  readonly #estate: Estate;
  readonly #real: AuditedEstate;
  /** What a reader of mails knows: of each finding the last mail, and the gaps that stand. */
  readonly #mailed = new Map<string, string>();
  /** Findings that were open when the memory of their cluster was lost, and of which nothing was mailed since. */
  readonly #mailedBefore = new Set<string>();
  readonly #suppressed = new Set<string>();
  readonly #gaps = new Map<string, Gap>();
  /** Clusters that a run has seen. */
  readonly #audited = new Set<Site>();
  /** Machines that a run has judged and that fail still, with the names of their groups: they must not get out of sight. */
  #seenFailing: ReadonlyMap<string, readonly string[]> = new Map();
  /** Machines of which nothing is remembered any more, as a gap said. */
  readonly #forgotten = new Set<string>();
  #heardEvents = 0;
  #archivedBefore: readonly string[] = [];
  /** Clusters of which runs remembered nothing before this one. */
  #unremembered: readonly Site[] = [];
  /** Clusters in whose audit nobody interfered. */
  #undisturbed: readonly Site[] = [];
  /** Of each cluster, how many runs in a row have asked nothing of it, though they tried. */
  readonly #unasked = new Map<Site, number>();

  constructor(estate: Estate, real: AuditedEstate) {
    this.#estate = estate;
    this.#real = real;
  }

  /** Does a run, and holds what came of it against the law. @throws Error that says what was hidden */
  async run(): Promise<void> {
    this.#archivedBefore = this.#archived();
    const { dying, slow, writtenInto, interferences } = this.#estate;
    const isDisturbed = (site: Site) =>
      [dying, slow, writtenInto].some((each) => each.has(site)) || interferences.some((each) => each.site === site);
    this.#undisturbed = sites.filter((site) => !isDisturbed(site));
    const unasked = sites.filter((site) => dying.get(site)?.at === 'at once');
    writtenInto.clear();
    const startedAt = new Date(this.#estate.now).toISOString();
    const suppressed = this.#suppressedFailures();
    const remembered = await Promise.all(sites.map((site) => this.#estate.bucket.bytes(memoryOf(site), 1e9)));
    this.#unremembered = sites.filter((_, index) => remembered[index] === undefined);
    await this.#real.run();
    this.#hold(startedAt);
    this.#expectSuppressedCounted(suppressed);
    this.#expectNoAnswerSaid(unasked);
  }

  #hold(startedAt: string): void {
    const mails = this.#read();
    for (const { kind, id } of mails)
      if (kind === 'resolved' && !this.#isLookedAt(id))
        throw new Error(`called over: ${id}, which nobody looks at any more`);

    const archived = this.#archived().filter((id) => !this.#archivedBefore.includes(id));
    const over = new Set([...archived, ...mails.flatMap(({ kind, id }) => (kind === 'resolved' ? [id] : []))]);
    const seen = new Map<string, readonly string[]>();
    for (const site of sites) {
      if (this.#isSeen(site) && !this.#real.died.includes(site)) this.#audited.add(site);
      if (!this.#audited.has(site)) continue;
      const { region, cluster } = siteOf[site];
      if (this.#estate.excluded === region) {
        this.#expectWithdrawn(site, () => true);
        if (!this.#real.leftOut.includes(`${region}/${cluster}`) && !this.#isMemoryLost(site))
          throw new Error(`hidden: ${cluster} is left out, and the summary does not say so`);
        continue;
      }

      for (const control of this.#estate.controls) {
        const failing = this.#failing(site, control);
        for (const machine of failing.filter((each) => !this.#isInvisible(site, each))) {
          this.#expectShown(site, control, machine);
          this.#expectJudged(site, control, machine);
        }
        this.#expectNotResolved(site, control, over);
        for (const machine of failing) {
          if (!this.#seenFailing.has(machine.id) && !this.#isPlain(site, machine)) continue;
          seen.set(machine.id, this.#groupsOf(site, machine));
          this.#forgotten.delete(machine.id);
        }
      }
      this.#expectNotBlamed(site, startedAt);
      this.#expectNextNodesShown(site);
      // Of a cluster without an answer the run has nothing to say, but that it is a gap.
      const isDead = this.#real.died.includes(site);
      if (!this.#isSeen(site) || isDead || this.#estate.regions[region].isEc2Denied) continue;
      // Each of its runs died before it could remember what it mailed, and each of them was a gap by name.
      if (this.#unremembered.includes(site))
        for (const id of this.#mailed.keys())
          if (id.includes(`/${arnOf(site)}/`) && !this.#isLookedAt(id)) this.#mailed.delete(id);
      this.#expectWithdrawn(site, (id) => !this.#isLookedAt(id));
    }
    this.#seenFailing = seen;
  }

  #expectWithdrawn(site: Site, isLeftOut: (id: string) => boolean): void {
    for (const [id, kind] of this.#mailed)
      if (id.includes(`/${arnOf(site)}/`) && kind === 'opened' && isLeftOut(id))
        throw new Error(`hidden: ${id} is not looked at any more, and nobody said so`);
  }

  /** Takes in the mails of the last run. A gap that no mail names, or a change that none counts, is not known, though the bus has it. */
  #read(): readonly FindingMail[] {
    const sent = this.#real.events.slice(this.#heardEvents);
    const mails = [
      ...this.#real.mails.flatMap(findingMail),
      ...sent.flatMap((each) => countedIn(this.#real.mails, each)),
    ];
    const events = sent.map(({ type, detail }) => ({ type, ...gapOf(detail) }));
    this.#heardEvents = this.#real.events.length;
    for (const each of events) {
      const key = [each.accountId, each.region, each.cluster, each.nodeGroup, each.code].join('|');
      if (each.type === 'Gap Opened' && this.#real.mails.some((mail) => isAboutGap(mail, each)))
        this.#gaps.set(key, each);
      if (each.type === 'Gap Closed') this.#gaps.delete(key);
    }
    for (const site of sites) if (this.#isMemoryLost(site)) this.#forget(site);
    for (const { kind, id } of mails) {
      if (kind === 'overwritten') continue;
      if (kind === 'suppressed') this.#suppressed.add(id);
      else this.#mailed.set(id, kind);
      this.#mailedBefore.delete(id);
    }
    return mails;
  }

  /** A gap said that what runs remembered of a cluster is refused: who may write there can destroy it, and is named by that gap. */
  #isMemoryLost(site: Site): boolean {
    const { region, cluster } = siteOf[site];
    return [...this.#gaps.values()].some(
      (gap) => gap.code === 'object-refused' && gap.region === region && gap.cluster === cluster,
    );
  }

  /** What still fails has to be found and mailed again. */
  #forget(site: Site): void {
    for (const [id, kind] of this.#mailed) {
      if (!id.includes(`/${arnOf(site)}/`)) continue;
      this.#mailed.delete(id);
      // One that stays open all the while needs no second mail.
      if (kind === 'opened' || kind === 'unreadable') this.#mailedBefore.add(id);
    }
    const ids = new Set(this.#estate.machinesOf(site).map(({ id }) => id));
    this.#seenFailing = new Map([...this.#seenFailing].filter(([id]) => !ids.has(id)));
    for (const id of ids) this.#forgotten.add(id);
  }

  #isSeen(site: Site): boolean {
    const { region } = siteOf[site];
    return (
      this.#estate.account === 'active' &&
      this.#estate.regions[region].access === 'open' &&
      this.#estate.excluded !== region
    );
  }

  /** Machines that truly fail, and that a run could know of. One younger than 15 minutes is waited for, unless it failed before. */
  #failing(site: Site, control: Slug): readonly Machine[] {
    const visible = this.#estate.visible.get(site);
    const failing = this.#estate.machinesOf(site).filter((machine) => {
      // docs/threat-model.md, "What cannot be promised": a machine without tags or Node object that was never seen to fail.
      // The same holds for one outside of AWS that vanishes in its first run: nothing else knows it.
      const isGone = isHybrid(machine) && !this.#undisturbed.includes(site);
      const isKnown = (visible?.has(machine.id) && !isGone) || this.#seenFailing.has(machine.id);
      // A stop, a start or a young age excuses none that was seen to fail.
      const isExcused = machine.isStopped || this.#estate.now - machine.attachedAt < 15 * 60_000;
      return isKnown && fails(machine.running, control) && !(isExcused && !this.#seenFailing.has(machine.id));
    });
    // A run knows tags as they were when it listed the cluster, whatever was done to them since.
    return failing.map((machine) => {
      const { isTagged, isManaged, group } = visible?.get(machine.id) ?? { ...machine, isTagged: false };
      return { ...machine, isTagged, isManaged, group };
    });
  }

  /** docs/threat-model.md, "What cannot be promised": one that is not listed, and that shows no kubelet. What is known of it stays all the same. */
  #isInvisible(site: Site, machine: Machine): boolean {
    return machine.isHidden && !this.#estate.listed(site).some(({ providerId }) => providerId?.endsWith(machine.id));
  }

  #expectShown(site: Site, control: Slug, machine: Machine): void {
    const ids = this.#idsOf(site, control, machine);
    const isMailed = (id: string) =>
      ['opened', 'unreadable'].includes(this.#mailed.get(id) ?? '') || this.#mailedBefore.has(id);
    const shown = this.#openFindings(site).filter((id) => ids.includes(id));
    if (shown.some(isMailed) || ids.some((id) => this.#mailed.get(id) === 'unreadable')) return;
    if (shown.length > 0 && this.#isWaived(control, machine)) return;

    const { region, cluster } = siteOf[site];
    const groups = this.#groupsOf(site, machine);
    const isMissed = [...this.#gaps.values()].some(
      (gap) =>
        gap.accountId === accountId &&
        ['', region].includes(gap.region) &&
        ['', cluster].includes(gap.cluster) &&
        (gap.nodeGroup === '' || groups.some((group) => gap.nodeGroup === group)),
    );
    if (!isMissed) throw new Error(`hidden: ${machine.id} of ${site} (${groups.join(' or ')}) fails ${control}`);
  }

  /** What others claim takes nothing from a machine whose Node object AWS bears out in everything, and which answers. */
  #expectJudged(site: Site, control: Slug, machine: Machine): void {
    if (!this.#isPlain(site, machine)) return;
    const [id] = this.#idsOf(site, control, machine);
    if (id && !this.#openFindings(site).includes(id))
      throw new Error(`not judged: ${machine.id} of ${site} fails ${control} and answers`);
  }

  /** Its tags and its Node object are as they should be, nobody interferes, and it answers. */
  #isPlain(site: Site, machine: Machine): boolean {
    const { securityHub, isEc2Denied } = this.#estate.regions[siteOf[site].region];
    const [own, ...others] = this.#estate.listed(site).filter(({ providerId }) => providerId?.endsWith(machine.id));
    const isHonest = own?.name === machine.dnsName && own.address === machine.address && others.length === 0;
    const isOpen = machine.isTagged && !machine.isBlocked && !machine.isStopped && securityHub === 'on' && !isEc2Denied;
    return isHonest && isOpen && this.#isSeen(site) && this.#undisturbed.includes(site);
  }

  #expectNextNodesShown(site: Site): void {
    const { securityHub, isEc2Denied } = this.#estate.regions[siteOf[site].region];
    const isWhole = this.#isSeen(site) && securityHub === 'on' && !isEc2Denied && this.#undisturbed.includes(site);
    if (!isWhole || !this.#estate.controls.includes(slugs.port)) return;

    const { groups, machines } = this.#estate.clusters[site];
    const named = machines.filter((each) => each.isTagged && !each.isManaged && this.#isPlain(site, each));
    for (const { name, isTagged, launches } of groups) {
      const id = `eks-kubelet-audit/${slugs.port}/${arnOf(site)}/next-node/auto-scaling-group/${partOf(name)}`;
      const isKnown = isTagged || named.some(({ group }) => group === name);
      if (launches === 'open-port' && isKnown && !this.#openFindings(site).includes(id))
        throw new Error(`hidden: group ${name} of ${site} launches a failing kubelet next`);
    }
  }

  /** By machines of another cluster, whose tags they carry and which the cluster's own API server doesn't list. */
  #expectNotBlamed(site: Site, startedAt: string): void {
    const { region } = siteOf[site];
    const machines = this.#estate.machinesOf(site);
    const nodes = this.#estate.listed(site);
    const others = this.#estate
      .machines(region)
      .filter((each) => each.isTagged && !machines.includes(each) && !nodes.some((node) => names(node, each)));
    if (!this.#undisturbed.includes(site)) return;

    for (const { Id, UpdatedAt, Resources } of this.#failures(site)) {
      const named = String(UpdatedAt) >= startedAt ? JSON.stringify(Resources) : '';
      const blamed = others.find(({ id }) => named.includes(id));
      if (blamed) throw new Error(`blamed: ${String(Id)} names ${blamed.id}, which is a machine of another cluster`);
    }
  }

  #suppressedFailures(): readonly string[] {
    return sites
      .filter((site) => this.#isSeen(site) && this.#estate.regions[siteOf[site].region].securityHub === 'on')
      .flatMap((site) => {
        const truly = Object.values(slugs).flatMap((control) =>
          this.#failing(site, control).flatMap((machine) =>
            this.#isWaived(control, machine) ? [] : this.#idsOf(site, control, machine),
          ),
        );
        return this.#openFindings(site, 'SUPPRESSED').filter((id) => truly.includes(id) && this.#isLookedAt(id));
      });
  }

  #expectNoAnswerSaid(unasked: readonly Site[]): void {
    for (const site of sites.filter((each) => this.#isSeen(each))) {
      const { region, cluster } = siteOf[site];
      const isNamed = this.#real.summary?.gaps.some((gap) => gap.region === region && gap.cluster === cluster);
      const isDead = this.#real.died.includes(site);
      if (isDead && !isNamed) throw new Error(`hidden: nothing was read of ${site}, and the summary names no gap`);

      // While Security Hub takes nothing, nothing there can change.
      if (this.#estate.regions[region].securityHub !== 'on') continue;
      this.#unasked.set(site, isDead && unasked.includes(site) ? (this.#unasked.get(site) ?? 0) + 1 : 0);
      const passed = this.#active(site).find(({ Compliance }) => Object(Compliance).Status === 'PASSED');
      if ((this.#unasked.get(site) ?? 0) > 3 && passed && this.#isLookedAt(String(passed['Id'])))
        throw new Error(`hidden: ${String(passed['Id'])} is PASSED, and for four runs nothing was read of ${site}`);
    }
  }

  #expectSuppressedCounted(before: readonly string[]): void {
    // Of a cluster without an answer nothing is counted: it is a gap.
    const counted = sites.filter((site) => !this.#real.died.includes(site));
    const failures = before.filter((id) => counted.some((site) => this.#openFindings(site, 'SUPPRESSED').includes(id)));
    const { suppressed = 0 } = Object(this.#real.summary);
    if (failures.length > suppressed)
      throw new Error(`hidden: ${failures.length} failures are suppressed, and the summary counts ${suppressed}`);
    const silent = failures.find((id) => !this.#suppressed.has(id));
    if (silent) throw new Error(`hidden: ${silent} is suppressed, and nobody said so`);
  }

  /** What Security Hub shows as FAILED or WARNING. */
  #failures(site: Site): readonly Fields[] {
    return this.#active(site).filter(isFailure);
  }

  #active(site: Site): readonly Fields[] {
    return this.#real
      .findings(siteOf[site].region)
      .filter((each) => each['RecordState'] === 'ACTIVE' && String(each['Id']).includes(`/${arnOf(site)}/`));
  }

  #openFindings(site: Site, workflow?: string): readonly string[] {
    return this.#failures(site)
      .filter(({ Workflow }) => workflow === undefined || Object(Workflow).Status === workflow)
      .map(({ Id }) => String(Id));
  }

  #expectNotResolved(site: Site, control: Slug, over: ReadonlySet<string>): void {
    for (const machine of this.#failing(site, control)) {
      // Only the memory holds a failure of what shows no kubelet.
      if (this.#isInvisible(site, machine) && this.#forgotten.has(machine.id)) continue;
      const ids = this.#idsOf(site, control, machine);
      const id = ids.find((each) => over.has(each));
      // It is open under the name of its own group, whatever other group a Node object claims for it.
      const open = this.#openFindings(site).filter((each) => ids.includes(each) && !over.has(each));
      if (open.some((each) => this.#mailed.get(each) === 'opened')) continue;
      if (id && !this.#isWaived(control, machine)) throw new Error(`called over: ${id}, where ${machine.id} fails`);
    }
  }

  /** Of a managed node group by AWS's word; a label alone names no group. */
  #isWaived(control: Slug, machine: Machine): boolean {
    const { waived } = this.#estate;
    return waived?.control === control && machine.isManaged && waived.group === machine.group;
  }

  /** Those that said so: of a node that was only ever distrusted, its machine has a finding of its own. */
  #archived(): readonly string[] {
    return regions
      .flatMap((region) => this.#real.findings(region))
      .flatMap((each) => (each['RecordState'] === 'ARCHIVED' && isFailure(each) ? [String(each['Id'])] : []));
  }

  #isLookedAt(id: string): boolean {
    const [, control, , scope] =
      /^eks-kubelet-audit\/([^/]+)\/([^/]+\/[^/]+)\/(node-group|node|cluster|next-node)/.exec(id) ?? [];
    const { excluded } = this.#estate;
    if (excluded && id.includes(`:${excluded}:`)) return false;
    const isOfScope = scope === 'next-node' || this.#estate.scope === scope;
    return isOfScope && this.#estate.controls.some((each) => each === control);
  }

  /** What the machine's findings may be called: by its own group first. */
  #idsOf(site: Site, control: Slug, machine: Machine): readonly string[] {
    const prefix = `eks-kubelet-audit/${control}/${arnOf(site)}`;
    if (this.#estate.scope === 'cluster') return [`${prefix}/cluster`];
    if (this.#estate.scope === 'node')
      return this.#nodeKeys(site, machine).map((key) => `${prefix}/node/${partOf(key)}`);
    return this.#groupsOf(site, machine).map((group) => {
      const [kind = '', ...name] = group.split(' ');
      return `${prefix}/node-group/${kind}/${partOf(name.join(' '))}`;
    });
  }

  #nodeKeys(site: Site, machine: Machine): readonly string[] {
    const nodes = this.#estate.listed(site);
    return [machine.id, ...nodes.filter((each) => names(each, machine)).map(({ name }) => name)];
  }

  /** By AWS's tags; where AWS does not say, as its Node objects do. What was seen to fail keeps the group that it had then. */
  #groupsOf(site: Site, machine: Machine): readonly string[] {
    if (isHybrid(machine)) return ['hybrid hybrid'];
    const own = machine.isManaged ? `managed ${machine.group}` : `auto-scaling-group ${machine.group}`;
    const isDenied = this.#estate.regions[siteOf[site].region].isEc2Denied;
    if (machine.isTagged && !isDenied) return [own];

    const objects = this.#estate.listed(site).filter((each) => names(each, machine));
    const claimed = objects.map(({ labels }) => {
      const label = labels['eks.amazonaws.com/nodegroup'];
      // EC2 may hide machines of Auto Mode: one that it does not show keeps the group that its Node object names.
      if (labels['eks.amazonaws.com/compute-type'] === 'auto') return 'auto-mode auto-mode';
      return label ? `managed ${label}` : 'self-managed self-managed';
    });
    return [...new Set([...(isDenied ? [] : [own]), ...(this.#seenFailing.get(machine.id) ?? []), ...claimed])];
  }
}

const isFailure = ({ Compliance }: Fields): boolean => ['FAILED', 'WARNING'].includes(Object(Compliance).Status);

interface Gap {
  readonly accountId: string;
  readonly region: string;
  readonly cluster: string;
  readonly nodeGroup: string;
  readonly code: string;
}

function gapOf(detail: object): Gap {
  return { accountId: '', region: '', cluster: '', nodeGroup: '', code: '', ...detail };
}

interface FindingMail {
  readonly kind: 'opened' | 'resolved' | 'unreadable' | 'withdrawn' | 'suppressed' | 'overwritten';
  readonly id: string;
}

const kinds = ['resolved', 'unreadable', 'withdrawn', 'suppressed', 'overwritten'] as const;
/** How the first line of a mail about the last two begins. */
const inWords = { suppressed: 'hidden', overwritten: 'changed by somebody else' } as const;

/** What a mail says of a finding, by its first line and the line that names the finding. */
function findingMail(mail: string): readonly FindingMail[] {
  const [, id] = /^"?Finding: "?(eks-kubelet-audit\/[^"\n]+)/m.exec(mail) ?? [];
  const [, subject = ''] = /^"?EKS kubelet audit, ([^:]+):/.exec(mail) ?? [];
  return id ? [{ id, kind: kinds.find((each) => subject.startsWith(Object(inWords)[each] ?? each)) ?? 'opened' }] : [];
}

/** A mail about a cluster counts its changes by kind: the page that it names shows each of them. */
function countedIn(
  mails: readonly string[],
  { type, detail }: { type: string; detail: object },
): readonly FindingMail[] {
  const kind = (['opened', ...kinds] as const).find((each) => type.toLowerCase() === `finding ${each}`);
  const { findingId, cluster, accountId, region } = Object(detail);
  const isCounted = (mail: string) =>
    mail.includes(`Cluster: ${cluster} in account ${accountId}, ${region}`) &&
    new RegExp(`All changes of this cluster: (?:\\d+ [a-z]+, )*[1-9]\\d* ${kind}`).test(mail);
  return kind && mails.some(isCounted) ? [{ id: findingId, kind }] : [];
}

/** An alarm names no gap and means all that are new; a mail that lists some and counts the rest means those too. */
function isAboutGap(mail: string, { accountId: account, region, cluster, nodeGroup, code }: Gap): boolean {
  if (mail.startsWith('ALARM: "eks-kubelet-audit-incomplete"')) return true;
  if (!mail.includes('not looked at')) return false;
  const words = [account, region, cluster, nodeGroup.slice(0, 40)];
  // Where it is off in several Regions, one line names them all.
  const isSaid = mail.includes(code) || (code === 'security-hub-off' && mail.includes('Security Hub CSPM is off in'));
  return (isSaid && words.every((each) => mail.includes(each))) || /and \d+ more/.test(mail);
}

/** docs/findings.md: a name that is not plain is cut, and made unique by its hash. */
const partOf = (name: string): string =>
  /^[!-}]{1,200}$/.test(name)
    ? name
    : `${name.replace(/[^!-}]+/g, '-').slice(0, 160)}~${createHash('sha256').update(name, 'utf16le').digest('hex').slice(0, 32)}`;
