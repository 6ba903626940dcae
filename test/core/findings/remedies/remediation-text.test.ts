import { describe, expect, it } from 'vitest';
import type { FindingStatus } from '../../../../lambda/core/findings/description.ts';
import { recommendation, remediation } from '../../../../lambda/core/findings/remedies/remediation-text.ts';
import { type Remedy, remedies, remedyFor } from '../../../../lambda/core/findings/remedies/remedy.ts';
import type { About } from '../../../../lambda/core/judge/control.ts';
import { controls } from '../../../../lambda/core/judge/controls/index.ts';
import { flagOf } from '../../../../lambda/core/judge/controls/shared/about.ts';
import { type ClusterNode, type NodeGroup, type NodeKind, nodeKinds } from '../../../../lambda/core/model/model.ts';
import { type SettingPath, settingPaths } from '../../../../lambda/core/model/settings.ts';
import { clientCa, node } from '../compliant-audit.ts';

const ca: SettingPath = 'authentication.x509.clientCAFile';
const managed: NodeGroup = { kind: 'managed', name: 'workers' };
const pool: NodeGroup = { kind: 'karpenter', name: 'spot' };

describe('remediation', () => {
  it.each<[NodeKind, NodeGroup, SettingPath, string]>([
    ['al2023', managed, ca, 'spec.kubelet.config.authentication.x509.clientCAFile'],
    ['al2023', managed, ca, '/etc/eks/nodeadm.d'],
    ['al2023', pool, ca, 'EC2NodeClass'],
    ['bottlerocket', managed, ca, 'settings.kubernetes.standalone-mode'],
    ['bottlerocket', managed, 'eventRecordQPS', 'settings.kubernetes'],
    ['al2', managed, ca, '/etc/systemd/system/kubelet.service.d'],
    ['ubuntu', managed, ca, 'snap set kubelet-eks'],
    ['windows', managed, ca, '-KubeletExtraArgs'],
    ['hybrid', managed, ca, 'nodeadm init'],
    ['fargate', managed, ca, 'AWS runs this kubelet'],
    ['linux', managed, 'readOnlyPort', '--read-only-port'],
  ])('names for %s nodes of %o how to fix %s: by %s', (kind, group, setting, text) => {
    const about = { kind: 'setting', setting } as const;
    expect(remediation({ ...clientCa, about }, asked('fail', { kind, group })).Text).toContain(text);
  });

  it.each([
    [['direct', 'ssm'], ['nodes/configz'], ['nodes/proxy']],
    [['configz'], ['nodes/proxy'], ['nodes/configz']],
    [['ssm'], ['SSM'], ['nodes/proxy', 'nodes/configz']],
  ] as const)('names the right that the sources %o need, and no other', (sources, named, unnamed) => {
    const { Text } = remediation(clientCa, { ...asked('unknown'), sources });
    for (const word of named) expect(Text).toContain(word);
    for (const word of unnamed) expect(Text).not.toContain(word);
  });

  it.each(nodeKinds)('is whole, not cut, for every setting of %s nodes', (kind) => {
    const expected = 'the absolute path of a bundle of certificates';
    const statuses = ['fail', 'unknown'] as const;
    const asks = [managed, pool].flatMap((group) => statuses.map((status) => asked(status, { kind, group })));
    for (const setting of settingPaths)
      for (const each of asks) {
        const { Text, Url } = remediation({ ...clientCa, about: { kind: 'setting', setting }, expected }, each);
        expect(Text.length, Text).toBeLessThanOrEqual(512);
        expect(Text).toMatch(/\.$|run: eks-kubelet-audit .*[a-z0-9]$/);
        expect(Url).toMatch(/^https:\/\//);
      }
  });

  it.each(controls)('is whole for $slug on every kind of node, and names what it is about', (control) => {
    for (const remedy of remedies) {
      const { Text } = recommendation(control, remedy);
      expect(Text.length, Text).toBeLessThanOrEqual(512);
      expect(Text).toMatch(/\.$/);
      if (control.remedy === undefined) expect(Text).toContain(namedIn(control.about));
    }
  });
});

describe('a remedy', () => {
  const of = (remedy: Remedy, about: About, own?: string) =>
    recommendation({ slug: 'x', about, expected: 'EXPECTED', ...(own !== undefined && { remedy: own }) }, remedy).Text;
  const flag: About = { kind: 'flag', flag: 'hostname-override' };
  const file = (property: 'mode' | 'owner'): About => ({ kind: 'file', file: 'kubeconfig', property });

  it.each<[Remedy, readonly string[]]>([
    ['nodeadm', ['spec.kubelet.flags of the NodeConfig', 'then roll out new nodes.', 'nodeadm sets it, too']],
    ['karpenter', ['the user data of the EC2NodeClass', 'then let Karpenter replace the drifted nodes.']],
    ['al2', ['bootstrap.sh --kubelet-extra-args', 'kubelet.service.d, then roll out new nodes.']],
    ['bottlerocket', ['settings.kubernetes.hostname-override', 'then replace the nodes.']],
    ['ubuntu', ['snap get kubelet-eks', 'then roll out new nodes.']],
    ['linux', ["the kubelet's unit", 'then restart the kubelet.']],
    ['windows', ['-KubeletExtraArgs', 'then replace the nodes.']],
    ['hybrid', ['spec.kubelet.flags of the NodeConfig', 'then run nodeadm init again on the node.']],
    ['aws', ["you can't change"]],
  ])('of a flag on %s says where it comes from, and what then', (remedy, words) => {
    for (const word of ['--hostname-override', '(expected EXPECTED)', ...words])
      expect(of(remedy, flag)).toContain(word);
  });

  it.each<[Remedy, readonly string[]]>([
    ['nodeadm', ['rewrites the file at each boot', 'roll out new nodes.']],
    ['karpenter', ['spec.userData of the EC2NodeClass', 'Karpenter then replaces the drifted nodes.']],
    ['al2', ['bootstrap.sh writes the file at the first boot', "launch template's user data"]],
    ['bottlerocket', ['Bottlerocket generates the file', 'replace the node.']],
    ['ubuntu', ['after bootstrap.sh', "launch template's user data"]],
    ['linux', ['Change the image or the user data too']],
    ['windows', ['access lists instead of', 'only SYSTEM and Administrators']],
    ['hybrid', ['nodeadm init rewrites the file']],
    ['aws', ['AWS runs this kubelet', 'Replace the node.']],
  ])('of a file on %s says who writes it, and what then', (remedy, words) => {
    for (const word of ['--kubeconfig', 'EXPECTED', ...words]) expect(of(remedy, file('mode'))).toContain(word);
  });

  it('of a file begins with the command, where there is one', () => {
    const begins = (property: 'mode' | 'owner') =>
      remedies.flatMap((remedy) => /^Run .*?\. /.exec(of(remedy, file(property)))?.[0] ?? []);
    const [mode, owner] = [begins('mode'), begins('owner')];
    expect([mode.length, owner.length]).toEqual([6, 6]);
    const where = 'on the file that --kubeconfig names';
    expect([...new Set([...mode, ...owner])]).toEqual([
      `Run chmod 644 ${where} (mode expected: EXPECTED). `,
      `Run chown root:root ${where} (owner expected: EXPECTED). `,
    ]);
  });

  it.each<[Remedy, RegExp]>([
    ['nodeadm', /user data of the launch template or in the image, then roll out new nodes\.$/],
    ['karpenter', /EC2NodeClass; Karpenter then replaces the drifted nodes\.$/],
    ['al2', /user data of the launch template, then roll out new nodes\.$/],
    ['bottlerocket', /user data \(TOML\), then replace the nodes\.$/],
    ['ubuntu', /user data of the launch template or in the image, then roll out new nodes\.$/],
    ['linux', /Change it in the image or the user data, then roll out new nodes\.$/],
    ['windows', /user data of the launch template, then replace the nodes\.$/],
    ['hybrid', /NodeConfig of the hybrid node, and run nodeadm init again\.$/],
    ['aws', /replace the node, and open a case with AWS Support if new ones show the same\.$/],
  ])('of what is inside of a file, or of its own words, ends on %s with how it reaches the nodes', (remedy, end) => {
    const content: About = { kind: 'content', setting: ca };
    const fix = 'Fix the content of the file that authentication.x509.clientCAFile names (expected EXPECTED). ';
    expect(of(remedy, content).startsWith(fix)).toBe(true);
    expect(of(remedy, { kind: 'connection', what: 'shown serving certificate' })).toBe(
      of(remedy, content).replace(fix, 'Fix the shown serving certificate (expected EXPECTED). '),
    );
    expect(of(remedy, content)).toMatch(end);
    expect(of(remedy, content, 'Do this.')).toMatch(/^Do this\. [A-Z]/);
    expect(of(remedy, content, 'Do this.')).toMatch(end);
  });

  it('of the cluster has no nodes to reach', () => {
    const cluster: About = { kind: 'cluster', what: 'holders' };
    expect(of('al2', cluster)).toBe('Change the holders (expected EXPECTED).');
    expect(of('al2', cluster, 'Do this.')).toBe('Do this.');
  });

  it('of a setting on Bottlerocket is standalone mode where only that loses it', () => {
    const textOf = (setting: SettingPath) => of('bottlerocket', { kind: 'setting', setting });
    const lost = settingPaths.filter((setting) => textOf(setting).includes('standalone'));
    const authentication = ['authentication.anonymous.enabled', 'authentication.webhook.enabled'];
    expect(lost).toEqual([ca, ...authentication, 'authorization.mode']);
  });

  it('leads to the page of its own kind of node', () => {
    const urlOf = (remedy: Remedy, about: About) => recommendation({ slug: 'x', about, expected: 'x' }, remedy).Url;
    const pages: Readonly<Record<Remedy, string>> = {
      nodeadm: 'nodeadm/doc/api',
      karpenter: 'karpenter.sh/docs/concepts/nodeclasses',
      al2: 'userguide/launch-templates',
      bottlerocket: 'bottlerocket.dev/en/os/latest/#/api/settings/kubernetes',
      ubuntu: 'userguide/launch-templates',
      linux: 'kubernetes.io/docs/tasks/administer-cluster/kubelet-config-file',
      windows: 'eks-optimized-windows-ami',
      hybrid: 'hybrid-nodes-nodeadm',
      aws: 'userguide/automode',
    };
    for (const remedy of remedies) expect(urlOf(remedy, flag)).toContain(pages[remedy]);
    const page = 'https://kubernetes.io/docs/reference/access-authn-authz/kubelet-authn-authz/';
    expect(urlOf('aws', { kind: 'cluster', what: 'x' })).toBe(page);
  });

  it('is that of the kind of node, but for pools of Karpenter, and for what AWS runs', () => {
    for (const kind of nodeKinds) {
      const byAws = kind === 'auto-mode' || kind === 'fargate';
      const own = kind === 'al2023' ? 'nodeadm' : kind;
      expect(remedyFor({ kind, group: managed })).toBe(byAws ? 'aws' : own);
      expect(remedyFor({ kind, group: pool })).toBe(byAws ? 'aws' : 'karpenter');
    }
  });
});

describe('what makes it readable', () => {
  const of = (about: About, kind: NodeKind) =>
    remediation({ slug: 'x', about, expected: 'x' }, asked('unknown', { kind }));

  it.each<[NodeKind, string]>([
    ['al2023', 'let SSM manage the node'],
    ['auto-mode', 'SSM does not reach nodes that AWS runs'],
    ['fargate', 'SSM does not reach nodes that AWS runs'],
    ['windows', 'reads Linux only'],
    ['hybrid', 'register the node with SSM'],
  ])('on a node of kind %s is what each source needs there', (kind, ssm) => {
    const { Text, Url } = remediation(clientCa, asked('unknown', { kind }));
    for (const each of ['nodes/configz', 'nodes/proxy', ssm]) expect(Text).toContain(each);
    expect(Url).toMatch(/access-entries/);

    const file = of({ kind: 'file', file: 'config', property: 'mode' }, kind).Text;
    for (const each of ['Only SSM shows it', '--complete', ssm]) expect(file).toContain(each);
    expect(file).not.toContain('nodes/');
    expect(of({ kind: 'connection', what: 'shown serving certificate' }, kind).Text).toContain('direct, tls and wire');
  });

  it('of the cluster itself names every right', () => {
    const { Text } = of({ kind: 'cluster', what: 'x' }, 'linux');
    for (const each of ['clusterrolebindings', 'aws-auth', 'ListAccessEntries', 'ListAssociatedAccessPolicies'])
      expect(Text).toContain(each);
  });
});

it.each<[FindingStatus, NodeKind, string | undefined]>([
  ['fail', 'al2023', 'eks-kubelet-audit remediate payments --region eu-central-1 --controls kubelet-client-ca-file'],
  ['unknown', 'al2023', 'eks-kubelet-audit doctor payments --region eu-central-1'],
  ['fail', 'fargate', undefined],
])('ends for %s on %s with the command to run next', (status, kind, command) => {
  const { Text } = remediation(clientCa, asked(status, { kind }));
  expect(/run: (.*)$/.exec(Text)?.[1]).toBe(command);
  const long = { name: 'n'.repeat(100), region: 'us-gov-west-1' };
  expect(remediation(clientCa, { ...asked(status, { kind }), cluster: long }).Text.length).toBeLessThanOrEqual(512);
});

const asked = (status: FindingStatus, change: Partial<ClusterNode> = {}) => {
  return { node: node(1, change), status, sources: undefined, cluster: { name: 'payments', region: 'eu-central-1' } };
};

const namedIn = (about: About) =>
  about.kind === 'setting' || about.kind === 'content' ? about.setting : flagOf(about);
