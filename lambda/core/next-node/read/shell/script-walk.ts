import {
  type AndOr,
  type Assignment,
  type Command,
  type CommandNode,
  type CompoundList,
  forEachChild,
  type ParsedScript,
  type PipelineNode,
  parse,
  type Redirection,
  type Statement,
  type SyntaxNode,
  type Word,
  type WordPart,
} from 'unbash';
import { notYetKnownVariable } from '../not-yet-known.ts';
import { isCommandName, judgeCommand } from './commands.ts';
import { ScriptEffects, type TextPlace } from './script-effects.ts';
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
import { isExportable, isOfShell } from './shell-variables.ts';
import { textPrinted, unwrapped } from './wrapped-commands.ts';

/** What is known where a command runs. */
interface Scope {
  /** Variables that have one of their values by now. */
  assigned: Set<string>;
  folder: Values;
  positional: readonly Field[] | undefined;
}

/** A script of more text than this is not looked at. */
const longestScript = 256 * 1024;
const deepest = 12;
const mostRounds = 10;

/** Goes through all that a script may run, whichever way its conditions go, without running it. What it can't follow is reported to `effects`. */
export function walkScript(text: string, effects: ScriptEffects, at: TextPlace): void {
  if (text.length > longestScript) effects.report('a script that is too long', at.line);
  // Bash takes a carriage return as part of a word, such as the end of a here-document.
  else if (/[^\n\t \p{L}\p{M}\p{N}\p{P}\p{S}]/u.test(text))
    effects.report('a carriage return or another character that a shell reads in its own way', at.line);
  else if (text.includes(notYetKnownVariable)) effects.report('a value that only the deployment knows', at.line);
  else new ScriptWalk(text, effects, at).walk();
}

const copyOf = (scope: Scope): Scope => ({ ...scope, assigned: new Set(scope.assigned) });

class ScriptWalk {
  readonly #text: string;
  readonly #at: TextPlace;
  #effects: ScriptEffects;
  /** Every value that some command of the script gives, whichever runs first: loops and branches need no order. */
  readonly #variables = new Map<string, Values>();
  readonly #functions = new Map<string, Set<CommandNode | CompoundList>>();
  readonly #constants = new Set<string>();
  #news = 0;
  #round = 0;
  #depth = 0;

  constructor(text: string, effects: ScriptEffects, at: TextPlace) {
    this.#text = text;
    this.#effects = effects;
    this.#at = at;
  }

  /** Rounds without effects collect the values of variables; the last one, in which none is new, has the effects. */
  walk(): void {
    const script = parse(this.#text);
    const effects = this.#effects;
    const round = (): void => {
      this.#constants.clear();
      this.script(script, { assigned: new Set(), folder: ['/'], positional: undefined });
    };
    for (let before = -1; before !== this.#news && this.#round < mostRounds; this.#round += 1) {
      before = this.#news;
      this.#effects = new ScriptEffects(() => undefined);
      round();
    }
    this.#effects = effects;
    if (this.#round === mostRounds) effects.report('variables that depend on each other', this.#at.line);
    round();
  }

  script({ commands, errors }: ParsedScript, scope: Scope): Values {
    if (errors?.length) this.#report('a text that is no script of bash', errors[0]?.pos ?? 0);
    return this.#statements(commands, scope);
  }

  #report(because: string, pos: number): void {
    this.#effects.report(because, this.#lineOf(pos));
  }

  #lineOf(pos: number): number {
    return this.#at.isFixed ? this.#at.line : this.#at.line - 1 + this.#text.slice(0, pos).split('\n').length;
  }

  #statements(statements: readonly Statement[], scope: Scope): Values {
    let printedBy: Values = [''];
    for (const { command, background } of statements) {
      const out = this.#command(command, background ? copyOf(scope) : scope, anyText);
      printedBy = statements.length === 1 ? out : anyText;
    }
    return printedBy;
  }

  /** The scope after one of several ways; `isOne`: one of them is gone for sure. */
  #either(scope: Scope, isOne: boolean, ways: readonly ((branch: Scope) => unknown)[]): Values {
    const ends = ways.map((way) => {
      const branch = copyOf(scope);
      way(branch);
      return branch;
    });
    if (!isOne) ends.push(copyOf(scope));
    scope.assigned = new Set(
      [...(ends[0]?.assigned ?? [])].filter((name) => ends.every((end) => end.assigned.has(name))),
    );
    scope.folder = ends.reduce<Values>((all, { folder }) => eitherOf(all, folder), []);
    return anyText;
  }

  #command(node: CommandNode | PipelineNode | AndOr, scope: Scope, stdin: Values): Values {
    if (!this.#effects.step()) return anyText;
    switch (node.type) {
      case 'AndOr':
        // Behind the first command, each may run or not.
        for (const [index, next] of node.commands.entries())
          this.#either(scope, index === 0, [(branch) => this.#command(next, branch, anyText)]);
        return anyText;
      case 'Pipeline': {
        if (node.operators.includes('|&')) this.#report('a |&', node.pos);
        const [only, another] = node.commands;
        if (only && !another) return this.#command(only, scope, anyText);
        return node.commands.reduce((before, command) => this.#command(command, copyOf(scope), before), anyText);
      }
      case 'Command':
        return this.#simple(node, scope, stdin);
      case 'Redirected':
        for (const redirect of node.redirects) this.#redirect(redirect, scope, anyText);
        return this.#command(node.command, scope, anyText);
      case 'BraceGroup':
        return this.#statements(node.body.commands, scope);
      case 'Subshell':
        return this.#statements(node.body.commands, copyOf(scope));
      case 'If': {
        this.#statements(node.clause.commands, scope);
        const branches = [node.then, ...(node.else ? [node.else] : [])].map(
          ({ commands }) =>
            (branch: Scope) =>
              this.#statements(commands, branch),
        );
        const elifs = node.elif.map(({ clause, then }) => (branch: Scope) => {
          this.#statements(clause.commands, branch);
          this.#statements(then.commands, branch);
        });
        return this.#either(scope, node.else !== undefined, [...branches, ...elifs]);
      }
      case 'While':
        this.#statements(node.clause.commands, scope);
        return this.#loop(scope, node, (round) => {
          this.#statements(node.body.commands, round);
          this.#statements(node.clause.commands, round);
        });
      case 'For': {
        const items = node.wordlist?.flatMap((word) => this.#fields(word, scope)) ?? scope.positional;
        return this.#loop(scope, node, (round) => {
          this.#assign(node.name.value, items ? valuesOf(items) : anyText, round, node.pos);
          this.#statements(node.body.commands, round);
        });
      }
      case 'ArithmeticFor':
        if (node.initialize) this.#arithmetic(node.initialize, scope);
        return this.#loop(scope, node, (round) => {
          for (const each of [node.test, node.update]) if (each) this.#arithmetic(each, round);
          this.#statements(node.body.commands, round);
        });
      case 'Case': {
        for (const word of [node.word, ...node.items.flatMap(({ pattern }) => pattern)]) this.#textOf(word, scope);
        const isOne = node.items.some(({ pattern }) => pattern.some(({ text }) => text === '*'));
        const ways = node.items.map(
          ({ body }) =>
            (branch: Scope) =>
              this.#statements(body.commands, branch),
        );
        return this.#either(scope, isOne, ways);
      }
      case 'TestCommand':
        this.#test(node.expression, scope);
        return [''];
      case 'ArithmeticCommand':
        if (node.expression) this.#arithmetic(node.expression, scope);
        else this.#report('arithmetic that cannot be read', node.pos);
        return [''];
      case 'Function':
        this.#function(node.name.value, node.body, node.pos);
        return [''];
      default:
        this.#report(`a '${node.type.toLowerCase()}'`, node.pos);
        return anyText;
    }
  }

  /** Once for all rounds. */
  #loop(scope: Scope, { pos }: CommandNode, round: (scope: Scope) => void): Values {
    const before = scope.folder;
    this.#either(scope, false, [round]);
    if (scope.folder.join() !== before.join()) this.#report('a loop that changes its folder', pos);
    return anyText;
  }

  #function(name: string, body: CommandNode | CompoundList, pos: number): void {
    if (!/^[A-Za-z_][\w-]*$/.test(name) || isCommandName(name) || builtins.has(name)) {
      this.#report('a function that is named like a command', pos);
      return;
    }
    const bodies = this.#functions.get(name) ?? new Set();
    if (!bodies.has(body)) this.#news += 1;
    this.#functions.set(name, bodies.add(body));
  }

  #assign(name: string, values: Values, scope: Scope, pos: number): void {
    if (!/^[A-Za-z_]\w*$/.test(name) || isOfShell(name))
      this.#report('a variable that changes how later commands run', pos);
    else if (this.#constants.has(name)) this.#report('a value for a variable that is read-only', pos);
    else this.#keep(name, values, scope);
  }

  #keep(name: string, values: Values, scope: Scope): void {
    const known = this.#variables.get(name) ?? [];
    const all = eitherOf(known, values);
    if (all.length !== known.length || all[0] !== known[0]) {
      this.#news += 1;
      // What still changes in the fourth round may be anything.
      this.#variables.set(name, this.#round > 2 ? anyText : all);
    }
    scope.assigned.add(name);
  }

  #assignment({ name, value, append, index, pos }: Assignment, scope: Scope): Values {
    if (index) this.#index(index, scope);
    if (value.type === 'ArrayValue') {
      const items = value.elements.flatMap((word) => this.#fields(word, scope));
      this.#assign(name, anyText, scope, pos);
      this.#keep(`${name}[@]`, valuesOf(items), scope);
      return anyText;
    }
    const given = this.#textOf(value, scope);
    const isOdd = index !== undefined || append === true || given.some((each) => /:~|^~/.test(each));
    const values = isOdd ? anyText : given;
    this.#assign(name, values, scope, pos);
    if (index) this.#keep(`${name}[@]`, anyText, scope);
    return values;
  }

  #simple(node: Command, scope: Scope, piped: Values): Values {
    for (const assignment of node.prefix) {
      if (assignment.type !== 'Assignment') continue;
      const given = this.#assignment(assignment, scope);
      if (node.name && !isExportable(assignment.name, given))
        this.#report('a variable for one command', assignment.pos);
      if (node.name) this.#keep(assignment.name, anyText, scope);
    }
    const words = [node.name, ...node.args].filter((each) => each !== undefined);
    const fields = words.flatMap((word) =>
      word.type === 'Assignment' ? this.#declared(word, scope) : this.#fields(word, scope),
    );
    let stdin = piped;
    for (const redirect of node.redirects) if (redirect.type !== 'Redirect') stdin = this.#here(redirect, scope);
    const out = fields.length === 0 ? [''] : this.#run(fields, scope, { stdin, pos: node.pos });
    for (const redirect of node.redirects) this.#redirect(redirect, scope, out);
    return node.redirects.some(({ type, operator }) => type === 'Redirect' && /^(?:&?>|>&)/.test(operator))
      ? anyText
      : out;
  }

  /** `export A=1`: the word as a field, so that it is judged like any other. */
  #declared(assignment: Assignment, scope: Scope): readonly Field[] {
    const { name, value, append } = assignment;
    if (value.type === 'ArrayValue' || assignment.index) {
      this.#assignment(assignment, scope);
      return [{ values: [name], many: false }];
    }
    const values = this.#textOf(value, scope).map((each) => `${name}${append ? '+=' : '='}${each}`);
    return [{ values, many: false }];
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

    const bodies = this.#functions.get(name);
    if (bodies) return this.#call(bodies, rest, scope, pos);
    if (builtins.has(name)) return this.#builtin(name, rest, scope, pos);
    if (name === 'cat' && rest.length === 0) return stdin;
    if (name === 'echo' || name === 'printf') return textPrinted(name, rest, (because) => this.#report(because, pos));
    const line = this.#lineOf(pos);
    if (/^(?:\/usr)?(?:\/bin)?\/?(?:ba)?sh$/.test(name)) return this.#shell(rest, line);
    return judgeCommand(fields, { effects: this.#effects, line, stdin, folder: scope.folder });
  }

  #call(
    bodies: ReadonlySet<CommandNode | CompoundList>,
    positional: readonly Field[],
    scope: Scope,
    pos: number,
  ): Values {
    if (this.#depth >= deepest) {
      this.#report('functions that call each other too deeply', pos);
      return anyText;
    }
    this.#depth += 1;
    const before = scope.positional;
    scope.positional = positional;
    for (const body of bodies)
      if (body.type === 'CompoundList') this.#statements(body.commands, scope);
      else this.#command(body, scope, anyText);
    scope.positional = before;
    this.#depth -= 1;
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
    switch (name) {
      case 'cd': {
        const isKnown = words.length === 1 && /^[\w/]/.test(first) && !first.includes(hole);
        const next = isKnown ? this.#effects.absolute([first], scope.folder) : anyText;
        // Of other folders it isn't known whether they are there.
        const isSure = /^\/(?:tmp|var\/tmp|var\/log|opt|mnt|home\/ec2-user|root|home|srv)?$/.test(first);
        scope.folder = isSure ? next : eitherOf(scope.folder, next);
        return [''];
      }
      case 'set':
        if (words.includes('--')) scope.positional = undefined;
        else if (!words.every((word) => /^[-+][euxoEv]+$|^(?:pipefail|errexit|nounset|xtrace|errtrace)$/.test(word)))
          this.#report('an option of the shell', pos);
        return [''];
      case 'read':
      case 'unset':
        for (const word of words) if (!/^-[rs]+$/.test(word)) this.#assign(word, anyText, scope, pos);
        return [''];
      case 'shift':
        scope.positional = args.length === 0 ? scope.positional?.slice(1) : undefined;
        return [''];
      case 'trap':
        if (this.#functions.has(first) || first === '-') return [''];
        // By then, variables may have any value.
        this.#effects.script(first.replaceAll(hole, '$('), this.#lineOf(pos));
        return [''];
      case 'pwd':
        return scope.folder;
      default:
        for (const field of args) this.#declare(name, field, scope, pos);
        return [''];
    }
  }

  /** `export`, `readonly`, `local` and `declare`. */
  #declare(command: string, field: Field, scope: Scope, pos: number): void {
    const word = field.values[0] ?? '';
    const [, name, sign] = /^([A-Za-z_]\w*)(?:(\+?=)|$)/.exec(word) ?? [];
    if (name === undefined) {
      if (command === 'export' || word !== '-r') this.#report('a declaration that changes how variables work', pos);
      return;
    }
    const values = field.values.map((each) => each.replace(/^[^=]*=/s, ''));
    if (command === 'export' && !isExportable(name, values)) this.#report('a variable for all later commands', pos);
    if (sign !== undefined) this.#assign(name, sign === '+=' ? anyText : values, scope, pos);
    else if (command !== 'export' && command !== 'readonly') this.#assign(name, [''], scope, pos);
    if (command === 'readonly') this.#constants.add(name);
  }

  #here(redirect: Exclude<Redirection, { readonly type: 'Redirect' }>, scope: Scope): Values {
    this.#descriptor(redirect);
    if (redirect.type === 'HereString')
      return redirect.target ? this.#textOf(redirect.target, scope).map((each) => `${each}\n`) : anyText;
    const { delimiter, closing, body, operator } = redirect;
    if (delimiter === undefined || closing === undefined || !/^[\w.!-]+$/.test(delimiter.value))
      this.#report('a here-document without an end', redirect.pos);
    const plain = delimiter?.quoted
      ? body.text
      : body.text.replaceAll(/\\([\\$`\n])/g, (_, char) => (char === '\n' ? '' : char));
    const values = body.parts ? this.#textOf({ parts: body.parts, text: '', value: '' }, scope) : [plain];
    return operator === '<<-' ? values.map((each) => each.replaceAll(/^\t+/gm, '')) : values;
  }

  #redirect(redirect: Redirection, scope: Scope, content: Values): void {
    if (redirect.type !== 'Redirect') return;
    const { operator, target, descriptor, pos } = redirect;
    this.#descriptor(redirect);
    const values = target ? this.#textOf(target, scope) : anyText;
    if (operator === '<') return;
    if ((operator === '>&' || operator === '<&') && values.every((each) => /^\d+-?$|^-$/.test(each))) return;
    if (target?.parts?.length === 1 && target.parts[0]?.type === 'ProcessSubstitution') return;
    const isOutput = descriptor === undefined || (descriptor.type === 'FileDescriptor' && descriptor.value === 1);
    this.#effects.writes({
      paths: this.#effects.absolute(values, scope.folder),
      content: isOutput && !operator.startsWith('&') ? content : anyText,
      isAppended: operator.endsWith('>>'),
      line: this.#lineOf(pos),
    });
  }

  #descriptor({ descriptor, pos }: Redirection): void {
    if (descriptor && descriptor.type !== 'FileDescriptor') this.#report('a file descriptor in a variable', pos);
  }

  #test(node: SyntaxNode, scope: Scope): void {
    if (node.type === 'TestUnary' && /^-[vR]$/.test(node.operator))
      this.#report('a test of a variable by its name', node.pos);
    const isOfNumbers = node.type === 'TestBinary' && /^-(?:eq|ne|lt|le|gt|ge)$/.test(node.operator);
    forEachChild(node, (child) => {
      if (child.type !== 'Word') this.#test(child, scope);
      else if (isOfNumbers) this.#number(this.#textOf(child, scope), child.pos);
      else this.#textOf(child, scope);
    });
  }

  /** Bash evaluates the text of a variable once more: `a[$(reboot)]` runs a command. */
  #arithmetic(node: SyntaxNode, scope: Scope): void {
    if (node.type === 'ArithmeticWord') {
      const { value, parts } = node;
      const [, name] = /^\$?\{?([A-Za-z_]\w*)\}?$/.exec(value) ?? [];
      const given = parts
        ? this.#textOf({ parts, text: '', value }, scope)
        : name === undefined
          ? [value.replace(/^\$[?#]$|^\$\{?#\w*(?:\[[@*]\])?\}?$/, printed)]
          : this.#context(scope).variable(name);
      this.#number(given, node.pos);
      return;
    }
    if (node.type === 'ArithmeticCommandExpansion') {
      this.#number(node.script ? this.script(node.script, copyOf(scope)) : anyText, node.pos);
      return;
    }
    const isAssigning = node.type === 'ArithmeticBinary' && /^(?:.*[^=!<>]|<<|>>)?=$/.test(node.operator);
    const isStep = node.type === 'ArithmeticUnary' && /^(?:\+\+|--)$/.test(node.operator);
    const changed = isAssigning ? node.left : isStep ? node.operand : undefined;
    forEachChild(node, (child) => {
      if (child !== changed || node.type !== 'ArithmeticBinary' || node.operator !== '=')
        this.#arithmetic(child, scope);
    });
    if (changed?.type === 'ArithmeticWord') this.#assign(changed.value, [printed], scope, node.pos);
  }

  #number(values: Values, pos: number): void {
    if (!isNumeric(values)) this.#report('arithmetic on a text that is not known', pos);
  }

  #index(word: Word, scope: Scope): void {
    if (!/^[@*]$/.test(word.text)) this.#number(this.#textOf(word, scope), word.pos);
  }

  #fields(word: Word, scope: Scope): readonly Field[] {
    return fieldsOf(word, this.#context(scope));
  }

  #textOf(word: Pick<Word, 'parts' | 'text' | 'value'>, scope: Scope): Values {
    return textOf(word, this.#context(scope));
  }

  #context(scope: Scope): ExpansionContext {
    return {
      variable: (name) => (scope.assigned.has(name) ? this.#variables.get(name) : undefined) ?? anyText,
      positional: scope.positional,
      output: (part) => {
        if (part.script?.source === undefined) return part.script ? this.script(part.script, copyOf(scope)) : anyText;
        // Backquotes hold a text of their own, whose places are not those of the script.
        this.#effects.script(part.script.source, this.#lineOf(part.pos));
        return anyText;
      },
      visit: (part) => this.#visit(part, scope),
    };
  }

  #visit(node: WordPart | SyntaxNode, scope: Scope): void {
    if (node.type === 'ArithmeticExpansion') {
      if (node.expression) this.#arithmetic(node.expression, scope);
      else this.#report('arithmetic that cannot be read', node.pos);
      return;
    }
    if (node.type === 'CommandExpansion' || node.type === 'ProcessSubstitution') {
      if (!node.script) this.#report('a substitution that cannot be read', node.pos);
      this.#context(scope).output(node);
      return;
    }
    if (node.type === 'ParameterExpansion') {
      const { operation, prefix, index, parameter, pos } = node;
      if (prefix === '!' || /^(?:Transform|Unknown|Names)$/.test(operation?.type ?? ''))
        this.#report('an expansion that may run its value', pos);
      if (index) this.#index(index, scope);
      if (operation?.type === 'Slice')
        for (const word of [operation.offset, operation.length]) if (word) this.#number(this.#textOf(word, scope), pos);
      if (operation?.type === 'Default' && operation.operator.endsWith('='))
        this.#assign(parameter, anyText, scope, pos);
    }
    forEachChild(node, (child) => this.#visit(child, scope));
  }
}

/** All values that one of the fields may have. */
const valuesOf = (fields: readonly Field[]): Values =>
  fields.reduce<Values>((all, { values, many }) => eitherOf(all, many ? anyText : values), []);

const isNumeric = (values: Values): boolean => values.every((each) => /^[-+]?[\d\ue125. ]*$/.test(each));

/** Builtins whose effect is on the script itself; the table of commands has the others. */
const builtins: ReadonlySet<string> = new Set(
  'cd set export readonly local declare read unset shift trap pwd'.split(' '),
);
