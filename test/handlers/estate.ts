import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import { kubeletProbeDocument } from '../../infra/documents/kubelet-probe.ts';
import { auditRoleName, kubernetesGroup, probeDocumentName } from '../../lambda/contract/names.ts';
import { type Lab, startLab } from '../lab/lab.ts';
import { machineTags } from '../lab/machine-tags.ts';
import { NodeRoot, recordedNode } from '../lab/node-root.ts';

export const account = '111122223333';
export const region = 'eu-west-1';
export const auditRole = `arn:aws:iam::${account}:role/${auditRoleName}`;

/** Nodes of cluster `prod`, by the recorded kubelet that each runs. */
const nodes = [
  { folder: 'file-sets-ca', instanceId: 'i-0000000000000000a' },
  { folder: 'no-ca-anonymous-off', instanceId: 'i-0000000000000000b' },
] as const;

export interface Estate {
  readonly lab: Lab;
  close(): Promise<void>;
}

/** The account as docs/deploy.md leaves it: our stack's document, an access entry, docs/rbac.yaml; and one cluster that is still being made. */
export async function startEstate(): Promise<Estate> {
  const lab = await startLab();
  const roots: NodeRoot[] = [];

  lab.addAccount(account);
  lab.securityHub.enable(account, region);
  lab.ssm.putDocument(account, region, probeDocumentName, kubeletProbeDocument());
  lab.eks.putCluster(account, region, { name: 'young', status: 'CREATING' });
  await lab.addKubernetesCluster({
    accountId: account,
    region,
    name: 'prod',
    accessEntries: [{ principalArn: auditRole, groups: [kubernetesGroup] }],
    rbac: { groups: { [kubernetesGroup]: deployedRules() } },
    nodes: nodes.map(({ folder, instanceId }) => ({
      name: `${folder}.eu-west-1.compute.internal`,
      instanceId,
      nodegroup: 'workers',
      kubelet: { kind: 'recorded', folder },
    })),
  });

  for (const { folder, instanceId } of nodes) {
    const node = new NodeRoot(recordedNode(folder));
    roots.push(node);
    const tags = machineTags({ cluster: 'prod', group: { kind: 'managed', name: 'workers' } });
    lab.ec2.putInstance(account, region, { id: instanceId, tags });
    lab.ssm.registerInstance(account, region, { id: instanceId, tags, node });
  }

  const close = async (): Promise<void> => {
    await lab.close();
    for (const root of roots) root[Symbol.dispose]();
  };
  return { lab, close };
}

/** The rules of the ClusterRole that people apply. */
function deployedRules() {
  const [role] = parseAllDocuments(readFileSync('docs/rbac.yaml', 'utf8'));
  return role?.toJS().rules;
}
