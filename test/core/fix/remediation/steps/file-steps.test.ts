import { describe, expect, it } from 'vitest';
import { nodeSteps } from '../../../../../lambda/core/fix/remediation/steps/node-steps.ts';
import type { KubeletFacts } from '../../../../../lambda/core/model/model.ts';
import { bundle, clusterCa, judgedNode, mainFile, nodeOfKind, seen } from '../failing-audit.ts';
import { cluster, named, stays, stepsOf, untilReboot } from './steps-of.ts';

describe('the step of a file', () => {
  const file = (change: object): KubeletFacts =>
    seen('al2', {
      files: { config: { state: 'known', path: mainFile.al2, mode: 0o644, owner: 'root', group: 'root', ...change } },
    });

  it('takes bits away, also those above the permissions, and leaves what is stricter', () => {
    expect(stepsOf('al2', 'kubelet-config-mode', file({ mode: 0o104666 }))).toEqual([
      {
        control: 'kubelet-config-mode',
        method: 'file-mode',
        by: 'runbook',
        because: 'mode of the file that --config names is 4666',
        changes: [{ kind: 'mode', file: mainFile.al2, before: '4666', after: '644' }],
        commands: [`sudo chmod 644 ${mainFile.al2}`],
        survives: stays,
        cautions: [],
      },
    ]);
    expect(stepsOf('al2', 'kubelet-config-mode', file({ mode: 0o077 }))).toMatchObject([
      { changes: [{ before: '077', after: '044' }] },
    ]);
  });

  it('gives it to root; of a file elsewhere a person does, and no command is shown', () => {
    expect(
      stepsOf('al2', 'kubelet-config-owner', file({ owner: 'a\u001b[2Jb', group: 'x'.repeat(100), path: '/opt/a' })),
    ).toEqual([
      {
        control: 'kubelet-config-owner',
        method: 'file-owner',
        by: 'person',
        because: `owner of the file that --config names is a b:${'x'.repeat(63)}…`,
        changes: [{ kind: 'owner', before: `a b:${'x'.repeat(63)}…`, after: 'root:root' }],
        commands: [],
        survives: stays,
        cautions: ['/opt/a is not in the kubelet’s own folders, and nothing touches it but a person'],
      },
    ]);
  });

  it('lasts until nodeadm writes it anew, and is a person’s on a machine that is not confirmed', () => {
    const machine = { status: 'none', because: 'no machine' } as const;

    expect(stepsOf('al2023', 'kubelet-config-mode', file({ mode: 0o666 }), { node: { machine } })).toMatchObject([
      { by: 'person', survives: untilReboot, cautions: ['the runbook touches confirmed machines only: no machine'] },
    ]);
  });

  it('is not planned where the file was not seen again', () => {
    const audit = judgedNode({ facts: file({ mode: 0o666 }) }, nodeOfKind('al2'));
    const { facts: _, ...unread } = audit;

    expect(nodeSteps(unread, { cluster, trust: [], controls: [named('kubelet-config-mode')] })).toEqual([
      { control: 'kubelet-config-mode', notPlanned: 'the file was not seen again' },
    ]);
  });
});

describe('the step of what is in the client CA’s file', () => {
  const other = 'cd'.repeat(32);
  const facts = (path: string): KubeletFacts =>
    seen('al2023', {
      clientCa: { ...bundle(other, '2036-01-01T00:00:00.000Z'), path } as NonNullable<KubeletFacts['clientCa']>,
    });
  const compare = 'compare the SHA-256 of every certificate with this plan before the file is moved into its place';
  const lost = 'a further CA that somebody put there on purpose is lost: keep it beside the cluster’s';
  const step = {
    control: 'client-ca-is-cluster-ca',
    method: 'ca-bundle',
    by: 'person',
    because: 'what is wrong is inside of the file that authentication.x509.clientCAFile names',
    survives: untilReboot,
  };

  it('is made by a person, who fetches, compares and moves', () => {
    const [only, ...others] = stepsOf('al2023', 'client-ca-is-cluster-ca', facts('/etc/kubernetes/pki/ca.crt'));

    expect(others).toEqual([]);
    expect(only).toEqual({
      ...step,
      changes: [{ kind: 'bundle', file: '/etc/kubernetes/pki/ca.crt', sha256: [clusterCa] }],
      commands: [
        expect.stringMatching(
          /^aws eks describe-cluster .* \| sudo tee \/etc\/kubernetes\/pki\/ca\.crt\.new > \/dev\/null$/,
        ),
        expect.stringMatching(/^awk .* \/etc\/kubernetes\/pki\/ca\.crt\.new$/),
        'sudo chown root:root /etc/kubernetes/pki/ca.crt.new && sudo chmod 644 /etc/kubernetes/pki/ca.crt.new && sudo mv /etc/kubernetes/pki/ca.crt.new /etc/kubernetes/pki/ca.crt',
      ],
      cautions: [compare, lost],
    });
  });

  it('shows no command for a file elsewhere', () => {
    expect(stepsOf('al2023', 'client-ca-is-cluster-ca', facts('/opt/ca.crt'))).toEqual([
      {
        ...step,
        changes: [{ kind: 'bundle', sha256: [clusterCa] }],
        commands: [],
        cautions: ['/opt/ca.crt is not in the kubelet’s own folders: no command is shown for it', compare, lost],
      },
    ]);
  });

  it('shows none where the cluster cannot be named in it', () => {
    const audit = judgedNode({ facts: facts('/etc/kubernetes/pki/ca.crt') }, nodeOfKind('al2'));
    const { arn: _, ...elsewhere } = cluster;

    for (const strange of [elsewhere, { ...cluster, name: '$(reboot)' }])
      expect(
        nodeSteps(audit, { cluster: strange, trust: [clusterCa], controls: [named('client-ca-is-cluster-ca')] }),
      ).toMatchObject([{ commands: [], survives: stays, changes: [{ file: '/etc/kubernetes/pki/ca.crt' }] }]);
  });

  it('is not planned where nobody knows the cluster’s CA', () => {
    expect(stepsOf('al2', 'client-ca-is-cluster-ca', facts('/etc/kubernetes/pki/ca.crt'), { trust: [] })).toEqual([
      {
        control: 'client-ca-is-cluster-ca',
        notPlanned:
          'the certificates of the cluster’s own CA are not known (DescribeCluster showed none), so that nothing is there to put into the file',
      },
    ]);
  });
});
