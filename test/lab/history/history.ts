import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { mock } from 'node:test';
import { pathToFileURL } from 'node:url';
import { main } from '../../../lambda/cli/main.ts';
import { tableStyle } from '../../../lambda/cli/terminal.ts';
import { censusPrefix, historyPrefix } from '../../../lambda/contract/names.ts';
import { howMany } from '../../../lambda/core/model/text/words.ts';
import { hanging } from '../../../lambda/core/model/text/wrap.ts';
import type { LabEvent } from '../aws/events/events.ts';
import { historyDays } from './history-days.ts';
import { bucket, HistoryEstate, place } from './history-estate.ts';
import { type HistoryRun, runOnce } from './history-run.ts';
import { type HistorySweep, sweepOnce } from './history-sweep.ts';

const columns = ['DAY', 'CREATED', 'UPDATED', 'REOPENED', 'REFRESHED', 'ARCHIVED', 'SAME', 'IMPORTS', 'EVENTS'];

// `npm run demo:history`: a week of runs against the lab, in this process. Its date is moved from day to day; the rest is as in a function of the
// hub.
mock.timers.enable({ apis: ['Date'], now: new Date().setUTCHours(5, 0, 0, 0) });

const folder = await mkdtemp(join(tmpdir(), 'eks-kubelet-audit-'));
const estate = await HistoryEstate.start();
surroundings();

try {
  const runs: HistoryRun[] = [];
  const sweeps: string[] = [];
  let kept: readonly string[] = [];
  for (const { name, days, change, afternoon = [] } of historyDays) {
    const next = Date.now() + days * 86_400_000;
    for (const [quarter, between] of afternoon.entries()) {
      // Five minutes before each sweep, so that a kubelet answers by then.
      const at = next - 15 * 3_600_000 + quarter * 15 * 60_000;
      mock.timers.setTime(at - 5 * 60_000);
      between(estate);
      mock.timers.setTime(at);
      sweeps.push(sweepRow(await sweepOnce(estate)));
    }
    mock.timers.setTime(next);
    await change?.(estate, folder);
    runs.push(await runOnce(estate, folder));
    // Until somebody switches Security Hub off, with all that it held.
    if (analysts().length > 0) kept = [`${analysts().join(', ')} (${name})`];
  }

  console.log('A week of nightly runs, and what each of them did to Security Hub\n');
  const { draw, width = Number.POSITIVE_INFINITY } = tableStyle(process);
  console.log(draw(columns, runs.map(row)));
  console.log('\nWhat happened before each run\n');
  for (const { name, happened } of historyDays) console.log(hanging(' ', `${name}: ${happened}`, width));
  console.log('\nWhat was announced\n');
  for (const [index, { events }] of runs.entries())
    for (const line of events.flatMap(announcement))
      console.log(hanging(' ', `${historyDays[index]?.name}: ${line}`, width));
  console.log('\nThe afternoon of the bad template, sweep by sweep\n');
  for (const line of sweeps) console.log(hanging(' ', line, width));
  await showHistory(runs);
  console.log(`\nWhat the analyst wrote is still there: ${kept.join()}`);
  await verifyChain();
} finally {
  await estate.close();
  await rm(folder, { recursive: true, force: true });
}

/** What Lambda would tell the program; nothing of the caller's own AWS reaches it. */
function surroundings(): void {
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name];
  const { accessKeyId, secretAccessKey } = estate.lab.credentials('111122223333');
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: estate.lab.endpoint,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_EC2_METADATA_DISABLED: 'true',
    POWERTOOLS_LOG_LEVEL: 'SILENT',
    POWERTOOLS_METRICS_DISABLED: 'true',
  });
}

function row({ counts, imports, events }: HistoryRun, index: number): readonly string[] {
  const { created, updated, reopened, refreshed, archived, unchanged } = counts;
  const { name = '' } = historyDays[index] ?? {};
  const numbers = [created, updated, reopened, refreshed, archived, unchanged].map(String);
  const kinds = events
    .map((each) => each['detail-type'])
    .filter((each) => each !== 'Audit Completed' && each !== 'Cluster Changed');
  return [name, ...numbers, String(imports), kinds.join(', ') || 'none'];
}

function sweepRow({ sweepAt, items, lines, events }: HistorySweep): string {
  const found = lines > 0 ? `${howMany(lines, 'line')} of the census, ${howMany(items, 'item')}` : 'quiet';
  return [`${sweepAt.slice(11, 16)} ${found}`, ...events.flatMap(announcement)].join('; ');
}

function announcement({ 'detail-type': type, detail }: LabEvent): readonly string[] {
  if (type.startsWith('Gap '))
    return [
      `${type}: ${[detail['cluster'], detail['nodeGroup']].filter(Boolean).join(', ') || 'the Region'}: ${detail['code']}`,
    ];
  if (!type.startsWith('Finding ')) return [];
  const { cluster, subject, controlNumber, before, status, because, securityHub } = detail;
  const where = securityHub === 'taken' ? '' : ' (Security Hub does not hold it)';
  return [`${type}: ${cluster}, ${subject}: ${controlNumber} ${before} → ${status}${where}: ${because}`];
}

function analysts(): readonly string[] {
  return estate.findings.flatMap(({ Note, UserDefinedFields, Workflow }) =>
    Note
      ? [`note ${Object(Note).Text}, team ${Object(UserDefinedFields).team}, workflow ${Object(Workflow).Status}`]
      : [],
  );
}

/** The runs as `history` shows them: by its table, by what lies between two of them, and as a page. */
async function showHistory(runs: readonly HistoryRun[]): Promise<void> {
  const dist = join(import.meta.dirname, '../../../dist');
  const [kept, page] = [join(dist, 'history'), join(dist, 'history.html')];
  await rm(kept, { recursive: true, force: true });
  for (const [key, { body }] of estate.lab.s3.objects(bucket)) {
    if (!(key.startsWith(historyPrefix) || key.startsWith(censusPrefix))) continue;
    await mkdir(dirname(join(kept, key)), { recursive: true });
    await writeFile(join(kept, key), body);
  }
  const [before = '', after = ''] = [runs[1], runs[2]].map((each) => each?.runId);

  console.log('\nThe same as `history` shows it\n');
  await main(['history', kept], process);
  await main(['history', kept, '--compare', before, after], process);
  await main(['history', kept, '--format', 'html', '--output', page], process);
  console.log(`The page: ${pathToFileURL(page)}, of the objects below ${pathToFileURL(kept)}`);
}

/** What an auditor sees who has the bucket and the public key. */
async function verifyChain(): Promise<void> {
  const key = join(folder, 'pub.pem');
  await writeFile(key, estate.lab.kms.publicKey(estate.signingKey).export({ type: 'spki', format: 'pem' }));
  const [first] = [...estate.lab.s3.objects(bucket).keys()].filter((each) => each.startsWith(historyPrefix)).toSorted();
  const since = first?.slice(historyPrefix.length, historyPrefix.length + 10) ?? '';

  console.log('\nThe same as `verify` checks it: each run is signed, and names the one before\n');
  await main(['verify', `s3://${bucket}`, '--since', since, '--key', key, '--region', place.region], process);
}
