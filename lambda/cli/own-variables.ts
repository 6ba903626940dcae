import { environment } from '../contract/environment.ts';
import { didYouMean } from '../contract/nearest.ts';
import { settingFromText, settingsTable, terminalSettings } from '../contract/settings-table.ts';
import { UsageError } from '../core/model/operator-error.ts';
import type { Terminal } from './terminal.ts';

const prefix = 'EKS_KUBELET_AUDIT_';

/** Those of the terminal alone; their value doesn't matter. */
const switches: readonly string[] = [`${prefix}DEBUG`, `${prefix}QUIET`];

/**
 * Refuses our own variables with another name or a value that no option would take. Without it a misspelled one is ignored, and another audit runs
 * than was meant.
 * @throws UsageError naming the variable
 */
export function checkOwnVariables(env: Terminal['env']): void {
  const ours = Object.entries(env).filter(([name, value]) => name.startsWith(prefix) && value !== undefined);
  const known: readonly string[] = [...Object.values(environment), ...switches];
  for (const [name] of ours) {
    if (known.includes(name)) continue;
    const advice = didYouMean(name, known, 'unset it; audit --help lists the variables');
    throw new UsageError(`unknown variable ${name}; ${advice}`);
  }

  for (const setting of terminalSettings) {
    const { environment: name, schema }: { readonly environment?: string; readonly schema: Schema } =
      settingsTable[setting];
    const text = name === undefined ? undefined : env[name];
    if (name === undefined || !text) continue;
    const like: unknown = settingsTable[setting].default;
    const fault =
      typeof like === 'boolean' && text !== 'true' && text !== 'false'
        ? 'write true or false'
        : schema.safeParse(settingFromText(setting, text)).error?.issues[0]?.message;
    if (fault !== undefined) throw new UsageError(`${name} '${text}': ${fault}`);
  }
}

interface Schema {
  safeParse(value: unknown): { readonly error?: { readonly issues: readonly { readonly message: string }[] } };
}
