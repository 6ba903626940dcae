import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Scope, scopes } from '../../../lambda/contract/settings.ts';
import type { AsffFinding } from '../../../lambda/core/findings/asff/asff.ts';
import { contextOf, findingsOf } from '../../../lambda/core/findings/finding.ts';
import { openedBySweep, sweptFinding } from '../../../lambda/core/findings/lifecycle/opened-by-sweep.ts';
import { rollUp } from '../../../lambda/core/findings/roll-up.ts';
import type { Verdict } from '../../../lambda/core/model/model.ts';
import { prices } from '../../bench/cost.ts';
import { arn, auditOf, evidence, failed, judged, node, options, passed, unread, warned } from './compliant-audit.ts';
import { withCosts } from './scope-cost.ts';
import { StoredWorld } from './stored-world.ts';

const page = readFileSync(new URL('../../../docs/findings.md', import.meta.url), 'utf8');
const product = 'eks-kubelet-audit/';

const waiver = { until: '2026-12-31', by: 'me', reason: 'why' };
const waived: Verdict = { status: 'fail', evidence: { ...evidence('(not set)'), notes: ['a note'] }, waived: waiver };
const machine = { imageId: 'ami-0123', launchTemplate: { id: 'lt-0123', version: '3' } };
const of = (verdict: Verdict) => auditOf(Array.from({ length: 40 }, (_, at) => judged(node(at, machine), verdict)));

/** What a sweep sends of machines that fail. */
function sweptFindings(scope: Scope): readonly AsffFinding[] {
  const audit = of(failed);
  const [listed, at] = [audit.auditedAt, '2026-11-28T14:15:00.000Z'];
  const saw = { rolled: rollUp(audit, options.controls, scope).toArray(), cluster: arn, listed, at };
  const context = contextOf(audit, { ...options, stored: new Map() });
  return openedBySweep({}, saw).opened.flatMap((each) => sweptFinding(each, { context, listed, at }) ?? []);
}

/** Every kind of finding, in every scope. */
const sent: readonly AsffFinding[] = scopes.flatMap((scope) => {
  const world = new StoredWorld();
  const unlisted = auditOf([], { inventory: { from: 'none', complete: false } });
  const nights = [passed, failed, waived, warned, failed, ...Array(4).fill(unread), passed].map(of);

  const audits = [...nights, ...Array(4).fill(unlisted), auditOf([])];
  return [
    ...audits.flatMap((audit) => world.run(audit, { scope }).changes.map(({ finding }) => finding)),
    ...findingsOf(of(failed), { ...options, scope, stored: 'unknown' }),
    ...sweptFindings(scope),
  ];
});

/** The names in the first column of the table under these words. */
function named(heading: string): readonly string[] {
  const [, table = ''] = page.split(heading);
  const rows = table.slice(0, table.indexOf('\n\n')).split('\n').slice(2);
  return rows.flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, name = '']) => name));
}

const distinct = (names: readonly string[]): readonly string[] => [...new Set(names)].toSorted();
const nested = ['FindingProviderFields', 'Compliance', 'Remediation'];

const paths = ({ Resources, ...finding }: AsffFinding): readonly string[] => [
  ...Object.entries(finding).flatMap(([name, value]) =>
    nested.includes(name) ? Object.keys(value).map((each) => `${name}.${each}`) : [name],
  ),
  ...(Resources.length > 0 ? ['Resources[0]'] : []),
  ...(Resources.length > 1 ? ['Resources[1…31]'] : []),
];

describe('the page about findings', () => {
  it('computes the cost of each scope (npm run docs), at the price of every other estimate', () => {
    expect(page).toBe(withCosts(page));
    expect(page).toContain(`then $${prices.findingEvent.toFixed(5)} each`);
  });

  it('names every field that is sent, and no other', () => {
    const names = named('| field | value |').filter((each) => each !== `${product}…`);
    expect(distinct(names)).toEqual(distinct(sent.flatMap(paths)));
  });

  it('names every one of our ProductFields, and no other', () => {
    const fields = sent.flatMap((each) => Object.keys(each.ProductFields));
    const written = named(`| ProductFields \`${product}…\` | value |`).map((each) => product + each);
    expect(distinct(written)).toEqual(distinct(fields));
  });

  it('names everything that is shown of a node, and nothing else', () => {
    const [, list = ''] = /is in `Details\.Other`: ([^:]*?)\. `Partition`/s.exec(page) ?? [];
    const told = sent.flatMap(({ Resources }) => Resources.flatMap((each) => Object.keys(each.Details?.Other ?? {})));
    expect(distinct([...list.matchAll(/`(\w+)`/g)].map(([, name = '']) => name))).toEqual(distinct(told));
  });

  it('names every reason for which a finding is archived', () => {
    const archived = sent.filter(({ RecordState }) => RecordState === 'ARCHIVED');
    const codes = archived.flatMap(({ Compliance }) => Compliance.StatusReasons.map(({ ReasonCode }) => ReasonCode));
    expect(codes.length).toBeGreaterThan(0);
    for (const code of codes) expect(page).toContain(`\`${code}\``);
  });

  it('sends nothing that is the customer’s', () => {
    const [, list = ''] = /^Never sent: ([^:]*):/m.exec(page) ?? [];
    const never = [...list.matchAll(/`(\w+)`/g)].map(([, name = '']) => name);
    expect(never).toContain('Workflow');
    for (const finding of sent) expect(Object.keys(finding).filter((each) => never.includes(each))).toEqual([]);
  });
});
