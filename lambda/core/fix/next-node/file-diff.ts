import { structuredPatch } from 'diff';
import { withoutSecrets } from '../../text/without-secrets.ts';

interface FileDiffOptions {
  readonly name: string;
  readonly before: string;
  readonly after: string;
}

/**
 * A unified difference for `git apply`. Around a change there are at most three lines, and none that looks as if it held a secret; `undefined` where one would
 * have to be shown.
 */
export function fileDiff({ name, before, after }: FileDiffOptions): string | undefined {
  for (const context of [3, 1]) {
    const { hunks } = structuredPatch(name, name, before, after, undefined, undefined, { context });
    const trimmed = hunks.map(withoutSecretContext);
    if (trimmed.includes(undefined)) continue;
    return [
      `--- ${pathOf('a', name)}\n`,
      `+++ ${pathOf('b', name)}\n`,
      ...trimmed.map((hunk) => (hunk ? hunkText(hunk) : '')),
    ].join('');
  }
  return undefined;
}

type Hunk = ReturnType<typeof structuredPatch>['hunks'][number];

/** `git` needs one line behind a change unless the file ends there. */
function withoutSecretContext(hunk: Hunk): Hunk | undefined {
  const { lines } = hunk;
  const isContext = (line: string): boolean => line.startsWith(' ');
  const firstChange = lines.findIndex((line) => !isContext(line));
  const lastChange = lines.findLastIndex((line) => !isContext(line));
  if (lines.slice(firstChange, lastChange + 1).some(looksSecret)) return undefined;

  const start = lines.findLastIndex((line, at) => at < firstChange && looksSecret(line)) + 1;
  const secretBehind = lines.findIndex((line, at) => at > lastChange && looksSecret(line));
  const end = secretBehind === -1 ? lines.length : secretBehind;
  if (end <= lastChange + 1 && lastChange + 1 < lines.length) return undefined;

  const dropped = { before: start, behind: lines.slice(end).filter(isContext).length };
  return {
    ...hunk,
    oldStart: hunk.oldStart + dropped.before,
    newStart: hunk.newStart + dropped.before,
    oldLines: hunk.oldLines - dropped.before - dropped.behind,
    newLines: hunk.newLines - dropped.before - dropped.behind,
    lines: lines.slice(start, end),
  };
}

const secretName =
  /(?:activation|password|passwd|passphrase|secret|token|credential|api[_-]?key|private[_-]?key|docker-config|registry|b64|certificate|bearer|authorization:|\bauth\b)/i;

/** Words of all kinds, as keys and codes are; paths and names are made of words. */
const codeWord =
  /(?=[A-Za-z0-9+/_-]*\d)(?=[A-Za-z0-9+/_-]*[A-Z])(?=[A-Za-z0-9+/_-]*[a-z])[A-Za-z0-9+/_-]{16,}|[A-Za-z0-9+/]{40,}/;

/** A line of somebody's file that is better not shown. Too often is better than too seldom. */
export const looksSecret = (line: string): boolean =>
  secretName.test(line) || codeWord.test(line) || withoutSecrets(line) !== line;

function pathOf(side: 'a' | 'b', name: string): string {
  const path = `${side}/${name.replace(/^\.\//, '')}`;
  if (/["\\\u0000-\u001f\u007f]/.test(path)) return JSON.stringify(path);
  // As git writes it: what stands behind a blank would else be taken for a time.
  return path.includes(' ') ? `${path}\t` : path;
}

const range = (start: number, lines: number): string => `${lines === 0 ? start - 1 : start},${lines}`;

const hunkText = ({ oldStart, oldLines, newStart, newLines, lines }: Hunk): string =>
  `@@ -${range(oldStart, oldLines)} +${range(newStart, newLines)} @@\n${lines.map((line) => `${line}\n`).join('')}`;
