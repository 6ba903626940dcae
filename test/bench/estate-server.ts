import { kubeletProbeDocument } from '../../infra/documents/probe/kubelet-probe.ts';
import { probeDocumentName } from '../../lambda/contract/names.ts';
import { machineTags } from '../lab/aws/ec2/machine-tags.ts';
import {
  deployMember,
  grantedIn,
  hub,
  memberStackTemplate,
  operatorRole,
  organizationId,
} from '../lab/estate/organization.ts';
import { CertificateAuthority } from '../lab/kubernetes/certificates.ts';
import { startLab } from '../lab/lab.ts';
import { accountIds, benchClusters } from './estate-shape.ts';
import { probeOutput } from './probe-output.ts';

// An organization of 40 accounts with so many clusters, in a process of its own. It prints how to reach it on one line, and ends with its standard
// input.
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

const [good, old] = ['al2023-shape', 'ca-set-but-anonymous-always-allow-read-only-port'] as const;
// Of a CA that is none of these clusters': each complete audit finds that, too, and a shell a cluster would be all that is measured.
const { pem } = new CertificateAuthority('kubernetes');
const answers = { [good]: probeOutput(good, pem), [old]: probeOutput(old, pem) };

for (const { accountId, region, name, instanceIds } of benchClusters(count)) {
  lab.ssm.putDocument(accountId, region, probeDocumentName, kubeletProbeDocument());
  lab.securityHub.enable(accountId, region);
  await lab.addKubernetesCluster({
    accountId,
    region,
    name,
    ...grantedIn(accountId),
    nodes: instanceIds.map((instanceId, index) => ({
      name: `ip-${instanceId.slice(-6)}.internal`,
      instanceId,
      address: `10.99.0.${index + 1}`,
      nodegroup: index < 10 ? 'old' : 'workers',
      kubelet: {
        kind: 'recorded',
        folder: index < 10 ? old : good,
      },
    })),
  });
  for (const [index, id] of instanceIds.entries()) {
    const group = { kind: 'managed', name: index < 10 ? 'old' : 'workers' } as const;
    lab.ec2.putInstance(accountId, region, { id, tags: machineTags({ cluster: name, group }) });
    lab.ssm.registerInstance(accountId, region, { id, behaviour: { stdout: answers[index < 10 ? old : good] } });
  }
}

process.stdout.write(
  `${JSON.stringify({ endpoint: lab.endpoint, credentials: lab.sts.startSession(operatorRole, 'bench') })}\n`,
);
process.stdin.resume().once('end', () => process.exit());
