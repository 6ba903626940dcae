import { type Assumption, assumptionTexts } from '../model/assumptions.ts';
import type { ReportedAudit } from '../model/reported-audit.ts';
import { howMany } from '../model/text/words.ts';

/** What readings take for granted, counted over a run: said once, never beside each verdict. */
export class Assumptions {
  readonly #nodes = new Map<Assumption, number>();

  add({ nodes }: Pick<ReportedAudit, 'nodes'>): void {
    for (const { facts } of nodes)
      for (const each of facts?.assumes ?? []) this.#nodes.set(each, (this.#nodes.get(each) ?? 0) + 1);
  }

  /** A sentence for each, with the number of nodes. */
  lines(): readonly string[] {
    return [...this.#nodes].map(([each, count]) => `${howMany(count, 'node')}: ${assumptionTexts[each]}`);
  }
}
