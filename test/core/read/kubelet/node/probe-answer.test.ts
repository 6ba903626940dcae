import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changedSinceStart } from '../../../../../lambda/core/read/kubelet/node/file-facts.ts';
import { parseProbeAnswer, probeAnswerLimit } from '../../../../../lambda/core/read/kubelet/node/probe-answer.ts';
import type { FileTimes } from '../../../../../lambda/core/read/kubelet/node-files.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const frame = (name: string, word: string, path: string, content = '') =>
  `${name} ${word} ${bytes(path).length} ${bytes(content).length}\n${path}\n${content}\n`;

const certificate = 'MIIB';
const file = '{"kind":"KubeletConfiguration"}\n';
const parts = [
  'ignored pod 2\n',
  'kubelet 4242 1\n',
  'started 1764170000.25\n',
  frame('arguments', 'read', '', '/usr/bin/kubelet\0--node-labels=\0--config=/etc/k\0'),
  frame('working-directory', 'read', '/'),
  'alpha no\n',
  `${frame('config', 'read', '/etc/k', file)}${frame('times', 'read', '/etc/k', '1764169000.125 1764169000.5')}`,
  `${frame('directory', 'read', '/etc/k.d/')}${frame('times', 'read', '/etc/k.d', '1764169000 1764169001\n')}`,
  `${frame('drop-in', 'read', '/etc/k.d/ä.conf', file)}${frame('times', 'unsteady', '/etc/k.d/ä.conf')}`,
  frame('drop-in', 'not-root', '/etc/k.d/b.conf'),
  frame('permissions', 'read', '/var/kc', '4600 0 27 toor:mysql'),
  frame('permissions', 'absent', '/etc/k'),
  frame('client-ca', 'not-root', '/etc/pki//ca.crt', `${certificate}\n!\n${certificate}`),
  'done\n',
] as const;
const whole = parts.join('');
const stray = (at: number) => `a line at byte ${at} that the probe does not write`;
const noReason = 'an unknown reason why something was not read';
const noKind = 'an unknown or repeated kind of ignored process';
const cutFrame = 'a frame that is cut';
const twoContents = 'one file was read twice, with two contents';
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
          startedAt: 1_764_170_000.25,
          times: new Map<string, FileTimes>([
            ['/etc/k', { modified: 1_764_169_000.126, changed: 1_764_169_000.6 }],
            ['/etc/k.d', { modified: 1_764_169_001, changed: 1_764_169_002 }],
            ['/etc/k.d/ä.conf', 'unknown'],
          ]),
          files: new Map([
            ['/etc/k', { status: 'read', text: file }],
            ['/etc/k.d/ä.conf', { status: 'read', text: file }],
            ['/etc/k.d/b.conf', { status: 'refused', because: 'it does not belong to root' }],
          ]),
          directories: new Map([['/etc/k.d', { status: 'read', files: ['/etc/k.d/ä.conf', '/etc/k.d/b.conf'] }]]),
        },
        around: {
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
    expect(replaced('done\n', 'changed\ndone\n')).toEqual({
      ok: true,
      value: {
        outcome: 'not-supported',
        ignored: [{ where: 'in a pod', count: 2 }],
        because: 'the kubelet was restarted while it was read',
      },
    });
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
  const answer = replaced(parts[10], frame('permissions', 'read', '/var/kc', seen));

  expect(answer.ok && answer.value.outcome === 'kubelet' && answer.value.around.permissions.get('/var/kc')).toEqual({
    status: 'read',
    mode: 0o600,
    owner,
    group,
  });
});

describe('an answer is refused as a whole', () => {
  it.each([
    ['a frame twice', parts[6], `${parts[6]}${parts[6]}`, stray(268)],
    ['frames in another order', `${parts[6]}${parts[7]}`, `${parts[7]}${parts[6]}`, stray(238)],
    ['a drop-in outside of its directory', '/etc/k.d/b.conf', '/etc/shadow.con', 'a drop-in that is not one'],
    ['a drop-in with another ending', '/etc/k.d/b.conf', '/etc/k.d/b.yaml', 'a drop-in that is not one'],
    [
      'times that stat does not write',
      '1764169000.125 1764169000.5',
      '1764169000.125 1764169000,5',
      'times that stat does not write',
    ],
    [
      'times of another kind',
      frame('times', 'unsteady', '/etc/k.d/ä.conf'),
      frame('times', 'absent', '/etc/k.d/ä.conf'),
      'times of an unknown kind',
    ],
    ['a start that is no time', 'started 1764170000.25', 'started 1764170000,25', stray(29)],
    ['the same drop-in twice', parts[9], `${parts[9]}${parts[9]}`, 'a drop-in that is not one'],
    ['no arguments', parts[3], '', stray(51)],
    [
      'a relative working directory',
      frame('working-directory', 'read', '/'),
      frame('working-directory', 'read', 'x'),
      'the working directory is not a path',
    ],
    ['an unknown reason', 'not-root', 'not-rude', noReason],
    ['an unknown kind of ignored process', 'ignored pod', 'ignored pot', noKind],
    ['a kind of ignored process that every object has', 'ignored pod', 'ignored constructor', noKind],
    ['a reason that every object has', 'not-root 15 0', 'constructor 15 0', noReason],
    [
      'a reason of the whole node that every object has',
      whole,
      'unsupported constructor\ndone\n',
      'an unknown reason why the node was not read',
    ],
    ['a kind of ignored process twice', 'ignored pod 2\n', 'ignored pod 2\nignored pod 2\n', noKind],
    [
      'content of a refused file',
      'not-root 15 0\n/etc/k.d/b.conf\n\n',
      'not-root 15 1\n/etc/k.d/b.conf\nx\n',
      'content of something that was not read',
    ],
    ['a length that is too short', `config read 6 ${file.length}`, `config read 6 ${file.length - 1}`, stray(216)],
    ['a length that is too long', `config read 6 ${file.length}`, 'config read 6 9999999', cutFrame],
    ['a path with a line break', 'config read 6 32\n/etc/k\n', 'config read 6 32\n/et\nk\n', cutFrame],
    [
      'a mode that stat does not write',
      '4600 0 27 toor:mysql',
      '9600 0 27 toor:mysql',
      'a mode and an owner that stat does not write',
    ],
    [
      'modes of more than two files',
      parts[11],
      `${parts[11]}${frame('permissions', 'absent', '/etc/shadow')}`,
      stray(574),
    ],
    ['certificates of more than eight files', parts[12], parts[12].repeat(9), stray(1006)],
    [
      'one file whose mode was told twice, in two ways',
      frame('permissions', 'absent', '/etc/k'),
      frame('permissions', 'absent', '/var/kc'),
      twoContents,
    ],
    ['files behind certificates', `${parts[11]}${parts[12]}`, `${parts[12]}${parts[11]}`, stray(597)],
    ['more after the end', 'done\n', 'done\nx', 'more after its end'],
    [
      'one kubelet that calls itself several',
      whole,
      'several\nprocess 1 1\ndone\n',
      'several kubelets, and 1 of them named',
    ],
    ['a tool name with terminal sequences', whole, 'unsupported no-\u001b[31m\ndone\n', stray(0)],
  ])('for %s', (_, from, to, because) => {
    expect(replaced(from, to)).toEqual({ ok: false, error: `the probe's answer is malformed: ${because}` });
  });

  it('when the main file, a drop-in too, was read with two contents', () => {
    const main = (content: string) =>
      [
        ...parts.slice(0, 6),
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
      error: "the probe's answer is longer than 524288 bytes",
    });
    expect(parseProbeAnswer(new Uint8Array(probeAnswerLimit))).toEqual({
      ok: false,
      error: "the probe's answer is malformed: a line at byte 0 that the probe does not write",
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

describe('what changed since the kubelet began', () => {
  const at = (modified: number, changed: number) => new Map([['/k', { modified, changed }]]);

  it.each([
    ['written a second before', at(999, 999), []],
    ['written with it', at(1000, 1000), ['/k']],
    ['written a tick before, which clocks cannot tell apart', at(999.96, 999.96), ['/k']],
    ['written two ticks before', at(999.94, 999.94), []],
    ['written long ago and changed after it (cp -p, mv)', at(1, 1000.5), ['/k']],
    ['with a time of writing in its future (touch)', at(5000, 900), ['/k']],
    ['whose times could not be read', new Map([['/k', 'unknown' as const]]), ['/k']],
  ])('a file %s', (_, times, changed) => {
    expect(changedSinceStart({ startedAt: 1000, times })).toEqual(changed);
  });

  it('is not known where nobody knows when it began, or nobody looked', () => {
    expect(changedSinceStart({ times: at(1, 1) })).toBeUndefined();
    expect(changedSinceStart({ startedAt: 1000 })).toBeUndefined();
  });
});

it('takes two times of one path for a change while it was read', () => {
  const answer = replaced(
    frame('times', 'unsteady', '/etc/k.d/ä.conf'),
    `${frame('times', 'read', '/etc/k.d/ä.conf', '1 1')}${frame('times', 'read', '/etc/k.d/ä.conf', '1 2')}`,
  );
  expect(answer.ok && answer.value.outcome === 'kubelet' && answer.value.files.times?.get('/etc/k.d/ä.conf')).toBe(
    'unknown',
  );
});

it('does not look behind a path that is spelled with ".." too, in either order', () => {
  const looked = frame('client-ca', 'read', '/etc/pki/ca.crt', certificate);
  const dots = frame('client-ca', 'dots', '/etc/x/../pki/ca.crt');
  for (const both of [`${looked}${dots}`, `${dots}${looked}`]) {
    const answer = replaced(parts[12], both);
    expect(answer.ok && answer.value.outcome === 'kubelet' && answer.value.around.certificates).toEqual(
      new Map([['/etc/pki/ca.crt', { status: 'refused', because: 'its path has ".." in it' }]]),
    );
  }
});
