import { expect, it } from 'vitest';
import { listHeader, processLine } from '../../../../../lambda/core/read/kubelet/command-line/process-line.ts';
import { expectReviewed } from '../reviewed-rows.ts';

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
  ['ps -eLf', `root 31 22 33 0 14 Nov26 ? 00:00:11 ${command}`, { pid: 31, parent: 22 }],
  ['ps -l', `4 S 0 31 22 1 80 0 - 4796 ? 00:00:11 1 ${command}`, { pid: 31, parent: 22 }],
  ['ps -efl', `4 S root 31 22 1 80 0 - 4796 futex_ 02:27 ? 00:00:11 ${command}`, { pid: 31, parent: 22 }],
  ['seven words, not all of ps -ef', `root 31 ? 12 01:28 ? 00:00:08 ${command}`, { pid: 31 }],
  ['seven words without a parent', `root 31 22 ? 01:28 ? 00:00:08 ${command}`, { pid: 31 }],
  ['nine words that are not of ps -eLf', `root 31 22 33 0 ? Nov26 ? 00:00:11 ${command}`, { pid: 31 }],
  ['thirteen words that are not of ps -l', `S 4 0 31 22 1 80 0 - 4796 ? 00:00:11 1 ${command}`, { pid: 4 }],
  ['a name of a machine, of a user, and its own', `node-1: root 31 ${command}`, { pid: 31 }],
  ['a user behind the number', `31 kube+x@y ${command}`, { pid: 31 }],
  ['a user of Samba', `pc$ 31 ${command}`, { pid: 31 }],
  ['the name that busybox adds', `31 root {kubelet} ${command}`, { pid: 31 }],
  ['a tree of systemd', `  │ │   └─31 ${command}`, { pid: 31 }],
  ['a tree of ASCII', `|  |  \`-31 ${command}`, { pid: 31 }],
  ['a tree of pstree', `  |--${command}`, {}],
  ['a tree of boxes', `├──${command}`, {}],
  ['a name that busybox adds, alone', `{kubelet}  ${command}`, {}],
  ['its name alone', `kubelet  ${command}`, {}],
  ['no columns', `  ${command}  `, {}],
])('finds the command behind the columns of %s', (_, line, process) => {
  expect(processLine(line)).toStrictEqual({ command, ...process });
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

// Words in a place for columns only, near misses of each, and what tools put before a command.
it('finds the process, its parent and its command in each line as it was reviewed', async () => {
  await expectReviewed(new URL('process-line.txt', import.meta.url), (line) => {
    const { pid = '-', parent = '-', command } = processLine(line);
    return `${pid} ${parent} ${command}`;
  });
});

it.each<readonly [line: string, names: readonly string[] | undefined]>([
  ['UID        PID  PPID  C STIME TTY          TIME CMD', ['UID', 'PID', 'PPID', 'C', 'STIME', 'TTY', 'TIME']],
  ['  PID USER      PR  %CPU     TIME+ COMMAND', undefined],
  ['COMMAND', []],
  ['  PID CMD ', ['PID']],
  ['PID %CPU K8 A_B ARGS', ['PID', '%CPU', 'K8', 'A_B']],
  ...['PID XCMD', 'PID CMDX', 'PID Cmd', 'pid CMD', 'xPID CMD', 'PIDx CMD', 'P12 CMD', '1 CMD', 'CMD PID'].map(
    (line) => [line, undefined] as const,
  ),
  ['/usr/bin/kubelet', undefined],
])('finds the names of the columns in %s', (line, names) => {
  expect(listHeader(line)).toEqual(names);
});

it('finds the process and its parent where the header has them', () => {
  const header = listHeader('PPID PID USER WCHAN COMMAND');
  expect(processLine(`   1 1969 root futex_ ${command}`, header)).toStrictEqual({ command, pid: 1969, parent: 1 });
  expect(processLine('1 1969 x', ['PPID', 'PID'])).toStrictEqual({ command: 'x', pid: 1969, parent: 1 });
  expect(processLine('1 7 1969 x', ['PPID', 'PID'])).toStrictEqual({ command: 'x', pid: 1 });
  expect(processLine('1 7', ['PPID', 'PID'])).toStrictEqual({ command: '1 7' });
  expect(processLine(`? 7 ${command}`, ['PPID', 'PID'])).toStrictEqual({ command, pid: 7 });
  expect(processLine(`x ${command}`, ['PID'])).toStrictEqual({ command: `x ${command}` });
  expect(processLine(`x "C:\\a b\\kubelet.exe" --v=2`, ['USER'])).toStrictEqual({
    command: '"C:\\a b\\kubelet.exe" --v=2',
  });
  expect(processLine('x "C:\\a\\b.exe" --v=2', ['USER'])).toStrictEqual({ command: 'x "C:\\a\\b.exe" --v=2' });
});
