import type { Evidence, KubeletFacts, Origin } from '../../../model/model.ts';
import type { SettingValue } from '../../../model/settings.ts';
import { printable } from '../../../model/text/words.ts';

interface EvidenceOptions {
  readonly facts: KubeletFacts;
  /** The setting's path, or another name of what was looked at. */
  readonly setting: string;
  readonly fact: { readonly value: SettingValue | undefined; readonly origin: Origin };
  readonly expected: string;
  /** What this control has to add to the notes of the facts. */
  readonly notes?: readonly string[];
}

export function evidence({ facts, setting, fact, expected, notes = [] }: EvidenceOptions): Evidence {
  return {
    setting,
    value: shown(fact.value),
    expected,
    origin: fact.origin,
    via: facts.via,
    notes: [...facts.notes, ...notes],
    ...(facts.proof && { proof: facts.proof }),
  };
}

/** A value as a person reads it, bounded and printable. */
export const shown = (value: SettingValue | undefined): string =>
  value === undefined || value === '' ? '(not set)' : printable(String(value), 300) || '(nothing printable)';

/** Why a source shows nothing of what only a look at the machine shows. Reports say one wording once for a node. */
export const notSeenBy = (
  { via }: Pick<KubeletFacts, 'via'>,
  because: { readonly onlyBySsm: string; readonly files: string; readonly ssm: string },
): string => because[via === 'files' || via === 'ssm' ? via : 'onlyBySsm'];
