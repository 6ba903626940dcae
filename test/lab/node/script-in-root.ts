import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Parts of this machine, read-only: what a shell of the node needs to run. Its own programs are in /usr/sbin, which comes first. */
const shared = ['usr/bin', 'usr/lib', 'usr/lib64', 'usr/share'];

const user = process.getuid?.() === 0 ? [] : ['--map-root-user'];

/** Whether this machine lets us: root may, others where user namespaces are on. */
export const canEnterRoots = (): boolean =>
  process.platform === 'linux' && spawnSync('unshare', [...user, '--mount', 'true']).status === 0;

/** Runs a script with a node's folder as its root, in its own mount namespace. Needs root, or user namespaces. */
export function scriptInRoot(script: string, root: string): string {
  const file = `/run/lab/command-${randomUUID()}.sh`;
  mkdirSync(join(root, 'run/lab'), { recursive: true });
  writeFileSync(join(root, file), script);

  return `exec unshare ${user.join(' ')} --mount --propagation private /bin/sh -c '${enter}' enter '${root}' '${file}'`;
}

/** The script's own /proc/PID/stat is made up, too: all of /proc is the node's. A clock that its sleeps moved is right again when it has ended. */
const enter = `
set -e
PATH=$PATH:/usr/sbin:/sbin
root=$1
for each in ${shared.join(' ')}; do
  [ -d "/$each" ] || continue
  mkdir -p "$root/$each"
  mount --bind "/$each" "$root/$each"
  mount -o remount,bind,ro "$root/$each"
done
for each in bin lib lib64 sbin; do ln -sfn "usr/$each" "$root/$each"; done
mkdir -p "$root/dev" "$root/tmp" "$root/etc/alternatives"
mount --rbind /dev "$root/dev"
mount --bind /etc/alternatives "$root/etc/alternatives"
boot=$(sed -n "s/^btime //p" "$root/proc/stat" 2>/dev/null || :)
now() { [ -z "$boot" ] || printf "%s.00 1.00\\n" "$(($(date +%s) - boot))" >"$root/proc/uptime"; }
if [ -n "$boot" ]; then
  now
else
  touch "$root/proc/uptime"
  mount --bind /proc/uptime "$root/proc/uptime"
fi
cd "$root"
code=0
chroot "$root" /bin/sh -c "mkdir -p /proc/\\$\\$; echo \\"\\$\\$ (sh) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 100 0 0\\" >/proc/\\$\\$/stat; exec /bin/sh \\"\\$1\\"" sh "$2" || code=$?
now
exit "$code"
`;
