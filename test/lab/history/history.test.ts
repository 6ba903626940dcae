import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';

/** `npm run demo:history`, as anybody runs it. */
function demo() {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['test/lab/history/history.ts'], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] },
  });
  const lines = stdout.split('\n');
  // Columns are two blanks apart, at least.
  const cells = lines.map((line) => line.trim().split(/ {2,}/));
  const end = cells.findIndex(([first], index) => index > 2 && first === '');
  return { status, stderr, lines, head: cells[2], rows: cells.slice(3, end) };
}

it('shows a week of runs: what changed is imported and announced once, and a quiet day imports nothing', () => {
  const { status, stderr, lines, head, rows } = demo();
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });

  expect(head?.slice(0, 9).join(' ')).toBe('DAY CREATED UPDATED REOPENED REFRESHED ARCHIVED LEFT ALONE IMPORTS EVENTS');
  expect(rows.map((row) => row.slice(0, 9).join(' '))).toEqual([
    'Monday 8 0 0 0 0 0 8 imports none',
    'Tuesday 0 0 0 0 0 8 0 imports none',
    'Wednesday 0 1 0 0 0 7 1 imports Finding Opened',
    'Thursday 0 2 0 0 0 6 2 imports Gap Opened, Gaps Opened',
    'Friday 0 0 0 0 0 8 0 imports none',
    'Saturday 0 3 0 0 0 5 3 imports Finding Resolved, Gap Closed',
    'Sunday 0 1 0 0 2 5 3 imports none',
    'Monday 0 0 2 0 0 6 2 imports none',
    'Tuesday 0 0 0 0 0 8 0 imports none',
    'a month later 0 1 0 7 0 0 8 imports Finding Opened',
    'a day of hiding 0 0 0 0 0 0 0 imports Finding Opened, Gap Opened, Gaps Opened',
    'the day after 8 0 0 0 0 0 8 imports Gap Opened, Gap Closed, Gaps Opened',
    'it is fixed 0 2 0 0 0 6 2 imports Finding Resolved, Gap Closed',
    'a bad template 0 1 0 0 0 7 1 imports Finding Resolved',
  ]);
  expect(lines.filter((line) => line.includes('Finding ') && line.includes('→'))).toEqual([
    expect.stringContaining(
      "Wednesday: Finding Opened: payments, node group 'workers' (managed): 3.2.3 PASSED → FAILED",
    ),
    expect.stringContaining(
      "Saturday: Finding Resolved: payments, node group 'workers' (managed): 3.2.3 FAILED → PASSED",
    ),
    expect.stringContaining(
      "a month later: Finding Opened: payments, node group 'legacy' (managed): 3.2.3 WARNING → FAILED",
    ),
    expect.stringContaining(
      "a day of hiding: Finding Opened: shop, node group 'web' (managed): 3.2.3 PASSED → FAILED (Security Hub does not hold it)",
    ),
    expect.stringContaining("it is fixed: Finding Resolved: shop, node group 'web' (managed): 3.2.3 FAILED → PASSED"),
    expect.stringMatching(/^ a bad template: Finding Resolved: shop, node group 'batch' .*: gone, not fixed: /),
    // In the sweep that came first, and in none of the others.
    expect.stringMatching(/^ 14:15 .*Finding Opened: shop, node group 'batch' .*: 1 machine seen at 14:15 UTC fails/),
  ]);
  expect(lines.filter((line) => line.includes('Gap '))).toHaveLength(6 + 5);
  expect(lines).toContain(
    'What the analyst wrote is still there: note TICKET-17, team payments, workflow NOTIFIED (a month later)',
  );

  // What `history` makes of the same runs: a failure that was open for three days, one that is open again after its waiver.
  const trend = (cluster: string) =>
    lines
      .find((line) => line.includes(`/${cluster} `))
      ?.trim()
      .split(/ {2,}/)
      .slice(1, 6);
  expect(trend('payments')).toEqual(['▁▁███▁▁▁▁█████', '1', '4 days', '1', '3 days']);
  expect(trend('shop')).toEqual(['▁▁▁▁▁▁▁▁▁▁█▁▁▁', '0', '1', '2 days', '11']);
  // The census has all of them, for good.
  expect(lines.find((line) => line.includes(' that lived since '))).toMatch(/Of 16 machines .*, 16 were judged\./);
  const compared = lines.findIndex((line) => line.startsWith('From run '));
  expect(lines.slice(compared + 1, compared + 4)).toEqual([
    'Opened: 1',
    '  111122223333/eu-central-1/payments, node group workers (managed): kubelet-client-ca-file',
    'Fixed: 0',
  ]);

  // And `verify`, at the end: a chain over all of these runs.
  expect(lines.slice(-3)).toEqual([
    expect.stringMatching(/^head: [0-9a-f]{64}, \d{4}-\d\d-\d\d\/\w+\.sigstore\.json$/),
    expect.stringMatching(/^intact: 14 runs from \d{4}-\d\d-\d\d on, \d+ files, as signed$/),
    '',
  ]);
});
