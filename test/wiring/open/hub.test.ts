import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { environment } from '../../../lambda/contract/environment.ts';
import { memberRoleName } from '../../../lambda/contract/names.ts';
import { openHubPorts, openStartPorts } from '../../../lambda/wiring/open/hub.ts';
import { settingsFromEnvironment } from '../../../lambda/wiring/settings.ts';
import { clusterNames } from '../../fakes/ask-ports.ts';
import { labOfFile } from '../../lab/lab-of-file.ts';

const hub = '100000000001';
const region = 'eu-west-1';
const env = {
  AWS_REGION: region,
  [environment.bucket]: 'audit-runs',
  [environment.stateMachineArn]: `arn:aws:states:${region}:${hub}:stateMachine:EksKubeletAudit`,
};
const functionArn = `arn:aws:lambda:${region}:${hub}:function:eks-kubelet-audit-item:live`;
const keys = { requestId: 'r-1' };
const { signal } = new AbortController();
const lab = await labOfFile(hub);

beforeAll(() => {
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

  it('name what infra did not set', async () => {
    const settings = settingsFromEnvironment(env);
    const missing = { AWS_REGION: region };

    await expect(openHubPorts(settings, { keys, env: missing, functionArn })).rejects.toThrow(environment.bucket);
    await expect(openHubPorts(settings, { keys, env, functionArn: 'item' })).rejects.toThrow(/'item' is not the ARN/);
    expect(() => openStartPorts({ keys, env: missing })).toThrow(environment.stateMachineArn);
  });
});
