import { expect, it } from 'vitest';
import { quotedName, withoutAddresses } from '../../../../lambda/core/model/text/without-addresses.ts';

it.each([
  ['evil.example', 'evil[.]example'],
  ['https://evil.example/a.b?c=d', 'https[:]//evil[.]example/a[.]b?c=d'],
  ['you@evil.example', 'you[@]evil[.]example'],
  ['see (www.evil.example), or "evil。example"', 'see (www[.]evil[.]example), or "evil[.]example"'],
  ['evi\u0301l\u0301.example', 'evi\u0301l\u0301[.]example'],
  ['evil★.example', 'evil★[.]example'],
  ['/www.evil.example', '/www[.]evil[.]example'],
  ['//evil.example', '//evil[.]example'],
  ['http://203.0.113.7', 'http[:]//203[.]0[.]113[.]7'],
  ['ip-10-0-0-1.ec2.internal.evil.example', 'ip-10-0-0-1[.]ec2[.]internal[.]evil[.]example'],
  ['evil.example.ec2.internal', 'evil[.]example[.]ec2[.]internal'],
])('writes %s so that nothing makes a link of it', (text, expected) => {
  expect(withoutAddresses(text)).toBe(expected);
});

it.each([
  'ip-10-0-1-11.eu-west-1.compute.internal: it fails',
  'i-0123456789abcdef0.us-gov-west-1.compute.internal',
  'ip-10-0-1-11.ec2.internal',
  'authentication.x509.clientCAFile is (not set); from file /etc/kubernetes/kubelet/config.json, read by SSM',
  'kubelet 1.34.9-eks-1, since 2026-11-24T05:00:00.000Z.',
  "node-group/managed/workers of 'payments'",
])('leaves alone what is no address: %s', (text) => {
  expect(withoutAddresses(text)).toBe(text);
});

it('quotes a name so that it cannot end its quotes, and bounds it', () => {
  expect(quotedName(`a' "b"\u202e${'c'.repeat(20)}`, 10)).toBe("'a’ ’b’ cc…'");
});
