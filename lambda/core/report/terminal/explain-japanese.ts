import { numberSources } from '../../../contract/benchmarks.ts';
import { isLockOut } from '../../findings/remedies/remediation-text.ts';
import type { Remedy } from '../../findings/remedies/remedy.ts';
import type { About, Control } from '../../judge/control.ts';
import { flagOf } from '../../judge/controls/shared/about.ts';
import { type SettingPath, settings } from '../../model/settings.ts';
import { hangingJapanese } from '../../model/text/wrap.ts';
import { explanation, type Language } from './explain.ts';
import { type JapaneseText, japaneseTexts } from './japanese-texts.ts';
import { aboutJapanese, japaneseProperties } from './sources-of-control.ts';

/** One control in Japanese, with everything that the English explanation has. Throws for a control without a text. */
export const japaneseExplanation = (control: Control, options: Parameters<typeof explanation>[1]): string =>
  explanation(control, options, japanese);

function japaneseOf({ slug }: Pick<Control, 'slug'>): JapaneseText {
  const text = japaneseTexts[slug];
  if (!text) throw new Error(`japanese-texts.ts has no text of ${slug}`);
  return text;
}

const template = '起動テンプレートのユーザーデータ';
const gate: SettingPath = 'featureGates.RotateKubeletServerCertificate';
const inStandaloneMode: readonly SettingPath[] = [
  'authentication.x509.clientCAFile',
  'authentication.anonymous.enabled',
  'authentication.webhook.enabled',
  'authorization.mode',
];

/** How to give a setting another value, so that it lasts; the same facts as setting-remedies.ts. */
function settingRemedy(remedy: Remedy, path: SettingPath, expected: string): string {
  const { flag } = settings[path];
  const wanted = (before = '') =>
    `${before}${path === gate ? `serverTLSBootstrap と ${path}` : path}（期待値: ${expected}）`;
  const set = (place: string, before = '') => `${place}で ${wanted(before)}を設定する。`;
  const without = (place: string) =>
    path === gate ? `${place}の --${flag} にあるほかのゲートは変更しない。` : `${place}から --${flag} を削除する。`;
  const lost = inStandaloneMode.includes(path)
    ? `${wanted()}が失われるのはスタンドアロンモードだけである。settings.kubernetes.standalone-mode の設定を削除し、settings.kubernetes.cluster-certificate を指定する。`
    : `settings.kubernetes にある ${path}（期待値: ${expected}）のための設定を指定する。`;
  return {
    nodeadm: `${set(`${template}またはイメージ（/etc/eks/nodeadm.d）の NodeConfig `, 'spec.kubelet.config.')}${without('spec.kubelet.flags ')}次に、新しいノードに入れ替える。nodeadm は起動のたびに kubelet のファイルを書き換える。`,
    karpenter: `${set('EC2NodeClass の spec.userData（AL2023: NodeConfig、AL2: シェル、Bottlerocket: TOML）')}${without('spec.userData ')}spec.kubelet で上書きしない。その後、Karpenter がドリフトしたノードを入れ替える。`,
    al2: `${set('/etc/kubernetes/kubelet/kubelet-config.json ')}${without('bootstrap.sh の --kubelet-extra-args と /etc/systemd/system/kubelet.service.d ')}kubelet を再起動する。AL2 の新しい EKS イメージは提供されないため、AL2023 への移行を計画する。`,
    bottlerocket: `${lost}${template}（TOML）を変更し、ノードを入れ替える。`,
    ubuntu: `${wanted()}を設定する。snap set kubelet-eks で --${flag} を変更し、snap を再起動する。新しいノードのために、${template}にある bootstrap.sh の --kubelet-extra-args を変更する。`,
    linux: `${set('kubelet の --config のファイル')}--config-dir のドロップインとフラグ --${flag} で上書きしない。kubelet を再起動し、イメージまたはユーザーデータも変更する。`,
    windows: `${template}にある Start-EKSBootstrap.ps1 の -KubeletExtraArgs で、${wanted()}のための --${flag} を指定し、ノードを入れ替える。`,
    hybrid: `${set('ノードの NodeConfig ', 'spec.kubelet.config.')}${without('spec.kubelet.flags ')}nodeadm init をもう一度実行する。`,
    aws: `この kubelet は AWS が実行する（EKS Auto Mode または Fargate）ため、${path}（期待値: ${expected}）を変更できない。ノードを入れ替える。新しいノードも同じであれば、AWS Support に問い合わせる。`,
  }[remedy];
}

function flagRemedy(remedy: Remedy, flag: string, expected: string): string {
  const from = (place: string, then: string) => `${place}から ${flag}（期待値: ${expected}）を削除し、${then}。`;
  const args = `${template}にある bootstrap.sh の --kubelet-extra-args `;
  return {
    nodeadm: `${from(`${template}またはイメージの NodeConfig にある spec.kubelet.flags `, '新しいノードに入れ替える')}nodeadm もこれを設定する。そのようなノードは AWS が作成したとおりである。`,
    karpenter: from('EC2NodeClass のユーザーデータ', 'Karpenter にドリフトしたノードを入れ替えさせる'),
    al2: from(`${args}と、/etc/systemd/system/kubelet.service.d にあるドロップイン`, '新しいノードに入れ替える'),
    bottlerocket: `Bottlerocket は settings.kubernetes.hostname-override と自身の既定値から ${flag}（期待値: ${expected}）を生成する。ユーザーデータ（TOML）の設定を削除し、ノードを入れ替える。`,
    ubuntu: from(`${args}と snap get kubelet-eks の値`, '新しいノードに入れ替える'),
    linux: from('イメージまたはユーザーデータにある kubelet のユニット', 'kubelet を再起動する'),
    windows: from('ユーザーデータにある Start-EKSBootstrap.ps1 の -KubeletExtraArgs ', 'ノードを入れ替える'),
    hybrid: from('NodeConfig の spec.kubelet.flags ', 'ノードで nodeadm init をもう一度実行する'),
    aws: `この kubelet は AWS が実行する（EKS Auto Mode または Fargate）ため、${flag}（期待値: ${expected}）を変更できない。`,
  }[remedy];
}

function fileRemedy(remedy: Remedy, about: Extract<About, { readonly kind: 'file' }>, expected: string): string {
  const name = japaneseProperties[about.property];
  const file = `${flagOf(about)} のファイル`;
  const run = `${file}に ${about.property === 'mode' ? 'chmod 644' : 'chown root:root'} を実行する（${name}の期待値: ${expected}）。`;
  return {
    nodeadm: `${run}nodeadm は起動のたびにファイルを書き換える。その後に変更しているユーザーデータまたはイメージを修正し、新しいノードに入れ替える。`,
    karpenter: `${run}ブートストラップ後に変更している EC2NodeClass の spec.userData またはイメージを修正する。その後、Karpenter がドリフトしたノードを入れ替える。`,
    al2: `${run}bootstrap.sh は最初の起動時にファイルを書き込む。その後に変更している${template}またはイメージを修正する。`,
    bottlerocket: `${file}は Bottlerocket が生成する（${name}の期待値: ${expected}）。変更の原因を調べ、ノードを入れ替える。`,
    ubuntu: `${run}bootstrap.sh の後に変更している${template}またはイメージを修正する。`,
    linux: `${run}イメージまたはユーザーデータも変更する。`,
    windows: `Windows には${name}（Linux での期待値: ${expected}）の代わりにアクセス制御リストがある。${file}に書き込めるのは SYSTEM と Administrators だけとする。`,
    hybrid: `${run}nodeadm init がファイルを書き換える。その後に変更しているものを修正する。`,
    aws: `この kubelet は AWS が実行する（EKS Auto Mode または Fargate）ため、${file}の${name}（期待値: ${expected}）を変更できない。ノードを入れ替える。`,
  }[remedy];
}

/** How a change reaches the nodes of a kind, and stays; behind a control's own fix. */
const rollOut: Readonly<Record<Remedy, string>> = {
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
const advice: Readonly<Record<string, string>> = {
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

const japanese: Language = {
  language: 'ja',
  fill: hangingJapanese,
  comma: '、',
  semicolon: '、',
  inBrackets: (text, more) => `${text}（${more}）`,
  names: {
    ...{ number: '番号', also: '。ほかに ', level: 'プロファイル適用性', levelOf: 'レベル ', severity: '重大度' },
    ...{ checked: '検査対象', automated: '自動', manual: '手動', none: 'なし', own: 'なし: 本プログラム独自の検査' },
    ...{ by: '出典: ', why: '理由', impact: '影響', howOfCluster: '監査方法', how: '監査方法', byHand: '手作業' },
    ...{ caveats: '注意点', defaults: 'Amazon EKS 最適化 AMI の既定値', requirements: '対応する要件', fix: '修復' },
    ...{ cluster: 'クラスター', agents: 'エージェントに必要な権限（eks-kubelet-audit holders CLUSTER）' },
  },
  kinds: {
    nodeadm: 'Amazon Linux 2023（nodeadm）',
    karpenter: 'Karpenter のノードプール',
    al2: 'Amazon Linux 2',
    bottlerocket: 'Bottlerocket',
    ubuntu: 'Ubuntu',
    linux: 'その他の Linux',
    windows: 'Windows',
    hybrid: 'ハイブリッドノード',
    aws: 'EKS Auto Mode、Fargate',
  },
  via: { direct: 'kubelet のポート', ssm: 'SSM', files: '保存したファイル', tls: 'TLS' },
  textOf(control) {
    const { title, expected, why, impact, caveats } = japaneseOf(control);
    const about = aboutJapanese(control.about);
    const checked = `${about}、期待値: ${expected}`;
    return { title, checked, why: control.about.kind === 'cluster' ? why : `${about}: ${why}`, impact, caveats };
  },
  numberSource: (version) =>
    numberSources[version] && 'kube-bench（b3b9261、5a982dd）による。CIS の本文は確認していない',
  defaultText: (text) =>
    text
      .replace('(not set)', '未設定')
      .replace(/ \(default of the EKS-optimized AMI\)$/, '（Amazon EKS 最適化 AMI の既定値）')
      .replace(/ \(default \(configuration file\)\)$/, '（設定ファイルがある場合の既定値）'),
  fixOf: (control, place) =>
    `${remedyText(control, place, japaneseOf(control))}${isLockOut(control, place) ? withClientCa : ''}`,
  adviceOf: ({ name }) => advice[name] ?? '',
};

const withClientCa =
  '未設定の場合は、同じ変更で authentication.x509.clientCAFile も設定する。クライアント CA がないと、API サーバーが拒否される。';

function remedyText({ about }: Control, remedy: Remedy, { expected, remedy: own }: JapaneseText): string {
  if (own !== undefined) return about.kind === 'cluster' ? own : `${own}${rollOut[remedy]}`;
  switch (about.kind) {
    case 'setting':
      return settingRemedy(remedy, about.setting, expected);
    case 'flag':
      return flagRemedy(remedy, flagOf(about), expected);
    case 'file':
      return fileRemedy(remedy, about, expected);
    default:
      return `${aboutJapanese(about)}を修正する（期待値: ${expected}）。${rollOut[remedy]}`;
  }
}
