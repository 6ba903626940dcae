import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import {
  type CommandInvocation,
  GetCommandInvocationCommand,
  paginateListCommandInvocations,
  SendCommandCommand,
  type SSMClient,
} from '@aws-sdk/client-ssm';
import { probeAnswerMarker, probeDocumentName, productName } from '../../contract/names.ts';
import type { Cluster, Problem, ReadFailure } from '../../core/model/model.ts';
import { err, ok, type Result } from '../../core/model/result.ts';
import { probeAnswerLimit } from '../../core/read/kubelet/node/probe-answer.ts';
import type { Clock } from '../../flow/ports.ts';
import { slept } from '../clock.ts';
import {
  changedDocument,
  clusterFault,
  deadline,
  documentArn,
  outdatedDocument,
  unreadable,
} from './document-problem.ts';
import type { PinnedDocument } from './pinned-document.ts';
import { isLasting, type SsmFault, ssmCall, ssmProblem } from './ssm-call.ts';
import type { SsmPaces } from './ssm-pace.ts';
import { admittedMachines, invocationOutcome } from './status-details.ts';

/** A command that SSM took for these instances. */
export interface SentCommand {
  readonly commandId: string;
  readonly ids: readonly string[];
}

interface ProbeOptions {
  readonly client: SSMClient;
  readonly clock: Clock;
  readonly cluster: Cluster;
  readonly signal: AbortSignal;
  readonly paces: SsmPaces;
}

type SendProbeOptions = ProbeOptions & { readonly document: PinnedDocument };

/**
 * Sends the probe to at most 50 instances. If SSM refuses one instance, it refuses the whole call. That instance is removed, by the id in the error
 * or by halves, so that the others still answer.
 * @returns the commands, and the instances that SSM would not take, each with its reason
 */
export async function sendProbe(options: SendProbeOptions, ids: readonly string[]) {
  const commands: SentCommand[] = [];
  const refused = new Map<string, ReadFailure>();
  const refuse = (which: readonly string[], failure: ReadFailure) => {
    for (const id of which) refused.set(id, failure);
  };

  const waiting = [ids];
  for (let batch = waiting.pop(); batch; batch = waiting.pop()) {
    if (batch.length === 0) continue;

    const sent = await send(options, batch);
    if (sent.ok && sent.value) commands.push({ commandId: sent.value, ids: batch });
    else if (sent.ok) refuse(batch, unreadable('SSM took the command and gave it no id'));
    else {
      const fault = sent.error;
      const named = batch.filter((id) => fault.message.includes(id));

      if (!isAboutInstances(fault))
        refuse([...batch, ...waiting.splice(0).flat()], clusterFault(sendProblem(fault, options.cluster)));
      else if (named.length > 0) {
        refuse(named, refusedInstance(fault));
        waiting.push(batch.filter((id) => !named.includes(id)));
      } else if (batch.length === 1) refuse(batch, refusedInstance(fault));
      else waiting.push(batch.slice(batch.length / 2), batch.slice(0, batch.length / 2));
    }
  }
  return { commands, refused };
}

function send(options: SendProbeOptions, ids: readonly string[]): Promise<Result<string | undefined, SsmFault>> {
  const { client, cluster, document, signal } = options;
  const command = new SendCommandCommand({
    DocumentName: probeDocumentName,
    DocumentVersion: document.version,
    DocumentHash: document.hash,
    DocumentHashType: 'Sha256',
    InstanceIds: [...ids],
    TimeoutSeconds: 60,
    // One bad node must not end the rest.
    MaxErrors: '100%',
    MaxConcurrency: '100%',
    Comment: `${productName} ${cluster.name}`.slice(0, 100),
  });
  const call = async () => (await client.send(command, { abortSignal: signal })).Command?.CommandId;
  return ssmCall('ssm:SendCommand', call, options);
}

/** A fault of single instances: their state, their platform, or a tag that the role's policy asks for. */
function isAboutInstances(fault: SsmFault): boolean {
  if (fault.accessDenied) return /:(instance|managed-instance)\//.test(fault.message);
  return ['InvalidInstanceId', 'UnsupportedPlatformType', 'DuplicateInstanceId'].includes(fault.name);
}

function refusedInstance(fault: SsmFault): ReadFailure {
  if (fault.accessDenied) {
    return unreadable(
      `this principal may not run the probe on this instance: allow ssm:SendCommand on it, or tag it with its cluster (${admittedMachines})`,
    );
  }
  return unreadable(
    `SSM does not take commands for this instance (${fault.name}): check that it runs and that its SSM agent is up to date`,
  );
}

function sendProblem(fault: SsmFault, cluster: Cluster): Problem {
  // It was there a moment ago, with this hash.
  if (['InvalidDocument', 'InvalidDocumentVersion', 'InvalidDocumentContent'].includes(fault.name))
    return changedDocument(cluster.arn, probeDocumentName, `it changed while it was about to be run: ${fault.name}`);

  return ssmProblem(fault, documentArn(cluster.arn, probeDocumentName));
}

interface CommandAnswersOptions extends ProbeOptions {
  /** Called once for each instance, as soon as its answer is known. */
  readonly answer: (id: string, answer: Answer) => void;
}

type Answer = Result<Uint8Array, ReadFailure>;

/** Delivery may take 60 s and the probe 30 s; SSM itself needs a while to say so. */
const patience = 150_000;
const firstPause = 1_000;
const longestPause = 10_000;

/**
 * Waits until SSM knows how the command ended on every instance. The decoded answer of each, or why it is missing, is handed on as soon as it is known.
 * When the signal aborts, or patience ends, the rest has no answer. Nothing cancels the command: that right can't be limited to this document, whose
 * own timeout ends it.
 * @returns the instances on which SSM ran nothing because the account had too many commands: they may be asked again
 */
export async function commandAnswers(options: CommandAnswersOptions, sent: SentCommand): Promise<readonly string[]> {
  const { clock, signal, answer } = options;
  const running = new Set(sent.ids);
  const fetching: Promise<void>[] = [];
  const again: string[] = [];
  const end = clock.now().getTime() + patience;

  for (let pause = firstPause; running.size > 0; pause = Math.min(pause * 1.5, longestPause)) {
    await slept(clock, pause, signal);
    const late = clock.now().getTime() > end;

    const listed = signal.aborted ? undefined : await listInvocations(options, sent.commandId);
    for (const invocation of listed?.ok ? listed.value : []) {
      const id = invocation.InstanceId ?? '';
      const ended = running.has(id) ? endOf(options, invocation) : 'waiting';
      if (ended === 'waiting') continue;

      running.delete(id);
      if (ended === 'refused') again.push(id);
      else if (ended !== 'cut') answer(id, ended);
      // Side by side, within the rate of the call.
      else fetching.push(wholeAnswer(options, sent.commandId, id).then((whole) => answer(id, whole)));
    }

    const failure = reasonToStop(listed?.ok === false ? listed.error : undefined, { signal, late });
    if (running.size === 0 || !failure) continue;

    for (const id of running) answer(id, err(failure));
    running.clear();
  }
  await Promise.all(fetching);
  return again;
}

function reasonToStop(
  fault: SsmFault | undefined,
  { signal, late }: { readonly signal: AbortSignal; readonly late: boolean },
): ReadFailure | undefined {
  if (signal.aborted) return deadline;
  if (fault && (isLasting(fault) || (late && fault.throttled))) return clusterFault(ssmProblem(fault, '*'));
  if (late)
    return unreadable(
      `SSM did not say within ${patience / 1000} s how the probe ended${fault ? `: ${fault.name}: ${fault.message}` : ''}`,
    );
  return undefined;
}

const listInvocations = (options: CommandAnswersOptions, commandId: string) =>
  ssmCall('ssm:ListCommandInvocations', () => allInvocations(options, commandId), options);

async function allInvocations({ client, signal }: CommandAnswersOptions, commandId: string) {
  const invocations: CommandInvocation[] = [];
  const pages = paginateListCommandInvocations(
    { client, pageSize: 50 },
    { CommandId: commandId, Details: true },
    { abortSignal: signal },
  );
  for await (const page of pages) invocations.push(...(page.CommandInvocations ?? []));
  return invocations;
}

/**
 * How the command ended on one instance. `refused`: it did not run, since there were too many commands at once. `cut`: the list, which shows 2,500
 * characters of output, does not show the whole answer.
 */
function endOf(options: CommandAnswersOptions, invocation: CommandInvocation): Answer | 'waiting' | 'refused' | 'cut' {
  const outcome = invocationOutcome(invocation.StatusDetails ?? invocation.Status ?? '');
  if (outcome.state === 'waiting' || outcome.state === 'refused') return outcome.state;
  if (outcome.state === 'failed') return err(unreadable(`${outcome.because}${exitCode(invocation)}`));

  const short = decodeAnswer(invocation.CommandPlugins?.[0]?.Output ?? '');
  if (short.ok) return short;
  return short.error.format ? err(notUsed(options, short.error)) : 'cut';
}

/** A document of another version is reported once for the cluster. A single node that only claims it does not stop the reading of the others. */
const notUsed = ({ cluster }: CommandAnswersOptions, { because, format }: UnusableAnswer): ReadFailure => ({
  ...unreadable(`the probe's output is not used: ${because}${format ? '' : ' (SSM keeps 24,000 characters)'}`),
  ...(format && {
    problem: outdatedDocument(
      cluster.arn,
      probeDocumentName,
      `it answers ${format}, and ${probeAnswerMarker} is read here`,
    ),
  }),
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

const answer = /^ (gzip|plain)\r?\n([A-Za-z0-9+/]*={0,2})\r?\nend (\d{1,6}) ([0-9a-f]{64})$/;

/** Why an output is not used, in one sentence. `format`: it is an answer of a document that does not fit this program. */
export interface UnusableAnswer {
  readonly because: string;
  readonly format?: string;
}

const [product = '', ourVersion] = probeAnswerMarker.split('/');
const anyFormat = /^([a-z-]{1,60})\/([1-9]\d{0,3}) /;

/**
 * The body of a probe's answer from a command's output, once its length and SHA-256 agree. An answer that was cut or changed on its way is never
 * taken for a whole one. They are no signature: a node's root can send any answer. A small answer that would unpack to more than its limit is refused.
 */
export function decodeAnswer(output: string): Result<Uint8Array, UnusableAnswer> {
  const [, name, version] = anyFormat.exec(output) ?? [];
  const format = `${name}/${version}`;
  if (name === product && version !== ourVersion)
    return err({ because: `it has the format ${format}, and this program reads ${probeAnswerMarker}`, format });

  const body = unpack(output);
  return body.ok ? body : err({ because: body.error });
}

function unpack(output: string): Result<Uint8Array, string> {
  const [, encoding, payload, length, sum] =
    answer.exec(output.startsWith(probeAnswerMarker) ? output.slice(probeAnswerMarker.length).trimEnd() : '') ?? [];
  if (payload === undefined) return err('it is not the whole answer of our probe');
  if (payload.length !== Number(length) || createHash('sha256').update(payload).digest('hex') !== sum)
    return err('its length or checksum is wrong');

  const packed = Buffer.from(payload, 'base64');
  if (packed.toString('base64') !== payload) return err('it is not base64');
  if (encoding === 'plain') return ok(packed);

  try {
    return ok(gunzipSync(packed, { maxOutputLength: probeAnswerLimit }));
  } catch {
    return err(`it does not unpack, or to more than ${probeAnswerLimit / 1024} KB`);
  }
}
