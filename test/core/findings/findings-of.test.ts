import { describe, expect, it } from 'vitest';
import type { AsffFinding } from '../../../lambda/core/findings/asff/asff.ts';
import { violations } from '../../../lambda/core/findings/asff/limits.ts';
import { type FindingOptions, findingsOf } from '../../../lambda/core/findings/finding.ts';
import { parseClusterArn } from '../../../lambda/core/model/cluster-arn.ts';
import type { ClusterAudit, ClusterNode, NodeAudit, Verdict } from '../../../lambda/core/model/model.ts';
import { UsageError } from '../../../lambda/core/model/operator-error.ts';
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

function only(audit: ClusterAudit, change: Partial<FindingOptions> = {}): AsffFinding {
  const [finding, ...others] = findingsOf(audit, { ...options, ...change });
  expect(others).toEqual([]);
  return finding!;
}

const onlyOf = (nodes: readonly NodeAudit[], change: Partial<FindingOptions> = {}): AsffFinding =>
  only(auditOf(nodes), change);

describe('findings', () => {
  it('says of a compliant node group who passed what, and names no node', () => {
    expect(only(compliant)).toMatchSnapshot();
  });

  it('names the failing node of a node group with what was seen there', () => {
    expect(onlyOf([judged(node(1), passed), judged(node(2), failed)])).toMatchSnapshot();
  });

  it.each([
    ['pass', passed, 'PASSED', 'INFORMATIONAL'],
    ['fail', failed, 'FAILED', 'HIGH'],
    ['warn', warned, 'WARNING', 'MEDIUM'],
    ['unknown', unread, 'NOT_AVAILABLE', 'LOW'],
  ] as const)('maps %s', (original, verdict, status, label) => {
    const finding = onlyOf([judged(node(1), verdict)]);

    expect(finding.Compliance.Status).toBe(status);
    expect(finding.FindingProviderFields.Severity).toEqual({ Label: label, Original: original });
    expect(finding).not.toHaveProperty('Severity');
  });

  it.each([
    ['fail', failed, 'LOW'],
    ['warn', warned, 'LOW'],
    ['unknown', unread, 'LOW'],
    ['pass', passed, 'INFORMATIONAL'],
  ] as const)('never takes a suspicion for worse than the failure: a LOW control, %s', (_, verdict, label) => {
    const low = { ...clientCa, severity: 'LOW' as const };

    expect(onlyOf([judged(node(1), verdict)], { controls: [low] }).FindingProviderFields.Severity.Label).toBe(label);
  });

  it('makes no finding where the control applies to no node', () => {
    expect(findingsOf(auditOf([judged(node(1), notApplicable)]), options)).toEqual([]);
  });

  it('refuses a cluster without an ARN as wrong usage', () => {
    const { arn: _, ...cluster } = compliant.cluster;
    const attempt = () => findingsOf({ ...compliant, cluster }, options);

    expect(attempt).toThrow(UsageError);
    expect(attempt).toThrow(
      expect.objectContaining({ code: 'cluster-arn-needed', message: expect.stringContaining("'blue'") }),
    );
  });

  describe('times', () => {
    const before = {
      id: only(compliant).Id,
      createdAt: '2026-01-01T00:00:00.000Z',
      firstObservedAt: '2025-12-31T00:00:00.000Z',
      updatedAt: '2026-11-23T10:00:00.000Z',
      title: 'title',
      description: 'description',
      generatorId: 'eks-kubelet-audit/kubelet-client-ca-file',
      productFields: {},
    };
    const with_ = (change: Partial<typeof before>) =>
      only(compliant, { stored: new Map([[before.id, { ...before, ...change }]]) });

    it('are those of the run when the finding is new', () => {
      expect(only(compliant)).toMatchObject({
        CreatedAt: '2026-11-24T10:01:00.123Z',
        UpdatedAt: '2026-11-24T10:01:00.123Z',
        FirstObservedAt: '2026-11-24T10:01:00.123Z',
        LastObservedAt: '2026-11-24T10:01:00.123Z',
      });
    });

    it('keep the history of a finding that is stored', () => {
      expect(with_({})).toMatchObject({
        CreatedAt: '2026-01-01T00:00:00.000Z',
        FirstObservedAt: '2025-12-31T00:00:00.000Z',
        UpdatedAt: '2026-11-24T10:01:00.123Z',
      });
    });

    it('grow even if the stored update lies ahead of this clock', () => {
      expect(with_({ updatedAt: '2026-11-24T10:05:00.000Z' }).UpdatedAt).toBe('2026-11-24T10:05:00.001Z');
    });

    it('claim no first observation when nobody knows what is stored, and say so', () => {
      const finding = only(compliant, { stored: 'unknown' });

      expect(finding).not.toHaveProperty('FirstObservedAt');
      expect(finding.CreatedAt).toBe('2026-11-24T10:01:00.123Z');
      expect(finding.ProductFields['eks-kubelet-audit/created-at']).toContain('not known');
    });
  });

  describe('identity', () => {
    it('does not change with the benchmark, the time, the verdict or the number of nodes', () => {
      const other = onlyOf([judged(node(1), failed), judged(node(7), unread), judged(node(8), passed)], {
        benchmark: 'cis-eks-1.2.0',
        now: new Date('2027-01-01T00:00:00Z'),
      });

      expect([other.Id, other.GeneratorId, other.Title, other.Description]).toEqual(
        [only(compliant)].flatMap((each) => [each.Id, each.GeneratorId, each.Title, each.Description]),
      );
      expect(other.Compliance).not.toHaveProperty('RelatedRequirements');
    });
  });

  describe('resources', () => {
    it('begin with the cluster and hold at most 31 nodes, the worst first; the others are counted', () => {
      const verdicts = [...Array(20).fill(unread), ...Array(20).fill(failed), ...Array(5).fill(passed)];
      const finding = onlyOf(verdicts.map((verdict, index) => judged(node(index + 1), verdict)));

      expect(finding.Resources).toHaveLength(32);
      expect(finding.Resources[0]).toMatchObject({ Type: 'AwsEksCluster', Id: arn.arn });
      expect(finding.Resources[1]?.Id).toBe(`arn:aws:ec2:eu-west-1:111122223333:instance/${node(21).key}`);
      expect(finding.Resources[21]?.Id).toBe(`arn:aws:ec2:eu-west-1:111122223333:instance/${node(1).key}`);
      expect(finding.ProductFields).toMatchObject({
        'eks-kubelet-audit/nodes': '45',
        'eks-kubelet-audit/nodes-failed': '20',
        'eks-kubelet-audit/nodes-unknown': '20',
        'eks-kubelet-audit/nodes-passed': '5',
        'eks-kubelet-audit/nodes-not-in-resources': '9',
      });
    });

    it('name a passing node only where the node is the subject', () => {
      const [finding] = findingsOf(compliant, { ...options, scope: 'node' });

      expect(finding?.Resources).toHaveLength(2);
      expect(finding?.Resources[1]).toMatchObject({ Details: { Other: { Verdict: 'pass', NodeName: node(1).name } } });
    });

    it.each<[string, Partial<ClusterNode>, string, string]>([
      [
        'an EC2 instance that AWS confirms',
        {},
        'AwsEc2Instance',
        'arn:aws:ec2:eu-west-1:111122223333:instance/i-00000000000000001',
      ],
      [
        'a hybrid node that SSM confirms',
        { kind: 'hybrid', machine: { status: 'confirmed', instanceId: 'mi-00000000000000001' } },
        'Other',
        'arn:aws:ssm:eu-west-1:111122223333:managed-instance/mi-00000000000000001',
      ],
      [
        'a node that only claims to be an instance',
        { machine: { status: 'unconfirmed', because: 'AWS could not be asked' } },
        'Other',
        `${arn.arn}/node/ip-10-0-0-1.eu-west-1.compute.internal`,
      ],
      [
        'a node that is not to be trusted',
        { distrust: 'two nodes' },
        'Other',
        `${arn.arn}/node/ip-10-0-0-1.eu-west-1.compute.internal`,
      ],
      [
        'a Fargate node',
        { kind: 'fargate', name: 'fargate-ip-10-0-0-1', machine: { status: 'none', because: 'Fargate' } },
        'Other',
        `${arn.arn}/node/fargate-ip-10-0-0-1`,
      ],
    ])('identify %s', (_, change, type, id) => {
      expect(onlyOf([judged(node(1, change), failed)]).Resources[1]).toMatchObject({ Type: type, Id: id });
    });

    it.each([
      ['aws', 'eu-west-1', 'aws'],
      ['aws-cn', 'cn-north-1', 'aws-cn'],
      ['aws-us-gov', 'us-gov-west-1', 'aws-us-gov'],
      ['aws-eusc', 'eusc-de-east-1', undefined],
      ['aws-iso-f', 'us-isof-south-1', undefined],
    ])('carry ARNs of partition %s, and its name where ASFF knows it', (partition, region, named) => {
      const elsewhere = parseClusterArn(`arn:${partition}:eks:${region}:111122223333:cluster/blue`)!;
      const finding = only(auditOf([judged(node(1), failed)], { cluster: { ...compliant.cluster, arn: elsewhere } }));

      expect(finding.ProductArn).toBe(
        `arn:${partition}:securityhub:${region}:111122223333:product/111122223333/default`,
      );
      expect(finding.Resources[1]?.Id).toBe(`arn:${partition}:ec2:${region}:111122223333:instance/${node(1).key}`);
      expect(finding.Resources.map((each) => each.Partition)).toEqual([named, named]);
      expect(violations(finding)).toEqual([]);
    });
  });

  describe('status reasons', () => {
    const reasons = (nodes: readonly NodeAudit[]) => onlyOf(nodes).Compliance.StatusReasons;

    it('tell each thing once, with the number of nodes that show it, the worst first', () => {
      const drift = {
        status: 'fail',
        evidence: { ...evidence(''), value: '/tmp/ca', origin: { from: 'flag', flag: 'client-ca-file' } },
      } as const;

      expect(
        reasons([
          judged(node(1), unread),
          judged(node(2), failed),
          judged(node(3), failed),
          judged(node(4), drift),
          judged(node(5), passed),
        ]),
      ).toEqual([
        {
          ReasonCode: 'KUBELET_NOT_COMPLIANT',
          Description:
            '2 nodes: authentication.x509.clientCAFile is (not set), expected the path of a certificate bundle; from running configuration, read by configz',
        },
        {
          ReasonCode: 'KUBELET_NOT_COMPLIANT',
          Description:
            '1 node: authentication.x509.clientCAFile is /tmp/ca, expected the path of a certificate bundle; from flag --client-ca-file, read by configz',
        },
        { ReasonCode: 'KUBELET_NOT_READ', Description: '1 node: connection refused' },
      ]);
    });

    it('are all told when there are eight, of nodes that fail and of nodes that pass', () => {
      const nodesOf = (count: number, status: 'fail' | 'pass') =>
        Array.from({ length: count }, (_, index) =>
          judged(node(index), { status, evidence: evidence(`/path/${index}`) }),
        );
      const codes = (count: number, status: 'fail' | 'pass') =>
        reasons(nodesOf(count, status)).map(({ ReasonCode }) => ReasonCode);

      expect(codes(8, 'fail')).toEqual(Array(8).fill('KUBELET_NOT_COMPLIANT'));
      expect(codes(9, 'fail')).toEqual([...Array(8).fill('KUBELET_NOT_COMPLIANT'), 'MORE_REASONS']);
      expect(codes(8, 'pass')).toEqual(Array(8).fill('KUBELET_COMPLIANT'));
      expect(codes(9, 'pass')).toEqual([...Array(8).fill('KUBELET_COMPLIANT'), 'MORE_REASONS']);
    });

    it('say "every node" of one reason and "some nodes" of two', () => {
      const pass = (value: string, number: number) =>
        judged(node(number), { status: 'pass', evidence: evidence(value) });
      const words = (nodes: readonly NodeAudit[]) => reasons(nodes).map((each) => each.Description.split(':')[0]);

      expect(words([pass('/a', 1), pass('/a', 2)])).toEqual(['every node']);
      expect(words([pass('/a', 1), pass('/b', 2)])).toEqual(['some nodes', 'some nodes']);
    });

    it('name at most two waivers', () => {
      const waived = (owner: string, number: number) =>
        judged(node(number), { ...failed, waived: { until: '2026-12-31', by: owner, reason: 'replaced' } } as Verdict);
      const codes = reasons([waived('a', 1), waived('b', 2), waived('c', 3)]).map((each) => each.ReasonCode);

      expect(codes.filter((each) => each === 'WAIVED')).toHaveLength(2);
    });

    it('are at most nine, the last of which counts the rest', () => {
      const nodes = Array.from({ length: 30 }, (_, index) =>
        judged(node(index), { status: 'unknown', because: `answer ${index}` }),
      );

      expect(reasons(nodes)).toHaveLength(9);
      expect(reasons(nodes).at(-1)?.Description).toBe("22 more reasons at 22 more nodes: see the audit's result");
    });
  });
});
