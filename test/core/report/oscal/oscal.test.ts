import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { version } from '../../../../lambda/contract/version.ts';
import { controls } from '../../../../lambda/core/judge/controls/index.ts';
import type { ClusterAudit, Verdict } from '../../../../lambda/core/model/model.ts';
import type { ReportedAudit } from '../../../../lambda/core/model/reported-audit.ts';
import type { judgedGroup } from '../../../../lambda/core/report/oscal/judged-group.ts';
import { oscalReport, type oscalResult } from '../../../../lambda/core/report/oscal/oscal.ts';
import { uuid5 } from '../../../../lambda/core/report/oscal/oscal-parts.ts';
import type { RunEnd } from '../../../../lambda/core/report/report.ts';
import { auditWith, clientCa, failed, passed, unread, waived } from '../../findings/compliant-audit.ts';
import { hostileAudit, someVerdicts } from '../hostile-audit.ts';
import { textOf } from '../report-text.ts';
import {
  byHand,
  coverage,
  everywhere,
  manifests,
  problems,
  controls as toldControls,
  run as toldRun,
} from '../telling-run.ts';

interface Document {
  readonly 'assessment-results': {
    readonly uuid: string;
    readonly 'import-ap': { readonly href: string };
    readonly 'back-matter': { readonly resources: readonly { readonly uuid: string }[] };
    readonly results: readonly (Omit<ReturnType<typeof oscalResult>, 'observations'> & {
      readonly observations?: ReturnType<typeof judgedGroup>['observations'];
    })[];
  };
}

const times = { startedAt: '2026-11-24T10:00:00.000Z', finishedAt: '2026-11-24T10:05:00.000Z' };
const write = (clusters: readonly ReportedAudit[], run: Partial<RunEnd> = {}, listed = controls): Document => {
  const report = oscalReport({ controls: listed, benchmark: 'cis-eks-1.8.0' });
  return JSON.parse(textOf(report, { clusters, run: { ...times, ...run } }));
};
const resultsOf = (clusters: readonly ClusterAudit[], run: Partial<RunEnd> = {}) =>
  write(clusters, run, [clientCa])['assessment-results'].results;
const one = (verdicts: readonly Verdict[], change: Partial<ClusterAudit> = {}) =>
  resultsOf([{ ...auditWith(...verdicts), ...change }])[0] ?? expect.unreachable();

const told = (): Document => {
  const report = oscalReport({ controls: toldControls, benchmark: 'cis-eks-1.8.0' });
  const run = { ...toldRun, coverage, manifests, interrupted: true } as const;
  return JSON.parse(textOf(report, { clusters: everywhere, problems, run }));
};
const withoutArn = auditWith(failed);
const saved = { ...withoutArn, cluster: { name: 'saved', compute: withoutArn.cluster.compute } };
/** A part a line, without the version of this program. */
const shown = (document: Document): string =>
  JSON.stringify(document).replaceAll(`"${version}"`, '"VERSION"').replaceAll(',{"uuid', ',\n{"uuid');
const documents: readonly (readonly [string, () => Document])[] = [
  ['a run over accounts with gaps', told],
  ['no cluster', () => write([])],
  ['hostile names', () => write([hostileAudit()])],
  ['a cluster without ARN', () => write([saved])],
  ['each verdict', () => write([auditWith(...someVerdicts)])],
];

/** NIST's schema (CC0), as oscal-compass/compliance-trestle@0e354a51 keeps it. */
const schemaFile = join(import.meta.dirname, '../../../fixtures/oscal/oscal_assessment-results_schema-1.2.1.json');

describe('assessment results', () => {
  const compiled = () => {
    const ajv = new Ajv.default({ allErrors: true, strict: false, unicodeRegExp: true });
    addFormats.default(ajv);
    return ajv.compile(JSON.parse(readFileSync(schemaFile, 'utf8')));
  };

  it("are what NIST's schema of OSCAL 1.2.1 demands", () => {
    const isOscal = compiled();
    for (const [name, document] of documents) {
      isOscal(document());
      expect(isOscal.errors, name).toBeNull();
    }
    const broken = structuredClone(told()) as unknown as { 'assessment-results': { results: { start?: string }[] } };
    delete broken['assessment-results'].results[0]?.start;
    expect(isOscal(broken)).toBe(false);
  });
});

/** Every UUID that a part of the document has, and every one that a part refers to. */
function uuidsOf(value: unknown, found: { own: string[]; named: string[] } = { own: [], named: [] }) {
  if (Array.isArray(value)) for (const each of value) uuidsOf(each, found);
  else if (typeof value === 'object' && value !== null)
    for (const [key, each] of Object.entries(value)) {
      if (key === 'uuid') found.own.push(String(each));
      else if (key.endsWith('-uuid')) found.named.push(String(each));
      else uuidsOf(each, found);
    }
  return found;
}

/** Texts that OSCAL reads as Markdown. */
function markupOf(value: unknown, key = ''): readonly string[] {
  if (typeof value === 'string') return ['title', 'description', 'statement', 'remarks'].includes(key) ? [value] : [];
  if (Array.isArray(value)) return value.flatMap((each) => markupOf(each, key));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, each]) => markupOf(each, name));
}

const isUnwaived = (verdict: Verdict | undefined) => verdict?.status === 'fail' && !verdict.waived;
const verdicts = fc.array(fc.array(fc.constantFrom(...someVerdicts, unread), { maxLength: 12 }), { maxLength: 3 });
const audits = verdicts.map((all) => all.map((each) => auditWith(...each)));

describe('the rules of an assessment', () => {
  it.each(documents)('give each part a UUID of its own, and refer to parts that are there: %s', (_, document) => {
    const made = document();
    const { own, named } = uuidsOf(made);
    const version5 = /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
    expect(own.filter((each) => !version5.test(each))).toEqual([]);
    expect(own.length).toBe(new Set(own).size);
    expect(named.filter((each) => !own.includes(each))).toEqual([]);
    const { 'import-ap': plan, 'back-matter': back } = made['assessment-results'];
    expect(back.resources.map(({ uuid }) => `#${uuid}`)).toContain(plan.href);
    for (const text of markupOf(made)) expect(text).not.toMatch(/[<>]|\]\(|\*\*/);
  });

  it('hold for any verdicts: every failure has its risk, and only what passes whole is satisfied', () => {
    fc.assert(
      fc.property(audits, (clusters) => {
        const { own, named } = uuidsOf(write(clusters, {}, [clientCa]));
        expect(own.length).toBe(new Set(own).size);
        expect(named.filter((each) => !own.includes(each))).toEqual([]);

        for (const [index, result] of resultsOf(clusters).slice(0, clusters.length).entries()) {
          const nodes = clusters[index]?.nodes ?? [];
          const counted = (...statuses: readonly string[]) =>
            nodes.filter((each) => statuses.includes(each.verdicts[clientCa.slug]?.status ?? '')).length;
          const { observations = [], risks = [], findings = [] } = result;
          expect(observations.flatMap(({ subjects = [] }) => subjects)).toHaveLength(nodes.length);

          const related = risks.flatMap((each) => each['related-observations']);
          const risky = new Set(related.map((of) => of['observation-uuid']));
          for (const { uuid, props = [] } of observations) {
            const [verdict] = props.filter(({ name }) => name === 'verdict').map(({ value }) => value);
            expect(risky.has(uuid)).toBe(verdict === 'fail' || verdict === 'warn');
          }
          const [finding, ...more] = findings;
          expect(more).toEqual([]);
          const state = counted('fail', 'warn', 'unknown') === 0 ? 'satisfied' : 'not-satisfied';
          const isJudged = counted('pass', 'fail', 'warn', 'unknown') > 0;
          expect(finding?.target.status.state).toBe(isJudged ? state : undefined);
          const isOpen = nodes.some(({ verdicts }) => isUnwaived(verdicts[clientCa.slug]));
          if (isJudged && isOpen) expect(finding?.target.status.reason).toBe('fail');
          if (isJudged) expect(finding?.target.status.reason === 'pass').toBe(state === 'satisfied');
          const named = [...(finding?.['related-observations'] ?? []), ...(finding?.['related-risks'] ?? [])];
          const parts = isJudged ? [...observations, ...risks].map(({ uuid }) => uuid) : [];
          expect(named.flatMap((each) => Object.values(each))).toEqual(parts);
          for (const { origins } of [...observations, ...risks, ...findings])
            expect(origins).toEqual([
              { actors: [{ type: 'tool', 'actor-uuid': expect.stringMatching(/^[\da-f-]{36}$/) }] },
            ]);
          for (const { characterizations } of risks)
            expect(characterizations).toMatchObject([{ facets: [{ name: 'severity', value: 'high' }] }]);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('give the same run the same UUIDs, and another run others', () => {
    expect(told()).toEqual(told());
    const uuids = (startedAt: string) => uuidsOf(write([hostileAudit()], { startedAt })).own;
    const first = new Set(uuids('2026-11-24T10:00:00.000Z'));
    expect(uuids('2026-11-25T10:00:00.000Z').filter((each) => first.has(each))).toEqual([]);
    expect(uuid5('a', 'b')).not.toBe(uuid5('ab'));
  });
});

describe('what an assessor reads', () => {
  it('is the document that was reviewed, of saved files and of a run that was stopped', () => {
    expect(shown(write([byHand], {}, toldControls))).toMatchSnapshot();
    const [first] = everywhere.filter(({ cluster }) => cluster.name === 'blue');
    const stopped = { coverage, manifests, interrupted: true } as const;
    expect(shown(write([first!], stopped, toldControls))).toMatchSnapshot();
  });

  it('is an accepted risk with owner and last day for a waived failure, beside the open one of the others', () => {
    const { risks = [] } = one([failed, waived]);
    expect(risks.map(({ status }) => status).toSorted()).toEqual(['deviation-approved', 'open']);
    const accepted = risks.find(({ status }) => status === 'deviation-approved');
    const [entry] = accepted?.['risk-log']?.entries ?? [];
    expect(accepted).toMatchObject({ deadline: '2026-12-31T23:59:59Z' });
    expect(entry).toMatchObject({ end: '2026-12-31T23:59:59Z', 'status-change': 'deviation-approved' });
    const props = entry?.props.map(({ name, value }) => `${name} ${value}`);
    expect(props).toEqual(['accepted-by sre', 'accepted-until 2026-12-31', 'reason moved']);
  });

  it('satisfies nothing where the list of nodes is not complete', () => {
    const { findings, remarks } = one([passed], { inventory: { from: 'tags', complete: false } });
    expect(findings).toMatchObject([{ target: { status: { state: 'not-satisfied', reason: 'other' } } }]);
    expect(remarks).toContain('not complete');
  });

  it('is that nothing was looked at, where there is no cluster', () => {
    const selections = [{ remarks: 'Nothing of this result was looked at.' }];
    expect(resultsOf([])).toMatchObject([{ 'reviewed-controls': { 'control-selections': selections } }]);
  });
});
