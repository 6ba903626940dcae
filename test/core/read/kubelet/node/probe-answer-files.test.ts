import { describe, expect, it } from 'vitest';
import { kubeletProbeScript } from '../../../../../infra/documents/probe/kubelet-probe.ts';
import { parseProbeAnswer } from '../../../../../lambda/core/read/kubelet/node/probe-answer.ts';
import { bytes, errorOf, frame, parse, read, whole } from './probe-frames.ts';

/** The words with which the shell says that something was not read: those of its frames, and of what may not be sent. */
function reasonsSent(script: string): readonly string[] {
  const unsent = /\becho (nul-bytes|not-a-kubelet-configuration|secret|odd-characters|hidden-letters)\b/g;
  const lines = script.split('\n').filter((line) => !line.trimStart().startsWith('#'));
  const found = lines
    .flatMap((line) => [...line.matchAll(/\bframe (?:"\$\w+"|[a-z-]+) ([a-z][a-z-]*) /g), ...line.matchAll(unsent)])
    .map(([, code = '']) => code);
  return [...new Set(found)].filter((code) => !['read', 'absent', 'not-walked'].includes(code));
}

/** So many frames, each of another path. */
const numbered = (count: number, name: string, word: string, path = (at: number) => `/${at}`) =>
  Array.from({ length: count }, (_, at) => frame(name, word, path(at)));

describe('the files of an answer', () => {
  // By the shell that is deployed: a reason that only one side knows would make a whole answer malformed.
  it('say why one was not read, for each reason that the probe sends, in other words', () => {
    const reasons = reasonsSent(kubeletProbeScript({ root: '' }));
    expect(reasons.length).toBeGreaterThan(15);

    const told = reasons.map((code) => {
      const { files } = read(whole(frame('config', code, '/k'), frame('directory', code, '/k.d')));
      const refused = files.files.get('/k');
      expect(refused).toEqual({ status: 'refused', because: expect.stringMatching(/^(it|its|the command) .{10,}$/) });
      expect(files.directories.get('/k.d')).toEqual(refused);
      return refused;
    });
    expect(new Set(told.map((each) => JSON.stringify(each))).size).toBe(reasons.length);
  });

  it.each([
    ['too-large', 'it is larger than the probe reads (128 KB a file, 256 KB together)'],
    ['secret', 'it names staticPodURL, and the probe sends no file that may hold a credential'],
  ])('say so of whatever was asked for: %s', (code, because) => {
    const refused = { status: 'refused', because };
    const names = ['config', 'directory', 'permissions', 'client-ca'];
    const { files, around } = read(whole(...names.map((name) => frame(name, code, `/${name}`))));
    expect(files.files.get('/config')).toEqual(refused);
    expect(files.directories.get('/directory')).toEqual(refused);
    expect(around.permissions.get('/permissions')).toEqual(refused);
    expect(around.certificates.get('/client-ca')).toEqual(refused);
    const bottlerocket = parse(`bottlerocket\n${frame('report', code, '')}${frame('settings', code, '')}done\n`);
    expect(bottlerocket).toMatchObject({ value: { report: refused, settings: refused } });
  });

  it('may be absent, and a directory one that is not walked', () => {
    const seen = [frame('permissions', 'absent', '/k'), frame('client-ca', 'absent', '/ca')];
    const files = [frame('config', 'absent', '/k'), frame('directory', 'not-walked', '/k.d')];
    const { files: found, around } = read(whole(...files, ...seen));
    const absent = { status: 'absent' };
    expect(found.files).toEqual(new Map([['/k', absent]]));
    expect(found.directories).toEqual(new Map([['/k.d', { status: 'not-walked' }]]));
    expect(around).toEqual({ permissions: new Map([['/k', absent]]), certificates: new Map([['/ca', absent]]) });
    expect(read(whole(frame('directory', 'absent', '/k.d'))).files.directories).toEqual(new Map([['/k.d', absent]]));
  });

  it('are at most 64 drop-ins, of a directory that was read', () => {
    const many = (count: number, word = 'read') =>
      whole(frame('directory', word, '/d'), ...numbered(count, 'drop-in', 'absent', (at) => `/d/${at}.conf`));
    expect(read(many(64)).files.files.size).toBe(64);
    expect(errorOf(many(65))).toBe('more drop-ins than the probe sends');
    expect(errorOf(many(1, 'absent'))).toBe('more drop-ins than the probe sends');
  });

  it.each(['/d.conf', '/dx/a.conf', '/d/a.conf.bak', '/a.conf', 'd/a.conf'])('are no drop-in of /d: %s', (path) => {
    const answer = whole(frame('directory', 'read', '/d/'), frame('drop-in', 'absent', path));
    expect(errorOf(answer)).toBe('a drop-in that is not one');
  });

  it.each([
    ['1 2', { modified: 2, changed: 3 }],
    ['1.5 2.25\n', { modified: 1.6, changed: 2.26 }],
    ['12345678901 0', { modified: 12_345_678_902, changed: 1 }],
  ])('have times that are the latest they can be: %j', (text, times) => {
    const { files } = read(whole(frame('config', 'absent', '/k'), frame('times', 'read', '/k', text)));
    expect(files.times?.get('/k')).toEqual(times);
  });

  const noTimes = ['', '1', '1 2 3', 'x 1 2', '1 2 x', '123456789012 1', '1 123456789012', '1. 2', '1,5 2'];
  it.each([...noTimes, '1.1234567890 2', '1 2.1234567890'])('have no times %j', (text) => {
    const answer = whole(frame('config', 'absent', '/k'), frame('times', 'read', '/k', text));
    expect(errorOf(answer)).toBe('times that stat does not write');
  });

  it('have one time each, or none that is believed, and 4,096 times at most', () => {
    const of = (...times: string[]) => read(whole(frame('config', 'absent', '/k'), ...times)).files.times?.get('/k');
    const time = frame('times', 'read', '/k', '1 1');
    expect(of(time, time)).toEqual({ modified: 2, changed: 2 });
    expect(of(time, frame('times', 'unsteady', '/k'))).toBe('unknown');
    expect(of(frame('times', 'unsteady', '/k'), time)).toBe('unknown');
    expect(of(time, frame('times', 'read', '/k', '1 2'))).toBe('unknown');
    const mounted = frame('times', 'mounted', '/k');
    for (const times of [[mounted], [time, mounted], [mounted, time], [mounted, frame('times', 'unsteady', '/k')]])
      expect(of(...times)).toBe('mounted');
    const many = (count: number) => whole(frame('config', 'absent', '/k'), ...numbered(count, 'times', 'unsteady'));
    expect(errorOf(many(4096))).toBeUndefined();
    expect(errorOf(many(4097))).toBe('more times than the probe sends');
  });

  const long = 'x'.repeat(201);
  const noModes = ['', '600', '600 0 0', '12345 0 0 a:b', '8 0 0 a:b', '600 00 0 a:b', '600 0 01 a:b', ' 600 0 0 a:b'];
  const noOwners = ['a', ':b', 'a:', 'a:b:c', 'a:b\n', `${long}:b`, `a:${long}`].map((names) => `600 0 0 ${names}`);
  const tooLong = ['600 12345678901 0 a:b', '600 0 12345678901 a:b'];
  it.each([...noModes, ...noOwners, ...tooLong])('have no mode and owner %j', (text) => {
    const error = 'a mode and an owner that stat does not write';
    expect(errorOf(whole(frame('permissions', 'read', '/k', text)))).toBe(error);
  });

  it.each([
    ['0 1 2 a:b', 0, 'a', 'b'],
    ['1 0 0 admin:wheel', 1, 'root', 'root'],
    ['7777 1234567890 1234567890 a.b-c_d:B9', 0o7777, 'a.b-c_d', 'B9'],
    [`1 1 2 ${'x'.repeat(65)}:a b`, 1, '1', '2'],
    ['1 10 20 UNKNOWN:root', 1, '10', '20'],
    ['1 10 20 a b:b/c', 1, '10', '20'],
  ])('have a mode and owner %j', (text, mode, owner, group) => {
    const { permissions } = read(whole(frame('permissions', 'read', '/k', text))).around;
    expect(permissions.get('/k')).toEqual({ status: 'read', mode, owner, group });
  });

  it.each([
    ['AAAA\nBB==\n', ['AAAA', 'BB=='], 0],
    ['a+/9=\n\n', ['a+/9='], 0],
    ['A===\n=\n A\nA \nA-\n', [], 5],
    ['', [], 0],
  ])('have certificates in base64, and count what is none: %j', (text, certificates, unclean) => {
    const found = read(whole(frame('client-ca', 'read', '/ca', text))).around.certificates;
    expect(found.get('/ca')).toEqual({ status: 'read', certificates, unclean, ownedByRoot: true });
  });

  it('are read once each, or twice alike', () => {
    const ca = (content: string) => frame('client-ca', 'read', '/ca', content);
    expect(read(whole(ca('AAAA'), ca('AAAA'))).around.certificates.size).toBe(1);
    expect(errorOf(whole(ca('AAAA'), ca('BBBB')))).toBe('one file was read twice, with two contents');
    expect(errorOf(whole(...numbered(8, 'client-ca', 'absent')))).toBeUndefined();
    expect(errorOf(whole(...numbered(2, 'permissions', 'absent')))).toBeUndefined();
  });

  it('that are not UTF-8 are refused, or unclean', () => {
    const broken = (name: string) => {
      const body = bytes(whole(frame(name, 'read', '/x', 'A')));
      body[body.lastIndexOf(0x41)] = 0xff;
      const answer = parseProbeAnswer(body);
      return answer.ok && answer.value.outcome === 'kubelet' ? answer.value : undefined;
    };
    expect([broken('times'), broken('permissions')]).toEqual([undefined, undefined]);
    expect(broken('config')?.files.files.get('/x')).toEqual({ status: 'refused', because: 'it is not UTF-8 text' });
    expect(broken('client-ca')?.around.certificates.get('/x')).toMatchObject({ certificates: [], unclean: 1 });
  });
});

describe('a frame', () => {
  const config = (sizes: string, path = '/k', content = '') => whole(`config absent ${sizes}\n${path}\n${content}\n`);

  const noLengths = ['02 0', '2 00', '2', '2 0 0', 'x 0', '12345 0', '2 12345678', '-2 0'];
  it.each(noLengths)('has two lengths, not %j', (lengths) => {
    expect(errorOf(config(lengths))).toMatch(/^a line at byte/);
  });

  it('has a path without line breaks and NULs, which is made absolute where it can be', () => {
    for (const path of ['/\0k', '/\nk'])
      expect(errorOf(config('3 0', path))).toBe('a path that is not UTF-8, or has a line break');
    const pathOf = (path: string) => [...read(config(`${path.length} 0`, path)).files.files.keys()].join();
    expect(['/k', '//k/', 'k', ''].map(pathOf)).toEqual(['/k', '/k', 'k', '']);
  });

  it('has content only where something was read', () => {
    const unread = 'content of something that was not read';
    expect(errorOf(whole(frame('config', 'not-root', '/k', 'x')))).toBe(unread);
    expect(errorOf(whole(frame('client-ca', 'absent', '/k', 'x')))).toBe(unread);
    expect(errorOf(whole(frame('client-ca', 'not-root', '/k', 'x')))).toBeUndefined();
  });

  it('begins a line of 200 bytes at most', () => {
    expect(errorOf(`${'x'.repeat(200)}\n`)).toMatch(/^a line at byte 0/);
    expect(errorOf(whole(frame('config', 'x'.repeat(41), '/k')))).toMatch(/^a line at byte/);
  });
});

it('of Bottlerocket is two texts, or why there are none', () => {
  const body = bytes(`bottlerocket\n${frame('report', 'read', '', 'A')}${frame('settings', 'read', '', '{}')}done\n`);
  body[body.indexOf(0x41)] = 0xff;
  const report = { status: 'refused', because: 'it is not UTF-8 text' };
  const value = { outcome: 'bottlerocket', ignored: [], report, settings: { status: 'read', text: '{}' } };
  expect(parseProbeAnswer(body)).toEqual({ ok: true, value });
});
