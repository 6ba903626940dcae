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
import type { Via } from '../../model/model.ts';
import { viaText } from '../../model/text/origin-text.ts';
import { columns, hanging } from '../../model/text/wrap.ts';
import { imageDefaults } from '../../next-node/judge/image-defaults.ts';
import { commandOf, englishSources, type SourceWords, sourcesOf } from './sources-of-control.ts';

interface ExplanationOptions {
  readonly benchmark: BenchmarkChoice;
  /** Columns to wrap at. */
  readonly width: number;
  readonly bold: (text: string) => string;
}

type Row = readonly [name: string, text: string];

/** The words of one language. What is explained, and in which order, is the same in each. */
export interface Language {
  /** Breaks a text behind `head`; the next lines begin below it. */
  readonly fill: typeof hanging;
  /** Between words, and between parts of a sentence. */
  readonly comma: string;
  readonly semicolon: string;
  readonly inBrackets: (text: string, more: string) => string;
  /** Of rows, sections and single words. */
  readonly names: Readonly<Record<keyof typeof englishNames, string>>;
  readonly kinds: Readonly<Record<Remedy, string>>;
  readonly via: Readonly<Record<Via, string>>;
  readonly sources: SourceWords;
  textOf(control: Control): {
    readonly title: string;
    readonly checked: string;
    readonly why: string;
    readonly impact?: string | undefined;
    readonly caveats?: readonly string[] | undefined;
  };
  /** Who says so, of a version whose numbers do not come from CIS. */
  numberSource(version: Benchmark): string | undefined;
  defaultText(text: string): string;
  fixOf(control: Control, place: Remedy): string;
  adviceOf(agent: (typeof knownAgents)[number]): string;
}

const englishNames = {
  ...{ number: 'Number', also: '; also ', level: 'Level', levelOf: '', severity: 'Severity', checked: 'Checked' },
  ...{ automated: 'automated', manual: 'manual', none: 'none', own: 'none: a check of this program', by: 'by ' },
  ...{ why: 'Why', impact: 'What it costs', howOfCluster: 'How it is read', how: 'How each source shows it' },
  ...{ byHand: 'by hand', caveats: 'Good to know', defaults: 'Default of EKS-optimized AMIs' },
  ...{ requirements: 'Requirements that it serves', fix: 'How to fix it', cluster: 'the cluster' },
  agents: 'What agents need instead (eks-kubelet-audit holders CLUSTER)',
};

const english: Language = {
  fill: hanging,
  comma: ', ',
  semicolon: '; ',
  inBrackets: (text, more) => `${text} (${more})`,
  names: englishNames,
  kinds: remedyNames,
  via: viaText,
  sources: englishSources,
  textOf: (control) => ({
    title: control.title,
    checked: `${describe(control.about)}, expected ${control.expected}`,
    why: control.rationale,
    impact: benchmarkTextOf(control)?.impact,
    caveats: control.caveats,
  }),
  numberSource: (version) => numberSources[version],
  defaultText: (text) => text,
  fixOf: (control, place) => recommendation(control, place).Text,
  adviceOf: ({ advice }) => advice,
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
  const others = otherNames(control);
  const about: readonly Row[] = [
    [
      names.number,
      `${numbersText(control, benchmark, language)}${others.length > 0 ? `${names.also}${others.join(comma)}` : ''}`,
    ],
    ...(level ? [[names.level, inBrackets(`${names.levelOf}${level}`, 'cis-eks-1.8.0')] as const] : []),
    [names.severity, control.severity],
    [names.checked, checked],
  ];
  const sources: readonly Row[] = isAboutCluster
    ? language.sources.ofCluster
    : Object.entries(sourcesOf(control.about, language.sources)).map(([via, each]) => [language.via[via as Via], each]);
  const places = isAboutCluster ? (['linux'] as const) : remedies;
  const listedSections: readonly (readonly [name: string, rows: readonly Row[]])[] = [
    [isAboutCluster ? names.howOfCluster : names.how, [...sources, [names.byHand, commandOf(control.about)]]],
    [
      names.defaults,
      imageDefaults(control).map((each) => [kinds[imageKinds[each.kind]], language.defaultText(each.text)]),
    ],
    [names.requirements, requirementRows(control, language)],
    [
      names.fix,
      places.map((each) => [
        isAboutCluster ? names.cluster : kinds[each],
        `${language.fixOf(control, each)} ${recommendation(control, each).Url}`,
      ]),
    ],
    [
      names.agents,
      (isAboutCluster ? knownAgents : []).map((each) => [
        each.name,
        [each.rights.join(comma), language.adviceOf(each)].filter(Boolean).join(semicolon),
      ]),
    ],
  ];
  const section = (name: string, lines: readonly string[]) => (lines.length > 0 ? ['', bold(name), ...lines] : []);
  const [how, ...rest] = listedSections.map(([name, rows]) =>
    section(name, rows.length > 0 ? [listed(rows, width, fill)] : []),
  );
  return [
    ...[bold(control.slug), fill('', title, width), '', listed(about, width, fill)],
    ...section(names.why, [fill('  ', why, width)]),
    ...section(names.impact, impact ? [fill('  ', impact, width)] : []),
    ...(how ?? []),
    ...section(
      names.caveats,
      caveats.map((each) => fill('  - ', each, width)),
    ),
    ...rest.flat(),
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

const otherNames = ({ alsoKnownAs = {} }: Control): readonly string[] => [
  ...(alsoKnownAs.cisKubernetes ? [`CIS Kubernetes ${alsoKnownAs.cisKubernetes}`] : []),
  ...(alsoKnownAs.stig ? [`DISA STIG ${alsoKnownAs.stig}`] : []),
];

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
