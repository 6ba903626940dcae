import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { controlsOf } from '../../../lambda/core/judge/controls/catalogue/find-control.ts';
import { clientCaFile } from '../../../lambda/core/judge/controls/client-ca-file.ts';
import { readOnlyPort, rotateCertificates } from '../../../lambda/core/judge/controls/setting-controls.ts';
import { evaluate } from '../../../lambda/core/judge/evaluate.ts';
import type { KubeletFacts, ReadFailure } from '../../../lambda/core/model/model.ts';
import type { CaCertificate } from '../../../lambda/core/model/node-facts.ts';
import { settingFacts, unknownFact } from '../../../lambda/core/read/kubelet/setting-facts.ts';
import { clusterWith, factsWith, nodeWith as nodeOf } from './controls/facts-with.ts';
import { inWords } from './controls/in-words.ts';
import { type Change, subject } from './controls/subject.ts';

const ca = 'authentication.x509.clientCAFile';
const refused: ReadFailure = { via: 'configz', kind: 'kubelet-refused', because: 'the kubelet answered 401' };
const unreadable: ReadFailure = { via: 'ssm', kind: 'unreadable', because: 'the agent is not online' };
const unclearCa = { state: 'unknown', because: 'two spellings' } as const;
const unclear: KubeletFacts = { ...factsWith({}), settings: { ...factsWith({}).settings, [ca]: unclearCa } };
const certificate = (digit: string): CaCertificate => {
  return { subject: 'CN=kubernetes', sha256: digit.repeat(64), notAfter: '2036-01-01T00:00:00.000Z' };
};
const readingOf = ([facts, ...otherFacts]: readonly KubeletFacts[]) => ({ ...(facts && { facts }), otherFacts });

/** The same node, whose main file is newer than its kubelet. */
const restartPending = (facts: KubeletFacts): KubeletFacts => {
  const pendingRestart = '/etc/kubernetes/kubelet/config.json changed after the kubelet started';
  const settings = settingFacts((path) => {
    const fact = facts.settings[path];
    return fact.state === 'unknown' || fact.origin.from === 'flag' ? fact : { ...fact, pendingRestart };
  });
  return { ...facts, settings };
};
const unsuspicious = { ...clientCaFile, suspectWhenRefused: false };

describe('evaluate', () => {
  it('says in the evidence which version of the kubelet it was', () => {
    const reading = { facts: factsWith({}), failures: [] };
    const kubeletVersion = 'v1.34.9-eks-113cf36';
    const versioned = evaluate(clientCaFile, { ...reading, node: nodeOf({ kubeletVersion }) });
    expect(versioned).toMatchObject({ evidence: { kubeletVersion } });
    expect(evaluate(clientCaFile, { ...reading, node: nodeOf({}) })).not.toHaveProperty('evidence.kubeletVersion');
  });

  it('warns when the kubelet refused and nothing else could be read, and says in order what was tried', () => {
    const tried = 'warn: configz: the kubelet answered 401; ssm: the agent is not online';
    expect(inWords(evaluate(clientCaFile, { failures: [refused, unreadable] }))).toBe(tried);
  });

  it('does not know what nobody could read', () => {
    expect(inWords(evaluate(clientCaFile, { failures: [unreadable] }))).toBe('unknown: ssm: the agent is not online');
    expect(inWords(evaluate(clientCaFile, { facts: unclear, failures: [] }))).toBe('unknown: two spellings');
    expect(inWords(evaluate(clientCaFile, { failures: [] }))).toBe('unknown: no source was tried');
  });

  it('does not take a denial for a refusal: that kubelet has a client CA', () => {
    expect(evaluate(clientCaFile, { failures: [{ ...refused, kind: 'kubelet-denied' }] }).status).toBe('unknown');
  });

  it('does not suspect a control that says nothing about certificates', () => {
    expect(evaluate(unsuspicious, { failures: [refused] }).status).toBe('unknown');
  });

  describe('with what other sources read', () => {
    it('lets files and flags say false from not set, which are alike in configz', () => {
      const judged = (change: Change) => {
        const otherFacts = [subject('ssm', change)];
        return evaluate(rotateCertificates, { facts: subject('configz', change), otherFacts, failures: [] });
      };
      const off = { file: { rotateCertificates: false } };

      const alone = evaluate(rotateCertificates, { facts: subject('configz', off), failures: [] });
      expect(inWords(alone)).toMatch(/^unknown: .*only flags and files/);
      expect(judged(off).status).toBe('fail');
      expect(judged({ file: { rotateCertificates: null } }).status).toBe('pass');
      expect(judged({})).toMatchObject({ status: 'pass', evidence: { via: 'configz' } });
    });

    const asked = (readOnlyPort: number): KubeletFacts => {
      const { settings, ...rest } = subject('configz', { file: { readOnlyPort } });
      const only = settingFacts((path) => (path === 'readOnlyPort' ? settings[path] : unknownFact('not in an answer')));
      return { ...rest, via: 'wire', settings: only };
    };
    const configured = (readOnlyPort: number) => subject('configz', { file: { readOnlyPort } });

    it.each<[string, readonly KubeletFacts[], string, string | undefined]>([
      ['the answer is worse', [configured(0), asked(10255)], 'fail', 'contradicted: readOnlyPort is 0 by configz'],
      [
        'the configuration is worse',
        [configured(10255), asked(0)],
        'fail',
        'contradicted: readOnlyPort is 0 by the wire',
      ],
      ['both pass', [configured(0), asked(0)], 'pass', undefined],
      ['both fail', [configured(10255), asked(10255)], 'fail', undefined],
    ])('takes the worse of the configuration and an answer without credentials: %s', (_, facts, status, note) => {
      for (const each of [facts, facts.toReversed()]) {
        const verdict = evaluate(readOnlyPort, { ...readingOf(each), failures: [] });
        const notes = 'evidence' in verdict ? verdict.evidence?.notes : [];
        expect(verdict.status).toBe(status);
        expect(notes).toEqual(note === undefined ? [] : [expect.stringContaining(note)]);
      }
      // Of what the answer does not show, the configuration decides alone.
      expect(evaluate(clientCaFile, { ...readingOf(facts), failures: [] }).status).toBe('pass');
    });

    it('goes by what runs before what the files say, whichever was asked first', () => {
      const reading = { facts: subject('ssm', { file: { readOnlyPort: 10255 } }), failures: [] };
      expect(evaluate(readOnlyPort, reading).status).toBe('fail');
      expect(evaluate(readOnlyPort, { ...reading, otherFacts: [subject('configz')] }).status).toBe('pass');
    });
  });

  describe('a kubelet that refused the API server', () => {
    const clusterCa = certificate('a');
    const surroundings = { cluster: clusterWith([clusterCa.sha256]), now: new Date('2026-06-01') };
    const byFiles = (certificates: readonly CaCertificate[]): KubeletFacts => ({
      ...subject('ssm'),
      clientCa: { state: 'read', path: '/etc/kubernetes/pki/ca.crt', certificates },
    });
    const judged = (...facts: readonly KubeletFacts[]) =>
      evaluate(clientCaFile, { ...readingOf(facts), failures: [refused] }, surroundings);

    it.each<[string, KubeletFacts]>([
      ['that holds the CA of the cluster', byFiles([clusterCa])],
      ['that holds the CA of the cluster beside another', byFiles([certificate('b'), clusterCa])],
      ['that is gone', { ...subject('ssm'), clientCa: { state: 'gone', path: '/ca.crt' } }],
      ['without a certificate', byFiles([])],
    ])('is suspected with a CA file %s', (_, facts) => {
      expect(judged(facts).status).toBe('warn');
    });

    it('is suspected where its files were edited since it started', () => {
      const verdict = judged(restartPending(byFiles([clusterCa])));
      expect(inWords(verdict)).toMatch(/^warn: .*what runs is not known: .*config\.json changed.*401/);
    });

    it('fails where no file sets a client CA', () => {
      expect(judged(subject('ssm', { file: { authentication: { x509: null } } })).status).toBe('fail');
    });

    const controls = controlsOf('cis-eks-1.8.0');
    const others = controls.filter((each) => each !== clientCaFile && each.about.kind !== 'connection');
    it.each(others)('is judged for $slug as if it had not', (control) => {
      const judgedWith = (failures: readonly ReadFailure[]) =>
        evaluate(control, { ...readingOf([byFiles([clusterCa])]), failures }, surroundings);
      expect(judgedWith([refused])).toEqual(judgedWith([]));
    });
  });

  describe('a kubelet whose files changed after it started', () => {
    const edited = (change: Change = {}) => restartPending(subject('ssm', change));
    const settingControls = controlsOf('cis-eks-1.8.0').filter(({ about }) => about.kind === 'setting');

    it.each(settingControls)('passes $slug by no file, and says what a restart would bring', (control) => {
      expect(evaluate(control, { facts: subject('ssm'), failures: [] }).status).toBe('pass');
      const verdict = inWords(evaluate(control, { facts: edited(), failures: [] }));
      const because = /^unknown: .*config\.json changed after the kubelet started; after a restart .*which passes/;
      expect(verdict).toMatch(because);
    });

    it('passes by what flags decide', () => {
      const change = { flags: ['--read-only-port=0'] };
      expect(evaluate(readOnlyPort, { facts: edited(change), failures: [] }).status).toBe('pass');
    });
  });

  it('never passes what was not read, and bounds its words, whatever the failures', () => {
    const kinds = ['kubelet-refused', 'kubelet-denied', 'cluster', 'unreadable', 'not-tried', 'deadline'] as const;
    const failure = fc.record({
      via: fc.constantFrom('configz' as const, 'ssm' as const, 'files' as const),
      kind: fc.constantFrom<ReadFailure['kind']>(...kinds),
      because: fc.string({ unit: 'binary', maxLength: 2000 }),
    });
    const kindOf = fc.constantFrom('fargate' as const, 'al2' as const, undefined);
    fc.assert(
      fc.property(fc.array(failure, { maxLength: 6 }), kindOf, (failures, kind) => {
        const verdict = evaluate(clientCaFile, { failures, ...(kind && { node: nodeOf({ kind }) }) });
        const because = 'because' in verdict ? verdict.because : '';
        const unread = kind === 'fargate' ? 'not-applicable' : 'unknown';
        expect(verdict.status).toBe(failures.some((each) => each.kind === 'kubelet-refused') ? 'warn' : unread);
        expect(because.length).toBeLessThanOrEqual(1000);
        expect(because).not.toMatch(/\p{Cc}/u);
      }),
    );
  });
});
