import { describe, expect, it } from 'vitest';
import type { FindingStatus } from '../../../../lambda/core/findings/asff/compliance.ts';
import { recommendation, remediation } from '../../../../lambda/core/findings/remedies/remediation-text.ts';
import { type Remedy, remedies, remedyFor } from '../../../../lambda/core/findings/remedies/remedy.ts';
import type { About } from '../../../../lambda/core/judge/control.ts';
import { controls } from '../../../../lambda/core/judge/controls/index.ts';
import { flagOf } from '../../../../lambda/core/judge/controls/shared/about.ts';
import type { ClusterNode } from '../../../../lambda/core/model/model.ts';
import { type NodeGroup, type NodeKind, nodeKinds } from '../../../../lambda/core/model/model.ts';
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
    ['al2', managed, ca, '/etc/systemd/system/kubelet.service.d'],
    ['bottlerocket', managed, ca, 'settings.kubernetes.standalone-mode'],
    ['bottlerocket', managed, 'eventRecordQPS', 'what settings.kubernetes offers for eventRecordQPS'],
    ['ubuntu', managed, ca, 'snap set kubelet-eks'],
    ['windows', managed, ca, '-KubeletExtraArgs'],
    ['hybrid', managed, ca, 'nodeadm init'],
    ['auto-mode', pool, ca, 'AWS runs this kubelet'],
    ['fargate', managed, ca, 'AWS runs this kubelet'],
    ['linux', managed, 'readOnlyPort', '--read-only-port'],
  ])('tells %s nodes of %o how to fix %s: by %s', (kind, group, setting, text) => {
    expect(
      remediation({ ...clientCa, about: { kind: 'setting', setting } }, asked('fail', { kind, group })).Text,
    ).toContain(text);
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
    for (const setting of settingPaths) {
      for (const group of [managed, pool]) {
        for (const status of ['fail', 'unknown'] as const) {
          const expected = 'the absolute path of a bundle of certificates';
          const { Text, Url } = remediation(
            { about: { kind: 'setting', setting }, expected },
            asked(status, { kind, group }),
          );

          expect(Text.length, Text).toBeLessThanOrEqual(512);
          expect(Text).toMatch(/\.$/);
          expect(Url).toMatch(/^https:\/\//);
        }
      }
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
    recommendation({ about, expected: 'EXPECTED', ...(own !== undefined && { remedy: own }) }, remedy).Text;
  const flag: About = { kind: 'flag', flag: 'hostname-override' };
  const file = (property: 'mode' | 'owner'): About => ({ kind: 'file', file: 'kubeconfig', property });

  it.each<[Remedy, readonly string[]]>([
    ['nodeadm', ['spec.kubelet.flags of the NodeConfig', 'then roll out new nodes.', 'nodeadm sets it on its own']],
    ['karpenter', ['the user data of the EC2NodeClass', 'then let Karpenter replace the drifted nodes.']],
    ['al2', ['bootstrap.sh --kubelet-extra-args', 'kubelet.service.d, then roll out new nodes.']],
    ['bottlerocket', ['settings.kubernetes.hostname-override', 'then replace the nodes.']],
    ['ubuntu', ['snap get kubelet-eks', 'then roll out new nodes.']],
    ['linux', ["the kubelet's unit", 'then restart the kubelet.']],
    ['windows', ['-KubeletExtraArgs', 'then replace the nodes.']],
    ['hybrid', ['spec.kubelet.flags of the NodeConfig', 'then run nodeadm init again on the node.']],
    ['aws', ['cannot be changed by you']],
  ])('of a flag on %s says where it comes from, and what then', (remedy, words) => {
    for (const word of ['--hostname-override', '(expected EXPECTED)', ...words])
      expect(of(remedy, flag)).toContain(word);
  });

  it.each<[Remedy, readonly string[]]>([
    ['nodeadm', ['writes the file anew at each boot', 'roll out new nodes.']],
    ['karpenter', ['spec.userData of the EC2NodeClass', 'Karpenter then replaces the drifted nodes.']],
    ['al2', ['bootstrap.sh writes the file at the first boot', 'new nodes are right too.']],
    ['bottlerocket', ['Bottlerocket generates the file', 'find out who did, and replace the node.']],
    ['ubuntu', ['after bootstrap.sh', 'new nodes are right too.']],
    ['linux', ['Change the image or the user data too', 'new nodes start that way.']],
    ['windows', ['access lists instead of this', 'only SYSTEM and Administrators']],
    ['hybrid', ['nodeadm init writes the file anew', 'fix that.']],
    ['aws', ['AWS runs this kubelet', 'replace the node.']],
  ])('of a file on %s says who writes it, and what then', (remedy, words) => {
    for (const word of ['--kubeconfig', 'EXPECTED', ...words]) expect(of(remedy, file('mode'))).toContain(word);
  });

  it('of a file begins with the command, where there is one', () => {
    const begins = (property: 'mode' | 'owner') =>
      remedies.flatMap((remedy) => /^Run .*?\. /.exec(of(remedy, file(property)))?.[0] ?? []);
    expect(begins('mode')).toEqual(
      Array(6).fill('Run chmod 644 on the file that --kubeconfig names (mode expected: EXPECTED). '),
    );
    expect(begins('owner')).toEqual(
      Array(6).fill('Run chown root:root on the file that --kubeconfig names (owner expected: EXPECTED). '),
    );
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
    expect(of(remedy, content)).toMatch(
      /^Fix the content of the file that authentication\.x509\.clientCAFile names \(expected EXPECTED\)\. [A-Z]/,
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
    const lost = settingPaths.filter((setting) =>
      of('bottlerocket', { kind: 'setting', setting }).includes('standalone'),
    );
    expect(lost).toEqual([
      'authentication.x509.clientCAFile',
      'authentication.anonymous.enabled',
      'authentication.webhook.enabled',
      'authorization.mode',
    ]);
  });

  it('leads to the page of its own kind of node', () => {
    const urlOf = (remedy: Remedy, about: About) => recommendation({ about, expected: 'x' }, remedy).Url;
    const urls = Object.fromEntries(remedies.map((remedy) => [remedy, urlOf(remedy, flag)]));
    expect(urls).toMatchObject({
      nodeadm: expect.stringContaining('nodeadm/doc/api'),
      karpenter: expect.stringContaining('karpenter.sh/docs/concepts/nodeclasses'),
      al2: expect.stringContaining('userguide/launch-templates'),
      bottlerocket: expect.stringContaining('bottlerocket.dev/en/os/latest/#/api/settings/kubernetes'),
      ubuntu: expect.stringContaining('userguide/launch-templates'),
      linux: expect.stringContaining('kubernetes.io/docs/tasks/administer-cluster/kubelet-config-file'),
      windows: expect.stringContaining('eks-optimized-windows-ami'),
      hybrid: expect.stringContaining('hybrid-nodes-nodeadm'),
      aws: expect.stringContaining('userguide/automode'),
    });
    expect(urlOf('aws', { kind: 'cluster', what: 'x' })).toBe(
      'https://kubernetes.io/docs/reference/access-authn-authz/kubelet-authn-authz/',
    );
  });

  it('is that of the kind of node, but for pools of Karpenter, and for what AWS runs', () => {
    expect(nodeKinds.map((kind) => remedyFor({ kind, group: managed }))).toEqual(
      nodeKinds.map((kind) =>
        kind === 'al2023' ? 'nodeadm' : kind === 'auto-mode' || kind === 'fargate' ? 'aws' : kind,
      ),
    );
    expect(nodeKinds.map((kind) => remedyFor({ kind, group: pool }))).toEqual(
      nodeKinds.map((kind) => (kind === 'auto-mode' || kind === 'fargate' ? 'aws' : 'karpenter')),
    );
  });
});

describe('what makes it readable', () => {
  const Url = 'https://docs.aws.amazon.com/eks/latest/userguide/access-entries.html';
  const direct = 'let the audit reach port 10250 of the node and grant it get on nodes/configz (Kubernetes 1.33)';
  const configz =
    'let the API server reach the kubelet and grant the audit get on nodes/proxy (an access entry and its RBAC)';

  it.each<[NodeKind, string]>([
    ['al2023', 'let SSM manage the node and deploy the probe document'],
    ['auto-mode', 'SSM does not reach nodes that AWS runs'],
    ['fargate', 'SSM does not reach nodes that AWS runs'],
    ['windows', 'the probe document of SSM reads Linux only'],
    ['hybrid', 'register the node with SSM, which IAM Roles Anywhere does not do, and deploy the probe document'],
  ])('on a node of kind %s', (kind, ssm) => {
    expect(remediation(clientCa, asked('unknown', { kind }))).toEqual({
      Text: `The kubelet could not be read, so nothing is proved. The status reasons say what answered. To have it read: ${direct}; or ${configz}; or ${ssm}.`,
      Url,
    });
    const about: About = { kind: 'file', file: 'config', property: 'mode' };
    expect(remediation({ about, expected: 'x' }, asked('unknown', { kind }))).toEqual({
      Text: `The mode of the file that --config names could not be seen, so nothing is proved. Only SSM shows it: ${ssm}, and audit with every source. The status reasons say what answered.`,
      Url,
    });
  });

  it('of the cluster itself names every right', () => {
    expect(remediation({ about: { kind: 'cluster', what: 'x' }, expected: 'x' }, asked('unknown'))).toEqual({
      Text: 'Not everything that decides could be read, so nothing is proved; the status reasons say what. Grant the audit list on clusterroles and clusterrolebindings and get on the ConfigMap aws-auth (eks-kubelet-audit grant --controls), and its role eks:ListAccessEntries, DescribeAccessEntry and ListAssociatedAccessPolicies. A principal whose access policy AWS does not publish goes into allowedProxyHolders.',
      Url,
    });
  });
});

const asked = (status: FindingStatus, change: Partial<ClusterNode> = {}) => ({
  node: node(1, change),
  status,
  sources: undefined,
});

const namedIn = (about: About): string =>
  about.kind === 'setting' || about.kind === 'content' ? about.setting : flagOf(about);
