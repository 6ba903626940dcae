import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { manifestOf } from '../../../../lambda/core/model/manifest.ts';
import { checkChain, type StoredStatement } from '../../../../lambda/core/run/signed/check-chain.ts';
import {
  type ChainPlace,
  type ChainStatement,
  datedName,
  handOverTo,
  hashOf,
  numberedName,
  statementOf,
} from '../../../../lambda/core/run/signed/run-statement.ts';
import { auditedWith } from '../complete-run.ts';

type Stored = StoredStatement & { readonly statement: ChainStatement; readonly sha256: string; readonly key: string };
const dayOf = (index: number): string => new Date(Date.UTC(2026, 0, 1 + index)).toISOString().slice(0, 10);
const first = dayOf(0);
const linkOf = (before: Stored | undefined) => before && { name: before.name, sha256: before.sha256 };

interface Options {
  readonly before?: Stored | undefined;
  readonly runId?: string;
  /** The place of a numbered statement, one more than the index unless a test says so. */
  readonly number?: number;
  readonly key?: string;
  readonly more?: ChainPlace & { readonly first?: ReturnType<typeof linkOf> };
}

function runStatement(index: number, { runId = `run-${index}`, more = {} }: Options): ChainStatement {
  const startedAt = `${dayOf(index)}T05:00:00.000Z`;
  return statementOf({
    runId,
    subjects: [{ name: 'SHA256SUMS', sha256: 'a'.repeat(64) }],
    result: 'PASSED',
    counts: { pass: 1, fail: 0, warn: 0, unknown: 0, 'not-applicable': 0 },
    waived: 0,
    clusters: 1,
    nodes: 1,
    gaps: { count: 0, codes: [] },
    manifest: manifestOf({ ...auditedWith, startedAt, finishedAt: startedAt }),
    chain: more,
  });
}

const stored = (name: string, statement: ChainStatement, key = 'key'): Stored => ({
  name,
  statement,
  sha256: hashOf(JSON.stringify(statement)),
  key,
});

/** As this release writes it. */
function numbered(index: number, options: Options = {}): Stored {
  const { before, number = index + 1, key, more } = options;
  const previous = linkOf(before);
  const at = { number, name: numberedName(number), ...(previous && { previous }), ...more };
  return stored(at.name, runStatement(index, { ...options, more: at }), key);
}

/** As releases before wrote it; `number` is of the run's statements. */
function dated(index: number, options: Options = {}): Stored {
  const { before, runId = `run-${index}`, number = 1, key, more } = options;
  const previous = linkOf(before);
  const statement = runStatement(index, { ...options, more: { ...(previous && { previous }), ...more } });
  return stored(datedName(dayOf(index), runId, number), statement, key);
}

/** Of both releases, one after another: the first `old` of `length` were written by the one before. */
function chainOf(length: number, old = 0): readonly Stored[] {
  const all: Stored[] = [];
  for (let index = 0; index < length; index += 1)
    all.push(
      index < old
        ? dated(index, { before: all.at(-1) })
        : numbered(index, { before: all.at(-1), number: index - old + 1 }),
    );
  return all;
}

const kindsOf = (all: readonly StoredStatement[], since = first) =>
  checkChain(all, since).faults.map(({ kind }) => kind);
const textsOf = (all: readonly StoredStatement[], since = first) =>
  checkChain(all, since).faults.map(({ text }) => text);

const chains = fc
  .record({ length: fc.integer({ min: 3, max: 12 }), old: fc.nat({ max: 12 }) })
  .map(({ length, old }) => chainOf(length, Math.min(old, length)));

describe('a chain of statements', () => {
  it('is sound from each of its days on, in whatever order it is read, and has one head', () => {
    fc.assert(
      fc.property(chains, fc.nat(), fc.nat(), (chain, nat, seed) => {
        const since = nat % chain.length;
        const shuffled = chain.toSorted((one, other) =>
          hashOf(`${seed}${one.name}`) < hashOf(`${seed}${other.name}`) ? -1 : 1,
        );
        const checked = checkChain(shuffled, dayOf(since));
        expect(checked.faults).toEqual([]);
        expect(checked.heads.map(({ sha256 }) => sha256)).toEqual([chain.at(-1)?.sha256]);
        expect(checked.statements.map(({ sha256 }) => sha256)).toEqual(chain.slice(since).map(({ sha256 }) => sha256));
        for (const [index, each] of chain.entries()) {
          const found = checked.all.find(({ sha256 }) => sha256 === each.sha256);
          expect(found && checked.after(found)).toBe(chain.length - 1 - index);
        }
      }),
    );
  });

  /** What somebody without the key can do to the objects: `at` has a statement before it and one after it. */
  const breaks: Readonly<Record<string, (chain: readonly Stored[], at: number) => readonly StoredStatement[]>> = {
    'takes one away': (chain, at) => chain.filter((_, index) => index !== at),
    'takes the first ones away': (chain, at) => chain.slice(at),
    'puts other bytes in its place': (chain, at) =>
      chain.map((each, index) => (index === at ? { name: each.name, because: 'is no Sigstore bundle' } : each)),
    'signs it by another key': (chain, at) =>
      chain.map((each, index) =>
        index === at ? { name: each.name, because: 'is not signed by this key', unproved: each } : each,
      ),
    'puts a later one in its place': (chain, at) =>
      chain.map((each, index) => (index === at ? { ...chain[at + 1]!, name: each.name } : each)),
    'swaps two': (chain, at) =>
      chain.map((each, index) => {
        const other = index === at ? chain[at - 1] : index === at - 1 ? chain[at] : undefined;
        return other ? { ...other, name: each.name } : each;
      }),
    'renames one to the next free name': (chain, at) =>
      chain.map((each, index) => (index === at ? { ...each, name: numberedName(99) } : each)),
    'copies one to the next free name': (chain, at) => [...chain, { ...chain[at]!, name: numberedName(99) }],
    'adds one of another key': (chain) => [
      ...chain,
      {
        name: numberedName(99),
        because: 'is not signed by this key',
        unproved: numbered(98, { before: chain.at(-1) }),
      },
    ],
    'adds what is no statement': (chain) => [
      ...chain,
      { name: `${dayOf(1)}/x.json`, because: 'is no Sigstore bundle' },
    ],
  };

  it.each(Object.entries(breaks))('finds it when somebody %s', (_, broken) => {
    fc.assert(
      fc.property(chains, fc.nat(), (chain, nat) => {
        // What was signed last has no witness.
        const at = 1 + (nat % (chain.length - 2));
        expect(kindsOf(broken(chain, at))).not.toEqual([]);
      }),
    );
  });

  it('finds what only the owner of a key could have signed: two after one, or one after none', () => {
    fc.assert(
      fc.property(chains, fc.nat(), (chain, nat) => {
        const before = chain[nat % (chain.length - 1)];
        expect(kindsOf([...chain, numbered(50, { before })])).toContain('forked');
        expect(kindsOf([...chain, numbered(50)])).toContain('anew');
      }),
    );
  });

  it('begins with the first statement by number, or by the end of its run, and not with the oldest run', () => {
    const [one, other] = [dated(0), dated(1)];
    for (const all of [
      [one, other],
      [other, one],
    ])
      expect(textsOf(all)).toEqual([
        expect.stringContaining(`${other.name} names no statement before it, and it is not`),
      ]);

    // Signing began with run 1; run 0 had no statement until it was summed up again.
    const later = dated(0, { before: other });
    expect(kindsOf([other, later], dayOf(1))).toEqual([]);
    const numberedLater = numbered(0, { before: numbered(1, { number: 1 }), number: 2 });
    expect(kindsOf([numbered(1, { number: 1 }), numberedLater], dayOf(1))).toEqual([]);
  });

  it('names what a statement is, where it is not what its name says', () => {
    const chain = chainOf(3) as readonly [Stored, Stored, Stored];
    expect(textsOf([chain[0], { ...chain[2], name: chain[1].name }])).toEqual([
      `statements/${chain[1].name} holds a statement about run run-2 of ${dayOf(2)}, which was signed as ${chain[2].name}`,
    ]);
    expect(textsOf([chain[0], chain[2]])).toEqual([
      `statements/${chain[1].name} is not here, and ${chain[2].name} was signed after it`,
    ]);
    expect(textsOf([numbered(1, { number: 1 })])).toEqual([
      expect.stringMatching(/: the chain begins on 2026-01-02, after 2026-01-01; give that day/),
    ]);
    expect(textsOf([chain[0], { name: 'x\u001b[31my', because: '' }])).toEqual([
      'statements/x y is no name of a statement',
    ]);
    expect(textsOf([chain[0], { ...chain[0], name: datedName(first, 'run-0', 1) }])).toEqual([
      `statements/${datedName(first, 'run-0', 1)} holds a statement about run run-0 of ${first}`,
    ]);
    const skipped = numbered(1, { before: chain[0], number: 3 });
    expect(textsOf([chain[0], skipped])).toEqual([
      `statements/${skipped.name} names ${chain[0].name} as the one before, and its number is another`,
    ]);
  });

  describe('of releases before', () => {
    const one = dated(0);
    const again = dated(0, { before: one, number: 2, more: { first: linkOf(one) } });

    it('holds two statements about one run apart, though only the second says that it is one', () => {
      expect(kindsOf([one, again])).toEqual([]);
      const swapped = [
        { ...one, name: again.name },
        { ...again, name: one.name },
      ];
      expect(kindsOf(swapped)).toContain('changed');
      expect(kindsOf([{ ...one, name: again.name }])).toEqual(['missing']);
      expect(kindsOf([{ ...one, name: datedName(first, 'run-0', 3) }, again])).toContain('changed');
    });

    it('may have forked, which a statement of this release joins and names', () => {
      const forks = ['a', 'b'].map((runId) => dated(1, { before: one, runId }));
      expect(textsOf([one, ...forks])).toEqual([
        `${dayOf(1)}/a.sigstore.json and ${dayOf(1)}/b.sigstore.json name the same statement before them, ${one.name}`,
      ]);
      const [previous, other] = forks.map(linkOf);
      const repair = numbered(2, { number: 1, more: { previous: previous!, repairs: [other!] } });
      const checked = checkChain([one, ...forks, repair], first);
      expect(checked.faults).toEqual([]);
      expect(checked.notes).toEqual([
        {
          kind: 'repaired',
          text: `${repair.name} joins a chain that had forked: ${forks.map(({ name }) => name).join(' and ')}`,
        },
      ]);
      // Nothing that is signed beside it later is joined.
      expect(kindsOf([one, ...forks, repair, dated(3, { before: one })])).toEqual(['forked']);
    });
  });

  describe('that changes its key', () => {
    const handOver = (number: number, before: Stored, to: string, key: string) =>
      stored(
        numberedName(number),
        handOverTo(to, `${dayOf(1)}T05:00:00.000Z`, { number, name: numberedName(number), previous: linkOf(before)! }),
        key,
      );
    const [one, two, three] = ['a', 'b', 'c'].map((letter) => letter.repeat(64)) as [string, string, string];
    const begin = numbered(0, { key: one });
    const over = handOver(2, begin, two, one);
    const next = numbered(2, { before: over, key: two });
    const unknown = ({ key: _, ...each }: Stored): StoredStatement => ({
      name: each.name,
      because: 'is not signed by this key',
      unproved: each,
    });

    it('is sound where the key before hands over, and says so', () => {
      const checked = checkChain([begin, over, next], first);
      expect(checked.faults).toEqual([]);
      expect(checked.notes).toEqual([{ kind: 'handover', text: `${over.name} hands over to key ${two}` }]);
    });

    it('is proved back to the handover by the new key alone, and before that only by its hashes', () => {
      expect(kindsOf([unknown(begin), unknown(over), next], dayOf(2))).toEqual([]);
      expect(kindsOf([unknown(begin), unknown(over), next])).toEqual(['unsigned']);
      expect(kindsOf([begin, unknown(over), next])).toEqual(['unsigned']);
      expect(kindsOf([begin, over, unknown(next)])).toEqual(['unsigned']);
    });

    it.each([
      ['another key without a handover', numbered(1, { before: begin, key: two })],
      ['the key before, after it has handed over', numbered(2, { before: over, key: one })],
      ['a key that the handover does not name', numbered(2, { before: over, key: three })],
      ['a handover by a key that is not in force', handOver(2, begin, two, three)],
    ])('is unsigned where %s signs on', (_, last) => {
      expect(kindsOf([begin, ...(last.name === over.name ? [] : [over]), last])).toEqual(['unsigned']);
    });
  });
});
