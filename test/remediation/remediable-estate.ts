import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { kubeletProbeDocument } from '../../infra/documents/probe/kubelet-probe.ts';
import { askingRunbook } from '../../infra/documents/remediation/remediate-automation.ts';
import { remediateKubeletDocument } from '../../infra/documents/remediation/remediate-kubelet.ts';
import { kubernetesGroup, memberRoleName, probeDocumentName } from '../../lambda/contract/names.ts';
import { remediateDocumentName, remediationRunbookName } from '../../lambda/contract/remediation-names.ts';
import type { LabCredentials } from '../lab/aws/identities.ts';
import { addRepairableCluster } from '../lab/estate/repairable-cluster.ts';
import { auditorRules } from '../lab/kubernetes/rbac.ts';
import { startLab } from '../lab/lab.ts';
import type { NodeRoot } from '../lab/node/node-root.ts';

export const accountId = '111122223333';
export const region = 'eu-central-1';
export const configFile = '/etc/kubernetes/kubelet/config.json';

export type RemediableEstate = Awaited<ReturnType<typeof startRemediableEstate>>;

const admin = `arn:aws:iam::${accountId}:user/admin`;
export const roleArn = (name: string): string => `arn:aws:iam::${accountId}:role/${name}`;
const member = roleArn(memberRoleName);

/** An account with our documents and Security Hub, and clusters whose nodes have no client CA. */
export async function startRemediableEstate({ withoutDocument = false } = {}) {
  const lab = await startLab({ ssm: { millisecondsPerSecond: 100 } });
  const all: NodeRoot[] = [];
  lab.addAccount(accountId);
  lab.ssm.putDocument(accountId, region, probeDocumentName, kubeletProbeDocument());
  if (!withoutDocument) lab.ssm.putDocument(accountId, region, remediateDocumentName, remediateKubeletDocument());
  // As the stack deploys it: it always asks.
  const runbook = askingRunbook({ partition: 'aws', region, accountId });
  lab.ssm.putDocument(accountId, region, remediationRunbookName, runbook);
  lab.securityHub.enable(accountId, region);

  return {
    lab,
    addCluster: (name: string, groups: Readonly<Record<string, number>>) =>
      addRepairableCluster(
        lab,
        {
          name,
          groups,
          accessEntries: [admin, member].map((principalArn) => ({ principalArn, groups: [kubernetesGroup] })),
          rbac: { groups: { [kubernetesGroup]: auditorRules } },
        },
        { accountId, region, roots: all },
      ),
    /** Of a person who may do everything in the account, unless others are named. */
    environment({ accessKeyId, secretAccessKey, sessionToken = '' }: LabCredentials = lab.credentials(accountId)) {
      return {
        AWS_ENDPOINT_URL: lab.endpoint,
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
        AWS_SESSION_TOKEN: sessionToken,
        AWS_REGION: region,
      };
    },
    async close() {
      await lab.close();
      for (const root of all) root[Symbol.dispose]();
    },
  };
}

export const fileOf = (root: NodeRoot, path = configFile): string => readFileSync(join(root.path, path), 'utf8');
