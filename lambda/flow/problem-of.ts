import type { Problem } from '../core/model/model.ts';
import { OperatorError } from '../core/model/operator-error.ts';
import { errorLine } from '../core/model/text/words.ts';
import type { Log } from './ports.ts';

/** What an operator can fix, as a problem that says what to do about it here. A defect is thrown on. */
export function operatorProblem(error: unknown, remedy: string): Problem {
  if (!(error instanceof OperatorError)) throw error;
  return { code: error.code, message: error.message, remedy };
}

/** An unexpected error as a problem, so that it stops no other item. It is logged with its stack, which finding the defect needs. */
export function problemOf(log: Log, error: unknown, what: string): Problem {
  const code = error instanceof OperatorError ? error.code : 'unexpected-error';
  log.error(`${what} failed`, { code, error });

  return {
    code,
    message: `${what} failed: ${errorLine(error)}`,
    remedy:
      error instanceof OperatorError
        ? 'fix the problem in the message, then audit it again'
        : 'this is a defect of the program: report it with the log lines of this run',
  };
}
