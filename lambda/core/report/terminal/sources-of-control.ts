import type { About } from '../../judge/control.ts';
import { flagOf, nameOf } from '../../judge/controls/shared/about.ts';
import type { Via } from '../../model/model.ts';
import { type SettingPath, type SettingValue, settings } from '../../model/settings.ts';

/** How each source shows what a control is about: one sentence each, generated from the thing named. */
export function sourcesOf(about: About): Readonly<Record<Via, string>> {
  switch (about.kind) {
    case 'setting':
      return ofSetting(about.setting, flagOf(about));
    case 'flag':
      return {
        direct: `not at all: ${flagOf(about)} is a flag of the process. Unknown.`,
        configz: `not at all: ${flagOf(about)} is a flag of the process. Unknown.`,
        ssm: `${flagOf(about)} on the kubelet's command line; the last one counts.`,
        files: `${flagOf(about)} on the saved command line; the last one counts.`,
        tls: 'not at all. Unknown.',
        wire: 'not at all. Unknown.',
      };
    case 'file':
      return {
        direct: 'not at all. Unknown.',
        configz: 'not at all. Unknown.',
        ssm: `the ${nameOf(about)}, looked at on the node.`,
        files: `not at all: a saved copy does not keep the ${about.property}. Unknown.`,
        tls: 'not at all. Unknown.',
        wire: 'not at all. Unknown.',
      };
    case 'content':
      return {
        direct: `the path only (${about.setting}). Unknown.`,
        configz: `the path only (${about.setting}). Unknown.`,
        ssm: `the ${nameOf(about)}, read on the node.`,
        files: 'not at all. Unknown.',
        tls: 'not at all. Unknown.',
        wire: 'not at all. Unknown.',
      };
    case 'connection':
      return {
        direct: `the ${nameOf(about)}, when it connects to the kubelet’s own port.`,
        configz: 'not at all: the API server connects. Unknown.',
        ssm: 'not at all. Unknown.',
        files: 'not at all. Unknown.',
        tls: `the ${nameOf(about)}, in the TLS handshake.`,
        wire: `the ${nameOf(about)}, when it connects to the kubelet’s own port.`,
      };
    case 'cluster':
      return { direct: nothing, configz: nothing, ssm: nothing, files: nothing, tls: nothing, wire: nothing };
  }
}

const nothing = 'not at all: it is about the cluster.';

function ofSetting(path: SettingPath, flag: string): Readonly<Record<Via, string>> {
  const merged = `${flag} on the command line, the last one; else the drop-ins that --config-dir names; else ${path} in the file that --config names; else ${defaults(path)}.`;

  return {
    direct: 'As by configz, from the kubelet’s own port.',
    configz: `kubeletconfig.${path}, the value that runs. ${absent(path)}`,
    ssm: `What runs after a restart: ${merged}`,
    files: 'As by SSM, out of the command line and the files that were saved.',
    tls:
      path === 'authentication.x509.clientCAFile'
        ? 'The kubelet asks for a client certificate exactly when it is set, and names the CAs.'
        : 'not at all. Unknown.',
    wire: ofWire[path] ?? 'not at all. Unknown.',
  };
}

/** What a client without credentials is answered. */
const ofWire: Readonly<Partial<Record<SettingPath, string>>> = {
  'authentication.anonymous.enabled':
    'GET /healthz without credentials: 401 from the node itself means false; 403 for system:anonymous, or 200, means true.',
  'authorization.mode': '403 for system:anonymous means that it authorizes. Everything else is unknown.',
  readOnlyPort:
    'GET /healthz on port 10255: the answer of the read-only server means 10255. Everything else is unknown.',
};

function absent(path: SettingPath): string {
  const { absentInConfigz } = settings[path];
  if (absentInConfigz === 'never') return 'It is always there; an answer without it is unknown.';
  if (absentInConfigz === undefined) return 'Absent means that nobody named it.';
  return `Absent means ${absentInConfigz === '' ? 'not set' : absentInConfigz === false ? 'false or not set, which look alike' : absentInConfigz}.`;
}

function defaults(path: SettingPath): string {
  const { default: normal, legacyDefault: legacy } = settings[path];
  const shown = (value: SettingValue | undefined) =>
    value === undefined || value === '' ? 'it is not set' : `${value}`;

  return normal === legacy ? shown(normal) : `${shown(normal)} (${shown(legacy)} where no --config is given at all)`;
}

/** What a control about the cluster itself is read from, and by which right. */
export const clusterSources = [
  [
    'Kubernetes',
    'list on clusterroles and clusterrolebindings; get on the ConfigMap kube-system/aws-auth, where the cluster knows it.',
  ],
  [
    'EKS',
    'eks:ListAccessEntries, eks:DescribeAccessEntry, eks:ListAssociatedAccessPolicies, where the cluster has access entries.',
  ],
] as const;
