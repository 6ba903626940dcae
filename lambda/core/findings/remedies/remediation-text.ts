import type { SourceName } from '../../../contract/settings.ts';
import { type Control, isOfCluster } from '../../judge/control.ts';
import { clientCaFile } from '../../judge/controls/client-ca-file.ts';
import { anonymousAuth, authorizationMode } from '../../judge/controls/setting-controls.ts';
import { flagOf, nameOf } from '../../judge/controls/shared/about.ts';
import type { ClusterArn, ClusterNode, NodeKind } from '../../model/model.ts';
import type { AsffRecommendation } from '../asff/asff.ts';
import type { FindingStatus } from '../description.ts';
import { findingText } from '../identity.ts';
import { fileRemedies, flagRemedies, settingRemedies } from './lasting-remedies.ts';
import { type Remedy, remedyFor } from './remedy.ts';

type ControlText = Pick<Control, 'slug' | 'about' | 'expected' | 'remedy'>;

/**
 * How to fix it so that it lasts, for the kind of node that is worst off; generated from what the control names.
 * Text at most 512 characters (ASFF), never blank. Source: facts about each node kind's bootstrap (docs/findings.md).
 */
export function remediation(control: ControlText, options: RemediationOptions): AsffRecommendation {
  const { node, status, sources } = options;
  const remedy = remedyFor(node);
  const { Text, Url } = status === 'unknown' ? makeReadable(control, node, sources) : recommendation(control, remedy);

  return { Text: withCommand(Text, commandFor(control, remedy, options)), Url };
}

/** A text that is too long for both is of more use than the command. */
const withCommand = (text: string, command: string | undefined): string =>
  command === undefined || text.length + command.length + 2 > longest ? text : `${text} ${command}`;

const longest = 512;

/** What to run next. None changes anything. */
function commandFor(
  { slug, about }: ControlText,
  remedy: Remedy,
  { status, cluster: { name, region } }: RemediationOptions,
): string | undefined {
  if (status === 'unknown') return `To see what is missing, run: eks-kubelet-audit doctor ${name} --region ${region}`;
  if (about.kind === 'cluster')
    return `To see each binding, run: eks-kubelet-audit audit ${name} --region ${region} --controls ${slug}`;
  if (remedy === 'aws') return undefined;
  const together = fixedTogether(slug).join();
  return `To see the change for each node, run: eks-kubelet-audit remediate ${name} --region ${region} --controls ${together}`;
}

interface RemediationOptions {
  readonly node: Pick<ClusterNode, 'kind' | 'group'>;
  readonly status: FindingStatus;
  /** The sources of the audit, where they are known: then only the rights that they need are named. */
  readonly sources: readonly SourceName[] | undefined;
  readonly cluster: Pick<ClusterArn, 'name' | 'region'>;
}

/** Controls whose fix shuts the API server out of a kubelet that has no client CA. */
const needClientCa: readonly string[] = [anonymousAuth.slug, authorizationMode.slug];

/** What must be fixed in one change: no fix that is offered alone locks the API server out. */
export const fixedTogether = (slug: string): readonly string[] =>
  needClientCa.includes(slug) ? [clientCaFile.slug, slug] : [slug];

const withClientCa =
  'Set authentication.x509.clientCAFile in the same change if it is not set: without a client CA, this locks the API server out.';

export const recommendation = (control: ControlText, remedy: Remedy): AsffRecommendation => ({
  Text: findingText([textOf(control, remedy), ...(isLockOut(control, remedy) ? [withClientCa] : [])].join(' '), 512),
  Url: isOfCluster(control) ? clusterUrl : urls[remedy],
});

/** A client CA comes with the nodes that AWS runs, and with Bottlerocket outside of standalone mode. */
export const isLockOut = ({ slug }: Pick<Control, 'slug'>, remedy: Remedy): boolean =>
  needClientCa.includes(slug) && remedy !== 'aws' && remedy !== 'bottlerocket';

function textOf({ about, expected, remedy: own }: ControlText, remedy: Remedy): string {
  const wanted = findingText(expected, 100);

  if (own !== undefined) return about.kind === 'cluster' ? own : `${own} ${rollOut[remedy]}`;
  switch (about.kind) {
    case 'setting':
      return settingRemedies[remedy]({ path: about.setting, expected: wanted });
    case 'flag':
      return flagRemedies[remedy]({ flag: flagOf(about), expected: wanted });
    case 'file':
      return fileRemedies[remedy]({ flag: flagOf(about), property: about.property, expected: wanted });
    case 'content':
    case 'connection':
      return `Fix the ${nameOf(about)} (expected ${wanted}). ${rollOut[remedy]}`;
    case 'cluster':
      return `Change the ${nameOf(about)} (expected ${wanted}).`;
  }
}

/** How a change reaches the nodes of a kind, and stays. */
const rollOut: Readonly<Record<Remedy, string>> = {
  nodeadm: 'Change it in the user data of the launch template or in the image, then roll out new nodes.',
  karpenter: 'Change it in the EC2NodeClass; Karpenter then replaces the drifted nodes.',
  al2: 'Change it in the user data of the launch template, then roll out new nodes.',
  bottlerocket: 'Change the settings in the launch template’s user data (TOML), then replace the nodes.',
  ubuntu: 'Change it in the user data of the launch template or in the image, then roll out new nodes.',
  linux: 'Change it in the image or the user data, then roll out new nodes.',
  windows: 'Change it in the user data of the launch template, then replace the nodes.',
  hybrid: 'Change it in the NodeConfig of the hybrid node, and run nodeadm init again.',
  aws: 'AWS runs this kubelet: replace the node, and open a case with AWS Support if new ones show the same.',
};

const urls: Readonly<Record<Remedy, string>> = {
  nodeadm: 'https://awslabs.github.io/amazon-eks-ami/nodeadm/doc/api/',
  karpenter: 'https://karpenter.sh/docs/concepts/nodeclasses/',
  al2: 'https://docs.aws.amazon.com/eks/latest/userguide/launch-templates.html',
  bottlerocket: 'https://bottlerocket.dev/en/os/latest/#/api/settings/kubernetes/',
  ubuntu: 'https://docs.aws.amazon.com/eks/latest/userguide/launch-templates.html',
  linux: 'https://kubernetes.io/docs/tasks/administer-cluster/kubelet-config-file/',
  windows: 'https://docs.aws.amazon.com/eks/latest/userguide/eks-optimized-windows-ami.html',
  hybrid: 'https://docs.aws.amazon.com/eks/latest/userguide/hybrid-nodes-nodeadm.html',
  aws: 'https://docs.aws.amazon.com/eks/latest/userguide/automode.html',
};

const clusterUrl = 'https://kubernetes.io/docs/reference/access-authn-authz/kubelet-authn-authz/';

function makeReadable(
  { about }: ControlText,
  { kind }: Pick<ClusterNode, 'kind'>,
  sources: readonly SourceName[] | undefined,
): AsffRecommendation {
  if (about.kind === 'cluster')
    return {
      Text: findingText(
        'Not everything that decides could be read; the status reasons say what. Grant the audit list on clusterroles and clusterrolebindings and get on the ConfigMap aws-auth, and its role eks:ListAccessEntries, DescribeAccessEntry and ListAssociatedAccessPolicies.',
        512,
      ),
      Url: accessUrl,
    };

  const running = runningWords(sources);
  const ssm = ssmWords(kind);

  const text =
    about.kind === 'setting'
      ? `The kubelet could not be read; the status reasons say what answered. To have it read: ${[...running, ssm].join('; or ')}.`
      : about.kind === 'connection'
        ? `The ${nameOf(about)} could not be read; the status reasons say what answered. Only the sources direct, tls and wire show it, from a network that reaches port 10250 of the nodes.`
        : `The ${nameOf(about)} could not be read; the status reasons say what answered. Only SSM shows it: ${ssm}, and audit with --complete.`;
  return {
    Text: findingText(text, 512),
    Url: accessUrl,
  };
}

const accessUrl = 'https://docs.aws.amazon.com/eks/latest/userguide/access-entries.html';

/** By which rights a running kubelet is read: those of the audit's own sources, the narrow one first. */
function runningWords(sources: readonly SourceName[] = ['direct', 'configz']): readonly string[] {
  return [
    ...(sources.includes('direct')
      ? ['let the audit reach port 10250 of the node, with get on nodes/configz (Kubernetes 1.33)']
      : []),
    ...(sources.includes('configz')
      ? ['let the API server reach the kubelet, and grant the audit get on nodes/proxy']
      : []),
  ];
}

function ssmWords(kind: NodeKind): string {
  switch (kind) {
    case 'auto-mode':
    case 'fargate':
      return 'SSM does not reach nodes that AWS runs';
    case 'windows':
      return 'the probe document of SSM reads Linux only';
    case 'hybrid':
      return 'register the node with SSM, which IAM Roles Anywhere does not do, and deploy the probe document';
    default:
      return 'let SSM manage the node and deploy the probe document';
  }
}
