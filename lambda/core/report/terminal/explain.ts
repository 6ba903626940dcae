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
import { hanging, wrap } from '../../model/text/wrap.ts';
import { imageDefaults } from '../../next-node/judge/image-defaults.ts';
import { clusterSources, sourcesOf } from './sources-of-control.ts';

interface ExplanationOptions {
  readonly benchmark: BenchmarkChoice;
  /** Columns to wrap at. */
  readonly width: number;
  readonly bold: (text: string) => string;
}

/** One control for a person: what is checked, why, how each source shows it, how to fix it on each kind of node. */
export function explanation(control: Control, { benchmark, width, bold }: ExplanationOptions): string {
  const ofCluster = isOfCluster(control);
  const text = benchmarkTextOf(control);
  const sources = ofCluster
    ? clusterSources
    : Object.entries(sourcesOf(control.about)).map(
        ([via, shown]) => [viaText[via as keyof typeof viaText], shown] as const,
      );
  const defaults = imageDefaults(control).map((each) => [kindNames[each.kind], each.text] as const);
  const fixing = (ofCluster ? (['linux'] as const) : remedies).map((each) => {
    const { Text, Url } = recommendation(control, each);
    return [ofCluster ? 'the cluster' : remedyNames[each], `${Text} ${Url}`] as const;
  });
  const about: Rows = [
    ['Number', `${numbersText(control, benchmark)}${otherNames(control)}`],
    ...(text ? [['Level', `${text.level} (cis-eks-1.8.0)`] as const] : []),
    ['Severity', control.severity],
    ['Checked', `${describe(control.about)}, expected ${control.expected}`],
  ];

  /** A part without a body is left out. */
  const part = (title: string, body: string | Rows | undefined): readonly string[] =>
    body === undefined || body.length === 0
      ? []
      : ['', bold(title), typeof body === 'string' ? hanging('  ', body, width) : listed(body, width)];
  return [
    bold(control.slug),
    wrap(control.title, width),
    '',
    listed(about, width),
    ...part('Why', control.rationale),
    ...part('What it costs', text?.impact),
    ...part(ofCluster ? 'How it is read' : 'How each source shows it', sources),
    ...(control.caveats
      ? ['', bold('Good to know'), ...control.caveats.map((each) => hanging('  - ', each, width))]
      : []),
    ...part('Default of EKS-optimized AMIs', defaults),
    ...part('Requirements that it serves', requirementRows(control)),
    ...part('How to fix it', fixing),
    ...part('What agents need instead (eks-kubelet-audit holders CLUSTER)', ofCluster ? agentRows : undefined),
  ]
    .map((line) => `${line}\n`)
    .join('');
}

type Rows = readonly (readonly [name: string, text: string])[];

const agentRows = knownAgents.map(
  ({ name, rights, advice }) => [name, [rights.join(', '), advice].filter(Boolean).join('; ')] as const,
);

const kindNames = { al2023: remedyNames.nodeadm, al2: remedyNames.al2, bottlerocket: remedyNames.bottlerocket };

/** One row for a framework: its requirements, and who says so. */
function requirementRows(control: Control): Rows {
  return [...alikeBy(requirementsOf(control), ({ framework }) => framework)].map(([framework, all]) => {
    const [{ source, where }] = all;
    const ids = all.map(({ id }) => id).join(', ');
    return [frameworks[framework].title, `${ids} (by ${requirementSources[source].name}: ${where})`];
  });
}

function otherNames({ alsoKnownAs = {} }: Control): string {
  const names = [
    ...(alsoKnownAs.cisKubernetes ? [`CIS Kubernetes ${alsoKnownAs.cisKubernetes}`] : []),
    ...(alsoKnownAs.stig ? [`DISA STIG ${alsoKnownAs.stig}`] : []),
  ];
  return names.length > 0 ? `; also ${names.join(', ')}` : '';
}

/** Each text beside its name; below it where names would take more than a third of the screen. */
function listed(rows: Rows, width: number): string {
  const longest = Math.max(...rows.map(([name]) => name.length));
  if (longest + 4 > width / 3)
    return rows.map(([name, text]) => `  ${name}\n${hanging('    ', text, width)}`).join('\n');
  return rows.map(([name, text]) => hanging(`  ${name.padEnd(longest)}  `, text, width)).join('\n');
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
