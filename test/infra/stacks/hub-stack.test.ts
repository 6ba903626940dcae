import { describe, expect, it } from 'vitest';
import { programEnvironment } from '../../../infra/config/program-environment.ts';
import { parseSettings } from '../../../infra/config/settings.ts';
import { hubActions } from '../../../lambda/contract/iam-actions.ts';
import { type HubFunction, hubFunctions } from '../../../lambda/contract/names.ts';
import {
  appAsDeployed,
  everySetting,
  type Resource,
  resourcesOf,
  stackOf,
  stacksOf,
  statementsOf,
  textOf,
} from '../synthesise.ts';

const hubOf = (settings: object) => stackOf('EksKubeletAudit', settings);
const own = hubOf({});
const organization = hubOf({ ...everySetting, sweep: '15m' });
const listed = hubOf({ accounts: ['111122223333', '444455556666'] });

const named = (resources: readonly Resource[], property: string, name: string): Resource => {
  const found = resources.find((each) => each.Properties[property] === name);
  if (!found) throw new Error(`no resource is named ${name}`);
  return found;
};
const environmentOf = (template: typeof own, name: HubFunction) =>
  Object(named(resourcesOf(template, 'AWS::Lambda::Function'), 'FunctionName', hubFunctions[name].functionName))
    .Properties.Environment.Variables;
const programOf = (template: typeof own, name: HubFunction) =>
  statementsOf(named(resourcesOf(template, 'AWS::IAM::Role'), 'RoleName', hubFunctions[name].roleName), 'program');

/** Statements on one action, as text. */
const placesOf = (template: typeof own, name: HubFunction, action: string) =>
  programOf(template, name)
    .filter((each) => each.Action.includes(action))
    .flatMap((each) => each.Resource ?? [])
    .map(textOf);

describe('the hub', () => {
  it.each([
    ['the StackSet', everySetting, ['EksKubeletAuditStackSet']],
    ['the member stack of its own account', {}, ['EksKubeletAuditMember']],
    ['no member stack of listed accounts, which it may not be one of', { accounts: ['111122223333'] }, []],
  ])('is deployed after %s', (_, settings, before) => {
    const { hub } = stacksOf(appAsDeployed(), settings);
    expect(hub.dependencies.map(({ stackName }) => stackName)).toEqual(before);
  });

  it.each(Object.entries(hubActions))('lets %s call what its adapters call, and nothing else', (name, actions) => {
    const granted = programOf(organization, name as HubFunction).flatMap((each) => each.Action);
    expect([...new Set(granted)].toSorted()).toEqual([...actions].toSorted());
  });

  it('asks nothing of AWS Organizations where there is none', () => {
    const granted = programOf(own, 'discover').flatMap((each) => each.Action);
    expect(granted.filter((action) => action.startsWith('organizations:'))).toEqual([]);
  });

  it.each([
    ['of its own account', own, ['arn:<AWS::Partition>:iam::<AWS::AccountId>:role/EksKubeletAuditMember']],
    [
      'of the accounts in the settings',
      listed,
      [
        'arn:<AWS::Partition>:iam::111122223333:role/EksKubeletAuditMember',
        'arn:<AWS::Partition>:iam::444455556666:role/EksKubeletAuditMember',
      ],
    ],
    ['of every account', organization, ['arn:<AWS::Partition>:iam::*:role/EksKubeletAuditMember']],
  ])('enters with the member role %s', (_, template, roles) => {
    expect(placesOf(template, 'discover', 'sts:AssumeRole')).toEqual(roles);
    expect(placesOf(template, 'audit', 'sts:AssumeRole')).toEqual(roles);
  });

  it('lets the audit and the summary write what is remembered between runs, and discovery read it', () => {
    const [memory, runs] = [/\.Arn>\/memory\/\*$/, /\.Arn>\/runs\/\*$/].map((each) => expect.stringMatching(each));
    expect(placesOf(own, 'discover', 's3:PutObject')).toEqual([runs]);
    expect(placesOf(own, 'discover', 's3:GetObject')).toEqual([memory, runs]);
    expect(placesOf(own, 'audit', 's3:PutObject')).toEqual([memory, runs]);
    expect(placesOf(own, 'summarise', 's3:PutObject')).toEqual([
      expect.stringMatching(/\.Arn>\/history\/\*$/),
      expect.stringMatching(/\.Arn>\/latest\/\*$/),
      memory,
      runs,
    ]);
  });

  it('puts events of its own on the bus, and nobody else’s', () => {
    const puts = programOf(own, 'audit').find((each) => each.Action.includes('events:PutEvents'));
    expect(puts?.Condition).toEqual({
      'ForAllValues:StringEquals': { 'events:source': 'eks-kubelet-audit' },
      Null: { 'events:source': 'false' },
    });
  });

  it('tells the program every setting, under the names that it reads', () => {
    const { EKS_KUBELET_AUDIT_BUCKET: bucket, NODE_OPTIONS: _, ...rest } = environmentOf(organization, 'audit');
    expect(bucket).toEqual({ Ref: expect.stringMatching(/^RunsBucket/) });
    expect(rest).toEqual({
      ...programEnvironment(parseSettings(everySetting)),
      EKS_KUBELET_AUDIT_IN_VPC: 'true',
    });
    expect(rest).toMatchObject({
      EKS_KUBELET_AUDIT_SOURCES: 'configz,ssm,tls',
      EKS_KUBELET_AUDIT_EVERY_SOURCE: 'true',
    });
  });

  it('tells it which accounts there are', () => {
    expect(environmentOf(own, 'discover')['EKS_KUBELET_AUDIT_ACCOUNTS']).toBe('{"kind":"own"}');
    expect(environmentOf(listed, 'discover')['EKS_KUBELET_AUDIT_ACCOUNTS']).toBe(
      '{"kind":"accounts","accounts":["111122223333","444455556666"]}',
    );
  });

  it('tells the one that starts runs which machine to start', () => {
    expect(textOf(environmentOf(own, 'start')['EKS_KUBELET_AUDIT_STATE_MACHINE_ARN'])).toBe(
      'arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:stateMachine:EksKubeletAudit',
    );
  });

  it('attaches to the VPC only the function that reads clusters', () => {
    const attached = resourcesOf(organization, 'AWS::Lambda::Function').filter((each) => each.Properties['VpcConfig']);
    expect(attached.map((each) => each.Properties['FunctionName'])).toEqual(['eks-kubelet-audit-item']);
    expect(environmentOf(own, 'audit')['EKS_KUBELET_AUDIT_IN_VPC']).toBe('false');
  });

  it('touches nothing in Security Hub when findings are not published', () => {
    const quiet = hubOf({ publish: false });
    expect(resourcesOf(quiet).filter((each) => each.Type.startsWith('AWS::SecurityHub'))).toEqual([]);
  });
});
