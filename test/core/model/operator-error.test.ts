import { expect, it } from 'vitest';
import { OperatorError, UsageError } from '../../../lambda/core/model/operator-error.ts';

const cause = new Error('ENOENT');

it('names what an operator can fix by a code, and keeps its cause', () => {
  const error = new OperatorError('kubeconfig-unreadable', 'no such file', { cause });
  expect(error).toMatchObject({ name: 'OperatorError', code: 'kubeconfig-unreadable', message: 'no such file', cause });
});

it('has a wrong command line as an operator’s error of its own', () => {
  const error = new UsageError("unknown option '--x'", { cause });
  expect(error).toBeInstanceOf(OperatorError);
  expect(error).toMatchObject({ name: 'UsageError', code: 'usage', message: "unknown option '--x'", cause });
});
