import { describe, expect, it } from 'vitest';
import { settingPaths } from '../../../../lambda/core/model/settings.ts';
import { originText } from '../../../../lambda/core/model/text/origin-text.ts';
import { effectiveConfiguration } from '../../../../lambda/core/read/kubelet/effective.ts';
import { casesOf2026_11_26, readMachines } from '../../../conformance/recorded-machine.ts';
import { savedMachine } from '../../../conformance/saved-machine.ts';

/** One question each: of arguments, of JSON and YAML, of spellings, nulls, links and drop-ins, for kubelets 1.29 and 1.34. */
const machines = casesOf2026_11_26.slice(0, 2).flatMap((path) => readMachines(path));

type Machine = (typeof machines)[number];
type Read = ReturnType<typeof effectiveConfiguration>;

/** What is said of one machine: where each value comes from, each reason why one is not known, each note. */
function sentencesOf(read: Read): readonly string[] {
  if (!read.ok) return [`nothing is known: ${read.error.because}`];
  const facts = settingPaths.map((path) => {
    const fact = read.value.settings[path];
    if (fact.state === 'unknown') return `not known: ${fact.because}`;
    const origin = originText(fact.origin);
    return fact.origin.from === 'default' ? origin : `${path} by ${origin}`;
  });
  return [...new Set([...facts, ...(read.value.notes ?? []).map((note) => `note: ${note}`)])];
}

/** Values that the kubelet itself contradicts. */
function wrongOf({ id, answer }: Machine, read: Read): readonly string[] {
  if (!read.ok || !answer.starts) return [];
  return settingPaths.flatMap((path) => {
    const fact = read.value.settings[path];
    return fact.state === 'unknown' || fact.value === (answer.settings[path] ?? undefined) ? [] : [`${id}: ${path}`];
  });
}

describe('the machines of which each asks one question', () => {
  it('get the origins and reasons that were reviewed, each so many times, and no value that the kubelet contradicts', () => {
    const counts = new Map<string, number>();
    const wrong: string[] = [];
    for (const machine of machines) {
      const read = effectiveConfiguration(savedMachine(machine), 'ssm');
      wrong.push(...wrongOf(machine, read));
      for (const sentence of sentencesOf(read)) counts.set(sentence, (counts.get(sentence) ?? 0) + 1);
    }
    expect(wrong).toEqual([]);
    const lines = [...counts].map(([sentence, count]) => `${sentence} × ${count}`).toSorted();
    expect(lines.join('\n')).toMatchSnapshot();
  });
});
