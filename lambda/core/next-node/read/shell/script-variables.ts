import { type Assignment, type Command, forEachChild, type SyntaxNode, type Word } from 'unbash';
import { isKnown, tokens } from '../tokens.ts';
import { isOfShell } from './script-places.ts';

/** Where a text has been given for sure: behind its statement, to the end of the list that this is in. `until` is 0 where it may not be given. */
interface Given {
  readonly from: number;
  readonly until: number;
  readonly texts: () => readonly string[];
}

interface VariableOptions {
  /** Where the script begins to run. */
  readonly folder: string;
  /** All texts that it may give. */
  textsOf(assignment: Assignment): readonly string[];
  /** All lists of words that these may become. */
  wordsOf(words: readonly Word[]): readonly (readonly string[])[];
  report(because: string, pos: number): void;
}

/** Of the folder that the script is in, beside the names of variables. */
export const folderName = '/';
const anyText = (): readonly string[] => [tokens.text];

export const declaration = /^(?:export|readonly|local|declare)$/;

/** Folders of the AMI; of others it isn't known whether a `cd` finds them. */
const isThere = /^\/(?:tmp|var\/tmp|var\/log|opt|mnt|home\/ec2-user|root|home|srv)?$/;

/**
 * A variable has all texts that any command of the script gives it, whichever runs first, and is known where one of them was given for sure. So loops,
 * branches and functions need no order: every command is looked at once.
 */
export class ScriptVariables {
  readonly functions = new Map<string, SyntaxNode[]>();
  readonly #given = new Map<string, Given[]>();
  readonly #texts = new Map<string, readonly string[]>();
  readonly #options: VariableOptions;

  constructor(options: VariableOptions) {
    this.#options = options;
  }

  textsAt(name: string, pos: number): readonly string[] {
    const given = this.#given.get(name) ?? [];
    const isSure = given.some(({ from, until }) => from <= pos && pos <= until);
    const first = name === folderName ? this.#options.folder : tokens.text;
    if (!isSure && first === tokens.text) return [tokens.text];
    // It may depend on itself.
    if (!this.#texts.has(name)) {
      this.#texts.set(name, [tokens.text]);
      const texts = given.flatMap((each) => each.texts());
      this.#texts.set(name, texts.every(isKnown) ? texts : [tokens.text]);
    }
    return [...(isSure ? [] : [first]), ...(this.#texts.get(name) ?? [])];
  }

  /** Finds all that gives a variable its text, the functions, and the folders. */
  collect(node: SyntaxNode, until = 0): void {
    const { type, end } = node;
    if (type === 'Script' || type === 'CompoundList') {
      for (const { command, background } of node.commands)
        for (const [index, each] of (command.type === 'AndOr' ? command.commands : [command]).entries())
          this.collect(each, index === 0 && !background ? end : 0);
      return;
    }
    if (type === 'CommandExpansion' && node.script?.source !== undefined) return;
    if (type === 'Command') {
      this.#collectCommand(node, until);
      return;
    }
    if (type === 'Assignment') this.#collectAssignment(node, until);
    else if (type === 'For') {
      const { name, wordlist, body } = node;
      const texts = wordlist ? () => this.#options.wordsOf(wordlist).flat() : anyText;
      this.#give(name.value, { from: body.pos, until: body.end, texts });
    } else if (type === 'ArithmeticBinary' || type === 'ArithmeticUnary') {
      const changed = /^(?:.*[^=!<>]|<<|>>)?=$|^\+\+$|^--$/.test(node.operator);
      const target = type === 'ArithmeticBinary' ? node.left : node.operand;
      if (changed && target.type === 'ArithmeticWord')
        this.#give(target.value, { from: end, until, texts: () => [tokens.printed] });
    } else if (type === 'ParameterExpansion' && node.operation?.type === 'Default') {
      if (node.operation.operator.endsWith('=')) this.#give(node.parameter, { from: end, until: 0, texts: anyText });
    } else if (type === 'Function')
      this.functions.set(node.name.value, [...(this.functions.get(node.name.value) ?? []), node.body]);
    const ofChildren = type === 'ArithmeticFor' ? end : /^Arithmetic/.test(type) ? until : 0;
    forEachChild(node, (child) => this.collect(child, ofChildren));
  }

  #collectCommand(node: Command, until: number): void {
    const { name, args, prefix, end: from } = node;
    const isDeclaration = declaration.test(name?.text ?? '');
    // A value in front of a command is for this command alone.
    forEachChild(node, (child) =>
      this.collect(child, !name || (isDeclaration && prefix.every((each) => each !== child)) ? until : 0),
    );
    const words = args.filter((each) => each.type === 'Word');
    if (name?.text === 'cd')
      this.#give(folderName, {
        from,
        until: isThere.test(words[0]?.value ?? '') ? until : 0,
        texts: () =>
          this.#options
            .wordsOf(words)
            .map(([folder = '', ...more]) => (folder.startsWith('/') && more.length === 0 ? folder : tokens.text)),
      });
    else if (/^(?:read|unset|local|declare)$/.test(name?.text ?? '')) {
      const texts = name?.text === 'read' || name?.text === 'unset' ? anyText : () => [''];
      for (const { value } of words) if (!value.startsWith('-')) this.#give(value, { from, until, texts });
    }
  }

  #collectAssignment(assignment: Assignment, until: number): void {
    const { name, value, index, append, end: from } = assignment;
    const items = (): readonly string[] =>
      value.type === 'ArrayValue' && !append
        ? this.#options
            .wordsOf(value.elements)
            .map((words) =>
              words.every((each) => isKnown(each) && /^\S+$/.test(each)) ? words.join(' ') : tokens.text,
            )
        : [tokens.text];
    if (value.type === 'ArrayValue' || index) this.#give(`${name}[@]`, { from, until, texts: items });
    this.#give(name, { from, until, texts: () => this.#options.textsOf(assignment) });
  }

  #give(name: string, given: Given): void {
    if (name !== folderName && (!/^[A-Za-z_]\w*(?:\[@\])?$/.test(name) || isOfShell(name)))
      this.#options.report('a variable that changes how later commands run', given.from);
    this.#given.set(name, [...(this.#given.get(name) ?? []), given]);
  }
}
