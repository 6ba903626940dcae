import { describe, expect, it } from 'vitest';
import { csvReport } from '../../../../lambda/core/report/formats/csv.ts';
import { jsonReport } from '../../../../lambda/core/report/formats/json.ts';
import { junitReport } from '../../../../lambda/core/report/formats/junit.ts';
import { markdownReport } from '../../../../lambda/core/report/formats/markdown.ts';
import { ocsfReport } from '../../../../lambda/core/report/formats/ocsf.ts';
import { sarifReport } from '../../../../lambda/core/report/formats/sarif.ts';
import type { Report } from '../../../../lambda/core/report/report.ts';
import { textOf } from '../report-text.ts';
import {
  byHand,
  contradicted,
  controls,
  coverage,
  everywhere,
  history,
  inEks,
  manifests,
  matchedWaivers,
  problems,
  run,
  waivers,
} from '../telling-run.ts';

const options = { controls, benchmark: 'cis-eks-1.8.0', version: '1.2.3' } as const;
/** A failure of nodes and one of the cluster: what a rule says of each is long. */
const two = controls.filter(({ slug }) => slug === 'kubelet-read-only-port' || slug === 'cluster-proxy-holders');
const findings = { ...options, scope: 'node-group', now: new Date('2026-11-24T10:01:00Z') } as const;

// One run with everything that a report can show: read these files when a report changes.
describe('the whole report', () => {
  it.each<[string, Report]>([
    ['csv', csvReport(options)],
    ['junit.xml', junitReport(options)],
    ['json', jsonReport(options)],
    ['md', markdownReport({ ...options, history })],
    ['sarif', sarifReport({ ...options, controls: two })],
  ])('%s of a run over accounts is the one that was reviewed', (_, report) => {
    const everything = { ...run, coverage, manifests, waivers, interrupted: true } as const;
    expect(textOf(report, { clusters: everywhere, problems, run: everything })).toMatchSnapshot();
  });

  it.each<[string, Report]>([
    ['csv', csvReport(options)],
    ['junit.xml', junitReport(options)],
    ['json', jsonReport(options)],
    ['md', markdownReport(options)],
    ['sarif', sarifReport({ ...options, controls: two })],
    ['ocsf', ocsfReport({ ...findings, controls: two })],
  ])('%s of no cluster is the one that was reviewed', (_, report) => {
    expect(textOf(report, { run })).toMatchSnapshot();
  });

  it.each<[string, Report]>([
    ['csv', csvReport({ ...options, bom: true })],
    ['junit.xml', junitReport({ ...options, failOn: 'unknown' })],
    ['json', jsonReport({ ...options, controls: two })],
    ['md', markdownReport(options)],
    ['sarif', sarifReport({ ...options, controls: two })],
  ])('%s of saved files is the one that was reviewed', (_, report) => {
    expect(textOf(report, { clusters: [byHand], run: { ...run, waivers: matchedWaivers } })).toMatchSnapshot();
  });

  it('md of nodes that somebody contradicts is the one that was reviewed', () => {
    expect(textOf(markdownReport(options), { clusters: contradicted, run })).toMatchSnapshot();
  });

  it('ocsf of one control is the one that was reviewed', () => {
    const report = ocsfReport({ ...findings, controls: two.slice(0, 1) });

    expect(textOf(report, { clusters: inEks, run })).toMatchSnapshot();
  });
});
