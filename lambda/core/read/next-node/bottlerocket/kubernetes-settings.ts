/**
 * The keys of `settings.kubernetes`. Source: bottlerocket-os/bottlerocket-settings-sdk `bottlerocket-settings-models/settings-extensions/kubernetes`,
 * bottlerocket-core-kit `packages/kubernetes-1.35/kubelet-config`.
 */
export const kubernetesSettings: ReadonlySet<string> = new Set(
  `allowed-unsafe-sysctls api-server authentication-mode bootstrap-token cloud-provider cluster-certificate cluster-dns-ip cluster-domain cluster-name
  container-log-max-files container-log-max-size container-log-max-workers container-log-monitor-interval cpu-cfs-quota-enforced cpu-manager-policy
  cpu-manager-policy-options cpu-manager-reconcile-period credential-providers device-ownership-from-security-context event-burst event-qps eviction-hard
  eviction-max-pod-grace-period eviction-soft eviction-soft-grace-period hostname-override hostname-override-source ids-per-pod
  image-gc-high-threshold-percent image-gc-low-threshold-percent image-maximum-gc-age image-minimum-gc-age kube-api-burst kube-api-qps kube-reserved
  log-level max-parallel-image-pulls max-pods memory-manager-policy memory-manager-reserved-memory memory-swap-behavior node-ip node-labels node-taints
  nvidia pod-infra-container-image pod-pids-limit provider-id registry-burst registry-qps reserved-cpus seccomp-default server-certificate server-key
  server-tls-bootstrap shutdown-grace-period shutdown-grace-period-for-critical-pods single-process-oom-kill standalone-mode static-pods
  static-pods-enabled system-reserved topology-manager-policy topology-manager-policy-options topology-manager-scope`.split(
    /\s+/,
  ),
);
