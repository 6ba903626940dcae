/** The controls that are fixed on a node: those of a setting, and of mode and owner of a file. */
export const fixableControls = [
  'kubelet-kubeconfig-mode',
  'kubelet-kubeconfig-owner',
  'kubelet-config-mode',
  'kubelet-config-owner',
  'kubelet-anonymous-auth',
  'kubelet-authorization-mode',
  'kubelet-client-ca-file',
  'kubelet-read-only-port',
  'kubelet-streaming-timeout',
  'kubelet-protect-kernel-defaults',
  'kubelet-iptables-chains',
  'kubelet-event-qps',
  'kubelet-rotate-certificates',
  'kubelet-rotate-server-certificate',
] as const;

/** `auto`: each setting where its bad value stands; an argument can be fixed in no file. */
export const remediationMethods = ['auto', 'config-file', 'systemd-arguments'] as const;
export const remediationModes = ['dry-run', 'apply'] as const;
