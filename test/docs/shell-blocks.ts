/** A block of shell in a page. */
export interface ShellBlock {
  /** Of its first line, from 1. */
  readonly line: number;
  /** One a line; a line that ends with a backslash goes on. */
  readonly commands: readonly string[];
  /** What the comment above it says: why no test runs it. */
  readonly marked?: string;
}

/** The shell of a Markdown page: fenced `sh` blocks, with the comment `<!-- … -->` in the line above, or for a whole page `<!-- every command here … -->`. */
export function shellBlocks(markdown: string): readonly ShellBlock[] {
  const lines = markdown.split('\n');
  const allMarked = /^<!-- every command here (.+) -->$/m.exec(markdown)?.[1];
  return lines.flatMap((text, index): readonly ShellBlock[] => {
    if (!/^\s*```sh$/.test(text)) return [];

    const end = lines.findIndex((each, at) => at > index && each.trim() === '```');
    const marked = /^\s*<!-- (.+) -->$/.exec(lines[index - 1] ?? '')?.[1] ?? allMarked;
    const body = lines
      .slice(index + 1, end)
      .join('\n')
      .replaceAll('\\\n', ' ');
    const commands = body.split('\n').filter((each) => each.trim() !== '' && !each.trim().startsWith('#'));
    return [{ line: index + 1, commands, ...(marked && { marked }) }];
  });
}
