import { type Remedy, remedyFor } from '../findings/remedies/remedy.ts';
import type { Control } from '../judge/control.ts';
import { nameOf } from '../judge/controls/shared/about.ts';
import { alikeBy } from '../model/alike-by.ts';
import type { ClusterNode, Verdict } from '../model/model.ts';
import type { ReportedAudit, ReportedNode } from '../model/reported-audit.ts';
import { byText, printable } from '../model/text/words.ts';
import { isWaived } from '../model/verdict-parts.ts';
import type { Cause, Causes, FailingAlike } from './answer.ts';

export interface FirstFix {
  readonly cause: Cause;
  /** Nodes that pass every control once this and the fixes before it are done. */
  readonly nodes: number;
  readonly open: number;
  /** Other nodes that it is needed for. */
  readonly more: number;
}

type Failure = Extract<Verdict, { readonly status: 'fail' }>;
type Found = Cause & { readonly lines: readonly number[] };

/** Each failing node with what has to be changed for it, by the place that its configuration comes from. */
export function causesIn(
  audit: Pick<ReportedAudit, 'cluster' | 'nodes' | 'nextNodes'>,
  controls: readonly Control[],
): Causes {
  const failing = audit.nodes.flatMap((each) => {
    const failures = controls.flatMap((control) => {
      const verdict = each.verdicts[control.slug];
      return verdict?.status === 'fail' && !isWaived(verdict) ? [{ control, verdict }] : [];
    });
    const found = failures.map((failure) => causeOf(failure, each, audit));
    return failures.length > 0 ? [{ found: withReplacement(found), isOpen: each.access?.status === 'fail' }] : [];
  });

  const causes = [
    ...alikeBy(
      failing.flatMap(({ found }) => found),
      ({ key }) => key,
    ).values(),
  ].map(together);
  const alike = alikeBy(failing, ({ found }) => JSON.stringify([...new Set(found.map(({ key }) => key))].toSorted()));
  return {
    causes,
    failing: [...alike.values()].map((members) => ({
      causes: [...new Set(members[0].found.map(({ key }) => key))].toSorted(),
      nodes: members.length,
      open: members.filter(({ isOpen }) => isOpen).length,
    })),
  };
}

/** A restart where the files are right already; else the group's template where it is known; else what configures the nodes of that kind. */
function causeOf(
  { control, verdict }: { readonly control: Control; readonly verdict: Failure },
  { node, drift = [] }: ReportedNode,
  audit: Pick<ReportedAudit, 'cluster' | 'nextNodes'>,
): Found {
  const { slug } = control;
  const group = `node group ${printable(`${node.group.name} (${node.group.kind})`, 300)}`;
  const { arn, name } = audit.cluster;
  const place = arn ? `${arn.accountId}/${arn.region}` : '';
  const ofGroup = (kind: string, change: string): Found => ({
    key: [place, name, node.group.kind, node.group.name, kind].join('\n'),
    change: `${group} of ${name}: ${change}`,
    controls: [slug],
    lines: [],
  });

  const isFixedByRestart = drift.some(
    ({ kind, setting, afterRestart }) =>
      kind === 'edited-not-restarted' &&
      setting === nameOf(control.about) &&
      afterRestart === verdict.evidence.expected,
  );
  if (isFixedByRestart) return ofGroup('restart', 'restart the kubelet, its files are right');

  const next = (audit.nextNodes?.nodes ?? []).filter((each) => isOfGroup(each.node, node));
  for (const { source, verdicts } of next) {
    const ofNext = verdicts[slug];
    if (ofNext?.status !== 'fail' || isWaived(ofNext)) continue;
    const { origin } = ofNext.evidence;
    const lines = origin.from === 'user-data' && origin.line !== undefined ? [origin.line] : [];
    return { key: `${place}\n${source}`, change: printable(source, 300), controls: [slug], lines };
  }
  const isRight = next.length > 0 && next.every(({ verdicts }) => verdicts[slug]?.status === 'pass');
  if (isRight) return ofGroup(replace, 'replace its nodes, new ones pass');
  const remedy = remedyFor(node);
  return ofGroup(remedy, places[remedy]);
}

const replace = 'replace';

const isOfGroup = ({ group: one }: Pick<ClusterNode, 'group'>, { group: other }: Pick<ClusterNode, 'group'>): boolean =>
  one.kind === other.kind && one.name === other.name;

/** A changed template replaces the nodes. */
function withReplacement(found: readonly Found[]): readonly Found[] {
  const template = found.find(({ lines }) => lines.length > 0);
  const isReplaced = ({ key }: Found) => key.endsWith(`\n${replace}`);
  return template ? found.map((each) => (isReplaced(each) ? { ...template, controls: each.controls } : each)) : found;
}

const places: Readonly<Record<Remedy, string>> = {
  nodeadm: 'one NodeConfig in its user data',
  karpenter: 'spec.userData of its EC2NodeClass',
  al2: 'its user data',
  bottlerocket: 'its user data (TOML)',
  ubuntu: 'its user data',
  linux: 'one drop-in of the kubelet',
  windows: 'its user data',
  hybrid: 'its NodeConfig',
  aws: 'replace its nodes, AWS runs them',
};

function together(alike: readonly [Found, ...Found[]]): Cause {
  const [{ key, change }] = alike;
  const lines = [...new Set(alike.flatMap((each) => each.lines))].toSorted((one, other) => one - other);
  const at = lines.length === 0 ? '' : `, line${lines.length > 1 ? 's' : ''} ${lines.slice(0, mostLines).join(', ')}`;
  return { key, change: `${change}${at}`, controls: [...new Set(alike.flatMap(({ controls }) => controls))] };
}

const mostLines = 6;

export function causesTogether(all: readonly Causes[]): Causes {
  const causes = alikeBy(
    all.flatMap((each) => each.causes),
    ({ key }) => key,
  );
  return {
    causes: [...causes.values()].map((alike) => ({
      ...alike[0],
      controls: [...new Set(alike.flatMap(({ controls }) => controls))],
    })),
    failing: all.flatMap((each) => each.failing),
  };
}

/** What fixes the most nodes, one change after the other. A node counts once: with the change that leaves it without a failure. */
export function fixFirst({ causes, failing }: Causes, most: number): readonly FirstFix[] {
  const byKey = new Map(causes.toSorted(byText(({ key }) => key)).map((each) => [each.key, each]));
  const done = new Set<string>();
  const fixes: FirstFix[] = [];
  while (fixes.length < most) {
    const [best] = [...effects(failing, done)]
      .flatMap(([key, effect]) => {
        const cause = byKey.get(key);
        return cause ? [{ cause, ...effect }] : [];
      })
      .toSorted((one, other) => other.nodes - one.nodes || other.open - one.open || other.more - one.more);
    if (!best) break;
    done.add(best.cause.key);
    fixes.push(best);
  }
  return fixes;
}

type Effect = Omit<FirstFix, 'cause'>;

/** By cause, what it adds to what is done. */
function effects(failing: readonly FailingAlike[], done: ReadonlySet<string>): ReadonlyMap<string, Effect> {
  const found = new Map<string, Effect>();
  for (const { causes, nodes, open } of failing) {
    const left = causes.filter((key) => !done.has(key));
    for (const key of left) {
      const { nodes: before, open: openBefore, more } = found.get(key) ?? { nodes: 0, open: 0, more: 0 };
      const fixes = left.length === 1;
      found.set(key, {
        nodes: before + (fixes ? nodes : 0),
        open: openBefore + (fixes ? open : 0),
        more: more + (fixes ? 0 : nodes),
      });
    }
  }
  return found;
}

/** The same with at most so many causes; nodes that need another one have a cause without a name. */
export function fewCauses(all: Causes, most: number): Causes {
  if (all.causes.length <= most) return all;
  const causes = fixFirst(all, most).map(({ cause }) => cause);
  const keys = new Set(causes.map(({ key }) => key));
  const kept = all.failing.filter((each) => each.causes.every((key) => keys.has(key)));
  const others = all.failing.filter((each) => !kept.includes(each));
  const sum = (count: 'nodes' | 'open') => others.reduce((total, each) => total + each[count], 0);
  return { causes, failing: [...kept, { causes: [unnamed], nodes: sum('nodes'), open: sum('open') }] };
}

const unnamed = 'others';

export const failingNodes = ({ failing }: Pick<Causes, 'failing'>): number =>
  failing.reduce((sum, { nodes }) => sum + nodes, 0);
