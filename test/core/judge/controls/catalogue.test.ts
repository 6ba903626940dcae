import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  type About,
  type Benchmark,
  benchmarks,
  type Control,
  familyOf,
} from '../../../../lambda/core/judge/control.ts';
import { controlsOf, findControl, suggestion } from '../../../../lambda/core/judge/controls/catalogue/find-control.ts';
import { controls } from '../../../../lambda/core/judge/controls/index.ts';
import {
  describe as describeAbout,
  flagOf,
  nameOf,
  titleOf,
} from '../../../../lambda/core/judge/controls/shared/about.ts';
import { numbered } from '../../../../lambda/core/judge/controls/shared/numbered.ts';
import { evaluate } from '../../../../lambda/core/judge/evaluate.ts';
import { type NodeKind, nodeKinds, type VerdictStatus } from '../../../../lambda/core/model/model.ts';
import { nodeWith } from './facts-with.ts';
import { oldNumbers } from './old-numbers.ts';
import { type Change, type Source, seenBy, subject } from './subject.ts';

const sources = ['configz', 'ssm', 'files', 'tls'] as const;
/** The client CA's file has cases of its own, in client-ca-checks.test.ts. So have what a connection shows and what is asked of the cluster. */
const ofNodes = controls.filter(({ about }) => about.kind !== 'cluster');
const withFixture = ofNodes.filter(({ about }) => about.kind !== 'content' && about.kind !== 'connection');
const fixture = ({ slug }: Control): string => join(import.meta.dirname, `../../../fixtures/controls/${slug}.json`);

interface Case extends Change {
  readonly what: string;
  readonly verdict: VerdictStatus | Readonly<Partial<Record<Source, VerdictStatus>>>;
}

const casesOf = (control: Control): readonly Case[] => JSON.parse(readFileSync(fixture(control), 'utf8')).cases;

/** Two live kubelets with an explicit false showed none in configz, so only true proves something there. */
const onMachineOnly = ({ about, slug }: Control) => about.kind !== 'setting' || slug === 'kubelet-rotate-certificates';

/** What cannot be seen is unknown, or not applicable where AWS runs the kubelet or, on Windows, no shell of ours looks. */
function expectedOf(control: Control, via: Source, seen: VerdictStatus, kind: NodeKind): VerdictStatus {
  const verdict = seenBy(via, control.about) ? seen : 'unknown';
  const ofAws = kind === 'auto-mode' || kind === 'fargate';
  const unseen = ofAws ? onMachineOnly(control) || via === 'tls' : kind === 'windows' && onMachineOnly(control);
  return verdict === 'unknown' && unseen ? 'not-applicable' : verdict;
}

const verdictOf = (control: Control, via: Source, kind: NodeKind, change?: Change) =>
  evaluate(control, { facts: subject(via, change), failures: [], node: nodeWith({ kind }) });

const all = withFixture.flatMap((control) =>
  nodeKinds.flatMap((kind) => sources.map((via) => ({ slug: control.slug, kind, via, control }))),
);

it.each(all)('a compliant kubelet passes $slug by what $via can see of it on $kind', ({ control, kind, via }) => {
  const verdict = verdictOf(control, via, kind);
  expect(verdict.status).toBe(expectedOf(control, via, 'pass', kind));
  if ('evidence' in verdict) expect(verdict.evidence).toMatchObject({ setting: nameOf(control.about), via });
  else expect(verdict.because).not.toBe('');
});

describe('a kubelet with one thing changed', () => {
  const all = withFixture.flatMap((control) =>
    casesOf(control).flatMap((each) => sources.map((via) => ({ ...each, slug: control.slug, via, control, each }))),
  );

  it.each(all)('$slug, $what: by $via, on every kind of node', ({ control, via, each }) => {
    const seen = typeof each.verdict === 'string' ? each.verdict : (each.verdict[via] ?? 'unknown');
    for (const kind of nodeKinds)
      expect(verdictOf(control, via, kind, each).status, kind).toBe(expectedOf(control, via, seen, kind));
  });

  // Nothing that a kubelet runs with fails it: below 0 none starts.
  const mayFail = withFixture.filter(({ slug }) => slug !== 'kubelet-event-qps');
  it.each(mayFail)('changes the verdict of $slug in at least one way that fails', (control) => {
    const failing = casesOf(control).filter(({ verdict }) => JSON.stringify(verdict).includes('fail'));
    expect(failing).not.toEqual([]);
  });
});

describe('the catalogue', () => {
  it('has no slug twice, and no number twice in one version', () => {
    expect(new Set(controls.map(({ slug }) => slug)).size).toBe(controls.length);
    for (const benchmark of benchmarks) {
      const numbers = controls.flatMap((each) => each.numbers[benchmark]?.number ?? []);
      expect(new Set(numbers).size).toBe(numbers.length);
    }
  });

  it('takes no empty list of numbers: a control of a benchmark has one in some version', () => {
    // @ts-expect-error a control without a number is an own check, and has no list
    expect(numbered({})).toEqual({});
    expect(numbered({ '1.8.0': '3.2.3 A' })).toEqual({ 'cis-eks-1.8.0': { number: '3.2.3', assessment: 'automated' } });
  });

  it('holds every control in a list: its benchmarks’ or, as our own, all of them', () => {
    for (const control of controls) {
      const lists = benchmarks.filter((benchmark) => controlsOf(benchmark).includes(control));
      const numbering = benchmarks.filter((each) => control.numbers[each]);
      expect(lists, control.slug).toEqual(familyOf(control) === 'own' ? benchmarks : numbering);
    }
  });

  it('has a fixture for every control, and every slug can be typed', () => {
    for (const { slug } of controls) expect(slug).toMatch(/^(kubelet|client-ca|cluster)(-[a-z]+)+$/);
    for (const control of withFixture) expect(existsSync(fixture(control)), control.slug).toBe(true);
  });

  // Which of them are left to a person's judgement: CIS Amazon EKS Benchmark, the word after each title.
  it.each<[Benchmark, string]>([
    ['cis-eks-1.2.0', '3.1.1 3.1.2 3.1.3 3.1.4 3.2.3 3.2.4 3.2.8 3.2.10 3.2.11'],
    ['cis-eks-1.4.0', '3.1.1 3.2.7'],
    ['cis-eks-1.5.0', ''],
    ['cis-eks-1.7.0', ''],
    ['cis-eks-1.8.0', ''],
  ])('numbers the controls of %s in order, without a gap, and knows which are manual', (benchmark, manual) => {
    const judged = controlsOf(benchmark).filter(({ about }) => about.kind !== 'cluster');
    const numbers = judged.flatMap((each) => each.numbers[benchmark] ?? []);
    const settings = numbers.length - 4;

    const inOrder = Array.from({ length: settings }, (_, index) => `3.2.${index + 1}`);
    expect(numbers.map(({ number }) => number)).toEqual([...[1, 2, 3, 4].map((each) => `3.1.${each}`), ...inOrder]);
    const left = numbers.filter(({ assessment }) => assessment === 'manual').map(({ number }) => number);
    expect(left.join(' ')).toBe(manual);
  });

  // Well-known tools speak of another setting in the text of a control.
  it.each(ofNodes)('speaks in the texts of $slug of what it is about, and of no other control', (control) => {
    const texts = `${control.title} ${control.rationale} ${control.expected}`;
    const [must = ''] = control.title.split(' - ');
    expect(must).toMatch(/^[A-Z][^:]* must [^:]*$/);
    expect(control.title).toBe(titleOf(must, control.about));
    const about = control.about.kind === 'content' ? control.about.setting : describeAbout(control.about);
    expect(control.rationale).toContain(about);

    const others = ofNodes
      .filter(({ about }) => JSON.stringify(about) !== JSON.stringify(control.about))
      .flatMap(({ about }) => [shortName(about), flagOf(about)])
      .filter((name) => ![shortName(control.about), flagOf(control.about), ''].includes(name));
    for (const other of others) expect(` ${texts} `).not.toMatch(new RegExp(`[^\\w-]${escaped(other)}(?![\\w-])`));
  });

  it('says what fails in a few words that no other control uses', () => {
    expect(new Set(controls.map(({ failure }) => failure)).size).toBe(controls.length);
    for (const { slug, failure } of controls) expect(failure, slug).toMatch(/^\S+( \S+){0,5}$/);
  });

  it('keeps every title within 100 characters and every text printable', () => {
    for (const { title, rationale, caveats = [], remedy = '' } of controls) {
      expect(title.length, title).toBeLessThanOrEqual(100);
      for (const text of [title, rationale, remedy, ...caveats]) expect(text).not.toMatch(/\p{Cc}|undefined/u);
    }
  });
});

function shortName(about: About): string {
  if (about.kind === 'file') return flagOf(about);
  return about.kind === 'content' ? about.setting : nameOf(about);
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

describe('finding a control', () => {
  it('takes a slug in any version, and a number only in its own', () => {
    expect(findControl('kubelet-rotate-certificates', 'cis-eks-1.2.0')?.slug).toBe('kubelet-rotate-certificates');
    expect(findControl('3.2.8', 'cis-eks-1.8.0')?.slug).toBe('kubelet-rotate-certificates');
    expect(findControl('3.2.8', 'cis-eks-1.2.0')?.slug).toBe('kubelet-hostname-override');
    for (const { number } of oldNumbers) expect(findControl(number, 'cis-eks-1.8.0')).toBeUndefined();
    expect(findControl('3.2')).toBeUndefined();
  });

  it.each<[string, string]>([
    ...oldNumbers.map<[string, string]>(({ number, slug, version }) => [number, `it is ${slug} in ${version}`]),
    ['kubelet-anonymus-auth', 'the nearest: kubelet-anonymous-auth'],
    ['client-ca-fil', 'kubelet-client-ca-file'],
    ['readonlyport', 'the nearest: kubelet-read-only-port'],
    ['3.2.33', 'the nearest: 3.2.3'],
    ['nope', 'the command controls lists all'],
  ])('says of %s what may have been meant', (word, words) => {
    expect(suggestion(word, 'cis-eks-1.8.0')).toContain(words);
  });

  it('is not held up by a very long word', () => {
    expect(suggestion('x'.repeat(1_000_000), 'cis-eks-1.8.0')).toContain('the nearest: ');
  });
});
