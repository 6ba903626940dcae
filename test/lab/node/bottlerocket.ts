import type { NodeDescription } from './node-root.ts';

type CheckStatus = 'PASS' | 'FAIL' | 'SKIP';

/** One check of the report that is not as on a good node. */
export type CheckResult = { readonly status: CheckStatus; readonly error?: string };

export const unparsed: CheckResult = { status: 'SKIP', error: 'unable to parse kubelet config' };

/** Numbers and titles of `apiclient report cis-k8s`. Source: bottlerocket-core-kit `sources/bloodhound`; texts shortened where nothing looks at them. */
const titles: Readonly<Record<string, string>> = {
  '4.1.1': 'Ensure that the kubelet service file permissions are set to 600 or more restrictive',
  '4.1.2': 'Ensure that the kubelet service file ownership is set to root:root',
  '4.1.5': 'Ensure that the --kubeconfig kubelet.conf file permissions are set to 600 or more restrictive',
  '4.1.6': 'Ensure that the --kubeconfig kubelet.conf file ownership is set to root:root',
  '4.1.7': 'Ensure that the certificate authorities file permissions are set to 644 or more restrictive',
  '4.1.8': 'Ensure that the client certificate authorities file ownership is set to root:root',
  '4.1.9':
    'If the kubelet config.yaml configuration file is being used validate permissions set to 600 or more restrictive',
  '4.1.10': 'If the kubelet config.yaml configuration file is being used validate file ownership is set to root:root',
  '4.2.1': 'Ensure that the --anonymous-auth argument is set to false',
  '4.2.2': 'Ensure that the --authorization-mode argument is not set to AlwaysAllow',
  '4.2.3': 'Ensure that the --client-ca-file argument is set as appropriate',
  '4.2.4': 'Verify that if defined, readOnlyPort is set to 0',
  '4.2.5': 'Ensure that the --streaming-connection-idle-timeout argument is not set to 0',
  '4.2.6': 'Ensure that the --make-iptables-util-chains argument is set to true',
  '4.2.7': 'Ensure that the --hostname-override argument is not set (not valid for Bottlerocket)',
  '4.2.8': 'Ensure that the eventRecordQPS argument is set to a level which ensures appropriate event capture',
  '4.2.9': 'Ensure that the --tls-cert-file and --tls-private-key-file arguments are set as appropriate',
  '4.2.10': 'Ensure that the --rotate-certificates argument is not set to false',
  '4.2.11': 'Verify that the RotateKubeletServerCertificate argument is set to true',
  '4.2.12': 'Ensure that the Kubelet only makes use of Strong Cryptographic Ciphers',
  '4.2.13': 'Ensure that a limit is set on pod PIDs',
};

const manual: CheckResult = { status: 'SKIP', error: 'Manual check, see benchmark for audit details.' };
const onGoodNode: Readonly<Record<string, CheckResult>> = { '4.2.7': manual, '4.2.8': manual, '4.2.10': manual };

/** `apiclient report cis-k8s -f json` of a good node, but for these checks; `undefined` leaves one out. */
export function bottlerocketReport(changes: Readonly<Record<string, CheckResult | undefined>> = {}): string {
  const checks = Object.entries(titles).flatMap(([id, title]) => {
    const result = id in changes ? changes[id] : (onGoodNode[id] ?? { status: 'PASS' });
    return result ? [{ id, title, ...result }] : [];
  });
  const count = (status: CheckStatus) => checks.filter((check) => check.status === status).length;

  return `${JSON.stringify({
    level: 1,
    total: checks.length,
    passed: count('PASS'),
    skipped: count('SKIP'),
    failed: count('FAIL'),
    status: count('FAIL') > 0 ? 'FAIL' : 'PASS',
    timestamp: '2026-01-01T00:00:00.000000000Z',
    name: 'CIS Kubernetes Benchmark (Worker Node)',
    version: 'v1.8.0',
    url: 'https://www.cisecurity.org/benchmark/kubernetes',
    results: Object.fromEntries(checks.map((check) => [check.id, resultOf(check)])),
  })}\n`;
}

const resultOf = ({
  id,
  title,
  status,
  error = '',
}: CheckResult & { readonly id: string; readonly title: string }) => ({
  name: `k8s${id
    .split('.')
    .map((part) => part.padStart(2, '0'))
    .join('')}00`,
  id,
  level: 1,
  title,
  mode: error === manual.error ? 'Manual' : 'Automatic',
  status,
  error,
});

export interface BottlerocketApi {
  /** What the report prints; of a good node when absent. */
  readonly report?: string;
  readonly standaloneMode?: boolean;
  /** PEM. */
  readonly clusterCa?: string;
  /** Shell that runs instead of the API's client. */
  readonly client?: string;
}

/** What the SSM agent of a Bottlerocket node sees: a container with a client of the node's API, and neither the kubelet nor its files. */
export function bottlerocketNode({
  report = bottlerocketReport(),
  standaloneMode,
  clusterCa,
  client,
}: BottlerocketApi = {}): NodeDescription {
  const kubernetes = {
    ...(clusterCa !== undefined && { 'cluster-certificate': Buffer.from(clusterCa).toString('base64') }),
    ...(standaloneMode !== undefined && { 'standalone-mode': standaloneMode }),
  };
  const settings = JSON.stringify({ settings: { kubernetes } }, undefined, 2);
  const text = `#!/bin/sh
case "$*" in
  'report cis-k8s -f json') cat <<'END_OF_REPORT'
${report}
END_OF_REPORT
    ;;
  'get settings.kubernetes.standalone-mode settings.kubernetes.cluster-certificate') cat <<'END_OF_SETTINGS'
${settings}
END_OF_SETTINGS
    ;;
  *) echo "nobody asks for: $*" >&2; exit 1 ;;
esac
`;

  return {
    shellMountNamespace: 'mnt:[4026532999]',
    files: {
      '/.bottlerocket/host-containers': { directory: true },
      '/usr/local/bin/apiclient': { text: client === undefined ? text : `#!/bin/sh\n${client}\n`, mode: 0o755 },
    },
  };
}
