import { z } from 'zod';
import type { Deployed } from './deployed.ts';
import type { IamRequest } from './iam-request.ts';

const lambdaFunction = z.object({ Role: z.string(), LoggingConfig: z.object({ LogGroup: z.string() }) });

const schedule = z.object({
  Target: z.object({ Arn: z.string(), RoleArn: z.string(), DeadLetterConfig: z.object({ Arn: z.string() }) }),
});

/** What AWS services ask IAM with the roles of the template, which no call of the program shows: read off the resources that make them ask. */
export function serviceRequests(deployed: Deployed): readonly IamRequest[] {
  const { partition, region, accountId } = deployed.place;

  const logs = deployed.resources('AWS::Lambda::Function').flatMap(({ properties }) => {
    const { Role: role, LoggingConfig: logging } = lambdaFunction.parse(
      deployed.resolve(pick(properties, 'Role', 'LoggingConfig')),
    );
    const resource = `arn:${partition}:logs:${region}:${accountId}:log-group:${logging.LogGroup}:log-stream:2026/12/01/[$LATEST]0123456789abcdef`;
    return ['logs:CreateLogStream', 'logs:PutLogEvents'].map((action) => ({
      by: 'AWS Lambda',
      role,
      action,
      resource,
    }));
  });

  const starts = deployed.resources('AWS::Scheduler::Schedule').flatMap(({ properties }) => {
    const { Target: target } = schedule.parse(deployed.resolve(pick(properties, 'Target')));
    const asked = { by: 'EventBridge Scheduler', role: target.RoleArn };
    return [
      { ...asked, action: 'lambda:InvokeFunction', resource: target.Arn },
      { ...asked, action: 'sqs:SendMessage', resource: target.DeadLetterConfig.Arn },
    ];
  });

  return [...logs, ...starts].map((each) => ({ ...each, context: {} }));
}

const pick = (properties: Readonly<Record<string, unknown>>, ...names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, properties[name]]));
