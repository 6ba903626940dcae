import { type Benchmark, type BenchmarkChoice, type Control, familyOf } from '../../judge/control.ts';
import { benchmarkTextOf } from '../../judge/frameworks/benchmark-text.ts';
import { columns } from '../../model/text/wrap.ts';
import { versionsOf } from './explain.ts';
import { japaneseTexts } from './japanese-texts.ts';

interface JapaneseExplanationOptions {
  readonly benchmark: BenchmarkChoice;
  /** Columns to wrap at. */
  readonly width: number;
  readonly bold: (text: string) => string;
}

/** The controls that no Japanese text explains; none, as a test holds. */
export const withoutJapanese = (controls: readonly Pick<Control, 'slug'>[]): readonly string[] =>
  controls.flatMap(({ slug }) => (japaneseTexts[slug] ? [] : [slug]));

/** One control in Japanese: what is required, why, how it is checked and fixed, its level and its default. Throws for a control without a text. */
export function japaneseExplanation(control: Control, { benchmark, width, bold }: JapaneseExplanationOptions): string {
  const text = japaneseTexts[control.slug];
  if (!text) throw new Error(`japanese-texts.ts has no text of ${control.slug}`);

  const section = (name: string, body: string) => ['', bold(name), wrapped(body, { indent: 2, width })];
  return [
    bold(control.slug),
    wrapped(text.title, { indent: 0, width }),
    '',
    `  番号    ${versionsOf(benchmark)
      .map((each) => numberText(control, each))
      .join('、')}`,
    `  レベル  ${levelText(control)}`,
    `  重大度  ${control.severity}`,
    ...section('理由', text.why),
    ...section('監査', text.audit),
    ...section('修正', text.remedy),
    ...section('既定値', text.default),
  ]
    .map((line) => `${line}\n`)
    .join('');
}

function numberText(control: Control, benchmark: Benchmark): string {
  if (familyOf(control) === 'own') return 'なし（本プログラム独自の検査）';
  const known = control.numbers[benchmark];
  if (!known) return `なし（${benchmark}）`;
  return `${known.number}（${known.assessment === 'automated' ? '自動' : '手動'}、${benchmark}）`;
}

function levelText(control: Control): string {
  const level = benchmarkTextOf(control)?.level;
  return level === undefined ? 'なし（CIS Amazon EKS Benchmark 1.8.0 にない）' : `${level}（cis-eks-1.8.0）`;
}

/**
 * Japanese has no spaces to break at: a line may end behind any of its characters, but not within a word of ASCII. None begins with a closing mark,
 * and none ends with an opening one.
 */
function wrapped(text: string, { indent, width }: { readonly indent: number; readonly width: number }): string {
  const pieces = text.match(/[（「]*(?:[!-~]+|[^!-~])[、。）」ー]*/gu) ?? [];
  const room = Math.max(30, width - indent);
  const lines: string[] = [];
  let line = '';
  for (const piece of pieces) {
    if (line !== '' && columns(line + piece.trimEnd()) > room) {
      lines.push(line.trimEnd());
      line = piece.trimStart();
    } else line += piece;
  }
  return [...lines, line].map((each) => ' '.repeat(indent) + each).join('\n');
}
