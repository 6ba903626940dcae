import type { ClusterAudit, Verdict } from '../../../lambda/core/model/model.ts';
import {
  auditOf,
  evidence,
  failed,
  judged,
  node,
  notApplicable,
  passed,
  unread,
  waived,
  warned,
} from '../findings/compliant-audit.ts';

/** What nodes call themselves, their groups and their values: each must show as text, and do nothing. */
export const hostileNames = {
  script: '<script>alert(1)</script><img src=x onerror=alert(2)>',
  formula: "=cmd|' /C calc'!A0",
  cells: 'a|b | c',
  code: '`rm` **bold** [link](https://evil.example) # head',
  ansi: '\u001b[31mred\u001b[0m\u0007',
  long: 'x'.repeat(250),
  rightToLeft: 'abc\u202egpj.exe\u202c \u0627\u0644\u0639\u0631\u0628\u064a\u0629',
  closing: '</textarea></title></style>]]>-->&quot;&amp;',
  lines: 'first\nsecond\r\n## third',
  noCharacters: 'a\ufffeb\uffff]]>]]>',
  mention: '@everyone #1 https://evil.example/x',
} as const;

const texts = Object.values(hostileNames);

/** One cluster in which every text that somebody else chooses is hostile; each verdict is there. */
export function hostileAudit(): ClusterAudit {
  const nodes = texts.flatMap((text, index) => {
    const group = { kind: 'self-managed', name: text } as const;
    const hostile = node(index * 4 + 1, { name: text, group, osImage: text, kubeletVersion: text });
    const verdicts: readonly Verdict[] = [
      { status: 'fail', evidence: { ...evidence(text), notes: [text], origin: { from: 'file', file: text } } },
      { status: 'fail', evidence: evidence(text), waived: { until: '2027-01-31', by: text, reason: text } },
      { status: 'warn', because: text },
      { status: 'unknown', because: text },
    ];
    const failures = [{ via: 'configz', kind: 'unreadable', because: text }] as const;
    return verdicts.map((verdict, at) => ({ ...judged({ ...hostile, key: `${text}-${at}` }, verdict), failures }));
  });
  const [message, remedy] = [texts.join(' '), texts.join(' ')];
  return auditOf(nodes, { problems: [{ code: 'nodes-proxy-forbidden', message, remedy }] });
}

export const someVerdicts: readonly Verdict[] = [passed, failed, warned, unread, notApplicable, waived];
