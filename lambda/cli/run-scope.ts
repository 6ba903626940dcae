import { randomBytes } from 'node:crypto';
import type { ChosenNodes, Progress } from '../core/fix/remediation/run/progress.ts';
import {
  beginOf,
  isOfScope,
  planDifference,
  plannedSteps,
  type RunRecord,
  type RunScope,
  recordState,
  runIdOf,
} from '../core/fix/remediation/run/run-record.ts';
import { controls as allControls } from '../core/judge/controls/index.ts';
import type { ClusterAudit } from '../core/model/model.ts';
import { OperatorError, UsageError } from '../core/model/operator-error.ts';
import { howMany, printable } from '../core/model/text/words.ts';
import type { RemedyProgress } from '../flow/remediate/ports.ts';
import type { PlanResult, ResumedPlan } from '../flow/remediate/remediate.ts';
import { addToRecord, beginRecord, isAlive, listRecords, readRecord, runRecordPath } from '../wiring/files.ts';
import type { RemediateSettings } from '../wiring/remediate-settings.ts';
import { writeReport } from './report-output.ts';
import type { Terminal } from './terminal.ts';

/** The scope of a run as its options give it; its cluster comes with the audit. */
type AskedScope = Omit<RunScope, 'cluster'>;

export interface ScopedRun {
  /** With the controls of the run. */
  readonly settings: RemediateSettings;
  readonly asked: AskedScope;
  readonly record?: RunRecord;
}

const scopeFlags = ['controls', 'group', 'node', 'limit'] as const;
type ScopeFlags = Readonly<Partial<Record<(typeof scopeFlags)[number], unknown>>> & { readonly resume?: string };

/** The scope of a run, and for `--resume` the one of its record: options may then repeat it, and `--skip` may narrow it. */
export function scopedRun(settings: RemediateSettings, flags: ScopeFlags, env: Terminal['env']): ScopedRun {
  const { groups = [], nodes = [], skipped = [], limit } = settings.chosen;
  const controls = settings.controls.map(({ slug }) => slug);
  const asked = { controls, groups, nodes, skipped, ...(limit !== undefined && { limit }) };
  const record = flags.resume === undefined ? undefined : readRecord(runRecordPath(env, flags.resume));
  if (!record) return { settings, asked };

  const { scope } = record.head;
  if (scopeFlags.some((flag) => flags[flag] !== undefined))
    return { settings, asked: { ...asked, skipped: scope.skipped }, record };
  const known = allControls.filter(({ slug }) => scope.controls.includes(slug));
  if (known.length < scope.controls.length)
    throw new OperatorError(
      'run-of-another-release',
      `run ${record.head.run} fixes controls that this release does not know; resume it with the release that began it`,
    );
  return { settings: { ...settings, controls: known }, asked: scope, record };
}

const scopeIn = ({ cluster: { arn, name } }: ClusterAudit, asked: AskedScope): RunScope => ({
  ...asked,
  cluster: arn?.arn ?? name,
});

/** @throws UsageError when the options or the cluster are not those of the run: it would change what nobody approved */
export function throwUnlessInScope(run: string, { asked, record }: ScopedRun, audit: ClusterAudit): void {
  if (isOfScope(run, scopeIn(audit, asked))) return;
  throw new UsageError(
    record
      ? `run ${run} was begun for another scope: ${scopeWords(record.head.scope)}; leave the options out to go on with it`
      : `run ${run} has no record on this machine, and its id is not that of these options and this cluster; give the same --controls, --group, --node, --skip and --limit, or go on where it was begun`,
  );
}

function scopeWords({ cluster, controls, groups, nodes, skipped, limit }: RunScope): string {
  const many = Object.entries({ group: groups, node: nodes, skip: skipped, limit: limit === undefined ? [] : [limit] });
  const options = many.flatMap(([flag, all]) => all.map((each) => `--${flag} ${each}`));
  const words = [`cluster ${cluster}`, `--controls ${controls.join(',')}`, ...options];
  return words.map((each) => printable(each, 300)).join(' ');
}

/** Which nodes a run may change: of one that goes on those of its record, or those that its options mean, of which the limit has counted some. */
export function nodesInScope(
  { settings: { chosen }, asked, record }: ScopedRun,
  planned: PlanResult | ResumedPlan,
): ChosenNodes {
  if (!('earlier' in planned)) return chosen;
  if (!record) return { ...chosen, touched: planned.earlier.map(({ instanceId }) => instanceId) };
  const skipped = [...(chosen.skipped ?? []), ...asked.skipped];
  return { skipped, nodes: record.head.planned.map(({ key }) => key) };
}

/** @throws OperatorError after it shows the difference, when a node would now be changed in another way than the run said before */
export function throwUnlessAsPlanned(
  { record }: ScopedRun,
  { plan, work }: Pick<PlanResult, 'plan'> & { readonly work: Progress },
  { stderr }: Pick<Terminal, 'stderr'>,
): void {
  const difference = record ? planDifference(record.head.planned, plannedSteps(plan, work)) : [];
  if (difference.length === 0) return;
  stderr.write(difference.map((line) => `${printable(line, 500)}\n`).join(''));
  throw new OperatorError(
    'plan-changed',
    'the plan is not the one that this run began with (-), so nothing was changed; begin a new run for the changed plan (+) with --apply',
  );
}

interface NewRunOptions {
  readonly scoped: ScopedRun;
  readonly planned: PlanResult;
  readonly work: Progress;
  readonly mode: 'apply' | 'undo';
  /** The id of a run that goes on, or is undone. */
  readonly run: string | undefined;
  /** As a person typed it. */
  readonly reason: string | undefined;
}

/** A run that is recorded on this machine: its scope and plan first, then each node as it ends. */
export async function recordedRun(
  { env, stderr }: Terminal,
  { scoped, planned, work, mode, run, reason }: NewRunOptions,
) {
  const scope = scopeIn(planned.audit, scoped.asked);
  const now = () => new Date().toISOString();
  const id = run ?? runIdOf(new Date(), randomBytes(3).toString('hex'), scope);
  const path = runRecordPath(env, id);
  if (mode === 'apply') {
    if (!scoped.record)
      await beginRecord(path, {
        format: 'eks-kubelet-audit-run/1',
        run: id,
        begunAt: beginOf(id) ?? now(),
        scope,
        planned: [...plannedSteps(planned.plan, work)],
      });
    stderr.write(
      `run ${id}: its record is in ${path}; --resume ${id} goes on with it if it is broken off, --undo ${id} puts the previous files back within 30 days\n`,
    );
  }
  const why = reason === undefined ? {} : { reason: printable(reason, 300) };
  addToRecord(path, { at: now(), mode, pid: process.pid, ...why });

  return {
    id,
    /** The same, and each node that ended is recorded. */
    recording: (progress: RemedyProgress): RemedyProgress => ({
      ...progress,
      nodeEnded(node, outcome) {
        const { state, because } = { because: undefined, ...outcome };
        addToRecord(path, { at: now(), node: node.key, state, ...(because !== undefined && { because }) });
        progress.nodeEnded(node, outcome);
      },
    }),
    ended: (how: 'finished' | 'stopped' | 'interrupted') => addToRecord(path, { at: now(), ended: how }),
  };
}

/** Prints the runs of this user on this machine, the newest first, and the command to go on with each. */
export async function listRuns(terminal: Terminal): Promise<void> {
  const lines = listRecords(terminal.env).map(({ path, record }) => {
    if (!record) return `${printable(path, 400)}: this is not the record of a run\n`;
    const { run, cluster, state, done, nodes } = recordState(record, isAlive);
    const name = printable(cluster.replace(/^.*\//, ''), 100);
    const flag = state === 'finished' || state.startsWith('undo') ? 'undo' : 'resume';
    const next = state.endsWith('running') ? 'wait for its end' : `remediate ${name} --${flag} ${run}`;
    return `${run}: cluster ${name}, ${state}, ${done} of ${howMany(nodes, 'node')} done\n  next: ${next}\n`;
  });
  await writeReport(lines.length > 0 ? lines : 'no run is recorded on this machine\n', undefined, terminal);
}
