import { eksClient } from '../../../lambda/adapters/eks/client.ts';
import { eksRegionalClusters } from '../../../lambda/adapters/eks/clusters.ts';
import { kubernetesGroup } from '../../../lambda/contract/names.ts';
import type { Cluster } from '../../../lambda/core/model/model.ts';
import type { KubeletBehaviour } from '../../lab/kubernetes/kubelet-behaviour.ts';
import type { KubernetesClusterOptions, LabKubernetesCluster } from '../../lab/kubernetes/kubernetes-cluster.ts';
import { auditorRules } from '../../lab/kubernetes/rbac.ts';
import type { Lab } from '../../lab/lab.ts';

const place = { partition: 'aws', accountId: '111122223333', region: 'eu-central-1' };
export const { accountId } = place;
const principalArn = `arn:aws:iam::${accountId}:user/admin`;
export const good: KubeletBehaviour = { kind: 'recorded', folder: 'al2023-shape' };
export const names = (count: number) => Array.from({ length: count }, (_, index) => `n${index}`);
export const credentialsOf = (lab: Lab) => () => async () => lab.credentials(accountId);
let sequence = 0;

/** A cluster that grants the audit what it needs, and what EKS says of it. */
export async function startCluster(
  lab: Lab,
  options: Partial<KubernetesClusterOptions> = {},
): Promise<{ readonly lab: LabKubernetesCluster; readonly cluster: Cluster }> {
  sequence += 1;
  const started = await lab.addKubernetesCluster({
    ...place,
    name: `cluster-${sequence}`,
    accessEntries: [{ principalArn, groups: [kubernetesGroup] }],
    rbac: { groups: { [kubernetesGroup]: auditorRules } },
    ...options,
  });
  const client = eksClient({ region: place.region, credentials: credentialsOf(lab)() });
  const [found] = await eksRegionalClusters({ client: () => client }).describe(place, started.name);
  if (!found?.ok) throw new Error('the lab cluster cannot be described');
  return { lab: started, cluster: found.value };
}
