import { tableStyle } from '../../lambda/cli/terminal.ts';
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

const { output, exitCode } = proofReport(proof, { ...tableStyle(process), calls: recording.calls.length });
process.stdout.write(output);
process.exitCode = exitCode;
