import { expect, it } from 'vitest';
import { verifiedText } from '../../../../lambda/core/report/terminal/verified.ts';
import { statementOf } from '../../../../lambda/core/run/signed/run-statement.ts';
import { manifests } from '../telling-run.ts';

const changed = { kind: 'changed', text: 'a.md' } as const;
const faults = [changed, { kind: 'unsigned', text: 'b.md' }] as const;
const notes = [{ kind: 'note', text: 'a key is old' }];
const signed = (pass: number, commit: string | null) => {
  const [{ program, ...manifest }] = manifests as [(typeof manifests)[number]];
  const counts = { pass, fail: 0, warn: 0, unknown: 0, 'not-applicable': 0 };
  const run = { runId: 'r-1', subjects: [], waived: 0, clusters: 1, nodes: 2, gaps: { count: 0, codes: [] } };
  const of = { ...run, result: 'PASSED', manifest: { ...manifest, program: { ...program, commit } } } as const;
  return { signed: { statement: statementOf({ ...of, counts }), sha256: 'ab' } };
};
const heads = [{ name: 'x\u0007.json', sha256: 'ef' }];

it.each([
  ['signed', verifiedText({ faults: [], intact: 3, ...signed(2, null) })],
  ['signed by a built program, of nothing', verifiedText({ faults: [], intact: 1, ...signed(0, 'c0ffee') })],
  ['changed', verifiedText({ faults, notes, intact: 1 })],
  ['runs', verifiedText({ faults: [], notes: [], runs: 2, intact: 6, heads }, 'r-1')],
  ['a changed run', verifiedText({ faults: [changed], notes, runs: 1, intact: 6, heads: [] }, 'r-1')],
])('what was verified is shown as it was reviewed: %s', (_, text) => expect(text).toMatchSnapshot());
