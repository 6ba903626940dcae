import { z } from 'zod';
import { hubFunctions } from '../../lambda/contract/names.ts';
import { scriptArguments } from '../../packaging/script-arguments.ts';
import { bundled } from '../bundles.ts';
import { machineTags } from '../lab/aws/ec2/machine-tags.ts';
import { deployHub, type Invocation } from '../lab/estate/deployed-hub.ts';
import { hub, organizationSettings } from '../lab/estate/organization.ts';
import { startLab } from '../lab/lab.ts';
import { addBenchCluster, addOrganization, benchInstanceId } from './bench-lab.ts';
import { benchTable } from './processes.ts';

// `npm run bench:organization`, after the run: sweeps of 400 account-Regions with 200,000 machines, as they are deployed, each function in a process of its
// own. A quiet one, one that finds 5,000 new nodes of one cluster, which are read, and the one after it. The results are in docs/cost.md
// (test/docs/measured-items.ts).

const regions = ['eu-west-1', 'us-east-1'];
const accounts = Array.from({ length: 200 }, (_, index) => String(300_000_000_000 + index));
const standing = 500;
const [newNodes = 5_000] = scriptArguments('npm run bench:organization -- [NEW-NODES]', {
  words: 'numbers',
}).positionals.map(Number);
// What a busy machine did not let an item read, the next sweeps read: three tries, of which a failed one waits for a sweep in between.
const most = { seconds: 60, megabytes: 512, itemSeconds: 900, sweeps: 5 };
const minute = 60_000;
const place = { accountId: hub.accountId, region: hub.region };
const swept = { accountId: accounts[0] ?? '', region: hub.region, name: 'payments' };
const began = Date.now();
const doneSchema = z.object({ status: z.string(), asked: z.number(), items: z.number() });
const itemSchema = z.object({ judged: z.number() });

const [bundles, lab] = await Promise.all([bundled(), startLab()]);
lab.addAccount(hub.accountId);
const deployed = deployHub(lab, {
  ...place,
  settings: { ...organizationSettings, regions, sources: ['configz'], sweep: '15m' },
  bundles: bundles.folder,
  processes: 4,
});

try {
  fillLab();
  leaveRun();
  const calls = ['DESCRIBE INSTANCES', 'ASSUME ROLE', 'S3 GET', 'S3 PUT', 'OTHER EVENTS'];
  const table = benchTable('SWEEP', 'ITEMS', 'SECONDS', 'MB', ...calls);
  await sweep('the first', -45);
  table.push(await sweep('quiet', -30));
  await addNodes();
  table.push(await sweep(`finds ${newNodes} new nodes`, -15));
  let items = await itemsDone();
  let sweeps = 1;
  for (; items.judged < newNodes && sweeps < most.sweeps; sweeps += 1) {
    table.push(await sweep(`reads ${newNodes - items.judged} of them again`, (sweeps - 1) * 15));
    items = await itemsDone();
  }
  table.push(await sweep('the one after it', (sweeps - 1) * 15));
  console.log(table.toString());
  console.log(`${items.says}; ${sweeps === 1 ? 'one sweep' : `${sweeps} sweeps`}`);
  if (items.judged !== newNodes) process.exitCode = 1;
} finally {
  await Promise.all([...deployed.executions.values()].map(({ finished }) => finished));
  await deployed.close();
  await lab.close();
  await bundles.remove();
}

function fillLab(): void {
  addOrganization(lab, accounts);
  const tags = machineTags({ cluster: 'standing', group: { kind: 'managed', name: 'workers' } });
  const launchedAt = began - 30 * 24 * 60 * minute;
  for (const [place, [accountId, region]] of accounts
    .flatMap((id) => regions.map((each) => [id, each] as const))
    .entries())
    for (let number = 0; number < standing; number += 1)
      lab.ec2.putInstance(accountId, region, { id: benchInstanceId(place * standing + number), tags, launchedAt });
}

/** What the last run leaves for a sweep: where it looked, and when. */
function leaveRun(): void {
  const startedAt = new Date(began - 90 * minute).toISOString();
  const items = accounts.flatMap((accountId) =>
    regions.flatMap((region) => [
      { version: 1, kind: 'region', partition: 'aws', accountId, region },
      { version: 1, kind: 'cluster', partition: 'aws', accountId, region, cluster: 'standing' },
    ]),
  );
  const { accountId, region, name: cluster } = swept;
  const all = [...items, { version: 1, kind: 'cluster', partition: 'aws', accountId, region, cluster }];
  const put = (key: string, value: object) => lab.s3.putObject(deployed.bucket, key, JSON.stringify(value));
  const head = { runId: 'bench', startedAt, accounts: accounts.length, regions: accounts.length * regions.length };
  lab.s3.putObject(deployed.bucket, 'runs/bench/items.jsonl', all.map((each) => `${JSON.stringify(each)}\n`).join(''));
  put('runs/bench/discovery.json', { version: 1, ...head, items: all.length, gaps: [], skipped: [] });
  put('memory/last-run.json', { version: 1, runId: 'bench', startedAt });
}

async function addNodes(): Promise<void> {
  lab.securityHub.enable(swept.accountId, swept.region);
  const ids = Array.from({ length: newNodes }, (_, index) => benchInstanceId(0xf00000 + index));
  await addBenchCluster(lab, {
    ...swept,
    nodes: ids.map((id) => ({
      id,
      name: `ip-${id.slice(-6)}.internal`,
      kubelet: { kind: 'recorded', folder: 'al2023-shape' } as const,
    })),
    launchedAt: began - 20 * minute,
  });
}

/** Its row: what its function took, and every call, the events that CloudTrail keeps of it among them. */
async function sweep(what: string, minutes: number): Promise<string[]> {
  const before = lab.calls.length;
  const scheduledTime = new Date(began + minutes * minute).toISOString();
  const { answer, durationMs, peakMb } = await deployed.invoke('discover', {
    sweep: { scheduledTime, everyMinutes: 15 },
  });
  const done = doneSchema.parse('value' in answer ? answer.value : answer);
  if (done.status !== 'done' || done.asked !== accounts.length * regions.length)
    throw new Error(`a sweep came to ${JSON.stringify(done)}`);
  if (durationMs > most.seconds * 1_000 || peakMb > most.megabytes) process.exitCode = 1;

  const ofSweep = lab.calls
    .slice(before)
    .filter(({ principalArn }) => /:assumed-role\/EksKubeletAudit(Discover|Member)\//.test(principalArn));
  const count = (...names: readonly string[]) => ofSweep.filter(({ operation }) => names.includes(operation)).length;
  const ofS3 = ofSweep.filter(({ service }) => service === 's3').length;
  const [described, assumed] = [count('DescribeInstances'), count('AssumeRole')];
  return [
    what,
    String(done.items),
    (durationMs / 1_000).toFixed(1),
    peakMb.toFixed(0),
    ...[described, assumed, count('GetObject', 'ListObjectsV2'), count('PutObject')].map(String),
    String(ofSweep.length - ofS3 - described - assumed),
  ];
}

/** What the items took, each in an invocation of its own. */
async function itemsDone(): Promise<{ readonly judged: number; readonly says: string }> {
  const started = performance.now();
  const ended = await Promise.all([...deployed.executions.values()].map(({ finished }) => finished));
  const done = ended.map((each) => (each.status === 'SUCCEEDED' ? itemSchema.parse(each.output) : undefined));
  for (const each of ended)
    if (each.status !== 'SUCCEEDED') console.warn(`an item failed: ${JSON.stringify(each).slice(0, 2_000)}`);

  const judged = done.reduce((sum, each) => sum + (each?.judged ?? 0), 0);
  const invocations = deployed.invocations.filter(
    ({ functionName }: Invocation) => functionName === hubFunctions.audit.functionName,
  );
  const longest = Math.max(...invocations.map(({ durationMs }) => durationMs)) / 1_000;
  if (longest > most.itemSeconds) process.exitCode = 1;
  const says = `${judged} of ${newNodes} new nodes were judged in ${done.length} items: ${longest.toFixed(1)} s the longest of at most ${most.itemSeconds}, ${Math.max(...invocations.map(({ peakMb }) => peakMb)).toFixed(0)} MB, the last of them ${((performance.now() - started) / 1_000).toFixed(0)} s after its sweep`;
  return { judged, says };
}
