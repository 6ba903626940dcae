import { expect, it } from 'vitest';
import { listHeader, processLine } from '../../../../../lambda/core/read/kubelet/command-line/process-line.ts';

const command = '/usr/bin/kubelet  --config=/k --v=2';

it.each([
  ['ps -ef', `root        3125       1  12 01:28 ?        00:00:08 ${command}`, { pid: 3125, parent: 1 }],
  ['ps -ef of yesterday', `  root 31 22  0 Nov26 pts/0 1-02:03:04 ${command}`, { pid: 31, parent: 22 }],
  ['ps aux', `root        3125  10.5  21.25 1234567 98765 ?        Ssl  01:28   12:41 ${command}`, { pid: 3125 }],
  ['ps aux of last year', `kube-user 7 0 0 0 0 pts/10 S<l+ 2025 1-02:03.04 ${command}`, { pid: 7 }],
  ['ps ax', `   1714 ?        Ssl   12:41 ${command}`, { pid: 1714 }],
  ['ps ax of a console', `1714 console  Ss  122:41 ${command}`, { pid: 1714 }],
  ['ps ax of a terminal', `1714 pts/10 S<NLsl+  0:00 ${command}`, { pid: 1714 }],
  ['ps ax of another terminal', `1714 ttyS0 t 0:00 ${command}`, { pid: 1714 }],
  ['no columns', `  ${command}  `, {}],
])('finds the command behind the columns of %s', (_, line, process) => {
  expect(processLine(line)).toEqual({ command, ...process });
});

it.each([
  `1714 ? Ssl 12:41 \\_ ${command}`,
  `1714 ? Ssl 12:41  |   \\_  ${command}`,
  `root 3125 1 0 01:28 ? 00:00:08 | | \\_ ${command} `,
  `root 3125 0.0 0.1 1 1 ? Ssl 01:28 0:01  \\_ ${command}`,
  `   \\_ ${command}`,
])('takes off the tree that ps draws: %s', (line) => {
  expect(processLine(line).command).toBe(command);
});

it.each([
  'echo x root 3125 1 0 01:28 ? 00:00:08 /usr/bin/kubelet',
  'echo -n root 3125 0.0 0.1 1 1 ? Ssl 01:28 0:01 /usr/bin/kubelet',
  '1714 sudo /usr/bin/kubelet',
  'root /usr/bin/kubelet',
  'x \\_ /usr/bin/kubelet',
  '10.0.0.1 --v=2',
  '2 --client-ca-file=/ca',
])('takes for no line with columns: %s', (line) => {
  const { pid, command } = processLine(line);
  expect(pid === undefined || !command.startsWith('/usr/bin/kubelet')).toBe(true);
});

it.each([
  ['UID        PID  PPID  C STIME TTY          TIME CMD', ['UID', 'PID', 'PPID', 'C', 'STIME', 'TTY', 'TIME']],
  ['  PID USER      PR  %CPU     TIME+ COMMAND', undefined],
  ['COMMAND', []],
  ['/usr/bin/kubelet', undefined],
])('finds the names of the columns in %s', (line, names) => {
  expect(listHeader(line)).toEqual(names);
});

it('finds the process and its parent where the header has them', () => {
  const header = listHeader('PPID PID USER WCHAN COMMAND');
  expect(processLine(`   1 1969 root futex_ ${command}`, header)).toEqual({ command, pid: 1969, parent: 1 });
});
