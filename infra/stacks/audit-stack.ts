import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Code } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { kubernetesGroup } from '../../lambda/contract/names.ts';
import type { Settings } from '../config/settings.ts';
import { AuditFunction } from '../constructs/audit-function.ts';
import { AuditRole } from '../constructs/audit-role.ts';
import { AuditSchedule } from '../constructs/audit-schedule.ts';
import { ProbeDocument } from '../constructs/probe-document.ts';

interface AuditStackProps extends StackProps {
  readonly settings: Settings;
  /** The bundled program. */
  readonly code: Code;
}

/** The scheduled audit of one account and Region. */
export class AuditStack extends Stack {
  constructor(scope: Construct, id: string, { settings, code, ...stackProps }: AuditStackProps) {
    super(scope, id, {
      description: 'Audits the kubelets of the EKS clusters in this account and Region',
      ...stackProps,
    });

    const role = new AuditRole(this, 'Role');
    const document = new ProbeDocument(this, 'Probe');
    const audit = new AuditFunction(this, 'Audit', { role, code, settings });
    new AuditSchedule(this, 'Schedule', { function: audit.function, settings });

    new CfnOutput(this, 'RoleArn', { value: role.roleArn });
    new CfnOutput(this, 'FunctionName', { value: audit.function.functionName });
    new CfnOutput(this, 'DocumentName', { value: document.name });
    new CfnOutput(this, 'CreateAccessEntry', {
      description: 'Run once for each cluster, with its name for CLUSTER',
      value: `aws eks create-access-entry --region ${this.region} --cluster-name CLUSTER --principal-arn ${role.roleArn} --kubernetes-groups ${kubernetesGroup}`,
    });
  }
}
