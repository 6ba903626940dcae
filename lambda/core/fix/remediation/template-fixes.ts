import type { Control } from '../../judge/control.ts';
import type { ClusterAudit, Evidence, NextNodeAudit, NodeGroup } from '../../model/model.ts';
import type { SettingPath } from '../../model/settings.ts';
import { originText } from '../../model/text/origin-text.ts';
import { printable } from '../../model/text/printable.ts';
import { argumentOf, nodePlaces, wantedValue } from './node-places.ts';
import type { TemplateFix } from './plan.ts';

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

interface FixOfOptions {
  readonly slug: string;
  readonly setting: SettingPath;
}

function fixOf(
  { node, source }: NextNodeAudit,
  { origin, value }: Evidence,
  { slug, setting }: FixOfOptions,
): TemplateFix {
  const wanted = wantedValue(setting, (node.kind === 'windows' ? nodePlaces.windows : nodePlaces.al2).clientCa);
  const from = printable(value, 100);
  if (origin.from !== 'user-data') {
    const key = node.kind === 'al2023' ? `spec.kubelet.config.${setting}` : setting;
    return { control: slug, place: `${source}, which does not set ${key}`, from, to: String(wanted) };
  }
  if (origin.flag !== undefined)
    return { control: slug, place: originText(origin), from, to: argumentOf(setting, wanted) };

  const key = origin.key?.split('.').at(-1);
  return {
    control: slug,
    place: originText(origin),
    from,
    to: String(wanted),
    ...(origin.alone && key !== undefined && { line: [`${key}: ${from}`, `${key}: ${wanted}`] as const }),
  };
}
