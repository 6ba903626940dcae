import { benchmarksByKubernetes, numberSources } from '../../../contract/benchmarks.ts';
import { recommendation } from '../../findings/remedies/remediation-text.ts';
import { type Remedy, remedies, remedyNames } from '../../findings/remedies/remedy.ts';
import { type Benchmark, type BenchmarkChoice, type Control, familyOf, isOfCluster } from '../../judge/control.ts';
import { describe } from '../../judge/controls/shared/about.ts';
import {
  benchmarkTextOf,
  frameworks,
  requirementSources,
  requirementsOf,
} from '../../judge/frameworks/requirements.ts';
import { knownAgents } from '../../judge/proxy-replacements.ts';
import { alikeBy } from '../../model/alike-by.ts';
import { viaText } from '../../model/text/origin-text.ts';
import { columns, hanging } from '../../model/text/wrap.ts';
import { imageDefaults } from '../../next-node/judge/image-defaults.ts';
import type { TableStyle } from '../report.ts';
import { commandOf, type ExplanationLanguage, sourcesOf } from './sources-of-control.ts';

interface ExplanationOptions extends Pick<TableStyle, 'width' | 'bold'> {
  readonly benchmark: BenchmarkChoice;
}

type Row = readonly [name: string, text: string];

/** The words of one language. Everything that is explained, and its order, is the same in each. */
export type Language = typeof english;

const english = {
  language: 'en' as ExplanationLanguage,
  /** Breaks a text behind `head`; the next lines begin below it. */
  fill: hanging,
  /** Between words, and between parts of a sentence. */
  comma: ', ',
  semicolon: '; ',
  inBrackets: (text: string, more: string) => `${text} (${more})`,
  names: {
    number: 'Number',
    also: '; also ',
    level: 'Level',
    levelOf: '',
    severity: 'Severity',
    checked: 'Checked',
    automated: 'automated',
    manual: 'manual',
    none: 'none',
    own: 'none: a check of this program',
    by: 'by ',
    why: 'Why',
    impact: 'What it costs',
    howOfCluster: 'How it is read',
    how: 'How each source shows it',
    byHand: 'by hand',
    caveats: 'Good to know',
    defaults: 'Default of EKS-optimized AMIs',
    requirements: 'Requirements that it serves',
    fix: 'How to fix it',
    cluster: 'the cluster',
    agents: 'What agents need instead (eks-kubelet-audit holders CLUSTER)',
  },
  kinds: remedyNames as Readonly<Record<Remedy, string>>,
  via: viaText as Readonly<Record<string, string>>,
  textOf: (control: Control) => ({
    title: control.title,
    checked: `${describe(control.about)}, expected ${control.expected}`,
    why: control.rationale,
    impact: benchmarkTextOf(control)?.impact,
    caveats: control.caveats,
  }),
  /** Who says so, of a version whose numbers do not come from CIS. */
  numberSource: (version: Benchmark) => numberSources[version],
  defaultText: (text: string) => text,
  fixOf: (control: Control, place: Remedy): string => recommendation(control, place).Text,
  adviceOf: ({ advice }: (typeof knownAgents)[number]): string => advice,
};

/** One control for a person: what is checked, why, how each source shows it, how to fix it on each kind of node. */
export function explanation(
  control: Control,
  { benchmark, width, bold }: ExplanationOptions,
  language: Language = english,
): string {
  const { names, kinds, fill, comma, semicolon, inBrackets } = language;
  const { title, checked, why, impact, caveats = [] } = language.textOf(control);
  const isAboutCluster = isOfCluster(control);
  const level = benchmarkTextOf(control)?.level;
  const { stig, cisKubernetes } = control.alsoKnownAs ?? {};
  const others = [cisKubernetes && `CIS Kubernetes ${cisKubernetes}`, stig && `DISA STIG ${stig}`].filter(Boolean);
  const also = others.length > 0 ? `${names.also}${others.join(comma)}` : '';
  const sources = Object.entries(sourcesOf(control.about, language.language)).map(
    ([via, each]): Row => [language.via[via] ?? via, each],
  );
  const places = isAboutCluster ? (['linux'] as const) : remedies;
  const fixes = places.map((each): Row => {
    const text = `${language.fixOf(control, each)} ${recommendation(control, each).Url}`;
    return [isAboutCluster ? names.cluster : kinds[each], text];
  });
  const agents = (isAboutCluster ? knownAgents : []).map((each): Row => {
    const advice = language.adviceOf(each);
    return [each.name, [each.rights.join(comma), advice].filter(Boolean).join(semicolon)];
  });
  const defaults = imageDefaults(control).map(
    ({ kind, text }): Row => [kinds[imageKinds[kind]], language.defaultText(text)],
  );

  const rows = (all: readonly Row[]) => (all.length > 0 ? [listed(all, width, fill)] : []);
  const sections: readonly (readonly [name: string, lines: readonly string[]])[] = [
    [names.why, [fill('  ', why, width)]],
    [names.impact, impact ? [fill('  ', impact, width)] : []],
    [
      isAboutCluster ? names.howOfCluster : names.how,
      rows([...sources, [names.byHand, commandOf[control.about.kind]]]),
    ],
    [names.caveats, caveats.map((each) => fill('  - ', each, width))],
    [names.defaults, rows(defaults)],
    [names.requirements, rows(requirementRows(control, language))],
    [names.fix, rows(fixes)],
    [names.agents, rows(agents)],
  ];
  return [
    bold(control.slug),
    fill('', title, width),
    '',
    ...rows([
      [names.number, `${numbersText(control, benchmark, language)}${also}`],
      ...(level ? [[names.level, inBrackets(`${names.levelOf}${level}`, 'cis-eks-1.8.0')] as const] : []),
      [names.severity, control.severity],
      [names.checked, checked],
    ]),
    ...sections.flatMap(([name, lines]) => (lines.length > 0 ? ['', bold(name), ...lines] : [])),
  ]
    .map((line) => `${line}\n`)
    .join('');
}

const imageKinds = { al2023: 'nodeadm', al2: 'al2', bottlerocket: 'bottlerocket' } as const;

/** One row for a framework: its requirements, and who says so. */
const requirementRows = (control: Control, { names, inBrackets }: Language): readonly Row[] =>
  [...alikeBy(requirementsOf(control), ({ framework }) => framework)].map(([framework, all]) => {
    const [{ source, where }] = all;
    const by = `${names.by}${requirementSources[source].name}: ${where}`;
    return [frameworks[framework].title, inBrackets(all.map(({ id }) => id).join(', '), by)];
  });

/** Each text beside its name; below it where names would take more than a third of the screen. */
function listed(rows: readonly Row[], width: number, fill: typeof hanging): string {
  const longest = Math.max(...rows.map(([name]) => columns(name)));
  if (longest + 4 > width / 3) return rows.map(([name, text]) => `  ${name}\n${fill('    ', text, width)}`).join('\n');
  return rows.map(([name, text]) => fill(`  ${name}${' '.repeat(longest - columns(name))}  `, text, width)).join('\n');
}

/** `3.2.3, automated (cis-eks-1.8.0)`: its number in one version, or in each that `auto` can choose, with who says so. */
function numbersText(control: Control, choice: BenchmarkChoice, language: Language): string {
  const { names, comma, semicolon, inBrackets } = language;
  if (familyOf(control) === 'own') return inBrackets(names.own, choice);
  const textOf = (version: Benchmark) => {
    const known = control.numbers[version];
    return known ? `${known.number}${comma}${names[known.assessment]}` : names.none;
  };
  const whose = (version: Benchmark) => [version, language.numberSource(version)].filter(Boolean).join(comma);
  return [...Map.groupBy(versionsOf(choice), textOf)]
    .map(([text, all]) => inBrackets(text, all.map(whose).join(semicolon)))
    .join(semicolon);
}

/** The chosen version, or those of which `auto` chooses, the oldest first. */
export const versionsOf = (choice: BenchmarkChoice): readonly Benchmark[] =>
  choice === 'auto' ? benchmarksByKubernetes.map(({ benchmark }) => benchmark).toReversed() : [choice];
