import { type CfnCondition, CfnResource } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** Leaves every resource of a construct out of the stack, unless the condition holds. */
export function onlyWhere(construct: IConstruct, condition: CfnCondition): void {
  for (const each of construct.node.findAll()) if (each instanceof CfnResource) each.cfnOptions.condition = condition;
}
