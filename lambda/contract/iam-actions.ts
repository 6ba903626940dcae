/**
 * The IAM actions that each adapter calls, by the role under which it calls them. The roles are built from these lists, and a test compares the
 * templates with them. A new call in an adapter is one line here, and one place in infra. `sts:GetCallerIdentity`, inside the cluster token and for
 * the manifest, needs no permission.
 */

/** The member role's, in every audited account. */
export const memberActions = {
  eks: [
    'eks:ListClusters',
    'eks:DescribeCluster',
    'eks:ListFargateProfiles',
    'eks:ListNodegroups',
    'eks:DescribeNodegroup',
  ],
  ec2: ['ec2:DescribeInstances', 'ec2:DescribeVpcs', 'ec2:DescribeRegions'],
  ssm: [
    'ssm:DescribeInstanceInformation',
    'ssm:ListDocumentVersions',
    'ssm:DescribeDocument',
    'ssm:GetDocument',
    'ssm:SendCommand',
    'ssm:ListCommandInvocations',
    'ssm:GetCommandInvocation',
  ],
  securityHub: ['securityhub:GetFindings', 'securityhub:BatchImportFindings'],
} as const;
/** Actions of the source `direct`, which checks its own access entry before it sends a token to a node. */
export const ownEntryActions = ['eks:DescribeAccessEntry', 'eks:ListAssociatedAccessPolicies'] as const;
/** Actions of control 4.1.10, which reads who holds nodes/proxy by access entries. */
export const accessEntryActions = ['eks:ListAccessEntries', ...ownEntryActions] as const;
/**
 * Actions of the setting `nextNode`. IAM has no narrower resource for them: the holder can read the user data of every launch template of a Region.
 */
export const nextNodeActions = [
  'ec2:DescribeLaunchTemplateVersions',
  'ec2:DescribeImages',
  'autoscaling:DescribeAutoScalingGroups',
  'autoscaling:DescribeLaunchConfigurations',
] as const;
export type MemberAction =
  | (typeof memberActions)[keyof typeof memberActions][number]
  | (typeof accessEntryActions)[number]
  | (typeof nextNodeActions)[number];

/** The hub's functions', each under a role of its own. */
export const hubActions = {
  start: ['states:StartExecution', 'states:ListExecutions', 'states:DescribeExecution', 's3:GetObject', 's3:PutObject'],
  discover: [
    'organizations:ListAccountsForParent',
    'organizations:ListOrganizationalUnitsForParent',
    'sts:AssumeRole',
    's3:GetObject',
    's3:PutObject',
    // Without it an object that is not there looks like one that is forbidden.
    's3:ListBucket',
    // Items of sweeps, where there are sweeps.
    'states:StartExecution',
  ],
  // It deletes the memory of a cluster that is gone, after it has moved it.
  audit: ['sts:AssumeRole', 's3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:ListBucket', 'events:PutEvents'],
  summarise: ['s3:GetObject', 's3:PutObject', 's3:ListBucket', 'events:PutEvents'],
} as const;
/** Actions of the function that sums up, if the settings name a signing key: the policy of the hub's own key admits the role without them. */
export const signingActions = ['kms:GetPublicKey', 'kms:Sign'] as const;
export type HubAction<Name extends keyof typeof hubActions> = (typeof hubActions)[Name][number];
