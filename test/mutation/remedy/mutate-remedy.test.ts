import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { underSystemd } from '../../systemd/real-systemd.ts';

const noticed = `
@@ the undo of a file that was written since is not refused
-        [ "$(sum "old.$number") $(sum "new.$number")" = "$new $old" ] || changed_after "$path"
`;
const nothing = `
@@ another word in a comment
-# Puts the files of an earlier run back. That is a change as every other: under backup and rollback.
+# Puts the files of an earlier command back. That is a change as every other: under backup and rollback.
`;

function tried(changes: string) {
  const folder = mkdtempSync(join(tmpdir(), 'changes-'));
  try {
    writeFileSync(join(folder, 'changes.diff'), `=== undo.sh${changes}`);
    const args = ['--generated', '0', '--changes', join(folder, 'changes.diff')];
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [join(import.meta.dirname, 'mutate-remedy.ts'), ...args],
      // Its tests are a run of their own: they know nothing of this one. Beside other work they must not be the last.
      { encoding: 'utf8', env: { PATH: process.env['PATH'], MUTATION_NICE: '0' } },
    );
    return { status, printed: stdout + stderr };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

it('mutation:remedy notices a safety that is lost, and nothing notices another word in a comment', underSystemd, () => {
  expect(tried(noticed)).toEqual({
    status: 0,
    printed: expect.stringMatching(/^noticed {2}undo\.sh: .* \[is a (file|copy) .*\]\n.*no change survived/ms),
  });
  expect(tried(nothing)).toEqual({
    status: 1,
    printed: expect.stringContaining('SURVIVED undo.sh: another word in a comment'),
  });
});

it('mutation:remedy names a change that meets no test, goes on with the others, and fails', underSystemd, () => {
  const untested = nothing.replace(' comment', ' comment @@ undo: a title that no test has');
  expect(tried(`${untested}${noticed}`)).toEqual({
    status: 1,
    printed: expect.stringMatching(
      /^UNTESTED undo\.sh: another word .*^noticed {2}undo\.sh: .*'a title that no test has' names none\n$/ms,
    ),
  });
});
