import type { Change } from '../plan.ts';

/** One change as the lines of a difference: the place, then lines that begin with a blank, `-` or `+`. */
export function diffLines(change: Change): { readonly place: string; readonly lines: readonly string[] } {
  switch (change.kind) {
    case 'setting':
      return { place: change.file ?? 'the kubelet’s configuration file', lines: settingLines(change) };
    case 'argument':
      return {
        place: change.places.join(', or '),
        lines: [...(change.before === undefined ? [] : [`- ${change.before}`]), `+ ${change.after}`],
      };
    case 'mode':
    case 'owner':
      return {
        place: change.file ?? 'the file',
        lines: [`- ${change.kind} ${change.before}`, `+ ${change.kind} ${change.after}`],
      };
    case 'bundle':
      return {
        place: change.file ?? 'the client CA’s file',
        lines: change.sha256.map((each) => `+ certificate with SHA-256 ${each}`),
      };
    case 'option':
      return { place: 'settings', lines: [`+ ${change.option} = ${change.after}`] };
  }
}

function settingLines({
  setting,
  format,
  before,
  after,
}: Extract<Change, { readonly kind: 'setting' }>): readonly string[] {
  const steps = setting.split('.');
  const groups = steps.slice(0, -1);
  const leaf = steps.at(-1) ?? '';
  const indent = (depth: number): string => '  '.repeat(depth);
  const isJson = format === 'json';
  const line = (sign: string, value: unknown): string =>
    `${sign} ${indent(groups.length)}${isJson ? JSON.stringify(leaf) : leaf}: ${JSON.stringify(value)}`;

  return [
    ...groups.map((group, depth) => `  ${indent(depth)}${isJson ? `${JSON.stringify(group)}: {` : `${group}:`}`),
    ...(before === undefined ? [] : [line('-', before)]),
    line('+', after),
    ...(isJson ? groups.map((_, depth) => `  ${indent(groups.length - 1 - depth)}}`) : []),
  ];
}
