import {
  type AndOr,
  type Assignment,
  type Command,
  type CommandNode,
  forEachChild,
  type ParsedScript,
  type PipelineNode,
  parse,
  type Redirection,
  type SyntaxNode,
  type Word,
} from 'unbash';
import { notYetKnownVariable } from '../not-yet-known.ts';
import { isCommandName, judgeCommand } from './commands.ts';
import { ScriptEffects, type TextPlace } from './script-effects.ts';
import { isExportable, isOfShell } from './script-places.ts';
import {
  anyText,
  type ExpansionContext,
  eitherOf,
  type Field,
  fieldsOf,
  hole,
  onlyValue,
  printed,
  textOf,
  type Values,
} from './script-values.ts';
import { textPrinted, unwrapped } from './wrapped-commands.ts';

/** The arguments of the function that runs; `undefined` where they aren't known. */
interface Scope {
  positional: readonly Field[] | undefined;
}

/** Where a value has been given for sure: behind its statement, to the end of the list that this is in. */
interface Reach {
  readonly from: number;
  readonly until: number;
}

interface Given {
  readonly values: () => Values;
  readonly reach: Reach | undefined;
}

/** A script of more text than this is not looked at. */
const longestScript = 256 * 1024;
const deepest = 12;

/** Goes through all that a script may run, whichever way its conditions go, without running it. What it can't follow is reported to `effects`. */
export function walkScript(text: string, effects: ScriptEffects, at: TextPlace): void {
  if (text.length > longestScript) effects.report('a script that is too long', at.line);
  // Bash takes a carriage return as part of a word, such as the end of a here-document.
  else if (/[^\n\t \p{L}\p{M}\p{N}\p{P}\p{S}]/u.test(text))
    effects.report('a carriage return or another character that a shell reads in its own way', at.line);
  else if (text.includes(notYetKnownVariable)) effects.report('a value that only the deployment knows', at.line);
  else new ScriptWalk(text, effects, at).walk();
}

/**
 * A variable has all values that any command of the script gives it, whichever runs first, and is known where one of them was given for sure. So loops,
 * branches and functions need no order: every command is looked at once.
 */
class ScriptWalk {
  readonly #text: string;
  readonly #at: TextPlace;
  #effects: ScriptEffects;
  /** Takes what is looked at for its output alone; its bound is for the whole script. */
  readonly #quiet = new ScriptEffects(() => undefined);
  readonly #given = new Map<string, Given[]>();
  readonly #values = new Map<string, Values>();
  /** Where the script goes, by the place of its `cd`. */
  readonly #folders = new Map<number, Given>();
  readonly #functions = new Map<string, SyntaxNode[]>();
  #depth = 0;

  constructor(text: string, effects: ScriptEffects, at: TextPlace) {
    this.#text = text;
    this.#effects = effects;
    this.#at = at;
  }

  walk(): void {
    const script = parse(this.#text);
    this.#collect(script, undefined);
    this.#visit(script, { positional: undefined });
  }

  #report(because: string, pos: number): void {
    this.#effects.report(because, this.#lineOf(pos));
  }

  #lineOf(pos: number): number {
    return this.#at.isFixed ? this.#at.line : this.#at.line - 1 + this.#text.slice(0, pos).split('\n').length;
  }

  /** Finds all that gives a variable its value, the functions, and the folders. */
  #collect(node: SyntaxNode, reach: Reach | undefined): void {
    const { type, pos, end } = node;
    let ofChildren = /^Arithmetic/.test(type) ? reach : undefined;
    if (type === 'Script' || type === 'CompoundList') {
      for (const { command, background } of node.commands)
        for (const [index, each] of (command.type === 'AndOr' ? command.commands : [command]).entries())
          this.#collect(each, index === 0 && !background ? { from: each.end, until: end } : undefined);
      return;
    }
    if (type === 'CommandExpansion' && node.script?.source !== undefined) return;
    if (type === 'Assignment') this.#collectAssignment(node, reach);
    else if (type === 'Command') {
      this.#collectCommand(node, reach);
      return;
    } else if (type === 'For') {
      const body = { from: node.body.pos, until: node.body.end };
      this.#give(node.name.value, body, pos, () =>
        node.wordlist
          ? valuesOf(node.wordlist.flatMap((word) => fieldsOf(word, this.#context(unknown, pos))))
          : anyText,
      );
    } else if (type === 'ArithmeticFor') ofChildren = { from: pos, until: end };
    else if (type === 'ArithmeticBinary' || type === 'ArithmeticUnary') {
      const target = changedBy(node);
      if (target?.type === 'ArithmeticWord') this.#give(target.value, reach, pos, () => [printed]);
    } else if (type === 'ParameterExpansion' && node.operation?.type === 'Default') {
      if (node.operation.operator.endsWith('=')) this.#give(node.parameter, undefined, pos, () => anyText);
    } else if (type === 'Function')
      this.#functions.set(node.name.value, [...(this.#functions.get(node.name.value) ?? []), node.body]);
    forEachChild(node, (child) => this.#collect(child, ofChildren));
  }

  #collectCommand(node: Command, reach: Reach | undefined): void {
    const { name, args, prefix, pos } = node;
    // A value in front of a command is for this command alone.
    const lasts = (child: SyntaxNode): boolean =>
      name ? declarations.has(name.value) && prefix.every((each) => each !== child) : true;
    forEachChild(node, (child) => this.#collect(child, lasts(child) ? reach : undefined));
    const words = args.filter((each) => each.type === 'Word');
    if (name?.value === 'cd') {
      const [folder, another] = words;
      const values = (): Values => {
        const given = folder && !another ? textOf(folder, this.#context(unknown, pos)) : anyText;
        return given.every((each) => each.startsWith('/')) ? given : anyText;
      };
      this.#folders.set(pos, { values, reach });
    } else if (name?.value === 'read' || name?.value === 'unset')
      for (const { value } of words) if (!/^-[rs]+$/.test(value)) this.#give(value, reach, pos, () => anyText);
    if (name?.value === 'local' || name?.value === 'declare')
      for (const { value } of words) if (!value.startsWith('-')) this.#give(value, reach, pos, () => ['']);
  }

  #collectAssignment(assignment: Assignment, reach: Reach | undefined): void {
    const { name, value, index, pos } = assignment;
    if (value.type === 'ArrayValue')
      this.#give(`${name}[@]`, reach, pos, () =>
        valuesOf(value.elements.flatMap((word) => fieldsOf(word, this.#context(unknown, pos)))),
      );
    else if (index) this.#give(`${name}[@]`, undefined, pos, () => anyText);
    this.#give(name, reach, pos, () => this.#assigned(assignment));
  }

  #assigned({ value, index, append, pos }: Assignment): Values {
    if (value.type === 'ArrayValue' || index || append) return anyText;
    const given = textOf(value, this.#context(unknown, pos));
    return given.some((each) => /:~|^~/.test(each)) ? anyText : given;
  }

  #give(name: string, reach: Reach | undefined, pos: number, values: () => Values): void {
    if (!/^[A-Za-z_]\w*(?:\[@\])?$/.test(name) || isOfShell(name))
      this.#report('a variable that changes how later commands run', pos);
    this.#given.set(name, [...(this.#given.get(name) ?? []), { values, reach }]);
  }

  #variable(name: string, pos: number): Values {
    const given = this.#given.get(name) ?? [];
    if (!given.some(({ reach }) => isWithin(reach, pos))) return anyText;
    const known = this.#values.get(name);
    if (known) return known;
    // It may depend on itself.
    this.#values.set(name, anyText);
    const values = given.reduce<Values>((all, each) => eitherOf(all, each.values()), []);
    this.#values.set(name, values);
    return values;
  }

  #folder(pos: number): Values {
    // The folder of a script that another command runs isn't known.
    const first: Values = this.#at.isFixed ? anyText : ['/'];
    const folders = [...this.#folders.values()];
    const isSure = folders.some(
      ({ values, reach }) => isWithin(reach, pos) && values().every((each) => isThere.test(each)),
    );
    return folders.reduce<Values>((all, { values }) => eitherOf(all, values()), isSure ? [] : first);
  }

  #context({ positional }: Scope, pos: number): ExpansionContext {
    return {
      variable: (name) => this.#variable(name, pos),
      positional,
      output: ({ script }) => (script && script.source === undefined ? this.#output(script, { positional }) : anyText),
    };
  }

  /** What a substitution prints; its effects are looked at elsewhere. */
  #output({ commands }: ParsedScript, scope: Scope): Values {
    const [only, another] = commands;
    if (only === undefined || another) return only ? anyText : [''];
    const effects = this.#effects;
    this.#effects = this.#quiet;
    const values = this.#command(only.command, { ...scope }, anyText);
    this.#effects = effects;
    return values;
  }

  #fields(word: Word, scope: Scope): readonly Field[] {
    return fieldsOf(word, this.#context(scope, word.pos));
  }

  #textOf(word: Word, scope: Scope): Values {
    return textOf(word, this.#context(scope, word.pos));
  }

  /** Looks at all that runs inside a node. */
  #visit(node: SyntaxNode, scope: Scope): void {
    const { type, pos } = node;
    const isNumber = (word: Word): void => this.#number(this.#textOf(word, scope), word.pos);
    switch (type) {
      case 'Command':
      case 'Pipeline':
        this.#command(node, scope, anyText);
        return;
      case 'Function':
        // Its commands are looked at where it is called.
        if (
          !/^[A-Za-z_][\w-]*$/.test(node.name.value) ||
          isCommandName(node.name.value) ||
          builtins.has(node.name.value)
        )
          this.#report('a function that is named like a command', pos);
        return;
      case 'Script':
        if (node.errors?.length) this.#report('a text that is no script of bash', node.errors[0]?.pos ?? 0);
        break;
      case 'While':
      case 'For':
      case 'ArithmeticFor':
        // Each round has other arguments.
        if (/\bshift\b/.test(this.#text.slice(pos, node.end))) this.#report('a loop that shifts its arguments', pos);
        break;
      case 'Redirected':
        for (const redirect of node.redirects) this.#redirect(redirect, scope, anyText);
        break;
      case 'Coproc':
      case 'Select':
        this.#report(`a '${type.toLowerCase()}'`, pos);
        return;
      case 'FileDescriptorVariable':
        this.#report('a file descriptor in a variable', pos);
        return;
      case 'HereDoc':
        if (node.delimiter === undefined || node.closing === undefined || !/^[\w.!-]+$/.test(node.delimiter.value))
          this.#report('a here-document without an end', pos);
        break;
      case 'TestUnary':
        if (/^-[vR]$/.test(node.operator)) this.#report('a test of a variable by its name', pos);
        break;
      case 'TestBinary':
        if (/^-(?:eq|ne|lt|le|gt|ge)$/.test(node.operator)) for (const word of [node.left, node.right]) isNumber(word);
        break;
      case 'ArithmeticCommand':
      case 'ArithmeticExpansion':
        if (!node.expression) this.#report('arithmetic that cannot be read', pos);
        break;
      case 'ArithmeticBinary':
        if (node.operator === '=') {
          this.#visit(node.right, scope);
          return;
        }
        break;
      case 'ArithmeticWord': {
        const { value, parts } = node;
        const [, name] = /^\$?\{?([A-Za-z_]\w*)\}?$/.exec(value) ?? [];
        if (parts) isNumber({ type: 'Word', parts, text: '', value, pos, end: node.end });
        else if (name) this.#number(this.#variable(name, pos), pos);
        else this.#number([value.replace(/^\$[?#]$|^\$\{?#\w*(?:\[[@*]\])?\}?$/, printed)], pos);
        break;
      }
      case 'ArithmeticCommandExpansion':
        this.#number(node.script ? this.#output(node.script, scope) : anyText, pos);
        break;
      case 'CommandExpansion':
      case 'ProcessSubstitution':
        if (!node.script) this.#report('a substitution that cannot be read', pos);
        if (node.script?.source === undefined) break;
        // Backquotes hold a text of their own, whose places are not those of the script.
        this.#effects.script(node.script.source, this.#lineOf(pos));
        return;
      case 'ParameterExpansion': {
        const { operation, prefix, index } = node;
        if (prefix === '!' || /^(?:Transform|Unknown|Names)$/.test(operation?.type ?? ''))
          this.#report('an expansion that may run its value', pos);
        if (index && !/^[@*]$/.test(index.text)) isNumber(index);
        if (operation?.type === 'Slice')
          for (const word of [operation.offset, operation.length]) if (word) isNumber(word);
        break;
      }
      case 'Assignment':
        if (node.index && !/^[@*]$/.test(node.index.text)) isNumber(node.index);
        break;
      default:
    }
    forEachChild(node, (child) => this.#visit(child, scope));
  }

  /** Bash evaluates the text of a variable once more: `a[$(reboot)]` runs a command. */
  #number(values: Values, pos: number): void {
    if (!values.every((each) => /^[-+]?[\d\ue125. ]*$/.test(each)))
      this.#report('arithmetic on a text that is not known', pos);
  }

  /** Looks at a command, and says what it prints. */
  #command(node: CommandNode | PipelineNode | AndOr, scope: Scope, stdin: Values): Values {
    if (!this.#effects.step()) return anyText;
    if (node.type === 'Command') return this.#simple(node, scope, stdin);
    if (node.type !== 'Pipeline') {
      this.#visit(node, scope);
      return anyText;
    }
    if (node.operators.includes('|&')) this.#report('a |&', node.pos);
    return node.commands.reduce((before, command) => this.#command(command, scope, before), stdin);
  }

  #simple(node: Command, scope: Scope, piped: Values): Values {
    const { name, args, prefix, redirects, pos } = node;
    forEachChild(node, (child) => this.#visit(child, scope));
    for (const each of prefix)
      if (each.type === 'Assignment' && name && !isExportable(each.name, this.#assigned(each)))
        this.#report('a variable for one command', each.pos);
    let stdin = piped;
    for (const redirect of redirects) if (redirect.type !== 'Redirect') stdin = this.#here(redirect, scope);

    const isDeclaration = name !== undefined && declarations.has(name.value);
    if (isDeclaration) for (const each of args) this.#declare(name.value, each);
    const words = [...(name ? [name] : []), ...args].flatMap((each): readonly Field[] =>
      each.type === 'Word'
        ? this.#fields(each, scope)
        : [{ values: this.#assigned(each).map((value) => `${each.name}=${value}`), many: false }],
    );
    const out = isDeclaration || words.length === 0 ? [''] : this.#run(words, scope, { stdin, pos });
    for (const redirect of redirects) this.#redirect(redirect, scope, out);
    return redirects.some(({ type, operator }) => type === 'Redirect' && /^(?:&?>|>&)/.test(operator)) ? anyText : out;
  }

  /** `export`, `readonly`, `local` and `declare`. */
  #declare(command: string, argument: Word | Assignment): void {
    const { pos } = argument;
    const isName = argument.type === 'Assignment' || /^[A-Za-z_]\w*$/.test(argument.text);
    if (!isName && (command === 'export' || argument.text !== '-r'))
      this.#report('a declaration that changes how variables work', pos);
    if (command !== 'export') return;
    const isSafe =
      argument.type === 'Assignment'
        ? isExportable(argument.name, this.#assigned(argument))
        : isExportable(argument.text, this.#variable(argument.text, pos));
    if (!isSafe) this.#report('a variable for all later commands', pos);
  }

  #run(fields: readonly Field[], scope: Scope, options: { readonly stdin: Values; readonly pos: number }): Values {
    const [first, ...rest] = fields;
    const name = first && onlyValue(first);
    const { pos, stdin } = options;
    if (name === undefined) {
      this.#report('a command whose name is not known', pos);
      return anyText;
    }
    const wrapped = unwrapped(name, rest);
    if (wrapped) return wrapped.length === 0 ? [''] : this.#run(wrapped, scope, options);

    const line = this.#lineOf(pos);
    const bodies = this.#functions.get(name);
    if (bodies) return this.#call(bodies, rest, pos);
    if (builtins.has(name)) return this.#builtin(name, rest, scope, pos);
    if (name === 'cat' && rest.length === 0) return stdin;
    if (name === 'echo' || name === 'printf') return textPrinted(name, rest, (because) => this.#report(because, pos));
    if (/^(?:\/usr)?(?:\/bin)?\/?(?:ba)?sh$/.test(name)) return this.#shell(rest, line);
    return judgeCommand(fields, { effects: this.#effects, line, stdin, folder: this.#folder(pos) });
  }

  #call(bodies: readonly SyntaxNode[], positional: readonly Field[], pos: number): Values {
    if (this.#depth >= deepest) this.#report('functions that call each other too deeply', pos);
    else {
      this.#depth += 1;
      for (const body of bodies) this.#visit(body, { positional });
      this.#depth -= 1;
    }
    return anyText;
  }

  /** `bash -c TEXT` and a file that the script writes; what comes from elsewhere isn't shown. */
  #shell(args: readonly Field[], line: number): Values {
    const words = args.map(onlyValue);
    const options = words.findIndex((word) => word === undefined || !/^-[euxo]+$|^pipefail$/.test(word));
    const [word, text] = words.slice(Math.max(options, 0));
    if (options !== -1 && word !== undefined && /^-[eux]*c$/.test(word) && text !== undefined)
      this.#effects.script(text, line);
    else if (options !== -1 && word?.startsWith('/')) this.#effects.runs(word, line);
    else this.#effects.report('a shell that runs what this file does not show', line);
    return anyText;
  }

  #builtin(name: string, args: readonly Field[], scope: Scope, pos: number): Values {
    const words = args.map((each) => onlyValue(each) ?? hole);
    const [first = ''] = words;
    if (name === 'pwd') return this.#folder(pos);
    if (name === 'shift') scope.positional = args.length === 0 ? scope.positional?.slice(1) : undefined;
    else if (name === 'set') {
      if (words.includes('--')) scope.positional = undefined;
      else if (!words.every((word) => /^[-+][euxoEv]+$|^(?:pipefail|errexit|nounset|xtrace|errtrace)$/.test(word)))
        this.#report('an option of the shell', pos);
    } else if (name === 'trap') {
      // By then, variables may have any value; between commands, it may give them others.
      if (/\w\+?=|\b(?:cd|read|export|local|declare|unset)\b/.test(first))
        this.#report('a trap that changes how later commands run', pos);
      if (!this.#functions.has(first) && first !== '-')
        this.#effects.script(first.replaceAll(hole, '$('), this.#lineOf(pos));
      for (const body of this.#functions.get(first) ?? []) this.#visit(body, { positional: undefined });
    } else if (
      name === 'cd' ? !this.#folders.has(pos) : declarations.has(name) || !words.every((word) => /^[\w-]+$/.test(word))
    )
      this.#report('a command of the shell that is not understood', pos);
    return [''];
  }

  #here(redirect: Exclude<Redirection, { readonly type: 'Redirect' }>, scope: Scope): Values {
    if (redirect.type === 'HereString')
      return redirect.target ? this.#textOf(redirect.target, scope).map((each) => `${each}\n`) : anyText;
    const { delimiter, body, operator } = redirect;
    const plain = delimiter?.quoted
      ? body.text
      : body.text.replaceAll(/\\([\\$`\n])/g, (_, char) => (char === '\n' ? '' : char));
    const { parts, pos } = body;
    const values = parts ? textOf({ parts, text: '', value: '' }, this.#context(scope, pos)) : [plain];
    return operator === '<<-' ? values.map((each) => each.replaceAll(/^\t+/gm, '')) : values;
  }

  #redirect(redirect: Redirection, scope: Scope, content: Values): void {
    if (redirect.type !== 'Redirect') return;
    const { operator, target, descriptor, pos } = redirect;
    const values = target ? this.#textOf(target, scope) : anyText;
    if (operator === '<') return;
    if ((operator === '>&' || operator === '<&') && values.every((each) => /^\d+-?$|^-$/.test(each))) return;
    if (target?.parts?.length === 1 && target.parts[0]?.type === 'ProcessSubstitution') return;
    const isOutput = descriptor === undefined || (descriptor.type === 'FileDescriptor' && descriptor.value === 1);
    this.#effects.writes({
      paths: this.#effects.absolute(values, this.#folder(pos)),
      content: isOutput && !operator.startsWith('&') ? content : anyText,
      isAppended: operator.endsWith('>>'),
      line: this.#lineOf(pos),
    });
  }
}

const unknown: Scope = { positional: undefined };

const isWithin = (reach: Reach | undefined, pos: number): boolean =>
  reach !== undefined && reach.from <= pos && pos <= reach.until;

/** Folders of the AMI; of others it isn't known whether a `cd` finds them. */
const isThere = /^\/(?:tmp|var\/tmp|var\/log|opt|mnt|home\/ec2-user|root|home|srv)?$/;

/** The variable that an operator of arithmetic gives another value. */
const changedBy = (node: SyntaxNode): SyntaxNode | undefined =>
  node.type === 'ArithmeticBinary' && /^(?:.*[^=!<>]|<<|>>)?=$/.test(node.operator)
    ? node.left
    : node.type === 'ArithmeticUnary' && /^(?:\+\+|--)$/.test(node.operator)
      ? node.operand
      : undefined;

/** All values that one of the fields may have. */
const valuesOf = (fields: readonly Field[]): Values =>
  fields.reduce<Values>((all, { values, many }) => eitherOf(all, many ? anyText : values), []);

/** Builtins whose effect is on the script itself; the table of commands has the others. */
const declarations: ReadonlySet<string> = new Set('export readonly local declare'.split(' '));
const builtins: ReadonlySet<string> = new Set([...declarations, ...'cd set read unset shift trap pwd'.split(' ')]);
