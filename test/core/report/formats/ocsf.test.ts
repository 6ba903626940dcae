import { describe, expect, it } from 'vitest';
import type { AsffFinding } from '../../../../lambda/core/findings/asff/asff.ts';
import { findingsOf } from '../../../../lambda/core/findings/finding.ts';
import { type Control, isOfCluster } from '../../../../lambda/core/judge/control.ts';
import { controlsOf } from '../../../../lambda/core/judge/controls/catalogue/find-control.ts';
import { requirementName, requirementsOf } from '../../../../lambda/core/judge/frameworks/requirements.ts';
import type { ClusterAudit, Verdict } from '../../../../lambda/core/model/model.ts';
import { ocsfFinding, ocsfLines, ocsfReport } from '../../../../lambda/core/report/formats/ocsf.ts';
import {
  arn,
  auditOf,
  auditWith,
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
} from '../../findings/compliant-audit.ts';
import { textOf } from '../report-text.ts';
import { complianceFinding, faults } from './ocsf-schema.ts';

const verdicts = { passed, failed, warned, unread };
const allOf = (audit: ClusterAudit, change = {}) =>
  [...ocsfLines(audit, { ...options, ...change })].map((line) => JSON.parse(line));
const one = (verdict: Verdict) => allOf(auditWith(verdict))[0];

describe('an OCSF Compliance Finding', () => {
  it.each(Object.entries(verdicts))('has what the schema requires, and only what it knows: %s', (_, verdict) => {
    expect(faults(one(verdict), complianceFinding)).toEqual([]);
  });

  it('has it for every control of the catalogue, in every scope', () => {
    const controls = controlsOf('cis-eks-1.8.0');
    const fails = (some: readonly Control[]) => Object.fromEntries(some.map(({ slug }) => [slug, failed]));
    const nodes = [node(1), node(2, { machine: { status: 'unconfirmed', because: 'b' } })];
    const nodeAudits = nodes.map((each) => ({ node: each, failures: [], verdicts: fails(controls) }));
    const audit = auditOf(nodeAudits, { clusterVerdicts: fails(controls.filter(isOfCluster)) });

    for (const scope of ['cluster', 'node-group', 'node']) {
      const findings = allOf(audit, { controls, scope });
      expect(findings.length).toBeGreaterThanOrEqual(controls.length);
      for (const finding of findings) expect(faults(finding, complianceFinding)).toEqual([]);
    }
  });

  it('has no part that a finding has not, and calls each resource by the name that is known', () => {
    const [asff = expect.unreachable()] = findingsOf(auditWith(passed), options).toArray();
    const { RelatedRequirements: _, ...Compliance } = { ...asff.Compliance, StatusReasons: [] };
    const { FirstObservedAt: __, LastObservedAt: ___, ...unseen } = asff;
    const Resources = [
      { Type: 'Other', Id: 'a', Details: { Other: { NodeName: 'n' } } },
      { Type: 'AwsEc2Instance', Id: 'b', Region: 'r', Partition: 'aws' },
      { Type: 'AwsEksCluster', Id: 'c', Details: { AwsEksCluster: { Name: 'd' } } },
    ] as unknown as AsffFinding['Resources'];
    const { message, finding_info, compliance, resources } = ocsfFinding({ ...unseen, Compliance, Resources });

    expect(message).toBe(asff.Title);
    expect(Object.keys(finding_info).filter((each) => each.includes('seen'))).toEqual([]);
    expect(compliance).toMatchObject({ requirements: [], standards: ['eks-kubelet-audit'], status_details: [] });
    const [other, cluster] = [{ NodeName: 'n' }, { Name: 'd' }];
    expect(resources).toStrictEqual([
      { uid: 'a', name: 'n', type: 'Kubernetes::Node', region: asff.Region, data: other },
      { uid: 'b', name: 'b', type: 'AWS::EC2::Instance', region: 'r', cloud_partition: 'aws' },
      { uid: 'c', name: 'd', type: 'AWS::EKS::Cluster', region: asff.Region, data: cluster },
    ]);
  });

  it('is known by the Id of the finding in Security Hub, and says the same', () => {
    const audit = auditWith(failed, passed);
    const [asff] = findingsOf(audit, { ...options, stored: 'unknown' }).toArray();

    const analytic = { uid: 'eks-kubelet-audit/kubelet-client-ca-file' };
    const standards = ['CIS Amazon EKS Benchmark 1.8.0'];
    const requirements = [`${standards}/3.2.3`, ...requirementsOf(clientCa).map(requirementName)];
    const [finding] = allOf(audit);
    expect(finding.finding_info).toMatchObject({ uid: asff?.Id, title: asff?.Title, analytic });
    const compliance = { control: 'kubelet-client-ca-file', standards, requirements, status_code: 'FAILED' };
    expect(finding.compliance).toMatchObject(compliance);
    expect(finding).toMatchObject({
      remediation: { desc: asff?.Remediation.Recommendation.Text },
      cloud: { account: { uid: arn.accountId }, region: arn.region },
      unmapped: { 'eks-kubelet-audit/nodes-failed': '1' },
    });
  });

  it.each([
    ['passed', { status_id: 1, status: 'Pass' }, 1, 4],
    ['failed', { status_id: 3, status: 'Fail' }, 4, 1],
    ['warned', { status_id: 2, status: 'Warning' }, 3, 1],
    ['unread', { status_id: 0, status: 'Unknown' }, 2, 1],
  ] as const)('says how bad it is and what is left to do when it %s', (name, compliance, severity_id, status_id) => {
    expect(one(verdicts[name])).toMatchObject({ compliance, severity_id, status_id });
  });

  it('is suppressed, and only a warning, while it is waived', () => {
    const waived = { until: '2026-12-31', by: 'team-payments', reason: 'replaced in January' };
    const finding = one({ status: 'fail', evidence: evidence('(not set)'), waived });

    expect(finding).toMatchObject({ compliance: { status: 'Warning', status_code: 'WARNING' }, status: 'Suppressed' });
    expect(finding.message).toContain('waived until 2026-12-31 by team-payments');
    expect(faults(finding, complianceFinding)).toEqual([]);
  });

  it('names the cluster first, then the nodes to look at, with what was seen of them', () => {
    const uid = `arn:aws:ec2:eu-west-1:111122223333:instance/${node(1).key}`;
    expect(one(failed).resources).toMatchObject([
      { uid: arn.arn, name: 'blue', type: 'AWS::EKS::Cluster', cloud_partition: 'aws' },
      { uid, name: node(1).name, type: 'AWS::EC2::Instance', data: { EffectiveValue: '(not set)' } },
    ]);
  });

  it('has this product for a standard where no benchmark asks for it', () => {
    const own: Control = { ...clientCa, slug: 'own-check', numbers: {} };
    const [finding] = allOf(auditOf([judged(node(1), passed, own)]), { controls: [own] });
    expect(finding.compliance).toMatchObject({ standards: ['eks-kubelet-audit'], requirements: [] });
  });
});

describe('the ocsf report', () => {
  it('is one finding a line, of all clusters', () => {
    const text = textOf(ocsfReport(options), { clusters: [compliant, compliant] });
    const classes = text.match(/.+/g)?.map((line) => JSON.parse(line).class_uid);
    expect(classes).toEqual([2003, 2003]);
  });

  it('is empty when nothing applies', () => {
    expect(textOf(ocsfReport(options), { clusters: [auditOf([judged(node(1), notApplicable)])] })).toBe('');
  });
});

it.each<[string, (finding: Record<string, unknown>) => void, RegExp]>([
  ['a required attribute is missing', (finding) => delete finding['time'], /^time /],
  ['an attribute is not known', (finding) => Object.assign(finding, { extra: 1 }), /"extra"/],
  ['a caption does not fit', (finding) => Object.assign(finding, { severity: 'Low' }), /^severity is not High$/],
])('finds by the schema that %s', (_what, spoil, fault) => {
  const finding = one(failed);
  spoil(finding);
  expect(faults(finding, complianceFinding)).toEqual([expect.stringMatching(fault)]);
});
