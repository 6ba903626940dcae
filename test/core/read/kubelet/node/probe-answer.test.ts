import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseProbeAnswer, probeAnswerLimit } from '../../../../../lambda/core/read/kubelet/node/probe-answer.ts';
import type { FileTimes } from '../../../../../lambda/core/read/kubelet/node-files.ts';
import { bytes, errorOf, frame, parse } from './probe-frames.ts';

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
  frame('client-ca', 'not-root', '/etc/pki//ca.crt', 'MIIB\n!\nMIIB'),
  'done\n',
] as const;
const whole = parts.join('');
const stray = (at: number) => `a line at byte ${at} that the probe does not write`;
const noReason = 'an unknown reason why something was not read';
const noKind = 'an unknown or repeated kind of ignored process';
const cutFrame = 'a frame that is cut';
const noDropIn = 'a drop-in that is not one';
const twoContents = 'one file was read twice, with two contents';
const changed = (from: string, to: string): string => {
  expect(whole).toContain(from);
  return whole.replace(from, to);
};

describe('a whole answer', () => {
  it('gives the arguments, empty ones too, and each file by its shortest absolute path', () => {
    const kubeconfig = { status: 'read', mode: 0o4600, owner: 'root', group: 'mysql' };
    const bundle = { status: 'read', certificates: ['MIIB', 'MIIB'], unclean: 1, ownedByRoot: false };
    expect(parse(whole)).toStrictEqual({
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
          permissions: new Map(Object.entries({ '/var/kc': kubeconfig, '/etc/k': { status: 'absent' } })),
          certificates: new Map([['/etc/pki/ca.crt', bundle]]),
        },
      },
    });
  });

  it('may name several kubelets', () => {
    const processes = [
      { pid: 10, parent: 1 },
      { pid: 20, parent: 9 },
    ];
    const value = { outcome: 'several-kubelets', ignored: [], processes };
    expect(parse('several\nprocess 10 1\nprocess 20 9\ndone\n')).toStrictEqual({ ok: true, value });
  });

  it('is not used when the kubelet was restarted meanwhile', () => {
    const because = 'the kubelet was restarted while it was read';
    const value = { outcome: 'not-supported', ignored: [{ where: 'in a pod', count: 2 }], because };
    expect(parse(changed('done\n', 'changed\ndone\n'))).toStrictEqual({ ok: true, value });
  });

  it('does not look behind a path that is spelled with ".." too, in either order', () => {
    const looked = frame('client-ca', 'read', '/etc/pki/ca.crt', 'MIIB');
    const dots = frame('client-ca', 'dots', '/etc/x/../pki/ca.crt');
    const certificates = new Map([['/etc/pki/ca.crt', { status: 'refused', because: 'its path has ".." in it' }]]);
    for (const both of [`${looked}${dots}`, `${dots}${looked}`])
      expect(parse(changed(parts[12], both))).toMatchObject({ value: { around: { certificates } } });
  });
});

describe('an answer is refused as a whole', () => {
  it.each([
    ['a frame twice', parts[6], `${parts[6]}${parts[6]}`, stray(268)],
    ['frames in another order', `${parts[6]}${parts[7]}`, `${parts[7]}${parts[6]}`, stray(238)],
    ['a drop-in outside of its directory', '/etc/k.d/b.conf', '/etc/shadow.con', noDropIn],
    ['the same drop-in twice', parts[9], `${parts[9]}${parts[9]}`, noDropIn],
    ['times of another kind', 'times unsteady', 'times absent', 'times of an unknown kind'],
    ['no arguments', parts[3], '', stray(51)],
    ['a relative working directory', '\n/\n\nalpha', '\nx\n\nalpha', 'the working directory is not a path'],
    ['an unknown reason', 'not-root', 'not-rude', noReason],
    ['a reason that every object has', 'not-root 15 0', 'constructor 15 0', noReason],
    ['such a reason for the node', whole, 'unsupported constructor\ndone\n', noReason.replace('something', 'the node')],
    ['an unknown kind of ignored process', 'ignored pod', 'ignored pot', noKind],
    ['a kind of ignored process that every object has', 'ignored pod', 'ignored constructor', noKind],
    ['a kind of ignored process twice', 'ignored pod 2\n', 'ignored pod 2\nignored pod 2\n', noKind],
    ['a length that is too short', `config read 6 ${file.length}`, `config read 6 ${file.length - 1}`, stray(216)],
    ['a length that is too long', `config read 6 ${file.length}`, 'config read 6 9999999', cutFrame],
    ['modes of more than two files', parts[11], `${parts[11]}${frame('permissions', 'absent', '/x')}`, stray(574)],
    ['certificates of more than eight files', parts[12], parts[12].repeat(9), stray(1006)],
    ['a mode read twice, in two ways', parts[11], frame('permissions', 'absent', '/var/kc'), twoContents],
    ['files behind certificates', `${parts[11]}${parts[12]}`, `${parts[12]}${parts[11]}`, stray(597)],
    ['more after the end', 'done\n', 'done\nx', 'more after its end'],
    ['a tool name with terminal sequences', whole, 'unsupported no-\u001b[31m\ndone\n', stray(0)],
  ])('for %s', (_, from, to, because) => {
    expect(errorOf(changed(from, to))).toBe(because);
  });

  it('when the main file, a drop-in too, was read with two contents', () => {
    const at = '/etc/k.d/a.conf';
    const first = [...parts.slice(0, 6), frame('config', 'read', at, 'x'), frame('directory', 'read', '/etc/k.d')];
    const main = (content: string) => [...first, frame('drop-in', 'read', at, content), 'done\n'].join('');
    expect(parse(main('x')).ok).toBe(true);
    expect(parse(main('y')).ok).toBe(false);
  });

  it('when it is larger than any answer', () => {
    const error = "the probe's answer is longer than 524288 bytes";
    expect(parseProbeAnswer(new Uint8Array(probeAnswerLimit + 1))).toStrictEqual({ ok: false, error });
    expect(errorOf('\0'.repeat(probeAnswerLimit))).toBe(stray(0));
  });

  it('wherever it is cut', () => {
    const body = bytes(whole);
    fc.assert(fc.property(fc.nat(body.length - 1), (length) => !parseProbeAnswer(body.subarray(0, length)).ok));
  });

  it('and no bytes whatever make it throw', () => {
    const others = ['none\n', 'several\n', 'process 1 1\n', 'changed\n', 'config read 9 9\n', '\0', 'ä'];
    const words = fc.array(fc.constantFrom(...parts, ...others), { maxLength: 14 });
    const text = words.map((each) => bytes(each.join('')));
    fc.assert(fc.property(fc.oneof(fc.uint8Array({ maxLength: 400 }), text), (body) => void parseProbeAnswer(body)));
  });
});
