import { describe, expect, it } from 'vitest';
import { type Benchmark, benchmarks } from '../../../lambda/core/judge/control.ts';
import { controlsOf } from '../../../lambda/core/judge/controls/catalogue/find-control.ts';
import { controls } from '../../../lambda/core/judge/controls/index.ts';
import { standings } from '../../../lambda/core/report/posture.ts';
import { standingWords } from '../../../lambda/core/report/standing-words.ts';
import { oldNumbers } from '../../core/judge/controls/old-numbers.ts';
import { runCli } from '../run-cli.ts';

const run = (...args: string[]) => runIn({}, ...args);

const runIn = (env: Readonly<Record<string, string>>, ...args: string[]) =>
  runCli(args, { env: { COLUMNS: undefined, ...env } });

describe('explain', () => {
  it('is as wide as COLUMNS says where it is piped, but for addresses', async () => {
    const { stdout } = await runIn({ COLUMNS: '70' }, 'explain', '3.2.5');
    const lines = stdout.split('\n').filter((line) => !line.startsWith('    https://'));
    expect(Math.max(...lines.map(({ length }) => length))).toBe(70);
  });

  it('takes the number of the version of the environment, which a flag overrides', async () => {
    const env = { EKS_KUBELET_AUDIT_BENCHMARK: 'cis-eks-1.2.0' };
    expect((await runIn(env, 'explain', '3.2.8')).stdout).toMatch(/^kubelet-hostname-override\n/);
    expect((await runIn(env, 'explain', '3.2.8', '--benchmark', 'cis-eks-1.8.0')).stdout).toMatch(
      /^kubelet-rotate-certificates\n/,
    );
    expect(await runIn({ EKS_KUBELET_AUDIT_BENCHMARK: 'cis-eks-9' }, 'explain', '3.2.8')).toMatchObject({
      code: 64,
      stderr: expect.stringMatching(/'cis-eks-9': not a benchmark; one of .*cis-eks-1\.8\.0/),
    });
  });

  it.each(controls)('explains $slug in lines that fit a terminal, whatever the version', async ({ slug, title }) => {
    for (const benchmark of benchmarks) {
      const { stdout } = await run('explain', slug, '--benchmark', benchmark);
      expect(stdout).toContain(title);
      expect(stdout).not.toMatch(/undefined|\[object/);
      expect(stdout).toMatch(/[^\n]\n$/);
      for (const line of stdout.split('\n').filter((each) => !each.includes('https://')))
        expect(line.length, line).toBeLessThanOrEqual(120);
    }
  });

  it.each<[string, string]>([
    [
      'kubelet-anonymus-auth',
      "no control 'kubelet-anonymus-auth' in cis-eks-1.8.0; the nearest: kubelet-anonymous-auth",
    ],
    ...oldNumbers.map<[string, string]>(({ number, slug, version }) => [
      number,
      `no control '${number}' in cis-eks-1.8.0; it is ${slug} in ${version}`,
    ]),
  ])('does not know %s, and says what may have been meant', async (word, message) => {
    const { code, stderr } = await run('explain', word);
    expect(stderr).toContain(message);
    expect(code).toBe(64);
  });
});

describe('explain of a word', () => {
  it('knows every word and sign of a legend', async () => {
    for (const each of [...standings.map((standing) => standingWords[standing]), '✗', '?', 'ACCESS'])
      expect((await run('explain', each)).code, each).toBe(0);
  });
});

describe('controls', () => {
  it.each<[Benchmark, string]>([
    ['cis-eks-1.8.0', 'kubelet-rotate-certificates'],
    ['cis-eks-1.2.0', 'kubelet-hostname-override'],
  ])('lists the set of %s: those with a number in it, and our own', async (benchmark, eighth) => {
    const listed = JSON.parse((await run('controls', '--benchmark', benchmark, '--format', 'json')).stdout);

    const slugs = listed.map(({ slug }: { readonly slug: string }) => slug);
    expect(slugs).toEqual(controlsOf(benchmark).map(({ slug }) => slug));
    expect(slugs).toContain('client-ca-expiry');
    expect(listed).toContainEqual(expect.objectContaining({ number: '3.2.8', slug: eighth }));

    const env = { EKS_KUBELET_AUDIT_BENCHMARK: benchmark };
    expect(JSON.parse((await runIn(env, 'controls', '--format', 'json')).stdout)).toEqual(listed);
  });
});
