/** One row of a process list as somebody pasted it, without what terminals, chats and editors put around it. */
export interface ListingRow {
  readonly text: string;
  /** The columns in which a terminal may have ended it: with its indentation and without, which may be of the text around it. */
  readonly widths: readonly number[];
  /** An empty row is before it, and not before each row. */
  readonly afterGap: boolean;
  /** A prompt or the end of a block: nothing behind it continues what is before it. */
  readonly isBreak: boolean;
  /** A blank, and perhaps a prompt, is behind its last word: `tr '\0' ' '` makes one of the last NUL, and no end of line. */
  readonly endsInBlank: boolean;
}

/** Colours of `grep`, titles of terminals; also where the escape character was lost or written out. */
const terminalSequences: readonly RegExp[] = [
  /(?:\u001b|␛|\^\[|\\(?:e|033|x1b|u001b))\[[\d;?]*[a-zA-Z]/g,
  /\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)/g,
  /\[\d{1,3}(?:;\d{1,3})*m(?:\[K)?|\[m\[K/g,
];

const openings = /^(?:<(?:pre|code)\b[^>]*>|\{(?:code|noformat)\b[^}]*\}|`)+/i;
const closings = /(?:<\/(?:pre|code)>|\{(?:code|noformat)\}|`)+$/i;
/** Ends of blocks, and lines that people and tools put between listings. */
const fence = /^(?:`{3}|~{3})|^\[\/?(?:code|quote)\]$|^(?:exit|logout|EOF)$|^([-=*_#+~.])\1+(?:.*\1\1)?$/i;

/** `[root@ip ~]# …`, `root@ip:~# …`, `sh-5.2$ …`, `/ # …`, `$ …`, `PS C:\> …`. */
const prompts: readonly RegExp[] = [
  /^\[[\w.@-]+(?: [^\]\s]*)?\]\s*[$#%>](?:\s|$)/,
  /^[\w.-]+@[\w.-]+(?::\S*| \S+)?\s*[$#%>](?:\s|$)/,
  /^(?:sh|bash|zsh|ash)-[\d.]+[$#%](?:\s|$)/,
  /^(?:[~/]\S* )?[$#%❯](?:\s|$)/,
  /^PS [A-Z]:[^>]*>/,
];
const promptBehind = /\s(?:\[[\w.@-]+(?: [^\]\s]*)?\]|[\w.-]+@[\w.-]+:\S*|(?:sh|bash)-[\d.]+)[$#]\s*$/;

export function listingRows(text: string): readonly ListingRow[] {
  const lines = plainText(text).split(/\r*\n/);
  // `cat -A` and `set list` show the end of each line.
  const shown = lines.filter((line) => line.trim() !== '');
  const showsEnds = shown.length > 1 && shown.every((line) => line.trimEnd().endsWith('$'));

  const rows: ListingRow[] = [];
  let gap = false;
  let gaps = 0;
  for (const line of lines) {
    if (line.trim() === '') {
      gap = true;
      continue;
    }
    if (gap && rows.length > 0) gaps += 1;
    const next = row(showsEnds ? line.trimEnd().slice(0, -1) : line, gap);
    rows.push(next, ...(!next.isBreak && closings.test(line.trim()) ? [{ ...next, isBreak: true }] : []));
    gap = false;
  }
  // Some editors put an empty row between any two.
  return rows.length > 2 && gaps === rows.length - 1 ? rows.map((each) => ({ ...each, afterGap: false })) : rows;
}

/** The same text without colours, with plain blanks, and with the two dashes that editors make one of. */
function plainText(text: string): string {
  return terminalSequences
    .reduce((rest, sequence) => rest.replace(sequence, ''), text)
    .replace(/^\ufeff/, '')
    .replace(/[\u00a0\u2007\u202f]/g, ' ')
    .replace(/[\u200b\u2060\u00ad]/g, '')
    .replace(/[\u2010\u2011\u2212]/g, '-')
    .replace(/(^|\s)[\u2013\u2014\u2015](?=[a-z])/gim, '$1--');
}

function row(line: string, afterGap: boolean): ListingRow {
  const quoted = line.replace(/^\s*(?:> ?)+/, '');
  const opened = quoted.trim().replace(openings, '');
  const unquoted = opened.replace(closings, '').trimEnd();
  const isBreak =
    fence.test(quoted.trim()) || unquoted.trim() === '' || prompts.some((prompt) => prompt.test(unquoted));
  const written = quoted.trimEnd();
  // One blank may be where a terminal cut or wrapped the row; more than one only fill it.
  const width = written.length + (quoted.length === written.length + 1 ? 1 : 0);
  const indentation = written.length - written.trimStart().length;
  const withoutPrompt = isBreak ? unquoted : unquoted.replace(promptBehind, '');

  return {
    text: withoutPrompt.trim(),
    widths: [width, ...(indentation > 3 ? [width - indentation] : [])],
    afterGap,
    isBreak,
    endsInBlank: withoutPrompt !== unquoted || /\s$/.test(line),
  };
}
