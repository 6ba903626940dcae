import type { NodeOutcome } from '../core/fix/remediation/run/progress.ts';
import type { ClusterAudit } from '../core/model/model.ts';
import { printable } from '../core/model/text/printable.ts';
import type { RemedyProgress } from '../flow/remediate/ports.ts';
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

  return {
    nodeStarted({ key, group, controls }) {
      line(
        key,
        `${mode === 'undo' ? 'putting back what was changed' : 'changing it'} for ${controls.join(', ')} (${group})`,
      );
    },
    nodeEnded: ({ key }, outcome) => line(key, wordsOf(outcome, mode)),
  };
}

function wordsOf(outcome: NodeOutcome, mode: About['mode']): string {
  switch (outcome.state) {
    case 'done':
      return mode === 'undo' ? 'put back, and well' : 'fixed, seen to pass, and well';
    case 'gone':
      return 'it left the cluster';
    case 'untouched':
      return `nothing was changed: ${outcome.because}`;
    case 'restored':
      return `put back as it was: ${outcome.because}`;
    case 'lost':
      return `NOT as planned: ${outcome.because}`;
  }
}
