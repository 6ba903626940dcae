import { expect, it } from 'vitest';
import { planRemediation } from '../../../../lambda/core/fix/remediation/plan-remediation.ts';
import { planText } from '../../../../lambda/core/fix/remediation/plan-text.ts';
import { controls } from '../../../../lambda/core/judge/controls/index.ts';
import type { ClusterNode, NextNodeAudit, NodeGroup, Origin, Verdict } from '../../../../lambda/core/model/model.ts';
import { clusterNode } from '../../../fakes/ports.ts';
import { auditOf, evidence, mark, passed } from '../../findings/compliant-audit.ts';

const source = 'launch template lt-1, version 2 (default)';
const workers = { kind: 'managed', name: 'workers' } as const;
const inFile = { from: 'user-data', file: source, line: 28 } as const;
const byKey = (key: string): Origin => ({ ...inFile, key, alone: true });
const at = `${source}, line 28`;
const flag = { ...inFile, flag: 'read-only-port', alone: true } as const;
const path = 'authentication.x509.clientCAFile';
const [port, ca] = ['kubelet-read-only-port', 'kubelet-client-ca-file'];
const failing = (value: string, origin: Origin, more: object = {}): Verdict => {
  return { status: 'fail', evidence: { ...evidence(value), origin, via: 'files' }, ...more };
};
const next = (
  slug: string,
  verdict: Verdict,
  change: Partial<ClusterNode> = {},
  group: NodeGroup = workers,
): NextNodeAudit => {
  return { node: clusterNode('next', { group, ...change }), source, verdicts: { [slug]: verdict } };
};
const textOf = (...nodes: readonly NextNodeAudit[]) =>
  planText(planRemediation(auditOf([], { nextNodes: { nodes, complete: true } }), { controls }), {
    width: 300,
    bold: (text) => `*${text}*`,
  }).replace(/^(?:.*\n){5}/, '');

const open = failing('10255', byKey('spec.kubelet.config.readOnlyPort'));
const unset = failing('(not set)', { from: 'default', of: 'configuration file' });
const [config, windows] = ['spec.kubelet.config.', 'C:\\ProgramData\\Amazon\\EKS\\cluster_ca.crt'];
const lines = '\n      -readOnlyPort: 10255\n      +readOnlyPort: 0';
it.each<[NextNodeAudit, string]>([
  [next(port, open), `${at}, ${config}readOnlyPort: from 10255 to 0${lines}`],
  [next(port, failing('10255', { ...inFile, key: 'a.readOnlyPort' })), `${at}, a.readOnlyPort: from 10255 to 0`],
  [next(port, failing('10255', { ...inFile, alone: true })), `${at}: from 10255 to 0`],
  [next(port, failing('1\u001b[31m', flag)), `flag --read-only-port (${at}): from 1 to --read-only-port=0`],
  [next(ca, unset), `${source}, which does not set ${config}${path}: from (not set) to /etc/kubernetes/pki/ca.crt`],
  [next(ca, unset, { kind: 'windows' }), `${source}, which does not set ${path}: from (not set) to ${windows}`],
])('shows what to change in a template, and its line where that holds nothing else: %#', (node, change) => {
  const [slug] = Object.keys(node.verdicts);
  const end =
    'Make a new version of the template with it, and update the node group. This program changes no template.';
  const heading = '  *for good: what the group launches next*';
  expect(textOf(node)).toBe(`${heading}\n    ${slug}: ${change}\n    ${end}\n`);
});

it('shows nothing of what passes, is waived or no setting, and each change of a group once', () => {
  const others = [passed, failing('x', inFile, { waived: mark })].map((verdict) => next(port, verdict));
  expect(textOf(...others, next('kubelet-config-mode', open))).toMatch(/^Nothing to fix/);
  const text = textOf(next(port, open, {}, { ...workers, name: 'z' }), next(port, open), next(port, open));
  expect(text.match(/\d\. node group \w+|-readOnly/g)).toEqual(['-readOnly', '2. node group z', '-readOnly']);
});
