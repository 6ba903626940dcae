import { isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Cluster } from '../../../../lambda/core/model/model.ts';
import { joinInventory } from '../../../../lambda/core/read/inventory/inventory.ts';
import { canonicalAddress } from '../../../../lambda/core/read/inventory/node-address.ts';

describe('canonicalAddress', () => {
  it.each([
    ['10.0.1.7', '10.0.1.7'],
    ['2001:DB8:0:0::1', '2001:db8::1'],
    ['2001:0db8::0001', '2001:db8::1'],
    ['::ffff:10.0.0.1', '::ffff:a00:1'],
  ])('spells %s as %s', (text, canonical) => expect(canonicalAddress(text)).toBe(canonical));

  const ipv4 = [
    '10.0.1',
    '10.0.1.7.',
    '10.0.1.7.8',
    '10.0.1.07',
    '10.0.1.256',
    '0x7f.0.0.1',
    '2130706433',
    '10.0.0.1:10250',
  ];
  const others = ['fe80::1%eth0', '[::1]', '::1]/x', '@[::1', 'localhost', '1:2:3'];
  it.each(['', ...ipv4, ...others])('takes %j for none', (text) => expect(canonicalAddress(text)).toBeUndefined());

  it('knows every address that Node knows, and no other', () => {
    const alike = fc.string({ unit: fc.constantFrom(...'0123456789abf:.%[]x'), maxLength: 20 });
    const texts = fc.oneof(fc.ipV4(), fc.ipV6(), alike);
    fc.assert(
      fc.property(texts, (text) => {
        expect(isIP(canonicalAddress(text) ?? '')).toBe(text.includes('%') ? 0 : isIP(text));
      }),
    );
  });
});

const cluster: Cluster = { name: 'prod', compute: { autoMode: false, fargate: false, hybrid: false } };
const listed = (name: string, internalIp: string) => ({ name, labels: {}, internalIp });

it('two nodes that claim one address are both marked, in whatever spelling, and no other is, nor are those without an address', () => {
  const shared = (...ips: readonly string[]) =>
    joinInventory(cluster, { listed: ips.map((ip, at) => listed(`n${at}`, ip)) }).map((each) => each.internalIpShared);
  expect(shared('2001:db8::1', '2001:DB8:0::1', '2001:db8::2')).toEqual([true, true, undefined]);
  expect(shared('', '')).toEqual([undefined, undefined]);
});
