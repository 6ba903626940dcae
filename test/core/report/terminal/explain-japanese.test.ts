import { describe, expect, it } from 'vitest';
import { benchmarks } from '../../../../lambda/core/judge/control.ts';
import { controls } from '../../../../lambda/core/judge/controls/index.ts';
import { columns } from '../../../../lambda/core/model/text/wrap.ts';
import { explanation } from '../../../../lambda/core/report/terminal/explain.ts';
import { japaneseExplanation } from '../../../../lambda/core/report/terminal/explain-japanese.ts';
import { explainedWords, wordExplained } from '../../../../lambda/core/report/terminal/explain-word.ts';
import { japaneseTexts } from '../../../../lambda/core/report/terminal/japanese-texts.ts';

const options = { benchmark: 'cis-eks-1.8.0', width: 80, bold: (text: string) => text } as const;

describe('the Japanese texts', () => {
  it('explain every control of the catalogue, and only those', () => {
    expect(Object.keys(japaneseTexts).toSorted()).toEqual(controls.map(({ slug }) => slug).toSorted());
  });

  it.each(Object.entries(japaneseTexts))('of %s have every field in Japanese, in one style', (_, text) => {
    const { title, expected: __, caveats = [], ...sentences } = text;
    expect(title).toMatch(/こと(（|$)/);
    for (const field of [...caveats, ...Object.values(sentences)]) expectStyle(field);
  });
});

/** Sentences in である style, never です・ます, with a blank between Japanese and Latin letters only. */
function expectStyle(text: string): void {
  expect(text).toMatch(/[぀-ヿ一-鿿].*。$/);
  expect(text).not.toMatch(/(です|ます|ません|ください)。/);
  // Nothing is missing where a setting, a flag or a default belongs.
  expect(text).not.toMatch(/なければと|上のを|は。| 。| {2}|（）|^[。は]/);
  expect(text).not.toMatch(/[぀-ヿ一-鿿][a-z0-9]|[a-z0-9][぀-ヿ一-鿿]|[぀-ヿ一-鿿] [぀-ヿ一-鿿]/i);
}

/**
 * Names that both languages must have: addresses, paths, flags, settings, actions, commands, numbers of requirements and controls. A word of plain
 * English is none of them.
 */
function factsIn(text: string): ReadonlySet<string> {
  const words = text.match(/[A-Za-z0-9_@#:/=~-][A-Za-z0-9_.@#:/=~'%-]*[A-Za-z0-9_/]|\d+/g) ?? [];
  const isFact = (word: string) =>
    /^https?:|^--?[a-zA-Z]|[a-z][A-Z]|\d|\/|\w[._:=@]\w|^[A-Z]{2,}$/.test(word) &&
    !/^(EKS|SSM|TLS|CA|AL2|API|As)$/.test(word);
  const commands = [
    'chmod',
    'chown',
    'kubectl',
    'snap set',
    'snap get',
    'nodeadm init',
    'standalone-mode',
    'stat',
    'ps -ef',
  ];
  return new Set([
    ...words.map((each) => each.replace(/['.:]+$/, '')).filter(isFact),
    ...commands.filter((each) => text.includes(each)),
  ]);
}

/** What one of the languages says in words, or in the plural. */
const told: ReadonlySet<string> = new Set(['ClusterRoles', '1', '4']);

/** The parts of an explanation, by their place: both languages have the same ones. */
const partsOf = (text: string): readonly string[] => text.split(/\n\n/);

describe('the explanations in both languages', () => {
  const cases = controls.flatMap((control) =>
    (['auto', 'cis-eks-1.8.0', 'cis-eks-2.0.0', 'cis-eks-1.4.0'] as const).map((benchmark) => ({
      control,
      benchmark,
      slug: control.slug,
    })),
  );

  it.each(cases)('of $slug with $benchmark name the same facts in the same parts', ({ control, benchmark }) => {
    const wide = { benchmark, width: 10_000, bold: (text: string) => text };
    const [english, japanese] = [explanation, japaneseExplanation].map((each) => partsOf(each(control, wide)));
    expect(japanese?.length).toBe(english?.length);
    for (const [index, part] of (english ?? []).entries()) {
      const [lines, others] = [part, japanese?.[index] ?? ''].map((each) => each.split('\n').length);
      expect(others, part).toBe(lines);
      const [own, other] = [part, japanese?.[index] ?? ''];
      const missing = (from: string, there: string) =>
        [...factsIn(from)].filter((each) => !there.includes(each) && !told.has(each));
      // The Japanese title names the setting and the value as well, which the English explanation has below it.
      const added = missing(other, index === 0 ? (english?.join() ?? '') : own);
      expect({ missing: missing(own, other), added }, part).toEqual({ missing: [], added: [] });
    }
  });

  it.each(explainedWords)('of the word %s name the same facts', (word) => {
    const [en, ja] = (['en', 'ja'] as const).map(
      (lang) => wordExplained(word, { ...options, width: 10_000, lang }) ?? '',
    );
    expect([...factsIn(en ?? '')].filter((each) => !factsIn(ja ?? '').has(each))).toEqual([]);
    expectStyle((ja ?? '').split('\n')[1]?.trim() ?? '');
  });

  it('are compared by names that a translation keeps', () => {
    const facts = factsIn(
      'Set spec.kubelet.config.readOnlyPort in /etc/eks/nodeadm.d, drop --read-only-port, and run nodeadm init (3.2.4, CCI-001184).',
    );
    const named = [
      'spec.kubelet.config.readOnlyPort',
      '/etc/eks/nodeadm.d',
      '--read-only-port',
      'nodeadm init',
      '3.2.4',
      'CCI-001184',
    ];
    expect([...facts].toSorted()).toEqual(named.toSorted());
  });
});

describe('an explanation in Japanese', () => {
  it('has title, level, why, audit, remedy and default, with the number of the version', () => {
    const [control = expect.fail()] = controls.filter(({ slug }) => slug === 'kubelet-client-ca-file');
    const text = japaneseExplanation(control, options);
    expect(text).toContain('クライアント CA');
    expect(text).toMatch(/番号 +3\.2\.3、自動（cis-eks-1\.8\.0）/);
    expect(text).toMatch(/プロファイル適用性 +レベル 1（cis-eks-1\.8\.0）/);
    for (const heading of ['理由', '影響', '監査方法', '注意点', '修復'])
      expect(text).toMatch(new RegExp(`^${heading}$`, 'm'));
  });

  it.each([
    ['a control with a number', 'kubelet-client-ca-file', benchmarks[0], 80],
    ['one that a person checks, on a narrow screen', 'kubelet-event-qps', 'cis-eks-1.8.0', 40],
    ['one of this program', 'client-ca-expiry', 'cis-eks-1.8.0', 20],
    ['one that a version has not', 'cluster-proxy-holders', 'cis-eks-1.2.0', 80],
  ] as const)('of %s is the one that was reviewed', (_, slug, benchmark, width) => {
    const [control = expect.fail()] = controls.filter((each) => each.slug === slug);
    expect(japaneseExplanation(control, { ...options, benchmark, width })).toMatchSnapshot();
    const unknown = { ...control, slug: 'kubelet-new' };
    expect(() => japaneseExplanation(unknown, options)).toThrow('japanese-texts.ts has no text of kubelet-new');
  });

  it('of any control and version stays within the width, and no line begins with a closing mark', () => {
    for (const control of controls)
      for (const benchmark of benchmarks)
        for (const line of japaneseExplanation(control, { ...options, benchmark }).split('\n')) {
          // An ASCII word is never broken, and marks stay with the character before them.
          if (!/[!-~]{30,}/.test(line)) expect(columns(line), line).toBeLessThanOrEqual(82);
          expect(line.trimStart()).not.toMatch(/^[、。）」]/);
        }
  });
});
