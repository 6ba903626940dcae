import type { Problem } from '../core/model.ts';

/** An account's role could not be assumed: thrown by its credentials, so by the first call of that account, wherever that is made. */
export class NotEntered extends Error {
  override readonly name = 'NotEntered';
  readonly problem: Problem;

  constructor(problem: Problem, options?: ErrorOptions) {
    super(problem.message, options);
    this.problem = problem;
  }
}
