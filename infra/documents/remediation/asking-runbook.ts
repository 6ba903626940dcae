import { approvalTopicName, approverRoleName, runbookRoleName } from '../../../lambda/contract/remediation-names.ts';
import { remediateKubeletsRunbook } from './remediate-automation.ts';

/** Its account and Region; tokens of CloudFormation too. */
interface AskingRunbookOptions {
  readonly partition: string;
  readonly region: string;
  readonly accountId: string;
}

/**
 * The runbook as it is deployed: it always asks for approval, and only principals with the approver's role can give it. Its starter can neither skip
 * the approval nor name another approver: SSM takes no other value for these parameters.
 */
export function askingRunbook({ partition, region, accountId }: AskingRunbookOptions) {
  const runbook = remediateKubeletsRunbook();
  const { AutomationAssumeRole, Approval, Approvers, NotificationArn, ...others } = runbook.parameters;
  const roleArn = (name: string): string => `arn:${partition}:iam::${accountId}:role/${name}`;
  const approverArn = roleArn(approverRoleName);
  const topicArn = `arn:${partition}:sns:${region}:${accountId}:${approvalTopicName}`;

  return {
    ...runbook,
    parameters: {
      AutomationAssumeRole: { ...AutomationAssumeRole, default: roleArn(runbookRoleName) },
      ...others,
      Approval: {
        ...Approval,
        description: 'A person is always asked',
        default: 'required',
        allowedValues: ['required'],
      },
      Approvers: { ...Approvers, default: [approverArn], minItems: 1, allowedPattern: `^${approverArn}$` },
      NotificationArn: { ...NotificationArn, default: topicArn, allowedPattern: `^${topicArn}$` },
    },
  };
}
