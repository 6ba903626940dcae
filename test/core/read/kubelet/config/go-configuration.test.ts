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
import { isTreeMap, type Tree } from '../../../../../lambda/core/read/kubelet/documents/tree.ts';
import { fromTree, toTree } from '../../../model/plain-json.ts';

const decode = (document: object, over?: GoConfiguration) => {
  const tree = toTree(document);
  if (!isTreeMap(tree)) throw new Error('no map');
  const found = decoded(tree, { foldsCase: false, ...(over !== undefined && { over }) });
  if (!found.ok) return found.error;
  return { ...Object.fromEntries(found.value.values), gates: Object.fromEntries(found.value.gates) };
};
const empty: GoConfiguration = { values: new Map(), gates: new Map(), others: new Map() };
type Field = Parameters<GoConfiguration['values']['get']>[0];
const of = (values: { readonly [field in Field]?: SettingValue }, gates: Record<string, boolean> = {}) => ({
  ...empty,
  values: new Map(Object.entries(values)) as ReadonlyMap<Field, SettingValue>,
  gates: new Map(Object.entries(gates)),
});

describe('what Go decodes', () => {
  it('is each field by its path, and nothing that is not one', () => {
    const x509 = { clientCAFile: '/ca', other: 1 };
    expect(
      decode({
        authentication: { x509, anonymous: { enabled: true }, webhook: { enabled: false } },
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

  it('goes over what was there, in which nothing is a pointer', () => {
    const over = of({ eventRecordQPS: 5, readOnlyPort: 6 }, { A: true });
    const nulls = { eventRecordQPS: null, readOnlyPort: null, authentication: null };
    expect(decode(nulls, over)).toEqual({ eventRecordQPS: 5, readOnlyPort: 6, gates: { A: true } });
    const seven = decode({ featureGates: null, readOnlyPort: 7 }, over);
    expect(seven).toEqual({ eventRecordQPS: 5, readOnlyPort: 7, gates: {} });
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
    const some = of({ readOnlyPort: 1, rotateCertificates: true }, { A: false });
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
    const gated = { ...legacyConfiguration, gates: new Map([['A', false]]) };
    expect(fromTree(marshalled(gated, 'internal'))).toEqual({ ...all, FeatureGates: { A: false } });
  });

  it('has the other fields too, each in its group', () => {
    const others = new Map<string, Tree>([
      ['maxPods', 7],
      ['authorization.webhook', new Map()],
      ['logging.format', 'json'],
    ]);
    const as = (form: 'v1beta1' | 'internal') => fromTree(marshalled({ ...of({}), others }, form));
    expect(as('v1beta1')).toMatchObject({ maxPods: 7, authorization: { webhook: {} }, logging: { format: 'json' } });
    expect(as('internal')).toMatchObject({ MaxPods: 7, Authorization: { Webhook: {} }, Logging: { Format: 'json' } });
  });
});

it('finds a gate by its name', () => {
  const gate = 'featureGates.RotateKubeletServerCertificate';
  expect(settingOf(of({}, { RotateKubeletServerCertificate: false }), gate)).toBe(false);
  expect(settingOf(empty, gate)).toBeUndefined();
});
