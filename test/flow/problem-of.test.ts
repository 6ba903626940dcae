import { expect, it } from 'vitest';
import { OperatorError } from '../../lambda/core/model/operator-error.ts';
import { problemOf } from '../../lambda/flow/problem-of.ts';

it.each([
  [
    new OperatorError('store-denied', 'no right to write\nto the bucket'),
    {
      code: 'store-denied',
      message: 'cluster blue failed: no right to write to the bucket',
      remedy: 'fix what the message names, then audit it again',
    },
  ],
  [
    new TypeError('x is not a function'),
    {
      code: 'unexpected-error',
      message: 'cluster blue failed: x is not a function',
      remedy: 'this is a defect of the program: report it with the log lines of this run',
    },
  ],
  [
    'a word',
    {
      code: 'unexpected-error',
      message: 'cluster blue failed: a word',
      remedy: 'this is a defect of the program: report it with the log lines of this run',
    },
  ],
])('makes a problem of what was thrown, and logs it whole: %s', (error, problem) => {
  const logged: unknown[] = [];
  const log = { debug() {}, info() {}, warn() {}, error: (...line: unknown[]) => logged.push(line) };
  expect(problemOf(log, error, 'cluster blue')).toStrictEqual(problem);
  expect(logged).toEqual([['cluster blue failed', { code: problem.code, error }]]);
});
