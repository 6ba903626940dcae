import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type HtmlOptions, htmlReport } from '../../../../lambda/core/report/html/html-report.ts';
import { textOf } from '../report-text.ts';
import {
  byHand,
  contradicted,
  controls,
  coverage,
  everywhere,
  history,
  manifests,
  matchedWaivers,
  problems,
  run,
  waivers,
} from '../telling-run.ts';
import { shownOf } from './shown-page.ts';

const options: HtmlOptions = { controls, benchmark: 'cis-eks-1.8.0', version: '1.2.3' };
const end = { ...run, coverage, manifests, waivers, interrupted: true } as const;
const whole = textOf(htmlReport({ ...options, history }), { clusters: everywhere, problems, run: end });

describe('the page of a run', () => {
  it('of accounts with a history is the one that was reviewed', () => {
    expect(shownOf(whole)).toMatchSnapshot();
  });

  it.each([
    ['no cluster', []],
    ['nodes that somebody contradicts', contradicted],
    ['saved files', [byHand]],
  ])('of %s is the one that was reviewed', (_, clusters) => {
    const ran = { ...run, waivers: matchedWaivers };
    expect(shownOf(textOf(htmlReport(options), { clusters, run: ran }))).toMatchSnapshot();
  });

  it('counts no nodes where only the cluster itself was looked at', () => {
    const controls = { lookedAt: ['cluster-proxy-holders'], leftOut: [] };
    const audits = everywhere.map((each) => ({ ...each, nodes: [], controls }));
    const listed = audits.filter(({ inventory }) => inventory.from !== 'none');
    expect(listed.length).toBeGreaterThan(0);
    expect(textOf(htmlReport(options), { clusters: listed, problems: [], run })).not.toContain('0 nodes listed');
  });

  it('allows its own style and script, and nothing else', () => {
    const hashOf = (text = '') => createHash('sha256').update(text).digest('base64');
    const [, style] = /<style>([\s\S]+?)<\/style>/.exec(whole) ?? [];
    const [, script] = /<script>([\s\S]+?)<\/script>/.exec(whole) ?? [];

    const own = `style-src 'sha256-${hashOf(style)}'; script-src 'sha256-${hashOf(script)}'`;
    const policy = `content="default-src 'none'; ${own}; base-uri 'none'; form-action 'none'"`;
    expect(whole.replaceAll('&#39;', "'")).toContain(policy);
    expect(style).toContain('.tag');
    expect(script).toContain('form');
  });
});
