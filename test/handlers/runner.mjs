// What the Lambda runtime does, as far as a handler can notice. It loads the bundle once, calls it with each event and a context, and returns its answer.
import { enableCompileCache, syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers/promises';

// Each test starts the same bundles: the second start loads them in half of the time.
enableCompileCache();
const [, , bundle, exported, invokedFunctionArn] = process.argv;

// A test says when the time is up, and no test waits for it. What begins after that, such as the cancelling of a command, has its own time.
let timeUp = new AbortController();
const { timeout } = AbortSignal;
AbortSignal.timeout = (milliseconds) => AbortSignal.any([timeout(milliseconds), timeUp.signal]);

// Likewise the moment at which a function stops to read: it is the only one that it waits for so long.
const readingUp = Promise.withResolvers();
const sleep = timers.setTimeout;
timers.setTimeout = (milliseconds, ...rest) =>
  milliseconds < 40_000
    ? sleep(milliseconds, ...rest)
    : Promise.race([sleep(milliseconds, ...rest), readingUp.promise]);
syncBuiltinESMExports();

process.on('message', async ({ requestId, event, remainingMs, isTimeUp, isReadingUp }) => {
  if (isReadingUp) return readingUp.resolve();
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
