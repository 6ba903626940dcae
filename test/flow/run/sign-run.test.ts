import { describe, expect, it } from 'vitest';
import { OperatorError } from '../../../lambda/core/model/operator-error.ts';
import { checkChain } from '../../../lambda/core/run/signed/check-chain.ts';
import { datedName, hashOf, isHandOver, numberedName, placeOf } from '../../../lambda/core/run/signed/run-statement.ts';
import { checkBundle, type SigningKey, signedBundle } from '../../../lambda/core/run/signed/signed-bundle.ts';
import { runSummary } from '../../../lambda/flow/run/run-summary.ts';
import { answer, answers, blue, discovery, problem } from '../../core/run/complete-run.ts';
import { answeredHub, summaryRequest as request } from './item-options.ts';
import { signingKey } from './signing-keys.ts';

const key = signingKey();
const at = (number: number) => `statements/${numberedName(number)}`;

async function hub(given = answers, signer: () => Promise<SigningKey> = async () => key) {
  return { ...(await answeredHub(given)), signing: { key: signer, keptDays: 365 } };
}
type Hub = Awaited<ReturnType<typeof hub>>;

function statementIn({ runs }: Hub, name: string, keys = [key]) {
  const checked = checkBundle(
    runs.objects.get(name) ?? '',
    keys.map(({ publicKey }) => publicKey),
  );
  if (checked.status === 'refused') return expect.unreachable(checked.because);
  const { statement, sha256, key: signer } = checked;
  const { number, name: signedAs, previous, repairs } = placeOf(statement);
  return { statement, sha256, signer, number, name: signedAs, previous, repairs };
}

const runOf = (ports: Hub, name: string) => {
  const { statement } = statementIn(ports, name);
  return isHandOver(statement) ? expect.unreachable('a handover') : statement.predicate;
};

/** What the statements of the hub prove, for who has these keys. */
const faultsIn = ({ runs }: Hub, keys = [key]) =>
  checkChain(
    [...runs.objects].flatMap(([name, text]) => {
      if (!name.startsWith('statements/')) return [];
      const checked = checkBundle(
        text,
        keys.map(({ publicKey }) => publicKey),
      );
      return [{ name: name.slice(11), ...checked }];
    }),
    '2026-01-01',
  ).faults.filter(({ text }) => !text.includes('the chain begins on'));

/** A statement as the release before named it, and what it named. */
async function signedBefore(ports: Hub, runId: string, previous?: { name: string; sha256: string }, by = key) {
  await runSummary(ports, request);
  const last = [...ports.runs.objects.keys()].findLast((each) => each.startsWith('statements/0')) ?? '';
  const { statement } = statementIn(ports, last);
  ports.runs.objects.delete(last);
  if (isHandOver(statement)) return expect.unreachable('a handover');
  const { number: _, name: __, previous: ___, repairs: ____, ...run } = statement.predicate.run;
  const old = {
    ...statement,
    predicate: { ...statement.predicate, run: { ...run, id: runId, ...(previous && { previous }) } },
  };
  const link = { name: datedName('2026-11-25', runId, 1), sha256: hashOf(JSON.stringify(old)) };
  ports.runs.objects.set(`statements/${link.name}`, await signedBundle(old, by));
  const { statement: _____, ...rest } = JSON.parse(ports.runs.objects.get('last-run') ?? '{}');
  ports.runs.objects.set('last-run', JSON.stringify({ ...rest, statement: link }));
  return link;
}

describe('a signed run', () => {
  it('has a statement about its checksums and its summary, before the event that names it', async () => {
    const ports = await hub();
    await runSummary(ports, request);

    const { statement, number, name, sha256, previous } = statementIn(ports, at(1));
    const hash = (file: string) => hashOf(ports.runs.objects.get(`${discovery.runId}/${file}`) ?? '');
    expect(statement.subject).toEqual([
      { name: 'SHA256SUMS', digest: { sha256: hash('SHA256SUMS') } },
      { name: 'summary.json', digest: { sha256: hash('summary') } },
      { name: 'SHA256SUMS.census', digest: { sha256: expect.any(String) } },
    ]);
    const { result, run } = runOf(ports, at(1));
    expect([result, run.id, run.nodes, run.keptDays]).toEqual(['PASSED', discovery.runId, 20, 365]);
    expect([number, name, previous]).toEqual([1, numberedName(1), undefined]);
    const { written } = ports.runs;
    expect(written.indexOf(at(1))).toBeGreaterThan(written.indexOf(`${discovery.runId}/SHA256SUMS`));
    expect(await ports.runs.lastRun()).toMatchObject({ statement: { name, sha256 } });
    expect(ports.events.events.at(-1)).toMatchObject({
      detail: { statement: name, statementSha256: sha256, previousStatementSha256: '', head: `1:${sha256}` },
    });
  });

  const verdicts = { pass: 9, fail: 0, warn: 0, unknown: 0, 'not-applicable': 0 };
  it.each([
    ['FAILED', { verdicts: { ...verdicts, fail: 1 } }],
    ['PASSED', { verdicts: { ...verdicts, fail: 1 }, waived: 1 }],
    ['WARNED', { verdicts: { ...verdicts, warn: 1 } }],
    ['WARNED', { unreadableNodes: 1 }],
    ['WARNED', { problems: [problem] }],
  ])('is %s where an answer says %j', async (result, change) => {
    const ports = await hub([answer(blue, change), ...answers.slice(1)]);
    await runSummary(ports, request);
    expect(runOf(ports, at(1)).result).toBe(result);
  });

  it('that is summed up again has another statement, which names the one before', async () => {
    const ports = await hub();
    await runSummary(ports, request);
    await runSummary(ports, request);
    const { name, sha256 } = statementIn(ports, at(1));
    expect(statementIn(ports, at(2))).toMatchObject({ number: 2, previous: { name, sha256 } });
  });

  it.each(['set back', 'lost', 'not written'])(
    'follows what was signed last, also where its memory was %s',
    async (how) => {
      const ports = await hub();
      await runSummary(ports, request);
      const before = ports.runs.objects.get('last-run') ?? '';
      if (how === 'not written') ports.runs.broken.add('last-run');
      await runSummary(ports, request).catch(() => undefined);
      ports.runs.broken.clear();
      if (how === 'set back') ports.runs.objects.set('last-run', before);
      if (how === 'lost') ports.runs.objects.delete('last-run');
      await runSummary(ports, request);
      expect(statementIn(ports, at(3)).previous?.sha256).toBe(statementIn(ports, at(2)).sha256);
      expect(faultsIn(ports)).toEqual([]);
    },
  );

  it('joins the ends of a chain that had forked under the release before, and names them', async () => {
    const ports = await hub();
    const first = await signedBefore(ports, 'first');
    const forks = [await signedBefore(ports, 'a', first), await signedBefore(ports, 'b', first)];
    expect(faultsIn(ports).map(({ kind }) => kind)).toEqual(['forked']);
    await runSummary(ports, request);
    const { previous, repairs } = statementIn(ports, at(1));
    expect([previous, ...(repairs ?? [])]).toEqual(expect.arrayContaining(forks));
    expect(faultsIn(ports)).toEqual([]);
  });

  it('goes on where the release before had signed in between', async () => {
    const ports = await hub();
    await runSummary(ports, request);
    const { sha256 } = statementIn(ports, at(1));
    const text = ports.runs.objects.get(at(1)) ?? '';
    const between = await signedBefore(ports, 'between', { name: numberedName(1), sha256 });
    ports.runs.objects.set(at(1), text);
    await runSummary(ports, request);
    expect(statementIn(ports, at(2)).previous).toEqual(between);
    expect(faultsIn(ports)).toEqual([]);
  });

  describe('changes its key', () => {
    const next = signingKey();
    const rotated = (ports: Hub, signers: readonly [SigningKey, SigningKey?]): Hub => ({
      ...ports,
      signing: {
        key: async () => signers[0],
        ...(signers[1] && { keyBefore: async () => signers[1]! }),
        keptDays: 365,
      },
    });

    it('after the key before has handed over, once', async () => {
      const ports = await hub();
      await runSummary(ports, request);
      for (const _ of [1, 2]) await runSummary(rotated(ports, [next, key]), request);
      const signers = [1, 2, 3, 4].map((number) => statementIn(ports, at(number), [key, next]).signer);
      expect(signers).toEqual([key.hint, key.hint, next.hint, next.hint]);
      expect(isHandOver(statementIn(ports, at(2)).statement)).toBe(true);
      await runSummary(rotated(ports, [next]), request);
      expect(faultsIn(ports, [key, next])).toEqual([]);
      expect(faultsIn(ports)).not.toEqual([]);
    });

    it.each<[string, [SigningKey, SigningKey?], boolean]>([
      ['without the key before', [next], false],
      ['with a key before that is not in force', [next, signingKey()], false],
      ['back to a key that has handed over', [key], true],
    ])('never %s: the run fails, and nothing is signed', async (_, signers, isHandedOver) => {
      const ports = await hub();
      await runSummary(ports, request);
      if (isHandedOver) await runSummary(rotated(ports, [next, key]), request);
      const before = [...ports.runs.objects.keys()].filter((each) => each.startsWith('statements/'));
      await expect(runSummary(rotated(ports, signers), request)).rejects.toMatchObject({ code: 'chain-broken' });
      expect([...ports.runs.objects.keys()].filter((each) => each.startsWith('statements/'))).toEqual(before);
    });
  });

  /** What somebody who can write to the bucket does between two runs. */
  const tampered: Readonly<Record<string, (runs: Hub['runs']) => unknown>> = {
    'the last statement is gone': ({ objects }) => objects.delete(at(2)),
    'the last statement is another one': ({ objects }) => objects.set(at(2), objects.get(at(1)) ?? ''),
    'the last statement is no bundle': ({ objects }) => objects.set(at(2), '{}'),
    'somebody wrote the next one': ({ objects }) => objects.set(at(3), objects.get(at(2)) ?? ''),
    'a far later one is there': ({ objects }) => objects.set(at(12_345), objects.get(at(2)) ?? ''),
    'the memory names a statement by a bad name': (runs) => remember(runs, { name: '../x' }),
    'the memory names a statement that is not there': (runs) => remember(runs, { name: numberedName(7) }),
    'the memory names a statement by another hash': (runs) => remember(runs, { sha256: '0'.repeat(64) }),
  };
  const remember = ({ objects }: Hub['runs'], change: object) => {
    const last = JSON.parse(objects.get('last-run') ?? '{}');
    objects.set('last-run', JSON.stringify({ ...last, statement: { ...last.statement, ...change } }));
  };

  it.each(Object.entries(tampered))('fails before it signs where %s', async (_, tamper) => {
    const ports = await hub();
    for (const __ of [1, 2]) await runSummary(ports, request);
    tamper(ports.runs);
    const before = [...ports.runs.objects.keys()].filter((each) => each.startsWith('statements/'));
    const events = ports.events.events.length;
    await expect(runSummary(ports, request)).rejects.toMatchObject({ code: 'chain-broken' });
    expect([...ports.runs.objects.keys()].filter((each) => each.startsWith('statements/'))).toEqual(before);
    expect(ports.events.events).toHaveLength(events);
  });

  it('fails without an event where the key does not sign', async () => {
    const ports = await hub(answers, async () => {
      throw new OperatorError('signing-refused', 'the key is disabled');
    });
    await expect(runSummary(ports, request)).rejects.toMatchObject({ code: 'signing-refused' });
    expect(ports.events.events).toEqual([]);
    expect(await ports.runs.lastRun()).toBeUndefined();
  });
});
