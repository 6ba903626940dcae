import { describe, expect, it } from 'vitest';
import { benchmarkFor, benchmarkNote } from '../../../lambda/core/judge/benchmark-for.ts';
import { type Benchmark, benchmarks } from '../../../lambda/core/judge/control.ts';
import {
  chosenControls,
  controlNamed,
  controlsOf,
  findControl,
  storedControl,
} from '../../../lambda/core/judge/controls/catalogue/find-control.ts';
import { controls } from '../../../lambda/core/judge/controls/index.ts';
import { parseWaivers } from '../../../lambda/core/judge/waivers/parse-waivers.ts';

/** The numbers of 1.8.0 and 2.0.0 as kube-bench@b3b9261 has them in cfg/eks-2.0.0 (kube-bench#2142). CIS's own text was not read. */
const renumbered = `
kubelet-kubeconfig-mode            3.1.1  3.1.1
kubelet-kubeconfig-owner           3.1.2  3.1.2
kubelet-config-mode                3.1.3  3.1.3
kubelet-config-owner               3.1.4  3.1.4
kubelet-anonymous-auth             3.2.1  3.2.1
kubelet-authorization-mode         3.2.2  3.2.2
kubelet-client-ca-file             3.2.3  3.2.3
kubelet-read-only-port             3.2.4  3.2.4
kubelet-streaming-timeout          3.2.5  -
kubelet-iptables-chains            3.2.6  3.2.5
kubelet-event-qps                  3.2.7  3.2.6
kubelet-rotate-certificates        3.2.8  3.2.7
kubelet-rotate-server-certificate  3.2.9  3.2.8
cluster-proxy-holders              4.1.10 4.1.10`
  .trim()
  .split('\n')
  .map((line) => line.split(/ +/) as [slug: string, before: string, now: string]);

/** Numbers of 1.8.0 that 2.0.0 gives to another control, or to none. */
const moved = renumbered.filter(([, before, now]) => before !== now).map(([slug, number]) => [slug, number] as const);

describe('the numbers of cis-eks-2.0.0', () => {
  it('are those of the table, beside those of 1.8.0, and no other control has one', () => {
    const found = controls.flatMap(({ slug, numbers }) => {
      const [before, now] = [numbers['cis-eks-1.8.0'], numbers['cis-eks-2.0.0']];
      return before || now ? [[slug, before?.number ?? '-', now?.number ?? '-']] : [];
    });
    expect(found).toEqual(renumbered);
  });

  it('are automated, but for the manual 4.1.10', () => {
    for (const { slug, numbers } of controls)
      if (numbers['cis-eks-2.0.0'])
        expect(numbers['cis-eks-2.0.0'].assessment, slug).toBe(
          slug === 'cluster-proxy-holders' ? 'manual' : 'automated',
        );
  });
});

describe('auto', () => {
  it.each<[string | undefined, Benchmark, string | undefined]>([
    ['1.28', 'cis-eks-1.8.0', 'no known version is for Kubernetes 1.28'],
    ['1.29', 'cis-eks-1.7.0', undefined],
    ['1.31', 'cis-eks-1.7.0', undefined],
    ['1.32', 'cis-eks-1.8.0', undefined],
    ['1.33', 'cis-eks-1.8.0', undefined],
    ['1.34', 'cis-eks-2.0.0', undefined],
    ['1.40', 'cis-eks-2.0.0', undefined],
    [undefined, 'cis-eks-1.8.0', 'the cluster’s Kubernetes version is not known'],
    ['2.0', 'cis-eks-1.8.0', 'no known version is for Kubernetes 2.0'],
  ])('shows Kubernetes %s with the numbers of %s', (kubernetes, benchmark, note) => {
    const cluster = { ...(kubernetes !== undefined && { version: kubernetes }) };
    expect(benchmarkFor('auto', cluster)).toBe(benchmark);
    expect(benchmarkNote('auto', cluster)).toBe(note);
    for (const forced of benchmarks) {
      expect(benchmarkFor(forced, cluster)).toBe(forced);
      expect(benchmarkNote(forced, cluster)).toBeUndefined();
    }
  });

  it('judges the controls of 1.8.0, the streaming timeout too', () => {
    expect(controlsOf('auto')).toEqual(controlsOf('cis-eks-1.8.0'));
    expect(controlsOf('cis-eks-2.0.0').map(({ slug }) => slug)).not.toContain('kubelet-streaming-timeout');
  });
});

describe('a number', () => {
  const entry = (control: string) => ({ control, cluster: '*', reason: 'r', owner: 'o', expires: '2026-12-31' });
  const waived = (number: string, benchmark: 'auto' | Benchmark) => {
    const warnings: string[] = [];
    const options = {
      benchmark,
      now: new Date('2026-12-01'),
      longestWaiver: 365,
      warn: (each: string) => warnings.push(each),
    };
    const parsed = parseWaivers(JSON.stringify({ waivers: [entry(number)] }), options);
    return { slugs: parsed.ok ? parsed.value.map(({ control }) => control) : [], warnings };
  };

  it.each(moved)(
    'of %s that is stored keeps its meaning, %s, under auto and 2.0.0, and the warning says its name',
    (slug, number) => {
      for (const benchmark of ['auto', 'cis-eks-2.0.0'] as const) {
        const warning = expect.stringContaining(`'${number}' is taken for ${slug}, as cis-eks-1.8.0 has it`);
        expect(storedControl(number, benchmark)).toEqual({ control: findControl(slug), warning });
        expect(waived(number, benchmark)).toEqual({ slugs: [slug], warnings: [warning] });
        const { controls: chosen, warnings } = chosenControls([number], { benchmark, stored: true, sources: [] });
        expect([chosen.map((each) => each.slug), warnings]).toEqual([[slug], [warning]]);
      }
    },
  );

  it('that is stored means what the version says that is set, without a warning, and so does one that never moved', () => {
    for (const benchmark of benchmarks.filter((each) => each !== 'cis-eks-2.0.0'))
      for (const control of controlsOf(benchmark))
        for (const { number } of [control.numbers[benchmark]].flatMap((each) => each ?? []))
          expect(waived(number, benchmark)).toEqual({ slugs: [control.slug], warnings: [] });
    for (const [slug, before, now] of renumbered)
      if (before === now) expect(waived(before, 'auto')).toEqual({ slugs: [slug], warnings: [] });
  });

  it('with two meanings is refused where it is typed without a version, and both are named', () => {
    const both =
      /^'3\.2\.5' is kubelet-streaming-timeout in cis-eks-1\.8\.0 and kubelet-iptables-chains in cis-eks-2\.0\.0; give /;
    expect(() => controlNamed('3.2.5', 'auto')).toThrow(both);
    for (const number of ['3.2.6', '3.2.7', '3.2.8']) expect(() => controlNamed(number, 'auto')).toThrow(' and ');
    for (const benchmark of benchmarks)
      for (const control of controlsOf(benchmark))
        if (control.numbers[benchmark])
          expect(controlNamed(control.numbers[benchmark].number, benchmark)).toBe(control);
    for (const number of ['3.2.3', '3.2.9', '4.1.10']) expect(controlNamed(number, 'auto')).toBe(findControl(number));
  });
});
