import { X509Certificate } from 'node:crypto';
import { createServer, get } from 'node:https';
import { describe, expect, it } from 'vitest';
import { CertificateAuthority, type KeyAndCertificate } from './certificates.ts';

async function handshake(served: KeyAndCertificate, ca: string): Promise<number | string> {
  const server = createServer({ key: served.keyPem, cert: served.certificatePem }, (_, response) => response.end());
  const listening = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', listening.resolve);
  await listening.promise;
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');

  const answered = Promise.withResolvers<number | string>();
  get({ host: '127.0.0.1', port: address.port, ca }, (response) => answered.resolve(response.statusCode ?? 0)).on(
    'error',
    (error: NodeJS.ErrnoException) => answered.resolve(error.code ?? error.message),
  );
  const result = await answered.promise;
  server.close();
  server.closeAllConnections();
  return result;
}

describe('a certificate of the lab', () => {
  const authority = new CertificateAuthority();
  const request = { commonName: 'kube-apiserver', addresses: ['127.0.0.1'], dnsNames: ['localhost'] };

  it('is issued by its authority, for its names', () => {
    const certificate = new X509Certificate(authority.issue(request).certificatePem);
    const issuer = new X509Certificate(authority.pem);

    expect(certificate.checkIssued(issuer)).toBe(true);
    expect(certificate.verify(issuer.publicKey)).toBe(true);
    expect(certificate.subjectAltName).toBe('IP Address:127.0.0.1, DNS:localhost');
    expect([certificate.ca, issuer.ca]).toEqual([false, true]);
  });

  it('is trusted by whoever trusts its authority, and by nobody else', async () => {
    const served = authority.issue(request);

    expect(await handshake(served, authority.pem)).toBe(200);
    expect(await handshake(served, new CertificateAuthority('another').pem)).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
  });

  it('is worthless for another address, and after its time', async () => {
    const elsewhere = authority.issue({ ...request, addresses: ['10.0.0.1'] });
    const expired = authority.issue({ ...request, notAfter: new Date(Date.now() - 1000) });

    expect(await handshake(elsewhere, authority.pem)).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
    expect(await handshake(expired, authority.pem)).toBe('CERT_HAS_EXPIRED');
  });
});
