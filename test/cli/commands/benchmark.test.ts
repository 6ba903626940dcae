import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { kubernetesGroup } from '../../../lambda/contract/names.ts';
import { sessionEnvironment } from '../../fakes/session-environment.ts';
import { auditorRules } from '../../lab/kubernetes/rbac.ts';
import { labOfFile } from '../../lab/lab-of-file.ts';
import { runCli } from '../run-cli.ts';

const accountId = '111122223333';
const region = 'eu-central-1';
const lab = await labOfFile(accountId);
const folder = mkdtempSync(join(tmpdir(), 'benchmark-'));
const numbersOf = {
  '1.31': 'cis-eks-1.7.0',
  '1.33': 'cis-eks-1.8.0',
  '1.34': 'cis-eks-2.0.0',
  '1.36': 'cis-eks-2.0.0',
};
const clusters = Object.entries(numbersOf).map(([version, benchmark]) => ({
  name: `of-${version.replace('.', '-')}`,
  version,
  benchmark,
  iptables: benchmark === 'cis-eks-2.0.0' ? '3.2.5' : '3.2.6',
}));
let env: Readonly<Record<string, string>>;

beforeAll(async () => {
  env = sessionEnvironment(lab, region, lab.addAccount(accountId));
  for (const { name, version } of clusters)
    await lab.addKubernetesCluster({
      accountId,
      region,
      name,
      version,
      accessEntries: [{ principalArn: `arn:aws:iam::${accountId}:user/admin`, groups: [kubernetesGroup] }],
      rbac: { groups: { [kubernetesGroup]: auditorRules } },
      nodes: [{ name: 'node-1', kubelet: { kind: 'recorded', folder: 'no-ca-anonymous-on-always-allow' } }],
    });
});

const run = (args: readonly string[], extra: Readonly<Record<string, string>> = {}) =>
  runCli(args, { env: { ...env, COLUMNS: undefined, ...extra } });
const audit = (...args: string[]) => run(['audit', '--sources', 'configz', ...args]);
const written = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

describe('an audit of clusters of four versions', () => {
  it('shows each with its own numbers, and names controls where they differ', async () => {
    const { stdout } = await audit('--verbose');
    for (const { name, version, benchmark, iptables } of clusters) {
      expect(stdout).toContain(
        `\n${name} (${region}, ${accountId}), Kubernetes ${version}, ${benchmark}: 1 node listed`,
      );
      const { stdout: own } = await audit(name, '--controls', 'kubelet-iptables-chains', '-f', 'markdown');
      expect(own, name).toMatch(new RegExp(`^\\| cluster .* ${iptables} +\\|$`, 'm'));
    }
    expect(stdout).toContain('(cis-eks-1.7.0; cis-eks-1.8.0; cis-eks-2.0.0): ');
    expect(stdout).toMatch(/^ CLUSTER .* kubelet-anonymous-auth /m);
  });

  it('has the numbers of each row and cluster in CSV, in JSON and in reports of a saved result', async () => {
    const rows = (csv: string) =>
      csv.split('\r\n').flatMap((line) => {
        const [, , name, , , , , , , , slug, number] = line.split(',');
        return slug === 'kubelet-iptables-chains' ? [[name, number, ...line.split(',').slice(-2)]] : [];
      });
    const expected = clusters
      .map(({ name, benchmark, iptables }) => [name, iptables, benchmark, 'strangers-get-in'])
      .toSorted();
    expect(rows((await audit('-f', 'csv')).stdout).toSorted()).toEqual(expected);

    const saved = (await audit('-f', 'json')).stdout;
    const result = JSON.parse(saved);
    expect(result.benchmark).toBe('auto');
    for (const each of result.clusters)
      expect(each.benchmark).toBe(clusters.find(({ name }) => name === each.cluster.name)?.benchmark);
    expect(
      result.controls.find(({ slug }: { slug: string }) => slug === 'kubelet-iptables-chains').numbers,
    ).toMatchObject({
      'cis-eks-1.7.0': '3.2.6',
      'cis-eks-1.8.0': '3.2.6',
      'cis-eks-2.0.0': '3.2.5',
    });
    expect(rows((await run(['report', written('r.json', saved), '-f', 'csv'])).stdout).toSorted()).toEqual(expected);
    // Under another version's table a result keeps what it was saved with.
    const older = saved.replaceAll('"benchmark":"cis-eks-2.0.0"', '"benchmark":"cis-eks-1.8.0"');
    for (const [, number] of rows((await run(['report', written('o.json', older), '-f', 'csv'])).stdout))
      expect(number).toBe('3.2.6');
  });

  it.each(['table', 'json', 'html', 'markdown', 'csv', 'sarif', 'junit', 'oscal', 'asff', 'ocsf'])(
    'has no number of another version beside a cluster in %s',
    async (format) => {
      for (const { name, benchmark } of clusters.slice(1, 3)) {
        const one = await audit(name, '-f', format, '--controls', lookedAt);
        const forced = await audit(name, '-f', format, '--benchmark', benchmark, '--controls', lookedAt);
        const numbers = (text: string) => [...new Set(text.match(/\b3\.2\.\d+(?= kubelet-| Kubelet)/g))].toSorted();
        expect(numbers(one.stdout), name).toEqual(numbers(forced.stdout));
      }
    },
  );
});

/** The controls that configz shows: under 2.0.0 the set has no streaming timeout, and under auto it does. */
const lookedAt = [
  'anonymous-auth',
  'authorization-mode',
  'client-ca-file',
  'read-only-port',
  'streaming-timeout',
  'iptables-chains',
  'event-qps',
  'rotate-server-certificate',
]
  .map((each) => `kubelet-${each}`)
  .join();

describe('a number with two meanings', () => {
  it('is refused as an argument without a version, with both names, and means one control with it', async () => {
    const refused = await audit('of-1-34', '--controls', '3.2.5');
    expect(refused.code).toBe(64);
    expect(refused.stderr).toContain(
      'kubelet-streaming-timeout in cis-eks-1.8.0 and kubelet-iptables-chains in cis-eks-2.0.0',
    );
    for (const [benchmark, slug] of [
      ['cis-eks-1.8.0', 'kubelet-streaming-timeout'],
      ['cis-eks-2.0.0', 'kubelet-iptables-chains'],
    ] as const) {
      const { stdout } = await audit('of-1-34', '--controls', '3.2.5', '--benchmark', benchmark, '-f', 'json');
      expect(JSON.parse(stdout).controls.map((each: { slug: string }) => each.slug)).toEqual([slug]);
    }
  });

  it('of a file, a variable or a waiver keeps the meaning of 1.8.0, and a warning names the control', async () => {
    const config = written('deployment.yaml', 'controls: ["3.2.5"]\n');
    const waivers = written(
      'waivers.yaml',
      'waivers:\n  - {control: 3.2.5, cluster: "*", reason: r, owner: o, expires: 2026-12-31}\n',
    );
    const warning =
      "'3.2.5' is taken for kubelet-streaming-timeout, as cis-eks-1.8.0 has it; in cis-eks-2.0.0 it is kubelet-iptables-chains";
    for (const each of [
      await audit('of-1-34', '--config', config, '-f', 'json'),
      await run(['audit', 'of-1-34', '--sources', 'configz', '-f', 'json'], { EKS_KUBELET_AUDIT_CONTROLS: '3.2.5' }),
    ]) {
      expect(JSON.parse(each.stdout).controls.map(({ slug }: { slug: string }) => slug)).toEqual([
        'kubelet-streaming-timeout',
      ]);
      expect(each.stderr).toContain(warning);
    }
    for (const benchmark of ['auto', 'cis-eks-2.0.0']) {
      const waived = await audit('of-1-34', '--waivers', waivers, '--benchmark', benchmark, '-f', 'json');
      expect(waived.stderr).toContain(warning);
      expect(JSON.parse(waived.stdout).waivers.waivers).toBe(1);
    }
  });

  it('is explained with each of its meanings', async () => {
    const { stdout } = await run(['explain', '3.2.5']);
    expect(stdout).toContain('3.2.5 (cis-eks-1.8.0):\nkubelet-streaming-timeout\n');
    expect(stdout).toContain('3.2.5 (cis-eks-2.0.0):\nkubelet-iptables-chains\n');
    expect((await run(['explain', '3.2.5', '--benchmark', 'cis-eks-2.0.0'])).stdout).toMatch(
      /^kubelet-iptables-chains\n/,
    );
    expect((await run(['explain', '3.2.5', '--lang', 'ja'])).stdout.match(/3\.2\.5 \(/g)).toHaveLength(2);
  });
});
