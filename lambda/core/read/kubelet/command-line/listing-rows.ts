import { trimmedEnd } from '../../../model/text/trimmed-end.ts';
/** One row of a process list as somebody pasted it, without what terminals, chats, mails and tools for many hosts put around it. */
export interface ListingRow {
  /** With the blanks around it, which are a part of its width or of an argument. */
  readonly text: string;
  /** What a tool for many hosts writes before each row of a host. */
  readonly host: string;
  /** `break`: a prompt, a header of columns or the end of a block. A row behind it continues nothing that is before it. */
  readonly kind: 'text' | 'blank' | 'break';
}

/** Colours of `grep`, titles of terminals; also where the escape character was lost or written out. */
const terminalSequences: readonly RegExp[] = [
  /(?:\u001b|␛|\^\[|\\(?:e|033|x1b|u001b))\[[\d;?]*[a-zA-Z]/g,
  /\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)/g,
  /\[\d{1,3}(?:;\d{1,3})*m(?:\[K)?|\[m\[K/g,
];

const openings = /^(?:<(?:pre|code)\b[^>]*>|\{(?:code|noformat)\b[^}]*\}|`)+/i;
const closing = /(?:<\/(?:pre|code)>|\{(?:code|noformat)\}|`)$/i;

/** The row without the marks that close a block at its end: none is longer than 11 characters. */
function withoutClosings(row: string): string {
  let end = row.length;
  for (let mark = ''; ; end -= mark.length) {
    mark = closing.exec(row.slice(Math.max(0, end - 11), end))?.[0] ?? '';
    if (mark === '') return row.slice(0, end);
  }
}
/** Ends of blocks. A row of dots is not one: a person puts it in the place of what was left out. */
const fence = /^(?:`{3}|~{3})|^\[\/?(?:code|quote)\]$|^(?:exit|logout|EOF)$|^([-=*_#+~])\1\1(?:\1*|.*\1\1)$/i;

/** `[root@ip ~]# …`, `root@ip:~# …`, `sh-5.2$ …`, `/ # …`, `$ …`, `PS C:\> …`. */
const prompts: readonly RegExp[] = [
  /^\[[\w.@-]+(?: [^\]\s]*)?\]\s*[$#%>](?:\s|$)/,
  /^[\w.-]+@[\w.-]+(?::\S*| \S+)?\s*[$#%>](?:\s|$)/,
  /^(?:sh|bash|zsh|ash)-[\d.]+[$#%](?:\s|$)/,
  /^(?:[~/]\S* )?[$#%❯](?:\s|$)/,
  /^PS [A-Z]:[^>]*>/,
];

/** The header of `ps`, `docker top` or busybox: capital words, the last of which names the command. */
const header = /^(?:[A-Z%][A-Z%_+]*\d? +)*(?:CMD|COMMAND|ARGS)$/;

/** `node-1: …` of pdsh, `[node1] out: …` of Fabric, `[pod/x] …` of kubectl. */
const hostBefore = /^(?:\[[\w./-]+\](?: (?:out|err))?:?|\w[\w.-]*:) (?=\s*\S)/;

export function listingRows(text: string): readonly ListingRow[] {
  const lines = plainText(text).split('\n');
  const areOfWindows = lines.slice(0, -1).every((line) => line.trim() === '' || line.endsWith('\r'));
  // A carriage return behind one row only is a part of it.
  return lines.map((line) => rowOf(areOfWindows ? trimmedEnd(line, '\r') : line.replaceAll('\r', '\u240d')));
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

function rowOf(line: string): ListingRow {
  const unquoted = line.replace(/^\s*(?:> ?)+/, '');
  const opened = unquoted.trimStart().replace(openings, '');
  const bare = withoutClosings(opened.length < unquoted.trimStart().length ? opened : unquoted);
  const host = hostBefore.exec(bare)?.[0] ?? '';
  const text = bare.slice(host.length);

  if (line.trim() === '') return { text, host, kind: 'blank' };
  const isPrompt = prompts.some((prompt) => prompt.test(bare.trim()));
  const isBreak = isPrompt || bare.trim() === '' || fence.test(unquoted.trim()) || header.test(text.trim());
  return { text, host, kind: isBreak ? 'break' : 'text' };
}
