const clientCaFile = '/etc/kubernetes/pki/ca.crt';

const always = {
  kind: 'KubeletConfiguration',
  apiVersion: 'kubelet.config.k8s.io/v1beta1',
};

/** What authenticates and authorizes clients on every EKS-optimized AMI. */
const closed = {
  authentication: {
    anonymous: { enabled: false },
    webhook: { cacheTTL: '2m0s', enabled: true },
    x509: { clientCAFile: clientCaFile },
  },
  authorization: { mode: 'Webhook', webhook: { cacheAuthorizedTTL: '5m0s', cacheUnauthorizedTTL: '30s' } },
};

/**
 * config.json as nodeadm writes it, on EC2 and on hybrid nodes, and kubelet-config.json of AL2, as far as controls look at it.
 * Source: awslabs/amazon-eks-ami `nodeadm/internal/kubelet/config.go`, `templates/al2/runtime/kubelet-config.json`; aws/eks-hybrid.
 */
export const amazonLinuxConfig = {
  ...always,
  ...closed,
  featureGates: { RotateKubeletServerCertificate: true },
  protectKernelDefaults: true,
  readOnlyPort: 0,
  serverTLSBootstrap: true,
};

export interface BottlerocketSettings {
  readonly standalone: boolean;
  /** `settings.kubernetes.event-qps` */
  readonly eventQps: number | undefined;
  /** `settings.kubernetes.server-tls-bootstrap`; `undefined` where a certificate and a key are given instead. */
  readonly serverTlsBootstrap: boolean | undefined;
}

/** Source: bottlerocket-os/bottlerocket-core-kit `packages/kubernetes-1.35/kubelet-config`. */
export const bottlerocketConfig = ({ standalone, eventQps, serverTlsBootstrap }: BottlerocketSettings): object => ({
  ...always,
  ...(standalone
    ? {
        authentication: { anonymous: { enabled: true }, webhook: { enabled: false } },
        authorization: { mode: 'AlwaysAllow' },
      }
    : closed),
  readOnlyPort: 0,
  protectKernelDefaults: true,
  ...(eventQps !== undefined && { eventRecordQPS: eventQps }),
  ...(serverTlsBootstrap !== undefined && { serverTLSBootstrap: serverTlsBootstrap }),
});
