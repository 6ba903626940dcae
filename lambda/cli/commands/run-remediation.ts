import type { RemediationPlan } from '../../core/fix/remediation/plan.ts';
import { planFiles } from '../../core/fix/remediation/plan-files.ts';
import { planText } from '../../core/fix/remediation/plan-text.ts';
import { resumed, undoing } from '../../core/fix/remediation/run/earlier-nodes.ts';
import {
  type ChosenNodes,
  chosenPlan,
  groupName,
  hasFailed,
  type NodeProgress,
  newProgress,
  type Progress,
} from '../../core/fix/remediation/run/progress.ts';
import { dryRunText, dryRunTotals, outcomeText, undoText } from '../../core/fix/remediation/run/run-text.ts';
import type { Waiver } from '../../core/judge/waivers/waiver.ts';
import type { ClusterAudit } from '../../core/model/model.ts';
import { OperatorError, UsageError } from '../../core/model/operator-error.ts';
import { ok } from '../../core/model/result.ts';
import { howMany } from '../../core/model/text/how-many.ts';
import { nameList } from '../../core/model/text/name-list.ts';
import { plainJson } from '../../core/model/text/plain-json.ts';
import { printable } from '../../core/model/text/printable.ts';
import { emptyTally, outcome, tallied } from '../../core/run/outcome.ts';
import { auditCluster } from '../../flow/audit/audit-cluster.ts';
import type { RemediationPorts, RemedyEnd } from '../../flow/remediate/ports.ts';
import {
  type ApplyResult,
  applyPlan,
  dryRun,
  type PlanResult,
  planAfterRun,
  planCluster,
  type ResumedPlan,
} from '../../flow/remediate/remediate.ts';
import { writePlanFiles } from '../../wiring/files.ts';
import type { RemediateSettings } from '../../wiring/remediate-settings.ts';
import { exitCode } from '../exit-code.ts';
import { terminalLog } from '../log.ts';
import { terminalProgress } from '../progress.ts';
import { remedyProgress } from '../remedy-progress.ts';
import { openOutput } from '../report-output.ts';
import { openFolder } from '../report-targets.ts';
import { nodesInScope, recordedRun, scopedRun, throwUnlessAsPlanned, throwUnlessInScope } from '../run-scope.ts';
import { type Terminal, tableStyle } from '../terminal.ts';
import { typedWord } from '../typed-word.ts';
import { waiversOf } from '../waivers-file.ts';

export interface RemediateFlags {
  readonly apply?: boolean;
  readonly dryRun?: boolean;
  /** Id of the run that goes on. */
  readonly resume?: string;
  /** Id of the run that is undone. */
  readonly undo?: string;
  readonly yes?: boolean;
  /** These four, and `--skip`, are the scope of a run. */
  readonly controls?: unknown;
  readonly group?: unknown;
  readonly node?: unknown;
  readonly limit?: unknown;
  readonly waivers?: string;
  /** A folder, or `json`. */
  readonly output?: string;
}

type RemediationSettings = RemediateSettings & { readonly waivers: readonly Waiver[] };

/** Plans, shows, and with `--apply` applies; returns the exit code. */
export async function runRemediation(
  given: RemediateSettings,
  flags: RemediateFlags,
  terminal: Terminal,
): Promise<number> {
  // Before the audit: a folder that can't be made must not cost one.
  const isJson = flags.output === 'json';
  if (flags.output !== undefined && !isJson) await openFolder(flags.output, '--output');
  for (const each of given.warnings) terminalLog(terminal).warn(each);
  const scoped = scopedRun(given, flags, terminal.env);
  const waivers = await waiversOf(flags.waivers, given, terminal);
  const settings: RemediationSettings = { ...scoped.settings, waivers };
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
  // A terminal that is lost, or a job that is ended, loses nothing: the node under way is waited for, and the record says where the run stopped.
  for (const name of endSignals) process.on(name, stop);

  try {
    const run = flags.resume ?? flags.undo;
    const planned =
      run === undefined
        ? await planCluster(ports, { ...settings, signal })
        : await planAfterRun(ports, { ...settings, run, signal });
    progress.stop();
    if (signal.aborted) return exitCode.interrupted;
    throwUnlessKnown(settings.chosen, planned.audit);
    if (flags.resume !== undefined) throwUnlessInScope(flags.resume, scoped, planned.audit);

    const mode = flags.undo === undefined ? 'apply' : 'undo';
    const chosen = nodesInScope(scoped, planned);
    const work = workOf(planned, { mode, chosen });
    throwUnlessAsPlanned(scoped, { ...planned, work }, terminal);
    const waiting = work.groups.flatMap((group) => group.nodes).filter(({ state }) => state === 'waiting');
    const count = waiting.length;
    const plan = chosenPlan(planned.plan, work, chosen);
    if (mode === 'undo' && !isJson) await showUndo(work, planned.audit, terminal);
    else if (mode === 'undo') terminal.stdout.write(`${plainJson({ kind: 'undo', ...work })}\n`);
    else await show({ ...planned, plan }, flags, terminal);
    nameSkipped(settings, terminal);
    if (flags.dryRun)
      return await showDryRun(ports, { ...planned, ...settings.pacing, work, isJson, interrupt: signal }, terminal);
    if (!flags.apply && run === undefined) return codeOf(planned.audit);
    if (count === 0) {
      if (mode === 'undo') terminal.stderr.write('there is nothing to put back: nothing was changed\n');
      else if (plan.groups.length > 0)
        terminal.stderr.write('nothing of this plan is the runbook’s to do: nothing was changed\n');
      const last = await publishedIfAsked(ports, planned.audit, { settings, terminal });
      return codeOfRun(work, { mode, plan, ended: 'finished', isPublished: isPublished(last, settings) });
    }

    // Before a person types a name: without our document nothing can be done.
    const missing = await ports.remedies.missing(planned.audit.cluster);
    if (missing) throw new OperatorError(missing.code, `${missing.message}; ${missing.remedy}`);
    const { name } = planned.plan.cluster;
    const question = questionOf(namesOf(waiting, planned.audit), { mode, name, ...settings });
    const answer = flags.yes ? 'yes' : await typedWord(question, name, terminal);
    if (answer === 'interrupted') return exitCode.interrupted;
    if (answer === 'no') {
      terminal.stderr.write('nothing was changed\n');
      return codeOf(planned.audit);
    }

    isApplying = true;
    const recorded = await recordedRun(terminal, { scoped, planned, work, mode, run });
    const nodeProgress = recorded.recording(remedyProgress(terminal, { count, mode, audit: planned.audit }));
    const canary = settings.pacing.canary ?? (mode === 'apply' && count > 10 ? 1 : 0);
    const applied = await applyPlan(ports, {
      ...settings,
      ...settings.pacing,
      canary,
      audit: planned.audit,
      work,
      mode,
      run: recorded.id,
      progress: nodeProgress,
      interrupt: signal,
    });
    recorded.ended(applied.ended);
    return await finish(ports, applied, { settings, terminal, signal, mode, plan, isJson, run: recorded.id });
  } finally {
    progress.stop();
    ports.close();
    for (const name of endSignals) process.off(name, stop);
  }
}

const endSignals = ['SIGINT', 'SIGHUP', 'SIGTERM'] as const;

function workOf(
  planned: PlanResult | ResumedPlan,
  { mode, chosen }: { readonly chosen: ChosenNodes; readonly mode: 'apply' | 'undo' },
): Progress {
  const earlier = 'earlier' in planned ? planned.earlier : [];
  if (mode === 'undo') return undoing(planned.audit, earlier, chosen);
  return resumed(newProgress(planned.plan, chosen), planned.audit, earlier);
}

/** As people know them: the names of their Node objects. */
function namesOf(nodes: readonly NodeProgress[], audit: ClusterAudit): readonly string[] {
  const names = new Map(audit.nodes.map(({ node }) => [node.key, node.name]));
  return nodes.map(({ key }) => names.get(key) ?? key);
}

function questionOf(
  names: readonly string[],
  {
    mode,
    name,
    pacing: { maxUnavailable },
  }: RemediationSettings & { readonly mode: 'apply' | 'undo'; readonly name: string },
): string {
  const what = mode === 'undo' ? 'get the previous files back' : 'be changed';
  return `${howMany(names.length, 'node')}: ${nameList(names)} will ${what} and the kubelet restarted there, ${typeof maxUnavailable === 'number' ? maxUnavailable : `${maxUnavailable.percent} % of a group`} at a time. Type the cluster's name (${printable(name, 100)}) to go on: `;
}

async function show({ audit, plan }: PlanResult, flags: RemediateFlags, terminal: Terminal): Promise<void> {
  const { warn } = terminalLog(terminal);
  for (const { message, remedy } of audit.problems) warn(`${printable(message, 1000)}; ${printable(remedy, 500)}`);

  const out = await openOutput(undefined, terminal);
  const isJson = flags.output === 'json';
  await out.write(isJson ? `${plainJson({ kind: 'plan', ...plan })}\n` : planText(plan, style(terminal)));
  await out.close();
  if (flags.output === undefined || isJson) return;

  const written = await writePlanFiles(flags.output, planFiles(plan));
  terminal.stderr.write(`${howMany(written, 'snippet')} written to ${flags.output}\n`);
}

async function showUndo(work: Progress, { cluster }: ClusterAudit, terminal: Terminal): Promise<void> {
  const { bold, width } = style(terminal);
  const out = await openOutput(undefined, terminal);
  await out.write(`${bold(`To put back in cluster ${printable(cluster.name, 100)}`)}\n${undoText(work, width)}\n`);
  await out.close();
}

/** A person who leaves nodes out sees once more which. */
function nameSkipped({ chosen: { skipped = [] } }: RemediationSettings, { stderr }: Terminal): void {
  if (skipped.length > 0) stderr.write(`left out by --skip: ${nameList(skipped)}\n`);
}

async function showDryRun(
  ports: RemediationPorts,
  { isJson, ...options }: Omit<Parameters<typeof dryRun>[1], 'nodeEnded'> & { readonly isJson: boolean },
  terminal: Terminal,
): Promise<number> {
  const { width } = style(terminal);
  const ends: RemedyEnd[] = [];
  const print = (text: string) => terminal.stdout.write(`${text}\n`);
  const problem = await dryRun(ports, {
    ...options,
    nodeEnded(node, end) {
      ends.push(end);
      print(
        isJson ? plainJson({ kind: 'dry-run', node: node.key, group: node.group, end }) : dryRunText(node, end, width),
      );
    },
  });
  if (!isJson && ends.length > 0) print(dryRunTotals(ends));
  if (problem) throw new OperatorError(problem.code, `${problem.message}; ${problem.remedy}`);
  return options.interrupt.aborted ? exitCode.interrupted : codeOf(options.audit);
}

const style = (terminal: Terminal) => {
  const { width = 120, bold } = tableStyle(terminal);
  return { width, bold };
};

interface FinishRunOptions {
  readonly settings: RemediationSettings;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
  readonly mode: 'apply' | 'undo';
  /** Of the chosen nodes. */
  readonly plan: RemediationPlan;
  readonly isJson: boolean;
  readonly run: string;
}

async function finish(
  ports: RemediationPorts,
  applied: ApplyResult,
  { settings, terminal, signal, mode, plan, isJson, run }: FinishRunOptions,
): Promise<number> {
  const { progress, ended, problem, audit } = applied;
  const out = await openOutput(undefined, terminal);
  const { name: cluster } = audit.cluster;
  const text = isJson
    ? `${plainJson({ kind: 'outcome', cluster, mode, run, ended, ...progress, problem })}\n`
    : outcomeText(progress, { cluster, ended, mode, run, ...style(terminal) });
  await out.write(text);
  await out.close();

  const nodes = progress.groups.flatMap((group) => group.nodes);
  if (!settings.publish && nodes.some(({ state }) => state === 'done'))
    terminal.stderr.write('findings in Security Hub follow with the next audit; --publish updates them at once\n');
  const last = signal.aborted ? audit : await publishedIfAsked(ports, audit, { settings, terminal });

  if (problem) throw new OperatorError(problem.code, `${problem.message}; ${problem.remedy}`);
  if (signal.aborted) return exitCode.interrupted;
  return codeOfRun(progress, { mode, plan, ended, isPublished: isPublished(last, settings) });
}

interface CodeOfRunOptions extends Pick<FinishRunOptions, 'mode' | 'plan'> {
  readonly ended: ApplyResult['ended'];
  readonly isPublished: boolean;
}

/** 0 when all chosen nodes are fixed, whatever others of the cluster fail; 1 when a chosen one failed; 2 when some were left out. */
function codeOfRun({ groups }: Progress, { mode, plan, ended, isPublished }: CodeOfRunOptions): number {
  const nodes = groups.flatMap((group) => group.nodes);
  if (ended === 'stopped' || nodes.some(hasFailed)) return 1;
  const isOpen = nodes.some(({ state }) => state !== 'done' && state !== 'gone');
  // What is put back fails again, as it was asked for.
  if (mode === 'undo') return isOpen ? 1 : 0;
  const left = plan.groups.some(
    ({ steps, notPlanned }) => notPlanned.length > 0 || steps.some(({ by }) => by !== 'runbook'),
  );
  return isOpen || left || !isPublished ? 2 : 0;
}

/** Whether Security Hub holds what it was to hold. */
const isPublished = ({ published }: ClusterAudit, { publish }: RemediationSettings): boolean =>
  !publish || (published !== undefined && published.rejected.length + published.notSent.length === 0);

/** The whole cluster, as every audit does it: the findings of its node groups are about all of their nodes. */
async function publishedIfAsked(
  ports: RemediationPorts,
  audit: ClusterAudit,
  { settings, terminal }: Pick<FinishRunOptions, 'settings' | 'terminal'>,
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

/** A typo must not change a node that was to be skipped, nor pass over the one that was meant. */
function throwUnlessKnown({ skipped = [], nodes: only = [], groups = [] }: ChosenNodes, audit: ClusterAudit): void {
  const { nodes, cluster } = audit;
  for (const [flag, keys] of [
    ['--skip', skipped],
    ['--node', only],
  ] as const) {
    const unknown = keys.find((key) => !nodes.some(({ node }) => node.key === key));
    if (unknown !== undefined)
      throw new UsageError(
        `${flag} '${printable(unknown, 100)}' is not a node of cluster ${cluster.name}; give its instance id as the plan shows it, or leave it out`,
      );
  }
  const names = new Set(nodes.flatMap(({ node: { group } }) => [group.name, groupName(group)]));
  const unknown = groups.find((each) => !names.has(each));
  if (unknown !== undefined)
    throw new UsageError(
      `--group '${printable(unknown, 100)}' is not a node group of cluster ${cluster.name}; it has ${nameList([...new Set(nodes.map(({ node }) => groupName(node.group)))])}`,
    );
}

function publishedText({ published: done, problems }: ClusterAudit): string {
  if (!done)
    return `warning: no finding was written: ${problems[0] ? printable(problems[0].message, 500) : 'the run was interrupted'}`;

  const left = done.rejected.length + done.notSent.length;
  return `${done.imported} findings written${left > 0 ? `; ${left} could not be written` : ''}`;
}

const codeOf = (audit: ClusterAudit): number => outcome(tallied(emptyTally, ok(audit)));
