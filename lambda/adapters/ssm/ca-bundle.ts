import { createHash, X509Certificate } from 'node:crypto';
import type { CaBundleFacts, CaCertificate } from '../../core/model/node-facts.ts';
import { err, ok, type Result } from '../../core/model/result.ts';
import { printable } from '../../core/model/text/printable.ts';
import type { CertificatesSnapshot } from '../../core/read/kubelet/node-files.ts';

const mostCertificates = 8;

/** What is behind the path of a client CA. One block that is no certificate spoils the whole bundle, as it does for the kubelet. */
export function caBundleFacts(path: string, seen: CertificatesSnapshot | undefined): CaBundleFacts {
  const shown = printable(path);
  const unreadable = (because: string): CaBundleFacts => ({ state: 'unreadable', path: shown, because });

  if (!seen) return unreadable('the probe did not look there');
  if (seen.status === 'absent') return { state: 'gone', path: shown };
  if (seen.status === 'refused') return unreadable(printable(seen.because));
  if (seen.unclean > 0) return unreadable('a block in it is called a certificate, and is none');

  const certificates = readCertificates(seen.certificates);
  return certificates.ok
    ? { state: 'read', path: shown, certificates: certificates.value }
    : unreadable(certificates.error);
}

/** The certificates of a PEM text, each as the probe would send it. */
export function certificatesOfPem(pem: string): Extract<CertificatesSnapshot, { readonly status: 'read' }> {
  const certificates: string[] = [];
  let unclean = 0;
  let block: string | undefined;

  for (const line of pem.split('\n').map((each) => each.trimEnd())) {
    if (line === '-----BEGIN CERTIFICATE-----') block = '';
    else if (line === '-----END CERTIFICATE-----' && block !== undefined) {
      certificates.push(block);
      block = undefined;
    } else if (block !== undefined && /^[A-Za-z0-9+/=]*$/.test(line)) block += line;
    else if (block !== undefined) {
      unclean += 1;
      block = undefined;
    }
  }
  return { status: 'read', certificates, unclean: unclean + (block === undefined ? 0 : 1), ownedByRoot: true };
}

function readCertificates(blocks: readonly string[]): Result<readonly CaCertificate[], string> {
  if (blocks.length > mostCertificates) return err(`it holds more than ${mostCertificates} certificates`);

  const certificates: CaCertificate[] = [];
  for (const [index, block] of blocks.entries()) {
    const certificate = readCertificate(Buffer.from(block, 'base64'));
    if (!certificate) return err(`certificate ${index + 1} of ${blocks.length} in it cannot be parsed`);
    certificates.push(certificate);
  }
  return ok(certificates);
}

function readCertificate(der: Buffer): CaCertificate | undefined {
  try {
    const certificate = new X509Certificate(der);
    // OpenSSL reads a certificate from longer bytes, and from PEM, but the fingerprint must be of the bytes on the node.
    if (!certificate.raw.equals(der)) return undefined;

    return {
      subject: printable(certificate.subject ?? '', 200) || '(no name)',
      sha256: createHash('sha256').update(der).digest('hex'),
      notAfter: certificate.validToDate.toISOString(),
    };
  } catch {
    return undefined;
  }
}
