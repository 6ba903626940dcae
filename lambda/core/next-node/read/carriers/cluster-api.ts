import { printable } from '../../../model/text/words.ts';
import { type CarriedPiece, type Declared, nothing } from './carrier.ts';
import { at, isAbsent, itemsOf, type Located, mapOf, treeOf, wordAt } from './located.ts';
import { plainText } from './pieces.ts';

/** The resources of Cluster API by which nodeadm gets its settings; those of bootstrap.sh (EKSConfig) aren't read. */
export const isClusterApi = (document: Located): boolean =>
  /^bootstrap\.cluster\.x-k8s\.io\//.test(wordAt(document, 'apiVersion') ?? '') &&
  /^NodeadmConfig(?:Template)?$/.test(wordAt(document, 'kind') ?? '');

/**
 * Cluster API renders one NodeConfig of `spec.kubelet`, with the cluster's details, and hands commands and files to cloud-init.
 * Source: cluster-api-provider-aws `bootstrap/eks/internal/userdata/nodeadm.go`.
 */
export function readClusterApi(document: Located): Declared {
  const spec =
    wordAt(document, 'kind') === 'NodeadmConfig' ? at(document, 'spec') : at(document, 'spec', 'template', 'spec');
  const name = printable(wordAt(document, 'metadata', 'name') ?? '(no name)', 253);
  const kubelet = mapOf(at(spec, 'kubelet'));
  const config = mapOf(at(kubelet, 'config'));
  const flags = itemsOf(at(kubelet, 'flags')).map((each) => wordAt(each) ?? '');
  const tree = config && treeOf(config);
  const place = config ?? kubelet;
  const rendered: CarriedPiece = {
    piece: { from: 'kubelet', name: `spec.kubelet of ${name}`, flags, ...(tree instanceof Map && { config: tree }) },
    ...(place && { config: place }),
  };
  return {
    ...nothing,
    groups: [
      {
        name,
        group: 'self-managed',
        kind: 'al2023',
        ami: 'standard',
        cluster: 'eks-adds',
        declaredAt: document.start,
        content: { status: 'known', pieces: [...besideKubelet(spec), rendered] },
        notes: ['its AMI is taken for an EKS-optimized one: the AWSMachineTemplate that names it is not read'],
      },
    ],
  };
}

/** What cloud-init gets: the commands before nodeadm as a script, and the other fields as cloud-config, whose keys are judged. */
function besideKubelet(spec: Located | undefined): readonly CarriedPiece[] {
  const commands = itemsOf(at(spec, 'preNodeadmCommands')).map((each) => wordAt(each) ?? '$(');
  const others = ['files', 'users', 'ntp', 'diskSetup', 'mounts'].filter((key) => !isAbsent(at(spec, key)));
  const keyOf = (key: string): string => (key === 'files' ? 'write_files' : key === 'diskSetup' ? 'disk_setup' : key);
  const lines = others.map((key) => `${keyOf(key)}: ${JSON.stringify(plain(at(spec, key)))}\n`);
  return [
    ...(commands.length > 0 ? [plainText('text/x-shellscript', `#!/bin/bash\n${commands.join('\n')}\n`)] : []),
    ...(lines.length > 0 ? [plainText('text/cloud-config', `#cloud-config\n${lines.join('')}`)] : []),
  ];
}

function plain(node: Located | undefined): unknown {
  if (node?.kind === 'map') return Object.fromEntries([...node.entries].map(([key, { value }]) => [key, plain(value)]));
  if (node?.kind === 'list') return node.items.map(plain);
  return node?.value ?? null;
}
