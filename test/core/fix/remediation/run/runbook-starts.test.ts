import { describe, expect, it } from 'vitest';
import { remediateKubeletsRunbook } from '../../../../../infra/documents/remediation/remediate-automation.ts';
import type { GroupPlan, PlannedNode, Step } from '../../../../../lambda/core/fix/remediation/plan.ts';
import { runbookNodes } from '../../../../../lambda/core/fix/remediation/run/progress.ts';
import { beyondRunbook, runbookGroup, runbookStarts } from '../../../../../lambda/core/fix/remediation/run/runbook.ts';
import { nodeOfKind } from '../failing-audit.ts';

const trust = ['ab'.repeat(32)];
const node = (number: number, ...controls: readonly string[]) => {
  const group = number < 100 ? 'managed/a' : 'managed/b';
  return { key: `i-${number}`, instanceId: `i-${number}`, controls, trust, group };
};
const start = (group: string, instanceIds: readonly string[], ...controls: readonly string[]) => {
  return { group: `managed/${group}`, instanceIds, controls, trust };
};

describe('runbookStarts', () => {
  it('starts once for the nodes with the same controls', () => {
    expect(runbookStarts([node(1, 'a'), node(2, 'a')])).toEqual([start('a', ['i-1', 'i-2'], 'a')]);
  });

  it('fixes a node once, with all that was asked, and leaves nodes of its group for later that need something else', () => {
    const starts = runbookStarts([node(1, 'b'), node(2, 'b'), node(101, 'b'), node(1, 'a')]);
    expect(starts).toEqual([start('a', ['i-1'], 'a', 'b'), start('b', ['i-101'], 'b')]);
  });

  it('begins with 50 machines of large groups: the others are asked for when these are done', () => {
    const large = Array.from({ length: 200 }, (_, number) => node(number, number % 4 === 0 ? 'a' : 'b'));
    const starts = runbookStarts(large);

    expect(starts.map(({ instanceIds }) => instanceIds.length)).toEqual([25, 25]);
    expect(runbookStarts(large.slice(1, 200))).toMatchObject([{ instanceIds: { length: 50 }, controls: ['b'] }]);
  });

  it.each([
    ['managed/workers', 'managed/workers'],
    ['self-managed/www.evil.example', /^self-managed\/www-evil-example~[0-9a-f]+$/],
    ['karpenter/a b', /^karpenter\/a-b~[0-9a-f]+$/],
    ['managed/$(reboot)', /^managed\/-reboot-~[0-9a-f]+$/],
    [`managed/${'x'.repeat(300)}`, /^managed\/x{192}~[0-9a-f]+$/],
  ])('names the group %s so that the runbook takes it', (group, expected) => {
    const name = runbookGroup(group);
    if (typeof expected === 'string') expect(name).toBe(expected);
    else expect(name).toMatch(expected);
    expect(name).toMatch(new RegExp(remediateKubeletsRunbook().parameters.NodeGroup.allowedPattern));
  });

  it('starts nothing for nobody', () => {
    expect(runbookStarts([])).toEqual([]);
  });
});

describe('what the runbook is started with', () => {
  const planned = (number: number, isMachine = true): PlannedNode => {
    return { key: `node-${number}`, kind: 'al2', ...(isMachine && { instanceId: `i-${number}` }) };
  };
  const nodes = [planned(1), planned(2), planned(3, false), planned(4)] as const;
  const [one, two, three, four] = nodes;
  const none = { because: '', changes: [], commands: [], survives: { reboot: true, replacement: false }, cautions: [] };
  const step = (by: Step['by'], those: readonly PlannedNode[], ...controls: readonly string[]): Step => {
    return { method: 'config-file', by, nodes: those, controls, ...none };
  };
  const group = (...steps: readonly Step[]): GroupPlan => {
    return { group: { kind: 'managed', name: 'workers' }, nodes, steps, lasting: [], notPlanned: [] };
  };

  it('is every machine of a step that it makes, with all of its controls once and in order', () => {
    const byPerson = step('person', [one, four], 'd');
    const steps = [step('runbook', [one, two, three], 'c', 'a'), byPerson, step('runbook', [two], 'b', 'a')];

    expect(runbookNodes(group(...steps), trust)).toEqual([
      { key: 'node-1', instanceId: 'i-1', controls: ['a', 'c'], trust },
      { key: 'node-2', instanceId: 'i-2', controls: ['a', 'b', 'c'], trust },
    ]);
  });

  it('keeps nodes apart that are to trust other certificates', () => {
    const other = { ...node(2, 'a'), trust: ['cd'.repeat(32)] };

    const starts = runbookStarts([node(1, 'a'), other, node(3, 'a')]);
    expect(starts).toEqual([start('a', ['i-1', 'i-3'], 'a')]);
  });
});

const unconfirmed = { status: 'unconfirmed', because: 'another cluster’s' } as const;
it.each([
  [nodeOfKind('al2'), undefined],
  [nodeOfKind('ubuntu'), 'the runbook knows systemd’s kubelet unit, and here the kubelet is a snap'],
  [nodeOfKind('al2', 1, { machine: unconfirmed }), 'the runbook touches confirmed machines only: another cluster’s'],
])('the runbook leaves %o to a person: %s', (each, because) => {
  expect(beyondRunbook(each)).toBe(because);
});
