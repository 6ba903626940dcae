import { CertificateAuthority } from '../kubernetes/certificates.ts';
import { type NodeDescription, recordedNode } from '../node/node-root.ts';
import type { EstateCluster, EstateNode } from './estate-node.ts';

const configFile = '/etc/kubernetes/kubelet/config.json';
const localDropIn = '/etc/kubernetes/kubelet/config.json.d/50-local.conf';

const recording = 'al2023-shape';
const { files, processes } = recordedNode(recording);

/** The recorded node with other files. Its kubelet started an hour before, and still runs with, and reports, what it read then. */
const edited = (changed: NodeDescription['files']): NodeDescription => ({
  processes: processes.map((each) => ({ ...each, secondsOld: 3_600 })),
  files: { ...files, ...changed },
});

const openedPort = JSON.stringify({ ...JSON.parse(String(files[configFile])), readOnlyPort: 10255 });
const withoutCa = JSON.stringify({
  kind: 'KubeletConfiguration',
  apiVersion: 'kubelet.config.k8s.io/v1beta1',
  authentication: { x509: { clientCAFile: '' } },
});

const inDays = (days: number): Date => new Date(Date.now() + days * 86_400_000);
/** The same name as every cluster's CA has: only its fingerprint differs. */
const otherCa = new CertificateAuthority('kubernetes');
const expiringCa = new CertificateAuthority('kubernetes-2016', { notBefore: inDays(-3_640), notAfter: inDays(12.5) });

const node = (name: string, rest: Partial<EstateNode> = {}): EstateNode => ({
  name: `${name}.internal`,
  group: name,
  recording,
  ...rest,
});

/** What no setting shows: files edited under a running kubelet, and what lies behind the path of the client CA. */
export const drifting: EstateCluster = {
  name: 'ledger',
  nodes: [
    node('as-started'),
    node('port-opened', { root: edited({ [configFile]: openedPort }) }),
    node('ca-taken-out', { root: edited({ [localDropIn]: withoutCa }) }),
    node('another-ca', { configz: { kind: 'kubelet-refuses' }, caFile: () => otherCa.pem }),
    node('ca-expires', { caFile: (clusterCa) => `${clusterCa}${expiringCa.pem}` }),
    node('ca-gone', { caFile: () => undefined }),
    // It may run without a client CA, with the one of its file, or with another: a restart has yet to read what was edited.
    node('edited-and-refuses', { configz: { kind: 'kubelet-refuses' }, root: edited({}) }),
    // Its files hold the cluster's CA and are older than its kubelet, which refuses the API server all the same.
    node('refuses-unexplained', { configz: { kind: 'kubelet-refuses' } }),
  ],
};
