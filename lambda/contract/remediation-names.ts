/** Names and rights for changing nodes, in a separate stack. The audit's roles have none of them. */

/** The SSM Command document that fixes one node's kubelet, or says what it would do. */
export const remediateDocumentName = 'EksKubeletAudit-RemediateKubelet';

/** The Automation runbook that asks a person, and then runs the document above on one node after the other. */
export const remediationRunbookName = 'EksKubeletAudit-RemediateKubelets';

/** The Automation runbook that shows what the one above would do. It changes no node, whatever it is started with, and asks nobody. */
export const dryRunRunbookName = 'EksKubeletAudit-DryRunKubelets';

/** The steps of the runbook that stop it when one of the two was changed between its start and its approval. */
export const unchangedSteps = { remedy: 'remedyDocumentIsUnchanged', runbook: 'runbookIsUnchanged' } as const;

/** The steps of the runbook for one node, in their order. What became of a node is read from them. */
export const nodeSteps = {
  /** Fails where another run has the node group: it is held from here on, and before each node for as long as that may take. */
  hold: 'groupIsHeld',
  /** Fails where Systems Manager has no connection to the machine, or no longer knows it: nothing is sent there. */
  reach: 'machineIsOnline',
  /** The document, with `Mode: apply`. It fails where the node was put back, or did not come back. */
  change: 'change',
  /** A refusal ends the command with 0: nothing was touched, and the next node is begun. */
  decide: 'changedOrRefused',
  /** The document once more, with `Mode: keep`: without it the node puts its change back. */
  readAgain: 'readAgain',
  /** After a command that failed: succeeds where it never ran on the machine. */
  undelivered: 'commandNeverRan',
  next: 'nextNode',
} as const;

/** How a command may have ended that never ran on its machine, in both spellings of Systems Manager. */
export const neverRanDetails = [
  'Undeliverable',
  'DeliveryTimedOut',
  'Delivery Timed Out',
  'InvalidPlatform',
  'Invalid Platform',
  'AccessDenied',
  'Access Denied',
] as const;

/** On each execution of the runbook that this program starts: approvers may answer no other. */
export const executionTag = { Key: 'eks-kubelet-audit', Value: 'remediation' } as const;

/** Below it, for each cluster and node group, the numbered parameters that say which run changes it. */
export const remedyLockPath = '/eks-kubelet-audit/remediation';

/** First line of the document's answer, with the version of its format: raised with every change that an older program could not read. */
export const remedyMarker = 'eks-kubelet-audit-remediate/1';

/** In the document's answer: nothing was touched on the node. No other line of an answer holds these words. */
export const refusedMarker = 'outcome=refused';

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

/** The event of Systems Manager when a runbook ends, in its account and Region. Source: Systems Manager user guide, "EventBridge event examples". */
export const runbookEnded = {
  source: 'aws.ssm',
  detailType: 'EC2 Automation Execution Status-change Notification',
  /** A rejected request changed no node. */
  statuses: ['Success', 'Failed', 'TimedOut', 'Cancelled'],
} as const;

/** The custom action's id: at most 20 letters and digits. */
export const customActionId = 'RemediateKubelet';

/** Environment of that function, beside the ones of the audit (environment.ts): written by infra, read by wiring. */
export const remediationEnvironment = {
  /** Who may approve, comma-separated: `role/NAME` or `user/NAME` of the account to fix, or whole ARNs. At most 10. */
  approvers: 'EKS_KUBELET_AUDIT_APPROVERS',
  /** `true`: runbooks are started also where no API server can say which nodes are Ready. */
  withoutReady: 'EKS_KUBELET_AUDIT_WITHOUT_READY',
} as const;

/** The actions that each of them may call, as in iam-actions.ts. */
export const remediationActions = {
  /** Rights of the function: it enters the audited account, once to audit and once to start the runbook. */
  function: ['sts:AssumeRole'],
  /**
   * Rights of `remediationRoleName`: to start the runbook, and to pass its role. To see which executions are open and how others ended, and to find our
   * versions of the two documents.
   */
  start: [
    'ssm:StartAutomationExecution',
    'ssm:AddTagsToResource',
    'iam:PassRole',
    'ssm:DescribeAutomationExecutions',
    'ssm:GetAutomationExecution',
    'ssm:DescribeAutomationStepExecutions',
    'ssm:ListDocumentVersions',
    'ssm:DescribeDocument',
    'ssm:GetDocument',
  ],
  /**
   * Rights of `runbookRoleName`: to check the documents, to ask for approval, and to take the node group. It sends the command to one node after the
   * other, and reads how each ended. It can't cancel a command that has begun.
   */
  runbook: [
    'ssm:DescribeDocument',
    'ssm:SendCommand',
    'ssm:ListCommands',
    'ssm:ListCommandInvocations',
    'ssm:GetCommandInvocation',
    'ssm:DescribeInstanceInformation',
    'ssm:GetParametersByPath',
    'ssm:PutParameter',
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
  /** Rights of a person who runs `remediate --apply`, in addition to what an audit needs. `ssm:ListCommands` is for `--resume` and `--undo`. */
  terminal: [
    'ssm:PutParameter',
    'ssm:GetParametersByPath',
    'ssm:ListCommands',
    'ssm:ListDocumentVersions',
    'ssm:DescribeDocument',
    'ssm:GetDocument',
    'ssm:SendCommand',
    'ssm:GetCommandInvocation',
  ],
} as const;
