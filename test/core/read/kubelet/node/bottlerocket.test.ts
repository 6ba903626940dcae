import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KubeletFacts } from '../../../../../lambda/core/model/model.ts';
import { type SettingPath, settingPaths } from '../../../../../lambda/core/model/settings.ts';
import { bottlerocketFacts } from '../../../../../lambda/core/read/kubelet/node/bottlerocket.ts';
import type { CommandOutput } from '../../../../../lambda/core/read/kubelet/node/probe-answer.ts';
import { bottlerocketReport, type CheckResult, unparsed } from '../../../../lab/node/bottlerocket.ts';

const read = (text: string): CommandOutput => ({ status: 'read', text });
const silent: CommandOutput = { status: 'refused', because: 'the command printed nothing within its time' };
const settingsOf = (kubernetes: object) => read(JSON.stringify({ settings: { kubernetes } }));
const clientCa = 'authentication.x509.clientCAFile';
const anonymous = 'authentication.anonymous.enabled';
const origin = { from: 'file', file: '/etc/kubernetes/kubelet/config' };
const known = (value: unknown) => ({ state: 'known', value, origin });
const unknown = (because: string) => ({ state: 'unknown', because });
const noValue = unknown("Bottlerocket's report has no value of this setting");
const says = (words: string) => unknown(`Bottlerocket's report says ${words}`);

function factsOf(report: CommandOutput, settings: CommandOutput = settingsOf({})): KubeletFacts {
  const result = bottlerocketFacts({ report, settings });
  if (!result.ok) throw new Error(result.error.because);
  return result.value.facts;
}
const withCheck = (id: string, result: CheckResult | undefined) => factsOf(read(bottlerocketReport({ [id]: result })));
const fail = { status: 'FAIL' } as const;
const notSeen = (is: string, file: string) => says(`${is}, and not mode and owner of /etc/kubernetes/kubelet/${file}`);

describe('a good node', () => {
  it('has the values that follow from its report with certainty, and no others', () => {
    expect(factsOf(read(bottlerocketReport())).settings).toEqual({
      [clientCa]: known('/etc/kubernetes/pki/ca.crt'),
      [anonymous]: known(false),
      'authentication.webhook.enabled': noValue,
      'authorization.mode': known('Webhook'),
      readOnlyPort: known(0),
      streamingConnectionIdleTimeout: noValue,
      protectKernelDefaults: noValue,
      makeIPTablesUtilChains: known(true),
      eventRecordQPS: noValue,
      rotateCertificates: says('SKIP of 4.2.10 (Manual check, see benchmark for audit details.)'),
      serverTLSBootstrap: noValue,
      'featureGates.RotateKubeletServerCertificate': known(true),
    });
  });

  it('has files of root that are 600 or stricter', () => {
    const root = { state: 'known', mode: 0o600, owner: 'root', group: 'root' };
    expect(factsOf(read(bottlerocketReport())).files).toEqual({
      kubeconfig: { ...root, path: '/etc/kubernetes/kubelet/kubeconfig' },
      config: { ...root, path: '/etc/kubernetes/kubelet/config' },
    });
    const { kubeconfig } = withCheck('4.1.5', fail).files ?? {};
    expect(kubeconfig).toEqual(notSeen('FAIL of 4.1.5 and PASS of 4.1.6', 'kubeconfig'));
  });

  it('shows what is in the file of its client CA by the setting that fills it', () => {
    const settings = settingsOf({ 'cluster-certificate': Buffer.from('PEM').toString('base64') });
    const factsWith = (text: string) => bottlerocketFacts({ report: read(text), settings });
    const clientCa = { path: '/etc/kubernetes/pki/ca.crt', pem: 'PEM' };
    expect(factsWith(bottlerocketReport())).toMatchObject({ value: { clientCa } });
    expect(factsWith(bottlerocketReport({ '4.2.3': unparsed }))).not.toHaveProperty('value.clientCa');
  });

  it('is read from the recorded shape too', () => {
    const recorded = readFileSync('test/fixtures/ps/bottlerocket-report-cis-k8s-CONSTRUCTED.json', 'utf8');
    expect(factsOf(read(recorded)).settings[clientCa]).toEqual(known('/etc/kubernetes/pki/ca.crt'));
  });
});

describe('what the report says and what follows', () => {
  const makesChains = 'makeIPTablesUtilChains';
  const gate = 'featureGates.RotateKubeletServerCertificate';
  const mostLikely = 'a configuration file without a client CA looks just so to it, so the control most likely fails';
  const noKey = 'a configuration file without this key looks just so to it';
  const skipped = (id: string) => `SKIP of ${id} (unable to parse kubelet config)`;
  const alsoUnparsed = (id: string) => says(`PASS of ${id}, as it does of a configuration file that it cannot parse`);
  it.each<[SettingPath, string, CheckResult | undefined, unknown]>([
    [clientCa, '4.2.3', unparsed, says(`${skipped('4.2.3')}; ${mostLikely}`)],
    [clientCa, '4.2.3', { ...fail, error: 'CA file' }, says('FAIL of 4.2.3 (CA file), and not what the value is')],
    [clientCa, '4.2.3', undefined, unknown("Bottlerocket's report has no check 4.2.3 of this setting")],
    [anonymous, '4.2.1', fail, known(true)],
    [anonymous, '4.2.1', unparsed, says(skipped('4.2.1'))],
    ['authorization.mode', '4.2.2', fail, known('AlwaysAllow')],
    ['readOnlyPort', '4.2.4', fail, says('FAIL of 4.2.4, and not what the value is')],
    ['readOnlyPort', '4.2.4', unparsed, says(`${skipped('4.2.4')}; ${noKey}`)],
    ['readOnlyPort', '4.2.1', unparsed, known(0)],
    [makesChains, '4.2.6', fail, known(false)],
    [makesChains, '4.2.1', unparsed, alsoUnparsed('4.2.6')],
    [makesChains, '4.2.1', undefined, known(true)],
    [gate, '4.2.1', unparsed, alsoUnparsed('4.2.11')],
    [gate, '4.2.11', fail, known(false)],
    ['rotateCertificates', '4.2.10', { status: 'PASS' }, known(true)],
    ['rotateCertificates', '4.2.10', fail, says('FAIL of 4.2.10, and not what the value is')],
  ])('%s by %s', (path, id, result, expected) => {
    expect(withCheck(id, result).settings[path]).toEqual(expected);
  });

  it.each<[SettingPath, string]>([
    [clientCa, '4.2.3'],
    [anonymous, '4.2.1'],
    ['authorization.mode', '4.2.2'],
    ['readOnlyPort', '4.2.4'],
    [makesChains, '4.2.6'],
    ['rotateCertificates', '4.2.10'],
    [gate, '4.2.11'],
  ])('takes no check of %s by its number alone, since numbers move between versions of the report', (path, id) => {
    const report = JSON.parse(bottlerocketReport());
    for (const check of Object.values<Record<string, unknown>>(report.results))
      if (check['id'] === id) check['title'] = 'Ensure that another argument is set';
    const because = `Bottlerocket's report has no check ${id} of this setting`;
    expect(factsOf(read(JSON.stringify(report))).settings[path]).toEqual(unknown(because));
  });

  const modes = { 600: 0o600, 640: 0o640, 644: 0o644, 666: undefined };

  it.each(Object.entries(modes))('takes the loosest mode that its title names: %s', (mode, found) => {
    const report = bottlerocketReport().replaceAll('set to 600 or more', `set to ${mode} or more`);
    const { config, kubeconfig } = factsOf(read(report)).files ?? {};
    const state = found === undefined ? { state: 'unknown' } : { state: 'known', mode: found };
    for (const file of [config, kubeconfig]) expect(file).toMatchObject(state);
  });

  it.each([
    ['4.1.9', { status: 'FAIL' }, 'FAIL of 4.1.9 and PASS of 4.1.10'],
    ['4.1.10', { status: 'SKIP' }, 'PASS of 4.1.9 and SKIP of 4.1.10'],
    ['4.1.9', undefined, 'nothing of 4.1.9 and PASS of 4.1.10'],
    ['4.1.10', undefined, 'PASS of 4.1.9 and nothing of 4.1.10'],
  ] as const)('does not know mode and owner by %s alone: %j', (id, result, said) => {
    expect(withCheck(id, result).files?.config).toEqual(notSeen(said, 'config'));
  });

  it('bounds what it repeats', () => {
    const { settings } = withCheck('4.2.3', { ...fail, error: 'x'.repeat(200) });
    expect(settings[clientCa]).toEqual(says(`FAIL of 4.2.3 (${'x'.repeat(119)}…), and not what the value is`));
  });

  const note =
    "from Bottlerocket's own CIS report, which looks at the configuration file: its shell sees neither the kubelet's process nor its files";
  it('says where it comes from', () => {
    const facts = factsOf(read(bottlerocketReport()));
    expect([facts.via, facts.notes]).toEqual(['ssm', [note]]);
    expect(factsOf(read(bottlerocketReport()), settingsOf({ 'standalone-mode': true })).notes).toEqual([
      note,
      'settings.kubernetes.standalone-mode is on: this kubelet serves no cluster and has no client CA',
    ]);
    expect(factsOf(read(bottlerocketReport()), settingsOf({ 'standalone-mode': false })).notes).toEqual([note]);
  });
});

describe('standalone mode', () => {
  const report = read(bottlerocketReport({ '4.2.1': fail, '4.2.2': fail, '4.2.3': unparsed }));
  const standalone = settingsOf({ 'standalone-mode': true });

  it.each(Object.entries({ 'a report': report, 'no report': silent }))(
    'has no client CA, and lets everybody in, with %s',
    (_, given) => {
      expect(factsOf(given, standalone)).toMatchObject({
        settings: {
          [clientCa]: { value: '', origin: { from: 'node', file: 'setting kubernetes.standalone-mode' } },
          [anonymous]: { value: true },
          'authorization.mode': { value: 'AlwaysAllow' },
        },
        notes: [expect.anything(), expect.stringContaining('standalone-mode')],
      });
    },
  );

  it('that the report contradicts leaves the client CA unknown', () => {
    const because = "Bottlerocket's report (4.2.3) and its setting standalone-mode contradict each other";
    expect(factsOf(read(bottlerocketReport()), standalone).settings[clientCa]).toEqual(unknown(because));
  });
});

describe('a report that cannot be used', () => {
  const notJson = 'it is not the JSON that Bottlerocket writes';
  const results = (check: object, name = 'x') =>
    read(JSON.stringify({ results: { [name]: { id: '4.2.3', title: '', status: 'PASS', ...check } } }));
  const numberTwice = read(bottlerocketReport().replace('"id":"4.2.2"', '"id":"4.2.3"'));
  it.each([
    ['silence', silent, 'the command printed nothing within its time'],
    ['no JSON', read('unable to connect'), notJson],
    ['another shape', read('{"results":[]}'), notJson],
    ['no results', read('{}'), notJson],
    ['another word', results({ status: 'GOOD' }), notJson],
    ['a long id', results({ id: 'x'.repeat(21) }), notJson],
    ['a long title', results({ title: 'x'.repeat(501) }), notJson],
    ['a long error', results({ error: 'x'.repeat(1001) }), notJson],
    ['a long name', results({}, 'x'.repeat(61)), notJson],
    ['one number twice', numberTwice, 'it holds one number twice'],
    ['a deep one', read('['.repeat(60_000)), notJson],
    ['a prototype', read('{"__proto__":{"results":{}}}'), notJson],
  ])('%s', (_, report, because) => {
    const why = `Bottlerocket's report (apiclient report cis-k8s) cannot be used: ${because}`;
    const error = { via: 'ssm', kind: 'unreadable', because: why };
    expect(bottlerocketFacts({ report, settings: settingsOf({}) })).toEqual({ ok: false, error });
  });

  it('is none up to the bounds of its parts', () => {
    const [id, title, error] = ['x'.repeat(20), 'x'.repeat(500), 'x'.repeat(1000)];
    for (const report of [results({ id, title, error, status: 'SKIP' }), results({ status: 'FAIL' }, 'x'.repeat(60))])
      expect(bottlerocketFacts({ report, settings: silent }).ok).toBe(true);
  });

  it('is one where the settings cannot be read either, so that standalone mode is not known', () => {
    const noText = settingsOf({ 'standalone-mode': 'yes' });
    for (const settings of [silent, read('{"settings":7}'), noText])
      expect(bottlerocketFacts({ report: silent, settings }).ok).toBe(false);
    for (const settings of [read('{}'), read('{"settings":{}}'), silent])
      expect(bottlerocketFacts({ report: read(bottlerocketReport()), settings })).not.toHaveProperty('value.clientCa');
  });

  it('is no reason to throw, and none to know anything, whatever it says', () => {
    const text = fc.oneof(fc.string(), fc.json());
    fc.assert(
      fc.property(text, text, (report, settings) => {
        const result = bottlerocketFacts({ report: read(report), settings: read(settings) });
        return !result.ok || settingPaths.every((path) => result.value.facts.settings[path].state === 'unknown');
      }),
    );
  });
});
