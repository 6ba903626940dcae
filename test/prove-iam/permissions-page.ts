import {
  clusterNameTags,
  hubFunctions,
  hybridClusterTag,
  memberRoleName,
  probeDocumentName,
  productName,
} from '../../lambda/contract/names.ts';
import {
  approvalTopicName,
  approverRoleName,
  remediateDocumentName,
  remediateFunction,
  remediationBusName,
  remediationEventsRoleName,
  remediationRoleName,
  remediationRunbookName,
  runbookRoleName,
} from '../../lambda/contract/remediation-names.ts';
import { type Described, described } from './described.ts';
import { auditChanges, type Change, remediationChanges, responseRoleName } from './may-change.ts';
import type { ProgramAction } from './program-requests.ts';
import { type Proof, refusalsAsk } from './prove.ts';

/** What the functions ask for, and why. A new action does not compile until its purpose is here. */
const purposes: Readonly<Record<ProgramAction, string>> = {
  'eks:ListClusters': 'find the clusters of the account and Region',
  'eks:DescribeCluster': 'endpoint, CA, status, networks and compute of a cluster',
  'eks:ListFargateProfiles': 'whether a node that calls itself Fargate can be one',
  'eks:ListNodegroups': 'the managed node groups of a cluster, where a tag says that a machine is of one',
  'eks:DescribeNodegroup': 'the Auto Scaling groups of such a group: only their machines are its own',
  'eks:ListAccessEntries': 'with control 4.1.10 only: whom EKS lets into a cluster',
  'eks:DescribeAccessEntry':
    'with control 4.1.10: in which Kubernetes groups such a principal is; with the source direct: in which the audit itself is',
  'eks:ListAssociatedAccessPolicies': 'with control 4.1.10 or the source direct: which access policies it has',
  'ec2:DescribeInstances': 'the machines of a cluster, by their tags: what a node says of itself is compared with them',
  'ec2:DescribeVpcs':
    'the networks of a cluster, with `tls` among the sources only: no node is dialled outside of them',
  'ec2:DescribeLaunchTemplateVersions':
    'only with nextNode: what node groups launch next. It reads the user data of every launch template of the Region',
  'ec2:DescribeImages': 'only with nextNode: whether such an AMI is one that AWS made for EKS',
  'autoscaling:DescribeAutoScalingGroups': 'only with nextNode: which launch templates the groups of a cluster use',
  'autoscaling:DescribeLaunchConfigurations': 'only with nextNode: the user data of groups without a launch template',
  'ec2:DescribeRegions': 'which Regions the account has switched on',
  'ssm:DescribeInstanceInformation': 'which machines SSM reaches, and the hybrid nodes of a cluster',
  'ssm:ListDocumentVersions': 'which versions the document of our name has',
  'ssm:DescribeDocument': 'the hash of a version, which the command then names, so that no other content is run',
  'ssm:GetDocument': 'whether a version says what this program brings: nothing else is run',
  'ssm:SendCommand': 'run the probe, by version and hash',
  'ssm:ListCommandInvocations': 'how the probe ended on each machine, and the beginning of its answer',
  'ssm:GetCommandInvocation': 'the whole answer, where it is longer than the list shows',
  'securityhub:GetFindings': 'our own findings about a cluster, so that only changes are written',
  'securityhub:BatchImportFindings': 'write findings, and archive those whose subject is gone',
  'states:StartExecution': 'start a run',
  'states:ListExecutions': 'whether a run is still going',
  'states:DescribeExecution': 'whether the run that holds the lock is over',
  'organizations:ListAccountsForParent': 'the accounts of a unit',
  'organizations:ListOrganizationalUnitsForParent': 'the units below a unit',
  'sts:AssumeRole': `become \`${memberRoleName}\` in an audited account`,
  's3:GetObject': 'what this run, and the one before it, left there; what sweeps left; who holds the lock of runs',
  's3:PutObject':
    'items, answers, results, the summary; what is remembered of each cluster; with `sweep` its state and the census; the lock of runs',
  's3:DeleteObject': 'what is remembered of a cluster that is gone, after it was moved below `memory/gone/`',
  's3:ListBucket': 'the answers of a run; and tell an object that is not there from one that is forbidden',
  'events:PutEvents': 'say that a finding opened or was resolved, and that a run is over',
  'kms:GetPublicKey': 'the public key of the key that signs runs, to check what KMS signed',
  'kms:Sign': 'sign the statement about a run',
  'ssm:StartAutomationExecution': 'start the runbook, which asks first',
  'ssm:AddTagsToResource': 'mark its execution as ours, so that approvers may answer it',
  'iam:PassRole': 'let it act under its own role',
  'ssm:DescribeAutomationExecutions': 'whether a runbook of the same node group has not ended yet',
  'ssm:GetAutomationExecution': 'which cluster and nodes a runbook is about',
  'ssm:DescribeAutomationStepExecutions': 'what became of each of its nodes',
};

/** What AWS services do with the roles, and with the policies that let services in. */
const servicePurposes: Readonly<Record<string, string>> = {
  'logs:CreateLogStream': "the function's logs",
  'logs:PutLogEvents': "the function's logs",
  'sqs:SendMessage': 'keep a start that could not be delivered, or that failed',
  'ec2:CreateNetworkInterface': 'the way of the function into the VPC',
  'ec2:DescribeNetworkInterfaces': 'the way of the function into the VPC',
  'ec2:DescribeSubnets': 'the way of the function into the VPC',
  'ec2:DeleteNetworkInterface': 'the way of the function into the VPC',
  'ec2:AssignPrivateIpAddresses': 'the way of the function into the VPC',
  'ec2:UnassignPrivateIpAddresses': 'the way of the function into the VPC',
  'lambda:InvokeFunction': 'invoke the function',
  'sns:Publish': 'an alarm, or an event of a run, reaches the subscribers',
  'kms:Decrypt': 'the messages of the topic are encrypted',
  'kms:GenerateDataKey': 'the messages of the topic are encrypted',
};

/** What Step Functions does with the role of the state machine; some actions have another purpose there. */
const machinePurposes: Readonly<Record<string, string>> = {
  'lambda:InvokeFunction': 'the steps of a run',
  'states:StartExecution': 'the Distributed Map: start it again, as child executions',
  'states:DescribeExecution': 'the Distributed Map: watch its child executions',
  'states:StopExecution': 'the Distributed Map: stop its child executions',
  'states:RedriveExecution': 'the Distributed Map: redrive its child executions',
  's3:GetObject': 'the Distributed Map: read the items, and put its results together',
  's3:PutObject': 'the Distributed Map: write its results',
  's3:ListMultipartUploadParts': 'the Distributed Map: write large results',
  's3:AbortMultipartUpload': 'the Distributed Map: write large results',
};

/** What an action is for in the hands of another role than the audit's, or in the policy of another resource. */
const purposesOf: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  RunRole: machinePurposes,
  SweepRole: { 'lambda:InvokeFunction': 'read the machines of one item of a sweep' },
  SweepScheduleRole: { 'lambda:InvokeFunction': 'sweep' },
  [hubFunctions.discover.roleName]: {
    'states:StartExecution': 'with `sweep` only: have the machines read that came between two runs',
  },
  [remediateFunction.roleName]: {
    'sts:AssumeRole':
      'audit the cluster of a finding again, before the runbook and after it; start the runbook in its account',
    'sqs:SendMessage': 'keep an event whose function failed',
  },
  [approverRoleName]: {
    'ssm:DescribeAutomationExecutions': 'see what waits',
    'ssm:DescribeAutomationStepExecutions': 'see how far a runbook is',
    'ssm:GetAutomationExecution': 'see which nodes and controls it is about',
    'ssm:SendAutomationSignal': 'approve, or reject',
  },
  [remediationRoleName]: {
    'ssm:ListDocumentVersions':
      'find the versions of the runbook and of the document that fixes which say what the program brings',
    'ssm:DescribeDocument': 'the hash of such a version, by which it is run',
    'ssm:GetDocument': 'what the version says',
  },
  [runbookRoleName]: {
    'ssm:DescribeDocument': 'after the approval: both documents are as they were when the remedy was asked for',
    'ssm:SendCommand': 'fix one node after the other',
    'ssm:ListCommands': 'whether the command is over',
    'ssm:ListCommandInvocations': 'how it ended on each node',
    'ssm:GetCommandInvocation': 'what it said',
    'ssm:DescribeInstanceInformation': 'whether the nodes are reached',
    'ssm:GetParametersByPath': 'whether another run has the node group',
    'ssm:PutParameter': 'hold the node group, and free it',
    'sns:Publish': 'ask for the approval',
  },
  [responseRoleName]: {
    'ec2:DescribeInstances': "whether the finding's machines are tagged as ones of its cluster",
    'ssm:DescribeInstanceInformation': 'the same, for hybrid nodes',
    'ssm:DescribeDocument': 'which versions of the runbook and of the document that fixes are there now',
    'ssm:GetAutomationExecution': 'wait for its end',
    'eks:DescribeCluster': "the CA of the finding's cluster",
  },
  [remediationEventsRoleName]: { 'events:PutEvents': 'tell the hub that a runbook has ended' },
  'the bus for ends of runbooks': { 'events:PutEvents': 'hear that a runbook has ended' },
  'the function behind the custom action': {
    'lambda:InvokeFunction': 'the button was pressed, or a runbook has ended',
  },
  'the dead-letter queue of ends of runbooks': { 'sqs:SendMessage': 'keep what could not reach the hub' },
  'the dead-letter queue of the custom action': { 'sqs:SendMessage': 'keep an event that could not be delivered' },
};
const deliveryPurpose = 'deliver the logs of the state machine';
const tracePurpose = 'trace the steps of a run in X-Ray';

/** The service that asks for it, where it is not the program. */
function usedFor(row: Described): string {
  const services = row.by.filter((each) => !each.startsWith(productName) && each !== refusalsAsk);
  return [...(services.length > 0 ? [services.join(', ')] : []), purposeOf(row)].join(': ');
}

function purposeOf({ holder, permission: { action, effect } }: Described): string {
  if (effect === 'Deny')
    return holder.startsWith('the ') ? 'nobody may without TLS' : "the function's own code may not";
  if (holder === 'RunRole' || holder === 'SweepRole') {
    if (action.startsWith('logs:')) return deliveryPurpose;
    if (action.startsWith('xray:')) return tracePurpose;
  }
  const ofAll = { ...purposes, ...servicePurposes };
  const purpose = new Map(Object.entries({ ...ofAll, ...purposesOf[holder] })).get(action);
  if (!purpose) throw new Error(`nobody has said what ${action} is for: add it to test/prove-iam/permissions-page.ts`);
  return purpose;
}

const titles: Readonly<Record<string, string>> = {
  [hubFunctions.start.roleName]: 'The function that starts a run.',
  [hubFunctions.discover.roleName]: 'The function that lists accounts, Regions and clusters.',
  [hubFunctions.audit.roleName]: 'The function that audits one cluster, or tidies up after one Region of an account.',
  [hubFunctions.summarise.roleName]: 'The function that sums up a run.',
  RunRole: 'AWS Step Functions alone uses it.',
  ScheduleRole: 'EventBridge Scheduler alone uses it.',
  SweepRole: 'With `sweep` only. AWS Step Functions alone uses it.',
  SweepScheduleRole: 'With `sweep` only. EventBridge Scheduler alone uses it.',
  [memberRoleName]: `In every audited account, the hub's own too. It runs the probe by one document, \`${probeDocumentName}\`, which takes no parameter, and on
machines by the tag of their cluster: ${[...clusterNameTags, hybridClusterTag].map((tag) => `\`${tag}\``).join(', ')}. A machine without one of them is refused; tag it with
\`${clusterNameTags[0]}\` and the name of its cluster. The role is the same whatever the settings are, but for access entries, which are read where control 4.1.10 is chosen, and launch templates, which are read
with \`nextNode\`.`,
  [remediateFunction.roleName]: `The function behind the custom action of Security Hub. It reads with \`${memberRoleName}\`, and starts the runbook with the next role; by itself it can do neither.`,
  [remediationRoleName]: `In every account whose nodes may be fixed. It starts \`${remediationRunbookName}\` and no other runbook, hands it its own role and no other, and asks what an ended one was about. That runbook takes no
parameter that would do without the approval, or name somebody else for it.`,
  [approverRoleName]: 'In the same accounts, for people of the hub who approve.',
  [runbookRoleName]: `In the same accounts, and Systems Manager alone uses it: to ask by the topic \`${approvalTopicName}\`, and after the approval to run \`${remediateDocumentName}\` on the nodes, which
are known by the same tags as for the probe.`,
  [remediationEventsRoleName]: `In the same accounts, and EventBridge alone uses it: the hub hears on the bus \`${remediationBusName}\` that a runbook has ended, and reads its nodes again.`,
  [responseRoleName]:
    'With `automatedSecurityResponse` only, in the same accounts: what Automated Security Response passes to the runbook that it starts. Systems Manager alone uses it.',
};
const headings: Readonly<Record<string, string>> = {
  RunRole: 'The role of the state machine',
  ScheduleRole: 'The role of the schedule',
  SweepRole: 'The role of the state machine of sweeps',
  SweepScheduleRole: 'The role of the schedule of sweeps',
};

/** docs/permissions.md, from the synthesised templates and the proof about them. */
export function permissionsPage({ needs, refusals }: Proof): string {
  const rows = described(needs);
  const ofRoles = Map.groupBy(
    rows.filter(({ permission }) => permission.policy === 'identity'),
    ({ holder }) => holder,
  );
  const trusts = rows.filter(({ permission }) => permission.policy === 'trust');
  const ofResources = rows.filter(({ permission }) => permission.policy === 'resource');
  const refused = Map.groupBy(refusals, ({ who }) => who);
  const sections = (which: (role: string) => boolean): string =>
    [...ofRoles]
      .filter(([role]) => which(role))
      .map(([role, of]) => roleSection(role, of))
      .join('\n');

  return `# Permissions

For reviewers of the IAM roles: what they may do, on what, and what for. This page is made from the synthesised templates (\`npx vitest run test/prove-iam --update\`), and a
test compares the two.

\`npm run prove:iam\` proves it. The product is deployed three times into the emulated estate: for its own account, for listed accounts, and for an organization (in a VPC,
with every source; the last two with remediation). The bundled functions run through the synthesised state machine: scheduled runs, a start while a run is going, a run once more by its id, clusters that
are gone, nodes that never answer, the custom action of Security Hub and the end of its runbook. Every AWS call that they make is evaluated against the policies of the templates, by the role that made it and with the condition keys
that it brings, and so is what AWS services and approvers do with these roles: that is read off the templates, and off the steps of the runbooks in them. To assume the member role, the policy of the caller and the trust of the role must both allow it. Nothing
that is asked may be denied; nothing may be in a policy without which all answers would be the same; what must be refused is refused.

The proof knows AWS by its Service Authorization Reference and not by a live account, and it does not know your organization's SCPs, permission boundaries or endpoint
policies; those can only take rights away. Settings that switch something off take no permission away: with \`publish: false\`, or with fewer sources, the roles may still do what
they then never do.

## What can be changed

The roles can only read everything else. One such right reaches further than the audit needs: the member role can read the output of **every** Run Command of its account, in each Region
(\`ssm:ListCommandInvocations\`, \`ssm:GetCommandInvocation\`), because AWS accepts no narrower resource for these calls. Keep secrets out of the output of commands. The role can't cancel a command:
the timeout of its document ends the probe.

${auditChanges.map(changeLine).join('\n')}

Nodes are changed by remediation alone, which is off by default, and has stacks and roles of its own. What each of these may change, and nothing of another one's:

${Object.entries(remediationChanges)
  .map(([role, changes]) => `- \`${role}\`:\n${changes.map((each) => `  ${changeLine(each)}`).join('\n')}`)
  .join('\n')}

## The roles of the audit

\`*\` stands only where AWS takes no narrower resource. "With" names the settings that a permission is there for; it is empty where all have it.

${sections((role) => !(role in remediationChanges))}
## The roles of remediation

With \`remediation\` in the settings only. Who starts, who approves and who acts are three roles: none of them can do what another one is there for, and none of the audit's can do any of it.

${sections((role) => role in remediationChanges)}
## Who may assume them

| role | who | if |
| ---- | --- | -- |
${trusts.map(({ holder, principal, condition }) => `| ${code(headings[holder] ? '' : holder) || (headings[holder] ?? '')} | ${code(principal)} | ${code(condition)} |`).join('\n')}

The account of \`HUB\` stands for its role that the condition names, which needs the right by a policy of its own too. A listed account, and the hub's own, know no
organization: there the last condition is not asked. \`UNIT\` is each unit of the settings, \`EXCLUDED\` each account that they exclude. \`OPERATOR-ROLE\` is \`operatorRole\` of the settings, \`APPROVER-ROLE\` each of its \`remediation.approvers\`: not there without them, as
\`${remediateFunction.roleName}\` is not without remediation.

## Policies of other resources

| of | who | says | on | if | for |
| -- | --- | ---- | -- | -- | --- |
${ofResources.map((row) => `| ${row.holder} | ${row.principal} | ${row.permission.effect === 'Deny' ? 'never ' : ''}${code(row.permission.action)} | ${code(row.resource)} | ${code(row.condition)} | ${usedFor(row)} |`).join('\n')}

## Without permission

- \`sts:GetCallerIdentity\`, the signed call inside the token for a cluster's API server, and by the function that sums up, for the run's manifest: AWS asks for no permission.
- What the member role may do *inside* a cluster is no matter of IAM: an access entry with a group, and [rbac.yaml](rbac.yaml). With \`nextNode\` also \`list\` on Karpenter's \`nodepools\` and \`ec2nodeclasses\`, where a cluster is not read by \`direct\` ([access.md](access.md#what-karpenter-would-launch-next)).

## What is refused

The test asks for each of these, and fails when it is allowed; it also fails when a policy that does allow it goes unnoticed.

${[...refused].map(([who, of]) => refusedBy(who, of)).join('\n')}
`;
}

const changeLine = ({ what, actions }: Change): string => `- ${what}: ${actions.map(code).join(', ')}`;

function roleSection(role: string, rows: readonly Described[]): string {
  const withColumn = rows.some(({ only }) => only.length > 0);
  const row = (each: Described): string => {
    const { permission, resource, condition } = each;
    const cells = [
      `${permission.effect === 'Deny' ? 'never ' : ''}${code(permission.action)}`,
      code(resource),
      code(condition),
      ...(withColumn ? [settingsOf(each)] : []),
      usedFor(each),
    ];
    return `| ${cells.join(' | ')} |`;
  };

  const head = ['action', 'on', 'if', ...(withColumn ? ['with'] : []), 'for'];
  return `### ${headings[role] ?? role}

${titles[role] ?? ''}

| ${head.join(' | ')} |
| ${head.map((each) => '-'.repeat(each.length)).join(' | ')} |
${rows.map(row).join('\n')}
`;
}

/** One of the deployments has a VPC, and it is that which these are for. */
const settingsOf = ({ permission: { action }, only }: Described): string =>
  action.startsWith('ec2:') ? '`vpc`' : only.join(', ');

function refusedBy(
  who: string,
  of: readonly { readonly what: string; readonly request: { readonly action: string } }[],
) {
  const once = new Map(of.map(({ what, request }) => [what, request.action]));
  const lines = [...once].map(([what, action]) => `${what} (\`${action}\`)`);
  return lines.length === 1 ? `- ${who}: ${lines[0]}` : [`- ${who}:`, ...lines.map((line) => `  - ${line}`)].join('\n');
}

const code = (text: string): string => text && `\`${text}\``;
