import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../temporary-folder.ts';
import { runCli } from '../run-cli.ts';

const folder = temporaryFolder();
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

const evaluated = (name: string, result: string, ...more: readonly string[]) =>
  runCli(['evaluate', 'configz', file(`${name}.configz`), '-f', 'json', '-o', file(result), ...more]);

beforeAll(async () => {
  writeFileSync(file('good.configz'), configz(false));
  writeFileSync(file('open.configz'), configz(true));
  for (const name of ['good', 'open']) await evaluated(name, `${name}.json`, '--controls', 'kubelet-anonymous-auth');
  await evaluated('open', 'all.json');
});

describe('report', () => {
  it('makes any format of a saved result, with the exit code that it had', async () => {
    const open = await runCli(['report', file('open.json'), '--format', 'markdown']);
    expect(open).toMatchObject({
      code: 1,
      stderr: '',
      stdout: expect.stringContaining('The only node lets strangers in.'),
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

  it('writes the usual set into a folder that it makes', async () => {
    await runCli(['report', file('open.json'), '--report', file('deep/reports')]);
    expect(readdirSync(file('deep/reports')).toSorted()).toEqual([
      'findings.csv',
      'findings.sarif',
      'junit.xml',
      'nodes.csv',
      'report.html',
      'report.md',
      'result.json',
      'verdicts.csv',
    ]);
    const parsed = (name: string): unknown => JSON.parse(readFileSync(file(name), 'utf8'));
    expect(parsed('deep/reports/result.json')).toEqual(parsed('open.json'));
  });

  it('ends as --fail-on wants, and shows the controls and rows that were asked for', async () => {
    expect((await runCli(['report', file('open.json'), '--fail-on', 'never'])).code).toBe(0);

    const rows = await runCli(['report', file('open.json'), file('good.json'), '--only', 'fail']);
    expect(rows.stdout).toContain('open.configz');
    expect(rows.stdout).not.toMatch(/^.*good\.configz.*pass/m);

    const severe = await runCli(['report', file('all.json'), '--severity', 'high', '--format', 'json']);
    const { counts, controls } = JSON.parse(severe.stdout);
    expect(new Set(controls.map(({ severity }: { severity: string }) => severity))).toEqual(new Set(['HIGH']));
    expect(counts.pass + counts.fail).toBe(controls.length);
  });

  it('counts each result once, even if it is given by two names', async () => {
    writeFileSync(file('open-too.json'), readFileSync(file('open.json')));
    const once = await runCli(['report', file('open.json'), '-f', 'markdown']);
    const given = ['open.json', 'open-too.json', 'open.json'].map(file);
    const twice = await runCli(['report', ...given, '-f', 'markdown']);
    expect({ ...twice, stderr: '' }).toEqual(once);
    expect(twice.stderr.match(/it counts once/g)).toHaveLength(2);
  });

  it('does not mix results about different controls', async () => {
    const { code, stderr } = await runCli(['report', file('open.json'), file('all.json')]);
    expect([code, stderr]).toEqual([64, expect.stringMatching(/all\.json' is about kubelet-.*make a report of each/)]);
  });

  it('shows results of several benchmarks together, each with its own numbers', async () => {
    const older = ['--benchmark', 'cis-eks-1.2.0', '--controls', 'kubelet-iptables-chains'];
    const newer = ['--benchmark', 'cis-eks-1.8.0', '--controls', 'kubelet-iptables-chains'];
    await evaluated('good', 'older.json', ...older);
    await evaluated('open', 'newer.json', ...newer);
    const numbers = async (...names: readonly string[]) => {
      const { code, stdout } = await runCli(['report', ...names.map(file), '-f', 'csv']);
      const [head = [], ...rows] = stdout
        .trimEnd()
        .split('\r\n')
        .map((line) => line.split(','));
      const cell = (row: readonly string[], name: string) => row[head.indexOf(name)];
      return [code, rows.map((row) => `${cell(row, 'node_key')} ${cell(row, 'number')}`)];
    };
    const [five, eight] = [`${file('good.configz')} 3.2.7`, `${file('open.configz')} 3.2.6`];
    expect(await numbers('older.json', 'newer.json')).toEqual([0, [five, eight]]);
    expect(await numbers('newer.json', 'older.json')).toEqual([0, [eight, five]]);
  });

  it('counts a control that this version does not know as a problem', async () => {
    const later = readFileSync(file('open.json'), 'utf8').replaceAll('kubelet-anonymous-auth', 'kubelet-of-tomorrow');
    writeFileSync(file('later.json'), later);
    const { code, stdout } = await runCli(['report', file('later.json')]);
    expect([code, stdout]).toEqual([2, expect.stringContaining('has no control kubelet-of-tomorrow')]);
  });

  it.each([
    [
      'several formats on stdout',
      [file('open.json'), '--format', 'csv', '--format', 'html'],
      64,
      /give each --format its own --output/,
    ],
    [
      'a severity that no control has',
      [file('open.json'), '--severity', 'LOW'],
      64,
      /none of the chosen controls has severity LOW/,
    ],
    ['findings of what has no ARN', [file('open.json'), '--format', 'asff'], 64, /ARN/],
  ] as const)('says what is wrong with %s', async (_, args, code, message) => {
    const result = await runCli(['report', ...args]);
    expect(result.code).toBe(code);
    expect(result.stderr).toMatch(message);
  });
});
