import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, type Stack } from 'aws-cdk-lib';

/** Context of an app whose StackSets' templates CDK does not hold against CloudFormation's rules. */
export const unvalidated = 'eks-kubelet-audit:unvalidated';

/**
 * A stack's template as text, without a needless space: what a StackSet carries to its accounts.
 *
 * @param context feature flags of the app that it is made for
 * @param declare makes the stack
 * @param options `validated`: whether CloudFormation's rules are held against it, which takes two seconds of CPU. When absent, the context says
 *   whether those rules are `unvalidated`, as in tests of many settings; they apply by default.
 */
export function templateText(
  context: Readonly<Record<string, unknown>>,
  declare: (app: App) => Stack,
  { validated = context[unvalidated] !== true }: { readonly validated?: boolean } = {},
): string {
  const outdir = mkdtempSync(join(tmpdir(), 'member-template-'));
  try {
    const app = new App({ outdir, context, analyticsReporting: false, builtinCloudFormationValidation: validated });
    const stack = declare(app);
    return JSON.stringify(app.synth().getStackArtifact(stack.artifactId).template);
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}
