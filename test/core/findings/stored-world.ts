import type { AsffFinding } from '../../../lambda/core/findings/asff/asff.ts';
import type { ReconcileOptions } from '../../../lambda/core/findings/lifecycle/comparison.ts';
import { announced, type Memory, missingMemory, parseMemory } from '../../../lambda/core/findings/lifecycle/memory.ts';
import { reconcile } from '../../../lambda/core/findings/lifecycle/reconcile.ts';
import type { ClusterAudit } from '../../../lambda/core/model/model.ts';
import { asStored } from '../../fakes/ports.ts';
import { anonymous, clientCa } from './compliant-audit.ts';

const day = 24 * 60 * 60 * 1000;
const start = Date.parse('2026-11-24T05:00:00.000Z');

type RunOptions = Partial<Omit<ReconcileOptions, 'memory'>> & {
  /** Whether Security Hub takes a finding. */
  readonly takes?: (finding: AsffFinding) => boolean;
};

/** Security Hub and a memory over many runs, each a day after the one before; pure functions and two maps. */
export class StoredWorld {
  findings = new Map<string, AsffFinding>();
  memory: Memory | undefined;
  readonly remembers: boolean;
  #days = 0;

  constructor({ remembers = true }: { remembers?: boolean } = {}) {
    this.remembers = remembers;
  }

  /** The next day's run, or the same day's once more. */
  run(audit: ClusterAudit, options: RunOptions = {}, { again = false }: { again?: boolean } = {}) {
    if (!again) this.#days += 1;
    const startedAt = new Date(start + this.#days * day);
    const { takes = () => true, ...rest } = options;

    const reconciled = this.#reconcile(audit, rest, startedAt);
    const changes = [...reconciled.changes];
    const sent = changes.filter(({ kind }) => kind !== 'unchanged');
    const taken = sent.filter(({ finding }) => takes(finding));
    for (const { finding } of taken) this.findings.set(finding.Id, finding);

    const failed = new Set(sent.filter((each) => !taken.includes(each)).map(({ finding }) => finding.Id));
    const remembered = reconciled.remember(failed);
    if (remembered) this.memory = parseMemory(JSON.parse(JSON.stringify(announced(remembered))));
    const transitions = this.remembers ? reconciled.transitions(failed) : [];
    const { suppressed, leftOpen } = reconciled;
    return { changes: sent, kinds: sent.map(({ kind }) => kind), transitions, suppressed, leftOpen };
  }

  /** Somebody else imports the only finding, changed and a minute later, as Security Hub wants it. */
  meddle(change: (finding: AsffFinding) => AsffFinding): void {
    const UpdatedAt = new Date(Date.parse(this.only.UpdatedAt) + 60_000).toISOString();
    this.findings.set(this.only.Id, change({ ...this.only, UpdatedAt }));
  }

  /** Days without a run. */
  wait(days: number): void {
    this.#days += days;
  }

  get active(): readonly AsffFinding[] {
    return [...this.findings.values()].filter(({ RecordState }) => RecordState === 'ACTIVE');
  }

  get only(): AsffFinding {
    const [finding] = this.findings.values();
    if (!finding || this.findings.size !== 1) throw new Error(`${this.findings.size} findings`);
    return finding;
  }

  #reconcile(audit: ClusterAudit, options: Partial<ReconcileOptions>, startedAt: Date) {
    return reconcile(audit, {
      controls: [clientCa],
      catalogue: [clientCa, anonymous],
      benchmark: 'cis-eks-1.8.0',
      scope: 'node-group',
      waivers: [],
      run: { id: startedAt.toISOString(), startedAt },
      stored: new Map([...this.findings].map(([id, each]) => [id, asStored(each)])),
      ...options,
      ...(this.remembers && { memory: this.memory ?? missingMemory(new Date(startedAt.getTime() - 1)) }),
    });
  }
}
