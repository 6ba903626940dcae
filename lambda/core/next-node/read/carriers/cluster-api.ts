import { printable } from '../../../model/text/words.ts';
import { jsonOf } from '../../../read/kubelet/documents/tree.ts';
import { type CarriedPiece, type Declared, known, nothing, part } from './carrier.ts';
import { at, isAbsent, itemsOf, type Located, mapOf, treeOf, wordAt } from './located.ts';

/** The resources of Cluster API by which nodeadm gets its settings; those of bootstrap.sh (EKSConfig) aren't read. */
export const isClusterApi = (document: Located): boolean =>
  /^bootstrap\.cluster\.x-k8s\.io\//.test(wordAt(document, 'apiVersion') ?? '') &&
  /^NodeadmConfig(?:Template)?$/.test(wordAt(document, 'kind') ?? '');

/**
 * Cluster API renders one NodeConfig of `spec.kubelet`, with the cluster's details, and hands commands and files to cloud-init.
 * Source: cluster-api-provider-aws `bootstrap/eks/internal/userdata/nodeadm.go`.
 */
export function readClusterApi(document: Located): Declared {
  const spec = at(document, 'spec', ...(wordAt(document, 'kind') === 'NodeadmConfig' ? [] : ['template', 'spec']));
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
        content: known(...besideKubelet(spec), rendered),
        notes: ['its AMI is taken for an EKS-optimized one: the AWSMachineTemplate that names it is not read'],
      },
    ],
  };
}

/** The fields that cloud-init gets, under its own names. */
const ofCloudInit = { files: 'write_files', users: 'users', ntp: 'ntp', diskSetup: 'disk_setup', mounts: 'mounts' };

/** What cloud-init gets: the commands before nodeadm as a script, and the other fields as cloud-config, whose keys are judged. */
function besideKubelet(spec: Located | undefined): readonly CarriedPiece[] {
  const commands = itemsOf(at(spec, 'preNodeadmCommands')).map((each) => wordAt(each) ?? '$(');
  const lines = Object.entries(ofCloudInit).flatMap(([key, name]) => {
    const field = at(spec, key);
    return field && !isAbsent(field) ? [`${name}: ${jsonOf(treeOf(field))}\n`] : [];
  });
  return [
    ...(commands.length > 0 ? [part('shell', `#!/bin/bash\n${commands.join('\n')}\n`)] : []),
    ...(lines.length > 0 ? [part('cloudConfig', `#cloud-config\n${lines.join('')}`)] : []),
  ];
}
