import { structuredPatch } from 'diff';
import { withoutSecrets } from '../../model/text/without-secrets.ts';

interface FileDiffOptions {
  readonly name: string;
  readonly before: string;
  readonly after: string;
}

interface FileDiff {
  /** Empty where nothing may be shown. */
  readonly text: string;
  /** Lines that change and are not shown, counted from 1. */
  readonly hidden: readonly number[];
}

/**
 * A unified difference for `git apply`, of texts with the same number of lines. Around a change there are at most three lines, and none that looks
 * as if it held a secret. A change that can't be shown without one is left out.
 */
export function fileDiff({ name, before, after }: FileDiffOptions): FileDiff {
  const shown: Hunk[] = [];
  const hidden: number[] = [];
  for (const hunk of hunksOf({ name, before, after }, 3)) {
    const trimmed = withoutSecretContext(hunk);
    if (trimmed) shown.push(trimmed);
    else {
      const inside = (line: number): boolean => line >= hunk.oldStart && line < hunk.oldStart + hunk.oldLines;
      for (const small of hunksOf({ name, before, after }, 1).filter(({ oldStart }) => inside(oldStart))) {
        const least = withoutSecretContext(small);
        if (least) shown.push(least);
        else hidden.push(...removedLines(small));
      }
    }
  }
  const header = [`--- ${pathOf('a', name)}\n`, `+++ ${pathOf('b', name)}\n`];
  return { text: shown.length === 0 ? '' : [...header, ...shown.map(hunkText)].join(''), hidden };
}

const hunksOf = ({ name, before, after }: FileDiffOptions, context: number): readonly Hunk[] =>
  structuredPatch(name, name, before, after, undefined, undefined, { context }).hunks;

function removedLines({ oldStart, lines }: Hunk): readonly number[] {
  const old = lines.filter((line) => !line.startsWith('+') && !line.startsWith('\\'));
  return old.flatMap((line, index) => (line.startsWith('-') ? [oldStart + index] : []));
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
  /activation|passw|passphrase|secret|token|credential|api[_-]?key|private[_-]?key|docker-config|b64-cluster-ca|cluster-certificate|certificateAuthority|bearer|auth["']?\s*[:=]|_key\b/i;

/** Words of all kinds, as keys and codes are; paths and names are made of words. */
const isCode = (word: string): boolean =>
  (/\d/.test(word) && /[A-Z]/.test(word) && /[a-z]/.test(word)) || /[A-Za-z0-9+/]{40}/.test(word);

/** A line of somebody's file that is better not shown. Too often is better than too seldom. */
export const looksSecret = (line: string): boolean =>
  secretName.test(line.replaceAll(/authentication-token|[\w-]auth\b/gi, '')) ||
  (line.match(/[A-Za-z0-9+/_-]{16,}/g) ?? []).some(isCode) ||
  withoutSecrets(line) !== line;

function pathOf(side: 'a' | 'b', name: string): string {
  const path = `${side}/${name.replace(/^\.\//, '')}`;
  if (/["\\\u0000-\u001f\u007f]/.test(path)) return JSON.stringify(path);
  // As git writes it: without the tab, git takes what follows a blank for a time.
  return path.includes(' ') ? `${path}\t` : path;
}

const range = (start: number, lines: number): string => `${lines === 0 ? start - 1 : start},${lines}`;

const hunkText = ({ oldStart, oldLines, newStart, newLines, lines }: Hunk): string =>
  `@@ -${range(oldStart, oldLines)} +${range(newStart, newLines)} @@\n${lines.map((line) => `${line}\n`).join('')}`;
