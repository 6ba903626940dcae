import type { Evidence, HeldRight, Verdict } from '../../model/model.ts';
import { howMany, nameList, printable } from '../../model/text/words.ts';
import type { ClusterFacts, Control, JudgeClusterOptions } from '../control.ts';
import { type ProxyHolder, proxyHolders } from '../proxy-holders.ts';
import { type FoundWaiver, findAllowance } from '../waivers/find-waiver.ts';
import { numbered } from './shared/numbered.ts';

/** So many are named in a result; the others are counted. */
const mostNamed = 200;
const mostInText = 8;
const mostWays = 5;

const expected = 'none but those of Kubernetes, of EKS and in allowedProxyHolders';

/**
 * CIS Amazon EKS 1.8.0 4.1.10, "Minimize access to the proxy sub-resource of Node objects": a principal with this access can run commands in every
 * pod. One holder that was seen is a failure, even if other lists could not be read. A pass needs all of them.
 */
export const clusterProxyHolders: Control = {
  slug: 'cluster-proxy-holders',
  about: { kind: 'cluster', what: 'subjects that reach nodes/proxy' },
  title: 'Only allowed principals must reach kubelets through the API server - nodes/proxy',
  failure: 'nodes/proxy held by others',
  rationale:
    'A principal that may get nodes/proxy runs commands in every pod of the cluster, past admission control, and on the kubelets’ own port past the API server’s audit log.',
  expected,
  severity: 'HIGH',
  numbers: numbered({ '1.8.0 to 2.0.0': '4.1.10 M' }),
  suspectWhenRefused: false,
  optIn: true,
  remedy:
    'Take nodes/proxy (and wildcards that hold it) out of the ClusterRoles of these bindings, or delete the bindings; give IAM principals an access policy without it. To read metrics or configuration, nodes/metrics or nodes/configz is enough. List what must stay in allowedProxyHolders, with owner and expiry.',
  caveats: [
    'Opt-in: it needs rights of its own, which `grant --controls` and the stack give when it is chosen (docs/access.md).',
    'Who may give themselves the right (escalate, bind, impersonate, tokens of service accounts, the nodes themselves, client certificates) is not looked for.',
    'Our own identity is a holder like others where it reads kubelets through the API server; the source direct needs no nodes/proxy.',
  ],
  judge: () => ({ status: 'not-applicable', because: 'it is about the cluster, not about one kubelet' }),
  judgeCluster,
};

function judgeCluster(facts: ClusterFacts, options: JudgeClusterOptions): Verdict {
  const held = proxyHolders(facts.grants).map((each) => heldRight(each, options));
  const open = held.filter(({ standing }) => standing === 'not-allowed' || standing === 'expired');
  const evidence = evidenceOf(held, open, facts);

  if (open.some(({ unsure }) => !unsure)) return { status: 'fail', evidence };
  const unknown = [
    ...facts.unread,
    ...open.map(
      ({ kind, name, ways }) => `whether ${kind} ${printable(name, 150)} reaches it is not known (${ways[0]})`,
    ),
  ];
  if (unknown.length > 0) return { status: 'unknown', because: printable(unknown.join('; '), 1000) };
  return { status: 'pass', evidence };
}

function heldRight(holder: ProxyHolder, options: JudgeClusterOptions): HeldRight {
  const { kind, name, ways, system, ours } = holder;
  const allowance = system ? undefined : allowanceOf(holder, options);

  return {
    kind,
    name: printable(name, 300),
    standing: system ? 'system' : standingOf(allowance),
    ways: [
      ...ways.slice(0, mostWays).map(({ text }) => text),
      ...(ways.length > mostWays ? [`and ${howMany(ways.length - mostWays, 'more way')}`] : []),
    ],
    ...(ours && { ours }),
    ...(ways.every(({ unsure }) => unsure) && { unsure: true as const }),
    ...(allowance && { allowance: allowance.mark }),
  };
}

function standingOf(allowance: FoundWaiver | undefined): HeldRight['standing'] {
  if (allowance === undefined) return 'not-allowed';
  return allowance.state === 'active' ? 'allowed' : 'expired';
}

/** Its own allowance. An IAM principal that has the right only through allowed groups or names gets the allowance among those that ends first. */
function allowanceOf({ kind, name, ways }: ProxyHolder, options: JudgeClusterOptions): FoundWaiver | undefined {
  const { cluster, waivers, now } = options;
  const allowanceFor = (holder: Pick<ProxyHolder, 'kind' | 'name'>) => findAllowance({ cluster, holder }, waivers, now);
  const own = allowanceFor({ kind, name });
  if (own?.state === 'active' || kind !== 'IAM') return own;

  const through = ways.map(({ as }) => as && allowanceFor(as));
  const [first] = through
    .flatMap((each) => each ?? [])
    .toSorted((one, other) => (one.mark.until < other.mark.until ? -1 : 1));
  return through.every((each) => each?.state === 'active')
    ? first
    : (own ?? through.find((each) => each?.state === 'expired'));
}

function evidenceOf(held: readonly HeldRight[], open: readonly HeldRight[], facts: ClusterFacts): Evidence {
  const named = [...open, ...held.filter((each) => !open.includes(each))];
  const allowed = held.filter(({ standing }) => standing === 'allowed').length;
  const expired = open.flatMap(({ kind, name, standing, allowance }) => {
    if (standing !== 'expired' || !allowance) return [];
    const { until, by, reason } = allowance;
    return [printable(`the allowance of ${kind} ${name} expired on ${until} (by ${by}: ${reason})`, 300)];
  });
  return {
    setting: 'subjects that reach nodes/proxy',
    value: valueText(open, held.length),
    expected,
    origin: { from: 'grants' },
    via: 'apis',
    notes: [
      ...(open.some(({ ours }) => ours) ? ['this audit is one of them: it reads kubelets through the API server'] : []),
      ...expired.slice(0, mostInText),
      ...facts.unread.map((each) => `not wholly read: ${printable(each, 250)}`),
      ...(allowed > 0 ? [`${howMany(allowed, 'holder')} allowed until a date`] : []),
      ...(named.length > mostNamed ? [`${named.length - mostNamed} more holders than are named here`] : []),
    ],
    holders: named.slice(0, mostNamed),
    ...(facts.proof && { proof: facts.proof }),
  };
}

function valueText(open: readonly HeldRight[], all: number): string {
  if (open.length === 0) return `${all}, all of them known`;

  const names = open.map(({ kind, name, ours }) => `${kind} ${name}${ours ? ' (this audit)' : ''}`);
  return printable(`${howMany(open.length, 'unknown subject')}: ${nameList(names, mostInText)}`, 1000);
}
