import { describe, expect, it } from 'vitest';
import type { Control, JudgeOptions } from '../../../../lambda/core/judge/control.ts';
import { clientCaExpiry } from '../../../../lambda/core/judge/controls/client-ca-expiry.ts';
import { clientCaFilePresent } from '../../../../lambda/core/judge/controls/client-ca-file-present.ts';
import { clientCaIsClusterCa } from '../../../../lambda/core/judge/controls/client-ca-is-cluster-ca.ts';
import { evaluate } from '../../../../lambda/core/judge/evaluate.ts';
import type { KubeletFacts } from '../../../../lambda/core/model/model.ts';
import type { CaBundleFacts, CaCertificate } from '../../../../lambda/core/model/node-facts.ts';
import { cluster } from '../../../fakes/ports.ts';
import { factsWith } from './facts-with.ts';

const setting = 'authentication.x509.clientCAFile';
const path = '/etc/kubernetes/pki/ca.crt';
const now = new Date('2026-06-01T00:00:00Z');
const checks = [clientCaFilePresent, clientCaIsClusterCa, clientCaExpiry];

const certificate = (letter: string, notAfter = '2036-01-01T00:00:00.000Z'): CaCertificate => ({
  subject: 'CN=kubernetes',
  sha256: letter.repeat(64),
  notAfter,
});
const [oldCa, newCa, foreign] = [certificate('a'), certificate('b'), certificate('c')];

const holding = (...certificates: readonly CaCertificate[]): CaBundleFacts => ({ state: 'read', path, certificates });
const seen = (clientCa?: CaBundleFacts): KubeletFacts => ({
  ...factsWith({}),
  via: 'ssm',
  ...(clientCa && { clientCa }),
});
const rotating = (...caFingerprints: readonly string[]): JudgeOptions => ({
  now,
  cluster: {
    ...cluster,
    endpoint: {
      url: 'https://x',
      caPem: '',
      caFingerprints,
      publicAccess: true,
      privateAccess: true,
      publicAccessCidrs: [],
    },
  },
});
const settled = rotating(oldCa.sha256);

const judge = (control: Control, clientCa: CaBundleFacts, surroundings = settled) => {
  const verdict = control.judge(seen(clientCa), surroundings);
  return { ...verdict, ...('evidence' in verdict && verdict.evidence) };
};

describe('each check of what is behind the path of the client CA', () => {
  it.each(checks)('passes a file that holds the CA of the cluster: $slug', (check) => {
    expect(check.judge(seen(holding(oldCa)), settled)).toMatchObject({
      status: 'pass',
      evidence: {
        setting: `content of the file that ${setting} names`,
        origin: { from: 'node', file: path },
        via: 'ssm',
      },
    });
  });

  it.each(checks)('is no check of a benchmark: $slug', ({ numbers }) => {
    expect(numbers).toEqual({});
  });

  it.each(checks)('is unknown with the setting itself: $slug', (check) => {
    const { settings } = factsWith({});
    const unclear = { ...settings, [setting]: { state: 'unknown', because: 'twice' } as const };
    expect(check.judge({ ...seen(holding(oldCa)), settings: unclear }, settled)).toEqual({
      status: 'unknown',
      because: 'twice',
    });
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

describe('client-ca-file-present', () => {
  it.each([
    ['is gone', { state: 'gone', path } as const, 'the file is gone'],
    ['holds no certificate', holding(), 'the file holds no certificate'],
  ])('fails a file that %s: the kubelet will not survive a restart', (_, clientCa, value) => {
    expect(judge(clientCaFilePresent, clientCa)).toMatchObject({
      status: 'fail',
      value,
      notes: [expect.stringContaining('will not survive a restart')],
    });
  });
});

describe('client-ca-is-cluster-ca', () => {
  it('fails another CA, though it has the same name', () => {
    expect(judge(clientCaIsClusterCa, holding(foreign))).toMatchObject({
      status: 'fail',
      value: 'another CA: CN=kubernetes (SHA-256 cccccccccccccccc…)',
      notes: ['the cluster’s CA is SHA-256 aaaaaaaaaaaaaaaa…'],
    });
  });

  it.each([
    ['old', oldCa, newCa],
    ['new', newCa, oldCa],
  ])('fails a file that holds only the %s CA while EKS rotates it', (_, held, missing) => {
    expect(judge(clientCaIsClusterCa, holding(held), rotating(oldCa.sha256, newCa.sha256))).toMatchObject({
      status: 'fail',
      value: `does not hold both CAs: only CN=kubernetes (SHA-256 ${held.sha256.slice(0, 16)}…)`,
      notes: [expect.stringContaining(`SHA-256 ${missing.sha256.slice(0, 16)}… is missing`)],
    });
  });

  it('passes both of them, in any order', () => {
    for (const held of [holding(oldCa, newCa), holding(newCa, oldCa)])
      expect(judge(clientCaIsClusterCa, held, rotating(oldCa.sha256, newCa.sha256))).toMatchObject({
        status: 'pass',
        notes: [],
      });
  });

  it('passes a further CA, and says who else is believed', () => {
    expect(judge(clientCaIsClusterCa, holding(oldCa, foreign))).toMatchObject({
      status: 'pass',
      notes: ['clients of a further CA are believed too: CN=kubernetes (SHA-256 cccccccccccccccc…)'],
    });
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
    const verdict = judge(clientCaExpiry, holding(certificate('a', notAfter)));
    expect(verdict).toMatchObject({ status, value: expect.stringMatching(new RegExp(`${words}$`)) });
  });

  it.each(['2026-06-20T00:00:00Z', '2036-06-20T00:00:00Z'])(
    'says the same of an end at %s a day later: a finding changes when the verdict does, not each night',
    (notAfter) => {
      const bundle = holding(certificate('a', notAfter));
      const tomorrow = { now: new Date(now.getTime() + 86_400_000) };
      expect(judge(clientCaExpiry, bundle, tomorrow)).toEqual(judge(clientCaExpiry, bundle));
    },
  );

  it('names those that end, the next one first, and counts those that last', () => {
    const bundle = holding(oldCa, certificate('d', '2026-06-20T00:00:00Z'), certificate('e', '2026-05-01T00:00:00Z'));
    expect(judge(clientCaExpiry, bundle)).toMatchObject({
      status: 'fail',
      value: expect.stringMatching(
        /^CN=kubernetes \(SHA-256 e+…\), which expired.*, CN=kubernetes \(SHA-256 d+…\), which expires on 2026-06-20$/,
      ),
      notes: ['of the file’s 3 certificates 1 stays valid longer'],
    });
  });
});

describe('the words of the checks', () => {
  const keptInMemory = 'the certificates that the kubelet read before are not known';
  const willNotRestart =
    'the kubelet will not survive a restart: it runs on with the certificates that it read before, and does not start without them';
  const because = (control: Control, clientCa: CaBundleFacts, surroundings = settled) => {
    const verdict = control.judge(seen(clientCa), surroundings);
    return 'because' in verdict ? verdict.because : verdict.evidence.value;
  };

  it('say why nothing can be said', () => {
    for (const control of [clientCaIsClusterCa, clientCaExpiry]) {
      expect(because(control, holding())).toBe(`${path} holds no certificate; ${keptInMemory}`);
      expect(because(control, { state: 'gone', path })).toBe(`${path} is gone; ${keptInMemory}`);
    }
    expect(because(clientCaFilePresent, { state: 'unreadable', path, because: `a\u0007${'x'.repeat(400)}` })).toBe(
      `${path} could not be looked into: a ${'x'.repeat(297)}…`,
    );
    expect(because(clientCaIsClusterCa, holding(oldCa), { now })).toBe(
      'the certificates of the cluster’s own CA are not known: DescribeCluster showed none',
    );
    expect(because(clientCaExpiry, holding(oldCa), {})).toBe('the time of the audit is not known');
    expect(because(clientCaExpiry, holding(oldCa, certificate('d', 'soon')))).toBe(
      'the end of CN=kubernetes (SHA-256 dddddddddddddddd…) is no date',
    );
  });

  it('say which source would see it', () => {
    const only = 'what the client CA file holds is seen by SSM only';
    const told = (['direct', 'configz', 'tls', 'files', 'ssm'] as const).map((via) =>
      clientCaExpiry.judge({ ...factsWith({}), via }, settled),
    );
    expect(told).toEqual(
      [
        only,
        only,
        only,
        'what the client CA file holds was not saved',
        'the probe did not look into the client CA file of this node',
      ].map((each) => ({ status: 'unknown', because: each })),
    );
  });

  it('say that there is none, or that another one runs', () => {
    const { settings } = factsWith({ [setting]: undefined });
    expect(clientCaExpiry.judge({ ...seen(), settings }, settled)).toEqual({
      status: 'not-applicable',
      because: 'no client CA is set, so there is no such file: kubelet-client-ca-file judges that',
    });
    expect(clientCaExpiry.judge({ ...seen(), settings }, { ...settled, otherFacts: [factsWith({})] })).toEqual({
      status: 'unknown',
      because: `the kubelet runs with ${path}, which its files do not name any more`,
    });
    const byFile = { state: 'known', value: '/f', origin: { from: 'file', file: '/k' } } as const;
    const others = [{ ...factsWith({}), settings: { ...factsWith({}).settings, [setting]: byFile } }];
    expect(clientCaExpiry.judge({ ...seen(), settings }, { ...settled, otherFacts: others }).status).toBe(
      'not-applicable',
    );
    const none = [factsWith({ [setting]: '' })];
    expect(clientCaExpiry.judge({ ...seen(), settings }, { ...settled, otherFacts: none }).status).toBe(
      'not-applicable',
    );
  });

  it('say what a file that is newer than the kubelet is worth', () => {
    const pendingRestart = '/k changed after the kubelet started';
    const pending = (value: string, clientCa?: CaBundleFacts): KubeletFacts => {
      const facts = seen(clientCa);
      const fact = { state: 'known', value, origin: { from: 'file', file: '/k' }, pendingRestart } as const;
      return { ...facts, settings: { ...facts.settings, [setting]: fact } };
    };
    expect(clientCaFilePresent.judge(pending('', undefined), settled)).toEqual({
      status: 'unknown',
      because: `which client CA runs is not known: ${pendingRestart}`,
    });
    expect(clientCaFilePresent.judge(pending(path, holding(oldCa)), settled)).toEqual({
      status: 'unknown',
      because: `which client CA runs is not known: ${pendingRestart}; ${path} is that of the next start`,
    });
    expect(clientCaFilePresent.judge(pending(path, holding()), settled).status).toBe('fail');
    const running = { ...settled, otherFacts: [factsWith({})] };
    expect(clientCaFilePresent.judge(pending(path, holding(oldCa)), running).status).toBe('pass');
  });

  it('name the file, and take another spelling of its path for the same', () => {
    const long = { ...holding(oldCa), path: `/${'x'.repeat(400)}` };
    expect(judge(clientCaFilePresent, long)).toMatchObject({ origin: { from: 'node', file: `/${'x'.repeat(298)}…` } });
    const spelled = { ...settled, otherFacts: [factsWith({ [setting]: '/etc/kubernetes/x/../pki//ca.crt' })] };
    expect(clientCaFilePresent.judge(seen(holding(oldCa)), spelled)).toMatchObject({ evidence: { notes: [] } });
    const relative = { ...settled, otherFacts: [factsWith({ [setting]: 'ca.crt' })] };
    expect(clientCaFilePresent.judge(seen(holding(oldCa)), relative)).toMatchObject({
      evidence: { notes: ['the running kubelet took its client CA from another file, ca.crt'] },
    });
  });

  it('say what was found', () => {
    const values = (control: Control, clientCa: CaBundleFacts, surroundings = settled) => {
      const { status, value, notes } = judge(control, clientCa, surroundings) as Record<string, unknown>;
      return { status, value, notes };
    };
    const name = (letter: string) => `CN=kubernetes (SHA-256 ${letter.repeat(16)}…)`;
    expect(values(clientCaFilePresent, { state: 'gone', path })).toEqual({
      status: 'fail',
      value: 'the file is gone',
      notes: [willNotRestart],
    });
    expect(values(clientCaFilePresent, holding(oldCa))).toEqual({
      status: 'pass',
      value: `1 certificate: ${name('a')}`,
      notes: [],
    });
    expect(values(clientCaIsClusterCa, holding(oldCa))).toEqual({
      status: 'pass',
      value: `the cluster’s CA: ${name('a')}`,
      notes: [],
    });
    expect(
      values(clientCaIsClusterCa, holding(oldCa, foreign), rotating(oldCa.sha256, newCa.sha256, 'd'.repeat(64))),
    ).toEqual({
      status: 'fail',
      value: `does not hold all 3 CAs: only ${name('a')}`,
      notes: [
        `the cluster’s CA is being rotated, and SHA-256 ${'b'.repeat(16)}… and ${'d'.repeat(16)}… is missing`,
        `clients of a further CA are believed too: ${name('c')}`,
      ],
    });
    expect(values(clientCaExpiry, holding(newCa, oldCa))).toEqual({
      status: 'pass',
      value: `the first to expire is ${name('b')}, which expires on 2036-01-01`,
      notes: [],
    });
    const soon = certificate('d', '2026-06-20T00:00:00Z');
    expect(values(clientCaExpiry, holding(oldCa, soon, newCa))).toEqual({
      status: 'fail',
      value: `${name('d')}, which expires on 2026-06-20`,
      notes: ['of the file’s 3 certificates 2 stay valid longer'],
    });
    expect(values(clientCaExpiry, holding(soon)).notes).toEqual([]);
  });
});
