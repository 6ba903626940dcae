import type { Control } from '../../../../lambda/core/judge/control.ts';
import { controls } from '../../../../lambda/core/judge/controls/index.ts';
import { evaluate } from '../../../../lambda/core/judge/evaluate.ts';
import type {
  ClusterAudit,
  ClusterNode,
  KubeletFacts,
  NodeAudit,
  NodeKind,
  Origin,
} from '../../../../lambda/core/model/model.ts';
import type { FileFacts } from '../../../../lambda/core/model/node-facts.ts';
import { type SettingPath, type SettingValue, settings } from '../../../../lambda/core/model/settings.ts';
import { settingFacts } from '../../../../lambda/core/read/kubelet/setting-facts.ts';
import { auditOf, node as nodeOf } from '../../findings/compliant-audit.ts';
import { soundCertificate } from '../../judge/controls/facts-with.ts';

/** Audits in which one thing is wrong, judged by the catalogue itself. */

export const clusterCa = 'ab'.repeat(32);
const otherCa = 'cd'.repeat(32);

/** Not a real certificate: it has the form of one. */
const caPem = '-----BEGIN CERTIFICATE-----\nTUlJRA==\n-----END CERTIFICATE-----\n';

const now = new Date('2026-11-24T10:00:00.000Z');

/** The main file of each kind that has one. */
export const mainFile: Readonly<Record<NodeKind, string>> = {
  al2: '/etc/kubernetes/kubelet/kubelet-config.json',
  al2023: '/etc/kubernetes/kubelet/config.json',
  bottlerocket: '/etc/kubernetes/kubelet/config',
  ubuntu: '/etc/kubernetes/kubelet/kubelet-config.json',
  linux: '/var/lib/kubelet/config.yaml',
  windows: 'C:\\ProgramData\\kubernetes\\kubelet-config.json',
  hybrid: '/etc/kubernetes/kubelet/config.json',
  'auto-mode': '/etc/kubernetes/kubelet/config',
  fargate: '/etc/kubernetes/kubelet/config.json',
};

/** Where the kubelet's default is not as it should be. */
const compliant: Partial<Record<SettingPath, SettingValue>> = {
  'authentication.x509.clientCAFile': '/etc/kubernetes/pki/ca.crt',
  protectKernelDefaults: true,
  rotateCertificates: true,
  serverTLSBootstrap: true,
  'featureGates.RotateKubeletServerCertificate': true,
};

/** A value that the setting's control fails. */
export const bad: Partial<Record<SettingPath, SettingValue>> = {
  'authentication.x509.clientCAFile': '',
  'authentication.anonymous.enabled': true,
  'authorization.mode': 'AlwaysAllow',
  readOnlyPort: 10255,
  streamingConnectionIdleTimeout: '0s',
  protectKernelDefaults: false,
  makeIPTablesUtilChains: false,
  eventRecordQPS: -1,
  rotateCertificates: false,
  'featureGates.RotateKubeletServerCertificate': false,
};

export interface Wrong {
  readonly settings?: Partial<
    Readonly<Record<SettingPath, { readonly value: SettingValue | undefined; readonly origin: Origin }>>
  >;
  readonly files?: Partial<FileFacts>;
  readonly clientCa?: KubeletFacts['clientCa'];
  readonly hostnameOverride?: string;
}

const goodFile = (path: string) => ({ state: 'known', path, mode: 0o644, owner: 'root', group: 'root' }) as const;

const byHostname: Origin = { from: 'flag', flag: 'hostname-override' };

/** What SSM read of a node that is right but for this. */
export function seen(kind: NodeKind, wrong: Wrong = {}): KubeletFacts {
  const file = mainFile[kind];
  const origin = { from: 'file', file } as const;
  const valueAt = (path: SettingPath) => compliant[path] ?? settings[path].default;
  const hasCa = wrong.settings?.['authentication.x509.clientCAFile']?.value !== '';
  return {
    via: 'ssm',
    settings: settingFacts((path) => ({ state: 'known', value: valueAt(path), origin, ...wrong.settings?.[path] })),
    flags: { 'hostname-override': { state: 'known', value: wrong.hostnameOverride, origin: byHostname } },
    files: { config: goodFile(file), kubeconfig: goodFile('/var/lib/kubelet/kubeconfig'), ...wrong.files },
    // Nothing to look into where no client CA is set.
    ...(hasCa && { clientCa: wrong.clientCa ?? bundle(clusterCa, '2036-01-01T00:00:00.000Z') }),
    servingCertificate: { ...soundCertificate, notAfter: '2036-01-01T00:00:00.000Z' },
    notes: [],
  };
}

export const bundle = (sha256: string, notAfter: string): NonNullable<KubeletFacts['clientCa']> => {
  const certificates = [{ subject: 'CN=kubernetes', sha256, notAfter }];
  return { state: 'read', path: '/etc/kubernetes/pki/ca.crt', certificates };
};

/** The running configuration of the same kubelet, as configz shows it: values, and not where they come from. */
export const running = ({ settings: read }: KubeletFacts): KubeletFacts => {
  const origin = { from: 'running' } as const;
  const settings = settingFacts((path) => (read[path].state === 'known' ? { ...read[path], origin } : read[path]));
  return { via: 'configz', settings, notes: [] };
};

const groups: Partial<Record<NodeKind, ClusterNode['group']>> = {
  'auto-mode': { kind: 'auto-mode', name: 'auto-mode' },
  fargate: { kind: 'fargate', name: 'fargate' },
  hybrid: { kind: 'hybrid', name: 'hybrid' },
  linux: { kind: 'self-managed', name: 'self-managed' },
  ubuntu: { kind: 'auto-scaling-group', name: 'ubuntu-workers' },
};

const { cluster } = auditOf([]);
const endpoint = { ...cluster.endpoint!, caPem, caFingerprints: [clusterCa] };
export const clusterWith = { cluster: { ...cluster, endpoint } };

/** One node, judged by every control of the catalogue. */
export function judgedNode(read: Partial<Omit<NodeAudit, 'node' | 'verdicts'>>, node: ClusterNode): NodeAudit {
  const reading = { failures: [], ...read };
  const verdictOf = (of: Control) => evaluate(of, { ...reading, node }, { now, cluster: clusterWith.cluster });
  const verdicts = Object.fromEntries(controls.map((control) => [control.slug, verdictOf(control)]));
  return { node, ...reading, verdicts };
}

export const nodeOfKind = (kind: NodeKind, number = 1, change: Partial<ClusterNode> = {}): ClusterNode =>
  nodeOf(number, { kind, group: groups[kind] ?? { kind: 'managed', name: `${kind}-workers` }, ...change });

export const audited = (nodes: readonly NodeAudit[]): ClusterAudit => auditOf(nodes, clusterWith);

/** Every way in which a control can fail on a kind of node: by each origin that a value can have. */
type Failures = readonly { readonly how: string; readonly facts: KubeletFacts }[];
export function failuresOf(control: Control, kind: NodeKind): Failures {
  const { about } = control;

  switch (about.kind) {
    case 'flag':
      return [{ how: 'flag', facts: seen(kind, { hostnameOverride: 'ip-10-0-0-1.ec2.internal' }) }];
    case 'file': {
      const wrong = about.property === 'mode' ? { mode: 0o666 } : { owner: 'ec2-user' };
      const files = { [about.file]: { ...goodFile(mainFile[kind]), ...wrong } };
      return [{ how: about.property, facts: seen(kind, { files }) }];
    }
    case 'content':
      return [
        { how: 'gone', facts: seen(kind, { clientCa: { state: 'gone', path: '/etc/kubernetes/pki/ca.crt' } }) },
        { how: 'another CA', facts: seen(kind, { clientCa: bundle(otherCa, '2036-01-01T00:00:00.000Z') }) },
        { how: 'expired', facts: seen(kind, { clientCa: bundle(clusterCa, '2026-01-01T00:00:00.000Z') }) },
      ].filter(({ facts }) => control.judge(facts, { now, cluster: clusterWith.cluster }).status === 'fail');
    case 'connection': {
      const none = { state: 'none', at: 'port 10250', because: 'it has none', isOfNode: true } as const;
      return [{ how: 'none', facts: { ...seen(kind, {}), servingCertificate: none } }];
    }
    case 'cluster':
      return [];
    case 'setting': {
      const value = bad[about.setting];
      const origins: readonly Origin[] = [
        { from: 'flag', flag: settings[about.setting].flag },
        { from: 'drop-in', file: `${mainFile[kind]}.d/40-nodeadm.conf` },
        { from: 'file', file: mainFile[kind] },
        { from: 'default', of: 'configuration file' },
        { from: 'default', of: 'no configuration file' },
      ];
      const failures = origins.map((origin) => {
        const how = origin.from === 'default' ? `default (${origin.of})` : origin.from;
        return { how, facts: seen(kind, { settings: { [about.setting]: { value, origin } } }) };
      });
      return failures.filter(({ facts }) => control.judge(facts).status === 'fail');
    }
  }
}
