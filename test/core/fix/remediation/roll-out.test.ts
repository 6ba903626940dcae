import { describe, expect, it } from 'vitest';
import { rollOutOf } from '../../../../lambda/core/fix/remediation/lasting-fix.ts';
import { cautionsFor } from '../../../../lambda/core/fix/remediation/steps/setting-steps.ts';
import type { LaunchTemplate, NodeGroup } from '../../../../lambda/core/model/model.ts';
import { judgedNode, nodeOfKind } from './failing-audit.ts';

const words = { name: 'blue', region: 'eu-west-1' };
const nodesOf = (group: NodeGroup, templates: readonly (LaunchTemplate | undefined)[] = [undefined]) =>
  templates.map((launchTemplate, n) => nodeOfKind('al2', n + 1, { group, ...(launchTemplate && { launchTemplate }) }));
const managed = (name: string, cluster: Parameters<typeof rollOutOf>[2] = words): string =>
  rollOutOf('al2', nodesOf({ kind: 'managed', name }), cluster);
const template = (id: string, version?: string): LaunchTemplate => ({ id, ...(version !== undefined && { version }) });

describe('how a change reaches the nodes', () => {
  it.each<[string, string, Parameters<typeof rollOutOf>[2], string]>([
    ['all is known', 'a_B-1', words, '--cluster-name blue --nodegroup-name a_B-1 --region eu-west-1 --query'],
    ['the cluster is not named', 'a', { region: 'x' }, '--cluster-name CLUSTER --nodegroup-name a --region x --query'],
    ['the Region is not known', 'a', { name: 'blue' }, '--cluster-name blue --nodegroup-name a --query'],
    ['the longest name', 'x'.repeat(63), {}, `--cluster-name CLUSTER --nodegroup-name ${'x'.repeat(63)} --query`],
    ['a name that is too long', 'x'.repeat(64), {}, '--cluster-name CLUSTER --nodegroup-name GROUP --query'],
    ['a name that is a command', '$(reboot)', {}, '--cluster-name CLUSTER --nodegroup-name GROUP --query'],
    ['a name behind a line', 'a\nb', {}, '--cluster-name CLUSTER --nodegroup-name GROUP --query'],
    ['a name that is an option', '-x', {}, '--cluster-name CLUSTER --nodegroup-name GROUP --query'],
  ])('of a managed node group, in a command that holds no more than plain names: %s', (_, name, cluster, command) => {
    const told = `that aws eks describe-nodegroup ${command} nodegroup.launchTemplate names`;
    expect(managed(name, cluster)).toContain(told);
  });

  it.each<[string, readonly (LaunchTemplate | undefined)[], string]>([
    ['with its version', [template('lt-0123456789abcdef0', '3')], ' (lt-0123456789abcdef0, now version 3)'],
    ['of the old, short form', [template('lt-01234567', '1234567890')], ' (lt-01234567, now version 1234567890)'],
    ['without a version', [template('lt-01234567')], ' (lt-01234567)'],
    ['without the word for one', [template('lt-01234567', '$Latest')], ' (lt-01234567)'],
    ['without a version that is too long', [template('lt-01234567', '1'.repeat(11))], ' (lt-01234567)'],
    [
      'once each, in order',
      [template('lt-2222222222', '2'), template('lt-11111111', '1'), undefined, template('lt-2222222222', '2')],
      ' (lt-11111111, now version 1; lt-2222222222, now version 2)',
    ],
    ['not where it is another word', [template('lt-0123456', '3'), template(`lt-${'0'.repeat(18)}`)], ''],
    ['not where it holds more', [template('x lt-01234567'), template('lt-01234567 x'), template('lt-0123456G')], ''],
  ])('names the launch template of the instances %s', (_, templates, text) => {
    for (const [kind, sentence] of [
      ['auto-scaling-group', (where: string) => `Make a new version of the launch template${where} and start`],
      ['self-managed', (where: string) => `Start new nodes from the changed launch template${where} or image`],
    ] as const)
      expect(rollOutOf('al2', nodesOf({ kind, name: 'x' }, templates), words)).toContain(sentence(text));
  });
});

describe('what is said before a value is set', () => {
  const audit = judgedNode({}, nodeOfKind('al2'));

  it('is what it may break', () => {
    const settings = ['readOnlyPort', 'eventRecordQPS', 'protectKernelDefaults', 'serverTLSBootstrap'] as const;

    expect(settings.flatMap((setting) => cautionsFor(setting, audit))).toEqual([
      'whatever still reads port 10255 finds it closed',
      'the kubelet does not start where the kernel’s settings (vm.overcommit_memory, vm.panic_on_oom, kernel.panic, kernel.panic_on_oops, kernel.keys) are not as it wants them',
      'the kubelet then asks the cluster for its serving certificate: until that request is approved, logs and exec fail',
    ]);
    expect(cautionsFor('streamingConnectionIdleTimeout', audit)).toEqual([
      'Kubernetes has deprecated it, and newer kubelets do nothing with it',
    ]);
    expect(cautionsFor('authorization.mode', audit)).toEqual([
      'with Webhook the kubelet asks the API server who may do what: a client that has no right on nodes is refused from then on',
    ]);
  });

  it('is every other edit that waits for the restart', () => {
    const origin = { from: 'running' } as const;
    const edited = { afterRestart: '5', origin, kind: 'edited-not-restarted', because: 'x' } as const;
    const waiting = (setting: 'readOnlyPort' | 'eventRecordQPS') => ({ ...edited, setting, running: '1' });
    const drift = [waiting('readOnlyPort'), waiting('eventRecordQPS')];

    expect(cautionsFor('readOnlyPort', { ...audit, drift })).toEqual([
      'whatever still reads port 10255 finds it closed',
      'the restart also puts an earlier edit into effect: eventRecordQPS becomes 5',
    ]);
  });
});
