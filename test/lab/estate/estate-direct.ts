import { kubernetesGroup } from '../../../lambda/contract/names.ts';
import { directRules, holderRules } from '../kubernetes/rbac.ts';
import type { holders } from './estate-holders.ts';
import { type EstateCluster, type EstateNode, estateNode } from './estate-node.ts';

/** In a Region of its own: the audit of the others has nothing to say about it. */
export const directRegion = 'eu-west-1';

const desk = (last: string, recording: string, group: string, more: Partial<EstateNode> = {}): EstateNode =>
  estateNode(`ip-10-0-6-${last}.eu-west-1.compute.internal`, recording, group, more);

/** A cluster that grants the audit nodes/configz and no nodes/proxy, which others hold. Its kubelets are read on their own port, also those that refuse the API server. */
export const direct = (principalArn: string, planted: ReturnType<typeof holders>): EstateCluster => ({
  name: 'trading',
  kubeletPorts: true,
  accessEntries: [{ principalArn, groups: [kubernetesGroup] }, ...planted.accessEntries],
  rbac: { groups: { [kubernetesGroup]: [...directRules, ...holderRules] } },
  rbacObjects: planted.rbacObjects,
  nodes: [
    desk('11', 'al2023-shape', 'desks'),
    desk('12', 'drop-in-sets-ca', 'desks'),
    desk('21', 'no-ca-anonymous-off', 'refusing', { ssm: 'absent' }),
    desk('22', 'no-ca-anonymous-on-webhook', 'refusing-anonymous', { ssm: 'absent' }),
    desk('31', 'file-sets-ca', 'other-ca', {
      configz: { kind: 'kubelet-refuses' },
      node: { direct: { runs: 'file-sets-ca' } },
      ssm: 'absent',
    }),
    desk('41', 'file-sets-ca', 'self-signed', { node: { direct: { serving: 'self-signed' } }, ssm: 'absent' }),
    desk('51', 'flag-sets-ca', 'old', { node: { kubeletVersion: 'v1.32.9-eks-113cf36' } }),
  ],
});
