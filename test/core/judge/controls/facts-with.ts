import type { Cluster, ClusterNode, KubeletFacts } from '../../../../lambda/core/model/model.ts';
import type { ServingCertificateFacts } from '../../../../lambda/core/model/node-facts.ts';
import { type SettingPath, type SettingValue, settings } from '../../../../lambda/core/model/settings.ts';
import { settingFacts } from '../../../../lambda/core/read/kubelet/setting-facts.ts';
import { auditOf } from '../../findings/compliant-audit.ts';
/** A node of Amazon Linux 2023, but for what is given. */
export const nodeWith = (change: Partial<ClusterNode> = {}): ClusterNode => {
  const machine = { status: 'confirmed', instanceId: 'i-1' } as const;
  const group = { kind: 'managed', name: 'workers' } as const;
  return { key: 'i-1', name: 'node-a', machine, kind: 'al2023', group, ...change };
};

export const soundCertificate = {
  state: 'shown',
  at: 'port 10250',
  subject: 'CN=system:node:a, O=system:nodes',
  issuer: 'CN=kubernetes',
  sha256: 'ab'.repeat(32),
  notBefore: '2026-01-01T00:00:00.000Z',
  notAfter: '2027-01-01T00:00:00.000Z',
  signedBy: 'cluster-ca',
  forServers: true,
  namesNode: true,
  keyProven: true,
  isOfNode: true,
} as const satisfies ServingCertificateFacts;

/** A cluster whose own CA has these SHA-256. */
export function clusterWith(caFingerprints: readonly string[]): Cluster {
  const { cluster } = auditOf([]);
  return cluster.endpoint ? { ...cluster, endpoint: { ...cluster.endpoint, caFingerprints } } : cluster;
}

/** A compliant running kubelet, but for the given settings. */
export function factsWith(changes: Partial<Record<SettingPath, SettingValue | undefined>>): KubeletFacts {
  const values = new Map<string, SettingValue | undefined>([
    ['authentication.x509.clientCAFile', '/etc/kubernetes/pki/ca.crt'],
    ['featureGates.RotateKubeletServerCertificate', true],
    ...Object.entries(changes),
  ]);
  const valueAt = (path: SettingPath) => (values.has(path) ? values.get(path) : settings[path].default);
  const known = settingFacts((path) => ({ state: 'known', value: valueAt(path), origin: { from: 'running' } }));
  return { via: 'configz', settings: known, notes: [] };
}
