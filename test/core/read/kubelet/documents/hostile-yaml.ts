/** So much of a text that is repeated. */
const much = (text: string) => (length: number) => text.repeat(Math.ceil(length / text.length)).slice(0, length);
const numbered = (line: (index: number) => string) => (length: number) =>
  Array.from({ length: Math.ceil(length / 3) }, (_, index) => line(index))
    .join('')
    .slice(0, length);
const behind = (head: string, rest: (length: number) => string) => (length: number) =>
  `${head}${rest(Math.max(0, length - head.length))}`;

/** Texts of any length, each made to cost a reader of YAML more than its length. */
export const hostileYaml: Readonly<Record<string, (length: number) => string>> = {
  'flow collections that open': much('['),
  'flow maps that open': much('{a: '),
  'maps in the flow of a block, indented less': much('a: {\n}\n'),
  'flow lines that are indented less': behind('a:\n  b: {\n', much('c: 1,\n')),
  'flow lines that end nothing': behind('  a: [\n', much('b\n')),
  'closing brackets': much(']'),
  'lists in lists': much('- '),
  'keys without values': much('? '),
  colons: much(': '),
  'keys of one map': numbered((index) => `k${index}: 1\n`),
  'the same key': much('a: 1\n'),
  'flow keys': numbered((index) => `${index === 0 ? '{' : ''}k${index}: 1,`),
  anchors: numbered((index) => `a${index}: &b${index} 1\n`),
  aliases: numbered((index) => (index === 0 ? 'a: &x 1\n' : `b${index}: *x\n`)),
  'aliases of aliases': numbered((index) =>
    index === 0 ? 'a0: &a0 [1,1,1,1,1,1,1,1,1]\n' : `a${index}: &a${index} [${`*a${index - 1},`.repeat(9)}]\n`,
  ),
  'merge keys': behind('x: &x {a: 1, b: 2, c: 3, d: 4}\ny:\n', much('  <<: *x\n')),
  'merges of merges': numbered((index) =>
    index === 0
      ? 'm0: &m0 {a: 1, b: 2}\n'
      : `m${index}: &m${index}\n  <<: [*m${index - 1}, *m${index - 1}]\n  k${index}: 1\n`,
  ),
  tags: much('- !!str a\n'),
  directives: numbered((index) => `%TAG !t${index}! tag:x,2000:\n`),
  comments: much('# x\n'),
  'empty lines': much('\n'),
  blanks: much(' '),
  'carriage returns': much('a: 1\r'),
  tabs: behind('a:', much('\t')),
  'a plain text over lines': behind('a: ', much('b\n ')),
  'a quoted text over lines': behind('a: "', much('b\n')),
  'a quoted text of escapes': behind('a: "', much('\\u0041')),
  'a quoted text of blanks': behind("a: '", much(' ')),
  'a block text of empty lines': behind('a: |\n', much('\n')),
  'a folded text that is indented more and more': numbered((index) =>
    index === 0 ? 'a: >\n' : `${' '.repeat(1 + (index % 200))}x\n`,
  ),
  'a long key': behind('? ', much('a')),
  'deeper and deeper': numbered((index) => `${' '.repeat(index % 240)}a:\n`),
  documents: much('---\n'),
  'byte order marks': much('\ufeff'),
  'wide characters': much('\u{1f600}'),
  digits: behind('a: ', much('9')),
  underscores: behind('a: 1', much('_')),
  dots: behind('a: ', much('1.')),
};
