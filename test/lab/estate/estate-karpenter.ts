import { ec2NodeClass, type KarpenterObject, nodePool } from '../kubernetes/karpenter-objects.ts';
import { nodeConfig, userDataOf } from './node-group-templates.ts';

/** Planted in user data: no output may have it. */
export const karpenterSecret = 'N0d3-class-and-7-planted';

const script = {
  type: 'text/x-shellscript; charset="us-ascii"',
  body: `#!/bin/bash\nexport REGISTRY_PASSWORD=${karpenterSecret}`,
} as const;

/** What makes the fleet's Karpenter nodes: pools that are good, bad by user data, bad by `spec.kubelet`, or without a class, and one of Auto Mode. */
export const karpenterObjects: readonly KarpenterObject[] = [
  nodePool('default', 'open'),
  ec2NodeClass('open', { userData: userDataOf([script, nodeConfig('readOnlyPort: 10255')]) }),
  nodePool('batch', 'closed'),
  ec2NodeClass('closed', { userData: userDataOf([script, nodeConfig('readOnlyPort: 0')]) }),
  nodePool('metrics', 'rendered'),
  ec2NodeClass('rendered', { kubelet: { readOnlyPort: 10255 } }),
  nodePool('orphan', 'deleted'),
  ec2NodeClass('unused', { userData: `#!/bin/bash\nexport PASSWORD=${karpenterSecret}` }),
  nodePool('general-purpose', 'default', { group: 'eks.amazonaws.com', kind: 'NodeClass' }),
];
