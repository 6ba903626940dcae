import { describe, expect, it } from 'vitest';
import type { AsffFinding } from '../../../lambda/core/findings/asff/asff.ts';
import { violations } from '../../../lambda/core/findings/asff/asff.ts';
import { type FindingOptions, findingsOf } from '../../../lambda/core/findings/finding.ts';
import { parseClusterArn } from '../../../lambda/core/model/cluster-arn.ts';
import type { ClusterAudit } from '../../../lambda/core/model/model.ts';
import { asStored } from '../../fakes/ports.ts';
import { arn, auditWith, compliant, failed, node, notApplicable, options, passed, unread } from './compliant-audit.ts';

function only(audit: ClusterAudit, change: Partial<FindingOptions> = {}): AsffFinding {
  const [finding, ...others] = findingsOf(audit, { ...options, ...change }).toArray();
  expect(others).toEqual([]);
  return finding!;
}

describe('findings', () => {
  it('says of a compliant node group who passed what, and names no node', () => {
    expect(only(compliant)).toMatchSnapshot();
  });

  it('names the failing node of a node group with what was seen there', () => {
    expect(only(auditWith(passed, failed))).toMatchSnapshot();
  });

  it('makes no finding where the control applies to no node', () => {
    expect(findingsOf(auditWith(notApplicable), options).toArray()).toEqual([]);
  });

  describe('times', () => {
    const [createdAt, firstObservedAt] = ['2026-01-01T00:00:00.000Z', '2025-12-31T00:00:00.000Z'];
    const observed = { createdAt, firstObservedAt, updatedAt: '2026-11-23T10:00:00.000Z' };
    const before = { ...asStored(only(compliant)), ...observed };
    const storedAs = (change: Partial<typeof before>) =>
      only(compliant, { stored: new Map([[before.id, { ...before, ...change }]]) });

    it('keep the history of a finding that is stored', () => {
      const times = { CreatedAt: createdAt, FirstObservedAt: firstObservedAt, UpdatedAt: '2026-11-24T10:01:00.123Z' };
      expect(storedAs({})).toMatchObject(times);
    });

    it('grow even if the stored update lies ahead of this clock', () => {
      expect(storedAs({ updatedAt: '2026-11-24T10:05:00.000Z' }).UpdatedAt).toBe('2026-11-24T10:05:00.001Z');
    });

    it('claim no first observation when nobody knows what is stored, and say so', () => {
      const finding = only(compliant, { stored: 'unknown' });

      expect(finding).not.toHaveProperty('FirstObservedAt');
      expect(finding.CreatedAt).toBe('2026-11-24T10:01:00.123Z');
      expect(finding.ProductFields['eks-kubelet-audit/created-at']).toContain('not known');
    });
  });

  it('keep their Id and title whatever the benchmark, the time, the verdict or the number of nodes', () => {
    const now = new Date('2027-01-01T00:00:00Z');
    const other = only(auditWith(failed, unread, passed), { benchmark: 'cis-eks-1.2.0', now });
    const { Id, GeneratorId, Title } = only(compliant);
    expect(other).toMatchObject({ Id, GeneratorId, Title });
    // A version without the control has no number for it; what other frameworks ask for is the same.
    expect(other.Compliance.RelatedRequirements?.filter((each) => each.startsWith('CIS Amazon EKS'))).toEqual([]);
  });

  describe('resources', () => {
    it('begin with the cluster and hold at most 31 nodes, the worst first; the others are counted', () => {
      const verdicts = [...Array(20).fill(unread), ...Array(20).fill(failed), ...Array(5).fill(passed)];
      const finding = only(auditWith(...verdicts));

      expect(finding.Resources).toHaveLength(32);
      expect(finding.Resources[0]).toMatchObject({ Type: 'AwsEksCluster', Id: arn.arn });
      expect(finding.Resources[1]?.Id).toBe(`arn:aws:ec2:eu-west-1:111122223333:instance/${node(21).key}`);
      expect(finding.Resources[21]?.Id).toBe(`arn:aws:ec2:eu-west-1:111122223333:instance/${node(1).key}`);
      const few = { 'nodes-passed': 5, 'nodes-not-in-resources': 9 };
      const counts = { nodes: 45, 'nodes-failed': 20, 'nodes-unknown': 20, ...few };
      for (const [name, count] of Object.entries(counts))
        expect(finding.ProductFields[`eks-kubelet-audit/${name}`]).toBe(`${count}`);
    });

    it.each([
      ['aws', 'eu-west-1', 'aws'],
      ['aws-cn', 'cn-north-1', 'aws-cn'],
      ['aws-us-gov', 'us-gov-west-1', 'aws-us-gov'],
      ['aws-eusc', 'eusc-de-east-1', undefined],
      ['aws-iso-f', 'us-isof-south-1', undefined],
    ])('carry ARNs of partition %s, and its name where ASFF knows it', (partition, region, named) => {
      const elsewhere = parseClusterArn(`arn:${partition}:eks:${region}:111122223333:cluster/blue`)!;
      const finding = only({ ...auditWith(failed), cluster: { ...compliant.cluster, arn: elsewhere } });

      const product = `securityhub:${region}:111122223333:product/111122223333/default`;
      expect(finding.ProductArn).toBe(`arn:${partition}:${product}`);
      expect(finding.Resources[1]?.Id).toBe(`arn:${partition}:ec2:${region}:111122223333:instance/${node(1).key}`);
      expect(finding.Resources.map((each) => each.Partition)).toEqual([named, named]);
      expect(violations(finding)).toEqual([]);
    });
  });
});
