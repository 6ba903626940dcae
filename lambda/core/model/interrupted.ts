/** Whether a person stopped it (Ctrl-C): a time limit, ours or Lambda's, aborts with a `TimeoutError`, as `AbortSignal.timeout` does. */
export const isInterrupted = ({ aborted, reason }: AbortSignal): boolean =>
  aborted && !(reason instanceof Error && reason.name === 'TimeoutError');
