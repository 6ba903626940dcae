/** A verdict's status, or `waived`: a failure that a person has accepted until a date. */
export type AccessStatus = 'pass' | 'fail' | 'warn' | 'unknown' | 'not-applicable' | 'waived';

export type Language = 'en' | 'ja';

/** The words for one state. `one` and `many` follow a number of nodes: `1 node lets strangers in`, `4 of 51 nodes let strangers in`. */
interface StateWords {
  readonly name: string;
  readonly one: string;
  readonly many: string;
  readonly meaning: string;
}

interface State extends Readonly<Record<Language, StateWords>> {
  /** The summary verdict of the state, with which scripts compare. */
  readonly status: AccessStatus;
}

/**
 * Who gets into a kubelet: each node has exactly one of these states, the worst that fits. This table defines `access`; every output takes its words
 * from here. The order is that in which a person must act.
 */
export const accessStates = {
  'strangers-get-in': {
    status: 'fail',
    en: {
      name: 'strangers get in',
      one: 'lets strangers in',
      many: 'let strangers in',
      meaning: 'clients without credentials or permission get in: anonymous access, the read-only port, or AlwaysAllow',
    },
    ja: {
      name: '未認証・未認可のアクセスが可能',
      one: 'は認証または認可のないアクセスを許可している',
      many: 'は認証または認可のないアクセスを許可している',
      meaning:
        '匿名アクセス、読み取り専用ポート、または AlwaysAllow により、認証情報や権限のないクライアントがアクセスできる',
    },
  },
  'api-server-not-authenticated': {
    status: 'fail',
    en: {
      name: 'API server not authenticated',
      one: "doesn't authenticate the API server",
      many: "don't authenticate the API server",
      meaning: 'no client CA is set: strangers are refused, but the kubelet cannot authenticate the API server either',
    },
    ja: {
      name: 'API サーバーを認証できない',
      one: 'は API サーバーを認証できない',
      many: 'は API サーバーを認証できない',
      meaning: 'クライアント CA がない。未認証のアクセスは拒否するが、API サーバーも認証できない',
    },
  },
  'refuses-api-server': {
    status: 'warn',
    en: {
      name: 'probably refuses the API server',
      one: 'probably refuses the API server',
      many: 'probably refuse the API server',
      meaning: 'the kubelet refused the API server, as one without a client CA does; nothing proves the reason',
    },
    ja: {
      name: 'API サーバーを拒否している可能性が高い',
      one: 'は API サーバーを拒否している可能性が高い',
      many: 'は API サーバーを拒否している可能性が高い',
      meaning: 'クライアント CA のない kubelet と同様に API サーバーを拒否した。原因は証明されていない',
    },
  },
  'not-read': {
    status: 'unknown',
    en: {
      name: 'not read',
      one: 'could not be read',
      many: 'could not be read',
      meaning: 'no source could read every setting that decides; this is never a pass',
    },
    ja: {
      name: '読み取り不可',
      one: 'は読み取れなかった',
      many: 'は読み取れなかった',
      meaning: '判定に必要な設定を読み取れなかった。pass とはみなさない',
    },
  },
  waived: {
    status: 'waived',
    en: {
      name: 'accepted by a waiver',
      one: 'is accepted by a waiver',
      many: 'are accepted by a waiver',
      meaning: 'the node fails, and a waiver accepts the failure until a date',
    },
    ja: {
      name: '例外として許容',
      one: 'は例外 (waiver) として許容されている',
      many: 'は例外 (waiver) として許容されている',
      meaning: 'fail だが、例外 (waiver) により期限まで許容されている',
    },
  },
  'run-by-aws': {
    status: 'not-applicable',
    en: {
      name: 'run by AWS',
      one: 'is run by AWS',
      many: 'are run by AWS',
      meaning: 'AWS runs this kubelet, and it could not be read',
    },
    ja: {
      name: 'AWS が管理',
      one: 'は AWS が管理している',
      many: 'は AWS が管理している',
      meaning: 'AWS が kubelet を管理し (Fargate または EKS Auto Mode)、読み取れなかった',
    },
  },
  closed: {
    status: 'pass',
    en: {
      name: 'closed',
      one: 'is closed',
      many: 'are closed',
      meaning: 'the API server and all clients are authenticated and authorized',
    },
    ja: {
      name: '保護済み',
      one: 'は保護されている',
      many: 'は保護されている',
      meaning: 'API サーバーとすべてのクライアントを認証・認可している',
    },
  },
} as const satisfies Readonly<Record<string, State>>;

export type AccessState = keyof typeof accessStates;

/** The states in the order in which a person must act. */
export const stateOrder = Object.keys(accessStates) as readonly AccessState[] as readonly [
  AccessState,
  ...AccessState[],
];

export type StateCounts = Readonly<Record<AccessState, number>>;

export const noStates = Object.fromEntries(stateOrder.map((state) => [state, 0])) as StateCounts;

/** Counts of nodes, which add up to all nodes. A node that was not judged was not read. */
export function countStates(nodes: Iterable<{ readonly access?: { readonly state: AccessState } }>): StateCounts {
  const counts = { ...noStates };
  for (const { access } of nodes) counts[access?.state ?? 'not-read'] += 1;
  return counts;
}

export const sumOfStates = (counts: StateCounts): number => stateOrder.reduce((sum, state) => sum + counts[state], 0);

/** The worst state that has a node. */
export const worstState = (counts: StateCounts): AccessState | undefined =>
  stateOrder.find((state) => counts[state] > 0);

/** The same counts by summary verdict, as JSON results have them. */
export function countsByStatus(counts: StateCounts): Readonly<Record<AccessStatus, number>> {
  const found = { pass: 0, fail: 0, warn: 0, unknown: 0, 'not-applicable': 0, waived: 0 };
  for (const state of stateOrder) found[accessStates[state].status] += counts[state];
  return found;
}

/** The state of a result that an older program wrote: a failure may have let strangers in. */
export const stateOfStatus = (status: AccessStatus): AccessState =>
  stateOrder.find((state) => accessStates[state].status === status) ?? 'not-read';

/**
 * `4 of 51 nodes let strangers in; 12 don't authenticate the API server; 35 are closed`: every state that has a node, so the numbers add up.
 */
export function statesSentence(counts: StateCounts, language: Language = 'en'): string {
  const all = sumOfStates(counts);
  const found = stateOrder.filter((state) => counts[state] > 0);
  if (language === 'ja')
    return found
      .map(
        (state, index) =>
          `${index === 0 ? `${all} ノード中 ` : ''}${counts[state]} ノード${accessStates[state].ja.many}`,
      )
      .join('。');
  const [only] = found;
  if (only && found.length === 1) {
    const { one, many } = accessStates[only].en;
    return all === 1 ? `The only node ${one}` : `All ${all} nodes ${many}`;
  }
  return found
    .map((state, index) => {
      const { one, many } = accessStates[state].en;
      const words = counts[state] === 1 ? one : many;
      return index === 0 ? `${counts[state]} of ${all} nodes ${words}` : `${counts[state]} ${words}`;
    })
    .join('; ');
}

/** `strangers get in 4, API server not authenticated 12, closed 35`: the same for a cell of a table. */
export const stateList = (counts: StateCounts, language: Language = 'en'): string =>
  stateOrder
    .filter((state) => counts[state] > 0)
    .map((state) => `${accessStates[state][language].name} ${counts[state]}`)
    .join(', ');
