import { createHash } from 'node:crypto';
import type { Slug } from '../true-world.ts';
import { type AuditedEstate, arnOf } from './audited-estate.ts';
import { accountId, clusterOf, type Estate, fails, type Machine, type Region, regions } from './estate.ts';

/**
 * What no principal in an audited account may achieve, in plain steps over what was announced and what Security Hub holds, without the program's own
 * code:
 *
 * 1. A kubelet that truly fails is FAILED or WARNING, or an open announcement names what hides it: a gap, or that it is unreadable.
 *
 * 2. Nothing is called resolved, or archived as gone, while it truly fails.
 *
 * 3. An announced failure that is taken out of the audit is called withdrawn, and the summary names each cluster that is left out.
 */
export class Law {
  readonly #estate: Estate;
  readonly #real: AuditedEstate;
  /** What a listener knows: of each finding the last announcement, and the gaps that stand. */
  readonly #heard = new Map<string, string>();
  readonly #gaps = new Map<string, Gap>();
  /** Clusters that a run has seen. */
  readonly #audited = new Set<Region>();
  #heardEvents = 0;
  #archivedBefore: ReadonlySet<string> = new Set();

  constructor(estate: Estate, real: AuditedEstate) {
    this.#estate = estate;
    this.#real = real;
  }

  /** Does a run, and holds what came of it against the law. @throws Error that says what was hidden */
  async run(): Promise<void> {
    this.#archivedBefore = this.#archived();
    await this.#real.run();
    this.#hold();
  }

  #hold(): void {
    const said = this.#listen();
    for (const { type, findingId } of said)
      if (type === 'Finding Resolved' && !this.#isLookedAt(findingId))
        throw new Error(`called over: ${findingId}, which nobody looks at any more`);

    for (const region of regions) {
      if (this.#isSeen(region)) this.#audited.add(region);
      if (!this.#audited.has(region)) continue;
      if (this.#estate.excluded === region) {
        this.#expectWithdrawn(region, () => true);
        if (!this.#real.leftOut.includes(clusterOf[region]))
          throw new Error(`hidden: ${clusterOf[region]} is left out, and the summary does not say so`);
        continue;
      }

      for (const control of this.#estate.controls) {
        const failing = this.#failing(region, control);
        for (const machine of failing.filter((each) => !this.#isInvisible(region, each)))
          this.#expectShown(region, control, machine);
        this.#expectNotResolved(region, control, { failing, said });
      }
      if (!this.#isSeen(region) || this.#estate.regions[region].isEc2Denied) continue;
      this.#expectWithdrawn(region, (id) => !this.#isLookedAt(id));
    }
  }

  #expectWithdrawn(region: Region, isLeftOut: (id: string) => boolean): void {
    for (const [id, kind] of this.#heard)
      if (id.includes(`:${region}:`) && kind === 'Finding Opened' && isLeftOut(id))
        throw new Error(`hidden: ${id} is not looked at any more, and nobody said so`);
  }

  #listen(): readonly Event[] {
    const said = this.#real.events.slice(this.#heardEvents).map(({ type, detail }) => ({ type, ...fieldsOf(detail) }));
    this.#heardEvents = this.#real.events.length;
    for (const each of said) {
      if (each.findingId) this.#heard.set(each.findingId, each.type);
      const key = [each.accountId, each.region, each.cluster, each.nodeGroup, each.code].join('|');
      if (each.type === 'Gap Opened') this.#gaps.set(key, each);
      if (each.type === 'Gap Closed') this.#gaps.delete(key);
    }
    return said;
  }

  #isSeen(region: Region): boolean {
    return (
      this.#estate.account === 'active' &&
      this.#estate.regions[region].access === 'open' &&
      this.#estate.excluded !== region
    );
  }

  /** Machines that truly fail, and that somebody could know of: younger ones than 15 minutes are waited for, and of some nobody knows. */
  #failing(region: Region, control: Slug): readonly Machine[] {
    const { machines, nodes } = this.#estate.clusters[region];
    return machines.filter(({ id, isTagged, running, launchedAt }) => {
      // docs/threat-model.md, "What cannot be promised": a machine without the cluster's tags that no Node object names.
      const isKnown = isTagged || nodes.some(({ providerId }) => providerId?.endsWith(id));
      return isKnown && fails(running, control) && this.#estate.now - launchedAt >= 15 * 60_000;
    });
  }

  /** docs/threat-model.md, "What cannot be promised": one that nobody lists, and that shows no kubelet. What is known of it stays all the same. */
  #isInvisible(region: Region, { id, isHidden }: Machine): boolean {
    return isHidden && !this.#estate.clusters[region].nodes.some(({ providerId }) => providerId?.endsWith(id));
  }

  #expectShown(region: Region, control: Slug, machine: Machine): void {
    const ids = this.#idsOf(region, control, machine);
    const isShown = this.#real
      .findings(region)
      .some(
        ({ Id, RecordState, Compliance }) =>
          ids.includes(String(Id)) &&
          RecordState === 'ACTIVE' &&
          ['FAILED', 'WARNING'].includes(Object(Compliance).Status),
      );
    if (isShown || ids.some((id) => this.#heard.get(id) === 'Finding Unreadable')) return;

    const groups = this.#groupsOf(region, machine);
    const isMissed = [...this.#gaps.values()].some(
      (gap) =>
        gap.accountId === accountId &&
        ['', region].includes(gap.region) &&
        ['', clusterOf[region]].includes(gap.cluster) &&
        (gap.nodeGroup === '' || groups.some((group) => gap.nodeGroup === group)),
    );
    if (!isMissed) throw new Error(`hidden: ${machine.id} of ${region} (${groups.join(' or ')}) fails ${control}`);
  }

  #expectNotResolved(
    region: Region,
    control: Slug,
    { failing, said }: { readonly failing: readonly Machine[]; readonly said: readonly Event[] },
  ): void {
    const archived = [...this.#archived()].filter((id) => !this.#archivedBefore.has(id));
    const over = new Set([
      ...archived,
      ...said.flatMap(({ type, findingId }) => (type === 'Finding Resolved' ? [findingId] : [])),
    ]);

    for (const machine of failing) {
      const id = this.#idsOf(region, control, machine).find((each) => over.has(each));
      if (id && !this.#isWaived(region, { control, machine, id }))
        throw new Error(`called over: ${id}, where ${machine.id} fails`);
    }
  }

  /** By the machine's own group, or as the group whose finding it is, where AWS names groups. */
  #isWaived(
    region: Region,
    { control, machine, id }: { readonly control: Slug; readonly machine: Machine; readonly id: string },
  ): boolean {
    const { waived, regions: all } = this.#estate;
    if (waived?.control !== control) return false;
    const isOfGroup = id.endsWith(`/node-group/managed/${partOf(waived.group)}`) && !all[region].isEc2Denied;
    return waived.group === machine.group || isOfGroup;
  }

  /** Those that said so: of a node that was only ever distrusted, its machine has a finding of its own. */
  #archived(): ReadonlySet<string> {
    const findings = regions.flatMap((region) => this.#real.findings(region));
    return new Set(
      findings.flatMap(({ Id, RecordState, Compliance }) =>
        RecordState === 'ARCHIVED' && ['FAILED', 'WARNING'].includes(Object(Compliance).Status) ? [String(Id)] : [],
      ),
    );
  }

  #isLookedAt(id: string): boolean {
    const [, control, , scope] =
      /^eks-kubelet-audit\/([^/]+)\/([^/]+\/[^/]+)\/(node-group|node|cluster)/.exec(id) ?? [];
    const { excluded } = this.#estate;
    if (excluded && id.includes(`:${excluded}:`)) return false;
    return this.#estate.scope === scope && this.#estate.controls.some((each) => each === control);
  }

  /** What the machine's findings may be called: by its group, as AWS's tags tell it; where AWS does not tell, as its Node object does. */
  #idsOf(region: Region, control: Slug, machine: Machine): readonly string[] {
    const prefix = `eks-kubelet-audit/${control}/${arnOf(region, clusterOf[region])}`;
    if (this.#estate.scope === 'cluster') return [`${prefix}/cluster`];
    if (this.#estate.scope === 'node')
      return this.#nodeKeys(region, machine).map((key) => `${prefix}/node/${partOf(key)}`);
    return this.#groupsOf(region, machine).map((group) => {
      const [kind = '', ...name] = group.split(' ');
      return `${prefix}/node-group/${kind}/${partOf(name.join(' '))}`;
    });
  }

  #nodeKeys(region: Region, { id }: Machine): readonly string[] {
    const names = this.#estate.clusters[region].nodes
      .filter(({ providerId }) => providerId?.endsWith(id))
      .map(({ name }) => name);
    return [id, ...names];
  }

  #groupsOf(region: Region, { id, dnsName, isTagged, group }: Machine): readonly string[] {
    if (isTagged && !this.#estate.regions[region].isEc2Denied) return [`managed ${group}`];

    const { nodes } = this.#estate.clusters[region];
    const objects = nodes.filter(({ providerId, name }) => providerId?.endsWith(id) || name === dnsName);
    return objects.map(({ labels }) => {
      const label = labels['eks.amazonaws.com/nodegroup'];
      // EC2 may hide machines of Auto Mode: one that it does not show keeps the group that its Node object names.
      if (labels['eks.amazonaws.com/compute-type'] === 'auto') return 'auto-mode auto-mode';
      return label ? `managed ${label}` : 'self-managed self-managed';
    });
  }
}

interface Gap {
  readonly accountId: string;
  readonly region: string;
  readonly cluster: string;
  readonly nodeGroup: string;
  readonly code: string;
}

interface Event extends Gap {
  readonly type: string;
  readonly findingId: string;
}

function fieldsOf(detail: object): Omit<Event, 'type'> {
  return { accountId: '', region: '', cluster: '', nodeGroup: '', code: '', findingId: '', ...detail };
}

/** docs/findings.md: a name that is not plain is cut, and made unique by its hash. */
const partOf = (name: string): string =>
  /^[!-}]{1,200}$/.test(name)
    ? name
    : `${name.replace(/[^!-}]+/g, '-').slice(0, 160)}~${createHash('sha256').update(name, 'utf16le').digest('hex').slice(0, 32)}`;
