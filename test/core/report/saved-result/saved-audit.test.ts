import { expect, it } from 'vitest';
import { clientCaFile } from '../../../../lambda/core/judge/controls/client-ca-file.ts';
import { kubeconfigMode } from '../../../../lambda/core/judge/controls/file-controls.ts';
import { anonymousAuth } from '../../../../lambda/core/judge/controls/setting-controls.ts';
import { evaluate } from '../../../../lambda/core/judge/evaluate.ts';
import type { ReadFailure } from '../../../../lambda/core/model/model.ts';
import { err, ok } from '../../../../lambda/core/model/result.ts';
import { savedAudit } from '../../../../lambda/core/report/saved-result/saved-audit.ts';
import { factsWith } from '../../judge/controls/facts-with.ts';

const facts = factsWith({ 'authentication.anonymous.enabled': true });
const unreadable: ReadFailure = { via: 'files', kind: 'unreadable', because: 'it is no configuration' };
const node = (name: string) => {
  const group = { kind: 'self-managed', name: '-' };
  return { key: name, machine: { status: 'none', because: 'it was saved' }, kind: 'linux', group };
};

it('judges each saved node by what was saved of it', () => {
  const saved = [
    { name: 'a', via: 'configz', facts: ok(facts), kubeletVersion: 'v1.34.9' },
    { name: 'b', via: 'files', facts: err(unreadable) },
  ] as const;
  const now = new Date('2026-11-25T05:00:00Z');
  const audit = savedAudit(saved, { controls: [clientCaFile, anonymousAuth], leftOut: [kubeconfigMode], now });
  const a = { ...node('a'), kubeletVersion: 'v1.34.9' } as const;
  const unknown = { status: 'unknown', because: 'files: it is no configuration' };
  const judged = { node: audit.nodes[0]!.node, facts, failures: [] };
  const verdictOf = (of: typeof clientCaFile) => evaluate(of, judged);
  const verdicts = [clientCaFile, anonymousAuth].map((each) => [each.slug, verdictOf(each)] as const);
  const unread = { [clientCaFile.slug]: unknown, [anonymousAuth.slug]: unknown };
  const because = 'unknown: the client CA, anonymous access, the read-only port, the authorization';
  const access = expect.objectContaining({ state: 'strangers-get-in', because: 'anonymous access' });

  expect(audit).toStrictEqual({
    cluster: {
      name: 'saved files',
      compute: { autoMode: false, fargate: false, hybrid: false },
      // All that say one say this one: its benchmark gives the numbers.
      version: 'v1.34.9',
    },
    auditedAt: '2026-11-25T05:00:00.000Z',
    inventory: { from: 'saved', complete: false },
    nodes: [
      { node: a, facts, failures: [], verdicts: Object.fromEntries(verdicts), access },
      {
        node: node('b'),
        failures: [unreadable],
        verdicts: unread,
        access: expect.objectContaining({ state: 'not-read', because }),
      },
    ],
    controls: { lookedAt: [clientCaFile.slug, anonymousAuth.slug], leftOut: [kubeconfigMode.slug] },
    problems: [],
  });
  expect(audit.nodes.map(({ verdicts }) => verdicts[clientCaFile.slug]?.status)).toEqual(['pass', 'unknown']);
});
