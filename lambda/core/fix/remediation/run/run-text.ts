import { howMany, nameList, printable } from '../../../model/text/words.ts';
import { hanging } from '../../../model/text/wrap.ts';
import { hasFailed, type NodeProgress, type Progress } from './progress.ts';
import type { RemedyAnswer, RemedyChange } from './remedy-answer.ts';

interface OutcomeTextOptions {
  readonly cluster: string;
  readonly ended: 'finished' | 'stopped' | 'interrupted';
  readonly mode: 'apply' | 'undo';
  /** The id of the run. */
  readonly run: string;
  readonly width: number;
  readonly bold: (text: string) => string;
}

/** What became of each node: those that did not come back first, then what was not changed, then numbers. Each reason comes once, and what to do is last. */
export function outcomeText(
  { groups }: Progress,
  { cluster, ended, mode, run, width, bold }: OutcomeTextOptions,
): string {
  const nodes = groups.flatMap((group) => group.nodes);
  const inState = (state: NodeProgress['state']) => nodes.filter((node) => node.state === state);
  const failed = nodes.filter(hasFailed);
  const [done, waiting] = [inState('done').length, inState('waiting').length];
  const lines = [
    ...failed.map((node) => nodeLine([node], node.state === 'lost' ? 'NOT as planned' : 'put back as it was')),
    ...sameReason(inState('untouched')).map((same) => nodeLine(same, 'not changed')),
    ...sameReason(inState('gone')).map((same) => nodeLine(same, 'left the cluster')),
    ...(waiting > 0 ? [`${howMany(waiting, 'node')} not begun${whyNot[ended]}`] : []),
    ...(waiting + failed.length > 0 ? [nextText(failed, mode, run)] : []),
    ...(mode === 'apply' && done > 0 ? [`--undo ${run} puts the previous files back within 30 days.`] : []),
  ];
  const what = mode === 'undo' ? 'put back' : 'fixed';
  const first = bold(`${done} of ${howMany(nodes.length, 'node')} ${what} in cluster ${printable(cluster, 100)}`);
  return [first, ...lines.map((line) => hanging('  ', line, width)), ''].join('\n');
}

const whyNot = {
  finished: '',
  stopped: ': the run stopped before them',
  interrupted: ': you stopped the run',
} as const;

const sameReason = (nodes: readonly NodeProgress[]): readonly (readonly NodeProgress[])[] => [
  ...Map.groupBy(nodes, ({ group, because }) => JSON.stringify([group, because])).values(),
];

function nodeLine(nodes: readonly NodeProgress[], what: string): string {
  const [{ group = '', because } = {}] = nodes;
  const reason = because === undefined ? '' : `: ${printable(because, 1000)}`;
  return `${nameList(nodes.map(({ key }) => key))} (${printable(group, 120)}): ${what}${reason}`;
}

function nextText(failed: readonly NodeProgress[], mode: OutcomeTextOptions['mode'], run: string): string {
  const skips = failed.map(({ key }) => ` --skip ${printable(key, 100)}`).join('');
  const goesOn = `--${mode === 'undo' ? 'undo' : 'resume'} ${run} goes on with this run`;
  if (failed.length === 0) return `${goesOn}.`;
  const [these, them] = failed.length === 1 ? ['this node', 'it'] : ['these nodes', 'them'];
  return `Look at ${these} first. ${goesOn};${skips} leaves ${them} out.`;
}

type DryRunEnd =
  | { readonly kind: 'answered'; readonly answer: RemedyAnswer }
  | { readonly kind: 'not-begun' | 'silent'; readonly because: string };

/** What one node would change, in its document's own words. */
export function dryRunText({ key, group }: NodeProgress, end: DryRunEnd, width: number): string {
  const line = (what: string) => hanging('', `${printable(key, 100)} (${printable(group, 120)}): ${what}`, width);
  if (end.kind !== 'answered') return line(`not asked: ${printable(end.because, 600)}`);

  const { outcome, code, words, changes } = end.answer;
  if (outcome === 'already') return line('is as wanted: nothing would be changed');
  if (outcome !== 'dry-run') return line(`would refuse: ${words || code}`);
  return [line('would be changed'), ...changes.map(changeLine)].join('\n');
}

/** How many nodes would change, and how many would not. */
export function dryRunTotals(ends: readonly DryRunEnd[]): string {
  const words = new Map([
    ['dry-run', 'would be changed'],
    ['already', 'as wanted'],
  ]);
  const wordOf = (end: DryRunEnd): string =>
    end.kind === 'answered' ? (words.get(end.answer.outcome) ?? 'would refuse') : 'not asked';
  const counts = [...Map.groupBy(ends, wordOf)].map(([word, same]) => `${same.length} ${word}`);
  return `${howMany(ends.length, 'node')}: ${counts.join(', ')}; nothing was changed`;
}

const changeLine = ({ kind, file, name, before, after }: RemedyChange): string =>
  `    ${file} ${kind} ${name}: ${before || '(not set)'} -> ${after || '(not set)'}`;

/** What an undo puts back, by what the nodes said that they changed; those with the same difference are named together. */
export function undoText({ groups }: Progress, width: number): string {
  const alike = groups.flatMap(({ nodes }) => [
    ...Map.groupBy(nodes, ({ changes = [] }) => JSON.stringify(changes)).values(),
  ]);
  return alike
    .flatMap((nodes) => {
      const [{ group = '', changes = [] } = {}] = nodes;
      const lines = changes.map((each) => changeLine({ ...each, before: each.after, after: each.before }));
      const known = lines.length > 0 ? lines : ['    Systems Manager no longer knows what was changed'];
      return [hanging('  ', `${printable(group, 120)}: ${nameList(nodes.map(({ key }) => key))}`, width), ...known];
    })
    .join('\n');
}
