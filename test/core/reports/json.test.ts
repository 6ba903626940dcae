import { describe, expect, it } from 'vitest';
import type { Audit } from '../../../lambda/core/model.ts';
import { jsonReport } from '../../../lambda/core/reports/json.ts';
import { cluster } from '../../fakes/ports.ts';

const node = (key: string) =>
  ({
    node: { key, machine: { status: 'none', because: '' }, kind: 'linux', group: { kind: 'managed', name: 'g' } },
    failures: [],
    verdicts: { 'kubelet-client-ca-file': { status: 'unknown', because: 'quotes " and \n breaks' } },
  }) as const;
const audit: Audit = {
  startedAt: 's',
  finishedAt: 'f',
  benchmark: 'cis-eks-1.8.0',
  problems: [],
  clusters: [
    {
      cluster: {
        ...cluster,
        endpoint: {
          url: 'https://x',
          caPem: 'PEM',
          caFingerprints: [],
          publicAccess: true,
          privateAccess: false,
          publicAccessCidrs: [],
        },
      },
      auditedAt: 'a',
      inventory: { from: 'kubernetes', complete: true },
      problems: [],
      nodes: [node('a'), node('b')],
    },
    { cluster, auditedAt: 'a', inventory: { from: 'none', complete: false }, problems: [], nodes: [] },
  ],
};

describe('jsonReport', () => {
  it('is the audit, counted, without the cluster’s CA', () => {
    const report = JSON.parse([...jsonReport(audit)].join(''));
    const expected = JSON.parse(JSON.stringify(audit));
    delete expected.clusters[0].cluster.endpoint.caPem;

    expect(report).toEqual({
      schemaVersion: 1,
      counts: { pass: 0, fail: 0, warn: 0, unknown: 2, 'not-applicable': 0 },
      ...expected,
    });
  });

  it('moves no terminal, and is the same to who parses it', () => {
    const name = '\u009b31m\u202etxt\u2066\u200b\u007f\u{e0041}ä€';
    const [, second] = audit.clusters;
    const clusters = second ? [{ ...second, nodes: [node(name)] }] : [];
    const pieces = [...jsonReport({ ...audit, benchmark: name, clusters })];

    expect(pieces.join('')).not.toMatch(/[\u007f-\u009f\p{Cf}]/u);
    expect(JSON.parse(pieces.join(''))).toMatchObject({
      benchmark: name,
      clusters: [{ nodes: [{ node: { key: name } }] }],
    });
  });

  it('has one node a line', () => {
    const lines = [...jsonReport(audit)].join('').split('\n');
    expect(lines.filter((line) => line.includes('"key"'))).toHaveLength(2);
  });
});
