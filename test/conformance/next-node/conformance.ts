import { scriptArguments } from '../../../packaging/script-arguments.ts';
import { compareNode, type NodeComparison, nodeSummary, readSummary } from './compare-node.ts';
import { ownNodes, readNodes } from './recorded-node.ts';

/**
 * `npm run conformance:next-node -- [--explain] FILE…`: what this program reads in user data, beside the answers of Amazon's nodeadm. Without files, the
 * cases of this folder. The last line sums up; exit code 1 when anything is wrong.
 */
const {
  values: { explain },
  positionals: named,
} = scriptArguments('npm run conformance:next-node -- [--explain] [FILE…]', {
  options: { explain: { type: 'boolean' } },
  words: 'any',
});

const all: NodeComparison[] = [];
for (const path of named.length > 0 ? named : [ownNodes]) {
  const ofFile = readNodes(path).map((node) => compareNode(node));
  all.push(...ofFile);
  process.stdout.write(`${path}\n  ${readSummary(ofFile)}\n`);
}

const isWrong = ({ outcome }: NodeComparison): boolean => outcome === 'wrong' || outcome === 'joins wrong';
for (const { id, outcome, because, isRead } of all)
  if (outcome !== 'right' && (explain || outcome !== 'gave up'))
    process.stdout.write(`${outcome}: ${id} (nodeadm ${isRead ? 'reads it' : 'does not'}): ${because ?? ''}\n`);
process.stdout.write(`${readSummary(all)}\n${nodeSummary(all)}\n`);
process.exitCode = all.some(isWrong) ? 1 : 0;
