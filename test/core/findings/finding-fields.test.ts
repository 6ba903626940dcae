import { describe, expect, it } from 'vitest';
import {
  type FindingOfOptions,
  type FindingOptions,
  findingOf,
  findingsOf,
  namedCluster,
} from '../../../lambda/core/findings/finding.ts';
import { rollUp } from '../../../lambda/core/findings/roll-up.ts';
import type { Control } from '../../../lambda/core/judge/control.ts';
import { clusterProxyHolders } from '../../../lambda/core/judge/controls/proxy-holders.ts';
import { requirementName, requirementsOf } from '../../../lambda/core/judge/frameworks/requirements.ts';
import type { ClusterNode, HeldRight, NodeKind, Verdict } from '../../../lambda/core/model/model.ts';
import type { StoredFinding } from '../../../lambda/core/model/stored-finding.ts';
import { asStored } from '../../fakes/ports.ts';
import {
  arn,
  auditOf,
  clientCa,
  compliant,
  evidence,
  failed,
  judged,
  node,
  notApplicable,
  options,
  passed,
  unread,
  warned,
} from './compliant-audit.ts';

const of = (nodes: readonly (readonly [Partial<ClusterNode>, Verdict])[], change: Partial<FindingOptions> = {}) => {
  const audits = nodes.map(([each, verdict], index) => judged(node(index + 1, each), verdict));
  return findingsOf(auditOf(audits), { ...options, ...change })[0]!;
};
const fieldsOf = (...parameters: Parameters<typeof of>) =>
  Object.fromEntries(
    Object.entries(of(...parameters).ProductFields).flatMap(([name, value]) =>
      name.endsWith('/fingerprint') ? [] : [[name.replace('eks-kubelet-audit/', ''), value]],
    ),
  );
const mark = { until: '2026-12-31', by: 'b'.repeat(150), reason: 'moved' };

const about = {
  cluster: 'blue',
  benchmark: 'cis-eks-1.8.0',
  control: 'kubelet-client-ca-file',
  'control-number': '3.2.3',
  setting: 'authentication.x509.clientCAFile',
  'status-since': options.now.toISOString(),
};
const group = { 'node-group': 'workers', 'node-group-kind': 'managed', 'node-kind': 'al2023' };
const counts = {
  nodes: '1',
  'nodes-failed': '0',
  'nodes-warned': '0',
  'nodes-unknown': '0',
  'nodes-passed': '0',
  'nodes-not-applicable': '0',
};

describe('the fields that people filter by', () => {
  it('count nodes only where not all is well', () => {
    expect(
      fieldsOf([
        [{}, passed],
        [{}, notApplicable],
      ]),
    ).toEqual({ ...about, ...group, scope: 'node-group', verdict: 'pass' });
    expect(
      fieldsOf([
        [{}, passed],
        [{}, failed],
        [{}, failed],
        [{}, warned],
        [{}, unread],
        [{}, notApplicable],
        [{}, unread],
        [{}, unread],
      ]),
    ).toEqual({
      ...about,
      ...group,
      scope: 'node-group',
      verdict: 'fail',
      nodes: '8',
      'nodes-failed': '2',
      'nodes-warned': '1',
      'nodes-unknown': '3',
      'nodes-passed': '1',
      'nodes-not-applicable': '1',
    });
  });

  it('name the node where it is the subject, and no group where the cluster is', () => {
    const ofNode = { ...about, ...group, ...counts, scope: 'node', verdict: 'fail', 'nodes-failed': '1' };
    expect(fieldsOf([[{ name: 'n'.repeat(300) }, failed]], { scope: 'node' })).toEqual({
      ...ofNode,
      node: `${'n'.repeat(255)}…`,
    });
    const { name: _, ...nameless } = node(1);
    const [finding] = findingsOf(auditOf([judged(nameless, failed)]), { ...options, scope: 'node' });
    expect(finding?.ProductFields['eks-kubelet-audit/node']).toBe(nameless.key);
    expect(fieldsOf([[{}, warned]], { scope: 'cluster' })).toEqual({
      ...about,
      ...counts,
      scope: 'cluster',
      'node-kind': 'al2023',
      verdict: 'warn',
      'nodes-warned': '1',
    });
  });

  it('name all kinds of nodes in one order', () => {
    expect(
      fieldsOf([
        [{ kind: 'ubuntu' }, passed],
        [{ kind: 'al2' }, passed],
        [{ kind: 'ubuntu' }, passed],
      ])['node-kind'],
    ).toBe('al2,ubuntu');
  });

  it('say who waived a failure and until when, and how many nodes are waived', () => {
    const waived: Verdict = { status: 'fail', evidence: evidence('x'), waived: mark };
    expect(
      fieldsOf([
        [{}, waived],
        [{}, waived],
      ]),
    ).toMatchObject({
      'waived-until': '2026-12-31',
      'waived-by': `${'b'.repeat(99)}…`,
      'nodes-waived': '2',
    });
    const expired: Verdict = { status: 'fail', evidence: evidence('x'), waiverExpired: mark };
    const fields = fieldsOf([
      [{}, expired],
      [{}, waived],
    ]);
    expect(fields).not.toHaveProperty('waived-until');
    expect(fields).toMatchObject({ 'nodes-waived': '1' });
    expect(fieldsOf([[{}, expired]])).not.toHaveProperty('nodes-waived');
  });

  it('count the nodes that do not fit into the resources', () => {
    const fields = (count: number) => fieldsOf(Array.from({ length: count }, () => [{}, failed] as const));
    expect(fields(31)).not.toHaveProperty('nodes-not-in-resources');
    expect(fields(32)['nodes-not-in-resources']).toBe('1');
  });

  it('say that nobody knows what was stored', () => {
    expect(fieldsOf([[{}, passed]], { stored: 'unknown' })).toMatchObject({
      'created-at': 'of this run: what Security Hub held before is not known',
    });
  });

  it('have no number where the benchmark has none', () => {
    const fields = fieldsOf([[{}, passed]], { benchmark: 'cis-eks-1.2.0' });
    expect(fields).toMatchObject({ benchmark: 'cis-eks-1.2.0' });
    expect(fields).not.toHaveProperty('control-number');
  });
});

describe('what a finding says of its control', () => {
  const withControl = (change: Partial<Control>) => of([[{}, failed]], { controls: [{ ...clientCa, ...change }] });

  it('is what other catalogues call it too, bounded', () => {
    expect(
      withControl({ alsoKnownAs: { cisKubernetes: '4.2.3', stig: 'V-1' } }).Compliance.RelatedRequirements,
    ).toEqual([
      'CIS Amazon EKS Benchmark 1.8.0/3.2.3',
      'CIS Kubernetes Benchmark 4.2.3',
      'DISA STIG V-1',
      ...requirementsOf(clientCa).map(requirementName),
    ]);
    const slug = 'client-ca-expiry';
    expect(
      withControl({ slug, numbers: {}, alsoKnownAs: { stig: 'x'.repeat(99) } }).Compliance.RelatedRequirements,
    ).toEqual([`DISA STIG ${'x'.repeat(53)}…`]);
    expect(withControl({ slug, numbers: {} }).Compliance).not.toHaveProperty('RelatedRequirements');
  });

  it('is of another type where no benchmark has it', () => {
    expect(withControl({ numbers: {} }).FindingProviderFields.Types).toEqual([
      'Software and Configuration Checks/AWS Security Best Practices',
    ]);
  });

  it('is described with bounded words, and with what it covers', () => {
    const long = { title: 't'.repeat(300), rationale: 'r'.repeat(500), expected: 'e'.repeat(200) };
    expect(withControl(long).Description).toContain(
      `cluster blue since 2026-11-24. ${'t'.repeat(199)}…. ${'r'.repeat(399)}… For authentication.x509.clientCAFile (--client-ca-file), expected ${'e'.repeat(119)}….`,
    );
    const covers = (scope: FindingOptions['scope'], change: Partial<ClusterNode> = {}) =>
      / on (.*) since/.exec(of([[change, failed]], { scope }).Description)?.[1];
    expect(covers('cluster')).toBe('1 of 1 node in all node groups of cluster blue');
    expect(covers('node', { key: 'k'.repeat(200) })).toBe(`node ${'k'.repeat(119)}… of cluster blue`);
    expect(covers('node-group', { group: { kind: 'hybrid', name: 'g'.repeat(200) } })).toBe(
      `1 of 1 node in node group ${'g'.repeat(119)}… (hybrid) of cluster blue`,
    );
  });
});

describe('what a description begins with', () => {
  const began = (
    nodes: Parameters<typeof of>[0],
    stored: FindingOptions['stored'] | Partial<StoredFinding> = new Map(),
  ) => {
    const before = { id: of(nodes).Id, createdAt: 'x', title: 't', description: 'd', generatorId: 'g' };
    const known =
      stored === 'unknown' || stored instanceof Map
        ? stored
        : new Map([[before.id, { ...before, updatedAt: '2026-11-20T00:00:00.000Z', productFields: {}, ...stored }]]);
    return of(nodes, { stored: known }).Description.split('. ')[0];
  };
  const was = (verdict: string, since?: string) => ({
    productFields: {
      'eks-kubelet-audit/verdict': verdict,
      ...(since && { 'eks-kubelet-audit/status-since': since }),
    },
  });
  const where = 'node group workers (managed) of cluster blue';

  it('is what is wrong and on how many nodes of how many, and of a pass no number', () => {
    expect(
      began([
        [{}, failed],
        [{}, failed],
        [{}, passed],
      ]),
    ).toBe(`Fails on 2 of 3 nodes in ${where} since 2026-11-24`);
    expect(began([[{}, warned]])).toBe(`Probably fails on 1 of 1 node in ${where} since 2026-11-24`);
    expect(began([[{}, unread]])).toBe(`Unknown on 1 of 1 node in ${where} since 2026-11-24`);
    expect(began([[{}, passed]])).toBe(`Passes in ${where} since 2026-11-24`);
    expect(began([[{}, passed]], 'unknown')).toBe(`Passes in ${where}`);
  });

  it.each<[string, Partial<StoredFinding>, string]>([
    ['keeps its date while the verdict is the same', was('fail', '2026-11-01T00:00:00.000Z'), '2026-11-01'],
    ['begins anew with another verdict', was('pass', '2026-11-01T00:00:00.000Z'), '2026-11-24'],
    [
      'begins anew after it was archived',
      { ...was('fail', '2026-11-01T00:00:00.000Z'), recordState: 'ARCHIVED' },
      '2026-11-24',
    ],
    ['was no later than the finding that lacks it', was('fail'), '2026-11-20'],
    ['is no word of the account', was('fail', 'evil.example'), '2026-11-24'],
    ['is not in the future', was('fail', '2030-01-01T00:00:00.000Z'), '2026-11-24'],
  ])('since: %s', (_, stored, since) => {
    expect(began([[{}, failed]], stored)).toBe(`Fails on 1 of 1 node in ${where} since ${since}`);
  });
});

describe('how a finding is fixed', () => {
  const advised = (nodes: readonly (readonly [Partial<ClusterNode>, Verdict])[]) =>
    /NodeConfig of the|NodeConfig given|snap set kubelet-eks|AWS runs|PowerShell|EC2NodeClass|Windows|Bottlerocket|daemon-reload/.exec(
      of(nodes).Remediation.Recommendation.Text,
    )?.[0];

  it('is for the kind of node that is worst off, always the same one of several', () => {
    const kinds: readonly NodeKind[] = ['hybrid', 'ubuntu', 'al2023'];
    for (const order of [kinds, kinds.toReversed()])
      expect(advised(order.map((kind) => [{ kind }, failed] as const))).toBe('NodeConfig of the');
    expect(
      advised([
        [{ kind: 'al2023' }, passed],
        [{ kind: 'ubuntu' }, failed],
        [{ kind: 'al2023' }, warned],
      ]),
    ).toBe('snap set kubelet-eks');
  });

  it('names the rights that the audit’s sources need', () => {
    const text = of([[{}, unread]], { sources: ['configz'] }).Remediation.Recommendation.Text;
    expect(text).toContain('nodes/proxy');
    expect(text).not.toContain('nodes/configz');
  });
});

describe('a finding that is held', () => {
  const rolled = rollUp(auditOf([judged(node(1, { kind: 'linux' }), unread)]), [clientCa], 'node-group')[0]!;
  const context: FindingOfOptions = {
    cluster: namedCluster(compliant.cluster),
    benchmark: 'cis-eks-1.8.0',
    now: options.now,
    stored: new Map(),
  };
  const before = of([
    [{ kind: 'ubuntu' }, failed],
    [{ kind: 'al2' }, failed],
  ]);
  const held = (status: 'pass' | 'fail', stored: FindingOfOptions['stored']) =>
    findingOf({ ...rolled, status, held: { since: 'S' } }, { ...context, stored });

  it('says since when, counts nothing, and was not observed', () => {
    const finding = held('fail', new Map());
    expect(finding.ProductFields).toMatchObject({
      'eks-kubelet-audit/unreadable-since': 'S',
      'eks-kubelet-audit/verdict': 'fail',
      'eks-kubelet-audit/node-kind': 'linux',
    });
    expect(finding.ProductFields).not.toHaveProperty('eks-kubelet-audit/nodes');
    expect(finding).not.toHaveProperty('LastObservedAt');
    expect(finding.Resources).toHaveLength(1);
  });

  it('keeps the kinds of nodes that were told when it was read, and advises for them', () => {
    const stored = new Map([[before.Id, asStored(before)]]);
    const finding = held('fail', stored);
    expect(finding.ProductFields['eks-kubelet-audit/node-kind']).toBe('al2,ubuntu');
    expect(finding.Remediation.Recommendation.Text).toContain('bootstrap.sh');
    expect(held('fail', 'unknown').ProductFields['eks-kubelet-audit/node-kind']).toBe('linux');
    const forged = { ...asStored(before), productFields: { 'eks-kubelet-audit/node-kind': 'mainframe' } };
    expect(held('fail', new Map([[before.Id, forged]])).ProductFields['eks-kubelet-audit/node-kind']).toBe('linux');
    const read = findingOf({ ...rolled, status: 'fail' }, { ...context, stored });
    expect(read.ProductFields['eks-kubelet-audit/node-kind']).toBe('linux');
  });

  it('that passed is fixed by being read again', () => {
    expect(held('pass', new Map()).Remediation.Recommendation.Text).toMatch(/^The kubelet could not be read/);
    expect(held('fail', new Map()).Remediation.Recommendation.Text).not.toMatch(/^The kubelet could not be read/);
  });
});

describe('a finding about the cluster itself', () => {
  const holders = (['system', 'allowed', 'expired', 'not-allowed'] as const).map(
    (standing): HeldRight => ({ kind: 'User', name: standing, standing, ways: ['w'] }),
  );
  const finding = (verdict: Verdict) =>
    findingsOf(auditOf([], { clusterVerdicts: { [clusterProxyHolders.slug]: verdict } }), {
      ...options,
      controls: [clusterProxyHolders],
    })[0]!;

  it('counts those that hold the right, and those whom nobody allows', () => {
    const { ProductFields, Description } = finding({ status: 'fail', evidence: { ...evidence('x'), holders } });
    expect(ProductFields).toMatchObject({
      'eks-kubelet-audit/holders': '4',
      'eks-kubelet-audit/holders-not-allowed': '2',
      'eks-kubelet-audit/scope': 'cluster',
    });
    expect(Object.keys(ProductFields).filter((each) => each.includes('/node'))).toEqual([]);
    expect(Description).toMatch(/^Fails in cluster blue since /);
  });

  it('counts nobody where nobody could be seen', () => {
    for (const verdict of [unread, failed])
      expect(Object.keys(finding(verdict).ProductFields).filter((each) => each.includes('holders'))).toEqual([]);
  });
});

it('refuses a cluster without an ARN in words that say what to do', () => {
  const { arn: _, ...cluster } = compliant.cluster;
  expect(() => namedCluster(cluster)).toThrow(
    "cluster 'blue' has no ARN, and a finding needs its account and Region; use AWS credentials with --region, or a kubeconfig of aws eks update-kubeconfig, whose context names the ARN",
  );
  expect(() => namedCluster(cluster)).toThrow(expect.objectContaining({ code: 'cluster-arn-needed' }));
  expect(namedCluster(compliant.cluster).arn).toBe(arn);
});
