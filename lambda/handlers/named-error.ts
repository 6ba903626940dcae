import { OperatorError, UsageError } from '../core/model/operator-error.ts';

/** An error under the name by which the state machine recognizes it: `Throttled` is retried, `MemberRoleMissing` is not. */
export class NamedError extends Error {
  override readonly name: string;

  /** @param code of a problem or an OperatorError, `member-role-missing` */
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = code.replace(/(?:^|-)([a-z\d])/g, (_, first: string) => first.toUpperCase());
  }
}

/** Lambda passes an error's name and message to Step Functions, not its code. Invalid events and defects keep their own names. */
export async function namingErrors<T>(step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    if (!(error instanceof OperatorError) || error instanceof UsageError) throw error;
    throw new NamedError(error.code, error.message, { cause: error });
  }
}
