import { fixedTogether } from '../../findings/remedies/remediation-text.ts';
import { standingsOf } from '../../findings/statement.ts';
import type { Control } from '../../judge/control.ts';
import { controls as catalogue } from '../../judge/controls/index.ts';
import { type Cluster, type NodeKind, nodeKinds } from '../../model/model.ts';
import type { ReportedNode } from '../../model/reported-audit.ts';
import type { SettingPath } from '../../model/settings.ts';
import { evidenceIn } from '../../model/verdict-parts.ts';
import { rollOutOf, settingsOf } from './lasting-fix.ts';
import type { Snippet } from './plan.ts';
import { clusterWords, snippetsFor } from './snippets/snippets-for.ts';
import { cautionsFor } from './steps/setting-steps.ts';

/** One file for all nodes of one kind in a statement: all settings that fail, in one change. */
export interface CombinedFix {
  readonly kind: NodeKind;
  /** Slugs, in the order in which their settings are written: the client CA first. */
  readonly controls: readonly string[];
  /** Absent where no text can set them, such as modes of files. */
  readonly snippet?: Snippet;
  /** What each setting may break, before it is set. */
  readonly cautions: readonly string[];
  /** How the change reaches the nodes. */
  readonly rollOut: string;
}

interface CombinedFixOptions {
  readonly cluster: Cluster;
  readonly controls: readonly Control[];
  /** Begins each file's name, so that no two files of a report have one name. */
  readonly name: string;
}

/**
 * Everything that the nodes of one statement fail, as one file for each kind of node. A setting that would lock the API server out comes with the client
 * CA, whether or not that control was audited.
 */
export const combinedFixes = (members: readonly ReportedNode[], options: CombinedFixOptions): readonly CombinedFix[] =>
  nodeKinds.flatMap((kind) => {
    const ofKind = members.filter(({ node }) => node.kind === kind);
    const fix = kind === 'auto-mode' || kind === 'fargate' ? undefined : combinedFix(kind, ofKind, options);
    return fix ? [fix] : [];
  });

function combinedFix(
  kind: NodeKind,
  members: readonly ReportedNode[],
  { cluster, controls, name }: CombinedFixOptions,
): CombinedFix | undefined {
  const [first] = members;
  const all = members.map((each) => standingsOf(each, controls));
  const failing = catalogue.filter(({ slug }) => all.some((standings) => standings.get(slug) === 'fail'));
  if (!first || failing.length === 0) return undefined;

  const needed = new Set(
    failing
      .flatMap(({ slug }) => fixedTogether(slug))
      .filter((slug) => !all.every((standings) => standings.get(slug) === 'pass')),
  );
  const fixed = catalogue.filter(({ slug }) => needed.has(slug)).toSorted(clientCaFirst);
  const settings = settingsOf(fixed, kind);
  // A saved result has no certificate of the cluster, and these texts need none.
  const { endpoint: _, ...known } = cluster;
  const byArgument = fixed.flatMap(({ slug, about }) =>
    about.kind === 'setting' && members.some((each) => isByFlag(each, slug)) ? [about.setting] : [],
  );
  const [snippet] = snippetsFor(kind, first.node.group, {
    settings,
    byArgument,
    cluster: clusterWords(known),
    renewsCa: false,
  });
  return {
    kind,
    controls: fixed.map(({ slug }) => slug),
    ...(snippet && { snippet: { ...snippet, fileName: `${name}-${snippet.fileName}` } }),
    cautions: cautionsOf([...settings.keys()]),
    rollOut: rollOutOf(
      kind,
      members.map(({ node }) => node),
      clusterWords(known),
    ),
  };
}

const isByFlag = ({ verdicts }: ReportedNode, slug: string): boolean => {
  const verdict = verdicts[slug];
  return verdict !== undefined && evidenceIn(verdict)?.origin.from === 'flag';
};

/** The order of the settings never leaves a moment without an authenticated API server. */
const clientCaFirst = (one: Control, other: Control): number => rankOf(one) - rankOf(other);

const rankOf = ({ about }: Control): number =>
  about.kind === 'setting' && about.setting === 'authentication.x509.clientCAFile' ? 0 : 1;

const cautionsOf = (settings: readonly SettingPath[]): readonly string[] => [
  ...new Set(settings.flatMap((setting) => cautionsFor(setting, {}))),
];
