import { type App, Validations } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { AwsSolutionsChecks } from 'cdk-nag';
import { afterEach, expect, it, vi } from 'vitest';
import { AuditRole } from '../../infra/constructs/audit-role.ts';
import { appAsDeployed, auditStack } from './synthesise.ts';

/** Synthesises as infra/app.ts does; throws what the rules find. */
function synthesise(declare: (app: App) => void): void {
  const app = appAsDeployed();
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  declare(app);
  app.synth();
}

afterEach(() => void vi.restoreAllMocks());

it('finds nothing that is not acknowledged', () => {
  expect(() => synthesise(auditStack)).not.toThrow();
});

it('fails the synthesis when the role may do more than was acknowledged', () => {
  const withMore = (app: App) => {
    const role = auditStack(app).node.findChild('Role');
    if (!(role instanceof AuditRole)) throw new Error('the stack has no audit role');
    role.addToPrincipalPolicy(new PolicyStatement({ actions: ['ssm:*'], resources: ['*'] }));
  };
  expect(() => synthesise(withMore)).toThrow('AwsSolutions-IAM5[Action::ssm:*]');
});

it('fails the synthesis without its acknowledgements, each of which is needed and gives a reason', () => {
  const acknowledge = vi.spyOn(Validations.prototype, 'acknowledge').mockImplementation(() => undefined);
  const report = thrownBy(() => synthesise(auditStack));

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
