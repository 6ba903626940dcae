import { CfnAutomationRule, CfnInsight } from 'aws-cdk-lib/aws-securityhub';
import { Construct } from 'constructs';
import { generatorIdPrefix, productName } from '../../../lambda/contract/names.ts';
import type { Settings } from '../../config/settings.ts';

const equals = (value: string) => [{ comparison: 'EQUALS', value }];

/** Every finding of this program: other custom tools of the account share the product. */
const ours = [{ comparison: 'PREFIX', value: generatorIdPrefix }];

/** What Security Hub shows and does of itself, in the hub's account: of all accounts, where it is Security Hub's administrator. */
export class PostureInsights extends Construct {
  constructor(scope: Construct, id: string, { insights, resolvePassed }: Settings['securityHub']) {
    super(scope, id);
    if (insights) this.#insights();
    if (resolvePassed) this.#resolvePassed();
  }

  #insights(): void {
    const insight = (name: string, title: string, groupByAttribute: string, complianceStatus: string, more = {}) =>
      new CfnInsight(this, name, {
        name: `EKS kubelet audit: ${title}`,
        groupByAttribute,
        filters: {
          generatorId: ours,
          recordState: equals('ACTIVE'),
          complianceStatus: equals(complianceStatus),
          ...more,
        },
      });
    const notSuppressed = { workflowStatus: [{ comparison: 'NOT_EQUALS', value: 'SUPPRESSED' }] };

    insight('FailedByAccount', 'failed, by account', 'AwsAccountId', 'FAILED', notSuppressed);
    // The cluster is the first resource of each finding, nodes are the others.
    insight('FailedByCluster', 'failed, by cluster', 'ResourceId', 'FAILED', {
      ...notSuppressed,
      resourceType: equals('AwsEksCluster'),
    });
    insight('FailedByControl', 'failed, by control', 'GeneratorId', 'FAILED', notSuppressed);
    insight('Unreadable', 'nodes that could not be read, by cluster', 'ResourceId', 'NOT_AVAILABLE', {
      resourceType: equals('AwsEksCluster'),
    });
  }

  /** Security Hub does so for its own controls only. */
  #resolvePassed(): void {
    new CfnAutomationRule(this, 'ResolvePassed', {
      ruleName: `${productName}: passed is resolved`,
      description:
        'Sets the workflow of passed findings of eks-kubelet-audit to RESOLVED, as Security Hub does for its own controls',
      ruleOrder: 900,
      ruleStatus: 'ENABLED',
      criteria: {
        generatorId: ours,
        recordState: equals('ACTIVE'),
        complianceStatus: equals('PASSED'),
        workflowStatus: [...equals('NEW'), ...equals('NOTIFIED')],
      },
      actions: [{ type: 'FINDING_FIELDS_UPDATE', findingFieldsUpdate: { workflow: { status: 'RESOLVED' } } }],
    });
  }
}
