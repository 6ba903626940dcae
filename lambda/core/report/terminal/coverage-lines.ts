import { howMany } from '../../model/text/words.ts';
import { hanging } from '../../model/text/wrap.ts';
import type { Coverage } from '../../run/coverage.ts';
import type { Gap } from '../../run/discovery.ts';
import type { Placed } from '../by-cause.ts';
import { placeText } from '../not-looked-at.ts';
import type { TableStyle } from '../report.ts';
import { type CauseLinesOptions, causeLines } from './cause-lines.ts';

/** The audited part of the organization, then what was left out on purpose. Gaps are among what was not looked at. */
export function coverageLines(
  {
    accounts,
    regions,
    clusters,
    bootingNodes,
    machinesWithoutKubelet,
    suppressed = 0,
    claimedNodes = 0,
    nextNodes = [],
    gaps,
    skipped,
  }: Coverage,
  { width, verbose = false }: Pick<TableStyle, 'width' | 'verbose'>,
): readonly string[] {
  const counted = [
    howMany(accounts, 'account'),
    howMany(regions, 'account-Region'),
    `${howMany(clusters.audited, 'cluster')} audited`,
    ...(clusters.gone > 0 ? [`${clusters.gone} gone meanwhile`] : []),
    ...(clusters.failed > 0 ? [`${clusters.failed} not audited`] : []),
    ...(bootingNodes > 0 ? [`${howMany(bootingNodes, 'node')} still booting`] : []),
    ...(machinesWithoutKubelet > 0 ? [`${howMany(machinesWithoutKubelet, 'machine')} without a kubelet`] : []),
    ...(suppressed > 0 ? [`${howMany(suppressed, 'failure')} hidden in Security Hub without a waiver`] : []),
    ...(claimedNodes > 0 ? [`${howMany(claimedNodes, 'node')} without a machine that AWS shows`] : []),
    ...(nextNodes.length > 0 ? [nextText(nextNodes)] : []),
    ...(gaps.length > 0 ? [howMany(gaps.length, 'gap')] : []),
  ];

  return [
    hanging('', `Coverage: ${counted.join(', ')}`, width),
    ...(skipped.length > 0 ? ['  Left out on purpose:', ...gapLines(skipped, { width, verbose, head: '  - ' })] : []),
  ];
}

/** `6 next nodes (1 fail, 2 unknown)` */
function nextText(nextNodes: NonNullable<Coverage['nextNodes']>): string {
  const sum = (key: 'groups' | 'failing' | 'unknown') => nextNodes.reduce((all, each) => all + each[key], 0);
  return `${howMany(sum('groups'), 'next node')} (${sum('failing')} fail, ${sum('unknown')} unknown)`;
}

/** What could not be looked at, or was left out on purpose, by cause. */
export const gapLines = (gaps: readonly Gap[], options: CauseLinesOptions): readonly string[] =>
  causeLines(gaps.map(placedGap), options);

const placedGap = ({ problem, ...place }: Gap): Placed => ({ ...problem, where: placeText(place) });
