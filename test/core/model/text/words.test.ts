import { describe, expect, it } from 'vitest';
import { addCounts } from '../../../../lambda/core/model/add-counts.ts';
import type { Origin, Verdict } from '../../../../lambda/core/model/model.ts';
import { checksumLine, sumsFile } from '../../../../lambda/core/model/text/checksum-line.ts';
import { originText, viaText } from '../../../../lambda/core/model/text/origin-text.ts';
import {
  allOf,
  byText,
  errorCode,
  errorText,
  howMany,
  jsonOf,
  nameList,
  ownCopy,
  ownerClaim,
  plainJson,
  shortHash,
} from '../../../../lambda/core/model/text/words.ts';
import { unknownFields } from '../../../../lambda/core/model/unknown-fields.ts';
import { isWaived } from '../../../../lambda/core/model/verdict-parts.ts';

it('an order by text is that of the code units, on every machine', () => {
  expect(['b', 'ä', 'B', 'a', ''].toSorted(byText((each) => each))).toEqual(['', 'B', 'a', 'b', 'ä']);
  expect(byText((each: string) => each)('a', 'a')).toBe(0);
  expect(byText((each: string) => each)('b', 'a')).toBe(1);
});

describe('what was thrown', () => {
  it('is shown by its words, whatever it is', () => {
    expect(errorText(new Error('no such file'))).toBe('no such file');
    expect(errorText('a text')).toBe('a text');
    expect(errorText(undefined)).toBe('undefined');
  });

  it('has a code when it is an error with one that is a text', () => {
    expect(errorCode(Object.assign(new Error('x'), { code: 'ENOENT' }))).toBe('ENOENT');
    expect(errorCode(Object.assign(new Error('x'), { code: 7 }))).toBeUndefined();
    expect(errorCode(new Error('x'))).toBeUndefined();
    expect(errorCode({ code: 'ENOENT' })).toBeUndefined();
  });
});

it.each([
  [0, '0 nodes', 'all 0 nodes'],
  [1, '1 node', 'all 1 node'],
  [2, '2 nodes', 'both nodes'],
  [3, '3 nodes', 'all 3 nodes'],
])('counts %i as %s, and calls them %s', (number, text, all) => {
  expect([howMany(number, 'node'), allOf(number, 'node')]).toEqual([text, all]);
});

it('writes a line of checksums as sha256sum does', () => {
  expect(sumsFile).toBe('SHA256SUMS');
  expect(checksumLine('ab12', 'run/result.json')).toBe('ab12  run/result.json\n');
  expect(checksumLine('ab12', 'a\\b\\\nc\n\rd\r')).toBe('\\ab12  a\\\\b\\\\\\nc\\n\\rd\\r\n');
});

it.each(['', 'a "b" \\ \n', '\ud83d', '🙂'])('copies %j as it is', (text) => {
  expect(ownCopy(text)).toBe(text);
});

const deleted = { from: 'default', of: 'no configuration file', deletedBy: '/d/1.conf' } as const;
it.each<[Origin, string]>([
  [{ from: 'running' }, 'running configuration'],
  [{ from: 'flag', flag: 'read-only-port' }, 'flag --read-only-port'],
  [{ from: 'drop-in', file: '/d/40.conf' }, 'drop-in /d/40.conf'],
  [{ from: 'file', file: '/c.json' }, 'file /c.json'],
  [{ from: 'default', of: 'configuration file' }, 'default (configuration file)'],
  [deleted, 'default (no configuration file), since drop-in /d/1.conf deletes it'],
  [{ from: 'default', of: 'EKS-optimized AMI' }, 'default of the EKS-optimized AMI'],
  [{ from: 'user-data' }, 'user data'],
  [{ from: 'user-data', part: 2, line: 14 }, 'user data, part 2, line 14'],
  [{ from: 'user-data', file: 'nodes.yaml', line: 3, flag: 'event-qps' }, 'flag --event-qps (nodes.yaml, line 3)'],
  [{ from: 'node', file: '/c.json' }, "the node's /c.json"],
  [{ from: 'handshake' }, 'TLS handshake'],
  [{ from: 'answer' }, 'shown by its answer'],
  [{ from: 'grants' }, 'RBAC objects and EKS access entries'],
])('says of the origin %j: %s', (origin, text) => {
  expect(originText(origin)).toBe(text);
});

it('adds counts in the order of the first, and takes only a failure that a person accepted for waived', () => {
  expect(Object.entries(addCounts({ b: 1, a: 2 }, { a: 30, b: 10 }))).toEqual(Object.entries({ b: 11, a: 32 }));
  const [failed, waived] = [{ status: 'fail' } as Verdict, { until: '', by: '', reason: '' }];
  const verdicts = [failed, { ...failed, waived }, { ...failed, waived, status: 'pass' }] as Verdict[];
  expect(verdicts.map(isWaived)).toEqual([false, true, false]);
});

it('lists ten names, quotes the tag of an owner, and reads a JSON text', () => {
  const names = Array.from({ length: 12 }, (_, index) => `n${index}`);
  expect(nameList(['a\u001b[31mb', 'c'.repeat(401)])).toBe(`a b, ${'c'.repeat(399)}…`);
  expect([nameList([]), nameList(names.slice(0, 10))]).toEqual(['', names.slice(0, 10).join(', ')]);
  expect(nameList(names)).toBe(`${names.slice(0, 10).join(', ')} and 2 more`);
  const claims = ['a\u001b[31mb', 'o'.repeat(65), '', ' ', undefined].map(ownerClaim);
  expect(claims).toEqual(['a b', `${'o'.repeat(63)}…`, undefined, undefined, undefined]);
  expect(['{"a":1}', 'null', '{', ''].map(jsonOf)).toEqual([{ a: 1 }, null, undefined, undefined]);
});

it('keeps the fields of a stored object that its schema does not know', () => {
  const known = { shape: { a: 'any' } };
  expect(unknownFields(known, { a: 1, b: 2, toString: 3 })).toEqual({ b: 2, toString: 3 });
  expect(unknownFields(known, undefined)).toEqual({});
});

it('calls each source as a person does', () => {
  expect(viaText).toEqual({
    apis: 'the APIs of Kubernetes and AWS',
    direct: 'its own port',
    configz: 'configz',
    ssm: 'SSM',
    tls: 'TLS',
    wire: 'the wire',
    files: 'saved files',
  });
});

describe('plain JSON', () => {
  it('escapes what moves a terminal or hides text, and is read back as it was', () => {
    const value = { name: 'a\u009b31m\u202e\u2028\u{e0001}b', 'ü🙂': [1, null] };
    const text = plainJson(value);
    expect(text).toBe('{"name":"a\\u009b31m\\u202e\\u2028\\udb40\\udc01b","ü🙂":[1,null]}');
    expect(JSON.parse(text)).toEqual(value);
  });

  it('takes the replacer and the indent of JSON.stringify', () => {
    expect(plainJson(undefined)).toBe('undefined');
    expect(plainJson({ a: 1, b: 2 }, (key, value) => (key === 'b' ? undefined : value), 2)).toBe('{\n  "a": 1\n}');
  });
});

describe('a short hash', () => {
  it('is the first 128 bits of SHA-256 over the code units', () => {
    expect(shortHash('')).toBe('e3b0c44298fc1c149afbf4c8996fb924');
    // printf 'a\0' | sha256sum
    expect(shortHash('a')).toBe('ffe9aaeaa2a2d5048174df0b80599ef0');
  });

  it('keeps halves of a surrogate pair apart', () => {
    expect(shortHash('\ud83d')).not.toBe(shortHash('\ud83e'));
  });
});
