import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Runs a script with an `aws`, an `eksctl` and a `kubectl` that only say how they were called, word by word, and what they were given to read. */
export function runInShell(script: string): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), 'grant-'));
  try {
    const say = `printf '%s' "\${0##*/}"; printf ' %s' "$@"; echo`;
    for (const name of ['aws', 'eksctl']) writeFileSync(join(folder, name), `#!/bin/sh\n${say}\n`, { mode: 0o755 });
    writeFileSync(join(folder, 'kubectl'), `#!/bin/sh\n${say}\ncat\n`, { mode: 0o755 });
    const { stdout, stderr } = spawnSync('/bin/sh', [], {
      input: script,
      encoding: 'utf8',
      env: { PATH: `${folder}:/usr/bin:/bin` },
    });
    if (stderr) throw new Error(stderr);
    return stdout.trimEnd().split('\n');
  } finally {
    rmSync(folder, { recursive: true });
  }
}
