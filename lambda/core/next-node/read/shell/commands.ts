import { err, ok, type Result } from '../../../model/result.ts';
import { notYetKnownVariable } from '../not-yet-known.ts';

/** A word of a command after quotes and known variables; `undefined` where something that is not known here decides about it. */
export type ShellWord = string | undefined;

interface ShellCommand {
  readonly words: readonly ShellWord[];
  /** Files that it writes by `>`, `>>`, `&>` and the like. */
  readonly writes: readonly ShellWord[];
  /** Where it begins in the script, in characters. */
  readonly at: number;
  /** The place of each word in the script. */
  readonly ranges: readonly { readonly start: number; readonly end: number }[];
  /** Whether it runs depends on how the one before ended. Of a pipeline, its first command has it. */
  readonly behind?: '&&' | '||';
}

/** Commands that a `|` joins, the output of each being the input of the next. */
export type Pipeline = readonly [ShellCommand, ...(readonly ShellCommand[])];

/** A script of more text than this is not looked at. */
const longestScript = 256 * 1024;

/**
 * The commands of a script that has no more grammar than lists and pipelines: no functions, conditions, loops, groups or substitutions. Everything else
 * is an error that says which line. Variables are known where the script gives them a text. Never runs anything.
 */
export function shellCommands(script: string): Result<readonly Pipeline[], string> {
  if (script.length > longestScript) return err('a script that is too long');
  const reader = new ScriptReader(script.replace(logging, (line) => ' '.repeat(line.length)));
  try {
    return ok(reader.pipelines());
  } catch (error) {
    if (error instanceof NotFollowed) return err(`line ${reader.lineOf(error.at)}: ${error.message}`);
    throw error;
  }
}

/** AWS's own line that copies what a script prints into a log. */
const logging =
  /^exec > >\(tee (?:-a )?\/var\/log\/[\w.-]+ ?(?:\| ?logger -t [\w-]+ (?:-s )?(?:2> ?\/dev\/console)?)?\) 2>&1[ \t]*$/gm;

class NotFollowed extends Error {
  readonly at: number;

  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

interface Building {
  words: ShellWord[];
  writes: ShellWord[];
  at: number;
  ranges: { start: number; end: number }[];
  behind?: '&&' | '||';
}

/** Words that begin what is not followed here. */
const keywords = new Set([
  'if',
  'for',
  'while',
  'until',
  'case',
  'function',
  'select',
  'coproc',
  '!',
  '}',
  'then',
  'do',
  'fi',
  'done',
  'esac',
  'else',
  'elif',
]);

class ScriptReader {
  readonly #text: string;
  readonly #variables = new Map<string, ShellWord>();
  #at = 0;
  #heredocs: {
    readonly delimiter: string;
    readonly quoted: boolean;
    readonly stripsTabs: boolean;
  }[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  lineOf(at: number): number {
    return this.#text.slice(0, at).split('\n').length;
  }

  pipelines(): readonly Pipeline[] {
    const all: Pipeline[] = [];
    let pipeline: ShellCommand[] = [];
    let command = this.#begin();
    let behind: ShellCommand['behind'];

    const endCommand = (isPiped = pipeline.length > 0): void => {
      if (command.words.length > 0 || command.writes.length > 0) {
        // What a pipe joins runs in shells of its own.
        this.#assign(command, behind === undefined && !isPiped);
        pipeline.push(behind === undefined || pipeline.length > 0 ? command : { ...command, behind });
      }
      command = this.#begin();
    };
    const endPipeline = (): void => {
      endCommand();
      const [first, ...others] = pipeline;
      if (first !== undefined) {
        all.push([first, ...others]);
        behind = undefined;
      }
      pipeline = [];
    };

    for (;;) {
      this.#skipBlanks();
      if (command.words.length + command.writes.length === 0) command.at = this.#at;
      const char = this.#text[this.#at];
      if (char === undefined) break;
      if (char === '#') this.#skipComment();
      else if (char === '\n') {
        this.#at += 1;
        // A pipe at the end of a line goes on in the next one.
        if (command.words.length === 0 && pipeline.length > 0 && this.#heredocs.length === 0) continue;
        this.#readHeredocs();
        endPipeline();
      } else if (this.#takes('&&')) {
        endPipeline();
        behind = '&&';
      } else if (this.#takes('||')) {
        endPipeline();
        behind = '||';
      } else if (this.#takes(';')) endPipeline();
      else if (this.#takes('|')) {
        if (this.#text[this.#at] === '&') throw new NotFollowed('a |&', this.#at);
        endCommand(true);
      } else if (this.#redirect(command)) continue;
      else if (/[&()<>`]/.test(char))
        throw new NotFollowed('a construct of the shell that is not followed here', this.#at);
      else this.#addWord(command);
    }
    this.#readHeredocs();
    endPipeline();
    return all;
  }

  #begin(): Building {
    return { words: [], writes: [], at: this.#at, ranges: [] };
  }

  #addWord(command: Building): void {
    const at = this.#at;
    const { word, isQuoted } = this.#word();
    if (command.words.length === 0 && !isQuoted && word !== undefined && keywords.has(word))
      throw new NotFollowed(`a '${word}', which is not followed here`, at);
    command.words.push(word);
    command.ranges.push({ start: at, end: this.#at });
  }

  #takes(token: string): boolean {
    if (!this.#text.startsWith(token, this.#at)) return false;
    this.#at += token.length;
    return true;
  }

  #skipBlanks(): void {
    for (;;) {
      if (this.#text[this.#at] === ' ' || this.#text[this.#at] === '\t' || this.#text[this.#at] === '\r') this.#at += 1;
      else if (this.#text.startsWith('\\\n', this.#at)) this.#at += 2;
      else return;
    }
  }

  #skipComment(): void {
    const end = this.#text.indexOf('\n', this.#at);
    this.#at = end === -1 ? this.#text.length : end;
  }

  /** `> f`, `2>> f`, `&> f`, `2>&1`, `< f`, `<< EOF`. */
  #redirect(command: Building): boolean {
    const operator = /^(?:\d?>>?(?:&(?=\d|-))?|&>>?|\d?<<-?(?!<)|<(?!\())/.exec(
      this.#text.slice(this.#at, this.#at + 4),
    )?.[0];
    if (operator === undefined || this.#text[this.#at + operator.length] === '(') return false;
    this.#at += operator.length;
    this.#skipBlanks();

    if (operator.includes('<<')) {
      const { word, isQuoted } = this.#word();
      if (word === undefined) throw new NotFollowed('a here-document without an end', this.#at);
      this.#heredocs.push({ delimiter: word, quoted: isQuoted, stripsTabs: operator.endsWith('-') });
      return true;
    }
    const { word } = this.#word();
    if (operator.includes('>') && !operator.endsWith('&')) command.writes.push(word);
    return true;
  }

  #readHeredocs(): void {
    for (const { delimiter, quoted, stripsTabs } of this.#heredocs) {
      const lines: string[] = [];
      let isEnded = false;
      while (!isEnded && this.#at < this.#text.length) {
        const newline = this.#text.indexOf('\n', this.#at);
        const end = newline === -1 ? this.#text.length : newline;
        const raw = this.#text.slice(this.#at, end);
        const line = stripsTabs ? raw.replace(/^\t+/, '') : raw;
        this.#at = newline === -1 ? end : end + 1;
        isEnded = line === delimiter;
        if (!isEnded) lines.push(line);
      }
      if (!quoted && /\$\(|`/.test(lines.join('\n')))
        throw new NotFollowed('a substitution in a here-document', this.#at);
    }
    this.#heredocs = [];
  }

  #word(): { readonly word: ShellWord; readonly isQuoted: boolean } {
    const start = this.#at;
    let word: ShellWord = '';
    let isQuoted = false;
    const add = (text: ShellWord): void => {
      word = word === undefined || text === undefined ? undefined : word + text;
    };

    for (let char = this.#text[this.#at]; char !== undefined; char = this.#text[this.#at]) {
      if (/[\s;&|<>()]/.test(char)) break;
      if (char === "'") {
        isQuoted = true;
        add(this.#singleQuoted());
      } else if (char === '"') {
        isQuoted = true;
        add(this.#doubleQuoted());
      } else if (char === '\\') {
        isQuoted = true;
        this.#at += 1;
        const next = this.#text[this.#at] ?? '';
        add(next === '\n' ? '' : next);
        this.#at += 1;
      } else if (char === '$') {
        const value = this.#variable();
        // Without quotes, blanks split it and wildcards name files.
        add(value !== undefined && /[\s*?[]/.test(value) ? undefined : value);
      } else if (char === '`') throw new NotFollowed('a substitution', this.#at);
      else {
        add(/[*?[{~]/.test(char) ? undefined : char);
        this.#at += 1;
      }
    }
    if (this.#at === start) throw new NotFollowed('a construct of the shell that is not followed here', start);
    // The deployment puts its values in between any quotes.
    return { word: isByDeployment(word) ? undefined : word, isQuoted };
  }

  #singleQuoted(): string {
    const end = this.#text.indexOf("'", this.#at + 1);
    if (end === -1) throw new NotFollowed('quotes that do not end', this.#at);
    const text = this.#text.slice(this.#at + 1, end);
    this.#at = end + 1;
    return text;
  }

  #doubleQuoted(): ShellWord {
    const start = this.#at;
    let value: ShellWord = '';
    this.#at += 1;
    for (let char = this.#text[this.#at]; char !== '"'; char = this.#text[this.#at]) {
      if (char === undefined) throw new NotFollowed('quotes that do not end', start);
      if (char === '`') throw new NotFollowed('a substitution', this.#at);
      if (char === '$') {
        const variable = this.#variable();
        value = value === undefined || variable === undefined ? undefined : value + variable;
        continue;
      }
      const next = this.#text[this.#at + 1] ?? '';
      const isEscape = char === '\\' && /["\\$`\n]/.test(next);
      if (value !== undefined) value += isEscape ? (next === '\n' ? '' : next) : char;
      this.#at += isEscape ? 2 : 1;
    }
    this.#at += 1;
    return value;
  }

  #variable(): ShellWord {
    const found = /^\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})/.exec(this.#text.slice(this.#at, this.#at + 200));
    if (found !== null) {
      this.#at += found[0].length;
      return this.#variables.get(found[1] ?? found[2] ?? '');
    }
    if (/^\$[\s"]|^\$$/.test(this.#text.slice(this.#at, this.#at + 2))) {
      this.#at += 1;
      return '$';
    }
    throw new NotFollowed('a substitution', this.#at);
  }

  #assign({ words }: Building, isSure: boolean): void {
    const isExport = words[0] === 'export';
    const assigned = words.slice(isExport ? 1 : 0).map((word = '') => /^([A-Za-z_]\w*)(\+?)=(.*)$/s.exec(word));
    // An export may name variables beside those that it sets; a command gets what is before it for itself alone.
    if (!isExport && words.some((word, at) => word !== undefined && assigned[at]?.[2] !== '')) return;
    for (const [, name, plus, value] of assigned.map((each) => each ?? []))
      if (name !== undefined) this.#variables.set(name, isSure && plus === '' ? value : undefined);
  }
}

const isByDeployment = (word: ShellWord): boolean => word?.includes(notYetKnownVariable) === true;
