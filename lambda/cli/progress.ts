import ora from 'ora';
import type { NodeOutcome } from '../core/fix/remediation/run/progress.ts';
import type { Control } from '../core/judge/control.ts';
import type { Cluster, ClusterAudit } from '../core/model/model.ts';
import { howMany, printable } from '../core/model/text/words.ts';
import { isWaived } from '../core/model/verdict-parts.ts';
import { countVerdicts } from '../core/run/outcome.ts';
import type { Log, Progress } from '../flow/ports.ts';
import type { RemedyProgress } from '../flow/remediate/ports.ts';
import { type Terminal, terminalLog, verbosityOf, wantsColour } from './terminal.ts';

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
  const { stderr, env } = terminal;
  const verbosity = verbosityOf(terminal);
  if (verbosity === 'verbose') return stepByStep(terminalLog(terminal));

  // A terminal without a width (a bare pty) would be cleared line by line for ever.
  const hasWidth = stderr.isTTY === true && stderr.columns !== 0;
  const live = hasWidth && env['TERM'] !== 'dumb' && !env['CI'] && verbosity !== 'quiet';
  const count = { accounts: 0, accountsFinished: 0, found: 0, clusters: 0, finished: 0, nodes: 0, read: 0, failing: 0 };
  /** By cluster, nodes that fail by what was read so far: a waiver or another source may still clear one. */
  const failing = new Map<string, Set<string>>();
  const startedAt = performance.now();
  const color = wantsColour(live, env) && 'cyan';
  const spinner = ora({ stream: stderr, color, isEnabled: live, isSilent: !live, discardStdin: false });
  let ticking: NodeJS.Timeout | undefined;

  const show = () => {
    if (!live) return;
    const clusters = Math.max(count.clusters, count.found);
    const accounts = howMany(count.accounts, 'account');
    const nodes = [...failing.values()].reduce((sum, keys) => sum + keys.size, count.failing);
    const parts = [
      count.accounts > 0 && (clusters > 0 ? accounts : `${count.accountsFinished} of ${accounts} listed`),
      // While accounts are listed there is nothing to count yet.
      clusters > 0 && `clusters ${count.finished} of ${clusters}, ${count.read} of ${count.nodes} nodes read`,
      clusters > 0 && `${howMany(nodes, 'node')} ${nodes === 1 ? 'fails' : 'fail'}`,
      elapsed(performance.now() - startedAt),
    ];
    spinner.text = parts.filter(Boolean).join(', ');
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
      count.failing += audit.nodes.filter(({ verdicts }) =>
        Object.values(verdicts).some((each) => each.status === 'fail' && !isWaived(each)),
      ).length;
      add('finished');
    },
    stop() {
      clearInterval(ticking);
      spinner.stop();
    },
  };
}

const keyOf = ({ arn, name }: Cluster): string => arn?.arn ?? name;

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
function elapsed(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1_000);
  const parts = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60, seconds % 60];
  const shown = parts.map((part) => `${part}`.padStart(2, '0')).join(':');
  return shown.replace(/^(00:)?0?/, '');
}

interface RemedyProgressOptions {
  readonly count: number;
  readonly mode: 'apply' | 'undo';
  readonly audit: ClusterAudit;
}

/** A line on stderr when a node is begun and when it is over, as a record of what happened when. */
export function remedyProgress(
  { stderr }: Pick<Terminal, 'stderr'>,
  { count, mode, audit }: RemedyProgressOptions,
): RemedyProgress {
  const names = new Map(audit.nodes.map(({ node }) => [node.key, node.name]));
  const numbers = new Map<string, number>();
  const line = (key: string, words: string) => {
    // A node that was not begun has no number yet.
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

function wordsOf(outcome: NodeOutcome, mode: RemedyProgressOptions['mode']): string {
  const words = {
    done: mode === 'undo' ? 'put back, and well' : 'fixed, seen to pass, and well',
    gone: 'it left the cluster',
    untouched: 'nothing was changed',
    restored: 'put back as it was',
    lost: 'NOT as planned',
  };
  return `${words[outcome.state]}${'because' in outcome ? `: ${outcome.because}` : ''}`;
}
