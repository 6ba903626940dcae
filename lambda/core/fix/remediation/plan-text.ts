import { remedyFor, remedyNames } from '../../findings/remedies/remedy.ts';
import { alikeBy } from '../../model/alike-by.ts';
import { howMany, nameList, printable, shortHash } from '../../model/text/words.ts';
import { hanging } from '../../model/text/wrap.ts';
import type {
  Change,
  GroupPlan,
  LastingFix,
  Maker,
  Method,
  NotPlanned,
  PlannedNode,
  RemediationPlan,
  Step,
  Survives,
  TemplateFix,
} from './plan.ts';

interface PlanTextOptions {
  /** Columns to wrap at. Commands, differences and snippets are never broken. */
  readonly width: number;
  readonly bold: (text: string) => string;
}

/** The plan for a person: node group by node group, numbered steps with their differences, then what lasts and what was left out. */
export function planText(plan: RemediationPlan, options: PlanTextOptions): string {
  const { cluster, auditedAt, trust, groups } = plan;
  if (groups.length === 0)
    return `Nothing to fix in cluster ${printable(cluster.name, 100)}, by the audit of ${auditedAt}.\n`;

  return [
    options.bold(`Plan for cluster ${printable(cluster.name, 100)}`),
    hanging('  from the audit of ', auditedAt, options.width),
    trust.length === 0
      ? hanging('  ', 'the certificates of the cluster’s CA are not known', options.width)
      : trust.map((each) => trustLine(each, options.width)).join('\n'),
    ...groups.map(
      (group, index) => `\n${groupText(group, { ...options, number: index + 1, before: groups.slice(0, index) })}`,
    ),
    '',
  ].join('\n');
}

/** The 64 digits stay whole, to be compared and copied. */
function trustLine(sha256: string, width: number): string {
  const label = '  client CA to trust: SHA-256';
  return `${label}${label.length + sha256.length < width ? ' ' : '\n    '}${sha256}`;
}

interface GroupTextOptions extends PlanTextOptions {
  readonly number: number;
  /** What the reader has read already. */
  readonly before: readonly GroupPlan[];
}

function groupText(group: GroupPlan, options: GroupTextOptions): string {
  const { number } = options;
  const { nodes, steps, lasting, templates = [], notPlanned } = group;
  const counted = `${howMany(nodes.length, 'node')} to touch`;

  return [
    options.bold(`${number}. ${groupName(group)}: ${counted}`),
    ...steps.map((step, index) => stepText(step, `${number}.${index + 1}`, options)),
    ...lasting.map((fix) => lastingText(fix, group, options)),
    ...(templates.length > 0 ? [templatesText(templates, options)] : []),
    ...(notPlanned.length === 0
      ? []
      : [
          `  ${options.bold('not planned')}`,
          ...sameReasons(notPlanned).map(({ controls, nodes: left, because }) =>
            hanging('    ', `${controls.join(', ')} on ${nodeNames(left)}: ${printable(because, 1000)}`, options.width),
          ),
        ]),
  ].join('\n');
}

/** What is left for one reason on the same nodes is one line. */
const sameReasons = (all: readonly NotPlanned[]) =>
  [...alikeBy(all, ({ nodes, because }) => JSON.stringify([because, nodes])).values()].map((same) => {
    return { ...same[0], controls: same.map(({ control }) => control) };
  });

function stepText(step: Step, number: string, { width, bold }: PlanTextOptions): string {
  const row = (name: string, text: string): string => hanging(`      ${name.padEnd(9)}`, text, width);

  return [
    `  ${bold(`${number} ${methodNames[step.method]}`)}`,
    row('nodes', nodeNames(step.nodes)),
    row('controls', step.controls.join(', ')),
    row('why', step.because),
    row('done by', makerNames[step.by]),
    ...step.changes.flatMap((change, index) => {
      const { place, lines } = diffLines(change);
      const before = step.changes[index - 1];
      const isSamePlace = before !== undefined && diffLines(before).place === place;
      return [...(isSamePlace ? [] : [`      ${printable(place, 400)}`]), ...lines.map((line) => `        ${line}`)];
    }),
    ...(step.commands.length === 0
      ? []
      : ['      on the node', ...step.commands.map((command) => `        ${command}`)]),
    ...(step.by === 'aws' ? [] : [row('lasts', survivesText(step.survives))]),
    ...step.cautions.map((caution) => row('mind', printable(caution, 500))),
  ].join('\n');
}

function lastingText(fix: LastingFix, { group }: GroupPlan, { width, bold, before }: GroupTextOptions): string {
  const remedy = remedyNames[remedyFor({ kind: fix.kind, group })];
  const same = before.findIndex(
    (each) => each.group.kind === group.kind && each.lasting.some((other) => saysTheSame(other, fix)),
  );
  if (same >= 0)
    return [`  ${bold(`for good: ${remedy}, as in ${same + 1}`)}`, hanging('    ', fix.rollOut, width)].join('\n');

  return [
    `  ${bold(`for good: ${remedy}`)}`,
    ...fix.words.map((each) => hanging('    ', each, width)),
    hanging('    ', `See ${fix.url}`, width),
    hanging('    ', `Source: ${fix.source}`, width),
    ...fix.snippets.flatMap(({ fileName, use, text }) => [
      hanging(`    ${bold(fileName)}: `, use, width),
      ...text
        .trimEnd()
        .split('\n')
        .map((line) => `      ${line}`.trimEnd()),
    ]),
    hanging('    ', fix.rollOut, width),
  ].join('\n');
}

function templatesText(templates: readonly TemplateFix[], { width, bold }: PlanTextOptions): string {
  return [
    `  ${bold('for good: what the group launches next')}`,
    ...templates.flatMap(({ control, place, from, to, line }) => [
      hanging('    ', `${control}: ${printable(place, 400)}: from ${from} to ${printable(to, 200)}`, width),
      ...(line ? [`      -${line[0]}`, `      +${line[1]}`] : []),
    ]),
    hanging(
      '    ',
      'Make a new version of the template with it, and update the node group. This program changes no template.',
      width,
    ),
  ].join('\n');
}

/** All but how it reaches the nodes, which names the group's own launch template. */
const saysTheSame = ({ rollOut: _, ...one }: LastingFix, { rollOut: __, ...other }: LastingFix): boolean =>
  JSON.stringify(one) === JSON.stringify(other);

export function survivesText({ reboot, replacement }: Survives): string {
  if (replacement) return 'on rebooted and on new nodes';
  if (reboot === 'unknown')
    return 'whether over a reboot is not known: which system this node has was not seen; a node that replaces this one does not have it';
  return reboot
    ? 'over a reboot; a node that replaces this one does not have it'
    : 'until the next reboot, when the node’s bootstrap writes its files anew; a node that replaces this one does not have it';
}

const groupName = ({ group }: GroupPlan): string => `node group ${printable(group.name, 100)} (${group.kind})`;

const nodeNames = (nodes: readonly PlannedNode[]): string =>
  nameList(nodes.map(({ key, name }) => (name === undefined || name === key ? key : `${key} (${name})`)));

export const methodNames: Readonly<Record<Method, string>> = {
  'ca-bundle': 'fill the client CA’s file',
  'file-mode': 'take permissions away',
  'file-owner': 'change the owner',
  'config-file': 'change the configuration file (benchmark, remediation 1)',
  'config-drop-in': 'change the drop-in of --config-dir',
  'systemd-arguments': 'change the arguments in the kubelet’s systemd unit (benchmark, remediation 2)',
  'snap-arguments': 'change the arguments of the kubelet’s snap',
  restart: 'restart the kubelet',
  'settings-api': 'change Bottlerocket’s settings',
  image: 'change how nodes are made, and replace the node',
  'not-ours': 'not ours: AWS runs this kubelet',
};

const makerNames: Readonly<Record<Maker, string>> = {
  runbook: 'the runbook, under rollback (--apply)',
  person: 'a person',
  aws: 'AWS',
};

/** One file of `--output`. Folder and file are plain names: nothing in them leads out of the folder that was asked for. */
export interface PlanFile {
  readonly path: readonly [folder: string, file: string];
  readonly text: string;
}

/** The snippets of a plan, one folder a node group. */
export function* planFiles({ groups }: RemediationPlan): Iterable<PlanFile> {
  for (const group of groups) {
    for (const { kind, snippets } of group.lasting) {
      for (const { fileName, text } of snippets) yield { path: [folderOf(group), `${kind}-${fileName}`], text };
    }
  }
}

/** `managed-workers`; a name that had to be changed ends in its hash, so that no two groups share a folder. */
function folderOf({ group: { kind, name } }: GroupPlan): string {
  const plain = name.replaceAll(/[^A-Za-z0-9._-]+/g, '-').slice(0, 100);
  const hash = plain === name && !name.endsWith('.') ? '' : `~${shortHash(name)}`;
  return `${kind}-${plain}${hash}`;
}

/** One change as the lines of a difference: the place, then lines that begin with a blank, `-` or `+`. */
export function diffLines(change: Change): { readonly place: string; readonly lines: readonly string[] } {
  switch (change.kind) {
    case 'setting':
      return { place: change.file ?? 'the kubelet’s configuration file', lines: settingLines(change) };
    case 'argument':
      return {
        place: change.places.join(', or '),
        lines: [...(change.before === undefined ? [] : [`- ${change.before}`]), `+ ${change.after}`],
      };
    case 'mode':
    case 'owner':
      return {
        place: change.file ?? 'the file',
        lines: [`- ${change.kind} ${change.before}`, `+ ${change.kind} ${change.after}`],
      };
    case 'bundle':
      return {
        place: change.file ?? 'the client CA’s file',
        lines: change.sha256.map((each) => `+ certificate with SHA-256 ${each}`),
      };
    case 'option':
      return { place: 'settings', lines: [`+ ${change.option} = ${change.after}`] };
  }
}

function settingLines({
  setting,
  format,
  before,
  after,
}: Extract<Change, { readonly kind: 'setting' }>): readonly string[] {
  const steps = setting.split('.');
  const groups = steps.slice(0, -1);
  const leaf = steps.at(-1) ?? '';
  const indent = (depth: number): string => '  '.repeat(depth);
  const isJson = format === 'json';
  const line = (sign: string, value: unknown): string =>
    `${sign} ${indent(groups.length)}${isJson ? JSON.stringify(leaf) : leaf}: ${JSON.stringify(value)}`;

  return [
    ...groups.map((group, depth) => `  ${indent(depth)}${isJson ? `${JSON.stringify(group)}: {` : `${group}:`}`),
    ...(before === undefined ? [] : [line('-', before)]),
    line('+', after),
    ...(isJson ? groups.map((_, depth) => `  ${indent(groups.length - 1 - depth)}}`) : []),
  ];
}
