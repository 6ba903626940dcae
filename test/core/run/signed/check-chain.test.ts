import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { manifestOf } from '../../../../lambda/core/model/manifest.ts';
import { checkChain, type StoredStatement } from '../../../../lambda/core/run/signed/check-chain.ts';
import { hashOf, type RunStatement, statementOf } from '../../../../lambda/core/run/signed/run-statement.ts';
import { statementName } from '../../../../lambda/core/run/signed/statement-name.ts';
import { auditedWith } from '../complete-run.ts';

type Stored = StoredStatement & { readonly statement: RunStatement; readonly sha256: string };
const dayOf = (index: number): string => new Date(Date.UTC(2026, 0, 1 + index)).toISOString().slice(0, 10);
const first = dayOf(0);

/** The statement of the run of a day, which names the one before. */
function statement(index: number, before: Stored | undefined, runId = `run-${index}`): Stored {
  const [day, startedAt] = [dayOf(index), `${dayOf(index)}T05:00:00.000Z`];
  const previous = before && { name: before.name, sha256: before.sha256 };
  const made = statementOf({
    runId,
    subjects: [{ name: 'SHA256SUMS', sha256: 'a'.repeat(64) }],
    result: 'PASSED',
    counts: { pass: 1, fail: 0, warn: 0, unknown: 0, 'not-applicable': 0 },
    waived: 0,
    clusters: 1,
    nodes: 1,
    gaps: { count: 0, codes: [] },
    manifest: manifestOf({ ...auditedWith, startedAt, finishedAt: startedAt }),
    ...(previous && { chain: { previous } }),
  });
  return { name: statementName({ day, runId, number: 1 }), statement: made, sha256: hashOf(JSON.stringify(made)) };
}

function chainOf(length: number): readonly Stored[] {
  const all: Stored[] = [];
  for (let index = 0; index < length; index += 1) all.push(statement(index, all.at(-1)));
  return all;
}

describe('a chain of statements', () => {
  it('is sound from each of its days on, in whatever order it is read, and has one head', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.nat(), fc.nat(), (length, since, seed) => {
        const chain = chainOf(length);
        const shuffled = chain.toSorted((one, other) =>
          hashOf(`${seed}${one.name}`) < hashOf(`${seed}${other.name}`) ? -1 : 1,
        );
        const checked = checkChain(shuffled, dayOf(since % length));
        expect(checked.faults).toEqual([]);
        expect(checked.heads.map(({ sha256 }) => sha256)).toEqual([chain.at(-1)?.sha256]);
        expect(checked.statements).toHaveLength(length - (since % length));
      }),
    );
  });

  const breaks: Readonly<Record<string, (chain: readonly Stored[], at: number) => readonly StoredStatement[]>> = {
    missing: (chain, at) => chain.filter((_, index) => index !== at),
    changed: (chain, at) => chain.map((each, index) => (index === at ? statement(index, undefined) : each)),
    forked: (chain, at) => [...chain, statement(at, chain[at], 'other')],
    anew: (chain) => [...chain, statement(chain.length, undefined)],
    unsigned: (chain) => [...chain, { name: `${dayOf(1)}/forged.sigstore.json`, because: 'is not signed by this key' }],
    extra: (chain, at) => [
      ...chain,
      { ...statement(at, chain[at - 1]), name: statementName({ day: dayOf(at), runId: `run-${at}`, number: 2 }) },
    ],
  };

  it('finds whatever is taken out of a chain, put into it or begun beside it', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 3, max: 12 }),
        fc.nat(),
        fc.constantFrom(...Object.entries(breaks)),
        (length, nat, [kind, broken]) => {
          // What was signed last has no witness: one before it.
          const at = 1 + (nat % (length - 2));
          const { faults } = checkChain(broken(chainOf(length), at), first);
          expect(faults.map((each) => each.kind)).toContain(kind);
        },
      ),
    );
  });

  it('begins with the earliest of the statements that name none before them, in whatever order it is read', () => {
    const [one, other] = [statement(0, undefined), statement(1, undefined)];
    for (const stored of [
      [one, other],
      [other, one],
    ])
      expect(checkChain(stored, first).faults).toMatchObject([
        {
          kind: 'anew',
          text: expect.stringContaining(`${other.name} names no statement before it, and it is not the first`),
        },
      ]);
  });

  it('takes a later summary of an older run for what it is: signed after what came before it', () => {
    const chain = chainOf(3);
    const again = statement(0, chain.at(-1), 'run-0');
    const second = { ...again, name: statementName({ day: dayOf(0), runId: 'run-0', number: 2 }) };
    const next = statement(3, second);
    expect(checkChain([...chain, second, next], dayOf(2)).faults).toEqual([]);
    expect(checkChain([...chain, next], dayOf(3)).faults.map(({ kind }) => kind)).toEqual(['missing']);
  });

  it('says which statement is under a name that is not its own, is not the one that was named, or begins anew', () => {
    const chain = chainOf(3) as readonly [Stored, Stored, Stored];
    const texts = (stored: readonly StoredStatement[], since = first) =>
      checkChain(stored, since).faults.map(({ text }) => text);
    for (const [day, runId] of [
      [dayOf(1), 'other'],
      [dayOf(2), 'run-1'],
    ] as const) {
      const name = statementName({ day, runId, number: 1 });
      const moved = [chain[0], { ...chain[1], name }];
      expect(texts(moved)).toEqual([`statements/${name} holds a statement about run run-1 of ${dayOf(1)}`]);
    }
    expect(texts([chain[0], statement(1, undefined), chain[2]])).toEqual([
      expect.stringMatching(/^2026-01-02\/run-1\.sigstore\.json names no statement before it, and it is not the first/),
      `statements/${chain[1].name} is not the statement about run run-1 that ${chain[2].name} names, ${chain[1].sha256}`,
    ]);
    expect(texts([chain[0], chain[2]])).toEqual([
      `statements/${chain[1].name} is not here: run run-1 was signed before ${chain[2].name}`,
    ]);
    expect(texts([statement(1, undefined)])).toEqual([
      expect.stringMatching(/: the chain begins on 2026-01-02, after 2026-01-01; give that day/),
    ]);
    const unsigned = { name: `${first}/x.sigstore.json`, because: 'is not signed by this key' };
    const again = { ...chain[0], name: statementName({ day: first, runId: 'z', number: 2 }) };
    expect(texts([chain[0], again, unsigned, { ...unsigned, name: 'x\u001b[31my' }])).toEqual([
      `statements/${unsigned.name} is not signed by this key`,
      `statements/${again.name} is the statement statements/${chain[0].name} once more`,
      'statements/x y is no name of a statement',
    ]);
    expect(texts([unsigned, ...chain.slice(0, 2)], dayOf(1))).toEqual([]);
    const forks = ['b', 'a'].map((runId) => statement(1, chain[0], runId));
    expect(texts([chain[0], ...forks])).toEqual([
      `${dayOf(1)}/a.sigstore.json and ${dayOf(1)}/b.sigstore.json name the same statement before them, ${chain[0].name}`,
    ]);
  });
});
