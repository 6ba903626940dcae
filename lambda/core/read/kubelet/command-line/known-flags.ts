import { kubeletValueFlags } from '../../../../contract/kubelet-flags.ts';
import { goInteger } from '../documents/go-values.ts';
import { knownVersions } from '../known-versions.ts';

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

const numberFlags = listed(
  `container-log-max-files event-burst eviction-max-pod-grace-period healthz-port image-gc-high-threshold image-gc-low-threshold
  kube-api-burst kube-api-qps max-open-files max-pods node-status-max-images oom-score-adj pod-max-pids pods-per-core port registry-burst
  registry-qps`,
);

/** What is wrong with the value of a flag that is no setting of this program, as far as its type says it. */
export function valueFault(name: string, value: string): string | undefined {
  if (numberFlags.has(name) && goInteger(value) === undefined) return 'no whole number';
  if (/^(?:healthz-bind-)?address$/.test(name) && !/^[\da-fA-F.:]+$/.test(value)) return 'no IP address';
  const isPair = (part: string) => part === '' || part.includes('<');
  return /^eviction-(?:hard|soft)$/.test(name) && !value.split(',').every(isPair) ? 'no list of thresholds' : undefined;
}

/** The first minor version that was seen to stop at a flag that 1.29 still has. */
const goneFrom: ReadonlyMap<string, number> = new Map([
  ['cloud-config', 34],
  ['iptables-drop-bit', 34],
  ['iptables-masquerade-bit', 34],
  ['keep-terminated-pod-volumes', 34],
  ['pod-infra-container-image', 35],
]);

/** Whether a kubelet of this minor version stops at such a flag. The options of 1.35 to 1.37 are those of 1.34 without what is gone (kubernetes#139121). */
export function isUnknownTo(minor: number | undefined, name: string): boolean {
  if (minor === undefined || minor < knownVersions.oldest || minor > knownVersions.newest) return false;
  return (!valueFlags.has(name) && !boolFlags.has(name)) || minor >= (goneFrom.get(name) ?? Number.POSITIVE_INFINITY);
}

/** The name of a flag as the kubelet knows it. */
export const nameOf = (word: string): string =>
  word.startsWith('--') ? withoutValue(word.slice(2)).replaceAll('_', '-') : '';

/** A flag without its value, which may be a secret. */
export const withoutValue = (word: string): string => word.replace(/=.*/s, '');

/** Whether the next word may be the value of this one: it is, unless the flag is in no list. */
export const mayTakeNext = (word: string): boolean =>
  word === '-v' || (/^--[^=]+$/.test(word) && typeOfFlag(nameOf(word)) !== 'bool');

/** The words of a command line that was joined into one text. */
export interface Words {
  readonly words: readonly string[];
  /** Whether blanks inside a word and empty words survived the joining: Windows quotes them, `ps` does not. */
  readonly exact: boolean;
}

export function splitWords(line: string): Words {
  return /kubelet\.exe/i.test(line)
    ? { words: splitWindows(line), exact: true }
    : { words: line.split(/\s+/).filter((word) => word !== ''), exact: false };
}

/** Source: Microsoft C runtime, "Parsing C command-line arguments": quotes group, backslashes are special only before a quote. */
function splitWindows(line: string): readonly string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quoted = false;

  for (let at = 0; at < line.length; at += 1) {
    const char = line.charAt(at);
    if (char === '\\') {
      let end = at;
      while (line[end] === '\\') end += 1;
      const count = end - at;
      const beforeQuote = line[end] === '"';
      word =
        (word ?? '') +
        '\\'.repeat(beforeQuote ? Math.floor(count / 2) : count) +
        (beforeQuote && count % 2 === 1 ? '"' : '');
      at = beforeQuote && count % 2 === 1 ? end : end - 1;
    } else if (char === '"') {
      quoted = !quoted;
      word ??= '';
    } else if (/\s/.test(char) && !quoted) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? '') + char;
    }
  }

  return word === undefined ? words : [...words, word];
}

/**
 * The arguments after the kubelet's own name, or `undefined` when these words start another program (csi-node-driver-registrar, kube-apiserver and
 * grep have `kubelet` on their lines too). On Windows a service host may stand in front.
 */
export function kubeletArguments(words: readonly string[]): readonly string[] | undefined {
  const [first = '', second = '', third = ''] = words;

  if (isKubelet(first)) return words.slice(1);
  if (baseName(first) === 'hyperkube' && second === 'kubelet') return words.slice(2);
  if (/^eks-windowsservicehost\.exe$/i.test(baseName(first)) && second === 'kubelet' && isKubelet(third))
    return words.slice(3);
  return undefined;
}

export const isKubelet = (program: string): boolean => /^kubelet$|^kubelet\.exe$/i.test(baseName(program));

const baseName = (program: string): string => program.replace(/^.*[\\/]/s, '');
