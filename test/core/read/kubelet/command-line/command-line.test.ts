import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isDecisive,
  parseCommandLine,
  setsSettings,
} from '../../../../../lambda/core/read/kubelet/command-line/command-line.ts';

const proc = (...words: string[]) => parseCommandLine({ from: 'proc', arguments: ['/usr/bin/kubelet', ...words] });
const ps = (line: string) => parseCommandLine({ from: 'ps', line: `/usr/bin/kubelet ${line}` });
const ca = (flags: ReturnType<typeof proc>) =>
  flags.ok ? flags.value.settings.get('authentication.x509.clientCAFile') : flags.error;
const gates = (flags: ReturnType<typeof proc>) =>
  flags.ok ? Object.fromEntries(flags.value.featureGates) : flags.error;

/** What a command line says that says nothing of interest. */
const none = new Map();
const given = expect.any(Map);
const nothing = { settings: none, featureGates: none, names: none, given, unclear: new Set(), notes: [] };
const refused = (error: string) => ({ ok: false, error });
const notStarting = (because: string) => refused(`a kubelet with this command line would not start: ${because}`);
const anonymous = 'authentication.anonymous.enabled';
const port = 'the flag --read-only-port: readOnlyPort is not a plain whole number';
const noGate = (gate: string) => `the flag --feature-gates: the gate ${gate} is not true or false`;

// The machines of directed-machines.test.ts ask for the usual forms of flags.
describe('a command line from /proc', () => {
  it.each([
    ['--flag value', ['--client-ca-file', '/ca.crt'], '/ca.crt'],
    ['an empty word as value', ['--client-ca-file', ''], ''],
    ['the next word whatever it looks like', ['--client-ca-file', '--v=2'], '--v=2'],
    ['no flag that is the value of -v, were it a number', ['-v', '2', '--client-ca-file=/ca.crt'], '/ca.crt'],
    ['a flag behind a bare bool', ['--rotate-certificates', '--client-ca-file=/ca.crt'], '/ca.crt'],
    ['a flag behind a bool that this program does not use', ['--fail-swap-on', '--client-ca-file=/ca.crt'], '/ca.crt'],
    ['a flag behind shorthands', ['-v', '2', '-v=2', '-v2', '--client-ca-file=/ca.crt'], '/ca.crt'],
    ['no part of another flag', ['--authentication-client-ca-file=/x', '--node-labels=--client-ca-file=/x'], undefined],
    ['the last of a repeated flag', ['--client-ca-file=/a', '--client-ca-file', '/c', '--client-ca-file=/b'], '/b'],
  ])('takes %s', (_, words, value) => {
    expect(ca(proc(...words))).toBe(value);
  });

  it('takes twelve words for a bool, as Go does', () => {
    const words = { true: '1 t T TRUE true True', false: '0 f F FALSE false False' };
    for (const [value, those] of Object.entries(words))
      for (const word of those.split(' '))
        expect(gates(proc(`--feature-gates=A=${word}`))).toEqual({ A: value === 'true' });
    for (const word of ['', 'tRUE', 'yes', '2', 'fALSE', '00'])
      expect(proc(`--feature-gates=A=${word}`)).toEqual(notStarting(noGate('A')));
  });

  it('takes a bare bool for true, and numbers of any base', () => {
    const flags = proc('--anonymous-auth', '--rotate-certificates=f', '--read-only-port=0x10', '--event-qps', '-1');
    const settings = { [anonymous]: true, rotateCertificates: false, readOnlyPort: 16, eventRecordQPS: -1 };
    expect(flags.ok && Object.fromEntries(flags.value.settings)).toEqual(settings);
    expect(flags.ok && flags.value.given.get('read-only-port')).toBe(16);
  });

  it('trims gates as Go does, which takes U+0085 for a blank', () => {
    expect(gates(proc('--feature-gates=\u0085A\t=\u00a0true\u0085,'))).toEqual({ A: true });
  });

  it.each([
    ['a bool of no interest that is neither', ['--fail-swap-on=maybe'], '--fail-swap-on is not true or false'],
    ['a long name with one dash', ['-client-ca-file=/ca.crt'], 'a flag with one dash, -client-ca-file'],
    ['a name with -v in it', ['-x-v1'], 'a flag with one dash, -x-v1'],
    ['a word behind a --', ['--v=2', '--', '--v=3'], 'argument 4 is not a flag'],
    ['a number flag with a word', ['--max-pods=x'], '--max-pods is no whole number'],
    ['a stray word', ['--v=2', 'hello'], 'argument 3 is not a flag'],
    ['a dash alone', ['-'], 'argument 2 is not a flag'],
    ['an empty word', [''], 'argument 2 is not a flag'],
    ['three dashes', ['---client-ca-file=/ca.crt'], 'no flag, ---client-ca-file'],
    ['no name', ['--=x'], 'no flag, --'],
    ['a number beyond 32 bits', ['--read-only-port=2147483648'], port],
    ['a number below 32 bits', ['--read-only-port=-2147483649'], port],
    ['a version of no kind', ['--version=raw'], '--version prints it, and ends'],
    ['help of no kind', ['--help=me'], '--help prints how to use it, and ends'],
    ['-v with a flag as value', ['-v', '--client-ca-file=/x'], '-v is no number'],
    ['-v with a word in front of the number', ['-v', 'x2'], '-v is no number'],
    ['-v with a word behind the number', ['--v=2x'], '-v is no number'],
    ['-v with ten digits', ['-v1234567890'], '-v is no number'],
    ['-v without anything', ['-v'], 'the flag -v needs a value'],
    ['-v= without anything', ['-v='], '-v is no number'],
    ['a value flag without value', ['--provider-id'], 'the flag --provider-id needs a value'],
    ['a gate that is neither', ['--feature-gates=A=on'], noGate('A')],
    ['a gate without a value', ['--feature-gates=B=true,A'], noGate('A')],
    ['a gate whose value only begins well', ['--feature-gates=A=tr'], noGate('A')],
    ['a gate with two values', ['--feature-gates=A=true=x'], noGate('A')],
  ])('concludes nothing from %s', (_, words, because) => {
    expect(proc('--client-ca-file=/ca.crt', ...words)).toEqual(notStarting(because));
  });

  it('concludes nothing from an unknown flag before a flag, which may be its value', () => {
    const unsaid = "in no list of the kubelet's flags, so whether the next word is its value is not known";
    expect(proc('--client-ca-file=/ca', '--brand-new', '--v=2')).toEqual(refused(`the flag --brand-new is ${unsaid}`));
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
    const given = { config: '/c', 'config-dir': '', kubeconfig: '/k', 'hostname-override': 'n' };
    const words = ['--config=/c', '--config-dir', '', '--kubeconfig=/k', '--hostname-override=n', '--cert-dir=/x'];
    expect(proc(...words)).toEqual({ ok: true, value: { ...nothing, names: new Map(Object.entries(given)) } });
  });

  it('never repeats a value, which may be a secret', () => {
    for (const word of ['hunter2', '-hunter=hunter2', '---x=hunter2', '--anonymous-auth=hunter2'])
      expect(JSON.stringify(proc('--manifest-url-header', 'a', word))).not.toContain('hunter2');
    const flags = proc('--manifest-url-header=hunter2', '--bootstrap-kubeconfig=hunter2');
    expect(flags.ok && [...flags.value.names, ...flags.value.settings].flat().includes('hunter2')).toBe(false);
  });

  it.each([
    [['/usr/bin/kube-apiserver', '--client-ca-file=/ca.crt'], '/usr/bin/kube-apiserver'],
    [['x'.repeat(99)], `${'x'.repeat(59)}…`],
    [[], 'it is empty'],
    [[''], 'it is empty'],
  ])('is that of a kubelet, or of nothing: %j', (words, what) => {
    const error = `this is not the command line of a kubelet: ${what}`;
    expect(parseCommandLine({ from: 'proc', arguments: words })).toEqual(refused(error));
  });

  it('is read up to 256 KB, with what ends each word', () => {
    // "kubelet", "--node-labels=", and an end of each.
    const sized = (size: number) =>
      parseCommandLine({ from: 'proc', arguments: ['kubelet', `--node-labels=${'x'.repeat(size - 23)}`] });
    const tooLong = refused('the command line is longer than 256 KB');
    expect(sized(256 * 1024)).toEqual({ ok: true, value: nothing });
    expect(sized(256 * 1024 + 1)).toEqual(tooLong);
    const line = (size: number) => parseCommandLine({ from: 'ps', line: 'kubelet --node-labels='.padEnd(size, 'x') });
    expect(line(256 * 1024).ok).toBe(true);
    expect(line(256 * 1024 + 1)).toEqual(tooLong);
  });

  it('never throws, whatever the words', () => {
    const word = fc.oneof(fc.string(), fc.constantFrom('--', '-', '--config', '--client-ca-file', '-v', '='));
    fc.assert(fc.property(fc.array(word), (words) => void proc(...words)));
    fc.assert(fc.property(fc.string(), (line) => void ps(line)));
  });
});

describe('a command line from ps', () => {
  it('leaves out a flag behind a flag whose value may be lost, and that one, and says that ps is weak', () => {
    const flags = ps('--register-with-taints  --client-ca-file /ca.crt --anonymous-auth=false --kubeconfig  --v=2');
    expect(flags.ok && flags.value).toEqual({
      ...nothing,
      settings: new Map([[anonymous, false]]),
      unclear: new Set(['register-with-taints', 'client-ca-file', 'kubeconfig', 'v']),
      notes: [
        'the command line comes from ps, which loses empty values and blanks inside values',
        "a listing can't prove that the line is complete; tr '\\0' ' ' </proc/PID/cmdline can",
      ],
    });
  });

  it('leaves out a value with a blank in it', () => {
    const flags = ps('--client-ca-file=/with blank/ca.crt --read-only-port=0');
    const read = ['client-ca-file', 'authentication.x509.clientCAFile', 'readOnlyPort'];
    expect(flags.ok && [...flags.value.unclear, ...flags.value.settings.keys()]).toEqual(read);
  });

  it.each([
    ['config', '--config=/a b'],
    ['config-dir', '--config-dir=/a b'],
    ['config', '--register-with-taints  --config=/k'],
  ])('says nothing where --%s cannot be read: %s', (flag, line) => {
    const error = `the flag --${flag} can't be read from the text of ps: its value has a blank in it, or is missing`;
    expect(ps(line)).toEqual(refused(error));
  });

  it('says nothing where a -- is in it', () => {
    const error = 'the command line of ps has a -- in the middle, so what follows it is unknown';
    expect(ps('--v=2 -- --config=/k')).toEqual(refused(error));
    expect(ps('--client-ca-file=/ca --').ok).toBe(true);
  });

  it.each([
    ['--register-with-taints --fail-swap-on --client-ca-file=/ca', ['register-with-taints', 'fail-swap-on']],
    ['--register-with-taints --provider-id x --client-ca-file=/ca', ['register-with-taints', 'provider-id']],
    ['--register-with-taints --provider-id=y --client-ca-file=/ca', ['register-with-taints', 'provider-id']],
    ['--register-with-taints --provider-id --client-ca-file=/ca', ['register-with-taints', 'provider-id']],
    ['--feature-gates=A=true x --feature-gates=B=true --client-ca-file=/ca', ['feature-gates']],
    ['--register-with-taints  --client-ca-file=/a --client-ca-file=/ca', ['register-with-taints']],
    ['--client-ca-file=/ca --register-with-taints --provider-id', ['register-with-taints', 'provider-id']],
    ['x --client-ca-file=/ca', []],
  ])('takes no more from %s than it must', (line, unclear) => {
    const flags = ps(line);
    expect(ca(flags)).toBe('/ca');
    expect(flags.ok && [...flags.value.unclear]).toEqual(unclear);
  });

  it.each([
    ['--provider-id', undefined],
    ['--provider-id=y', 3],
    ['--fail-swap-on', 3],
  ])('leaves out with %s only what may be its value', (flag, v) => {
    const flags = ps(`--register-with-taints ${flag} -v=3`);
    expect(flags.ok && flags.value.given.get('v')).toBe(v);
  });

  it('warns of a cut only where the line may be cut', () => {
    const flags = parseCommandLine({ from: 'ps', line: 'kubelet --v=2', isWhole: true });
    expect(flags.ok && flags.value.notes).toEqual([
      'the command line comes from ps, which loses empty values and blanks inside values',
    ]);
  });

  it('is exact on Windows, where quotes survive', () => {
    const ca = '--client-ca-file="C:\\a b\\ca.crt"';
    const line = `"C:\\a b\\kubelet.exe" --resolv-conf="" ${ca} --node-labels "a=\\"b c\\""`;
    const value = { settings: new Map([['authentication.x509.clientCAFile', 'C:\\a b\\ca.crt']]), notes: [] };
    expect(parseCommandLine({ from: 'ps', line })).toMatchObject({ ok: true, value });
  });
});

it.each([
  ['what is judged', 'client-ca-file feature-gates anonymous-auth', [true, true]],
  ['which files are read', 'config config-dir kubeconfig hostname-override', [false, true]],
  ['nothing of interest', 'v featureGates RotateKubeletServerCertificate', [false, false]],
])('flags that change %s are known: %s', (_, names, expected) => {
  for (const name of ['', ...names.split(' ')])
    expect([setsSettings(name), isDecisive(name)], name).toEqual(name === '' ? [false, false] : expected);
});
