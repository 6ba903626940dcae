import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { environment } from '../../../lambda/contract/environment.ts';
import { memberRoleName } from '../../../lambda/contract/names.ts';
import { missingMemory } from '../../../lambda/core/findings/lifecycle/memory.ts';
import { openHubPorts, openStartPorts, openSummaryPorts } from '../../../lambda/wiring/open/hub.ts';
import { settingsFromEnvironment } from '../../../lambda/wiring/settings.ts';
import { clusterNames } from '../../fakes/ask-ports.ts';
import { labOfFile } from '../../lab/lab-of-file.ts';

const hub = '100000000001';
const region = 'eu-west-1';
const bucket = 'audit-runs';
const stateMachineArn = `arn:aws:states:${region}:${hub}:stateMachine:EksKubeletAudit`;
const env = {
  AWS_REGION: region,
  [environment.bucket]: bucket,
  [environment.stateMachineArn]: stateMachineArn,
};
const functionArn = `arn:aws:lambda:${region}:${hub}:function:eks-kubelet-audit-item:live`;
const keys = { requestId: 'r-1' };
const { signal } = new AbortController();
const lab = await labOfFile(hub);

beforeAll(() => {
  lab.s3.createBucket(hub, region, bucket);
  lab.states.putStateMachine({ arn: stateMachineArn });
  lab.sts.putRole(`arn:aws:iam::${hub}:role/${memberRoleName}`, {
    trustPolicy: {
      Statement: [{ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${hub}:root` }, Action: 'sts:AssumeRole' }],
    },
  });
  const { accessKeyId, secretAccessKey } = lab.credentials(hub);
  vi.stubEnv('AWS_ACCESS_KEY_ID', accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', secretAccessKey);
});
afterAll(() => void vi.unstubAllEnvs());

describe('the ports of the hub', () => {
  it('know the own account by the ARN of the function, and enter it by its member role too', async () => {
    const ports = await openHubPorts(settingsFromEnvironment(env), { keys, env, functionArn });

    expect(await Array.fromAsync(ports.accounts.accounts(signal))).toEqual([
      { status: 'active', account: { id: hub, partition: 'aws' } },
    ]);
    expect(await clusterNames(ports.regionalClusters, { partition: 'aws', accountId: hub, region }, signal)).toEqual({
      ok: true,
      value: [],
    });
    expect(lab.calls.at(-1)?.principalArn).toBe(`arn:aws:sts::${hub}:assumed-role/${memberRoleName}/eks-kubelet-audit`);
    ports.close();
  });

  it('keep runs and memory in the bucket of the hub, with the function’s own credentials', async () => {
    const before = lab.calls.length;
    const ports = await openHubPorts(settingsFromEnvironment(env), { keys, env, functionArn });

    expect(await ports.runs.discovery('run-1')).toBeUndefined();
    await ports.memory.write({ partition: 'aws', accountId: hub, region }, 'payments', missingMemory(new Date()), {});
    expect([...lab.s3.objects(bucket).keys()]).toEqual([`memory/${hub}/${region}/payments.json`]);
    expect(ports.runs.summaryAddress('run-1')).toBe(`s3://${bucket}/runs/run-1/summary.json`);
    expect(new Set(lab.calls.slice(before).map((call) => call.principalArn))).toEqual(
      new Set([`arn:aws:iam::${hub}:user/admin`]),
    );
    ports.close();
  });

  it('of the summary put events on the default bus', async () => {
    const ports = openSummaryPorts({ keys, env });

    await ports.events.put([{ type: 'Audit Completed', detail: { version: 1 }, time: new Date() }]);
    expect(lab.events.events(hub, region)).toMatchObject([{ 'detail-type': 'Audit Completed' }]);
    ports.close();
  });

  it('of the start know the state machine', async () => {
    const ports = openStartPorts({ keys, env });

    expect(await ports.executions.start('20261125T050000Z', {})).toBe('started');
    expect(await ports.executions.running()).toBe('20261125T050000Z');
    ports.close();
  });

  it('name what infra did not set', async () => {
    const settings = settingsFromEnvironment(env);
    const missing = { AWS_REGION: region };

    await expect(openHubPorts(settings, { keys, env: missing, functionArn })).rejects.toThrow(environment.bucket);
    await expect(openHubPorts(settings, { keys, env, functionArn: 'item' })).rejects.toThrow(/'item' is no ARN/);
    expect(() => openStartPorts({ keys, env: missing })).toThrow(environment.stateMachineArn);
  });
});
