import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseProbeAnswer, probeAnswerLimit } from '../../../../lambda/core/kubelet/node/probe-answer.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const frame = (name: string, word: string, path: string, content = '') =>
  `${name} ${word} ${bytes(path).length} ${bytes(content).length}\n${path}\n${content}\n`;

const certificate = 'MIIB';
const file = '{"kind":"KubeletConfiguration"}\n';
const parts = [
  'ignored pod 2\n',
  'kubelet 4242 1\n',
  frame('arguments', 'read', '', '/usr/bin/kubelet\0--node-labels=\0--config=/etc/k\0'),
  frame('working-directory', 'read', '/'),
  'alpha no\n',
  `${frame('config', 'read', '/etc/k', file)}${frame('edited', 'read', '/etc/k')}`,
  frame('directory', 'read', '/etc/k.d/'),
  `${frame('drop-in', 'read', '/etc/k.d/ä.conf', file)}${frame('edited', 'read', '/etc/k.d/ä.conf')}`,
  frame('drop-in', 'not-root', '/etc/k.d/b.conf'),
  frame('permissions', 'read', '/var/kc', '4600 0 27 toor:mysql'),
  frame('permissions', 'absent', '/etc/k'),
  frame('client-ca', 'not-root', '/etc/pki//ca.crt', `${certificate}\n!\n${certificate}`),
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
        around: {
          edited: ['/etc/k', '/etc/k.d/ä.conf'],
          permissions: new Map([
            ['/var/kc', { status: 'read', mode: 0o4600, owner: 'root', group: 'mysql' }],
            ['/etc/k', { status: 'absent' }],
          ]),
          certificates: new Map([
            [
              '/etc/pki/ca.crt',
              { status: 'read', certificates: [certificate, certificate], unclean: 1, ownedByRoot: false },
            ],
          ]),
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
    [
      `bottlerocket\n${frame('report', 'read', '', '{}')}${frame('settings', 'failed', '')}done\n`,
      {
        outcome: 'bottlerocket',
        ignored: [],
        report: { status: 'read', text: '{}' },
        settings: { status: 'refused', because: 'the command printed nothing within its time' },
      },
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

it.each([
  ['600 0 0 root:root', 'root', 'root'],
  ['600 0 0 admin:wheel', 'root', 'root'],
  ['600 1000 1000 root:root', '1000', '1000'],
  ['600 1000 4 UNKNOWN:adm', '1000', 'adm'],
  ['600 1000 1001 DOMAIN\\joe doe:domain users', '1000', '1001'],
])('who owns a file is told by number where the name may mislead: %s', (seen, owner, group) => {
  const answer = replaced(parts[9], frame('permissions', 'read', '/var/kc', seen));

  expect(answer.ok && answer.value.outcome === 'kubelet' && answer.value.around.permissions.get('/var/kc')).toEqual({
    status: 'read',
    mode: 0o600,
    owner,
    group,
  });
});

describe('an answer is refused as a whole', () => {
  it.each([
    ['a frame twice', parts[5], `${parts[5]}${parts[5]}`],
    ['frames in another order', `${parts[5]}${parts[6]}`, `${parts[6]}${parts[5]}`],
    ['a drop-in outside of its directory', '/etc/k.d/b.conf', '/etc/shadow.con'],
    ['a drop-in with another ending', '/etc/k.d/b.conf', '/etc/k.d/b.yaml'],
    ['an edit of another file', frame('edited', 'read', '/etc/k'), frame('edited', 'read', '/etc/shadow')],
    ['an edit of a file that was not read', parts[8], `${parts[8]}${frame('edited', 'read', '/etc/k.d/b.conf')}`],
    ['the same drop-in twice', parts[8], `${parts[8]}${parts[8]}`],
    ['no arguments', parts[2], ''],
    ['a relative working directory', frame('working-directory', 'read', '/'), frame('working-directory', 'read', 'x')],
    ['an unknown reason', 'not-root', 'not-rude'],
    ['an unknown kind of ignored process', 'ignored pod', 'ignored pot'],
    ['a kind of ignored process that every object has', 'ignored pod', 'ignored constructor'],
    ['a reason that every object has', 'not-root 15 0', 'constructor 15 0'],
    ['a reason of the whole node that every object has', whole, 'unsupported constructor\ndone\n'],
    ['a kind of ignored process twice', 'ignored pod 2\n', 'ignored pod 2\nignored pod 2\n'],
    ['content of a refused file', 'not-root 15 0\n/etc/k.d/b.conf\n\n', 'not-root 15 1\n/etc/k.d/b.conf\nx\n'],
    ['a length that is too short', `config read 6 ${file.length}`, `config read 6 ${file.length - 1}`],
    ['a length that is too long', `config read 6 ${file.length}`, 'config read 6 9999999'],
    ['a path with a line break', 'config read 6 32\n/etc/k\n', 'config read 6 32\n/et\nk\n'],
    ['a mode that stat does not write', '4600 0 27 toor:mysql', '9600 0 27 toor:mysql'],
    ['modes of more than two files', parts[10], `${parts[10]}${frame('permissions', 'absent', '/etc/shadow')}`],
    ['certificates of more than eight files', parts[11], parts[11].repeat(9)],
    [
      'one file whose mode was told twice, in two ways',
      frame('permissions', 'absent', '/etc/k'),
      frame('permissions', 'absent', '/var/kc'),
    ],
    ['files behind certificates', `${parts[10]}${parts[11]}`, `${parts[11]}${parts[10]}`],
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
