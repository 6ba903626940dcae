import { expect, it } from 'vitest';
import { kubeletInPs } from '../../../../../lambda/core/read/kubelet/command-line/ps.ts';
import { expectReviewed } from '../reviewed-rows.ts';

const orWhole = ', or save the list with ps -eww -o pid,args > ps.txt and add --whole';
const paste = "; paste the output of tr '\\0' '\\n' < /proc/PID/cmdline";
/** The arguments, `~` and the reason where they may go on; or why there are none. */
function said(text: string): string {
  const read = kubeletInPs(text);
  if (!read.ok) return `none: ${read.error.replace(paste, '')}`;
  const { mayGoOn, notes = [] } = read.value;
  return [
    read.value.arguments.join('|'),
    ...(mayGoOn === undefined ? [] : [`~ ${mayGoOn.replace(paste, '').replace(orWhole, '')}`]),
    ...notes.map((note) => `(${note})`),
  ].join(' ');
}

it('says of each listing what was reviewed', async () => {
  await expectReviewed(new URL('ps-lines.txt', import.meta.url), said);
});

it('reads a list of 1 MB, and no longer one', () => {
  const sized = (size: number) => said('kubelet --config=/k --v=2\n'.padEnd(size));
  expect(sized(1024 * 1024)).toMatch(/^kubelet/);
  expect(sized(1024 * 1024 + 1)).toBe('none: the process list is longer than 1 MB');
  expect(said(`${'x\n'.repeat(400_000)}/usr/bin/kubelet --config=/etc/k\n`)).toMatch(/^\/usr/);
});
