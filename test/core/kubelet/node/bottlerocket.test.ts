import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bottlerocketFacts } from '../../../../lambda/core/kubelet/node/bottlerocket.ts';
import type { Told } from '../../../../lambda/core/kubelet/node/probe-answer.ts';
import { type SettingPath, settingPaths } from '../../../../lambda/core/kubelet/settings.ts';
import type { KubeletFacts } from '../../../../lambda/core/model.ts';
import { bottlerocketReport, type CheckResult, unparsed } from '../../../lab/node/bottlerocket.ts';

const read = (text: string): Told => ({ status: 'read', text });
const silent: Told = { status: 'refused', because: 'the command printed nothing within its time' };
const settingsOf = (kubernetes: object) => read(JSON.stringify({ settings: { kubernetes } }));
const clientCa = 'authentication.x509.clientCAFile';
const origin = { from: 'file', file: '/etc/kubernetes/kubelet/config' };
const known = (value: unknown) => ({ state: 'known', value, origin });
const unknown = (because: string) => ({ state: 'unknown', because: expect.stringContaining(because) });

function factsOf(report: Told, settings: Told = settingsOf({})): KubeletFacts {
  const result = bottlerocketFacts({ report, settings });
  if (!result.ok) throw new Error(result.error.because);
  return result.value.facts;
}
const withCheck = (id: string, result: CheckResult | undefined) => factsOf(read(bottlerocketReport({ [id]: result })));

describe('a good node', () => {
  it('has the values that follow from its report with certainty, and no others', () => {
    expect(factsOf(read(bottlerocketReport())).settings).toEqual({
      [clientCa]: known('/etc/kubernetes/pki/ca.crt'),
      'authentication.anonymous.enabled': known(false),
      'authentication.webhook.enabled': unknown('tells no value'),
      'authorization.mode': known('Webhook'),
      readOnlyPort: known(0),
      streamingConnectionIdleTimeout: unknown('tells no value'),
      protectKernelDefaults: unknown('tells no value'),
      makeIPTablesUtilChains: known(true),
      eventRecordQPS: unknown('tells no value'),
      rotateCertificates: unknown('SKIP of 4.2.10'),
      serverTLSBootstrap: unknown('tells no value'),
      'featureGates.RotateKubeletServerCertificate': known(true),
    });
  });

  it('has files of root that are 600 or stricter', () => {
    expect(factsOf(read(bottlerocketReport())).files).toEqual({
      kubeconfig: {
        state: 'known',
        path: '/etc/kubernetes/kubelet/kubeconfig',
        mode: 0o600,
        owner: 'root',
        group: 'root',
      },
      config: { state: 'known', path: '/etc/kubernetes/kubelet/config', mode: 0o600, owner: 'root', group: 'root' },
    });
    expect(withCheck('4.1.5', { status: 'FAIL' }).files?.kubeconfig).toEqual(
      unknown('FAIL of 4.1.5 and PASS of 4.1.6'),
    );
  });

  it('tells what is in the file of its client CA by the setting that fills it', () => {
    const settings = settingsOf({ 'cluster-certificate': Buffer.from('PEM').toString('base64') });

    expect(bottlerocketFacts({ report: read(bottlerocketReport()), settings })).toMatchObject({
      value: { clientCa: { path: '/etc/kubernetes/pki/ca.crt', pem: 'PEM' } },
    });
    expect(bottlerocketFacts({ report: read(bottlerocketReport({ '4.2.3': unparsed })), settings })).not.toHaveProperty(
      'value.clientCa',
    );
  });

  it('is read from the recorded shape too', () => {
    const recorded = readFileSync('test/fixtures/ps/bottlerocket-report-cis-k8s-CONSTRUCTED.json', 'utf8');

    expect(factsOf(read(recorded)).settings[clientCa]).toEqual(known('/etc/kubernetes/pki/ca.crt'));
  });
});

describe('what the report says and what follows', () => {
  it.each<[SettingPath, string, CheckResult | undefined, unknown]>([
    [
      clientCa,
      '4.2.3',
      unparsed,
      unknown('unable to parse kubelet config); a configuration file without a client CA looks just so'),
    ],
    [
      clientCa,
      '4.2.3',
      { status: 'FAIL', error: 'CA file not set to expected path' },
      unknown('CA file not set to expected path), and not what the value is'),
    ],
    [clientCa, '4.2.3', undefined, unknown('has no check 4.2.3')],
    ['authentication.anonymous.enabled', '4.2.1', { status: 'FAIL' }, known(true)],
    ['authorization.mode', '4.2.2', { status: 'FAIL' }, known('AlwaysAllow')],
    ['readOnlyPort', '4.2.4', { status: 'FAIL' }, unknown('not what the value is')],
    ['readOnlyPort', '4.2.4', unparsed, unknown('SKIP of 4.2.4')],
    ['makeIPTablesUtilChains', '4.2.6', { status: 'FAIL' }, known(false)],
    ['makeIPTablesUtilChains', '4.2.1', unparsed, unknown('a configuration file that it cannot parse')],
    ['rotateCertificates', '4.2.10', { status: 'PASS' }, known(true)],
    ['rotateCertificates', '4.2.10', { status: 'FAIL' }, unknown('not what the value is')],
  ])('%s by %s', (path, id, result, expected) => {
    expect(withCheck(id, result).settings[path]).toEqual(expected);
  });

  it('takes no check by its number alone, since numbers move between versions of the report', () => {
    const report = bottlerocketReport().replace('--client-ca-file argument', '--another argument');

    expect(factsOf(read(report)).settings[clientCa]).toEqual(unknown('has no check 4.2.3'));
  });
});

describe('standalone mode', () => {
  const report = read(
    bottlerocketReport({ '4.2.1': { status: 'FAIL' }, '4.2.2': { status: 'FAIL' }, '4.2.3': unparsed }),
  );
  const standalone = settingsOf({ 'standalone-mode': true });
  const lost = { value: '', origin: { from: 'node', file: 'setting kubernetes.standalone-mode' } };

  it.each([
    ['a report', report],
    ['no report', silent],
  ])('has no client CA, and lets everybody in, with %s', (_, told) => {
    expect(factsOf(told, standalone)).toMatchObject({
      settings: {
        [clientCa]: lost,
        'authentication.anonymous.enabled': { value: true },
        'authorization.mode': { value: 'AlwaysAllow' },
      },
      notes: [expect.anything(), expect.stringContaining('standalone-mode')],
    });
  });

  it('that the report contradicts leaves nothing known of what they quarrel about', () => {
    expect(factsOf(read(bottlerocketReport()), standalone).settings[clientCa]).toEqual(unknown('contradict'));
  });
});

describe('a report that cannot be used', () => {
  it.each([
    ['silence', silent, 'printed nothing'],
    ['no JSON', read('unable to connect'), 'not the JSON'],
    ['another shape', read('{"results":[]}'), 'not the JSON'],
    [
      'another word',
      read(bottlerocketReport().replace('"PASS"', '"pass"').replaceAll('"PASS"', '"GOOD"')),
      'not the JSON',
    ],
    ['one number twice', read(bottlerocketReport().replace('"id":"4.2.2"', '"id":"4.2.3"')), 'one number twice'],
    ['a deep one', read('['.repeat(60_000)), 'not the JSON'],
    ['a prototype', read('{"__proto__":{"results":{}}}'), 'not the JSON'],
  ])('%s', (_, report, because) => {
    expect(bottlerocketFacts({ report, settings: settingsOf({}) })).toEqual({
      ok: false,
      error: { via: 'ssm', kind: 'unreadable', because: expect.stringContaining(because) },
    });
  });

  it('is no reason to throw, and none to know anything, whatever it says', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), fc.oneof(fc.string(), fc.json()), (report, settings) => {
        const result = bottlerocketFacts({ report: read(report), settings: read(settings) });
        return !result.ok || settingPaths.every((path) => result.value.facts.settings[path].state === 'unknown');
      }),
    );
  });
});
