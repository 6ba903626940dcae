import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { recommendation } from '../../../../lambda/core/findings/remedies/remediation-text.ts';
import { remedyFor } from '../../../../lambda/core/findings/remedies/remedy.ts';
import type { Method, Step } from '../../../../lambda/core/fix/remediation/plan.ts';
import { planRemediation } from '../../../../lambda/core/fix/remediation/plan-remediation.ts';
import { runbookNodes } from '../../../../lambda/core/fix/remediation/run/runbook-starts.ts';
import { wantedValue } from '../../../../lambda/core/fix/remediation/wanted-value.ts';
import { type Control, isOfCluster } from '../../../../lambda/core/judge/control.ts';
import { controls } from '../../../../lambda/core/judge/controls/index.ts';
import { type KubeletFacts, type NodeKind, nodeKinds, type Origin } from '../../../../lambda/core/model/model.ts';
import { type SettingPath, settingPaths, settings } from '../../../../lambda/core/model/settings.ts';
import { unknownFact } from '../../../../lambda/core/read/kubelet/setting-facts.ts';
import {
  audited,
  bad,
  clusterCa,
  clusterWith,
  failuresOf,
  judgedNode,
  mainFile,
  nodeOfKind,
  running,
  seen,
  type Wrong,
} from './failing-audit.ts';

const ca = 'authentication.x509.clientCAFile' satisfies SettingPath;
const named = (slug: string): Control => controls.find((control) => control.slug === slug)!;

/** The plan of one node that has one thing wrong. */
function planOf(kind: NodeKind, facts: KubeletFacts, some: readonly Control[] = controls) {
  const [group, ...others] = planRemediation(audited([judgedNode({ facts }, nodeOfKind(kind))]), {
    controls: some,
  }).groups;
  expect(others).toEqual([]);
  return group!;
}

const failingCa = (kind: NodeKind, origin: Origin, value = ''): KubeletFacts =>
  seen(kind, { settings: { [ca]: { value, origin } } });

const file = (kind: NodeKind): Origin => ({ from: 'file', file: mainFile[kind] });
const unset: Origin = { from: 'default', of: 'configuration file' };
const noFile: Origin = { from: 'default', of: 'no configuration file' };
const flag: Origin = { from: 'flag', flag: 'client-ca-file' };
const dropIn: Origin = { from: 'drop-in', file: '/etc/kubernetes/kubelet/config.json.d/40-nodeadm.conf' };

describe('every control on every kind of node', () => {
  const cases = controls
    .filter((each) => !isOfCluster(each))
    .flatMap((control) =>
      nodeKinds.map((kind) => ({ control, kind, slug: control.slug, failures: failuresOf(control, kind) })),
    );

  it.each(cases)('$slug on $kind has a step however it fails, or is AWS’s', ({ control, kind, failures }) => {
    expect(failures.length).toBeGreaterThan(0);

    for (const { how, facts } of failures) {
      const { steps, lasting, notPlanned } = planOf(kind, facts, [control]);
      expect(steps.length, how).toBeGreaterThan(0);
      expect(notPlanned, how).toEqual([]);

      for (const step of steps) {
        expect(step.because).not.toBe('');
        expect(step.by === 'aws').toBe(kind === 'auto-mode' || kind === 'fargate');
        expect(step.method === 'not-ours').toBe(step.by === 'aws');
        if (step.by === 'runbook') expect(step.nodes.every(({ instanceId }) => instanceId !== undefined)).toBe(true);
      }
      expect(lasting.map(({ controls: slugs }) => slugs)).toEqual([[control.slug]]);
    }
  });

  it.each(cases)('$slug on $kind is fixed for good as its finding says', ({ control, kind, failures }) => {
    for (const { facts } of failures) {
      const { lasting, group } = planOf(kind, facts, [control]);
      expect(lasting.map(({ words }) => words)).toEqual([[recommendation(control, remedyFor({ kind, group })).Text]]);
    }
  });
});

describe('the values that are set', () => {
  it.each(settingPaths.filter((path) => bad[path] !== undefined))('make the control of %s pass', (path) => {
    const control = controls.find(({ about }) => about.kind === 'setting' && about.setting === path)!;
    const value = wantedValue(path, '/etc/kubernetes/pki/ca.crt');

    expect(control.judge(seen('al2023', { settings: { [path]: { value, origin: unset } } })).status).toBe('pass');
  });
});

describe('the method', () => {
  it.each<[NodeKind, string, Origin, Method, string | undefined]>([
    ['al2', 'its file', file('al2'), 'config-file', mainFile.al2],
    ['al2', 'nobody', unset, 'config-file', mainFile.al2],
    ['al2', 'a flag', flag, 'systemd-arguments', undefined],
    ['al2', 'the old defaults', noFile, 'systemd-arguments', undefined],
    ['al2023', 'its file', file('al2023'), 'config-file', mainFile.al2023],
    ['al2023', 'a drop-in', dropIn, 'config-drop-in', '/etc/kubernetes/kubelet/config.json.d/40-nodeadm.conf'],
    ['al2023', 'nobody', unset, 'config-file', mainFile.al2023],
    ['al2023', 'a flag', flag, 'systemd-arguments', undefined],
    ['hybrid', 'a drop-in', dropIn, 'config-drop-in', '/etc/kubernetes/kubelet/config.json.d/40-nodeadm.conf'],
    ['ubuntu', 'nobody', unset, 'snap-arguments', undefined],
    ['ubuntu', 'its file', file('ubuntu'), 'config-file', mainFile.ubuntu],
    ['linux', 'its file', file('linux'), 'config-file', mainFile.linux],
    ['windows', 'a flag', flag, 'image', undefined],
    ['bottlerocket', 'its file', file('bottlerocket'), 'settings-api', undefined],
    ['auto-mode', 'its file', file('auto-mode'), 'not-ours', undefined],
    ['fargate', 'nobody', unset, 'not-ours', undefined],
  ])('of %s, where the bad value is set by %s', (kind, _, origin, method, path) => {
    const { steps } = planOf(kind, failingCa(kind, origin));

    expect(steps.map((step) => step.method)).toEqual([method]);
    const [change] = steps[0]!.changes;
    expect(change?.kind === 'setting' ? change.file : undefined).toBe(path);
  });

  it.each([
    ['an option that bootstrap.sh sets', 'kubelet-anonymous-auth', {}, ['anonymous-auth=false']],
    [
      'args, behind what stands there',
      'kubelet-read-only-port',
      { args: '--node-labels=a=b' },
      ['args=--node-labels=a=b --read-only-port=0'],
    ],
    [
      'one gate among others',
      'kubelet-rotate-server-certificate',
      { 'feature-gates': 'A=true,RotateKubeletServerCertificate=false,B=true' },
      ['feature-gates=A=true,B=true,RotateKubeletServerCertificate=true'],
    ],
  ])('of the snap changes %s', (_, slug, options, expected) => {
    const control = named(slug);
    const setting = control.about.kind === 'setting' ? control.about.setting : ca;
    const facts = seen('ubuntu', {
      settings: { [setting]: { value: bad[setting], origin: { from: 'flag', flag: settings[setting].flag } } },
    });
    const { steps } = planOf('ubuntu', facts, [control]);
    const commands = steps.flatMap((step) => step.commands).filter((command) => command.includes('snap set'));

    // Only root sees the options.
    const snap = `sudo() { root=yes "$@"; }
snap() {
  if [ "$1" = set ]; then printf '%s\\n' "\${@:3}"; elif [ "\${root:-}" = yes ]; then case $3 in
${Object.entries(options)
  .map(([name, value]) => `${name}) echo '${value}' ;;`)
  .join('\n')}
  esac; else return 1; fi
}`;
    const set = execFileSync('bash', ['-c', [snap, ...commands].join('\n')], { encoding: 'utf8' });
    expect(set.trimEnd().split('\n')).toEqual(expected);
  });

  it('of Bottlerocket names the setting that gives a node its name', () => {
    const { steps } = planOf('bottlerocket', seen('bottlerocket', { hostnameOverride: 'ip-10-0-0-1.ec2.internal' }));
    expect(steps[0]).toMatchObject({
      method: 'image',
      because: expect.stringContaining('settings.kubernetes.hostname-override'),
    });
  });

  it('never fixes in the file what an argument sets', () => {
    const { steps } = planOf('al2', failingCa('al2', flag));

    expect(steps[0]?.changes).toEqual([
      {
        kind: 'argument',
        places: [
          '/etc/systemd/system/kubelet.service.d/10-kubelet-args.conf (KUBELET_ARGS)',
          '/etc/systemd/system/kubelet.service.d/30-kubelet-extra-args.conf',
        ],
        before: '--client-ca-file=',
        after: '--client-ca-file=/etc/kubernetes/pki/ca.crt',
      },
    ]);
  });

  it('is the drop-in that deletes the client CA, not the file that has it', () => {
    const deleted = { ...unset, deletedBy: '/etc/kubernetes/kubelet/config.json.d/99-site.conf' } as Origin;
    const { steps } = planOf('al2023', failingCa('al2023', deleted));

    expect(steps[0]).toMatchObject({
      method: 'config-drop-in',
      because: `${ca}: drop-in /etc/kubernetes/kubelet/config.json.d/99-site.conf deletes what the configuration file sets`,
      changes: [{ file: '/etc/kubernetes/kubelet/config.json.d/99-site.conf', format: 'yaml' }],
      // nodeadm did not write this file, and does not write it anew.
      survives: { reboot: true },
    });
  });

  it('is a restart where the files are right and the kubelet still runs with what they said before', () => {
    const before = running(failingCa('al2', unset));
    const audit = audited([judgedNode({ facts: before, otherFacts: [seen('al2')] }, nodeOfKind('al2'))]);

    expect(planRemediation(audit, { controls }).groups[0]?.steps).toMatchObject([
      { method: 'restart', by: 'runbook', controls: ['kubelet-client-ca-file'], changes: [] },
    ]);
  });

  it('joins the controls that one file fails into one step with one restart', () => {
    const wrong: Wrong['settings'] = {
      [ca]: { value: '', origin: file('al2023') },
      readOnlyPort: { value: 10255, origin: file('al2023') },
      'authorization.mode': { value: 'AlwaysAllow', origin: flag },
    };
    const { steps } = planOf('al2023', seen('al2023', { settings: wrong }));

    expect(steps.map(({ method, controls: slugs }) => [method, ...slugs])).toEqual([
      ['config-file', 'kubelet-client-ca-file', 'kubelet-read-only-port'],
      ['systemd-arguments', 'kubelet-authorization-mode'],
    ]);
    expect(steps[0]?.commands.filter((command) => command.includes('restart'))).toHaveLength(1);
  });

  it('asks the cluster for a serving certificate where the gate alone would renew nothing', () => {
    const wrong: Wrong['settings'] = {
      'featureGates.RotateKubeletServerCertificate': { value: undefined, origin: unset },
      serverTLSBootstrap: { value: false, origin: flag },
    };
    const { steps } = planOf('al2', seen('al2', { settings: wrong }));

    expect(steps.map(({ method, changes }) => [method, changes[0]])).toMatchObject([
      ['config-file', { setting: 'featureGates.RotateKubeletServerCertificate', after: true }],
      [
        'systemd-arguments',
        { before: '--rotate-server-certificates=false', after: '--rotate-server-certificates=true' },
      ],
    ]);
  });

  it('takes permissions away and gives none', () => {
    const config = { state: 'known', path: mainFile.al2, mode: 0o622, owner: 'root', group: 'root' } as const;
    const { steps } = planOf('al2', seen('al2', { files: { config } }));

    expect(steps).toMatchObject([
      {
        method: 'file-mode',
        changes: [{ before: '622', after: '600' }],
        commands: [`sudo chmod 600 ${mainFile.al2}`],
      },
    ]);
  });

  it('never takes the name from a node that runs', () => {
    const { steps } = planOf('al2023', seen('al2023', { hostnameOverride: 'ip-10-0-0-1.ec2.internal' }));

    expect(steps).toMatchObject([{ method: 'image', by: 'person', changes: [], commands: [] }]);
  });
});

describe('the client CA', () => {
  it('is the file in which the document on the node looks, whatever else was seen to hold a CA', () => {
    const facts: KubeletFacts = {
      ...failingCa('linux', file('linux')),
      clientCa: {
        state: 'read',
        path: '/etc/kubernetes/other.pem',
        certificates: [{ subject: 'CN=kubernetes', sha256: clusterCa, notAfter: '2036-01-01T00:00:00.000Z' }],
      },
    };

    const [step] = planOf('linux', facts, [named('kubelet-client-ca-file')]).steps;
    expect(step?.changes).toMatchObject([{ after: '/etc/kubernetes/pki/ca.crt' }]);
    expect(step?.cautions.join()).toContain('must be there and hold the cluster’s CA');
  });

  it('is set by a person where nobody knows which certificates are the cluster’s', () => {
    const audit = { ...audited([judgedNode({ facts: failingCa('al2', unset) }, nodeOfKind('al2'))]) };
    const { endpoint: _, ...cluster } = clusterWith.cluster;
    const plan = planRemediation({ ...audit, cluster }, { controls });

    expect(plan.trust).toEqual([]);
    expect(plan.groups[0]?.steps.map(({ by }) => by)).toEqual(['person']);
  });

  describe('where the API server comes in as anybody', () => {
    const open: NonNullable<Wrong['settings']> = {
      [ca]: { value: '', origin: unset },
      'authentication.anonymous.enabled': { value: true, origin: unset },
      'authorization.mode': { value: 'AlwaysAllow', origin: file('al2') },
    };
    const stepsOf = (settings: NonNullable<Wrong['settings']>, some: readonly Control[]) =>
      planOf('al2', seen('al2', { settings }), some).steps;
    const isWarned = ({ cautions }: Step) =>
      cautions.some((each) => each.includes('the API server itself is shut out'));

    it.each(['kubelet-anonymous-auth', 'kubelet-authorization-mode'])(
      'comes first: the runbook does not close %s without it',
      (slug) => {
        const [step] = stepsOf(open, [named(slug)]);
        expect(step?.by).toBe('person');
        expect(step?.cautions[0]).toContain('the API server itself is shut out');
      },
    );

    it('is set by the runbook in the same restart', () => {
      const steps = stepsOf(open, controls);
      expect(new Set(steps.map(({ by }) => by))).toEqual(new Set(['runbook']));
      expect(steps.some(isWarned)).toBe(false);
    });

    it('makes the runbook wait where only a person can set it', () => {
      const { endpoint: _, ...cluster } = clusterWith.cluster;
      const audit = audited([judgedNode({ facts: seen('al2', { settings: open }) }, nodeOfKind('al2'))]);
      const { steps } = planRemediation({ ...audit, cluster }, { controls }).groups[0]!;
      expect(new Set(steps.map(({ by }) => by))).toEqual(new Set(['person']));
    });

    it.each<[string, NonNullable<Wrong['settings']>]>([
      ['it is refused already', { ...open, 'authorization.mode': { value: 'Webhook', origin: file('al2') } }],
      ['a client CA is set', { ...open, [ca]: { value: '/etc/kubernetes/pki/ca.crt', origin: file('al2') } }],
    ])('does not matter where %s', (_, settings) => {
      const [step] = stepsOf(settings, [named('kubelet-anonymous-auth')]);
      expect(step?.by).toBe('runbook');
      expect(isWarned(step!)).toBe(false);
    });
  });

  it('has to be back before anything restarts', () => {
    const facts = seen('al2', {
      settings: { readOnlyPort: { value: 10255, origin: file('al2') } },
      clientCa: { state: 'gone', path: '/etc/kubernetes/pki/ca.crt' },
    });
    expect(planOf('al2', facts, [named('kubelet-read-only-port')]).steps[0]?.by).toBe('person');
    const { steps } = planOf('al2', facts);

    expect(steps.map(({ method, by }) => [method, by])).toEqual([
      ['ca-bundle', 'person'],
      ['config-file', 'person'],
    ]);
    expect(steps[1]?.cautions.join()).toContain('does not start without it');
  });
});

describe('what a step survives', () => {
  const survives = ({ steps }: { readonly steps: readonly Step[] }) => steps.map((step) => step.survives);

  it.each<[NodeKind, Origin, boolean]>([
    ['al2023', file('al2023'), false],
    ['al2023', dropIn, false],
    ['al2023', flag, false],
    ['al2023', { from: 'drop-in', file: '/etc/kubernetes/kubelet/config.json.d/99-site.conf' }, true],
    ['hybrid', file('hybrid'), true],
    ['al2', file('al2'), true],
    ['al2', flag, true],
    ['ubuntu', flag, true],
    ['linux', file('linux'), true],
    ['bottlerocket', file('bottlerocket'), true],
  ])('on %s, set by %o: a reboot %s, a replacement never', (kind, origin, reboot) => {
    expect(survives(planOf(kind, failingCa(kind, origin)))).toEqual([{ reboot, replacement: false }]);
  });
});

describe('what is left out', () => {
  it('names a kubelet that refused the API server, and asks to read it by SSM first', () => {
    const refused = judgedNode(
      { failures: [{ via: 'configz', kind: 'kubelet-refused', because: '401 Unauthorized by the kubelet' }] },
      nodeOfKind('al2023'),
    );
    const [group] = planRemediation(audited([refused]), { controls: [named('kubelet-client-ca-file')] }).groups;

    expect(group).toMatchObject({ steps: [], nodes: [], lasting: [] });
    expect(group?.notPlanned).toMatchObject([
      {
        control: 'kubelet-client-ca-file',
        because: expect.stringMatching(/401 Unauthorized.*let SSM read the node, then plan again/),
      },
    ]);
  });

  it.each<[string, NodeKind, Parameters<typeof nodeOfKind>[2], RegExp]>([
    ['a Windows node', 'windows', {}, /SSM’s document reads Linux only/],
    [
      'a hybrid node without SSM',
      'hybrid',
      { machine: { status: 'unconfirmed', because: 'SSM knows no such node' } },
      /SSM knows no machine of this hybrid node: look at its files there/,
    ],
  ])('does not ask to have %s read by SSM', (_, kind, change, words) => {
    const refused = judgedNode(
      { failures: [{ via: 'configz', kind: 'kubelet-refused', because: '401 Unauthorized by the kubelet' }] },
      nodeOfKind(kind, 1, change),
    );
    const [group] = planRemediation(audited([refused]), { controls: [named('kubelet-client-ca-file')] }).groups;

    expect(group?.notPlanned[0]?.because).toMatch(words);
    expect(group?.notPlanned[0]?.because).not.toContain('let SSM read');
  });

  it('plans nothing on the node from the running configuration alone, and says for good what it can', () => {
    const { steps, notPlanned, lasting } = planOf('al2023', running(failingCa('al2023', unset)), [
      named('kubelet-client-ca-file'),
    ]);

    expect(steps).toEqual([]);
    expect(notPlanned[0]?.because).toContain('SSM tells that (--complete)');
    expect(lasting[0]?.snippets.map(({ fileName }) => fileName)).toEqual(['node-config.yaml', 'user-data.mime']);
  });

  it('tells why the origin of a value is not known', () => {
    const facts = running(failingCa('al2023', unset));
    const ssm = {
      ...seen('al2023'),
      settings: { ...seen('al2023').settings, [ca]: unknownFact('two spellings of a key') },
    };
    const audit = audited([judgedNode({ facts, otherFacts: [ssm] }, nodeOfKind('al2023'))]);
    const [group] = planRemediation(audit, { controls: [named('kubelet-client-ca-file')] }).groups;

    expect(group?.notPlanned[0]?.because).toBe('two spellings of a key');
  });

  it('holds no group where nothing fails', () => {
    expect(
      planRemediation(audited([judgedNode({ facts: seen('al2') }, nodeOfKind('al2'))]), { controls }).groups,
    ).toEqual([]);
  });
});

describe('the runbook', () => {
  it('is given slugs and fingerprints of confirmed machines, each node once', () => {
    const wrong = seen('al2023', {
      settings: { [ca]: { value: '', origin: file('al2023') }, readOnlyPort: { value: 10255, origin: flag } },
    });
    const group = planOf('al2023', wrong);

    expect(runbookNodes(group, [clusterCa])).toEqual([
      {
        key: 'i-00000000000000001',
        instanceId: 'i-00000000000000001',
        controls: ['kubelet-client-ca-file', 'kubelet-read-only-port'],
        trust: [clusterCa],
      },
    ]);
  });

  it.each<[string, NodeKind, Parameters<typeof nodeOfKind>[2]]>([
    [
      'a machine that AWS does not confirm',
      'al2023',
      { machine: { status: 'unconfirmed', because: 'another cluster’s' } },
    ],
    ['a snap', 'ubuntu', {}],
  ])('does not touch %s', (_, kind, change) => {
    const audit = audited([judgedNode({ facts: failingCa(kind, file(kind)) }, nodeOfKind(kind, 1, change))]);
    const [group] = planRemediation(audit, { controls }).groups;

    expect(group?.steps.map(({ by }) => by)).toEqual(['person']);
    expect(runbookNodes(group!, [clusterCa])).toEqual([]);
  });

  it('does not touch a file outside of the kubelet’s folders, and no command names it', () => {
    const { steps } = planOf('al2', failingCa('al2', { from: 'file', file: '/etc/shadow' }));

    expect(steps[0]).toMatchObject({ by: 'person', method: 'config-file' });
    expect(steps[0]?.changes[0]).not.toHaveProperty('file');
    expect(steps[0]?.commands.join()).not.toContain('shadow');
    expect(steps[0]?.cautions[0]).toContain('/etc/shadow is not in the kubelet’s own folders');
  });
});

describe('the order', () => {
  it('is that of the groups’ names and the nodes’ keys, however the audit found them', () => {
    const nodes = [
      judgedNode({ facts: failingCa('al2', unset) }, nodeOfKind('al2', 3)),
      judgedNode({ facts: failingCa('al2', unset) }, nodeOfKind('al2', 2)),
      judgedNode({ facts: failingCa('al2023', unset) }, nodeOfKind('al2023', 1)),
      judgedNode({ facts: failingCa('hybrid', unset) }, nodeOfKind('hybrid', 4)),
    ];
    const plan = planRemediation(audited(nodes), { controls });

    expect(planRemediation(audited(nodes.toReversed()), { controls })).toEqual(plan);
    expect(plan.groups.map(({ group }) => group.name)).toEqual(['hybrid', 'al2-workers', 'al2023-workers']);
    expect(plan.groups[1]?.steps).toHaveLength(1);
    expect(plan.groups[1]?.nodes.map(({ key }) => key)).toEqual(['i-00000000000000002', 'i-00000000000000003']);
  });
});

describe('a failure that somebody has accepted', () => {
  it('is left as it is, and told with its reason', () => {
    const readOnlyPort = { value: 10255, origin: { from: 'file', file: mainFile.al2 } } as const;
    const node = judgedNode({ facts: seen('al2', { settings: { readOnlyPort } }) }, nodeOfKind('al2'));
    const verdict = node.verdicts['kubelet-read-only-port'];
    const waived = { until: '2026-12-31', by: 'ann@example.com', reason: 'a scraper of last year' };
    if (verdict?.status !== 'fail') throw new Error('it does not fail');
    const accepted = { ...node, verdicts: { ...node.verdicts, 'kubelet-read-only-port': { ...verdict, waived } } };

    const [group] = planRemediation(audited([accepted]), { controls }).groups;
    expect(group?.steps).toEqual([]);
    expect(group?.notPlanned).toMatchObject([
      {
        control: 'kubelet-read-only-port',
        because: 'accepted by ann@example.com until 2026-12-31 (a scraper of last year): it is left as it is',
      },
    ]);
  });
});
