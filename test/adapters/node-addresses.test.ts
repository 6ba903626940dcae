import { describe, expect, it } from 'vitest';
import { allowedAddresses } from '../../lambda/adapters/node-addresses.ts';

const everywhere = allowedAddresses(['0.0.0.0/0', '::/0']);
const vpc = allowedAddresses([
  '10.0.0.0/16',
  '100.64.0.0/10',
  '2001:db8:1234:1a00::/56',
  'garbage',
  '10.1.0.0/33',
  '/8',
]);

describe('an address', () => {
  it.each(['10.0.0.1', '10.0.255.254', '100.127.0.1', '2001:db8:1234:1aff::1'])(
    '%s of the networks is allowed',
    (address) => {
      expect(vpc(address)).toEqual({ ok: true, value: address });
    },
  );

  it('is allowed in its only spelling', () => {
    expect(vpc('2001:DB8:1234:1a00:0::1')).toEqual({ ok: true, value: '2001:db8:1234:1a00::1' });
  });

  it.each(['10.1.0.1', '192.168.0.1', '8.8.8.8', '2001:db8:1234:1b00::1'])('%s outside of them is not', (address) => {
    expect(vpc(address)).toEqual({ ok: false, error: expect.stringContaining('outside') });
  });

  it.each([
    '0.0.0.0',
    '127.0.0.1',
    '127.9.9.9',
    '169.254.169.254',
    '169.254.0.1',
    '224.0.0.1',
    '239.255.255.255',
    '255.255.255.255',
    '::',
    '::1',
    'fe80::1',
    'febf::1',
    'ff02::1',
    'fd00:ec2::254',
    'fd00:ec2::253',
    '::ffff:127.0.0.1',
    '::ffff:10.0.0.1',
    '::7f00:1',
    '64:ff9b::7f00:1',
  ])('%s is never allowed, whatever the networks are', (address) => {
    expect(everywhere(address)).toEqual({ ok: false, error: expect.stringContaining('never dialled') });
  });

  it.each(['', 'localhost', '127.1', '2130706433', 'fe80::1%eth0', '10.0.0.1/8'])('%j is none', (address) => {
    expect(everywhere(address)).toEqual({ ok: false, error: expect.stringContaining('no IP address') });
  });

  it('is not allowed where no network is known', () => {
    expect(allowedAddresses([])('10.0.0.1').ok).toBe(false);
  });
});
