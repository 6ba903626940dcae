import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { recommendation } from '../../../../lambda/core/findings/remedies/remediation-text.ts';
import { remedyFor } from '../../../../lambda/core/findings/remedies/remedy.ts';
import { planRemediation } from '../../../../lambda/core/fix/remediation/plan-remediation.ts';
import { type Control, isOfCluster } from '../../../../lambda/core/judge/control.ts';
import { controls } from '../../../../lambda/core/judge/controls/index.ts';
import { type KubeletFacts, type NodeKind, nodeKinds, type Origin } from '../../../../lambda/core/model/model.ts';
import { type SettingPath, settings } from '../../../../lambda/core/model/settings.ts';
import {
  audited,
  bad,
  bundle,
  clusterCa,
  failuresOf,
  judgedNode,
  mainFile,
  nodeOfKind,
  seen,
  type Wrong,
} from './failing-audit.ts';

const ca = 'authentication.x509.clientCAFile' satisfies SettingPath;
const named = (slug: string): Control => controls.find((control) => control.slug === slug)!;

/** The plan of one node that has one thing wrong. */
function planOf(kind: NodeKind, facts: KubeletFacts, some: readonly Control[] = controls) {
  const audit = audited([judgedNode({ facts }, nodeOfKind(kind))]);
  const [group, ...others] = planRemediation(audit, { controls: some }).groups;
  expect(others).toEqual([]);
  return group!;
}

const failingCa = (kind: NodeKind, origin: Origin, value = '') => seen(kind, { settings: { [ca]: { value, origin } } });

const file = (kind: NodeKind): Origin => ({ from: 'file', file: mainFile[kind] });
const unset: Origin = { from: 'default', of: 'configuration file' };
const flag: Origin = { from: 'flag', flag: 'client-ca-file' };

const ofNodes = controls.filter((each) => !isOfCluster(each));
const cases = ofNodes.flatMap((control) => nodeKinds.map((kind) => ({ control, kind, slug: control.slug })));

it.each(cases)('$slug on $kind has a step however it fails, and is fixed as its finding says', ({ control, kind }) => {
  const failures = failuresOf(control, kind);
  expect(failures.length).toBeGreaterThan(0);

  for (const { how, facts } of failures) {
    const { steps, lasting, notPlanned, group } = planOf(kind, facts, [control]);
    expect(steps.length, how).toBeGreaterThan(0);
    expect(notPlanned, how).toEqual([]);

    for (const step of steps) {
      expect(step.because).not.toBe('');
      expect(step.by === 'aws').toBe(kind === 'auto-mode' || kind === 'fargate');
      expect(step.method === 'not-ours').toBe(step.by === 'aws');
      if (step.by === 'runbook') expect(step.nodes.every(({ instanceId }) => instanceId !== undefined)).toBe(true);
    }
    expect(lasting.map(({ controls: slugs }) => slugs)).toEqual([[control.slug]]);
    expect(lasting.map(({ words }) => words)).toEqual([[recommendation(control, remedyFor({ kind, group })).Text]]);
  }
});

describe('the method', () => {
  const gates = { 'feature-gates': 'A=true,RotateKubeletServerCertificate=false,B=true' };
  const rotating = ['feature-gates=A=true,B=true,RotateKubeletServerCertificate=true'];
  const args = { args: '--node-labels=a=b' };
  it.each<[string, string, object, readonly string[]]>([
    ['an option that bootstrap.sh sets', 'kubelet-anonymous-auth', {}, ['anonymous-auth=false']],
    ['args, behind what is there', 'kubelet-read-only-port', args, ['args=--node-labels=a=b --read-only-port=0']],
    ['one gate among others', 'kubelet-rotate-server-certificate', gates, rotating],
  ])('of the snap changes %s', (_, slug, options, expected) => {
    const control = named(slug);
    const setting = control.about.kind === 'setting' ? control.about.setting : ca;
    const origin = { from: 'flag', flag: settings[setting].flag } as const;
    const facts = seen('ubuntu', { settings: { [setting]: { value: bad[setting], origin } } });
    const { steps } = planOf('ubuntu', facts, [control]);
    const commands = steps.flatMap((step) => step.commands).filter((command) => command.includes('snap set'));

    // Only root sees the options.
    const cases = Object.entries(options).map(([name, value]) => `${name}) echo '${value}' ;;`);
    const snap = `sudo() { root=yes "$@"; }
snap() {
  if [ "$1" = set ]; then printf '%s\\n' "\${@:3}"; elif [ "\${root:-}" = yes ]; then case $3 in
${cases.join('\n')}
  esac; else return 1; fi
}`;
    const set = execFileSync('bash', ['-c', [snap, ...commands].join('\n')], { encoding: 'utf8' });
    expect(set.trimEnd().split('\n')).toEqual(expected);
  });

  it('asks the cluster for a serving certificate where the gate alone would renew nothing', () => {
    const wrong: Wrong['settings'] = {
      'featureGates.RotateKubeletServerCertificate': { value: undefined, origin: unset },
      serverTLSBootstrap: { value: false, origin: flag },
    };
    const { steps } = planOf('al2', seen('al2', { settings: wrong }));

    const byFlag = { before: '--rotate-server-certificates=false', after: '--rotate-server-certificates=true' };
    expect(steps.map(({ method, changes }) => [method, changes[0]])).toMatchObject([
      ['config-file', { setting: 'featureGates.RotateKubeletServerCertificate', after: true }],
      ['systemd-arguments', byFlag],
    ]);
  });
});

it('the client CA is the file in which the document on the node looks, whatever else was seen to hold a CA', () => {
  const clientCa = { ...bundle(clusterCa, '2036-01-01T00:00:00.000Z'), path: '/etc/kubernetes/other.pem' };
  const facts = { ...failingCa('linux', file('linux')), clientCa } as KubeletFacts;
  const [step] = planOf('linux', facts, [named('kubelet-client-ca-file')]).steps;
  expect(step?.changes).toMatchObject([{ after: '/etc/kubernetes/pki/ca.crt' }]);
  expect(step?.cautions.join()).toContain('must be there and hold the cluster’s CA');
});

it('the order of a plan is that of the groups’ names and the nodes’ keys, however the audit found them', () => {
  const failing = (kind: NodeKind, at: number) => judgedNode({ facts: failingCa(kind, unset) }, nodeOfKind(kind, at));
  const nodes = [failing('al2', 3), failing('al2', 2), failing('al2023', 1), failing('hybrid', 4)];
  const plan = planRemediation(audited(nodes), { controls });

  expect(planRemediation(audited(nodes.toReversed()), { controls })).toEqual(plan);
  expect(plan.groups.map(({ group }) => group.name)).toEqual(['hybrid', 'al2-workers', 'al2023-workers']);
  expect(plan.groups[1]?.steps).toHaveLength(1);
  expect(plan.groups[1]?.nodes.map(({ key }) => key)).toEqual(['i-00000000000000002', 'i-00000000000000003']);
});

it('a failure that somebody has accepted is left as it is, and shown with its reason', () => {
  const readOnlyPort = { value: 10255, origin: { from: 'file', file: mainFile.al2 } } as const;
  const node = judgedNode({ facts: seen('al2', { settings: { readOnlyPort } }) }, nodeOfKind('al2'));
  const verdict = node.verdicts['kubelet-read-only-port'];
  const waived = { until: '2026-12-31', by: 'ann@example.com', reason: 'a scraper of last year' };
  if (verdict?.status !== 'fail') throw new Error('it does not fail');
  const accepted = { ...node, verdicts: { ...node.verdicts, 'kubelet-read-only-port': { ...verdict, waived } } };

  const [group] = planRemediation(audited([accepted]), { controls }).groups;
  expect(group?.steps).toEqual([]);
  const because = 'accepted by ann@example.com until 2026-12-31 (a scraper of last year): it is left as it is';
  expect(group?.notPlanned).toMatchObject([{ control: 'kubelet-read-only-port', because }]);
});
