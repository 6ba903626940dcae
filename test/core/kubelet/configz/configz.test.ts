import { describe, expect, it } from 'vitest';
import { clientCaFile } from '../../../../lambda/core/controls/client-ca-file.ts';
import { readConfigz } from '../../../../lambda/core/kubelet/configz/configz.ts';
import { type SettingPath, settingPaths, settings } from '../../../../lambda/core/kubelet/settings.ts';
import { recordedText } from '../recorded.ts';

/** A compliant answer, as small as it can be. */
const compliant = {
  authentication: {
    x509: { clientCAFile: '/etc/kubernetes/pki/ca.crt' },
    webhook: { enabled: true },
    anonymous: { enabled: false },
  },
  authorization: { mode: 'Webhook' },
  eventRecordQPS: 50,
  streamingConnectionIdleTimeout: '4h0m0s',
  makeIPTablesUtilChains: true,
};

const read = (kubeletconfig: unknown) => readConfigz(JSON.stringify({ kubeletconfig }));
const fact = (body: string, path: SettingPath = 'authentication.x509.clientCAFile') => {
  const facts = readConfigz(body);
  return facts.ok ? facts.value.settings[path] : facts.error;
};

describe('configz', () => {
  it('reads every setting of a compliant kubelet as running', () => {
    const facts = read(compliant);
    expect(facts.ok && settingPaths.filter((path) => facts.value.settings[path].state !== 'known')).toEqual([]);
    expect(facts.ok && facts.value.settings['authorization.mode']).toEqual({
      state: 'known',
      value: 'Webhook',
      origin: { from: 'running' },
    });
  });

  it('reads the answer of a kubelet 1.36, which names its kind', () => {
    expect(fact(recordedText('ps/configz-eks-al2023-1.36plus-DERIVED.json'))).toMatchObject({
      state: 'known',
      value: '/etc/kubernetes/pki/ca.crt',
    });
  });

  it('takes x509:{} as a client CA that is not configured', () => {
    const facts = read({ ...compliant, authentication: { ...compliant.authentication, x509: {} } });
    expect(facts.ok && clientCaFile.judge(facts.value).status).toBe('fail');
  });

  it.each(settingPaths.filter((path) => settings[path].absentInConfigz !== 'never' && !path.includes('.')))(
    'takes an absent %s as zero',
    (path) => {
      const facts = read(compliant);
      expect(facts.ok && facts.value.settings[path]).toMatchObject({
        state: 'known',
        value: settings[path].absentInConfigz,
      });
    },
  );

  it.each([
    'makeIPTablesUtilChains',
    'eventRecordQPS',
    'streamingConnectionIdleTimeout',
    'authorization.mode',
  ] as const)('does not know a %s that is never left out', (path) => {
    const { [path.split('.')[0] as 'eventRecordQPS']: _, ...rest } = compliant;
    const facts = read(rest);
    expect(facts.ok && facts.value.settings[path].state).toBe('unknown');
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
    expect(fact('{"kubeletconfig":{"authentication":{"x509":{"clientCAFile":"/a","clientCAFile":""}}}}')).toMatchObject(
      { state: 'unknown', because: expect.stringContaining('twice') },
    );
    expect(
      fact(
        '{"kubeletconfig":{"authentication":{"x509":{"clientCAFile":"/a"}}},"kubeletconfig":{"authentication":{"x509":{"clientCAFile":"/b"}}}}',
      ),
    ).toMatchObject({ state: 'unknown' });
  });

  it('does not know a client CA when the group around it is missing, for that group is always there', () => {
    expect(fact('{"kubeletconfig":{"authentication":{}}}')).toMatchObject({ state: 'unknown' });
  });

  it('takes a gate that nobody names for one, also where AllBeta is named: with it off no kubelet that needs the gate runs', () => {
    const facts = read({ ...compliant, featureGates: { AllBeta: false } });
    expect(facts.ok && facts.value.settings['featureGates.RotateKubeletServerCertificate']).toMatchObject({
      state: 'known',
      value: undefined,
    });
  });

  it('keeps nothing but the allow-listed settings', () => {
    const facts = read({ ...compliant, staticPodURLHeader: { Authorization: ['Bearer hunter2'] } });
    expect(facts.ok).toBe(true);
    expect(JSON.stringify(facts)).not.toContain('hunter2');
  });

  it.each([
    ['no JSON', 'Unauthorized'],
    ['nothing', ''],
    ['JSON cut in the middle', '{"kubeletconfig":{"authentication":{"x509":{"clientCAFile":"/etc'],
    ['another object', '{"kind":"Status"}'],
    ['a list', '[]'],
    ['an empty configuration', '{"kubeletconfig":{}}'],
    ['null', '{"kubeletconfig":null}'],
    ['the key as a prototype', '{"__proto__":{"kubeletconfig":{"authentication":{"x509":{"clientCAFile":"/a"}}}}}'],
    ['more than 1 MB', JSON.stringify({ kubeletconfig: compliant, padding: 'x'.repeat(1024 * 1024) })],
    ['10,000 levels', `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`],
    ['500,000 brackets', '['.repeat(500_000)],
  ])('takes %s as unreadable', (_, body) => {
    expect(fact(body)).toMatchObject({ via: 'configz', kind: 'unreadable' });
  });

  it('never quotes the text of an answer that it cannot read', () => {
    expect(JSON.stringify(readConfigz('{"staticPodURLHeader":{"Authorization":"Bearer hunter2"'))).not.toContain(
      'hunter2',
    );
  });

  it('leaves the prototype of all objects alone', () => {
    readConfigz(
      '{"kubeletconfig":{"authentication":{},"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}}',
    );
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});

it("says that a saved answer is the API server's own error, with its words", () => {
  const status = { kind: 'Status', status: 'Failure', message: 'nodes "n" is forbidden\u001b[31m', code: 403 };
  for (const body of [JSON.stringify(status), JSON.stringify(status, undefined, 2)]) {
    expect(readConfigz(body)).toMatchObject({
      ok: false,
      error: {
        because: 'this is no configuration but an error of the API server, a Status (403): nodes "n" is forbidden',
      },
    });
  }
});

it('still reads the configuration beside a kind of another name', () => {
  const facts = readConfigz(JSON.stringify({ kind: 'Status', kubeletconfig: compliant }));
  expect(facts.ok && clientCaFile.judge(facts.value).status).toBe('pass');
});
