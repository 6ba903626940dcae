import type { RemediationPlan } from '../../../../lambda/core/fix/remediation/plan.ts';
import { planRemediation } from '../../../../lambda/core/fix/remediation/plan-remediation.ts';
import { controls } from '../../../../lambda/core/judge/controls/index.ts';
import type { ClusterNode, KubeletFacts, NodeKind, Origin } from '../../../../lambda/core/model/model.ts';
import type { SettingPath, SettingValue } from '../../../../lambda/core/model/settings.ts';
import { audited, judgedNode, mainFile, nodeOfKind, running, seen } from './failing-audit.ts';

/** One failing node of each kind, as docs/remediation-plans.md shows it: what is wrong, and what is special about this kind. */
export interface Example {
  readonly title: string;
  readonly words: string;
  readonly plan: RemediationPlan;
}

const ca = 'authentication.x509.clientCAFile' satisfies SettingPath;
const byFlag: Origin = { from: 'flag', flag: 'client-ca-file' };

type Wrong = Partial<Readonly<Record<SettingPath, { readonly value: SettingValue; readonly origin: Origin }>>>;

const of = (kind: NodeKind, facts: KubeletFacts, node: Partial<ClusterNode> = {}): RemediationPlan =>
  planRemediation(audited([judgedNode({ facts }, nodeOfKind(kind, 1, node))]), { controls });
const planOf = (kind: NodeKind, wrong: Wrong, node: Partial<ClusterNode> = {}): RemediationPlan =>
  of(kind, seen(kind, { settings: wrong }), node);
const noCa = (kind: NodeKind, origin: Origin, node: Partial<ClusterNode> = {}): RemediationPlan =>
  planOf(kind, { [ca]: { value: '', origin } }, node);

const inFile = (kind: NodeKind): Origin => ({ from: 'file', file: mainFile[kind] });
const inDropIn = (name: string): Origin => ({ from: 'drop-in', file: `/etc/kubernetes/kubelet/config.json.d/${name}` });
const standalone: Origin = { from: 'node', file: 'setting kubernetes.standalone-mode' };
const template = { launchTemplate: { id: 'lt-0123456789abcdef0', version: '3' } };
const pool = { group: { kind: 'karpenter', name: 'spot' } } as const;
const open = { state: 'known', path: mainFile.al2, mode: 0o664, owner: 'ec2-user', group: 'root' } as const;
const unsetCa = { [ca]: { value: '', origin: { from: 'default', of: 'configuration file' } } } as const;

export const examples: readonly Example[] = [
  {
    title: 'Amazon Linux 2023, managed node group',
    words:
      'The NodeConfig in the user data empties the client CA; nodeadm wrote it into a drop-in. nodeadm writes `config.json`, its drop-in and `/etc/eks/kubelet/environment` at **every boot**, so an edit on the node lasts until then: roll out the NodeConfig too.',
    plan: noCa('al2023', inDropIn('40-nodeadm.conf'), template),
  },
  {
    title: 'Amazon Linux 2023, by an argument',
    words:
      'An empty `--client-ca-file=` of `spec.kubelet.flags` takes the CA away that the file sets. No file can fix that. nodeadm appends the flags of all NodeConfigs, and the last one wins.',
    plan: noCa('al2023', byFlag),
  },
  {
    title: 'Karpenter node pool (Amazon Linux 2023)',
    words:
      'On the node as above. For good in the EC2NodeClass: `spec.kubelet` of released versions has fields for reservations, evictions, image collection, `maxPods`, `podsPerCore`, `clusterDNS` and `cpuCFSQuota` only, so every setting of the catalogue goes into `spec.userData`. Karpenter’s own NodeConfig stands last and names none of them.',
    plan: planOf('al2023', { readOnlyPort: { value: 10255, origin: inFile('al2023') } }, pool),
  },
  {
    title: 'Amazon Linux 2',
    words:
      'bootstrap.sh runs at the **first** boot only: edits of `kubelet-config.json` and of the unit’s drop-ins stay on the node, and new nodes do not have them.',
    plan: planOf('al2', {
      [ca]: { value: '', origin: byFlag },
      'authentication.anonymous.enabled': { value: true, origin: inFile('al2') },
    }),
  },
  {
    title: 'Bottlerocket',
    words:
      'No file can be edited. Of the settings here only standalone mode loses the CA, anonymous access and the authorization mode; a change by `apiclient` stays over reboots, and new nodes take theirs from the user data.',
    plan: planOf('bottlerocket', {
      [ca]: { value: '', origin: standalone },
      'authorization.mode': { value: 'AlwaysAllow', origin: standalone },
    }),
  },
  {
    title: 'Ubuntu',
    words:
      'The kubelet is the snap `kubelet-eks`: its options are its arguments. They stay over reboots. The runbook leaves it to a person.',
    plan: noCa('ubuntu', byFlag),
  },
  {
    title: 'Another Linux',
    words:
      'What writes its files is not known: the file of `--config`, the drop-ins or the unit are changed where the value comes from, and the image or the user data too.',
    plan: noCa('linux', inFile('linux')),
  },
  {
    title: 'Windows',
    words: 'Nothing is edited on the node: the bootstrap script of the user data decides, and nodes are replaced.',
    plan: planOf('windows', unsetCa),
  },
  {
    title: 'Hybrid nodes',
    words:
      'nodeadm writes the same files as on Amazon Linux 2023, but only when somebody runs `nodeadm init`: an edit stays over reboots and is lost then, so change the NodeConfig too.',
    plan: noCa('hybrid', inDropIn('00-nodeadm.conf')),
  },
  {
    title: 'EKS Auto Mode, Fargate',
    words: 'AWS runs these kubelets, and nobody else reaches them.',
    plan: of('auto-mode', running(seen('auto-mode', { settings: unsetCa }))),
  },
  {
    title: 'Modes and owners',
    words:
      'Nothing restarts. A mode only loses bits. What set it wrong does so again on the next node: look for it in the user data and the image.',
    plan: of('al2', seen('al2', { files: { config: open } })),
  },
  {
    title: 'What lies behind the path of the client CA',
    words:
      'The file holds another CA than the cluster’s, is gone or expires. A person fills it: the runbook is given fingerprints and never certificates. A running kubelet takes the file up without a restart.',
    plan: of('al2', seen('al2', { clientCa: { state: 'gone', path: '/etc/kubernetes/pki/ca.crt' } })),
  },
];
