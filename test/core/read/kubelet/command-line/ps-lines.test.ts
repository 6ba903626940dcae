import { expect, it } from 'vitest';
import { kubeletInPs } from '../../../../../lambda/core/read/kubelet/command-line/ps.ts';
import { expectReviewed } from '../reviewed-rows.ts';

const k = 'kubelet --config=/etc/kubernetes/k';
const ef = (command: string) => `root 1969 1  1 02:27 ?        00:00:11 ${command}`;

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
it('says of each listing what was reviewed', async () => {
  await expectReviewed(new URL('ps-lines.txt', import.meta.url), said);
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

const programs = `/usr/bin/x /sbin/x /bin/x.y+z-1 /x/libexec/y /usr/lib/systemd/systemd-x kube-proxy containerd containerd-shim dockerd crio runc
  aws-k8s-agent grep egrep pgrep ps sudo sh ssh bash sshd systemd systemd-udevd (sd-pam) (x) [kthreadd]`;
const perhaps = `/x/y /usr/bin /bin/x/y /bin/ /xbin/y /usr/libexecx/y abc a-b "C:\\x C:\\x kube- xkube-proxy crio1 runcx awsx aws- grepx xpgrep ps1
  sudox bashx xsh sshdx xsystemd xcontainerd dockerds`;
const rests = '"abc Abc 1x c=d a.b C:x (x (a)b x(a) x[y "x x/bin/y /a=b /bin/a=b CC:\\x x"C:\\';
it.each([
  ['another program', programs, () => k],
  ['perhaps a program', perhaps, () => unclear],
  ['the rest of a value', rests, (word: string) => `${k}${word} --v=3`],
])('takes a row for %s by its first word: %s', (_, words, expected) => {
  for (const word of words.split(/\s+/)) expect(said(`${k}\n${word} --v=3\n`), word).toBe(expected(word));
});
