import { describe, expect, it } from 'vitest';
import type { ClusterAudit, Verdict } from '../../../../lambda/core/model/model.ts';
import { clusterJson, jsonReport } from '../../../../lambda/core/report/formats/json.ts';
import { auditOf, auditWith, judged, node } from '../../findings/compliant-audit.ts';
import { pieces, textOf } from '../report-text.ts';

const context = { controls: [], benchmark: 'cis-eks-1.8.0' };
const unread: Verdict = { status: 'unknown', because: 'quotes " and \n breaks' };
const first = auditWith(unread, unread);
const clusters = [first, auditOf([], { inventory: { from: 'none', complete: false } })];
const problems = [{ code: 'c', message: 'm', remedy: 'r' }];

const withoutCa = (audit: ClusterAudit) => {
  const copy = JSON.parse(JSON.stringify(audit));
  delete copy.cluster.endpoint?.caPem;
  return copy;
};

describe('jsonReport', () => {
  it('is the audit, counted, without the cluster’s CA', () => {
    expect(JSON.parse(textOf(jsonReport(context), { clusters, problems }))).toEqual({
      schemaVersion: 1,
      startedAt: 's',
      finishedAt: 'f',
      benchmark: 'cis-eks-1.8.0',
      controls: [],
      counts: { pass: 0, fail: 0, warn: 0, unknown: 2, 'not-applicable': 0 },
      waived: 0,
      states: expect.objectContaining({ 'not-read': 2, closed: 0 }),
      access: { pass: 0, fail: 0, warn: 0, unknown: 2, waived: 0, 'not-applicable': 0 },
      problems,
      clusters: clusters.map(withoutCa),
    });
  });

  it('is whole when nothing was audited', () => {
    expect(JSON.parse(textOf(jsonReport(context), {}))).toMatchObject({ schemaVersion: 1, clusters: [], problems: [] });
  });

  it('moves no terminal, and is the same to who parses it', () => {
    const name = '\u009b31m\u202etxt\u2066\u200b\u007f\u{e0041}ä€';
    const audit = auditOf([judged(node(1, { key: name }), unread)]);
    const text = textOf(jsonReport(context), { clusters: [audit], run: { benchmark: name } });

    expect(text).not.toMatch(/[\u007f-\u009f\p{Cf}]/u);
    expect(JSON.parse(text)).toMatchObject({ benchmark: name, clusters: [{ nodes: [{ node: { key: name } }] }] });
  });

  it('ends with a line break after each cluster, where a live line may stand', () => {
    const report = jsonReport(context);
    expect([...report.begin!({ startedAt: 's', benchmark: 'b' })].join('')).toMatch(/\n$/);
    expect([...report.cluster(first)].join('')).toMatch(/\n$/);
    expect(pieces(jsonReport(context), {}).at(-1)).toMatch(/\n$/);
  });
});

it('clusterJson is one cluster’s full result as one document', () => {
  expect(JSON.parse([...clusterJson(first, context)].join(''))).toEqual(withoutCa(first));
});
