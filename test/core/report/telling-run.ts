import { nothingPublished } from '../../../lambda/core/findings/lifecycle/difference.ts';
import { controlNamed } from '../../../lambda/core/judge/controls/catalogue/find-control.ts';
import { parseClusterArn } from '../../../lambda/core/model/cluster-arn.ts';
import type { Manifest } from '../../../lambda/core/model/manifest.ts';
import type { Access, ClusterNode, Evidence, HeldRight, Problem, Verdict } from '../../../lambda/core/model/model.ts';
import type { ReportedAudit, ReportedNode } from '../../../lambda/core/model/reported-audit.ts';
import type { HistoryLine } from '../../../lambda/core/report/history/history-line.ts';
import { type HistoryRun, runsOf } from '../../../lambda/core/report/history/posture-history.ts';
import type { RunEnd } from '../../../lambda/core/report/report.ts';
import { accessLike, auditOf, node } from '../findings/compliant-audit.ts';
import { line as lineOf } from './history/history-lines.ts';

/** A small run that has once everything that a report can show. */

const [clientCa, port, mode] = ['kubelet-client-ca-file', 'kubelet-read-only-port', 'kubelet-config-mode'] as const;
const [expiry, holders] = ['client-ca-expiry', 'cluster-proxy-holders'] as const;
const slugs: readonly string[] = [clientCa, port, mode, expiry, holders];
export const controls = slugs.map((slug) => controlNamed(slug, 'cis-eks-1.8.0'));

const evidence = (setting: string, value: string, change: Partial<Evidence> = {}): Evidence => {
  const seen = { expected: 'something else', origin: { from: 'running' }, via: 'configz', notes: [] } as const;
  return { setting, value, ...seen, ...change };
};
const proof = { readAt: '2026-11-24T10:00:01.000Z', sha256: 'ab'.repeat(32), keptSha256: 'cd'.repeat(32) };
const pass = (setting: string, value: string): Verdict => ({ status: 'pass', evidence: evidence(setting, value) });
const unread = (because: string): Verdict => ({ status: 'unknown', because });
const caPath = 'authentication.x509.clientCAFile';
const config = { from: 'file', file: '/etc/kubernetes/kubelet/config.json' } as const;
const closed = pass('readOnlyPort', '0');
const open: Verdict = { status: 'fail', evidence: evidence('readOnlyPort', '10255') };
const byConfigz = { via: 'configz', notes: [] } as const;
const mark = { until: '2026-12-31', by: 'team-payments', reason: 'replaced in January' };

const opened: Access = accessLike('fail', 'anonymous access; read-only port open');
const well: Access = accessLike('pass', 'the API server and all clients are authenticated and authorized');

type Change = Partial<Omit<ClusterNode, 'group'>> & { readonly group?: string };
const judged = (number: number, change: Change, rest: Omit<Partial<ReportedNode>, 'node'>): ReportedNode => {
  const group = { kind: 'managed', name: change.group ?? 'workers' } as const;
  return { node: node(number, { ...change, group }), failures: [], verdicts: {}, ...rest };
};

const { name: _, ...nameless } = node(4);
const refused = 'configz: the kubelet answers 401';
const drift = {
  setting: 'readOnlyPort',
  running: '10255',
  afterRestart: '0',
  origin: config,
  kind: 'edited-not-restarted',
  because: 'readOnlyPort runs as 10255, and its file says 0 since',
} as const;
const byEdit = evidence('readOnlyPort', '10255', { origin: config, via: 'ssm', notes: ['the file was edited'] });
const ofMode = { via: 'ssm', notes: ['looked at twice'] } as const;
const evil = { group: 'others', kind: 'bottlerocket', owner: '=mailto:<b>@evil.example' } as const;
const naLike = (because: string): Verdict => ({ status: 'not-applicable', because });
const warn = (because: string, saw?: Evidence): Verdict => ({ status: 'warn', because, ...(saw && { evidence: saw }) });

const first: Omit<ReportedNode, 'node' | 'failures'> = {
  facts: { via: 'configz', notes: ['seen from afar'] },
  access: opened,
  drift: [drift],
  verdicts: {
    [clientCa]: { status: 'fail', evidence: evidence(caPath, '(not set)', { proof, kubeletVersion: 'v1.34.9' }) },
    [port]: { status: 'fail', evidence: byEdit, waived: mark },
    [mode]: unread('modes and owners are seen by SSM only'),
    [expiry]: unread('only the path is seen'),
  },
};
const second: Omit<ReportedNode, 'node' | 'failures'> = {
  facts: { via: 'ssm', notes: [] },
  otherFacts: [byConfigz],
  access: accessLike('waived', 'waived: read-only port open'),
  verdicts: {
    [clientCa]: pass(caPath, '/etc/kubernetes/pki/ca.crt'),
    [port]: { ...open, waiverExpired: { ...mark, until: '2026-10-31' } } as Verdict,
    [mode]: warn('the mode is odd', evidence('mode of the file that --config names', '0664', ofMode)),
    [expiry]: pass(`content of the file that ${caPath} names`, 'in ten years'),
  },
};
const ofWindows = { [mode]: naLike('Windows has no modes'), [expiry]: naLike('AWS renews it') };
const third: Omit<ReportedNode, 'node'> = {
  access: accessLike('unknown', 'nothing was read'),
  failures: [{ via: 'configz', kind: 'kubelet-refused', because: 'the kubelet answers 401' }],
  verdicts: {
    [clientCa]: warn('the kubelet refused the API server: 401'),
    ...Object.fromEntries([port, mode, expiry].map((slug) => [slug, unread(refused)])),
  },
};
const nodes: readonly ReportedNode[] = [
  judged(1, { owner: 'payments' }, first),
  judged(2, evil, second),
  judged(3, {}, third),
  {
    ...judged(4, {}, {}),
    node: { ...nameless, kind: 'windows', group: { kind: 'self-managed', name: 'self-managed' } },
    facts: byConfigz,
    access: well,
    verdicts: { [clientCa]: pass(caPath, 'C:\\ca.crt'), [port]: closed, ...ofWindows },
  },
];

const held = (name: string, change: Partial<HeldRight>): HeldRight => {
  const ways = [`ClusterRoleBinding ${name}, ClusterRole debug: get on nodes/proxy`];
  return { kind: 'Group', name, standing: 'not-allowed', ways, ...change };
};

const ofCluster: Extract<Verdict, { readonly status: 'fail' }> = {
  status: 'fail',
  evidence: evidence('who holds nodes/proxy', '4 holders', {
    origin: { from: 'grants' },
    via: 'apis',
    holders: [
      held('ops', {}),
      held('dev', { standing: 'expired', allowance: { ...mark, until: '2026-09-30' } }),
      held('sre', { standing: 'allowed', allowance: mark }),
      held('system:masters', { standing: 'system' }),
    ],
  }),
};

/** As templates and files declare it: one node group's next node is right, one's is wrong by a line of a file, one's is not known. */
const byFile = { from: 'user-data', file: './infra/a b.tf', line: 12, key: 'readOnlyPort' } as const;
const opensPort: Verdict = { status: 'fail', evidence: evidence('readOnlyPort', '10255', { origin: byFile }) };
const nextOf = (name: string, verdicts: Readonly<Record<string, Verdict>>) => {
  const group = { kind: 'managed', name } as const;
  return { node: node(0, { key: `next node of ${name}`, group }), verdicts, source: 'launch template lt-1, version 7' };
};
const next = [
  nextOf('spot', { [mode]: unread('its AMI is not one of EKS') }),
  nextOf('others', { [clientCa]: { status: 'fail', evidence: evidence(caPath, '(not set)'), waived: mark } }),
  nextOf('workers', { [clientCa]: pass(caPath, '/ca.crt'), [port]: opensPort, [mode]: unread('it is not made yet') }),
];

/** Of a node reports take less than an audit has. */
const reported = (own: readonly ReportedNode[], change: Partial<Omit<ReportedAudit, 'nodes'>>): ReportedAudit => {
  return { ...auditOf([], change), nodes: own };
};

const problem = (what: string): Problem => {
  return { code: `${what}-failed`, message: `${what} did not answer`, remedy: `ask ${what} again` };
};

const blue: ReportedAudit = reported(nodes, {
  clusterVerdicts: { [holders]: ofCluster },
  controls: { lookedAt: slugs, leftOut: ['kubelet-config-owner', 'kubelet-kubeconfig-owner'] },
  inventory: { from: 'kubernetes', complete: true, withoutKubelet: [node(9)] },
  nextNodes: { nodes: next, complete: true },
  problems: [problem('STS')],
  notes: [{ code: 'direct-stood-aside', message: 'its own port was not asked', remedy: 'see the security group' }],
  published: {
    ...nothingPublished,
    imported: 3,
    created: 2,
    updated: 1,
    unchanged: 4,
    rejected: [{ id: 'id-1', code: 'InvalidInput', message: 'too long' }],
    notSent: [{ id: 'id-2', because: 'Security Hub is off' }],
  },
});

const greenArn = parseClusterArn('arn:aws:eks:eu-west-2:444455556666:cluster/green')!;
const at = (name: string) => ({ cluster: { ...blue.cluster, name, arn: { ...greenArn, name } } });

/** Whose nodes nobody could list; where all is well; and one outside of EKS, of which only the running port was seen. */
const green = reported([], {
  ...at('green'),
  inventory: { from: 'none', complete: false },
  clusterVerdicts: { [holders]: { status: 'unknown', because: 'nobody may list the bindings' } },
});
const good = { facts: byConfigz, access: well, verdicts: { [clientCa]: pass(caPath, '/ca.crt'), [port]: closed } };
const quiet = reported([judged(6, {}, good)], {
  ...at('quiet'),
  inventory: { from: 'tags', complete: true },
  clusterVerdicts: { [holders]: { ...ofCluster, waived: mark } },
  resultSha256: 'ef'.repeat(32),
});
const { arn: __, version: ___, ...elsewhere } = blue.cluster;
const onKind = { cluster: { ...elsewhere, name: 'kind' } };
const ofKind = [judged(7, {}, { facts: byConfigz, verdicts: { [port]: opensPort } })];
const declared = { declaredAt: { file: 'infra/b.tf', line: 3 }, group: 'spot' };
const kind = reported([...ofKind, judged(8, declared, { facts: byConfigz, verdicts: { [port]: open } })], onKind);

/** Those of which an ARN is known. */
export const inEks: readonly ReportedAudit[] = [quiet, blue, green];
export const everywhere: readonly ReportedAudit[] = [...inEks, kind];
export const problems: readonly Problem[] = [problem('EKS')];

/** Nodes of which AWS, another node or nobody says something else, in many groups and clusters. */
const odd: readonly Change[] = [
  { unlisted: true },
  { booting: true },
  { distrust: 'two nodes say that they are it' },
  { internalIpShared: true },
  { groupUnconfirmed: 'only its Node object names this group' },
  { claimed: 'elsewhere' },
  { notAdmitted: true },
  { alsoTaggedFor: ['red'] },
];
const sick = (number: number, change: Change): ReportedNode =>
  judged(number, change, {
    facts: byConfigz,
    access: opened,
    verdicts: {
      [port]: number % 4 === 0 ? unread(refused) : open,
      [clientCa]: warn('refused'),
      [mode]: naLike('none'),
    },
  });
const ofGroups = [0, 1, 2, 3].map((at) => sick(100 + at, { group: `pool-${at}`, owner: `team-${at % 2}` }));
const big = reported([...odd.map((change, at) => sick(10 + at, change)), ...ofGroups], {
  ...at('big'),
  controls: { lookedAt: slugs.slice(0, 3), leftOut: [] },
  inventory: { from: 'kubernetes', complete: true, machinesUnknown: true, contested: [node(300), node(301)] },
  problems: [problem('service 0'), problem('service 1')],
  suppressed: 2,
});
const smalls = [0, 1, 2].map((index) => {
  const claims = Array.from({ length: 4 * index }, (__, claim) => node(400 + claim, { claimed: 'without-machine' }));
  const change = { ...at(`c${index}`), inventory: { from: 'kubernetes', complete: true, claims } as const };
  return reported([judged(6, { claimed: 'without-machine' }, good)], { ...change, suppressed: index % 2 });
});
export const contradicted: readonly ReportedAudit[] = [big, ...smalls];

/** Saved files: no names, versions or ARN, what a connection shows, and a next node that is as right as the running ones. */
const { kubeletVersion: ____, name: _____, ...unnamed } = node(20);
const ofFile = (file: string, verdicts: ReportedNode['verdicts'], change: Partial<ReportedNode> = {}): ReportedNode => {
  return {
    node: { ...unnamed, key: file, group: { kind: 'self-managed', name: '-' } },
    failures: [],
    verdicts,
    ...change,
  };
};
const { keptSha256: ______, ...noCopy } = proof;
const lost = Object.fromEntries([clientCa, port, mode, expiry].map((slug) => [slug, unread(`no answer of ${slug}`)]));
const alike = Object.fromEntries([clientCa, port, mode, expiry].map((slug) => [slug, unread('the file is empty')]));
export const byHand: ReportedAudit = reported(
  [
    ofFile(
      'a.json',
      {
        [clientCa]: { status: 'fail', evidence: evidence(caPath, '', { via: 'tls', proof: noCopy }) },
        [port]: { status: 'pass', evidence: evidence('readOnlyPort', '0', { via: 'wire', notes: ['asked'] }) },
        [mode]: { status: 'warn', because: 'it may be', covered: mark },
      },
      { facts: { via: 'files', notes: ['by hand'] }, drift: [drift] },
    ),
    ofFile('b.json', alike),
    ofFile('c.json', alike, { access: accessLike('not-applicable', 'AWS runs it') }),
    ofFile('d.json', { ...lost, [expiry]: unread('the file is empty') }),
  ],
  {
    ...onKind,
    inventory: { from: 'saved', complete: false },
    clusterVerdicts: { [holders]: warn('some bindings are unread.') },
    controls: { lookedAt: slugs, leftOut: ['kubelet-serving-certificate'] },
    nextNodes: { nodes: [nextOf('idle', { [clientCa]: pass(caPath, '/ca.crt') })], complete: true },
    problems: [{ code: 'cut', message: 'its end is missing.', remedy: 'save it again…' }],
  },
);

const use = { waivers: 5, everyCluster: 1, everyNodeGroup: 2 };
export const waivers = { ...use, unmatched: 3, named: ['one of a cluster', 'one of a group'] };
export const matchedWaivers = { ...use, unmatched: 0, named: [] };

const manifest: Manifest = {
  program: { name: 'eks-kubelet-audit', version: '1.2.3', commit: null },
  caller: { arn: 'arn:aws:sts::111122223333:assumed-role/audit/ann' },
  settings: [
    { name: 'sources', value: 'configz,ssm', from: 'option' },
    { name: 'concurrency', value: '10', from: 'default' },
  ],
  sources: ['configz', 'ssm'],
  controls: { lookedAt: slugs, leftOut: [] },
  startedAt: '2026-11-24T10:00:00.000Z',
  finishedAt: '2026-11-24T10:01:00.000Z',
};
const none = { lookedAt: [], leftOut: slugs };
const unsaid = { caller: { unknown: 'STS said no' }, sources: ['saved files'], controls: none };
export const manifests: readonly Manifest[] = [manifest, { ...manifest, ...unsaid }];

const suspended = { code: 'account-suspended', message: 'it is suspended', remedy: '' };
export const coverage: NonNullable<RunEnd['coverage']> = {
  accounts: 2,
  regions: 3,
  clusters: { found: 5, audited: 3, gone: 1, failed: 1 },
  nodes: 5,
  unreadableNodes: 1,
  bootingNodes: 2,
  machinesWithoutKubelet: 1,
  nextNodes: [
    { accountId: '111122223333', region: 'eu-west-1', cluster: 'blue', groups: 3, failing: 1, unknown: 1, named: [] },
    { accountId: '444455556666', region: 'eu-west-2', cluster: 'quiet', groups: 1, failing: 1, unknown: 0, named: [] },
  ],
  failedItems: 1,
  complete: false,
  gaps: [
    { accountId: '444455556666', region: 'eu-west-1', problem: problem('EC2') },
    { accountId: '444455556666', region: 'eu-west-2', cluster: 'red', problem: problem('EC2') },
  ],
  skipped: [{ accountId: '777788889999', problem: suspended }],
};

const { startedAt, finishedAt } = manifest;
export const run = { startedAt, finishedAt, benchmark: 'cis-eks-1.8.0' };

const line = (day: number, open: HistoryLine['open'], change: Partial<HistoryLine> = {}): HistoryLine =>
  lineOf(day, { startedAt: `2026-11-${day}T10:00:00.000Z`, nodes: 4, unreadable: 1, open, runGaps: 1, ...change });
const fails = (control: string, group: string) => ({ control, group, standing: 'fail', nodes: 1 }) as const;

/** Two runs before it: in one of them something failed that passes now, and something that is not read any more. */
export const history: readonly HistoryRun[] = runsOf([
  line(20, [fails(clientCa, 'workers (managed)')], { unreadable: 0 }),
  line(22, [fails(expiry, 'gone (managed)'), fails(mode, 'workers (managed)')]),
  line(22, [], { cluster: 'quiet', account: '444455556666', region: 'eu-west-2', nodes: 1, unreadable: 0 }),
]);
