import type { Stack } from 'aws-cdk-lib';
import { executions } from './runbook-start.ts';

/** Systems Manager alone, for executions of runbooks of this account. */
export const automationTrust = (stack: Stack) => ({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { Service: 'ssm.amazonaws.com' },
      Action: 'sts:AssumeRole',
      Condition: {
        StringEquals: { 'aws:SourceAccount': stack.account },
        ArnLike: { 'aws:SourceArn': executions(stack).resources[0] },
      },
    },
  ],
});
