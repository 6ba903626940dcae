import { createHash } from 'node:crypto';
import { type Mutation, partNames, partText } from './mutation.ts';

type Operator = readonly [what: string, pattern: RegExp, replacement: string];

/** One change of one place each. */
const shell: readonly Operator[] = [
  ['another answer of a test', /(?<=\[ [^\]\n]*) = (?=[^\]\n]*\])/g, ' != '],
  ['another answer of a test', /(?<=\[ [^\]\n]*) != (?=[^\]\n]*\])/g, ' = '],
  ['another answer of a test', /(?<=\[ )-z /g, '-n '],
  ['another answer of a test', /(?<=\[ )-n /g, '-z '],
  ['another answer of a test', /(?<=\[ )-(?=[dfLesw] )/g, '! -'],
  ['another answer of a test', /(?<=[[|&]{1,2} ?)! (?=-[dfLesw] )/g, ''],
  ['another answer of a test', / -le (?=[^\]\n]*\])/g, ' -gt '],
  ['another answer of a test', / -ge (?=[^\]\n]*\])/g, ' -lt '],
  ['another answer of a test', / -lt (?=[^\]\n]*\])/g, ' -ge '],
  ['a failure that is ignored', /\|\| return 1/g, '|| :'],
  ['a refusal that is none', /\|\| refuse [^\n;}]*/g, '|| :'],
  ['a refusal that is none', /(?<=\) )refuse [^\n;]*(?= ;;)/g, ':'],
  ['or for and', / && /g, ' || '],
  ['and for or', / \|\| (?!:|refuse|return|roll_back)/g, ' && '],
  ['another answer of a function', /return 1(?=$|[\s;}])/gm, 'return 0'],
  ['another answer of a function', /return 0(?=$|[\s;}])/gm, 'return 1'],
  [
    'a line that is missing',
    /^ +(?!if |elif |else|fi\b|for |while |until |case |esac|done|trap |#)[a-zA-Z_][^\n]*[^\n\\;{(|&]\n/gm,
    '',
  ],
];

const awk: readonly Operator[] = [
  ['another answer of a comparison', / == /g, ' != '],
  ['another answer of a comparison', / != /g, ' == '],
  ['another answer of a match', / !~ /g, ' ~ '],
  ['another answer of a match', /(?<=[\w)\]]) ~ /g, ' !~ '],
  ['or for and', / && /g, ' || '],
  ['and for or', / \|\| /g, ' && '],
  ['one more', / < /g, ' <= '],
  ['one less', / > 0/g, ' > 1'],
  ['one beside', / \+ 1/g, ' - 1'],
  ['one beside', / - 1/g, ' + 1'],
  ['a refusal that is none', /fail\("[a-z-]+"\)/g, '0'],
  ['another value', / = 1$/gm, ' = 0'],
  ['down for up', /\+\+/g, '--'],
  ['a line that is missing', /^ +(?!if |else|for |while |#|\})[a-zA-Z_][^\n]*[^\n{(|&]\n/gm, ''],
];

function mutationsOf(file: string): readonly Mutation[] {
  const text = partText(file);
  return (file.endsWith('.awk') ? awk : shell).flatMap(([what, pattern, to]) =>
    [...text.matchAll(pattern)]
      .filter(({ index }) => !lineAt(text, index).trimStart().startsWith('#'))
      .map(({ 0: from, index }): Mutation => {
        const line = text.slice(0, index).split('\n').length;
        return { name: `line ${line}, ${what}: ${lineAt(text, index).trim()}`, file, from, to, at: index };
      }),
  );
}

const lineAt = (text: string, index: number): string => {
  // A pattern may begin with the line's own blanks.
  const begin = text.lastIndexOf('\n', index - 1) + 1;
  return text.slice(begin, text.indexOf('\n', begin));
};

/** Every change that an operator makes of any line of the script, in the order of the files: some thousand. */
export const generatedMutations = (): readonly Mutation[] => partNames.flatMap(mutationsOf);

/** So many of them, evenly from all of the script: for each name of a draw others. */
export function sampled<T>(all: readonly T[], count: number, draw: string): readonly T[] {
  const many = Math.min(count, all.length);
  const step = all.length / many;
  return Array.from({ length: many }, (_, index) => {
    const share = createHash('sha256').update(`${draw} ${index}`).digest().readUInt32BE() / 2 ** 32;
    return all[Math.floor((index + share) * step)] as T;
  });
}
