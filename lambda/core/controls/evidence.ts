import { printable } from '../kubelet/printable.ts';
import type { SettingPath, SettingValue } from '../kubelet/settings.ts';
import type { Evidence, KubeletFacts, SettingFact } from '../model.ts';

interface Seen {
  readonly facts: KubeletFacts;
  readonly setting: SettingPath;
  readonly fact: Extract<SettingFact, { readonly state: 'known' }>;
  readonly expected: string;
  /** What this control has to add to the notes of the facts. */
  readonly notes?: readonly string[];
}

export function evidence({ facts, setting, fact, expected, notes = [] }: Seen): Evidence {
  return {
    setting,
    value: shown(fact.value),
    expected,
    origin: fact.origin,
    via: facts.via,
    notes: [...facts.notes, ...notes],
  };
}

const shown = (value: SettingValue | undefined): string =>
  value === undefined || value === '' ? '(not set)' : printable(String(value), 300) || '(nothing printable)';
