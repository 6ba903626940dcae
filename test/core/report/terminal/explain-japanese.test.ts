import { describe, expect, it } from 'vitest';
import { benchmarks } from '../../../../lambda/core/judge/control.ts';
import { controls } from '../../../../lambda/core/judge/controls/index.ts';
import { columns } from '../../../../lambda/core/model/text/wrap.ts';
import { japaneseExplanation, withoutJapanese } from '../../../../lambda/core/report/terminal/explain-japanese.ts';
import { japaneseTexts } from '../../../../lambda/core/report/terminal/japanese-texts.ts';

const options = { benchmark: 'cis-eks-1.8.0', width: 80, bold: (text: string) => text } as const;

describe('the Japanese texts', () => {
  it('explain every control, and none that there is not', () => {
    expect(withoutJapanese(controls)).toEqual([]);
    expect(Object.keys(japaneseTexts).toSorted()).toEqual(controls.map(({ slug }) => slug).toSorted());
  });

  it('are missed of a new control', () => {
    expect(withoutJapanese([...controls, { slug: 'kubelet-new' }])).toEqual(['kubelet-new']);
  });

  it.each(Object.entries(japaneseTexts))('of %s have every field in Japanese, in one style', (_, text) => {
    const { title, ...sentences } = text;
    expect(title).toMatch(/こと(（|$)/);
    expect(Object.keys(sentences).toSorted()).toEqual(['audit', 'default', 'remedy', 'why']);
    for (const field of Object.values(sentences)) {
      expect(field).toMatch(/[぀-ヿ一-鿿].*。$/);
      // である, never です・ます.
      expect(field).not.toMatch(/(です|ます|ません|ください)。/);
      // Nothing is missing where a setting, a flag or a default belongs.
      expect(field).not.toMatch(/なければと|上のを|は。| 。| {2}|（）|^[。は]/);
      // A blank is between Japanese and Latin letters, and nowhere else.
      expect(field).not.toMatch(/[぀-ヿ一-鿿][a-z0-9]|[a-z0-9][぀-ヿ一-鿿]|[぀-ヿ一-鿿] [぀-ヿ一-鿿]/i);
    }
  });

  it('name the setting or flag that the control is about', () => {
    for (const { slug, about } of controls) {
      const whole = Object.values(japaneseTexts[slug] ?? {}).join('');
      if (about.kind === 'setting' || about.kind === 'content') expect(whole, slug).toContain(about.setting);
      if (about.kind === 'flag') expect(whole, slug).toContain(`--${about.flag}`);
      if (about.kind === 'file') expect(whole, slug).toContain(`--${about.file}`);
    }
  });
});

describe('an explanation in Japanese', () => {
  it('has title, level, why, audit, remedy and default, with the number of the version', () => {
    const [control = expect.fail()] = controls.filter(({ slug }) => slug === 'kubelet-client-ca-file');
    const text = japaneseExplanation(control, options);
    expect(text).toContain('クライアント CA');
    expect(text).toMatch(/番号 +3\.2\.3（自動、cis-eks-1\.8\.0）/);
    expect(text).toMatch(/レベル +1（cis-eks-1\.8\.0）/);
    for (const heading of ['理由', '監査', '修正', '既定値']) expect(text).toMatch(new RegExp(`^${heading}$`, 'm'));
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
