import {
  CancelCommandCommand,
  type CommandInvocation,
  GetCommandInvocationCommand,
  paginateListCommandInvocations,
  type SSMClient,
} from '@aws-sdk/client-ssm';
import type { Cluster, ReadFailure } from '../../core/model/model.ts';
import { err, type Result } from '../../core/model/result.ts';
import type { Clock } from '../../flow/ports.ts';
import { slept } from '../clock.ts';
import { decodeAnswer, type UnusableAnswer } from './decode-answer.ts';
import { otherDocument } from './document-problem.ts';
import { clusterFault, deadline, unreadable } from './failures.ts';
import type { SentCommand } from './send-probe.ts';
import { isLasting, type SsmFault, ssmCall, ssmProblem } from './ssm-call.ts';
import { invocationOutcome } from './status-details.ts';

interface CommandAnswersOptions {
  readonly client: SSMClient;
  readonly clock: Clock;
  readonly cluster: Cluster;
  readonly signal: AbortSignal;
}

type Answer = Result<Uint8Array, ReadFailure>;

/** Delivery may take 60 s and the probe 30 s; SSM itself needs a while to say so. */
const patience = 150_000;
const firstPause = 1_000;
const longestPause = 5_000;

/**
 * Waits until SSM knows how the command ended on every instance, and returns the decoded answer of each, or why it is missing. When the signal
 * aborts, or patience ends, the command is cancelled and the rest has no answer.
 */
export async function commandAnswers(
  options: CommandAnswersOptions,
  sent: SentCommand,
): Promise<ReadonlyMap<string, Answer>> {
  const { clock, signal } = options;
  const answers = new Map<string, Answer>();
  const left = () => sent.ids.filter((id) => !answers.has(id));
  const end = clock.now().getTime() + patience;

  for (let pause = firstPause; ; pause = Math.min(pause * 1.5, longestPause)) {
    await slept(clock, pause, signal);

    const fault = signal.aborted ? undefined : await collectAnswers(options, sent, answers);
    if (left().length === 0) return answers;

    const failure = reasonToStop(fault, { signal, late: clock.now().getTime() > end });
    if (!failure) continue;

    await cancel(options.client, sent.commandId);
    for (const id of left()) answers.set(id, err(failure));
    return answers;
  }
}

/** Adds what has ended since; a fault of the list, which the next round may not have. */
async function collectAnswers(
  options: CommandAnswersOptions,
  { commandId, ids }: SentCommand,
  answers: Map<string, Answer>,
): Promise<SsmFault | undefined> {
  const listed = await listInvocations(options, commandId);
  if (!listed.ok) return listed.error;

  for (const invocation of listed.value) {
    const id = invocation.InstanceId ?? '';
    if (answers.has(id) || !ids.includes(id)) continue;

    const answer = await answerOf(options, commandId, invocation);
    if (answer) answers.set(id, answer);
  }
  return undefined;
}

function reasonToStop(
  fault: SsmFault | undefined,
  { signal, late }: { readonly signal: AbortSignal; readonly late: boolean },
): ReadFailure | undefined {
  if (signal.aborted) return deadline;
  if (fault && isLasting(fault)) return clusterFault(ssmProblem(fault, '*'));
  if (late)
    return unreadable(
      `SSM did not say within ${patience / 1000} s how the probe ended${fault ? `: ${fault.name}: ${fault.message}` : ''}`,
    );
  return undefined;
}

const listInvocations = ({ client, signal }: CommandAnswersOptions, commandId: string) =>
  ssmCall('ssm:ListCommandInvocations', async () => {
    const invocations: CommandInvocation[] = [];
    const pages = paginateListCommandInvocations(
      { client, pageSize: 50 },
      { CommandId: commandId, Details: true },
      { abortSignal: signal },
    );
    for await (const page of pages) invocations.push(...(page.CommandInvocations ?? []));
    return invocations;
  });

/** `undefined` while the command still runs there. The list shows 2,500 characters of output; what does not end properly is fetched whole. */
async function answerOf(
  options: CommandAnswersOptions,
  commandId: string,
  invocation: CommandInvocation,
): Promise<Answer | undefined> {
  const outcome = invocationOutcome(invocation.StatusDetails ?? invocation.Status ?? '');
  if (outcome.state === 'waiting') return undefined;
  if (outcome.state === 'failed') return err(unreadable(`${outcome.because}${exitCode(invocation)}`));

  const short = decodeAnswer(invocation.CommandPlugins?.[0]?.Output ?? '');
  if (short.ok) return short;
  return short.error.format
    ? err(notUsed(options, short.error))
    : wholeAnswer(options, commandId, invocation.InstanceId ?? '');
}

/** A document of another version is reported once for the cluster. A single node that only claims it does not stop the reading of the others. */
const notUsed = ({ cluster }: CommandAnswersOptions, { because, format }: UnusableAnswer): ReadFailure => ({
  ...unreadable(`the probe's output is not used: ${because}${format ? '' : ' (SSM keeps 24,000 characters)'}`),
  ...(format && { problem: otherDocument(cluster, format) }),
});

function exitCode({ StatusDetails, CommandPlugins }: CommandInvocation): string {
  const code = CommandPlugins?.[0]?.ResponseCode;
  return StatusDetails === 'Failed' && code !== undefined && code > 0 ? ` (exit code ${code})` : '';
}

async function wholeAnswer(options: CommandAnswersOptions, commandId: string, id: string): Promise<Answer> {
  const { client, clock, signal } = options;
  for (let attempt = 1; ; attempt += 1) {
    const command = new GetCommandInvocationCommand({ CommandId: commandId, InstanceId: id });
    const got = await ssmCall('ssm:GetCommandInvocation', () => client.send(command, { abortSignal: signal }), options);
    if (got.ok) {
      const whole = decodeAnswer(got.value.StandardOutputContent ?? '');
      return whole.ok ? whole : err(notUsed(options, whole.error));
    }
    if (signal.aborted) return err(deadline);
    // Eventually consistent: the list may know an invocation before this call does.
    if (got.error.name !== 'InvocationDoesNotExist' || attempt === 5) return err(faultOf(got.error));
    await slept(clock, firstPause, signal);
  }
}

function faultOf(fault: SsmFault): ReadFailure {
  if (isLasting(fault)) return clusterFault(ssmProblem(fault, '*'));
  return unreadable(`the probe's output could not be fetched: ${fault.name}: ${fault.message}`);
}

/** Best effort: a command whose result is not needed any more should not start on more nodes. */
async function cancel(client: SSMClient, commandId: string): Promise<void> {
  await ssmCall('ssm:CancelCommand', () =>
    client.send(new CancelCommandCommand({ CommandId: commandId }), { abortSignal: AbortSignal.timeout(2_000) }),
  );
}
