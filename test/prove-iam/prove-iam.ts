import { bundled } from '../bundles.ts';
import { forbiddenIn } from './forbidden.ts';
import { prove } from './prove.ts';
import { recordCalls } from './record-calls.ts';
import { proofReport } from './report.ts';
import { requestsOf } from './requests.ts';

// `npm run prove:iam`: every AWS call that the product makes in the lab, against the policies of the synthesised templates.
const bundles = await bundled();
const recording = await recordCalls(bundles.folder).finally(bundles.remove);
const proof = await prove(recording.permissions, {
  requests: requestsOf(recording),
  forbidden: forbiddenIn(recording),
});

const { lines, exitCode } = proofReport(proof, recording.calls.length);
process.stdout.write(`${lines.join('\n')}\n`);
process.exitCode = exitCode;
