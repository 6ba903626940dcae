import {
  type App,
  CfnParameter,
  CfnWaitConditionHandle,
  Fn,
  type IStackSynthesizer,
  RemovalPolicy,
  Stack,
} from 'aws-cdk-lib';
import { CfnFunction, Code, type CodeConfig } from 'aws-cdk-lib/aws-lambda';
import { CfnSubscription } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { parseSettings } from '../config/settings.ts';
import { HubStack } from '../stacks/hub-stack.ts';
import { MemberStack } from '../stacks/member-stack.ts';
import { memberStackSet } from '../stacks/stack-sets.ts';
import { hubParameters } from './hub-parameters.ts';

interface ReleasedStacksOptions {
  readonly code: Code;
  readonly synthesizer: IStackSynthesizer;
}

/**
 * The stacks that a release leaves to parameters: the hub, which makes the StackSet of an organization too, and the member stack for accounts that no
 * StackSet reaches.
 */
export function addReleasedStacks(app: App, { code, synthesizer }: ReleasedStacksOptions): HubStack {
  const settings = parseSettings({});
  const hub = new HubStack(app, 'EksKubeletAudit', { settings, code, synthesizer, parameters: hubParameters });
  new MemberStack(app, 'EksKubeletAuditMember', settings);
  const { parameters, topic } = hub;
  if (!parameters) throw new Error('the released hub has parameters');

  const subscription = new CfnSubscription(hub, 'AlertAddressSubscription', {
    topicArn: topic.topicArn,
    protocol: 'email',
    endpoint: parameters.alertAddress.address,
  });
  subscription.cfnOptions.condition = parameters.alertAddress.condition;

  const { condition, id, units, regions, homeRegion } = parameters.organization;
  const stackSet = memberStackSet(hub, {
    settings: { ...settings, regions: [...regions] },
    organization: { id, units: [...units], exclude: [], callAs: 'DELEGATED_ADMIN' },
    homeRegion,
  });
  stackSet.cfnOptions.condition = condition;
  // Without its StackSet each account loses the role that clusters let in, so an edit of Scope leaves it (docs/upgrade.md).
  stackSet.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
  // What CDK adds, and the defaults of parameters that only an organization uses.
  hub.templateOptions.metadata = { 'cfn-lint': { config: { ignore_checks: ['W1030', 'W1033', 'W3005'] } } };
  // Members first: the hub of a release may call what only the member stack of that release allows. Nothing may depend on what a condition leaves out,
  // so the functions depend on a handle that refers to the StackSet where there is one.
  const membersFirst = new CfnWaitConditionHandle(hub, 'MembersFirst');
  membersFirst.cfnOptions.metadata = { StackSet: Fn.conditionIf(condition.logicalId, stackSet.ref, '') };
  for (const each of hub.node.findAll()) if (each instanceof CfnFunction) each.addResourceDependency(membersFirst);
  return hub;
}

/** The functions' code as a file of the release, in place of an asset: who deploys needs no CDK. */
export class ReleasedCode extends Code {
  readonly isInline = false;
  readonly #file: string;

  constructor(file: string) {
    super();
    this.#file = file;
  }

  override bind(scope: Construct): CodeConfig {
    const bucketName = parameter(scope, 'CodeBucket', {
      description: 'Bucket of this Region that the files of the release were copied to',
      allowedPattern: '[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]',
    });
    const prefix = parameter(scope, 'CodePrefix', {
      description: 'What comes before the names of the files there, with its slash; empty for nothing',
      allowedPattern: '([A-Za-z0-9._-]+/)*',
      default: '',
    });
    return { s3Location: { bucketName, objectKey: Fn.join('', [prefix, this.#file]) } };
  }
}

/** Made once in a stack, for any number of functions. */
function parameter(
  scope: Construct,
  name: string,
  props: { readonly description: string; readonly allowedPattern: string; readonly default?: string },
): string {
  const stack = Stack.of(scope);
  const made = stack.node.tryFindChild(name);
  return (made instanceof CfnParameter ? made : new CfnParameter(stack, name, props)).valueAsString;
}
