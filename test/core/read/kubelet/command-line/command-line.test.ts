import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCommandLine } from '../../../../../lambda/core/read/kubelet/command-line/command-line.ts';

const proc = (...words: string[]) => parseCommandLine({ from: 'proc', arguments: ['/usr/bin/kubelet', ...words] });
const ps = (line: string) => parseCommandLine({ from: 'ps', line: `/usr/bin/kubelet ${line}` });
const ca = (flags: ReturnType<typeof proc>) =>
  flags.ok ? flags.value.settings.get('authentication.x509.clientCAFile') : flags.error;
const gates = (flags: ReturnType<typeof proc>) =>
  flags.ok ? Object.fromEntries(flags.value.featureGates) : flags.error;

/** What a command line says that says nothing of interest. */
const nothing = {
  settings: new Map(),
  featureGates: new Map(),
  names: new Map(),
  given: expect.any(Map),
  unclear: new Set(),
  notes: [],
};
const port = 'the flag --read-only-port: readOnlyPort is not a plain whole number';

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

  it('trims gates as Go does, which takes U+0085 for a blank', () => {
    expect(gates(proc('--feature-gates=\u0085A\t=\u00a0true\u0085,'))).toEqual({ A: true });
  });

  it('knows which flags a version has, where its list is known', () => {
    const words = { from: 'proc', arguments: ['kubelet', '--container-runtime=remote', '--v=2'] } as const;
    const logging = { from: 'proc', arguments: ['kubelet', '--logtostderr'] } as const;
    for (const [version, minor] of [
      ['v1.29.0', 29],
      ['v1.34.9', 34],
    ] as const) {
      const error = (flag: string) =>
        `a kubelet with this command line would not start: a kubelet 1.${minor} has no flag --${flag}`;
      expect(parseCommandLine(words, version)).toEqual({ ok: false, error: error('container-runtime') });
      expect(parseCommandLine(logging, version)).toEqual({ ok: false, error: error('logtostderr') });
    }
    for (const version of ['v1.28.9', 'v1.37.0', undefined]) {
      expect(parseCommandLine(words, version)).toMatchObject({ ok: true });
      expect(parseCommandLine(logging, version)).toMatchObject({ ok: true });
    }
  });

  it.each([
    ['a missing value at the end', ['--client-ca-file'], 'the flag --client-ca-file needs a value'],
    ['a bool with its value apart', ['--anonymous-auth', 'false'], 'argument 3 is not a flag'],
    [
      'a bool that is neither',
      ['--anonymous-auth=yes'],
      'the flag --anonymous-auth: authentication.anonymous.enabled is not true or false',
    ],
    ['a bool of no interest that is neither', ['--fail-swap-on=maybe'], '--fail-swap-on is not true or false'],
    ['a long name with one dash', ['-client-ca-file=/ca.crt'], 'a flag with one dash, -client-ca-file'],
    ['a stray word', ['--v=2', 'hello'], 'argument 3 is not a flag'],
    ['a dash alone', ['-'], 'argument 2 is not a flag'],
    ['an empty word', [''], 'argument 2 is not a flag'],
    ['a word behind --', ['--', '--client-ca-file=/ca.crt'], 'argument 3 is not a flag'],
    ['three dashes', ['---client-ca-file=/ca.crt'], 'no flag, ---client-ca-file'],
    ['no name', ['--=x'], 'no flag, --'],
    ['a port that is no number', ['--read-only-port=open'], port],
    ['a number with a digit of no octal', ['--read-only-port=08'], port],
    ['a number with an underscore of no base', ['--read-only-port=_1'], port],
    ['a number beyond 32 bits', ['--read-only-port=2147483648'], port],
    ['a number below 32 bits', ['--read-only-port=-2147483649'], port],
    ['a call for the version', ['--version'], '--version prints it, and ends'],
    ['a version of no kind', ['--version=raw'], '--version prints it, and ends'],
    ['a call for help', ['--help'], '--help prints how to use it, and ends'],
    ['help of no kind', ['--help=me'], '--help prints how to use it, and ends'],
    ['-v with a flag as value', ['-v', '--client-ca-file=/x'], '-v is no number'],
    ['-v with a word in front of the number', ['-v', 'x2'], '-v is no number'],
    ['-v with a word behind the number', ['--v=2x'], '-v is no number'],
    ['-v with ten digits', ['-v1234567890'], '-v is no number'],
    ['-v without anything', ['-v'], 'the flag -v needs a value'],
    ['-v= without anything', ['-v='], '-v is no number'],
    ['a value flag without value', ['--provider-id'], 'the flag --provider-id needs a value'],
    ['a gate that is blank', ['--feature-gates= '], 'the flag --feature-gates: the gate  is not true or false'],
    [
      'a gate with a byte order mark, which Go does not trim',
      ['--feature-gates=A=\ufefftrue'],
      'the flag --feature-gates: the gate A is not true or false',
    ],
    [
      'a duration without unit',
      ['--streaming-connection-idle-timeout=5'],
      'the flag --streaming-connection-idle-timeout: streamingConnectionIdleTimeout is not a duration such as 4h0m0s',
    ],
    ['a gate that is neither', ['--feature-gates=A=on'], 'the flag --feature-gates: the gate A is not true or false'],
    [
      'a gate without a value',
      ['--feature-gates=B=true,A'],
      'the flag --feature-gates: the gate A is not true or false',
    ],
  ])('concludes nothing from %s', (_, words, because) => {
    expect(proc('--client-ca-file=/ca.crt', ...words)).toEqual({
      ok: false,
      error: `a kubelet with this command line would not start: ${because}`,
    });
  });

  it('concludes nothing from an unknown flag before a flag, which may be its value', () => {
    expect(proc('--client-ca-file=/ca.crt', '--brand-new', '--v=2')).toEqual({
      ok: false,
      error:
        "the flag --brand-new is in no list of the kubelet's flags, so whether the next word is its value is not known",
    });
  });

  it.each([
    ['help and version that are off', ['--help=false', '--version=f']],
    ['a number of nine digits for -v', ['-v', '123456789']],
    ['a bool that it does not use, in any spelling', ['--fail-swap-on=F']],
    ['an unknown flag at the end', ['--brand-new']],
    ['a value of no interest, whatever it is', ['--provider-id=not a bool']],
  ])('starts with %s', (_, words) => {
    expect(proc(...words)).toEqual({ ok: true, value: nothing });
  });

  it('keeps the flags that name files and the node, empty values too', () => {
    expect(
      proc('--config=/c', '--config-dir', '', '--kubeconfig=/k', '--hostname-override=n', '--cert-dir=/x'),
    ).toEqual({
      ok: true,
      value: {
        ...nothing,
        names: new Map([
          ['config', '/c'],
          ['config-dir', ''],
          ['kubeconfig', '/k'],
          ['hostname-override', 'n'],
        ]),
      },
    });
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

  it.each([
    [['/usr/bin/kube-apiserver', '--client-ca-file=/ca.crt'], '/usr/bin/kube-apiserver'],
    [['x'.repeat(99)], `${'x'.repeat(59)}…`],
    [[], 'it is empty'],
    [[''], 'it is empty'],
  ])('is that of a kubelet, or of nothing: %j', (words, what) => {
    expect(parseCommandLine({ from: 'proc', arguments: words })).toEqual({
      ok: false,
      error: `this is not the command line of a kubelet: ${what}`,
    });
  });

  it('is read up to 256 KB, with what ends each word', () => {
    // "kubelet", "--node-labels=", and an end of each.
    const sized = (size: number) =>
      parseCommandLine({ from: 'proc', arguments: ['kubelet', `--node-labels=${'x'.repeat(size - 23)}`] });
    const tooLong = { ok: false, error: 'the command line is longer than 256 KB' };
    expect(sized(256 * 1024)).toEqual({ ok: true, value: nothing });
    expect(sized(256 * 1024 + 1)).toEqual(tooLong);
    const line = (size: number) => parseCommandLine({ from: 'ps', line: 'kubelet --node-labels='.padEnd(size, 'x') });
    expect(line(256 * 1024).ok).toBe(true);
    expect(line(256 * 1024 + 1)).toEqual(tooLong);
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
    expect(flags).toEqual({
      ok: true,
      value: {
        ...nothing,
        settings: new Map([['authentication.anonymous.enabled', false]]),
        unclear: new Set(['register-with-taints', 'client-ca-file', 'kubeconfig', 'v']),
        notes: [
          'the command line comes from ps, which loses empty values and blanks inside values',
          "a listing can't prove that the line is complete; tr '\\0' ' ' </proc/PID/cmdline can",
        ],
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

  it.each([
    ['config', '--config=/a b'],
    ['config-dir', '--config-dir=/a b'],
    ['config', '--register-with-taints  --config=/k'],
  ])('says nothing where --%s is not told: %s', (flag, line) => {
    expect(ps(line)).toEqual({
      ok: false,
      error: `the flag --${flag} can't be read from the text of ps: its value has a blank in it, or is missing`,
    });
  });

  it('says nothing where a -- stands in it', () => {
    expect(ps('--v=2 -- --config=/k')).toEqual({
      ok: false,
      error: 'the command line of ps has a -- in the middle, so what follows it is unknown',
    });
    expect(ps('--client-ca-file=/ca --').ok).toBe(true);
  });

  it.each([
    ['--register-with-taints --fail-swap-on --client-ca-file=/ca', ['register-with-taints', 'fail-swap-on']],
    ['--register-with-taints --provider-id x --client-ca-file=/ca', ['register-with-taints', 'provider-id']],
    ['--register-with-taints --provider-id=y --client-ca-file=/ca', ['register-with-taints', 'provider-id']],
    ['--register-with-taints --provider-id --client-ca-file=/ca', ['register-with-taints', 'provider-id']],
    ['--feature-gates=A=true x --feature-gates=B=true --client-ca-file=/ca', ['feature-gates']],
    ['x --client-ca-file=/ca', []],
  ])('takes no more from %s than it must', (line, unclear) => {
    const flags = ps(line);
    expect(ca(flags)).toBe('/ca');
    expect(flags.ok && [...flags.value.unclear]).toEqual(unclear);
  });

  it('passes over the rest of a value with a blank in it', () => {
    expect(ca(ps('--node-labels=a b c --client-ca-file=/ca.crt'))).toBe('/ca.crt');
  });

  it('is found behind the columns of ps', () => {
    const line = 'root 3125 1 2 01:28 ? 00:00:08 /usr/bin/kubelet --client-ca-file=/ca.crt';
    expect(ca(parseCommandLine({ from: 'ps', line }))).toBe('/ca.crt');
  });

  it('is exact on Windows, where quotes survive', () => {
    const line =
      '"C:\\Program Files\\kubernetes\\kubelet.exe" --resolv-conf="" --client-ca-file="C:\\Program Files\\ca.crt" --node-labels "a=\\"b c\\""';
    const flags = parseCommandLine({ from: 'ps', line });
    expect(ca(flags)).toBe('C:\\Program Files\\ca.crt');
    expect(flags).toMatchObject({ ok: true, value: { notes: [] } });
  });
});
