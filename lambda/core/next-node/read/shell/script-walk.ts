import {
  type ArithmeticExpression,
  type Assignment,
  type Command,
  type CommandNode,
  type CompoundCommand,
  type CompoundList,
  forEachChild,
  type ParsedScript,
  type PipelineNode,
  parse,
  type Redirection,
  type Statement,
  type SyntaxNode,
  type TestExpression,
  type Word,
  type WordPart,
} from 'unbash';
import { notYetKnownVariable } from '../not-yet-known.ts';
import { isCommandName, judgeCommand } from './commands.ts';
import type { ScriptEffects, TextPlace } from './script-effects.ts';
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

/** What is known where a command runs. */
interface Scope {
  readonly variables: Map<string, Values>;
  readonly functions: Map<string, CompoundCommand | CompoundList | { readonly type: 'Redirected' }>;
  readonly constants: Set<string>;
  folder: Values;
  positional: readonly Field[] | undefined;
  /** `set -e` ends the script where a command fails. */
  endsOnError: boolean;
}

interface RunOptions {
  readonly stdin?: Values;
  /** Every command before it ran, and it runs once. */
  readonly isPlain?: boolean;
}

/** A script of more text than this is not looked at. */
const longestScript = 256 * 1024;
const deepest = 12;

/** Goes through all that a script may run, whichever way its conditions go, without running it. What it can't follow is reported to `effects`. */
export function walkScript(text: string, effects: ScriptEffects, at: TextPlace): void {
  if (text.length > longestScript) {
    effects.report('a script that is too long', at.line);
    return;
  }
  // Bash takes a carriage return as part of a word, such as the end of a here-document.
  if (/[^\n\t \p{L}\p{M}\p{N}\p{P}\p{S}]/u.test(text)) {
    effects.report('a carriage return or another character that a shell reads in its own way', at.line);
    return;
  }
  if (text.includes(notYetKnownVariable)) {
    effects.report('a value that only the deployment knows', at.line);
    return;
  }
  const walk = new ScriptWalk(text, effects, at);
  walk.script(parse(text), newScope(/^#!\S+(?:\s+\S+)*?\s-\w*e/.test(text)), { isPlain: true });
}

const newScope = (endsOnError: boolean): Scope => ({
  variables: new Map(),
  functions: new Map(),
  constants: new Set(),
  folder: ['/'],
  positional: undefined,
  endsOnError,
});

const copyOf = (scope: Scope): Scope => ({
  ...scope,
  variables: new Map(scope.variables),
  functions: new Map(scope.functions),
  constants: new Set(scope.constants),
});

/** Makes a scope the one after either of two ways. */
function join(into: Scope, other: Scope): void {
  for (const name of new Set([...into.variables.keys(), ...other.variables.keys()])) {
    const [one, two] = [into.variables.get(name), other.variables.get(name)];
    into.variables.set(name, one && two ? eitherOf(one, two) : anyText);
  }
  for (const name of new Set([...into.functions.keys(), ...other.functions.keys()]))
    if (into.functions.get(name) !== other.functions.get(name)) into.functions.delete(name);
  for (const name of other.constants) into.constants.add(name);
  into.folder = eitherOf(into.folder, other.folder);
  into.endsOnError &&= other.endsOnError;
}

const isSame = (one: Scope, other: Scope): boolean =>
  one.folder.join() === other.folder.join() &&
  one.variables.size === other.variables.size &&
  [...one.variables].every(([name, values]) => other.variables.get(name)?.join() === values.join());

class ScriptWalk {
  readonly #text: string;
  readonly #effects: ScriptEffects;
  readonly #at: TextPlace;
  #depth = 0;

  constructor(text: string, effects: ScriptEffects, at: TextPlace) {
    this.#text = text;
    this.#effects = effects;
    this.#at = at;
  }

  script({ commands, errors }: ParsedScript, scope: Scope, options: RunOptions = {}): Values {
    if (errors?.length) this.#report('a text that is no script of bash', errors[0]?.pos ?? 0);
    return this.#statements(commands, scope, options);
  }

  #report(because: string, pos: number): void {
    this.#effects.report(because, this.#lineOf(pos));
  }

  #lineOf(pos: number): number {
    return this.#at.isFixed ? this.#at.line : this.#at.line - 1 + this.#text.slice(0, pos).split('\n').length;
  }

  #statements(statements: readonly Statement[], scope: Scope, options: RunOptions): Values {
    let printedBy: Values | undefined;
    for (const { command, background } of statements) {
      const inner = background ? copyOf(scope) : scope;
      const out =
        command.type === 'AndOr'
          ? this.#andOr(command.commands, command.operators, inner)
          : this.#pipeline(command, inner, { ...options, isPlain: options.isPlain === true && !background });
      printedBy = statements.length === 1 ? out : anyText;
    }
    return printedBy ?? [''];
  }

  /** Behind the first command, each may run or not. `cd X && …` and `cd X || exit` know the folder. */
  #andOr(commands: readonly PipelineNode[], operators: readonly string[], scope: Scope): Values {
    const [first, ...others] = commands;
    if (first === undefined) return [''];
    const before = scope.folder;
    const ends = scope.endsOnError;
    scope.endsOnError = false;
    this.#pipeline(first, scope, {});
    const entered = isCommandNamed(first, 'cd') ? scope.folder.filter((each) => !before.includes(each)) : [];
    for (const [index, next] of others.entries()) {
      const branch = copyOf(scope);
      const isAfterCd = index === 0 && entered.length > 0;
      if (isAfterCd) branch.folder = operators[0] === '&&' ? entered : before;
      this.#pipeline(next, branch, {});
      if (isAfterCd && operators[0] === '||' && leaves(next)) scope.folder = entered;
      else join(scope, branch);
    }
    scope.endsOnError = ends && scope.endsOnError !== undefined;
    return anyText;
  }

  #pipeline(node: PipelineNode, scope: Scope, options: RunOptions): Values {
    if (node.type !== 'Pipeline') return this.#command(node, scope, options);
    if (node.operators.includes('|&')) this.#report('a |&', node.pos);
    if (node.commands.length === 1 && node.commands[0]) return this.#command(node.commands[0], scope, {});
    let stdin = options.stdin;
    for (const command of node.commands) stdin = this.#command(command, copyOf(scope), stdin ? { stdin } : {});
    return stdin ?? anyText;
  }

  #command(node: CommandNode, scope: Scope, options: RunOptions): Values {
    if (!this.#effects.step()) return anyText;
    switch (node.type) {
      case 'Command':
        return this.#simple(node, scope, options);
      case 'Redirected': {
        for (const redirect of node.redirects) this.#redirect(redirect, scope, anyText);
        return this.#command(node.command, scope, {});
      }
      case 'BraceGroup':
        return this.#statements(node.body.commands, scope, {});
      case 'Subshell':
        return this.#statements(node.body.commands, copyOf(scope), {});
      case 'If': {
        this.#condition(node.clause, scope);
        const otherwise = copyOf(scope);
        this.#list(node.then, scope);
        for (const { clause, then } of node.elif) {
          this.#condition(clause, otherwise);
          const branch = copyOf(otherwise);
          this.#list(then, branch);
          join(scope, branch);
        }
        if (node.else) this.#list(node.else, otherwise);
        join(scope, otherwise);
        return anyText;
      }
      case 'While':
        this.#loop(scope, (round) => {
          this.#condition(node.clause, round);
          this.#list(node.body, round);
        });
        return anyText;
      case 'For': {
        const items = node.wordlist?.flatMap((word) => this.#fields(word, scope)) ?? scope.positional;
        const values = items?.reduce<Values>((all, { values: each, many }) => eitherOf(all, many ? anyText : each), []);
        this.#loop(scope, (round) => {
          this.#assign(node.name.value, values ?? anyText, round, node.pos);
          this.#list(node.body, round);
        });
        return anyText;
      }
      case 'ArithmeticFor':
        for (const each of [node.initialize, node.test, node.update]) if (each) this.#arithmetic(each, scope);
        this.#loop(scope, (round) => {
          this.#list(node.body, round);
          for (const each of [node.test, node.update]) if (each) this.#arithmetic(each, round);
        });
        return anyText;
      case 'Case': {
        this.#textOf(node.word, scope);
        const before = copyOf(scope);
        for (const { pattern, body } of node.items) {
          for (const word of pattern) this.#textOf(word, scope);
          const branch = copyOf(before);
          // A `;&` runs on into the next one.
          join(branch, scope);
          this.#list(body, branch);
          join(scope, branch);
        }
        return anyText;
      }
      case 'TestCommand':
        this.#test(node.expression, scope);
        return [''];
      case 'ArithmeticCommand':
        if (node.expression) this.#arithmetic(node.expression, scope);
        else this.#report('arithmetic that cannot be read', node.pos);
        return [''];
      case 'Function':
        this.#function(node.name.value, node.body as CompoundCommand, scope, node.pos);
        return [''];
      default:
        this.#report(`a '${node.type.toLowerCase()}'`, node.pos);
        return anyText;
    }
  }

  #list({ commands }: CompoundList, scope: Scope): void {
    this.#statements(commands, scope, {});
  }

  #condition(list: CompoundList, scope: Scope): void {
    const ends = scope.endsOnError;
    scope.endsOnError = false;
    this.#list(list, scope);
    scope.endsOnError = ends;
  }

  /** Until nothing new comes of another round; what still changes then may be anything. */
  #loop(scope: Scope, round: (scope: Scope) => void): void {
    for (let count = 0; count < 6; count += 1) {
      const before = copyOf(scope);
      const next = copyOf(scope);
      round(next);
      join(scope, next);
      if (isSame(before, scope)) return;
      if (count === 3)
        for (const [name, values] of scope.variables)
          if (before.variables.get(name)?.join() !== values.join()) scope.variables.set(name, anyText);
    }
    scope.folder = anyText;
    round(copyOf(scope));
  }

  #function(name: string, body: CompoundCommand, scope: Scope, pos: number): void {
    if (!/^[A-Za-z_][\w-]*$/.test(name) || isCommandName(name) || builtins.has(name))
      this.#report('a function that is named like a command', pos);
    else scope.functions.set(name, body);
  }

  #assign(name: string, values: Values, scope: Scope, pos: number): void {
    if (!/^[A-Za-z_]\w*$/.test(name) || isOfShell(name))
      this.#report('a variable that changes how later commands run', pos);
    else if (scope.constants.has(name)) this.#report('a value for a variable that is read-only', pos);
    else scope.variables.set(name, values);
  }

  #assignment({ name, value, append, index, pos }: Assignment, scope: Scope): void {
    if (index) this.#index(index, scope);
    if (value.type === 'ArrayValue') {
      const items = value.elements.flatMap((word) => this.#fields(word, scope));
      const given = items.reduce<Values>((all, { values, many }) => eitherOf(all, many ? anyText : values), []);
      this.#assign(name, anyText, scope, pos);
      scope.variables.set(`${name}[@]`, append ? eitherOf(scope.variables.get(`${name}[@]`) ?? anyText, given) : given);
      return;
    }
    const given = this.#textOf(value, scope);
    const isOdd = index !== undefined || append === true || given.some((each) => /:~|^~/.test(each));
    this.#assign(name, isOdd ? anyText : given, scope, pos);
    if (index) scope.variables.set(`${name}[@]`, anyText);
  }

  #simple(node: Command, scope: Scope, { stdin = anyText, isPlain = false }: RunOptions): Values {
    const assignments = node.prefix.filter((each) => each.type === 'Assignment');
    for (const assignment of assignments) {
      this.#assignment(assignment, scope);
      if (node.name === undefined) continue;
      if (!isExportable(assignment.name, scope.variables.get(assignment.name)))
        this.#report('a variable for one command', assignment.pos);
      scope.variables.set(assignment.name, anyText);
    }
    const words = [node.name, ...node.args].filter((each) => each !== undefined);
    const fields = words.flatMap((word) =>
      word.type === 'Assignment' ? this.#declared(word, scope) : this.#fields(word, scope),
    );
    let input = stdin;
    for (const redirect of node.redirects) if (redirect.type !== 'Redirect') input = this.#here(redirect, scope);
    const out = fields.length === 0 ? [''] : this.#run(fields, scope, { stdin: input, node, isPlain });
    for (const redirect of node.redirects) this.#redirect(redirect, scope, out);
    return node.redirects.some(({ type, operator }) => type === 'Redirect' && /^(?:&?>|>&)/.test(operator))
      ? anyText
      : out;
  }

  /** `export A=1`: the word as a field, so that it is judged like any other. */
  #declared(assignment: Assignment, scope: Scope): readonly Field[] {
    if (assignment.value.type === 'ArrayValue' || assignment.index) {
      this.#assignment(assignment, scope);
      return [{ values: [assignment.name], many: false }];
    }
    const values = this.#textOf(assignment.value, scope);
    const sign = assignment.append ? '+=' : '=';
    return [{ values: values.map((each) => `${assignment.name}${sign}${each}`), many: false }];
  }

  #run(
    fields: readonly Field[],
    scope: Scope,
    { stdin, node, isPlain }: { stdin: Values; node: Command; isPlain: boolean },
  ): Values {
    const [first, ...rest] = fields;
    const name = first && onlyValue(first);
    const { pos } = node;
    if (name === undefined) {
      this.#report('a command whose name is not known', pos);
      return anyText;
    }
    const wrapped = unwrapped(name, rest);
    if (wrapped) return wrapped.length === 0 ? [''] : this.#run(wrapped, scope, { stdin, node, isPlain });

    const body = scope.functions.get(name);
    if (body) return this.#call(body as CompoundCommand, rest, scope, pos);
    if (builtins.has(name)) return this.#builtin(name, rest, scope, { pos, stdin });
    const line = this.#lineOf(pos);
    if (/^(?:\/usr)?(?:\/bin)?\/?(?:ba)?sh$/.test(name)) return this.#shell(rest, line);
    return judgeCommand(fields, { effects: this.#effects, line, stdin, folder: scope.folder });
  }

  #call(body: CompoundCommand, args: readonly Field[], scope: Scope, pos: number): Values {
    if (this.#depth >= deepest) {
      this.#report('functions that call each other too deeply', pos);
      return anyText;
    }
    const before = scope.positional;
    scope.positional = args;
    this.#depth += 1;
    this.#command(body, scope, {});
    this.#depth -= 1;
    scope.positional = before;
    return anyText;
  }

  /** `bash -c TEXT` and a file that the script writes; what comes from elsewhere isn't shown. */
  #shell(args: readonly Field[], line: number): Values {
    const words = args.map(onlyValue);
    const options = words.findIndex((word) => word === undefined || !/^-[euxo]+$|^pipefail$/.test(word));
    const [word, text] = words.slice(Math.max(options, 0));
    if (options !== -1 && word !== undefined && /^-[eux]*c$/.test(word) && text !== undefined)
      walkScript(text, this.#effects, { line, isFixed: true });
    else if (options !== -1 && word?.startsWith('/')) this.#effects.runs(word, line);
    else this.#effects.report('a shell that runs what this file does not show', line);
    return anyText;
  }

  #builtin(name: string, args: readonly Field[], scope: Scope, { pos, stdin }: { pos: number; stdin: Values }): Values {
    const words = args.map(onlyValue);
    switch (name) {
      case 'cd': {
        const [to] = words.length === 1 ? words : [];
        const next = to?.startsWith('/')
          ? [to]
          : to !== undefined && /^\w/.test(to)
            ? scope.folder.map((each) => `${each === '/' ? '' : each}/${to}`)
            : anyText;
        const isThere =
          to !== undefined && /^\/(?:tmp|var\/tmp|var\/log|opt|mnt|home\/ec2-user|root|home|srv)?$/.test(to);
        scope.folder = isThere || (scope.endsOnError && this.#depth === 0) ? next : eitherOf(scope.folder, next);
        return [''];
      }
      case 'set':
        if (words.includes('--')) scope.positional = undefined;
        else if (
          !words.every(
            (word) => word !== undefined && /^[-+][euxoEv]+$|^(?:pipefail|errexit|nounset|xtrace|errtrace)$/.test(word),
          )
        )
          this.#report('an option of the shell', pos);
        if (
          words.some((word) => word !== undefined && (/^-\w*e/.test(word) || word === 'errexit')) &&
          this.#depth === 0
        )
          scope.endsOnError = true;
        if (words.some((word) => word !== undefined && /^\+/.test(word))) scope.endsOnError = false;
        return [''];
      case 'export':
      case 'readonly':
      case 'local':
      case 'declare':
        for (const [index, word] of words.entries())
          this.#declare(name, word ?? args[index]?.values[0], scope, pos, args[index]);
        return [''];
      case 'read':
        for (const word of words.filter((each) => each === undefined || !/^-[rs]+$/.test(each)))
          this.#assign(word ?? '', anyText, scope, pos);
        return [''];
      case 'unset':
        for (const word of words) this.#assign(word ?? '', anyText, scope, pos);
        return [''];
      case 'shift':
        scope.positional = args.length === 0 ? scope.positional?.slice(1) : undefined;
        return [''];
      case 'trap': {
        const [text] = words;
        if (text === undefined) this.#report('a trap whose text is not known', pos);
        else if (scope.functions.has(text) || text === '-' || text === '') return [''];
        else this.#nested(text, scope, pos);
        return [''];
      }
      case 'exec':
        this.#report('a program in place of the script', pos);
        return anyText;
      case 'pwd':
        return scope.folder;
      case 'printf':
      case 'echo':
        return textPrinted(name, args, (because) => this.#report(because, pos));
      case 'cat':
        if (args.length === 0) return stdin;
        break;
      default:
    }
    return judgeCommand([{ values: [name], many: false }, ...args], {
      effects: this.#effects,
      line: this.#lineOf(pos),
      stdin,
      folder: scope.folder,
    });
  }

  #declare(command: string, word: string | undefined, scope: Scope, pos: number, field: Field | undefined): void {
    const [, name, sign, value] = /^([A-Za-z_]\w*)(?:(\+?=)(.*))?$/s.exec(word ?? '') ?? [];
    if (name === undefined) {
      if (command === 'export' || word !== '-r') {
        this.#report('a declaration that changes how variables work', pos);
        return;
      }
      return;
    }
    if (command === 'export' && !isExportable(name, field ? valuesOf(field) : undefined))
      this.#report('a variable for all later commands', pos);
    const values = field ? valuesOf(field) : anyText;
    if (sign !== undefined) this.#assign(name, sign === '+=' || value?.includes(hole) ? anyText : values, scope, pos);
    else if (command !== 'export' && command !== 'readonly') this.#assign(name, [''], scope, pos);
    if (command === 'readonly') scope.constants.add(name);
  }

  /** A text that the same shell runs later, such as a trap: variables may have any value by then. */
  #nested(text: string, scope: Scope, pos: number): void {
    const later = copyOf(scope);
    for (const name of later.variables.keys()) later.variables.set(name, anyText);
    const walk = new ScriptWalk(text, this.#effects, { line: this.#lineOf(pos), isFixed: true });
    walk.script(parse(text), later);
  }

  #here(redirect: Exclude<Redirection, { readonly type: 'Redirect' }>, scope: Scope): Values {
    if (redirect.descriptor && redirect.descriptor.type !== 'FileDescriptor')
      this.#report('a file descriptor in a variable', redirect.pos);
    if (redirect.type === 'HereString')
      return redirect.target ? this.#textOf(redirect.target, scope).map((each) => `${each}\n`) : anyText;
    const { delimiter, closing, body } = redirect;
    if (delimiter === undefined || closing === undefined || !/^[\w.!-]+$/.test(delimiter.value))
      this.#report('a here-document without an end', redirect.pos);
    const text = redirect.operator === '<<-' ? body.text.replaceAll(/^\t+/gm, '') : body.text;
    if (body.parts === undefined)
      return [delimiter?.quoted ? text : text.replaceAll(/\\([\\$`\n])/g, (_, char) => (char === '\n' ? '' : char))];
    const values = textOf({ parts: body.parts, text: '', value: '' }, this.#context(scope));
    return redirect.operator === '<<-' ? values.map((each) => each.replaceAll(/^\t+/gm, '')) : values;
  }

  #redirect(redirect: Redirection, scope: Scope, content: Values): void {
    if (redirect.type !== 'Redirect') return;
    const { operator, target, descriptor, pos } = redirect;
    if (descriptor && descriptor.type !== 'FileDescriptor') this.#report('a file descriptor in a variable', pos);
    const values = target ? this.#textOf(target, scope) : anyText;
    if (operator === '<') return;
    if ((operator === '>&' || operator === '<&') && values.every((each) => /^\d+-?$|^-$/.test(each))) return;
    const [part, another] = target?.parts ?? [];
    if (part?.type === 'ProcessSubstitution' && another === undefined) return;
    const isOutput = descriptor === undefined || (descriptor.type === 'FileDescriptor' && descriptor.value === 1);
    this.#effects.writes({
      paths: this.#effects.absolute(values, scope.folder),
      content: isOutput && !operator.startsWith('&') ? content : anyText,
      isAppended: operator.endsWith('>>'),
      line: this.#lineOf(pos),
    });
  }

  #test(expression: TestExpression, scope: Scope): void {
    switch (expression.type) {
      case 'TestUnary':
        if (/^-[vR]$/.test(expression.operator)) this.#report('a test of a variable by its name', expression.pos);
        this.#textOf(expression.operand, scope);
        return;
      case 'TestBinary': {
        const sides = [expression.left, expression.right].map((word) => this.#textOf(word, scope));
        if (/^-(?:eq|ne|lt|le|gt|ge)$/.test(expression.operator) && !sides.every(isNumeric))
          this.#report('arithmetic on a text that is not known', expression.pos);
        return;
      }
      case 'TestLogical':
        for (const operand of expression.operands) this.#test(operand, scope);
        return;
      case 'TestNot': {
        this.#test(expression.operand, scope);
        return;
      }
      case 'TestGroup': {
        this.#test(expression.expression, scope);
        return;
      }
    }
  }

  /** Bash evaluates the text of a variable once more: `a[$(reboot)]` runs a command. */
  #arithmetic(expression: ArithmeticExpression, scope: Scope): void {
    switch (expression.type) {
      case 'ArithmeticBinary': {
        if (/^(?:.*[^=!<>]|<<|>>)?=$/.test(expression.operator) && expression.left.type === 'ArithmeticWord')
          this.#assign(expression.left.value, [printed], scope, expression.pos);
        else this.#arithmetic(expression.left, scope);
        this.#arithmetic(expression.right, scope);
        return;
      }
      case 'ArithmeticUnary':
        this.#arithmetic(expression.operand, scope);
        if (/^(?:\+\+|--)$/.test(expression.operator) && expression.operand.type === 'ArithmeticWord')
          this.#assign(expression.operand.value, [printed], scope, expression.pos);
        return;
      case 'ArithmeticTernary':
        for (const each of [expression.test, expression.consequent, expression.alternate])
          this.#arithmetic(each, scope);
        return;
      case 'ArithmeticGroup': {
        this.#arithmetic(expression.expression, scope);
        return;
      }
      case 'ArithmeticWord': {
        const { value, parts } = expression;
        const [, name] = /^\$?\{?([A-Za-z_]\w*)\}?$/.exec(value) ?? [];
        const values = parts
          ? textOf({ parts, text: '', value }, this.#context(scope))
          : name === undefined
            ? [value.replace(/^\$[?#]$|^\$\{?#\w*(?:\[[@*]\])?\}?$/, printed)]
            : (scope.variables.get(name) ?? anyText);
        if (!isNumeric(values)) this.#report('arithmetic on a text that is not known', expression.pos);
        return;
      }
      case 'ArithmeticCommandExpansion':
        if (!expression.script || !isNumeric(this.script(expression.script, copyOf(scope))))
          this.#report('arithmetic on a text that is not known', expression.pos);
    }
  }

  #index(word: Word, scope: Scope): void {
    if (!/^[@*]$/.test(word.text) && !isNumeric(this.#textOf(word, scope)))
      this.#report('an index that is not known', word.pos);
  }

  #fields(word: Word, scope: Scope): readonly Field[] {
    return fieldsOf(word, this.#context(scope));
  }

  #textOf(word: Word, scope: Scope): Values {
    return textOf(word, this.#context(scope));
  }

  #context(scope: Scope): ExpansionContext {
    return {
      variable: (name) => scope.variables.get(name) ?? anyText,
      positional: scope.positional,
      output: (part) => {
        if (!part.script) {
          this.#report('a substitution that cannot be read', part.pos);
          return anyText;
        }
        // Backquotes hold a text of their own, whose places are not those of the script.
        const walk =
          part.script.source === undefined
            ? this
            : new ScriptWalk(part.script.source, this.#effects, { line: this.#lineOf(part.pos), isFixed: true });
        return walk.script(part.script, copyOf(scope));
      },
      visit: (part) => this.#visit(part, scope),
    };
  }

  #visit(node: WordPart | SyntaxNode, scope: Scope): void {
    switch (node.type) {
      case 'ArithmeticExpansion':
        if (node.expression) this.#arithmetic(node.expression, scope);
        else this.#report('arithmetic that cannot be read', node.pos);
        return;
      case 'ParameterExpansion': {
        const { operation, prefix, index, parameter } = node;
        if (
          prefix === '!' ||
          operation?.type === 'Transform' ||
          operation?.type === 'Unknown' ||
          operation?.type === 'Names'
        ) {
          this.#report('an expansion that may run its value', node.pos);
          return;
        }
        if (index) this.#index(index, scope);
        if (
          operation?.type === 'Slice' &&
          ![operation.offset, operation.length].every(
            (word) => word === undefined || isNumeric(this.#textOf(word, scope)),
          )
        ) {
          this.#report('arithmetic on a text that is not known', node.pos);
          return;
        }
        if (operation?.type === 'Default' && operation.operator.endsWith('='))
          this.#assign(parameter, anyText, scope, node.pos);
        break;
      }
      case 'CommandExpansion':
      case 'ProcessSubstitution':
        this.#context(scope).output(node);
        return;
      default:
    }
    forEachChild(node, (child) => this.#visit(child, scope));
  }
}

/** What a word such as `NAME=value` gives. */
const valuesOf = ({ values }: Field): Values => values.map((each) => each.replace(/^[^=]*=/s, ''));

const isNumeric = (values: Values): boolean => values.every((each) => /^[-+]?[\d\ue125. ]*$/.test(each));

const isCommandNamed = (node: PipelineNode, name: string): boolean =>
  node.type === 'Command' && node.name?.text === name;

/** `exit`, `{ …; exit 1; }`: nothing runs behind it. */
const leaves = (node: PipelineNode): boolean =>
  isCommandNamed(node, 'exit') ||
  (node.type === 'BraceGroup' &&
    node.body.commands.at(-1)?.command.type === 'Command' &&
    isCommandNamed(node.body.commands.at(-1)?.command as Command, 'exit'));

/** Builtins whose effect is on the script itself; the table of commands has the others. */
const builtins: ReadonlySet<string> = new Set([
  'cd',
  'set',
  'export',
  'readonly',
  'local',
  'declare',
  'read',
  'unset',
  'shift',
  'trap',
  'exec',
  'pwd',
  'printf',
  'echo',
  'cat',
]);

/** The command behind `sudo` and the like; empty where it runs none. */
function unwrapped(name: string, args: readonly Field[]): readonly Field[] | undefined {
  const words = args.map(onlyValue);
  const behind = (options: RegExp, valued: RegExp, operands = 0): readonly Field[] | undefined => {
    let at = 0;
    for (let word = words[at]; word !== undefined; word = words[at]) {
      if (valued.test(word)) at += 2;
      else if (options.test(word)) at += 1;
      else break;
    }
    return args.length > at + operands ? args.slice(at + operands) : undefined;
  };
  switch (name) {
    case 'exec':
      return args.length === 0 ? [] : args;
    case 'sudo':
      return words[0]?.includes('=') ? undefined : behind(/^-[EnHS]+$/, /^-[ug]$/);
    case 'nohup':
    case 'setsid':
      return behind(/^$/, /^$/);
    case 'nice':
    case 'ionice':
      return behind(/^-[nc]?\d+$/, /^-[nc]$/);
    case 'timeout':
      return behind(/^-k\d+$|^--preserve-status$/, /^-[ks]$/, 1);
    case 'stdbuf':
      return behind(/^-[ioe]\w$/, /^$/);
    case 'flock':
      return behind(/^-[nxs]$/, /^-w$/, 1);
    case 'command':
      return words[0] === '-v' || words[0] === '-V' ? [] : behind(/^$/, /^$/);
    case 'cloud-init-per':
      return behind(/^$/, /^$/, 2);
    case 'xargs': {
      const command = behind(/^-[r0t]+$|^-n\d+$|^-P\d+$/, /^-[nPL]$/);
      return command && [...command, { values: anyText, many: true }];
    }
    default:
      return undefined;
  }
}

/** What `echo` and `printf` write, where their arguments say it. */
function textPrinted(name: string, args: readonly Field[], report: (because: string) => void): Values {
  const given = name === 'echo' && args.some((each) => /^-[neE]+$/.test(onlyValue(each) ?? '')) ? args.slice(1) : args;
  const options = given === args ? '' : (onlyValue(args[0] ?? { values: anyText, many: true }) ?? '');
  if (name === 'printf' && !given[0]?.values.every((each) => /^[^-\ue124]/.test(each))) {
    report('a printf whose first word is not a text');
    return anyText;
  }
  if (given.some(({ values, many }) => many || values.length > 1)) return anyText;
  const [first = '', ...rest] = given.map(({ values }) => values[0] ?? '');
  if (name === 'echo') {
    const text = [first, ...rest].join(' ') + (options.includes('n') ? '' : '\n');
    return options.includes('e') ? [unescaped(text)] : [text];
  }
  const format = unescaped(first);
  if (/%(?!s|%)/.test(format)) return anyText;
  const places = format.split('%s').length - 1;
  const rounds = Math.max(1, places === 0 ? 1 : Math.ceil(rest.length / places));
  let at = 0;
  return [
    Array.from({ length: rounds }, () => format.replaceAll('%s', () => rest[at++] ?? ''))
      .join('')
      .replaceAll('%%', '%'),
  ];
}

const unescaped = (text: string): string =>
  text.replaceAll(/\\(.?)/gs, (_, char: string) => ({ n: '\n', t: '\t', '\\': '\\' })[char] ?? hole);
