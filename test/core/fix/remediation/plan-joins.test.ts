import { describe, expect, it } from 'vitest';
import { planRemediation } from '../../../../lambda/core/fix/remediation/plan-remediation.ts';
import { controls } from '../../../../lambda/core/judge/controls/index.ts';
import type { ClusterNode, NodeKind } from '../../../../lambda/core/model/model.ts';
import { arn } from '../../findings/compliant-audit.ts';
import {
  audited,
  bundle,
  clusterCa,
  clusterWith,
  judgedNode,
  mainFile,
  nodeOfKind,
  running,
  seen,
  type Wrong,
} from './failing-audit.ts';

type Settings = NonNullable<Wrong['settings']>;
const port: Settings = { readOnlyPort: { value: 10255, origin: { from: 'file', file: mainFile.al2 } } };
const failing = (kind: NodeKind, number: number, change: Partial<ClusterNode> = {}, settings = port) =>
  judgedNode({ facts: seen(kind, { settings }) }, nodeOfKind(kind, number, change));
const planOf = (...nodes: Parameters<typeof audited>[0]) => planRemediation(audited(nodes), { controls });
const key = (number: number) => `i-0000000000000000${number}`;
const machine = (number: number) => {
  const name = `ip-10-0-0-${number}.eu-west-1.compute.internal`;
  return { key: key(number), name, instanceId: key(number), kind: 'al2' };
};
const [reload, again] = ['sudo systemctl daemon-reload', 'sudo systemctl restart kubelet'];
const restart = [reload, again, 'sudo systemctl status kubelet --no-pager --full'];

describe('a plan', () => {
  it('is of a cluster, a time and the certificates that may be trusted', () => {
    const { arn: _, ...elsewhere } = clusterWith.cluster;
    const caFingerprints = [clusterCa, 'AB'.repeat(32), 'ab', `${clusterCa}0`, `\n${clusterCa}`];
    const cluster = { ...elsewhere, endpoint: { ...elsewhere.endpoint!, caFingerprints } };

    const empty = { auditedAt: '2026-11-24T10:00:00.000Z', trust: [clusterCa], groups: [] };
    expect(planOf()).toEqual({ ...empty, cluster: { name: 'blue', arn } });
    expect(planRemediation({ ...audited([]), cluster }, { controls })).toEqual({ ...empty, cluster: { name: 'blue' } });
  });

  it('joins nodes with the same to do, and keeps apart who does it', () => {
    const because = 'two nodes claim it';
    const edit = { kind: 'setting', file: mainFile.al2, format: 'json', setting: 'readOnlyPort' };
    const step = {
      method: 'config-file',
      by: 'runbook',
      controls: ['kubelet-read-only-port'],
      because: `readOnlyPort: file ${mainFile.al2} sets it, and nothing overrides it`,
      changes: [{ ...edit, before: 10255, after: 0 }],
      commands: restart,
      survives: { reboot: true, replacement: false },
      cautions: ['whatever still reads port 10255 finds it closed'],
      nodes: [machine(1), machine(3)],
    };
    const { name: _, ...nameless } = nodeOfKind('al2', 4, { machine: { status: 'unconfirmed', because } });
    const lost = judgedNode({ facts: seen('al2', { settings: port }) }, nameless);
    const fine = judgedNode({ facts: seen('al2') }, nodeOfKind('al2', 2));
    const [group, ...others] = planOf(failing('al2', 3), failing('al2', 1), fine, lost).groups;

    expect(others).toEqual([]);
    expect(group?.group).toEqual({ kind: 'managed', name: 'al2-workers' });
    expect(group?.nodes).toEqual([machine(1), machine(3), { key: key(4), kind: 'al2' }]);
    expect(group?.notPlanned).toEqual([]);
    const cautions = [`the runbook touches confirmed machines only: ${because}`, ...step.cautions];
    expect(group?.steps).toEqual([step, { ...step, by: 'person', cautions, nodes: [{ key: key(4), kind: 'al2' }] }]);
  });

  const flag = (name: string) => ({ from: 'flag', flag: name }) as const;
  const file = (name: string) => ({ from: 'file', file: name }) as const;
  /** The group of one node with these settings. */
  const groupOf = (kind: NodeKind, settings: Settings) => planOf(failing(kind, 1, {}, settings)).groups[0];

  it('makes one edit of what one place says, its restart once and last, and the steps in the order of their methods', () => {
    const group = groupOf('al2', {
      readOnlyPort: { value: 10255, origin: flag('read-only-port') },
      eventRecordQPS: { value: -1, origin: flag('event-qps') },
      makeIPTablesUtilChains: { value: false, origin: file(mainFile.al2) },
      protectKernelDefaults: { value: false, origin: { from: 'drop-in', file: `${mainFile.al2}.d/a.conf` } },
    });

    expect(group?.steps.map(({ method, controls: slugs }) => [method, ...slugs].join(' '))).toEqual([
      'config-file kubelet-iptables-chains',
      'config-drop-in kubelet-protect-kernel-defaults',
      'systemd-arguments kubelet-read-only-port kubelet-event-qps',
    ]);
    for (const { commands } of group?.steps ?? []) expect(commands).toEqual(restart);
    const why = 'sets it, and no file can change what an argument sets';
    const because = `readOnlyPort: the argument --read-only-port ${why}; eventRecordQPS: the argument --event-qps ${why}`;
    expect(group?.steps[2]?.because).toBe(because);
    const after = group?.steps[2]?.changes.map((change) => 'after' in change && change.after);
    expect(after).toEqual(['--read-only-port=0', '--event-qps=50']);
  });

  it('runs what each setting of a snap needs before the one restart', () => {
    const group = groupOf('ubuntu', {
      readOnlyPort: { value: 10255, origin: flag('read-only-port') },
      eventRecordQPS: { value: -1, origin: flag('event-qps') },
      'authentication.anonymous.enabled': { value: true, origin: flag('anonymous-auth') },
    });

    const args = 'sudo snap set kubelet-eks args="$(sudo snap get kubelet-eks args)';
    const restarted = ['sudo snap restart kubelet-eks', 'snap services kubelet-eks'];
    const [first, second] = group?.steps ?? [];
    expect(first?.controls).toEqual(['kubelet-anonymous-auth']);
    expect(first?.commands).toEqual(['sudo snap set kubelet-eks anonymous-auth=false', ...restarted]);
    expect(second?.controls).toEqual(['kubelet-read-only-port', 'kubelet-event-qps']);
    expect(second?.commands).toEqual([`${args} --read-only-port=0"`, `${args} --event-qps=50"`, ...restarted]);
    expect(group?.steps.map(({ changes }) => changes.map((each) => each.kind === 'argument' && each.places))).toEqual([
      [['sudo snap get kubelet-eks anonymous-auth']],
      [['sudo snap get kubelet-eks args'], ['sudo snap get kubelet-eks args']],
    ]);
  });

  it('joins the steps of Bottlerocket that change its settings, and keeps those without a change apart', () => {
    const group = groupOf('bottlerocket', {
      eventRecordQPS: { value: -1, origin: file('/x') },
      'authentication.anonymous.enabled': { value: true, origin: file('/x') },
      readOnlyPort: { value: 10255, origin: file('/x') },
      protectKernelDefaults: { value: false, origin: file('/x') },
    });

    expect(group?.steps.map(({ method, controls: slugs }) => [method, ...slugs].join(' '))).toEqual([
      'settings-api kubelet-anonymous-auth kubelet-event-qps',
      'image kubelet-read-only-port',
      'image kubelet-protect-kernel-defaults',
    ]);
    const set = ['standalone-mode=false', 'event-qps=50'].map((each) => `apiclient set kubernetes.${each}`);
    expect(group?.steps.map(({ commands }) => commands)).toEqual([set, [], []]);
    expect(group?.steps[0]?.cautions).toEqual([
      'apiclient restarts the kubelet, which then joins the cluster that settings.kubernetes names: that a node of a cluster shows this is odd, so find out who set it',
      'apiclient restarts the kubelet',
    ]);
  });

  it('joins nodes that are left out for one reason, in the order of the controls', () => {
    const anonymous = { 'authentication.anonymous.enabled': { value: true, origin: { from: 'running' } } } as const;
    const unseen = (number: number, settings: Settings) =>
      judgedNode({ facts: running(seen('al2', { settings })) }, nodeOfKind('al2', number));
    const [group] = planOf(unseen(1, port), unseen(2, { ...port, ...anonymous }), unseen(3, anonymous)).groups;
    const because =
      'only the running value is known, and not which file or flag it comes from: SSM shows that (--complete)';
    const ofValues = (group?.notPlanned ?? []).filter((each) => each.because === because);

    expect(group?.nodes).toEqual([]);
    expect(ofValues).toEqual([
      { control: 'kubelet-anonymous-auth', nodes: [machine(2), machine(3)], because },
      { control: 'kubelet-read-only-port', nodes: [machine(1), machine(2)], because },
    ]);
  });
});

describe('what lasts', () => {
  it('is said for each kind of node of a group, with the controls that fail on one of that kind', () => {
    const mixed = { group: { kind: 'self-managed', name: 'self-managed' } } as const;
    const [file, flag] = [{ from: 'file', file: '/x' } as const, { from: 'flag', flag: 'read-only-port' } as const];
    const [group] = planOf(
      failing('linux', 1, mixed),
      failing('al2', 2, mixed, { 'authentication.anonymous.enabled': { value: true, origin: file } }),
      failing('al2', 3, mixed, { readOnlyPort: { value: 10255, origin: flag } }),
      judgedNode({ facts: seen('windows') }, nodeOfKind('windows', 4, mixed)),
    ).groups;

    const lasting = group?.lasting.map(({ kind, controls: slugs, snippets, survives }) => {
      const names = snippets.map(({ fileName }) => fileName);
      return [kind, ...slugs, ...names, survives.reboot && survives.replacement].join(' ');
    });
    expect(lasting).toEqual([
      'al2 kubelet-anonymous-auth kubelet-read-only-port user-data.mime bootstrap.sh true',
      'linux kubelet-read-only-port 50-kubelet.conf true',
    ]);
  });

  it.each<[ClusterNode['group']['kind'], NodeKind, boolean]>([
    ['auto-scaling-group', 'al2023', true],
    ['self-managed', 'ubuntu', true],
    ['self-managed', 'windows', true],
    ['managed', 'al2023', false],
    ['karpenter', 'al2023', false],
    ['self-managed', 'hybrid', false],
  ])('of group %s renews the CA on %s: %s', (kind, nodeKind, renews) => {
    const wrongCa = bundle('cd'.repeat(32), '2036-01-01T00:00:00.000Z');
    const node = nodeOfKind(nodeKind, 1, { group: { kind, name: 'workers' } });
    const certificate = btoa(clusterWith.cluster.endpoint.caPem);
    const isRenewed = (facts: ReturnType<typeof seen>) => {
      const lasting = planOf(judgedNode({ facts }, node)).groups.flatMap((group) => group.lasting);
      return lasting.flatMap(({ snippets }) => snippets).some(({ text }) => text.includes(certificate));
    };
    expect(isRenewed(seen(nodeKind, { clientCa: wrongCa }))).toBe(renews);
    expect(isRenewed(seen(nodeKind, { settings: port }))).toBe(false);
  });
});
