import { scriptArguments } from '../../packaging/script-arguments.ts';
import { startLab } from '../lab/lab.ts';
import { daysOfClusters } from './memory-years.ts';
import { benchTable } from './processes.ts';

// `npm run bench:memory`: a year in which 100 clusters of new names come each day, and those of the day before are gone.

const [days = 365] = scriptArguments('npm run bench:memory -- [DAYS]', { words: 'numbers' }).positionals.map(Number);
const perDay = 100;
const lab = await startLab();
process.env['AWS_ENDPOINT_URL'] = lab.endpoint;
const table = benchTable('DAY', 'CALLS OF S3', 'MILLISECONDS');
let second = 0;
let last = 0;
for await (const { day, calls, milliseconds } of daysOfClusters(lab, { days, perDay })) {
  if (day === 2) second = calls;
  last = calls;
  if (day <= 2 || day % 73 === 0 || day === days) table.push([day, calls, milliseconds]);
}
await lab.close();
console.log(
  `${table.toString()}\nthe last day has ${(last / second).toFixed(2)} times the calls of the second, ${perDay * days} names later`,
);
if (last > 1.2 * second) process.exitCode = 1;
