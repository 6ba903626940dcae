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
/** Those of the source `direct`, which asks what its own access entry gives before a node sees its token. */
export const ownEntryActions = ['eks:DescribeAccessEntry', 'eks:ListAssociatedAccessPolicies'] as const;
/** Those of control 4.1.10, where it is chosen: who holds nodes/proxy by access entries. */
export const accessEntryActions = ['eks:ListAccessEntries', ...ownEntryActions] as const;
/**
 * Those of the setting `nextNode`. IAM has no narrower resource for them: the holder can read the user data of every launch template of a Region.
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
  // It deletes what it remembers of a cluster that is gone, once it has moved that.
  audit: ['sts:AssumeRole', 's3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:ListBucket', 'events:PutEvents'],
  summarise: ['s3:GetObject', 's3:PutObject', 's3:ListBucket', 'events:PutEvents'],
} as const;
/** Those of the function that sums up, where a key of the settings signs: the policy of the hub's own key admits the role without them. */
export const signingActions = ['kms:GetPublicKey', 'kms:Sign'] as const;
export type HubAction<Name extends keyof typeof hubActions> = (typeof hubActions)[Name][number];
