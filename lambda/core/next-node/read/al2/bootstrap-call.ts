import type { ShellWord } from '../shell/commands.ts';

/** Options of bootstrap.sh, each of which takes the next word. */
const options = new Set([
  '--use-max-pods',
  '--b64-cluster-ca',
  '--apiserver-endpoint',
  '--kubelet-extra-args',
  '--enable-docker-bridge',
  '--aws-api-retry-attempts',
  '--docker-config-json',
  '--containerd-config-file',
  '--pause-container-account',
  '--pause-container-version',
  '--dns-cluster-ip',
  '--container-runtime',
  '--ip-family',
  '--service-ipv4-cidr',
  '--service-ipv6-cidr',
  '--enable-local-outpost',
  '--cluster-id',
  '--mount-bpf-fs',
  '--local-disks',
]);

export interface BootstrapCall {
  /** Of the last `--kubelet-extra-args`: its value and the index of its word; absent where it is not given. */
  readonly extraArgs?: { readonly text: string; readonly word: number };
  readonly hasClusterName: boolean;
  /** Words in the `=` form, which bootstrap.sh drops. */
  readonly dropped: readonly string[];
}

/**
 * What `/etc/eks/bootstrap.sh` makes of its arguments; `undefined` where a word that is not known decides about them. The `=` form is a positional word.
 * Source: awslabs/amazon-eks-ami `templates/al2/runtime/bootstrap.sh`.
 */
export function bootstrapCall(words: readonly ShellWord[]): BootstrapCall | undefined {
  const positional: string[] = [];
  let extraArgs: BootstrapCall['extraArgs'];

  for (let at = 1; at < words.length; at += 1) {
    const word = words[at];
    if (word === undefined) return undefined;
    if (word === '-h' || word === '--help') return undefined;
    if (!options.has(word)) {
      positional.push(word);
      continue;
    }
    at += 1;
    const value = words[at];
    if (at >= words.length) return undefined;
    if (word !== '--kubelet-extra-args') continue;
    if (value === undefined) return undefined;
    extraArgs = { text: value, word: at };
  }
  const [name = ''] = positional;
  return {
    ...(extraArgs !== undefined && { extraArgs }),
    hasClusterName: name !== '' && !name.startsWith('--'),
    dropped: positional.map((word) => word.replace(/=.*/s, '')).filter((word) => options.has(word)),
  };
}
