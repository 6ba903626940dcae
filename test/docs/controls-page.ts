import { benchmarksByKubernetes, numberSources } from '../../lambda/contract/benchmarks.ts';
import { kubeletReleases } from '../../lambda/contract/kubelet-facts.ts';
import { recommendation } from '../../lambda/core/findings/remedies/remediation-text.ts';
import { remedies, remedyNames } from '../../lambda/core/findings/remedies/remedy.ts';
import {
  type Benchmark,
  type Control,
  defaultBenchmark,
  familyOf,
  isOfCluster,
} from '../../lambda/core/judge/control.ts';
import { flagOf, nameOf } from '../../lambda/core/judge/controls/shared/about.ts';
import { viaText } from '../../lambda/core/model/text/origin-text.ts';
import { knownVersions } from '../../lambda/core/read/kubelet/known-versions.ts';
import { versionsOf } from '../../lambda/core/report/terminal/explain.ts';
import { sourcesOf } from '../../lambda/core/report/terminal/sources-of-control.ts';
import { table } from './pages.ts';

/** The others fit no version of Kubernetes that EKS supports. */
const shownVersions = versionsOf('auto');

/** docs/controls.md: the whole catalogue, generated so that it cannot say anything else than the program does. */
export function controlsPage(controls: readonly Control[]): string {
  const own = controls.filter((each) => familyOf(each) === 'own');

  return `${[
    '# Controls',
    'For readers who ask what exactly is checked, and under which number. Generated from the catalogue (`lambda/core/judge/controls`) by `npm run docs`; the tests compare the two. `eks-kubelet-audit explain SLUG` prints the same.',
    'A control is known by its slug, forever. Its number depends on the version of the CIS Amazon EKS Benchmark: the same number names another control in another version. ' +
      `\`--benchmark\` chooses the numbering and the set. By default (\`auto\`) the controls of \`${defaultBenchmark}\` are judged, and each cluster is shown with the numbers that fit its Kubernetes version. ` +
      "**M** marks what that version leaves to a person's judgement; the audit judges it all the same. " +
      '`explain SLUG --benchmark cis-eks-1.5.0` prints the numbers of older versions, which fit no supported cluster. ' +
      'All texts are our own.',
    `Command lines and files are read as the kubelets 1.${knownVersions.oldest} to 1.${knownVersions.newest} read them ` +
      "([releases](#kubelet-releases)); of configz and the kubelet's own port any version will do. " +
      `Of a kubelet newer than 1.${knownVersions.newest} nothing is known yet. If it runs, the values that it runs with or that ` +
      'are written are judged, with a note, and what rests on a default in its files is unknown. ' +
      'Saved files and configurations of the next node are unknown: nothing shows that such a kubelet starts with them.',
    table(
      [
        'control',
        ...shownVersions.map(versionOf),
        'severity',
        'what is looked at',
        'flag',
        'expected',
        'also known as',
      ],
      controls
        .filter((each) => familyOf(each) === 'benchmark')
        .map((control) => [
          link(control),
          ...shownVersions.map((each) => numberIn(control, each)),
          control.severity,
          code(nameOf(control.about)),
          isOfCluster(control) ? '' : code(flagOf(control.about)),
          control.expected,
          otherNames(control),
        ]),
    ),
    table(
      ['Kubernetes', 'numbers with `auto`', 'source'],
      [
        ...benchmarksByKubernetes.map(({ from, benchmark, source }, index) => {
          const newer = benchmarksByKubernetes[index - 1];
          return [newer ? `1.${from} to 1.${newer.from - 1}` : `1.${from} and newer`, benchmark, source];
        }),
        ['older, or not known', defaultBenchmark, 'nothing says which version fits; the report says so'],
      ],
    ),
    ...Object.entries(numberSources).map(([version, source]) => `The numbers of ${version} are ${source}.`),
    ...(own.length === 0
      ? []
      : [
          '## The program’s own checks',
          'No benchmark asks for these. They are always in, have no number, and never change the verdict of a control of the benchmark.',
          table(
            ['check', 'severity', 'what is looked at', 'expected'],
            own.map((control) => [link(control), control.severity, code(nameOf(control.about)), control.expected]),
          ),
        ]),
    ...controls.flatMap(section),
    '## Kubelet releases',
    'Generated from the sources of each release by `npm run facts`. OpenShift’s copy of each release was read, ' +
      'without the feature gates that OpenShift adds; the default of `NodeLogQuery` is OpenShift’s. ' +
      'A later patch of the same minor version can have a flag or a feature gate more.',
    table(
      ['release', 'read from', 'flags that it adds', 'flags that it removes', 'feature gates added, removed, locked'],
      kubeletReleases.map(({ release, source, flags, gates }, index) => {
        const before = kubeletReleases[index - 1];
        if (before === undefined) return [release, code(source), '–', '–', '–'];
        const only = (one: typeof flags, other: typeof flags) =>
          [...one.keys()].flatMap((name) => (other.has(name) ? [] : code(`--${name}`))).join(', ') || '–';
        const added = [...gates.keys()].filter((name) => !before.gates.has(name)).length;
        const locked = [...gates].filter(([name, { locked }]) => locked && before.gates.get(name)?.locked === false);
        const removed = before.gates.size + added - gates.size;
        const ofGates = [added, removed, locked.length].join(', ');
        return [release, code(source), only(flags, before.flags), only(before.flags, flags), ofGates];
      }),
    ),
  ].join('\n\n')}\n`;
}

const readFrom = ({ about }: Control): readonly (readonly [string, string])[] =>
  Object.entries(sourcesOf(about)).map(([via, text]) => [viaText[via as keyof typeof viaText] ?? via, text]);

function section(control: Control): readonly string[] {
  const { slug, title, rationale, caveats = [] } = control;

  return [
    `## ${slug}`,
    `**${title}.** ${rationale}`,
    readFrom(control)
      .map(([via, text]) => `- ${via}: ${text}`)
      .join('\n'),
    ...(caveats.length > 0 ? [`Good to know:\n\n${caveats.map((each) => `- ${each}`).join('\n')}`] : []),
    isOfCluster(control)
      ? `How to fix it: ${recommendation(control, 'linux').Text}`
      : table(
          ['kind of node', 'how to fix it'],
          remedies.map((each) => {
            const { Text, Url } = recommendation(control, each);
            return [`[${remedyNames[each]}](${Url})`, Text];
          }),
        ),
  ];
}

const link = ({ slug }: Control): string => `[${slug}](#${slug})`;

const code = (text: string): string => (text.includes(' ') ? text : `\`${text}\``);

const versionOf = (benchmark: Benchmark): string => benchmark.replace('cis-eks-', '');

function numberIn({ numbers }: Control, benchmark: Benchmark): string {
  const known = numbers[benchmark];
  if (!known) return '–';
  return known.assessment === 'manual' ? `${known.number} **M**` : known.number;
}

function otherNames({ alsoKnownAs = {} }: Control): string {
  return [
    ...(alsoKnownAs.cisKubernetes ? [`CIS Kubernetes ${alsoKnownAs.cisKubernetes}`] : []),
    ...(alsoKnownAs.stig ? [`DISA STIG ${alsoKnownAs.stig}`] : []),
  ].join(', ');
}
