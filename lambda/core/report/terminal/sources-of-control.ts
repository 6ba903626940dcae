import type { About } from '../../judge/control.ts';
import { flagOf, nameOf } from '../../judge/controls/shared/about.ts';
import { type SettingPath, type SettingValue, settings } from '../../model/settings.ts';

export type ExplanationLanguage = 'en' | 'ja';

/** By name of the source, how it shows what a control is about: one sentence each, generated from the thing named. */
export function sourcesOf(about: About, language: ExplanationLanguage = 'en'): Readonly<Record<string, string>> {
  const say = (en: string, ja: string) => (language === 'en' ? en : ja);
  const unseen = say('not at all. Unknown.', '確認できない（unknown）。');
  const none = { direct: unseen, configz: unseen, ssm: unseen, files: unseen, tls: unseen, wire: unseen };
  const running = (text: string) => ({ ...none, direct: text, configz: text });
  const name = language === 'en' ? nameOf(about) : aboutJapanese(about);
  const flag = flagOf(about);
  switch (about.kind) {
    case 'setting':
      return settingSources(about.setting, { flag, unseen, say });
    case 'flag':
      return {
        ...running(
          say(`not at all: ${flag} is a flag of the process. Unknown.`, `${flag} はプロセスのフラグなので、${unseen}`),
        ),
        ssm: say(
          `${flag} on the kubelet's command line; the last one counts.`,
          `kubelet のコマンドラインにある最後の ${flag} を確認する。`,
        ),
        files: say(
          `${flag} on the saved command line; the last one counts.`,
          `保存したコマンドラインにある最後の ${flag} を確認する。`,
        ),
      };
    case 'file':
      return {
        ...none,
        ssm: say(`the ${name}, looked at on the node.`, `ノード上で ${name}を確認する。`),
        files: say(
          `not at all: a saved copy does not keep the ${about.property}. Unknown.`,
          `保存したコピーに${japaneseProperties[about.property]}は残らないため、${unseen}`,
        ),
      };
    case 'content':
      return {
        ...running(
          say(`the path only (${about.setting}). Unknown.`, `パス（${about.setting}）だけが分かる。内容は${unseen}`),
        ),
        ssm: say(`the ${name}, read on the node.`, `ノード上で ${about.setting} のファイルの内容を読む。`),
      };
    case 'connection': {
      const port = say(
        `the ${name}, when it connects to the kubelet’s own port.`,
        `kubelet のポートに接続し、${name}を確認する。`,
      );
      return {
        ...none,
        direct: port,
        wire: port,
        configz: say('not at all: the API server connects. Unknown.', `接続するのは API サーバーなので、${unseen}`),
        tls: say(`the ${name}, in the TLS handshake.`, `TLS ハンドシェイクで、${name}を確認する。`),
      };
    }
    case 'cluster':
      return {
        Kubernetes: say(
          'list on clusterroles and clusterrolebindings; get on the ConfigMap kube-system/aws-auth, where the cluster knows it.',
          'clusterroles と clusterrolebindings の list 権限、ConfigMap の kube-system/aws-auth の get 権限（クラスターが aws-auth を使う場合）で読む。',
        ),
        EKS: say(
          'eks:ListAccessEntries, eks:DescribeAccessEntry, eks:ListAssociatedAccessPolicies, where the cluster has access entries.',
          'eks:ListAccessEntries、eks:DescribeAccessEntry、eks:ListAssociatedAccessPolicies で読む（クラスターがアクセスエントリを使う場合）。',
        ),
      };
  }
}

interface SettingWords {
  readonly flag: string;
  readonly unseen: string;
  readonly say: (en: string, ja: string) => string;
}

function settingSources(path: SettingPath, { flag, unseen, say }: SettingWords) {
  const { default: normal, legacyDefault: legacy } = settings[path];
  const shown = (value: SettingValue | undefined) =>
    value === undefined || value === '' ? say('it is not set', '未設定') : say(`${value}`, `既定値の ${value} `);
  const usual =
    normal === legacy
      ? shown(normal)
      : say(
          `${shown(normal)} (${shown(legacy)} where no --config is given at all)`,
          `${shown(normal)}（--config がなければ${shown(legacy)}）`,
        );
  const absent = absentText(path, say);
  return {
    direct: say('As by configz, from the kubelet’s own port.', 'configz と同じ内容を、kubelet 自身のポートから読む。'),
    configz: say(
      `kubeletconfig.${path}, the value that runs. ${absent}`,
      `kubeletconfig.${path}（実行中の値）を読む。${absent}`,
    ),
    ssm: say(
      `What runs after a restart: ${flag} on the command line, the last one; else the drop-ins that --config-dir names; else ${path} in the file that --config names; else ${usual}.`,
      `再起動後の値を読む。コマンドラインにある最後の ${flag}、--config-dir のドロップイン、--config のファイルの ${path} の順に優先する。どれもなければ、${usual}とみなす。`,
    ),
    files: say(
      'As by SSM, out of the command line and the files that were saved.',
      'SSM と同じ方法で、保存したコマンドラインとファイルから読む。',
    ),
    tls:
      path === 'authentication.x509.clientCAFile'
        ? say(
            'The kubelet asks for a client certificate exactly when it is set, and names the CAs.',
            '設定されている場合に限り、kubelet はクライアント証明書を要求し、CA の名前を示す。',
          )
        : unseen,
    wire: onWire[path] ? say(...onWire[path]) : unseen,
  };
}

function absentText(path: SettingPath, say: SettingWords['say']): string {
  const { absentInConfigz: absent } = settings[path];
  if (absent === 'never')
    return say('It is always there; an answer without it is unknown.', '必ず含まれるため、ない場合は unknown とする。');
  if (absent === undefined) return say('Absent means that nobody named it.', 'ない場合は、明示されていない。');
  if (absent === '') return say('Absent means not set.', 'ない場合は未設定を意味する。');
  return absent === false
    ? say('Absent means false or not set, which look alike.', 'ない場合は false または未設定を意味し、区別できない。')
    : say(`Absent means ${absent}.`, `ない場合は ${absent} を意味する。`);
}

/** How a kubelet answers a client without credentials. */
const onWire: Readonly<Partial<Record<SettingPath, readonly [en: string, ja: string]>>> = {
  'authentication.anonymous.enabled': [
    'GET /healthz without credentials: 401 from the node itself means false; 403 for system:anonymous, or 200, means true.',
    '認証情報なしで GET /healthz を送る。ノード自身の 401 は false、system:anonymous への 403 または 200 は true を意味する。',
  ],
  'authorization.mode': [
    '403 for system:anonymous means that it authorizes. Everything else is unknown.',
    'system:anonymous への 403 は、認可を行うことを意味する。ほかの応答では判定できない（unknown）。',
  ],
  readOnlyPort: [
    'GET /healthz on port 10255: the answer of the read-only server means 10255. Everything else is unknown.',
    'ポート 10255 に GET /healthz を送る。読み取り専用サーバーの応答は 10255 を意味する。ほかの応答では判定できない（unknown）。',
  ],
};

export const japaneseProperties = { mode: 'アクセス許可', owner: '所有者' } as const;

/** The subject of a control, with the flag. */
export function aboutJapanese(about: About): string {
  switch (about.kind) {
    case 'setting':
      return `${about.setting}（${flagOf(about)}）`;
    case 'flag':
      return `--${about.flag}`;
    case 'file':
      return `--${about.file} のファイルの${japaneseProperties[about.property]}`;
    case 'content':
      return `${about.setting} のファイルの内容（${flagOf(about)}）`;
    case 'connection':
      return '提示されるサービング証明書';
    case 'cluster':
      return 'nodes/proxy に到達できる主体';
  }
}

/** The commands by which a person looks at it without this program: through the API server, or on the node. */
export const commandOf: Readonly<Record<About['kind'], string>> = {
  setting: 'kubectl get --raw /api/v1/nodes/NODE/proxy/configz; ps -ef',
  flag: 'ps -ef',
  file: "stat -c '%a %U:%G' FILE",
  content: 'openssl x509 -noout -subject -enddate -fingerprint -sha256 -in FILE',
  connection: 'openssl s_client -connect NODE:10250',
  cluster: 'kubectl get clusterroles,clusterrolebindings -o yaml; aws eks list-access-entries --cluster-name CLUSTER',
};
