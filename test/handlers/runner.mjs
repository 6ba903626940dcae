// What the Lambda runtime does, as far as the handler can tell: load the bundle, call it with one event and a context, hand on what it answers.
process.once('message', async ({ event, remainingMs }) => {
  const end = Date.now() + remainingMs;
  const { handler } = await import(process.argv[2]);
  const context = {
    awsRequestId: 'request-1',
    functionName: 'eks-kubelet-audit',
    getRemainingTimeInMillis: () => end - Date.now(),
  };

  const answer = await handler(event, context).then(
    (value) => ({ value }),
    ({ name, message }) => ({ error: { name, message } }),
  );
  process.send({ answer, peakMb: process.resourceUsage().maxRSS / 1024 }, () => process.exit());
});
