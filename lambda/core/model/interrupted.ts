/** Whether a person stopped it (Ctrl-C). A time limit of this program or of Lambda aborts with a `TimeoutError`, as `AbortSignal.timeout` does. */
export const isInterrupted = ({ aborted, reason }: AbortSignal): boolean =>
  aborted && !(reason instanceof Error && reason.name === 'TimeoutError');
