/** What an operator can fix: the message names what is wrong, with the value, and what to do next. Ends a run with exit code 3. */
export class OperatorError extends Error {
  override readonly name: string = 'OperatorError';
  readonly code: string;

  /** @param code stable, kebab-case, for example `kubeconfig-unreadable` */
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The command line or the settings were wrong: nothing was tried. Ends a run with exit code 64. */
export class UsageError extends OperatorError {
  override readonly name = 'UsageError';

  constructor(message: string, options?: ErrorOptions) {
    super('usage', message, options);
  }
}
