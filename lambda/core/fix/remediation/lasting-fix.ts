import { recommendation } from '../../findings/remedies/remediation-text.ts';
import { type Remedy, remedyFor } from '../../findings/remedies/remedy.ts';
import type { Control } from '../../judge/control.ts';
import { type Cluster, type ClusterNode, type NodeAudit, type NodeKind, nodeKinds } from '../../model/model.ts';
import type { SettingPath, SettingValue } from '../../model/settings.ts';
import { nodePlaces, wantedValue } from './node-places.ts';
import type { LastingFix, Snippet } from './plan.ts';
import { clusterWords, rollOutOf } from './roll-out.ts';
import { snippetsFor } from './snippets/snippets-for.ts';
import { sourceOf } from './steps/value-source.ts';

interface LastingFixesOptions {
  readonly cluster: Cluster;
  readonly trust: readonly string[];
  readonly controls: readonly Control[];
}

/** For each kind of node of one group: what keeps its failing controls right after a boot and on new nodes. The words are those of the findings. */
export function lastingFixes(members: readonly NodeAudit[], context: LastingFixesOptions): readonly LastingFix[] {
  return nodeKinds.flatMap((kind) => {
    const ofKind = members.filter(({ node }) => node.kind === kind);
    const failing = context.controls.filter(({ slug }) =>
      ofKind.some(({ verdicts }) => verdicts[slug]?.status === 'fail'),
    );
    const [first] = ofKind;
    return first === undefined || failing.length === 0
      ? []
      : [lastingFix(kind, first, { ...context, ofKind, failing })];
  });
}

function lastingFix(
  kind: NodeKind,
  { node }: NodeAudit,
  {
    cluster,
    ofKind,
    failing,
  }: LastingFixesOptions & { readonly ofKind: readonly NodeAudit[]; readonly failing: readonly Control[] },
): LastingFix {
  const remedy = remedyFor(node);
  const texts = failing.map((control) => recommendation(control, remedy));
  const settings = settingsOf(failing, kind);
  const makesItsOwn = node.group.kind === 'auto-scaling-group' || node.group.kind === 'self-managed';

  return {
    kind,
    controls: failing.map(({ slug }) => slug),
    words: [...new Set(texts.map(({ Text }) => Text))],
    url: texts[0]?.Url ?? '',
    snippets: snippetsFor(kind, node.group, {
      settings,
      byArgument: [...settings.keys()].filter((setting) => ofKind.some((audit) => isByArgument(setting, audit))),
      cluster: clusterWords(cluster),
      // EKS and Karpenter hand the CA to their nodes, and the nodeadm of hybrid nodes asks EKS for it.
      renewsCa: makesItsOwn && kind !== 'hybrid' && failing.some(({ about }) => about.kind === 'content'),
    }),
    rollOut: rollOutOf(
      kind,
      ofKind.map((each) => each.node),
      clusterWords(cluster),
    ),
    source: sources[remedy],
    survives: { reboot: true, replacement: true },
  };
}

/** What to paste for one failing control on nodes like this one: the first text that starts new nodes right. Nothing where no text can do it. */
export function lastingSnippet(control: Control, node: ClusterNode, cluster: Cluster): Snippet | undefined {
  // A saved result has no certificate of the cluster, and these texts need none.
  const { endpoint: _, ...known } = cluster;
  const [snippet] = snippetsFor(node.kind, node.group, {
    settings: settingsOf([control], node.kind),
    byArgument: [],
    cluster: clusterWords(known),
    renewsCa: false,
  });
  return snippet;
}

function settingsOf(failing: readonly Control[], kind: NodeKind): ReadonlyMap<SettingPath, SettingValue> {
  const clientCa = (kind === 'windows' ? nodePlaces.windows : nodePlaces.al2).clientCa;
  const wanted = failing.flatMap(({ about }): readonly SettingPath[] => {
    if (about.kind !== 'setting') return [];
    return about.setting === 'featureGates.RotateKubeletServerCertificate'
      ? ['serverTLSBootstrap', about.setting]
      : [about.setting];
  });
  return new Map(wanted.map((setting) => [setting, wantedValue(setting, clientCa)]));
}

function isByArgument(setting: SettingPath, audit: NodeAudit): boolean {
  const source = sourceOf(setting, audit);
  return source.state === 'found' && source.fact.origin.from === 'flag';
}

/** By what each kind's text and snippets were written. */
const sources: Readonly<Record<Remedy, string>> = {
  nodeadm: 'awslabs/amazon-eks-ami, nodeadm/internal/{api/merge.go,kubelet}; its CHANGELOG for /etc/eks/nodeadm.d',
  karpenter: 'aws/karpenter-provider-aws, pkg/apis/v1/ec2nodeclass.go and pkg/providers/amifamily',
  al2: 'awslabs/amazon-eks-ami, templates/al2/runtime/bootstrap.sh',
  bottlerocket:
    'bottlerocket-os/bottlerocket-core-kit, packages/kubernetes-*/kubelet-config; bottlerocket.dev, settings.kubernetes',
  ubuntu: 'Canonical, /etc/eks/bootstrap.sh of the Ubuntu EKS images',
  linux: 'kubernetes.io, "Set Kubelet Parameters Via A Configuration File"',
  windows: 'EKS user guide, "Bootstrap script configuration parameters" of Windows AMIs',
  hybrid: 'aws/eks-hybrid, internal/node and internal/kubelet; EKS user guide, "Hybrid nodes nodeadm reference"',
  aws: 'EKS user guide, "EKS Auto Mode" and "Fargate"',
};
