import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Node } from 'constructs';
import { parseDocument } from 'yaml';
import { parseSettings, type Settings, SettingsError } from './settings.ts';

/** Where cdk.json, or `-c` on the command line, names the file of settings. */
const contextKey = 'eks-kubelet-audit';

/**
 * The settings of the file that the context names. The file of waivers lies beside it.
 *
 * @throws SettingsError
 */
export function settingsFromContext(node: Node): Settings {
  const file: unknown = node.tryGetContext(contextKey);
  if (typeof file !== 'string' || file === '')
    throw new SettingsError(
      `cdk.json: context '${contextKey}' is ${JSON.stringify(file)}: it names the file of settings; write "deployment.yaml"`,
    );
  const { waivers, ...settings } = parseSettings(contentsOf(file), file);
  return { ...settings, ...(waivers !== undefined && { waivers: resolve(dirname(file), waivers) }) };
}

/** What a YAML file of settings holds; one in which everything is a comment holds nothing, which is all defaults. */
function contentsOf(file: string): unknown {
  const document = parseDocument(textOf(file));
  const [error] = document.errors;
  if (error) throw new SettingsError(`${file}: ${error.message.trim()}`, { cause: error });
  return document.toJS() ?? {};
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new SettingsError(`cannot read the settings in '${file}'; name a file with -c ${contextKey}=FILE`, { cause });
  }
}
