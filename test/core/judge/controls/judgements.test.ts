import { describe, expect, it } from 'vitest';
import type { Control } from '../../../../lambda/core/judge/control.ts';
import { findControl } from '../../../../lambda/core/judge/controls/catalogue/find-control.ts';
import { configMode, kubeconfigMode, kubeconfigOwner } from '../../../../lambda/core/judge/controls/file-controls.ts';
import { controls } from '../../../../lambda/core/judge/controls/index.ts';
import { hostnameOverride, readOnlyPort } from '../../../../lambda/core/judge/controls/setting-controls.ts';
import { shown } from '../../../../lambda/core/judge/controls/shared/evidence.ts';
import type { KubeletFacts, Origin, SettingFact, Via } from '../../../../lambda/core/model/model.ts';
import type { FileFact } from '../../../../lambda/core/model/node-facts.ts';
import type { SettingPath, SettingValue } from '../../../../lambda/core/model/settings.ts';
import { factsWith, nodeWith } from './facts-with.ts';
import { inWords } from './in-words.ts';

const running = { from: 'running' } as const;
const vias: readonly Via[] = ['direct', 'configz', 'tls', 'files', 'ssm'];

const unknownBecause = (because: string) => ({ status: 'unknown', because });

/** The compliant kubelet with one setting as given. */
const withFact = (path: SettingPath, fact: SettingFact): KubeletFacts => {
  const facts = factsWith({});
  return { ...facts, settings: { ...facts.settings, [path]: fact } };
};
const statusOf = (control: Control, path: SettingPath, value: SettingValue | undefined) =>
  control.judge(withFact(path, { state: 'known', value, origin: running })).status;

const gate = 'featureGates.RotateKubeletServerCertificate';

describe('each control of a setting', () => {
  type Values = readonly (SettingValue | undefined)[];

  it.each<[string, SettingPath, pass: Values, fail: Values, unknown: Values]>([
    ['kubelet-anonymous-auth', 'authentication.anonymous.enabled', [false], [true, undefined], []],
    ['kubelet-authorization-mode', 'authorization.mode', ['Webhook'], ['AlwaysAllow'], ['webhook', undefined]],
    ['kubelet-read-only-port', 'readOnlyPort', [0], [10_255, undefined], []],
    ['kubelet-streaming-timeout', 'streamingConnectionIdleTimeout', ['4h0m0s', '1ns'], ['0s', '-1s'], ['4', 4]],
    ['kubelet-protect-kernel-defaults', 'protectKernelDefaults', [true], [false, undefined], []],
    ['kubelet-iptables-chains', 'makeIPTablesUtilChains', [true], [false], []],
    ['kubelet-event-qps', 'eventRecordQPS', [0, 50], [-1, undefined], []],
    ['kubelet-rotate-certificates', 'rotateCertificates', [true], [], [false]],
    ['kubelet-rotate-server-certificate', gate, [true], [false, undefined], []],
  ])('%s judges %s by its value', (slug, path, pass, fail, unknown) => {
    for (const [status, values] of Object.entries({ pass, fail, unknown }))
      for (const value of values) expect([value, statusOf(findControl(slug)!, path, value)]).toEqual([value, status]);
  });

  const noMode = 'authorization.mode is neither Webhook nor AlwaysAllow, and no kubelet starts with another mode';
  const leftOut = 'configz leaves an explicit false out, and only flags and files tell it from not set';
  it.each<[string, SettingPath, SettingValue, string]>([
    ['kubelet-authorization-mode', 'authorization.mode', 'RBAC', noMode],
    ['kubelet-streaming-timeout', 'streamingConnectionIdleTimeout', 7, 'streamingConnectionIdleTimeout is no duration'],
    ['kubelet-rotate-certificates', 'rotateCertificates', false, leftOut],
  ])('%s says why a value shows nothing', (slug, path, value, because) => {
    const facts = withFact(path, { state: 'known', value, origin: running });
    expect(findControl(slug)!.judge(facts)).toEqual({ status: 'unknown', because });
  });

  const accepted = 'not set, which the benchmark accepts, though the default is false';
  it.each<[Origin, string, readonly string[]]>([
    [{ from: 'default', of: 'configuration file' }, 'pass', [accepted]],
    [{ from: 'flag', flag: 'rotate-certificates' }, 'fail', []],
    [{ from: 'file', file: '/k' }, 'fail', []],
  ])('kubelet-rotate-certificates takes a false that comes from %j for %s', (origin, status, notes) => {
    const facts = withFact('rotateCertificates', { state: 'known', value: false, origin });
    expect(findControl('kubelet-rotate-certificates')!.judge(facts)).toMatchObject({ status, evidence: { notes } });
  });

  const notRequested = 'serverTLSBootstrap is false, so the certificate is not requested from the cluster';
  it.each([
    [true, true, 'pass', []],
    [true, false, 'pass', [`named, yet without effect: ${notRequested}`]],
    [undefined, true, 'pass', ['not named, but on by default since Kubernetes 1.12, and serverTLSBootstrap is true']],
    [undefined, false, 'fail', [`not named; it is on by default since Kubernetes 1.12, but ${notRequested}`]],
    [false, true, 'fail', []],
  ])(
    'kubelet-rotate-server-certificate judges %s with serverTLSBootstrap %s as %s',
    (value, bootstrap, status, notes) => {
      const facts = factsWith({ [gate]: value, serverTLSBootstrap: bootstrap });
      const verdict = findControl('kubelet-rotate-server-certificate')!.judge(facts);
      expect(verdict).toMatchObject({ status, evidence: { notes } });
    },
  );

  it('kubelet-rotate-server-certificate needs serverTLSBootstrap only where the gate is not named', () => {
    const control = findControl('kubelet-rotate-server-certificate')!;
    const unclear: SettingFact = { state: 'unknown', because: 'twice' };
    const of = (value: boolean | undefined) => {
      const { settings, ...rest } = factsWith({ [gate]: value });
      return control.judge({ ...rest, settings: { ...settings, serverTLSBootstrap: unclear } });
    };
    const because = 'the gate is not named, and whether serverTLSBootstrap makes its default count is not known';
    expect(inWords(of(undefined))).toBe(`unknown: ${because}`);
    expect(of(true)).toMatchObject({ status: 'pass', evidence: { notes: [] } });
  });

  it.each([
    [0, 'pass', ['0 means 5 a second up to 1.36, and no limit from 1.37 on']],
    [1, 'pass', []],
  ])('kubelet-event-qps says of %i what it means', (eventRecordQPS, status, notes) => {
    const verdict = findControl('kubelet-event-qps')!.judge(factsWith({ eventRecordQPS }));
    expect(verdict).toMatchObject({ status, evidence: { notes } });
  });

  it.each([
    ['v1.36.3', '0 means 5 a second in this version; from 1.37 on it means no limit'],
    ['v1.37.0', '0 means no limit, from 1.37 on'],
  ])('kubelet-event-qps says what 0 means to %s', (kubeletVersion, note) => {
    const verdict = findControl('kubelet-event-qps')!.judge(factsWith({ eventRecordQPS: 0 }), {
      node: nodeWith({ kubeletVersion }),
    });
    expect(verdict).toMatchObject({ status: 'pass', evidence: { notes: [note] } });
  });

  it('kubelet-streaming-timeout says that newer kubelets do nothing with it', () => {
    const notes = [expect.stringMatching(/newer kubelets do nothing/)];
    expect(findControl('kubelet-streaming-timeout')!.judge(factsWith({}))).toMatchObject({ evidence: { notes } });
  });

  it('that opens a port has nothing to add', () => {
    const evidence = { setting: 'readOnlyPort', value: '1', expected: '0', origin: running, via: 'configz', notes: [] };
    expect(readOnlyPort.judge(factsWith({ readOnlyPort: 1 }))).toEqual({ status: 'fail', evidence });
  });
});

describe('kubelet-client-ca-file', () => {
  const ca = 'authentication.x509.clientCAFile';
  const judge = (facts: KubeletFacts) => findControl('kubelet-client-ca-file')!.judge(facts);
  const anonymous = { 'authentication.anonymous.enabled': true };
  const open = { 'authorization.mode': 'AlwaysAllow' };
  const isOpen = 'authorization.mode is AlwaysAllow';

  it('passes when a client CA is set, with what was seen and where it came from', () => {
    const notes = ['seen from afar'];
    const value = '/etc/kubernetes/pki/ca.crt';
    const evidence = { setting: ca, value, expected: 'a path to a CA bundle', origin: running, via: 'configz', notes };
    expect(judge({ ...factsWith({}), notes })).toEqual({ status: 'pass', evidence });
    for (const value of ['', undefined])
      expect(judge(factsWith({ [ca]: value }))).toMatchObject({ status: 'fail', evidence: { value: '(not set)' } });
    const unclear = withFact(ca, { state: 'unknown', because: 'two spellings' });
    expect(inWords(judge(unclear))).toBe('unknown: two spellings');
  });

  it.each([
    ['anonymous clients are let in', anonymous, 'authentication.anonymous.enabled is true'],
    ['everything is allowed', open, isOpen],
    ['both', { ...anonymous, ...open }, `authentication.anonymous.enabled is true and ${isOpen}`],
  ])('still passes when %s, and says that the CA protects little then', (_, settings, what) => {
    const notes = [`the client CA protects little here: ${what}`];
    expect(judge(factsWith(settings))).toMatchObject({ status: 'pass', evidence: { notes } });
  });

  it('shows a hostile value bounded and printable', () => {
    const evidence = { value: expect.stringMatching(/^\/x{200,}…$/) };
    expect(judge(factsWith({ [ca]: `\u001b[2J/${'x'.repeat(4000)}` }))).toMatchObject({ evidence });
  });
});

describe('a value of files that are newer than the process', () => {
  const pendingRestart = '/k changed after the kubelet started';
  const origin = { from: 'file', file: '/k' } as const;
  const fact = (value: SettingValue | undefined): SettingFact => ({ state: 'known', value, origin, pendingRestart });

  it.each<[string, SettingPath, SettingValue | undefined, string]>([
    ['kubelet-read-only-port', 'readOnlyPort', 0, 'is 0'],
    ['kubelet-client-ca-file', 'authentication.x509.clientCAFile', '/ca', 'is /ca'],
    ['kubelet-rotate-server-certificate', gate, undefined, 'is not set'],
  ])('does not pass %s by %s', (slug, path, value, then) => {
    const { settings, ...rest } = withFact(path, fact(value));
    const serverTLSBootstrap = { state: 'known', value: true, origin: running } as const;
    const judged = findControl(slug)!.judge({ ...rest, settings: { ...settings, serverTLSBootstrap } });
    const after = `after a restart ${path} ${then} (file /k), which passes`;
    expect(inWords(judged)).toBe(`unknown: what runs is not known: ${pendingRestart}; ${after}`);
  });

  it('fails all the same, from the next restart on', () => {
    const notes = [`it fails from the next restart on: ${pendingRestart}`];
    const verdict = readOnlyPort.judge(withFact('readOnlyPort', fact(1)));
    expect(verdict).toMatchObject({ status: 'fail', evidence: { notes } });
  });
});

describe('who may touch a file', () => {
  const known = (change: Partial<Extract<FileFact, { readonly state: 'known' }>> = {}): FileFact => {
    return { state: 'known', path: '/k', mode: 0o644, owner: 'root', group: 'root', ...change };
  };
  const judge = (control: Control, fact: FileFact) =>
    control.judge({ ...factsWith({}), via: 'ssm', files: { kubeconfig: fact, config: { state: 'not-named' } } });

  it.each([
    [0o644, 'pass', '644'],
    [0o000, 'pass', '000'],
    [0o040, 'pass', '040'],
    [0o645, 'fail', '645'],
    [0o1644, 'fail', '1644'],
    [0o100_644, 'pass', '644'],
  ])('mode %i is a %s', (mode, status, value) => {
    const [setting, expected] = ['mode of the file that --kubeconfig names', '644 or stricter'];
    const evidence = { setting, value, expected, origin: { from: 'node', file: '/k' }, via: 'ssm', notes: [] };
    expect(judge(kubeconfigMode, known({ mode }))).toEqual({ status, evidence });
  });

  it.each(Object.entries({ root: 'pass', wheel: 'fail' }))('root:%s is a %s', (group, status) => {
    const setting = 'owner of the file that --kubeconfig names';
    const evidence = { setting, value: `root:${group}`, expected: 'root:root' };
    expect(judge(kubeconfigOwner, known({ owner: 'root', group }))).toMatchObject({ status, evidence });
  });

  it('is not known, or does not matter, and why', () => {
    const unknown: FileFact = { state: 'unknown', because: 'gone' };
    expect(inWords(judge(kubeconfigMode, unknown))).toBe('unknown: gone');
    const because = 'the kubelet runs without --config, so there is no such file';
    expect(judge(configMode, known())).toEqual({ status: 'not-applicable', because });
    expect(vias.map((via) => kubeconfigMode.judge({ ...factsWith({}), via }))).toEqual([
      ...Array(3).fill(unknownBecause('modes and owners are seen by SSM only')),
      unknownBecause('saved files do not keep the modes and owners that they had on the node'),
      unknownBecause('the probe sent no modes and owners of this node'),
    ]);
  });
});

describe('the name of the host', () => {
  const origin = { from: 'flag', flag: 'hostname-override' } as const;
  const judge = (of: SettingFact) => hostnameOverride.judge({ ...factsWith({}), flags: { 'hostname-override': of } });

  it.each([
    [undefined, 'pass', '(not set)', []],
    ['', 'pass', '(not set)', []],
    ['n', 'fail', 'n', ['EKS images set this flag themselves; the benchmark dropped the control after 1.2.0']],
  ])('%j is a %s', (value, status, text, notes) => {
    const rest = { expected: 'not set', origin, via: 'configz', notes };
    const evidence = { setting: '--hostname-override', value: text, ...rest };
    expect(judge({ state: 'known', value, origin })).toEqual({ status, evidence });
  });

  it('is not known, and why', () => {
    expect(inWords(judge({ state: 'unknown', because: 'ps' }))).toBe('unknown: ps');
    expect(vias.map((via) => hostnameOverride.judge({ ...factsWith({}), via }))).toEqual([
      ...Array(3).fill(unknownBecause('flags without a setting are seen by SSM only')),
      unknownBecause('the command line was not saved'),
      unknownBecause('the command line of this kubelet was not seen'),
    ]);
  });
});

it.each([
  [undefined, '(not set)'],
  ['', '(not set)'],
  [0, '0'],
  [false, 'false'],
  ['\u0007', '(nothing printable)'],
  ['x'.repeat(400), `${'x'.repeat(299)}…`],
])('shows %j as a person reads it', (value, text) => {
  expect(shown(value)).toBe(text);
});

it('keeps the proof of what was read, where there is one', () => {
  const proof = { readAt: '2026-11-24T00:00:00.000Z', sha256: 'a'.repeat(64) };
  const evidenceOf = (facts: KubeletFacts) => {
    const verdict = readOnlyPort.judge(facts);
    return 'evidence' in verdict ? verdict.evidence : undefined;
  };
  expect(evidenceOf({ ...factsWith({}), proof })?.proof).toEqual(proof);
  expect(evidenceOf(factsWith({}))).not.toHaveProperty('proof');
});

it('suspects a kubelet that refuses the API server of one failure only', () => {
  const suspected = controls.filter(({ suspectWhenRefused }) => suspectWhenRefused);
  expect(suspected.map(({ slug }) => slug)).toEqual(['kubelet-client-ca-file']);
});
