import { describe, expect, it } from 'vitest';
import { remediateKubeletsRunbook } from '../../../../../infra/documents/remediation/remediate-automation.ts';
import type { GroupPlan, PlannedNode, Step } from '../../../../../lambda/core/fix/remediation/plan.ts';
import {
  beyondRunbook,
  runbookGroup,
  runbookNodes,
  runbookStarts,
} from '../../../../../lambda/core/fix/remediation/run/runbook-starts.ts';
import { nodeOfKind } from '../failing-audit.ts';

const trust = ['ab'.repeat(32)];
const node = (number: number, ...controls: readonly string[]) => ({
  key: `i-${number}`,
  instanceId: `i-${number}`,
  controls,
  trust,
  group: number < 100 ? 'managed/a' : 'managed/b',
});

describe('runbookStarts', () => {
  it('starts once for the nodes with the same controls', () => {
    expect(runbookStarts([node(1, 'a'), node(2, 'a')])).toEqual([
      { group: 'managed/a', instanceIds: ['i-1', 'i-2'], controls: ['a'], trust },
    ]);
  });

  it('fixes a node once, with all that was asked for it, and leaves nodes of its group for later that need something else', () => {
    expect(runbookStarts([node(1, 'b'), node(2, 'b'), node(101, 'b'), node(1, 'a')])).toEqual([
      { group: 'managed/a', instanceIds: ['i-1'], controls: ['a', 'b'], trust },
      { group: 'managed/b', instanceIds: ['i-101'], controls: ['b'], trust },
    ]);
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
  const planned = (number: number, isMachine = true): PlannedNode => ({
    key: `node-${number}`,
    kind: 'al2',
    ...(isMachine && { instanceId: `i-${number}` }),
  });
  const [one, two, three, four] = [planned(1), planned(2), planned(3, false), planned(4)];
  const step = (by: Step['by'], nodes: readonly PlannedNode[], ...controls: readonly string[]): Step => ({
    method: 'config-file',
    by,
    nodes,
    controls,
    because: '',
    changes: [],
    commands: [],
    survives: { reboot: true, replacement: false },
    cautions: [],
  });
  const group = (...steps: readonly Step[]): GroupPlan => ({
    group: { kind: 'managed', name: 'workers' },
    nodes: [one, two, three, four],
    steps,
    lasting: [],
    notPlanned: [],
  });

  it('is every machine of a step that it makes, with all of its controls once and in order', () => {
    const steps = [
      step('runbook', [one, two, three], 'c', 'a'),
      step('person', [one, four], 'd'),
      step('runbook', [two], 'b', 'a'),
    ];

    expect(runbookNodes(group(...steps), trust)).toEqual([
      { key: 'node-1', instanceId: 'i-1', controls: ['a', 'c'], trust },
      { key: 'node-2', instanceId: 'i-2', controls: ['a', 'b', 'c'], trust },
    ]);
  });

  it('keeps nodes apart that are to trust other certificates', () => {
    const other = { ...node(2, 'a'), trust: ['cd'.repeat(32)] };

    expect(runbookStarts([node(1, 'a'), other, node(3, 'a')])).toEqual([
      { group: 'managed/a', instanceIds: ['i-1', 'i-3'], controls: ['a'], trust },
    ]);
  });
});

it.each([
  [nodeOfKind('al2'), undefined],
  [nodeOfKind('ubuntu'), 'the runbook knows systemd’s kubelet unit, and here the kubelet is a snap'],
  [
    nodeOfKind('al2', 1, { machine: { status: 'unconfirmed', because: 'another cluster’s' } }),
    'the runbook touches confirmed machines only: another cluster’s',
  ],
])('the runbook leaves %o to a person: %s', (each, because) => {
  expect(beyondRunbook(each)).toBe(because);
});
