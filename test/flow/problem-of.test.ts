import { expect, it } from 'vitest';
import { OperatorError } from '../../lambda/core/model/operator-error.ts';
import { problemOf } from '../../lambda/flow/problem-of.ts';

const defect = 'this is a defect of the program: report it with the log lines of this run';
const denied = new OperatorError('store-denied', 'no right to write\nto the bucket');
it.each([
  [denied, 'store-denied', 'no right to write to the bucket', 'fix the problem in the message, then audit it again'],
  [new TypeError('x is not a function'), 'unexpected-error', 'x is not a function', defect],
  ['a word', 'unexpected-error', 'a word', defect],
])('makes a problem of what was thrown, and logs it whole: %s', (error, code, words, remedy) => {
  const logged: unknown[] = [];
  const log = { debug() {}, info() {}, warn() {}, error: (...line: unknown[]) => logged.push(line) };
  expect(problemOf(log, error, 'cluster blue')).toStrictEqual({
    code,
    message: `cluster blue failed: ${words}`,
    remedy,
  });
  expect(logged).toEqual([['cluster blue failed', { code, error }]]);
});
