import type { ProblemCode } from '../../../contract/problem-codes.ts';
import { alikeBy } from '../../model/alike-by.ts';
import { howMany } from '../../model/text/words.ts';
import { hanging } from '../../model/text/wrap.ts';
import type { Coverage } from '../../run/coverage.ts';
import type { Gap } from '../../run/discovery.ts';
import { hubOffPlaces, isHubOff } from '../../run/new-gaps.ts';
import { plain } from '../not-looked-at.ts';
import { claimWords } from '../standing-words.ts';

/** The audited part of the organization. Then each gap and each place that was left out on purpose, with its remedy. */
export function coverageLines(
  {
    accounts,
    regions,
    clusters,
    bootingNodes,
    machinesWithoutKubelet,
    suppressed = 0,
    claimedNodes = 0,
    claims = [],
    nextNodes = [],
    gaps,
    skipped,
  }: Coverage,
  width: number,
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
    ...claims.flatMap(({ accountId, region, cluster, ...claim }) =>
      claimWords(claim).map((each) => hanging('  - ', plain(`${accountId} ${region} ${cluster}: ${each}`), width)),
    ),
    ...gapLines(gaps, '  ! ', width),
    ...(skipped.length > 0 ? ['  Left out on purpose:', ...gapLines(skipped, '  - ', width)] : []),
  ];
}

/** `6 next nodes (1 fail, 2 unknown)` */
function nextText(nextNodes: NonNullable<Coverage['nextNodes']>): string {
  const sum = (key: 'groups' | 'failing' | 'unknown') => nextNodes.reduce((all, each) => all + each[key], 0);
  return `${howMany(sum('groups'), 'next node')} (${sum('failing')} fail, ${sum('unknown')} unknown)`;
}

/** One line for each gap, or for one cause in many Regions of an account. A remedy that many share is listed once, below them. */
export function gapLines(gaps: readonly Gap[], head: string, width: number): readonly string[] {
  const byRemedy = Map.groupBy(gaps, ({ problem }) => problem.remedy);

  return [...byRemedy].flatMap(([remedy, alike]) => [
    ...linesOf(alike).map((line) => hanging(head, plain(line), width)),
    ...(remedy ? [hanging('    ', plain(remedy), width)] : []),
  ]);
}

function linesOf(alike: readonly Gap[]): readonly string[] {
  const off = alike.length > 1 && alike.every(({ problem }) => isHubOff(problem));
  if (off) return [`Security Hub CSPM is off in ${hubOffPlaces(alike)}`];
  return [...alikeBy(alike, causeOf).values()].map(gapText);
}

/** Equal for Regions of one account that the same thing befell, but for their names. */
function causeOf(gap: Gap): Gap | string {
  const { accountId, region, cluster, problem } = gap;
  return region === undefined || cluster !== undefined
    ? gap
    : `${accountId} ${problem.code} ${problem.message.replaceAll(region, '')}`;
}

function gapText(gaps: readonly [Gap, ...Gap[]]): string {
  const [{ accountId, region, cluster, problem }] = gaps;
  if (gaps.length === 1)
    return [[accountId, region, cluster].filter(Boolean).join(' '), problem.message].filter(Boolean).join(': ');

  const names = gaps.map((each) => each.region).join(', ');
  if (accountId === undefined) return `${names}: ${problem.message}`;
  const cause = shortCauses[problem.code];
  return cause
    ? `${accountId}: ${gaps.length} Regions ${cause}: ${names}`
    : `${accountId}: ${gaps.length} Regions (${names}), such as ${region}: ${problem.message}`;
}

/** Causes that need no more words when many Regions have them. */
const shortCauses: Readonly<Record<string, string>> = {
  'region-denied-by-policy': 'denied by policy',
  'region-not-enabled': 'not enabled',
  throttled: 'throttled after all retries',
} satisfies Partial<Record<ProblemCode, string>>;
