import { describe, expect, it } from 'vitest';
import { programEnvironment } from '../../../infra/config/program-environment.ts';
import { parseSettings } from '../../../infra/config/settings.ts';
import { hubFunctionShapes, memoryEnvironment } from '../../../infra/constructs/run/function-with-role.ts';
import { type HubFunction, hubFunctions } from '../../../lambda/contract/names.ts';
import { appAsDeployed, everySetting, resourcesOf, stackOf, stacksOf } from '../synthesise.ts';

const hubOf = (settings: object) => stackOf('EksKubeletAudit', settings);
const own = hubOf({});
const organization = hubOf({ ...everySetting, sweep: '15m' });

const environmentOf = (template: typeof own, name: HubFunction) => {
  const found = resourcesOf(template, 'AWS::Lambda::Function').find(
    ({ Properties }) => Properties['FunctionName'] === hubFunctions[name].functionName,
  );
  return Object(found).Properties.Environment.Variables;
};

describe('the hub', () => {
  it.each([
    ['the StackSet', everySetting, ['EksKubeletAuditStackSet']],
    ['the member stack of its own account', {}, ['EksKubeletAuditMember']],
    ['no member stack of listed accounts, which it may not be one of', { accounts: ['111122223333'] }, []],
  ])('is deployed after %s', (_, settings, before) => {
    const { hub } = stacksOf(appAsDeployed(), settings);
    expect(hub.dependencies.map(({ stackName }) => stackName)).toEqual(before);
  });

  it('gives the program every setting, under the names that it reads', () => {
    const { EKS_KUBELET_AUDIT_BUCKET: bucket, ...rest } = environmentOf(organization, 'audit');
    expect(bucket).toEqual({ Ref: expect.stringMatching(/^RunsBucket/) });
    expect(rest).toEqual({
      ...programEnvironment(parseSettings(everySetting)),
      ...memoryEnvironment(hubFunctionShapes.audit.memorySize),
      EKS_KUBELET_AUDIT_IN_VPC: 'true',
    });
    expect(rest).toMatchObject({
      EKS_KUBELET_AUDIT_SOURCES: 'configz,ssm,tls',
      EKS_KUBELET_AUDIT_EVERY_SOURCE: 'true',
    });
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
