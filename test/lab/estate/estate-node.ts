import type { NodeGroup } from '../../../lambda/core/model/model.ts';
import type { KubeletBehaviour } from '../kubernetes/kubelet-behaviour.ts';
import type { KubernetesClusterOptions } from '../kubernetes/kubernetes-cluster.ts';
import type { LabNode } from '../kubernetes/node-object.ts';
import type { NodeDescription } from '../node/node-root.ts';

/** One machine of the estate: a Node object, an EC2 instance with the tags of its kind, and a root that SSM runs the probe on. */
export interface EstateNode {
  readonly name: string;
  /** The recorded kubelet (`test/fixtures/kubelets`) that runs on it. */
  readonly recording?: string;
  /** Its root, when no recording is it. Without either, SSM finds nothing to run on. */
  readonly root?: NodeDescription;
  /** A managed node group when it is only a name. */
  readonly group: string | NodeGroup;
  /** `i-…` or `mi-…`; made from the cluster and its place there when absent. */
  readonly instanceId?: string;
  /** How its kubelet answers configz; as recorded when absent. */
  readonly configz?: KubeletBehaviour;
  /** What lies at /etc/kubernetes/pki/ca.crt: the cluster's CA when absent, nothing when it gives `undefined`. */
  readonly caFile?: (clusterCa: string) => string | undefined;
  /** Whether its SSM agent is there. */
  readonly ssm?: 'online' | 'offline' | 'absent';
  readonly platform?: 'windows';
  /** As SSM calls its system; `Amazon Linux` when absent. */
  readonly platformName?: string;
  readonly imageId?: string;
  readonly team?: string;
  readonly launchTemplate?: string;
  readonly node?: Partial<LabNode>;
}

export type EstateCluster = Omit<KubernetesClusterOptions, 'accountId' | 'region' | 'nodes'> & {
  readonly nodes: readonly EstateNode[];
};

/** A machine that runs a recorded kubelet. */
export const estateNode = (
  name: string,
  recording: string,
  group: string,
  more: Partial<EstateNode> = {},
): EstateNode => ({ name, recording, group, ...more });
