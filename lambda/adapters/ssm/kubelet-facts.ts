import { createHash } from 'node:crypto';
import type { ClusterNode, KubeletFacts, ReadFailure } from '../../core/model/model.ts';
import { proven } from '../../core/model/proven.ts';
import { err, ok, type Result } from '../../core/model/result.ts';
import { printable } from '../../core/model/text/printable.ts';
import { effectiveConfiguration } from '../../core/read/kubelet/effective.ts';
import { bottlerocketFacts } from '../../core/read/kubelet/node/bottlerocket.ts';
import { clientCaPath, fileFacts } from '../../core/read/kubelet/node/file-facts.ts';
import {
  type IgnoredProcesses,
  type NodeSnapshots,
  type ProbeAnswer,
  parseProbeAnswer,
} from '../../core/read/kubelet/node/probe-answer.ts';
import type { NodeFiles } from '../../core/read/kubelet/node-files.ts';
import { caBundleFacts, certificatesOfPem } from './ca-bundle.ts';
import { notTried, unreadable } from './failures.ts';

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
    notes: [...effective.value.notes, noFormerMount],
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

/** The times of files show each way to change them but this one (decision 018). */
const noFormerMount =
  'assumes that no mount that is gone now covered the files when the kubelet started; its running configuration would show it';

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
