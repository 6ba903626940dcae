import ora from 'ora';
import type { Progress } from '../core/ports.ts';
import type { Terminal } from './terminal.ts';

/** A live line on stderr for a person who waits; silent without a terminal. */
export function terminalProgress({ stderr, env }: Pick<Terminal, 'stderr' | 'env'>): Progress & { stop(): void } {
  const count = { clusters: 0, finished: 0, nodes: 0, read: 0, failing: 0 };
  // A terminal without a width (a bare pty) would be cleared line by line for ever.
  const live = stderr.isTTY === true && stderr.columns !== 0 && !env['CI'];
  const spinner = ora({
    stream: stderr,
    isEnabled: live,
    isSilent: !live,
    discardStdin: false,
  });
  const show = () => {
    spinner.text = `${count.finished} of ${count.clusters} clusters, ${count.read} of ${count.nodes} nodes read, ${count.failing} failed`;
  };

  return {
    clusterStarted() {
      count.clusters += 1;
      if (!spinner.isSpinning) spinner.start();
      show();
    },
    nodesListed(_cluster, nodes) {
      count.nodes += nodes;
      show();
    },
    nodeRead(_cluster, { result }) {
      if (result.ok) count.read += 1;
      show();
    },
    clusterFinished(audit) {
      count.finished += 1;
      count.failing += audit.nodes
        .flatMap((node) => Object.values(node.verdicts))
        .filter((verdict) => verdict.status === 'fail').length;
      show();
    },
    stop: () => spinner.stop(),
  };
}
