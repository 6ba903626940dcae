import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../run-cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'report-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = (name: string) => join(folder, name);

const configz = (anonymous: boolean) =>
  JSON.stringify({
    kubeletconfig: {
      authentication: {
        anonymous: { enabled: anonymous },
        webhook: { enabled: true },
        x509: { clientCAFile: '/etc/ca.crt' },
      },
      authorization: { mode: 'Webhook' },
      streamingConnectionIdleTimeout: '4h0m0s',
      makeIPTablesUtilChains: true,
      eventRecordQPS: 50,
      rotateCertificates: true,
    },
  });

beforeAll(async () => {
  writeFileSync(file('good.configz'), configz(false));
  writeFileSync(file('open.configz'), configz(true));
  for (const [name, controls] of [
    ['good', 'kubelet-anonymous-auth'],
    ['open', 'kubelet-anonymous-auth'],
  ] as const)
    await runCli([
      'evaluate',
      'configz',
      file(`${name}.configz`),
      '--controls',
      controls,
      '--format',
      'json',
      '--output',
      file(`${name}.json`),
    ]);
});

describe('report', () => {
  it('makes any format of a saved result, with the exit code that it had', async () => {
    const open = await runCli(['report', file('open.json'), '--format', 'markdown']);
    expect(open).toMatchObject({
      code: 1,
      stderr: '',
      stdout: expect.stringContaining('1 of 1 cluster has kubelets that fail a control'),
    });
    expect(await runCli(['report', file('good.json')])).toMatchObject({
      code: 0,
      stderr: '',
      stdout: expect.stringContaining('1 pass'),
    });
  });

  it('takes several, packed ones, and one from standard input', async () => {
    writeFileSync(file('good.json.gz'), gzipSync(readFileSync(file('good.json'))));
    const { code, stdout } = await runCli(['report', file('good.json.gz'), '-', '--format', 'json'], {
      stdin: readFileSync(file('open.json'), 'utf8'),
    });
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ counts: { pass: 1, fail: 1 }, clusters: [{}, {}] });
  });

  it('writes several formats at once, each into its own file', async () => {
    const { code, stdout } = await runCli([
      'report',
      file('open.json'),
      '--format',
      'csv',
      '--output',
      file('a.csv'),
      '--format',
      'sarif',
      '--output',
      file('a.sarif'),
    ]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(readFileSync(file('a.csv'), 'utf8')).toContain('kubelet-anonymous-auth');
    expect(JSON.parse(readFileSync(file('a.sarif'), 'utf8')).runs).toHaveLength(1);
  });

  it('writes the usual set into a folder that it makes', async () => {
    await runCli(['report', file('open.json'), '--report', file('deep/reports')]);
    expect(readdirSync(file('deep/reports')).toSorted()).toEqual([
      'findings.sarif',
      'junit.xml',
      'nodes.csv',
      'report.html',
      'report.md',
      'result.json',
    ]);
    const parsed = (name: string): unknown => JSON.parse(readFileSync(file(name), 'utf8'));
    expect(parsed('deep/reports/result.json')).toEqual(parsed('open.json'));
  });

  it('ends as --fail-on wants, and shows the controls and rows that were asked for', async () => {
    expect((await runCli(['report', file('open.json'), '--fail-on', 'never'])).code).toBe(0);

    const rows = await runCli(['report', file('open.json'), file('good.json'), '--only', 'fail']);
    expect(rows.stdout).toContain('open.configz');
    expect(rows.stdout).not.toMatch(/^.*good\.configz.*pass/m);

    const both = ['evaluate', 'configz', file('open.configz'), '--format', 'json', '--output', file('all.json')];
    await runCli(both);
    const severe = await runCli(['report', file('all.json'), '--severity', 'high', '--format', 'json']);
    const { counts, controls } = JSON.parse(severe.stdout);
    expect(new Set(controls.map(({ severity }: { severity: string }) => severity))).toEqual(new Set(['HIGH']));
    expect(counts.pass + counts.fail).toBe(controls.length);
  });

  it('counts nothing twice, whatever name a result is given by', async () => {
    writeFileSync(file('open-too.json'), readFileSync(file('open.json')));
    const once = await runCli(['report', file('open.json'), '-f', 'markdown']);
    const twice = await runCli([
      'report',
      file('open.json'),
      file('open-too.json'),
      file('open.json'),
      '-f',
      'markdown',
    ]);
    expect({ ...twice, stderr: '' }).toEqual(once);
    expect(twice.stderr.match(/it counts once/g)).toHaveLength(2);
  });

  it('does not mix results about different controls', async () => {
    await runCli(['evaluate', 'configz', file('open.configz'), '--format', 'json', '--output', file('all.json')]);
    const { code, stderr } = await runCli(['report', file('open.json'), file('all.json')]);
    expect([code, stderr]).toEqual([64, expect.stringMatching(/all\.json' is about kubelet-.*make a report of each/)]);
  });

  it('counts what this version does not know as a problem, never as nothing', async () => {
    const later = readFileSync(file('open.json'), 'utf8').replaceAll('kubelet-anonymous-auth', 'kubelet-of-tomorrow');
    writeFileSync(file('later.json'), later);
    const { code, stdout } = await runCli(['report', file('later.json')]);
    expect([code, stdout]).toEqual([2, expect.stringContaining('has no control kubelet-of-tomorrow')]);
  });

  it.each([
    ['a file that is not there', ['nowhere.json'], 3, /nowhere\.json' cannot be read: ENOENT/],
    ['a file that is no result', [file('open.configz')], 3, /open\.configz' is no result of an audit/],
    [
      'several formats on stdout',
      [file('open.json'), '--format', 'csv', '--format', 'html'],
      64,
      /give each --format its own --output/,
    ],
    ['a format that is not there', [file('open.json'), '--format', 'pdf'], 64, /there is no format 'pdf'/],
    ['standard input twice', ['-', '-'], 64, /once only/],
    ['nothing', [], 64, /give a saved result/],
    ['a severity that no control has', [file('open.json'), '--severity', 'LOW'], 64, /no control of this result is of/],
    ['findings of what has no ARN', [file('open.json'), '--format', 'asff'], 64, /ARN/],
  ] as const)('says what is wrong with %s', async (_, args, code, message) => {
    const result = await runCli(['report', ...args]);
    expect(result.code).toBe(code);
    expect(result.stderr).toMatch(message);
  });
});
