import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { tableStyle } from '../../lambda/cli/terminal.ts';

const screen = (columns: number) => Object.assign(new PassThrough(), { isTTY: true, columns });
const plain = { NO_COLOR: '1' };

const head = ['VERDICT', 'NODE', 'NODE GROUP', 'VALUE', 'WHERE IT COMES FROM'];
const path = '/etc/kubernetes/kubelet/config.json.d/40-nodeadm-and-more.conf';
const rows = [
  [
    'fail',
    'a-name-of-a-node.eu-central-1.compute.internal (i-0123456789abcdef0)',
    'workers',
    '',
    `drop-in ${path}, by SSM`,
  ],
  [
    'pass',
    'short',
    'workers',
    '/ca.crt',
    'running configuration, by configz; and a longer sentence that says more about it',
  ],
];

describe('a table on a screen', () => {
  it('has one row a line where it fits', () => {
    const lines = tableStyle({ stdout: screen(300), env: plain })
      .draw(head, rows)
      .split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[1]).toMatch(/^ fail {5}a-name-of-a-node\S+ \(i-\w+\) {2}workers {14}drop-in \S+, by SSM$/);
  });

  it('breaks the sentences where the rest fits', () => {
    const drawn = tableStyle({ stdout: screen(170), env: plain }).draw(head, rows);
    expect(drawn.split('\n').every((line) => line.length <= 170)).toBe(true);
    expect(drawn).toMatch(/^ VERDICT {2}NODE {2,}NODE GROUP/);
    expect(drawn).toContain(path);
  });

  it('leaves no path to the terminal to break where the sentences are narrower than it', () => {
    const drawn = tableStyle({ stdout: screen(150), env: plain }).draw(head, rows);
    expect(drawn.split('\n').filter((line) => line.length > 150)).toEqual([]);
    expect(drawn).toContain(path);
  });

  it('starts with the verdict, and puts the rest below each other, where it does not', () => {
    expect(tableStyle({ stdout: screen(80), env: plain }).draw(head, rows)).toBe(
      [
        ' VERDICT  NODE  NODE GROUP  VALUE  WHERE IT COMES FROM',
        ' fail     a-name-of-a-node.eu-central-1.compute.internal (i-0123456789abcdef0)',
        '          workers',
        '          drop-in',
        `          ${path}, by SSM`,
        ' pass     short  workers  /ca.crt',
        '          running configuration, by configz; and a longer sentence that says',
        '          more about it',
      ].join('\n'),
    );
  });

  it('is not coloured in a file, and has 120 columns there and in a pipe, or those of --width', () => {
    const style = tableStyle({ stdout: screen(80), env: {} }, 'report.txt');
    expect(style.colour('fail', 'fail')).toBe('fail');
    expect(style.width).toBe(120);
    expect(tableStyle({ stdout: new PassThrough(), env: {} }).width).toBe(120);
    expect(tableStyle({ stdout: new PassThrough(), env: { COLUMNS: '90' } }).width).toBe(90);
    expect(tableStyle({ stdout: screen(80), env: {}, width: 300 }, 'report.txt').width).toBe(300);
  });

  it.each([
    ['a terminal', screen(80), {}, true],
    ['NO_COLOR', screen(80), plain, false],
    ['a pipe', new PassThrough(), {}, false],
    ['FORCE_COLOR in a pipe', new PassThrough(), { FORCE_COLOR: '1' }, true],
  ])('has colours or not: %s', (_what, stdout, env, coloured) => {
    expect(tableStyle({ stdout, env }).colour('fail', 'fail') !== 'fail').toBe(coloured);
  });
});
