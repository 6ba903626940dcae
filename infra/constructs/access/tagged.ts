import { type Stack, Tags } from 'aws-cdk-lib';
import type { Settings } from '../../config/settings.ts';

/** Takes names of letters and digits only, by the schema of its resource type. */
const pickyAboutTags = 'AWS::SecurityHub::AutomationRule';

/** CDK says that CloudFormation's schema of a dashboard has tags, cfn-lint says that it has none. No deployment should fail for it. */
const perhapsWithoutTags = 'AWS::CloudWatch::Dashboard';

/** The settings' tags, on everything of the stack that takes them. */
export function tagged(stack: Stack, { tags }: Pick<Settings, 'tags'>): void {
  for (const [name, value] of Object.entries(tags)) {
    const isPlain = /^[a-zA-Z0-9]+$/.test(name);
    const excludeResourceTypes = [perhapsWithoutTags, ...(isPlain ? [] : [pickyAboutTags])];
    Tags.of(stack).add(name, value, { excludeResourceTypes });
  }
}
