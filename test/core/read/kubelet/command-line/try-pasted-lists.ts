import { scriptArguments } from '../../../../../packaging/script-arguments.ts';
import { tried } from './pasted-lists.ts';

/** `npm run pasted-lists -- [STEP]`: every format and command line, cut at every STEPth column (1: all), and why lists are unknown. */
const [step = '1'] = scriptArguments('npm run pasted-lists -- [STEP]', { words: 'numbers' }).positionals;
const { unknown, ...counts } = tried(Number(step));
const reasons = Object.entries(unknown).toSorted(([, one], [, other]) => other.lists - one.lists);
for (const [reason, { lists, whole }] of reasons)
  process.stdout.write(
    `${((lists / counts.lists) * 100).toFixed(2)} %  ${lists} (${whole} of them uncut)  ${reason}\n`,
  );
process.stdout.write(`${JSON.stringify(counts, undefined, 1)}\n`);
process.exitCode = counts.wrongPasses.length + counts.wrongFailures.length === 0 ? 0 : 1;
