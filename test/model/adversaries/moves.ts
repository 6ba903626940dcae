import fc from 'fast-check';
import type { Fields } from '../../lab/aws/security-hub/security-hub-record.ts';
import { move as moveOf } from '../histories.ts';
import { slugs } from '../true-world.ts';
import type { AuditedEstate } from './audited-estate.ts';
import {
  type ClusterState,
  type Death,
  deaths,
  type Estate,
  type Hybrid,
  type LaunchingGroup,
  type Machine,
  type Moment,
  moments,
  type NodeObject,
  names,
  type Region,
  type RegionState,
  type Running,
  regions,
  type Site,
  siteOf,
  sites,
} from './estate.ts';
import type { Law } from './law.ts';
import { prefixWrites } from './prefix-writes.ts';

/** What is true, and what must never come of it. */
export interface Model {
  readonly estate: Estate;
  readonly law: Law;
}

type Move = fc.AsyncCommand<Model, AuditedEstate>;

const move = moveOf<Model, AuditedEstate>;

const region = fc.constantFrom(...regions);
const site = fc.constantFrom(...sites);
const index = fc.nat({ max: 3 });
/** Names that are short of each other by what an Id cannot hold, or by their end. */
const groupNames = ['workers', 'spot', 'pay ments', 'pay-ments', `${'x'.repeat(220)}1`, `${'x'.repeat(220)}2`];
const group = fc.oneof({ weight: 4, arbitrary: fc.constantFrom('workers', 'spot') }, fc.constantFrom(...groupNames));
const how = fc.constantFrom<Running>('good', 'no-ca', 'open-port');

/** Somebody changes one machine, or what is known of it. */
const onMachine = <T>(
  words: string,
  given: fc.Arbitrary<T>,
  change: (machine: Machine, value: T) => Partial<Machine>,
) =>
  fc
    .tuple(site, index, given)
    .map(([at, which, value]) =>
      move(`${at}: ${words.replace('$', String(value))}, machine ${which}`, ({ estate }) =>
        estate.changeMachine(at, which, (machine) => change(machine, value)),
      ),
    );

const onNode = <T>(
  words: string,
  given: fc.Arbitrary<T>,
  change: (node: NodeObject, value: T, all: ClusterState) => Partial<NodeObject>,
) =>
  fc
    .tuple(site, index, given)
    .map(([at, which, value]) =>
      move(`${at}: ${words.replace('$', JSON.stringify(value))}, node ${which}`, ({ estate }) =>
        estate.changeNode(at, which, (node) => change(node, value, estate.clusters[at])),
      ),
    );

const nothing = fc.constant('');

/** What happens to machines without a person, or in normal operation. */
const truth = [
  fc
    .tuple(site, group, how, fc.boolean())
    .map(([at, to, running, isManaged]) =>
      move(
        `${at}: a machine of ${to} (${isManaged ? 'managed' : 'self-managed'}) is launched, ${running}`,
        ({ estate }) => estate.launch(at, { group: to, running, isManaged }),
      ),
    ),
  onMachine('the kubelet becomes $', how, (_, running) => ({ running, onDisk: running })),
  fc
    .tuple(site, index)
    .map(([at, which]) =>
      move(`${at}: machine ${which} is terminated`, ({ estate }) => estate.terminate(at, (_, each) => each === which)),
    ),
  fc
    .tuple(site, group)
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

/** Who may stop and start machines: with malice just before a run, or by a schedule at night. */
const machineOwner = [
  onMachine('it is stopped$', nothing, () => ({ isStopped: true })),
  fc.tuple(site, index, fc.boolean()).map(([at, which, isBlocked]) =>
    move(`${at}: machine ${which} is stopped and started again, its port blocked: ${isBlocked}`, ({ estate }) => {
      const started = { isStopped: false, launchedAt: estate.now };
      estate.changeMachine(at, which, () => ({ ...started, isBlocked, hasAgent: !isBlocked }));
    }),
  ),
];

/** Machines that fail from their first minute, and that are hidden before anybody has seen them. */
const hidden: Readonly<Record<string, (estate: Estate, at: Site) => void>> = {
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
  .tuple(site, fc.constantFrom(...Object.keys(hidden)))
  .map(([at, words]) =>
    move(`${at}: a machine is launched that fails, and ${words}`, ({ estate }) => hidden[words]?.(estate, at)),
  );

/** Root hides the kubelet, and somebody deletes the machine's Node object. */
const vanishes = fc.tuple(site, index).map(([at, which]) =>
  move(`${at}: machine ${which} shows no kubelet, and its Node object is deleted`, ({ estate }) => {
    const { machines, nodes } = estate.clusters[at];
    const machine = machines[which % Math.max(1, machines.length)];
    if (!machine) return;
    estate.changeMachine(at, which, () => ({ isHidden: true }));
    nodes.splice(0, nodes.length, ...nodes.filter(({ providerId }) => !providerId?.endsWith(machine.id)));
  }),
);

const goodElsewhere = (estate: Estate, at: Site): Machine | undefined =>
  sites
    .filter((each) => each !== at)
    .flatMap((each) => estate.clusters[each].machines)
    .find(({ running }) => running === 'good');

/** What the admin of a cluster, or who may tag, does to one machine. @returns what undoes it, unless somebody has changed it since */
export type Deed = (estate: Estate, at: Site, machine: Machine) => () => void;

export const changesNode =
  (change: (node: NodeObject, estate: Estate, at: Site) => NodeObject | undefined): Deed =>
  (estate, at, machine) => {
    const { nodes } = estate.clusters[at];
    const index = nodes.findIndex((each) => names(each, machine));
    const before = nodes[index];
    const after = before && change(before, estate, at);
    if (!before || (after && nodes.some((each) => each !== before && each.name === after.name))) return () => undefined;

    nodes.splice(index, 1, ...(after ? [after] : []));
    return () => {
      const isFree = !nodes.some((each) => each !== after && each.name === before.name);
      const isThere = estate.clusters[at].machines.some(({ id }) => id === machine.id);
      const now = after ? nodes.indexOf(after) : nodes.length;
      if (now >= 0 && isFree && isThere) nodes.splice(now, 1, before);
    };
  };

const changesMachine =
  (change: Partial<Machine>, back: Partial<Machine>): Deed =>
  (estate, at, { id }) => {
    const write = (value: Partial<Machine>) => {
      const index = estate.clusters[at].machines.findIndex((each) => each.id === id);
      if (index >= 0) estate.changeMachine(at, index, () => value);
    };
    write(change);
    return () => write(back);
  };

const fargateLabel = { 'eks.amazonaws.com/compute-type': 'fargate' };
export const nodeDeeds = {
  'is deleted': changesNode(() => undefined),
  'is labelled as of another node group': changesNode((node) => ({
    ...node,
    labels: { 'eks.amazonaws.com/nodegroup': 'spot' },
  })),
  'gets the address of a machine elsewhere that is as it should be': changesNode((node, estate, at) => ({
    ...node,
    address: goodElsewhere(estate, at)?.address ?? node.address,
  })),
  'claims a machine that nobody knows': changesNode((node) => ({
    ...node,
    providerId: 'aws:///eu-west-1a/i-0ffffffffffffffff',
  })),
  'becomes one without a machine': changesNode((node, estate, at) => ({
    name: `bare-${node.name}`,
    providerId: undefined,
    address: goodElsewhere(estate, at)?.address ?? '10.9.9.9',
    labels: node.labels,
  })),
  'becomes one of Fargate': changesNode((node) => ({
    name: `fargate-${node.name}`,
    providerId: undefined,
    address: '10.9.9.9',
    labels: fargateLabel,
  })),
  'becomes one of Fargate at its old address': changesNode((node) => ({
    ...node,
    name: `fargate-${node.name}`,
    providerId: undefined,
    labels: fargateLabel,
  })),
} satisfies Readonly<Record<string, Deed>>;
export const tagDeeds = {
  'loses the cluster’s tags': changesMachine({ isTagged: false }, { isTagged: true }),
  'is tagged as Auto Mode’s': changesMachine({ pool: 'general-purpose' }, { pool: undefined }),
  'is tagged as of blue too': changesMachine({ alsoOf: 'blue' }, { alsoOf: undefined }),
  'is tagged as of red too': changesMachine({ alsoOf: 'red' }, { alsoOf: undefined }),
} satisfies Readonly<Record<string, Deed>>;

/** Both hands at once: no tags, and no Node object that says what it is. */
const together =
  (...deeds: readonly Deed[]): Deed =>
  (estate, at, machine) => {
    const undo = deeds.map((deed) => deed(estate, at, machine));
    return () => {
      for (const each of undo.toReversed()) each();
    };
  };
const losesTags = tagDeeds['loses the cluster’s tags'];
const bothDeeds: Readonly<Record<string, Deed>> = {
  'loses its tags and its Node object': together(losesTags, nodeDeeds['is deleted']),
  'loses its tags, and its Node object becomes one of Fargate': together(
    losesTags,
    nodeDeeds['becomes one of Fargate'],
  ),
  'loses its tags, and its Node object claims nothing': together(losesTags, nodeDeeds['becomes one without a machine']),
  'is tagged as of red too, and loses its Node object': together(
    tagDeeds['is tagged as of red too'],
    nodeDeeds['is deleted'],
  ),
};

const from = fc.constantFrom<Moment>('begin', 'listed', 'listed', 'asked');

const machinesAt = (estate: Estate, at: Site) => estate.clusters[at].machines;
const hybridAt = (estate: Estate, at: Site) => estate.clusters[at].hybrid.map(({ machine }) => machine);

/** Done for good now, or during the next run: from one moment of it on, for good or until a later one. */
const deedsOf = (words: string, deeds: Readonly<Record<string, Deed>>, of = machinesAt) =>
  fc
    .tuple(
      site,
      index,
      fc.constantFrom(...Object.keys(deeds)),
      fc.option(fc.tuple(from, fc.option(fc.nat({ max: 2 })))),
    )
    .map(([at, which, name, during]) => {
      const [begin, span] = during ?? [];
      const end = begin && typeof span === 'number' ? moments[moments.indexOf(begin) + 1 + span] : undefined;
      const when = begin ? `, in the next run from ${begin}${end ? ` until ${end}` : ' on'}` : '';
      return move(`${at}: ${words} ${which} ${name}${when}`, ({ estate }) => {
        const deed = () => {
          const machines = of(estate, at);
          const machine = machines[which % Math.max(1, machines.length)];
          return (machine && deeds[name]?.(estate, at, machine)) ?? (() => undefined);
        };
        if (!begin) return void deed();
        estate.interferences = [...estate.interferences, { site: at, from: begin, ...(end && { until: end }), deed }];
      });
    });

/** What is done to a machine outside of AWS. @returns what undoes it, unless it has left since */
const changesHybrid =
  (change: (hybrid: Hybrid) => Partial<Hybrid>): Deed =>
  (estate, at, { id }) => {
    const write = (changed: (hybrid: Hybrid) => Partial<Hybrid>) => {
      const index = estate.clusters[at].hybrid.findIndex(({ machine }) => machine.id === id);
      const before = estate.clusters[at].hybrid[index];
      if (before) estate.changeHybrid(at, index, changed);
      return before;
    };
    const before = write(change);
    return () => {
      if (!before) return;
      const { machine, ...known } = before;
      // What its kubelet does is not undone.
      const { isTagged, alsoOf, decoys } = machine;
      write((now) => ({ ...known, machine: { ...now.machine, isTagged, alsoOf, decoys } }));
    };
  };
const ofHybrid = (change: Partial<Machine>): Deed =>
  changesHybrid(({ machine }) => ({ machine: { ...machine, ...change } }));

/** Names that no cluster of EKS has, as kops and people write them, and names that are no text of a sane person. */
const oddTags: Readonly<Record<string, string>> = {
  'kubernetes.io/cluster/my.example.com': 'owned',
  'kubernetes.io/cluster/a b': 'owned',
  'kubernetes.io/cluster/': 'owned',
  'kubernetes.io/cluster/__proto__': 'shared',
  'kubernetes.io/cluster/../../red': 'owned',
  [`kubernetes.io/cluster/${'x'.repeat(101)}`]: 'owned',
  'kubernetes.io/cluster/none-of-ours': 'owned',
  'eks:eks-cluster-name': 'red',
  'alpha.eksctl.io/cluster-name': 'no cluster',
  EKSClusterARN: 'arn:aws:eks:eu-west-1:999988887777:cluster/blue',
};
const oddTag = fc.constantFrom(...Object.keys(oddTags));
const decoy = (key: string) => ({ [key]: oddTags[key] ?? '' });

const hybridDeeds: Readonly<Record<string, Deed>> = {
  'loses its Node object': changesHybrid(() => ({ node: undefined })),
  'loses the tag of its activation': ofHybrid({ isTagged: false, alsoOf: undefined }),
  'is tagged as of red': ofHybrid({ isTagged: false, alsoOf: 'red' }),
  'is tagged as of a cluster elsewhere': ofHybrid({
    isTagged: false,
    alsoOf: undefined,
    decoys: decoy('EKSClusterARN'),
  }),
  'is deregistered': changesHybrid(() => ({ isRegistered: false })),
  'loses its tag and its Node object': changesHybrid(({ machine }) => ({
    node: undefined,
    machine: { ...machine, isTagged: false, alsoOf: undefined },
  })),
  'is deregistered, and loses its Node object': changesHybrid(() => ({ node: undefined, isRegistered: false })),
};

const onGroup = <T>(
  words: string,
  given: fc.Arbitrary<T>,
  change: (group: LaunchingGroup, value: T) => Partial<LaunchingGroup>,
) =>
  fc
    .tuple(site, index, given)
    .map(([at, which, value]) =>
      move(`${at}: ${words.replace('$', String(value))}, group ${which}`, ({ estate }) =>
        estate.changeGroup(at, which, (each) => change(each, value)),
      ),
    );
const launches = fc.constantFrom<LaunchingGroup['launches']>('good', 'open-port', 'open-port');

/** Who may tag Auto Scaling groups, and make them. */
const groupTagger = [
  fc.tuple(site, launches, fc.boolean()).map(([at, next, isTagged]) =>
    move(`${at}: group fleet is made, tagged: ${isTagged}, and launches ${next}`, ({ estate }) => {
      const { groups } = estate.clusters[at];
      const others = groups.filter(({ name }) => name !== 'fleet');
      groups.splice(0, groups.length, ...others, { name: 'fleet', isTagged, decoys: {}, launches: next });
    }),
  ),
  site.map((at) =>
    move(`${at}: a machine of group fleet is launched`, ({ estate }) =>
      estate.launch(at, { group: 'fleet', running: 'good', isManaged: false }),
    ),
  ),
  onGroup('it launches $', launches, (_, next) => ({ launches: next })),
  onGroup('its tags are deleted$', nothing, () => ({ isTagged: false, decoys: {} })),
  onGroup('it is tagged $', oddTag, ({ decoys }, key) => ({ decoys: { ...decoys, ...decoy(key) } })),
];

/** Where machines outside of AWS are: two of the clusters have some. */
const hybridSite = fc.constantFrom<Site>('blue', 'twin');
const onHybrid = <T>(words: string, given: fc.Arbitrary<T>, change: (value: T) => Partial<Machine>) =>
  fc
    .tuple(hybridSite, index, given)
    .map(([at, which, value]) =>
      move(`${at}: ${words.replace('$', String(value))}, machine ${which} outside of AWS`, ({ estate }) =>
        estate.changeHybrid(at, which, ({ machine }) => ({ machine: { ...machine, ...change(value) } })),
      ),
    );

/** Who runs machines outside of AWS, and may do with SSM and their Node objects what they like. */
const hybridAdmin = [
  fc
    .tuple(hybridSite, how)
    .map(([at, running]) =>
      move(`${at}: a machine outside of AWS joins, ${running}`, ({ estate }) => estate.register(at, running)),
    ),
  onHybrid('the kubelet becomes $', how, (running) => ({ running, onDisk: running })),
  onHybrid('the kubelet’s port is blocked: $', fc.boolean(), (isBlocked) => ({ isBlocked })),
  onHybrid('SSM’s agent runs: $', fc.boolean(), (hasAgent) => ({ hasAgent })),
  fc
    .tuple(hybridSite, index)
    .map(([at, which]) =>
      move(
        `${at}: machine ${which} outside of AWS leaves`,
        ({ estate }) => void estate.clusters[at].hybrid.splice(which, 1),
      ),
    ),
  ...['one', 'two'].map(() => deedsOf('outside of AWS, machine', hybridDeeds, hybridAt)),
];

/** Functions that die, or have no time for all nodes. */
const misfortune = [
  fc
    .tuple(site, fc.constantFrom<Death>('at once', 'at once', ...deaths), fc.integer({ min: 1, max: 9 }), fc.boolean())
    .map(([at, death, runs, isForGood]) =>
      move(`${at}: its audit dies, ${death}, in ${runs} runs, at each try: ${isForGood}`, ({ estate }) => {
        estate.dying.set(at, { at: death, runs, isForGood });
      }),
    ),
  site.map((at) => move(`${at}: its audit takes several steps`, ({ estate }) => void estate.slow.add(at))),
];

/** Who may write into the hub's bucket, below the prefix of one cluster. */
const prefixWriter = [
  fc.tuple(site, fc.nat({ max: 1 }), fc.constantFrom(...Object.keys(prefixWrites))).map(([at, other, what]) => {
    const about = sites.filter((each) => each !== at)[other] ?? at;
    return move(`below the prefix of ${at} is put, about ${about}: ${what}`, async ({ estate }, real) => {
      estate.writtenInto.add(at);
      await prefixWrites[what]?.({ estate, real, at, about });
    });
  }),
];

const clusterAdmin = [
  launchesHidden,
  deedsOf('the Node object of machine', nodeDeeds),
  deedsOf('the Node object of machine', nodeDeeds),
  vanishes,
  launchesHidden,
  fc
    .tuple(site, index)
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
  fc.tuple(site, index).map(([at, which]) =>
    move(`${at}: node ${which} claims the address of a machine elsewhere that is as it should be`, ({ estate }) => {
      const address = goodElsewhere(estate, at)?.address;
      if (address) estate.changeNode(at, which, () => ({ address }));
    }),
  ),
  onNode('it is labelled $', fc.constantFrom('auto', 'fargate', 'hybrid'), ({ labels }, type) => ({
    labels: { ...labels, 'eks.amazonaws.com/compute-type': type },
  })),
  onNode('it is labelled as of node group $', group, ({ labels }, name) => ({
    labels: { ...labels, 'eks.amazonaws.com/nodegroup': name },
  })),
  fc.tuple(site, index, fc.constantFrom('ghost', 'fargate-ghost', 'honest')).map(([at, which, kind]) =>
    move(`${at}: a Node object is made for machine ${which}, ${kind}`, ({ estate }) => {
      const { machines, nodes } = estate.clusters[at];
      const machine = machines[which % Math.max(1, machines.length)];
      const name = kind === 'honest' ? machine?.dnsName : `${kind}-${nodes.length}`;
      if (!machine || name === undefined || nodes.some((each) => each.name === name)) return;
      nodes.push({
        name,
        providerId: kind === 'fargate-ghost' ? undefined : `aws:///${siteOf[at].region}a/${machine.id}`,
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
  deedsOf('machine', tagDeeds),
  deedsOf('machine', tagDeeds),
  onMachine('it is tagged as of node group $', group, (_, name) => ({ group: name })),
  onMachine('it is tagged as Auto Mode’s$', nothing, () => ({ pool: 'general-purpose' })),
  onMachine('it is tagged $', oddTag, ({ decoys }, key) => ({ decoys: { ...decoys, ...decoy(key) } })),
  onMachine('the cluster’s tags are on it: $', fc.boolean(), (_, isTagged) => ({ isTagged })),
];

/** Who may tag, and writes Node objects too. */
const taggingAdmin = [deedsOf('machine', bothDeeds)];

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

/** Something is done about one of a Region's findings. */
const onFinding = <T>(
  words: (which: number, value: T) => string,
  given: fc.Arbitrary<T>,
  deed: (about: { at: Region; finding: Fields; value: T }, real: AuditedEstate, estate: Estate) => unknown,
) =>
  fc.tuple(region, fc.nat({ max: 9 }), given).map(([at, which, value]) =>
    move(`${at}: ${words(which, value)}`, async ({ estate }, real) => {
      const findings = real.findings(at);
      const finding = findings[which % Math.max(1, findings.length)];
      if (finding) await deed({ at, finding, value }, real, estate);
    }),
  );

const findingsWriter = [
  onFinding(
    (which) => `finding ${which} is suppressed`,
    nothing,
    ({ at, finding }, real) => real.suppress(at, finding),
  ),
  onFinding(
    (which, value) => `finding ${which} is ${value}`,
    fc.constantFrom(...Object.keys(forgeries)),
    ({ at, finding, value }, real, estate) => {
      estate.now += 1_000;
      return real.forge(at, { ...finding, ...forgeries[value], UpdatedAt: new Date(estate.now).toISOString() });
    },
  ),
];

/** An account that the default bus admits. */
const busWriter = [
  onFinding(
    (which, headline) => `another account says of finding ${which}: ${headline}`,
    fc.constantFrom('resolved', 'withdrawn and not known to be fixed', 'HIGH'),
    ({ finding, value }, real) => real.foreignEvent(value, String(finding['Id'])),
  ),
];

const onRegion = <K extends keyof RegionState>(key: K, values: readonly RegionState[K][]) =>
  fc.tuple(region, fc.constantFrom(...values)).map(([at, value]) =>
    move(`${at}: ${key} becomes ${String(value) || 'none'}`, ({ estate }) => {
      estate.regions[at][key] = value;
    }),
  );

const setsTo = <K extends 'account' | 'controls' | 'scope' | 'excluded' | 'waived'>(
  key: K,
  ...values: readonly Estate[K][]
) =>
  fc.constantFrom(...values).map((to) =>
    move(`${key} becomes ${JSON.stringify(to ?? 'none')}`, ({ estate }) => {
      estate[key] = to;
    }),
  );

const accountAdmin = [
  onRegion('securityHub', ['on', 'off', 'unreadable', 'unwritable']),
  onRegion('access', ['open', 'open', 'denied', 'off']),
  onRegion('isEc2Denied', [false, true]),
  onRegion('documents', [['ours'], ['ours', 'lying'], ['lying'], []]),
  setsTo('account', 'active', 'suspended'),
];

const settings = [
  setsTo('controls', [slugs.ca], [slugs.port], [slugs.ca, slugs.port], [slugs.ca, slugs.port]),
  setsTo('scope', 'node-group', 'node-group', 'node', 'cluster'),
  setsTo('excluded', undefined, undefined, ...regions),
  setsTo('waived', undefined, { control: slugs.ca, group: 'workers' }),
];

const runsAfter = (range: { readonly min: number; readonly max: number }) =>
  fc.integer(range).map((minutes) =>
    move(`after ${minutes} minutes, a run`, async ({ estate, law }) => {
      estate.pass(minutes);
      await law.run();
    }),
  );
const night = runsAfter({ min: 16, max: 3_000 });
const early = runsAfter({ min: 1, max: 14 });

const nights = fc.constant(
  move('four nights, a run in each', async ({ estate, law }) => {
    for (let count = 0; count < 4; count += 1) {
      estate.pass(1_440);
      await law.run();
    }
  }),
);

/** Who moves, by what they may do. */
const actors = {
  truth,
  rootOfNode,
  clusterAdmin,
  tagger,
  taggingAdmin,
  findingsWriter,
  busWriter,
  machineOwner,
  hybridAdmin,
  groupTagger,
  misfortune,
  prefixWriter,
  accountAdmin,
  settings,
} as const;
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
  for (const at of sites) {
    estate.launch(at, { group: 'workers', running: 'no-ca' });
    estate.launch(at, { group: 'spot', running: 'good' });
  }
  for (const at of ['blue', 'twin'] as const) estate.register(at, 'no-ca');
  // Nothing but its tags says of which cluster it is, and no label of which group.
  estate.launch('blue', { group: 'fleet', running: 'no-ca', isManaged: false });
}
