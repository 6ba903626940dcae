import type { SyntaxNode, Word } from 'unbash';
import { commandRules } from './command-table.ts';

/** Builtins whose effect is on the script itself; the table of commands has the others. */
export const builtins: ReadonlySet<string> = new Set([
  'cd',
  'set',
  'read',
  'unset',
  'shift',
  'trap',
  'export',
  'readonly',
  'local',
  'declare',
]);

/** What is rare in scripts and may run or change anything. */
export function oddForm(node: SyntaxNode): string | false | undefined {
  switch (node.type) {
    case 'Script':
      return node.errors !== undefined && node.errors.length > 0 && 'a text that is no script of bash';
    case 'Coproc':
    case 'Select':
    case 'FileDescriptorVariable':
      return `a '${node.type.toLowerCase()}'`;
    case 'Function': {
      const { value } = node.name;
      const isFree = /^[A-Za-z_][\w-]*$/.test(value) && !commandRules.has(value) && !builtins.has(value);
      return !isFree && 'a function that is named like a command';
    }
    case 'Pipeline':
      return node.operators.includes('|&') && 'a |&';
    case 'HereDoc':
      return !(node.closing && /^[\w.!-]+$/.test(node.delimiter?.value ?? '')) && 'a here-document without an end';
    case 'TestUnary':
      return /^-[vR]$/.test(node.operator) && 'a test of a variable by its name';
    case 'ArithmeticCommand':
    case 'ArithmeticExpansion':
      return !node.expression && 'arithmetic that cannot be read';
    case 'CommandExpansion':
    case 'ProcessSubstitution':
      return !node.script && 'a substitution that cannot be read';
    case 'ParameterExpansion': {
      const { prefix, operation } = node;
      const numbers = operation?.type === 'Slice' ? [operation.offset, operation.length] : [];
      const isPlain = prefix !== '!' && !/^(?:Transform|Unknown|Names)$/.test(operation?.type ?? '');
      return (
        !(isPlain && isIndex(node.index) && numbers.every((each) => /^ ?-?\d+$/.test(each?.text ?? '0'))) &&
        'an expansion that may run its value'
      );
    }
    case 'Assignment':
      return !isIndex(node.index) && 'an index that may run its value';
    default:
      return undefined;
  }
}

const isIndex = (index: Word | undefined): boolean => index === undefined || /^(?:[@*]|-?\d+)$/.test(index.text);
