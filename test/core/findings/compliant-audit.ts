import type { FindingOptions } from '../../../lambda/core/findings/finding.ts';
import type { Control } from '../../../lambda/core/judge/control.ts';
import { stateOfStatus } from '../../../lambda/core/model/access-states.ts';
import { parseClusterArn } from '../../../lambda/core/model/cluster-arn.ts';
import type {
  Access,
  AccessStatus,
  ClusterAudit,
  ClusterNode,
  Evidence,
  NodeAudit,
  Verdict,
} from '../../../lambda/core/model/model.ts';

/** A compliant subject to start from: one cluster, one managed node group of two AL2023 nodes, one control that both pass. */

export const clientCa: Control = {
  slug: 'kubelet-client-ca-file',
  title: 'The kubelet trusts a client certificate authority (--client-ca-file)',
  failure: 'no client CA',
  rationale: 'Without it, the kubelet cannot tell the API server from anyone else.',
  about: { kind: 'setting', setting: 'authentication.x509.clientCAFile' },
  expected: 'the path of a certificate bundle',
  severity: 'HIGH',
  numbers: { 'cis-eks-1.8.0': { number: '3.2.3', assessment: 'automated' } },
  suspectWhenRefused: true,
  judge: () => {
    throw new Error('findings are made of verdicts that were reached before');
  },
};

export const anonymous: Control = {
  ...clientCa,
  slug: 'kubelet-anonymous-auth',
  title: 'Anonymous requests are off',
  about: { kind: 'setting', setting: 'authentication.anonymous.enabled' },
  expected: 'false',
  severity: 'CRITICAL',
};

const setting = 'authentication.x509.clientCAFile';
const expected = 'the path of a certificate bundle';
export const evidence = (value: string): Evidence => {
  return { setting, value, expected, origin: { from: 'running' }, via: 'configz', notes: [] };
};

export const passed: Verdict = { status: 'pass', evidence: evidence('/etc/kubernetes/pki/ca.crt') };
export const failed: Verdict = { status: 'fail', evidence: evidence('(not set)') };
export const warned: Verdict = { status: 'warn', because: 'the kubelet refused the API server: 401 Unauthorized' };
export const unread: Verdict = { status: 'unknown', because: 'connection refused' };
export const mark = { until: '2026-12-31', by: 'sre', reason: 'moved' } as const;
export const waived: Verdict = { status: 'fail', evidence: evidence('(not set)'), waived: mark };
export const expired: Verdict = { status: 'fail', evidence: evidence('(not set)'), waiverExpired: mark };
export const notApplicable: Verdict = { status: 'not-applicable', because: 'AWS runs this kubelet' };

export const arn = parseClusterArn('arn:aws:eks:eu-west-1:111122223333:cluster/blue')!;

/** `node(3)` is instance i-…03 of the managed node group `workers`. */
export function node(number: number, change: Partial<ClusterNode> = {}): ClusterNode {
  const key = `i-${number.toString(16).padStart(17, '0')}`;
  const machine = { status: 'confirmed', instanceId: key } as const;
  const group = { kind: 'managed', name: 'workers' } as const;
  const versions = { kubeletVersion: 'v1.34.9-eks-1a2b3c4', osImage: 'Amazon Linux 2023.9.20260101' };
  const name = `ip-10-0-0-${number}.eu-west-1.compute.internal`;
  return { key, name, machine, kind: 'al2023', group, ...versions, ...change };
}

export const judged = (each: ClusterNode, verdict: Verdict, control = clientCa): NodeAudit => {
  return { node: each, failures: [], verdicts: { [control.slug]: verdict } };
};

const access = { publicAccess: true, privateAccess: true, publicAccessCidrs: ['0.0.0.0/0'] };
const url = 'https://0123456789ABCDEF.gr7.eu-west-1.eks.amazonaws.com';
const endpoint = { url, caPem: 'PEM', caFingerprints: [], ...access };
const compute = { autoMode: false, fargate: false, hybrid: false };
const cluster = { name: 'blue', arn, status: 'ACTIVE', version: '1.34', endpoint, compute };

export const auditOf = (nodes: readonly NodeAudit[], change: Partial<ClusterAudit> = {}): ClusterAudit => ({
  cluster,
  auditedAt: '2026-11-24T10:00:00.000Z',
  inventory: { from: 'kubernetes', complete: true },
  nodes,
  controls: { lookedAt: [], leftOut: [] },
  problems: [],
  ...change,
});

/** One node for each verdict, all in the node group `workers`. */
export const auditWith = (...verdicts: readonly Verdict[]): ClusterAudit =>
  auditOf(verdicts.map((verdict, index) => judged(node(index + 1), verdict)));

/** One node for each verdict, each in a node group of its own: `g0`, `g1` and so on. */
export const inGroups = (...verdicts: readonly Verdict[]): readonly NodeAudit[] =>
  verdicts.map((verdict, index) => judged(node(index, { group: { kind: 'managed', name: `g${index}` } }), verdict));

/** The same cluster under another name. */
export const called = (name: string): Pick<ClusterAudit, 'cluster'> => ({ cluster: { ...cluster, name } });

export const compliant = auditOf([judged(node(1), passed), judged(node(2), passed)]);

export const options: FindingOptions = {
  controls: [clientCa],
  benchmark: 'cis-eks-1.8.0',
  scope: 'node-group',
  now: new Date('2026-11-24T10:01:00.123Z'),
  stored: new Map(),
};

/** A summary verdict without its doors. */
export const accessLike = (status: AccessStatus, because = 'so it is'): Access => ({
  status,
  state: stateOfStatus(status),
  because,
});
