import {
  type Assignment,
  type Command,
  forEachChild,
  type ParsedScript,
  parse,
  type Redirection,
  type SyntaxNode,
  type Word,
} from 'unbash';
import { deploymentVariable, isKnown, plain, tokens } from '../tokens.ts';
import { judgeCommand } from './commands.ts';
import { builtins, oddForm } from './odd-forms.ts';
import { ScriptEffects } from './script-effects.ts';
import { absolute, isExportable } from './script-places.ts';
import { type ExpansionContext, textOf, wordsOf } from './script-values.ts';
import { declaration, folderName, ScriptVariables } from './script-variables.ts';

/** The arguments of the function that runs; `undefined` where they aren't known. */
type Positional = readonly string[] | undefined;

/** A script of more text than this is not looked at. */
const longestScript = 256 * 1024;
const deepest = 12;
const mostTurns = 16;

/**
 * Goes through all that a script may run, whichever way its conditions go, without running it. What it can't follow is reported to `effects`.
 * @param isOfOneLine whether all of the text is said to be on the line of `effects`
 */
export function walkScript(text: string, effects: ScriptEffects, isOfOneLine: boolean): void {
  if (text.length > longestScript) effects.report('a script that is too long');
  // Bash takes a carriage return as part of a word, such as the end of a here-document.
  else if (/[^\n\t \p{L}\p{M}\p{N}\p{P}\p{S}]/u.test(text))
    effects.report('a carriage return or another character that a shell reads in its own way');
  else if (text.includes(deploymentVariable)) effects.report('a value that only the deployment knows');
  else
    try {
      new ScriptWalk(text, effects, isOfOneLine).walk();
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      effects.report('a script that is nested too deeply');
    }
}

class ScriptWalk {
  readonly #text: string;
  /** The one line of the script; `undefined` where it has its own. */
  readonly #line: number | undefined;
  #effects: ScriptEffects;
  /** Takes what is looked at for its output alone; its bound is for the whole script. */
  readonly #quiet = new ScriptEffects(() => undefined);
  readonly #variables: ScriptVariables;
  /** Which of several texts a variable has in this turn. */
  #turns = new Map<string, { readonly texts: readonly string[]; at: number }>();
  #depth = 0;

  constructor(text: string, effects: ScriptEffects, isOfOneLine: boolean) {
    this.#text = text;
    this.#effects = effects;
    this.#line = isOfOneLine ? effects.lineOf() : undefined;
    this.#variables = new ScriptVariables({
      // The folder of a script that another command runs isn't known.
      folder: isOfOneLine ? tokens.text : '/',
      textsOf: (assignment) => this.#inTurns(() => this.#assigned(assignment)),
      wordsOf: (words) =>
        this.#inTurns(() => words.flatMap((word) => wordsOf(word, this.#context(undefined, word.pos)))),
      report: (because, pos) => this.#report(because, pos),
    });
  }

  walk(): void {
    const script = parse(this.#text);
    this.#variables.collect(script);
    this.#visit(script, undefined);
  }

  #report(because: string, pos: number): void {
    this.#at(pos);
    this.#effects.report(because);
  }

  #at(pos: number): void {
    this.#effects.lineOf = () => this.#line ?? this.#text.slice(0, pos).split('\n').length;
  }

  /** Does it once for each text that the variables which it needs may have. */
  #inTurns<T>(run: () => T): readonly T[] {
    const outer = this.#turns;
    const turns: typeof outer = new Map();
    this.#turns = turns;
    const all: T[] = [];
    let hasNext = true;
    while (hasNext) {
      all.push(run());
      hasNext = false;
      for (const turn of turns.values()) {
        turn.at = (turn.at + 1) % turn.texts.length;
        hasNext = turn.at > 0;
        if (hasNext) break;
      }
    }
    this.#turns = outer;
    return all;
  }

  #choose(key: string, given: () => readonly string[]): string {
    const turn = this.#turns.get(key);
    if (turn) return turn.texts[turn.at] ?? tokens.text;
    const texts = [...new Set(given())];
    const count = [...this.#turns.values()].reduce((product, each) => product * each.texts.length, texts.length);
    const known = count > mostTurns || texts.includes(tokens.text) ? [tokens.text] : texts;
    this.#turns.set(key, { texts: known, at: 0 });
    return known[0] ?? tokens.text;
  }

  #variable(name: string, pos: number): string {
    return this.#choose(name, () => this.#variables.textsAt(name, pos));
  }

  #context(positional: Positional, pos: number): ExpansionContext {
    return {
      variable: (name) => this.#variable(name, pos),
      choose: (key, texts) => this.#choose(key, texts),
      positional,
      output: ({ script }) => this.#output(script, positional),
    };
  }

  /** What a substitution prints; its effects are looked at elsewhere. */
  #output(script: ParsedScript | undefined, positional: Positional): string {
    const [only, another] = script?.commands ?? [];
    if (!script || script.source !== undefined || another) return tokens.text;
    const effects = this.#effects;
    this.#effects = this.#quiet;
    const text = only ? this.#pipeline(only.command, positional) : '';
    this.#effects = effects;
    return text;
  }

  /** Looks at all that runs inside a node. */
  #visit(node: SyntaxNode, positional: Positional): void {
    const { type, pos } = node;
    const fault = oddForm(node);
    if (fault) this.#report(fault, (type === 'Script' && node.errors?.[0]?.pos) || pos);
    switch (type) {
      case 'Pipeline':
      case 'Command':
        for (const each of commandsOf(node))
          if (each.type === 'Command') forEachChild(each, (child) => this.#visit(child, positional));
          else this.#visit(each, positional);
        this.#inTurns(() => this.#pipeline(node, positional));
        return;
      case 'Function':
        // Its commands are looked at where it is called.
        return;
      case 'Redirected':
        for (const each of node.redirects)
          this.#inTurns(() => this.#redirect(each, this.#context(positional, pos), tokens.text));
        break;
      case 'CommandExpansion':
      case 'ProcessSubstitution':
        if (node.script?.source === undefined) break;
        // Backquotes hold a text of their own, whose places are not those of the script.
        this.#at(pos);
        this.#effects.script(node.script.source);
        return;
      case 'ArithmeticBinary':
        if (node.operator !== '=') break;
        this.#visit(node.right, positional);
        return;
      case 'TestBinary':
        if (/^-(?:eq|ne|lt|le|gt|ge)$/.test(node.operator))
          for (const word of [node.left, node.right])
            this.#number(() => textOf(word, this.#context(positional, pos)), pos);
        break;
      case 'ArithmeticWord': {
        const { value, parts } = node;
        const [, name] = /^\$?([A-Za-z_]\w*)$/.exec(value) ?? [];
        const context = this.#context(positional, pos);
        this.#number(() => (name ? context.variable(name) : textOf({ parts, text: '', value }, context)), pos);
        break;
      }
      case 'ArithmeticCommandExpansion':
        this.#number(() => this.#context(positional, pos).output(node), pos);
        break;
      default:
    }
    forEachChild(node, (child) => this.#visit(child, positional));
  }

  /** Bash evaluates the text of a variable once more: `a[$(reboot)]` runs a command. */
  #number(text: () => string, pos: number): void {
    if (!this.#inTurns(text).every((each) => /^[-+]?[\dx. ]*$/.test(plain(each) ?? '?')))
      this.#report('arithmetic on a text that is not known', pos);
  }

  /** Looks at commands in this turn, and says what they print. */
  #pipeline(node: SyntaxNode, positional: Positional): string {
    const printedBy = (stdin: string, each: SyntaxNode): string =>
      each.type === 'Command' && this.#effects.step()
        ? this.#command(each, this.#context(positional, each.pos), stdin)
        : tokens.text;
    return commandsOf(node).reduce(printedBy, tokens.text);
  }

  #command({ name, args, prefix, redirects, pos }: Command, context: ExpansionContext, piped: string): string {
    for (const each of prefix)
      if (each.type === 'Assignment' && name && !isExportable(each.name, this.#assigned(each)))
        this.#report('a variable for one command', each.pos);
    const isDeclaration = declaration.test(name?.text ?? '');
    if (isDeclaration) for (const each of args) this.#declare(name?.text ?? '', each);
    const words = [...(name ? [name] : []), ...args].flatMap((each) =>
      each.type === 'Word' ? wordsOf(each, context) : `${each.name}=${this.#assigned(each)}`,
    );
    let out = '';
    if (!isDeclaration && words.length > 0) {
      const given = redirects.findLast((each) => each.type !== 'Redirect');
      out = this.#run(words, { literal: name?.text, stdin: given ? hereText(given, context) : piped, pos });
    }
    for (const redirect of redirects) this.#redirect(redirect, context, out);
    return redirects.some(({ type, operator }) => type === 'Redirect' && /^(?:&?>|>&)/.test(operator))
      ? tokens.text
      : out;
  }

  #assigned({ value, index, append, pos }: Assignment): string {
    if (value.type === 'ArrayValue' || index || append) return tokens.text;
    const text = textOf(value, this.#context(undefined, pos));
    return /:~|^~/.test(text) ? tokens.text : text;
  }

  /** `export`, `readonly`, `local` and `declare`. */
  #declare(command: string, argument: Word | Assignment): void {
    const { text, pos } = argument;
    const [name, value] =
      argument.type === 'Assignment'
        ? [argument.name, this.#assigned(argument)]
        : [/^[A-Za-z_]\w*$/.test(text) ? text : undefined, this.#variable(text, pos)];
    if (name === undefined && (command === 'export' || text !== '-r'))
      this.#report('a declaration that changes how variables work', pos);
    else if (name !== undefined && command === 'export' && !isExportable(name, value))
      this.#report('a variable for all later commands', pos);
  }

  #run(words: readonly string[], options: { literal: string | undefined; stdin: string; pos: number }): string {
    const { literal, stdin, pos } = options;
    const [name = tokens.text, ...args] = words;
    const bodies = this.#variables.functions.get(name);
    if (bodies) {
      this.#depth += 1;
      if (this.#depth > deepest) this.#report('functions that call each other too deeply', pos);
      else for (const body of bodies) this.#call(body, args);
      this.#depth -= 1;
    } else if (!isKnown(name)) this.#report('a command whose name is not known', pos);
    else if (builtins.has(name)) {
      if (literal !== name || !this.#builtin(name, args, pos))
        this.#report('a command of the shell that is not understood', pos);
      return '';
    } else {
      this.#at(pos);
      return judgeCommand(words, { effects: this.#effects, stdin, folder: this.#variable(folderName, pos) });
    }
    return tokens.text;
  }

  /** Only a `shift` of its own in the function's own list has a place in the order of things. */
  #call(body: SyntaxNode, given: readonly string[]): void {
    let positional: Positional = given;
    if (body.type !== 'BraceGroup') this.#visit(body, positional);
    else
      for (const { command, background } of body.body.commands)
        if (background || this.#text.slice(command.pos, command.end) !== 'shift') this.#visit(command, positional);
        else positional = positional?.[0]?.includes(tokens.words) ? undefined : positional?.slice(1);
  }

  /** Whether a builtin does only what is followed. */
  #builtin(name: string, args: readonly string[], pos: number): boolean {
    if (name === 'set')
      return args.every((each) => /^(?:[-+][euxoEv]+|pipefail|errexit|nounset|xtrace|errtrace)$/.test(each));
    if (name !== 'trap') return name === 'cd' || (name !== 'shift' && args.every((each) => /^[\w-]+$/.test(each)));
    const [first = ''] = args;
    const bodies = this.#variables.functions.get(first) ?? [];
    for (const body of bodies) this.#visit(body, undefined);
    this.#at(pos);
    if (bodies.length === 0 && first !== '-') this.#effects.script(isKnown(first) ? first : '$(');
    // By then, variables may have any value; between commands, it may give them others.
    return !/\w\+?=|\b(?:cd|read|export|local|declare|unset)\b/.test(first);
  }

  #redirect(redirect: Redirection, context: ExpansionContext, content: string): void {
    if (redirect.type !== 'Redirect' || redirect.operator === '<') return;
    const { operator, target, descriptor, pos } = redirect;
    const text = target ? textOf(target, context) : tokens.text;
    if (/^[<>]&$/.test(operator) && /^(?:\d+-?|-)$/.test(text)) return;
    if (target?.parts?.length === 1 && target.parts[0]?.type === 'ProcessSubstitution') return;
    const isOutput = descriptor === undefined || (descriptor.type === 'FileDescriptor' && descriptor.value === 1);
    this.#at(pos);
    this.#effects.changes(absolute(text, this.#variable(folderName, pos)), {
      text: isOutput && !operator.startsWith('&') ? content : tokens.text,
      isAppended: operator.endsWith('>>'),
    });
  }
}

const commandsOf = (node: SyntaxNode): readonly SyntaxNode[] => (node.type === 'Pipeline' ? node.commands : [node]);

/** The text of a here-document or a `<<<`. */
function hereText(redirect: Exclude<Redirection, { readonly type: 'Redirect' }>, context: ExpansionContext): string {
  if (redirect.type === 'HereString') return redirect.target ? `${textOf(redirect.target, context)}\n` : tokens.text;
  const { delimiter, body, operator } = redirect;
  const value = delimiter?.quoted
    ? body.text
    : body.text.replaceAll(/\\([\\$`\n])/g, (_, char) => (char === '\n' ? '' : char));
  const content = textOf({ parts: body.parts, text: '', value }, context);
  return operator === '<<-' ? content.replaceAll(/^\t+/gm, '') : content;
}
