import fc from 'fast-check';
import type { Scope } from '../../lambda/contract/settings.ts';
import type { AuditedWorld } from './audited-world.ts';
import { doRun, doTerminal, type Model } from './do-run.ts';
import { move } from './histories.ts';
import type { Analysts } from './oracle.ts';
import { noFaults, type RunFaults } from './run-faults.ts';
import { kubelets, type Slug, slugs, type TrueWorld, templates } from './true-world.ts';

type Command = fc.AsyncCommand<Model, AuditedWorld>;
const command = move<Model, AuditedWorld>;

const toWorld = (words: string, change: (world: TrueWorld) => void, check?: (world: TrueWorld) => boolean): Command =>
  command(words, ({ world }) => change(world), check && (({ world }) => check(world)));

const clusters = fc.constantFrom('blue', 'green');
const groups = fc.constantFrom('workers', 'spot');
const kubelet = fc.oneof({ weight: 3, arbitrary: fc.constant('good' as const) }, fc.constantFrom(...kubelets));
const hasNode = (cluster: string) => (world: TrueWorld) => (world.clusters.get(cluster)?.length ?? 0) > 0;
const isThere = (cluster: string) => (world: TrueWorld) => world.clusters.has(cluster);

const appears = fc
  .tuple(clusters, groups, kubelet)
  .map(([cluster, group, state]) =>
    toWorld(`${cluster}: a node of ${group} appears, ${state}`, (world) =>
      world.addNode(cluster, { group, kubelet: state }),
    ),
  );

const becomes = fc
  .tuple(clusters, fc.nat({ max: 3 }), fc.constantFrom(...kubelets))
  .map(([cluster, index, state]) =>
    toWorld(
      `${cluster}: node ${index} becomes ${state}`,
      (world) => world.setKubelet(cluster, index, state),
      hasNode(cluster),
    ),
  );

const all = fc.tuple(clusters, fc.constantFrom(...kubelets)).map(([cluster, state]) =>
  toWorld(
    `${cluster}: every node becomes ${state}`,
    (world) => {
      for (const index of world.nodes(cluster).keys()) world.setKubelet(cluster, index, state);
    },
    hasNode(cluster),
  ),
);

const isReplaced = clusters.map((cluster) =>
  toWorld(
    `${cluster}: its oldest node is replaced`,
    (world) => {
      const [oldest] = world.nodes(cluster);
      world.removeNodes(cluster, (_, index) => index === 0);
      if (oldest) world.addNode(cluster, oldest);
    },
    hasNode(cluster),
  ),
);

const vanishes = fc
  .tuple(clusters, groups)
  .map(([cluster, group]) =>
    toWorld(
      `${cluster}: node group ${group} vanishes`,
      (world) => world.removeNodes(cluster, (node) => node.group === group),
      isThere(cluster),
    ),
  );

const isDeleted = clusters.map((cluster) =>
  toWorld(`${cluster}: is deleted`, (world) => world.deleteCluster(cluster), isThere(cluster)),
);

const scope = fc.constantFrom<Scope>('node-group', 'node', 'cluster').map((to) =>
  toWorld(`the scope becomes ${to}`, (world) => {
    world.scope = to;
  }),
);

const controls = fc.constantFrom<readonly Slug[]>([slugs.ca], [slugs.port], [slugs.ca, slugs.port]).map((to) =>
  toWorld(`the controls become ${to.join(' and ')}`, (world) => {
    world.controls = to;
  }),
);

const waiver = fc
  .tuple(
    fc.constantFrom(...Object.values(slugs)),
    fc.option(fc.record({ group: fc.constantFrom('*', 'workers'), days: fc.integer({ min: -1, max: 40 }) })),
  )
  .map(([slug, given]) =>
    toWorld(`${slug}: ${given ? `waived for ${given.group}, for ${given.days} days` : 'no waiver'}`, (world) => {
      if (!given) return void world.waivers.delete(slug);
      const expires = new Date(world.now + given.days * 86_400_000).toISOString().slice(0, 10);
      world.waivers.set(slug, { group: given.group, expires });
    }),
  );

const nextNode = fc.boolean().map((to) =>
  toWorld(`next nodes are ${to ? 'asked for' : 'left out'}`, (world) => {
    world.nextNode = to;
  }),
);

const template = fc
  .tuple(clusters, groups, fc.option(fc.constantFrom(...templates), { nil: undefined, freq: 5 }))
  .map(([cluster, group, to]) =>
    toWorld(
      `${cluster}: the template of ${group} is ${to ?? 'gone, with its node group'}`,
      (world) => world.setTemplate(cluster, group, to),
      isThere(cluster),
    ),
  );

const days = fc
  .oneof({ weight: 4, arbitrary: fc.integer({ min: 1, max: 3 }) }, fc.constantFrom(29, 30, 31, 60, 91))
  .map((passed) => toWorld(`${passed} days pass`, (world) => world.passDays(passed)));

/** What analysts do, in the words of BatchUpdateFindings. */
const analyses: Readonly<Record<string, Partial<Analysts>>> = {
  suppresses: { workflow: 'SUPPRESSED' },
  notifies: { workflow: 'NOTIFIED' },
  resolves: { workflow: 'RESOLVED' },
  notes: { note: 'looked at by me' },
  'rates up': { severity: 'CRITICAL' },
};

const analyst = fc.tuple(fc.nat({ max: 30 }), fc.constantFrom(...Object.keys(analyses))).map(([index, deed]) =>
  command(
    `an analyst ${deed} finding ${index}`,
    async ({ oracle }, real) => {
      const ids = [...oracle.findings.keys()];
      const id = ids[index % ids.length] ?? '';
      const { workflow, note, severity } = analyses[deed] ?? {};
      oracle.analyse(id, { ...analyses[deed] });
      await real.analyse(id, {
        ...(workflow && { Workflow: { Status: workflow } }),
        ...(note && { Note: { Text: note, UpdatedBy: 'analyst' }, UserDefinedFields: { ticket: note } }),
        ...(severity && { Severity: { Label: severity } }),
      });
    },
    ({ oracle }) => oracle.findings.size > 0,
  ),
);

const never = fc.constant(false);
const seldom = fc.oneof({ weight: 5, arbitrary: never }, fc.constant(true));
const faulty: fc.Arbitrary<RunFaults> = fc.record({
  nodeList: seldom,
  machines: seldom,
  templates: seldom,
  clusterList: seldom,
  describe: fc.oneof({ weight: 9, arbitrary: never }, fc.constant(true)),
  deadlineAfter: fc.option(fc.nat({ max: 3 }), { nil: undefined, freq: 2 }),
  hub: fc.oneof(
    { weight: 8, arbitrary: fc.constant('ok' as const) },
    fc.constantFrom('off' as const, 'unreadable' as const, 'unwritable' as const),
  ),
  refuses: fc.option(
    fc.integer({ min: 2, max: 3 }).chain((of) => fc.nat({ max: of - 1 }).map((is) => ({ of, is }))),
    { nil: undefined, freq: 2 },
  ),
  bus: seldom,
});

const faults = fc.oneof({ weight: 3, arbitrary: fc.constant(noFaults) }, faulty);

const newRun = (model: Model, by: string) => {
  model.runs += 1;
  const startedAt = new Date(model.world.now);
  return { id: `${by}-${model.runs}`, startedAt, clusters: [...model.world.clusters.keys()] };
};

async function night(model: Model, real: AuditedWorld, { passed, wrong }: { passed: number; wrong: RunFaults }) {
  model.world.passDays(passed);
  if (model.last) model.former = model.last;
  model.last = { run: newRun(model, 'run'), times: 1 };
  await doRun(model, real, { run: model.last.run, faults: wrong });
}

const run = fc
  .tuple(fc.integer({ min: 1, max: 2 }), faults)
  .map(([passed, wrong]) =>
    command(`after ${passed} days, a run${textOf(wrong)}`, (model, real) => night(model, real, { passed, wrong })),
  );

/** Longer than patience lasts. */
const badNights = faulty.map((wrong) =>
  command(`four nights with a run${textOf(wrong)}`, async (model, real) => {
    for (let count = 0; count < 4; count += 1) await night(model, real, { passed: 1, wrong });
  }),
);

const again = fc
  .tuple(fc.constantFrom('last' as const, 'last' as const, 'former' as const), fc.boolean(), faults)
  .map(([which, lost, wrong]) =>
    command(
      `the ${which} run again${lost ? ', its answers lost' : ''}${textOf(wrong)}`,
      async (model, real) => {
        const done = model[which];
        if (!done) return;
        model.world.now += 60_000;
        model[which] = { ...done, times: 2 };
        if (lost) real.loseAnswers(done.run);
        await doRun(model, real, { run: done.run, faults: wrong });
      },
      (model) => model[which]?.times === 1,
    ),
  );

const terminal = faults.map((wrong) =>
  command(`somebody publishes from a terminal${textOf(wrong)}`, async (model, real) => {
    model.world.now += 60_000;
    await doTerminal(model, real, { run: newRun(model, 'terminal'), faults: wrong });
  }),
);

const textOf = (given: RunFaults): string => {
  const wrong = Object.entries(given).filter(([, value]) => value !== false && value !== undefined && value !== 'ok');
  return wrong.length > 0 ? ` with faults ${JSON.stringify(Object.fromEntries(wrong))}` : '';
};

/** Runs come as often as all that happens between them. */
export const commands: readonly fc.Arbitrary<Command>[] = [
  appears,
  appears,
  becomes,
  all,
  isReplaced,
  vanishes,
  isDeleted,
  scope,
  controls,
  waiver,
  nextNode,
  template,
  template,
  days,
  analyst,
  run,
  run,
  run,
  run,
  run,
  run,
  badNights,
  again,
  again,
  terminal,
];
