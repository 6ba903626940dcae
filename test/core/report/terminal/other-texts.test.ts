import { describe, expect, it } from 'vitest';
import type { Check } from '../../../../lambda/core/fix/doctor/readiness.ts';
import { controlNamed } from '../../../../lambda/core/judge/controls/catalogue/find-control.ts';
import type { SettingPath } from '../../../../lambda/core/model/settings.ts';
import { compareRuns, postureHistory } from '../../../../lambda/core/report/history/posture-history.ts';
import { doctorJson, doctorReport } from '../../../../lambda/core/report/terminal/doctor.ts';
import { explanation } from '../../../../lambda/core/report/terminal/explain.ts';
import {
  comparisonOf,
  comparisonText,
  historyJson,
  historyTable,
  sparkline,
} from '../../../../lambda/core/report/terminal/history.ts';
import { sourcesOf } from '../../../../lambda/core/report/terminal/sources-of-control.ts';
import { history } from '../telling-run.ts';

const bold = (text: string) => `*${text}*`;
const benchmark = 'cis-eks-1.8.0';

describe('the explanation of a control', () => {
  it.each([
    ['kubelet-client-ca-file', 100],
    ['kubelet-event-qps', 40],
    ['client-ca-expiry', 100],
    ['cluster-proxy-holders', 100],
  ] as const)('of %s, %s columns wide, is the one that was reviewed', (slug, width) => {
    expect(explanation(controlNamed(slug, benchmark), { benchmark, width, bold })).toMatchSnapshot();
  });

  it('says where a version has no number of it', () => {
    const { numbers, ...control } = controlNamed('cluster-proxy-holders', benchmark);
    const only = { ...control, numbers: { [benchmark]: numbers[benchmark]! } };
    const text = explanation(only, { benchmark: 'cis-eks-1.2.0', width: 100, bold });
    expect(text).toContain('Number    none (cis-eks-1.2.0)');
  });
});

describe('how a source shows a setting', () => {
  const shown = (setting: SettingPath) => {
    const { configz = '', ssm = '', tls } = sourcesOf({ kind: 'setting', setting });
    const [, absent] = configz.split(`kubeletconfig.${setting}, the value that runs. `);
    const [, otherwise] = ssm.split(`else ${setting} in the file that --config names; else `);
    return [absent, otherwise, tls];
  };
  const always = 'It is always there; an answer without it is unknown.';
  const alike = 'Absent means false or not set, which look alike.';
  const never = 'not at all. Unknown.';
  const byHandshake = 'The kubelet asks for a client certificate exactly when it is set, and names the CAs.';

  it.each<[SettingPath, readonly string[]]>([
    ['authentication.x509.clientCAFile', ['Absent means not set.', 'it is not set.', byHandshake]],
    ['authorization.mode', [always, 'Webhook (AlwaysAllow where no --config is given at all).', never]],
    ['readOnlyPort', ['Absent means 0.', '0 (10255 where no --config is given at all).', never]],
    ['protectKernelDefaults', [alike, 'false.', never]],
    ['eventRecordQPS', [always, '50.', never]],
    ['featureGates.RotateKubeletServerCertificate', ['Absent means that nobody named it.', 'it is not set.', never]],
  ])('%s', (setting, words) => {
    expect(shown(setting)).toEqual(words);
  });

  it.each(['kubelet-hostname-override', 'kubelet-config-mode', 'kubelet-serving-certificate'])(
    'and what %s is about, as it was reviewed',
    (slug) => expect(sourcesOf(controlNamed(slug, benchmark).about)).toMatchSnapshot(),
  );

  it('and without credentials what an answer decides, as it was reviewed', () => {
    const slugs = [
      'kubelet-anonymous-auth',
      'kubelet-authorization-mode',
      'kubelet-read-only-port',
      'kubelet-event-qps',
    ];
    expect(slugs.map((slug) => sourcesOf(controlNamed(slug, benchmark).about).wire)).toMatchSnapshot();
  });
});

describe('what is in the way', () => {
  const check = (change: Partial<Check> = {}): Check => {
    return { where: 'blue', what: 'nodes', status: 'ready', says: '3 nodes', ...change };
  };
  const gap = check({ status: 'gap', what: 'access', says: 'it\nmay not', remedy: 'grant it', code: 'c' });
  const checks = [check(), gap, check({ where: 'green', status: 'note', says: 'as good as can be' }), check()];
  const colour = (text: string, status: string) => `${text}<${status}>`;

  it('is shown place by place, and counted', () => {
    expect(doctorReport([...checks, gap], { bold, colour, width: 120 })).toBe(
      `*blue*
  ready<pass>  nodes: 3 nodes
  gap  <fail>  access: it may not
         → grant it
  ready<pass>  nodes: 3 nodes
  gap  <fail>  access: it may not
         → grant it

*green*
  note <unknown>  nodes: as good as can be

2 gaps; an audit would report them too
`,
    );
    const wrapped = doctorReport([check({ says: 'word '.repeat(12) }), gap], { bold, colour: String, width: 40 });
    expect(wrapped).toContain(`
  ready  nodes: word word word word word
         word word word word word word
         word
`);
    expect(wrapped).toContain('\n1 gap; an audit would report it too\n');
    const ready = '*blue*\n  ready<pass>  nodes: 3 nodes\n\nready: nothing prevents an audit\n';
    expect(doctorReport([check()], { bold, colour, width: 120 })).toBe(ready);
  });

  it('is said once for many clusters, and place by place when details are wanted', () => {
    const places = Array.from({ length: 47 }, (_, index) => `c${index}ab (eu-west-1, 111122223333)`);
    const many = places.flatMap((where) => [check({ where }), { ...gap, where }]);
    const style = { bold: String, colour: String, width: 200 };
    expect(doctorReport(many, style)).toBe(
      `  ready  nodes: 47 clusters

  gap    47 clusters: it may not: ${places.slice(0, 3).join(', ')} and 44 more
         → grant it

47 gaps; an audit would report them too
--verbose shows the checks of each place.
`,
    );
    const whole = doctorReport(many, { ...style, verbose: true });
    for (const where of places) expect(whole).toContain(`${where}\n  ready  nodes: 3 nodes\n`);
  });

  it('is the same for programs', () => {
    expect(JSON.parse(doctorJson(checks))).toEqual({ schemaVersion: 1, ready: false, checks });
    expect(doctorJson([check()])).toMatch(/^\{\n {2}"schemaVersion": 1,\n {2}"ready": true,\n[\s\S]*\}\n$/);
  });
});

describe('posture over time', () => {
  const posture = postureHistory(history);
  const draw = (head: readonly string[], rows: readonly (readonly string[])[]) =>
    [head, ...rows].map((row) => row.join(' | ')).join('\n');

  it.each([200, 60])('%s columns wide is the one that was reviewed', (width) => {
    expect(historyTable(posture, { draw, bold, width })).toMatchSnapshot();
  });

  it('says that there is none', () => {
    expect(historyTable(postureHistory([]), { draw, bold, width: 200 })).toBe('no run is there\n');
  });

  it('draws each run as high as it has failures beside the most', () => {
    expect(sparkline([0, 1, 2, 3, 4, 5, 6, 7])).toBe('▁▂▃▄▅▆▇█');
    expect(sparkline([0, 100, undefined, 1, 50])).toBe('▁█·▂▅');
    expect(sparkline([0, 0, undefined])).toBe('▁▁·');
    expect(sparkline([])).toBe('');
  });

  it('compares the two runs that are named', () => {
    const [first, second] = history;

    expect(comparisonOf(history, ['run-20', 'run-22'])).toEqual(compareRuns(first!, second!));
    const unknown = "there is no run 'run-23' in this history; the last ones are run-20, run-22";
    expect(() => comparisonOf(history, ['run-20', 'run-23'])).toThrow(unknown);
    expect(() => comparisonOf([], ['x', 'y'])).toThrow("there is no run 'x' in this history; the last ones are none");
    const many = Array.from({ length: 7 }, (_, index) => ({ ...first!, run: `r${index}` }));
    expect(() => comparisonOf(many, ['x', 'y'])).toThrow('the last ones are r2, r3, r4, r5, r6');
  });

  it('shows what changed between two runs', () => {
    const compared = compareRuns(history[0]!, history[1]!);

    expect(comparisonText(compared, { width: 200 })).toBe(`From run run-20 to run run-22
Opened: 2
  111122223333/eu-west-1/blue, node group gone (managed): client-ca-expiry
  111122223333/eu-west-1/blue, node group workers (managed): kubelet-config-mode
Fixed: 1
  111122223333/eu-west-1/blue, node group workers (managed): kubelet-client-ca-file
`);
    const lost = { ...compared, opened: [], fixed: [], notSeenAgain: compared.fixed };
    expect(comparisonText(lost, { width: 60 })).toContain(`
Opened: 0
Fixed: 0
Failed before, and not read again: 1
  111122223333/eu-west-1/blue, node group workers (managed):
  kubelet-client-ca-file
`);
  });

  it('is one document for programs', () => {
    const compared = compareRuns(history[0]!, history[1]!);

    const plain = { schemaVersion: 1, ...JSON.parse(JSON.stringify(posture)) };
    expect(JSON.parse(historyJson(history, undefined))).toEqual(plain);
    expect(JSON.parse(historyJson(history, compared))).toMatchObject({ compared });
    expect(historyJson([], undefined)).toMatch(/^\{\n {2}"schemaVersion": 1,[\s\S]*\n\}\n$/);
  });
});
