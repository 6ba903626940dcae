import { createHash, X509Certificate } from 'node:crypto';
import type { ClusterNode, KubeletFacts, ReadFailure } from '../../core/model/model.ts';
import type { CaBundleFacts, CaCertificate } from '../../core/model/node-facts.ts';
import { proven } from '../../core/model/proven.ts';
import { err, ok, type Result } from '../../core/model/result.ts';
import { printable } from '../../core/model/text/words.ts';
import { effectiveConfiguration } from '../../core/read/kubelet/effective.ts';
import { bottlerocketFacts } from '../../core/read/kubelet/node/bottlerocket.ts';
import { clientCaPath, fileFacts } from '../../core/read/kubelet/node/file-facts.ts';
import {
  type IgnoredProcesses,
  type NodeSnapshots,
  type ProbeAnswer,
  parseProbeAnswer,
} from '../../core/read/kubelet/node/probe-answer.ts';
import type { CertificatesSnapshot, NodeFiles } from '../../core/read/kubelet/node-files.ts';
import { notTried, unreadable } from './document-problem.ts';

/** The facts about a node's kubelet out of the decoded answer of the probe, which is their proof and is not kept. */
export function kubeletFacts(node: ClusterNode, body: Uint8Array, readAt: Date): Result<KubeletFacts, ReadFailure> {
  const answer = parseProbeAnswer(body);
  if (!answer.ok) return err(unreadable(answer.error));

  const facts = factsOf(node, answer.value);
  const proof = { readAt: readAt.toISOString(), sha256: createHash('sha256').update(body).digest('hex') };
  return facts.ok ? ok(proven(facts.value, proof)) : facts;
}

function factsOf(node: ClusterNode, answer: ProbeAnswer): Result<KubeletFacts, ReadFailure> {
  switch (answer.outcome) {
    case 'kubelet':
      return ofFiles(
        { ...answer.files, ...(node.kubeletVersion && { kubeletVersion: node.kubeletVersion }) },
        answer.around,
      );
    case 'bottlerocket':
      return ofBottlerocket(answer);
    case 'no-kubelet':
      return err({ ...unreadable(`no kubelet runs on this machine${ignored(answer.ignored)}`), noKubelet: true });
    case 'several-kubelets':
      return err(
        unreadable(
          `several kubelets run on this machine, which of them is this node's is not known: ${answer.processes.map(({ pid, parent }) => `pid ${pid} (parent ${parent})`).join(', ')}`,
        ),
      );
    case 'not-supported':
      return err(notTried(answer.because));
  }
}

function ofFiles(files: NodeFiles, around: NodeSnapshots): Result<KubeletFacts, ReadFailure> {
  const effective = effectiveConfiguration(files, 'ssm');
  if (!effective.ok) return effective;

  const facts = {
    ...effective.value,
    files: fileFacts(files, around.permissions),
    // The times of files show each way to change them but this one (docs/decisions/kubelet-facts.md).
    assumes: ['no-former-mount' as const],
  };
  const path = clientCaPath(facts, files.workingDirectory);
  if (path === undefined) return ok(facts);

  const seen = around.certificates.get(path);
  const foreign = seen?.status === 'read' && !seen.ownedByRoot;
  return ok({
    ...facts,
    clientCa: caBundleFacts(path, seen),
    notes: [...facts.notes, ...(foreign ? [`the client CA file ${printable(path)} does not belong to root`] : [])],
  });
}

function ofBottlerocket(answer: Parameters<typeof bottlerocketFacts>[0]): Result<KubeletFacts, ReadFailure> {
  const read = bottlerocketFacts(answer);
  if (!read.ok) return read;

  const { facts, clientCa } = read.value;
  return ok({
    ...facts,
    ...(clientCa && { clientCa: caBundleFacts(clientCa.path, certificatesOfPem(clientCa.pem)) }),
  });
}

function ignored(processes: readonly IgnoredProcesses[]): string {
  if (processes.length === 0) return ': it may never have joined the cluster';
  return `; processes of that name were ignored: ${processes.map(({ where, count }) => `${count} ${where}`).join(', ')}`;
}

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
