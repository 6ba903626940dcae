import type { fixableControls } from '../documents/remediation/remediate-names.ts';

/** Titles of the findings of the controls that the runbook fixes; a test holds them to the program's own. */
export const findingTitles: Readonly<Record<(typeof fixableControls)[number], string>> = {
  'kubelet-kubeconfig-mode':
    'only root decides how the kubelet reaches its cluster file of --kubeconfig has mode 644 or stricter',
  'kubelet-kubeconfig-owner':
    'only root decides how the kubelet reaches its cluster file of --kubeconfig belongs to root root',
  'kubelet-config-mode': 'only root configures the kubelet file of --config has mode 644 or stricter',
  'kubelet-config-owner': 'only root configures the kubelet file of --config belongs to root root',
  'kubelet-anonymous-auth': 'kubelet turns anonymous clients away authentication.anonymous.enabled is false',
  'kubelet-authorization-mode': 'kubelet asks who may do what authorization.mode is not AlwaysAllow',
  'kubelet-client-ca-file': 'kubelet authenticates its clients by certificate authentication.x509.clientCAFile is set',
  'kubelet-read-only-port': 'kubelet opens no port without authentication readOnlyPort is 0',
  'kubelet-streaming-timeout':
    'kubelet ends streaming connections that lie idle streamingConnectionIdleTimeout is not 0',
  'kubelet-protect-kernel-defaults': 'kubelet does not change kernel settings on its own protectKernelDefaults is true',
  'kubelet-iptables-chains': 'kubelet keeps the iptables chains that it relies on makeIPTablesUtilChains is true',
  'kubelet-event-qps': 'kubelet records events at a sensible rate eventRecordQPS is 0 or more',
  'kubelet-rotate-certificates': 'kubelet may renew its client certificate rotateCertificates is not switched off',
  'kubelet-rotate-server-certificate':
    'kubelet renews its serving certificate featureGates.RotateKubeletServerCertificate is true',
};
