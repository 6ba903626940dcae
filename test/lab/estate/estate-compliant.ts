import { recordedNode } from '../node/node-root.ts';
import type { EstateCluster } from './estate-node.ts';

const configFile = '/etc/kubernetes/kubelet/config.json';
const caFile = '/etc/kubernetes/pki/ca.crt';

const recording = 'al2023-shape';
const { files, processes } = recordedNode(recording);
const withoutCa = JSON.stringify({
  ...JSON.parse(String(files[configFile])),
  authentication: { ...JSON.parse(String(files[configFile])).authentication, x509: {} },
});

/** Compliant in every control, by running configuration and on the machine, whether the file, a flag or a drop-in names the client CA. */
export const compliant: EstateCluster = {
  name: 'payments',
  nodes: [
    { name: 'ip-10-0-1-11.eu-central-1.compute.internal', recording, group: 'workers' },
    { name: 'ip-10-0-1-12.eu-central-1.compute.internal', recording, group: 'workers' },
    {
      name: 'ip-10-0-1-21.eu-central-1.compute.internal',
      recording,
      group: 'flags',
      root: {
        processes: processes.map((each) =>
          each.argv[0]?.endsWith('/kubelet') ? { ...each, argv: [...each.argv, `--client-ca-file=${caFile}`] } : each,
        ),
        files: { ...files, [configFile]: withoutCa },
      },
    },
    {
      name: 'ip-10-0-1-31.eu-central-1.compute.internal',
      recording,
      group: 'drop-ins',
      root: {
        processes,
        files: {
          ...files,
          [configFile]: withoutCa,
          [`${configFile}.d/50-ca.conf`]: JSON.stringify({
            kind: 'KubeletConfiguration',
            apiVersion: 'kubelet.config.k8s.io/v1beta1',
            authentication: { x509: { clientCAFile: caFile } },
          }),
        },
      },
    },
  ],
};
