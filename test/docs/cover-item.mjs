// Runs the handler of an item once, from source, and prints which functions of the program ran: when it was loaded, and for the item.
import { Session } from 'node:inspector/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const root = join(import.meta.dirname, '../..');
const program = `${pathToFileURL(root)}/lambda/`;
const session = new Session();
session.connect();
await session.post('Profiler.enable');
await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });

const { handler } = await import(`${program}handlers/item.ts`);
const loaded = await session.post('Profiler.takePreciseCoverage');
const invokedFunctionArn = process.argv[3];
await handler(JSON.parse(process.argv[2]), {
  awsRequestId: 'one-node',
  invokedFunctionArn,
  getRemainingTimeInMillis: () => 900_000,
});
const covered = await session.post('Profiler.takePreciseCoverage');

const ofProgram = ({ result }) =>
  result
    .filter(({ url }) => url.startsWith(program))
    .map(({ url, functions }) => ({
      file: `lambda/${url.slice(program.length)}`,
      // Named functions, and whether any ran: what begins with the file is the module.
      ran: functions.filter(({ functionName, ranges: [whole] }) => functionName !== '' && whole.count > 0).length,
      any: functions.some(({ ranges: [whole] }) => whole.count > 0 && whole.startOffset > 0),
    }));
process.stdout.write(`\n${JSON.stringify({ loaded: ofProgram(loaded), covered: ofProgram(covered) })}\n`);
process.exit();
