import { kubeletValueFlags } from '../../../../contract/kubelet-flags.ts';

const listed = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/));

/** The boolean flags of kubelets since 1.29: they take their value after `=` only, a following word is not theirs. */
const boolFlags = listed(
  `anonymous-auth authentication-token-webhook cgroups-per-qos contention-profiling cpu-cfs-quota enable-controller-attach-detach
  enable-debugging-handlers enable-load-reader enable-server exit-on-lock-contention experimental-allocatable-ignore-eviction fail-cgroupv1
  fail-swap-on help keep-terminated-pod-volumes kernel-memcg-notification local-storage-capacity-isolation log-cadvisor-usage
  log-json-split-stream log-text-split-stream make-iptables-util-chains protect-kernel-defaults register-node register-schedulable
  rotate-certificates rotate-server-certificates runonce seccomp-default serialize-image-pulls storage-driver-secure version windows-service`,
);

/** Boolean flags of kubelets before 1.29. Source: kubernetes `cmd/kubelet/app/options/{options,globalflags}.go` 1.6 to 1.28, klog, cadvisor. */
const formerBoolFlags = listed(
  `add-dir-header allow-privileged alsologtostderr babysit-daemons cleanup-iptables configure-cbr0 containerized disable-root-cgroup-stats docker-only
  docker-tls enable-cadvisor-json-endpoints enable-custom-metrics enable-tracing experimental-check-node-capabilities-before-mount
  experimental-fail-swap-on experimental-flannel-overlay experimental-kernel-memcg-notification logtostderr one-output profiling
  really-crash-for-testing reconcile-cidr redirect-container-streaming require-kubeconfig skip-headers skip-log-headers`,
);

const valueFlags: ReadonlySet<string> = new Set(kubeletValueFlags);

/** `value` takes the next word, `bool` never does, and `unknown` may do either. */
export function typeOfFlag(name: string): 'value' | 'bool' | 'unknown' {
  if (valueFlags.has(name)) return 'value';
  return boolFlags.has(name) || formerBoolFlags.has(name) ? 'bool' : 'unknown';
}

/** Whether a kubelet of this minor version stops at such a flag; only the lists of 1.29 to 1.34 are complete. */
export const isUnknownTo = (minor: number | undefined, name: string): boolean =>
  minor !== undefined && minor >= 29 && minor <= 34 && !valueFlags.has(name) && !boolFlags.has(name);

/** Whether a flag has a name that only begins so, as the last word of a cut line does. */
export const beginsLongerFlag = (name: string): boolean =>
  [...valueFlags, ...boolFlags, ...formerBoolFlags].some((flag) => flag.length > name.length && flag.startsWith(name));
