import type { Cluster, KubeletFacts } from '../../../../lambda/core/model/model.ts';
import { type SettingPath, type SettingValue, settings } from '../../../../lambda/core/model/settings.ts';
import { settingFacts } from '../../../../lambda/core/read/kubelet/setting-facts.ts';
import { auditOf } from '../../findings/compliant-audit.ts';

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
  return {
    via: 'configz',
    settings: settingFacts((path) => ({
      state: 'known',
      value: values.has(path) ? values.get(path) : settings[path].default,
      origin: { from: 'running' },
    })),
    notes: [],
  };
}
