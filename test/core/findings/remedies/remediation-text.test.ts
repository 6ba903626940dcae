import { describe, expect, it } from 'vitest';
import type { About } from '../../../../lambda/core/control.ts';
import { controls } from '../../../../lambda/core/controls/index.ts';
import { flagOf } from '../../../../lambda/core/controls/shared/about.ts';
import type { FindingStatus } from '../../../../lambda/core/findings/asff/compliance.ts';
import { recommendation, remediation } from '../../../../lambda/core/findings/remedies/remediation-text.ts';
import { remedies } from '../../../../lambda/core/findings/remedies/remedy.ts';
import { type SettingPath, settingPaths } from '../../../../lambda/core/kubelet/settings.ts';
import type { ClusterNode } from '../../../../lambda/core/model.ts';
import { type NodeGroup, type NodeKind, nodeKinds } from '../../../../lambda/core/model.ts';
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

  it('tells what makes an unread kubelet readable', () => {
    const { Text } = remediation(clientCa, asked('unknown'));
    expect(Text).toContain('nodes/proxy');
    expect(Text).toContain('nodes/configz');
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

  it.each(controls.filter(({ about }) => about.kind !== 'setting' && about.kind !== 'cluster'))(
    'sends whoever could not see $slug to SSM, not to configz',
    (control) => {
      const { Text } = remediation(control, asked('unknown'));
      expect(Text).toContain('Only SSM shows it');
      expect(Text).not.toContain('nodes/proxy');
    },
  );
});

const asked = (status: FindingStatus, change: Partial<ClusterNode> = {}) => ({
  node: node(1, change),
  status,
  sources: undefined,
});

const namedIn = (about: About): string =>
  about.kind === 'setting' || about.kind === 'content' ? about.setting : flagOf(about);
