import { describe, expect, it } from 'vitest';
import { archivedFindings } from '../../../lambda/core/findings/archived-findings.ts';
import { findingsOf } from '../../../lambda/core/findings/findings-of.ts';
import { violations } from '../../../lambda/core/findings/limits.ts';
import { auditOf, compliant, judged, node, notApplicable, options, passed } from './compliant-audit.ts';

const [finding] = findingsOf(compliant, options);
const stored = new Map([
  [
    finding!.Id,
    {
      id: finding!.Id,
      createdAt: '2026-01-01T00:00:00.000Z',
      updatedAt: '2026-11-23T10:00:00.000Z',
      complianceStatus: 'PASSED',
      recordState: 'ACTIVE',
    },
  ],
]);
const movedToAutoMode = auditOf([judged(node(1), notApplicable), judged(node(2), notApplicable)]);

describe('archived findings', () => {
  it('archives the stored finding of a subject to which the control no longer applies, and keeps its last status', () => {
    const [archived, ...others] = archivedFindings(movedToAutoMode, { ...options, stored });

    expect(others).toEqual([]);
    expect(archived).toMatchObject({
      Id: finding!.Id,
      RecordState: 'ARCHIVED',
      CreatedAt: '2026-01-01T00:00:00.000Z',
      UpdatedAt: '2026-11-24T10:01:00.123Z',
      Compliance: {
        Status: 'PASSED',
        StatusReasons: [{ ReasonCode: 'KUBELET_NOT_APPLICABLE', Description: '2 nodes: AWS runs this kubelet' }],
      },
    });
    expect(archived).not.toHaveProperty('LastObservedAt');
    expect(violations(archived!)).toEqual([]);
  });

  it.each([
    ['a node of the subject still passes', auditOf([judged(node(1), notApplicable), judged(node(2), passed)]), stored],
    [
      'the list of nodes is not whole',
      { ...movedToAutoMode, inventory: { from: 'tags', complete: false } as const },
      stored,
    ],
    ['the subject was not seen at all', auditOf([]), stored],
    ['nothing is stored', movedToAutoMode, new Map()],
    ['nobody knows what is stored', movedToAutoMode, 'unknown' as const],
    [
      'it is archived already',
      movedToAutoMode,
      new Map([...stored].map(([id, each]) => [id, { ...each, recordState: 'ARCHIVED' }])),
    ],
  ])('archives nothing when %s', (_, audit, known) => {
    expect(archivedFindings(audit, { ...options, stored: known })).toEqual([]);
  });
});
