import * as z from 'zod/mini';
import { plainJson, shortHash } from '../../../model/text/words.ts';
import type { RemediationPlan } from '../plan.ts';
import { diffLines } from '../plan-text.ts';
import { type NodeProgress, type Progress, states } from './progress.ts';

const words = z.readonly(z.array(z.string()));

const scopeSchema = z.object({
  /** The cluster's ARN. */
  cluster: z.string(),
  /** Slugs. */
  controls: words,
  groups: words,
  nodes: words,
  skipped: words,
  limit: z.optional(z.number()),
});
/** What a run may change. It never widens. */
export type RunScope = z.infer<typeof scopeSchema>;

const plannedSchema = z.object({ key: z.string(), instanceId: z.string(), group: z.string(), steps: words });
type PlannedSteps = z.infer<typeof plannedSchema>;

/** The first line of a record: the scope of a run, and its plan. */
const headSchema = z.object({
  format: z.literal('eks-kubelet-audit-run/1'),
  run: z.string(),
  begunAt: z.string(),
  scope: scopeSchema,
  planned: z.readonly(z.array(plannedSchema)),
});
export type RunRecordHead = z.infer<typeof headSchema>;

/** A line for each time a terminal took the run up, for each node that ended, and for the end. */
const lineSchema = z.union([
  z.object({ at: z.string(), mode: z.enum(['apply', 'undo']), pid: z.number(), reason: z.optional(z.string()) }),
  z.object({ at: z.string(), node: z.string(), state: z.enum(states), because: z.optional(z.string()) }),
  z.object({ at: z.string(), ended: z.enum(['finished', 'stopped', 'interrupted']) }),
]);
export type RunRecordLine = z.infer<typeof lineSchema>;

export interface RunRecord {
  readonly head: RunRecordHead;
  readonly lines: readonly RunRecordLine[];
}

/** @throws Error when it is no record; a last line that was cut by the end of its writer counts as not written */
export function parseRunRecord(text: string): RunRecord {
  const [head = '', ...lines] = text.split('\n').slice(0, -1);
  return {
    head: headSchema.parse(JSON.parse(head)),
    lines: lines.map((line) => lineSchema.parse(JSON.parse(line))),
  };
}

export const recordLine = (line: RunRecordHead | RunRecordLine): string => `${plainJson(line)}\n`;

const scopeDigits = 12;
const hashOf = ({ cluster, controls, groups, nodes, skipped, limit = 0 }: RunScope): string =>
  shortHash(
    JSON.stringify([cluster, ...[controls, groups, nodes, skipped].map((each) => each.toSorted()), limit]),
  ).slice(0, scopeDigits);

/** `20261128T131500Z-0a1b2c-0123456789ab`: in the order of time, as the document takes it, and with the hash of its scope at the end. */
export const runIdOf = (now: Date, random: string, scope: RunScope): string =>
  `${now.toISOString().replaceAll(/[-:]|\.\d+/g, '')}-${random}-${hashOf(scope)}`;

const runIdPattern = /^\d{8}T\d{6}Z-[0-9a-f]{6}-([0-9a-f]{12})$/;
export const isOfScope = (run: string, scope: RunScope): boolean => runIdPattern.exec(run)?.[1] === hashOf(scope);

/** When a run began, by its id; absent for ids that this program did not make. */
export const beginOf = (run: string): string | undefined =>
  /^\d{8}T\d{6}Z-/.test(run)
    ? run.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z-.*$/, '$1-$2-$3T$4:$5:$6Z')
    : undefined;

/** What is planned on each node of a run, as the lines of its differences. */
export function plannedSteps({ groups }: RemediationPlan, progress: Progress): readonly PlannedSteps[] {
  const steps = groups.flatMap((group) => group.steps).filter(({ by }) => by === 'runbook');
  return progress.groups
    .flatMap(({ nodes }) => nodes)
    .map(({ key, instanceId, group }) => ({
      ...{ key, instanceId, group },
      steps: steps
        .filter(({ nodes }) => nodes.some((node) => node.key === key))
        .flatMap(({ method, controls, changes }) => [
          `${method} ${controls.join(',')}`,
          ...changes.map(diffLines).flatMap(({ place, lines }) => lines.map((line) => `${place}: ${line}`)),
        ]),
    }));
}

/** The difference between the plan of a run and what it would do now, as lines for a person; empty where it does nothing else. */
export function planDifference(before: readonly PlannedSteps[], now: readonly PlannedSteps[]): readonly string[] {
  const known = new Map(before.map((each) => [each.instanceId, each]));
  return now.flatMap(({ key, instanceId, steps }) => {
    const was = known.get(instanceId)?.steps ?? [];
    const added = steps.filter((line) => !was.includes(line));
    if (added.length === 0) return [];
    const removed = was.filter((line) => !steps.includes(line));
    return [`${key}:`, ...removed.map((line) => `- ${line}`), ...added.map((line) => `+ ${line}`)];
  });
}

/** The state of a run by its record, and how many of its nodes are done. */
export function recordState({ head, lines }: RunRecord, isAlive: (pid: number) => boolean) {
  const last = new Map<string, NodeProgress['state']>();
  let state = 'broken off';
  for (const line of lines) {
    if ('pid' in line) state = `${line.mode === 'undo' ? 'undo ' : ''}${isAlive(line.pid) ? 'running' : 'broken off'}`;
    else if ('node' in line) last.set(line.node, line.state);
    else state = `${state.startsWith('undo ') ? 'undo ' : ''}${line.ended}`;
  }
  const done = [...last.values()].filter((each) => each === 'done').length;
  return { run: head.run, cluster: head.scope.cluster, state, done, nodes: head.planned.length };
}
