import { kubeletProbeDocument } from '../../../infra/documents/probe/kubelet-probe.ts';
import { kubernetesGroup, memberRoleName, probeDocumentName } from '../../../lambda/contract/names.ts';
import { labToken } from '../exports.ts';
import { CertificateAuthority } from '../kubernetes/certificates.ts';
import { karpenterRules } from '../kubernetes/karpenter-objects.ts';
import type { LabKubernetesCluster } from '../kubernetes/kubernetes-cluster.ts';
import { auditorRules, holderRules } from '../kubernetes/rbac.ts';
import { startLab } from '../lab.ts';
import type { NodeRoot } from '../node/node-root.ts';
import { addEstateCluster } from './estate-cluster.ts';
import { compliant } from './estate-compliant.ts';
import { direct, directRegion } from './estate-direct.ts';
import { drifting } from './estate-drift.ts';
import { fleet } from './estate-fleet.ts';
import { holders } from './estate-holders.ts';
import { type EstateCluster, estateNode } from './estate-node.ts';
import { addRepairable } from './estate-repairable.ts';
import { nodeGroupTemplates } from './estate-templates.ts';
import { putNodeGroup } from './node-group-templates.ts';

export type Estate = Awaited<ReturnType<typeof startEstate>>;

const accountId = '111122223333';
const region = 'eu-central-1';
const auditor = `arn:aws:iam::${accountId}:role/${memberRoleName}`;

/** The estate of `npm start`, with a cluster for each case; `repairable` adds one whose nodes can be fixed. */
export async function startEstate({ repairable = false }: { readonly repairable?: boolean } = {}) {
  const lab = await startLab();
  const roots: NodeRoot[] = [];
  const close = async () => {
    await lab.close();
    for (const root of roots) root[Symbol.dispose]();
  };

  lab.addAccount(accountId);
  lab.sts.putRole(auditor, { trustPolicy: { Version: '2012-10-17', Statement: [] } });
  lab.ssm.putDocument(accountId, region, probeDocumentName, kubeletProbeDocument());
  lab.securityHub.enable(accountId, region);

  const added: LabKubernetesCluster[] = [];
  for (const cluster of clusters) added.push(await addEstateCluster(lab, cluster, { accountId, region, roots }));
  for (const each of nodeGroupTemplates) putNodeGroup(lab, { accountId, region }, each);
  if (repairable)
    added.push(...[await addRepairable(lab, granted, { accountId, region, roots })].flatMap((each) => each ?? []));
  lab.ssm.putDocument(accountId, directRegion, probeDocumentName, kubeletProbeDocument());
  const ports = await addEstateCluster(lab, direct(auditor, holders(accountId)), {
    accountId,
    region: directRegion,
    roots,
  });
  /** Of the audit's role, as Lambda or a person at a terminal has it. */
  const session = (seconds?: number) => lab.sts.startSession(auditor, 'audit', seconds);
  return { lab, accountId, region, credentials: session(), session, clusters: added, direct: ports, close };
}

const granted = {
  accessEntries: [{ principalArn: auditor, groups: [kubernetesGroup] }],
  rbac: { groups: { [kubernetesGroup]: [...auditorRules, ...holderRules, ...karpenterRules] } },
  staticTokens: { [labToken]: { name: 'lab-auditor', groups: [kubernetesGroup] } },
} as const;

const clusters: readonly EstateCluster[] = [
  { ...granted, ...compliant },
  {
    name: 'legacy',
    ...granted,
    nodes: [
      estateNode('no-ca.internal', 'no-ca-anonymous-off', 'refusing', { team: 'checkout' }),
      estateNode('no-ca-anonymous.internal', 'no-ca-anonymous-on-webhook', 'refusing', { team: 'checkout' }),
      estateNode('no-ca-and-no-ssm.internal', 'no-ca-anonymous-off', 'refusing-without-ssm', { ssm: 'absent' }),
      estateNode('open-to-anybody.internal', 'no-ca-anonymous-on-always-allow', 'open', { team: 'search' }),
      estateNode('no-config-file.internal', 'no-config-file-legacy-defaults', 'open'),
      estateNode('ca-but-open.internal', 'ca-set-but-anonymous-always-allow-read-only-port', 'ca-but-open', {
        team: 'search',
      }),
      estateNode('handlers-off.internal', 'debugging-handlers-off', 'handlers-off', { team: 'checkout' }),
      estateNode('other-ca.internal', 'file-sets-ca', 'other-ca', {
        configz: { kind: 'kubelet-refuses' },
        caFile: () => new CertificateAuthority('kubernetes').pem,
      }),
      estateNode('hangs.internal', 'file-sets-ca', 'dark', { configz: { kind: 'hangs' }, ssm: 'offline' }),
      estateNode('sends-megabytes.internal', 'file-sets-ca', 'dark', { configz: { kind: 'endless' }, ssm: 'absent' }),
    ],
  },
  {
    name: 'vault',
    ...granted,
    reachable: false,
    publicAccess: false,
    nodes: [
      { name: 'ip-10-0-2-11.eu-central-1.compute.internal', recording: 'al2023-shape', group: 'sealed' },
      { name: 'ip-10-0-2-12.eu-central-1.compute.internal', recording: 'no-ca-anonymous-off', group: 'sealed-old' },
    ],
  },
  {
    name: 'analytics',
    accessEntries: [],
    nodes: [
      { name: 'ip-10-0-3-11.eu-central-1.compute.internal', recording: 'al2023-shape', group: 'spark' },
      { name: 'ip-10-0-3-12.eu-central-1.compute.internal', recording: 'drop-in-sets-ca', group: 'spark' },
    ],
  },
  { ...granted, ...fleet },
  { ...granted, ...drifting },
];
