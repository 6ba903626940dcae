/** Kinds of node whose user data a file can be; the others have none. */
export const userDataKinds = ['al2023', 'al2', 'bottlerocket', 'hybrid', 'ubuntu', 'windows'] as const;

/** What a file may be said to be: a tool's file, or the user data of a kind of node. Without parsers, for the command line's help. */
export const fileKinds = [
  'karpenter',
  'eksctl',
  'terraform-plan',
  'cloudformation',
  'launch-template',
  'cluster-api',
  ...userDataKinds,
] as const;
export type FileKind = (typeof fileKinds)[number];

/** The same for people, who know their files by other names. */
export const supported =
  'supported are EC2NodeClass and NodePool of Karpenter, NodeadmConfig and NodeadmConfigTemplate of Cluster API, ClusterConfig of eksctl, plans of Terraform in JSON, CloudFormation templates, describe-launch-template-versions, user data and NodeConfig';
