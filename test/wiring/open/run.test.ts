import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { kubernetesGroup, memberRoleName, probeDocumentName } from '../../../lambda/contract/names.ts';
import type { Cluster, Place } from '../../../lambda/core/model/model.ts';
import type { RunPorts } from '../../../lambda/flow/run/ports.ts';
import { noProgress } from '../../../lambda/wiring/no-progress.ts';
import { openRunPorts } from '../../../lambda/wiring/open/run.ts';
import { settingsFrom } from '../../../lambda/wiring/settings.ts';
import { clusterNames, listNodes, readEach } from '../../fakes/ask-ports.ts';
import { clusterIn, clusterNode, silentLog } from '../../fakes/ports.ts';
import { auditorRules } from '../../lab/kubernetes/rbac.ts';
import { labOfFile } from '../../lab/lab-of-file.ts';

const hub = '100000000001';
const members = ['100000000002', '100000000003'] as const;
const region = 'eu-west-1';
const roleArn = (account: string) => `arn:aws:iam::${account}:role/${memberRoleName}`;
const { signal } = new AbortController();
const lab = await labOfFile();
let callsBefore: number;

beforeEach(() => {
  callsBefore = lab.calls.length;
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

function addCluster(accountId: string) {
  return lab.addKubernetesCluster({
    accountId,
    region,
    name: 'payments',
    nodes: [{ name: 'a', kubelet: { kind: 'recorded', folder: 'al2023-shape' } }],
    accessEntries: [{ principalArn: roleArn(accountId), groups: [kubernetesGroup] }],
    rbac: { groups: { [kubernetesGroup]: auditorRules } },
  });
}

async function described(ports: RunPorts, accountId: string): Promise<Cluster> {
  const [found] = await ports.regionalClusters.describe(placeOf(accountId), 'payments');
  if (!found?.ok) throw new Error('the cluster is not there');
  return found.value;
}

const open = () =>
  openRunPorts(settingsFrom({ organization: true, defaultRegion: region }), {
    log: silentLog,
    progress: noProgress,
  });

describe('one record of ports', () => {
  it('serves every account of the organization, each with its own member role', async () => {
    const started = await Promise.all(members.map(addCluster));
    const ports = await open();
    const accounts = await Array.fromAsync(ports.accounts.accounts(signal));
    expect(accounts).toHaveLength(3);
    expect(accounts[1]).toEqual({ status: 'active', account: { id: members[0], partition: 'aws', name: 'team 2' } });

    for (const id of members) {
      expect(await ports.regions.regionsOf({ id, partition: 'aws' }, signal)).toMatchObject({ ok: true });
      const names = await clusterNames(ports.regionalClusters, placeOf(id), signal);
      expect(names).toEqual({ ok: true, value: ['payments'] });
      const cluster = await described(ports, id);
      const listed = ports.nodeList && (await listNodes(ports.nodeList, cluster, signal));
      expect(listed?.ok && listed.value.map(({ name }) => name)).toEqual(['a']);
      for (const directory of ports.instanceDirectories)
        expect(await directory.instances(cluster, signal)).toEqual({ ok: true, value: [] });
      lab.securityHub.enable(id, region);
      expect(await Array.fromAsync(ports.findings.stored(cluster.arn ?? placeOf(id), cluster.arn?.arn))).toEqual([]);
    }
    ports.close();

    const callers = Object.groupBy(lab.calls.slice(callsBefore), (call) => call.service);
    expect(new Set(callers['organizations']?.map((call) => call.principalArn))).toEqual(
      new Set([`arn:aws:iam::${hub}:user/admin`]),
    );
    for (const service of ['eks', 'ec2', 'securityhub'])
      expect(new Set(callers[service]?.map((call) => call.principalArn))).toEqual(
        new Set(members.map((id) => `arn:aws:sts::${id}:assumed-role/${memberRoleName}/eks-kubelet-audit`)),
      );
    expect(callers['sts']?.filter((call) => call.operation === 'AssumeRole')).toHaveLength(2);
    expect(started.map((each) => each.api.sockets.handshakes)).toEqual([1, 1]);
  });

  it('closes the connections of a cluster when it is done with', async () => {
    const started = await addCluster(members[0]);
    const ports = await open();
    const cluster = await described(ports, members[0]);

    ports.nodeList && (await listNodes(ports.nodeList, cluster, signal));
    expect(started.api.sockets.open).toBe(1);
    ports.release(cluster);
    await expect.poll(() => started.api.sockets.open).toBe(0);
    ports.close();
  });

  it('reads nodes by SSM in the account of their cluster', async () => {
    const id = 'i-00000000000000001';
    await addCluster(members[0]);
    lab.ssm.registerInstance(members[0], region, { id });
    const ports = await open();
    const cluster = await described(ports, members[0]);
    const node = clusterNode(id, { machine: { status: 'confirmed', instanceId: id } });

    const ssm = ports.kubeletSources.find((each) => each.via === 'ssm');
    const [reading] = await Array.fromAsync(ssm ? readEach(ssm, cluster, [node], signal) : []);
    const problem = { code: 'document-missing', message: expect.stringContaining(probeDocumentName) };
    expect(reading).toMatchObject({ result: { ok: false, error: { problem } } });
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
