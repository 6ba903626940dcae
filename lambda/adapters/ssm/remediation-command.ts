import { GetCommandInvocationCommand, ListCommandsCommand, SendCommandCommand, SSMClient } from '@aws-sdk/client-ssm';
import { remedyContents } from '../../contract/document-contents.ts';
import { productName } from '../../contract/names.ts';
import { remediateDocumentName, remedyMarker } from '../../contract/remediation-names.ts';
import type { RunbookNode } from '../../core/fix/remediation/plan.ts';
import { parseRemedyAnswer } from '../../core/fix/remediation/run/remedy-answer.ts';
import { beginOf } from '../../core/fix/remediation/run/run-record.ts';
import type { Cluster, ClusterArn, Place, Problem } from '../../core/model/model.ts';
import { err, ok, type Result } from '../../core/model/result.ts';
import type { Clock } from '../../flow/ports.ts';
import type { Remedies, RemedyEnd, RemedyRequest, SentRemedy } from '../../flow/remediate/ports.ts';
import { type AwsAccess, clientSettings } from '../aws-access.ts';
import { changedDocument, documentProblem, nothingChanged, outdatedDocument } from './document-problem.ts';
import { foundOnce, type PinnedDocument, pinnedDocument } from './pinned-document.ts';
import { isLasting, type Patience, type SsmFault, ssmCall, ssmPages } from './ssm-call.ts';
import { invocationOutcome } from './status-details.ts';

/** Sends nothing twice: SendCommand has no token, and a remedy whose answer was lost would be begun a second time on the same machine. */
export const singleAttemptClient = (access: AwsAccess): SSMClient =>
  new SSMClient({ ...clientSettings(access), maxAttempts: 1 });

interface Options {
  /** One that sends nothing twice. */
  readonly client: (place: Place) => SSMClient;
  readonly clock: Clock;
  /** For how long one process of a restarted kubelet must be well, 5 to 600. */
  readonly stableSeconds: number;
}

const firstPauseMs = 1_000;
const longestPauseMs = 5_000;
/** Delivery, the document's own limit, and what SSM needs to say so. */
const patienceMs = 40 * 60_000;

/**
 * Sends our document as a command to one machine at a time, with the caller's own rights. The command is never cancelled: once started, it ends with
 * the new values or with the old ones.
 */
export function ssmRemedies({ client, clock, stableSeconds }: Options): Remedies {
  const found = foundOnce();
  const { signal } = new AbortController();
  const callTo = (place: Place): Call => ({ client: client(place), clock, stableSeconds, signal });
  const documentOf = (place: ClusterArn) =>
    found(place.arn, () => pinnedDocument(callTo(place), { name: remediateDocumentName, contents: remedyContents }));

  return {
    async missing({ arn: place }) {
      const document = place && (await documentOf(place));
      return document && !document.ok ? documentProblem(place, remediateDocumentName, document.error) : undefined;
    },

    async run(cluster, node, request) {
      const { arn: place } = cluster;
      if (!place) return { kind: 'not-begun', because: 'the cluster’s account and Region are not known' };
      const call = callTo(place);

      const document = await documentOf(place);
      if (!document.ok) {
        const problem = documentProblem(place, remediateDocumentName, document.error);
        return { kind: 'not-begun', because: problem.message, problem };
      }

      const sent = await send(call, { cluster, document: document.value, node, request });
      if (!sent.ok) return notSent(sent.error, place, node);
      if (sent.value === undefined) return { kind: 'silent', because: 'SSM took the command and gave it no id' };

      return await endOf(call, sent.value, node);
    },

    async sent(cluster, run) {
      const { arn: place } = cluster;
      return place ? await sentBy(callTo(place), run) : ok([]);
    },

    async end(cluster, { commandId, ...node }) {
      const { arn: place } = cluster;
      if (!place) return { kind: 'not-begun', because: 'the cluster’s account and Region are not known' };
      return await endOf(callTo(place), commandId, node, 0);
    },
  };
}

/** Fifty commands each: more than a year of commands on 2,000 nodes has within the 30 days for which Systems Manager keeps them. */
const mostCommandPages = 10_000;
const dayMs = 86_400_000;

/**
 * Systems Manager keeps commands for 30 days, which is as long as a node keeps what can be undone. Only those since the run began are listed, by the time
 * in its id; its clock may be a day ahead. All pages are read: a list that was cut would leave nodes out in silence.
 */
async function sentBy(call: Call, run: string): Promise<Result<readonly SentRemedy[], Problem>> {
  const begin = beginOf(run);
  const since = begin === undefined ? [] : [new Date(Date.parse(begin) - dayMs).toISOString()];
  const Filters = [
    { key: 'DocumentName' as const, value: remediateDocumentName },
    ...since.map((value) => ({ key: 'InvokedAfter' as const, value })),
  ];
  const pages = await ssmPages(
    'ssm:ListCommands',
    (next) => call.client.send(new ListCommandsCommand({ Filters, MaxResults: 50, ...next })),
    { ...call, most: mostCommandPages },
  );
  if (!pages.ok) return err(nothingChanged(pages.error, '*'));
  if (pages.value.at(-1)?.NextToken)
    return err({
      code: 'too-many-commands',
      message: `Systems Manager lists more than ${mostCommandPages * 50} commands since run ${run} began`,
      remedy: 'undo or resume it on the nodes themselves',
    });

  const commands = pages.value.flatMap(({ Commands = [] }) => Commands);
  const sent = commands.flatMap(({ CommandId: commandId = '', InstanceIds = [], Parameters = {} }) => {
    const mode = (['apply', 'keep'] as const).find((each) => each === Parameters['Mode']?.[0]);
    if (Parameters['Run']?.[0] !== run || mode === undefined) return [];
    const controls = Parameters['Controls']?.[0]?.split(',') ?? [];
    return InstanceIds.map((instanceId): SentRemedy => ({ instanceId, commandId, controls, mode }));
  });
  // The newest come first.
  return ok(sent.toReversed());
}

interface Call extends Patience, Pick<Options, 'stableSeconds'> {
  readonly client: SSMClient;
}

function send(
  call: Call,
  {
    cluster,
    document,
    node: { instanceId, controls, trust },
    request: { mode, run, touched },
  }: {
    readonly cluster: Cluster;
    readonly document: PinnedDocument;
    readonly node: RunbookNode;
    readonly request: RemedyRequest;
  },
): Promise<Result<string | undefined, SsmFault>> {
  const command = new SendCommandCommand({
    DocumentName: remediateDocumentName,
    DocumentVersion: document.version,
    DocumentHash: document.hash,
    DocumentHashType: 'Sha256',
    InstanceIds: [instanceId],
    Parameters: {
      Controls: [controls.join(',')],
      CaSha256: [trust.join(',')],
      Mode: [mode],
      StableSeconds: [String(call.stableSeconds)],
      Run: [run],
      Touched: [touched],
    },
    // For its delivery; how long it may run is the document's own word.
    TimeoutSeconds: 60,
    Comment: `${productName} ${mode} ${run} ${cluster.name}`.slice(0, 100),
  });
  return ssmCall('ssm:SendCommand', async () => (await call.client.send(command)).Command?.CommandId, call);
}

/** SSM rejects these parameters for it: the release before knows fewer. */
export const notTaken = (place: Place, name: string, { name: error }: SsmFault): Problem =>
  outdatedDocument(place, name, `it does not take what is asked of it (${error})`);

/** What SSM refuses it does not run. A connection that broke may have been heard all the same. */
function notSent(fault: SsmFault, place: Place, { instanceId }: RunbookNode): RemedyEnd {
  const because = `${fault.name}: ${fault.message}`;
  // It was there a moment ago, with this hash.
  if (['InvalidDocument', 'InvalidDocumentVersion', 'InvalidDocumentContent'].includes(fault.name)) {
    const why = `it changed while it was about to be run: ${fault.name}`;
    return { kind: 'not-begun', because, problem: changedDocument(place, remediateDocumentName, why) };
  }
  if (fault.name === 'InvalidParameters')
    return { kind: 'not-begun', because, problem: notTaken(place, remediateDocumentName, fault) };
  const ofInstance = fault.accessDenied && /:(instance|managed-instance)\//.test(fault.message);
  if (ofInstance || ['InvalidInstanceId', 'UnsupportedPlatformType'].includes(fault.name))
    return { kind: 'not-begun', because: `SSM takes no command for ${instanceId}: ${because}` };
  if (isLasting(fault) || fault.throttled)
    return { kind: 'not-begun', because, problem: nothingChanged(fault, `document/${remediateDocumentName}`) };

  return { kind: 'silent', because: `whether SSM took the command is not known: ${because}` };
}

/** Waits for the command's end, even if the connection breaks: the change goes on without this program. */
async function endOf(
  call: Call,
  commandId: string,
  { instanceId }: Pick<RunbookNode, 'instanceId'>,
  firstPause = firstPauseMs,
): Promise<RemedyEnd> {
  const { client, clock } = call;
  const command = new GetCommandInvocationCommand({ CommandId: commandId, InstanceId: instanceId });
  let last = '';

  const end = clock.now().getTime() + patienceMs;
  for (
    let pause = firstPause;
    clock.now().getTime() < end;
    pause = Math.min(Math.max(pause * 1.5, firstPauseMs), longestPauseMs)
  ) {
    await clock.sleep(pause);
    const got = await ssmCall('ssm:GetCommandInvocation', () => client.send(command), call);
    if (got.ok) {
      const { StatusDetails, Status, StandardOutputContent = '' } = got.value;
      const ended = endingOf(StatusDetails ?? Status ?? '', StandardOutputContent);
      if (ended) return ended;
    } else {
      last = `: ${got.error.name}: ${got.error.message}`;
      if (isLasting(got.error)) break;
    }
  }
  return { kind: 'silent', because: `SSM did not say how command ${commandId} ended${last}` };
}

/** SSM's words for a command that never ran on its machine. */
const neverRan = /^(deliverytimedout|undeliverable|invalidplatform|accessdenied)$/;

/** `undefined` while it runs. The document's own answer counts, with any exit code. */
function endingOf(details: string, output: string): RemedyEnd | undefined {
  const outcome = invocationOutcome(details);
  if (outcome.state === 'waiting') return undefined;

  const answer = parseRemedyAnswer(output, remedyMarker);
  if (answer.ok) return { kind: 'answered', answer: answer.value };

  const word = details.replace(/[^A-Za-z]/g, '').toLowerCase();
  if (neverRan.test(word)) return { kind: 'not-begun', because: `the command did not reach the node (${details})` };
  return { kind: 'silent', because: `the command ended as ${details} on the node, and ${answer.error}` };
}
