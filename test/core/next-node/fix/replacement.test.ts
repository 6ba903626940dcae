import { expect, it } from 'vitest';
import type { NodeKind } from '../../../../lambda/core/model/model.ts';
import type { SettingPath } from '../../../../lambda/core/model/settings.ts';
import { replacement } from '../../../../lambda/core/next-node/fix/replacement.ts';

const [ca, gate] = ['authentication.x509.clientCAFile', 'featureGates.RotateKubeletServerCertificate'] as const;
const pki = '/etc/kubernetes/pki/ca.crt';
type Written = readonly [old: string, entry?: string, depth?: number];

it.each<[SettingPath, Written, string | undefined, NodeKind?]>([
  ['readOnlyPort', ['10255'], '0'],
  ['readOnlyPort', ['[1]'], undefined],
  ['readOnlyPort', ['|-'], undefined],
  ['authorization.mode', ['AlwaysAllow', 'mode: '], 'Webhook'],
  ['authorization.mode', ["'AlwaysAllow'", '"mode": '], "'Webhook'"],
  ['authorization.mode', ['AlwaysAllow', '"mode": '], '"Webhook"'],
  ['authorization.mode', ['"AlwaysAllow"', 'mode: '], '"Webhook"'],
  [ca, ['null', 'x509: ', 2], `{clientCAFile: ${pki}}`],
  [ca, ['~', '"x509": ', 2], `{"clientCAFile": "${pki}"}`],
  [ca, ['', 'authentication: ', 1], `{x509: {clientCAFile: ${pki}}}`],
  [ca, ['{}', 'x509: ', 2], undefined],
  [ca, ['/other', '', 3], 'C:\\ProgramData\\Amazon\\EKS\\cluster_ca.crt', 'windows'],
])('of %s, written %j, is %s', (setting, [old, entry = '', depth], wanted, kind = 'al2023') => {
  const place = { piece: 0, line: 1, keys: setting.split('.').slice(0, depth) };
  expect(replacement({ setting, kind, place, old, entry })).toBe(wanted);
});

it.each<[SettingPath, string, string | undefined]>([
  ['readOnlyPort', '10255', '0'],
  [gate, 'A=false,RotateKubeletServerCertificate=false,B=true', 'A=false,RotateKubeletServerCertificate=true,B=true'],
  [gate, '"RotateKubeletServerCertificate=false"', '"RotateKubeletServerCertificate=true"'],
  [gate, 'NotRotateKubeletServerCertificate=false', undefined],
])('of the flag of %s, written %s, is %s', (setting, old, wanted) => {
  const place = { piece: 0, line: 1, flag: 'x' };
  expect(replacement({ setting, kind: 'al2', place, old, entry: '' })).toBe(wanted);
});

it.each(
  Object.entries({ 'standalone-mode': 'false', 'server-tls-bootstrap': 'true', 'event-qps': '50', x: undefined }),
)('of the setting %s of Bottlerocket is %s', (key, wanted) => {
  const place = { piece: 0, line: 1, keys: ['settings', 'kubernetes', key] };
  expect(replacement({ setting: 'readOnlyPort', kind: 'bottlerocket', place, old: '1', entry: '' })).toBe(wanted);
});
