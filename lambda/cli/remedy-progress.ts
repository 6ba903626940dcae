import type { NodeOutcome } from '../core/fix/remediation/run/progress.ts';
import type { ClusterAudit } from '../core/model/model.ts';
import { howMany, printable } from '../core/model/text/words.ts';
import type { RemedyProgress } from '../flow/remediate/ports.ts';
import { elapsed } from './progress.ts';
import type { Terminal } from './terminal.ts';

interface About {
  /** Nodes to change. */
  readonly count: number;
  readonly mode: 'apply' | 'undo';
  readonly audit: ClusterAudit;
}

/** A line on stderr when a node is begun and when it is over, as a record of what happened when. */
export function remedyProgress({ stderr }: Pick<Terminal, 'stderr'>, { count, mode, audit }: About): RemedyProgress {
  const names = new Map(audit.nodes.map(({ node }) => [node.key, node.name]));
  const numbers = new Map<string, number>();
  const line = (key: string, words: string) => {
    // One that was not begun has not had its number.
    if (!numbers.has(key)) numbers.set(key, numbers.size + 1);
    const name = names.get(key);
    const shown = name === undefined || name === key ? key : `${key} (${name})`;
    stderr.write(`[${numbers.get(key)}/${count}] ${printable(shown, 200)}: ${printable(words, 600)}\n`);
  };
  const beganAt = performance.now();
  const begun = new Map<string, number>();
  const took: number[] = [];
  let most = 1;
  let over = 0;
  /** How long the rest takes, by the fastest and the slowest node so far. */
  const rest = (): string => {
    const left = count - over;
    const sofar = `${over} of ${howMany(count, 'node')} after ${elapsed(performance.now() - beganAt)}`;
    if (left === 0 || took.length === 0) return sofar;
    const [fast, slow] = [Math.min(...took), Math.max(...took)].map((each) => elapsed((each * left) / most));
    return `${sofar}, the rest in ${fast} to ${slow}`;
  };

  return {
    nodeStarted({ key, group, controls }) {
      begun.set(key, performance.now());
      most = Math.max(most, begun.size);
      const what = mode === 'undo' ? 'putting back what was changed' : 'changing it';
      line(key, `${what} for ${controls.join(', ')} (${group})`);
    },
    nodeEnded({ key }, outcome) {
      const began = begun.get(key);
      if (began !== undefined) took.push(performance.now() - began);
      begun.delete(key);
      over += 1;
      line(key, `${wordsOf(outcome, mode)} (${rest()})`);
    },
    waits: (because) => void stderr.write(`${printable(because, 600)}\n`),
  };
}

function wordsOf(outcome: NodeOutcome, mode: About['mode']): string {
  const words = {
    done: mode === 'undo' ? 'put back, and well' : 'fixed, seen to pass, and well',
    gone: 'it left the cluster',
    untouched: 'nothing was changed',
    restored: 'put back as it was',
    lost: 'NOT as planned',
  };
  return `${words[outcome.state]}${'because' in outcome ? `: ${outcome.because}` : ''}`;
}
