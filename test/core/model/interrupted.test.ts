import { expect, it } from 'vitest';
import { isInterrupted } from '../../../lambda/core/model/interrupted.ts';

it.each<[string, AbortSignal, boolean]>([
  ['nobody stopped', new AbortController().signal, false],
  ['a person stopped', AbortSignal.abort(), true],
  ['a person stopped with a word', AbortSignal.abort('TimeoutError'), true],
  ['a person stopped with an error', AbortSignal.abort(new Error('stop')), true],
  ['a time limit ended', AbortSignal.abort(new DOMException('late', 'TimeoutError')), false],
  ['a time limit of ours ended', AbortSignal.abort(Object.assign(new Error('late'), { name: 'TimeoutError' })), false],
])('knows what %s', (_what, signal, interrupted) => {
  expect(isInterrupted(signal)).toBe(interrupted);
});
