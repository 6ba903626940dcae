import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { bundleAudit } from '../../infra/bundle.ts';
import { hubFunctions } from '../../lambda/contract/names.ts';
import { startFunction } from '../handlers/lab-function.ts';
import type { RecordedCall } from '../lab/aws-server.ts';
import type { DeployedStack } from '../lab/cloud-formation.ts';
import { type DeployedHub, deployHub, lambdaEnvironment } from '../lab/deployed-hub.ts';
import { type Deployment, deployments, organization, region, secondRegion, wholeOrganization } from './deployments.ts';
import { type Estate, slowCluster, startEstate } from './estate.ts';
import { type Permission, permissionsOf } from './permissions.ts';
import type { Place } from './place.ts';
import type { Known } from './program-requests.ts';

/** What the proof is about. */
export interface Recording {
  readonly hubs: readonly RecordedHub[];
  /** What the policies of every stack say. */
  readonly permissions: readonly Permission[];
  /** Every AWS call, in order. */
  readonly calls: readonly RecordedCall[];
  readonly known: Known;
}

export interface RecordedHub {
  readonly deployment: Deployment;
  readonly stack: DeployedStack;
  readonly place: Place;
}

/** Runs each deployment in the lab, its bundled functions through its own state machine, through every flow, and tells every AWS call. */
export async function recordCalls(): Promise<Recording> {
  const bundles = await mkdtemp(join(tmpdir(), 'prove-iam-'));
  const [estate] = await Promise.all([startEstate(), bundleAudit(bundles)]);
  const { lab } = estate;

  try {
    // Lists come in pages: an empty one, then the rest.
    lab.faults.inject('eks:ListClusters', { kind: 'empty-page' }, { times: 1 });

    const hubs = await Promise.all(deployments.map((deployment) => runHub(estate, deployment, bundles)));
    return {
      hubs,
      permissions: [
        ...hubs.flatMap(({ deployment, stack, place }) => permissionsOf(stack, { template: deployment.name, place })),
        ...estate.members.flatMap(({ stack, place }) => permissionsOf(stack, { template: 'member', place })),
      ],
      calls: [...lab.calls],
      known: {
        tags: estate.tags,
        organization,
        functions: new Set(Object.values(hubFunctions).map(({ functionName }) => functionName)),
      },
    };
  } finally {
    await estate.close();
    await rm(bundles, { recursive: true, force: true });
  }
}

async function runHub(estate: Estate, deployment: Deployment, bundles: string): Promise<RecordedHub> {
  const { settings, hub: accountId } = deployment;
  const hub = deployHub(estate.lab, { accountId, region, settings, bundles, invocationsEach: 4 });

  try {
    await flows(hub);
    if (deployment === wholeOrganization) await flowsOfChange(estate, hub, bundles);
    return { deployment, stack: hub.stack, place: { partition: 'aws', accountId, region } };
  } finally {
    await hub.close();
  }
}

/** What happens in every deployment: a scheduled run, a second start while it runs, the same start again, and the run once more by its id. */
async function flows(hub: DeployedHub): Promise<void> {
  const started = await start(hub, '2026-11-25T05:00:00Z', 'started');
  await start(hub, '2026-11-25T06:00:00Z', 'busy');
  await succeeded(hub, started);

  await start(hub, '2026-11-25T05:00:00Z', 'already');
  await hub.run('once-more', { runId: started });
  await succeeded(hub, 'once-more');
}

/** A cluster goes, and the next run archives what was said of it; a command that nobody answers is cancelled. */
async function flowsOfChange({ lab, addSlowCluster }: Estate, hub: DeployedHub, bundles: string): Promise<void> {
  lab.eks.deleteCluster(organization.inUnit, secondRegion, 'former');
  const started = await start(hub, '2026-11-26T05:00:00Z', 'started');
  await succeeded(hub, started);

  await addSlowCluster();
  const { accountId, region: where, name: cluster } = slowCluster;
  const item = { kind: 'cluster', partition: 'aws', accountId, region: where, cluster };
  const impatient = impatientFunction(lab, hub, bundles);
  const { answer } = await impatient
    .invoke({ runId: started, startedAt: '2026-11-26T05:00:00Z', item })
    .finally(() => impatient.close());
  if ('error' in answer) throw new Error(`the audit of a slow cluster failed: ${answer.error.message}`);
}

const answered = z.object({ status: z.string(), runId: z.string() });

async function start(hub: DeployedHub, scheduledTime: string, status: string): Promise<string> {
  const { answer } = await hub.invoke('start', { scheduledTime });
  const started = answered.parse('value' in answer ? answer.value : answer);
  if (started.status !== status) throw new Error(`a start was to be '${status}', and was '${started.status}'`);
  return started.runId;
}

async function succeeded(hub: DeployedHub, runId: string): Promise<void> {
  const ended = await hub.executions.get(runId)?.finished;
  const output = ended?.status === 'SUCCEEDED' ? Object(ended.output) : undefined;
  if (output?.failedItems !== 0) throw new Error(`run ${runId} did not go well: ${JSON.stringify(ended)}`);
}

/** The function of items with a few seconds only: long enough to give up the node that never answers. */
function impatientFunction(lab: Estate['lab'], hub: DeployedHub, bundles: string) {
  const { functionName } = hubFunctions.audit;
  const [found] = hub.stack.resources('AWS::Lambda::Function').filter((each) => hub.stack.refOf(each) === functionName);
  if (!found) throw new Error(`the hub has no function '${functionName}'`);
  const { Role, Environment } = z
    .object({ Role: z.string(), Environment: z.object({ Variables: z.record(z.string(), z.string()) }) })
    .parse({
      Role: hub.stack.resolve(found.properties['Role']),
      Environment: hub.stack.resolve(found.properties['Environment']),
    });

  return startFunction({
    bundle: join(bundles, 'item.mjs'),
    functionArn: hub.stack.arnOf(found),
    environment: () => ({
      ...lambdaEnvironment(lab.endpoint, region, lab.sts.startSession(Role, functionName)),
      ...Environment.Variables,
    }),
    timeoutMs: 12_000,
  });
}
