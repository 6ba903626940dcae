import { SendCommandCommand, type SSMClient } from '@aws-sdk/client-ssm';
import { probeDocumentName, productName } from '../../contract/names.ts';
import type { Cluster, Problem, ReadFailure } from '../../core/model/model.ts';
import type { Result } from '../../core/model/result.ts';
import type { Clock } from '../../flow/ports.ts';
import { changedDocument, documentArn } from './document-problem.ts';
import { clusterFault, unreadable } from './failures.ts';
import type { PinnedDocument } from './pinned-document.ts';
import { type SsmFault, ssmCall, ssmProblem } from './ssm-call.ts';
import type { SsmPaces } from './ssm-pace.ts';
import { admittedMachines } from './status-details.ts';

/** A command that SSM took for these instances. */
export interface SentCommand {
  readonly commandId: string;
  readonly ids: readonly string[];
}

export interface SentProbe {
  readonly commands: readonly SentCommand[];
  /** Instances that SSM would not take, each with its reason. */
  readonly refused: ReadonlyMap<string, ReadFailure>;
}

interface SendProbeOptions {
  readonly client: SSMClient;
  readonly clock: Clock;
  readonly cluster: Cluster;
  readonly document: PinnedDocument;
  readonly signal: AbortSignal;
  readonly paces: SsmPaces;
}

/**
 * Sends the probe to at most 50 instances. If SSM refuses one instance, it refuses the whole call. That instance is removed, by the id in the error
 * or by halves, so that the others still answer.
 */
export async function sendProbe(options: SendProbeOptions, ids: readonly string[]): Promise<SentProbe> {
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
    return changedDocument(cluster, `it changed while it was about to be run: ${fault.name}`);

  return ssmProblem(fault, documentArn(cluster));
}
