import ora from 'ora';
import type { Progress } from '../core/ports.ts';
import type { Terminal } from './terminal.ts';

/** A live line on stderr for a person who waits; silent without a terminal. */
export function terminalProgress({ stderr, env }: Pick<Terminal, 'stderr' | 'env'>): Progress & { stop(): void } {
  const count = { clusters: 0, finished: 0, nodes: 0, read: 0, failing: 0 };
  const spinner = ora({
    stream: stderr,
    isEnabled: stderr.isTTY === true && !env['CI'],
    isSilent: stderr.isTTY !== true || Boolean(env['CI']),
    discardStdin: false,
  });
  const show = () => {
    spinner.text = `${count.finished} of ${count.clusters} clusters, ${count.read} of ${count.nodes} nodes read, ${count.failing} failures`;
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
