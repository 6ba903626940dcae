import fc from 'fast-check';
import type { Scope } from '../../../lambda/contract/settings.ts';
import { type Slug, slugs } from '../true-world.ts';
import type { AuditedEstate } from './audited-estate.ts';
import {
  type Estate,
  type Machine,
  type NodeObject,
  type Region,
  type RegionState,
  type Running,
  regions,
} from './estate.ts';
import type { Law } from './law.ts';

/** What is true, and what must never come of it. */
export interface Model {
  readonly estate: Estate;
  readonly law: Law;
}

type Move = fc.AsyncCommand<Model, AuditedEstate>;

const move = (words: string, run: (model: Model, real: AuditedEstate) => Promise<void> | void): Move => ({
  check: () => true,
  run: async (model, real) => run(model, real),
  toString: () => words,
});

const region = fc.constantFrom(...regions);
const index = fc.nat({ max: 3 });
/** Names that are short of each other by what an Id cannot hold, or by their end. */
const names = ['workers', 'spot', 'pay ments', 'pay-ments', `${'x'.repeat(220)}1`, `${'x'.repeat(220)}2`];
const group = fc.oneof({ weight: 4, arbitrary: fc.constantFrom('workers', 'spot') }, fc.constantFrom(...names));
const how = fc.constantFrom<Running>('good', 'no-ca', 'open-port');

/** Somebody changes one machine, or what is known of it. */
const onMachine = <T>(
  words: string,
  given: fc.Arbitrary<T>,
  change: (machine: Machine, value: T) => Partial<Machine>,
) =>
  fc
    .tuple(region, index, given)
    .map(([at, which, value]) =>
      move(`${at}: ${words.replace('$', String(value))}, machine ${which}`, ({ estate }) =>
        estate.changeMachine(at, which, (machine) => change(machine, value)),
      ),
    );

const onNode = <T>(
  words: string,
  given: fc.Arbitrary<T>,
  change: (node: NodeObject, value: T, all: Estate['clusters'][Region]) => Partial<NodeObject>,
) =>
  fc
    .tuple(region, index, given)
    .map(([at, which, value]) =>
      move(`${at}: ${words.replace('$', JSON.stringify(value))}, node ${which}`, ({ estate }) =>
        estate.changeNode(at, which, (node) => change(node, value, estate.clusters[at])),
      ),
    );

const nothing = fc.constant('');

/** What happens to machines without a person, or in normal operation. */
const truth = [
  fc
    .tuple(region, group, how)
    .map(([at, to, running]) =>
      move(`${at}: a machine of ${to} is launched, ${running}`, ({ estate }) =>
        estate.launch(at, { group: to, running }),
      ),
    ),
  onMachine('the kubelet becomes $', how, (_, running) => ({ running, onDisk: running })),
  fc
    .tuple(region, index)
    .map(([at, which]) =>
      move(`${at}: machine ${which} is terminated`, ({ estate }) => estate.terminate(at, (_, each) => each === which)),
    ),
  fc
    .tuple(region, group)
    .map(([at, name]) =>
      move(`${at}: node group ${name} is scaled to nothing`, ({ estate }) =>
        estate.terminate(at, (each) => each.group === name),
      ),
    ),
];

const rootOfNode = [
  onMachine(
    'its files are put right, it is not restarted, and its port is blocked: $',
    fc.boolean(),
    (_, isBlocked) => ({
      onDisk: 'good',
      isBlocked,
    }),
  ),
  onMachine('its files are put wrong, $, and the kubelet is not restarted', how, (_, onDisk) => ({ onDisk })),
  onMachine('the kubelet is restarted$', nothing, ({ onDisk }) => ({ running: onDisk })),
  onMachine('the kubelet’s port is blocked: $', fc.boolean(), (_, isBlocked) => ({ isBlocked })),
  onMachine('SSM’s agent runs: $', fc.boolean(), (_, hasAgent) => ({ hasAgent })),
  onMachine('its kubelet is hidden from who looks at its processes: $', fc.boolean(), (_, isHidden) => ({ isHidden })),
  onMachine('it is silenced altogether$', nothing, () => ({ isBlocked: true, hasAgent: false })),
];

/** Machines that fail from their first minute, and that are hidden before anybody has seen them. */
const hidden: Readonly<Record<string, (estate: Estate, at: Region) => void>> = {
  'never answers': (estate, at) => estate.launch(at, { ...failing, isBlocked: true, hasAgent: false }),
  'has no Node object, and no agent': (estate, at) => estate.launch(at, { ...failing, hasAgent: false }, 'none'),
  'has no Node object': (estate, at) => estate.launch(at, failing, 'none'),
  'says that it has another’s address': (estate, at) =>
    estate.launch(at, failing, { address: estate.clusters[at].nodes[0]?.address ?? '' }),
  'says that it is Auto Mode’s, and never answers': (estate, at) =>
    estate.launch(
      at,
      { ...failing, pool: 'general-purpose', isBlocked: true, hasAgent: false },
      { labels: { 'eks.amazonaws.com/compute-type': 'auto' } },
    ),
};
const failing = { group: 'hidden', running: 'no-ca' } as const;

const launchesHidden = fc
  .tuple(region, fc.constantFrom(...Object.keys(hidden)))
  .map(([at, words]) =>
    move(`${at}: a machine is launched that fails, and ${words}`, ({ estate }) => hidden[words]?.(estate, at)),
  );

/** Root hides the kubelet, and somebody deletes the machine's Node object. */
const vanishes = fc.tuple(region, index).map(([at, which]) =>
  move(`${at}: machine ${which} shows no kubelet, and its Node object is deleted`, ({ estate }) => {
    const { machines, nodes } = estate.clusters[at];
    const machine = machines[which % Math.max(1, machines.length)];
    if (!machine) return;
    estate.changeMachine(at, which, () => ({ isHidden: true }));
    nodes.splice(0, nodes.length, ...nodes.filter(({ providerId }) => !providerId?.endsWith(machine.id)));
  }),
);

const clusterAdmin = [
  launchesHidden,
  vanishes,
  launchesHidden,
  fc
    .tuple(region, index)
    .map(([at, which]) =>
      move(`${at}: Node object ${which} is deleted`, ({ estate }) => void estate.clusters[at].nodes.splice(which, 1)),
    ),
  onNode(
    'it is renamed to $',
    fc.constantFrom('node-1', 'fargate-ip-10-0-0-9', 'another'),
    (node, value, { nodes }) => ({
      name:
        value === 'another'
          ? (nodes.find(({ name }) => name !== node.name)?.name.replace('ip-', 'ip-9') ?? node.name)
          : nodes.some(({ name }) => name === value)
            ? node.name
            : value,
    }),
  ),
  onNode('it claims the machine of node $', index, (_, which, { nodes }) => ({
    providerId: nodes[which % nodes.length]?.providerId,
  })),
  onNode('it claims no machine$', nothing, () => ({ providerId: undefined })),
  onNode('it claims a machine that nobody knows$', nothing, () => ({
    providerId: 'aws:///eu-west-1a/i-0ffffffffffffffff',
  })),
  onNode('it claims the address of node $', index, (_, which, { nodes }) => ({
    address: nodes[which % nodes.length]?.address ?? '',
  })),
  fc.tuple(region, index).map(([at, which]) =>
    move(`${at}: node ${which} claims the address of a machine elsewhere that is as it should be`, ({ estate }) => {
      const elsewhere = regions.filter((each) => each !== at).flatMap((each) => estate.clusters[each].machines);
      const address = elsewhere.find(({ running }) => running === 'good')?.address;
      if (address) estate.changeNode(at, which, () => ({ address }));
    }),
  ),
  onNode('it is labelled $', fc.constantFrom('auto', 'fargate', 'hybrid'), ({ labels }, type) => ({
    labels: { ...labels, 'eks.amazonaws.com/compute-type': type },
  })),
  onNode('it is labelled as of node group $', group, ({ labels }, name) => ({
    labels: { ...labels, 'eks.amazonaws.com/nodegroup': name },
  })),
  fc.tuple(region, index, fc.constantFrom('ghost', 'fargate-ghost', 'honest')).map(([at, which, kind]) =>
    move(`${at}: a Node object is made for machine ${which}, ${kind}`, ({ estate }) => {
      const { machines, nodes } = estate.clusters[at];
      const machine = machines[which % Math.max(1, machines.length)];
      const name = kind === 'honest' ? machine?.dnsName : `${kind}-${nodes.length}`;
      if (!machine || name === undefined || nodes.some((each) => each.name === name)) return;
      nodes.push({
        name,
        providerId: kind === 'fargate-ghost' ? undefined : `aws:///${at}a/${machine.id}`,
        address: machine.address,
        labels:
          kind === 'fargate-ghost'
            ? { 'eks.amazonaws.com/compute-type': 'fargate' }
            : { 'eks.amazonaws.com/nodegroup': machine.group },
      });
    }),
  ),
];

const tagger = [
  onMachine('it is tagged as of node group $', group, (_, name) => ({ group: name })),
  onMachine('it is tagged as Auto Mode’s$', nothing, () => ({ pool: 'general-purpose' })),
  onMachine('the cluster’s tags are on it: $', fc.boolean(), (_, isTagged) => ({ isTagged })),
];

/** What somebody who may write findings writes over ours. */
const forgeries: Readonly<Record<string, object>> = {
  'put to PASSED': {
    Compliance: { Status: 'PASSED' },
    FindingProviderFields: { Severity: { Label: 'INFORMATIONAL' } },
  },
  archived: { RecordState: 'ARCHIVED' },
  'emptied of its fields': { ProductFields: { 'x/y': 'z' } },
  'put to PASSED and archived': { Compliance: { Status: 'PASSED' }, RecordState: 'ARCHIVED' },
};

const findingsWriter = [
  fc.tuple(region, fc.nat({ max: 9 }), fc.constantFrom(...Object.keys(forgeries))).map(([at, which, deed]) =>
    move(`${at}: finding ${which} is ${deed}`, async ({ estate }, real) => {
      const findings = real.findings(at);
      const finding = findings[which % Math.max(1, findings.length)];
      if (!finding) return;
      estate.now += 1_000;
      await real.forge(at, { ...finding, ...forgeries[deed], UpdatedAt: new Date(estate.now).toISOString() });
    }),
  ),
];

const onRegion = <K extends keyof RegionState>(key: K, values: readonly RegionState[K][]) =>
  fc.tuple(region, fc.constantFrom(...values)).map(([at, value]) =>
    move(`${at}: ${key} becomes ${String(value) || 'none'}`, ({ estate }) => {
      estate.regions[at][key] = value;
    }),
  );

const accountAdmin = [
  onRegion('securityHub', ['on', 'off', 'unreadable', 'unwritable']),
  onRegion('access', ['open', 'open', 'denied', 'off']),
  onRegion('isEc2Denied', [false, true]),
  onRegion('documents', [['ours'], ['ours', 'lying'], ['lying'], []]),
  fc.constantFrom('active' as const, 'suspended' as const).map((state) =>
    move(`the account becomes ${state}`, ({ estate }) => {
      estate.account = state;
    }),
  ),
];

const settings = [
  fc.constantFrom<readonly Slug[]>([slugs.ca], [slugs.port], [slugs.ca, slugs.port], [slugs.ca, slugs.port]).map((to) =>
    move(`the controls become ${to.join(' and ')}`, ({ estate }) => {
      estate.controls = to;
    }),
  ),
  fc.constantFrom<Scope>('node-group', 'node-group', 'node', 'cluster').map((to) =>
    move(`the scope becomes ${to}`, ({ estate }) => {
      estate.scope = to;
    }),
  ),
  fc.constantFrom(undefined, undefined, ...regions).map((at) =>
    move(`left out by the settings: ${at ?? 'no Region'}`, ({ estate }) => {
      estate.excluded = at;
    }),
  ),
  fc.constantFrom(undefined, 'workers').map((name) =>
    move(`waived: ${name}`, ({ estate }) => {
      estate.waived = name ? { control: slugs.ca, group: name } : undefined;
    }),
  ),
];

const night = fc.integer({ min: 16, max: 3_000 }).map((minutes) =>
  move(`after ${minutes} minutes, a run`, async ({ estate, law }) => {
    estate.pass(minutes);
    await law.run();
  }),
);

const nights = fc.constant(
  move('four nights, a run in each', async ({ estate, law }) => {
    for (let count = 0; count < 4; count += 1) {
      estate.pass(1_440);
      await law.run();
    }
  }),
);

const early = fc.integer({ min: 1, max: 14 }).map((minutes) =>
  move(`after ${minutes} minutes, a run`, async ({ estate, law }) => {
    estate.pass(minutes);
    await law.run();
  }),
);

/** Who moves, by what they may do. */
const actors = { truth, rootOfNode, clusterAdmin, tagger, findingsWriter, accountAdmin, settings } as const;
export type Actor = keyof typeof actors;
export const everybody: readonly Actor[] = Object.keys(actors).filter((each): each is Actor => each in actors);

/** Runs come as often as what is done between them; each actor as often as the others. */
export const movesOf = (who: readonly Actor[]): readonly fc.Arbitrary<Move>[] => [
  fc.oneof(...truth),
  ...who.map((each) => fc.oneof(...actors[each])),
  ...[night, night, night, nights, early].slice(who.length > 2 ? 0 : 2),
];

/** Each history begins with something to hide, and a night in which it was seen. */
export function begin(estate: Estate): void {
  for (const at of regions) {
    estate.launch(at, { group: 'workers', running: 'no-ca' });
    estate.launch(at, { group: 'spot', running: 'good' });
  }
}
