import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { seconds } from '../../../patience.ts';

/** Root, and a kernel that lets it make namespaces: so it is on CI, and not in every container. */
export const canMakeMachines: boolean =
  process.getuid?.() === 0 && spawnSync('unshare', ['--pid', '--mount', '--fork', 'true']).status === 0;

export interface Machine {
  /** Shell that starts processes on it, from its folder /var; file descriptor 3 is a pipe in which every `kubelet` gets stuck. */
  readonly start: string;
  /** How many processes named kubelet that makes. */
  readonly kubelets: number;
  readonly files: Readonly<Record<string, string>>;
  readonly script: string;
  /** A cgroup for its pods, if there may be one. */
  readonly cgroup?: string | undefined;
}

/**
 * Runs a script on a machine of its own: new PID and mount namespaces, and a root file system in memory with this host's /usr. It has a real /proc
 * and the host's real `ps`. A process is really named kubelet: `/opt/kubelet` is a copy of echo that blocks because its output is not read.
 */
export function runOnMachine({ start, kubelets, files, script, cgroup = '' }: Machine): {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number | null;
} {
  const folder = mkdtempSync(join(tmpdir(), 'machine-'));
  const all = { ...files, '/start.sh': start, '/probe.sh': script, '/inside.sh': inside(kubelets) };
  for (const [path, text] of Object.entries(all)) {
    const place = join(folder, 'files', path);
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(place, text, { mode: 0o600 });
  }
  mkdirSync(join(folder, 'root'));

  try {
    return spawnSync(
      'unshare',
      ['--pid', '--mount', '--fork', '--kill-child', 'sh', '-ec', outside, 'sh', folder, cgroup],
      {
        encoding: 'utf8',
        env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
        timeout: seconds(20),
      },
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** An empty cgroup whose name begins as the kubelet names its pods', or nothing where this host allows none. */
export function podCgroup(): { readonly path: string | undefined; remove(): void } {
  const base = ['/sys/fs/cgroup/pids', '/sys/fs/cgroup'].find((each) => existsSync(join(each, 'cgroup.procs')));
  const path = join(base ?? '/nowhere', `kubepods-${process.pid}`);
  try {
    mkdirSync(path);
    return { path, remove: () => removeEmptied(path) };
  } catch {
    return { path: undefined, remove: () => undefined };
  }
}

/** The kernel needs a moment to let go of processes that it has just killed; an empty cgroup that stays behind harms nobody. */
function removeEmptied(path: string): void {
  for (let tries = 0; tries < 20; tries += 1) {
    try {
      rmdirSync(path);
      return;
    } catch {
      spawnSync('sleep', ['0.05']);
    }
  }
}

const outside = `
root=$1/root
mount -t tmpfs -o mode=755 tmpfs "$root"
mkdir "$root/usr" "$root/proc" "$root/dev" "$root/etc" "$root/opt" "$root/tmp" "$root/var" "$root/jail" "$root/cgroup"
mount --rbind /usr "$root/usr"
for name in bin sbin lib lib64; do
  if [ -L "/$name" ]; then cp -P "/$name" "$root/$name"
  elif [ -d "/$name" ]; then mkdir "$root/$name"; mount --rbind "/$name" "$root/$name"; fi
done
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
[ -z "$2" ] || mount --bind "$2" "$root/cgroup"
printf 'root:x:0:0:root:/root:/bin/sh\\nsomebody:x:1000:1000::/:/bin/sh\\n' >"$root/etc/passwd"
printf 'root:x:0:\\nsomebody:x:1000:\\n' >"$root/etc/group"
cp -R "$1/files/." "$root/"
cp /usr/bin/echo "$root/opt/kubelet"
mount --bind "$root" "$root/jail"
mkdir -p "$root/jail/usr" && mount --rbind /usr "$root/jail/usr"
exec chroot "$root" /bin/sh -e /inside.sh
`;

const inside = (kubelets: number) => `
mkfifo /tmp/pipe
exec 3<>/tmp/pipe
head -c 65536 /dev/zero >&3
cd /var
. /start.sh
tries=0
until [ "$(ps -e -o comm= | grep -cx kubelet)" -ge ${kubelets} ]; do
  tries=$((tries + 1))
  [ "$tries" -lt 100 ] || { ps -ef >&2; exit 9; }
  sleep 0.05
done
exec 3>&-
sh /probe.sh
`;
