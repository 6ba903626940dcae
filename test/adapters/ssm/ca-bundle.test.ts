import { createHash, X509Certificate } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { caBundleFacts, certificatesOfPem } from '../../../lambda/adapters/ssm/kubelet-facts.ts';
import type { CertificatesSnapshot } from '../../../lambda/core/read/kubelet/node-files.ts';
import { CertificateAuthority } from '../../lab/kubernetes/certificates.ts';

const path = '/etc/kubernetes/pki/ca.crt';
const ca = new CertificateAuthority('kubernetes', { notAfter: new Date('2035-01-02T03:04:05Z') });
const der = new X509Certificate(ca.pem).raw;
const seen = (...certificates: readonly string[]): Extract<CertificatesSnapshot, { readonly status: 'read' }> => ({
  status: 'read',
  certificates,
  unclean: 0,
  ownedByRoot: true,
});
const unreadable = (because: string) => ({ state: 'unreadable', path, because: expect.stringContaining(because) });

describe('caBundleFacts', () => {
  it('names each certificate, its fingerprint and when it expires', () => {
    const certificate = {
      subject: 'CN=kubernetes',
      sha256: createHash('sha256').update(der).digest('hex'),
      notAfter: '2035-01-02T03:04:05.000Z',
    };

    expect(caBundleFacts(path, seen(der.toString('base64'), der.toString('base64')))).toEqual({
      state: 'read',
      path,
      certificates: [certificate, certificate],
    });
  });

  it.each<[string, CertificatesSnapshot | undefined, unknown]>([
    ['gone', { status: 'absent' }, { state: 'gone', path }],
    ['not looked for', undefined, unreadable('did not look')],
    ['refused', { status: 'refused', because: 'it is not a regular file' }, unreadable('not a regular file')],
    ['without any certificate', seen(), { state: 'read', path, certificates: [] }],
    ['no certificates at all', seen(Buffer.from('root:x:0').toString('base64')), unreadable('1 of 1')],
    ['spoiled by its second certificate', seen(der.toString('base64'), 'MIIB'), unreadable('2 of 2')],
    ['spoiled by another block', { ...seen(der.toString('base64')), unclean: 1 }, unreadable('is none')],
    ['a certificate and more', seen(Buffer.concat([der, Buffer.from('x')]).toString('base64')), unreadable('1 of 1')],
    ['PEM in base64', seen(Buffer.from(ca.pem).toString('base64')), unreadable('1 of 1')],
    ['more certificates than any cluster has', seen(...Array(9).fill('MIIB')), unreadable('more than 8')],
  ])('says of a file that it is %s', (_, snapshot, expected) => {
    expect(caBundleFacts(path, snapshot)).toEqual(expected);
  });

  it('shows no terminal sequences out of names', () => {
    const hostile = new X509Certificate(new CertificateAuthority(`\u001b[31m${'x'.repeat(400)}\u202e`).pem).raw;
    const facts = caBundleFacts(`/ca\u001b[31m`, seen(hostile.toString('base64')));

    expect(JSON.stringify(facts)).not.toMatch(/\\u001b|\u202e/);
    expect(facts).toMatchObject({ certificates: [{ subject: expect.stringMatching(/^.{1,200}$/) }] });
  });

  it('never throws, whatever calls itself a certificate', () => {
    const bits = fc.tuple(fc.nat(der.length - 1), fc.nat(255)).map(([at, value]) => {
      const changed = Buffer.from(der);
      changed[at] = value;
      return changed;
    });
    fc.assert(
      fc.property(fc.array(fc.oneof(bits, fc.uint8Array()), { maxLength: 3 }), (blocks) => {
        caBundleFacts(path, seen(...blocks.map((block) => Buffer.from(block).toString('base64'))));
      }),
    );
  });
});

describe('certificatesOfPem', () => {
  it('takes the certificates out of a text, and nothing else', () => {
    const { keyPem } = ca.issue({ commonName: 'x' });

    expect(certificatesOfPem(`hello\n${keyPem}${ca.pem}${keyPem}${ca.pem.replaceAll('\n', '\r\n')}`)).toEqual(
      seen(der.toString('base64'), der.toString('base64')),
    );
    expect(certificatesOfPem(ca.pem.replace('\n', '\npassword: x\n'))).toEqual({ ...seen(), unclean: 1 });
    expect(certificatesOfPem(ca.pem.split('-----END')[0] ?? '')).toEqual({ ...seen(), unclean: 1 });
  });
});
