import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { z } from 'zod';
import { historyKey, lastRunKey, memoryKey } from '../../lambda/adapters/s3/run-keys.ts';
import { hubFunctions, memoryPrefix } from '../../lambda/contract/names.ts';
import { remediateFunction, remediationRunbookName, runbookEnded } from '../../lambda/contract/remediation-names.ts';
import { startFunction } from '../handlers/lab-function.ts';
import type { RecordedCall } from '../lab/aws/aws-server.ts';
import type { DeployedStack } from '../lab/aws/cloud-formation/deployed-stack.ts';
import { type DeployedHub, deployHub, lambdaEnvironment } from '../lab/estate/deployed-hub.ts';
import {
  type Deployment,
  deployments,
  organization,
  region,
  remediationTemplate,
  secondRegion,
  wholeOrganization,
} from './deployments.ts';
import { type Estate, slowCluster, startEstate } from './estate.ts';
import { type Permission, permissionsOf } from './permissions.ts';
import type { PlacedStack } from './place.ts';
import type { EstateFacts } from './program-requests.ts';
import type { DeployedRemediation } from './remediation-stacks.ts';

/** What the proof is about. */
export interface Recording {
  readonly hubs: readonly RecordedHub[];
  readonly remediations: readonly DeployedRemediation[];
  /** What the policies of every stack say. */
  readonly permissions: readonly Permission[];
  /** Every AWS call, in order. */
  readonly calls: readonly RecordedCall[];
  readonly known: EstateFacts;
}

export interface RecordedHub extends PlacedStack {
  readonly deployment: Deployment;
}

/** Runs each deployment in the lab, its bundled functions through its own state machine, through every flow, and returns every AWS call. */
export async function recordCalls(bundles: string): Promise<Recording> {
  const estate = await startEstate();
  const { lab } = estate;

  try {
    // Lists come in pages: an empty one, then the rest.
    lab.faults.inject('eks:ListClusters', { kind: 'empty-page' }, { times: 1 });

    const hubs = await Promise.all(deployments.map((deployment) => runHub(estate, deployment, bundles)));
    const { members, remediations } = estate;
    const ofStacks = (template: string, stacks: readonly PlacedStack[]) =>
      stacks.flatMap(({ stack, place }) => permissionsOf(stack, { template, place }));
    return {
      hubs,
      remediations,
      permissions: [
        ...hubs.flatMap((each) => ofStacks(each.deployment.name, [each])),
        ...ofStacks('member', members),
        ...remediations.flatMap(({ deployment, hub }) => ofStacks(remediationTemplate(deployment.name), [hub])),
        ...remediations.flatMap((each) => ofStacks(remediationTemplate('member'), each.members)),
      ],
      calls: [...lab.calls],
      known: {
        tags: estate.tags,
        organization,
        functions: new Set([...Object.values(hubFunctions), remediateFunction].map(({ functionName }) => functionName)),
      },
    };
  } finally {
    await estate.close();
  }
}

async function runHub(estate: Estate, deployment: Deployment, bundles: string): Promise<RecordedHub> {
  const { settings, hub: accountId } = deployment;
  const hub = deployHub(estate.lab, { accountId, region, settings, bundles, invocationsEach: 4 });

  try {
    await flows(estate.lab, hub, deployment);
    for (const each of estate.remediations)
      if (each.deployment === deployment) await flowsOfRemediation(estate.lab, each, bundles);
    if (deployment === wholeOrganization) {
      await flowsOfChange(estate, hub, bundles);
      await flowsOfSweeps(estate, hub);
    }
    return { deployment, stack: hub.stack, place: { partition: 'aws', accountId, region } };
  } finally {
    await hub.close();
  }
}

/**
 * What happens in every deployment: a scheduled run, a second start while it runs, and the same start again. When the run has ended, it is started
 * once more by its id.
 */
async function flows(lab: Estate['lab'], hub: DeployedHub, { members: [member = ''] }: Deployment): Promise<void> {
  // An account that was audited once and is not among those that are listed: what is remembered of it is read.
  const left = { accountId: '555500000001', region, partition: 'aws' };
  const remembered = { version: 2, runId: 'before', startedAt: '2026-11-24T05:00:00.000Z', findings: {} };
  lab.s3.putObject(hub.bucket, memoryKey(memoryPrefix, left, 'left'), JSON.stringify(remembered));

  // One whose cluster is gone: what is remembered of it moves.
  const memberPlace = { accountId: member, region, partition: 'aws' };
  lab.s3.putObject(hub.bucket, memoryKey(memoryPrefix, memberPlace, 'gone'), JSON.stringify(remembered));

  // What is new in a run is found by comparing it with what the one before kept.
  const before = { runId: 'before', startedAt: remembered.startedAt };
  lab.s3.putObject(hub.bucket, lastRunKey, JSON.stringify({ version: 1, ...before }));
  lab.s3.putObject(hub.bucket, historyKey(before), '');
  // As sweeps leave it: a signed run lists it.
  lab.s3.putObject(hub.bucket, 'census/2026-11-24/1200.jsonl', '');
  lab.s3.putObject(hub.bucket, 'sweeps/2026-11-24/1200/answers/x.json', '');

  const started = await start(hub, '2026-11-25T05:00:00Z', 'started');
  await start(hub, '2026-11-25T06:00:00Z', 'busy');
  await succeeded(hub, started);

  await start(hub, '2026-11-25T05:00:00Z', 'already');
  // The lock is still that of the first run, which has ended.
  await start(hub, '2026-11-25T07:00:00Z', 'started', started);
  await succeeded(hub, '20261125T070000Z');

  // A second summary reads what was signed of the run.
  const { answer } = await hub.invoke('summarise', { runId: started });
  if ('error' in answer) throw new Error(`a second summary failed: ${answer.error.message}`);
}

/** Somebody chooses findings that failed, and presses the button of Security Hub: runbooks are started, which ask. Then one is over. */
async function flowsOfRemediation(
  lab: Estate['lab'],
  remediation: DeployedRemediation,
  bundles: string,
): Promise<void> {
  const { deployment, hub } = remediation;
  const { functionName } = remediateFunction;
  const bundle = join(bundles, 'remediate.mjs');
  const remediate = functionOf(lab, hub.stack, { functionName, bundle });

  try {
    const button = await remediate.invoke(pressed(lab, remediation));
    const { asked, failed } = answeredButton.parse('value' in button.answer ? button.answer.value : button.answer);
    if (asked === 0 || failed > 0)
      throw new Error(`the button did not work in '${deployment.name}': ${JSON.stringify(button.logs)}`);

    const { answer, logs } = await remediate.invoke(endOf(lab, remediation));
    if ('error' in answer) throw new Error(`${answer.error.message}: ${JSON.stringify(logs)}`);
  } finally {
    await remediate.close();
  }
}

const answeredButton = z.object({ asked: z.number(), failed: z.number() });

/** What Security Hub sends; its lists are of 100 at most. */
function pressed(lab: Estate['lab'], { members }: DeployedRemediation): object {
  const findings = members
    .flatMap(({ place }) => lab.securityHub.findings(place.accountId, place.region))
    .map((each) => finding.parse(each))
    .filter(({ Compliance, RecordState }) => Compliance.Status === 'FAILED' && RecordState === 'ACTIVE');
  return {
    id: '7a3c0f1e-5a0d-4c58-9d0c-3f5b0a9b7c11',
    'detail-type': 'Security Hub Findings - Custom Action',
    source: 'aws.securityhub',
    detail: { findings: findings.slice(0, 100).map(({ Id, AwsAccountId }) => ({ Id, AwsAccountId })) },
  };
}

const execution = z.object({
  AutomationExecutionId: z.string(),
  Parameters: z.object({ NotificationArn: z.tuple([z.string()]) }),
});

/** A started execution is over, as far as the function hears. */
function endOf(lab: Estate['lab'], { members }: DeployedRemediation): object {
  const [found] = lab.ssm.automations.all.flatMap((each) => {
    const { AutomationExecutionId: id, Parameters } = execution.parse(each);
    const [, , , where = '', account = ''] = Parameters.NotificationArn[0].split(':');
    return members.some(({ place }) => place.accountId === account) ? [{ id, region: where, account }] : [];
  });
  if (!found) throw new Error('no runbook was started');
  return {
    'detail-type': runbookEnded.detailType,
    source: runbookEnded.source,
    account: found.account,
    region: found.region,
    detail: { Definition: remediationRunbookName, ExecutionId: found.id, Status: 'Success' },
  };
}

const finding = z.object({
  Id: z.string(),
  AwsAccountId: z.string(),
  RecordState: z.string(),
  Compliance: z.object({ Status: z.string() }),
});

/** A cluster goes, and the next run archives its findings; a command that no node answers ends the first step. */
async function flowsOfChange({ lab, addSlowCluster }: Estate, hub: DeployedHub, bundles: string): Promise<void> {
  lab.eks.deleteCluster(organization.inUnit, secondRegion, 'former');
  const started = await start(hub, '2026-11-26T05:00:00Z', 'started');
  await succeeded(hub, started);

  await addSlowCluster();
  const { accountId, region: where, name: cluster } = slowCluster;
  const item = { kind: 'cluster', partition: 'aws', accountId, region: where, cluster };
  const { functionName } = hubFunctions.audit;
  const bundle = join(bundles, 'item.mjs');
  const audit = functionOf(lab, hub.stack, { functionName, bundle });
  const before = lab.calls.length;
  const isAskedFor = () => {
    const calls = lab.calls.slice(before).filter((call) => call.service === 'ssm' && call.accountId === accountId);
    const sent = calls.findIndex(({ operation }) => operation === 'SendCommand');
    return sent !== -1 && sent < calls.length - 1;
  };
  const event = { runId: started, startedAt: '2026-11-26T05:00:00Z', item };
  const answering = audit.invoke(event);
  const isOver = answering.then(() => true);
  // The node never answers: once its answer is asked for, the function's time ends.
  while (!isAskedFor() && !(await Promise.race([isOver, setTimeout(20, false)])));
  audit.endTime();
  const { answer } = await answering.finally(() => audit.close());
  if (!('error' in answer) || answer.error.name !== 'AuditUnfinished')
    throw new Error(`the first step of a slow cluster ended with ${JSON.stringify(answer)}`);

  // As the state machine does after a step that died.
  const last = functionOf(lab, hub.stack, { functionName, bundle });
  const judged = (await last.invoke({ ...event, last: true }).finally(() => last.close())).answer;
  if (!('value' in judged) || Object(judged.value).nodes !== 1)
    throw new Error(`the last step of a slow cluster ended with ${JSON.stringify(judged)}`);
}

/** A machine comes between two runs, and a sweep has it read. The next sweep takes over what it came to. */
async function flowsOfSweeps({ lab, tags }: Estate, hub: DeployedHub): Promise<void> {
  const id = 'i-0000000000000d001';
  const launchedAt = Date.now() - 10 * 60_000;
  const { accountId } = slowCluster;
  lab.ec2.putInstance(accountId, region, {
    id,
    tags: tags.get(id) ?? {},
    launchedAt,
    privateDnsName: `${id}.internal`,
  });

  const before = new Set(hub.executions.keys());
  for (const [minutes, items] of [
    [0, 1],
    [15, 0],
  ] as const) {
    const scheduledTime = new Date(Date.now() + minutes * 60_000).toISOString();
    const { answer } = await hub.invoke('discover', { sweep: { scheduledTime, everyMinutes: 15 } });
    const swept = sweptNumbers.parse('value' in answer ? answer.value : answer);
    if (swept.status !== 'done' || swept.items !== items || swept.notAsked > 0)
      throw new Error(`a sweep was to start ${items} items: ${JSON.stringify(swept)}`);
    for (const [name, { finished }] of hub.executions) {
      const ended = before.has(name) ? undefined : await finished;
      if (ended && ended.status !== 'SUCCEEDED') throw new Error(`an item of a sweep failed: ${JSON.stringify(ended)}`);
    }
  }
}

const sweptNumbers = z.object({ status: z.string(), items: z.number(), notAsked: z.number() });

const answered = z.object({ status: z.string(), runId: z.string() });

/** For which time, with what result, and of which former run. */
type StartOfRun = readonly [scheduledTime: string, status: string, formerRun?: string];

async function start(hub: DeployedHub, ...[scheduledTime, status, runId]: StartOfRun): Promise<string> {
  const { answer } = await hub.invoke('start', { scheduledTime, ...(runId !== undefined && { runId }) });
  const started = answered.parse('value' in answer ? answer.value : answer);
  if (started.status !== status) throw new Error(`a start was to be '${status}', and was '${started.status}'`);
  return started.runId;
}

async function succeeded(hub: DeployedHub, runId: string): Promise<void> {
  const ended = await hub.executions.get(runId)?.finished;
  const output = ended?.status === 'SUCCEEDED' ? Object(ended.output) : undefined;
  if (output?.failedItems !== 0) throw new Error(`run ${runId} did not go well: ${JSON.stringify(ended)}`);
}

interface FunctionChoice {
  readonly functionName: string;
  readonly bundle: string;
}

/** A function of the stack under its own role and with its own environment. */
function functionOf(lab: Estate['lab'], stack: DeployedStack, { functionName, bundle }: FunctionChoice) {
  const [found] = stack.resources('AWS::Lambda::Function').filter((each) => stack.refOf(each) === functionName);
  if (!found) throw new Error(`the stack has no function '${functionName}'`);
  const { Role, Environment } = z
    .object({ Role: z.string(), Environment: z.object({ Variables: z.record(z.string(), z.string()) }) })
    .parse({
      Role: stack.resolve(found.properties['Role']),
      Environment: stack.resolve(found.properties['Environment']),
    });

  return startFunction({
    bundle,
    functionArn: stack.arnOf(found),
    environment: () => ({
      ...lambdaEnvironment(lab.endpoint, region, lab.sts.startSession(Role, functionName)),
      ...Environment.Variables,
    }),
    timeoutMs: 900_000,
  });
}
