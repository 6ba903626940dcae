import { expect, it } from 'vitest';
import { fileDiff, looksSecret } from '../../../../lambda/core/next-node/fix/file-diff.ts';

it.each([
  ['activationCode: 1', 'active: 1'],
  ['passwd: 1', 'compass: 1'],
  ['passphrase: 1', 'a phrase: 1'],
  ['clientSecret: 1', 'a secure port: 1'],
  ['bootstrap-token: 1', 'authentication-token-webhook: true'],
  ['credentials: 1', 'credit: 1'],
  ['apikey: 1, api_key: 1', 'api: 1, key: 1'],
  ['api-key: 1', 'apis-key: 1'],
  ['privateKey: 1, private-key: 1', 'private: 1, key: 1'],
  ['docker-config: 1', 'docker: 1'],
  ['--b64-cluster-ca 1', '--cluster-ca 1'],
  ['cluster-certificate: 1', 'certificate: 1'],
  ['certificateAuthority: 1', 'clientCAFile: 1'],
  ['Bearer 1', 'bear 1'],
  ['auth: 1', 'kubelet-auth: 1'],
  ['"auth" = 1', 'author: 1'],
  ['signing_key: 1', 'signing_keys: 1'],
  ['x: Abcdefghijklmno1', 'x: Abcdefghijklmn1'],
  ['x: Abc_efghijk-mno1', 'x: abcdefghijklmno1'],
  ['x: ABCDEFGHIJKLMno1', 'x: ABCDEFGHIJKLMNO1'],
  ['x: Abcdefghijklmn+1', 'x: Abcdefghijklmnop'],
  [`x: ${'a'.repeat(40)}`, `x: ${'a'.repeat(39)}`],
  ['https://user:pass@example.com/x', 'https://example.com/x'],
])('%s is better not shown, and %s is', (secret, plain) => {
  expect([secret, plain].map(looksSecret)).toEqual([true, false]);
});

const lines = ['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', ''];
const changed = (...names: readonly string[]) =>
  lines.map((line) => (names.includes(line) ? line.toUpperCase() : line)).join('\n');
const secretAt = (text: string, line: string) => text.replace(line, 'auth: 1');
const of = (before: string, after: string) => fileDiff({ name: 'x', before, after });
const hunksOf = (text: string) => text.split('\n').filter((line) => line.startsWith('@@'));

it.each([
  ['./a.yaml', 'a/a.yaml'],
  ['of me.yaml', 'a/of me.yaml\t'],
  ['a"b', '"a/a\\"b"'],
  ['a\u007fb c', '"a/a\u007fb c"'],
])('a file called %j is %j to git', (name, path) => {
  const [first, second] = fileDiff({ name, before: changed(), after: changed('one') }).text.split('\n');
  expect([first, second]).toEqual([`--- ${path}`, `+++ ${path.replace('a/', 'b/')}`]);
});

it('a text that is the same has no difference', () => {
  expect(of(changed(), changed())).toEqual({ text: '', hidden: [] });
});

it.each<[secret: string, changes: readonly string[], hunks: readonly string[], hidden: readonly number[]]>([
  ['none', ['five'], ['@@ -2,7 +2,7 @@'], []],
  ['three', ['five'], ['@@ -4,5 +4,5 @@'], []],
  ['seven', ['five'], ['@@ -2,5 +2,5 @@'], []],
  ['six', ['five'], [], [5]],
  ['five', ['three', 'seven'], ['@@ -2,3 +2,3 @@', '@@ -6,3 +6,3 @@'], []],
  ['five', ['four', 'eight'], ['@@ -7,3 +7,3 @@'], [4]],
  ['nine', ['one', 'eight'], ['@@ -1,2 +1,2 @@'], [8]],
])('with a secret in line %s, a change of %j shows %j and hides %j', (secret, names, hunks, hidden) => {
  const diff = of(secretAt(changed(), secret), secretAt(changed(...names), secret));
  expect(hunksOf(diff.text)).toEqual(hunks);
  expect(diff.hidden).toEqual(hidden);
});
