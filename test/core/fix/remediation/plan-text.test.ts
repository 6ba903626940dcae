import { describe, expect, it } from 'vitest';
import type {
  GroupPlan,
  LastingFix,
  PlannedNode,
  RemediationPlan,
  Step,
} from '../../../../lambda/core/fix/remediation/plan.ts';
import { planRemediation } from '../../../../lambda/core/fix/remediation/plan-remediation.ts';
import { planText } from '../../../../lambda/core/fix/remediation/plan-text.ts';
import { controls } from '../../../../lambda/core/judge/controls/index.ts';
import { audited, judgedNode, nodeOfKind, seen } from './failing-audit.ts';
import { remediationPage } from './remediation-page.ts';
import { examples } from './worked-examples.ts';

const plain = { width: 110, bold: (text: string) => text };

describe('the plan as text', () => {
  it('of Amazon Linux 2 is the one that was reviewed', () => {
    const { plan } = examples.find(({ title }) => title === 'Amazon Linux 2') ?? expect.unreachable();
    expect(planText(plan, plain)).toMatchSnapshot();
  });

  it('says that there is nothing to fix', () => {
    const plan = planRemediation(audited([judgedNode({ facts: seen('al2') }, nodeOfKind('al2'))]), { controls });

    expect(planText(plan, plain)).toBe('Nothing to fix in cluster blue, by the audit of 2026-11-24T10:00:00.000Z.\n');
  });

  it('breaks no command, difference or snippet, however narrow the terminal is', () => {
    for (const { plan } of examples) {
      const text = planText(plan, { ...plain, width: 40 });
      const lines = text.split('\n').map((line) => line.trim());
      for (const { steps, lasting } of plan.groups) {
        for (const command of steps.flatMap((step) => step.commands)) expect(lines).toContain(command);
        for (const { text } of lasting.flatMap((fix) => fix.snippets))
          for (const line of text.trimEnd().split('\n')) expect(lines).toContain(line.trim());
      }
    }
  });
});

describe('a plan that is written by hand', () => {
  const node = (at: number, name?: string): PlannedNode => ({ key: `i-${at}`, kind: 'al2', ...(name && { name }) });
  const step: Step = {
    method: 'config-file',
    by: 'person',
    nodes: [node(1)],
    controls: ['kubelet-read-only-port', 'kubelet-event-qps'],
    because: 'why',
    changes: [
      { kind: 'setting', file: '/a', format: 'yaml', setting: 'readOnlyPort', after: 0 },
      { kind: 'setting', file: '/a', format: 'yaml', setting: 'eventRecordQPS', after: 50 },
      { kind: 'mode', file: '/b', before: '666', after: '644' },
    ],
    commands: ['one', 'two'],
    survives: { reboot: false, replacement: false },
    cautions: ['first', 'sec\u001b[2Jond'],
  };
  const nodes = [node(1), node(2)];
  const none = { lasting: [], notPlanned: [] };
  const group: GroupPlan = { group: { kind: 'managed', name: 'work\u001b[2Jers' }, nodes, steps: [step], ...none };
  const plan: RemediationPlan = { cluster: { name: 'bl\u202eue' }, auditedAt: 'today', trust: [], groups: [group] };
  const marked = { width: 110, bold: (text: string) => `*${text}*` };

  it('says all of it, each place once', () => {
    const [left, right] = [node(3, 'ip-3'), node(4, 'i-4')];
    const notPlanned = [{ control: 'kubelet-anonymous-auth', nodes: [left, right], because: 'un\nread' }];
    const awsStep: Step = { ...step, method: 'not-ours', by: 'aws', changes: [], commands: [], cautions: [] };

    expect(planText({ ...plan, groups: [{ ...group, steps: [step, awsStep], notPlanned }] }, marked)).toBe(
      `*Plan for cluster bl ue*
  from the audit of today
  the certificates of the cluster’s CA are not known

*1. node group work ers (managed): 2 nodes to touch*
  *1.1 change the configuration file (benchmark, remediation 1)*
      nodes    i-1
      controls kubelet-read-only-port, kubelet-event-qps
      why      why
      done by  a person
      /a
        + readOnlyPort: 0
        + eventRecordQPS: 50
      /b
        - mode 666
        + mode 644
      on the node
        one
        two
      lasts    until the next reboot, when the node’s bootstrap writes its files anew; a node that replaces
               this one does not have it
      mind     first
      mind     sec ond
  *1.2 not ours: AWS runs this kubelet*
      nodes    i-1
      controls kubelet-read-only-port, kubelet-event-qps
      why      why
      done by  AWS
  *not planned*
    kubelet-anonymous-auth on i-3 (ip-3), i-4: un read
`,
    );
  });

  it.each(Object.entries({ 94: ' ', 93: '\n    ' }))('keeps a fingerprint whole: %s columns', (columns, gap) => {
    const width = Number(columns);
    const sha256 = 'ab'.repeat(32);
    const text = planText({ ...plan, trust: [sha256, sha256] }, { ...marked, width });
    const lines = `client CA to trust: SHA-256${gap}${sha256}\n`;
    expect(text).toContain(`today\n  ${lines}  ${lines}\n`);
  });

  it.each([
    [10, 'i-1, i-2, i-3, i-4, i-5, i-6, i-7, i-8, i-9, i-10\n'],
    [11, 'i-1, i-2, i-3, i-4, i-5, i-6, i-7, i-8, i-9, i-10 and 1 more\n'],
  ])('names %s nodes', (number, names) => {
    const nodes = Array.from({ length: number }, (_, index) => node(index + 1));
    const steps = [{ ...step, nodes }];
    expect(planText({ ...plan, groups: [{ ...group, steps }] }, marked)).toContain(`      nodes    ${names}`);
  });

  it('points to the group that said what lasts, of the same kind of group and with the same words', () => {
    const source = { url: 'https://example.com', source: 'a page', snippets: [], rollOut: 'Roll out.' };
    const survives = { reboot: true, replacement: true };
    const fix: LastingFix = { kind: 'al2023', controls: [], words: ['Do this.'], ...source, survives };
    const named = (name: string, change: Partial<LastingFix> = {}, kind: 'managed' | 'karpenter' = 'managed') => {
      return { ...group, group: { kind, name }, steps: [], lasting: [{ ...fix, ...change }] };
    };
    const that = { words: ['Do that.'] };
    const alike = [named('c', { rollOut: 'Wait.' }), named('d', {}, 'karpenter')];
    const groups = [named('a'), named('b', that), ...alike, named('e', that)];
    const forGood = planText({ ...plan, groups }, marked).replace(/^(?:.*\n){3}/, '');

    const whole = (words: string) => `\n    ${words}\n    See https://example.com\n    Source: a page\n    Roll out.\n`;
    const nodeadm = '(managed): 2 nodes to touch*\n  *for good: Amazon Linux 2023 (nodeadm)';
    expect(forGood.split('\n*')).toEqual([
      '',
      `1. node group a ${nodeadm}*${whole('Do this.')}`,
      `2. node group b ${nodeadm}*${whole('Do that.')}`,
      `3. node group c ${nodeadm}, as in 1*\n    Wait.\n`,
      `4. node group d (karpenter): 2 nodes to touch*\n  *for good: Karpenter node pools*${whole('Do this.')}`,
      `5. node group e ${nodeadm}, as in 2*\n    Roll out.\n`,
    ]);
  });
});

it('docs/remediation-plans.md shows what the planner does', async () => {
  await expect(remediationPage()).toMatchFileSnapshot('../../../../docs/remediation-plans.md');
});
