import { execFileSync } from 'node:child_process';
import { kubeletProbeScript } from '../../infra/documents/probe/kubelet-probe.ts';
import { NodeRoot, recordedNode } from '../lab/node/node-root.ts';

/** What the probe says of a recorded node with this CA, run once: thousands of shells would be all that is measured. */
export function probeOutput(recording: string, caPem: string): string {
  const { files, processes } = recordedNode(recording);
  const root = new NodeRoot({
    processes,
    files: {
      '/var/lib/kubelet/kubeconfig': 'apiVersion: v1\nkind: Config\n',
      ...files,
      '/etc/kubernetes/pki/ca.crt': caPem,
    },
  });
  try {
    return execFileSync('/bin/sh', ['-c', kubeletProbeScript({ root: root.path })], { encoding: 'utf8' });
  } finally {
    root[Symbol.dispose]();
  }
}
