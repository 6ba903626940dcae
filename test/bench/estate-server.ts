import { operatorRole } from '../lab/estate/organization.ts';
import { CertificateAuthority } from '../lab/kubernetes/certificates.ts';
import { startLab } from '../lab/lab.ts';
import { addBenchCluster, addOrganization } from './bench-lab.ts';
import { accountIds, benchClusters } from './estate-shape.ts';
import { probeOutput } from './probe-output.ts';

// An organization of 40 accounts with so many clusters, in a process of its own. It prints how to reach it on one line, and ends with its standard
// input.
const count = Number(process.argv[2]);
const lab = await startLab();
lab.sts.putRole(operatorRole, { trustPolicy: { Version: '2012-10-17', Statement: [] } });
addOrganization(lab, accountIds);

const [good, old] = ['al2023-shape', 'ca-set-but-anonymous-always-allow-read-only-port'] as const;
// Of a CA that is none of these clusters': each complete audit finds that, too, and a shell a cluster would be all that is measured.
const { pem } = new CertificateAuthority('kubernetes');
const answers = { [good]: probeOutput(good, pem), [old]: probeOutput(old, pem) };

for (const { accountId, region, name, instanceIds } of benchClusters(count)) {
  lab.securityHub.enable(accountId, region);
  const folderOf = (index: number) => (index < 10 ? old : good);
  await addBenchCluster(lab, {
    accountId,
    region,
    name,
    nodes: instanceIds.map((id, index) => ({
      id,
      name: `ip-${id.slice(-6)}.internal`,
      group: index < 10 ? 'old' : 'workers',
      kubelet: { kind: 'recorded', folder: folderOf(index) } as const,
    })),
    printed: (index) => answers[folderOf(index)],
  });
}

process.stdout.write(
  `${JSON.stringify({ endpoint: lab.endpoint, credentials: lab.sts.startSession(operatorRole, 'bench') })}\n`,
);
process.stdin.resume().once('end', () => process.exit());
