import { describe, expect, it } from 'vitest';
import { errorOf, frame, kubelet, parse, read, start, whole } from './probe-frames.ts';

describe('the head of an answer', () => {
  it('may know no more than that a kubelet runs', () => {
    expect(read(whole())).toEqual({
      outcome: 'kubelet',
      ignored: [],
      files: {
        commandLine: { from: 'proc', arguments: ['kubelet'] },
        files: new Map(),
        directories: new Map(),
        times: new Map(),
        dropInDirectoryAlpha: true,
      },
      around: { permissions: new Map(), certificates: new Map() },
    });
  });

  it.each([
    ['0.00', 0],
    ['12345678901.25', 12_345_678_901.25],
    ['unknown', undefined],
  ])('tells the start %s', (started, startedAt) => {
    expect(read(`${start(started)}done\n`).files.startedAt).toBe(startedAt);
  });

  it.each(['1', '1.2', '1.234', '123456789012.00', '-1.00', ' 1.00', '1.00 ', 'unknown ', 'not unknown', 'never'])(
    'tells no start %j',
    (started) => {
      expect(errorOf(`${start(started)}done\n`)).toBe('a line at byte 15 that the probe does not write');
    },
  );

  it.each([
    'kubelet 1\n',
    'kubelet x 1\n',
    'kubelet 1 x\n',
    'kubelet 12345678901 1\n',
    'kubelet 1 12345678901\n',
    'a kubelet 1 1\n',
    'kubelet 1 1 1\n',
  ])('is none: %j', (line) => {
    expect(errorOf(whole().replace(kubelet, line))).toBe('a line at byte 0 that the probe does not write');
  });

  it('has arguments that end in a NUL or not, empty ones too', () => {
    const args = (text: string) => {
      const { commandLine } = read(
        whole().replace(frame('arguments', 'read', '', 'kubelet\0'), frame('arguments', 'read', '', text)),
      ).files;
      return commandLine.from === 'proc' && commandLine.arguments;
    };
    expect([args('kubelet'), args('kubelet\0\0'), args('a\0b\0')]).toEqual([['kubelet'], ['kubelet', ''], ['a', 'b']]);
  });

  it('refuses arguments that were not read, and a directory that is none', () => {
    const args = frame('arguments', 'read', '', 'kubelet\0');
    const directory = frame('working-directory', 'absent', '');
    const missing = 'the arguments are missing or not UTF-8';
    expect(errorOf(whole().replace(args, frame('arguments', 'absent', '')))).toBe(missing);
    expect(errorOf(whole().replace(args, frame('arguments', 'read', '')))).toBe(missing);
    expect(errorOf(whole().replace(directory, frame('working-directory', 'dots', '/x')))).toBe(
      'the working directory is not a path',
    );
    expect(read(whole().replace(directory, frame('working-directory', 'read', '/x/../y'))).files.workingDirectory).toBe(
      '/y',
    );
    expect(errorOf(whole().replace('alpha yes', 'alpha maybe'))).toMatch(/^a line at byte/);
  });

  it('counts what it ignored, each kind once', () => {
    const kinds = ['pod', 'pid-namespace', 'mount-namespace', 'owner', 'other-root'];
    expect(parse(`${kinds.map((kind, at) => `ignored ${kind} ${at + 1}\n`).join('')}none\ndone\n`)).toEqual({
      ok: true,
      value: {
        outcome: 'no-kubelet',
        ignored: [
          { where: 'in a pod', count: 1 },
          { where: 'in another PID namespace', count: 2 },
          { where: 'in another mount namespace', count: 3 },
          { where: 'of another user than root', count: 4 },
          { where: 'in another root directory', count: 5 },
        ],
      },
    });
    expect(errorOf('ignored pod 1234567\nnone\ndone\n')).toBeUndefined();
    for (const count of ['0', '01', '12345678', 'x', '-1'])
      expect(errorOf(`ignored pod ${count}\nnone\ndone\n`)).toBe('a line at byte 0 that the probe does not write');
  });

  it('names 2 to 16 kubelets where there are several', () => {
    const several = (count: number) => `several\n${'process 10 1234567890\n'.repeat(count)}done\n`;
    expect([several(2), several(16)].map(errorOf)).toEqual([undefined, undefined]);
    expect(errorOf(several(1))).toBe('several kubelets, and 1 of them named');
    expect(errorOf(several(17))).toBe('several kubelets, and 17 of them named');
    expect(errorOf('several\nprocess 1 12345678901\nprocess 1 1\ndone\n')).toMatch(/^a line at byte 8/);
    expect(errorOf('several kubelets\nprocess 1 1\nprocess 1 1\ndone\n')).toMatch(/^a line at byte 0/);
  });

  it.each([
    ['no-find', 'the node has no find command'],
    ['no-base64', 'the node has no base64 command'],
    ['ps-output', "the node's ps has not the columns of ps -ef"],
    [
      'other-file-system',
      "the SSM agent's shell has a file system of its own (it runs in a container), so it cannot see the kubelet's files",
    ],
    ['arguments-too-long', "the kubelet's arguments are longer than 64 KB"],
    [
      'secret-in-arguments',
      "the kubelet's arguments name --manifest-url, and the probe sends nothing that may hold a credential",
    ],
    ['process-changed', 'the kubelet was restarted while it was read'],
    ['answer-too-long', 'its files do not fit into an SSM answer of 24,000 characters'],
  ])('says why a node was not read: %s', (code, because) => {
    expect(parse(`unsupported ${code}\ndone\n`)).toEqual({
      ok: true,
      value: { outcome: 'not-supported', ignored: [], because },
    });
  });

  it.each(['', 'no-', 'no-a-b', 'a no-find', 'x', 'x'.repeat(41)])('knows no other reason: %j', (code) => {
    expect(errorOf(`unsupported ${code}\ndone\n`)).toMatch(
      /^(an unknown reason why the node was not read|a line at byte 0)/,
    );
  });

  it('is no line that begins well and goes on', () => {
    for (const text of [
      'none at all\ndone\n',
      'none\ndone for\n',
      'bottlerocket 2\n',
      'a\u0000\n',
      `${'x'.repeat(201)}\n`,
      'done',
    ])
      expect(errorOf(text)).toMatch(/^a line at byte \d+ that the probe does not write$/);
  });
});
