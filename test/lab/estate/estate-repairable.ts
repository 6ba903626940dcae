import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { askingRunbook, dryRunKubeletsRunbook } from '../../../infra/documents/remediation/remediate-automation.ts';
import { remediateKubeletDocument } from '../../../infra/documents/remediation/remediate-kubelet.ts';
import {
  dryRunRunbookName,
  remediateDocumentName,
  remediationRunbookName,
  runbookRoleName,
} from '../../../lambda/contract/remediation-names.ts';
import type { LabKubernetesCluster } from '../kubernetes/kubernetes-cluster.ts';
import type { Lab } from '../lab.ts';
import { conditionOf, refuseOtherConfigurations, restartsOf } from '../node/node-systemd.ts';
import { canEnterRoots } from '../node/script-in-root.ts';
import type { EstatePlace, NodeRoots } from './estate-cluster.ts';
import type { EstateCluster } from './estate-node.ts';
import { addRepairableCluster } from './repairable-cluster.ts';

const diesAfterMs = 30_000;

/** The documents, and cluster `repair` with nodes of each kind. Nothing where this machine lets no script enter a node's root. */
export async function addRepairable(
  lab: Lab,
  access: Pick<EstateCluster, 'accessEntries' | 'rbac' | 'staticTokens'>,
  place: EstatePlace & { readonly roots: NodeRoots },
): Promise<LabKubernetesCluster | undefined> {
  if (!canEnterRoots()) return undefined;
  const { accountId, region } = place;
  const put = (name: string, content: unknown) => lab.ssm.putDocument(accountId, region, name, content);
  put(remediateDocumentName, remediateKubeletDocument());
  put(remediationRunbookName, askingRunbook({ partition: 'aws', region, accountId }));
  put(dryRunRunbookName, dryRunKubeletsRunbook(`arn:aws:iam::${accountId}:role/${runbookRoleName}`));

  const { cluster, roots } = await addRepairableCluster(
    lab,
    { ...access, name: 'repair', groups: { web: 4, batch: 4 } },
    place,
  );
  const root = (name: string) => {
    const found = roots.get(name);
    if (!found) throw new Error(`there is no node ${name}`);
    return found;
  };
  const change = (name: string, conditionNow: () => ReturnType<typeof conditionOf>) => {
    const node = cluster.api.nodes.find((each) => each.name === name);
    if (node) cluster.api.putNode({ ...node, condition: conditionNow });
  };

  rmSync(join(root('web-2.internal').path, 'etc/kubernetes/pki/ca.crt'));
  refuseOtherConfigurations(root('batch-2.internal'));
  change('batch-3.internal', () => ({ ...conditionOf(root('batch-3.internal')), ready: false }));
  let restartedAt: number | undefined;
  change('web-1.internal', () => {
    const condition = conditionOf(root('web-1.internal'));
    if (restartsOf(root('web-1.internal')) > 0) restartedAt ??= Date.now();
    const isDead = restartedAt !== undefined && Date.now() - restartedAt > diesAfterMs;
    return { ...condition, ready: condition.ready && !isDead };
  });
  return cluster;
}
