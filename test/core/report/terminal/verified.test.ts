import { expect, it } from 'vitest';
import { verifiedRunsText, verifiedText } from '../../../../lambda/core/report/terminal/verified.ts';
import { statementOf } from '../../../../lambda/core/run/signed/run-statement.ts';
import { manifests } from '../telling-run.ts';

const counts = { pass: 2, fail: 1, warn: 0, unknown: 0, 'not-applicable': 0 };
const options = { runId: 'r-1', subjects: [], result: 'FAILED', waived: 0, clusters: 1, nodes: 2 } as const;
const gaps = { count: 0, codes: [] };
const [manifest] = manifests;
const statement = statementOf({ ...options, counts, gaps, manifest: manifest! });
const faults = [
  { kind: 'changed', text: 'a.md' },
  { kind: 'unsigned', text: 'b.md' },
] as const;
const notes = [{ kind: 'note', text: 'a key is old' }];
const head = { name: 'x\u0007.json', sha256: 'ef' };

it('what was verified is each fault, what the statement says, and whether all is intact', () => {
  expect(verifiedText({ faults: [], intact: 3, signed: { statement, sha256: 'ab' } })).toBe(`statement: ab
run: r-1, 2026-11-24T10:00:00.000Z to 2026-11-24T10:01:00.000Z
by: arn:aws:sts::111122223333:assumed-role/audit/ann with eks-kubelet-audit 1.2.3
result: failed: 1 cluster, 2 nodes; 2 pass, 1 fail; 0 gaps
intact: 3 files, as signed
`);
  expect(verifiedText({ faults, notes, intact: 1 })).toBe(
    'changed   a.md\nunsigned  b.md\nnote      a key is old\nnot intact: 2 faults; 1 file as SHA256SUMS says\n',
  );
  const program = { ...manifest!.program, commit: 'c0ffee' };
  const none = statementOf({
    ...options,
    counts: { ...counts, pass: 0, fail: 0 },
    gaps,
    manifest: { ...manifest!, program },
  });
  const text = verifiedText({ faults: [], intact: 1, signed: { statement: none, sha256: 'ab' } });
  expect(text.split('\n').slice(2, 4).join('\n')).toMatch(
    / 1\.2\.3 \(commit c0ffee\)\n.* 2 nodes; no verdict; 0 gaps$/,
  );
});

it('of a bucket it is the same of all runs, with the heads of their chains', () => {
  const chain = { notes: [], runs: 2, intact: 6, heads: [head] };
  expect(verifiedRunsText({ ...chain, faults: [] }, 'r-1')).toBe(
    'head: ef, x .json\nintact: 2 runs from r-1 on, 6 files, as signed\n',
  );
  expect(verifiedRunsText({ ...chain, faults: faults.slice(0, 1), notes, heads: [], runs: 1 }, 'r-1')).toBe(
    'changed  a.md\nnote     a key is old\nnot intact: 1 fault; 1 run from r-1 on, 6 files as SHA256SUMS says\n',
  );
});
