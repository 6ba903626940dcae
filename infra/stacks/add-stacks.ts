import { type App, type IStackSynthesizer, PERMISSIONS_BOUNDARY_CONTEXT_KEY } from 'aws-cdk-lib';
import type { Code } from 'aws-cdk-lib/aws-lambda';
import type { Settings } from '../config/settings.ts';
import { HubStack } from './hub-stack.ts';
import { MemberStack } from './member-stack.ts';
import { RemediationMemberStack } from './remediation-member-stack.ts';
import { RemediationStack } from './remediation-stack.ts';
import { MemberStackSet, RemediationStackSet } from './stack-sets.ts';

interface StacksProps {
  readonly settings: Settings;
  /** The bundled program, made again for each stack: CDK ties it to the first that uses it. */
  readonly code: () => Code;
  /** How each stack is synthesised; as CDK does, with assets and its bootstrap stack, when absent. */
  readonly synthesizer?: () => IStackSynthesizer;
}

/** The stacks that the settings ask for: the hub, the member, for an organization the StackSet that deploys the member, and the same again for remediation. */
export function addStacks(app: App, { settings, code, synthesizer }: StacksProps) {
  const { organization, homeRegion, permissionsBoundary, remediation } = settings;
  // Before any stack: the template within a StackSet takes over this app's context.
  if (permissionsBoundary !== undefined)
    app.node.setContext(PERMISSIONS_BOUNDARY_CONTEXT_KEY, { name: permissionsBoundary });
  const own = () => (synthesizer ? { synthesizer: synthesizer() } : {});
  const placement = organization && homeRegion ? { organization, homeRegion } : undefined;
  const hub = new HubStack(app, 'EksKubeletAudit', { settings, code: code(), ...own() });
  const member = new MemberStack(app, 'EksKubeletAuditMember', settings);
  const stackSet =
    placement && new MemberStackSet(app, 'EksKubeletAuditStackSet', { settings, ...placement, ...own() });

  // Members first: the hub of a release may call what only the member stack of that release allows.
  if (stackSet) hub.addStackDependency(stackSet);
  else if (settings.accounts.length === 0) hub.addStackDependency(member);
  if (!remediation) return { hub, member, stackSet };

  const withRemediation = { ...settings, remediation };
  return {
    hub,
    member,
    stackSet,
    // Without findings there is nothing to press the button on; the terminal fixes all the same.
    remediation: settings.publish
      ? new RemediationStack(app, 'EksKubeletAuditRemediation', { settings, code: code(), ...own() })
      : undefined,
    remediationMember: new RemediationMemberStack(app, 'EksKubeletAuditRemediationMember', withRemediation),
    // Its template is an asset of CDK; without CDK a person hands the member's template to CloudFormation.
    remediationStackSet:
      placement && !synthesizer
        ? new RemediationStackSet(app, 'EksKubeletAuditRemediationStackSet', {
            settings: withRemediation,
            ...placement,
          })
        : undefined,
  };
}
