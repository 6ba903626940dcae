import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mostUrgentFirst, statement, statementsOf, toFixFirst } from '../../../lambda/core/findings/statement.ts';
import { causeText, changeText, closesText, ownerText } from '../../../lambda/core/findings/statement-words.ts';
import { accessDoors, accessOf } from '../../../lambda/core/judge/access.ts';
import { controls } from '../../../lambda/core/judge/controls/index.ts';
import {
  accessStates,
  countStates,
  stateOrder,
  statesSentence,
  sumOfStates,
} from '../../../lambda/core/model/access-states.ts';
import type { NodeAudit, Verdict } from '../../../lambda/core/model/model.ts';
import { auditOf, failed, node, notApplicable, passed, unread, waived, warned } from './compliant-audit.ts';

const [ca, anonymous, port, mode] = Object.values(accessDoors).map(({ slug }) => slug);
const rotation = 'kubelet-rotate-server-certificate';
type Doors = readonly [Verdict, Verdict, Verdict, Verdict];
const closed: Doors = [passed, passed, passed, passed];

/** A node with a verdict for each door, and whether it has an unrotated certificate. */
function audited(number: number, doors: Doors, { group = 'workers', owner = '', rotated = true } = {}): NodeAudit {
  const slugs = [ca, anonymous, port, mode].map((slug) => slug ?? expect.unreachable());
  const verdicts = Object.fromEntries(slugs.map((slug, at) => [slug, doors[at] ?? passed]));
  return {
    node: { ...node(number, { group: { kind: 'managed', name: group } }), ...(owner && { owner }) },
    failures: [],
    verdicts: { ...verdicts, [rotation]: rotated ? passed : failed },
    access: accessOf(({ slug }) => verdicts[slug] ?? expect.unreachable()),
  };
}

const of = (...nodes: readonly NodeAudit[]) => statementsOf(auditOf(nodes), controls);
const line = (...nodes: readonly NodeAudit[]) =>
  of(...nodes).map((each) =>
    `${each.nodes} ${each.state}, ${each.severity}: ${causeText(each)}; ${changeText(each)} ${closesText(each)}`.trim(),
  );

describe('the state of a node', () => {
  it.each<[string, Doors]>([
    ['strangers-get-in', [passed, failed, passed, passed]],
    ['strangers-get-in', [passed, passed, failed, unread]],
    ['strangers-get-in', [failed, passed, waived, failed]],
    ['api-server-not-authenticated', [failed, passed, passed, passed]],
    ['api-server-not-authenticated', [failed, unread, waived, passed]],
    ['refuses-api-server', [warned, unread, passed, passed]],
    ['not-read', [passed, unread, waived, passed]],
    ['waived', [passed, passed, waived, notApplicable]],
    ['run-by-aws', [notApplicable, notApplicable, notApplicable, notApplicable]],
    ['closed', [passed, notApplicable, passed, passed]],
  ])('is %s', (state, doors) => {
    expect(audited(1, doors).access?.state).toBe(state);
    expect(audited(1, doors).access?.status).toBe(accessStates[state as keyof typeof accessStates].status);
  });

  it('has a word, a sentence and a meaning in both languages, and no two states share one', () => {
    for (const language of ['en', 'ja'] as const) {
      const names = stateOrder.map((state) => accessStates[state][language].name);
      expect(new Set(names).size).toBe(stateOrder.length);
      expect(
        stateOrder.every((state) => Object.values(accessStates[state][language]).every((text) => text.length > 0)),
      ).toBe(true);
    }
  });
});

describe('the statement of a node group and state', () => {
  it('names the cause, what to change, and how many nodes are closed by it', () => {
    const open: Doors = [failed, failed, passed, failed];
    expect(
      line(
        audited(1, closed),
        audited(2, open),
        audited(3, [failed, failed, passed, passed]),
        audited(4, [failed, passed, passed, passed]),
      ),
    ).toEqual([
      '2 strangers-get-in, HIGH: no client CA; anonymous access; AlwaysAllow (1 of 2 nodes); one NodeConfig in the user data closes 2',
      '1 api-server-not-authenticated, HIGH: no client CA; one NodeConfig in the user data closes 1',
      `1 closed, undefined: ${accessStates.closed.en.meaning};`,
    ]);
  });

  it('promises to close no node with a door that the fix leaves unknown or waived', () => {
    const found = of(audited(1, [failed, passed, unread, passed]), audited(2, [failed, passed, passed, passed]));
    expect(found.map((each) => closesText(each))).toEqual(['closes 1 of 2']);
  });

  it('puts the state before the severity, and the severity before the number of nodes', () => {
    const many = [1, 2, 3].map((number) => audited(number, closed, { group: 'many', rotated: false }));
    const found = toFixFirst(
      of(
        ...many,
        audited(4, [failed, passed, passed, passed]),
        audited(5, [passed, passed, passed, failed], { group: 'few' }),
      ),
    );
    expect(found.map(({ state, group, severity }) => `${state} ${group.name} ${severity}`)).toEqual([
      'strangers-get-in few HIGH',
      'api-server-not-authenticated workers HIGH',
      'closed many MEDIUM',
    ]);
  });

  it('names the owners of its nodes', () => {
    const found = of(audited(1, closed, { owner: 'ops' }), audited(2, closed, { owner: 'ops' }), audited(3, closed));
    expect(found.map((each) => ownerText(each))).toEqual(['ops (2 of 3 nodes)']);
    expect(of(audited(1, closed)).map((each) => ownerText(each, 'ja'))).toEqual(['所有者なし']);
  });

  it('partitions all nodes, survives being written down, and its numbers add up in each sentence', () => {
    const verdict = fc.constantFrom(passed, failed, warned, unread, waived, notApplicable);
    const groups = fc.constantFrom('one', 'other');
    const some = fc.array(fc.tuple(fc.tuple(verdict, verdict, verdict, verdict), groups, fc.boolean()), {
      minLength: 1,
    });
    fc.assert(
      fc.property(some, (all) => {
        const nodes = all.map(([doors, group, rotated], at) => audited(at, doors, { group, rotated }));
        const found = of(...nodes);
        expect(found.reduce((sum, each) => sum + each.nodes, 0)).toBe(nodes.length);
        expect(new Set(found.map(({ state, group }) => `${state} ${group.name}`)).size).toBe(found.length);
        expect(found).toEqual(found.toSorted(mostUrgentFirst));
        expect(found.map((each) => statement.parse(JSON.parse(JSON.stringify(each))))).toEqual(found);

        const counts = countStates(nodes);
        for (const state of stateOrder) {
          const ofState = found.filter((each) => each.state === state);
          expect(ofState.reduce((sum, each) => sum + each.nodes, 0)).toBe(counts[state]);
        }
        const numbers = [...statesSentence(counts).matchAll(/\d+/g)].map(Number);
        const [first = 0, whole, ...rest] = numbers;
        const isOne = stateOrder.filter((state) => counts[state] > 0).length === 1;
        expect(isOne ? (numbers[0] ?? 1) : whole).toBe(nodes.length);
        expect(isOne ? sumOfStates(counts) : rest.reduce((sum, each) => sum + each, first)).toBe(nodes.length);
      }),
    );
  });
});
