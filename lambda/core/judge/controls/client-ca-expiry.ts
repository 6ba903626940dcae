import type { CaBundleFacts } from '../../model/node-facts.ts';
import type { JudgeOptions } from '../control.ts';
import { type BundleRuling, certificatesOf, clientCaControl, named } from './shared/client-ca-control.ts';

const day = 86_400_000;
const noticeDays = 30;

/** Go's verification holds a root to its dates as it does any other certificate. Source: Go `crypto/x509/verify.go`. */
export const clientCaExpiry = clientCaControl({
  slug: 'client-ca-expiry',
  must: `Client CA of the kubelet must stay valid for more than ${noticeDays} days`,
  failure: 'client CA expires soon',
  expected: `certificates that stay valid for more than ${noticeDays} days`,
  why: (file) =>
    `When a CA in the ${file} expires, every client that it signed is turned away from that moment on, the API server included.`,
  severity: 'MEDIUM',
  remedy:
    'Put the successor of the certificate into the file (while EKS rotates the CA: beside the old one), and take out what has expired.',
  rule: judgeDates,
});

function judgeDates(bundle: CaBundleFacts, { now }: JudgeOptions): BundleRuling {
  const found = certificatesOf(bundle);
  if ('unclear' in found) return found;
  if (now === undefined) return { unclear: 'the time of the audit is not known' };

  const ends = found.certificates
    .map((certificate) => ({ certificate, left: Date.parse(certificate.notAfter) - now.getTime() }))
    .toSorted((one, other) => one.left - other.left);
  const undated = ends.find(({ left }) => Number.isNaN(left));
  if (undated) return { unclear: `the end of ${named(undated.certificate)} is no date` };

  const ending = ends.filter(({ left }) => left <= noticeDays * day);
  const [first] = ends;
  if (ending.length === 0)
    return { holds: true, seen: first ? `the first to expire is ${endText(first)}` : 'no certificate' };

  const lasting = ends.length - ending.length;
  return {
    holds: false,
    seen: ending.map(endText).join(', '),
    notes:
      lasting === 0
        ? []
        : [`of the file’s ${ends.length} certificates ${lasting === 1 ? '1 stays' : `${lasting} stay`} valid longer`],
  };
}

interface End {
  readonly certificate: Parameters<typeof named>[0];
  /** Milliseconds until its end; negative when that is past. */
  readonly left: number;
}

/** A date and no days that are left: those would change the finding each night. */
const endText = ({ certificate, left }: End): string =>
  `${named(certificate)}, which ${left <= 0 ? 'expired' : 'expires'} on ${certificate.notAfter.slice(0, 10)}`;
