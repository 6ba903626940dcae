import { expect, it } from 'vitest';
import { clientCaFile } from '../../../lambda/core/judge/controls/client-ca-file.ts';
import { controls } from '../../../lambda/core/judge/controls/index.ts';
import { evaluate } from '../../../lambda/core/judge/evaluate.ts';
import type { KubeletFacts } from '../../../lambda/core/model/model.ts';
import { sharedParts } from '../../../lambda/core/model/shared-parts.ts';
import { settingFacts, unknownFact } from '../../../lambda/core/read/kubelet/setting-facts.ts';
import { subject } from '../judge/controls/subject.ts';

/** Each call makes every part anew, as reading another node does. */
const factsOf = (clientCa: string, sha256: string): KubeletFacts => ({
  via: 'configz',
  settings: settingFacts((path) =>
    path === 'authentication.x509.clientCAFile'
      ? { state: 'known', value: clientCa, origin: { from: 'running' } }
      : unknownFact('not looked at'),
  ),
  notes: ['one note'],
  proof: { readAt: '2026-01-01T00:00:00.000Z', sha256 },
});

const one = factsOf('/ca', 'a'.repeat(64));
const same = factsOf('/ca', 'b'.repeat(64));
const other = factsOf('/another', 'c'.repeat(64));

it('keeps equal parts of facts once, and changes nothing', () => {
  const shared = sharedParts();
  const [first, second, third] = [one, same, other].map((each) => shared.facts(each));

  expect([first, second, third]).toEqual([one, same, other]);
  expect(second?.settings).toBe(first?.settings);
  expect(second?.notes).toBe(first?.notes);
  expect(third?.settings).not.toBe(first?.settings);
});

it('keeps what is equal of verdicts once, each with the proof of its own node', () => {
  const shared = sharedParts();
  for (const control of controls) {
    const verdicts = [one, same, other].map((facts) => evaluate(control, { facts, failures: [] }));
    const [first, second] = verdicts;
    const kept = verdicts.map((each) => shared.verdict(each));
    expect(kept).toEqual(verdicts);

    const notes = kept.map((each) => ('evidence' in each ? each.evidence?.notes : undefined));
    expect(notes[1]).toBe(notes[0]);
    if (first && second && !('evidence' in first)) expect(kept[1]).toBe(kept[0]);
  }
});

it('keeps flags, files and the client CA once, where there are any', () => {
  const file = () => ({ state: 'known', path: '/c', mode: 0o644, owner: 'root', group: 'root' }) as const;
  const seen = subject('ssm');
  const rich = (): KubeletFacts => ({
    ...factsOf('/ca', 'a'.repeat(64)),
    ...(seen.flags && { flags: structuredClone(seen.flags) }),
    files: { kubeconfig: file(), config: file() },
    clientCa: { state: 'gone', path: '/ca' },
  });
  const shared = sharedParts();
  const [first, second] = [rich(), rich()].map((each) => shared.facts(each));
  expect(second).toEqual(rich());
  for (const part of ['flags', 'files', 'clientCa'] as const) expect(second?.[part]).toBe(first?.[part]);
  expect(shared.facts(one)).toStrictEqual(one);
});

it('keeps a verdict once, without the proof of a node', () => {
  const shared = sharedParts();
  const unknown = () => ({ status: 'unknown', because: 'no' }) as const;
  expect(shared.verdict(unknown())).toBe(shared.verdict(unknown()));

  const { proof: _, ...bare } = one;
  const verdict = () => evaluate(clientCaFile, { facts: bare, failures: [] });
  expect(verdict()).toHaveProperty('evidence');
  expect(shared.verdict(verdict())).toBe(shared.verdict(verdict()));
});

it('keeps a thousand that differ, and no more', () => {
  const shared = sharedParts();
  const verdict = (number: number) => shared.verdict({ status: 'unknown', because: `${number}` });
  const first = Array.from({ length: 1_001 }, (_, index) => verdict(index));
  expect(verdict(0)).toBe(first[0]);
  expect(verdict(999)).toBe(first[999]);
  expect(verdict(1_000)).not.toBe(first[1_000]);
});

it('goes on where a cluster has more differences than it keeps', () => {
  const shared = sharedParts();
  const many = Array.from({ length: 2_000 }, (_, index) => factsOf(`/ca-${index}`, 'a'.repeat(64)));
  expect(many.map((each) => shared.facts(each))).toEqual(many);
});
