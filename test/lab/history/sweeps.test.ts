import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { CensusCount } from '../../../lambda/core/report/history/census-history.ts';
import { bucket, HistoryEstate, place } from './history-estate.ts';
import { runOnce } from './history-run.ts';
import { everyMinutes, sweepOnce } from './history-sweep.ts';

let estate: HistoryEstate;
let folder: string;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-11-28T05:00:00.000Z') });
  folder = mkdtempSync(join(tmpdir(), 'sweeps-'));
  estate = await HistoryEstate.start();
  const { accessKeyId, secretAccessKey } = estate.lab.credentials(place.accountId);
  vi.stubEnv('AWS_ENDPOINT_URL', estate.lab.endpoint);
  vi.stubEnv('AWS_ACCESS_KEY_ID', accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', secretAccessKey);
  vi.stubEnv('POWERTOOLS_LOG_LEVEL', 'SILENT');
  vi.stubEnv('POWERTOOLS_METRICS_DISABLED', 'true');
  estate.add('payments', 'workers', ['pay-1', 'pay-2']);
  estate.add('shop', 'web', ['web-1']);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  vi.useRealTimers();
  await estate.close();
  rmSync(folder, { recursive: true });
});

const at = (time: string) => vi.setSystemTime(new Date(`2026-11-${time}:00.000Z`));
const runAt = (time: string) => at(time) && runOnce(estate, folder);
const sweepAt = (time: string) => at(time) && sweepOnce(estate);
const announced = ({ events }: { readonly events: Awaited<ReturnType<typeof sweepOnce>>['events'] }) =>
  events.flatMap(({ 'detail-type': type, detail }) =>
    type.startsWith('Finding') ? [`${type}: ${detail['cluster']}, ${detail['subject']}: ${detail['because']}`] : [],
  );
const objects = (prefix: string) => [...estate.lab.s3.objects(bucket).keys()].filter((key) => key.startsWith(prefix));

it('announces a failing node that lives 50 minutes between two runs and shows it in the census; the next run ends it as gone, not fixed', async () => {
  await runAt('28T05:00');
  for (const time of ['28T13:45', '28T14:00']) expect(await sweepAt(time)).toMatchObject({ items: 0, events: [] });
  // The first one says since when there is a census; a quiet one says nothing.
  expect(objects('census/')).toEqual(['census/2026-11-28/1345.jsonl']);

  at('28T14:05');
  estate.launch('payments', 'workers', ['bad-1'], 'without a client CA');
  const found = await sweepAt('28T14:15');
  expect(found).toMatchObject({ status: 'done', asked: 1, notAsked: 0, items: 1 });
  expect(announced(found)).toEqual([expect.stringMatching(/^Finding Opened: payments, .*'workers'.*i-0+4\b/)]);
  const failed = estate.findings.filter(({ Compliance }) => Object(Compliance).Status === 'FAILED');
  expect(failed.map(({ Id }) => String(Id).split('/').slice(-3).join('/'))).toEqual(['node-group/managed/workers']);

  // Nothing more is said of it, whatever becomes of it.
  for (const time of ['28T14:30', '28T14:45']) expect(announced(await sweepAt(time))).toEqual([]);
  at('28T14:55');
  estate.terminate('payments', ['bad-1']);
  for (const time of ['28T15:00', '28T15:15', '28T15:30']) expect(announced(await sweepAt(time))).toEqual([]);

  const census = new CensusCount();
  for (const key of objects('census/')) census.add(String(estate.lab.s3.objects(bucket).get(key)?.body));
  expect(census.history).toMatchObject({ everyMinutes, launched: 1, judged: 1, failed: 1, refused: 0 });
  const last = String(estate.lab.s3.objects(bucket).get(objects('census/').at(-1) ?? '')?.body).split('\n');
  expect(JSON.parse(last[1] ?? '')).toMatchObject({
    instanceId: 'i-00000000000000004',
    launchedAt: '2026-11-28T14:05:00.000Z',
    ended: { at: '2026-11-28T14:55:00.000Z', because: 'Client.UserInitiatedShutdown: User initiated shutdown' },
    judged: { by: 'sweep', via: 'configz', worst: 'fail' },
  });

  const next = await runAt('29T05:00');
  expect(announced(next)).toEqual([expect.stringMatching(/^Finding Resolved: payments, .*gone, not fixed/)]);
  expect(estate.findings.filter(({ Compliance }) => Object(Compliance).Status === 'FAILED')).toEqual([]);

  const page = String(estate.lab.s3.objects(bucket).get(`runs/${next.runId}/report.html`)?.body);
  expect(page).toContain('sweeps saw 1 machine fail; 1 of them is gone, not fixed.');
  expect(page).toContain('/payments, node group workers (managed): 1 machine, 1 of them gone, not fixed');
  expect(page).toContain('<section id="trend">');
  expect(page).toContain('class="tick"');
});
