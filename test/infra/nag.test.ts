import { type App, Validations } from 'aws-cdk-lib';
import { CfnRole } from 'aws-cdk-lib/aws-iam';
import { AwsSolutionsChecks } from 'cdk-nag';
import { afterEach, expect, it, vi } from 'vitest';
import { parseSettings } from '../../infra/config/settings.ts';
import { MemberStack } from '../../infra/stacks/member-stack.ts';
import { appAsDeployed, everyRemediation, stacksOf } from './synthesise.ts';

/** Synthesises as infra/app.ts does; throws what the rules find. That nothing is found, laws.test.ts holds for all settings. */
function synthesise(declare: (app: App) => void): void {
  const app = appAsDeployed();
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  declare(app);
  app.synth();
}

afterEach(() => void vi.restoreAllMocks());

it('fails the synthesis when a role may do more than was acknowledged', () => {
  const withMore = (app: App) => {
    const member = new MemberStack(app, 'EksKubeletAuditMember', parseSettings({}));
    const role = member.node.findAll().find((each) => each instanceof CfnRole);
    if (!(role instanceof CfnRole)) throw new Error('the member stack has no role');
    role.addPropertyOverride('Policies.0.PolicyDocument.Statement.0.Action', 'ssm:*');
    role.policies = [
      { policyName: 'more', policyDocument: { Statement: [{ Effect: 'Allow', Action: 'ssm:*', Resource: '*' }] } },
    ];
  };
  expect(() => synthesise(withMore)).toThrow('AwsSolutions-IAM5[Action::ssm:*]');
});

it('fails the synthesis without its acknowledgements, each of which is needed and gives a reason', () => {
  const acknowledge = vi.spyOn(Validations.prototype, 'acknowledge').mockImplementation(() => undefined);
  const report = thrownBy(() => synthesise((app) => stacksOf(app, everyRemediation)));

  const acknowledged = acknowledge.mock.calls.flat();
  expect(acknowledged.length).toBeGreaterThan(0);
  for (const { id, reason } of acknowledged) {
    expect(report).toContain(`'${id}'`);
    expect(reason).toMatch(/\w+ \w+/);
  }
});

function thrownBy(action: () => void): string {
  try {
    action();
  } catch (error) {
    return String(error);
  }
  return '';
}
