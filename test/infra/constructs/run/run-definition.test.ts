import { readFileSync } from 'node:fs';
import aslValidator from 'asl-validator';
import { describe, expect, it } from 'vitest';
import { runDefinition } from '../../../../infra/constructs/run/run-definition.ts';
import { unfinished as unfinishedItem } from '../../../../lambda/flow/run/audit-item.ts';
import { NamedError } from '../../../../lambda/handlers/invocation.ts';
import { blue } from '../../../core/run/complete-run.ts';
import { resourcesOf, stackOf, textOf } from '../../synthesise.ts';

const lambda = (name: string) => `arn:aws:lambda:eu-west-1:111122223333:function:${name}`;
const definition = runDefinition({
  partition: 'aws',
  discoverArn: lambda('discover'),
  auditArn: lambda('item'),
  summariseArn: lambda('summarise'),
  bucketName: 'runs-of-the-hub',
  maxConcurrentClusters: 7,
  toleratedFailurePercentage: 30,
});
const states = Object(definition['States']);
const { AuditItem, AuditFurther, JudgeWhatIsRead, RememberItem, AuditOnceMore } =
  states.AuditItems.ItemProcessor.States;
const tasks: readonly (readonly [string, Record<string, unknown>])[] = [
  ['Discover', states.Discover],
  ['AuditItem', AuditItem],
  ['AuditFurther', AuditFurther],
  ['JudgeWhatIsRead', JudgeWhatIsRead],
  ['RememberItem', RememberItem],
  ['AuditOnceMore', AuditOnceMore],
  ['Summarise', states.Summarise],
];

describe('a run', () => {
  it('has a row in the runbook for each step that can fail', () => {
    const [, section = ''] = /^## run-failed$([\s\S]*?)^## /m.exec(readFileSync('docs/runbook.md', 'utf8')) ?? [];
    const rows = [...section.matchAll(/^\| (`[^|]+)/gm)].flatMap(([, cell = '']) => cell.match(/\w+/g) ?? []);
    const failing = [...tasks.map(([name]) => name), 'AuditItems'];
    expect(failing.filter((name) => !rows.includes(name))).toEqual([]);
    expect(Object.keys(states).filter((name) => states[name].Type !== 'Choice' && !failing.includes(name))).toEqual([]);
  });

  it('ends within a day, so that a run that hangs does not keep the next ones from starting', () => {
    expect(definition['TimeoutSeconds']).toBe(86_400);
  });

  it('goes on with an item for which one function had no time, and has what is there judged when a further step dies', () => {
    const unfinished = { ErrorEquals: ['AuditUnfinished'], ResultPath: '$.stepBefore', Next: 'AuditFurther' };
    const failed = { ErrorEquals: ['States.ALL'], ResultPath: '$.stepBefore', Next: 'JudgeWhatIsRead' };
    expect(new NamedError(unfinishedItem(blue).code, '').name).toBe('AuditUnfinished');
    const remember = { ...failed, Next: 'RememberItem' };
    expect(AuditItem).toMatchObject({ Catch: [unfinished, remember], End: true });
    expect(AuditFurther).toMatchObject({ Catch: [unfinished, failed], End: true });
    expect(AuditFurther.Parameters).toEqual(AuditItem.Parameters);
    expect(JudgeWhatIsRead.Parameters.Payload).toEqual({ ...AuditItem.Parameters.Payload, last: true });
    expect(JudgeWhatIsRead.Catch).toEqual([remember]);
  });

  it('counts the run of an item that died, and tries it once more whatever becomes of that, where a redrive begins', () => {
    expect(RememberItem).toMatchObject({ Next: 'AuditOnceMore', ResultPath: null, Catch: [{ Next: 'AuditOnceMore' }] });
    expect(RememberItem.Parameters.Payload).toEqual({ ...AuditItem.Parameters.Payload, unaudited: true });
    expect(AuditOnceMore).toMatchObject({ Parameters: AuditItem.Parameters, End: true });
    expect(AuditOnceMore.Catch).toBeUndefined();
  });

  it('audits as many items at once, and bears as many failures, as the settings say', () => {
    expect(states.AuditItems).toMatchObject({ MaxConcurrency: 7, ToleratedFailurePercentage: 30 });
  });

  it.each(tasks)(
    '%s is tried again after what trying again can fix, and nothing else, never all at once',
    (_, task) => {
      expect(JSON.stringify(task['Retry'])).not.toMatch(/States\.(ALL|TaskFailed)/);
      const retriers = task['Retry'] as readonly {
        ErrorEquals: string[];
        MaxAttempts: number;
        JitterStrategy: string;
      }[];
      expect(retriers.flatMap((each) => each.ErrorEquals)).toEqual(
        expect.arrayContaining(['Throttled', 'Lambda.ServiceException', 'Lambda.TooManyRequestsException']),
      );
      for (const retrier of retriers) expect(retrier).toMatchObject({ JitterStrategy: 'FULL' });
    },
  );
});

it('is deployed as a standard machine that Step Functions takes, and that logs every step and none of what passes between them', () => {
  const [machine] = resourcesOf(stackOf('EksKubeletAudit'), 'AWS::StepFunctions::StateMachine');
  const text = textOf(machine?.Properties['DefinitionString'])
    .replaceAll('<AWS::Partition>', 'aws')
    .replaceAll(/<(\w+)\.Arn>/g, 'arn:aws:lambda:eu-west-1:111122223333:function:$1')
    .replaceAll(/<\w+>/g, 'bucket');
  expect(aslValidator(JSON.parse(text))).toMatchObject({ isValid: true, errors: [] });
  expect(machine?.Properties).toMatchObject({
    StateMachineName: 'EksKubeletAudit',
    StateMachineType: 'STANDARD',
    LoggingConfiguration: { Level: 'ALL', IncludeExecutionData: false },
    TracingConfiguration: { Enabled: true },
  });
});
