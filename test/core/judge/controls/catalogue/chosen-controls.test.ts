import { describe, expect, it } from 'vitest';
import type { About, Control } from '../../../../../lambda/core/judge/control.ts';
import {
  chosenControls,
  controlNamed,
  controlsOf,
} from '../../../../../lambda/core/judge/controls/catalogue/find-control.ts';
import { canTell, onMachineOnly, shows } from '../../../../../lambda/core/judge/controls/catalogue/shows.ts';
import { controls } from '../../../../../lambda/core/judge/controls/index.ts';
import { describe as describeAbout, flagOf, nameOf } from '../../../../../lambda/core/judge/controls/shared/about.ts';
import type { Via } from '../../../../../lambda/core/model/model.ts';
import { UsageError } from '../../../../../lambda/core/model/operator-error.ts';

const benchmark = 'cis-eks-1.8.0';
const slugs = (those: readonly Control[]) => those.map(({ slug }) => slug);
const vias: readonly Via[] = ['direct', 'configz', 'ssm', 'tls', 'files'];

describe('the controls of an audit', () => {
  it('are those that are named, by slug or number, in that order, each once', () => {
    const named = ['3.2.4', 'kubelet-anonymous-auth', '3.2.1', 'kubelet-read-only-port'];
    const chosen = chosenControls(named, { benchmark, sources: ['tls'] });
    expect(slugs(chosen.controls)).toEqual(['kubelet-read-only-port', 'kubelet-anonymous-auth']);
    expect(chosen.leftOut).toEqual([]);
    const optedIn = chosenControls(['cluster-proxy-holders'], { benchmark, sources: [] });
    expect(slugs(optedIn.controls)).toEqual(['cluster-proxy-holders']);
  });

  it('are without names those that the sources show, and those of opt-in are in no list', () => {
    const all = controlsOf(benchmark).filter(({ slug }) => slug !== 'cluster-proxy-holders');
    const ofConnection = all.filter(({ about }) => about.kind === 'connection');
    const others = { controls: all.filter(({ about }) => about.kind !== 'connection'), leftOut: ofConnection };
    expect(chosenControls([], { benchmark, sources: 'complete' })).toEqual(others);
    expect(chosenControls([], { benchmark, sources: ['configz', 'ssm'] })).toEqual(others);
    // A later source reads what only it can show.
    const whole = { controls: all, leftOut: [] };
    expect(chosenControls([], { benchmark, sources: 'complete', every: ['configz', 'ssm', 'tls'] })).toEqual(whole);
    expect(chosenControls([], { benchmark, sources: ['configz', 'ssm'], every: ['configz', 'tls'] })).toEqual(whole);
    const byTls = chosenControls([], { benchmark, sources: ['tls'] });
    expect(slugs(byTls.controls)).toEqual(['kubelet-client-ca-file', 'kubelet-serving-certificate']);
    const byConfigz = chosenControls([], { benchmark, sources: ['configz'] });
    const ofFiles = 'kubeconfig-mode kubeconfig-owner config-mode config-owner rotate-certificates';
    const ofCa = 'client-ca-file-present client-ca-is-cluster-ca client-ca-expiry serving-certificate';
    expect(slugs(byConfigz.leftOut).join(' ').replaceAll('kubelet-', '')).toBe(`${ofFiles} ${ofCa}`);
    expect([...byConfigz.controls, ...byConfigz.leftOut].toSorted()).toHaveLength(all.length);
  });

  it('are none that nobody knows: the word, and what may have been meant', () => {
    const attempt = () => controlNamed('kubelet-anonymus-auth', benchmark);
    expect(attempt).toThrow(UsageError);
    const nearest = 'kubelet-anonymous-auth, [a-z-]+, [a-z-]+; the command controls lists all$';
    const because = `^no control 'kubelet-anonymus-auth' in cis-eks-1\\.8\\.0; the nearest: ${nearest}`;
    expect(attempt).toThrow(new RegExp(because));
    const renamed = 'it is kubelet-rotate-server-certificate in cis-eks-1.2.0; give that name or --benchmark';
    expect(() => controlNamed('3.2.11', benchmark)).toThrow(`no control '3.2.11' in cis-eks-1.8.0; ${renamed}`);
  });
});

describe('what a source shows', () => {
  const abouts: readonly About[] = [
    { kind: 'setting', setting: 'authentication.x509.clientCAFile' },
    { kind: 'setting', setting: 'readOnlyPort' },
    { kind: 'flag', flag: 'hostname-override' },
    { kind: 'file', file: 'config', property: 'mode' },
    { kind: 'content', setting: 'authentication.x509.clientCAFile' },
    { kind: 'connection', what: 'shown serving certificate' },
    { kind: 'cluster', what: 'x' },
  ];

  it.each<[Via, readonly boolean[]]>([
    ['direct', [true, true, false, false, false, true, false]],
    ['configz', [true, true, false, false, false, false, false]],
    ['ssm', [true, true, true, true, true, false, false]],
    ['tls', [true, false, false, false, false, true, false]],
    ['files', [true, true, true, false, false, false, false]],
  ])('by %s', (via, told) => {
    expect(abouts.map((about) => canTell(via, { about }))).toEqual(told);
    expect(abouts.map((about) => shows(via, { about }))).toEqual(told);
  });

  it('of what the running configuration shows alike only files and flags', () => {
    const asked = { about: { kind: 'setting', setting: 'rotateCertificates' }, runningIsAmbiguous: true } as const;
    expect(vias.filter((via) => canTell(via, asked))).toEqual(['direct', 'configz', 'ssm', 'files']);
    expect(vias.filter((via) => shows(via, asked))).toEqual(['ssm', 'files']);
    expect(onMachineOnly(asked)).toBe(true);
    expect(abouts.map((about) => onMachineOnly({ about }))).toEqual([false, false, true, true, true, false, true]);
  });
});

const gate = 'featureGates.RotateKubeletServerCertificate';
const caPath = 'authentication.x509.clientCAFile';
const owner = { kind: 'file', file: 'kubeconfig', property: 'owner' } as const;
it.each<[About, string, string]>([
  [{ kind: 'setting', setting: 'readOnlyPort' }, 'readOnlyPort', '--read-only-port'],
  [{ kind: 'setting', setting: gate }, gate, '--feature-gates=RotateKubeletServerCertificate'],
  [{ kind: 'flag', flag: 'hostname-override' }, '--hostname-override', '--hostname-override'],
  [owner, 'owner of the file that --kubeconfig names', '--kubeconfig'],
  [{ kind: 'content', setting: caPath }, `content of the file that ${caPath} names`, '--client-ca-file'],
  [{ kind: 'cluster', what: 'holders' }, 'holders', ''],
])('names what a control is about: %j', (about, name, flag) => {
  const isOfSetting = about.kind === 'setting' || about.kind === 'content';
  const both = isOfSetting ? `${name} (${flag})` : name;
  expect([nameOf(about), flagOf(about), describeAbout(about)]).toEqual([name, flag, both]);
});

it('has an order, that of the benchmark, and then our own checks', () => {
  const numbers = controls.map((control) => control.numbers[benchmark]?.number);
  const numbered = numbers.filter((each) => each !== undefined);
  const digits = new Intl.Collator('en', { numeric: true });

  expect(numbered.length).toBeGreaterThan(10);
  expect(numbered.toSorted(digits.compare)).toEqual(numbered);
  const isOwn = controls.map((control) => Object.keys(control.numbers).length === 0);
  expect(isOwn.toSorted((one, other) => Number(one) - Number(other))).toEqual(isOwn);
});
