export const shells = ['bash', 'fish', 'powershell'] as const;
export type Shell = (typeof shells)[number];

/** The variables as a shell sets them, one a line. */
export function shellExports(shell: Shell, variables: Readonly<Record<string, string>>): string {
  const line: Record<Shell, (name: string, value: string) => string> = {
    bash: (name, value) => `export ${name}='${value.replaceAll("'", `'\\''`)}'`,
    fish: (name, value) => `set -gx ${name} '${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`,
    powershell: (name, value) => `$env:${name} = '${value.replaceAll("'", "''")}'`,
  };
  return `${Object.entries(variables)
    .map(([name, value]) => line[shell](name, value))
    .join('\n')}\n`;
}

/** Who has the audit's rights in every cluster that lets the audit in. */
export const labToken = 'lab-auditor';
