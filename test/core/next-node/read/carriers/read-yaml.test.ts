import { describe, expect, it } from 'vitest';
import type { Located } from '../../../../../lambda/core/next-node/read/carriers/located.ts';
import type { MappedText } from '../../../../../lambda/core/next-node/read/carriers/mapped-text.ts';
import { readJson, readYaml } from '../../../../../lambda/core/next-node/read/carriers/read-documents.ts';
import { rowsOf } from '../rows.ts';

/** A value as JSON, with its tag, why it is not edited, and in brackets what the file has at it and at each stretch of its text. */
function shown(file: string, node: Located): string {
  const marks = [node.tag === undefined ? '' : `!${node.tag}`, node.behind && `(${node.behind})`]
    .filter(Boolean)
    .join(' ');
  const inside = () => {
    switch (node.kind) {
      case 'scalar': {
        const text = node.text?.();
        const said = [file.slice(node.start, node.end), text?.spelling, ...(text ? stretchesOf(file, text) : [])];
        return `${JSON.stringify(node.value)} <${said.filter((each) => each !== undefined).join(' ')}>`;
      }
      case 'list':
        return `[${node.items.map((item) => shown(file, item)).join(', ')}]`;
      case 'map':
        return `{${[...node.entries].map(([key, value]) => `${key}: ${shown(file, value)}`).join(', ')}}`;
    }
  };
  return `${marks}${marks && ' '}${inside()}`.replaceAll('\n', '⏎').replaceAll('\r', '␍');
}
function stretchesOf(file: string, { text, at, spelling }: MappedText): readonly string[] {
  if (spelling === 'encoded') return [];
  const begins = [...at.keys()].filter((index) => index === 0 || at[index] !== (at[index - 1] ?? 0) + 1);
  return begins.map((begin, index) => {
    const end = begins[index + 1] ?? text.length;
    return `${JSON.stringify(text.slice(begin, end))}@${file.slice(at[begin], (at[end - 1] ?? 0) + 1)}`;
  });
}
const yaml = (text: string): string => {
  const read = readYaml(text);
  return read.ok ? read.value.map((each) => shown(text, each)).join(' --- ') : read.error;
};
const json = (text: string): string => {
  const read = readJson(text);
  return read.ok ? shown(text, read.value) : read.error;
};

function reads(strings: TemplateStringsArray, ...found: readonly string[]): void {
  it.each(rowsOf(strings, ...found))('has $name at their places', ({ value, expected }) => {
    expect(value).toBe(expected);
  });
}

describe('a YAML file', () => {
  reads`
    values of YAML 1.1: ${yaml('[yes, 0x1F, 1_0, 1.5, ~, "yes", 010, é]')} → [true <yes>, 31 <0x1F>, 10 <1_0>, 1.5 <1.5>, null <~>, "yes" <"yes" quoted "yes"@yes>, 8 <010>, "é" <é as-is "é"@é>]
    nothing: ${yaml('a:\nb: {c: }\n? d\n')} → {a: null <>, b: {c: null <>}, d: null <>}
    no documents: ${yaml('# a\n---\n---\n...\n')} → null <> --- null <>
    documents: ${yaml('a\n---\n- b\n')} → "a" <a as-is "a"@a> --- ["b" <b as-is "b"@b>]
    tags: ${yaml('a: !Sub b\nc: !X [d]\ne: !Y {f: g}\nh: !!str 1\ni: !!int "3"\nj: ! k')} → {a: !Sub "b" <b as-is "b"@b>, c: !X ["d" <d as-is "d"@d>], e: !Y {f: "g" <g as-is "g"@g>}, h: "1" <1 as-is "1"@1>, i: 3 <"3">, j: "k" <k as-is "k"@k>}
    a tag that does not fit: ${yaml('a: b\nc: !!int d')} → line 2: a value that its tag does not fit
    aliases: ${yaml('a: &x {b: [c]}\nd: *x\ne: &y f\n')} → {a: (alias) {b: (alias) [(alias) "c" <c as-is "c"@c>]}, d: (alias) {b: (alias) [(alias) "c" <c as-is "c"@c>]}, e: (alias) "f" <f as-is "f"@f>}
    a merge: ${yaml('a: &x {b: 1, c: 2}\nd: {c: 3, <<: *x}\ne: {"<<": f}\n')} → {a: (alias) {b: (alias) 1 <1>, c: (alias) 2 <2>}, d: {c: (alias) 2 <2>, b: (alias) 1 <1>}, e: {<<: "f" <f as-is "f"@f>}}
    a merge of two: ${yaml('<<: [{a: 1}, {a: 2, b: 3}]\n')} → {a: (alias) 1 <1>, b: (alias) 3 <3>}
    a merge of no map: ${yaml('a:\n  <<: b\n')} → line 2: a merge key of something that is no map
    an alias of nothing: ${yaml('\na: *x')} → line 2: an alias of nothing
    a key that is no word: ${yaml('{[a]: b}')} → line 1: a key that is no word
    keys of other types: ${yaml('{yes: 1, 0x1: 2, ~: 3, "k\\n": 4}')} → {true: 1 <1>, 1: 2 <2>, null: 3 <3>, k⏎: 4 <4>}
    a repeated key: ${yaml('{a: 1, a: 2}')} → {a: 2 <2>}
    plain text in lines: ${yaml('a: b\n  c\n')} → {a: "b c" <b⏎  c encoded>}
    quotes: ${yaml('["a\\n\\u00e9b", \'c\'\'d\', "e\\\n  f", "\\N"]')} → ["a\\néb" <"a\\n\\u00e9b" encoded>, "c'd" <'c''d' encoded>, "ef" <"e\\⏎  f" encoded>, "" <"\\N" encoded>]
    a literal block: ${yaml('a: |\n  b\n\n    c\nd: e')} → {a: "b\\n\\n  c\\n" <|⏎  b⏎⏎    c⏎ as-is "b\\n\\n"@b⏎⏎ "  c\\n"@  c⏎>, d: "e" <e as-is "e"@e>}
    a literal block without a line end: ${yaml('a: |-\n  b\n  c')} → {a: "b\\nc" <|-⏎  b⏎  c as-is "b\\n"@b⏎ "c"@c>}
    a literal block that keeps them: ${yaml('a: |+\n  b\n\nc: d')} → {a: "b\\n\\n" <|+⏎  b⏎⏎ as-is "b\\n\\n"@b⏎⏎>, c: "d" <d as-is "d"@d>}
    a literal block with an indentation: ${yaml('a: |2\n   b\n')} → {a: " b\\n" <|2⏎   b⏎ as-is " b\\n"@ b⏎>}
    a literal block of Windows: ${yaml('a: |\r\n  b\r\n  c\r\n')} → {a: "b\\nc\\n" <|␍⏎  b␍⏎  c␍⏎ as-is "b\\n"@b␍ "c\\n"@c␍>}
    an empty block: ${yaml('a: |\nb: c')} → {a: "" <|⏎ as-is>, b: "c" <c as-is "c"@c>}
    a folded block: ${yaml('a: >\n  b\n  c\n')} → {a: "b c\\n" <>⏎  b⏎  c⏎ encoded>}
    a broken map: ${yaml('a: b\nc')} → line 2: a line without the ':' of its key
    a broken list: ${yaml('a: [b\nc: d')} → line 2: ',' or the end of a flow collection is expected
    a line end of its own: ${yaml('a\u2028b')} → a line end that YAML readers see differently
    empty keys: ${[yaml('{: a}\n'), yaml('a:\n  : b\n')].join(' // ')} → line 1: a value is expected // line 2: a value is expected
    escapes: ${yaml(String.raw`["\x41\U00000042\0\b\f\r\t\/\\\"\ z", "\u0041\xe9", "\e", 'a\n']`)} → line 1: an escape that is none
    other literal blocks: ${[yaml('a: |\n  b'), yaml('a: |\n\n  b\n \n   \n  c\n'), yaml('a: |\n   \n\nb: c\n'), yaml('a: |- # x\n  b\n# y\n'), yaml('- |\n  b\n- - |\n    c\n  - d\n')].join(' // ')} → {a: "b" <|⏎  b as-is "b"@b>} // {a: "\\nb\\n\\n \\nc\\n" <|⏎⏎  b⏎ ⏎   ⏎  c⏎ as-is "\\n"@⏎ "b\\n"@b⏎ "\\n"@⏎ " \\n"@ ⏎ "c\\n"@c⏎>} // {a: "" <|⏎   ⏎⏎ as-is>, b: "c" <c as-is "c"@c>} // {a: "b" <|- # x⏎  b⏎ as-is "b"@b>} // ["b\\n" <|⏎  b⏎ as-is "b\\n"@b⏎>, ["c\\n" <|⏎    c⏎ as-is "c\\n"@c⏎>, "d" <d as-is "d"@d>]]
    a quoted text in lines: ${yaml('["a\n  b", \'c\n\n  d\']')} → ["a b" <"a⏎  b" encoded>, "c\\nd" <'c⏎⏎  d' encoded>]
    other aliases: ${[yaml('[&x [&y a, *y], *x, &x b, *x]'), yaml('a: &x [*x]')].join(' // ')} → [(alias) [(alias) "a" <a as-is "a"@a>, (alias) "a" <a as-is "a"@a>], (alias) [(alias) "a" <a as-is "a"@a>, (alias) "a" <a as-is "a"@a>], (alias) "b" <b as-is "b"@b>, (alias) "b" <b as-is "b"@b>] // line 1: nested deeper than 250 levels
    other merges: ${[yaml('a: {<<: [{b: c}, d]}'), yaml('a: &x {b: 1}\nc: {<<: [*x, {b: 2, d: 3}]}')].join(' // ')} → line 1: a merge key of something that is no map // {a: (alias) {b: (alias) 1 <1>}, c: {b: (alias) 1 <1>, d: (alias) 3 <3>}}
    other tags: ${[yaml('[!!binary YQ==, !!null "", !!bool "yes", !!float 1, !!str yes, !<tag:yaml.org,2002:int> 3]'), yaml('[&x !A b, *x, !B [c], !C]')].join(' // ')} → ["YQ==" <YQ== as-is "YQ=="@YQ==>, null <"">, true <"yes">, 1 <1>, "yes" <yes as-is "yes"@yes>, 3 <3>] // line 1: a value is expected
    no YAML: ${[['}', 'a: ]', '@a', '%a\n', 'a: b: c', '\tb', '"a', '- a\nb', '&x *x', '!!x!'].map(yaml).join('; '), ['a: b\n\n]', 'a:\n  - b\n c'].map(yaml).join('; '), ['a\rb', 'a\u0085b', 'a\u2029b', 'a\r\nb'].map(yaml).join('; ')].join(' // ')} → line 1: a value is expected; line 1: a value is expected; line 1: a value is expected; line 1: a value is expected; line 1: a ':' where no value may begin; line 1: a value is expected; line 1: quotes that do not end; line 2: a '-' is expected; line 1: an anchor or tag of an alias; "" < as-is> // line 3: a value is expected; line 3: a key is expected // a line end that YAML readers see differently; a line end that YAML readers see differently; a line end that YAML readers see differently; "a b" <a␍⏎b encoded>
    as much as there may be, and more: ${[['#'.repeat(1_000_000), '#'.repeat(1_000_001)].map(yaml).join('; '), [`[${'[], {}, '.repeat(200)}]`, '{a: '.repeat(251), '[{a: '.repeat(126)].map((each) => yaml(each).slice(-32)).join('; '), yaml('- '.repeat(100_000)), yaml(`${'- '.repeat(250)}a`).slice(-30), yaml('--- a\n'.repeat(1000)).slice(-30)].join(' // ')} → ; longer than 1000000 characters //  [], {}, [], {}, [], {}, [], {}]; line 1: a value is expected; line 1: a value is expected // line 1: nested deeper than 1000 levels // ]]]]]]]]]]]]]]]]]]]]]]]]]]]]]] // "a"@a> --- "a" <a as-is "a"@a>
    too many documents: ${yaml('---\n'.repeat(60_001))} → line 60002: too many values, or aliases that repeat too much
    too many levels: ${yaml('- '.repeat(252))} → line 1: nested deeper than 250 levels
    too many levels of brackets: ${yaml('['.repeat(251))} → line 1: a value is expected
    too many aliases: ${yaml(`a: &x [${'b,'.repeat(300)}]\nc: [${'*x,'.repeat(300)}]`)} → line 1: too many values, or aliases that repeat too much
  `;
});

describe('a JSON file', () => {
  reads`
    values: ${json(' {"a": [1.5, true, null, "b", {}], "c\\n": "d\\u00e9\\/"} ')} → {a: [1.5 <1.5>, true <true>, null <null>, "b" <"b" quoted "b"@b>, {}], c⏎: "dé/" <"d\\u00e9\\/" encoded>}
    escapes: ${json(String.raw`["\b\f\r\t\n\/\\\"", "\u0041", "é", ""]`)} → ["\\b\\f\\r\\t\\n/\\\\\\"" <"\\b\\f\\r\\t\\n\\/\\\\\\"" encoded>, "A" <"\\u0041" encoded>, "é" <"é" quoted "é"@é>, "" <"" quoted>]
    JSON of other forms: ${[json('\n{"a": {"b": [[1], {"c": -1e3}]},\n "d": [], "": {}}'), ['{', '{"a"}', '[1 2]', 'tru', '"a', "'a'", '{"a": 1,}', '/* */ 1', '[\n1,\n\n2', '\u00a01'].map(json).join('; '), json('['.repeat(250) + ']'.repeat(250)).slice(-8)].join(' // ')} → {a: {b: [[1 <1>], {c: -1000 <-1e3>}]}, d: [], : {}} // line 1: not valid JSON; line 1: not valid JSON; line 1: not valid JSON; line 1: not valid JSON; line 1: not valid JSON; line 1: not valid JSON; line 1: not valid JSON; line 1: not valid JSON; line 4: not valid JSON; line 1: not valid JSON // ]]]]]]]]
    a repeated key: ${json('{"a": 1, "a": 2}')} → {a: 2 <2>}
    a comment: ${json('{\n// x\n}')} → line 2: not valid JSON
    a last comma: ${json('[1,\n]')} → line 2: not valid JSON
    nothing: ${json(' ')} → line 1: not valid JSON
    two values: ${json('1 2')} → line 1: not valid JSON
    too many levels: ${[`\n${'['.repeat(251)}`, `${'['.repeat(252)}${']'.repeat(252)}`, '['.repeat(100_000)].map(json).join('; ')} → line 2: not valid JSON; nested deeper than 250 levels; nested deeper than 250 levels
    too many values: ${json(`[${'1,'.repeat(600_000)}1]`)} → more than 600000 commas, colons and brackets
  `;
});
