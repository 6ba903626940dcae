import { createInterface } from 'node:readline';
import { planFiles } from '../../core/fix/remediation/plan-files.ts';
import { planText } from '../../core/fix/remediation/plan-text.ts';
import { outcomeText } from '../../core/fix/remediation/run/outcome-text.ts';
import { newProgress } from '../../core/fix/remediation/run/progress.ts';
import type { Waiver } from '../../core/judge/waivers/waiver.ts';
import type { ClusterAudit } from '../../core/model/model.ts';
import { OperatorError, UsageError } from '../../core/model/operator-error.ts';
import { ok } from '../../core/model/result.ts';
import { howMany } from '../../core/model/text/how-many.ts';
import { printable } from '../../core/model/text/printable.ts';
import { emptyTally, outcome, tallied } from '../../core/run/outcome.ts';
import { auditCluster } from '../../flow/audit/audit-cluster.ts';
import type { RemediationPorts } from '../../flow/remediate/ports.ts';
import { type Applied, applyPlan, type Planned, planCluster } from '../../flow/remediate/remediate.ts';
import { writePlanFiles } from '../../wiring/files.ts';
import type { RemediateSettings } from '../../wiring/remediate-settings.ts';
import { exitCode } from '../exit-code.ts';
import { terminalLog } from '../log.ts';
import { terminalProgress } from '../progress.ts';
import { remedyProgress } from '../remedy-progress.ts';
import { openOutput } from '../report-output.ts';
import { type Terminal, tableStyle } from '../terminal.ts';
import { waiversOf } from '../waivers-file.ts';

export interface RemediateFlags {
  readonly apply?: boolean;
  readonly yes?: boolean;
  readonly waivers?: string;
  /** A folder. */
  readonly output?: string;
}

type Chosen = RemediateSettings & { readonly waivers: readonly Waiver[] };

/** Plans, shows, and with `--apply` applies; returns the exit code. */
export async function runRemediation(
  given: RemediateSettings,
  flags: RemediateFlags,
  terminal: Terminal,
): Promise<number> {
  const settings: Chosen = { ...given, waivers: await waiversOf(flags.waivers, given, terminal) };
  // Loaded here: the AWS and Kubernetes clients are slow to load, and the other commands never need them.
  const { openRemediationPorts } = await import('../../wiring/open/terminal.ts');
  const progress = terminalProgress(terminal);
  const ports = await openRemediationPorts(settings, { log: terminalLog(terminal), progress });
  const interrupt = new AbortController();
  const { signal } = interrupt;
  let isApplying = false;
  const stop = () => {
    if (signal.aborted) process.exit(exitCode.interrupted);
    interrupt.abort();
    if (isApplying)
      terminal.stderr.write('no further node is begun; waiting for those under way (Ctrl-C again leaves them alone)\n');
  };
  process.on('SIGINT', stop);

  try {
    const planned = await planCluster(ports, { ...settings, signal });
    progress.stop();
    if (signal.aborted) return exitCode.interrupted;
    throwUnlessKnown(settings.skipped, planned.audit);

    await show(planned, flags, terminal);
    const count = newProgress(planned.plan, settings.skipped).groups.flatMap(({ nodes }) => nodes).length;
    if (!flags.apply) return codeOf(planned.audit);
    if (count === 0) {
      if (planned.plan.groups.length > 0)
        terminal.stderr.write('nothing of this plan is the runbook’s to do: nothing was changed\n');
      return codeOf(await publishedIfAsked(ports, planned.audit, { settings, terminal }));
    }

    const { name } = planned.plan.cluster;
    const answer = flags.yes ? 'yes' : await confirm(questionOf(count, settings, name), name, terminal);
    if (answer === 'interrupted') return exitCode.interrupted;
    if (answer === 'no') {
      terminal.stderr.write('nothing was changed\n');
      return codeOf(planned.audit);
    }

    isApplying = true;
    const nodeProgress = remedyProgress(terminal, { count, audit: planned.audit });
    const applied = await applyPlan(ports, { ...settings, ...planned, progress: nodeProgress, interrupt: signal });
    return await finish(ports, applied, { settings, terminal, signal });
  } finally {
    progress.stop();
    ports.close();
    process.off('SIGINT', stop);
  }
}

const questionOf = (count: number, { maxUnavailable }: RemediateSettings, name: string): string =>
  `${howMany(count, 'node')} will be changed and the kubelet restarted there, ${maxUnavailable} at a time. Type the cluster's name (${printable(name, 100)}) to go on: `;

/**
 * Asks a person on the terminal to type a word. Any other input, also its end, is a no.
 * @returns `interrupted` for Ctrl-C
 */
function confirm(
  question: string,
  word: string,
  { stdin, stderr }: Pick<Terminal, 'stdin' | 'stderr'>,
): Promise<'yes' | 'no' | 'interrupted'> {
  return new Promise((resolve) => {
    const lines = createInterface({ input: stdin, output: stderr });
    const answer = (given: 'yes' | 'no' | 'interrupted') => {
      resolve(given);
      lines.close();
    };
    lines.once('SIGINT', () => answer('interrupted'));
    lines.once('close', () => resolve('no'));
    lines.question(question, (text) => answer(text.trim() === word ? 'yes' : 'no'));
  });
}

async function show({ audit, plan }: Planned, flags: RemediateFlags, terminal: Terminal): Promise<void> {
  const { warn } = terminalLog(terminal);
  for (const { message, remedy } of audit.problems) warn(`${printable(message, 1000)}; ${printable(remedy, 500)}`);

  const out = await openOutput(undefined, terminal);
  await out.write(planText(plan, style(terminal)));
  await out.close();
  if (flags.output === undefined) return;

  const written = await writePlanFiles(flags.output, planFiles(plan));
  terminal.stderr.write(`${howMany(written, 'snippet')} written to ${flags.output}\n`);
}

const style = (terminal: Terminal) => {
  const { width = 120, bold } = tableStyle(terminal);
  return { width, bold };
};

interface Finishing {
  readonly settings: Chosen;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
}

async function finish(
  ports: RemediationPorts,
  applied: Applied,
  { settings, terminal, signal }: Finishing,
): Promise<number> {
  const { progress, ended, problem, audit } = applied;
  const out = await openOutput(undefined, terminal);
  await out.write(outcomeText(progress, { cluster: audit.cluster.name, ended, ...style(terminal) }));
  await out.close();

  if (!settings.publish && progress.groups.some(({ nodes }) => nodes.some(({ state }) => state === 'done')))
    terminal.stderr.write('findings in Security Hub follow with the next audit; --publish updates them at once\n');
  const last = signal.aborted ? audit : await publishedIfAsked(ports, audit, { settings, terminal });

  if (problem) throw new OperatorError(problem.code, `${problem.message}; ${problem.remedy}`);
  if (signal.aborted) return exitCode.interrupted;
  return ended === 'stopped' ? 1 : codeOf(last);
}

/** The whole cluster, as every audit does it: the findings of its node groups are about all of their nodes. */
async function publishedIfAsked(
  ports: RemediationPorts,
  audit: ClusterAudit,
  { settings, terminal }: Pick<Finishing, 'settings' | 'terminal'>,
): Promise<ClusterAudit> {
  if (!settings.publish) return audit;

  const last = await auditCluster(ports, audit.cluster, {
    ...settings,
    everySource: true,
    publish: true,
    signal: new AbortController().signal,
  });
  terminal.stderr.write(`${publishedText(last)}\n`);
  return last;
}

/** A typo must not change a node that was to be skipped. */
function throwUnlessKnown(skipped: readonly string[], { nodes, cluster }: ClusterAudit): void {
  const unknown = skipped.find((key) => !nodes.some(({ node }) => node.key === key));
  if (unknown !== undefined)
    throw new UsageError(
      `--skip '${printable(unknown, 100)}' is no node of cluster ${cluster.name}; give its instance id as the plan shows it, or leave it out`,
    );
}

function publishedText({ published: done, problems }: ClusterAudit): string {
  if (!done)
    return `warning: no finding was written: ${problems[0] ? printable(problems[0].message, 500) : 'the run was interrupted'}`;

  const left = done.rejected.length + done.notSent.length;
  return `${done.imported} findings written${left > 0 ? `; ${left} could not be written` : ''}`;
}

const codeOf = (audit: ClusterAudit): number => outcome(tallied(emptyTally, ok(audit)));
