/** An error by its name in Amazon States Language: what a retrier matches, and what a failed execution reports. */
export class StatesError extends Error {
  override readonly name = 'StatesError';
  readonly error: string;

  constructor(error: string, cause: string) {
    super(`${error}: ${cause}`);
    this.error = error;
  }

  /** The words beside the name; for a function's error the JSON that Lambda answers. */
  get causeText(): string {
    return this.message.slice(this.error.length + 2);
  }
}

/** The state's input and output have a limit of their own, which no retry lifts. */
const mostStateBytes = 262_144;

/** @throws StatesError when it is larger than Step Functions lets a state's input, output or result be */
export function withinLimit<T>(value: T, what: string): T {
  const size = Buffer.byteLength(JSON.stringify(value ?? null));
  if (size > mostStateBytes)
    throw new StatesError(
      'States.DataLimitExceeded',
      `The ${what} has ${size} bytes, which is more than the maximum of ${mostStateBytes}`,
    );
  return value;
}
