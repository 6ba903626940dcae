import ora from 'ora';
import type { Control } from '../core/judge/control.ts';
import type { Cluster, Verdict } from '../core/model/model.ts';
import { howMany, printable } from '../core/model/text/words.ts';
import { isWaived } from '../core/model/verdict-parts.ts';
import { countVerdicts } from '../core/run/outcome.ts';
import type { Log, Progress } from '../flow/ports.ts';
import { type Terminal, terminalLog, verbosityOf } from './terminal.ts';

interface TerminalProgress extends Progress {
  stop(): void;
}

/**
 * A live line on stderr for a person who waits; silent without a terminal. Text that is written to stdout meanwhile is shown above it, if each piece
 * ends with a line break: the spinner makes room for it. With `-v` each step is a line, with or without a terminal.
 */
export function terminalProgress(
  terminal: Pick<Terminal, 'stderr' | 'env' | 'verbosity'>,
  controls: readonly Pick<Control, 'slug' | 'judge'>[] = [],
): TerminalProgress {
  return verbosityOf(terminal) === 'verbose' ? stepByStep(terminalLog(terminal)) : liveLine(terminal, controls);
}

function liveLine(
  { stderr, env, ...terminal }: Parameters<typeof terminalProgress>[0],
  controls: readonly Pick<Control, 'slug' | 'judge'>[],
): TerminalProgress {
  const count = { accounts: 0, accountsFinished: 0, found: 0, clusters: 0, finished: 0, nodes: 0, read: 0, failing: 0 };
  /** By cluster, nodes that fail by what was read so far: a waiver or another source may still clear one. */
  const failing = new Map<string, Set<string>>();
  const failingNow = () => [...failing.values()].reduce((sum, keys) => sum + keys.size, count.failing);
  const startedAt = performance.now();
  // A terminal without a width (a bare pty) would be cleared line by line for ever.
  const live =
    stderr.isTTY === true &&
    stderr.columns !== 0 &&
    env['TERM'] !== 'dumb' &&
    !env['CI'] &&
    verbosityOf({ env, ...terminal }) !== 'quiet';
  const spinner = ora({
    stream: stderr,
    isEnabled: live,
    isSilent: !live,
    discardStdin: false,
  });
  let ticking: NodeJS.Timeout | undefined;

  const show = () => {
    if (!live) return;
    const clusters = Math.max(count.clusters, count.found);
    const accounts = howMany(count.accounts, 'account');
    spinner.text = [
      ...(count.accounts > 0 ? [clusters > 0 ? accounts : `${count.accountsFinished} of ${accounts} listed`] : []),
      // While accounts are listed there is nothing to count yet.
      ...(clusters > 0
        ? [
            `clusters ${count.finished} of ${clusters}`,
            `${count.read} of ${count.nodes} nodes read`,
            `${howMany(failingNow(), 'node')} ${failingNow() === 1 ? 'fails' : 'fail'}`,
          ]
        : []),
      elapsed(performance.now() - startedAt),
    ].join(', ');
    if (spinner.isSpinning) return;
    spinner.start();
    ticking = setInterval(show, 1_000).unref();
  };

  const add = (name: keyof typeof count, more = 1) => {
    count[name] += more;
    show();
  };

  return {
    accountListed: () => add('accounts'),
    accountFinished: () => add('accountsFinished'),
    clustersFound: (clusters) => add('found', clusters),
    clusterStarted: () => add('clusters'),
    nodesListed: (_cluster, nodes) => add('nodes', nodes),
    nodeRead(cluster, { node, result }) {
      if (live && result.ok && controls.some((each) => each.judge(result.value).status === 'fail')) {
        const keys = failing.get(keyOf(cluster)) ?? new Set();
        failing.set(keyOf(cluster), keys.add(node.key));
      }
      add('read', result.ok ? 1 : 0);
    },
    clusterFinished(audit) {
      failing.delete(keyOf(audit.cluster));
      count.failing += audit.nodes.filter(({ verdicts }) => Object.values(verdicts).some(isOpenFailure)).length;
      add('finished');
    },
    stop() {
      clearInterval(ticking);
      spinner.stop();
    },
  };
}

const keyOf = ({ arn, name }: Cluster): string => arn?.arn ?? name;

const isOpenFailure = (verdict: Verdict): boolean => verdict.status === 'fail' && !isWaived(verdict);

/** Each step as a line, to look for what goes wrong. There is no live line, which these lines would tear apart. */
function stepByStep({ info }: Log): TerminalProgress {
  const began = new Map<string, number>();

  return {
    accountListed: ({ id }) => info(`account ${id}: to be looked into`),
    accountFinished: ({ id }) => info(`account ${id}: its clusters are listed`),
    clustersFound: (clusters) => info(`${howMany(clusters, 'cluster')} found`),
    clusterStarted(cluster) {
      began.set(keyOf(cluster), performance.now());
      info(`${cluster.name}: begun`);
    },
    nodesListed: ({ name }, nodes) => info(`${name}: ${howMany(nodes, 'node')} listed`),
    nodeRead({ name }, { node, result }) {
      const says = result.ok ? `read by ${result.value.via}` : `${result.error.via}: ${result.error.because}`;
      info(printable(`${name}: ${node.name ?? node.key}: ${says}`, 1_000));
    },
    clusterFinished(audit) {
      const { fail } = countVerdicts(audit);
      const seconds = (performance.now() - (began.get(keyOf(audit.cluster)) ?? performance.now())) / 1_000;
      info(`${audit.cluster.name}: done in ${seconds.toFixed(1)} s, ${howMany(fail, 'verdict')} failed`);
    },
    stop: () => undefined,
  };
}

/** `0:07`, `12:30`, `1:02:03` */
export function elapsed(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1_000);
  const parts = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60, seconds % 60];
  const shown = parts.map((part) => `${part}`.padStart(2, '0')).join(':');
  return shown.replace(/^(00:)?0?/, '');
}
