import type { IamAction } from '../../lambda/contract/iam-actions.ts';
import { auditRoleName, probeDocumentName } from '../../lambda/contract/names.ts';
import type { Deployed } from './deployed.ts';
import { forbidden } from './forbidden.ts';
import { type Grant, grantsOf } from './grants.ts';
import { conditionText } from './report.ts';

/** What the program asks for, and why. A new action does not compile until its purpose stands here. */
const purposes: Readonly<Record<IamAction, string>> = {
  'eks:ListClusters': 'find the clusters of the account and Region',
  'eks:DescribeCluster': 'endpoint, CA, status, networks and compute of a cluster',
  'eks:ListFargateProfiles': 'whether a node that calls itself Fargate can be one',
  'ec2:DescribeInstances': 'the machines of a cluster, by their tags: what a node says of itself is compared with them',
  'ec2:DescribeVpcs':
    'the networks of a cluster, with `tls` among the sources only: no node is dialled outside of them',
  'ssm:DescribeInstanceInformation': 'which machines SSM reaches, and the hybrid nodes of a cluster',
  'ssm:SendCommand': 'run the probe',
  'ssm:ListCommandInvocations': 'how the probe ended on each machine, and the beginning of its answer',
  'ssm:GetCommandInvocation': 'the whole answer, where it is longer than the list shows',
  'ssm:CancelCommand': 'stop a probe that nobody waits for any more',
  'securityhub:GetFindings': 'our own findings about a cluster, so that only changes are written',
  'securityhub:BatchImportFindings': 'write findings, and archive those whose subject is gone',
};

/** What AWS services do with the roles of the stack. */
const servicePurposes: Readonly<Record<string, string>> = {
  'logs:CreateLogStream': "AWS Lambda: the function's logs",
  'logs:PutLogEvents': "AWS Lambda: the function's logs",
  'lambda:InvokeFunction': 'EventBridge Scheduler: start the audit',
  'sqs:SendMessage': 'EventBridge Scheduler: keep a start that could not be delivered',
};

const purposeOf = new Map<string, string>(Object.entries({ ...purposes, ...servicePurposes }));

/** docs/permissions.md, from the synthesised template. */
export function permissionsPage(deployed: Deployed): string {
  const byRole = Map.groupBy(grantsOf(deployed), ({ role }) => role.split('/').at(-1) ?? role);

  return `# Permissions

What the roles of the stack may do, on what, and what for. This page is made from the synthesised template (\`npx vitest run test/prove-iam -u\`), and a
test compares the two.

\`npm run prove:iam\` proves it: the bundled function runs through all of its flows in the emulated account, every AWS call that it makes is evaluated against the
policies of the template, and so is what AWS services do with these roles. Nothing that is asked may be denied, no grant may be there without
which nothing would be denied, and what must be refused is refused. It does not know your organization's SCPs, permission boundaries or endpoint policies; those can only take
rights away.

${[...byRole].map(([role, grants]) => roleSection(role, grants)).join('\n')}
## Without permission

- \`sts:GetCallerIdentity\`, the signed call inside the token for a cluster's API server: AWS asks for no permission.
- What the function may do *inside* a cluster is no matter of IAM: an access entry with a group, and [rbac.yaml](rbac.yaml).

## What is refused

The test asks for each of these with the audit role, and fails when it is allowed; it also fails when a policy that does allow it goes unnoticed.

${forbidden.map(({ what, request }) => `- ${what} (\`${request.action}\`)`).join('\n')}
`;
}

const titles: Readonly<Record<string, string>> = {
  [auditRoleName]: `## ${auditRoleName}: the role of the function

Runs the probe by one document, \`${probeDocumentName}\`, which takes no parameter, and on machines by the tag of their cluster.
\`*\` stands only where AWS knows no narrower resource.`,
};

const roleSection = (
  role: string,
  grants: readonly Grant[],
): string => `${titles[role] ?? '## The role of the schedule'}

| action | on | if | for |
| ------ | -- | -- | --- |
${grants.map(row).join('\n')}
`;

function row(grant: Grant): string {
  const purpose = purposeOf.get(grant.action);
  if (!purpose)
    throw new Error(`nobody has said what ${grant.action} is for: add it to test/prove-iam/permissions-page.ts`);

  const condition = conditionText(grant);
  return `| \`${grant.action}\` | \`${grant.resource}\` | ${condition && `\`${condition}\``} | ${purpose} |`;
}
