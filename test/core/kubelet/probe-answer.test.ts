import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseProbeAnswer, probeAnswerLimit } from '../../../lambda/core/kubelet/probe-answer.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const frame = (name: string, word: string, path: string, content = '') =>
  `${name} ${word} ${bytes(path).length} ${bytes(content).length}\n${path}\n${content}\n`;

const file = '{"kind":"KubeletConfiguration"}\n';
const parts = [
  'ignored pod 2\n',
  'kubelet 4242 1\n',
  frame('arguments', 'read', '', '/usr/bin/kubelet\0--node-labels=\0--config=/etc/k\0'),
  frame('working-directory', 'read', '/'),
  'alpha no\n',
  frame('config', 'read', '/etc/k', file),
  frame('directory', 'read', '/etc/k.d/'),
  frame('drop-in', 'read', '/etc/k.d/ä.conf', file),
  frame('drop-in', 'not-root', '/etc/k.d/b.conf'),
  'done\n',
] as const;
const whole = parts.join('');
const parse = (text: string) => parseProbeAnswer(bytes(text));
const replaced = (from: string, to: string) => {
  expect(whole).toContain(from);
  return parse(whole.replace(from, to));
};

describe('a whole answer', () => {
  it('gives the arguments, empty ones too, and each file by its shortest absolute path', () => {
    expect(parse(whole)).toEqual({
      ok: true,
      value: {
        outcome: 'kubelet',
        ignored: [{ where: 'in a pod', count: 2 }],
        files: {
          commandLine: { from: 'proc', arguments: ['/usr/bin/kubelet', '--node-labels=', '--config=/etc/k'] },
          workingDirectory: '/',
          dropInDirectoryAlpha: false,
          files: new Map([
            ['/etc/k', { status: 'read', text: file }],
            ['/etc/k.d/ä.conf', { status: 'read', text: file }],
            ['/etc/k.d/b.conf', { status: 'refused', because: 'it does not belong to root' }],
          ]),
          directories: new Map([['/etc/k.d', { status: 'read', files: ['/etc/k.d/ä.conf', '/etc/k.d/b.conf'] }]]),
        },
      },
    });
  });

  it.each([
    ['none\ndone\n', { outcome: 'no-kubelet', ignored: [] }],
    [
      'several\nprocess 10 1\nprocess 20 9\ndone\n',
      {
        outcome: 'several-kubelets',
        ignored: [],
        processes: [
          { pid: 10, parent: 1 },
          { pid: 20, parent: 9 },
        ],
      },
    ],
    ['unsupported no-find\ndone\n', { outcome: 'not-supported', ignored: [], because: 'the node has no find command' }],
    [
      'unsupported answer-too-long\ndone\n',
      { outcome: 'not-supported', ignored: [], because: expect.stringContaining('24,000') },
    ],
  ])('may say that there are no files: %j', (text, value) => {
    expect(parse(text)).toEqual({ ok: true, value });
  });

  it('is not used when the kubelet was restarted meanwhile', () => {
    expect(replaced('done\n', 'changed\ndone\n')).toMatchObject({ ok: true, value: { outcome: 'not-supported' } });
  });

  it('shows a file that is not UTF-8 as refused', () => {
    const body = bytes(whole);
    body[whole.indexOf('KubeletConfiguration') - 1] = 0xff;

    const answer = parseProbeAnswer(body);
    expect(answer.ok && answer.value.outcome === 'kubelet' && answer.value.files.files.get('/etc/k')).toEqual({
      status: 'refused',
      because: 'it is not UTF-8 text',
    });
  });
});

describe('an answer is refused as a whole', () => {
  it.each([
    ['a frame twice', parts[5], `${parts[5]}${parts[5]}`],
    ['frames in another order', `${parts[5]}${parts[6]}`, `${parts[6]}${parts[5]}`],
    ['a drop-in outside of its directory', '/etc/k.d/b.conf', '/etc/shadow.con'],
    ['a drop-in with another ending', '/etc/k.d/b.conf', '/etc/k.d/b.yaml'],
    ['the same drop-in twice', parts[8], `${parts[8]}${parts[8]}`],
    ['no arguments', parts[2], ''],
    ['a relative working directory', frame('working-directory', 'read', '/'), frame('working-directory', 'read', 'x')],
    ['an unknown reason', 'not-root', 'not-rude'],
    ['an unknown kind of ignored process', 'ignored pod', 'ignored pot'],
    ['a kind of ignored process twice', 'ignored pod 2\n', 'ignored pod 2\nignored pod 2\n'],
    ['content of a refused file', 'not-root 15 0\n/etc/k.d/b.conf\n\n', 'not-root 15 1\n/etc/k.d/b.conf\nx\n'],
    ['a length that is too short', `config read 6 ${file.length}`, `config read 6 ${file.length - 1}`],
    ['a length that is too long', `config read 6 ${file.length}`, 'config read 6 9999999'],
    ['a path with a line break', 'config read 6 32\n/etc/k\n', 'config read 6 32\n/et\nk\n'],
    ['more after the end', 'done\n', 'done\nx'],
    ['one kubelet that calls itself several', whole, 'several\nprocess 1 1\ndone\n'],
    ['a tool name with terminal sequences', whole, 'unsupported no-\u001b[31m\ndone\n'],
  ])('for %s', (_, from, to) => {
    expect(replaced(from, to)).toEqual({
      ok: false,
      error: expect.stringMatching(/^the probe's answer is malformed: /),
    });
  });

  it('when the main file, a drop-in too, was read with two contents', () => {
    const main = (content: string) =>
      [
        ...parts.slice(0, 5),
        frame('config', 'read', '/etc/k.d/a.conf', 'x'),
        frame('directory', 'read', '/etc/k.d'),
        frame('drop-in', 'read', '/etc/k.d/a.conf', content),
        'done\n',
      ].join('');

    expect(parse(main('x')).ok).toBe(true);
    expect(parse(main('y')).ok).toBe(false);
  });

  it('when it is larger than any answer', () => {
    expect(parseProbeAnswer(new Uint8Array(probeAnswerLimit + 1))).toEqual({
      ok: false,
      error: expect.stringContaining('longer than'),
    });
  });

  it('wherever it is cut', () => {
    const body = bytes(whole);
    fc.assert(fc.property(fc.nat(body.length - 1), (length) => !parseProbeAnswer(body.subarray(0, length)).ok));
  });

  it('and no bytes whatever make it throw', () => {
    const word = fc.constantFrom(
      ...parts,
      'none\n',
      'several\n',
      'process 1 1\n',
      'changed\n',
      'config read 9 9\n',
      '\0',
      'ä',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 400 }),
          fc.array(word, { maxLength: 14 }).map((words) => bytes(words.join(''))),
        ),
        (body) => {
          parseProbeAnswer(body);
        },
      ),
    );
  });
});
