import { kubernetesGroup } from '../../../contract/names.ts';
import {
  type EntryStanding,
  type GrantPlan,
  type GrantStep,
  type GrantTarget,
  hasChanged,
  hasFailed,
  type ObjectState,
  stateOf,
} from '../../fix/grant/grant-plan.ts';
import {
  grantObjects,
  grantsKarpenter,
  otherWay,
  rbacManifest,
  type StoredRbacObject,
} from '../../fix/grant/rbac-objects.ts';
import type { Problem } from '../../model/model.ts';
import { printable, shellWord } from '../../model/text/words.ts';
import { hanging, wrap } from '../../model/text/wrap.ts';

interface GrantTextOptions {
  /** For the printed commands, when the caller chose one. */
  readonly profile?: string | undefined;
  /** Columns of a screen, at which comments are wrapped. Commands stay whole, so that they can be pasted. */
  readonly width?: number | undefined;
}

/** A file's lines are not broken. */
export const unbounded = Number.POSITIVE_INFINITY;

/**
 * The plan as a shell script: everything but the commands and the manifest is a comment, so that it can be pasted or kept whole. Parts that are there
 * already are named and not repeated.
 */
export function grantPlanReport(plan: GrantPlan, shown: GrantTextOptions = {}): string {
  const { target, entry } = plan;
  if (stateOf(plan) === 'granted') return `${comment(shown, heading(target), ...grantedLines(plan, shown))}\n`;

  const parts = [
    comment(
      shown,
      heading(target),
      `What lets ${target.roleArn} read kubelets ${wayText[target.way]}. Nothing has been changed.`,
      '',
      ...grantWarning[target.way],
      ...additionalLines(target),
      ...otherLines(plan),
    ),
    entry ? entryPart(entry, target, shown) : awsAuthPart(target, shown),
    objectsPart(plan, shown),
    ...(entry
      ? [comment(shown, 'Or the same command with --apply: it does what is missing, with your own credentials.')]
      : []),
  ];
  return `${parts.join('\n\n')}\n`;
}

/** The steps of `--apply`, and how to take them back. */
export function grantReport(plan: GrantPlan, steps: readonly GrantStep[], shown: GrantTextOptions = {}): string {
  const { target } = plan;
  const { width = unbounded } = shown;
  const lines = steps.map((step) => hanging(`  ${step.what.padEnd(24)}  `, outcomeText(step, plan), width));
  const wrapped = (...texts: readonly string[]) =>
    texts.map((text) => (text.startsWith(' ') ? text : wrap(text, width)));
  if (hasFailed({ plan, steps })) return [heading(target), ...lines, ''].join('\n');
  if (!hasChanged({ plan, steps })) return [heading(target), ...wrapped(...grantedLines(plan, shown)), ''].join('\n');
  return [
    heading(target),
    ...lines,
    ...wrapped(
      `${target.roleArn} can now read kubelets here ${wayText[target.way]}; a new access entry takes a while to work.`,
      ...grantWarning[target.way],
      ...(steps.some(({ outcome }) => outcome.status === 'removed') ? [] : otherLines(plan)),
    ),
    'To take it back:',
    `  ${deleteEntry(target, shown)}`,
    `  kubectl --context ${target.arn.arn} delete clusterrolebinding/${nameOf(target)} clusterrole/${nameOf(target)}`,
    '',
  ].join('\n');
}

const heading = ({ cluster, arn }: GrantTarget): string =>
  `${arn.name} (${arn.region}, ${arn.accountId}), authentication mode ${cluster.authenticationMode ?? 'CONFIG_MAP'}`;

const grantedLines = (plan: GrantPlan, shown: GrantTextOptions): readonly string[] => [
  `already granted: ${plan.target.roleArn} has its access entry with the group ${kubernetesGroup}, and the group its ClusterRole. Nothing was changed.`,
  'If the cluster still refuses the role (401), the role was recreated after its entry, which remembers the old one. Delete the entry, then grant again:',
  `  ${deleteEntry(plan.target, shown)}`,
  ...otherLines(plan),
];

const nameOf = ({ way }: GrantTarget): string => grantObjects[way].clusterRole.metadata.name;

export const wayText = { direct: 'on their own port', 'api-server': 'through the API server' } as const;

export const grantWarning = {
  direct: [
    'get on nodes/configz opens a kubelet’s configuration and nothing else: no pods, no logs, no commands (Kubernetes 1.33 and later). The audit shows its token to the nodes that AWS confirms, whose root could read the same with it for 15 minutes; it does so only while it has no nodes/proxy and nothing else that is broad. It needs a way to port 10250 of the nodes (docs/access.md has the rule of the security group).',
  ],
  'api-server': [
    'get on nodes/proxy is not a read-only right: the kubelet accepts exec over a WebSocket GET, so its holder can run commands in the pods of every node. Kubernetes has no narrower right that works through the API server.',
    'Where that is too much, read kubelets on their own port (grant --sources direct,ssm), or grant nothing: SSM alone needs none of this (audit --sources ssm, or sources: [ssm] in deployment.yaml).',
  ],
} as const;

/** The rights for control 4.1.10 and the setting `nextNode`, and why a cluster that is read by direct does not get the latter. */
function additionalLines(target: GrantTarget): readonly string[] {
  const ofHolders =
    'For control 4.1.10 it also reads ClusterRoles, ClusterRoleBindings and aws-auth; its IAM role needs the access entries (docs/access.md).';
  const ofKarpenter = grantsKarpenter(target)
    ? 'For next nodes it also lists Karpenter’s NodePools and EC2NodeClasses, whose user data can hold secrets (docs/next-node.md).'
    : 'It may not list Karpenter’s EC2NodeClasses: their user data can hold secrets, and nodes see this token. Their next nodes are not judged (docs/next-node.md).';
  return [...(target.proxyHolders ? [ofHolders] : []), ...(target.nextNode ? [ofKarpenter] : [])];
}

/** How the binding of the other way affects this one. */
function otherLines({ target, otherBinding }: GrantPlan): readonly string[] {
  const { name } = grantObjects[otherWay(target.way)].clusterRoleBinding.metadata;
  if (otherBinding === 'missing') return [];
  if (otherBinding !== 'there')
    return [`Whether ClusterRoleBinding ${name}, the other way, is there is not known: ${problemText(otherBinding)}.`];
  return target.way === 'direct'
    ? [
        `ClusterRoleBinding ${name} gives the group nodes/proxy as well: while it is there, no kubelet of this cluster is asked on its own port.`,
        `Take it away with --revoke-other --apply, or: kubectl --context ${target.arn.arn} delete clusterrolebinding/${name}`,
      ]
    : [
        `ClusterRoleBinding ${name} gives the group nodes/configz as well, which this way does not need. Take it away with --revoke-other --apply.`,
      ];
}

function entryPart(entry: EntryStanding, target: GrantTarget, shown: GrantTextOptions): string {
  const found = 'found' in entry ? entry.found : [];
  const groups = [...new Set([...found, kubernetesGroup])].map(shellWord).join(' ');
  const command = (verb: 'create' | 'update') =>
    `aws eks ${verb}-access-entry ${ofCluster(target, shown, '--cluster-name')} --principal-arn ${target.roleArn} --kubernetes-groups ${groups}`;
  const [says, ...commands] = {
    there: ['there'],
    missing: ['missing', command('create')],
    blocked: ['problem' in entry ? problemText(entry.problem) : '', command('create')],
    outlived: [
      'there, for a role of this name that was deleted. The role was made again after it, and EKS refuses it (401). Delete the entry and create it',
      deleteEntry(target, shown),
      command('create'),
    ],
    differs: [`there without that group; ${keptGroups(found)}`, command('update')],
  }[entry.status];
  const line = `1. Access entry with the Kubernetes group ${kubernetesGroup}: ${says}.`;
  return [comment(shown, line), ...commands].join('\n');
}

const keptGroups = (groups: readonly string[]): string =>
  groups.length > 0 ? `the groups that it has stay (${printable(groups.join(', '))})` : 'it has none';

const deleteEntry = (target: GrantTarget, shown: GrantTextOptions): string =>
  `aws eks delete-access-entry ${ofCluster(target, shown, '--cluster-name')} --principal-arn ${target.roleArn}`;

/** One command, for a cluster that has no access entries. */
export const awsAuthCommand = (target: GrantTarget, shown: GrantTextOptions): string =>
  `eksctl create iamidentitymapping ${ofCluster(target, shown, '--cluster')} --arn ${target.roleArn} --username ${kubernetesGroup} --group ${kubernetesGroup} --no-duplicate-arns`;

const awsAuthPart = (target: GrantTarget, shown: GrantTextOptions): string =>
  [
    comment(
      shown,
      '1. Mapping of the role in the ConfigMap aws-auth: this cluster has no access entries. A broken aws-auth locks every node out of its cluster, so it is only printed here, with --apply too. This edits one entry, and stops when the role has one already:',
    ),
    awsAuthCommand(target, shown),
    comment(
      shown,
      '   Or allow access entries as well, which cannot be undone, and grant again with --apply:',
      `   aws eks update-cluster-config ${ofCluster(target, shown, '--name')} --access-config authenticationMode=API_AND_CONFIG_MAP`,
    ),
  ].join('\n');

function objectsPart(plan: GrantPlan, shown: GrantTextOptions): string {
  const { target } = plan;
  const name = nameOf(target);
  const texts = [standingText(plan.clusterRole), standingText(plan.clusterRoleBinding)];
  const states =
    texts[0] === texts[1]
      ? [`2. ClusterRole and ClusterRoleBinding ${name}: ${texts[0]}.`]
      : [`2. ClusterRole ${name}: ${texts[0]}.`, `   ClusterRoleBinding ${name}: ${texts[1]}.`];
  if (plan.clusterRole.status === 'there' && plan.clusterRoleBinding.status === 'there')
    return comment(shown, ...states);

  return [
    comment(shown, ...states),
    `aws eks update-kubeconfig ${ofCluster(target, shown, '--name')}`,
    `kubectl --context ${target.arn.arn} apply -f - <<'EOF'`,
    `${rbacManifest(target)}EOF`,
  ].join('\n');
}

function standingText(standing: ObjectState<StoredRbacObject>): string {
  if (standing.status === 'blocked') return problemText(standing.problem);
  if (standing.status !== 'differs') return standing.status;
  const { rules, subjects, aggregationRule } = standing.found;
  return `there, and grants something else, which is replaced: ${printable(JSON.stringify({ rules, subjects, aggregationRule }), 400)}`;
}

const outcomes = {
  created: 'created',
  recreated: 'deleted and created again: the role was made again after it',
  removed: 'removed',
  'already-gone': 'not there',
  'already-there': 'already there',
} as const;

export function outcomeText({ what, outcome }: GrantStep, { entry }: GrantPlan): string {
  if (outcome.status === 'failed') return `failed: ${problemText(outcome.problem)}`;
  if (outcome.status === 'not-tried') return `not tried: ${outcome.because}`;
  if (outcome.status !== 'changed') return outcomes[outcome.status];
  return what === 'access entry' && entry?.status === 'differs'
    ? `changed: group ${kubernetesGroup} added; ${keptGroups(entry.found)}`
    : 'changed: it granted something else before';
}

const problemText = ({ message, remedy }: Problem): string => `${message}; ${remedy}`;

const ofCluster = ({ arn }: GrantTarget, { profile }: GrantTextOptions, flag: string): string =>
  `${flag} ${arn.name} --region ${arn.region}${profile ? ` --profile ${shellWord(profile)}` : ''}`;

/** A text of AWS or of a cluster must not end its comment: the next line would be a command. */
const comment = ({ width = unbounded }: GrantTextOptions, ...lines: readonly string[]): string =>
  lines
    .flatMap((line) => {
      const [indent = ''] = line.match(/^ */) ?? [];
      const text = line.slice(indent.length).replace(/[\r\n]+/g, ' ');
      // A command is there to be copied.
      const said = text.startsWith('aws ') ? [text] : wrap(text, width - indent.length - 2).split('\n');
      return said.map((each) => `# ${indent}${each}`.trimEnd());
    })
    .join('\n');
