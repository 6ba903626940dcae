/** Names that the program, its infrastructure and people's own policies share. A name changed here changes every side. */

/** Package, command line and GeneratorId prefix. */
export const productName = 'eks-kubelet-audit';

/** The audit's role: fixed and without path, since access entries and trust policies die with a recreated role. */
export const auditRoleName = 'EksKubeletAudit';

/** The parameterless SSM Command document that reads a node's kubelet. */
export const probeDocumentName = 'EksKubeletAudit-KubeletProbe';

/** First word of the probe's answer, with the version of its format: raised with every change that an older program could not read. */
export const probeAnswerMarker = 'eks-kubelet-audit-probe/3';

/** The Kubernetes group that the access entry names and the ClusterRoleBinding binds. */
export const kubernetesGroup = 'eks-kubelet-audit';

/** Tags whose value is the cluster's name: managed node groups, Auto Mode and Karpenter, and those that AWS sets itself. */
export const clusterNameTags = ['eks:cluster-name', 'eks:eks-cluster-name', 'aws:eks:cluster-name'] as const;

/** The tag that the hybrid nodes' activation puts on their managed instances: the cluster's ARN. */
export const hybridClusterTag = 'EKSClusterARN';
