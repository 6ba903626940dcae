import { benchmarksByKubernetes, numberSources } from '../../../contract/benchmarks.ts';
import { recommendation } from '../../findings/remedies/remediation-text.ts';
import { remedies, remedyNames } from '../../findings/remedies/remedy.ts';
import { type Benchmark, type BenchmarkChoice, type Control, familyOf, isOfCluster } from '../../judge/control.ts';
import { describe } from '../../judge/controls/shared/about.ts';
import { benchmarkTextOf } from '../../judge/frameworks/benchmark-text.ts';
import { frameworks, requirementSources, requirementsOf } from '../../judge/frameworks/requirements.ts';
import { knownAgents } from '../../judge/proxy-replacements.ts';
import { alikeBy } from '../../model/alike-by.ts';
import { viaText } from '../../model/text/origin-text.ts';
import { columns, hanging } from '../../model/text/wrap.ts';
import { imageDefaults } from '../../next-node/judge/image-defaults.ts';
import { clusterSources, commandOf, sourcesOf } from './sources-of-control.ts';

interface ExplanationOptions {
  readonly benchmark: BenchmarkChoice;
  /** Columns to wrap at. */
  readonly width: number;
  readonly bold: (text: string) => string;
}

type Row = readonly [name: string, text: string];

/** What an explanation says, in one language. The sections and the facts in them are the same in each. */
export interface Explained {
  readonly title: string;
  /** Number, level, severity, and what is checked. */
  readonly about: readonly Row[];
  /** In this order; one without a text is left out. */
  readonly sections: readonly {
    readonly name: string;
    readonly text?: string | undefined;
    readonly notes?: readonly string[];
    readonly rows?: readonly Row[];
  }[];
  /** Breaks a text behind `head`; the next lines begin below it. */
  readonly fill: typeof hanging;
}

/** One control for a person: what is checked, why, how each source shows it, how to fix it on each kind of node. */
export const explanation = (control: Control, options: ExplanationOptions): string =>
  explainedText(control, english(control, options.benchmark), options);

export function explainedText(
  { slug }: Pick<Control, 'slug'>,
  { title, about, sections, fill }: Explained,
  { width, bold }: ExplanationOptions,
): string {
  const parts = sections.flatMap(({ name, text, notes = [], rows = [] }) => {
    const lines = [
      ...(text ? [fill('  ', text, width)] : []),
      ...notes.map((each) => fill('  - ', each, width)),
      ...(rows.length > 0 ? [listed(rows, width, fill)] : []),
    ];
    return lines.length > 0 ? ['', bold(name), ...lines] : [];
  });
  const lines = [bold(slug), fill('', title, width), '', listed(about, width, fill), ...parts];
  return lines.map((line) => `${line}\n`).join('');
}

function english(control: Control, benchmark: BenchmarkChoice): Explained {
  const isAboutCluster = isOfCluster(control);
  const text = benchmarkTextOf(control);
  return {
    title: control.title,
    about: [
      [
        'Number',
        `${numbersText(control, benchmark)}${otherNames(control)
          .map((each) => `, ${each}`)
          .join('')
          .replace(',', '; also')}`,
      ],
      ...(text ? [['Level', `${text.level} (cis-eks-1.8.0)`] as const] : []),
      ['Severity', control.severity],
      ['Checked', `${describe(control.about)}, expected ${control.expected}`],
    ],
    sections: [
      { name: 'Why', text: control.rationale },
      { name: 'What it costs', text: text?.impact },
      {
        name: isAboutCluster ? 'How it is read' : 'How each source shows it',
        rows: [
          ...(isAboutCluster
            ? clusterSources
            : Object.entries(sourcesOf(control.about)).map(
                ([via, each]) => [viaText[via as keyof typeof viaText], each] as const,
              )),
          ['by hand', commandOf(control.about)],
        ],
      },
      { name: 'Good to know', notes: control.caveats ?? [] },
      {
        name: 'Default of EKS-optimized AMIs',
        rows: defaultsOf(control).map((each) => [kindNames[each.kind], each.text]),
      },
      {
        name: 'Requirements that it serves',
        rows: requirementRows(control).map(([name, ids, by]) => [name, `${ids} (by ${by})`]),
      },
      {
        name: 'How to fix it',
        rows: placesOf(control).map((each) => {
          const { Text, Url } = recommendation(control, each);
          return [isAboutCluster ? 'the cluster' : remedyNames[each], `${Text} ${Url}`];
        }),
      },
      {
        name: 'What agents need instead (eks-kubelet-audit holders CLUSTER)',
        rows: isAboutCluster
          ? knownAgents.map(({ name, rights, advice }) => [
              name,
              [rights.join(', '), advice].filter(Boolean).join('; '),
            ])
          : [],
      },
    ],
    fill: hanging,
  };
}

/** Only this module loads the rooms of next nodes. */
export const defaultsOf = imageDefaults;

/** The kinds of nodes that have a fix of their own; one fix where the control is about the cluster. */
export const placesOf = (control: Control) => (isOfCluster(control) ? (['linux'] as const) : remedies);

const kindNames = { al2023: remedyNames.nodeadm, al2: remedyNames.al2, bottlerocket: remedyNames.bottlerocket };

/** One row for a framework: its requirements, and who says so. */
export function requirementRows(control: Control): readonly (readonly [name: string, ids: string, by: string])[] {
  return [...alikeBy(requirementsOf(control), ({ framework }) => framework)].map(([framework, all]) => {
    const [{ source, where }] = all;
    const ids = all.map(({ id }) => id).join(', ');
    return [frameworks[framework].title, ids, `${requirementSources[source].name}: ${where}`];
  });
}

export const otherNames = ({ alsoKnownAs = {} }: Control): readonly string[] => [
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
function numbersText({ numbers }: Pick<Control, 'numbers'>, choice: BenchmarkChoice): string {
  const versions = versionsOf(choice);
  if (familyOf({ numbers }) === 'own') return `none: a check of this program (${choice})`;
  const textOf = (version: Benchmark) => {
    const known = numbers[version];
    return known ? `${known.number}, ${known.assessment}` : 'none';
  };
  const whose = (version: Benchmark) => [version, numberSources[version]].filter(Boolean).join(', ');
  return [...Map.groupBy(versions, textOf)].map(([text, all]) => `${text} (${all.map(whose).join('; ')})`).join('; ');
}

/** The chosen version, or those of which `auto` chooses, the oldest first. */
export const versionsOf = (choice: BenchmarkChoice): readonly Benchmark[] =>
  choice === 'auto' ? benchmarksByKubernetes.map(({ benchmark }) => benchmark).toReversed() : [choice];
