import { describe, expect, it } from 'vitest';
import { controls } from '../../../lambda/core/controls/index.ts';
import { planFiles } from '../../../lambda/core/remediation/plan-files.ts';
import { planRemediation } from '../../../lambda/core/remediation/plan-remediation.ts';
import { planText } from '../../../lambda/core/remediation/plan-text.ts';
import { audited, judgedNode, nodeOfKind, seen } from './failing-audit.ts';
import { remediationPage } from './remediation-page.ts';
import { examples } from './worked-examples.ts';

const plain = { width: 110, bold: (text: string) => text };

describe('the plan as text', () => {
  it.each(examples)('of $title is the one that was reviewed', ({ plan }) => {
    expect(planText(plan, plain)).toMatchSnapshot();
  });

  it('says that there is nothing to fix', () => {
    const plan = planRemediation(audited([judgedNode({ facts: seen('al2') }, nodeOfKind('al2'))]), { controls });

    expect(planText(plan, plain)).toBe('Nothing to fix in cluster blue, by the audit of 2026-11-24T10:00:00.000Z.\n');
  });

  it('says what lasts once for node groups that share it, and how it reaches each of them', () => {
    const port = { readOnlyPort: { value: 10255, origin: { from: 'default', of: 'no configuration file' } } } as const;
    const nodes = ['blue', 'green'].map((name, index) => {
      const node = nodeOfKind('al2023', index + 1);
      return judgedNode({ facts: seen('al2023', { settings: port }) }, { ...node, group: { kind: 'managed', name } });
    });
    const text = planText(planRemediation(audited(nodes), { controls }), plain);

    expect(text).toContain('2. node group green (managed): 1 node to touch');
    expect(text).toContain(
      "for good: Amazon Linux 2023 (nodeadm), as in 1\n    Make a new version of the group's own launch template",
    );
    expect(text.match(/kind: NodeConfig/g)).toHaveLength(2);
  });

  it('sends nobody to the copy of a launch template that EKS made, and asks EKS which one is the group’s own', () => {
    const node = nodeOfKind('al2023', 1, { launchTemplate: { id: 'lt-0123456789abcdef0', version: '3' } });
    const port = { readOnlyPort: { value: 10255, origin: { from: 'default', of: 'no configuration file' } } } as const;
    const audit = audited([judgedNode({ facts: seen('al2023', { settings: port }) }, node)]);
    const text = planText(planRemediation(audit, { controls }), { ...plain, width: 10_000 });

    expect(text).not.toContain('lt-0123456789abcdef0');
    expect(text).toContain(
      'aws eks describe-nodegroup --cluster-name blue --nodegroup-name al2023-workers --region eu-west-1 --query nodegroup.launchTemplate',
    );
  });

  it('names ten nodes and counts the others', () => {
    const port = { readOnlyPort: { value: 10255, origin: { from: 'default', of: 'no configuration file' } } } as const;
    const nodes = Array.from({ length: 12 }, (_, index) =>
      judgedNode({ facts: seen('al2', { settings: port }) }, nodeOfKind('al2', index + 1)),
    );
    const text = planText(planRemediation(audited(nodes), { controls }), plain);

    expect(text).toContain('12 nodes to touch');
    expect(text).toContain('and 2 more');
  });

  it('breaks no command, difference or snippet, however narrow the terminal is', () => {
    for (const { plan } of examples) {
      const lines = planText(plan, { ...plain, width: 40 })
        .split('\n')
        .map((line) => line.trim());
      for (const { steps, lasting } of plan.groups) {
        for (const command of steps.flatMap((step) => step.commands)) expect(lines).toContain(command);
        for (const { text } of lasting.flatMap((fix) => fix.snippets))
          for (const line of text.trimEnd().split('\n')) expect(lines).toContain(line.trim());
      }
    }
  });
});

describe('the files of --output', () => {
  it('are the snippets, one folder a node group', () => {
    const files = examples.flatMap(({ plan }) => [...planFiles(plan)].map(({ path }) => path.join('/')));

    expect([...new Set(files)]).toEqual([
      'managed-al2023-workers/al2023-node-config.yaml',
      'managed-al2023-workers/al2023-user-data.mime',
      'karpenter-spot/al2023-ec2nodeclass.yaml',
      'managed-al2-workers/al2-user-data.mime',
      'managed-al2-workers/al2-bootstrap.sh',
      'managed-bottlerocket-workers/bottlerocket-settings.toml',
      'auto-scaling-group-ubuntu-workers/ubuntu-bootstrap.sh',
      'self-managed-self-managed/linux-50-kubelet.conf',
      'managed-windows-workers/windows-user-data.ps1',
      'hybrid-hybrid/hybrid-node-config.yaml',
    ]);
  });
});

it('docs/remediation.md shows what the planner does', async () => {
  await expect(remediationPage()).toMatchFileSnapshot('../../../docs/remediation.md');
});
