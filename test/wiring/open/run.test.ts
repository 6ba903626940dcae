import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { kubernetesGroup, memberRoleName } from '../../../lambda/contract/names.ts';
import type { Place } from '../../../lambda/core/model/model.ts';
import { noProgress } from '../../../lambda/wiring/no-progress.ts';
import { openRunPorts } from '../../../lambda/wiring/open/run.ts';
import { settingsFrom } from '../../../lambda/wiring/settings.ts';
import { clusterNames, listNodes } from '../../fakes/ask-ports.ts';
import { clusterIn, silentLog } from '../../fakes/ports.ts';
import { auditorRules } from '../../lab/kubernetes/rbac.ts';
import { labOfFile } from '../../lab/lab-of-file.ts';

const hub = '100000000001';
const members = ['100000000002', '100000000003'] as const;
const region = 'eu-west-1';
const roleArn = (account: string) => `arn:aws:iam::${account}:role/${memberRoleName}`;
const { signal } = new AbortController();
const lab = await labOfFile();

beforeEach(() => {
  lab.organizations.create({ managementAccountId: hub });
  for (const id of members) {
    lab.organizations.putAccount({ id, name: `team ${id.slice(-1)}` });
    lab.sts.putRole(roleArn(id), {
      trustPolicy: {
        Statement: [{ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${hub}:root` }, Action: 'sts:AssumeRole' }],
      },
    });
  }
  const { accessKeyId, secretAccessKey } = lab.credentials(hub);
  vi.stubEnv('AWS_ACCESS_KEY_ID', accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', secretAccessKey);
});
afterEach(() => void vi.unstubAllEnvs());

const placeOf = (accountId: string): Place => ({ partition: 'aws', accountId, region });

const open = () =>
  openRunPorts(settingsFrom({ organization: true, defaultRegion: region }), {
    log: silentLog,
    progress: noProgress,
  });

describe('one record of ports', () => {
  it('closes the connections of a cluster when it is done with', async () => {
    const started = await lab.addKubernetesCluster({
      accountId: members[0],
      region,
      name: 'payments',
      accessEntries: [{ principalArn: roleArn(members[0]), groups: [kubernetesGroup] }],
      rbac: { groups: { [kubernetesGroup]: auditorRules } },
    });
    const ports = await open();
    const [found] = await ports.regionalClusters.describe(placeOf(members[0]), 'payments');
    const cluster = found?.ok ? found.value : expect.unreachable('the cluster is not there');

    ports.nodeList && (await listNodes(ports.nodeList, cluster, signal));
    expect(started.api.sockets.open).toBe(1);
    ports.release(cluster);
    await expect.poll(() => started.api.sockets.open).toBe(0);
    ports.close();
  });

  it('goes on with the others when one account cannot be entered', async () => {
    lab.sts.deleteRole(roleArn(members[0]));
    const ports = await open();

    const missing = { code: 'member-role-missing' };
    const found = await ports.regions.regionsOf({ id: members[0], partition: 'aws' }, signal);
    expect(found).toMatchObject({ ok: false, error: missing });
    const cluster = clusterIn(placeOf(members[0]), 'blue');
    const [ec2] = ports.instanceDirectories;
    expect(await ec2?.instances(cluster, signal)).toMatchObject({ error: missing });
    await expect(Array.fromAsync(ports.findings.stored(placeOf(members[0])))).rejects.toMatchObject(missing);
    expect(await clusterNames(ports.regionalClusters, placeOf(members[1]), signal)).toMatchObject({ ok: true });
    ports.close();
  });
});
