import { Template } from 'aws-cdk-lib/assertions';
import { appAsDeployed, auditStack } from '../infra/synthesise.ts';
import { type Deployed, deployed } from './deployed.ts';
import { type Place, place } from './place.ts';

/** The audit stack with the settings of a plain deployment. */
export const deployedStack = (where: Place = place): Deployed =>
  deployed(Template.fromStack(auditStack(appAsDeployed())).toJSON(), where);
