/** One control in `explain --lang ja`. Terms are those of AWS's Japanese documentation and of the CIS Benchmark. */
export interface JapaneseText {
  readonly title: string;
  readonly expected: string;
  readonly why: string;
  readonly impact?: string;
  readonly caveats?: readonly string[];
  /** Of a control whose fix is its own. */
  readonly remedy?: string;
}

const kubeconfigWhy = 'このファイルに書き込める者は、kubelet が従う API サーバーと、接続に使う認証情報を変更できる。';
const configWhy = 'このファイルに書き込める者は、次回の起動後に kubelet が何を信頼するかを変更できる。';
const mode = '644 またはそれより厳しい値';
const noFile = (what: string): string => `設定ファイルなしで起動した kubelet は、フラグで指定しない限り${what}。`;

const ofFile = [
  'アクセス許可と所有者を確認できるのは SSM だけである。configz、保存したファイル、TLS ハンドシェイクだけでは unknown となる。',
  'ファイルがない場合は fail ではなく unknown となる。kubelet が起動時に読んだものは、もう確認できない。',
];
const ofCa = 'ファイルの内容を読むのは SSM だけである。configz が応答する場合は --complete が必要となる。';

/** By slug; every control of the catalogue has one. */
export const japaneseTexts: Readonly<Record<string, JapaneseText>> = {
  'kubelet-kubeconfig-mode': {
    title: 'kubelet の kubeconfig ファイルのアクセス許可を 644 またはそれより厳しくすること（--kubeconfig）',
    expected: mode,
    why: kubeconfigWhy,
    impact: '以後、ノードの管理者だけがファイルを変更できる。',
    caveats: ofFile,
  },
  'kubelet-kubeconfig-owner': {
    title: 'kubelet の kubeconfig ファイルの所有者を root:root とすること（--kubeconfig）',
    expected: 'root:root',
    why: kubeconfigWhy,
    caveats: ofFile,
  },
  'kubelet-config-mode': {
    title: 'kubelet の設定ファイルのアクセス許可を 644 またはそれより厳しくすること（--config）',
    expected: mode,
    why: configWhy,
    caveats: ofFile,
  },
  'kubelet-config-owner': {
    title: 'kubelet の設定ファイルの所有者を root:root とすること（--config）',
    expected: 'root:root',
    why: configWhy,
    caveats: ofFile,
  },
  'kubelet-anonymous-auth': {
    title: 'kubelet は匿名のリクエストを拒否すること（authentication.anonymous.enabled が false）',
    expected: 'false',
    why: 'true の場合、認証情報のないリクエストは拒否されず、匿名ユーザーのリクエストとして処理される。その場合、アクセスを防ぐものは認可だけとなる。',
    impact: '認証情報なしで kubelet に接続していたもの（簡単なトラブルシューティングなど）は拒否される。',
    caveats: [noFile('匿名のクライアントを受け入れる')],
  },
  'kubelet-authorization-mode': {
    title: 'kubelet は API サーバーで認可を確認すること（authorization.mode が AlwaysAllow ではない）',
    expected: 'AlwaysAllow ではなく Webhook',
    why: 'AlwaysAllow の場合、接続できたすべてのクライアントが、ノード上のすべてのコンテナでコマンドを実行できる。Webhook の場合、kubelet はクライアントの権限を API サーバーに問い合わせる。',
    impact: '権限のないリクエストは拒否される。',
    caveats: [
      noFile('すべてを許可する'),
      '2.0.0 は Webhook を、それより前の版は AlwaysAllow 以外を要求する。kubelet にほかのモードはないため、判定は同じになる。',
    ],
  },
  'kubelet-client-ca-file': {
    title: 'kubelet はクライアント CA で API サーバーの接続を認証すること（authentication.x509.clientCAFile を設定）',
    expected: 'CA バンドルのパス',
    why: '設定しない場合、kubelet は API サーバーを含むクライアントを証明書で認証できない。ポートに到達できる者は、より弱い方法で判断されるか、まったく認証されない。',
    impact: 'API サーバーと kubelet に TLS を設定する必要がある。',
    caveats: [
      'クライアント CA のない kubelet は通常 API サーバーを拒否するため、fail のノードは到達できないように見える。そのような応答は warn とし、SSM または TLS ハンドシェイクで判定する。',
      '値が空のフラグはファイルの CA の設定を無効にするため、フラグがあっても fail となる。',
    ],
  },
  'kubelet-read-only-port': {
    title: 'kubelet は認証のない読み取り専用ポートを閉じること（readOnlyPort が 0）',
    expected: '0',
    why: '0 以外の場合、認証情報を求めない別のポートが開き、環境変数を含むノード上のすべてのポッドの情報が公開される。',
    impact: '読み取り専用ポートを使うサービスは、kubelet のメインポートを使うように変更する必要がある。',
    caveats: [
      '閉じたポートは configz に現れない。ない場合は 0 を意味し、pass となる（kube-bench は fail とする）。',
      noFile('ポート 10255 を開く'),
    ],
  },
  'kubelet-streaming-timeout': {
    title: 'kubelet はアイドル状態のストリーミング接続を切断すること（streamingConnectionIdleTimeout が 0 ではない）',
    expected: '0 より大きい値、または未設定',
    why: '0 の場合、終了し忘れた exec、attach、port-forward の接続が、確保したリソースとともに無期限に残る。',
    impact: '長時間アイドル状態の接続が切断されることがある。',
    caveats: [
      '値は時間として比較する。0、0s、0m0s は同じである。',
      'kubelet はファイルの 0 を既定値の 4 時間とみなすため、fail となるのはフラグだけである。',
      'Kubernetes はこの設定を非推奨とし、新しい kubelet では効果がない。',
    ],
  },
  'kubelet-protect-kernel-defaults': {
    title: 'kubelet はカーネル設定を変更しないこと（protectKernelDefaults が true）',
    expected: 'true',
    why: 'true の場合、カーネル設定が要件を満たさなければ kubelet は起動を中止する。false の場合、管理者に知らせずにカーネル設定を変更する。',
    caveats: ['configz では false と未設定を区別できない。既定値は false なので、どちらも fail となる。'],
  },
  'kubelet-iptables-chains': {
    title: 'kubelet に iptables のチェーンを管理させること（makeIPTablesUtilChains が true）',
    expected: 'true、または未設定',
    why: 'true の場合、kubelet は自身の iptables チェーンを作成し、修復する。false の場合、ファイアウォールのルールがノードのネットワーク設定と一致しなくなるおそれがある。',
    impact: 'kubelet が iptables のルールを同期する。iptables を管理するほかのプログラムと競合することがある。',
  },
  'kubelet-hostname-override': {
    title: 'kubelet はホスト名を上書きしないこと（--hostname-override を設定しない）',
    expected: '未設定',
    why: 'ノードがホストと異なる名前を名乗ると、証明書の検証に失敗したり、ログの解析を誤ったりするおそれがある。',
    caveats: [
      'フラグであり、configz には現れない。コマンドラインだけで確認できる。',
      'EKS のイメージは、EC2 がインスタンスに付けた名前をこのフラグに設定する。ベンチマークの新しい版にこの推奨事項はない。',
    ],
  },
  'kubelet-event-qps': {
    title: 'kubelet はイベントを適切な頻度で記録すること（eventRecordQPS が 0 以上）',
    expected: '0 以上、または未設定',
    why: '1 秒間に記録するイベント数を制限する。少なすぎると攻撃の痕跡が失われ、無制限では API サーバーに過大な負荷がかかるおそれがある。',
    impact:
      '0 の場合、イベントが多すぎてクラスターに負荷がかかることがある。処理と保存にはその量に見合う規模が必要である。',
    caveats: ['0 は pass となる。1.36 までは 1 秒に 5 件、1.37 以降は無制限を意味する。'],
  },
  'kubelet-rotate-certificates': {
    title: 'kubelet のクライアント証明書のローテーションを無効にしないこと（rotateCertificates）',
    expected: 'true、または未設定',
    why: '有効期限が切れる前に新しいクライアント証明書を取得するため、盗まれた証明書が使える期間を短くできる。',
    caveats: [
      '既定値は false だが、未設定は pass となる（Trivy は fail とする）。',
      'configz は明示された false を出力しないため、false と未設定を区別できない。configz で判定できるのは true だけで、ほかはフラグとファイルで判定する。',
      'EKS のノードは通常 IAM のトークンで API サーバーに接続し、更新するクライアント証明書を持たない。',
    ],
  },
  'kubelet-rotate-server-certificate': {
    title: 'kubelet のサービング証明書をローテーションすること（featureGates.RotateKubeletServerCertificate が true）',
    expected: 'true',
    why: 'kubelet が自身のポートの証明書をクラスターから取得し、更新する。接続するクライアントは、kubelet と偽のサーバーを区別できる。',
    caveats: [
      'ベンチマークはゲートの明示を要求する。Kubernetes 1.12 以降は既定で有効である。明示がない場合、serverTLSBootstrap が true なら注記付きの pass、そうでなければ証明書を更新するものがないため fail となる。',
      '明示がないゲートを kube-bench は fail とし、Bottlerocket 自身のレポートは pass とする。',
      '2.0.0 はファイルの serverTLSBootstrap も要求し、kube-bench はそれがなければゲートが明示されていても fail とする。ここでは以前の版と同じく、注記付きの pass となる。',
    ],
  },
  'cluster-proxy-holders': {
    title: 'kubelet のプロキシ（nodes/proxy）へのアクセスを既知の主体だけに制限すること',
    expected: 'Kubernetes、EKS、allowedProxyHolders の主体だけ',
    why: 'nodes/proxy の get 権限があれば、アドミッションコントロールを経由せずに、クラスターのすべてのポッドでコマンドを実行できる。kubelet のポートに直接接続した場合は、API サーバーの監査ログにも残らない。',
    impact: 'この権限を持つユーザーとサービスアカウントを確認する必要がある。',
    caveats: [
      '個別に指定した場合だけ検査する。専用の権限が必要で、指定すると `grant --controls` とスタックがその権限を付与する（docs/access.md）。',
      '自分に権限を与えられる者（escalate、bind、impersonate、サービスアカウントのトークン、ノード自身、クライアント証明書）は探さない。',
      'API サーバー経由で kubelet を読む場合は、本プログラムの主体も保有者となる。direct に nodes/proxy は必要ない。',
    ],
    remedy:
      '該当する ClusterRole から nodes/proxy と、それを含むワイルドカードを削除するか、バインディングを削除する。IAM プリンシパルには、それを含まないアクセスポリシーを関連付ける。メトリクスまたは設定を読むには、nodes/metrics または nodes/configz で足りる。残す必要がある主体は、所有者と有効期限を付けて allowedProxyHolders に登録する。',
  },
  'client-ca-file-present': {
    title: 'クライアント CA のファイルが存在し、証明書を含むこと（authentication.x509.clientCAFile）',
    expected: '証明書を 1 つ以上含むファイル',
    why: 'kubelet は起動時にこのファイルを読み、証明書がなければ起動しない。実行中は以前に読んだ内容を使い続けるため、再起動するまで問題が表面化しない。',
    caveats: [ofCa],
    remedy: 'kubelet が再起動する前に、クラスターの CA バンドルを元のパスに戻す。',
  },
  'client-ca-is-cluster-ca': {
    title: 'クライアント CA はクラスターの CA であること（authentication.x509.clientCAFile）',
    expected: 'DescribeCluster が返すクラスターの CA のすべての証明書',
    why: 'このファイルにある CA の秘密鍵を持つ者は、kubelet が信頼するクライアントを任意の名前で作成できる。クラスターの CA でなければ API サーバーは認証されず、logs や exec が失敗する。EKS が CA をローテーションする間は、新旧両方の CA が必要である。',
    caveats: [
      ofCa,
      '証明書は SHA-256 で比較する。多くのクラスターの CA は同じ名前を持つ。',
      'ファイルにほかの CA があっても fail とはならないが、報告される。その CA が署名したクライアントも信頼されるためである。',
      'DescribeCluster を使わない場合（kubeconfig、kubectl のプロキシ）、クラスターの CA が分からないため unknown となる。',
    ],
    remedy:
      '`aws eks describe-cluster` の certificateAuthority.data を base64 でデコードし、すべての証明書をファイルに書き込む。実行中の kubelet は再起動せずに読み込む。',
  },
  'client-ca-expiry': {
    title: 'クライアント CA の有効期限が 30 日以内に切れないこと（authentication.x509.clientCAFile）',
    expected: '有効期間が 30 日より長く残っている証明書',
    why: 'CA の有効期限が切れると、その時点から、API サーバーを含め、その CA が署名したすべてのクライアントが拒否される。',
    caveats: [ofCa],
    remedy:
      '後継の証明書をファイルに追加し（EKS が CA をローテーションする間は新旧両方を置く）、期限切れの証明書を削除する。',
  },
  'kubelet-serving-certificate': {
    title: 'kubelet はクラスターの CA が署名したサービング証明書を提示すること',
    expected: 'クラスターの CA が署名し、ノードの名前を含む有効な証明書',
    why: 'サービング証明書を検証できないクライアントは、別のサーバーに誘導されるおそれがある。その場合、logs、exec、メトリクスの接続が傍受される可能性がある。',
    caveats: [
      'クライアントが検証できることを示す。EKS の API サーバーが検証するかどうかを AWS は公表していないが、検証できない証明書を拒否したという公開報告がある（aws/eks-hybrid#413、InftyAI/Nebula#69）。',
      'direct、tls、wire だけで確認できる。どれも指定しない場合、この検査は行わない。',
      'AWS が確認しないアドレスで応答したものは、証明書が kubelet のものと見られる場合に限り fail となる。',
    ],
    remedy:
      'serverTLSBootstrap を true に設定し、tlsCertFile と tlsPrivateKeyFile を削除する。署名者 kubernetes.io/kubelet-serving の証明書署名要求を承認する（kubectl get csr）。',
  },
};
