import { describe, expect, it } from 'vitest';
import { remediation } from '../../../lambda/core/findings/remediation-text.ts';
import { type SettingPath, settingPaths } from '../../../lambda/core/kubelet/settings.ts';
import type { NodeGroup, NodeKind } from '../../../lambda/core/model.ts';
import { clientCa, node } from './compliant-audit.ts';

const kinds: readonly NodeKind[] = [
  'al2',
  'al2023',
  'bottlerocket',
  'ubuntu',
  'linux',
  'windows',
  'hybrid',
  'auto-mode',
  'fargate',
];
const managed: NodeGroup = { kind: 'managed', name: 'workers' };
const pool: NodeGroup = { kind: 'karpenter', name: 'spot' };

describe('remediation', () => {
  it.each<[NodeKind, NodeGroup, SettingPath, string]>([
    ['al2023', managed, clientCa.setting, 'spec.kubelet.config.authentication.x509.clientCAFile'],
    ['al2023', managed, clientCa.setting, '/etc/eks/nodeadm.d'],
    ['al2023', pool, clientCa.setting, 'EC2NodeClass'],
    ['al2', managed, clientCa.setting, '/etc/systemd/system/kubelet.service.d'],
    ['bottlerocket', managed, clientCa.setting, 'settings.kubernetes.standalone-mode'],
    ['bottlerocket', managed, 'eventRecordQPS', 'what settings.kubernetes offers for eventRecordQPS'],
    ['ubuntu', managed, clientCa.setting, 'snap set kubelet-eks'],
    ['windows', managed, clientCa.setting, '-KubeletExtraArgs'],
    ['hybrid', managed, clientCa.setting, 'nodeadm init'],
    ['auto-mode', pool, clientCa.setting, 'AWS runs this kubelet'],
    ['fargate', managed, clientCa.setting, 'AWS runs this kubelet'],
    ['linux', managed, 'readOnlyPort', '--read-only-port'],
  ])('tells %s nodes of %o how to mend %s: by %s', (kind, group, setting, text) => {
    expect(remediation({ ...clientCa, setting }, node(1, { kind, group }), 'fail').Text).toContain(text);
  });

  it('tells what makes an unread kubelet readable', () => {
    expect(remediation(clientCa, node(1), 'unknown').Text).toContain('nodes/proxy');
  });

  it.each(kinds)('is whole, not cut, for every setting of %s nodes', (kind) => {
    for (const setting of settingPaths) {
      for (const group of [managed, pool]) {
        for (const status of ['fail', 'unknown'] as const) {
          const expected = 'the absolute path of a bundle of certificates';
          const { Text, Url } = remediation({ setting, expected }, node(1, { kind, group }), status);

          expect(Text.length, Text).toBeLessThanOrEqual(512);
          expect(Text).toMatch(/\.$/);
          expect(Url).toMatch(/^https:\/\//);
        }
      }
    }
  });
});
