import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCommandLine } from '../../../../lambda/core/kubelet/command-line/command-line.ts';

const proc = (...words: string[]) => parseCommandLine({ from: 'proc', arguments: ['/usr/bin/kubelet', ...words] });
const ps = (line: string) => parseCommandLine({ from: 'ps', line: `/usr/bin/kubelet ${line}`, truncated: false });
const ca = (flags: ReturnType<typeof proc>) =>
  flags.ok ? flags.value.settings.get('authentication.x509.clientCAFile') : flags.error;
const anonymous = (flags: ReturnType<typeof proc>) =>
  flags.ok ? flags.value.settings.get('authentication.anonymous.enabled') : flags.error;
const gates = (flags: ReturnType<typeof proc>) =>
  flags.ok ? Object.fromEntries(flags.value.featureGates) : flags.error;

describe('a command line from /proc', () => {
  it.each([
    ['--flag=value', ['--client-ca-file=/ca.crt'], '/ca.crt'],
    ['--flag value', ['--client-ca-file', '/ca.crt'], '/ca.crt'],
    ['underscores', ['--client_ca_file=/ca.crt'], '/ca.crt'],
    ['a value with = in it', ['--client-ca-file=/a=b'], '/a=b'],
    ['the last of two', ['--client-ca-file=/a', '--client-ca-file', '/b'], '/b'],
    ['an empty value', ['--client-ca-file=/a', '--client-ca-file='], ''],
    ['an empty word as value', ['--client-ca-file', ''], ''],
    ['the next word whatever it looks like', ['--client-ca-file', '--v=2'], '--v=2'],
    ['a flag behind a bare bool', ['--rotate-certificates', '--client-ca-file=/ca.crt'], '/ca.crt'],
    ['a flag behind a bool that this program does not use', ['--fail-swap-on', '--client-ca-file=/ca.crt'], '/ca.crt'],
    ['a flag behind an unknown flag', ['--brand-new', '--client-ca-file=/ca.crt'], '/ca.crt'],
    ['a flag behind an unknown flag with a value', ['--brand-new', 'x', '--client-ca-file=/ca.crt'], '/ca.crt'],
    ['a flag behind shorthands', ['-v', '2', '-v=2', '-v2', '--client-ca-file=/ca.crt'], '/ca.crt'],
    ['no part of another flag', ['--authentication-client-ca-file=/x', '--node-labels=--client-ca-file=/x'], undefined],
    ['nothing behind --', ['--v=2', '--'], undefined],
  ])('takes %s', (_, words, value) => {
    expect(ca(proc(...words))).toBe(value);
  });

  it.each(['1', 't', 'T', 'TRUE', 'true', 'True'])('takes --anonymous-auth=%s as true', (literal) => {
    expect(anonymous(proc(`--anonymous-auth=${literal}`))).toBe(true);
  });

  it.each(['0', 'f', 'F', 'FALSE', 'false', 'False'])('takes --anonymous-auth=%s as false', (literal) => {
    expect(anonymous(proc(`--anonymous-auth=${literal}`))).toBe(false);
  });

  it('takes a bare bool as true', () => {
    expect(anonymous(proc('--anonymous-auth=false', '--anonymous-auth'))).toBe(true);
  });

  it('collects feature gates, the last value of each', () => {
    expect(gates(proc('--feature-gates=A=true,B=false', '--feature-gates', 'B=1, C=F'))).toEqual({
      A: true,
      B: true,
      C: false,
    });
  });

  it('reads numbers and durations in their own spelling', () => {
    const flags = proc('--read-only-port=10255', '--event-qps', '0', '--streaming-connection-idle-timeout=90m');
    expect(flags.ok && Object.fromEntries(flags.value.settings)).toEqual({
      readOnlyPort: 10255,
      eventRecordQPS: 0,
      streamingConnectionIdleTimeout: '1h30m0s',
    });
  });

  it.each([
    ['a missing value at the end', ['--client-ca-file']],
    ['a bool with its value apart', ['--anonymous-auth', 'false']],
    ['a bool that is neither', ['--anonymous-auth=yes']],
    ['a bool of no interest that is neither', ['--fail-swap-on=maybe']],
    ['a long name with one dash', ['-client-ca-file=/ca.crt']],
    ['a stray word', ['--v=2', 'hello']],
    ['a word behind --', ['--', '--client-ca-file=/ca.crt']],
    ['three dashes', ['---client-ca-file=/ca.crt']],
    ['no name', ['--=x']],
    ['a port that is no number', ['--read-only-port=open']],
    ['a port that Go reads as octal', ['--read-only-port=010']],
    ['a duration without unit', ['--streaming-connection-idle-timeout=5']],
    ['a gate that is neither', ['--feature-gates=A=on']],
    ['a gate without a value', ['--feature-gates=A']],
  ])('concludes nothing from %s', (_, words) => {
    expect(proc('--client-ca-file=/ca.crt', ...words)).toMatchObject({ ok: false });
  });

  it('never repeats a value, which may be a secret', () => {
    for (const words of [
      ['--manifest-url-header', 'a', 'hunter2'],
      ['-hunter=hunter2'],
      ['---x=hunter2'],
      ['--anonymous-auth=hunter2'],
    ]) {
      expect(JSON.stringify(proc(...words))).not.toContain('hunter2');
    }
    const flags = proc('--manifest-url-header=hunter2', '--bootstrap-kubeconfig=hunter2');
    expect(flags.ok && [...flags.value.names, ...flags.value.settings].flat().includes('hunter2')).toBe(false);
  });

  it('is that of a kubelet, or of nothing', () => {
    expect(
      parseCommandLine({ from: 'proc', arguments: ['/usr/bin/kube-apiserver', '--client-ca-file=/ca.crt'] }),
    ).toMatchObject({ ok: false });
    expect(parseCommandLine({ from: 'proc', arguments: [] })).toMatchObject({ ok: false });
  });

  it('is not read beyond 256 KB', () => {
    expect(proc(`--node-labels=${'x'.repeat(300_000)}`)).toMatchObject({ ok: false });
  });

  it('lets the last of any repeated flag win', () => {
    const path = fc.stringMatching(/^\/[a-z=-]{0,10}$/);
    fc.assert(
      fc.property(fc.array(fc.tuple(path, fc.boolean()), { minLength: 1 }), (given) => {
        const words = given.flatMap(([value, joined]) =>
          joined ? [`--client-ca-file=${value}`] : ['--client-ca-file', value],
        );
        expect(ca(proc(...words))).toBe(given.at(-1)?.[0]);
      }),
    );
  });

  it('never throws, whatever the words', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.string(), fc.constantFrom('--', '-', '--config', '--client-ca-file', '-v', '='))),
        (words) => void proc(...words),
      ),
    );
    fc.assert(fc.property(fc.string(), (line) => void ps(line)));
  });
});

describe('a command line from ps', () => {
  it('takes the next word as value unless it begins with two dashes, and says that ps is weak', () => {
    const flags = ps('--register-with-taints  --client-ca-file /ca.crt --kubeconfig  --v=2');
    expect(ca(flags)).toBe('/ca.crt');
    expect(flags).toMatchObject({
      ok: true,
      value: { names: new Map([['kubeconfig', '']]), notes: [expect.stringContaining('ps')] },
    });
  });

  it('passes over the rest of a value with a blank in it', () => {
    expect(ca(ps('--node-labels=a b c --client-ca-file=/ca.crt'))).toBe('/ca.crt');
  });

  it('is found behind the columns of ps', () => {
    const line = 'root 3125 1 2 01:28 ? 00:00:08 /usr/bin/kubelet --client-ca-file=/ca.crt';
    expect(ca(parseCommandLine({ from: 'ps', line, truncated: false }))).toBe('/ca.crt');
  });

  it('says nothing when it is cut, for a later flag would win', () => {
    expect(
      parseCommandLine({ from: 'ps', line: '/usr/bin/kubelet --client-ca-file=/ca.crt', truncated: true }),
    ).toMatchObject({ ok: false });
  });

  it('is exact on Windows, where quotes survive', () => {
    const line =
      '"C:\\Program Files\\kubernetes\\kubelet.exe" --resolv-conf="" --client-ca-file="C:\\Program Files\\ca.crt" --node-labels "a=\\"b c\\""';
    const flags = parseCommandLine({ from: 'ps', line, truncated: false });
    expect(ca(flags)).toBe('C:\\Program Files\\ca.crt');
    expect(flags).toMatchObject({ ok: true, value: { notes: [] } });
  });
});
