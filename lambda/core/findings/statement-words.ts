import { controls } from '../judge/controls/index.ts';
import { accessStates, type Language } from '../model/access-states.ts';
import { printable } from '../model/text/words.ts';
import type { Cause, Change, Statement } from './statement.ts';

/** The words for a cause, by what the control comes to, and the sentence for what a fix closes. */
interface StatementWords {
  readonly causes: Readonly<Record<Cause['standing'], (failure: string) => string>>;
  readonly of: (nodes: number, all: number) => string;
  readonly more: (causes: number) => string;
  readonly line: (lines: readonly number[]) => string;
  readonly noOwner: string;
  readonly closes: (nodes: number, all: number) => string;
}

const words: Readonly<Record<Language, StatementWords>> = {
  en: {
    causes: {
      fail: (failure) => failure,
      warn: (failure) => `probably ${failure}`,
      unknown: (failure) => `unknown whether ${failure}`,
      waived: (failure) => `waived: ${failure}`,
    },
    of: (nodes, all) => ` (${nodes} of ${all} nodes)`,
    more: (causes) => `${causes} more`,
    line: (lines) => `, line${lines.length > 1 ? 's' : ''} ${lines.join(', ')}`,
    noOwner: 'no owner',
    closes: (nodes, all) => (nodes === all ? `closes ${nodes}` : `closes ${nodes} of ${all}`),
  },
  ja: {
    causes: {
      fail: (failure) => failure,
      warn: (failure) => `${failure} (可能性が高い)`,
      unknown: (failure) => `${failure} (不明)`,
      waived: (failure) => `${failure} (例外として許容)`,
    },
    of: (nodes, all) => ` (${all} ノード中 ${nodes})`,
    more: (causes) => `ほか ${causes} 件`,
    line: (lines) => `、${lines.join('、')} 行目`,
    noOwner: '所有者なし',
    closes: (nodes, all) => `${all} ノード中 ${nodes} ノードを保護`,
  },
};

/** The short fix of a statement: where to change the settings. */
const changes: Readonly<Record<Language, Readonly<Record<Change['by'], string>>>> = {
  en: {
    restart: 'restart the kubelet: its files are right',
    replace: 'replace the nodes: new ones pass',
    template: 'change the launch template',
    nodeadm: 'one NodeConfig in the user data',
    karpenter: 'spec.userData of the EC2NodeClass',
    al2: 'the user data',
    bottlerocket: 'the user data (TOML)',
    ubuntu: 'the user data',
    linux: 'one drop-in for the kubelet',
    windows: 'the user data',
    hybrid: 'the NodeConfig of the node',
    aws: 'replace the nodes: AWS runs them',
  },
  ja: {
    restart: 'kubelet の再起動 (ファイルは修正済み)',
    replace: 'ノードの入れ替え (新しいノードは pass)',
    template: '起動テンプレートの変更',
    nodeadm: 'ユーザーデータの NodeConfig',
    karpenter: 'EC2NodeClass の spec.userData',
    al2: 'ユーザーデータ',
    bottlerocket: 'ユーザーデータ (TOML)',
    ubuntu: 'ユーザーデータ',
    linux: 'kubelet のドロップイン',
    windows: 'ユーザーデータ',
    hybrid: 'ノードの NodeConfig',
    aws: 'ノードの入れ替え (AWS が管理)',
  },
};

/** A failure in Japanese, by slug. */
const japaneseFailures: Readonly<Record<string, string>> = {
  'kubelet-client-ca-file': 'クライアント CA なし',
  'kubelet-anonymous-auth': '匿名アクセス',
  'kubelet-read-only-port': '読み取り専用ポートが開いている',
  'kubelet-authorization-mode': 'AlwaysAllow',
  'kubelet-streaming-timeout': 'アイドル接続を切断しない',
  'kubelet-protect-kernel-defaults': 'カーネル設定を変更できる',
  'kubelet-iptables-chains': 'iptables チェーンを管理しない',
  'kubelet-hostname-override': 'ホスト名の上書き',
  'kubelet-event-qps': 'イベントを記録しない',
  'kubelet-rotate-certificates': 'クライアント証明書を更新しない',
  'kubelet-rotate-server-certificate': 'サービング証明書を更新しない',
  'kubelet-kubeconfig-mode': 'kubeconfig のアクセス許可',
  'kubelet-kubeconfig-owner': 'kubeconfig の所有者',
  'kubelet-config-mode': '設定ファイルのアクセス許可',
  'kubelet-config-owner': '設定ファイルの所有者',
  'client-ca-file-present': 'クライアント CA ファイルがない、または空',
  'client-ca-is-cluster-ca': '別のクライアント CA',
  'client-ca-expiry': 'クライアント CA の期限が近い',
  'kubelet-serving-certificate': 'サービング証明書を検証できない',
};

/** A failure in two to five words. */
export const failureText = (slug: string, language: Language = 'en'): string =>
  (language === 'ja' ? japaneseFailures[slug] : undefined) ??
  controls.find((each) => each.slug === slug)?.failure ??
  printable(slug, 100);

/** Causes that one line has room for. */
const mostCauses = 4;

/** Why the nodes are in this state, in one line: `no client CA; AlwaysAllow (1 of 2 nodes)`. */
export function causeText(statement: Statement, language: Language = 'en'): string {
  const { causes, nodes, reason, state } = statement;
  if (state === 'not-read' && reason !== undefined) return reason;
  if (causes.length === 0) return accessStates[state][language].meaning;

  const { causes: ofStanding, of, more } = words[language];
  const texts = causes.map(({ control, standing, nodes: some }) => {
    const text = ofStanding[standing](failureText(control, language));
    return some === nodes ? text : `${text}${of(some, nodes)}`;
  });
  const left = texts.length - mostCauses;
  return [...texts.slice(0, mostCauses), ...(left > 0 ? [more(left)] : [])].join('; ');
}

/** Where to change the settings, in a few words; empty where nothing fails. */
export function changeText({ change }: Pick<Statement, 'change'>, language: Language = 'en'): string {
  if (!change) return '';
  const { by, template, lines = [] } = change;
  const text = by === 'template' && template !== undefined ? template : changes[language][by];
  return `${text}${lines.length > 0 ? words[language].line(lines) : ''}`;
}

/** How many nodes are closed once the fix is done. */
export const closesText = (
  { closes, nodes }: Pick<Statement, 'closes' | 'nodes'>,
  language: Language = 'en',
): string => (closes === 0 ? '' : words[language].closes(closes, nodes));

/** `payments-team`, `payments-team (3 of 4 nodes)`, `no owner` */
export function ownerText({ owners, nodes }: Pick<Statement, 'owners' | 'nodes'>, language: Language = 'en'): string {
  const { of, noOwner } = words[language];
  if (owners.length === 0) return noOwner;
  return owners.map(({ name, nodes: some }) => `${name}${some === nodes ? '' : of(some, nodes)}`).join(', ');
}

/** `workers (managed)` */
export const statementGroup = ({ group }: Pick<Statement, 'group'>): string => `${group.name} (${group.kind})`;
