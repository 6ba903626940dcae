import { describe, expect, it } from 'vitest';
import { listingRows } from '../../../../../lambda/core/read/kubelet/command-line/listing-rows.ts';

const textOf = (line: string) => listingRows(line).map(({ text }) => text);

describe('a row that ends what is before it', () => {
  it.each([
    ['a prompt of bash', ['[root@ip ~]# ls', '[root@ip]$', '[a.b-c@d-e /x] % ls', '[u@h] > ls', '[u@h]>']],
    ['a prompt with a host', ['root@ip:~# ls', 'root@ip:~#', 'a.b-c@d.e-f> ls', 'u@h ~/a $ ls', 'u@h:/a/b  %']],
    ['a prompt of a plain shell', ['sh-5.2$ ls', 'bash-4#', 'zsh-5%', 'ash-1.36.1$ ls']],
    ['a sign alone', ['$ ls', '#', '% ls', '❯ ls', '/ # ls', '~/a $ ls', '~ $']],
    ['a prompt of PowerShell', ['PS C:\\> ls', 'PS D:\\a b>', 'PS C:>ls']],
    ['a fence', ['```', '```sh', '~~~', '~~~~ x', '[code]', '[/code]', '[quote]', '[/QUOTE]', 'exit', 'LOGOUT', 'EOF']],
    ['a line of signs', ['---', '==', '***', '__', '##', '+++', '...', '~~', '--- x ---', '== x ==', '---- x --']],
    ['nothing but marks', ['<pre>', '<code class="x">', '{code}', '{code:bash}', '{noformat}', '``', '</pre>', '> > ']],
  ])('is %s', (_, lines) => {
    expect(lines.filter((line) => !listingRows(line)[0]?.isBreak)).toEqual([]);
    for (const line of lines) expect(listingRows(`  ${line}  `)[0]?.isBreak, line).toBe(true);
  });

  it.each([
    [
      'no prompt of bash',
      ['x[root@ip ~]# ls', '[root@ip ~]#ls', '[]# ls', '[u@h a b]# ls', '[u@h ~] ls', '[u/v@h]$ ls'],
    ],
    ['no prompt with a host', ['x u@h:~# ls', 'u@h:~#ls', 'u@# ls', '@h# ls', 'u@h a b # ls', 'u@h ls', 'u/v@h# ls']],
    ['no prompt of a shell', ['xsh-5.2$ ls', 'sh-5.2$ls', 'sh-$ ls', 'ksh-5$ ls', 'sh-5.2> ls', 'sh-x$ ls']],
    ['no sign alone', ['$ls', '/a/b$ ls', 'a $ ls', 'x / # ls', '/ a # ls', '/# ls']],
    ['no prompt of PowerShell', ['PS 1:\\> ls', 'PS C:\\ls', 'xPS C:\\> ls', 'PS CD:\\> ls', 'PSC:> ls']],
    ['no fence', ['x```y', '~~ x', '[codes]', 'x[code]', '[code]x', 'exits', 'xexit', '[/x]', 'x exit', 'xEOFx']],
    ['no line of signs', ['-', '-=', '-- x -', '--v=2', 'x --', '===x', '-x-', '/ /', '--- x']],
  ])('is %s', (_, lines) => {
    expect(lines.filter((line) => listingRows(line)[0]?.isBreak)).toEqual([]);
  });

  it('comes behind each closing mark, too', () => {
    const ends = ['a`', 'a```', 'a</pre>', 'a</CODE>', 'a{code}', 'a{noformat}', '`a` '];
    for (const line of ends)
      expect(listingRows(line).map((row) => [row.text, row.isBreak])).toEqual([
        ['a', false],
        ['a', true],
      ]);
    for (const line of ['a`b', 'a</b>', 'a{x}', 'a</pre>b', '{code}b']) expect(listingRows(line)).toHaveLength(1);
    expect(listingRows('a\n```\nb').map(({ isBreak }) => isBreak)).toEqual([false, true, false]);
  });
});

it.each([
  [
    'marks of blocks',
    'x',
    ['<pre>x', '<code class="y">x', '<PRE><code>x', '{code}x', '{code:bash}x', '{noformat}x', '``x`'],
  ],
  ['marks of a quotation', 'x', ['> x', '>x', '>> x', ' > > x']],
  ['colours', 'xy', ['x\u001b[31my', 'x␛[1my', 'x^[[0Ky', 'x\\e[31my', 'x\\033[1;2my', 'x\\x1b[?25ly', 'x\\u001b[my']],
  ['colours without their first sign', 'xy', ['x[01;31my', 'x[01;31m[Ky', 'x[m[Ky', 'x[1my', 'x[38;5;123my']],
  ['titles of terminals', 'xy', ['x\u001b]0;a b\u0007y', 'x\u001b]0;a b\u001b\\y', 'x\u001b]\u0007y']],
  ['blanks that are none', 'x y', ['x\u00a0y', 'x\u2007y', 'x\u202fy']],
  ['signs without a width', 'xy', ['\ufeffxy', 'x\u200by', 'x\u2060y', 'x\u00ady']],
  ['hyphens', 'x-y', ['x\u2010y', 'x\u2011y', 'x\u2212y']],
  ['two dashes that became one', '--a --b', ['\u2013a \u2013b', '\u2014a \u2014b', '\u2015a \u2015b', '\u2013a --b']],
  ['a prompt behind it', 'x', ['x [u@h /a]$', 'x [u@h]# ', 'x u@h:~$', 'x a.b-c@d.e-f:# ', 'x sh-5.2#', 'x bash-5$']],
])('is without %s: %s', (_, text, lines) => {
  for (const line of lines) expect(textOf(line)[0], line).toBe(text);
});

it.each([
  ...[
    'x <pre>',
    '<prex>y',
    '<span>x',
    '{codes}x',
    '{x}y',
    'x > y',
    '[x]my',
    '[1234my',
    '[;my',
    '[1;m',
    '\u001bx',
    'x\ufeffy',
  ],
  ...[
    'x\u2013y',
    '\u20131',
    'x\u2013 y',
    'x[u@h ~]$',
    'x u@h$',
    'x sh-$',
    'x ksh-5$',
    'x [u@h a b]$',
    'x [u@h]> y',
    'x u@h:~$ y',
  ],
  ...['x sh-5.2$y', 'x u/v@h:$', 'x [u/v]#'],
])('leaves %j as it is', (line) => {
  expect(textOf(line)).toEqual([line.trim()]);
});

it.each([
  ['abc', [3], false],
  ['abc ', [4], true],
  ['abc  ', [3], true],
  ['   abc', [6], false],
  ['    abc ', [8, 4], true],
  ['> abc', [3], false],
  ['abc [u@h ~]$', [12], true],
])('knows where a terminal may have ended %j', (line, widths, endsInBlank) => {
  expect(listingRows(line)).toMatchObject([{ text: 'abc', widths, endsInBlank }]);
});

it.each([
  ['a\n\nb\nc', 'a +b c'],
  ['\n\na\nb\n \n\nc\n', '+a b +c'],
  ['a\r\r\n\r\nb', 'a +b'],
  ['a\n\nb\n\nc', 'a b c'],
  ['a\n\nb\n\nc\nd', 'a +b +c d'],
  ['ab$\n \ncd $\n', 'ab +cd'],
  ['a$\n\nb$ ', 'a +b'],
  ['a$', 'a$'],
  ['a$\nb', 'a$ b'],
])('knows the empty rows between others, and the ends that are shown: %j', (text, rows) => {
  expect(
    listingRows(text)
      .map((row) => `${row.afterGap ? '+' : ''}${row.text}`)
      .join(' '),
  ).toBe(rows);
});
