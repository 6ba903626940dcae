import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { caFingerprints } from '../../../lambda/adapters/eks/eks-region.ts';
import { CertificateAuthority } from '../../lab/kubernetes/certificates.ts';

const [one, other] = [new CertificateAuthority().pem, new CertificateAuthority().pem];
const digest = (pem: string) =>
  createHash('sha256')
    .update(Buffer.from(pem.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64'))
    .digest('hex');

describe('caFingerprints', () => {
  it('are the SHA-256 of each certificate’s DER form, each once', () => {
    expect(caFingerprints(one)).toEqual([digest(one)]);
    expect(caFingerprints(`${one}\n# the next one\r\n${other}${one}`)).toEqual([digest(one), digest(other)]);
  });

  it.each([
    ['nothing', ''],
    ['no PEM', 'root:x:0:0'],
    ['a private key', one.replaceAll('CERTIFICATE', 'PRIVATE KEY')],
    ['a certificate and a broken one', `${one}-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n`],
  ])('are none of %s', (_, pem) => {
    expect(caFingerprints(pem)).toEqual([]);
  });
});
