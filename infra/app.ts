import { App, Validations } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { AwsSolutionsChecks } from 'cdk-nag';
import { bundleAudit, bundleDirectory } from './bundle.ts';
import { type Settings, SettingsError, settingsFromContext } from './config/settings.ts';
import { AuditStack } from './stacks/audit-stack.ts';

const app = new App();
// A finding that nobody acknowledged fails the synthesis.
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));

const settings = settingsOrExit();
await bundleAudit(bundleDirectory);
new AuditStack(app, 'EksKubeletAudit', { settings, code: Code.fromAsset(bundleDirectory) });

app.synth();

/** Whoever mistyped a field wants to read its name, not a stack trace. */
function settingsOrExit(): Settings {
  try {
    return settingsFromContext(app.node);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    console.error(error.message);
    process.exit(1);
  }
}
