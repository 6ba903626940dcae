import { memberRoleName } from '../../../contract/names.ts';
import { accessControls } from '../../judge/access.ts';
import { controls } from '../../judge/controls/index.ts';
import { accessStates } from '../../model/access-states.ts';
import { hanging, hangingJapanese } from '../../model/text/wrap.ts';
import { controlList, type TableStyle } from '../report.ts';
import { meanings } from '../standing-words.ts';
import { signs } from './matrix.ts';
import type { ExplanationLanguage } from './sources-of-control.ts';

const headline = accessControls
  .map((slug) =>
    controlList(
      controls.filter((each) => each.slug === slug),
      { controls, benchmark: 'cis-eks-1.8.0' },
    ),
  )
  .join(', ');

/** Each word of reports that is not a control, with the text of `explain` in English and in Japanese. docs/glossary.md has the English ones. */
const words: ReadonlyMap<string, readonly [en: string, ja: string]> = new Map(
  Object.entries({
    access: [
      `The headline of a node: ${accessStates.closed.en.meaning}. It is the worst of ${headline}: a client CA alone keeps no client out.`,
      `ノードの総合判定: API サーバーとすべてのクライアントが認証され、認可される。${headline} のうち最も悪い判定である。クライアント CA だけではクライアントを防げない。`,
    ],
    pass: [
      `${capital(meanings.pass)}. Security Hub: PASSED.`,
      '要件を満たし、読んだ内容がそれを証明する。Security Hub: PASSED。',
    ],
    fail: [
      `${capital(meanings.fail)}. Security Hub: FAILED. Exit code 1.`,
      '要件を満たさず、読んだ内容がそれを証明する。Security Hub: FAILED。終了コード 1。',
    ],
    warn: [
      `${capital(meanings.warn)}; for example, a kubelet that refuses the API server probably has no client CA. Security Hub: WARNING. Exit code 2, or 1 with --fail-on warn.`,
      'おそらく fail である。兆候はあるが、証明はない。たとえば、API サーバーを拒否する kubelet にはおそらくクライアント CA がない。Security Hub: WARNING。終了コード 2、--fail-on warn では 1。',
    ],
    unknown: [
      `${capital(meanings.unknown)}. The notes below the table say what each source met. Security Hub: NOT_AVAILABLE. Exit code 2, or 1 with --fail-on unknown.`,
      '読めなかった。pass には数えない。理由は表の下の注記にある。Security Hub: NOT_AVAILABLE。終了コード 2、--fail-on unknown では 1。',
    ],
    waived: [
      `${capital(meanings.waived)}. Written in the file of --waivers, or in the deployment. Security Hub: WARNING.`,
      'fail だが、所有者のある例外が期限まで認める。--waivers のファイルまたはデプロイの設定に書く。Security Hub: WARNING。',
    ],
    'not-applicable': [
      `${capital(meanings['not-applicable'])}, for example because AWS runs its kubelet. It has no finding.`,
      'このノードには適用されない。たとえば AWS が kubelet を実行する場合である。検出結果はない。',
    ],
    coverage: [
      'What an audit over accounts looked at: accounts, Regions, clusters, and each gap with its remedy.',
      '複数アカウントの監査の範囲: アカウント、リージョン、クラスター、および各 gap とその修復。',
    ],
    gap: [
      'A place that should have been looked at and was not: an account, a Region, a cluster or a node group. Exit code 2.',
      '監査すべきだったが監査できなかった場所: アカウント、リージョン、クラスター、ノードグループ。終了コード 2。',
    ],
    'next-node': [
      'The node that a node group would start next, judged by its launch template before it exists (--next-node).',
      'ノードグループが次に起動するノード。存在する前に、起動テンプレートで判定する（--next-node）。',
    ],
    drift: [
      'The running configuration differs from the files, for example because a file was edited. The next restart brings the other value.',
      '実行中の設定がファイルと異なる。たとえば、起動後にファイルが編集された場合である。次の再起動で別の値になる。',
    ],
    control: [
      'One requirement, with a name and, in the CIS benchmark, a number. The command controls lists them.',
      '1 つの要件。名前を持ち、CIS ベンチマークにあるものは番号も持つ。コマンド controls で一覧を表示する。',
    ],
    complete: [
      'A setting (--complete): SSM also reads the settings that only the node itself shows. A run is complete if it has no gap.',
      '設定の 1 つ（--complete）: ノード自身だけが示す設定も SSM で読む。gap のない実行も complete と呼ぶ。',
    ],
    source: [
      'A method to read kubelets: direct, configz, ssm, tls or wire. --sources chooses them.',
      'kubelet を読む方法: direct、configz、ssm、tls、wire。--sources で選ぶ。',
    ],
    configz: [
      'The kubelet’s endpoint that returns its running configuration. As a source, it is read through the API server, with get on nodes/proxy.',
      '実行中の設定を返す kubelet のエンドポイント。ソースとしては API サーバー経由で読み、nodes/proxy の get 権限が必要である。',
    ],
    direct: [
      'A source: the same endpoint on the kubelet’s own port, 10250, with get on nodes/configz. The audit must reach the nodes.',
      'ソースの 1 つ: kubelet 自身のポート 10250 で同じエンドポイントを読む。nodes/configz の get 権限と、ノードへの経路が必要である。',
    ],
    ssm: [
      'A source: a document of AWS Systems Manager without parameters reads the command line and the files on the node.',
      'ソースの 1 つ: パラメータのない AWS Systems Manager のドキュメントが、ノードのコマンドラインとファイルを読む。',
    ],
    tls: [
      'A source: the TLS handshake shows whether the kubelet asks for client certificates, and of which CAs. It needs no credential.',
      'ソースの 1 つ: TLS ハンドシェイクで、kubelet がクライアント証明書を要求するかどうかと、その CA を確認する。認証情報は必要ない。',
    ],
    wire: [
      'A source: requests without credentials show what a kubelet answers to anybody.',
      'ソースの 1 つ: 認証情報のないリクエストに kubelet がどう応答するかを確認する。',
    ],
    evidence: [
      'The value behind a verdict, where it comes from, and when and how it was read. --keep-evidence keeps it.',
      '判定の根拠となる値と、その出所、読んだ時刻と方法。--keep-evidence で保存する。',
    ],
    finding: [
      'The worst verdict for one subject and control, in Security Hub.',
      'Security Hub の検出結果。1 つの subject と control について最も悪い判定である。',
    ],
    subject: [
      'The node group, node, cluster or next node that a finding is about. --scope chooses it.',
      '検出結果の対象: ノードグループ、ノード、クラスター、または次のノード。--scope で選ぶ。',
    ],
    'node-group': [
      'Nodes that are launched and fixed together: a managed node group, a Karpenter pool, an Auto Scaling group and others.',
      '一緒に起動し、修復するノード: マネージドノードグループ、Karpenter のプール、Auto Scaling グループなど。',
    ],
    hub: ['The account and Region that run the scheduled audit.', '定期監査を実行するアカウントとリージョン。'],
    'member-role': [
      `The role of an audited account that reads clusters and writes findings: ${memberRoleName}.`,
      `監査対象のアカウントで、クラスターを読み、検出結果を書き込むロール: ${memberRoleName}。`,
    ],
    memory: [
      'Facts that a run keeps for the next one, in the hub’s bucket.',
      '次の実行のために、hub のバケットに保存する情報。',
    ],
    withdrawn: [
      'Taken out of the audit by settings: not known to be fixed.',
      '設定によって監査から外された。修復されたかどうかは分からない。',
    ],
  } as const),
);

/** Signs of the matrix. */
const bySign = new Map(Object.entries(signs).map(([word, sign]) => [sign, word]));

export const explainedWords: readonly string[] = [...words.keys()];

/** The words with their English texts, for docs/glossary.md. */
export const glossary = [...words].map(([word, [english]]) => [word.replace('-', ' '), english] as const);

interface WordOptions extends Pick<TableStyle, 'width' | 'bold'> {
  readonly lang?: ExplanationLanguage;
}

/** The meaning of a word, wrapped; `undefined` for other words. Letter case doesn't matter. */
export function wordExplained(given: string, { width, bold, lang = 'en' }: WordOptions): string | undefined {
  const word = bySign.get(given) ?? given.toLowerCase().replaceAll(' ', '-');
  const texts = words.get(word);
  if (!texts) return undefined;
  return `${bold(word)}\n${lang === 'ja' ? hangingJapanese('  ', texts[1], width) : hanging('  ', texts[0], width)}\n`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
