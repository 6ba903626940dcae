import fc from 'fast-check';
import MarkdownIt from 'markdown-it';
import { describe, expect, it } from 'vitest';
import { type Format, formats } from '../../../../lambda/cli/report-targets.ts';
import type { Scope } from '../../../../lambda/contract/settings.ts';
import type { ClusterAudit, Verdict } from '../../../../lambda/core/model/model.ts';
import { standingWords } from '../../../../lambda/core/report/standing-words.ts';
import { anonymous, auditOf, clientCa, failed, judged, node, unread, warned } from '../../findings/compliant-audit.ts';
import { hostileAudit, hostileNames, someVerdicts } from '../hostile-audit.ts';
import { written } from '../written.ts';

const controls = [clientCa, anonymous];
const ofHostile = (format: Format) => written(format, controls, { clusters: [hostileAudit()] });

describe.each(formats)('%s', (format) => {
  const text = ofHostile(format);

  it('shows nothing that moves a terminal, reorders text or ends a line where the format did not', () => {
    const moving = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\u2028\u2029]/;
    expect(text).not.toMatch(moving);
  });

  it('lets no text of a node become markup', () => {
    if (!['html', 'markdown'].includes(format)) return;
    for (const tag of ['<script>alert', '<img', '</textarea>']) expect(text).not.toContain(tag);
  });
});

/** RFC 4180, read strictly. */
function cellsOf(csv: string): readonly (readonly string[])[] {
  const rows: string[][] = [[]];
  for (const [, quoted, plain = '', end] of csv.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/g)) {
    rows.at(-1)?.push(quoted?.replaceAll('""', '"') ?? plain);
    if (end === '\r\n') rows.push([]);
    if (end === '') break;
  }
  return rows.filter((row) => row.length > 1);
}

describe('csv', () => {
  const [head = [], ...rows] = cellsOf(ofHostile('csv'));

  it('is a rectangle, a row a node and control that has a verdict', () => {
    expect(new Set([head, ...rows].map(({ length }) => length))).toEqual(new Set([head.length]));
    const ofNodes = rows.filter((row) => row[head.indexOf('status')] !== 'not-looked-at');
    expect(ofNodes).toHaveLength(hostileAudit().nodes.length);
  });

  it('holds no cell that a spreadsheet would run', () => {
    expect(rows.flat().filter((cell) => /^[=+\-@\t\r]/.test(cell))).toEqual([]);
    expect(rows.flat().some((cell) => cell.includes('=cmd'))).toBe(true);
  });
});

describe('markdown', () => {
  const rendered = new MarkdownIt({ html: true, linkify: true }).render(ofHostile('markdown'));

  it('keeps the columns of its tables, whatever a cell says', () => {
    const tables = rendered.split('<table>').slice(1);
    const cellsIn = (row: string) => row.match(/<t[hd]/g)?.length;
    expect(tables.length).toBeGreaterThan(2);
    for (const table of tables) expect(new Set((table.match(/<tr>.*?<\/tr>/gs) ?? []).map(cellsIn)).size).toBe(1);
  });

  it('makes no link, no tag and no emphasis of names, mentions nobody, and has no entity', () => {
    expect(rendered.replaceAll(/<pre><code[^>]*>[\s\S]*?<\/code><\/pre>/g, '')).not.toMatch(
      /<(?:a|img|script|code|em|s|del)\b/,
    );
    expect(rendered).not.toContain('@everyone');
    expect(ofHostile('markdown')).not.toMatch(/(?<!\\)&#?\w+;/);
  });

  it('is at most a megabyte, and says that it was cut', () => {
    const many = Array.from({ length: 3_000 }, (_, index) => {
      const group = { kind: 'self-managed', name: `${index}-${hostileNames.script.repeat(4)}` } as const;
      return judged(node(index, { group }), [failed, warned, unread][index % 3]!);
    });
    const text = written('markdown', controls, { clusters: [auditOf(many)] });
    expect(Buffer.byteLength(text)).toBeLessThan(1_048_576);
    expect(text).toMatch(/… and \d+ more rows\.|does not fit/);
  });
});

describe('html', () => {
  const text = ofHostile('html');

  it('asks for nothing, and its policy says so', () => {
    expect(text).toMatch(/Content-Security-Policy" content="default-src (?:&#39;|')none/);
    expect(text).not.toMatch(/\s(?:src|action)=["']|<(?:link|img|iframe|object|embed|base)\b/);
    // A reader may follow a link to the documentation of a remedy; the page itself does not.
    const links = [...text.matchAll(/<a ([^>]*)>/g)].map(([, attributes = '']) => attributes);
    expect(links.filter((each) => !/href="(?:#[^"]*|https:\/\/[a-z.]+\/[^"]*" rel="noreferrer)"/.test(each))).toEqual(
      [],
    );
  });

  it('stays below 5 MB for ten thousand nodes that all fail, and is made in seconds', () => {
    const group = (index: number) => ({ group: { kind: 'managed', name: `g${index % 50}` } }) as const;
    const nodes = Array.from({ length: 10_000 }, (_, index) => judged(node(index, group(index)), failed));
    expect(Buffer.byteLength(written('html', controls, { clusters: [auditOf(nodes)] }))).toBeLessThan(5_000_000);
  });
});

const inThreeGroups = (verdicts: readonly Verdict[]) =>
  verdicts.map((verdict, index) => judged(node(index, { group: { kind: 'managed', name: `g${index % 3}` } }), verdict));

describe('every format', () => {
  const clusters = fc
    .array(fc.array(fc.constantFrom(...someVerdicts), { maxLength: 12 }), { maxLength: 3 })
    .map((all) => all.map((verdicts) => auditOf(inThreeGroups(verdicts))));
  const write = (format: Format, clusters: readonly ClusterAudit[], scope: Scope = 'node-group') =>
    written(format, [clientCa], { clusters, scope });

  it('counts what the JSON counts', () => {
    fc.assert(
      fc.property(clusters, (audits) => {
        const { counts, waived } = JSON.parse(write('json', audits));
        const { fail, warn, unknown, pass, 'not-applicable': none } = counts;
        const expected = { fail: fail - waived, waived, warn, unknown, pass, 'not-applicable': none };

        const [head = [], ...rows] = cellsOf(write('csv', audits));
        const byStatus = (status: string) => rows.filter((row) => row[head.indexOf('status')] === status).length;
        expect(Object.fromEntries(Object.keys(expected).map((status) => [status, byStatus(status)]))).toEqual(expected);

        const countOf = (line: string, of: string) =>
          Number(new RegExp(`(\\d+) ${of}(?:,|\\.|$)`).exec(line)?.[1] ?? 0);
        const counted = (line: string, words: Readonly<Record<string, string>>) =>
          Object.fromEntries(Object.keys(expected).map((each) => [each, countOf(line, words[each] ?? each)]));
        const lineOf = (text: string, part: RegExp) => text.split('\n').find((line) => part.test(line)) ?? '';
        const table = lineOf(write('table', audits), /verdicts? of \d+ controls?/);
        expect(counted(table, standingWords)).toEqual(expected);
        for (const format of ['markdown', 'html'] as const) {
          const [, line = ''] = /Verdicts, one per node and control: ([^.]*)\./.exec(write(format, audits)) ?? [];
          expect(counted(line, standingWords), format).toEqual(expected);
        }

        // A finding a node; what is out of scope has none.
        const lines = write('ocsf', audits, 'node').split('\n').filter(Boolean);
        const names = lines.map((line) => {
          const { status, compliance } = JSON.parse(line);
          return status === 'Suppressed' ? 'waived' : compliance.status;
        });
        const statuses = ['Fail', 'waived', 'Warning', 'Unknown', 'Pass'];
        const found = statuses.map((name) => names.filter((each) => each === name).length);
        expect(found).toEqual(Object.values(expected).slice(0, 5));
      }),
      { numRuns: 60 },
    );
  });

  it('names the same failing node groups', () => {
    fc.assert(
      fc.property(clusters, (audits) => {
        const findings: readonly { Compliance: { Status: string } }[] = JSON.parse(write('asff', audits));
        const open = findings.filter(({ Compliance }) => Compliance.Status !== 'PASSED').length;

        const { runs } = JSON.parse(write('sarif', audits));
        expect(runs[0].results ?? []).toHaveLength(open);

        const junit = write('junit', audits);
        const not = (junit.match(/<(?:failure|error|skipped)/g) ?? []).length;
        const cases = (junit.match(/<testcase/g) ?? []).length;
        expect(cases - not).toBe(findings.length - open);
      }),
      { numRuns: 60 },
    );
  });
});
