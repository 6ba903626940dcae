/** Kinds of node whose user data a file can be; the others have none. */
export const userDataKinds = ['al2023', 'al2', 'bottlerocket', 'hybrid', 'ubuntu', 'windows'] as const;

/** What a file may be said to be: a tool's file, or the user data of a kind of node. Without parsers, for the command line's help. */
export const fileKinds = [
  'karpenter',
  'eksctl',
  'terraform-plan',
  'cloudformation',
  'launch-template',
  ...userDataKinds,
] as const;
export type FileKind = (typeof fileKinds)[number];
