import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { s3Bucket, s3Client } from '../../../lambda/adapters/s3/bucket.ts';
import { runResults } from '../../../lambda/adapters/s3/run-results.ts';
import { s3RunStore } from '../../../lambda/adapters/s3/run-store.ts';
import { parseClusterArn } from '../../../lambda/core/model/cluster-arn.ts';
import { manifestOf } from '../../../lambda/core/model/manifest.ts';
import type { ClusterAudit } from '../../../lambda/core/model/model.ts';
import { clusterJson } from '../../../lambda/core/report/formats/json.ts';
import { historyLineOf } from '../../../lambda/core/report/history/history-line.ts';
import type { RunItem } from '../../../lambda/core/run/item.ts';
import type { RunStore } from '../../../lambda/flow/run/ports.ts';
import { summaryOf } from '../../../lambda/flow/run/run-summary.ts';
import { auditOf, clientCa, failed, judged, node, passed } from '../../core/findings/compliant-audit.ts';
import {
  answer,
  answers,
  auditedWith,
  blue,
  discovery,
  green,
  problem,
  totalsOf,
} from '../../core/run/complete-run.ts';
import { silentLog } from '../../fakes/ports.ts';
import { type Lab, startLab } from '../../lab/lab.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { awsVariables, runCli } from '../run-cli.ts';

const folder = temporaryFolder();
const accountId = '111122223333';
const region = 'eu-west-1';
const bucket = 'audit-runs';
const ofGreen = {
  ...auditOf([]).cluster,
  name: 'green',
  arn: parseClusterArn(`arn:aws:eks:${region}:${accountId}:cluster/green`)!,
};
const looked = { controls: { lookedAt: [clientCa.slug], leftOut: [] } };

let late = 0;
let lab: Lab;
let store: RunStore;
beforeAll(async () => {
  lab = await startLab({ clock: () => Date.now() + late });
  lab.addAccount(accountId);
  lab.s3.createBucket(accountId, region, bucket);
  const client = s3Client({ region, credentials: async () => lab.credentials(accountId) });
  process.env['AWS_ENDPOINT_URL'] = lab.endpoint;
  store = s3RunStore(s3Bucket({ client, bucket }), { log: silentLog });

  const summary = summaryOf(discovery, totalsOf(answers), { benchmark: 'cis-eks-1.8.0', newGaps: 0 });
  await put('whole', [blue, green]);
  await store.putSummary({ ...summary, runId: 'whole' });
  await store.putManifest(
    'whole',
    manifestOf({ ...auditedWith, startedAt: discovery.startedAt, finishedAt: summary.finishedAt }),
  );
  const report = { html: '<h1>the whole run</h1>', markdown: '# run' };
  await store.putReport('whole', { ...report, latestHtml: '<h1>the last run</h1>', latestMarkdown: '# run' });

  await put('unsummed', [blue]);
  await put('thinned', [blue]);
  await store.putSummary({ ...summary, runId: 'thinned' });

  const gaps = { ...discovery, gaps: [{ accountId: '444455556666', problem }] };
  await put('gaps', [green]);
  const seen = totalsOf([answer(blue, { status: 'gone' }), ...answers.slice(1)]);
  await store.putSummary({ ...summaryOf(gaps, seen, { benchmark: 'cis-eks-1.8.0', newGaps: 1 }), runId: 'gaps' });
});
afterAll(async () => {
  delete process.env['AWS_ENDPOINT_URL'];
  await lab.close();
});

/** blue has a node that fails, green none. */
async function put(runId: string, items: readonly RunItem[]): Promise<void> {
  for (const item of items) {
    const audit: ClusterAudit =
      item === blue
        ? auditOf([judged(node(1), failed), judged(node(2), passed)], looked)
        : auditOf([judged(node(3), passed)], { ...looked, cluster: ofGreen });
    await store.putResult(runId, item, clusterJson(audit, { controls: [clientCa] }));
    await store.putPage(runId, item, [`<h1>page of ${runId}</h1>`]);
  }
}

const report = (...args: readonly string[]) =>
  runCli(['report', ...args], { env: awsVariables(lab, lab.credentials(accountId), region) });

describe('report of a deployed run', () => {
  it('reads the results of all its clusters, with its coverage', async () => {
    const { code, stdout, stderr } = await report(`s3://${bucket}/runs/whole/`, '--format', 'json');
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({
      startedAt: discovery.startedAt,
      counts: { pass: 2, fail: 1 },
      clusters: [{}, {}],
      coverage: { accounts: 1, complete: true },
      manifests: [{ caller: auditedWith.caller, settings: auditedWith.settings }],
      problems: [],
    });
  });

  it('names every gap of the run, and ends with its exit code', async () => {
    const { code, stdout } = await report(`s3://${bucket}/runs/gaps`, '--format', 'markdown');
    expect(code).toBe(2);
    expect(stdout).toContain(`444455556666`);
    expect(stdout).toContain('1 gap in what was audited');
  });

  it.each([
    ['unsummed', /there is no s3:\/\/audit-runs\/runs\/unsummed\/summary\.json/],
    ['thinned', /1 result that the run left is not below/],
  ])('says that something is missing of the run %s', async (run, because) => {
    const { code, stdout } = await report(`s3://${bucket}/runs/${run}/`, '--severity', 'HIGH', '--fail-on', 'never');
    expect(code).toBe(0);
    expect(stdout).toMatch(because);
  });

  it('refuses a summary that a run did not write', async () => {
    lab.s3.putObject(bucket, 'runs/forged/summary.json', '{"schemaVersion":1,"gaps":"none"}');
    const client = s3Client({ region, credentials: async () => lab.credentials(accountId) });
    const parts = Array.fromAsync(runResults(s3Bucket({ client, bucket }), 'forged'));
    await expect(parts).rejects.toThrow(/summary\.json is not what this version writes there/);
  });
});

describe('report --history', () => {
  const kept = (run: string, startedAt: string, group: string) => ({
    startedAt,
    runId: run,
    line: historyLineOf(
      answer(blue, {
        open: { groups: [{ control: clientCa.slug, group, standing: 'fail', nodes: 1 }], more: 0 },
      }),
      { runId: run, startedAt, gaps: 0 },
    ),
  });

  beforeAll(async () => {
    const runs = [
      kept('earlier', '2026-11-23T05:00:00.000Z', 'long gone (managed)'),
      kept('before', '2026-11-24T05:00:00.000Z', 'put right (managed)'),
      kept('younger', '2026-11-26T05:00:00.000Z', 'not there yet (managed)'),
    ];
    for (const { line, ...run } of runs) await store.putHistory(run, [`${JSON.stringify(line)}\n`]);
  });

  it('shows in the page and in Markdown the changes since the previous run, and the trend of the posture', async () => {
    const of = [`s3://${bucket}/runs/whole/`, '--history', `s3://${bucket}`];
    const page = (await report(...of, '--format', 'html')).stdout;
    const markdown = (await report(...of, '--format', 'markdown')).stdout;
    for (const text of [page, markdown]) {
      expect(text).toContain('New since run before');
      expect(text).toContain('1 failure began, 1 was fixed.');
      expect(text).toMatch(/put right/);
      expect(text).not.toMatch(/long gone|not there yet/);
    }
    expect(page).toMatch(/<svg class="chart"[^>]*aria-label="failing results in each run: at most 1, now 1"/);
  });

  it('takes a copy of it in a folder, and leaves the trend out if there is no older run', async () => {
    mkdirSync(join(folder, '2026-11-26'));
    const { line } = kept('younger', '2026-11-26T05:00:00.000Z', 'not there yet (managed)');
    writeFileSync(join(folder, '2026-11-26', 'younger.jsonl'), `${JSON.stringify(line)}\n`);
    const { stdout } = await report(`s3://${bucket}/runs/whole/`, '--history', folder, '--format', 'markdown');
    expect(stdout).toContain('EKS kubelet audit');
    expect(stdout).not.toContain('New since');
  });
});

describe('report --url', () => {
  it('prints an address that shows the page to all who have it, until it expires', async () => {
    const { code, stdout, stderr } = await report('--url', `s3://${bucket}/runs/whole/`, '--expires', '30m');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const url = new URL(stdout.trim());
    expect(url.searchParams.get('X-Amz-Expires')).toBe('1800');

    const page = await fetch(url);
    expect(await page.text()).toBe('<h1>the whole run</h1>');
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');

    url.searchParams.set('X-Amz-Expires', '18000');
    expect((await fetch(url)).status).toBe(403);
    url.searchParams.set('X-Amz-Expires', '1800');
    late = 31 * 60_000;
    const expired = await fetch(url);
    late = 0;
    expect([expired.status, await expired.text()]).toEqual([403, expect.stringContaining('Request has expired')]);
  });

  it('opens one cluster’s page', async () => {
    const key = [...lab.s3.objects(bucket).keys()].find(
      (each) => each.startsWith('runs/whole/results/') && each.endsWith('.html'),
    );
    const { stdout } = await report('--url', `s3://${bucket}/${key}`);
    expect(await (await fetch(stdout.trim())).text()).toBe('<h1>page of whole</h1>');
  });
});

const wholeRun = 's3://audit-runs/runs/whole/';
it.each([
  ['a run that is not there', 's3://audit-runs/runs/nowhere/', 3, /there is no s3.*runs\/nowhere/],
  ['a bucket that is not there', 's3://other-bucket/runs/whole/', 3, /NoSuchBucket/],
  ['an address that is not a run', 's3://audit-runs/memory/', 64, /is not a run; write s3:\/\/BUCKET\/runs\/RUN\//],
  ['a key for a history', `${wholeRun} --history s3://audit-runs/history/`, 64, /is not a bucket; write s3:\/\/BUCKET/],
  ['a folder that is not there', `${wholeRun} --history /nowhere/at/all`, 3, /history/],
  [
    'a page that is not there',
    '--url s3://audit-runs/runs/nowhere/',
    3,
    /nowhere\/report\.html cannot be read: it is not/,
  ],
  ['an object that is not a page', '--url s3://audit-runs/memory/x', 64, /is not a page/],
  ['an expiry that AWS does not give', `--url ${wholeRun} --expires 200h`, 64, /from 1s to 168h/],
  ['a file beside it', `--url ${wholeRun} result.json`, 64, /give it alone/],
] as const)('report says what is wrong with %s', async (_, args, code, message) => {
  const result = await report(...args.split(' '));
  expect(result.code).toBe(code);
  expect(`${result.stdout}${result.stderr}`).toMatch(message);
});
