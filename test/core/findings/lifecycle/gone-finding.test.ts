import { describe, expect, it } from 'vitest';
import type { Scope } from '../../../../lambda/contract/settings.ts';
import { requirementText } from '../../../../lambda/core/findings/description.ts';
import { parseFindingId } from '../../../../lambda/core/findings/identity.ts';
import {
  auditRemoved,
  clusterExcluded,
  clusterGone,
  goneFinding,
  isWithdrawal,
  nodesGone,
  type WhyGoneOptions,
  whyGone,
} from '../../../../lambda/core/findings/lifecycle/gone-finding.ts';
import type { RememberedFinding } from '../../../../lambda/core/findings/lifecycle/memory.ts';
import {
  keptFinding,
  rebuiltFinding,
  storedStatus,
  unlistedFinding,
} from '../../../../lambda/core/findings/lifecycle/rebuilt-finding.ts';
import { clientCaFile } from '../../../../lambda/core/judge/controls/client-ca-file.ts';
import { findingTitle } from '../../../../lambda/core/judge/controls/shared/about.ts';
import type { StoredFinding } from '../../../../lambda/core/model/stored-finding.ts';
import { arn } from '../compliant-audit.ts';

const instance = 'i-0123456789abcdef0';
const parts: Readonly<Record<Scope, string>> = {
  'node-group': `node-group/managed/${instance}`,
  node: `node/${instance}`,
  cluster: 'cluster',
};
const nameOf = (scope: Scope, control = 'kubelet-client-ca-file') =>
  parseFindingId(`eks-kubelet-audit/${control}/${arn.arn}/${parts[scope]}`)!;

const whole: WhyGoneOptions = {
  scope: 'node-group',
  complete: true,
  terminated: new Set(),
  audited: new Set(['kubelet-client-ca-file']),
  catalogue: new Set(['kubelet-client-ca-file', 'kubelet-anonymous-auth', 'cluster-proxy-holders']),
  ofCluster: new Set(['cluster-proxy-holders']),
  nextNodes: 'complete',
};

describe('why a finding is gone that no node speaks for', () => {
  const wholeList = "the cluster's list of nodes was read to its end, and";
  const leftOut = "the audit's settings leave this control out now";
  const scopeIs = (scope: Scope) => `the audit's findings are of scope ${scope} now`;
  const ofNodes = { scope: 'node' } as const;
  const terminated = { ...ofNodes, complete: false, terminated: new Set([instance]) };
  it.each<[string, string, string, Partial<WhyGoneOptions>, string?]>([
    ['SUBJECT_GONE', `${wholeList} this node group has no node`, 'node-group', {}],
    ['SUBJECT_GONE', `${wholeList} this node is not in it`, 'node', ofNodes],
    ['SUBJECT_GONE', `${wholeList} it is empty`, 'cluster', { scope: 'cluster' }],
    ['SCOPE_CHANGED', scopeIs('node-group'), 'node', {}],
    ['SCOPE_CHANGED', scopeIs('node'), 'cluster', ofNodes],
    ['SCOPE_CHANGED', scopeIs('cluster'), 'node', { scope: 'cluster' }],
    ['CONTROL_NOT_AUDITED', leftOut, 'node-group', {}, 'kubelet-anonymous-auth'],
    ['CONTROL_GONE', 'this version of the audit has no such control any more', 'node-group', {}, 'kubelet-old'],
    // About the cluster itself: whatever the scope and the list of nodes.
    ['CONTROL_NOT_AUDITED', leftOut, 'cluster', { complete: false }, 'cluster-proxy-holders'],
    ['INSTANCE_TERMINATED', 'AWS says that this instance is terminated', 'node', terminated],
  ])('is %s (%s) of a %s where %j', (ReasonCode, Description, scope, change, control) => {
    const gone = whyGone(nameOf(scope as Scope, control), { ...whole, ...change });
    expect(gone).toEqual({ ReasonCode, Description });
  });

  it('is nothing for a control about the cluster itself that was audited', () => {
    const audited = new Set(['cluster-proxy-holders']);
    expect(whyGone(nameOf('cluster', 'cluster-proxy-holders'), { ...whole, audited })).toBeUndefined();
  });

  it('is known of an incomplete list only for the node of a terminated instance, and for what settings leave out', () => {
    const incomplete = { ...whole, ...terminated };
    const byGroup = { ...incomplete, scope: 'node-group' } as const;

    expect(whyGone(nameOf('node'), incomplete)?.ReasonCode).toBe('INSTANCE_TERMINATED');
    // A node group may bear the name of an instance.
    expect(whyGone(nameOf('node-group'), byGroup)).toBeUndefined();
    expect(whyGone(nameOf('node'), { ...incomplete, terminated: new Set() })).toBeUndefined();
    expect(whyGone(nameOf('cluster'), { ...incomplete, scope: 'cluster' })).toBeUndefined();
    expect(whyGone(nameOf('node'), byGroup)?.ReasonCode).toBe('SCOPE_CHANGED');
    expect(whyGone(nameOf('node', 'kubelet-anonymous-auth'), incomplete)?.ReasonCode).toBe('CONTROL_NOT_AUDITED');
  });
});

it('the next node of a group of Karpenter is withdrawn where node pools are not asked for any more, and gone where they were listed', () => {
  const of = (kind: string) => `eks-kubelet-audit/kubelet-client-ca-file/${arn.arn}/next-node/${kind}/workers`;
  const names = ['karpenter', 'managed'].map((kind) => parseFindingId(of(kind))!);
  const codes = (withoutKarpenter: boolean) =>
    names.map((of) => whyGone(of, { ...whole, withoutKarpenter })?.ReasonCode);
  expect(codes(true)).toEqual(['NEXT_NODES_NOT_AUDITED', 'SUBJECT_GONE']);
  expect(codes(false)).toEqual(['SUBJECT_GONE', 'SUBJECT_GONE']);
  const unselected = { ...names[0]!, control: 'kubelet-anonymous-auth' };
  expect(whyGone(unselected, whole)?.ReasonCode).toBe('CONTROL_NOT_AUDITED');
});

it('the reasons for which a finding is gone tell a withdrawal from an end', () => {
  const settings = ['SCOPE_CHANGED', 'CONTROL_NOT_AUDITED', 'CONTROL_GONE', 'NEXT_NODES_NOT_AUDITED'];
  const codes = [...settings, 'SUBJECT_GONE', 'INSTANCE_TERMINATED'];
  const withdrawals = codes.filter((ReasonCode) => isWithdrawal({ ReasonCode, Description: '' }));
  expect(withdrawals).toEqual(settings);
  expect([clusterExcluded, clusterGone].map(isWithdrawal)).toEqual([false, false]);
  const at = '2026-11-25T14:15:00.000Z';
  const sweeps = [['i-1'], ['i-1', 'i-2'], ['i-1', 'i-2', 'i-3']].map((machines) => nodesGone({ at, machines }));
  const gone =
    "NODES_GONE: gone, not fixed: what failed in the sweep of 2026-11-25 14:15 UTC is not there any more, by AWS's word";
  const all = [clusterExcluded, clusterGone, auditRemoved, ...sweeps];
  const words = all.map(({ ReasonCode, Description }) => `${ReasonCode}: ${Description}`);
  expect(words).toEqual([
    "CLUSTER_EXCLUDED: the audit's settings leave out the cluster, its account or its Region now",
    "CLUSTER_GONE: the account's clusters of this Region were listed to the end, and this cluster is not among them",
    'AUDIT_REMOVED: the audit was removed, and this cluster is not audited any more',
    `${gone} (i-1)`,
    `${gone} (i-1 and 1 more machine)`,
    `${gone} (i-1 and 2 more machines)`,
  ]);
});

describe('a finding that is rebuilt from what was stored', () => {
  const now = new Date('2026-11-27T05:00:00.000Z');
  const stored: StoredFinding = {
    id: 'stored-id',
    createdAt: '2026-01-01T00:00:00.000Z',
    firstObservedAt: '2025-12-31T00:00:00.000Z',
    updatedAt: '2026-11-26T05:00:00.000Z',
    complianceStatus: 'FAILED',
    recordState: 'ACTIVE',
    provided: {},
    productFields: {
      'eks-kubelet-audit/node-group': 'g'.repeat(300),
      'eks-kubelet-audit/setting': 'a\u0007b',
      'eks-kubelet-audit/nodes': '7',
      'eks-kubelet-audit/fingerprint': 'forged',
      other: 'x',
    },
  };
  const name = nameOf('node-group');
  const reasons = [{ ReasonCode: 'SUBJECT_GONE', Description: 'gone' }];

  it('keeps its times, its last status and what names it, bounded anew, and nothing else', () => {
    const finding = goneFinding(stored, { name, reasons, now });
    expect(finding).not.toHaveProperty('LastObservedAt');
    expect(finding).toMatchObject({
      Id: 'stored-id',
      CreatedAt: stored.createdAt,
      FirstObservedAt: stored.firstObservedAt,
      UpdatedAt: now.toISOString(),
      Title: findingTitle(clientCaFile),
      Description: `In cluster blue: gone. ${requirementText(clientCaFile)}`,
      FindingProviderFields: { Severity: { Label: 'HIGH', Original: 'fail' } },
      Compliance: { Status: 'FAILED', StatusReasons: reasons },
      Remediation: { Recommendation: { Text: expect.stringMatching(/^Nothing is to be done: what this finding was/) } },
      RecordState: 'ARCHIVED',
    });
    expect(finding?.ProductFields).toEqual({
      'eks-kubelet-audit/cluster': 'blue',
      'eks-kubelet-audit/scope': 'node-group',
      'eks-kubelet-audit/node-group': `${'g'.repeat(255)}…`,
      'eks-kubelet-audit/setting': 'a b',
      'eks-kubelet-audit/control': 'kubelet-client-ca-file',
      'eks-kubelet-audit/verdict': 'fail',
    });
  });

  it.each([
    ['PASSED', 'INFORMATIONAL', 'pass'],
    ['FAILED', 'MEDIUM', 'fail'],
    ['WARNING', 'MEDIUM', 'warn'],
    ['NOT_AVAILABLE', 'LOW', 'unknown'],
  ] as const)('weighs %s as it did, also where its control is no more', (status, Label, Original) => {
    const old = nameOf('node-group', 'kubelet-old');
    const remedy = 'r'.repeat(600);
    const finding = rebuiltFinding(stored, {
      name: old,
      status,
      recordState: 'ACTIVE',
      reasons,
      remedy,
      description: 'd',
      now,
    });
    const Types = ['Software and Configuration Checks/AWS Security Best Practices'];
    expect(finding.FindingProviderFields).toEqual({ Severity: { Label, Original }, Types });
    expect(finding.Remediation.Recommendation.Text).toBe(`${'r'.repeat(511)}…`);
  });

  it('has one of the words of ASFF for its status', () => {
    const words = ['PASSED', 'WARNING', 'FAILED', 'NOT_AVAILABLE', 'OK', undefined].map((complianceStatus) => {
      const { complianceStatus: _, ...rest } = stored;
      return storedStatus({ ...rest, ...(complianceStatus !== undefined && { complianceStatus }) });
    });
    expect(words).toEqual(['PASSED', 'WARNING', 'FAILED', 'NOT_AVAILABLE', 'NOT_AVAILABLE', 'NOT_AVAILABLE']);
  });

  const since = '2026-11-24T05:00:00.000Z';
  const unlisted = (
    status: 'pass' | 'fail' | 'warn' | undefined,
    runs: number,
    change: Partial<StoredFinding> = {},
  ) => {
    const remembered = { ...(status && { status }), unreadable: { since, runs } };
    return unlistedFinding({ ...stored, ...change }, { name, now, remembered });
  };

  it.each([
    ['pass', 'PASSED', undefined],
    ['fail', 'FAILED', undefined],
    ['fail', 'WARNING', undefined],
    ['warn', 'WARNING', undefined],
    ['pass', 'FAILED', 'PASSED'],
    ['fail', 'PASSED', 'FAILED'],
    ['warn', 'FAILED', 'WARNING'],
    [undefined, 'FAILED', undefined],
  ] as const)(
    'that nobody could list was proved %s, is stored %s: is announced %s',
    (status, complianceStatus, told) => {
      expect(unlisted(status, 3, { complianceStatus })?.Compliance.Status).toBe(told);
      expect(unlisted(status, 4, { complianceStatus })?.Compliance.Status).toBe('NOT_AVAILABLE');
    },
  );

  const listed = '2026-11-26T10:30:00.000Z';
  const kept = (remembered: RememberedFinding, change: Partial<StoredFinding>, of = name) =>
    keptFinding({ ...stored, ...change }, { name: of, now, remembered });
  it('that was listed since is put there again, unless the account holds it', () => {
    const again = (status: 'fail' | 'warn' | 'pass') =>
      ['FAILED', 'WARNING', 'PASSED'].map((was) => kept({ status }, { complianceStatus: was })?.Compliance.Status);
    expect(again('fail')).toEqual([undefined, undefined, 'FAILED']);
    expect(again('warn')).toEqual(['WARNING', undefined, 'WARNING']);
    expect(again('pass')).toEqual([undefined, undefined, undefined]);
    expect(kept({ status: 'fail' }, { recordState: 'ARCHIVED' })?.RecordState).toBe('ACTIVE');
    expect(kept({ status: 'fail', waived: true }, { recordState: 'ARCHIVED' })).toBeUndefined();
  });

  it('that was not seen says what was seen last, and when', () => {
    const old = { ...name, control: 'kubelet-old' };
    const finding = kept({ status: 'fail', listed }, { complianceStatus: 'PASSED' });
    const seen = 'it was seen at 2026-11-26 10:30 UTC, after the nodes of this audit were listed';
    expect(finding?.Compliance.StatusReasons).toEqual([{ ReasonCode: 'SEEN_SINCE', Description: seen }]);
    const required = ` ${requirementText(clientCaFile)}`;
    expect(finding?.Description).toBe(`In cluster blue, ${seen}.${required}`);
    const Text = 'Look at the machines that its reason names; the next audit shows what became of them.';
    expect(finding?.Remediation.Recommendation.Text).toBe(Text);
    const swept = kept(
      { status: 'fail', swept: { at: listed, machines: ['i-1'] } },
      { complianceStatus: 'PASSED' },
      old,
    );
    const bySweep = 'the sweep of 2026-11-26 10:30 UTC saw it fail (i-1), after the nodes of this audit were listed';
    expect(swept?.Description).toBe(`In cluster blue, ${bySweep}.`);
    const remembered = { status: 'pass', unreadable: { since, runs: 3 } } as const;
    const words =
      'Unknown in cluster blue: its nodes could not be listed since 2026-11-24; before that its status was PASSED.';
    const texts = [name, old].map((of) => unlistedFinding(stored, { name: of, now, remembered })?.Description);
    expect(texts).toEqual([`${words}${required}`, words]);
  });

  it('that nobody could list comes back where it was archived', () => {
    const back = unlisted('fail', 1, { recordState: 'ARCHIVED' });
    expect([back?.RecordState, back?.Compliance.Status]).toEqual(['ACTIVE', 'FAILED']);
    const { complianceStatus: _, ...without } = stored;
    expect(unlistedFinding(without, { name, now, remembered: { status: 'fail' } })?.Compliance.Status).toBe('FAILED');
  });
});
