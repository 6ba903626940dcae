import type { About } from '../../judge/control.ts';
import { flagOf, nameOf } from '../../judge/controls/shared/about.ts';
import type { Via } from '../../model/model.ts';
import { type SettingPath, type SettingValue, settings } from '../../model/settings.ts';

type Shown = Readonly<Record<Via, string>>;

/** How each source shows what a control is about: one sentence each, generated from the thing named. */
export function sourcesOf(about: About, words: SourceWords = englishSources): Shown {
  const { unseen, nothing } = words;
  const byNone: Shown = { direct: unseen, configz: unseen, ssm: unseen, files: unseen, tls: unseen, wire: unseen };
  switch (about.kind) {
    case 'setting':
      return words.setting(about.setting, flagOf(about), {
        usual: usualText(about.setting, words),
        absent: absentText(about.setting, words),
      });
    case 'flag': {
      const { running, ...shown } = words.flag(flagOf(about));
      return { ...byNone, direct: running, configz: running, ...shown };
    }
    case 'file':
      return { ...byNone, ...words.file(about) };
    case 'content': {
      const { running, ssm } = words.content(about);
      return { ...byNone, direct: running, configz: running, ssm };
    }
    case 'connection': {
      const { port, ...shown } = words.connection(about);
      return { ...byNone, direct: port, wire: port, ...shown };
    }
    case 'cluster':
      return { direct: nothing, configz: nothing, ssm: nothing, files: nothing, tls: nothing, wire: nothing };
  }
}

function absentText(path: SettingPath, { absent }: SourceWords): string {
  const { absentInConfigz } = settings[path];
  if (absentInConfigz === 'never') return absent.never;
  if (absentInConfigz === undefined) return absent.unnamed;
  if (absentInConfigz === '') return absent.unset;
  return absentInConfigz === false ? absent.false : absent.of(absentInConfigz);
}

function usualText(path: SettingPath, { usual }: SourceWords): string {
  const { default: normal, legacyDefault: legacy } = settings[path];
  const shown = (value: SettingValue | undefined) =>
    value === undefined || value === '' ? usual.unset : usual.of(value);
  return normal === legacy ? shown(normal) : usual.withoutConfig(shown(normal), shown(legacy));
}

const unseen = 'not at all. Unknown.';

/** What a control about the cluster itself is read from, and by which right. */
export const clusterSources: readonly (readonly [source: string, right: string])[] = [
  [
    'Kubernetes',
    'list on clusterroles and clusterrolebindings; get on the ConfigMap kube-system/aws-auth, where the cluster knows it.',
  ],
  [
    'EKS',
    'eks:ListAccessEntries, eks:DescribeAccessEntry, eks:ListAssociatedAccessPolicies, where the cluster has access entries.',
  ],
];

/** What a language says of how each source shows what a control is about. */
export type SourceWords = typeof englishSources;

export const englishSources = {
  unseen,
  nothing: 'not at all: it is about the cluster.',
  ofCluster: clusterSources,
  flag: (flag: string) => ({
    running: `not at all: ${flag} is a flag of the process. Unknown.`,
    ssm: `${flag} on the kubelet's command line; the last one counts.`,
    files: `${flag} on the saved command line; the last one counts.`,
  }),
  file: (about: Extract<About, { readonly kind: 'file' }>) => ({
    ssm: `the ${nameOf(about)}, looked at on the node.`,
    files: `not at all: a saved copy does not keep the ${about.property}. Unknown.`,
  }),
  content: (about: Extract<About, { readonly kind: 'content' }>) => ({
    running: `the path only (${about.setting}). Unknown.`,
    ssm: `the ${nameOf(about)}, read on the node.`,
  }),
  connection: (about: About) => ({
    port: `the ${nameOf(about)}, when it connects to the kubelet’s own port.`,
    tls: `the ${nameOf(about)}, in the TLS handshake.`,
    configz: 'not at all: the API server connects. Unknown.',
  }),
  setting: (path: SettingPath, flag: string, { usual, absent }: Readonly<Record<'usual' | 'absent', string>>) => ({
    direct: 'As by configz, from the kubelet’s own port.',
    configz: `kubeletconfig.${path}, the value that runs. ${absent}`,
    ssm: `What runs after a restart: ${flag} on the command line, the last one; else the drop-ins that --config-dir names; else ${path} in the file that --config names; else ${usual}.`,
    files: 'As by SSM, out of the command line and the files that were saved.',
    tls:
      path === 'authentication.x509.clientCAFile'
        ? 'The kubelet asks for a client certificate exactly when it is set, and names the CAs.'
        : unseen,
    wire: onWire[path] ?? unseen,
  }),
  usual: {
    unset: 'it is not set',
    of: (value: SettingValue) => `${value}`,
    withoutConfig: (usual: string, legacy: string) => `${usual} (${legacy} where no --config is given at all)`,
  },
  absent: {
    never: 'It is always there; an answer without it is unknown.',
    unnamed: 'Absent means that nobody named it.',
    unset: 'Absent means not set.',
    false: 'Absent means false or not set, which look alike.',
    of: (value: SettingValue) => `Absent means ${value}.`,
  },
};

/** What a client without credentials is answered. */
const onWire: Readonly<Partial<Record<SettingPath, string>>> = {
  'authentication.anonymous.enabled':
    'GET /healthz without credentials: 401 from the node itself means false; 403 for system:anonymous, or 200, means true.',
  'authorization.mode': '403 for system:anonymous means that it authorizes. Everything else is unknown.',
  readOnlyPort:
    'GET /healthz on port 10255: the answer of the read-only server means 10255. Everything else is unknown.',
};

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
