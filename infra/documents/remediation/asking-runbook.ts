import type { remediateKubeletsRunbook } from './remediate-automation.ts';

type Runbook = ReturnType<typeof remediateKubeletsRunbook>;

interface AskingRunbookOptions {
  /** The role under which it acts, when nobody names another. */
  readonly runbookRoleArn: string;
  /** The role whose people may approve. */
  readonly approverRoleArn: string;
  /** The topic by which they hear of it. */
  readonly topicArn: string;
}

/**
 * The runbook as it is deployed: it always asks, and only those who have the approver's role. Whoever may start it can neither do without the approval nor
 * name somebody else for it: SSM takes no other value for these parameters.
 */
export function askingRunbook(runbook: Runbook, { runbookRoleArn, approverRoleArn, topicArn }: AskingRunbookOptions) {
  const { AutomationAssumeRole, Approval, Approvers, NotificationArn, ...others } = runbook.parameters;

  return {
    ...runbook,
    parameters: {
      AutomationAssumeRole: { ...AutomationAssumeRole, default: runbookRoleArn },
      ...others,
      Approval: {
        ...Approval,
        description: 'Somebody is always asked',
        default: 'required',
        allowedValues: ['required'],
      },
      Approvers: { ...Approvers, default: [approverRoleArn], minItems: 1, allowedPattern: `^${approverRoleArn}$` },
      NotificationArn: { ...NotificationArn, default: topicArn, allowedPattern: `^${topicArn}$` },
    },
  };
}
