import { describe, expect, it } from 'vitest';
import { errorOf, frame, kubelet, parse, read, start, whole } from './probe-frames.ts';

describe('the head of an answer', () => {
  it('may know no more than that a kubelet runs', () => {
    const none = { files: new Map(), directories: new Map(), times: new Map() };
    expect(read(whole())).toStrictEqual({
      outcome: 'kubelet',
      ignored: [],
      files: { commandLine: { from: 'proc', arguments: ['kubelet'] }, ...none, dropInDirectoryAlpha: true },
      around: { permissions: new Map(), certificates: new Map() },
    });
  });

  const starts = { '0.00': 0, '12345678901.25': 12_345_678_901.25, unknown: undefined };

  it.each(Object.entries(starts))('reads the start %s', (started, startedAt) => {
    expect(read(`${start(started)}done\n`).files.startedAt).toBe(startedAt);
  });

  const noTimes = ['1', '1.2', '1.234', '123456789012.00', '-1.00', ' 1.00', '1.00 '];
  const noStarts = [...noTimes, 'unknown ', 'not unknown', 'never'];
  it.each(noStarts)('reads no start of %j', (started) => {
    expect(errorOf(`${start(started)}done\n`)).toBe('a line at byte 15 that the probe does not write');
  });

  const noNumbers = ['1', 'x 1', '1 x', '12345678901 1', '1 12345678901', '1 1 1'].map((each) => `kubelet ${each}`);
  it.each([...noNumbers, 'a kubelet 1 1'])('is none: %j', (line) => {
    expect(errorOf(whole().replace(kubelet, `${line}\n`))).toMatch(/^a line at byte 0/);
  });

  const args = frame('arguments', 'read', '', 'kubelet\0');
  const directory = frame('working-directory', 'absent', '');

  it('has arguments that end in a NUL or not, empty ones too', () => {
    const argumentsOf = (text: string) => {
      const { commandLine } = read(whole().replace(args, frame('arguments', 'read', '', text))).files;
      return commandLine.from === 'proc' && commandLine.arguments;
    };
    expect(['kubelet', 'kubelet\0\0', 'a\0b\0'].map(argumentsOf)).toEqual([['kubelet'], ['kubelet', ''], ['a', 'b']]);
  });

  it('refuses arguments that were not read, and a directory that is none', () => {
    const noArguments = 'the arguments are missing or not UTF-8';
    for (const word of ['absent', 'read'])
      expect(errorOf(whole().replace(args, frame('arguments', word, '')))).toBe(noArguments);
    const of = (word: string, path: string) => whole().replace(directory, frame('working-directory', word, path));
    expect(errorOf(of('dots', '/x'))).toBe('the working directory is not a path');
    expect(read(of('read', '/x/../y')).files.workingDirectory).toBe('/y');
    expect(errorOf(whole().replace('alpha yes', 'alpha maybe'))).toMatch(/^a line at byte/);
  });

  it('may have what the kubelet printed when it started, in rows of four kinds', () => {
    const of = (...rows: readonly string[]) => whole(frame('start-log', 'read', '', rows.join('\n')));
    const printed = of('begins', 'client-ca /a b', 'client-ca /c', 'read-only-port 10255', 'listens');
    const startLog = { isWhole: true, clientCas: ['/a b', '/c'], readOnlyPorts: [10_255] };
    expect(read(printed).files.startLog).toEqual(startLog);
    const empty = { isWhole: false, clientCas: [], readOnlyPorts: [] };
    expect(['begins', 'listens'].map((row) => read(of(row)).files.startLog)).toEqual([empty, empty]);

    const odd = [
      '',
      'begins ',
      'client-ca ',
      `client-ca ${'x'.repeat(1025)}`,
      'client-ca \u00e9',
      'read-only-port 123456',
      'x',
    ];
    for (const rows of [...odd.map((row) => ['begins', row]), Array.from({ length: 17 }, () => 'begins')])
      expect(errorOf(of(...rows))).toBe('rows of a start log that the probe does not write');
  });

  it('counts what it ignored, each kind once', () => {
    const kinds = ['pod', 'pid-namespace', 'mount-namespace', 'owner', 'other-root'];
    const answer = parse(`${kinds.map((kind, at) => `ignored ${kind} ${at + 1}\n`).join('')}none\ndone\n`);
    const namespaces = ['in a pod', 'in another PID namespace', 'in another mount namespace'];
    const places = [...namespaces, 'of another user than root', 'in another root directory'];
    const ignored = places.map((where, at) => ({ where, count: at + 1 }));
    expect(answer).toStrictEqual({ ok: true, value: { outcome: 'no-kubelet', ignored } });
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

  const inContainer = 'has a file system of its own (it runs in a container)';
  const withheld = 'the probe sends nothing that may hold a credential';
  it.each([
    ['no-find', 'the node has no find command'],
    ['no-base64', 'the node has no base64 command'],
    ['ps-output', "the node's ps has not the columns of ps -ef"],
    ['other-file-system', `the SSM agent's shell ${inContainer}, so it cannot see the kubelet's files`],
    ['arguments-too-long', "the kubelet's arguments are longer than 64 KB"],
    ['secret-in-arguments', `the kubelet's arguments name --manifest-url, and ${withheld}`],
    ['process-changed', 'the kubelet was restarted while it was read'],
    ['answer-too-long', 'its files do not fit into an SSM answer of 24,000 characters'],
  ])('says why a node was not read: %s', (code, because) => {
    const value = { outcome: 'not-supported', ignored: [], because };
    expect(parse(`unsupported ${code}\ndone\n`)).toStrictEqual({ ok: true, value });
  });

  it.each(['', 'no-', 'no-a-b', 'a no-find', 'x', 'x'.repeat(41)])('knows no other reason: %j', (code) => {
    expect(errorOf(`unsupported ${code}\ndone\n`)).toMatch(/^(an unknown reason why the node|a line at byte 0)/);
  });

  it('is no line that begins well and goes on', () => {
    const longest = `${'x'.repeat(201)}\n`;
    for (const text of ['none at all\ndone\n', 'none\ndone for\n', 'bottlerocket 2\n', 'a\u0000\n', longest, 'done'])
      expect(errorOf(text)).toMatch(/^a line at byte \d+ that the probe does not write$/);
  });
});
