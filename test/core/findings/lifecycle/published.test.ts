import { expect, it } from 'vitest';
import { findingsOf } from '../../../../lambda/core/findings/finding.ts';
import type { Change } from '../../../../lambda/core/findings/lifecycle/difference.ts';
import { accounted, failedIds, nothingPublished } from '../../../../lambda/core/findings/lifecycle/difference.ts';
import { compliant, options } from '../compliant-audit.ts';

const [finding] = findingsOf(compliant, options).toArray();
const change = (kind: Change['kind'], Id: string): Change => ({ kind, finding: { ...finding!, Id } });
const rejected = [{ id: 'r', code: 'InvalidInput', message: 'no' }];
const notSent = [{ id: 'n', because: 'too large' }];

it('counts what Security Hub took by what it is to it, and what it did not take apart from that', () => {
  const kinds = ['create', 'update', 'update', 'reopen', 'refresh', 'archive', 'unchanged'] as const;
  const sent = kinds.map((kind, index) => change(kind, `${index}`));
  const changes = [...sent, change('create', 'r'), change('archive', 'n')];
  const once = accounted(nothingPublished, { changes, written: { imported: 6, rejected, notSent } });
  const counts = { created: 1, updated: 2, reopened: 1, refreshed: 1, archived: 1, unchanged: 1 };
  expect(once).toEqual({ ...counts, imported: 6, rejected, notSent });
  const twice = { rejected: [...rejected, ...rejected], notSent: [...notSent, ...notSent] };
  const again = accounted(once, { changes: [change('create', 'z')], written: { imported: 1, rejected, notSent } });
  expect(again).toEqual({ ...once, imported: 7, created: 2, ...twice });
});

it('begins with nothing, and stays so', () => {
  const none = { imported: 0, created: 0, updated: 0, reopened: 0, refreshed: 0, archived: 0, unchanged: 0 };
  expect(nothingPublished).toEqual({ ...none, rejected: [], notSent: [] });
  expect(accounted(nothingPublished, { changes: [], written: nothingPublished })).toEqual(nothingPublished);
});

it('knows what was not taken by its Id', () => {
  expect(failedIds({ imported: 0, rejected, notSent })).toEqual(new Set(['r', 'n']));
});
