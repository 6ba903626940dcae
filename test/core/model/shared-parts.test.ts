import { expect, it } from 'vitest';
import { controls } from '../../../lambda/core/judge/controls/index.ts';
import { evaluate } from '../../../lambda/core/judge/evaluate.ts';
import type { ClusterNode, KubeletFacts } from '../../../lambda/core/model/model.ts';
import { sharedNodes, sharedParts } from '../../../lambda/core/model/shared-parts.ts';
import { withProofs } from '../../../lambda/core/model/verdict-parts.ts';
import { settingFacts, unknownFact } from '../../../lambda/core/read/kubelet/setting-facts.ts';
import { accessLike } from '../findings/compliant-audit.ts';
import { subject } from '../judge/controls/subject.ts';

/** Each call makes every part anew, as reading another node does. */
const factsOf = (clientCa: string, sha256: string): KubeletFacts => {
  const ca = { state: 'known', value: clientCa, origin: { from: 'running' } } as const;
  const other = unknownFact('not looked at');
  const settings = settingFacts((path) => (path === 'authentication.x509.clientCAFile' ? { ...ca } : { ...other }));
  return { via: 'configz', settings, notes: ['one note'], proof: { readAt: '2026-01-01T00:00:00.000Z', sha256 } };
};

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

const verdictsOf = (facts: KubeletFacts) =>
  new Map(controls.map((control) => [control.slug, evaluate(control, { facts, failures: [] })]));

it('keeps equal verdicts of nodes as one object, and each node finds its own proofs again', () => {
  const shared = sharedParts();
  const kept = [one, same, other].map((facts) => shared.verdicts(verdictsOf(facts)));

  expect(kept[1]).toBe(kept[0]);
  expect(kept[2]).not.toBe(kept[0]);
  for (const [index, facts] of [one, same, other].entries()) {
    const written = withProofs(kept[index] ?? {}, { facts });
    expect(JSON.stringify(written)).toBe(JSON.stringify(Object.fromEntries(verdictsOf(facts))));
    const elsewhere = { facts: { via: 'ssm' }, otherFacts: [facts] } as const;
    expect(withProofs(kept[index] ?? {}, elsewhere)).toEqual(written);
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

it('keeps a thousand that differ, and no more', () => {
  const shared = sharedParts();
  const verdicts = (number: number) =>
    shared.verdicts(new Map([['a', { status: 'unknown', because: `${number}` } as const]]));
  const first = Array.from({ length: 1_001 }, (_, index) => verdicts(index));
  expect(verdicts(0)).toBe(first[0]);
  expect(verdicts(999)).toBe(first[999]);
  expect(verdicts(1_000)).not.toBe(first[1_000]);
  expect(verdicts(1_000)).toEqual(first[1_000]);
});

it('keeps a headline once', () => {
  const shared = sharedParts();
  const access = () => accessLike('pass', 'all is well');
  expect(shared.access(access())).toBe(shared.access(access()));
});

it('keeps once what the machines of a node group have in common, and changes no node', () => {
  const node = (key: string): ClusterNode => ({
    key,
    machine: { status: 'confirmed', instanceId: key },
    kind: 'al2023',
    group: { kind: 'managed', name: 'workers' },
    kubeletVersion: 'v1.33.1',
    osImage: 'Amazon Linux 2023',
    imageId: 'ami-0123456789abcdef0',
    launchTemplate: { id: 'lt-0123456789abcdef0', version: '3' },
    internalIp: '10.0.0.1',
  });
  const nodes = ['i-1', 'i-2'].map(node);
  const [first, second] = sharedNodes(nodes);

  expect(JSON.stringify([first, second])).toBe(JSON.stringify(nodes));
  expect(second?.group).toBe(first?.group);
  expect(second?.launchTemplate).toBe(first?.launchTemplate);
});
