import { reports } from '../../../lambda/cli/report-for.ts';
import type { Format } from '../../../lambda/cli/report-targets.ts';
import { tableStyle } from '../../../lambda/cli/terminal.ts';
import type { Scope } from '../../../lambda/contract/settings.ts';
import type { Control } from '../../../lambda/core/judge/control.ts';
import { tableReport } from '../../../lambda/core/report/terminal/table.ts';
import { type PiecesOptions, textOf } from './report-text.ts';

const style = tableStyle({ stdout: process.stdout, env: {} }, 'file');
const defaults = { benchmark: 'cis-eks-1.8.0', now: new Date('2026-11-24T10:01:00Z'), brief: false } as const;

/** What a file in this format says of these controls. */
export const written = (
  format: Format,
  controls: readonly Control[],
  { scope = 'node-group', ...pieces }: PiecesOptions & { readonly scope?: Scope },
): string => {
  const options = { ...defaults, controls, scope };
  return textOf(format === 'table' ? tableReport({ ...options, style }) : reports[format](options), pieces);
};
