/** What `explain --lang ja` says of one control. Terms are those of AWS's Japanese documentation and of the CIS Benchmark. */
export interface JapaneseText {
  /** What is required. */
  readonly title: string;
  readonly why: string;
  /** How it is checked. */
  readonly audit: string;
  readonly remedy: string;
  /** What the kubelet has without a setting, and what EKS-optimized AMIs set. */
  readonly default: string;
}

const kubeconfigWhy = 'このファイルに書き込める者は、kubelet が従う API サーバーと、接続に使う認証情報を変更できる。';
const configWhy = 'このファイルに書き込める者は、次回の起動後に kubelet が何を信頼するかを変更できる。';
const fileDefault = 'kubelet に既定値はない。ファイルを作成するブートストラップ（nodeadm など）が決める。';
const fileAudit = (what: string): string =>
  `SSM でノード上の${what}を確認する。ほかの方法では確認できず、判定は unknown となる。`;
const lasting = 'ブートストラップ後に変更しているユーザーデータまたは AMI を修正し、ノードを入れ替える。';
const settingAudit = (setting: string, flag: string, unset: string): string =>
  `実行中の設定（configz）の ${setting} を確認する。SSM では、コマンドラインの ${flag}、--config-dir のドロップイン、--config のファイルの順に確認する。どこにも設定がなければ${unset}とみなす。`;
const settingRemedy = (what: string, flag: string): string =>
  `${what}。AL2023 では起動テンプレートのユーザーデータにある NodeConfig（spec.kubelet.config）、Karpenter では EC2NodeClass、Bottlerocket では settings.kubernetes を変更する。優先される ${flag} は削除し、ノードを入れ替える。`;
const eksDefault = (kubelet: string, ami: string): string =>
  `kubelet の既定値は${kubelet}。Amazon EKS 最適化 AMI（AL2023、AL2、Bottlerocket）では${ami}。`;
const caFile = 'authentication.x509.clientCAFile のファイル';

/** By slug; every control of the catalogue has one. */
export const japaneseTexts: Readonly<Record<string, JapaneseText>> = {
  'kubelet-kubeconfig-mode': {
    title: 'kubelet の kubeconfig ファイルのアクセス許可を 644 またはそれより厳しくすること（--kubeconfig）',
    why: kubeconfigWhy,
    audit: fileAudit('--kubeconfig のファイルのアクセス許可'),
    remedy: `--kubeconfig のファイルに chmod 644 を実行する。${lasting}`,
    default: fileDefault,
  },
  'kubelet-kubeconfig-owner': {
    title: 'kubelet の kubeconfig ファイルの所有者を root:root とすること（--kubeconfig）',
    why: kubeconfigWhy,
    audit: fileAudit('--kubeconfig のファイルの所有者'),
    remedy: `--kubeconfig のファイルに chown root:root を実行する。${lasting}`,
    default: fileDefault,
  },
  'kubelet-config-mode': {
    title: 'kubelet の設定ファイルのアクセス許可を 644 またはそれより厳しくすること（--config）',
    why: configWhy,
    audit: fileAudit('--config のファイルのアクセス許可'),
    remedy: `--config のファイルに chmod 644 を実行する。${lasting}`,
    default: fileDefault,
  },
  'kubelet-config-owner': {
    title: 'kubelet の設定ファイルの所有者を root:root とすること（--config）',
    why: configWhy,
    audit: fileAudit('--config のファイルの所有者'),
    remedy: `--config のファイルに chown root:root を実行する。${lasting}`,
    default: fileDefault,
  },
  'kubelet-anonymous-auth': {
    title: 'kubelet は匿名のリクエストを拒否すること（authentication.anonymous.enabled が false）',
    why: 'true の場合、認証情報のないリクエストは拒否されず、匿名ユーザーのリクエストとして処理される。その場合、アクセスを防ぐものは認可だけとなる。',
    audit: settingAudit('authentication.anonymous.enabled', '--anonymous-auth', '既定値'),
    remedy: settingRemedy('authentication.anonymous.enabled を false に設定する', '--anonymous-auth'),
    default: eksDefault('、設定ファイルがあれば false、なければ true', ' false'),
  },
  'kubelet-authorization-mode': {
    title: 'kubelet は API サーバーで認可を確認すること（authorization.mode が AlwaysAllow ではない）',
    why: 'AlwaysAllow の場合、接続できたすべてのクライアントが、ノード上のすべてのコンテナでコマンドを実行できる。Webhook の場合、kubelet はクライアントの権限を API サーバーに問い合わせる。',
    audit: settingAudit('authorization.mode', '--authorization-mode', '既定値'),
    remedy: settingRemedy('authorization.mode を Webhook に設定する', '--authorization-mode'),
    default: eksDefault('、設定ファイルがあれば Webhook、なければ AlwaysAllow', ' Webhook'),
  },
  'kubelet-client-ca-file': {
    title: 'kubelet はクライアント CA で API サーバーの接続を認証すること（authentication.x509.clientCAFile を設定）',
    why: '設定しない場合、kubelet は API サーバーを含むクライアントを証明書で認証できない。ポートに到達できる者は、より弱い方法で判断されるか、まったく認証されない。',
    audit: `${settingAudit('authentication.x509.clientCAFile', '--client-ca-file', '未設定')}クライアント CA のない kubelet は通常 API サーバーを拒否するため、到達できないノードは SSM または TLS ハンドシェイクで確認する。`,
    remedy: settingRemedy(
      'authentication.x509.clientCAFile にクラスターの CA バンドルのパスを設定する',
      '--client-ca-file',
    ),
    default: eksDefault('未設定', ' /etc/kubernetes/pki/ca.crt'),
  },
  'kubelet-read-only-port': {
    title: 'kubelet は認証のない読み取り専用ポートを閉じること（readOnlyPort が 0）',
    why: '0 以外の場合、認証情報を求めない別のポートが開き、環境変数を含むノード上のすべてのポッドの情報が公開される。',
    audit: settingAudit('readOnlyPort', '--read-only-port', '既定値'),
    remedy: settingRemedy('readOnlyPort を 0 に設定する', '--read-only-port'),
    default: eksDefault('、設定ファイルがあれば 0、なければ 10255', ' 0'),
  },
  'kubelet-streaming-timeout': {
    title: 'kubelet はアイドル状態のストリーミング接続を切断すること（streamingConnectionIdleTimeout が 0 ではない）',
    why: '0 の場合、終了し忘れた exec、attach、port-forward の接続が、確保したリソースとともに無期限に残る。',
    audit: settingAudit('streamingConnectionIdleTimeout', '--streaming-connection-idle-timeout', '既定値の 4 時間'),
    remedy: settingRemedy(
      'streamingConnectionIdleTimeout を 0 より大きい値に設定するか、設定を削除する',
      '--streaming-connection-idle-timeout',
    ),
    default: eksDefault(' 4h', 'この既定値のまま'),
  },
  'kubelet-protect-kernel-defaults': {
    title: 'kubelet はカーネル設定を変更しないこと（protectKernelDefaults が true）',
    why: 'true の場合、カーネル設定が要件を満たさなければ kubelet は起動を中止する。false の場合、管理者に知らせずにカーネル設定を変更する。',
    audit: settingAudit('protectKernelDefaults', '--protect-kernel-defaults', '既定値の false '),
    remedy: settingRemedy('protectKernelDefaults を true に設定する', '--protect-kernel-defaults'),
    default: eksDefault(' false', ' true'),
  },
  'kubelet-iptables-chains': {
    title: 'kubelet に iptables のチェーンを管理させること（makeIPTablesUtilChains が true）',
    why: 'true の場合、kubelet は自身の iptables チェーンを作成し、修復する。false の場合、ファイアウォールのルールがノードのネットワーク設定と一致しなくなるおそれがある。',
    audit: settingAudit('makeIPTablesUtilChains', '--make-iptables-util-chains', '既定値の true '),
    remedy: settingRemedy('makeIPTablesUtilChains を true に設定するか、設定を削除する', '--make-iptables-util-chains'),
    default: eksDefault(' true', 'この既定値のまま'),
  },
  'kubelet-hostname-override': {
    title: 'kubelet はホスト名を上書きしないこと（--hostname-override を設定しない）',
    why: 'ノードがホストと異なる名前を名乗ると、証明書の検証に失敗したり、ログの解析を誤ったりするおそれがある。',
    audit:
      'SSM で kubelet のコマンドラインに --hostname-override がないことを確認する。設定ファイルにこの設定はなく、configz では確認できない。',
    remedy:
      'kubelet の引数から --hostname-override を削除し、ノードを入れ替える。稼働中のノードから削除しないこと。ノードが別の名前で登録される。',
    default: 'kubelet の既定値は未設定。',
  },
  'kubelet-event-qps': {
    title: 'kubelet はイベントを適切な頻度で記録すること（eventRecordQPS が 0 以上）',
    why: '1 秒間に記録するイベント数を制限する。少なすぎると攻撃の痕跡が失われ、無制限では API サーバーに過大な負荷がかかるおそれがある。',
    audit: settingAudit('eventRecordQPS', '--event-qps', '既定値の 50 '),
    remedy: settingRemedy('eventRecordQPS を 0 以上の適切な値に設定するか、設定を削除する', '--event-qps'),
    default: eksDefault(' 50', 'この既定値のまま'),
  },
  'kubelet-rotate-certificates': {
    title: 'kubelet のクライアント証明書のローテーションを無効にしないこと（rotateCertificates）',
    why: '有効期限が切れる前に新しいクライアント証明書を取得するため、盗まれた証明書が使える期間を短くできる。',
    audit: settingAudit('rotateCertificates', '--rotate-certificates', '未設定（pass）'),
    remedy: settingRemedy('rotateCertificates を true に設定するか、false の設定を削除する', '--rotate-certificates'),
    default: eksDefault(' false', 'この既定値のまま。未設定は pass と判定する'),
  },
  'kubelet-rotate-server-certificate': {
    title: 'kubelet のサーバー証明書をローテーションすること（featureGates.RotateKubeletServerCertificate が true）',
    why: 'kubelet が自身のポートの証明書をクラスターから取得し、更新する。接続するクライアントは、kubelet と偽のサーバーを区別できる。',
    audit: settingAudit(
      'featureGates.RotateKubeletServerCertificate',
      '--feature-gates=RotateKubeletServerCertificate',
      '、serverTLSBootstrap が true の場合に限り pass ',
    ),
    remedy: settingRemedy(
      'featureGates.RotateKubeletServerCertificate を true に設定する',
      '--feature-gates の RotateKubeletServerCertificate=false',
    ),
    default:
      'フィーチャーゲートは Kubernetes 1.12 以降、既定で有効。AL2023 と AL2 の Amazon EKS 最適化 AMI は true を明示し、Bottlerocket は明示しない。',
  },
  'cluster-proxy-holders': {
    title: 'kubelet のプロキシ（nodes/proxy）へのアクセスを既知の主体だけに制限すること',
    why: 'nodes/proxy の get 権限があれば、アドミッションコントロールを経由せずに、クラスターのすべてのポッドでコマンドを実行できる。kubelet のポートに直接接続した場合は、API サーバーの監査ログにも残らない。',
    audit:
      'ClusterRole、ClusterRoleBinding、ConfigMap の kube-system/aws-auth、EKS のアクセスエントリとアクセスポリシーを読み、nodes/proxy に到達できる主体を列挙する。個別に指定した場合だけ検査する。',
    remedy:
      '該当する ClusterRole から nodes/proxy と、それを含むワイルドカードを削除するか、バインディングを削除する。IAM プリンシパルには、nodes/proxy を含まないアクセスポリシーを関連付ける。残す必要がある主体は、所有者と有効期限を付けて allowedProxyHolders に登録する。',
    default:
      'Kubernetes と EKS が定める主体（system:masters グループなど）だけが権限を持つ。追加の主体はクラスターの設定による。',
  },
  'client-ca-file-present': {
    title: 'クライアント CA のファイルが存在し、証明書を含むこと（authentication.x509.clientCAFile）',
    why: 'kubelet は起動時にこのファイルを読み、証明書がなければ起動しない。実行中は以前に読んだ内容を使い続けるため、再起動するまで問題が表面化しない。',
    audit: `SSM でノード上の ${caFile}を読み、証明書を 1 つ以上含むことを確認する。`,
    remedy: 'kubelet を再起動する前に、クラスターの CA バンドルを元のパスに戻す。',
    default: 'Amazon EKS 最適化 AMI では /etc/kubernetes/pki/ca.crt に、クラスターの CA が保存される。',
  },
  'client-ca-is-cluster-ca': {
    title: 'クライアント CA はクラスターの CA であること（authentication.x509.clientCAFile）',
    why: 'このファイルにある CA の秘密鍵を持つ者は、kubelet が信頼するクライアントを任意の名前で作成できる。クラスターの CA でなければ API サーバーは認証されず、logs や exec が失敗する。EKS が CA をローテーションする間は、新旧両方の CA が必要である。',
    audit: `SSM でノード上の ${caFile}にある証明書を、DescribeCluster が返すクラスターの CA と比較する。`,
    remedy:
      '`aws eks describe-cluster` の certificateAuthority.data を base64 でデコードし、すべての証明書をファイルに書き込む。実行中の kubelet は再起動せずに読み込む。',
    default: 'Amazon EKS 最適化 AMI では、ブートストラップがクラスターの CA を書き込む。',
  },
  'client-ca-expiry': {
    title: 'クライアント CA の有効期限が 30 日以内に切れないこと（authentication.x509.clientCAFile）',
    why: 'CA の有効期限が切れると、その時点から、API サーバーを含め、その CA が署名したすべてのクライアントが拒否される。',
    audit: `SSM でノード上の ${caFile}にある証明書の有効期限を確認する。`,
    remedy:
      '後継の証明書をファイルに追加し、期限切れの証明書を削除する。EKS が CA をローテーションする間は、新旧両方の証明書を置く。',
    default: '有効期限は、EKS がクラスターごとに作成する CA による。',
  },
  'kubelet-serving-certificate': {
    title: 'kubelet はクラスターの CA が署名したサーバー証明書を提示すること',
    why: 'サーバー証明書を検証できないクライアントは、別のサーバーに誘導されるおそれがある。その場合、logs、exec、メトリクスの接続が傍受される可能性がある。',
    audit:
      'kubelet のポートに接続し（direct、tls、wire）、提示された証明書がクラスターの CA で署名され、そのノードの名前を含み、有効期間内であることを確認する。configz と SSM では確認できない。',
    remedy:
      'serverTLSBootstrap を true に設定し、tlsCertFile と tlsPrivateKeyFile を削除する。kubernetes.io/kubelet-serving の証明書署名要求を承認し（kubectl get csr）、ノードを入れ替える。',
    default:
      'kubelet の serverTLSBootstrap の既定値は false で、自己署名証明書を提示する。Amazon EKS 最適化 AMI は true に設定し、EKS が証明書署名要求を承認する。',
  },
};
