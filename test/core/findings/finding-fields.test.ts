import { describe, expect, it } from 'vitest';
import type { AsffFinding } from '../../../lambda/core/findings/asff/asff.ts';
import { type FindingOptions, findingOf, findingsOf, namedCluster } from '../../../lambda/core/findings/finding.ts';
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
  expired,
  failed,
  judged,
  mark,
  node,
  notApplicable,
  options,
  passed,
  unread,
  waived,
  warned,
} from './compliant-audit.ts';

/** Each node as a verdict, or as a verdict and how the node differs. */
type Nodes = readonly (Verdict | readonly [Partial<ClusterNode>, Verdict])[];
const of = (nodes: Nodes, change: Partial<FindingOptions> = {}) => {
  const audits = nodes.map((each, index) => {
    const [how, verdict] = 'status' in each ? ([{}, each] as const) : each;
    return judged(node(index + 1, how), verdict);
  });
  return findingsOf(auditOf(audits), { ...options, ...change }).toArray()[0]!;
};
const fieldsOf = (...parameters: Parameters<typeof of>) => {
  const fields = Object.entries(of(...parameters).ProductFields);
  return Object.fromEntries(fields.map(([name, value]) => [name.replace('eks-kubelet-audit/', ''), value]));
};

const about = {
  cluster: 'blue',
  benchmark: 'cis-eks-1.8.0',
  control: 'kubelet-client-ca-file',
  'control-number': '3.2.3',
  setting: 'authentication.x509.clientCAFile',
  'status-since': options.now.toISOString(),
};
/** The fields that are not always the same, as text. */
const textOf = (...parameters: Parameters<typeof of>) =>
  Object.entries(fieldsOf(...parameters))
    .flatMap(([name, value]) =>
      name in about || name === 'state' || name === 'nodes-by-state' ? [] : [`${name}=${value}`],
    )
    .toSorted()
    .join(' ');

describe('the fields that people filter by', () => {
  const group = 'node-group-kind=managed node-group=workers node-kind=al2023';
  const others = 'nodes-not-applicable=0 nodes-passed=0 nodes-unknown=0';

  it('count nodes only where not all is well', () => {
    expect(fieldsOf([passed])).toMatchObject(about);
    expect(textOf([passed, notApplicable])).toBe(`${group} scope=node-group verdict=pass`);
    const all = [passed, failed, failed, warned, unread, notApplicable, unread, unread];
    const counts = 'nodes-failed=2 nodes-not-applicable=1 nodes-passed=1 nodes-unknown=3 nodes-warned=1 nodes=8';
    expect(textOf(all)).toBe(`${group} ${counts} scope=node-group verdict=fail`);
  });

  it('name the node where it is the subject, and no group where the cluster is', () => {
    const name = 'n'.repeat(300);
    const failedOne = `nodes-failed=1 ${others} nodes-warned=0 nodes=1 scope=node verdict=fail`;
    expect(textOf([[{ name }, failed]], { scope: 'node' })).toBe(`${group} node=${'n'.repeat(255)}… ${failedOne}`);
    const { name: _, ...nameless } = node(1);
    const [finding] = findingsOf(auditOf([judged(nameless, failed)]), { ...options, scope: 'node' }).toArray();
    expect(finding?.ProductFields['eks-kubelet-audit/node']).toBe(nameless.key);
    const warnedOne = `node-kind=al2023 nodes-failed=0 ${others} nodes-warned=1 nodes=1 scope=cluster verdict=warn`;
    expect(textOf([warned], { scope: 'cluster' })).toBe(warnedOne);
  });

  it('name all kinds of nodes in one order', () => {
    const nodes = (['ubuntu', 'al2', 'ubuntu'] as const).map((kind) => [{ kind }, passed] as const);
    expect(fieldsOf(nodes)['node-kind']).toBe('al2,ubuntu');
  });

  it('say who waived a failure and until when, and how many nodes are waived', () => {
    const waivedBy = (by: string): Verdict => ({ ...waived, waived: { ...mark, by } }) as Verdict;
    const by = 'b'.repeat(150);
    const waiver = (...verdicts: readonly Verdict[]) => {
      const fields = fieldsOf(verdicts);
      return [fields['waived-until'], fields['waived-by'], fields['nodes-waived']];
    };
    expect(waiver(waivedBy(by), waivedBy(by))).toEqual(['2026-12-31', `${'b'.repeat(99)}…`, '2']);
    expect(waiver(expired, waived)).toEqual([undefined, undefined, '1']);
    expect(waiver(expired)).toEqual([undefined, undefined, undefined]);
  });

  it('count the nodes that do not fit into the resources', () => {
    const fields = (count: number) => fieldsOf(Array(count).fill(failed));
    expect([31, 32].map((count) => fields(count)['nodes-not-in-resources'])).toEqual([undefined, '1']);
  });

  it('have no number where the benchmark has none', () => {
    const fields = fieldsOf([passed], { benchmark: 'cis-eks-1.2.0' });
    expect(fields).toMatchObject({ benchmark: 'cis-eks-1.2.0' });
    expect(fields).not.toHaveProperty('control-number');
  });
});

describe('what a finding says of its control', () => {
  const withControl = (change: Partial<Control>) => of([failed], { controls: [{ ...clientCa, ...change }] });

  it('is what other catalogues call it too, bounded', () => {
    const required = (change: Partial<Control>) => withControl(change).Compliance.RelatedRequirements;
    const names = ['CIS Amazon EKS Benchmark 1.8.0/3.2.3', 'CIS Kubernetes Benchmark 4.2.3', 'DISA STIG V-1'];
    const all = [...names, ...requirementsOf(clientCa).map(requirementName)];
    expect(required({ alsoKnownAs: { cisKubernetes: '4.2.3', stig: 'V-1' } })).toEqual(all);
    const own = { slug: 'client-ca-expiry', numbers: {} };
    expect(required({ ...own, alsoKnownAs: { stig: 'x'.repeat(99) } })).toEqual([`DISA STIG ${'x'.repeat(53)}…`]);
    expect(withControl(own).Compliance).not.toHaveProperty('RelatedRequirements');
  });

  it('is of another type where no benchmark has it', () => {
    const type = 'Software and Configuration Checks/AWS Security Best Practices';
    expect(withControl({ numbers: {} }).FindingProviderFields.Types).toEqual([type]);
  });

  it('is described with bounded words, and with what it covers', () => {
    const long = { title: 't'.repeat(300), rationale: 'r'.repeat(500), expected: 'e'.repeat(200) };
    const words = `${'t'.repeat(199)}…. ${'r'.repeat(399)}… For authentication.x509.clientCAFile (--client-ca-file)`;
    const description = `cluster blue since 2026-11-24. ${words}, expected ${'e'.repeat(119)}….`;
    expect(withControl(long).Description).toContain(description);
    const covers = (scope: FindingOptions['scope'], change: Partial<ClusterNode> = {}) =>
      / on (.*) since/.exec(of([[change, failed]], { scope }).Description)?.[1];
    expect(covers('cluster')).toBe('1 of 1 node in all node groups of cluster blue');
    expect(covers('node', { key: 'k'.repeat(200) })).toBe(`node ${'k'.repeat(119)}… of cluster blue`);
    const ofGroup = covers('node-group', { group: { kind: 'hybrid', name: 'g'.repeat(200) } });
    expect(ofGroup).toBe(`1 of 1 node in node group ${'g'.repeat(119)}… (hybrid) of cluster blue`);
  });
});

describe('what a description begins with', () => {
  const began = (nodes: Nodes, stored: FindingOptions['stored'] = new Map()) =>
    of(nodes, { stored }).Description.split('. ')[0];
  const before = { ...asStored(of([failed])), updatedAt: '2026-11-20T00:00:00.000Z' };
  const [verdict, statusSince] = ['eks-kubelet-audit/verdict', 'eks-kubelet-audit/status-since'];
  const failedOn = { productFields: { [verdict]: 'fail', [statusSince]: '2026-11-01T00:00:00.000Z' } };
  const was = (text: string) => ({ productFields: { ...failedOn.productFields, [statusSince]: text } });
  const passedOn = { productFields: { ...failedOn.productFields, [verdict]: 'pass' } };
  const where = 'node group workers (managed) of cluster blue';

  it('is what is wrong and on how many nodes of how many, and of a pass no number', () => {
    expect(began([failed, failed, passed])).toBe(`Fails on 2 of 3 nodes in ${where} since 2026-11-24`);
    expect(began([warned])).toBe(`Probably fails on 1 of 1 node in ${where} since 2026-11-24`);
    expect(began([unread])).toBe(`Unknown on 1 of 1 node in ${where} since 2026-11-24`);
    expect(began([passed])).toBe(`Passes in ${where} since 2026-11-24`);
    expect(began([passed], 'unknown')).toBe(`Passes in ${where}`);
  });

  it.each<[string, Partial<StoredFinding>, string]>([
    ['keeps its date while the verdict is the same', failedOn, '2026-11-01'],
    ['begins anew with another verdict', passedOn, '2026-11-24'],
    ['begins anew after it was archived', { ...failedOn, recordState: 'ARCHIVED' }, '2026-11-24'],
    ['was no later than the finding that lacks it', { productFields: { [verdict]: 'fail' } }, '2026-11-20'],
    ['is no word of the account', was('evil.example'), '2026-11-24'],
    ['is not in the future', was('2030-01-01T00:00:00.000Z'), '2026-11-24'],
  ])('since: %s', (_, stored, since) => {
    const found = new Map([[before.id, { ...before, ...stored }]]);
    expect(began([failed], found)).toBe(`Fails on 1 of 1 node in ${where} since ${since}`);
  });
});

describe('how a finding is fixed', () => {
  const advised = (nodes: Nodes) =>
    /NodeConfig of the|NodeConfig given|snap set kubelet-eks/.exec(of(nodes).Remediation.Recommendation.Text)?.[0];

  it('is for the kind of node that is worst off, always the same one of several', () => {
    const kinds: readonly NodeKind[] = ['hybrid', 'ubuntu', 'al2023'];
    for (const order of [kinds, kinds.toReversed()])
      expect(advised(order.map((kind) => [{ kind }, failed]))).toBe('NodeConfig of the');
    const of = (kind: NodeKind, verdict: Verdict) => [{ kind }, verdict] as const;
    const several = [of('al2023', passed), of('ubuntu', failed), of('al2023', warned)];
    expect(advised(several)).toBe('snap set kubelet-eks');
  });

  it('names the rights that the audit’s sources need', () => {
    const text = of([unread], { sources: ['configz'] }).Remediation.Recommendation.Text;
    expect([text.includes('nodes/proxy'), text.includes('nodes/configz')]).toEqual([true, false]);
  });
});

describe('a finding that is held', () => {
  const rolled = rollUp(auditOf([judged(node(1, { kind: 'linux' }), unread)]), [clientCa], 'node-group').toArray()[0]!;
  const cluster = namedCluster(compliant.cluster);
  const context = { cluster, benchmark: 'cis-eks-1.8.0', now: options.now, stored: new Map() } as const;
  const before = of((['ubuntu', 'al2'] as const).map((kind) => [{ kind }, failed]));
  const held = (status: 'pass' | 'fail', stored: FindingOptions['stored']) =>
    findingOf({ ...rolled, status, held: { since: 'S' } }, { ...context, stored });

  it('says since when, counts nothing, and was not observed', () => {
    const finding = held('fail', new Map());
    const fields = { 'unreadable-since': 'S', verdict: 'fail', 'node-kind': 'linux' };
    for (const [name, value] of Object.entries(fields))
      expect(finding.ProductFields[`eks-kubelet-audit/${name}`]).toBe(value);
    expect(finding.ProductFields).not.toHaveProperty('eks-kubelet-audit/nodes');
    expect(finding).not.toHaveProperty('LastObservedAt');
    expect(finding.Resources).toHaveLength(1);
  });

  it('keeps the kinds of nodes that were shown when it was read, and advises for them', () => {
    const kinds = ({ ProductFields }: AsffFinding) => ProductFields['eks-kubelet-audit/node-kind'];
    const stored = new Map([[before.Id, asStored(before)]]);
    expect(kinds(held('fail', stored))).toBe('al2,ubuntu');
    expect(held('fail', stored).Remediation.Recommendation.Text).toContain('bootstrap.sh');
    const forged = { ...asStored(before), productFields: { 'eks-kubelet-audit/node-kind': 'mainframe' } };
    expect(kinds(held('fail', 'unknown'))).toBe('linux');
    expect(kinds(held('fail', new Map([[before.Id, forged]])))).toBe('linux');
    expect(kinds(findingOf({ ...rolled, status: 'fail' }, { ...context, stored }))).toBe('linux');
  });

  it('that passed is fixed by being read again', () => {
    const isRead = (status: 'pass' | 'fail') =>
      held(status, new Map()).Remediation.Recommendation.Text.startsWith('The kubelet could not be read');
    expect([isRead('pass'), isRead('fail')]).toEqual([true, false]);
  });
});

describe('a finding about the cluster itself', () => {
  const standings = ['system', 'allowed', 'expired', 'not-allowed'] as const;
  const holders = standings.map((standing): HeldRight => ({ kind: 'User', name: standing, standing, ways: ['w'] }));
  const finding = (verdict: Verdict) => {
    const audit = auditOf([], { clusterVerdicts: { [clusterProxyHolders.slug]: verdict } });
    return findingsOf(audit, { ...options, controls: [clusterProxyHolders] }).toArray()[0]!;
  };

  it('counts those that hold the right, and those whom nobody allows', () => {
    const { ProductFields, Description } = finding({ status: 'fail', evidence: { ...evidence('x'), holders } });
    const fields = { holders: '4', 'holders-not-allowed': '2', scope: 'cluster' };
    for (const [name, value] of Object.entries(fields)) expect(ProductFields[`eks-kubelet-audit/${name}`]).toBe(value);
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
  const message =
    "cluster 'blue' has no ARN, and a finding needs its account and Region; use AWS credentials with --region, or a kubeconfig of aws eks update-kubeconfig, whose context names the ARN";
  expect(() => namedCluster(cluster)).toThrow(expect.objectContaining({ code: 'cluster-arn-needed', message }));
  expect(namedCluster(compliant.cluster).arn).toBe(arn);
});
