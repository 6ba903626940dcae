import type { NodeFiles } from '../../../../lambda/core/read/kubelet/node-files.ts';

export const mainFile = '/etc/kubernetes/kubelet/config.json';
export const dropInFolder = '/etc/kubernetes/kubelet/config.json.d';

export const kubeletConfiguration = (content: object): string =>
  JSON.stringify({ kind: 'KubeletConfiguration', apiVersion: 'kubelet.config.k8s.io/v1beta1', ...content });

export const caFile = (clientCAFile: unknown) => ({ authentication: { x509: { clientCAFile } } });

interface Parts {
  readonly flags?: readonly string[];
  /** Contents of the main file; a text as it is. Without it there is no `--config`. */
  readonly file?: object | string;
  /** File name below the drop-in folder → contents. Without it there is no `--config-dir`. */
  readonly dropIns?: Readonly<Record<string, object | string>>;
  readonly version?: string | undefined;
}

/** A node with a kubelet 1.34.9, or that of `version`, with `--config` and `--config-dir` where there is something for them. */
export function nodeWith({ flags = [], file, dropIns, version = 'v1.34.9' }: Parts): NodeFiles {
  const text = (content: object | string) =>
    ({ status: 'read', text: typeof content === 'string' ? content : kubeletConfiguration(content) }) as const;
  const named = Object.entries(dropIns ?? {});
  const dropInPaths = named.map(([name, content]) => [`${dropInFolder}/${name}`, text(content)] as const);

  return {
    commandLine: {
      from: 'proc',
      arguments: [
        '/usr/bin/kubelet',
        '--kubeconfig=/var/lib/kubelet/kubeconfig',
        ...(file === undefined ? [] : [`--config=${mainFile}`]),
        ...(dropIns === undefined ? [] : [`--config-dir=${dropInFolder}`]),
        ...flags,
      ],
    },
    workingDirectory: '/work',
    files: new Map([...(file === undefined ? [] : [[mainFile, text(file)] as const]), ...dropInPaths]),
    directories: new Map(
      dropIns === undefined ? [] : [[dropInFolder, { status: 'read', files: dropInPaths.map(([path]) => path) }]],
    ),
    ...(version !== '' && { kubeletVersion: version }),
  };
}
