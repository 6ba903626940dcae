import { createHash } from 'node:crypto';
import type { Control } from '../../judge/control.ts';
import { canTell } from '../../judge/controls/catalogue/shows.ts';
import type { Evidence, NextNodeAudit, NextNodes, NodeKind, Problem, Verdict } from '../../model/model.ts';
import type { UserDataOrigin } from '../../model/node-facts.ts';
import { originText } from '../../model/text/origin-text.ts';
import { printable } from '../../model/text/words.ts';
import { type LaunchedNode, launchedNode, ownersNode } from '../read/launched/launched-content.ts';
import type { LaunchedGroup, LaunchedGroups, LaunchSource } from '../read/launched/launched-group.ts';
import { type JudgedNext, judgeNextNode, placeOf } from './judge-next-node.ts';

interface JudgeLaunchedOptions {
  readonly controls: readonly Control[];
  /** When the templates were read. */
  readonly readAt: string;
}

interface JudgedLaunched {
  readonly nextNodes: NextNodes;
  /** What keeps next nodes out of the cluster. */
  readonly notes: readonly Problem[];
}

/** The next nodes of node groups under the controls that user data can show. Of the user data, only judged settings and their places are kept. */
export function judgeLaunched({ groups, ...found }: LaunchedGroups, options: JudgeLaunchedOptions): JudgedLaunched {
  const controls = options.controls.filter((each) => canTell('files', each));
  const judged = groups.flatMap((group) =>
    group.sources.map((source) => judgeSource(group, source, { ...options, controls })),
  );
  return {
    nextNodes: { nodes: judged.map(({ audit }) => audit), ...found },
    notes: judged.flatMap(({ notes }) => notes),
  };
}

interface JudgedSource {
  readonly audit: NextNodeAudit;
  readonly notes: readonly Problem[];
}

/** EKS's own copy of a template is what its node group launches, so it decides. What is named is the owner's template, which a person can change. */
function judgeSource(group: LaunchedGroup, source: LaunchSource, options: JudgeLaunchedOptions): JudgedSource {
  const judge = (each: LaunchSource, node: LaunchedNode) => judged(each, node, options);
  const next = judge(source, launchedNode(group, source));
  const { own, newest } = group.managed ?? {};
  const ofOwner = own && judge(own, ownersNode(group, own));
  const ofNewest = newest && judge(newest, ownersNode(group, newest));
  // EKS's copies distinguish several Auto Scaling groups of one node group.
  const named = own && group.sources.length === 1 ? own : source;

  const verdicts = options.controls.map(({ slug }) => {
    const verdict = namedByOwner(next.verdicts.get(slug) ?? notJudged, ofOwner?.verdicts.get(slug));
    return [slug, newest && ofNewest ? withUpdate(verdict, ofNewest.verdicts.get(slug), newest) : verdict] as const;
  });
  return {
    audit: {
      node: { ...next.node, key: printable(`next node of ${group.group.name}, ${named.name}`, 250) },
      source: named.name,
      verdicts: Object.fromEntries(verdicts),
    },
    notes: next.problems.map((problem) => ({ ...problem, message: `${problem.message} (${named.name})` })),
  };
}

const notJudged: Verdict = { status: 'unknown', because: 'the control was not evaluated for this node' };

interface Judged {
  readonly node: NextNodeAudit['node'];
  readonly verdicts: ReadonlyMap<string, Verdict>;
  readonly problems: readonly Problem[];
}

function judged(source: LaunchSource, { declared, text }: LaunchedNode, options: JudgeLaunchedOptions): Judged {
  const { controls, readAt } = options;
  const sha256 = createHash('sha256')
    .update(source.nodeClass ?? Buffer.from(source.userData ?? '', 'base64'))
    .digest('hex');
  const next = judgeNextNode(declared, {
    controls,
    file: { name: source.name, text },
    ...(source.unreadable === undefined && { proof: { readAt, sha256 } }),
  });
  const { declaredAt: _, ...node } = next.audit.node;
  return {
    node,
    verdicts: new Map(
      controls.map((control) => [
        control.slug,
        // By EC2's and Auto Scaling's word: no file was given.
        withEvidence(
          placed(next.audit.verdicts[control.slug] ?? notJudged, control, { next, source, kind: declared.kind, text }),
          { via: 'apis' },
        ),
      ]),
    ),
    problems: next.problems,
  };
}

interface PlacedOptions {
  readonly next: JudgedNext;
  readonly source: LaunchSource;
  readonly kind: NodeKind;
  /** The user data, where it is a text. */
  readonly text: string;
}

/** With the name of the template, and the keys of a NodeConfig. */
function placed(verdict: Verdict, { about }: Control, { next, source, kind, text }: PlacedOptions): Verdict {
  const origin = originOf(verdict);
  if (!origin || about.kind !== 'setting') return verdict;

  const place = placeOf(next.places, about.setting)?.place;
  const keys = kind === 'al2023' ? place?.keys : undefined;
  const { content } = next.group;
  const isRendered = place && content.status === 'known' && content.pieces[place.piece]?.piece.from === 'kubelet';
  const key = keys && printable([isRendered ? 'spec.kubelet' : 'spec.kubelet.config', ...keys].join('.'), 150);
  // A line with more than the setting is never shown: it may hold a secret.
  const line = origin.line === undefined ? undefined : text.split('\n')[origin.line - 1]?.trim();
  const isAlone = keys !== undefined && line === `${keys.at(-1)}: ${shownValue(verdict)}`;
  const named = { ...origin, file: source.name, ...(key !== undefined && { key }) };
  return withEvidence(verdict, { origin: isAlone ? { ...named, alone: true } : named });
}

/** The owner's template, where it says the same as EKS's copy of it. */
function namedByOwner(verdict: Verdict, ofOwner: Verdict | undefined): Verdict {
  const own = ofOwner && originOf(ofOwner);
  return own && originOf(verdict) && shownValue(verdict) === shownValue(ofOwner)
    ? withEvidence(verdict, { origin: own })
    : verdict;
}

/** What the next update of the node group would change. */
function withUpdate(verdict: Verdict, after: Verdict | undefined, newest: LaunchSource): Verdict {
  if (!after || after.status === verdict.status || !('evidence' in verdict) || !verdict.evidence) return verdict;

  const { setting, notes } = verdict.evidence;
  const value = shownValue(after);
  const origin = originOf(after);
  const brings =
    value === undefined
      ? `${setting} is not known then`
      : `${setting} is ${value} then (${after.status}${origin ? `, ${originText(origin)}` : ''})`;
  const note = `the next update of the node group brings ${newest.name}: ${brings}`;
  return withEvidence(verdict, { notes: [printable(note, 300), ...notes] });
}

const shownValue = (verdict: Verdict): string | undefined =>
  'evidence' in verdict ? verdict.evidence?.value : undefined;

function originOf(verdict: Verdict): UserDataOrigin | undefined {
  const origin = 'evidence' in verdict ? verdict.evidence?.origin : undefined;
  return origin?.from === 'user-data' ? origin : undefined;
}

const withEvidence = (verdict: Verdict, change: Partial<Evidence>): Verdict =>
  'evidence' in verdict && verdict.evidence
    ? ({ ...verdict, evidence: { ...verdict.evidence, ...change } } as Verdict)
    : verdict;
