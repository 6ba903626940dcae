/**
 * The IAM actions that each adapter calls. The role is built from this list, and a test holds the template to it:
 * a call that is new in an adapter is one line here, and one resource in infra/constructs/audit-role.ts.
 * (`sts:GetCallerIdentity`, the call inside the cluster token, needs no permission.)
 */
export const iamActions = {
  eks: ['eks:ListClusters', 'eks:DescribeCluster', 'eks:ListFargateProfiles'],
  ec2: ['ec2:DescribeInstances', 'ec2:DescribeVpcs'],
  ssm: [
    'ssm:DescribeInstanceInformation',
    'ssm:SendCommand',
    'ssm:ListCommandInvocations',
    'ssm:GetCommandInvocation',
    'ssm:CancelCommand',
  ],
  securityHub: ['securityhub:GetFindings', 'securityhub:BatchImportFindings'],
} as const;

export type IamAction = (typeof iamActions)[keyof typeof iamActions][number];
