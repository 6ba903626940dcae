import {
  type ClusterGranted,
  type GrantPlan,
  type GrantState,
  hasChanged,
  hasFailed,
  isToApply,
  type OrganizationGrant,
  stateOf,
} from '../../fix/grant/grant-plan.ts';
import { type GrantScope, grantObjects, otherWay, rbacManifest } from '../../fix/grant/rbac-objects.ts';
import { howMany, nameList } from '../../model/text/words.ts';
import { wrap } from '../../model/text/wrap.ts';
import { plain } from '../not-looked-at.ts';
import type { TableStyle } from '../report.ts';
import { causeLines } from './cause-lines.ts';
import { gapLines } from './coverage-lines.ts';
import { awsAuthCommand, grantWarning, outcomeText, unbounded, wayText } from './grant.ts';

export interface OrganizationGrantWords
  extends GrantScope,
    Pick<TableStyle, 'draw'>,
    Partial<Pick<TableStyle, 'width'>> {
  /** The role that is let in, by its name in every account. */
  readonly roleName: string;
  /** The operator's own role, through which clusters were looked at. */
  readonly through: string | undefined;
  readonly apply?: boolean;
}

/**
 * One plan: a row for every cluster that is not granted yet. Below it are the clusters that only a person can grant, with their commands, and
 * everything that could not be looked at.
 */
export function organizationPlanReport(found: OrganizationGrant, words: OrganizationGrantWords): string {
  const by = Map.groupBy(found.plans, stateOf);
  const those = (state: GrantState) => by.get(state) ?? [];
  const open = found.plans.filter((plan) => ['to-do', 'unknown'].includes(stateOf(plan)));
  const other = found.plans.filter(({ otherBinding }) => otherBinding === 'there');
  const { clusterRole } = grantObjects[words.way];
  const { clusterRoleBinding } = grantObjects[otherWay(words.way)];
  const { width = unbounded } = words;
  const counted = `${howMany(found.accounts, 'account')}, ${howMany(found.regions, 'account-Region')}, ${howMany(found.plans.length, 'cluster')}`;
  const states = `${those('granted').length} already granted, ${those('to-do').length} to do, ${those('by-hand').length} by hand (aws-auth), ${those('unknown').length} not known`;
  const head = ['account', 'Region', 'cluster', 'access entry', 'ClusterRole', 'its binding'];
  const also = `${howMany(other.length, 'cluster')} also ${other.length === 1 ? 'has' : 'have'} the binding of the other way`;

  const intro = `What lets role ${words.roleName} of each account read kubelets ${wayText[words.way]}, by ClusterRole ${clusterRole.metadata.name}.${words.apply ? '' : ' Nothing has been changed.'}`;
  return lines(
    ...[intro, ...grantWarning[words.way], '', `${counted}: ${states}`].map((text) => wrap(text, width)),
    ...section(open.length > 0 && words.draw(head, open.map(row))),
    ...problemsOf(those('unknown'), width),
    ...byHand(those('by-hand'), words),
    ...section(
      other.length > 0 &&
        wrap(`${also} (${clusterRoleBinding.metadata.name}): ${nameList(other.map(nameOf), mostNames)}.`, width),
      ['Take it away with --revoke-other --apply.'],
    ),
    ...listed('Could not be looked at:', gapLines(found.gaps, { width, head: '  ! ' })),
    ...listed('Left out on purpose:', gapLines(found.skipped, { width, head: '  - ' })),
    ...section(open.length > 0 && wrap(howToApply(words), width)),
  );
}

/** One line per cluster, as it is done. */
export function clusterGrantedLine(granted: ClusterGranted): string {
  const { arn } = granted.plan.target;
  const parts = granted.steps
    .filter(({ outcome }) => !['already-there', 'already-gone'].includes(outcome.status))
    .map((step) => `${step.what} ${outcomeText(step, granted.plan)}`);
  return lines(`${arn.accountId} ${arn.region} ${arn.name}: ${plain(parts.join('; ') || 'already granted')}`);
}

/** The totals, at the end: each cluster counts once. */
export function organizationGrantedReport(
  found: OrganizationGrant,
  done: readonly ClusterGranted[],
  settings: Parameters<typeof isToApply>[1],
): string {
  const ends = new Map(done.map((each) => [each.plan, endOf(each)]));
  const by = Map.groupBy(found.plans, (plan) => ends.get(plan) ?? unended(plan, settings));
  const left = by.has('not tried');
  const shown = left ? ([...alwaysShown, 'not tried'] as const) : alwaysShown;
  const counted = [
    ...shown.map((end) => `${by.get(end)?.length ?? 0} ${end}`),
    ...(found.gaps.length > 0 ? [howMany(found.gaps.length, 'gap')] : []),
  ];
  return lines(
    `${howMany(found.plans.length, 'cluster')}: ${counted.join(', ')}${done.some(hasChanged) ? '; a new access entry takes a while to work' : '. Nothing was changed'}.`,
    ...(left ? ['Run the same command again: finished steps are kept, and it continues with the rest.'] : []),
  );
}

const alwaysShown = ['changed', 'already granted', 'only partly granted', 'by hand'] as const;
type End = (typeof alwaysShown)[number] | 'not tried';

function endOf(granted: ClusterGranted): End {
  if (hasFailed(granted)) return 'only partly granted';
  return hasChanged(granted) ? 'changed' : 'already granted';
}

function unended(plan: GrantPlan, settings: Parameters<typeof isToApply>[1]): End {
  if (isToApply(plan, settings)) return 'not tried';
  return stateOf(plan) === 'by-hand' ? 'by hand' : 'already granted';
}

const row = ({ target: { arn }, entry, clusterRole, clusterRoleBinding }: GrantPlan): readonly string[] => [
  arn.accountId,
  arn.region,
  arn.name,
  ...[entry, clusterRole, clusterRoleBinding].map((each) => (each ? todo[each.status] : '')),
];

const todo = {
  there: 'there',
  missing: 'to create',
  differs: 'to change',
  outlived: 'to create again',
  blocked: 'not known',
} as const;

/** A problem that many clusters have is printed once. */
function problemsOf(plans: readonly GrantPlan[], width: number): readonly string[] {
  const problems = plans.flatMap((plan) => {
    const found = [plan.entry, plan.clusterRole, plan.clusterRoleBinding];
    return found.flatMap((each) => (each?.status === 'blocked' ? [{ ...each.problem, where: nameOf(plan) }] : []));
  });
  return listed('Not known, or in the way:', causeLines(problems, { width, head: '  ! ' }));
}

const nameOf = ({ target: { arn } }: GrantPlan): string => `${arn.accountId}/${arn.region}/${arn.name}`;

/** Clusters named in one line. */
const mostNames = 5;

function byHand(plans: readonly GrantPlan[], words: OrganizationGrantWords): readonly string[] {
  const title = `By hand: ${howMany(plans.length, 'cluster')} know${plans.length === 1 ? 's' : ''} callers by the ConfigMap aws-auth only (mode CONFIG_MAP). A broken aws-auth locks every node out of its cluster, so it is printed and never edited. With credentials of each account:`;
  return section(plans.length > 0 && wrap(title, words.width ?? unbounded), [
    ...plans.map(({ target }) => `  ${awsAuthCommand(target, {})}   # ${target.arn.accountId}`),
    'and in each of them, with kubectl apply -f -:',
    rbacManifest(words).trimEnd().replaceAll(/^/gm, '  '),
    'Or allow access entries as well, which cannot be undone, and grant again:',
    '  aws eks update-cluster-config --name CLUSTER --access-config authenticationMode=API_AND_CONFIG_MAP',
  ]);
}

const howToApply = ({ through }: OrganizationGrantWords): string =>
  `With --apply${through ? '' : ' --through ROLE (your own role in every account, an administrator of its clusters)'} the same command does what is missing and asks nothing. If you stop it, run it again: it continues with the rest.`;

/** A part behind a blank line, left out where it has no title. */
const section = (title: string | false, body: readonly string[] = []): readonly string[] =>
  title === false ? [] : ['', title, ...body];

const listed = (title: string, body: readonly string[]): readonly string[] => section(body.length > 0 && title, body);

const lines = (...each: readonly string[]): string => `${each.join('\n')}\n`;
