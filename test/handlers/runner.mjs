// What the Lambda runtime does, as far as a handler can notice. It loads the bundle once, calls it with each event and a context, and returns its answer.
import { enableCompileCache } from 'node:module';

// Each test starts the same bundles: the second start loads them in half of the time.
enableCompileCache();
const [, , bundle, exported, invokedFunctionArn] = process.argv;

// A test says when the time is up, and no test waits for it. What begins after that, such as the cancelling of a command, has its own time.
let timeUp = new AbortController();
const { timeout } = AbortSignal;
AbortSignal.timeout = (milliseconds) => AbortSignal.any([timeout(milliseconds), timeUp.signal]);

process.on('message', async ({ requestId, event, remainingMs, isTimeUp }) => {
  if (isTimeUp) {
    const ended = timeUp;
    timeUp = new AbortController();
    return ended.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError'));
  }

  const end = Date.now() + remainingMs;
  const { [exported]: handler } = await import(bundle);
  const context = {
    awsRequestId: requestId,
    invokedFunctionArn,
    getRemainingTimeInMillis: () => end - Date.now(),
  };

  const answer = await handler(event, context).then(
    (value) => ({ value }),
    ({ name, message }) => ({ error: { name, message } }),
  );
  // After these lines the invocation has logged nothing more.
  const ended = `${JSON.stringify({ ended: requestId })}\n`;
  await Promise.all([process.stdout, process.stderr].map((stream) => new Promise((done) => stream.write(ended, done))));
  process.send({ requestId, answer, peakMb: process.resourceUsage().maxRSS / 1024 });
});
process.once('disconnect', () => process.exit());
