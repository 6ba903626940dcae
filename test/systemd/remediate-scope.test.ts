import { describe, expect, it } from 'vitest';
import type { RemediationPlan } from '../../lambda/core/fix/remediation/plan.ts';
import { newProgress, resumed } from '../../lambda/core/fix/remediation/run/progress.ts';
import {
  isOfScope,
  parseRunRecord,
  planDifference,
  plannedSteps,
  recordLine,
  runIdOf,
} from '../../lambda/core/fix/remediation/run/run-record.ts';
import { everyFile, killedAt, runKilled, until } from './killed-script.ts';
import {
  al2,
  caPath,
  current,
  disarmed,
  fire,
  mainPid,
  remediate,
  runningConfiguration,
  withArguments,
  withNode,
} from './kubelet-node.ts';
import { underSystemd } from './real-systemd.ts';

const scope = {
  cluster: 'blue',
  controls: ['kubelet-client-ca-file'],
  groups: ['web'],
  nodes: [],
  skipped: [],
  limit: 1,
};
const keys = ['i-0000000000000001', 'i-0000000000000002'] as const;
const planned = keys.map((key) => ({ key, instanceId: key, kind: 'al2' as const }));

/** Both nodes of the group fail two controls; the run is to fix one of them on one node. */
const planOf = (controls: readonly string[]): RemediationPlan => {
  const step = { method: 'config-file', by: 'runbook', nodes: planned, because: 'it is missing' } as const;
  const lists = { changes: [], commands: [], cautions: [], survives: { reboot: true, replacement: false } };
  const steps = controls.map((control) => ({ ...step, ...lists, controls: [control] }));
  const group = { kind: 'managed', name: 'web' } as const;
  const groups = [{ group, nodes: planned, steps, lasting: [], notPlanned: [] }];
  return { cluster: { name: 'blue' }, auditedAt: '2026-12-01T05:00:00.000Z', trust: [], groups };
};

const open = al2(withArguments('--read-only-port=10255'));

describe('a run whose terminal and node died', underSystemd, () => {
  it('goes on with the nodes and controls of its record alone, and its undo reaches nothing else', () =>
    withNode(open, (first) =>
      withNode(open, async (second) => {
        const machines = new Map<string, typeof first>([
          [keys[0], first],
          [keys[1], second],
        ]);
        const before = { first: everyFile(first), second: everyFile(second), pid: await mainPid(second) };
        const plan = planOf(scope.controls);
        const run = runIdOf(new Date(), '0a1b2c', scope);
        const work = newProgress(plan, scope);
        const at = new Date().toISOString();
        const head = { format: 'eks-kubelet-audit-run/1', run, begunAt: at, scope } as const;
        const text = recordLine({ ...head, planned: [...plannedSteps(plan, work)] });
        await runKilled(first, killedAt('checking', 'after'), { run, controls: scope.controls });

        const record = parseRunRecord(`${text}${recordLine({ at, mode: 'apply', pid: 1 })}{"cut`);
        expect(isOfScope(run, record.head.scope)).toBe(true);
        expect(isOfScope(run, { ...scope, limit: 2 })).toBe(false);
        await fire(first);
        await until(() => !first.exists(current), 'it is put back');
        await disarmed(first);
        expect(everyFile(first)).toEqual(before.first);

        const again = planOf(record.head.scope.controls);
        const chosen = { nodes: record.head.planned.map(({ key }) => key) };
        const rest = resumed(newProgress(again, chosen), { nodes: [] }, [
          { instanceId: keys[0], controls: scope.controls },
        ]);
        expect(planDifference(record.head.planned, plannedSteps(again, rest))).toEqual([]);
        for (const { key, controls } of rest.groups.flatMap(({ nodes }) => nodes)) {
          const machine = machines.get(key) ?? expect.unreachable();
          expect(await remediate(machine, { run, controls })).toMatchObject({ outcome: 'changed', undo: run });
        }
        const authentication = expect.objectContaining({ x509: { clientCAFile: caPath } });
        expect(await runningConfiguration(first)).toMatchObject({ authentication, readOnlyPort: 10_255 });
        expect([everyFile(second), await mainPid(second)]).toEqual([before.second, before.pid]);

        expect(await remediate(second, { mode: 'undo', run })).toMatchObject({ outcome: 'refused', reason: 'no-undo' });
        expect(await remediate(first, { mode: 'undo', run })).toMatchObject({ outcome: 'undone' });
        expect(everyFile(first)).toEqual(before.first);
        expect(await mainPid(second)).toBe(before.pid);
      }),
    ));
});
