import { spawnSync } from 'node:child_process';

/** What the bundler writes in place of `EKS_KUBELET_AUDIT_COMMIT` (lambda/contract/version.ts). */
export const commitDefined = (root: string): Readonly<Record<string, string>> => ({
  EKS_KUBELET_AUDIT_COMMIT: JSON.stringify(commitOf(root)) ?? 'undefined',
});

/**
 * The commit that is checked out in this folder: 40 hexadecimal digits, then `-dirty` where files that git knows differ. `undefined` where it is no
 * checkout of this project, or there is no git.
 */
export function commitOf(root: string): string | undefined {
  // Without the lock of the index: another process may be working in the checkout.
  const env = { ...process.env, GIT_OPTIONAL_LOCKS: '0' };
  const git = (...args: readonly string[]) => spawnSync('git', args, { cwd: root, env, encoding: 'utf8' });
  // A package inside another checkout does not belong to its commits.
  if (git('ls-files', '--error-unmatch', 'package.json').status !== 0) return undefined;

  const { status, stdout } = git('describe', '--always', '--abbrev=40', '--dirty', '--exclude=*');
  return status === 0 ? stdout.trim() : undefined;
}
