import fc from 'fast-check';
import { expect, it } from 'vitest';
import { OperatorError } from '../../../lambda/core/model/operator-error.ts';
import { checkChain } from '../../../lambda/core/run/signed/check-chain.ts';
import { checkBundle, type SigningKey } from '../../../lambda/core/run/signed/signed-bundle.ts';
import { runSummary } from '../../../lambda/flow/run/run-summary.ts';
import { answer, answers, discovery } from '../../core/run/complete-run.ts';
import { type FakeHub, fakeHub } from '../../fakes/hub.ts';
import { FakeOrganization } from '../../fakes/organization.ts';
import { summaryRequest } from '../../flow/run/item-options.ts';
import { signingKey } from '../../flow/run/signing-keys.ts';
import { calling } from '../broken-ports.ts';
import { drawn, howMany } from '../histories.ts';
import { Turns } from '../sweeps/turns.ts';

const keys = [signingKey(), signingKey(), signingKey()];
const writes = ['putReport', 'putHistory', 'putSummary', 'putManifest', 'putChecksums'] as const;
const shared = ['statement', 'lastRun', 'putCensusList', 'putStatement', 'putLastRun'] as const;

/** Something that happens to a hub that signs its runs. */
type Move =
  /** The write at which it dies, before or after it. */
  | { readonly kind: 'summary'; readonly run: number; readonly dies?: number; readonly isAfter: boolean }
  /** Three at once, in this order. */
  | { readonly kind: 'three'; readonly run: number; readonly choices: readonly number[] }
  | { readonly kind: 'clock'; readonly hours: number }
  | { readonly kind: 'rotation' }
  | { readonly kind: 'memory' };

class SigningHub {
  readonly hub: FakeHub = fakeHub(new FakeOrganization());
  readonly #turns = new Turns();
  #key = 0;
  #now = Date.parse('2026-06-01T05:00:00.000Z');

  async move(move: Move): Promise<void> {
    if (move.kind === 'clock') this.#now += move.hours * 3_600_000;
    else if (move.kind === 'rotation') this.#rotate();
    else if (move.kind === 'memory') this.hub.runs.objects.delete('last-run');
    else if (move.kind === 'summary') await this.#sumUp(move.run, move);
    else
      await this.#turns.together(
        [0, 1, 2].map((more) => async () => await this.#sumUp(move.run + more)),
        move.choices,
      );
  }

  /** As docs/evidence.md says: the key before has signed, and hands over. */
  #rotate(): void {
    const { objects } = this.hub.runs;
    const last = [...objects].findLast(([name]) => name.startsWith('statements/'));
    const key = keys[this.#key];
    const isInForce = last && key && checkBundle(last[1], [key.publicKey]).status === 'signed';
    if (isInForce) this.#key = Math.min(this.#key + 1, keys.length - 1);
  }

  async #sumUp(run: number, { dies, isAfter }: { dies?: number; isAfter?: boolean } = {}): Promise<void> {
    const [runId, startedAt] = [`run-${run}`, new Date(this.#now).toISOString()];
    if (!(await this.hub.runs.discovery(runId))) await this.hub.runs.putDiscovery({ ...discovery, runId, startedAt });
    for (const { item } of answers) await this.hub.runs.putAnswer(runId, answer(item, { startedAt }));

    let count = 0;
    const runs = calling(this.hub.runs, [...writes, ...shared], (own) => async (...given) => {
      await this.#turns.turn();
      count += 1;
      if (count === dies && !isAfter) throw new OperatorError('run-store-unusable', 'it died');
      const done = await own(...given);
      if (count === dies) throw new OperatorError('run-store-unusable', 'it died');
      return done;
    });
    const [key, before] = [keys[this.#key], keys[this.#key - 1]] as [SigningKey, SigningKey?];
    const signing = { key: async () => key, ...(before && { keyBefore: async () => before }), keptDays: 365 };
    const clock = { ...this.hub.clock, now: () => new Date(this.#now) };
    await runSummary({ ...this.hub, clock, signing, runs }, { ...summaryRequest, runId }).catch((error) => {
      if (!(error instanceof OperatorError) || error.code !== 'run-store-unusable') throw error;
    });
  }
}

const run = fc.nat({ max: 4 });
const moves: fc.Arbitrary<readonly Move[]> = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constant('summary' as const),
      run,
      dies: fc.integer({ min: 1, max: 20 }),
      isAfter: fc.boolean(),
    }),
    fc.record({ kind: fc.constant('summary' as const), run, isAfter: fc.constant(false) }),
    fc.record({ kind: fc.constant('three' as const), run, choices: fc.array(fc.nat({ max: 2 }), { minLength: 1 }) }),
    fc.record({ kind: fc.constant('clock' as const), hours: fc.integer({ min: -48, max: 48 }) }),
    fc.record({ kind: fc.constant('rotation' as const) }),
    fc.record({ kind: fc.constant('memory' as const) }),
  ),
  { minLength: 1, maxLength: 8 },
);

/** Found here: the memory names a statement that neither of the two keys of today has signed. */
const diedBeforeTwoRotations: readonly Move[] = [
  { kind: 'summary', run: 0, isAfter: false },
  { kind: 'rotation' },
  { kind: 'summary', run: 0, dies: 15, isAfter: true },
  { kind: 'rotation' },
  { kind: 'summary', run: 0, isAfter: false },
];

it('whatever dies, comes at once, moves its clock or changes its key: the chain never forks, and verify takes it and each head that left', async () => {
  await fc.assert(
    fc.asyncProperty(moves, async (all) => {
      const signing = new SigningHub();
      for (const each of all) await signing.move(each);

      const { objects } = signing.hub.runs;
      const stored = [...objects].flatMap(([name, text]) => {
        if (!name.startsWith('statements/')) return [];
        return [
          {
            name: name.slice(11),
            ...checkBundle(
              text,
              keys.map(({ publicKey }) => publicKey),
            ),
          },
        ];
      });
      const chain = checkChain(stored, '2020-01-01');
      expect(chain.faults.filter(({ text }) => !text.includes('the chain begins on'))).toEqual([]);
      expect(chain.statements.map(({ at }) => at.number)).toEqual(stored.map((_, index) => index + 1));
      expect(chain.notes.filter(({ kind }) => kind === 'repaired')).toEqual([]);
      for (const { detail } of signing.hub.events.events) {
        const head = 'head' in detail ? String(detail.head) : '';
        const [number, sha256] = head.split(':');
        const found = chain.all.find((each) => each.sha256 === sha256);
        if (head !== '')
          expect([found?.at.number, found && chain.after(found)]).toEqual([
            Number(number),
            stored.length - Number(number),
          ]);
      }
    }),
    { numRuns: howMany(50), ...drawn(), examples: [[diedBeforeTwoRotations]] },
  );
});
