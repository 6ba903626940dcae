import { machineTags } from '../lab/aws/ec2/machine-tags.ts';
import {
  deployMember,
  grantedIn,
  hub,
  memberStackTemplate,
  operatorRole,
  organizationId,
} from '../lab/estate/organization.ts';
import { startLab } from '../lab/lab.ts';
import { accountIds, benchClusters } from './estate-shape.ts';

// An organization of 40 accounts with so many clusters, in a process of its own: says how to reach it in one line and ends with its standard input.
const count = Number(process.argv[2]);
const lab = await startLab();
const managementAccountId = accountIds[0] ?? '';

lab.organizations.create({ id: organizationId, managementAccountId, delegatedAdministrators: [hub.accountId] });
lab.addAccount(hub.accountId);
lab.organizations.putAccount({ id: hub.accountId });
lab.sts.putRole(operatorRole, { trustPolicy: { Version: '2012-10-17', Statement: [] } });
const template = memberStackTemplate();
for (const id of [hub.accountId, ...accountIds]) {
  lab.addAccount(id);
  lab.organizations.putAccount({ id });
  deployMember(lab, template, id);
}

for (const { accountId, region, name, instanceIds } of benchClusters(count)) {
  lab.securityHub.enable(accountId, region);
  await lab.addKubernetesCluster({
    accountId,
    region,
    name,
    ...grantedIn(accountId),
    nodes: instanceIds.map((instanceId, index) => ({
      name: `ip-${instanceId.slice(-6)}.internal`,
      instanceId,
      nodegroup: index < 10 ? 'old' : 'workers',
      kubelet: {
        kind: 'recorded',
        folder: index < 10 ? 'ca-set-but-anonymous-always-allow-read-only-port' : 'al2023-shape',
      },
    })),
  });
  for (const [index, id] of instanceIds.entries()) {
    const group = { kind: 'managed', name: index < 10 ? 'old' : 'workers' } as const;
    lab.ec2.putInstance(accountId, region, { id, tags: machineTags({ cluster: name, group }) });
  }
}

process.stdout.write(
  `${JSON.stringify({ endpoint: lab.endpoint, credentials: lab.sts.startSession(operatorRole, 'bench') })}\n`,
);
process.stdin.resume().once('end', () => process.exit());
