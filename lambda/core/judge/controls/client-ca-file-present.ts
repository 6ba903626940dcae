import type { CaBundleFacts } from '../../model/node-facts.ts';
import { howMany } from '../../model/text/how-many.ts';
import { type BundleRuling, certificatesOf, clientCaControl, named } from './shared/client-ca-control.ts';

/**
 * Path missing, or no certificate in it: a running kubelet keeps the last good bundle and does not start again. Source: measured on kubelet 1.34
 * (over a minute each); kubernetes `cmd/kubelet/app/server.go`.
 */
export const clientCaFilePresent = clientCaControl({
  slug: 'client-ca-file-present',
  must: 'Client CA file of the kubelet must exist and hold a certificate',
  failure: 'client CA file missing or empty',
  expected: 'a file with at least one certificate',
  why: (file) =>
    `The kubelet reads the ${file} when it starts, and does not start without a certificate in it. ` +
    'While it runs it hides the loss: it goes on with what it read before, until a restart or reboot takes the node down.',
  severity: 'MEDIUM',
  remedy: 'Put the CA bundle of the cluster back in its place before anything restarts the kubelet.',
  rule: judgeFile,
});

function judgeFile(bundle: CaBundleFacts): BundleRuling {
  if (bundle.state === 'gone') return { holds: false, seen: 'the file is gone', notes: [willNotRestart] };
  if (bundle.state === 'read' && bundle.certificates.length === 0)
    return { holds: false, seen: 'the file holds no certificate', notes: [willNotRestart] };

  const found = certificatesOf(bundle);
  if ('unclear' in found) return found;

  const { certificates } = found;
  const counted = howMany(certificates.length, 'certificate');
  return { holds: true, seen: `${counted}: ${certificates.map(named).join(', ')}` };
}

const willNotRestart =
  'the kubelet will not survive a restart: it runs on with the certificates that it read before, and does not start without them';
