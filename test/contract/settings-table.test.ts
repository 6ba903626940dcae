import { globSync, readFileSync } from 'node:fs';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { describe, expect, it } from 'vitest';
import { daysOfLogs } from '../../lambda/contract/deployment-groups.ts';
import { environment, variableOf } from '../../lambda/contract/environment.ts';
import {
  deploymentSettings,
  functionSettings,
  settingFromText,
  settingsTable,
  settingText,
  terminalSettings,
} from '../../lambda/contract/settings-table.ts';

const table = 'lambda/contract/settings-table.ts';
const home = 'lambda/contract/environment.ts';
const sources = globSync('{lambda,infra}/**/*.ts')
  .filter((file) => file !== table)
  .map((file) => [file, readFileSync(file, 'utf8')] as const);
const filesWith = (...literals: readonly string[]) =>
  sources.filter(([, text]) => literals.some((each) => text.includes(each))).map(([file]) => file);

const snake = (name: string) => name.replaceAll(/[A-Z]/g, '_$&').toUpperCase();
const kebab = (name: string) => name.replaceAll(/[A-Z]/g, '-$&').toLowerCase();
const rows = Object.entries<{ readonly in: unknown; readonly flag?: string }>(settingsTable);

describe('the table of settings', () => {
  it.each(rows)('is the only place that writes the flag of %s, and no place writes its variable', (name, { flag }) => {
    const variable = variableOf(name) ?? `EKS_KUBELET_AUDIT_${snake(name)}`;
    expect(variable).toBe(`EKS_KUBELET_AUDIT_${snake(name)}`);
    expect(filesWith(`'${variable}'`)).toEqual(Object.hasOwn(environment, name) && !variableOf(name) ? [home] : []);
    if (flag === undefined) return;
    expect(flag).toMatch(new RegExp(`^--${kebab(name)}( <[a-z]+>)?$`));
    expect(filesWith(`'${flag}'`, `'--${kebab(name)} <`)).toEqual([]);
  });

  it('has a variable for each setting of a function, and a flag with its help for each of a terminal', () => {
    for (const name of functionSettings) expect(variableOf(name), name).toBeDefined();
    for (const name of terminalSettings) {
      expect(settingsTable[name].flag, name).toBeDefined();
      expect(settingsTable[name].help, name).toMatch(/^[a-z]/);
    }
    expect(
      rows
        .map(([name]) => name)
        .filter((name) => !new Set<string>([...deploymentSettings, ...terminalSettings]).has(name)),
    ).toEqual([]);
  });

  it.each([...new Set([...functionSettings, ...terminalSettings])])('reads %s from text as it was written', (name) => {
    const { default: usual, schema } = settingsTable[name];
    const read = settingFromText(name, settingText(usual));
    expect(read).toEqual(usual);
    expect(schema.safeParse(read).success).toBe(true);
  });

  it('knows the days for which CloudWatch Logs keeps logs', () => {
    const days = Object.values(RetentionDays).filter((each) => typeof each === 'number');
    expect(daysOfLogs).toEqual(days.filter((each) => each !== RetentionDays.INFINITE));
  });
});
