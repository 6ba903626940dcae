import type { RemediationPlan } from '../../core/fix/remediation/plan.ts';
import { planFiles, planText } from '../../core/fix/remediation/plan-text.ts';
import {
  type ChosenNodes,
  chosenPlan,
  groupName,
  hasFailed,
  minutesFor,
  type NodeProgress,
  newProgress,
  type Progress,
  resumed,
  undoing,
} from '../../core/fix/remediation/run/progress.ts';
import { dryRunText, dryRunTotals, outcomeText, undoText } from '../../core/fix/remediation/run/run-text.ts';
import type { Waiver } from '../../core/judge/waivers/waiver.ts';
import type { ClusterAudit, Problem } from '../../core/model/model.ts';
import { OperatorError, UsageError } from '../../core/model/operator-error.ts';
import { ok } from '../../core/model/result.ts';
import { howMany, nameList, plainJson, printable } from '../../core/model/text/words.ts';
import type { TableStyle } from '../../core/report/report.ts';
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
  readyWork,
} from '../../flow/remediate/remediate.ts';
import { writePlanFiles } from '../../wiring/files.ts';
import type { RemediateSettings, remediateSettingsFrom } from '../../wiring/remediate-settings.ts';
import { exitCode, untilInterrupted } from '../interrupt.ts';
import { remedyProgress, terminalProgress } from '../progress.ts';
import { writeReport } from '../report-output.ts';
import { openFolder } from '../report-targets.ts';
import {
  nodesInScope,
  recordedRun,
  type ScopedRun,
  scopedRun,
  throwUnlessAsPlanned,
  throwUnlessInScope,
} from '../run-scope.ts';
import { type Terminal, tableStyle, terminalLog, typedWord } from '../terminal.ts';
import { waiversOf } from '../waivers-file.ts';

export interface RemediateFlags extends Omit<Parameters<typeof remediateSettingsFrom>[0], 'cluster' | 'defaultRegion'> {
  readonly apply?: boolean;
  readonly dryRun?: boolean;
  /** Id of the run that continues, or that is undone. */
  readonly resume?: string;
  readonly undo?: string;
  readonly yes?: boolean;
  readonly reason?: string;
  readonly waivers?: string;
  /** A folder, or `json`. */
  readonly output?: string;
}

/** One call of the command, as its steps share it. */
interface Session {
  readonly ports: RemediationPorts;
  readonly settings: RemediateSettings & { readonly waivers: readonly Waiver[] };
  readonly scoped: ScopedRun;
  readonly flags: RemediateFlags;
  readonly terminal: Terminal;
  /** Aborted once the person stops the command: no further node is begun. */
  readonly signal: AbortSignal;
  readonly mode: 'apply' | 'undo';
  /** To stdout: the object with `--output json`, otherwise the text. */
  print(json: object, text: (style: Pick<TableStyle, 'bold' | 'width'>) => string): Promise<void>;
}

/** Plans, shows, and with `--apply` applies; returns the exit code. */
export async function runRemediation(
  given: RemediateSettings,
  flags: RemediateFlags,
  terminal: Terminal,
): Promise<number> {
  // Before the audit: a folder that can't be made must not cost one.
  const isJson = flags.output === 'json';
  if (flags.output !== undefined && !isJson) await openFolder(flags.output, '--output');
  const log = terminalLog(terminal);
  for (const each of given.warnings) log.warn(each);
  const scoped = scopedRun(given, flags, terminal.env);
  const settings = { ...scoped.settings, waivers: await waiversOf(flags.waivers, given, terminal) };
  // Loaded here: the AWS and Kubernetes clients are slow to load, and the other commands never need them.
  const { openRemediationPorts } = await import('../../wiring/open/terminal.ts');
  const progress = terminalProgress(terminal);
  const ports = await openRemediationPorts(settings, { log, progress });
  const mode = flags.undo === undefined ? 'apply' : 'undo';
  const run = flags.resume ?? flags.undo;
  const print: Session['print'] = (json, text) =>
    writeReport(isJson ? `${plainJson(json)}\n` : text(tableStyle(terminal)), undefined, terminal);

  // A terminal that is lost, or a job that is ended, loses nothing: the node under way is waited for, and the record says where the run stopped.
  return await untilInterrupted(
    async (signal) => {
      try {
        const session: Session = { ports, settings, scoped, flags, terminal, signal, mode, print };
        const planned =
          run === undefined
            ? await planCluster(ports, { ...settings, signal })
            : await planAfterRun(ports, { ...settings, run, signal });
        progress.stop();
        return signal.aborted ? exitCode.interrupted : await showAndApply(session, planned);
      } finally {
        progress.stop();
        ports.close();
      }
    },
    ['SIGINT', 'SIGHUP', 'SIGTERM'],
  );
}

async function showAndApply(session: Session, planned: PlanResult | ResumedPlan): Promise<number> {
  const { scoped, settings, flags, terminal, mode } = session;
  const { audit } = planned;
  throwUnlessKnown(settings.chosen, audit);
  if (flags.resume !== undefined) throwUnlessInScope(flags.resume, scoped, audit);
  const chosen = nodesInScope(scoped, planned);
  const earlier = 'earlier' in planned ? planned.earlier : [];
  const { nodes } = audit;
  const { trust } = planned.plan;
  const work =
    mode === 'undo'
      ? undoing({ nodes, trust }, earlier, chosen)
      : resumed(newProgress(planned.plan, chosen), { nodes, trust }, earlier);
  throwUnlessAsPlanned(scoped, { ...planned, work }, terminal);

  const plan = chosenPlan(planned.plan, work, chosen);
  await show(session, { audit, plan, work });
  // A person who leaves nodes out sees once more which.
  const { skipped = [] } = settings.chosen;
  if (skipped.length > 0) terminal.stderr.write(`left out by --skip: ${nameList(skipped)}\n`);
  if (flags.dryRun) return await showDryRun(session, { audit, work });
  if (!flags.apply && flags.resume === undefined && mode === 'apply') return codeOf(audit);
  return await apply(session, { planned, plan, work });
}

async function show(
  { flags, terminal, mode, print }: Session,
  { audit, plan, work }: PlanResult & { readonly work: Progress },
): Promise<void> {
  for (const { message, remedy } of audit.problems)
    terminalLog(terminal).warn(`${printable(message, 1000)}; ${printable(remedy, 500)}`);

  const title = `To put back in cluster ${printable(audit.cluster.name, 100)}`;
  if (mode === 'undo')
    return await print({ kind: 'undo', ...work }, ({ bold, width }) => `${bold(title)}\n${undoText(work, width)}\n`);
  await print({ kind: 'plan', ...plan }, (style) => planText(plan, style));

  if (flags.output === undefined || flags.output === 'json') return;
  const written = await writePlanFiles(flags.output, planFiles(plan));
  terminal.stderr.write(`${howMany(written, 'snippet')} written to ${flags.output}\n`);
}

async function showDryRun(
  { ports, settings, flags, terminal, signal }: Session,
  { audit, work }: { readonly audit: ClusterAudit; readonly work: Progress },
): Promise<number> {
  const isJson = flags.output === 'json';
  const { width } = tableStyle(terminal);
  const ends: RemedyEnd[] = [];
  const print = (text: string) => terminal.stdout.write(`${text}\n`);
  const nodeEnded = (node: NodeProgress, end: RemedyEnd) => {
    ends.push(end);
    const json = { kind: 'dry-run', node: node.key, group: node.group, end };
    print(isJson ? plainJson(json) : dryRunText(node, end, width));
  };
  const problem = await dryRun(ports, { ...settings.pacing, audit, work, interrupt: signal, nodeEnded });
  if (!isJson && ends.length > 0) print(dryRunTotals(ends));
  throwProblem(problem);
  return codeOf(audit);
}

function throwProblem(problem: Problem | undefined): void {
  if (problem) throw new OperatorError(problem.code, `${problem.message}; ${problem.remedy}`);
}

interface ApplyOptions {
  readonly planned: PlanResult;
  /** Of the chosen nodes. */
  readonly plan: RemediationPlan;
  readonly work: Progress;
}

async function apply(session: Session, { planned, plan, work: all }: ApplyOptions): Promise<number> {
  const { ports, settings, scoped, flags, terminal, signal, mode } = session;
  const { audit } = planned;
  const pace = { ...settings.pacing, audit, work: all, interrupt: signal };
  const work = mode === 'apply' ? await readyWork(ports, pace) : all;
  sayLeftOut(work, terminal);
  const waiting = work.groups.flatMap((group) => group.nodes).filter(({ state }) => state === 'waiting');
  const count = waiting.length;
  if (count === 0) {
    const why = mode === 'undo' ? 'there is nothing to put back' : 'nothing of this plan is the runbook’s to do';
    if (mode === 'undo' || plan.groups.length > 0) terminal.stderr.write(`${why}: nothing was changed\n`);
    return await codeOfRun(session, { progress: work, ended: 'finished', audit }, plan);
  }

  // Before a person types a name: without our document nothing can be done.
  throwProblem(await ports.remedies.missing(audit.cluster));
  sayHowMany(session, work, audit);
  const answer = flags.yes ? 'yes' : await asked(session, waiting, audit);
  if (answer === 'interrupted') return exitCode.interrupted;
  if (answer === 'no') {
    terminal.stderr.write('nothing was changed\n');
    return codeOf(audit);
  }

  signal.addEventListener('abort', () =>
    terminal.stderr.write('no further node is begun; waiting for those under way (Ctrl-C again leaves them alone)\n'),
  );
  const { reason } = flags;
  const run = flags.resume ?? flags.undo;
  const recorded = await recordedRun(terminal, { scoped, planned, work, mode, run, reason });
  const applied = await applyPlan(ports, {
    ...settings,
    ...settings.pacing,
    canary: settings.pacing.canary ?? (mode === 'apply' && count > 10 ? 1 : 0),
    audit,
    work,
    mode,
    run: recorded.id,
    progress: recorded.recording(remedyProgress(terminal, { count, mode, audit })),
    interrupt: signal,
  });
  recorded.ended(applied.ended);
  return await finish(session, applied, { plan, run: recorded.id });
}

/** Before a person says yes: which nodes are not begun, and why. Each reason comes once. */
function sayLeftOut({ groups }: Progress, { stderr }: Terminal): void {
  const out = groups.flatMap(({ nodes }) => nodes).filter(({ state }) => state === 'untouched');
  for (const [because, nodes] of Map.groupBy(out, ({ because }) => because ?? ''))
    stderr.write(`left out: ${nameList(nodes.map(({ key }) => key))}: ${printable(because, 500)}\n`);
}

/** How many nodes of each group, and about how long that takes. */
function sayHowMany({ settings, terminal }: Session, work: Progress, audit: ClusterAudit): void {
  const sizes = new Map(
    [...Map.groupBy(audit.nodes, ({ node }) => groupName(node.group))].map(([name, all]) => [name, all.length]),
  );
  const { stableSeconds } = settings;
  const { maxUnavailable } = settings.pacing;
  const counts = work.groups.flatMap(({ name, nodes }) => {
    const waiting = nodes.filter(({ state }) => state === 'waiting').length;
    return waiting === 0 ? [] : [`${printable(name, 120)}: ${howMany(waiting, 'node')}`];
  });
  const minutes = minutesFor(work, { maxUnavailable, sizes, stableSeconds });
  terminal.stderr.write(`${counts.join('; ')}; about ${howMany(minutes, 'minute')}\n`);
}

/** Asks for the cluster's name, and names the nodes as people know them: by their Node objects. */
async function asked({ terminal, mode, settings }: Session, waiting: readonly NodeProgress[], audit: ClusterAudit) {
  const names = new Map(audit.nodes.map(({ node }) => [node.key, node.name]));
  const { maxUnavailable } = settings.pacing;
  const { name } = audit.cluster;
  const nodes = nameList(waiting.map(({ key }) => names.get(key) ?? key));
  const what = mode === 'undo' ? 'get the previous files back' : 'be changed';
  const most = typeof maxUnavailable === 'number' ? maxUnavailable : `${maxUnavailable.percent} % of a group`;
  return await typedWord(
    `${howMany(waiting.length, 'node')}: ${nodes} will ${what} and the kubelet restarted there, ${most} at a time. Type the cluster's name (${printable(name, 100)}) to go on: `,
    name,
    terminal,
  );
}

async function finish(
  session: Session,
  applied: ApplyResult,
  { plan, run }: { readonly plan: RemediationPlan; readonly run: string },
): Promise<number> {
  const { settings, terminal, mode, print } = session;
  const { progress, ended, problem, audit } = applied;
  const { name: cluster } = audit.cluster;
  await print({ kind: 'outcome', cluster, mode, run, ended, ...progress, problem }, (style) =>
    outcomeText(progress, { cluster, ended, mode, run, ...style }),
  );

  const isAnyDone = progress.groups.some(({ nodes }) => nodes.some(({ state }) => state === 'done'));
  if (!settings.publish && isAnyDone)
    terminal.stderr.write('findings in Security Hub follow with the next audit; --publish updates them at once\n');
  return await codeOfRun(session, applied, plan);
}

/** Publishes if asked. 0 when all chosen nodes are fixed, whatever others of the cluster fail; 1 when a chosen one failed; 2 when some were left out. */
async function codeOfRun(
  session: Session,
  { progress, ended, problem, audit }: ApplyResult,
  plan: RemediationPlan,
): Promise<number> {
  const { terminal, signal, mode } = session;
  const isPublished = signal.aborted || (await publishedIfAsked(session, audit));
  // A person who stopped the run reads of both.
  if (signal.aborted && problem) terminalLog(terminal).error(`${problem.message}; ${problem.remedy}`);
  else throwProblem(problem);

  const nodes = progress.groups.flatMap((group) => group.nodes);
  if (ended === 'stopped' || nodes.some(hasFailed)) return 1;
  const isOpen = nodes.some(({ state }) => state !== 'done' && state !== 'gone');
  // A node that was put back fails again, as it was asked for.
  if (mode === 'undo') return isOpen ? 1 : 0;
  const left = plan.groups.some(
    ({ steps, notPlanned }) => notPlanned.length > 0 || steps.some(({ by }) => by !== 'runbook'),
  );
  return isOpen || left || !isPublished ? 2 : 0;
}

/**
 * Audits the whole cluster, as every audit does it: the findings of its node groups are about all of their nodes.
 * @returns whether Security Hub holds what it was to hold
 */
async function publishedIfAsked(
  { ports, settings, terminal: { stderr } }: Session,
  { cluster }: ClusterAudit,
): Promise<boolean> {
  if (!settings.publish) return true;
  const { signal } = new AbortController();
  const last = await auditCluster(ports, cluster, { ...settings, everySource: true, publish: true, signal });
  const { published: done, problems } = last;
  const left = done ? done.rejected.length + done.notSent.length : 0;
  const why = problems[0] ? printable(problems[0].message, 500) : 'the run was interrupted';
  stderr.write(
    done
      ? `${done.imported} findings written${left > 0 ? `; ${left} could not be written` : ''}\n`
      : `warning: no finding was written: ${why}\n`,
  );
  return done !== undefined && left === 0;
}

/** A typo must not change a node that was to be skipped, nor pass over the one that was meant. */
function throwUnlessKnown({ skipped = [], nodes = [], groups = [] }: ChosenNodes, audit: ClusterAudit): void {
  const members = audit.nodes.map(({ node }) => node);
  const keys = members.map(({ key }) => key);
  const names = [...new Set(members.map(({ group }) => groupName(group)))];
  const node = ['node', keys, 'give its instance id as the plan shows it, or leave it out'] as const;
  const known = [...names, ...members.map(({ group }) => group.name)];
  for (const [flag, given, [what, all, hint]] of [
    ['--skip', skipped, node],
    ['--node', nodes, node],
    ['--group', groups, ['node group', known, `it has ${nameList(names)}`]],
  ] as const) {
    const unknown = given.find((each) => !all.includes(each));
    if (unknown !== undefined)
      throw new UsageError(
        `${flag} '${printable(unknown, 100)}' is not a ${what} of cluster ${audit.cluster.name}; ${hint}`,
      );
  }
}

const codeOf = (audit: ClusterAudit): number => outcome(tallied(emptyTally, ok(audit)));
