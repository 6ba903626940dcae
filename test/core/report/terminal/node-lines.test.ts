import { describe, expect, it } from 'vitest';
import { controlNamed } from '../../../../lambda/core/judge/controls/catalogue/find-control.ts';
import type { ClusterNode, Evidence, Verdict } from '../../../../lambda/core/model/model.ts';
import type { ReportedNode } from '../../../../lambda/core/model/reported-audit.ts';
import type { TableStyle } from '../../../../lambda/core/report/report.ts';
import { drawnLines } from '../../../../lambda/core/report/terminal/drawn-lines.ts';
import { isFolded, nodeLines } from '../../../../lambda/core/report/terminal/node-lines.ts';
import { accessLike, auditOf, evidence, mark, node } from '../../findings/compliant-audit.ts';

const benchmark = 'cis-eks-1.8.0';
const controlsOf = (...slugs: readonly string[]) => slugs.map((slug) => controlNamed(slug, benchmark));
const [ca, port, mode, events] = [
  'kubelet-client-ca-file',
  'kubelet-read-only-port',
  'kubelet-config-mode',
  'kubelet-event-qps',
];
const four = controlsOf(ca, port, mode, events);

const fail = (value = 'true', change: Partial<Evidence> = {}): Verdict => {
  return { status: 'fail', evidence: { ...evidence(value), ...change } };
};
const pass: Verdict = { status: 'pass', evidence: { ...evidence('p'), notes: ['x', 'y'] } };
const waived: Verdict = { status: 'fail', evidence: evidence('true'), waived: mark };
const untilWhen = 'waived until 2026-12-31 by sre: moved';
const warn: Verdict = { status: 'warn', because: 'w' };
const unread = (because = 'lost'): Verdict => ({ status: 'unknown', because });
const lost = unread();
const none: Verdict = { status: 'not-applicable', because: 'AWS runs it' };

interface Change extends Partial<Omit<ReportedNode, 'node'>> {
  readonly of?: Partial<ClusterNode>;
  readonly group?: string;
}
const facts = { via: 'configz', notes: [] } as const;
const bySsm = { via: 'ssm', notes: ['n', 'm'] } as const;
const read = (name: string, verdicts: ReportedNode['verdicts'], change: Change = {}): ReportedNode => {
  const { of, group = 'g', ...rest } = change;
  const own = node(1, { key: `key-${name}`, name, group: { kind: 'managed', name: group }, ...of });
  return { node: own, facts, failures: [], verdicts, ...rest };
};
const doors = (because: string, status: NonNullable<ReportedNode['access']>['status'] = 'fail'): Change => {
  return { access: accessLike(status, because) };
};

/** `fail a, b: reason! {its note}`; `!` where the headline has it, too, and `blind` for what no source shows. */
const lines = (nodes: readonly ReportedNode[], slugs: readonly string[] = [ca, port, mode, events]) =>
  nodeLines(nodes, { controls: controlsOf(...slugs), benchmark }).map(({ standing, blind, nodes: those, found }) => {
    const words = found.map(({ label, where, ofAccess }) => `${label}${ofAccess ? '!' : ''}${where && ` {${where}}`}`);
    return `${blind ? 'blind' : standing} ${those.map((each) => each.node.name).join(', ')}: ${words.join('; ')}`;
  });

describe('the lines of nodes', () => {
  it('come worst first: by verdict, what no source shows last, by open doors, whole passes, and then by group', () => {
    const all = [
      read('rest', { [ca]: pass, [events]: fail() }, { group: 'a' }),
      read('whole', { [ca]: pass, [port]: pass }, { group: 'z' }),
      read('seen', { [ca]: unread() }, { group: 'y' }),
      read('blind', { [mode]: unread() }, { group: 'b' }),
      read('out', { [ca]: none }, { group: 'a' }),
      read('odd', { [ca]: warn }),
      read('shut', { [ca]: waived }),
      read('two', { [ca]: fail(), [port]: fail() }, { group: 'z', ...doors('no client CA; read-only port open') }),
      read('one', { [ca]: fail() }, { group: 'y', ...doors('no client CA') }),
      read('later', { [ca]: fail() }, { group: 'z' }),
      read('sooner', { [ca]: fail() }, { group: 'x' }),
    ];
    const failing = 'fail two, fail one, fail rest, fail sooner, fail later, warn odd';
    const others = 'unknown seen, blind blind, waived shut, pass whole, pass rest, not-applicable out';
    expect(lines(all).map((each) => each.split(':')[0])).toEqual(`${failing}, ${others}`.split(', '));
  });

  const byHand = { of: { group: { kind: 'self-managed', name: 'g' } } } as const;
  it.each<[string, number, Change, boolean]>([
    ['ten of a group say the same', 10, {}, false],
    ['eleven do', 11, {}, true],
    ['one of eleven is of another group', 11, { group: 'h' }, false],
    ['one of eleven is of a group of another kind', 11, byHand, false],
    ['one of eleven is of another kind', 11, { of: { kind: 'windows' } }, false],
  ])('are one line for many, or not, where %s', (_, count, change, isOne) => {
    const because = (at: number): Verdict => ({ status: 'warn', because: `key-n${at} is odd` });
    const named = (at: number) => read(`n${at}`, { [ca]: because(at) }, at === 3 ? change : {});
    const made = nodeLines(
      Array.from({ length: count }, (__, at) => named(at)),
      { controls: four, benchmark },
    );
    expect(made.map(isFolded)).toEqual(isOne ? [true] : Array(count).fill(false));
  });

  it('are one for all that is well, out of scope or shown by no source, in any group', () => {
    const verdicts = { [ca]: pass, [mode]: unread(), [events]: none };
    const both = [read('a', verdicts), read('b', verdicts, { group: 'h', of: { kind: 'windows' } })];
    const [blind, rest] = ['blind a, b: 3.1.3 not read {lost}', 'pass a, b: the other controls'];
    expect(lines(both)).toEqual([blind, rest, 'not-applicable a, b: 3.2.7 {AWS runs it}']);
    expect(nodeLines(both, { controls: four, benchmark }).some(isFolded)).toBe(false);
  });

  it.each<[string, Change, string, Verdict, boolean]>([
    ['was read by configz', {}, mode, lost, true],
    ['was read by another such source, too', { otherFacts: [facts] }, mode, lost, true],
    ['was read by SSM', { facts: bySsm }, mode, lost, false],
    ['was read by SSM, too', { otherFacts: [bySsm] }, mode, lost, false],
    ['refused a source', { failures: [{ via: 'ssm', kind: 'unreadable', because: 'x' }] }, mode, lost, false],
    ['has a setting that is not known', {}, ca, lost, false],
    ['has an odd mode', {}, mode, warn, false],
  ])('say whether no source shows what is unknown, where a node %s', (_, change, slug, verdict, isBlind) => {
    expect(nodeLines([read('a', { [slug]: verdict }, change)], { controls: four, benchmark })[0]?.blind).toBe(isBlind);
    const { facts: __, ...never } = read('a', { [slug]: verdict }, change);
    expect(nodeLines([never], { controls: four, benchmark })[0]?.blind).toBe(false);
  });
});

describe('what is found', () => {
  const sixteen = 'x'.repeat(16);
  const byFlag = fail('0', { origin: { from: 'flag', flag: 'f' } });
  it.each<[string, Verdict, string]>([
    ['no value', fail(''), 'no client CA'],
    ['nothing set', fail('(not set)'), 'no client CA'],
    ['true', fail('true'), 'no client CA'],
    ['false', fail('false'), 'no client CA'],
    ['a mode of authorization', fail('AlwaysAllow'), 'no client CA'],
    ['a short value', fail(sixteen), `no client CA (${sixteen})`],
    ['a long value', fail(`${sixteen}x`), `no client CA {${sixteen}x; }`],
    ['notes', fail('true', { notes: ['n', 'm'] }), 'no client CA {n; m}'],
    ['a flag', byFlag, 'no client CA (0) {flag --f, by configz}'],
    ['a suspicion', warn, 'probably no client CA {w}'],
    ['a waiver', waived, `waived: no client CA {${untilWhen}}`],
  ])('has what is worth it of %s', (_, verdict, words) => {
    expect(lines([read('a', { [ca]: verdict })])[0]?.replace(/^\w+ a: /, '')).toBe(words);
  });

  const [failing, three] = [{ [events]: fail(), [ca]: fail() }, 'anonymous access; no client CA; waived: AlwaysAllow'];
  const [open, well] = [{ [ca]: pass, [port]: pass }, { facts: bySsm }];
  const [shut, oneOfTwo] = [{ [ca]: waived }, { [ca]: pass, [port]: none }];
  const hiding = { [ca]: lost, [port]: lost, [events]: fail() };
  const suspected = doors('no client CA', 'warn');
  it.each<[string, ReportedNode['verdicts'], Change, string]>([
    ['is open', failing, doors(three), 'fail a: anonymous access!; no client CA!; no events recorded'],
    ['may be open', failing, suspected, 'fail a: no client CA; no events recorded / warn a: no client CA!'],
    ['is waived', shut, doors('waived: x', 'waived'), `waived a: waived: x!; waived: no client CA {${untilWhen}}`],
    ['is unknown', { [ca]: lost }, doors('why', 'unknown'), 'unknown a: access {why}; 3.2.3 not read {lost}'],
    ['is well', {}, doors('all is well', 'pass'), ''],
    ['passes one control', { [ca]: pass }, well, 'pass a: p {x; y}'],
    ['passes two', open, well, 'pass a: both controls {n; m}'],
    ['passes one of two', oneOfTwo, well, 'pass a: the other controls {n; m} / not-applicable a: 3.2.4 {AWS runs it}'],
    ['passes two, and nobody knows how', open, { facts: undefined } as never, 'pass a: both controls'],
    ['hides two', hiding, {}, 'fail a: no events recorded / unknown a: 3.2.3-3.2.4 not read {lost}'],
  ])('is in one line by verdict where a node %s', (_, verdicts, change, words) => {
    expect(lines([read('a', verdicts, change)]).join(' / ')).toBe(words);
  });

  it('says what is unknown of the headline where one of its four controls is not in the table', () => {
    const slugs = [ca, 'kubelet-anonymous-auth', port, 'kubelet-authorization-mode'];
    const each = read('a', { [ca]: lost }, doors('why', 'unknown'));
    expect(lines([each], slugs)).toEqual(['unknown a: 3.2.3 not read {lost}']);
    expect(lines([each], slugs.slice(0, 3))).toEqual(['unknown a: access {why}; 3.2.3 not read {lost}']);
  });

  it.each<[string, ReportedNode['verdicts'], readonly string[], string]>([
    ['one reason for all', { [ca]: lost, [port]: lost }, [ca, port], 'both controls not read {lost}'],
    ['one for a single one of several', { [ca]: lost }, [ca, port], '3.2.3 not read {lost}'],
    ['one for the only one', { [ca]: lost }, [ca], 'not read {lost}'],
    ['two', { [ca]: unread('x'), [port]: unread('y') }, [ca, port], '3.2.3 not read {x}; 3.2.4 not read {y}'],
    ['one that is no silence', { [ca]: none, [port]: none }, [ca, port], 'both controls {AWS runs it}'],
    ['one for the only one, no silence', { [ca]: none }, [ca], ' {AWS runs it}'],
  ])('is listed once by reason where there is %s', (_, verdicts, asked, words) => {
    expect(lines([read('a', verdicts)], asked)[0]?.replace(/^[a-z-]+ a: /, '')).toBe(words);
  });
});

describe('the table of lines', () => {
  const style: TableStyle = {
    bold: (text) => text,
    colour: (text, status) => `${text}<${status}>`,
    draw: (head, rows) => [head, ...rows].map((row) => row.join(' | ').replaceAll('\u00a0', '_')).join('\n'),
    width: 100,
  };
  const drawn = (nodes: readonly ReportedNode[], from: 'saved' | 'kubernetes' = 'kubernetes', width = 100) => {
    const own = nodeLines(nodes, { controls: four, benchmark });
    const audit = { ...auditOf([]), nodes, inventory: { from, complete: true } };
    return drawnLines(audit, own, { ...style, width })
      .join('\n')
      .split('\n');
  };
  const called = (name: string) => [read('a', { [ca]: fail() }, { of: { name } })];
  const inGroups = (...groups: readonly string[]) =>
    groups.map((group, at) => read(`n${at}`, { [ca]: none }, { group }));
  const eleven = (verdict: Verdict) => Array.from({ length: 11 }, (_, at) => read(`n${at}`, { [ca]: verdict }));
  const noting = (...notes: readonly string[]) => {
    const own = notes.map((note, at) => [four[at]!.slug, fail('true', { notes: [note] })] as const);
    return [read('a', Object.fromEntries(own))];
  };
  const long = 'a reason that is longer than a row';
  const three = 'no_client_CA_[1]; read-only_port_open_[2]; configuration_file_open_to_others_[3]; no_events_recorded';

  it('has no node group where files were given by hand, and waived in the colour of a warning', () => {
    const row = 'waived<waived> | a | waived:_no_client_CA_[1]';
    expect(drawn([read('a', { [ca]: waived })], 'saved').slice(0, 2)).toEqual(['VERDICT | NODE | WHAT WAS FOUND', row]);
  });

  const [x13, y13] = ['x'.repeat(13), 'y'.repeat(13)];
  it.each<[string, readonly ReportedNode[], string]>([
    ['a host', called('ip-10.rack.example'), ' | ip-10 | g | no_client_CA'],
    ['an address', called('10.0.0.7'), ' | 10.0.0.7 | g | no_client_CA'],
    ['what looks like one', called('10.0.0.7a'), ' | 10 | g | no_client_CA'],
    ['what has lines', called('host.a\nb.c'), ' | host | g | no_client_CA'],
    [
      'one of two that share a host name',
      [...called('x.a'), read('x.b', { [ca]: fail() })],
      ' | key-a | g | no_client_CA',
    ],
    ['no name', called(''), ' | key-a | g | no_client_CA'],
    ['groups', inGroups('b', 'a'), ' | 2 nodes | a, b | 3.2.3:_AWS_runs_it'],
    ['groups that fit', inGroups(x13, y13), ` | 2 nodes | ${x13}, ${y13} | 3.2.3:_AWS_runs_it`],
    ['groups that do not', inGroups(x13, `${y13}y`), ' | 2 nodes | 2 groups | 3.2.3:_AWS_runs_it'],
    ['a long group', inGroups(x13 + x13 + x13), ` | n0 | ${x13 + x13 + x13} | 3.2.3:_AWS_runs_it`],
    ['many alike', eleven(fail()), ' | 11 nodes, such as n0 | g | no_client_CA'],
    ['many out of scope', eleven(none), ' | 11 nodes | g | 3.2.3:_AWS_runs_it'],
    ['three notes at most', noting(...['1', '2', '3', '4'].map((at) => long + at)), ` | a | g | ${three}`],
    ['each note once', noting(long, long), ' | a | g | no_client_CA_[1]; read-only_port_open'],
    ['a short note', noting('in few words'), ' | a | g | no_client_CA:_in_few_words'],
  ])('has %s in a row', (_, nodes, row) => {
    expect(drawn(nodes)[1]?.replace(/^[a-z-]+<[a-z-]+>/, '')).toBe(row);
  });

  it('has its whole reasons in its rows, and no notes, where there is room', () => {
    const rows = drawn(noting(long, long), 'kubernetes', 240).slice(1);
    expect(rows).toEqual([`fail<fail> | a | g | no client CA: ${long}; read-only port open: ${long}`]);
  });
});
