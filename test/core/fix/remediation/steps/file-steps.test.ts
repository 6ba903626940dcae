import { describe, expect, it } from 'vitest';
import { nodeSteps } from '../../../../../lambda/core/fix/remediation/steps/node-steps.ts';
import type { KubeletFacts } from '../../../../../lambda/core/model/model.ts';
import { bundle, clusterCa, judgedNode, mainFile, nodeOfKind, seen } from '../failing-audit.ts';
import { cluster, inLines, named, stepsOf } from './steps-of.ts';

describe('the step of a file', () => {
  const good = { state: 'known', path: mainFile.al2, mode: 0o644, owner: 'root', group: 'root' } as const;
  const file = (change: object): KubeletFacts => seen('al2', { files: { config: { ...good, ...change } } });

  it('takes bits away, also those above the permissions, and leaves what is stricter', () => {
    const [first] = stepsOf('al2', 'kubelet-config-mode', file({ mode: 0o104666 }));
    expect(first).toEqual([
      'kubelet-config-mode, file-mode by runbook: mode of the file that --config names is 4666',
      `@ ${mainFile.al2}`,
      '- mode 4666',
      '+ mode 644',
      `$ sudo chmod 644 ${mainFile.al2}`,
      'stays',
    ]);
    expect(stepsOf('al2', 'kubelet-config-mode', file({ mode: 0o077 }))[0]).toContain('+ mode 044');
    expect(stepsOf('al2', 'kubelet-config-mode', file({ mode: 0o077 }))[0]).toContain('- mode 077');
  });

  it('gives it to root; of a file elsewhere a person does, and no command is shown', () => {
    const theirs = file({ owner: 'a\u001b[2Jb', group: 'x'.repeat(100), path: '/opt/a' });
    const owner = `a b:${'x'.repeat(63)}…`;
    const [step] = stepsOf('al2', 'kubelet-config-owner', theirs);
    expect(step).toEqual([
      `kubelet-config-owner, file-owner by person: owner of the file that --config names is ${owner}`,
      '@ the file',
      `- owner ${owner}`,
      '+ owner root:root',
      'stays',
      'mind: /opt/a is not in the kubelet’s own folders, and nothing touches it but a person',
    ]);
  });

  it('lasts until nodeadm writes it anew, and is a person’s on a machine that is not confirmed', () => {
    const machine = { status: 'none', because: 'no machine' } as const;
    const [step] = stepsOf('al2023', 'kubelet-config-mode', file({ mode: 0o666 }), { node: { machine } });
    expect(step?.[0]).toContain('by person');
    expect(step?.slice(-2)).toEqual(['until reboot', 'mind: the runbook touches confirmed machines only: no machine']);
  });

  it('is not planned where the file was not seen again', () => {
    const { facts: _, ...unread } = judgedNode({ facts: file({ mode: 0o666 }) }, nodeOfKind('al2'));
    const steps = nodeSteps(unread, { cluster, trust: [], controls: [named('kubelet-config-mode')] });
    expect(steps).toEqual([{ control: 'kubelet-config-mode', notPlanned: 'the file was not seen again' }]);
  });
});

describe('the step of what is in the client CA’s file', () => {
  const slug = 'client-ca-is-cluster-ca';
  const other = bundle('cd'.repeat(32), '2036-01-01T00:00:00.000Z');
  const facts = (path: string) => seen('al2023', { clientCa: { ...other, path } as typeof other });
  const ca = '/etc/kubernetes/pki/ca.crt';
  const what = `${slug}, ca-bundle by person: what is wrong is inside of the file that authentication.x509.clientCAFile names`;
  const certificate = `+ certificate with SHA-256 ${clusterCa}`;
  const minds = [
    'mind: compare the SHA-256 of every certificate with this plan before the file is moved into its place',
    'mind: a further CA that somebody put there on purpose is lost: keep it beside the cluster’s',
  ];

  it('shows no command for a file elsewhere', () => {
    const elsewhere = 'mind: /opt/ca.crt is not in the kubelet’s own folders: no command is shown for it';
    const lines = [what, '@ the client CA’s file', certificate, 'until reboot', elsewhere, ...minds];
    expect(stepsOf('al2023', slug, facts('/opt/ca.crt'))).toEqual([lines]);
  });

  it('shows none where the cluster cannot be named in it', () => {
    const audit = judgedNode({ facts: facts(ca) }, nodeOfKind('al2'));
    const { arn: _, ...elsewhere } = cluster;
    const options = { trust: [clusterCa], controls: [named(slug)] };
    for (const strange of [elsewhere, { ...cluster, name: '$(reboot)' }]) {
      const steps = inLines(nodeSteps(audit, { cluster: strange, ...options }));
      expect(steps).toEqual([[what, `@ ${ca}`, certificate, 'stays', ...minds]]);
    }
  });

  it('is not planned where nobody knows the cluster’s CA', () => {
    const unknown = 'the certificates of the cluster’s own CA are not known (DescribeCluster showed none)';
    const because = `${unknown}, so that nothing is there to put into the file`;
    expect(stepsOf('al2', slug, facts(ca), { trust: [] })).toEqual([[`${slug} is not planned: ${because}`]]);
  });
});
