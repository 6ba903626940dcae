import { tableStyle } from '../../lambda/cli/terminal.ts';
import { deployedStack } from './deployed-stack.ts';
import { grantsOf } from './grants.ts';
import { programRequests } from './program-requests.ts';
import { prove } from './prove.ts';
import { recordCalls } from './record-calls.ts';
import { proofReport } from './report.ts';
import { serviceRequests } from './service-requests.ts';

// `npm run prove:iam`: every AWS call that the function makes in the lab, against the policies of the synthesised template.
const stack = deployedStack();
const { calls, tags } = await recordCalls(stack);
const requests = [...calls.flatMap((call) => programRequests(call, tags)), ...serviceRequests(stack)];

const { output, exitCode } = proofReport(await prove(grantsOf(stack), requests), tableStyle(process));
process.stdout.write(output);
process.exitCode = exitCode;
