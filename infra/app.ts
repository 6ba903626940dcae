import { App, Validations } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { AwsSolutionsChecks } from 'cdk-nag';
import { addWaivers, bundleAudit, bundleDirectory } from './bundle.ts';
import { heldToLock } from './config/deployment-lock.ts';
import { SettingsError } from './config/settings.ts';
import { settingsFileOf, settingsFromFile } from './config/settings-file.ts';
import { addStacks } from './stacks/add-stacks.ts';

const app = new App();
// An unacknowledged finding of these checks fails the synthesis.
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));

const file = await orExit(() => settingsFileOf(app.node));
const settings = await orExit(() => settingsFromFile(file));
const writeLock = await orExit(() => heldToLock(settings, file));
await bundleAudit(bundleDirectory);
await orExit(() => addWaivers(bundleDirectory, settings));
addStacks(app, { settings, code: () => Code.fromAsset(bundleDirectory) });

app.synth();
writeLock();

/** A mistyped field is reported by name, not by a stack trace. */
async function orExit<T>(step: () => T | Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    console.error(error.message);
    process.exit(1);
  }
}
