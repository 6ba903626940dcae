import { expect, it } from 'vitest';
import { kubeletInPs } from '../../../../../lambda/core/read/kubelet/command-line/ps.ts';

const k = 'kubelet --config=/etc/kubernetes/k';
const ef = (command: string, pid = 1969) => `root ${pid} 1  1 02:27 ?        00:00:11 ${command}`;
const wide = ef('x'.repeat(90), 9);

const noConfig = 'the line of the kubelet in the process list has no --config, which may be behind a cut';
const [start, end] = [
  'the command line of the kubelet is cut in the process list, and a flag may be behind the cut: ',
  "; tr '\\0' ' ' </proc/PID/cmdline shows all of it",
];
/** The line, a bar between arguments that are known, `~` where it may go on; or why there is none. */
function said(text: string): string {
  const read = kubeletInPs(text);
  if (!read.ok) return read.error.replace(start, 'cut: ').replace(end, '');
  const { mayGoOn } = read.value;
  const line = read.value.from === 'proc' ? read.value.arguments.join('|') : read.value.line;
  const whole = read.value.isWhole ? ' whole' : '';
  return `${line}${whole}${mayGoOn === undefined ? '' : ` ~${mayGoOn === noConfig ? '' : mayGoOn}`}`;
}

const unclear = 'cut: a line without columns is behind it, and how they belong together is not clear';
const noValue = (last: string) => `cut: it ends in ${last}, which has no value`;
const begun = (last: string) => `${noValue(last)} or is the beginning of a flag`;
const two = (one: string, other: string) => `2 kubelets are in the process list (process ${one}; process ${other})`;

it.each<readonly [text: string, expected: string]>([
  // An argument a row, and nothing else.
  ['kubelet\n--v=2\n', 'kubelet|--v=2'],
  ['\n# x\nkubelet\n\n--v=2\n\n', 'kubelet|--v=2'],
  ['kubelet\n--cert-dir\n\n--v=2\n', 'kubelet|--cert-dir||--v=2'],
  ['kubelet\n--cert-dir\n\n--config\n\n--v=2\n', 'kubelet|--cert-dir||--config||--v=2'],
  ['kubelet\n--cert-dir\n/a b\n--v=2\n', 'kubelet|--cert-dir|/a b|--v=2'],
  ['kubelet\n--cert-dir=a b\n-v\n2\n', 'kubelet|--cert-dir=a b|-v|2'],
  ['kubelet\n--cert-dir=a -b\n', begun('-b')],
  ['kubelet\n--v=2\nx\n', 'kubelet --v=2x'],
  ['kubelet\nx\n', 'kubelet ~'],
  ['kubelet\n--cert-dir\n', noValue('--cert-dir')],
  ['kubelet\n--config\n--cert-dir\n', 'kubelet|--config|--cert-dir'],
  ['kubelet\n--config-dir=/d\n', 'kubelet|--config-dir=/d ~'],
  ['kubelet\n--provider-id\n/etc/eks/x\n', 'kubelet|--provider-id|/etc/eks/x ~'],
  [`kubelet\n--config=/k\n$ x\nkube-proxy --config=/b\n`, 'kubelet|--config=/k'],
  [`kubelet\n--config=/k\n$ x\nkubelet --config=/b\n`, two('?: kubelet --config=/k', '?: kubelet --config=/b')],
  // As tr writes it, with a blank for the last NUL.
  ['kubelet ', 'kubelet whole ~'],
  ['kubelet --v=2 ', 'kubelet --v=2 whole'],
  ['kubelet --config-dir=/d ', 'kubelet --config-dir=/d whole ~'],
  [`${k} --cert-dir `, noValue('--cert-dir')],
  ['kubelet --config --cert-dir ', 'kubelet --config --cert-dir whole'],
  [`x\n${k} `, k],
  [`${ef(k)} `, k],
  [`${k}\n--v=2 `, `${k} --v=2`],
  // What its last word says.
  [k, k],
  [`${k} --fail-swap-on\n`, `${k} --fail-swap-on`],
  [`${k} x=--v\n`, `${k} x=--v`],
  [`${k} x-\n`, `${k} x-`],
  ...['--fail-swap', '--cert-dir', '-v', '--', '-'].map((last) => [`${k} ${last}\n`, begun(last)] as const),
  [
    `${k} --cert-dir=\n`,
    `${k} ~the line of the kubelet ends in --cert-dir=, and the value may be cut off, with flags behind it`,
  ],
  // Without --config a longer line shows that no terminal has cut it, if it has an end.
  ['kubelet --v=2', 'cut: it has no end of line and no --config'],
  ['kubelet --v=2\n', 'kubelet --v=2 ~'],
  ['kubelet --v=2\n ', 'kubelet --v=2 ~'],
  ['x\nkubelet --v=2', 'kubelet --v=2 ~'],
  [ef('kubelet --v=2'), 'kubelet --v=2 ~'],
  [`${wide}\n${ef('kubelet --v=2')}`, 'kubelet --v=2 ~'],
  [`${wide}\n${ef('kubelet --v=2')}\n`, 'kubelet --v=2'],
  [`${ef('kubelet --v=2', 8)}\n${wide}`, 'kubelet --v=2'],
  [`${wide}\n${ef('kubelet --config-dir=/d')}\n`, 'kubelet --config-dir=/d ~'],
  // What a row without columns is to the line before it.
  [`${k} --node\n--v=3\n`, unclear],
  [`${k} --v=2\nabc --v=3\n`, `${k} --v=2abc --v=3`],
  [`${k} --v=2\n\nabc\n`, `${k} --v=2`],
  [`${k} --v=2\nA.b\n`, `${k} --v=2A.b`],
  ['kubelet --v=2 --config=/k\nA.b\n', unclear],
  [`${k} --v=2\nand more words\n`, `${k} --v=2`],
  [`${k} --v=2\nAnd more words\n--v=3\n`, `${k} --v=2 --v=3`],
  [`${k} --v=2\nAnd more --v=2\n`, unclear],
  [`${k}\n${k}\n`, unclear],
  [`${ef(k)}\nkube-proxy --v=2\n`, `${k}kube-proxy --v=2`],
  [`${ef(k)}\nkubelet --v=2\n`, k],
  [`${k}\nkube-proxy --client-ca-file=/x\n`, unclear],
  [`${k}\nkube-proxy --feature-gates=A=true\n`, unclear],
  [`${ef('kube-proxy', 8)}\n--v=2\n--config=/x\n${ef(k)}\n`, k],
  [`${ef(k)}\nCMD\n--v=2\n`, k],
  [`PID CMD\n1969 ${k}\n\nUSER COMMAND\nroot kubelet --v=9\n`, two(`1969: ${k}`, '?: kubelet --v=9')],
])('reads %j', (text, expected) => {
  expect(said(text)).toEqual(expected);
});

it('reads 400 rows and 64 KB of a line, and threads of 1,000 rows as one process', () => {
  const tooMuch = 'cut: it goes on for more than 400 rows or 64 KB';
  const rows = (count: number) => said(`${k}\n${'--v=2\n'.repeat(count)}`);
  expect([rows(400) === `${k}${' --v=2'.repeat(400)}`, rows(401)]).toEqual([true, tooMuch]);
  const sized = (size: number) => said(`${`${k} --node-labels=`.padEnd(size, 'x')}\n--v=2\n`);
  expect([sized(65_536).slice(65_536), sized(65_537)]).toEqual([' --v=2', tooMuch]);
  const threads = (count: number) => said(`${ef(k)}\n`.repeat(count));
  expect([threads(1000), threads(1001).slice(0, 22)]).toEqual([k, '1001 kubelets are in t']);
});

it.each<[what: string, words: string, expected: (word: string) => string]>([
  ['another program', '/usr/bin/x /sbin/x /bin/x.y+z-1 /x/libexec/y /usr/lib/systemd/systemd-x /libexec/x', () => k],
  [
    'another program',
    'kube-proxy containerd containerd-shim dockerd crio runc aws-k8s-agent grep egrep pgrep ps',
    () => k,
  ],
  ['another program', 'sudo sh ssh bash sshd systemd systemd-udevd (sd-pam) (x) [kthreadd]', () => k],
  [
    'perhaps a program',
    '/x/y /usr/bin /bin/x/y /bin/ /xbin/y /usr/libexecx/y abc a-b "C:\\x C:\\x kube- xkube-proxy',
    () => unclear,
  ],
  [
    'perhaps a program',
    'crio1 runcx awsx aws- grepx xpgrep ps1 sudox bashx xsh sshdx xsystemd xcontainerd dockerds',
    () => unclear,
  ],
  [
    'the rest of a value',
    '"abc Abc 1x c=d a.b C:x (x (a)b x(a) x[y "x x/bin/y /a=b /bin/a=b CC:\\x x"C:\\',
    (word) => k + word,
  ],
])('takes a row for %s by its first word: %s', (_, words, expected) => {
  for (const word of words.split(' ')) {
    const line = said(`${k}\n${word} --v=3\n`);
    expect(line, word).toBe(expected(word).replace(k + word, `${k}${word} --v=3`));
  }
});

it.each('... .... … [...] [… <snip> (truncated) [omitted [cut] (SNIP) <...> [....] […x'.split(' '))(
  'takes %s for what somebody left out',
  (word) => expect(said(`${k} --cert-dir ${word} --v=2\n`)).toBe(`cut: it has ${word} in it`),
);
it.each('.. x...y [x] snip x[snip] [[...] {...} ...x …x (y) x… .…'.split(' '))('takes %s for a value', (word) => {
  expect(said(`${k} --cert-dir ${word} --v=2\n`)).toBe(`${k} --cert-dir ${word} --v=2`);
});
it.each(['>', '…', '$', '+', '\\', '...'])('takes a line that ends in %s for cut', (end) => {
  expect(said(`${ef(`${k} --v=2${end}`)}\n${ef('x', 7)}\n`)).toBe(`cut: it ends in ${`=2${end}`.slice(-3)}`);
});

it.each([
  'CommandLine : x',
  'CommandLine=x',
  '  CommandLine  : x',
  'Id CommandLine\n-- ---',
  'CommandLine Id\r\n--- --\r',
])('knows a list of PowerShell: %j', (head) => {
  expect(said(`x\n${head}\n${k}\n`)).toBe(
    `this is a list of PowerShell, which wraps or cuts the command line: save the output of (Get-CimInstance Win32_Process -Filter "name='kubelet.exe'").CommandLine`,
  );
});
it.each([
  'x: CommandLine : y',
  'CommandLineX : y',
  'CommandLine\nx',
  'a-CommandLine b\n---',
  'CommandLine\n--x',
  'XCommandLine\n--',
])('knows that this is no list of PowerShell: %j', (head) => expect(said(`${head}\n${k}\n`)).toBe(k));
