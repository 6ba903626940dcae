import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { recount, tablesOf } from './recount.ts';

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
  const rows = cells.slice(3, end);
  // An announcement may take several lines, of which the first begins with its day or the time of its sweep.
  const first = new RegExp(`\\n (?!(${rows.map(([day]) => day).join('|')}): |\\d\\d:\\d\\d )(?=\\S)`, 'g');
  return { status, stderr, lines, paragraphs: stdout.replace(first, ' ').split('\n'), head: cells[2], rows };
}

it('shows a week of runs: what changed is imported and announced once, and a quiet day nothing', () => {
  const { status, stderr, lines, paragraphs, head, rows } = demo();
  expect({ status, stderr }).toEqual({ status: 0, stderr: expect.stringMatching(/^wrote \S+\.html\n$/) });

  expect(head?.slice(0, 9).join(' ')).toBe('DAY CREATED UPDATED REOPENED REFRESHED ARCHIVED SAME IMPORTS EVENTS');
  expect(rows.map((row) => row.slice(0, 9).join(' '))).toEqual([
    'Monday 8 0 0 0 0 0 8 none',
    'Tuesday 0 0 0 0 0 8 0 none',
    'Wednesday 0 1 0 0 0 7 1 Finding Opened',
    'Thursday 0 2 0 0 0 6 2 Gap Opened, Gaps Opened',
    'Friday 0 0 0 0 0 8 0 none',
    'Saturday 0 3 0 0 0 5 3 Finding Resolved, Gap Closed',
    'Sunday 0 1 0 0 2 5 3 none',
    'Monday 0 0 2 0 0 6 2 none',
    'Tuesday 0 0 0 0 0 8 0 none',
    'a month later 0 1 0 7 0 0 8 Finding Opened',
    'a hidden day 0 0 0 0 0 0 0 Finding Opened, Gap Opened, Gaps Opened',
    'the day after 8 0 0 0 0 0 8 Gap Opened, Gap Closed, Gaps Opened',
    'it is fixed 0 2 0 0 0 6 2 Finding Resolved, Gap Closed',
    'a bad template 0 1 0 0 0 7 1 Finding Resolved',
  ]);
  expect(paragraphs.filter((line) => line.includes('Finding ') && line.includes('→'))).toEqual([
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
      "a hidden day: Finding Opened: shop, node group 'web' (managed): 3.2.3 PASSED → FAILED (Security Hub does not hold it)",
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
  const trend = (cluster: string) => {
    const at = lines.findIndex((line) => line.includes(`/${cluster} `));
    return `${lines[at]?.trim().split(/ {2,}/)[1]} ${lines[at + 1]?.trim().split('; complete')[0]}`;
  };
  expect(trend('payments')).toBe('▁▁███▁▁▁▁█████ 1 open, the longest for 4 days; 1 fixed, after 3 days on average');
  expect(trend('shop')).toBe('▁▁▁▁▁▁▁▁▁▁█▁▁▁ 0 open; 1 fixed, after 2 days on average');
  // The census has all of them, for good.
  expect(lines.join(' ')).toMatch(/Of 16 machines that lived since \S+, 16 were judged\./);
  const compared = lines.findIndex((line) => line.startsWith('From run '));
  expect(lines.slice(compared + 1, compared + 4)).toEqual([
    'Opened: 1',
    '  111122223333/eu-central-1/payments, node group workers (managed): kubelet-client-ca-file',
    'Fixed: 0',
  ]);

  // The page says what the stored objects say, counted with none of the program's code.
  const page = readFileSync('dist/history.html', 'utf8');
  const counted = recount('dist/history');
  const [ofRuns, ofClusters = [], episodes] = tablesOf(page);
  expect(counted.runs).toHaveLength(14);
  expect([ofRuns, episodes]).toEqual([counted.runs, counted.episodes]);
  expect(ofClusters.map((row) => [row[0], row[1], row[3], row.at(-1)])).toEqual(counted.clusters);
  expect(page).toMatch(new RegExp(`Of ${counted.lived} machines that lived since \\S+, ${counted.judged} were judged`));

  // And `verify`, at the end: a chain over all of these runs.
  expect(lines.slice(-3)).toEqual([
    expect.stringMatching(/^head: 14:[0-9a-f]{64}, 00000014\.sigstore\.json$/),
    expect.stringMatching(/^intact: 14 runs from \d{4}-\d\d-\d\d on, \d+ files, as signed$/),
    '',
  ]);
});
