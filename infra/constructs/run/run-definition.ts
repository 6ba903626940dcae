import { runPrefix, runTimeoutSeconds } from '../../../lambda/contract/names.ts';

interface RunDefinitionProps {
  /** `aws`, or its placeholder until the deployment knows it. */
  readonly partition: string;
  readonly discoverArn: string;
  readonly auditArn: string;
  readonly summariseArn: string;
  readonly bucketName: string;
  /** Items at once. */
  readonly maxConcurrentClusters: number;
  readonly toleratedFailurePercentage: number;
}

/** Errors of Lambda itself, which the next try may not meet: half a minute to some minutes apart, never all items at once. */
const lambdaTrouble = {
  ErrorEquals: [
    'Lambda.ServiceException',
    'Lambda.AWSLambdaException',
    'Lambda.SdkClientException',
    'Lambda.ClientExecutionTimeoutException',
    'Lambda.TooManyRequestsException',
  ],
  IntervalSeconds: 5,
  MaxAttempts: 6,
  BackoffRate: 2,
  MaxDelaySeconds: 120,
  JitterStrategy: 'FULL',
};

/** What the item's own account answered too often with: waited for longer, since the account's rates are shared with others. */
const throttling = {
  ErrorEquals: ['Throttled'],
  IntervalSeconds: 30,
  MaxAttempts: 4,
  BackoffRate: 2,
  MaxDelaySeconds: 300,
  JitterStrategy: 'FULL',
};

/** A function that died or ran out of time: once more, since doing a step twice changes nothing. */
const crash = {
  ErrorEquals: ['Lambda.Unknown', 'Runtime.ExitError', 'Sandbox.Timedout'],
  IntervalSeconds: 10,
  MaxAttempts: 1,
  BackoffRate: 1,
  JitterStrategy: 'FULL',
};

/** A function that had no time for all nodes of a cluster, and left the rest to the next step. */
const unfinished = { ErrorEquals: ['AuditUnfinished'], ResultPath: '$.stepBefore' };

/** What retries did not help against. */
const anything = { ErrorEquals: ['States.ALL'], ResultPath: '$.stepBefore' };

/**
 * A run, in Amazon States Language: discover → the items, each by one invocation, or by several where one is too short → summarise. The state stays small: the list of items and all
 * results are in S3, and each item's answer is a line of counts.
 */
export function runDefinition(props: RunDefinitionProps): Readonly<Record<string, unknown>> {
  const service = (name: string) => `arn:${props.partition}:states:::${name}`;
  const invoke = (functionArn: string, payload: Readonly<Record<string, string | boolean>>) => ({
    Type: 'Task',
    Resource: service('lambda:invoke'),
    Parameters: { FunctionName: functionArn, Payload: payload },
    OutputPath: '$.Payload',
  });
  const audit = (more: Readonly<Record<string, boolean>> = {}) => ({
    ...invoke(props.auditArn, { 'runId.$': '$.runId', 'startedAt.$': '$.startedAt', 'item.$': '$.item', ...more }),
    Retry: [lambdaTrouble, throttling, crash],
  });

  const { OutputPath: _, ...unread } = audit({ unaudited: true });

  return {
    Comment: 'Audits the kubelets of every cluster of the accounts and Regions in the settings',
    TimeoutSeconds: runTimeoutSeconds,
    StartAt: 'Discover',
    States: {
      Discover: {
        ...invoke(props.discoverArn, {
          'executionName.$': '$$.Execution.Name',
          'executionStartedAt.$': '$$.Execution.StartTime',
          'input.$': '$$.Execution.Input',
        }),
        Retry: [lambdaTrouble, throttling, crash],
        Next: 'AnyItems',
      },
      AnyItems: {
        Type: 'Choice',
        Choices: [{ Variable: '$.items', NumericGreaterThan: 0, Next: 'AuditItems' }],
        Default: 'Summarise',
      },
      AuditItems: {
        Type: 'Map',
        Label: 'AuditItems',
        ItemReader: {
          Resource: service('s3:getObject'),
          ReaderConfig: { InputType: 'JSONL' },
          Parameters: { 'Bucket.$': '$.bucket', 'Key.$': '$.key' },
        },
        ItemSelector: { 'runId.$': '$.runId', 'startedAt.$': '$.startedAt', 'item.$': '$$.Map.Item.Value' },
        MaxConcurrency: props.maxConcurrentClusters,
        ToleratedFailurePercentage: props.toleratedFailurePercentage,
        ItemProcessor: {
          ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
          StartAt: 'AuditItem',
          States: {
            AuditItem: {
              ...audit(),
              Catch: [
                { ...unfinished, Next: 'AuditFurther' },
                { ...anything, Next: 'RememberItem' },
              ],
              End: true,
            },
            // The function counts the steps, and judges what there is when they are over.
            AuditFurther: {
              ...audit(),
              Catch: [
                { ...unfinished, Next: 'AuditFurther' },
                { ...anything, Next: 'JudgeWhatIsRead' },
              ],
              End: true,
            },
            JudgeWhatIsRead: { ...audit({ last: true }), Catch: [{ ...anything, Next: 'RememberItem' }], End: true },
            // It reads no cluster: what its findings say is older by one run.
            RememberItem: {
              ...unread,
              ResultPath: null,
              Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.notRemembered', Next: 'AuditOnceMore' }],
              Next: 'AuditOnceMore',
            },
            // The item fails under its own error, and a redrive begins here: a Fail state would fail again.
            AuditOnceMore: { ...audit(), End: true },
          },
        },
        ResultWriter: {
          Resource: service('s3:putObject'),
          Parameters: { Bucket: props.bucketName, 'Prefix.$': `States.Format('${runPrefix}{}/map', $.runId)` },
        },
        // The answers of the items are in S3; the run continues with the output of Discover.
        ResultPath: null,
        Next: 'Summarise',
      },
      Summarise: {
        ...invoke(props.summariseArn, { 'runId.$': '$.runId' }),
        Retry: [lambdaTrouble, throttling, crash],
        End: true,
      },
    },
  };
}

/** One item of a sweep, in Amazon States Language. A sweep waits an hour for its answer. */
export const sweepDefinition = ({
  partition,
  auditArn,
}: Pick<RunDefinitionProps, 'partition' | 'auditArn'>): Readonly<Record<string, unknown>> => ({
  Comment: 'Reads the machines of one cluster that came since the sweep before',
  TimeoutSeconds: 55 * 60,
  StartAt: 'ReadMachines',
  States: {
    ReadMachines: {
      Type: 'Task',
      Resource: `arn:${partition}:states:::lambda:invoke`,
      Parameters: { FunctionName: auditArn, Payload: { 'sweepItem.$': '$.item' } },
      OutputPath: '$.Payload',
      Retry: [lambdaTrouble, throttling, crash],
      End: true,
    },
  },
});
