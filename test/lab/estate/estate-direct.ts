import { kubernetesGroup } from '../../../lambda/contract/names.ts';
import { directRules, holderRules } from '../kubernetes/rbac.ts';
import type { holders } from './estate-holders.ts';
import type { EstateCluster } from './estate-node.ts';

/** In a Region of its own: the audit of the others has nothing to say about it. */
export const directRegion = 'eu-west-1';

/** A cluster that grants the audit nodes/configz and no nodes/proxy, which others hold. Its kubelets are read on their own port, also those that refuse the API server. */
export const direct = (principalArn: string, planted: ReturnType<typeof holders>): EstateCluster => ({
  name: 'trading',
  kubeletPorts: true,
  accessEntries: [{ principalArn, groups: [kubernetesGroup] }, ...planted.accessEntries],
  rbac: { groups: { [kubernetesGroup]: [...directRules, ...holderRules] } },
  rbacObjects: planted.rbacObjects,
  nodes: [
    { name: 'ip-10-0-6-11.eu-west-1.compute.internal', recording: 'al2023-shape', group: 'desks' },
    { name: 'ip-10-0-6-12.eu-west-1.compute.internal', recording: 'drop-in-sets-ca', group: 'desks' },
    {
      name: 'ip-10-0-6-21.eu-west-1.compute.internal',
      recording: 'no-ca-anonymous-off',
      group: 'refusing',
      ssm: 'absent',
    },
    {
      name: 'ip-10-0-6-22.eu-west-1.compute.internal',
      recording: 'no-ca-anonymous-on-webhook',
      group: 'refusing-anonymous',
      ssm: 'absent',
    },
    {
      name: 'ip-10-0-6-31.eu-west-1.compute.internal',
      recording: 'file-sets-ca',
      group: 'other-ca',
      configz: { kind: 'kubelet-refuses' },
      node: { direct: { runs: 'file-sets-ca' } },
      ssm: 'absent',
    },
    {
      name: 'ip-10-0-6-41.eu-west-1.compute.internal',
      recording: 'file-sets-ca',
      group: 'self-signed',
      node: { direct: { serving: 'self-signed' } },
      ssm: 'absent',
    },
    {
      name: 'ip-10-0-6-51.eu-west-1.compute.internal',
      recording: 'flag-sets-ca',
      group: 'old',
      node: { kubeletVersion: 'v1.32.9-eks-113cf36' },
    },
  ],
});
