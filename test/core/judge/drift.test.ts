import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drift } from '../../../lambda/core/judge/drift.ts';
import type { KubeletFacts, NodeKind, Origin } from '../../../lambda/core/model/model.ts';
import { type SettingPath, type SettingValue, settingPaths, settings } from '../../../lambda/core/model/settings.ts';
import { readConfigz } from '../../../lambda/core/read/kubelet/configz/configz.ts';
import { effectiveConfiguration } from '../../../lambda/core/read/kubelet/effective.ts';
import { settingFacts, unknownFact } from '../../../lambda/core/read/kubelet/setting-facts.ts';
import { nodeWith } from '../read/kubelet/node-with.ts';
import { recordedAnswer, recordedNames, recordedNode } from '../read/kubelet/recorded.ts';

const ca = 'authentication.x509.clientCAFile';
const gate = 'featureGates.RotateKubeletServerCertificate';
const configFile = '/etc/kubernetes/kubelet/config.json';
const file: Origin = { from: 'file', file: configFile };
const byDefault: Origin = { from: 'default', of: 'configuration file' };

type Values = Partial<Record<SettingPath, SettingValue | undefined>>;

const factsOf = (via: 'configz' | 'ssm' | 'tls', values: Values, origin: Origin): KubeletFacts => {
  const value = (path: SettingPath) => (path in values ? values[path] : settings[path].default);
  return { via, settings: settingFacts((path) => ({ state: 'known', value: value(path), origin })), notes: [] };
};
const running = (values: Values = {}) => factsOf('configz', values, { from: 'running' });
const later = (values: Values = {}, origin: Origin = file) => factsOf('ssm', values, origin);
const node = (kind: NodeKind = 'linux', kubeletVersion = 'v1.34.9') => ({ kind, kubeletVersion });
const edited = `file ${configFile} was edited since it started, and from the next restart on it`;

const effective = (parts: Parameters<typeof nodeWith>[0]): KubeletFacts => {
  const facts = effectiveConfiguration(nodeWith(parts), 'ssm');
  if (!facts.ok) throw new Error(facts.error.because);
  return facts.value;
};

describe('what has not drifted', () => {
  const anyValue: Readonly<Record<(typeof settings)[SettingPath]['type'], fc.Arbitrary<SettingValue>>> = {
    string: fc.constantFrom('', '/a', '../b', 'C:\\d'),
    bool: fc.boolean(),
    int: fc.integer({ min: -1, max: 65_535 }),
    duration: fc.constantFrom('1h0m0s', '0s', '90s', 'soon'),
  };
  const valueAt = (path: SettingPath) => fc.option(anyValue[settings[path].type], { nil: undefined });
  const anyValues = fc.record(Object.fromEntries(settingPaths.map((path) => [path, valueAt(path)])));
  const anyOrigin = fc.constantFrom<Origin>(file, byDefault, { from: 'drop-in', file: '/d.conf' }, { from: 'running' });

  it('is any configuration, compared with itself', () => {
    fc.assert(
      fc.property(anyValues, anyOrigin, (values, origin) => {
        expect(drift(later(values, origin), later(values, origin), node())).toEqual([]);
      }),
    );
  });

  it('is what drifts in neither direction: the same settings differ, whichever runs and whichever is written', () => {
    const names = (drifted: ReturnType<typeof drift>) => drifted.map(({ setting }) => setting);
    fc.assert(
      fc.property(anyValues, anyValues, (one, other) => {
        expect(names(drift(later(one), later(other), node()))).toEqual(names(drift(later(other), later(one), node())));
      }),
    );
  });

  // The kubelet's own merge is the oracle: nobody edited a recorded node.
  const recorded = recordedNames('kubelets').filter((name) => name !== 'debugging-handlers-off');
  it.each(recorded)('is the recorded %s', (name) => {
    const runs = readConfigz(recordedAnswer(`kubelets/${name}/configz-direct.http`).body);
    const says = effectiveConfiguration(recordedNode(name), 'ssm');
    expect(runs.ok && says.ok && drift(runs.value, says.value, node('al2023'))).toEqual([]);
  });

  it.each<[string, SettingPath, SettingValue | undefined, SettingValue | undefined]>([
    ['a duration in another spelling', 'streamingConnectionIdleTimeout', '4h0m0s', '240m'],
    ['a zero that the kubelet replaces', 'streamingConnectionIdleTimeout', '4h0m0s', '0s'],
    ['an empty mode, which is the default', 'authorization.mode', 'Webhook', ''],
    ['an empty path and none', ca, '', undefined],
    ['a path with steps that lead nowhere', ca, '/etc/kubernetes/ca', '/etc/kubernetes/../kubernetes//ca'],
    ['a gate that is on by default, and named', gate, undefined, true],
  ])('is %s', (_, path, now, then) => {
    expect(drift(running({ [path]: now }), later({ [path]: then }), node())).toEqual([]);
  });

  it('is a zero that configz leaves out and the file writes, and a relative CA file that resolves to the path that runs', () => {
    const says = effective({ file: { readOnlyPort: 0, authentication: { x509: { clientCAFile: '../pki/ca.crt' } } } });
    const body = recordedAnswer('kubelets/file-sets-ca/configz-direct.http').body;
    expect(body).not.toContain('readOnlyPort');
    const runs = readConfigz(body);
    expect(runs.ok && drift(runs.value, says, node()).map(({ setting }) => setting)).not.toContain('readOnlyPort');
    expect(drift(running({ [ca]: '/etc/kubernetes/pki/ca.crt' }), says, node())).toEqual([]);
  });

  it('is what either side does not know', () => {
    const unknown: KubeletFacts = { ...later(), settings: settingFacts(() => unknownFact('two spellings')) };
    const different = { [ca]: '/other', readOnlyPort: 10255 };
    expect(drift(running(different), unknown, node())).toEqual([]);
    expect(drift(unknown, later(different), node())).toEqual([]);
  });

  it('is a flag of the running process: then the kubelet was started anew between the readings', () => {
    const byFlag = later({ readOnlyPort: 10255 }, { from: 'flag', flag: 'x' });
    expect(drift(running({ readOnlyPort: 0 }), byFlag, node())).toEqual([]);
  });

  const byVersion = { 'v1.26.15': [], '': [], 'v1.27.0': ['eventRecordQPS'] };
  it.each(Object.entries(byVersion))(
    'is the default of events that kubelets before 1.27 had: %j',
    (version, expected) => {
      const drifted = drift(running({ eventRecordQPS: 5 }), later({}, byDefault), node('linux', version));
      expect(drifted.map(({ setting }) => setting)).toEqual(expected);
    },
  );
});

// It means 5 a second up to 1.36 and no limit from 1.37 on, and the default of 50 in neither.
it.each(['v1.29.14', 'v1.36.3', 'v1.37.0'])('a rate of events of 0 is never the default, on %s', (version) => {
  const drifted = (eventRecordQPS: number, then: KubeletFacts) =>
    drift(running({ eventRecordQPS }), then, node('linux', version)).map(({ afterRestart }) => afterRestart);
  expect(drifted(0, later({ eventRecordQPS: 0 }))).toEqual([]);
  expect(drifted(50, later({ eventRecordQPS: 0 }))).toEqual(['0']);
  expect(drifted(0, later({}, byDefault))).toEqual(['50']);
});

describe('what has drifted', () => {
  it('is reported with both values, the file, and what a restart brings', () => {
    const because = `readOnlyPort is 0 in the running kubelet; ${edited} is 10255`;
    const told = { setting: 'readOnlyPort', running: '0', afterRestart: '10255', origin: file, because };
    const drifted = drift(running(), later({ readOnlyPort: 10255 }), node());
    expect(drifted).toEqual([{ ...told, kind: 'edited-not-restarted' }]);
  });

  it.each<[string, string, string | undefined, string, string]>([
    ['taken away', '/ca.crt', '', 'is /ca.crt', 'is not set'],
    ['taken out', '/ca.crt', undefined, 'is /ca.crt', 'is not set'],
    ['put in', '', '/ca.crt', 'is not set', 'is /ca.crt'],
    ['put elsewhere', '/ca.crt', '/ca2.crt', 'is /ca.crt', 'is /ca2.crt'],
  ])('is a client CA that was %s', (_, now, then, isNow, willBe) => {
    const because = `${ca} ${isNow} in the running kubelet; ${edited} ${willBe}`;
    const told = { running: now || '(not set)', afterRestart: then || '(not set)', because };
    expect(drift(running({ [ca]: now }), later({ [ca]: then }), node())).toMatchObject([told]);
  });

  it('is a gate that was switched off, or a zero in a flag’s place, and an old default that somebody writes', () => {
    const names = (now: Values, then: KubeletFacts, version = 'v1.26.0') =>
      drift(running(now), then, node('linux', version)).map(({ setting }) => setting);
    expect(names({ [gate]: undefined }, later({ [gate]: false }))).toEqual([gate]);
    expect(names({ eventRecordQPS: 5 }, later({ eventRecordQPS: 50 }))).toEqual(['eventRecordQPS']);
    expect(names({ eventRecordQPS: 6 }, later({}, byDefault))).toEqual(['eventRecordQPS']);
    expect(names({ readOnlyPort: 5 }, later({}, byDefault))).toEqual(['readOnlyPort']);
    const idle = { streamingConnectionIdleTimeout: '4h0m0s' };
    const zero = { streamingConnectionIdleTimeout: '0s' };
    expect(names(idle, later(zero, { from: 'node', file: '/x' }))).toEqual(Object.keys(zero));
    expect(names(idle, later(zero, { from: 'drop-in', file: '/x' }))).toEqual([]);
  });

  it.each(settingPaths)('is %s, whichever value it has', (path) => {
    const values = { string: ['/a', '/b'], bool: [true, false], int: [1, 2], duration: ['1s', '2s'] };
    const [one, other] = values[settings[path].type];
    const drifted = drift(running({ [path]: one }), later({ [path]: other }), node());
    expect(drifted.map(({ setting }) => setting)).toEqual([path]);
  });

  it('is a setting that no file sets any more', () => {
    const [drifted] = drift(running({ [ca]: '/ca.crt' }), later({}, byDefault), node());
    const unset = 'no file sets it any more, and from the next restart on it is not set by default';
    expect(drifted?.because).toBe(`${ca} is /ca.crt in the running kubelet; ${unset}`);
  });

  it('is shown bounded and printable, whatever the node wrote', () => {
    const [drifted] = drift(running(), later({ [ca]: `/\u001b[2J${'x'.repeat(5000)}` }), node());
    expect(drifted?.because.length).toBeLessThan(700);
    expect(JSON.stringify(drifted)).not.toContain('\\u001b');
  });
});

describe('what a handshake shows', () => {
  const handshake = (value: string, notes: readonly string[] = []): KubeletFacts => {
    const known = { state: 'known', value, origin: { from: 'handshake' } } as const;
    const other = unknownFact('elsewhere');
    return { via: 'tls', settings: settingFacts((path) => (path === ca ? known : other)), notes };
  };

  it('is whether there is a client CA, never which file it is', () => {
    expect(drift(handshake('(set; the handshake does not show its path)'), later({ [ca]: '/ca.crt' }), node())).toEqual(
      [],
    );
  });

  it('drifts from a file that sets one, with what is not proven', () => {
    const because = (told: KubeletFacts) => drift(told, later({ [ca]: '/ca.crt' }), node()).map((each) => each.because);
    const rest = `${edited} is /ca.crt`;
    const proven = `${ca} is not set in the running kubelet; ${rest}`;
    const doubted = `${ca} is not set in the running kubelet (not proven; not sure); ${rest}`;
    expect(because(handshake('', ['not proven', 'not sure']))).toEqual([doubted]);
    expect(because(handshake(''))).toEqual([proven]);
    expect(because({ ...running({ [ca]: '' }), notes: ['noted'] })).toEqual([proven]);
  });
});

describe('what the next boot undoes', () => {
  const dropIn = (name: string): Origin => ({ from: 'drop-in', file: `/etc/kubernetes/kubelet/config.json.d/${name}` });
  const kindsOf = (then: KubeletFacts, kind: NodeKind = 'al2023') =>
    drift(running({ [ca]: '/ca.crt', readOnlyPort: 1 }), then, node(kind)).map((each) => [each.setting, each.kind]);
  const [caOnly, lost, stays] = [{ [ca]: '', readOnlyPort: 1 }, 'lost-at-boot', 'edited-not-restarted'];

  it.each<[string, Origin, string]>([
    ['the main file of nodeadm', file, lost],
    ['its drop-in', dropIn('40-nodeadm.conf'), lost],
    ['its drop-in of older images', dropIn('00-nodeadm.conf'), lost],
    ['a drop-in of somebody else', dropIn('50-local.conf'), stays],
    ['a drop-in of that name in another folder', { from: 'drop-in', file: '/opt/40-nodeadm.conf' }, stays],
    ['another main file', { from: 'file', file: '/opt/kubelet.json' }, stays],
  ])('on Amazon Linux 2023 is an edit in %s, or is not', (_, origin, kind) => {
    expect(kindsOf(later(caOnly, origin))).toEqual([[ca, kind]]);
  });

  it('says both: the restart applies the edit, the boot loses it', () => {
    const [drifted] = drift(running({ [ca]: '/ca.crt' }), later({ [ca]: '' }), node('al2023'));
    const rewritten = 'nodeadm writes its files anew: change the NodeConfig in the user data instead';
    const lost = `the edit will be lost at the next boot of the node, when ${rewritten}`;
    expect(drifted?.because.endsWith(`from the next restart on it is not set; ${lost}`)).toBe(true);
  });

  it('is a setting taken out of the file that nodeadm always writes there, and of no other', () => {
    const both = kindsOf(later({ [ca]: '', readOnlyPort: 0 }, byDefault)).map((each) => each.join(' '));
    expect(both).toEqual([`${ca} ${lost}`, `readOnlyPort ${stays}`]);
    const elsewhere = { state: 'known', path: '/opt/kubelet.json', mode: 0o644, owner: 'root', group: 'root' } as const;
    const other = { ...later(caOnly, byDefault), files: { config: elsewhere, kubeconfig: elsewhere } };
    expect(kindsOf(other)).toEqual([[ca, stays]]);
  });

  it('is nothing where no boot rewrites files; for a hybrid node it names nodeadm init', () => {
    for (const kind of ['al2', 'ubuntu', 'linux', 'hybrid'] as const)
      expect(kindsOf(later(caOnly), kind)).toEqual([[ca, stays]]);
    expect(drift(running({ [ca]: '/ca.crt' }), later(), node('hybrid'))[0]?.because).toContain('the next nodeadm init');
  });
});
