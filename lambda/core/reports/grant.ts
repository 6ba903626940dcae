import { kubernetesGroup } from '../../contract/names.ts';
import type { GrantPlan, GrantStep, GrantTarget, Standing } from '../grant/grant-plan.ts';
import { rbacManifest } from '../grant/rbac-manifest.ts';
import { clusterRole, clusterRoleBinding, type StoredRbacObject } from '../grant/rbac-objects.ts';
import type { Problem } from '../model.ts';
import { printable } from '../text/printable.ts';
import { shellWord } from '../text/quote.ts';

/** `--profile P` for the printed commands, when the caller chose one. */
interface Shown {
  readonly profile?: string | undefined;
}

/**
 * What would be granted, as a shell script: everything but the commands and the manifest is a comment, so that it can be pasted or kept whole.
 * What is there already is named and not repeated.
 */
export function grantPlanReport(plan: GrantPlan, shown: Shown = {}): string {
  const { target } = plan;
  if (isGranted(plan)) return `${comment(heading(target), alreadyGranted(target), ...recreated(target, shown))}\n`;

  const parts = [
    comment(
      heading(target),
      `What lets ${target.roleArn} read kubelets through the API server. Nothing has been changed.`,
      '',
      ...warning,
      'Where that is too much, grant nothing: SSM alone needs none of this (audit --sources ssm, or sources: [ssm] in deployment.yaml).',
    ),
    ...(plan.entry ? [entryPart(plan.entry, target, shown)] : [awsAuthPart(target, shown)]),
    objectsPart(plan, shown),
    ...(plan.entry
      ? [comment('Or the same command with --apply: it does what is missing, with your own credentials.')]
      : []),
  ];
  return `${parts.join('\n\n')}\n`;
}

/** What `--apply` did, part by part. */
export function grantReport(plan: GrantPlan, steps: readonly GrantStep[], shown: Shown = {}): string {
  const { target } = plan;
  const changed = steps.some(({ outcome }) => outcome.status === 'created' || outcome.status === 'changed');
  const failed = steps.some(({ outcome }) => outcome.status === 'failed');
  const lines = steps.map((step) => `  ${step.what.padEnd(18)}  ${outcomeText(step, plan)}`);

  if (failed) return [heading(target), ...lines, ''].join('\n');
  if (!changed) return [heading(target), alreadyGranted(target), ...recreated(target, shown), ''].join('\n');
  return [
    heading(target),
    ...lines,
    `${target.roleArn} can now read kubelets here; a new access entry takes a while to work.`,
    ...warning,
    'To take it back:',
    `  ${deleteEntry(target, shown)}`,
    `  kubectl --context ${target.arn.arn} delete clusterrolebinding/${kubernetesGroup} clusterrole/${kubernetesGroup}`,
    '',
  ].join('\n');
}

const isGranted = ({ entry, ...objects }: GrantPlan): boolean =>
  [entry, objects.clusterRole, objects.clusterRoleBinding].every((each) => each?.status === 'there');

const heading = ({ cluster, arn }: GrantTarget): string =>
  `${arn.name} (${arn.region}, ${arn.accountId}), authentication mode ${cluster.authenticationMode ?? 'CONFIG_MAP'}`;

const alreadyGranted = ({ roleArn }: GrantTarget): string =>
  `already granted: ${roleArn} has its access entry with the group ${kubernetesGroup}, and the group its ClusterRole. Nothing was changed.`;

const recreated = (target: GrantTarget, shown: Shown): readonly string[] => [
  'If the cluster still refuses the role (401), the role was made anew after its entry, which remembers the old one. Delete the entry, then grant again:',
  `  ${deleteEntry(target, shown)}`,
];

const warning = [
  'get on nodes/proxy is not a read-only right: the kubelet accepts exec over a WebSocket GET, so whoever holds it can run commands in the pods of',
  'every node. Kubernetes has no narrower right that works through the API server.',
];

function entryPart(entry: Standing<readonly string[]>, target: GrantTarget, shown: Shown): string {
  const what = `1. Access entry with the Kubernetes group ${kubernetesGroup}`;
  switch (entry.status) {
    case 'there':
      return comment(`${what}: there.`);
    case 'missing':
      return `${comment(`${what}: missing.`)}\n${createEntry(target, shown)}`;
    case 'blocked':
      return `${comment(`${what}: ${problemText(entry.problem)}.`)}\n${createEntry(target, shown)}`;
    case 'differs':
      return `${comment(`${what}: there without that group; ${keptGroups(entry.found)}.`)}\n${entryCommand('update', target, { shown, groups: [...entry.found, kubernetesGroup] })}`;
  }
}

const keptGroups = (groups: readonly string[]): string =>
  groups.length > 0 ? `the groups that it has stay (${printable(groups.join(', '))})` : 'it has none';

const createEntry = (target: GrantTarget, shown: Shown): string =>
  entryCommand('create', target, { shown, groups: [kubernetesGroup] });

const entryCommand = (
  verb: 'create' | 'update',
  target: GrantTarget,
  { shown, groups }: { readonly shown: Shown; readonly groups: readonly string[] },
): string =>
  `aws eks ${verb}-access-entry ${ofCluster(target, shown, '--cluster-name')} --principal-arn ${target.roleArn} --kubernetes-groups ${groups.map(shellWord).join(' ')}`;

const deleteEntry = (target: GrantTarget, shown: Shown): string =>
  `aws eks delete-access-entry ${ofCluster(target, shown, '--cluster-name')} --principal-arn ${target.roleArn}`;

function awsAuthPart(target: GrantTarget, shown: Shown): string {
  return [
    comment(
      '1. Mapping of the role in the ConfigMap aws-auth: this cluster has no access entries. A broken aws-auth locks every node out of its cluster,',
      '   so it is only printed here, with --apply too. This edits one entry, and stops when the role has one already:',
    ),
    `eksctl create iamidentitymapping ${ofCluster(target, shown, '--cluster')} --arn ${target.roleArn} --username ${kubernetesGroup} --group ${kubernetesGroup} --no-duplicate-arns`,
    comment(
      '   Or allow access entries as well, which cannot be undone, and grant again with --apply:',
      `   aws eks update-cluster-config ${ofCluster(target, shown, '--name')} --access-config authenticationMode=API_AND_CONFIG_MAP`,
    ),
  ].join('\n');
}

function objectsPart(plan: GrantPlan, shown: Shown): string {
  const { target } = plan;
  const names = [clusterRole.kind, clusterRoleBinding.kind];
  const texts = [standingText(plan.clusterRole), standingText(plan.clusterRoleBinding)];
  const states =
    texts[0] === texts[1]
      ? [`2. ${names.join(' and ')} ${kubernetesGroup}: ${texts[0]}.`]
      : names.map((name, index) => `${index === 0 ? '2.' : '  '} ${name} ${kubernetesGroup}: ${texts[index]}.`);
  if (plan.clusterRole.status === 'there' && plan.clusterRoleBinding.status === 'there') return comment(...states);

  return [
    comment(...states),
    `aws eks update-kubeconfig ${ofCluster(target, shown, '--name')}`,
    `kubectl --context ${target.arn.arn} apply -f - <<'EOF'`,
    `${rbacManifest()}EOF`,
  ].join('\n');
}

function standingText(standing: Standing<StoredRbacObject>): string {
  switch (standing.status) {
    case 'there':
      return 'there';
    case 'missing':
      return 'missing';
    case 'blocked':
      return problemText(standing.problem);
    case 'differs': {
      const { rules, roleRef: _, subjects, aggregationRule } = standing.found;
      return `there, and grants something else, which is replaced: ${printable(JSON.stringify({ rules, subjects, aggregationRule }), 400)}`;
    }
  }
}

function outcomeText({ what, outcome }: GrantStep, { entry }: GrantPlan): string {
  switch (outcome.status) {
    case 'created':
      return 'created';
    case 'changed':
      return what === 'access entry' && entry?.status === 'differs'
        ? `changed: group ${kubernetesGroup} added; ${keptGroups(entry.found)}`
        : 'changed: it granted something else before';
    case 'already-there':
      return 'already there';
    case 'failed':
      return `failed: ${problemText(outcome.problem)}`;
    case 'not-tried':
      return `not tried: ${outcome.because}`;
  }
}

const problemText = ({ message, remedy }: Problem): string => `${message}; ${remedy}`;

const ofCluster = ({ arn }: GrantTarget, { profile }: Shown, flag: '--cluster-name' | '--cluster' | '--name'): string =>
  `${flag} ${arn.name} --region ${arn.region}${profile ? ` --profile ${shellWord(profile)}` : ''}`;

/** What AWS or a cluster said must not end its comment: the next line would be a command. */
const comment = (...lines: readonly string[]): string =>
  lines.map((line) => `# ${line.replace(/[\r\n]+/g, ' ')}`.trimEnd()).join('\n');
