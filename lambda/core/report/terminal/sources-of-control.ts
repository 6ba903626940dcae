import type { About } from '../../judge/control.ts';
import { flagOf, nameOf } from '../../judge/controls/shared/about.ts';
import type { Via } from '../../model/model.ts';
import { type SettingPath, type SettingValue, settings } from '../../model/settings.ts';

type Shown = Readonly<Record<Via, string>>;

const unseen = 'not at all. Unknown.';
const byNone: Shown = { direct: unseen, configz: unseen, ssm: unseen, files: unseen, tls: unseen, wire: unseen };

/** How each source shows what a control is about: one sentence each, generated from the thing named. */
export function sourcesOf(about: About): Shown {
  switch (about.kind) {
    case 'setting':
      return ofSetting(about.setting, flagOf(about));
    case 'flag': {
      const ofProcess = `not at all: ${flagOf(about)} is a flag of the process. Unknown.`;
      return {
        ...{ ...byNone, direct: ofProcess, configz: ofProcess },
        ssm: `${flagOf(about)} on the kubelet's command line; the last one counts.`,
        files: `${flagOf(about)} on the saved command line; the last one counts.`,
      };
    }
    case 'file':
      return {
        ...{ ...byNone, ssm: `the ${nameOf(about)}, looked at on the node.` },
        files: `not at all: a saved copy does not keep the ${about.property}. Unknown.`,
      };
    case 'content': {
      const path = `the path only (${about.setting}). Unknown.`;
      return { ...byNone, direct: path, configz: path, ssm: `the ${nameOf(about)}, read on the node.` };
    }
    case 'connection': {
      const onPort = `the ${nameOf(about)}, when it connects to the kubelet’s own port.`;
      return {
        ...{ ...byNone, direct: onPort, wire: onPort, tls: `the ${nameOf(about)}, in the TLS handshake.` },
        configz: 'not at all: the API server connects. Unknown.',
      };
    }
    case 'cluster':
      return { direct: nothing, configz: nothing, ssm: nothing, files: nothing, tls: nothing, wire: nothing };
  }
}

const nothing = 'not at all: it is about the cluster.';

function ofSetting(path: SettingPath, flag: string): Shown {
  const merged = `${flag} on the command line, the last one; else the drop-ins that --config-dir names; else ${path} in the file that --config names; else ${defaults(path)}.`;
  const isCa = path === 'authentication.x509.clientCAFile';
  return {
    direct: 'As by configz, from the kubelet’s own port.',
    configz: `kubeletconfig.${path}, the value that runs. ${absent(path)}`,
    ssm: `What runs after a restart: ${merged}`,
    files: 'As by SSM, out of the command line and the files that were saved.',
    tls: isCa ? 'The kubelet asks for a client certificate exactly when it is set, and names the CAs.' : unseen,
    wire: ofWire[path] ?? unseen,
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

/** How a person looks at it without this program: through the API server, or on the node. */
export function commandOf(about: About): string {
  const running = 'kubectl get --raw /api/v1/nodes/NODE/proxy/configz';
  switch (about.kind) {
    case 'setting':
      return `${running}; ps -ef`;
    case 'flag':
      return 'ps -ef';
    case 'file':
      return "stat -c '%a %U:%G' FILE";
    case 'content':
      return 'openssl x509 -noout -subject -enddate -fingerprint -sha256 -in FILE';
    case 'connection':
      return 'openssl s_client -connect NODE:10250';
    case 'cluster':
      return 'kubectl get clusterroles,clusterrolebindings -o yaml; aws eks list-access-entries --cluster-name CLUSTER';
  }
}
