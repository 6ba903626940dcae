/** Names and rights for changing nodes, in a separate stack. The audit's roles have none of them. */

/** The SSM Command document that fixes one node's kubelet, or says what it would do. */
export const remediateDocumentName = 'EksKubeletAudit-RemediateKubelet';

/** The Automation runbook that asks a person, and then runs the document above on one node after the other. */
export const remediationRunbookName = 'EksKubeletAudit-RemediateKubelets';

/** The steps of the runbook that stop it when one of the two was changed between its start and its approval. */
export const unchangedSteps = { remedy: 'remedyDocumentIsUnchanged', runbook: 'runbookIsUnchanged' } as const;

/** On each execution of the runbook that this program starts: approvers may answer no other. */
export const executionTag = { Key: 'eks-kubelet-audit', Value: 'remediation' } as const;

/** First line of the document's answer, with the version of its format: raised with every change that an older program could not read. */
export const remedyMarker = 'eks-kubelet-audit-remediate/1';

/** The function behind Security Hub's custom action, and the role under which it runs. */
export const remediateFunction = {
  functionName: 'eks-kubelet-audit-remediate',
  roleName: 'EksKubeletAuditRemediateFunction',
} as const;

/** Assumed by that function, in every account to fix: it may start the runbook and see how it ended. It can't change a node. */
export const remediationRoleName = 'EksKubeletAuditRemediate';

/** Assumed by Systems Manager alone, for the steps of the runbook: behind its approval. */
export const runbookRoleName = 'EksKubeletAuditRunbook';

/** Assumed by people of the hub's account, to approve in the account to fix. The runbook asks no other principal. */
export const approverRoleName = 'EksKubeletAuditApprover';

/** Systems Manager sends requests for approval only to topics whose name begins so. */
export const approvalTopicName = 'AutomationEksKubeletAudit';

/** The bus of the hub on which accounts tell that an execution of the runbook has ended, and nothing else. */
export const remediationBusName = 'EksKubeletAuditRemediation';

/** Assumed by EventBridge alone, in every account to fix: it puts events on that bus. */
export const remediationEventsRoleName = 'EksKubeletAuditRemediationEvents';

/** What Systems Manager says of the runbook, in the account and Region where it ran. Source: Systems Manager user guide, "EventBridge event examples". */
export const runbookEnded = {
  source: 'aws.ssm',
  detailType: 'EC2 Automation Execution Status-change Notification',
  /** Nothing was touched where the request was rejected. */
  statuses: ['Success', 'Failed', 'TimedOut', 'Cancelled'],
} as const;

/** The custom action's id: at most 20 letters and digits. */
export const customActionId = 'RemediateKubelet';

/** Environment of that function, beside the ones of the audit (environment.ts): written by infra, read by wiring. */
export const remediationEnvironment = {
  /** Who may approve, comma-separated: `role/NAME` or `user/NAME` of the account to fix, or whole ARNs. At most 10. */
  approvers: 'EKS_KUBELET_AUDIT_APPROVERS',
} as const;

/** What each of them may call, as in iam-actions.ts. */
export const remediationActions = {
  /** Rights of the function: it enters the audited account, once to audit and once to start the runbook. */
  function: ['sts:AssumeRole'],
  /**
   * Rights of `remediationRoleName`: to start the runbook, to pass the runbook's role, to read the executions that have ended, and to find our
   * versions of the two documents.
   */
  start: [
    'ssm:StartAutomationExecution',
    'ssm:AddTagsToResource',
    'iam:PassRole',
    'ssm:GetAutomationExecution',
    'ssm:ListDocumentVersions',
    'ssm:DescribeDocument',
    'ssm:GetDocument',
  ],
  /**
   * Rights of `runbookRoleName`: to check the documents, to send the command to one node after the other, to read how each ended, and to ask for
   * approval. It can't cancel a command that has begun.
   */
  runbook: [
    'ssm:DescribeDocument',
    'ssm:SendCommand',
    'ssm:ListCommands',
    'ssm:ListCommandInvocations',
    'ssm:GetCommandInvocation',
    'ssm:DescribeInstanceInformation',
    'sns:Publish',
  ],
  /** Rights of `remediationEventsRoleName`: on the bus of the hub. */
  events: ['events:PutEvents'],
  /** Rights of `approverRoleName`: to see what is asked, and to answer. */
  approver: [
    'ssm:SendAutomationSignal',
    'ssm:GetAutomationExecution',
    'ssm:DescribeAutomationExecutions',
    'ssm:DescribeAutomationStepExecutions',
  ],
  /** Rights of a person who runs `remediate --apply`, in addition to what an audit needs. */
  terminal: [
    'ssm:ListDocumentVersions',
    'ssm:DescribeDocument',
    'ssm:GetDocument',
    'ssm:SendCommand',
    'ssm:GetCommandInvocation',
  ],
} as const;
