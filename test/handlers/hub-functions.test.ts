import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { environment } from '../../lambda/contract/environment.ts';
import { type HubFunction, hubFunctions } from '../../lambda/contract/names.ts';
import { lambdaEnvironment } from '../lab/estate/deployed-hub.ts';
import { addEstateCluster } from '../lab/estate/estate-cluster.ts';
import { deployMember, grantedIn, hub, memberStackTemplate } from '../lab/estate/organization.ts';
import { type Lab, startLab } from '../lab/lab.ts';
import type { NodeRoot } from '../lab/node/node-root.ts';
import { bundledFunctions } from '../made-once.ts';
import { type Invoked, type LabFunction, startFunction } from './lab-function.ts';

const { accountId, region } = hub;
const bucket = 'runs-of-the-hub';
const withoutRole = '222200000001';
const entries = { start: 'start', discover: 'discover', audit: 'item', summarise: 'summarise' } as const;

let lab: Lab;
let bundles: string;
const roots: NodeRoot[] = [];
/** By what differs between them: as on AWS, a process takes one event after the other. */
const functions = new Map<string, LabFunction>();

beforeAll(async () => {
  [bundles, lab] = await Promise.all([bundledFunctions(), startLab()]);
  lab.addAccount(accountId);
  lab.addAccount(withoutRole);
  lab.s3.createBucket(accountId, region, bucket);
  lab.securityHub.enable(accountId, region);
  deployMember(lab, memberStackTemplate(), accountId);
  const nodes = [
    { name: 'a.internal', recording: 'file-sets-ca', group: 'workers' },
    { name: 'b.internal', recording: 'no-ca-anonymous-off', group: 'workers' },
  ];
  await addEstateCluster(lab, { name: 'prod', ...grantedIn(accountId), nodes }, { accountId, region, roots });
});

afterAll(async () => {
  await Promise.all([...functions.values()].map((each) => each.close()));
  await lab?.close();
  for (const root of roots) root[Symbol.dispose]();
});

interface Call {
  readonly env?: Readonly<Record<string, string>>;
  readonly remainingMs?: number;
}

/** A function under its role. */
function functionOf(name: HubFunction, { env = {}, remainingMs = 60_000 }: Call = {}): LabFunction {
  const key = JSON.stringify([name, env, remainingMs]);
  const { functionName, roleName } = hubFunctions[name];
  const session = lab.sts.startSession(`arn:aws:iam::${accountId}:role/${roleName}`, functionName);
  const started =
    functions.get(key) ??
    startFunction({
      bundle: `${bundles}/${entries[name]}.mjs`,
      functionArn: `arn:aws:lambda:${region}:${accountId}:function:${functionName}`,
      timeoutMs: remainingMs,
      environment: () => ({
        ...lambdaEnvironment(lab.endpoint, region, session),
        [environment.bucket]: bucket,
        [environment.publish]: 'true',
        [environment.stateMachineArn]: `arn:aws:states:${region}:${accountId}:stateMachine:EksKubeletAudit`,
        ...env,
      }),
    });
  functions.set(key, started);
  return started;
}
const run = (name: HubFunction, event: unknown, call: Call = {}): Promise<Invoked> =>
  functionOf(name, call).invoke(event);

const startedAt = '2026-11-25T05:00:00Z';
const place = { partition: 'aws', accountId, region };
const cluster = (name: string, at: object = place) => ({ kind: 'cluster', ...at, cluster: name });
const item = (one: object, runId = 'run-1') => ({ runId, startedAt, item: one });
const answerOf = (key: string): unknown =>
  JSON.parse(lab.s3.objects(bucket).get(`runs/run-1/answers/${key}.json`)?.body.toString('utf8') ?? 'null');

describe('an event that is not exactly what the function knows', () => {
  const execution = { executionName: 'run-1', executionStartedAt: startedAt, input: {} };

  it.each<[HubFunction, unknown]>([
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
    const { answer } = await run(name, event);
    expect(answer).toEqual({
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
    expect(answer).toEqual({
      value: {
        item: `${accountId}/${region}/prod`,
        status: 'done',
        nodes: 2,
        verdicts: expect.objectContaining({ pass: expect.any(Number), fail: expect.any(Number), warn: 0 }),
        findings: expect.objectContaining({ created: expect.any(Number), rejected: 0, notSent: 0 }),
      },
    });
    expect(answerOf(`${accountId}/${region}/prod`)).toMatchObject({ status: 'done', startedAt: expect.any(String) });
    expect(logs).toContainEqual(
      expect.objectContaining({
        message: 'node did not pass',
        level: 'WARN',
        service: 'eks-kubelet-audit',
        runId: 'run-1',
        item: `${accountId}/${region}/prod`,
        control: 'kubelet-client-ca-file',
        verdict: 'fail',
        via: 'ssm',
      }),
    );
  });

  it('succeeds for a cluster that left since it was listed', async () => {
    const { answer } = await run('audit', item(cluster('gone')));
    expect(answer).toMatchObject({ value: { status: 'gone', nodes: 0 } });
  });

  it('fails under the name of the problem, after its answer was stored', async () => {
    const { answer } = await run('audit', item(cluster('prod', { ...place, accountId: withoutRole })));
    expect(answer).toEqual({
      error: {
        name: 'MemberRoleMissing',
        message: expect.stringContaining(`${withoutRole}/${region}/prod was not audited`),
      },
    });
    expect(answerOf(`${withoutRole}/${region}/prod`)).toMatchObject({ status: 'failed' });
  });

  it('fails when its own credentials open nothing', async () => {
    const { answer } = await run('audit', item(cluster('prod')), { env: { AWS_SECRET_ACCESS_KEY: 'wrong' } });
    expect(answer).toEqual({ error: { name: 'RunStoreUnusable', message: expect.stringContaining(bucket) } });
  });

  it('ends in time when there is none, and passes nothing that it could not read', async () => {
    const { answer } = await run('audit', item(cluster('prod'), 'run-2'), { remainingMs: 0 });
    if ('value' in answer) expect(answer).toMatchObject({ value: { verdicts: { pass: 0 } } });
    else expect(answer.error.message).toContain('was not audited');
  });
});

describe('the other functions of the hub', () => {
  it('discovers into S3, and says where the items are', async () => {
    const event = { executionName: 'run-3', executionStartedAt: startedAt, input: {} };
    const { answer } = await run('discover', event, { env: { [environment.regions]: region } });
    expect(answer).toEqual({
      value: { runId: 'run-3', startedAt, bucket, key: 'runs/run-3/items.jsonl', items: 2 },
    });
    const lines = String(lab.s3.objects(bucket).get('runs/run-3/items.jsonl')?.body).trim().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual(
      [cluster('prod'), { kind: 'region', ...place }].map((each) => ({ version: 1, ...each })),
    );
  });

  it('discovers in time what answers, and names what does not, when AWS throttles', async () => {
    lab.faults.inject('eks:ListClusters', { kind: 'throttling' }, { region: 'us-east-1' });
    const event = { executionName: 'run-4', executionStartedAt: startedAt, input: {} };
    const discover = functionOf('discover', { env: { [environment.regions]: `${region},us-east-1` } });
    const listed = (at: string) =>
      lab.calls.filter((call) => call.operation === 'ListClusters' && call.region === at).length;
    const before = listed(region);
    const answered = discover.invoke(event);
    await expect.poll(() => listed(region)).toBeGreaterThan(before);
    // Two more tries of the throttled Region: by then the function has read the answer of the other one.
    const tries = listed('us-east-1');
    await expect.poll(() => listed('us-east-1')).toBeGreaterThan(tries + 1);
    discover.endReading();
    const { answer } = await answered;
    lab.faults.clear();

    expect(answer).toMatchObject({ value: { runId: 'run-4', items: 2 } });
    expect(JSON.parse(String(lab.s3.objects(bucket).get('runs/run-4/discovery.json')?.body))).toMatchObject({
      gaps: [{ accountId, region: 'us-east-1', problem: { code: 'discovery-out-of-time' } }],
    });
  });

  it('fails to sum up a run that it does not know, under a name of its own', async () => {
    expect((await run('summarise', { runId: 'never' })).answer).toEqual({
      error: { name: 'RunUnknown', message: expect.stringContaining("run 'never'") },
    });
  });
});
