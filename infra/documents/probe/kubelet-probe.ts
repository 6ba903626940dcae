import { kubeletValueFlags } from '../../../lambda/contract/kubelet-facts.ts';
import { probeAnswerMarker } from '../../../lambda/contract/names.ts';
import { scriptPart } from '../script-part.ts';

/**
 * The POSIX shell that reads a node's kubelet, `script/probe.sh` and what it includes. It reads its arguments from /proc, its configuration file and
 * drop-ins, the certificates of its client CA, and mode and owner of two files. Of its start log it sends four facts. On Bottlerocket, whose shell
 * sees no kubelet, it asks the API of the node instead. It changes nothing on the node, runs nothing that the node names, and takes no parameter.
 *
 * Its answer on stdout is three lines: the marker with the encoding, the body in base64, and `end LENGTH SHA256` of that base64. So an answer that
 * was cut or changed on its way is never taken for a whole one. The body is a list of frames,
 * `NAME WORD LENGTH…` and then so many bytes; `lambda/core/read/kubelet/node/probe-answer.ts` reads it. Exit code 3: not even that could be said.
 *
 * @param root where the node's file system begins: empty on a node; the lab changes this one line and nothing else
 */
export const kubeletProbeScript = ({ root }: { readonly root: string }): string =>
  scriptPart(new URL('script/probe.sh', import.meta.url))
    // A StackSet takes templates of 51,200 bytes, and the comments are a tenth of that.
    .replaceAll(/^ *# (?!@MARKER@).*\n/gm, '')
    .replaceAll('@MARKER@', probeAnswerMarker)
    .replaceAll('@VALUE_FLAGS@', kubeletValueFlags.join(' '))
    .replaceAll('@ROOT@', () => root);

/** The content of the SSM Command document (schema 2.2) that carries the probe: one step for Linux, no parameters. */
export const kubeletProbeDocument = () => ({
  schemaVersion: '2.2',
  description:
    'eks-kubelet-audit: reads the kubelet configuration of an EKS node. Changes nothing, takes no parameters.',
  mainSteps: [
    {
      action: 'aws:runShellScript',
      name: 'readKubelet',
      precondition: { StringEquals: ['platformType', 'Linux'] },
      inputs: { timeoutSeconds: '30', runCommand: kubeletProbeScript({ root: '' }).trimEnd().split('\n') },
    },
  ],
});
