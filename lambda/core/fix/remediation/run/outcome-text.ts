import { howMany } from '../../../model/text/how-many.ts';
import { nameList } from '../../../model/text/name-list.ts';
import { printable } from '../../../model/text/printable.ts';
import { hanging } from '../../../model/text/wrap.ts';
import { hasFailed, type NodeProgress, type Progress } from './progress.ts';

interface OutcomeTextOptions {
  readonly cluster: string;
  readonly ended: 'finished' | 'stopped' | 'interrupted';
  readonly mode: 'apply' | 'undo';
  /** The id of the run. */
  readonly run: string;
  readonly width: number;
  readonly bold: (text: string) => string;
}

/** What became of each node: those that did not come back first, then what was not changed, then numbers. Each reason comes once. */
export function outcomeText(
  { groups }: Progress,
  { cluster, ended, mode, run, width, bold }: OutcomeTextOptions,
): string {
  const nodes = groups.flatMap((group) => group.nodes);
  const inState = (state: NodeProgress['state']) => nodes.filter((node) => node.state === state);
  const failed = nodes.filter(hasFailed);
  const waiting = inState('waiting').length;

  return [
    bold(
      `${inState('done').length} of ${howMany(nodes.length, 'node')} ${mode === 'undo' ? 'put back' : 'fixed'} in cluster ${printable(cluster, 100)}`,
    ),
    ...failed.map((node) => nodeLine([node], words[node.state], width)),
    ...sameReason(inState('untouched')).map((same) => nodeLine(same, words.untouched, width)),
    ...sameReason(inState('gone')).map((same) => nodeLine(same, words.gone, width)),
    ...(waiting === 0 ? [] : [hanging('  ', `${howMany(waiting, 'node')} not begun${whyNot[ended]}`, width)]),
    ...(failed.length === 0 ? [] : [hanging('  ', next(failed, mode), width)]),
    ...(mode === 'apply' && inState('done').length > 0
      ? [hanging('  ', `--undo ${run} puts the previous files back within 30 days.`, width)]
      : []),
    '',
  ].join('\n');
}

const words = {
  restored: 'put back as it was',
  lost: 'NOT as planned',
  untouched: 'not changed',
  gone: 'left the cluster',
  done: 'fixed',
  waiting: 'not begun',
  running: 'under way',
} as const satisfies Record<NodeProgress['state'], string>;

const whyNot = {
  finished: '',
  stopped: ': the run stopped before them',
  interrupted: ': you stopped the run',
} as const;

const sameReason = (nodes: readonly NodeProgress[]): readonly (readonly NodeProgress[])[] => [
  ...Map.groupBy(nodes, ({ group, because }) => JSON.stringify([group, because])).values(),
];

function nodeLine(nodes: readonly NodeProgress[], what: string, width: number): string {
  const [{ group = '', because } = {}] = nodes;
  const reason = because === undefined ? '' : `: ${printable(because, 1000)}`;
  return hanging('  ', `${nameList(nodes.map(({ key }) => key))} (${printable(group, 120)}): ${what}${reason}`, width);
}

function next(failed: readonly NodeProgress[], mode: OutcomeTextOptions['mode']): string {
  const left = mode === 'undo' ? 'what is put back has nothing left to undo' : 'what is fixed is in no plan any more';
  const skips = failed.map(({ key }) => `--skip ${printable(key, 100)}`).join(' ');
  return `Look at ${failed.length === 1 ? 'this node' : 'these nodes'} first. The same command takes up where this run stopped, since ${left}; ${skips} leaves ${failed.length === 1 ? 'it' : 'them'} out.`;
}
