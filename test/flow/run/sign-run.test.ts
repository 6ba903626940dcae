import { generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { OperatorError } from '../../../lambda/core/model/operator-error.ts';
import { hashOf } from '../../../lambda/core/run/signed/run-statement.ts';
import { checkBundle, type SigningKey } from '../../../lambda/core/run/signed/signed-bundle.ts';
import { runSummary } from '../../../lambda/flow/run/run-summary.ts';
import { answer, answers, blue, discovery, problem } from '../../core/run/complete-run.ts';
import { answeredHub, summaryRequest as request } from './item-options.ts';

function keyOf(): SigningKey {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const hint = hashOf(publicKey.export({ type: 'spki', format: 'der' }));
  return { publicKey, hint, sign: async (bytes) => sign('sha256', bytes, privateKey) };
}
const key = keyOf();
const name = (number = '') => `statements/2026-11-25/${discovery.runId}${number}.sigstore.json`;

async function hub(given = answers, signingKey: () => Promise<SigningKey> = async () => key) {
  return { ...(await answeredHub(given)), signing: { key: signingKey, keptDays: 365 } };
}
type Hub = Awaited<ReturnType<typeof hub>>;

function statementIn({ runs }: Hub, at: string) {
  const checked = checkBundle(runs.objects.get(at) ?? '', key.publicKey);
  if (checked.status === 'refused') return expect.unreachable(checked.because);
  return { ...checked.statement.predicate, sha256: checked.sha256, subject: checked.statement.subject };
}

describe('a signed run', () => {
  it('has a statement about its checksums and its summary, before the event that names it', async () => {
    const ports = await hub();
    await runSummary(ports, request);

    const { subject, result, run, sha256 } = statementIn(ports, name());
    const hash = (at: string) => hashOf(ports.runs.objects.get(`${discovery.runId}/${at}`) ?? '');
    expect(subject).toEqual([
      { name: 'SHA256SUMS', digest: { sha256: hash('SHA256SUMS') } },
      { name: 'summary.json', digest: { sha256: hash('summary') } },
    ]);
    const { id, nodes, keptDays, previous } = run;
    expect([result, id, nodes, keptDays, previous]).toEqual(['PASSED', discovery.runId, 20, 365, undefined]);
    const { written } = ports.runs;
    expect(written.indexOf(name())).toBeGreaterThan(written.indexOf(`${discovery.runId}/SHA256SUMS`));
    expect(await ports.runs.lastRun()).toMatchObject({ statement: { name: name().slice(11), sha256 } });
    expect(ports.events.events.at(-1)).toMatchObject({
      detail: { statement: name().slice(11), statementSha256: sha256, previousStatementSha256: '' },
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
    expect(statementIn(ports, name()).result).toBe(result);
  });

  it('that is summed up again has another statement, which names the first and follows it', async () => {
    const ports = await hub();
    await runSummary(ports, request);
    await runSummary(ports, request);
    const { sha256 } = statementIn(ports, name());
    expect(statementIn(ports, name('.2')).run).toMatchObject({ first: { sha256 }, previous: { sha256 } });
  });

  it('follows its own statement where the summary ended before it could keep which one was last', async () => {
    const ports = await hub();
    ports.runs.broken.add('last-run');
    await expect(runSummary(ports, request)).rejects.toThrow();
    ports.runs.broken.delete('last-run');
    await runSummary(ports, request);
    expect(statementIn(ports, name('.2')).run.previous?.sha256).toBe(statementIn(ports, name()).sha256);
  });

  it('passes by a statement that another key signed in its place', async () => {
    const forged = await hub(answers, async () => keyOf());
    await runSummary(forged, request);
    const ports = await hub();
    ports.runs.objects.set(name(), forged.runs.objects.get(name()) ?? '');
    await runSummary(ports, request);
    expect(statementIn(ports, name('.2')).run).not.toHaveProperty('first');
    expect(statementIn(ports, name('.2')).run).not.toHaveProperty('previous');
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
