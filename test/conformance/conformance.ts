import { scriptArguments } from '../../packaging/script-arguments.ts';
import { type Comparison, compareAll, hasGivenUp, isPassOfNoKubelet, summary } from './compare.ts';
import { ownCases } from './recorded-machine.ts';

/**
 * `npm run conformance -- [--explain] FILE…`: what this program makes of recorded machines, beside the kubelet's own answer. Without files, the cases of
 * this folder. The last line sums up; exit code 1 when anything is wrong.
 */
const {
  values: { explain },
  positionals: named,
} = scriptArguments('npm run conformance -- [--explain] [FILE…]', {
  options: { explain: { type: 'boolean' } },
  words: 'any',
});

const comparisons: Comparison[] = [];
for (const path of named.length > 0 ? named : ownCases) {
  const ofFile = compareAll(path);
  comparisons.push(...ofFile);
  process.stdout.write(`${path}\n  ${summary(ofFile)}\n`);
}

const isWrong = ({ wrong, wrongVerdict }: Comparison) => wrong.length > 0 || wrongVerdict;
for (const each of comparisons) {
  if (isWrong(each)) process.stdout.write(`wrong: ${each.id}: ${each.wrong.join('; ') || `verdict ${each.verdict}`}\n`);
  else if (explain && hasGivenUp(each)) process.stdout.write(`gave up: ${each.id}: ${each.unknown.join('; ')}\n`);
  else if (explain && isPassOfNoKubelet(each))
    process.stdout.write(`passes by ${each.by} and would not start: ${each.id}\n`);
}
process.stdout.write(`${summary(comparisons)}\n`);
process.exitCode = comparisons.some(isWrong) ? 1 : 0;
