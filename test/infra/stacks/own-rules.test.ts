import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { lockOf } from '../../../infra/config/deployment-lock.ts';
import { parseSettings } from '../../../infra/config/settings.ts';
import { settingsFromEnvironment } from '../../../lambda/wiring/settings.ts';
import { resolvedStack } from '../../lab/aws/cloud-formation/cloud-formation.ts';
import { matchesPattern } from '../../lab/aws/events/event-pattern.ts';
import {
  everyRemediation,
  everythingOwned,
  type Resource,
  resourcesOf,
  stackOf,
  statementsOf,
  templatesOf,
  textOf,
} from '../synthesise.ts';

// What a platform's own rules ask for: tags, a key, a topic and an event bus of its own, the hub in the management account.

const templates = templatesOf(everythingOwned);
const { alertBus, alertTopic, kmsKey, tags } = everythingOwned;
const hubTemplates = ['EksKubeletAudit', 'EksKubeletAuditRemediation'].map((name) => stackOf(name, everythingOwned));
const all = (type: string) => hubTemplates.flatMap((template) => resourcesOf(template, type));

describe('a key of their own', () => {
  it('encrypts the bucket, every log group and every queue of the hub, and no other key is made', () => {
    expect(all('AWS::KMS::Key')).toEqual([]);
    expect(all('AWS::S3::Bucket').map((each) => Object(each.Properties['BucketEncryption']))).toEqual([
      {
        ServerSideEncryptionConfiguration: [
          {
            BucketKeyEnabled: true,
            ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: kmsKey },
          },
        ],
      },
    ]);
    const groups = all('AWS::Logs::LogGroup');
    expect(groups.length).toBeGreaterThan(5);
    for (const group of groups) expect(group.Properties['KmsKeyId']).toBe(kmsKey);
    const queues = all('AWS::SQS::Queue');
    expect(queues).toHaveLength(3);
    for (const queue of queues) expect(queue.Properties['KmsMasterKeyId']).toBe(kmsKey);
  });

  const isToSign = (resource: unknown): boolean =>
    JSON.stringify(resource) === JSON.stringify([everythingOwned.signingKey]);

  it('is open to the roles that write there, only through S3 and SQS of the Region', () => {
    const roles = all('AWS::IAM::Role').map((role) => ({
      name: textOf(role.Properties['RoleName'] ?? role.Properties['Description']),
      statements: statementsOf(role).filter(
        ({ Action, Resource }) => Action.some((action) => action.startsWith('kms:')) && !isToSign(Resource),
      ),
    }));
    const users = roles.filter(({ statements }) => statements.length > 0);
    // Four functions of the hub and one of remediation, the state machine, the schedule.
    expect(users).toHaveLength(7);
    for (const { Action, Resource, Condition } of users.flatMap(({ statements }) => statements)) {
      expect(Action.toSorted()).toEqual(['kms:Decrypt', 'kms:GenerateDataKey']);
      expect(Resource).toEqual([kmsKey]);
      const through = z
        .object({ StringLike: z.object({ 'kms:ViaService': z.union([z.unknown().array(), z.unknown()]) }) })
        .parse(Condition).StringLike['kms:ViaService'];
      for (const each of [through].flat()) expect(textOf(each)).toMatch(/^(s3|sqs)\.<AWS::Region>\.\*$/);
    }
  });
});

describe('a permissions boundary of their own', () => {
  const { permissionsBoundary, ...without } = everythingOwned;
  /** Every role of the stacks, and of the template that a StackSet carries. */
  const rolesOf = (from: typeof templates) =>
    Object.values(from).flatMap((template) => [
      ...resourcesOf(template, 'AWS::IAM::Role'),
      ...resourcesOf(template, 'AWS::CloudFormation::StackSet').flatMap(({ Properties: { TemplateBody: body } }) =>
        typeof body === 'string'
          ? Object.values<Resource>(JSON.parse(body).Resources).filter(({ Type }) => Type === 'AWS::IAM::Role')
          : [],
      ),
    ]);

  it('is on every role of every stack, also in the accounts of the organization', () => {
    const roles = rolesOf(templates);
    expect(roles.length).toBeGreaterThan(14);
    for (const { Properties } of roles)
      expect(textOf(Properties['PermissionsBoundary'])).toBe(
        `arn:<AWS::Partition>:iam::<AWS::AccountId>:policy/${permissionsBoundary}`,
      );
  });

  it('is on none without the setting', () => {
    expect(rolesOf(templatesOf(without)).filter(({ Properties }) => 'PermissionsBoundary' in Properties)).toEqual([]);
  });
});

describe('a topic of their own', () => {
  it('hears every alarm and every alert, and no other topic is made', () => {
    expect(all('AWS::SNS::Topic')).toEqual([]);
    const heard = all('AWS::CloudWatch::Alarm').filter((each) => each.Properties['AlarmActions'] !== undefined);
    expect(heard.length).toBeGreaterThan(4);
    for (const alarm of heard) expect(alarm.Properties['AlarmActions']).toEqual([alertTopic]);
  });
});

describe('an event bus of their own', () => {
  const hub = stackOf('EksKubeletAudit', everythingOwned);
  const forwarding = resourcesOf(hub, 'AWS::Events::Rule').filter((rule) =>
    JSON.stringify(rule.Properties['Targets']).includes(alertBus),
  );
  const { resolve } = resolvedStack({ template: hub.toJSON(), accountId: '111122223333', region: 'eu-west-1' });
  const pattern = z.record(z.string(), z.unknown());
  const hear = (event: object) =>
    forwarding.some(({ Properties: { EventPattern: of } }) =>
      matchesPattern(pattern.parse(resolve(of)), { account: '111122223333', ...event }),
    );
  const alarmArn = 'arn:aws:cloudwatch:eu-west-1:111122223333:alarm:';
  const alarm = { source: 'aws.cloudwatch', 'detail-type': 'CloudWatch Alarm State Change', detail: {} };
  const runEnded = 'Step Functions Execution Status Change';
  const stateMachineArn = 'arn:aws:states:eu-west-1:111122223333:stateMachine:EksKubeletAudit';
  const failedRun = { stateMachineArn, status: 'FAILED' };

  it.each([
    ['an event of ours', { source: 'eks-kubelet-audit', 'detail-type': 'Finding Opened', detail: {} }, true],
    ['a run that failed', { source: 'aws.states', 'detail-type': runEnded, detail: failedRun }, true],
    ['an alarm of ours', { ...alarm, resources: [`${alarmArn}eks-kubelet-audit-incomplete`] }, true],
    [
      'an event of ours that another account sends',
      { account: '444455556666', source: 'eks-kubelet-audit', 'detail-type': 'Finding Opened', detail: {} },
      false,
    ],
    ['an alarm of somebody else', { ...alarm, resources: [`${alarmArn}disk-full`] }, false],
  ])('hears %s: %j', (_, event, heard) => expect(hear(event)).toBe(heard));

  it('is reached by a role that can do nothing else, and what it does not take waits where an alarm looks', () => {
    for (const rule of forwarding)
      expect(rule.Properties['Targets']).toEqual([
        expect.objectContaining({
          Arn: alertBus,
          RoleArn: expect.anything(),
          DeadLetterConfig: { Arn: expect.anything() },
        }),
      ]);
    const tellers = all('AWS::IAM::Role').filter((role) => JSON.stringify(role.Properties).includes(alertBus));
    expect(tellers.flatMap((role) => statementsOf(role))).toEqual([
      { Effect: 'Allow', Action: ['events:PutEvents'], Resource: [alertBus] },
    ]);
    expect(JSON.stringify(all('AWS::CloudWatch::Alarm'))).toContain('eks-kubelet-audit-alerts-undelivered');
  });
});

it('every rule on the default bus names the account, since other accounts may be let in to put events there', () => {
  const patterns = Object.values(templates)
    .flatMap((template) => resourcesOf(template, 'AWS::Events::Rule'))
    .flatMap(({ Properties: { EventBusName: bus, EventPattern: pattern } }) =>
      bus === undefined ? [Object(pattern)] : [],
    );
  expect(patterns.length).toBeGreaterThan(5);
  for (const pattern of patterns)
    expect(pattern.account?.map(textOf), JSON.stringify(pattern)).toEqual(['<AWS::AccountId>']);
});

describe('the StackSets', () => {
  const stackSet = (name: string, settings: object = everythingOwned) => {
    const [only] = resourcesOf(stackOf(name, settings), 'AWS::CloudFormation::StackSet');
    return only?.Properties ?? {};
  };

  it('are deployed as the settings say, and carry the tags outside and inside', () => {
    const audit = stackSet('EksKubeletAuditStackSet');
    expect(audit['CallAs']).toBe('SELF');
    expect(JSON.stringify(audit['Tags'])).toContain(tags.owner);
    expect(String(audit['TemplateBody'])).toContain(tags.owner);
    expect(stackSet('EksKubeletAuditRemediationStackSet')['CallAs']).toBe('SELF');

    expect(stackSet('EksKubeletAuditStackSet', everyRemediation)['CallAs']).toBe('DELEGATED_ADMIN');
  });

  it('of remediation goes to the home Region first, where the roles are made that rules name', () => {
    expect(stackSet('EksKubeletAuditRemediationStackSet')['OperationPreferences']).toMatchObject({
      RegionConcurrencyType: 'SEQUENTIAL',
      RegionOrder: ['eu-west-1', 'us-east-1'],
    });
  });
});

describe('the rule that reports to the hub', () => {
  const member = stackOf('EksKubeletAuditRemediationMember', everythingOwned);
  const [rule] = resourcesOf(member, 'AWS::Events::Rule');

  it('waits for its role where that is made, and names it where it is not', () => {
    expect(rule?.Properties['Targets']).toMatchObject([
      {
        RoleArn: {
          'Fn::If': [
            'RoleHere',
            { 'Fn::GetAtt': [expect.stringMatching(/Role/), 'Arn'] },
            { 'Fn::Join': expect.anything() },
          ],
        },
      },
    ]);
  });

  it('leaves in a queue what could not be delivered, and EventBridge alone may write there for it', () => {
    expect(rule?.Properties['Targets']).toMatchObject([
      { DeadLetterConfig: { Arn: { 'Fn::GetAtt': expect.anything() } } },
    ]);
    const [policy] = resourcesOf(member, 'AWS::SQS::QueuePolicy');
    expect(JSON.stringify(policy?.Properties)).toMatch(
      /"Action":"sqs:SendMessage","Condition":\{"ArnEquals":\{"aws:SourceArn":.*"Service":"events\.amazonaws\.com"/,
    );
  });
});

describe('names of roles that begin as a platform asks', () => {
  const { remediation: _, ...withoutRemediation } = everythingOwned;
  const settings = { ...withoutRemediation, roleNamePrefix: 'platform-', fipsEndpoints: true };
  const prefixed = templatesOf(settings);
  const members = Object.values(prefixed).flatMap((template) =>
    resourcesOf(template, 'AWS::CloudFormation::StackSet').map(({ Properties }) => String(Properties['TemplateBody'])),
  );

  it('are those of every role, also inside of the StackSet, and of whom they trust', () => {
    const inner: readonly Resource[] = members.flatMap((body) => Object.values(JSON.parse(body).Resources));
    const roles = [...Object.values(prefixed).flatMap((template) => resourcesOf(template)), ...inner].filter(
      ({ Type }) => Type === 'AWS::IAM::Role',
    );
    expect(roles.length).toBeGreaterThan(8);
    for (const { Properties } of roles) expect(textOf(Properties['RoleName'])).toMatch(/^platform-EksKubeletAudit/);
    for (const each of [JSON.stringify(prefixed), ...members]) expect(each).not.toMatch(/role\/EksKubeletAudit/);
  });

  it('are what the functions assume, and are locked', () => {
    const functions = resourcesOf(stackOf('EksKubeletAudit', settings), 'AWS::Lambda::Function');
    for (const { Properties } of functions) {
      const { Variables } = Object(Properties['Environment']);
      expect(Variables.AWS_USE_FIPS_ENDPOINT).toBe('true');
      if (Properties['FunctionName'] === 'eks-kubelet-audit-start') continue;
      const env = Object.fromEntries(Object.entries(Variables).map(([name, value]) => [name, textOf(value)]));
      expect(settingsFromEnvironment({ AWS_REGION: 'eu-west-1', ...env }).accessPath.memberRole).toBe(
        'platform-EksKubeletAuditMember',
      );
    }
    expect(lockOf(parseSettings({ ...withoutRemediation, roleNamePrefix: 'platform-' }))?.memberRole).toBe(
      'platform-EksKubeletAuditMember',
    );
  });

  it('do not go together with remediation', () => {
    expect(() => parseSettings({ ...everythingOwned, roleNamePrefix: 'platform-' })).toThrow(/'roleNamePrefix' is/);
  });
});
