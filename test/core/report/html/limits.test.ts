import type { VNode } from 'preact';
import { renderToString } from 'preact-render-to-string';
import { describe, expect, it } from 'vitest';
import type { ClusterAudit, NodeAudit, Problem, Verdict } from '../../../../lambda/core/model/model.ts';
import { manifestSection, resultHashes, waiverSection } from '../../../../lambda/core/report/html/about-section.ts';
import { table } from '../../../../lambda/core/report/html/html.ts';
import { anchor, overview } from '../../../../lambda/core/report/html/overview.ts';
import { postureOf } from '../../../../lambda/core/report/posture.ts';
import { emptyTally } from '../../../../lambda/core/run/outcome.ts';
import {
  accessLike,
  auditOf,
  auditWith,
  called,
  clientCa,
  failed,
  judged,
  mark,
  node,
  passed,
  unread,
  waived,
} from '../../findings/compliant-audit.ts';
import { coverage, manifests, run } from '../telling-run.ts';

const context = { controls: [clientCa], benchmark: 'cis-eks-1.8.0' };
const folded = (verdict = passed, change: Partial<ClusterAudit> = {}) =>
  postureOf({ ...auditWith(verdict), ...change }, context);
const named = (count: number, verdict = passed) =>
  Array.from({ length: count }, (_, index) => folded(verdict, called(`c${index}`)));
const end = (problems: readonly Problem[] = []) => ({ ...run, tally: { ...emptyTally, problems } });
const problems = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ code: 'c', message: `m${index}`, remedy: 'r' }));
const text = (node: VNode | undefined): string => (node ? renderToString(node) : '');

describe('a page names at most', () => {
  const result = { id: 'a', auditedAt: 't', nodes: 1, sha256: undefined };
  const audits = (count: number) => manifestSection(Array(count).fill(manifests[0]));
  const results = (count: number) => resultHashes(Array(count).fill(result));
  const gaps = (count: number) => overview([], end(problems(count)), context);
  const clusters = (count: number) => overview([...named(count - 1), ...named(1, failed)], end(), context);
  const claims = (count: number) => {
    const claims = [node(9, { claimed: 'without-machine' })];
    const inventory = { from: 'kubernetes', complete: true, claims } as const;
    return overview(Array(count).fill(folded(passed, { inventory })), end(), context);
  };
  const withAccess = (count: number) => {
    const access = accessLike('pass');
    const each = folded(passed, { nodes: [{ ...judged(node(1), passed), access }] });
    return overview(Array(count).fill(each), end(), context);
  };
  const waivers = (count: number) => waiverSection(named(count, waived), context);
  it.each<[string, number, (count: number) => VNode | undefined, string]>([
    ['twenty audits', 20, audits, '… and 1 more: see the JSON result.'],
    ['five hundred results', 500, results, '… and 1 more clusters: see the JSON result'],
    ['five hundred gaps', 500, gaps, '… and 1 more gaps: see the JSON result'],
    ['five hundred claims', 500, claims, '… and 1 more</li>'],
    ['a thousand clusters', 1_000, clusters, '<td colspan="4" class="quiet">… and 1 more cluster: 1 pass</td>'],
    ['as many with a headline', 1_000, withAccess, '<td colspan="4" class="quiet">… and 1 more cluster: 1 pass</td>'],
    ['five hundred waivers', 500, waivers, '… and 1 more waivers: see the JSON result'],
  ])('%s', (_, most, partOf, more) => {
    expect(text(partOf(most))).not.toContain('… and');
    expect(text(partOf(most + 1))).toContain(more);
  });

  it('says nothing of none', () => {
    expect(manifestSection([])).toBeUndefined();
    expect(waiverSection(named(1), context)).toBeUndefined();
    const withMore = (left: number) => text(table(['a', 'b', 'c'], { rows: [], more: [left, 'x'] }));
    expect(withMore(0)).not.toContain('more x');
    expect(withMore(1)).toContain('<td colspan="3" class="quiet">… and 1 more x: see the JSON result</td></tr>');
  });
});

describe('the first screen', () => {
  const shown = (clusters: Parameters<typeof overview>[0], more: Partial<Parameters<typeof overview>[2]> = {}) =>
    text(overview(clusters, end(), { ...context, ...more }));

  it('counts nodes by owner and state, and by account where no tag names an owner', () => {
    const owned = (at: number, owner: string | undefined) => ({
      ...judged(node(at, owner === undefined ? {} : { owner }), failed),
      access: accessLike('fail'),
    });
    const rowOf = (owner: string, count: number) =>
      `<tr><th scope="row">${owner}</th><td class="number">${count}</td></tr>`;
    const tagged = postureOf(auditOf([owned(1, 'a'), owned(2, 'a'), owned(3, 'b')]), context);
    expect(shown([tagged])).toContain(`<tbody>${rowOf('“a”', 2)}${rowOf('“b”', 1)}`);
    const untagged = postureOf(auditOf([owned(1, undefined), owned(2, undefined)]), context);
    expect(shown([untagged])).toContain(`<tbody>${rowOf('111122223333', 2)}`);
    expect(shown([folded()])).not.toContain('Nodes by owner');
  });

  it('names three owners of a last day, and counts the others', () => {
    const by = (count: number) =>
      Array.from({ length: count }, (_, at) => folded({ ...failed, waived: { ...mark, by: `o${at}` } } as Verdict));
    expect(shown(by(3))).toContain('3 verdicts, accepted by o0, o1, o2</li>');
    expect(shown(by(5))).toContain('5 verdicts, accepted by o0, o1, o2 and 2 more</li>');
  });

  it('names the last days of waivers, the nearest first, and counts what has expired', () => {
    const until = (day: string, key = 'waived') => {
      const mark = { until: day, by: `owner-${day.slice(-2)}`, reason: 'r' };
      return folded({ ...failed, [key]: mark } as Verdict);
    };
    const days = [7, 3, 5, 1, 6, 2, 4].map((day) => until(`2026-12-0${day}`));
    const all = [...days, until('2026-11-01', 'waiverExpired')];
    const list = /<h2>Waived until when<\/h2><ul>(.*?)<\/ul>/.exec(shown(all))?.[1] ?? '';

    expect([...list.matchAll(/<li>(.*?)<\/li>/g)].map(([, words]) => words)).toEqual([
      ...[1, 2, 3, 4, 5].map((day) => `2026-12-0${day}: 1 verdict, accepted by owner-0${day}`),
      'later: 2 verdicts',
      'expired: 1 verdict that no waiver covers any more',
    ]);
    expect(shown([folded(failed)])).not.toContain('Waived until when');
  });

  it('shows the nodes by state as a bar with its numbers, and nothing without a node', () => {
    const words = (...statuses: readonly NonNullable<NodeAudit['access']>['status'][]) => {
      const nodes = statuses.map((status, index) => {
        return { ...judged(node(index), passed), access: accessLike(status) };
      });
      const page = shown([postureOf(auditOf(nodes), context)]);
      const [, bar] = /<svg class="bar" role="img" aria-label="(.*?)"/.exec(page) ?? [];
      const [, legend = ''] = /aria-label="nodes by state">(.*?)<\/ul>/.exec(page) ?? [];
      return [bar, ...[...legend.matchAll(/<li>(.*?): /g)].map(([, item = '']) => item.replaceAll(/<.*?>/g, ''))];
    };
    expect(words()).toEqual([undefined]);
    expect(words('pass')).toEqual(['1 node: closed 1', 'closed 1']);
    expect(words('fail', 'fail', 'unknown', 'not-applicable')).toEqual([
      '4 nodes: strangers get in 2, not read 1, run by AWS 1',
      'strangers get in 2',
      'not read 1',
      'run by AWS 1',
    ]);
  });

  it('quotes owners as text, whatever they say, and never links them', () => {
    const owners = ['<img src=x>', 'mailto:a@evil.example', 'https://evil.example', '\u202egpj'];
    const owned = auditOf(owners.map((owner, index) => judged(node(index, { owner }), failed)));
    const page = shown([postureOf(owned, context)]);

    for (const words of ['“&lt;img src=x>”', '“mailto:a@evil.example”', '“https://evil.example”', '“ gpj”'])
      expect(page).toContain(words);
    expect(page.match(/href="[^"]*evil/)).toBeNull();
  });

  it('links each cluster to its part of the page, or to where a page of its own is', () => {
    const [one] = named(1);

    expect(anchor(one!)).toBe('cluster-111122223333-eu-west-1-blue');
    expect(shown([one!])).toContain('<a href="#cluster-111122223333-eu-west-1-blue">c0</a>');
    const elsewhere = '<a href="x/111122223333/eu-west-1/blue">c0</a>';
    expect(shown([one!], { pageOf: ({ id }) => `x/${id}` })).toContain(elsewhere);
  });

  it('says what nobody could read, and that nothing was left out where nothing was', () => {
    const lost = folded(unread);
    const words = (page: string) =>
      /<h2 id="coverage">Coverage<\/h2><p>(.*?)<\/p>/.exec(page)?.[1]?.replace(/\s+/g, ' ').trim();

    const everything = 'Everything in scope was audited.';
    expect(words(shown([lost]))).toBe(`0 clusters audited; 1 of 0 nodes could not be read. ${everything}`);
    const trouble = { inventory: { from: 'none', complete: false }, problems: [] } as const;
    const told = words(shown([folded(passed, trouble), folded(passed, { problems: problems(1) }), folded()]));
    expect(told).toBe('0 clusters audited; 3 of 0 nodes could not be read. Not looked at:');
    const leftOut = { lookedAt: [], leftOut: ['kubelet-config-mode'] };
    expect(words(shown([folded(passed, { controls: leftOut })]))).toContain('Not looked at:');
    const whole = { ...end(problems(1)), coverage: { ...coverage, gaps: [], skipped: [] } };
    const places = '2 accounts, 3 account-Regions, 3 of 5 clusters audited';
    expect(words(text(overview([], whole, context)))).toBe(`${places}; no nodes were read. Not looked at:`);
  });
});
