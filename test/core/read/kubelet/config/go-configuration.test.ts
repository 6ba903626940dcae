import { describe, expect, it } from 'vitest';
import type { SettingValue } from '../../../../../lambda/core/model/settings.ts';
import {
  decoded,
  type GoConfiguration,
  legacyConfiguration,
  marshalled,
  settingOf,
  withDefaults,
} from '../../../../../lambda/core/read/kubelet/config/go-configuration.ts';
import { parseJson } from '../../../../../lambda/core/read/kubelet/documents/parse-json.ts';
import { isTreeMap } from '../../../../../lambda/core/read/kubelet/documents/tree.ts';
import { fromTree, toTree } from '../../../model/plain-json.ts';

const decode = (document: object, over?: GoConfiguration, foldsCase = false) => {
  const tree = toTree(document);
  if (!isTreeMap(tree)) throw new Error('no map');
  const found = decoded(tree, { foldsCase, ...(over !== undefined && { over }) });
  if (!found.ok) return found.error;
  return { ...Object.fromEntries(found.value.values), gates: Object.fromEntries(found.value.gates) };
};
const empty: GoConfiguration = { values: new Map(), gates: new Map(), others: new Map() };
type Values = ReadonlyMap<Parameters<GoConfiguration['values']['get']>[0], SettingValue>;
const valuesOf = (
  values: { readonly [field in Parameters<GoConfiguration['values']['get']>[0]]?: SettingValue },
): Values => new Map(Object.entries(values)) as Values;

describe('what Go decodes', () => {
  it('is each field by its path, and nothing that is not one', () => {
    expect(
      decode({
        authentication: {
          x509: { clientCAFile: '/ca', other: 1 },
          anonymous: { enabled: true },
          webhook: { enabled: false },
        },
        authorization: { mode: 'Webhook', webhook: { enabled: 7 } },
        readOnlyPort: 1,
        streamingConnectionIdleTimeout: '5m',
        clientCAFile: 7,
        enabled: 7,
        'authentication.x509': 7,
        featureGates: { A: true, B: null },
      }),
    ).toEqual({
      'authentication.x509.clientCAFile': '/ca',
      'authentication.anonymous.enabled': true,
      'authentication.webhook.enabled': false,
      'authorization.mode': 'Webhook',
      readOnlyPort: 1,
      streamingConnectionIdleTimeout: '5m0s',
      gates: { A: true, B: false },
    });
  });

  it('respects case in a main file, and folds it in a drop-in, where the very key comes first', () => {
    const document = { READONLYPORT: 1, Authentication: { X509: { clientCaFile: '/a' } } };
    expect(decode(document)).toEqual({ gates: {} });
    expect(decode(document, undefined, true)).toEqual({
      readOnlyPort: 1,
      'authentication.x509.clientCAFile': '/a',
      gates: {},
    });
  });

  it('empties with null what is a pointer, and leaves alone what is none', () => {
    const twice = (...values: readonly string[]) => {
      const members = values.map(
        (value) =>
          `"authentication":{"anonymous":{"enabled":${value}},"webhook":{"enabled":${value}}},"eventRecordQPS":${value === 'true' ? 5 : value},"makeIPTablesUtilChains":${value},"rotateCertificates":${value}`,
      );
      const parsed = parseJson(`{${members.join(',')}}`, 10_000);
      if (!parsed.ok || !isTreeMap(parsed.value.tree)) throw new Error('no map');
      const found = decoded(parsed.value.tree, { foldsCase: false });
      return found.ok && [...found.value.values.keys()];
    };
    expect(twice('true', 'null')).toEqual(['rotateCertificates']);
    expect(twice('null', 'true')).toHaveLength(5);
  });

  it('goes over what was there, in which nothing is a pointer', () => {
    const over: GoConfiguration = {
      values: valuesOf({ eventRecordQPS: 5, readOnlyPort: 6 }),
      gates: new Map([['A', true]]),
      others: new Map(),
    };
    expect(decode({ eventRecordQPS: null, readOnlyPort: null, authentication: null }, over)).toEqual({
      eventRecordQPS: 5,
      readOnlyPort: 6,
      gates: { A: true },
    });
    expect(decode({ featureGates: null, readOnlyPort: 7 }, over)).toEqual({
      eventRecordQPS: 5,
      readOnlyPort: 7,
      gates: {},
    });
    expect(decode({ featureGates: { B: false } }, over)).toMatchObject({ gates: { A: true, B: false } });
    expect(over.gates.size).toBe(1);
  });
});

describe('what a drop-in is merged into', () => {
  it('is v1beta1 without its zeros from 1.32 on', () => {
    expect(fromTree(marshalled(withDefaults(empty), 'v1beta1'))).toEqual({
      authentication: { x509: {}, anonymous: { enabled: false }, webhook: { enabled: true } },
      authorization: { mode: 'Webhook' },
      streamingConnectionIdleTimeout: '4h0m0s',
      makeIPTablesUtilChains: true,
      eventRecordQPS: 50,
    });
    const some: GoConfiguration = {
      values: valuesOf({ readOnlyPort: 1, rotateCertificates: true }),
      gates: new Map([['A', false]]),
      others: new Map(),
    };
    expect(fromTree(marshalled(some, 'v1beta1'))).toEqual({
      authentication: { x509: {}, anonymous: {}, webhook: {} },
      authorization: {},
      readOnlyPort: 1,
      rotateCertificates: true,
      featureGates: { A: false },
    });
  });

  it('is the internal struct with all of it before', () => {
    const all = {
      Authentication: { X509: { ClientCAFile: '' }, Anonymous: { Enabled: true }, Webhook: { Enabled: false } },
      Authorization: { Mode: 'AlwaysAllow' },
      ReadOnlyPort: 10_255,
      StreamingConnectionIdleTimeout: '4h0m0s',
      ProtectKernelDefaults: false,
      MakeIPTablesUtilChains: true,
      EventRecordQPS: 50,
      RotateCertificates: false,
      ServerTLSBootstrap: false,
    };
    expect(fromTree(marshalled(legacyConfiguration, 'internal'))).toEqual({ ...all, FeatureGates: null });
    const gates = new Map([['A', false]]);
    expect(fromTree(marshalled({ ...legacyConfiguration, gates }, 'internal'))).toEqual({
      ...all,
      FeatureGates: { A: false },
    });
  });
});

it('fills in the default for what is left out, and for a zero that counts as left out', () => {
  const filled = withDefaults({
    values: valuesOf({
      streamingConnectionIdleTimeout: '0s',
      'authorization.mode': '',
      eventRecordQPS: 0,
      makeIPTablesUtilChains: false,
    }),
    gates: new Map([['A', true]]),
    others: new Map(),
  });
  expect(filled.values.get('streamingConnectionIdleTimeout')).toBe('4h0m0s');
  expect(filled.values.get('authorization.mode')).toBe('Webhook');
  expect(filled.values.get('eventRecordQPS')).toBe(0);
  expect(filled.values.get('makeIPTablesUtilChains')).toBe(false);
  expect(settingOf(filled, 'authentication.x509.clientCAFile')).toBe('');
  expect(filled.gates).toEqual(new Map([['A', true]]));
});

it('finds a gate by its name', () => {
  const gates = new Map([['RotateKubeletServerCertificate', false]]);
  expect(settingOf({ values: new Map(), gates }, 'featureGates.RotateKubeletServerCertificate')).toBe(false);
  expect(settingOf(empty, 'featureGates.RotateKubeletServerCertificate')).toBeUndefined();
});
