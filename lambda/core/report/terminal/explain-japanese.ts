import { numberSources } from '../../../contract/benchmarks.ts';
import { recommendation } from '../../findings/remedies/remediation-text.ts';
import type { Remedy } from '../../findings/remedies/remedy.ts';
import { type Benchmark, type BenchmarkChoice, type Control, familyOf, isOfCluster } from '../../judge/control.ts';
import { flagOf } from '../../judge/controls/shared/about.ts';
import { benchmarkTextOf } from '../../judge/frameworks/benchmark-text.ts';
import { knownAgents } from '../../judge/proxy-replacements.ts';
import { hangingJapanese } from '../../model/text/wrap.ts';
import {
  defaultsOf,
  type Explained,
  explainedText,
  otherNames,
  placesOf,
  requirementRows,
  versionsOf,
} from './explain.ts';
import { type JapaneseText, japaneseTexts } from './japanese-texts.ts';
import {
  japaneseAbout,
  japaneseAgents,
  japaneseClusterSources,
  japaneseFileRemedy,
  japaneseFlagRemedy,
  japaneseKinds,
  japaneseRollOut,
  japaneseSettingRemedy,
  japaneseSources,
  japaneseVia,
} from './japanese-words.ts';
import { commandOf } from './sources-of-control.ts';

type ExplanationOptions = Parameters<typeof explainedText>[2];

/** The controls that no Japanese text explains; none, as a test holds. */
export const withoutJapanese = (controls: readonly Pick<Control, 'slug'>[]): readonly string[] =>
  controls.flatMap(({ slug }) => (japaneseTexts[slug] ? [] : [slug]));

/** One control in Japanese, with everything that the English explanation has. Throws for a control without a text. */
export const japaneseExplanation = (control: Control, options: ExplanationOptions): string =>
  explainedText(control, japanese(control, options.benchmark), options);

function japanese(control: Control, benchmark: BenchmarkChoice): Explained {
  const text = japaneseTexts[control.slug];
  if (!text) throw new Error(`japanese-texts.ts has no text of ${control.slug}`);

  const { about } = control;
  const level = benchmarkTextOf(control)?.level;
  const isAboutCluster = isOfCluster(control);
  const also = otherNames(control);
  return {
    title: text.title,
    about: [
      ['番号', `${numbersText(control, benchmark)}${also.length > 0 ? `。ほかに ${also.join('、')}` : ''}`],
      ...(level === undefined ? [] : [['プロファイル適用性', `レベル ${level}（cis-eks-1.8.0）`] as const]),
      ['重大度', control.severity],
      ['検査対象', `${japaneseAbout(about)}、期待値: ${text.expected}`],
    ],
    sections: [
      { name: '理由', text: isAboutCluster ? text.why : `${japaneseAbout(about)}: ${text.why}` },
      { name: '影響', text: text.impact },
      {
        name: '監査方法',
        rows: [
          ...(isAboutCluster
            ? japaneseClusterSources
            : Object.entries(japaneseSources(about)).map(
                ([via, each]) => [japaneseVia[via as keyof typeof japaneseVia], each] as const,
              )),
          ['手作業', commandOf(about)],
        ],
      },
      { name: '注意点', notes: text.caveats ?? [] },
      {
        name: 'Amazon EKS 最適化 AMI の既定値',
        rows: defaultsOf(control).map((each) => [kindOf[each.kind], inJapanese(each.text)]),
      },
      {
        name: '対応する要件',
        rows: requirementRows(control).map(([name, ids, by]) => [name, `${ids}（出典: ${by}）`]),
      },
      {
        name: '修復',
        rows: placesOf(control).map((each) => [
          isAboutCluster ? 'クラスター' : japaneseKinds[each],
          `${remedyText(control, each, text)} ${recommendation(control, each).Url}`,
        ]),
      },
      {
        name: 'エージェントに必要な権限（eks-kubelet-audit holders CLUSTER）',
        rows: isAboutCluster
          ? knownAgents.map(({ name, rights }) => [name, [...rights, japaneseAgents[name] ?? ''].join('、')])
          : [],
      },
    ],
    fill: hangingJapanese,
  };
}

const kindOf = { al2023: japaneseKinds.nodeadm, al2: japaneseKinds.al2, bottlerocket: japaneseKinds.bottlerocket };

/** `true (default of the EKS-optimized AMI)` */
const inJapanese = (text: string): string =>
  text
    .replace('(not set)', '未設定')
    .replace(/ \(default of the EKS-optimized AMI\)$/, '（Amazon EKS 最適化 AMI の既定値）')
    .replace(/ \(default \(configuration file\)\)$/, '（設定ファイルがある場合の既定値）');

function remedyText({ about }: Control, remedy: Remedy, { expected, remedy: own }: JapaneseText): string {
  if (own !== undefined) return about.kind === 'cluster' ? own : `${own}${japaneseRollOut[remedy]}`;
  switch (about.kind) {
    case 'setting':
      return japaneseSettingRemedy(remedy, about.setting, expected);
    case 'flag':
      return japaneseFlagRemedy(remedy, flagOf(about), expected);
    case 'file':
      return japaneseFileRemedy(remedy, { flag: flagOf(about), property: about.property, expected });
    default:
      return `${japaneseAbout(about)}を修正する（期待値: ${expected}）。${japaneseRollOut[remedy]}`;
  }
}

/** `3.2.3、自動（cis-eks-1.8.0）`: its number in one version, or in each that `auto` can choose, with who says so. */
function numbersText(control: Pick<Control, 'numbers'>, choice: BenchmarkChoice): string {
  if (familyOf(control) === 'own') return `なし: 本プログラム独自の検査（${choice}）`;
  const textOf = (version: Benchmark) => {
    const known = control.numbers[version];
    return known ? `${known.number}、${known.assessment === 'automated' ? '自動' : '手動'}` : 'なし';
  };
  const whose = (version: Benchmark) =>
    numberSources[version] === undefined ? version : `${version}、${japaneseSource}`;
  return [...Map.groupBy(versionsOf(choice), textOf)]
    .map(([text, all]) => `${text}（${all.map(whose).join('、')}）`)
    .join('、');
}

const japaneseSource = 'kube-bench（b3b9261、5a982dd）による。CIS の本文は確認していない';
