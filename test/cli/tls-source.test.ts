import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { kubernetesGroup, memberRoleName } from '../../lambda/contract/names.ts';
import { auditorRules } from '../lab/kubernetes/rbac.ts';
import { type Lab, startLab } from '../lab/lab.ts';
import { awsVariables, nodesOf, runCli } from './run-cli.ts';

const accountId = '111122223333';
const region = 'eu-central-1';
const auditor = `arn:aws:iam::${accountId}:role/${memberRoleName}`;
const addresses = {
  local: '127.0.0.1',
  metadata: '169.254.169.254',
  outside: '172.31.0.9',
  twin: '10.99.0.5',
  'other-twin': '10.99.0.5',
};

let lab: Lab;
let kubeletPort: Server;
let connections = 0;

beforeAll(async () => {
  lab = await startLab();
  lab.addAccount(accountId);
  lab.sts.putRole(auditor, { trustPolicy: { Version: '2012-10-17', Statement: [] } });
  await lab.addKubernetesCluster({
    accountId,
    region,
    name: 'prod',
    accessEntries: [{ principalArn: auditor, groups: [kubernetesGroup] }],
    rbac: { groups: { [kubernetesGroup]: auditorRules } },
    nodes: Object.entries(addresses).map(([name, address]) => ({
      name,
      address,
      kubelet: { kind: 'kubelet-refuses' } as const,
    })),
  });

  // If the port is taken, its holder is not asked.
  const listening = Promise.withResolvers<void>();
  kubeletPort = createServer(() => {
    connections += 1;
  });
  kubeletPort.once('error', () => listening.resolve()).listen(10250, '127.0.0.1', listening.resolve);
  await listening.promise;
});
afterAll(async () => {
  kubeletPort.close();
  await lab.close();
});

it('audit --sources configz,tls dials no address that is not one of the cluster, and says why', async () => {
  const { code, stdout } = await runCli(
    ['audit', '--sources', 'tls,configz', '--controls', '3.2.3', '--format', 'json'],
    { env: awsVariables(lab, lab.sts.startSession(auditor, 'audit'), region) },
  );

  const because = Object.fromEntries(
    nodesOf(stdout).map(({ node, verdicts }) => {
      const [verdict] = Object.values(verdicts);
      return [node.name, `${verdict?.status}: ${verdict?.because}`];
    }),
  );
  expect(because).toEqual({
    local: expect.stringMatching(/^warn: configz: .*; tls: its InternalIP is loopback/),
    metadata: expect.stringMatching(/^warn: .*never dialled/),
    outside: expect.stringMatching(/^warn: .*outside the cluster's VPC/),
    twin: expect.stringMatching(/^warn: .*more than one node says that it has this InternalIP/),
    'other-twin': expect.stringMatching(/^warn: .*more than one node/),
  });
  expect(code).toBe(2);
  expect(connections).toBe(0);
  expect(lab.calls.map((each) => each.operation)).toContain('DescribeVpcs');
});
