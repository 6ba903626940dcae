/**
 * The kubelet's boolean flags, past and present: they take their value after `=` only, a following word is not theirs.
 * Source: kubernetes `cmd/kubelet/app/options/{options,globalflags}.go` 1.6 to 1.35, klog, cadvisor.
 */
export const boolFlags: ReadonlySet<string> = new Set(
  `add-dir-header allow-privileged alsologtostderr anonymous-auth authentication-token-webhook babysit-daemons cgroups-per-qos cleanup-iptables
  configure-cbr0 containerized contention-profiling cpu-cfs-quota disable-root-cgroup-stats docker-only docker-tls enable-cadvisor-json-endpoints
  enable-controller-attach-detach enable-custom-metrics enable-debugging-handlers enable-load-reader enable-server enable-tracing
  exit-on-lock-contention experimental-allocatable-ignore-eviction experimental-check-node-capabilities-before-mount experimental-fail-swap-on
  experimental-flannel-overlay experimental-kernel-memcg-notification fail-cgroupv1 fail-swap-on help keep-terminated-pod-volumes
  kernel-memcg-notification local-storage-capacity-isolation log-cadvisor-usage log-json-split-stream log-text-split-stream logtostderr
  make-iptables-util-chains one-output profiling protect-kernel-defaults really-crash-for-testing reconcile-cidr redirect-container-streaming
  register-node register-schedulable require-kubeconfig rotate-certificates rotate-server-certificates runonce seccomp-default
  serialize-image-pulls skip-headers skip-log-headers storage-driver-secure version windows-service`.split(/\s+/),
);
