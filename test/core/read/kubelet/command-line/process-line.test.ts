import { expect, it } from 'vitest';
import { processRow } from '../../../../../lambda/core/read/kubelet/command-line/listing-rows.ts';
import { expectReviewed } from '../reviewed-rows.ts';

const command = '/usr/bin/kubelet  --config=/k --v=2';

it.each([
  ['ps -ef', `root        3125       1  12 01:28 ?        00:00:08 ${command}`, '3125'],
  ['ps -ef of yesterday', `  root 31 22  0 Nov26 pts/0 1-02:03:04 ${command}`, '31'],
  ['ps aux', `root        3125  10.5  21.25 1234567 98765 ?        Ssl  01:28   12:41 ${command}`, '3125'],
  ['ps aux of last year', `kube-user 7 0 0 0 0 pts/10 S<l+ 2025 1-02:03.04 ${command}`, '7'],
  ['ps ax', `   1714 ?        Ssl   12:41 ${command}`, '1714'],
  ['ps ax of a console', `1714 console  Ss  122:41 ${command}`, '1714'],
  ['ps ax of a terminal', `1714 pts/10 S<NLsl+  0:00 ${command}`, '1714'],
  ['ps ax of another terminal', `1714 ttyS0 t 0:00 ${command}`, '1714'],
  ['ps -eLf', `root 31 22 33 0 14 Nov26 ? 00:00:11 ${command}`, '31'],
  ['ps -l', `4 S 0 31 22 1 80 0 - 4796 ? 00:00:11 1 ${command}`, '31'],
  ['ps -efl', `4 S root 31 22 1 80 0 - 4796 futex_ 02:27 ? 00:00:11 ${command}`, '31'],
  ['seven words, not all of ps -ef', `root 31 ? 12 01:28 ? 00:00:08 ${command}`, '31'],
  ['seven words without a parent', `root 31 22 ? 01:28 ? 00:00:08 ${command}`, '31'],
  ['nine words that are not of ps -eLf', `root 31 22 33 0 ? Nov26 ? 00:00:11 ${command}`, '31'],
  ['thirteen words that are not of ps -l', `S 4 0 31 22 1 80 0 - 4796 ? 00:00:11 1 ${command}`, '4'],
  ['a user of Samba', `pc$ 31 ${command}`, '31'],
  ['a tree of pstree', `  |--${command}`, undefined],
  ['a tree of boxes', `├──${command}`, undefined],
  ['a name that busybox adds, alone', `{kubelet}  ${command}`, undefined],
  ['its name alone', `kubelet  ${command}`, undefined],
  ['no columns', `  ${command}  `, undefined],
])('finds the command behind the columns of %s', (_, line, pid) => {
  const row = processRow(line);
  expect([row?.pid, row?.command]).toEqual([pid, pid && command]);
});

it.each([
  `1714 ? Ssl 12:41 \\_ ${command}`,
  `1714 ? Ssl 12:41  |   \\_ ${command}`,
  `root 3125 1 0 01:28 ? 00:00:08 | | \\_ ${command} `,
  `root 3125 0.0 0.1 1 1 ? Ssl 01:28 0:01  \\_ ${command}`,
])('takes off the tree that ps draws: %s', (line) => {
  expect(processRow(line)?.command).toBe(command);
});

// Words in a place for columns only, near misses of each, and what tools put before a command.
it('finds the process, its columns and its command in each row as it was reviewed', async () => {
  await expectReviewed(new URL('process-line.txt', import.meta.url), (line) => {
    const row = processRow(line);
    return row === undefined ? 'no process' : `${row.pid} ${row.columns} ${row.command}`;
  });
});
