import type { Remedy } from '../../findings/remedies/remedy.ts';
import type { About } from '../../judge/control.ts';
import { flagOf } from '../../judge/controls/shared/about.ts';
import type { Via } from '../../model/model.ts';
import { type SettingPath, settings } from '../../model/settings.ts';

/** The Japanese of what the program generates from a control: how each source shows it, and the fix on each kind of node. */

export const japaneseKinds: Readonly<Record<Remedy, string>> = {
  nodeadm: 'Amazon Linux 2023（nodeadm）',
  karpenter: 'Karpenter のノードプール',
  al2: 'Amazon Linux 2',
  bottlerocket: 'Bottlerocket',
  ubuntu: 'Ubuntu',
  linux: 'その他の Linux',
  windows: 'Windows',
  hybrid: 'ハイブリッドノード',
  aws: 'EKS Auto Mode、Fargate',
};

export const japaneseVia: Readonly<Record<Via, string>> = {
  direct: 'kubelet のポート',
  configz: 'configz',
  ssm: 'SSM',
  files: '保存したファイル',
  tls: 'TLS',
  wire: 'wire',
};

const propertyNames = { mode: 'アクセス許可', owner: '所有者' } as const;

/** What a control is about, with the flag. */
export function japaneseAbout(about: About): string {
  switch (about.kind) {
    case 'setting':
      return `${about.setting}（${flagOf(about)}）`;
    case 'flag':
      return `--${about.flag}`;
    case 'file':
      return `--${about.file} のファイルの${propertyNames[about.property]}`;
    case 'content':
      return `${about.setting} のファイルの内容（${flagOf(about)}）`;
    case 'connection':
      return '提示されるサービング証明書';
    case 'cluster':
      return 'nodes/proxy に到達できる主体';
  }
}

const not = '確認できない（unknown）。';
const nowhere: Readonly<Record<Via, string>> = { direct: not, configz: not, ssm: not, files: not, tls: not, wire: not };

export function japaneseSources(about: About): Readonly<Record<Via, string>> {
  switch (about.kind) {
    case 'setting':
      return ofSetting(about.setting, flagOf(about));
    case 'flag': {
      const noFlag = `${flagOf(about)} はプロセスのフラグなので、${not}`;
      return {
        ...nowhere,
        direct: noFlag,
        configz: noFlag,
        ssm: `kubelet のコマンドラインにある最後の ${flagOf(about)} を確認する。`,
        files: `保存したコマンドラインにある最後の ${flagOf(about)} を確認する。`,
      };
    }
    case 'file':
      return {
        ...nowhere,
        ssm: `ノード上で${japaneseAbout(about)}を確認する。`.replace('で--', 'で --'),
        files: `保存したコピーに${propertyNames[about.property]}は残らないため、${not}`,
      };
    case 'content': {
      const path = `パス（${about.setting}）だけが分かる。内容は${not}`;
      return { ...nowhere, direct: path, configz: path, ssm: `ノード上で ${about.setting} のファイルの内容を読む。` };
    }
    case 'connection': {
      const port = 'kubelet のポートに接続し、提示されるサービング証明書を確認する。';
      return {
        ...nowhere,
        direct: port,
        configz: `接続するのは API サーバーなので、${not}`,
        tls: 'TLS ハンドシェイクで、提示されるサービング証明書を確認する。',
        wire: port,
      };
    }
    case 'cluster':
      return nowhere;
  }
}

function ofSetting(path: SettingPath, flag: string): Readonly<Record<Via, string>> {
  return {
    direct: 'configz と同じ内容を、kubelet 自身のポートから読む。',
    configz: `kubeletconfig.${path}（実行中の値）を読む。${absent(path)}`,
    ssm: `再起動後の値を読む。コマンドラインにある最後の ${flag}、--config-dir のドロップイン、--config のファイルの ${path} の順に優先する。どれもなければ、${usual(path)}とみなす。`,
    files: 'SSM と同じ方法で、保存したコマンドラインとファイルから読む。',
    tls:
      path === 'authentication.x509.clientCAFile'
        ? '設定されている場合に限り、kubelet はクライアント証明書を要求し、CA の名前を示す。'
        : not,
    wire: ofWire[path] ?? not,
  };
}

const ofWire: Readonly<Partial<Record<SettingPath, string>>> = {
  'authentication.anonymous.enabled':
    '認証情報なしで GET /healthz を送る。ノード自身の 401 は false、system:anonymous への 403 または 200 は true を意味する。',
  'authorization.mode':
    'system:anonymous への 403 は、認可を行うことを意味する。ほかの応答では判定できない（unknown）。',
  readOnlyPort:
    'ポート 10255 に GET /healthz を送る。読み取り専用サーバーの応答は 10255 を意味する。ほかの応答では判定できない（unknown）。',
};

function absent(path: SettingPath): string {
  const { absentInConfigz } = settings[path];
  if (absentInConfigz === 'never') return '必ず含まれるため、ない場合は unknown とする。';
  if (absentInConfigz === undefined) return 'ない場合は、明示されていない。';
  if (absentInConfigz === '') return 'ない場合は未設定を意味する。';
  return absentInConfigz === false
    ? 'ない場合は false または未設定を意味し、区別できない。'
    : `ない場合は ${absentInConfigz} を意味する。`;
}

function usual(path: SettingPath): string {
  const { default: normal, legacyDefault: legacy } = settings[path];
  const shown = (value: unknown) => (value === undefined || value === '' ? '未設定' : `既定値の ${value} `);
  return normal === legacy ? shown(normal) : `${shown(normal)}（--config がなければ${shown(legacy)}）`;
}

/** The same facts as clusterSources. */
export const japaneseClusterSources = [
  [
    'Kubernetes',
    'clusterroles と clusterrolebindings の list 権限、ConfigMap の kube-system/aws-auth の get 権限（クラスターが aws-auth を使う場合）で読む。',
  ],
  [
    'EKS',
    'eks:ListAccessEntries、eks:DescribeAccessEntry、eks:ListAssociatedAccessPolicies で読む（クラスターがアクセスエントリを使う場合）。',
  ],
] as const;

const template = '起動テンプレートのユーザーデータ';
const gate: SettingPath = 'featureGates.RotateKubeletServerCertificate';
const inStandaloneMode: readonly SettingPath[] = [
  'authentication.x509.clientCAFile',
  'authentication.anonymous.enabled',
  'authentication.webhook.enabled',
  'authorization.mode',
];

/** How to give a setting another value, so that it lasts; the same facts as setting-remedies.ts. */
export function japaneseSettingRemedy(remedy: Remedy, path: SettingPath, expected: string): string {
  const { flag } = settings[path];
  const wanted = (before = '') =>
    `${before}${path === gate ? `serverTLSBootstrap と ${path}` : path}（期待値: ${expected}）`;
  const set = (place: string, before = '') => `${place}で ${wanted(before)}を設定する。`;
  const without = (place: string) =>
    path === gate ? `${place}の --${flag} にあるほかのゲートは変更しない。` : `${place}から --${flag} を削除する。`;
  switch (remedy) {
    case 'nodeadm':
      return `${set(`${template}またはイメージ（/etc/eks/nodeadm.d）の NodeConfig `, 'spec.kubelet.config.')}${without('spec.kubelet.flags ')}次に、新しいノードに入れ替える。nodeadm は起動のたびに kubelet のファイルを書き換える。`;
    case 'karpenter':
      return `${set('EC2NodeClass の spec.userData（AL2023: NodeConfig、AL2: シェル、Bottlerocket: TOML）')}${without('spec.userData ')}spec.kubelet で上書きしない。その後、Karpenter がドリフトしたノードを入れ替える。`;
    case 'al2':
      return `${set('/etc/kubernetes/kubelet/kubelet-config.json ')}${without('bootstrap.sh の --kubelet-extra-args と /etc/systemd/system/kubelet.service.d ')}kubelet を再起動する。AL2 の新しい EKS イメージは提供されないため、AL2023 への移行を計画する。`;
    case 'bottlerocket': {
      const cause = inStandaloneMode.includes(path)
        ? `${wanted()}が失われるのはスタンドアロンモードだけである。settings.kubernetes.standalone-mode の設定を削除し、settings.kubernetes.cluster-certificate を指定する。`
        : `settings.kubernetes にある ${path}（期待値: ${expected}）のための設定を指定する。`;
      return `${cause}${template}（TOML）を変更し、ノードを入れ替える。`;
    }
    case 'ubuntu':
      return `${wanted()}を設定する。snap set kubelet-eks で --${flag} を変更し、snap を再起動する。新しいノードのために、${template}にある bootstrap.sh の --kubelet-extra-args を変更する。`;
    case 'linux':
      return `${set('kubelet の --config のファイル')}--config-dir のドロップインとフラグ --${flag} で上書きしない。kubelet を再起動し、イメージまたはユーザーデータも変更する。`;
    case 'windows':
      return `${template}にある Start-EKSBootstrap.ps1 の -KubeletExtraArgs で、${wanted()}のための --${flag} を指定し、ノードを入れ替える。`;
    case 'hybrid':
      return `${set('ノードの NodeConfig ', 'spec.kubelet.config.')}${without('spec.kubelet.flags ')}nodeadm init をもう一度実行する。`;
    case 'aws':
      return `この kubelet は AWS が実行する（EKS Auto Mode または Fargate）ため、${path}（期待値: ${expected}）を変更できない。ノードを入れ替える。新しいノードも同じであれば、AWS Support に問い合わせる。`;
  }
}

export function japaneseFlagRemedy(remedy: Remedy, flag: string, expected: string): string {
  const from = (place: string, then: string) => `${place}から ${flag}（期待値: ${expected}）を削除し、${then}。`;
  const args = `${template}にある bootstrap.sh の --kubelet-extra-args `;
  switch (remedy) {
    case 'nodeadm':
      return `${from(`${template}またはイメージの NodeConfig にある spec.kubelet.flags `, '新しいノードに入れ替える')}nodeadm もこれを設定する。そのようなノードは AWS が作成したとおりである。`;
    case 'karpenter':
      return from('EC2NodeClass のユーザーデータ', 'Karpenter にドリフトしたノードを入れ替えさせる');
    case 'al2':
      return from(`${args}と、/etc/systemd/system/kubelet.service.d にあるドロップイン`, '新しいノードに入れ替える');
    case 'bottlerocket':
      return `Bottlerocket は settings.kubernetes.hostname-override と自身の既定値から ${flag}（期待値: ${expected}）を生成する。ユーザーデータ（TOML）の設定を削除し、ノードを入れ替える。`;
    case 'ubuntu':
      return from(`${args}と snap get kubelet-eks の値`, '新しいノードに入れ替える');
    case 'linux':
      return from('イメージまたはユーザーデータにある kubelet のユニット', 'kubelet を再起動する');
    case 'windows':
      return from('ユーザーデータにある Start-EKSBootstrap.ps1 の -KubeletExtraArgs ', 'ノードを入れ替える');
    case 'hybrid':
      return from('NodeConfig の spec.kubelet.flags ', 'ノードで nodeadm init をもう一度実行する');
    case 'aws':
      return `この kubelet は AWS が実行する（EKS Auto Mode または Fargate）ため、${flag}（期待値: ${expected}）を変更できない。`;
  }
}

interface FileRemedy {
  readonly flag: string;
  readonly property: 'mode' | 'owner';
  readonly expected: string;
}

export function japaneseFileRemedy(remedy: Remedy, { flag, property, expected }: FileRemedy): string {
  const name = propertyNames[property];
  const file = `${flag} のファイル`;
  const run = `${file}に ${property === 'mode' ? 'chmod 644' : 'chown root:root'} を実行する（${name}の期待値: ${expected}）。`;
  switch (remedy) {
    case 'nodeadm':
      return `${run}nodeadm は起動のたびにファイルを書き換える。その後に変更しているユーザーデータまたはイメージを修正し、新しいノードに入れ替える。`;
    case 'karpenter':
      return `${run}ブートストラップ後に変更している EC2NodeClass の spec.userData またはイメージを修正する。その後、Karpenter がドリフトしたノードを入れ替える。`;
    case 'al2':
      return `${run}bootstrap.sh は最初の起動時にファイルを書き込む。その後に変更している${template}またはイメージを修正する。`;
    case 'bottlerocket':
      return `${file}は Bottlerocket が生成する（${name}の期待値: ${expected}）。変更の原因を調べ、ノードを入れ替える。`;
    case 'ubuntu':
      return `${run}bootstrap.sh の後に変更している${template}またはイメージを修正する。`;
    case 'linux':
      return `${run}イメージまたはユーザーデータも変更する。`;
    case 'windows':
      return `Windows には${name}（Linux での期待値: ${expected}）の代わりにアクセス制御リストがある。${file}に書き込めるのは SYSTEM と Administrators だけとする。`;
    case 'hybrid':
      return `${run}nodeadm init がファイルを書き換える。その後に変更しているものを修正する。`;
    case 'aws':
      return `この kubelet は AWS が実行する（EKS Auto Mode または Fargate）ため、${file}の${name}（期待値: ${expected}）を変更できない。ノードを入れ替える。`;
  }
}

/** How a change reaches the nodes of a kind, and stays; behind a control's own fix. */
export const japaneseRollOut: Readonly<Record<Remedy, string>> = {
  nodeadm: `${template}またはイメージで変更し、新しいノードに入れ替える。`,
  karpenter: 'EC2NodeClass で変更する。その後、Karpenter がドリフトしたノードを入れ替える。',
  al2: `${template}で変更し、新しいノードに入れ替える。`,
  bottlerocket: `${template}（TOML）で設定を変更し、ノードを入れ替える。`,
  ubuntu: `${template}またはイメージで変更し、新しいノードに入れ替える。`,
  linux: 'イメージまたはユーザーデータで変更し、新しいノードに入れ替える。',
  windows: `${template}で変更し、ノードを入れ替える。`,
  hybrid: 'ハイブリッドノードの NodeConfig で変更し、nodeadm init をもう一度実行する。',
  aws: 'この kubelet は AWS が実行する。ノードを入れ替え、新しいノードも同じであれば AWS Support に問い合わせる。',
};

/** By name of the agent, what its advice says. */
export const japaneseAgents: Readonly<Record<string, string>> = {
  'kube-prometheus-stack':
    'kubelet から直接スクレイプするすべての版。チャートは nodes/metrics だけを付与する（prometheus-community/helm-charts@10ca862c、#6545）。',
  'prometheus (chart)':
    '対応する版はない。既定のジョブは /api/v1/nodes/NODE/proxy/metrics をスクレイプする。代わりに nodes/metrics でポート 10250 をスクレイプする（prometheus-community/helm-charts#6545）。',
  'CloudWatch agent':
    'チャートのリリースはまだない。kubelet がパスで判断するため、ClusterRole で足りる（aws-observability/helm-charts@1610e5b5、#302）。',
  'Datadog agent':
    '2025 年 9 月以降のチャートで、datadog.kubelet.fineGrainedAuthorization: true を指定する（DataDog/helm-charts#2049）。',
  'Inspektor Gadget':
    '1.36 では 0.55.1 より後のリリース。それより古いリリースは、マニフェストのソケットパスを使う（inspektor-gadget#5343、minikube#23626）。',
  'node-feature-discovery':
    'すべての版。topology updater が kubelet に直接問い合わせる（node-feature-discovery#2424）。',
  'Fluent Bit':
    'すべての版。Use_Kubelet は kubelet に直接問い合わせる。使わなければ権限は必要ない（fluent/fluent-bit#3025）。',
};
