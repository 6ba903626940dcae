import { describe, expect, it } from 'vitest';
import { clientCaFile } from '../../../../../lambda/core/judge/controls/client-ca-file.ts';
import { type SettingPath, settingPaths, settings } from '../../../../../lambda/core/model/settings.ts';
import { readConfigz } from '../../../../../lambda/core/read/kubelet/configz/configz.ts';
import { recordedText } from '../recorded.ts';

/** A compliant answer, as small as it can be. */
const compliant = {
  authentication: { x509: { clientCAFile: '/ca.crt' }, webhook: { enabled: true }, anonymous: { enabled: false } },
  authorization: { mode: 'Webhook' },
  eventRecordQPS: 50,
  streamingConnectionIdleTimeout: '4h0m0s',
  makeIPTablesUtilChains: true,
};
const known = (value: unknown) => ({ state: 'known', value, origin: { from: 'running' } });
const ofApi = 'this is no configuration but an error of the API server, a Status';

const read = (kubeletconfig: unknown) => readConfigz(JSON.stringify({ kubeletconfig }));
const settingIn = (kubeletconfig: unknown, path: SettingPath) => fact(JSON.stringify({ kubeletconfig }), path);
const fact = (body: string, path: SettingPath = 'authentication.x509.clientCAFile') => {
  const facts = readConfigz(body);
  return facts.ok ? facts.value.settings[path] : facts.error;
};

describe('configz', () => {
  it('reads every setting of a compliant kubelet as running', () => {
    const facts = read(compliant);
    expect(facts.ok && settingPaths.filter((path) => facts.value.settings[path].state !== 'known')).toEqual([]);
    expect(facts.ok && facts.value.settings['authorization.mode']).toEqual(known('Webhook'));
  });

  it('reads the answer of a kubelet 1.36, which names its kind', () => {
    const body = recordedText('ps/configz-eks-al2023-1.36plus-DERIVED.json');
    expect(fact(body)).toMatchObject({ state: 'known', value: '/etc/kubernetes/pki/ca.crt' });
  });

  it('takes x509:{} as a client CA that is not configured', () => {
    const facts = read({ ...compliant, authentication: { ...compliant.authentication, x509: {} } });
    expect(facts.ok && clientCaFile.judge(facts.value).status).toBe('fail');
  });

  it.each(settingPaths.filter((path) => settings[path].absentInConfigz !== 'never' && !path.includes('.')))(
    'takes an absent %s as zero',
    (path) => expect(settingIn(compliant, path)).toMatchObject({ value: settings[path].absentInConfigz }),
  );

  const leftOut = (what: string) => `configz has no ${what}, which a kubelet never leaves out`;
  const always = ['makeIPTablesUtilChains', 'eventRecordQPS', 'streamingConnectionIdleTimeout'] as const;
  it.each([...always, 'authorization.mode'] as const)('does not know a %s that is never left out', (path) => {
    const [group = ''] = path.split('.');
    const { [group as 'eventRecordQPS']: _, ...rest } = compliant;
    const because = leftOut(path === group ? path : `group ${group}`);
    expect(settingIn(rest, path)).toEqual({ state: 'unknown', because });
  });

  const gate = 'featureGates.RotateKubeletServerCertificate';
  it.each([
    ['authentication.anonymous.enabled', leftOut('authentication.anonymous.enabled')],
    ['authentication.webhook.enabled', leftOut('group webhook')],
    ['authorization.mode', 'in configz authorization.mode is no text, or longer than any path'],
    ['readOnlyPort', 'in configz readOnlyPort is not a plain whole number'],
    [gate, `in configz ${gate} is not true or false`],
  ] as const)('says why it does not know %s, and knows the rest', (path, because) => {
    const featureGates = { RotateKubeletServerCertificate: 'x' };
    const odd = { authorization: { mode: 7 }, readOnlyPort: '0', featureGates };
    const config = { ...compliant, authentication: { x509: {}, anonymous: {} }, ...odd };
    expect(settingIn(config, path)).toEqual({ state: 'unknown', because });
    expect(settingIn(config, 'eventRecordQPS')).toEqual(known(50));
  });

  it('reads a compact answer and one with blanks alike, also what their groups hold by the way', () => {
    const featureGates = { A: true, RotateKubeletServerCertificate: false };
    const answer = { kubeletconfig: { ...compliant, featureGates } };
    const facts = readConfigz(JSON.stringify(answer));
    expect(facts).toEqual(readConfigz(JSON.stringify(answer, undefined, 1)));
    expect(facts).toMatchObject({ value: { via: 'configz', notes: [], settings: { [gate]: { value: false } } } });
  });

  it.each([
    ['a number', 7],
    ['null', null],
    ['a list', ['/etc/ca.crt']],
    ['true', true],
    ['a text longer than any path', 'x'.repeat(5000)],
  ])('does not know a client CA that is %s, and never passes it', (_, clientCAFile) => {
    const facts = read({ ...compliant, authentication: { ...compliant.authentication, x509: { clientCAFile } } });
    expect(facts.ok && clientCaFile.judge(facts.value).status).toBe('unknown');
    expect(facts.ok && facts.value.settings['authorization.mode'].state).toBe('known');
  });

  it('does not know a setting whose key is there twice', () => {
    const x509 = (members: string) => `"authentication":{"x509":{${members}}}`;
    const because = 'configz holds a key of authentication.x509.clientCAFile twice (line 1, column';
    const twice = (column: number) => ({ state: 'unknown', because: `${because} ${column})` });
    const leaf = `{"kubeletconfig":{${x509('"clientCAFile":"/a","clientCAFile":""')}},"kind":1,"kind":2}`;
    expect(fact(leaf)).toEqual(twice(65));
    expect(fact(leaf, 'readOnlyPort')).toEqual(known(0));
    const config = `"kubeletconfig":{${x509('"clientCAFile":"/a"')}}`;
    expect(fact(`{${config.slice(0, -1)},"authentication":{}}}`)).toEqual(twice(67));
    expect(fact(`{${config},${config}}`)).toMatchObject({ state: 'unknown' });
  });

  it('takes a gate that nobody names for one, also where AllBeta is off, with which no such kubelet runs', () => {
    const config = { ...compliant, featureGates: { AllBeta: false } };
    expect(settingIn(config, gate)).toMatchObject({ state: 'known', value: undefined });
  });

  it('keeps nothing but the allow-listed settings', () => {
    const facts = read({ ...compliant, staticPodURLHeader: { Authorization: ['Bearer hunter2'] } });
    expect(facts.ok).toBe(true);
    expect(JSON.stringify(facts)).not.toContain('hunter2');
  });

  const without = 'the kubelet answered configz without its configuration (kubeletconfig is missing)';
  const noAuthentication =
    'the kubelet answered configz without its authentication settings, which a kubelet never leaves out';
  const notJson = (because: string) => `the kubelet's configz is not readable JSON: ${because}`;
  it.each([
    ['no JSON', 'Not Found', notJson('line 1, column 1: a value is expected')],
    ['nothing', '', notJson('line 1, column 1: a value is expected')],
    ['JSON cut in the middle', '{"kubeletconfig":{"a":"/etc', notJson('line 1, column 23: not a valid string')],
    ['an error of the API server', '{"kind":"Status"}', ofApi],
    ['another kind', '{"kind":"Pod"}', without],
    ['a list', '[]', without],
    ['an empty configuration', '{"kubeletconfig":{}}', noAuthentication],
    ['a word for its authentication', '{"kubeletconfig":{"authentication":"x"}}', noAuthentication],
    ['null', '{"kubeletconfig":null}', without],
    ['the key as a prototype', '{"__proto__":{"kubeletconfig":{"authentication":{}}}}', without],
    ['more than 256 KB', JSON.stringify({ padding: 'x'.repeat(256 * 1024) }), notJson('longer than 262144 characters')],
    ['250,000 brackets', '['.repeat(250_000), notJson('line 1, column 1002: nested deeper than 1000 levels')],
  ])('takes %s as unreadable', (_, body, because) => {
    expect(fact(body)).toEqual({ via: 'configz', kind: 'unreadable', because });
  });

  it('never quotes the text of an answer that it cannot read', () => {
    const body = '{"staticPodURLHeader":{"Authorization":"Bearer hunter2"';
    expect(JSON.stringify(readConfigz(body))).not.toContain('hunter2');
  });

  it('leaves the prototype of all objects alone', () => {
    const polluting = '"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}';
    readConfigz(`{"kubeletconfig":{"authentication":{},${polluting}}}`);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});

it('still reads the configuration beside a kind of another name', () => {
  const facts = readConfigz(JSON.stringify({ kind: 'Status', kubeletconfig: compliant }));
  expect(facts.ok && clientCaFile.judge(facts.value).status).toBe('pass');
});

it.each([
  [{ code: 403, message: 'nodes "n" is forbidden\u001b[31m' }, ' (403): nodes "n" is forbidden'],
  [{ code: 403.5 }, ''],
  [{ code: '403', message: 7 }, ''],
  [{ message: 'no' }, ': no'],
  [{ code: 500 }, ' (500)'],
])("says that a saved answer is the API server's own error, with its words: %j", (more, said) => {
  const error = { because: `${ofApi}${said}` };
  for (const indent of [0, 2])
    expect(readConfigz(JSON.stringify({ kind: 'Status', ...more }, undefined, indent))).toMatchObject({ error });
});

const request = 'verb=get, resource=nodes';
it.each([
  [`Forbidden (user=system:anonymous, ${request}, subresource=proxy)`, /anonymous \(403\): anonymous requests are on/],
  [`Forbidden (user=kube-apiserver, ${request}, subresource(s)=[configz proxy])\n`, /kube-apiserver may not read it/],
  ['Unauthorized\n', /401 Unauthorized/],
])('says of %j what it is, and not that it is no JSON', (body, because) => {
  const error = { via: 'configz', kind: 'unreadable', because: expect.stringMatching(because) };
  expect(readConfigz(body)).toEqual({ ok: false, error });
});
