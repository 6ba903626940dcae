import { recommendation } from '../../findings/remedies/remediation-text.ts';
import { type Remedy, remedyFor } from '../../findings/remedies/remedy.ts';
import type { Control } from '../../judge/control.ts';
import {
  type Cluster,
  type ClusterAudit,
  type ClusterNode,
  type Evidence,
  type NextNodeAudit,
  type NodeAudit,
  type NodeGroup,
  type NodeKind,
  nodeKinds,
} from '../../model/model.ts';
import type { SettingPath, SettingValue } from '../../model/settings.ts';
import { originText } from '../../model/text/origin-text.ts';
import { printable, shellWord } from '../../model/text/words.ts';
import { argumentOf, nodePlaces, wantedValue } from './node-places.ts';
import type { LastingFix, TemplateFix } from './plan.ts';
import { type ClusterWords, clusterWords, snippetsFor } from './snippets/snippets-for.ts';
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

export function settingsOf(failing: readonly Control[], kind: NodeKind): ReadonlyMap<SettingPath, SettingValue> {
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

/**
 * What to change in the launch templates of a node group, as settings. The user data itself is not kept: a line is shown only where the audit saw
 * that it holds the setting and nothing else.
 */
export function templateFixes(
  { nextNodes }: Pick<ClusterAudit, 'nextNodes'>,
  { kind, name }: NodeGroup,
  controls: readonly Control[],
): readonly TemplateFix[] {
  const ofGroup = (nextNodes?.nodes ?? []).filter(({ node }) => node.group.kind === kind && node.group.name === name);
  const fixes = ofGroup.flatMap((next) =>
    controls.flatMap(({ slug, about }): readonly TemplateFix[] => {
      const verdict = next.verdicts[slug];
      if (verdict?.status !== 'fail' || verdict.waived || about.kind !== 'setting') return [];
      return [fixOf(next, verdict.evidence, { slug, setting: about.setting })];
    }),
  );
  return [...new Map(fixes.map((each) => [JSON.stringify(each), each])).values()];
}

/** The node groups whose next node has something to fix. */
export const groupsToFix = ({ nextNodes }: Pick<ClusterAudit, 'nextNodes'>): readonly NodeGroup[] => [
  ...new Map((nextNodes?.nodes ?? []).map(({ node: { group } }) => [`${group.kind}/${group.name}`, group])).values(),
];

function fixOf(
  { node, source }: NextNodeAudit,
  { origin, value }: Evidence,
  { slug: control, setting }: { readonly slug: string; readonly setting: SettingPath },
): TemplateFix {
  const wanted = wantedValue(setting, (node.kind === 'windows' ? nodePlaces.windows : nodePlaces.al2).clientCa);
  const from = printable(value, 100);
  if (origin.from !== 'user-data') {
    const key = node.kind === 'al2023' ? `spec.kubelet.config.${setting}` : setting;
    return { control, place: `${source}, which does not set ${key}`, from, to: String(wanted) };
  }
  const place = originText(origin);
  if (origin.flag !== undefined) return { control, place, from, to: argumentOf(setting, wanted) };

  const key = origin.key?.split('.').at(-1);
  return {
    ...{ control, place, from, to: String(wanted) },
    ...(origin.alone && key !== undefined && { line: [`${key}: ${from}`, `${key}: ${wanted}`] as const }),
  };
}

/** How a changed launch template, image or NodeConfig reaches the nodes of one group. */
export function rollOutOf(kind: NodeKind, nodes: readonly ClusterNode[], cluster: ClusterWords): string {
  if (kind === 'auto-mode' || kind === 'fargate') return 'Nothing of yours: AWS makes these nodes.';
  if (kind === 'hybrid')
    return 'On each node: sudo nodeadm init -c file://nodeConfig.yaml. Keep that file for the machine that replaces it.';

  const group = nodes[0]?.group;
  switch (group?.kind) {
    case 'managed':
      return managed(group.name, cluster);
    case 'karpenter':
      return 'Karpenter sees that the EC2NodeClass changed and replaces the drifted nodes, within the disruption budgets of the node pool. Where spec.kubelet of the class sets the same key, change it there: newer versions take every key, render it last, and it wins.';
    case 'auto-scaling-group':
      return `Make a new version of the launch template${templates(nodes)} and start an instance refresh with that version as its DesiredConfiguration (aws autoscaling start-instance-refresh --desired-configuration): a group that is pinned to a version makes the same instances again otherwise. A refresh drains no node: drain each one first, or let a tool do that.`;
    default:
      return `Start new nodes from the changed launch template${templates(nodes)} or image, then drain and terminate the old ones.`;
  }
}

/**
 * EKS makes its own copy of the launch template for the instances of a managed group, and replaces it with every update. A change to that copy is
 * lost. Source: EKS user guide, "Customize managed nodes with launch templates"; API reference, DescribeNodegroup.
 */
function managed(group: string, { name, region }: ClusterWords): string {
  const isPlain = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/.test(group);
  const words = [
    '--cluster-name',
    name === undefined ? 'CLUSTER' : shellWord(name),
    '--nodegroup-name',
    isPlain ? group : 'GROUP',
    ...(region === undefined ? [] : ['--region', shellWord(region)]),
  ].join(' ');

  return `Make a new version of the group's own launch template, the one that aws eks describe-nodegroup ${words} --query nodegroup.launchTemplate names, and update the group to it (aws eks update-nodegroup-version). Never change the template that the tag aws:ec2launchtemplate:id of an instance names: that is EKS's own copy, which the next update makes anew. Where that answer is null, the group has no launch template and cannot be given one: make a new group.`;
}

/** AWS's word, by the tags of the instances. */
function templates(nodes: readonly ClusterNode[]): string {
  const known = nodes.flatMap(({ launchTemplate }) => {
    const { id = '', version } = launchTemplate ?? {};
    if (!/^lt-[0-9a-f]{8,17}$/.test(id)) return [];
    return [version !== undefined && /^\d{1,10}$/.test(version) ? `${id}, now version ${version}` : id];
  });
  return known.length === 0 ? '' : ` (${[...new Set(known)].sort().join('; ')})`;
}
