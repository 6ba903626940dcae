import { describe, expect, it } from 'vitest';
import type { Control, JudgeOptions } from '../../../../lambda/core/judge/control.ts';
import {
  clientCaExpiry,
  clientCaFilePresent,
  clientCaIsClusterCa,
} from '../../../../lambda/core/judge/controls/client-ca-controls.ts';
import { evaluate } from '../../../../lambda/core/judge/evaluate.ts';
import type { KubeletFacts, Via } from '../../../../lambda/core/model/model.ts';
import type { CaBundleFacts, CaCertificate } from '../../../../lambda/core/model/node-facts.ts';
import { clusterWith, factsWith } from './facts-with.ts';
import { inWords } from './in-words.ts';

const setting = 'authentication.x509.clientCAFile';
const path = '/etc/kubernetes/pki/ca.crt';
const now = new Date('2026-06-01T00:00:00Z');
const checks = [clientCaFilePresent, clientCaIsClusterCa, clientCaExpiry];

const certificate = (letter: string, notAfter = '2036-01-01T00:00:00.000Z'): CaCertificate => {
  return { subject: 'CN=kubernetes', sha256: letter.repeat(64), notAfter };
};
const [oldCa, newCa, foreign] = [certificate('a'), certificate('b'), certificate('c')];

const holding = (...certificates: readonly CaCertificate[]): CaBundleFacts => ({ state: 'read', path, certificates });
const bySsm = { ...factsWith({}), via: 'ssm' } as const;
const seen = (clientCa?: CaBundleFacts): KubeletFacts => ({ ...bySsm, ...(clientCa && { clientCa }) });
const rotating = (...fingerprints: readonly string[]): JudgeOptions => ({ now, cluster: clusterWith(fingerprints) });
const settled = rotating(oldCa.sha256);

const name = (letter: string) => `CN=kubernetes (SHA-256 ${letter.repeat(16)}…)`;

describe('each check of what is behind the path of the client CA', () => {
  it.each(checks)('passes a file that holds the CA of the cluster: $slug', (check) => {
    const origin = { from: 'node', file: path };
    const evidence = { setting: `content of the file that ${setting} names`, origin, via: 'ssm' };
    expect(check.judge(seen(holding(oldCa)), settled)).toMatchObject({ status: 'pass', evidence });
    expect(check.numbers).toEqual({});
  });

  it.each(checks)('is unknown with the setting itself: $slug', (check) => {
    const { settings } = factsWith({});
    const unclear = { ...settings, [setting]: { state: 'unknown', because: 'twice' } as const };
    expect(inWords(check.judge({ ...seen(holding(oldCa)), settings: unclear }, settled))).toBe('unknown: twice');
  });

  it.each(checks)('takes the word of the source that looked, whichever came first: $slug', (check) => {
    const reading = { facts: factsWith({}), otherFacts: [seen(holding(oldCa))], failures: [] };
    expect(evaluate(check, reading, settled)).toMatchObject({ status: 'pass', evidence: { via: 'ssm' } });
  });

  it.each(checks)('says why the source that looks could not tell, not what the other never can: $slug', (check) => {
    const clientCa: CaBundleFacts = { state: 'unreadable', path, because: 'it is a FIFO' };
    const verdict = evaluate(check, { facts: factsWith({}), otherFacts: [seen(clientCa)], failures: [] }, settled);
    expect(verdict).toMatchObject({ status: 'unknown', because: expect.stringContaining('it is a FIFO') });
  });
});

const willNotRestart =
  'the kubelet will not survive a restart: it runs on with the certificates that it read before, and does not start without them';
const believed = `clients of a further CA are believed too: ${name('c')}`;
const rotated = (...missing: readonly string[]) =>
  `the cluster’s CA is being rotated, and SHA-256 ${missing.map((each) => `${each.repeat(16)}…`).join(' and ')} is missing`;
const twoCas = rotating(oldCa.sha256, newCa.sha256);
const soon = certificate('d', '2026-06-20T00:00:00Z');
const expired = certificate('e', '2026-05-01T00:00:00Z');

describe('what each check finds', () => {
  /** Status and value, or why there is none, then the notes. */
  const found = (control: Control, clientCa: CaBundleFacts, options = settled): readonly string[] => {
    const verdict = control.judge(seen(clientCa), options);
    if (!('evidence' in verdict) || !verdict.evidence) return [verdict.status];
    return [`${verdict.status}: ${verdict.evidence.value}`, ...verdict.evidence.notes];
  };

  it('of the file is whether it is there, with what its lack means', () => {
    const of = (clientCa: CaBundleFacts) => found(clientCaFilePresent, clientCa);
    expect(of({ state: 'gone', path })).toEqual(['fail: the file is gone', willNotRestart]);
    expect(of(holding())).toEqual(['fail: the file holds no certificate', willNotRestart]);
    expect(of(holding(oldCa))).toEqual([`pass: 1 certificate: ${name('a')}`]);
  });

  it('of the CA is whether it is the cluster’s, both while EKS rotates it, and who else is believed', () => {
    const of = (options: typeof settled, ...held: readonly CaCertificate[]) =>
      found(clientCaIsClusterCa, holding(...held), options);
    const isA = `pass: the cluster’s CA: ${name('a')}`;
    const [onlyA, onlyB] = ['a', 'b'].map((letter) => `fail: does not hold both CAs: only ${name(letter)}`);
    const three = rotating(oldCa.sha256, newCa.sha256, 'd'.repeat(64));

    expect(of(settled, oldCa)).toEqual([isA]);
    expect(of(settled, oldCa, foreign)).toEqual([isA, believed]);
    const isOther = `fail: another CA: ${name('c')}`;
    expect(of(settled, foreign)).toEqual([isOther, `the cluster’s CA is SHA-256 ${'a'.repeat(16)}…`]);
    expect(of(twoCas, oldCa)).toEqual([onlyA, rotated('b')]);
    expect(of(twoCas, newCa)).toEqual([onlyB, rotated('a')]);
    for (const both of [of(twoCas, oldCa, newCa), of(twoCas, newCa, oldCa)])
      expect(both).toEqual([expect.stringMatching(/^pass: /)]);
    const onlyOne = `fail: does not hold all 3 CAs: only ${name('a')}`;
    expect(of(three, oldCa, foreign)).toEqual([onlyOne, rotated('b', 'd'), believed]);
    const two = `fail: does not hold all 3 CAs: only ${name('a')}, ${name('b')}`;
    expect(of(three, oldCa, newCa)).toEqual([two, rotated('d')]);
  });

  it('of its end names those that end, the next one first, and counts those that last', () => {
    const of = (...held: readonly CaCertificate[]) => found(clientCaExpiry, holding(...held));
    const [ends, ended] = [`${name('d')}, which expires on 2026-06-20`, `${name('e')}, which expired on 2026-05-01`];

    expect(of(newCa, oldCa)).toEqual([`pass: the first to expire is ${name('b')}, which expires on 2036-01-01`]);
    expect(of(soon)).toEqual([`fail: ${ends}`]);
    expect(of(oldCa, soon, newCa)).toEqual([`fail: ${ends}`, 'of the file’s 3 certificates 2 stay valid longer']);
    const [first, more] = [`fail: ${ended}, ${ends}`, 'of the file’s 3 certificates 1 stays valid longer'];
    expect(of(oldCa, soon, expired)).toEqual([first, more]);
  });
});

describe('client-ca-expiry', () => {
  it.each([
    ['2026-05-31T23:59:59.000Z', 'fail', 'which expired on 2026-05-31'],
    ['2026-06-01T00:00:00.000Z', 'fail', 'which expired on 2026-06-01'],
    ['2026-06-01T12:00:00.000Z', 'fail', 'which expires on 2026-06-01'],
    ['2026-06-02T12:00:00.000Z', 'fail', 'which expires on 2026-06-02'],
    ['2026-07-01T00:00:00.000Z', 'fail', 'which expires on 2026-07-01'],
    ['2026-07-01T00:00:01.000Z', 'pass', 'which expires on 2026-07-01'],
  ])('takes an end at %s on the first of June for a %s', (notAfter, status, words) => {
    const verdict = clientCaExpiry.judge(seen(holding(certificate('a', notAfter))), settled);
    expect(verdict).toMatchObject({ status, evidence: { value: expect.stringMatching(new RegExp(`${words}$`)) } });
  });

  const ends = ['2026-06-20T00:00:00Z', '2036-06-20T00:00:00Z'];
  it.each(ends)('says the same of an end at %s a day later: a finding changes when the verdict does', (notAfter) => {
    const facts = seen(holding(certificate('a', notAfter)));
    const tomorrow = { now: new Date(now.getTime() + 86_400_000) };
    expect(clientCaExpiry.judge(facts, tomorrow)).toEqual(clientCaExpiry.judge(facts, settled));
  });
});

describe('the words of the checks', () => {
  const keptInMemory = 'the certificates that the kubelet read before are not known';
  const because = (control: Control, clientCa: CaBundleFacts, options = settled): unknown =>
    Object(control.judge(seen(clientCa), options)).because;

  it('say why nothing can be said', () => {
    for (const control of [clientCaIsClusterCa, clientCaExpiry]) {
      expect(because(control, holding())).toBe(`${path} holds no certificate; ${keptInMemory}`);
      expect(because(control, { state: 'gone', path })).toBe(`${path} is gone; ${keptInMemory}`);
    }
    const hostile: CaBundleFacts = { state: 'unreadable', path, because: `a\u0007${'x'.repeat(400)}` };
    expect(because(clientCaFilePresent, hostile)).toBe(`${path} could not be looked into: a ${'x'.repeat(297)}…`);
    const noneShown = 'the certificates of the cluster’s own CA are not known: DescribeCluster showed none';
    expect(because(clientCaIsClusterCa, holding(oldCa), { now })).toBe(noneShown);
    expect(because(clientCaExpiry, holding(oldCa), {})).toBe('the time of the audit is not known');
    const odd = because(clientCaExpiry, holding(oldCa, certificate('d', 'soon')));
    expect(odd).toBe('the end of CN=kubernetes (SHA-256 dddddddddddddddd…) is no date');
  });

  it('say which source would see it', () => {
    const judged = (via: Via) => Object(clientCaExpiry.judge({ ...factsWith({}), via }, settled)).because;
    const told = (['direct', 'configz', 'tls', 'files', 'ssm'] as const).map(judged);
    expect(told).toEqual([
      ...Array(3).fill('what the client CA file holds is seen by SSM only'),
      'what the client CA file holds was not saved',
      'the probe did not look into the client CA file of this node',
    ]);
  });

  it('say that there is none, or that another one runs', () => {
    const { settings } = factsWith({ [setting]: undefined });
    const judged = (...otherFacts: readonly KubeletFacts[]) =>
      inWords(clientCaExpiry.judge({ ...seen(), settings }, { ...settled, otherFacts }));
    const notSet = 'not-applicable: no client CA is set, so there is no such file: kubelet-client-ca-file judges that';
    expect(judged()).toBe(notSet);
    const another = `unknown: the kubelet runs with ${path}, which its files do not name any more`;
    expect(judged(factsWith({}))).toBe(another);
    const byFile = { state: 'known', value: '/f', origin: { from: 'file', file: '/k' } } as const;
    const filed = { ...factsWith({}), settings: { ...factsWith({}).settings, [setting]: byFile } };
    for (const other of [filed, factsWith({ [setting]: '' })]) expect(judged(other)).toMatch(/^not-applicable/);
  });

  it('say what a file that is newer than the kubelet is worth', () => {
    const pendingRestart = '/k changed after the kubelet started';
    const pending = (value: string, clientCa?: CaBundleFacts): KubeletFacts => {
      const facts = seen(clientCa);
      const fact = { state: 'known', value, origin: { from: 'file', file: '/k' }, pendingRestart } as const;
      return { ...facts, settings: { ...facts.settings, [setting]: fact } };
    };
    const judged = (...of: Parameters<typeof pending>) => inWords(clientCaFilePresent.judge(pending(...of), settled));
    const unknown = `unknown: which client CA runs is not known: ${pendingRestart}`;
    expect(judged('', undefined)).toBe(unknown);
    expect(judged(path, holding(oldCa))).toBe(`${unknown}; ${path} is that of the next start`);
    expect(clientCaFilePresent.judge(pending(path, holding()), settled).status).toBe('fail');
    const running = { ...settled, otherFacts: [factsWith({})] };
    expect(clientCaFilePresent.judge(pending(path, holding(oldCa)), running).status).toBe('pass');
  });

  it('name the file, and take another spelling of its path for the same', () => {
    const long = { ...holding(oldCa), path: `/${'x'.repeat(400)}` };
    const evidence = { origin: { from: 'node', file: `/${'x'.repeat(298)}…` } };
    expect(clientCaFilePresent.judge(seen(long), settled)).toMatchObject({ evidence });
    const notesBeside = (ca: string) => {
      const options = { ...settled, otherFacts: [factsWith({ [setting]: ca })] };
      return Object(clientCaFilePresent.judge(seen(holding(oldCa)), options)).evidence.notes;
    };
    expect(notesBeside('/etc/kubernetes/x/../pki//ca.crt')).toEqual([]);
    expect(notesBeside('ca.crt')).toEqual(['the running kubelet took its client CA from another file, ca.crt']);
  });
});
