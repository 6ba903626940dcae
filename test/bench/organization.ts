import { z } from 'zod';
import { runKeys } from '../../lambda/adapters/s3/run-keys.ts';
import { hubFunctions } from '../../lambda/contract/names.ts';
import { controls } from '../../lambda/core/judge/controls/index.ts';
import { type RunItem, runItem } from '../../lambda/core/run/item.ts';
import { scriptArguments } from '../../packaging/script-arguments.ts';
import { bundled } from '../bundles.ts';
import { answer } from '../core/run/complete-run.ts';
import { deployHub, type Invocation } from '../lab/estate/deployed-hub.ts';
import { hub, organizationSettings } from '../lab/estate/organization.ts';
import { startLab } from '../lab/lab.ts';
import { addOrganization } from './bench-lab.ts';
import { benchTable } from './processes.ts';

// `npm run bench:organization`: 10,000 clusters of 400 accounts through the state machine's own definition, in the lab. The functions that list and
// that sum up run as they are deployed, each in its own process. The audit of one item is measured by `npm run measure:cost` and `npm run
// bench:estate`; here a stand-in leaves its answer. The results are in docs/cost.md (test/docs/measured-items.ts).

const [clusters = 10_000] = scriptArguments('node test/bench/organization.ts [CLUSTERS]', {
  words: 'numbers',
}).positionals.map(Number);
const clustersEach = 25;
const accounts = Array.from({ length: Math.ceil(clusters / clustersEach) }, (_, index) =>
  String(300_000_000_000 + index),
);
const { regions } = organizationSettings;
/** What `summarise` and `discover` may take. */
const most = { megabytes: 256, seconds: 60 };
const slugs = controls.map(({ slug }) => slug);
const auditEvent = z.object({
  runId: z.string(),
  item: z.custom<RunItem>((value) => runItem.safeParse(value).success),
});
const place = { accountId: hub.accountId, region: hub.region };

const [bundles, lab] = await Promise.all([bundled(), startLab()]);
fillLab();
const audited = new Set<string>();
const deployed = deployHub(lab, {
  ...place,
  settings: organizationSettings,
  bundles: bundles.folder,
  inPlaceOf: { audit: async (event) => standIn(auditEvent.parse(event)) },
});

try {
  const started = performance.now();
  const ended = await deployed.run('bench');
  if (ended.status !== 'SUCCEEDED') throw new Error(`the run ended as ${JSON.stringify(ended).slice(0, 2_000)}`);

  const seconds = (performance.now() - started) / 1_000;
  const items = clusters + accounts.length * regions.length;
  if (audited.size !== items) throw new Error(`${audited.size} of ${items} items were audited`);
  report({ items, seconds });
} finally {
  await deployed.close();
  await lab.close();
  await bundles.remove();
}

/** An organization whose clusters are names: nobody looks into them here. */
function fillLab(): void {
  addOrganization(lab, accounts);
  lab.organizations.putAccount({ id: hub.accountId, state: 'SUSPENDED' });
  for (const [index, accountId] of accounts.entries()) {
    lab.ec2.setRegions(accountId, regions);
    for (let number = index * clustersEach; number < Math.min(clusters, (index + 1) * clustersEach); number += 1)
      lab.eks.putCluster(accountId, regions[number % regions.length] ?? hub.region, {
        name: `cluster-${String(number).padStart(5, '0')}`,
      });
  }
}

/** The answer of an item as an audit of 50 nodes leaves it; in every fifth cluster one node group fails three controls. */
async function standIn({ runId, item }: { readonly runId: string; readonly item: RunItem }): Promise<unknown> {
  const key = runKeys(runId).answer(item);
  const passed = { pass: 50, fail: 0, warn: 0, unknown: 0, 'not-applicable': 0 };
  const isFailing = item.kind === 'cluster' && Number(item.cluster.slice(-5)) % 5 === 0;
  const failing = isFailing ? slugs.slice(0, 3) : [];
  const left = answer(item, {
    ...(item.kind === 'cluster' && {
      nodes: 50,
      verdicts: { ...passed, pass: 50 * slugs.length - 10 * failing.length, fail: 10 * failing.length },
      controls: Object.fromEntries(
        slugs.map((slug) => [slug, failing.includes(slug) ? { ...passed, pass: 40, fail: 10 } : passed]),
      ),
      ...(isFailing && {
        open: {
          groups: failing.map((control) => ({
            control,
            group: 'workers (managed)',
            standing: 'fail' as const,
            nodes: 10,
          })),
          more: 0,
        },
      }),
    }),
  });
  lab.s3.putObject(deployed.bucket, key, JSON.stringify(left));
  audited.add(key);
  return { status: 'done' };
}

function report({ items, seconds }: { readonly items: number; readonly seconds: number }): void {
  const of = (name: keyof typeof hubFunctions) => invocationOf(hubFunctions[name].functionName);
  const [discover, summarise] = [of('discover'), of('summarise')];
  const calls = lab.calls.filter(({ service }) => service === 's3');
  const count = (operation: string) => calls.filter((call) => call.operation === operation).length;
  const pages = (service: string, operation: string) =>
    lab.calls.filter((call) => call.service === service && call.operation === operation).length;
  const sizeOf = (file: string) => (lab.s3.objects(deployed.bucket).get(`runs/bench/${file}`)?.body.length ?? 0) / 1e6;

  const table = benchTable('WHAT', 'VALUE', 'AT MOST');
  const rows: readonly (readonly [string, number, number?])[] = [
    ['items', items],
    ['accounts', accounts.length],
    ['pages of accounts (ListAccounts and of units)', pages('organizations', 'ListAccountsForParent')],
    ['pages of clusters (ListClusters)', pages('eks', 'ListClusters')],
    ['discover: seconds', discover.durationMs / 1_000, most.seconds],
    ['discover: MB', discover.peakMb, most.megabytes],
    ['items.jsonl: MB', sizeOf('items.jsonl')],
    ['summarise: seconds', summarise.durationMs / 1_000, most.seconds],
    ['summarise: MB', summarise.peakMb, most.megabytes],
    ['report.html: MB', sizeOf('report.html')],
    ['summary.json: MB', sizeOf('summary.json')],
    ['S3, beside the items: PutObject', count('PutObject')],
    ['S3, beside the items: ListObjectsV2', count('ListObjectsV2')],
    ['S3, beside the items: GetObject', count('GetObject')],
    ['the whole run: seconds', seconds],
  ];
  for (const [what, value, limit] of rows) {
    table.push([what, Number(value.toFixed(1)).toLocaleString('en'), limit ?? '']);
    if (limit !== undefined && value > limit) process.exitCode = 1;
  }
  console.log(table.toString());
}

function invocationOf(functionName: string): Invocation {
  const found = deployed.invocations.find((each) => each.functionName === functionName);
  if (!found) throw new Error(`${functionName} was not invoked`);
  return found;
}
