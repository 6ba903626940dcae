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
    ['no flag that is the value of another', ['--provider-id', '--client-ca-file=/x'], undefined],
    ['no flag that is the value of -v, were it a number', ['-v', '2', '--client-ca-file=/ca.crt'], '/ca.crt'],
    ['a flag behind -- that is a value', ['--provider-id', '--', '--client-ca-file=/ca.crt'], '/ca.crt'],
    ['a flag behind a bare bool', ['--rotate-certificates', '--client-ca-file=/ca.crt'], '/ca.crt'],
    ['a flag behind a bool that this program does not use', ['--fail-swap-on', '--client-ca-file=/ca.crt'], '/ca.crt'],
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
    ['0x10', 16],
    ['0X1f', 31],
    ['010', 8],
    ['0o17', 15],
    ['0b11', 3],
    ['+5', 5],
    ['-0', 0],
    ['1_000', 1000],
    ['0_7', 7],
    ['00', 0],
    ['2147483647', 2_147_483_647],
    ['-2147483648', -2_147_483_648],
  ])('reads the number %s as Go does', (text, value) => {
    const flags = proc(`--read-only-port=${text}`);
    expect(flags.ok && flags.value.settings.get('readOnlyPort')).toBe(value);
  });

  it('trims gates as Go does, which takes U+0085 for a blank', () => {
    expect(gates(proc('--feature-gates=\u0085A\t=\u00a0true\u0085,'))).toEqual({ A: true });
  });

  it('knows which flags a version has, where its list is known', () => {
    const words = { from: 'proc', arguments: ['kubelet', '--container-runtime=remote', '--v=2'] } as const;
    const logging = { from: 'proc', arguments: ['kubelet', '--logtostderr'] } as const;
    for (const version of ['v1.29.0', 'v1.34.9']) {
      expect(parseCommandLine(words, version)).toMatchObject({
        ok: false,
        error: expect.stringMatching(/has no flag/),
      });
      expect(parseCommandLine(logging, version)).toMatchObject({ ok: false });
    }
    for (const version of ['v1.28.9', 'v1.35.0', undefined]) {
      expect(parseCommandLine(words, version)).toMatchObject({ ok: true });
      expect(parseCommandLine(logging, version)).toMatchObject({ ok: true });
    }
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
    ['a number with a digit of no octal', ['--read-only-port=08']],
    ['a number with an underscore of no base', ['--read-only-port=_1']],
    ['a number beyond 32 bits', ['--read-only-port=2147483648']],
    ['a number below 32 bits', ['--read-only-port=-2147483649']],
    ['a flag of another program', ['--version']],
    ['a call for help', ['--help']],
    ['-v with a flag as value', ['-v', '--client-ca-file=/x']],
    ['a value flag without value', ['--provider-id']],
    ['an unknown flag before a flag, which may be its value', ['--brand-new', '--v=2']],
    ['a gate that is blank', ['--feature-gates= ']],
    ['a gate with a byte order mark, which Go does not trim', ['--feature-gates=A=\ufefftrue']],
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
  it('does not tell a flag behind a flag whose value may be lost, nor that one, and says that ps is weak', () => {
    const flags = ps('--register-with-taints  --client-ca-file /ca.crt --anonymous-auth=false --kubeconfig  --v=2');
    expect(flags).toMatchObject({
      ok: true,
      value: {
        settings: new Map([['authentication.anonymous.enabled', false]]),
        names: new Map(),
        unclear: new Set(['register-with-taints', 'client-ca-file', 'kubeconfig', 'v']),
        notes: [expect.stringContaining('ps')],
      },
    });
  });

  it('tells it again once the flag is there a second time', () => {
    const flags = ps('--register-with-taints  --client-ca-file=/a --client-ca-file=/b');
    expect(flags.ok && [ca(flags), flags.value.unclear.has('client-ca-file')]).toEqual(['/b', false]);
  });

  it('does not tell a value with a blank in it', () => {
    const flags = ps('--client-ca-file=/with blank/ca.crt --read-only-port=0');
    expect(flags.ok && [...flags.value.unclear, ...flags.value.settings.keys()]).toEqual([
      'client-ca-file',
      'authentication.x509.clientCAFile',
      'readOnlyPort',
    ]);
  });

  it.each(['--config=/a b', '--config-dir=/a b', '--register-with-taints  --config=/k'])(
    'says nothing where the file is not told: %s',
    (line) => {
      expect(ps(line)).toMatchObject({ ok: false, error: expect.stringContaining('cannot be told') });
    },
  );

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
