import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { kubeletProbeDocument } from '../../infra/documents/probe/kubelet-probe.ts';
import { environment } from '../../lambda/contract/environment.ts';
import {
  type HubFunction,
  hubFunctions,
  kubernetesGroup,
  memberRoleName,
  probeDocumentName,
} from '../../lambda/contract/names.ts';
import { handler as discover } from '../../lambda/handlers/discover.ts';
import { handler as audit } from '../../lambda/handlers/item.ts';
import { handler as start } from '../../lambda/handlers/start.ts';
import { handler as summarise } from '../../lambda/handlers/summarise.ts';
import { sessionEnvironment } from '../fakes/session-environment.ts';
import { addEstateCluster } from '../lab/estate/estate-cluster.ts';
import { auditorRules } from '../lab/kubernetes/rbac.ts';
import { labOfFile } from '../lab/lab-of-file.ts';
import type { NodeRoot } from '../lab/node/node-root.ts';
import { bundledFunctions } from '../made-once.ts';
import { startFunction } from './lab-function.ts';

const [accountId, region] = ['111122223333', 'eu-west-1'];
const bucket = 'runs-of-the-hub';
const withoutRole = '222200000001';
const lab = await labOfFile(accountId, withoutRole);
const roots: NodeRoot[] = [];

beforeAll(async () => {
  lab.s3.createBucket(accountId, region, bucket);
  lab.securityHub.enable(accountId, region);
  const principalArn = `arn:aws:iam::${accountId}:role/${memberRoleName}`;
  const trusted = { AWS: `arn:aws:iam::${accountId}:root` };
  lab.sts.putRole(principalArn, {
    trustPolicy: { Statement: [{ Effect: 'Allow', Principal: trusted, Action: 'sts:AssumeRole' }] },
  });
  lab.ssm.putDocument(accountId, region, probeDocumentName, kubeletProbeDocument());
  const granted = {
    accessEntries: [{ principalArn, groups: [kubernetesGroup] }],
    rbac: { groups: { [kubernetesGroup]: auditorRules } },
  };
  const nodes = [
    { name: 'a.internal', recording: 'file-sets-ca', group: 'workers' },
    { name: 'b.internal', recording: 'no-ca-anonymous-off', group: 'workers' },
  ];
  await addEstateCluster(lab, { name: 'prod', ...granted, nodes }, { accountId, region, roots });
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});
afterAll(() => {
  for (const root of roots) root[Symbol.dispose]();
});

/** What the stack gives a function, under its role. */
function deployedAs(name: HubFunction) {
  const { functionName, roleName } = hubFunctions[name];
  const session = lab.sts.startSession(`arn:aws:iam::${accountId}:role/${roleName}`, functionName);
  return {
    functionArn: `arn:aws:lambda:${region}:${accountId}:function:${functionName}`,
    variables: {
      ...sessionEnvironment(lab, region, session),
      [environment.bucket]: bucket,
      [environment.publish]: 'true',
      [environment.stateMachineArn]: `arn:aws:states:${region}:${accountId}:stateMachine:EksKubeletAudit`,
    },
  };
}

const handlers = { start, discover, audit, summarise } as const;

/** Calls the handler as Lambda does: its answer, or the name and message of what it threw; and the lines of its log. */
async function run(
  name: keyof typeof handlers,
  event: unknown,
  { env = {}, remainingMs = 900_000 }: { env?: Readonly<Record<string, string>>; remainingMs?: number } = {},
) {
  const { functionArn, variables } = deployedAs(name);
  for (const [variable, value] of Object.entries({ ...variables, ...env })) vi.stubEnv(variable, value);
  const logs: Record<string, unknown>[] = [];
  for (const stream of [process.stdout, process.stderr])
    vi.spyOn(stream, 'write').mockImplementation((line) => logs.push(JSON.parse(String(line))) > 0);

  const context = {
    awsRequestId: 'request-1',
    invokedFunctionArn: functionArn,
    getRemainingTimeInMillis: () => remainingMs,
  };
  const answer = await handlers[name](event, context).then(
    (value) => ({ value }),
    ({ name: error, message }: Error) => ({ error: { name: error, message } }),
  );
  return { answer, logs };
}

const startedAt = '2026-11-25T05:00:00Z';
const place = { partition: 'aws', accountId, region };
const cluster = (name: string, at: object = place) => ({ kind: 'cluster', ...at, cluster: name });
const item = (one: object, runId = 'run-1') => ({ runId, startedAt, item: one });
const object = (key: string): string => String(lab.s3.objects(bucket).get(key)?.body ?? 'null');
const answerOf = (key: string): unknown => JSON.parse(object(`runs/run-1/answers/${key}.json`));

describe('an event that is not exactly what the function knows', () => {
  const execution = { executionName: 'run-1', executionStartedAt: startedAt, input: {} };

  it.each<[keyof typeof handlers, unknown]>([
    ['start', { scheduledTime: 'tomorrow' }],
    ['start', { scheduled: startedAt }],
    ['start', { runId: '../elsewhere' }],
    ['discover', {}],
    ['discover', { ...execution, input: { runid: 'x' } }],
    ['discover', { ...execution, input: { runId: '../other' } }],
    ['discover', { ...execution, executionName: 'a/b' }],
    ['audit', item(cluster('../../other'))],
    ['audit', item({ ...cluster('prod'), accountId: '1' })],
    ['audit', item({ kind: 'region', ...place, cluster: 'prod' })],
    ['audit', item(cluster('prod'), '..')],
    ['summarise', { runId: 'a/b' }],
    ['summarise', null],
  ])('is refused by %s before it asks AWS anything: %j', async (name, event) => {
    const before = lab.calls.length;
    expect((await run(name, event)).answer).toEqual({
      error: { name: 'UsageError', message: expect.stringMatching(/^the event .+ is not known; send /) },
    });
    expect(lab.calls.length).toBe(before);
  });

  it('is refused with an environment that it does not understand', async () => {
    const { answer } = await run('audit', item(cluster('prod')), { env: { [environment.scope]: 'pod' } });
    expect(answer).toMatchObject({ error: { name: 'UsageError', message: expect.stringContaining("'pod'") } });
  });
});

describe('the function of an item', () => {
  it('audits a cluster, and answers in counts', async () => {
    const { answer, logs } = await run('audit', item(cluster('prod')));
    const audited = `${accountId}/${region}/prod`;
    const verdicts = expect.objectContaining({ pass: expect.any(Number), fail: expect.any(Number), warn: 0 });
    const findings = expect.objectContaining({ created: expect.any(Number), rejected: 0, notSent: 0 });
    expect(answer).toEqual({ value: { item: audited, status: 'done', nodes: 2, verdicts, findings } });
    expect(answerOf(audited)).toMatchObject({ status: 'done', startedAt: expect.any(String) });
    const keys = { service: 'eks-kubelet-audit', requestId: 'request-1', runId: 'run-1', item: audited };
    const failure = { control: 'kubelet-client-ca-file', verdict: 'fail', via: 'ssm' };
    expect(logs).toContainEqual(expect.objectContaining({ message: 'node did not pass', ...keys, ...failure }));
  });

  it('fails under the name of the problem, after its answer was stored', async () => {
    const { answer } = await run('audit', item(cluster('prod', { ...place, accountId: withoutRole })));
    const message = expect.stringContaining(`${withoutRole}/${region}/prod failed`);
    expect(answer).toEqual({ error: { name: 'MemberRoleMissing', message } });
    expect(answerOf(`${withoutRole}/${region}/prod`)).toMatchObject({ status: 'failed' });
  });

  it('fails when its own credentials open nothing', async () => {
    const { answer } = await run('audit', item(cluster('prod')), { env: { AWS_SECRET_ACCESS_KEY: 'wrong' } });
    expect(answer).toEqual({ error: { name: 'RunStoreUnusable', message: expect.stringContaining(bucket) } });
  });

  it('ends in time when there is none, and passes nothing that it could not read', async () => {
    const { answer } = await run('audit', item(cluster('prod'), 'run-2'), { remainingMs: 0 });
    if ('value' in answer) expect(answer).toMatchObject({ value: { verdicts: { pass: 0 } } });
    else expect(answer.error.message).toContain(' failed: ');
  });
});

describe('the other functions of the hub', () => {
  const execution = (name: string) => ({ executionName: name, executionStartedAt: startedAt, input: {} });

  it('discovers into S3 by the settings, and says where the items are', async () => {
    const excluded = `arn:aws:eks:${region}:${accountId}:cluster/other`;
    const env = { [environment.regions]: region, [environment.excludeClusters]: excluded };
    const { answer } = await run('discover', execution('run-3'), { env });
    const value = { runId: 'run-3', startedAt, bucket, key: 'runs/run-3/items.jsonl', items: 2 };
    expect(answer).toEqual({ value });
    const lines = object('runs/run-3/items.jsonl').trim().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual(
      [cluster('prod'), { kind: 'region', ...place }].map((each) => ({ version: 1, ...each })),
    );
    const skipped = [{ accountId, cluster: 'other', problem: { code: 'excluded-cluster-not-found' } }];
    expect(JSON.parse(object('runs/run-3/discovery.json'))).toMatchObject({ skipped });
  });

  it('discovers in time what answers, and names what does not, when AWS throttles: as the bundle in a process of its own', async () => {
    lab.faults.inject('eks:ListClusters', { kind: 'throttling' }, { region: 'us-east-1' });
    const { functionArn, variables } = deployedAs('discover');
    const bundled = startFunction({
      bundle: `${await bundledFunctions()}/discover.mjs`,
      functionArn,
      timeoutMs: 900_000,
      environment: () => ({ ...variables, [environment.regions]: `${region},us-east-1` }),
    });
    const listed = (at: string) =>
      lab.calls.filter((call) => call.operation === 'ListClusters' && call.region === at).length;
    const before = listed(region);
    const answered = bundled.invoke(execution('run-4'));
    await expect.poll(() => listed(region)).toBeGreaterThan(before);
    // Two more tries of the throttled Region: by then the function has read the answer of the other one.
    const tries = listed('us-east-1');
    await expect.poll(() => listed('us-east-1')).toBeGreaterThan(tries + 1);
    bundled.endReading();
    const { answer } = await answered;
    lab.faults.clear();
    await bundled.close();

    expect(answer).toMatchObject({ value: { runId: 'run-4', items: 2 } });
    expect(JSON.parse(object('runs/run-4/discovery.json'))).toMatchObject({
      gaps: [{ accountId, region: 'us-east-1', problem: { code: 'discovery-out-of-time' } }],
    });
  });

  it('fails to sum up a run that it does not know, under a name of its own', async () => {
    expect((await run('summarise', { runId: 'never' })).answer).toEqual({
      error: { name: 'RunUnknown', message: expect.stringContaining("run 'never'") },
    });
  });
});
