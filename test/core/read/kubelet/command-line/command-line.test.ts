import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isDecisive,
  parseCommandLine,
  setsSettings,
} from '../../../../../lambda/core/read/kubelet/command-line/command-line.ts';

const proc = (...words: string[]) => parseCommandLine({ from: 'proc', arguments: ['/usr/bin/kubelet', ...words] });
const ps = (line: string) => parseCommandLine({ from: 'ps', arguments: ['/usr/bin/kubelet', ...line.split(' ')] });
const ca = (flags: ReturnType<typeof proc>) =>
  flags.ok ? flags.value.settings.get('authentication.x509.clientCAFile') : flags.error;
const gates = (flags: ReturnType<typeof proc>) =>
  flags.ok ? Object.fromEntries(flags.value.featureGates) : flags.error;

/** What a command line says that says nothing of interest. */
const none = new Map();
const given = expect.any(Map);
const nothing = { settings: none, featureGates: none, names: none, given, notes: [] };
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
  });

  it('never throws, whatever the words', () => {
    const word = fc.oneof(fc.string(), fc.constantFrom('--', '-', '--config', '--client-ca-file', '-v', '='));
    fc.assert(fc.property(fc.array(word), (words) => void proc(...words)));
    fc.assert(fc.property(fc.string(), (line) => void ps(line)));
  });
});

describe('a command line that somebody pasted', () => {
  it('is read as its process has it, and says what nobody sees in a list', () => {
    const flags = ps('--register-with-taints  --client-ca-file /ca.crt --anonymous-auth=false --v=2');
    const settings = new Map<string, unknown>([
      ['authentication.x509.clientCAFile', '/ca.crt'],
      [anonymous, false],
    ]);
    const notes = ['the command line was pasted: an argument with a blank in it looks like two'];
    expect(flags.ok && flags.value).toEqual({ ...nothing, settings, notes });
  });

  it.each([
    ['a word that is no flag', '--v=2 etc --config=/k', 'word 3 of the command line is no flag and no value of one'],
    ['a value with a blank in it', '--cert-dir=/with blank --v=2', 'word 3 of the command line is no flag'],
    ['the environment of the process', '--v=2 LANG=C', 'word 3 of the command line is no flag and no value of one'],
    ['a flag where a value should be', '--node-ip --config=/k', 'the value of --node-ip is missing'],
    ['a flag in no list, and no value', '--config=/k --conf', 'the flag --conf needs a value'],
    ['a flag in no list before another', '--etc --config=/k', 'the flag --etc is in no list'],
    ['a flag at its end without a value', '--config=/k --node-ip', 'the flag --node-ip needs a value'],
    ['a -- in the middle', '--v=2 -- --config=/k', 'argument 3 is not a flag'],
    ['a client CA that is no absolute path', '--client-ca-file=CA', '--client-ca-file names no absolute path'],
    ['a file that is no absolute path', '--config kubelet.json', '--config names no absolute path'],
  ])('says nothing where it has %s', (_, line, because) => {
    const flags = ps(line);
    expect(flags.ok ? flags : flags.error).toContain(because);
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
