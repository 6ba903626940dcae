import { describe, expect, it } from 'vitest';
import type { Scope } from '../../../lambda/contract/settings.ts';
import { type Subject, subjectPath } from '../../../lambda/core/findings/identity.ts';
import { type JudgedWithNext, rollUpNext, rollUpWithNext } from '../../../lambda/core/findings/roll-up-next.ts';
import type { NodeGroup, Verdict } from '../../../lambda/core/model/model.ts';
import { anonymous, auditOf, clientCa, failed, judged, node, passed } from './compliant-audit.ts';

const groups: readonly (readonly [NodeGroup, running: Verdict, next: Verdict])[] = [
  [{ kind: 'managed', name: 'a' }, failed, passed],
  [{ kind: 'managed', name: 'b' }, passed, failed],
  [{ kind: 'karpenter', name: 'a' }, passed, passed],
];
const audit: JudgedWithNext = {
  ...auditOf(groups.map(([group, running], index) => judged(node(index + 1, { group }), running))),
  nextNodes: {
    complete: true,
    nodes: groups.map(([group, , next]) => {
      const key = `next node of ${group.kind} ${group.name}`;
      return {
        node: node(9, { key, group }),
        verdicts: { [clientCa.slug]: next },
        source: `template of ${group.name}`,
      };
    }),
  },
};

const pathsOf = (scope: Scope, given = audit) =>
  [...rollUpWithNext(given, [clientCa, anonymous], scope)].map(({ control, subject, beside }) => {
    const said = beside ? `${beside.kind}, ${/template of \w/.exec(beside.text)?.[0]}` : 'nothing';
    return `${control === clientCa ? 'CA' : 'anonymous'} ${pathOf(subject)}: ${said}`;
  });
const pathOf = (subject: Subject): string => subjectPath(subject).replace(/^.*\/(?=[^/]+\/[^/]+$)/, '');

describe('running nodes beside the next one', () => {
  it('say of each node group what the other means for it, by its kind and name, in every scope', () => {
    expect(
      Object.fromEntries((['node', 'node-group', 'cluster'] as const).map((scope) => [scope, pathsOf(scope)])),
    ).toMatchInlineSnapshot(`
        {
          "cluster": [
            "CA cluster: nothing",
            "anonymous cluster: nothing",
            "CA karpenter/a: nothing",
            "CA managed/a: replace, template of a",
            "CA managed/b: next-fails, template of b",
          ],
          "node": [
            "CA node/i-00000000000000001: replace, template of a",
            "CA node/i-00000000000000002: next-fails, template of b",
            "CA node/i-00000000000000003: nothing",
            "anonymous node/i-00000000000000001: nothing",
            "anonymous node/i-00000000000000002: nothing",
            "anonymous node/i-00000000000000003: nothing",
            "CA karpenter/a: nothing",
            "CA managed/a: replace, template of a",
            "CA managed/b: next-fails, template of b",
          ],
          "node-group": [
            "CA karpenter/a: nothing",
            "CA managed/a: replace, template of a",
            "CA managed/b: next-fails, template of b",
            "anonymous karpenter/a: nothing",
            "anonymous managed/a: nothing",
            "anonymous managed/b: nothing",
            "CA karpenter/a: nothing",
            "CA managed/a: replace, template of a",
            "CA managed/b: next-fails, template of b",
          ],
        }
      `);
  });

  it('say nothing where AWS did not say whose the machines are', () => {
    const inventory = { machinesUnknown: true } as const;
    for (const line of pathsOf('node-group', { ...audit, inventory })) expect(line).toMatch(/: nothing$/);
  });

  it('have a result for the controls that a next node was judged by', () => {
    const controlsOf = (given: JudgedWithNext) =>
      rollUpNext(given, [anonymous, clientCa]).map(({ control }) => control);
    expect(controlsOf(audit)).toEqual([clientCa, clientCa, clientCa]);
    expect(controlsOf({ nodes: audit.nodes })).toEqual([]);
  });
});
