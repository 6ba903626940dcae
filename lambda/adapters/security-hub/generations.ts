import type { AsffFinding } from '../../core/findings/asff/asff.ts';
import { latestTime } from '../../core/findings/asff/own-fields.ts';
import { findingText } from '../../core/findings/identity.ts';
import type { StoredFinding } from '../../core/model/stored-finding.ts';

/** `eks-kubelet-audit/SLUG.2/…` is the second generation of `eks-kubelet-audit/SLUG/…`. */
const pattern = /^([a-z0-9-]+\/[a-z0-9-]{1,60})\.([2-9])(\/.+)$/s;
const mostGenerations = 9;

interface Generation {
  readonly number: number;
  /** Of which Security Hub takes no update any more. */
  readonly replaced: StoredFinding;
}

/**
 * Findings that nobody can update any more, and what is written in their place. Security Hub takes an import only with a later UpdatedAt: a finding that
 * somebody gave the last possible time stays as it is. The next generation has an Id of its own, and the audit knows both by the first one's Id.
 */
export class Generations {
  readonly #found = new Map<string, Map<number, StoredFinding>>();
  readonly #live = new Map<string, Generation>();

  /** Passes on what the audit compares: of several generations the last that can be updated. */
  *of(stored: StoredFinding): Generator<StoredFinding> {
    const { id, number } = generationOf(stored.id);
    if (number === 1 && canFollow(stored)) yield stored;
    else this.#found.set(id, (this.#found.get(id) ?? new Map()).set(number, stored));
  }

  /** The rest of them, when all were read. */
  *rest(): Generator<StoredFinding> {
    for (const [id, byNumber] of this.#found) {
      const ordered = [...byNumber].toSorted(([one], [other]) => other - one);
      const [live] = ordered.filter(([, each]) => canFollow(each));
      const replaced = ordered.find(([, each]) => !canFollow(each))?.[1];
      if (replaced) this.replace(id, { number: live?.[0] ?? firstFree(byNumber), replaced });
      const shown = live?.[1] ?? replaced;
      if (shown) yield { ...shown, id };
    }
    this.#found.clear();
  }

  replace(id: string, generation: Generation): void {
    this.#live.set(id, generation);
  }

  /** The finding under the Id that it is sent with. */
  sent(finding: AsffFinding): AsffFinding {
    const generation = this.#live.get(finding.Id);
    if (!generation) return finding;
    const { updatedAt, workflow = 'NEW' } = generation.replaced;
    const reason = {
      ReasonCode: 'REPLACES_FINDING',
      Description: findingText(
        `Security Hub takes no update of ${finding.Id}, whose UpdatedAt somebody set to ${updatedAt}; its workflow was ${workflow}`,
        1024,
      ),
    };
    return {
      ...finding,
      Id: finding.Id.replace(/^([^/]+\/[^/]+)/, `$1.${generation.number}`),
      Compliance: { ...finding.Compliance, StatusReasons: [...finding.Compliance.StatusReasons, reason] },
    };
  }
}

export function generationOf(id: string): { readonly id: string; readonly number: number } {
  const [, head = '', number, rest = ''] = pattern.exec(id) ?? [];
  return number === undefined ? { id, number: 1 } : { id: `${head}${rest}`, number: Number(number) };
}

const canFollow = ({ updatedAt }: StoredFinding): boolean => !(Date.parse(updatedAt) >= latestTime);

function firstFree(byNumber: ReadonlyMap<number, unknown>): number {
  for (let number = 2; number < mostGenerations; number += 1) if (!byNumber.has(number)) return number;
  return mostGenerations;
}
