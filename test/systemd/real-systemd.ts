import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { seconds } from '../patience.ts';

const systemd = '/usr/lib/systemd/systemd';

const unshareOptions = ['--fork', '--kill-child', '--pid', '--mount', '--uts', '--ipc', '--net', '--cgroup'];

/**
 * Why no systemd can be started here, or nothing: it needs root, its own namespaces, a cgroup2 that it may mount, and two pairs of shell and awk.
 * `tool`: it can be installed. `right`: this machine, or the container around it, does not give it.
 */
export function whyNoSystemd(): { readonly lacks: 'tool' | 'right'; readonly because: string } | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    return { lacks: 'right', because: 'this is not root on Linux' };
  if (!existsSync(systemd)) return { lacks: 'tool', because: `${systemd} is missing (Debian's package systemd)` };
  const missing = [
    'busybox',
    'unshare',
    'nsenter',
    'setpriv',
    'dash',
    'bash',
    'mawk',
    'gawk',
    'openssl',
    'setfattr',
    'chattr',
  ].find((tool) => spawnSync('sh', ['-c', `command -v ${tool}`]).status !== 0);
  if (missing !== undefined) return { lacks: 'tool', because: `${missing} is missing` };

  const group = `eks-kubelet-audit-${process.pid}`;
  const inside = 'mount --make-rprivate /; mount -t cgroup2 cgroup2 /mnt; mkdir /mnt/x; rmdir /mnt/x';
  const { status, stderr } = spawnSync(
    'unshare',
    inOwnCgroup(group, ['unshare', ...unshareOptions, 'sh', '-ec', inside]),
    { encoding: 'utf8' },
  );
  removeCgroup(group);
  return status === 0
    ? undefined
    : { lacks: 'right', because: `nobody may make namespaces and cgroups here (CAP_SYS_ADMIN): ${stderr.trim()}` };
}

/** Makes a cgroup of this name below the caller's own: systemds that shared one would end each other's services. */
const inOwnCgroup = (name: string, command: readonly string[]): readonly string[] => [
  '--mount',
  'sh',
  '-ec',
  `${ownCgroup}
mkdir "$own"
echo $$ >"$own/cgroup.procs"
cd /
umount /mnt
shift
exec "$@"`,
  'sh',
  name,
  ...command,
];

const ownCgroup = `mount --make-rprivate /
mount -t cgroup2 cgroup2 /mnt
own=/mnt$(sed -n 's/^0:://p' /proc/self/cgroup)/$1`;

/** Once nothing runs in it any more: the kernel needs a moment. */
function removeCgroup(name: string): void {
  const remove = `${ownCgroup}
n=0
while [ -d "$own" ] && [ "$n" -lt 50 ]; do
  find "$own" -depth -type d -exec rmdir {} + 2>/dev/null || sleep 0.02
  n=$((n + 1))
done`;
  spawnSync('unshare', ['--mount', 'sh', '-ec', remove, 'sh', name]);
}

/** Each test has a machine of its own, and waits more than it works. */
export const underSystemd = { skip: whyNoSystemd() !== undefined, concurrent: true, timeout: seconds(300) } as const;

export type NodeFile = { readonly text: string; readonly mode?: number };

export type Ran = { readonly stdout: string; readonly stderr: string; readonly status: number | null };

/** Marks a test whose failure says nothing about what it tests. */
export const bootFailure = 'systemd did not come up';

let made = 0;

/** A machine whose PID 1 is the real systemd of this host, in namespaces of its own: real units, real timers, real restarts, its own /etc and /var. */
export class SystemdNode {
  readonly #folder = mkdtempSync(join(tmpdir(), 'systemd-node-'));
  #process: ChildProcess | undefined;
  #init = 0;

  /** Debian's small shell and awk, or the GNU ones and no curl: every other machine has these. */
  readonly tools: 'small' | 'gnu';

  /** The answers of the script, for debugging. */
  readonly said: string[] = [];

  constructor(
    files: Readonly<Record<string, string | NodeFile>>,
    tools: SystemdNode['tools'] = made % 2 === 0 ? 'small' : 'gnu',
  ) {
    made += 1;
    this.tools = tools;
    for (const path of ['/etc', '/var/lib', '/var/log', '/var/tmp', '/root', '/opt', '/home', '/etc/systemd/system'])
      this.#makeFolder(path);
    spawnSync('chmod', ['1777', this.path('/var/tmp')]);
    for (const [path, file] of Object.entries({ ...base, ...files })) this.write(path, file);
  }

  /** Where a path of the node lies on this host; for /etc and /var only, the rest is mounted inside. */
  path(path: string): string {
    return join(this.#folder, 'root', path);
  }

  #makeFolder(path: string): void {
    mkdirSync(this.path(path), { recursive: true, mode: 0o755 });
    // With any umask of the user who runs the tests.
    for (let each = this.path(path); each.length > this.#folder.length; each = dirname(each)) chmodSync(each, 0o755);
  }

  write(path: string, file: string | NodeFile): void {
    const { text: content, mode = 0o644 } = typeof file === 'string' ? { text: file } : file;
    this.#makeFolder(dirname(path));
    writeFileSync(this.path(path), content);
    chmodSync(this.path(path), mode);
  }

  read(path: string): string {
    return readFileSync(this.path(path), 'utf8');
  }

  exists(path: string): boolean {
    return existsSync(this.path(path));
  }

  /** `644 0:0`, as `stat` says it. */
  permissions(path: string): string {
    const { mode, uid, gid } = statSync(this.path(path));
    return `${(mode & 0o7777).toString(8)} ${uid}:${gid}`;
  }

  /** Every file, folder and link below these, with mode, owner and content: what must be the same when nothing was to change. */
  tree(...folders: readonly string[]): ReadonlyMap<string, string> {
    return new Map(
      folders.flatMap((folder) =>
        readdirSync(this.path(folder), { recursive: true, encoding: 'utf8' })
          .sort()
          .map((name): [string, string] => [join(folder, name), this.#described(join(folder, name))]),
      ),
    );
  }

  #described(path: string): string {
    const seen = lstatSync(this.path(path));
    const who = `${(seen.mode & 0o7777).toString(8)} ${seen.uid}:${seen.gid}`;
    if (seen.isSymbolicLink()) return `link to ${readlinkSync(this.path(path))}`;
    return seen.isFile() ? `${who}\n${readFileSync(this.path(path), 'latin1')}` : who;
  }

  async boot(): Promise<void> {
    this.#process = spawn(
      // It ends with the process that began it, in every case.
      'setpriv',
      [
        '--pdeathsig',
        'KILL',
        'unshare',
        ...inOwnCgroup(basename(this.#folder), [
          'unshare',
          ...unshareOptions,
          'sh',
          '-ec',
          outside,
          'sh',
          this.path('/'),
          process.execPath,
          this.tools,
        ]),
      ],
      { stdio: ['ignore', 'ignore', 'pipe'], env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' } },
    );
    let words = '';
    this.#process.stderr?.setEncoding('utf8').on('data', (more: string) => {
      words += more;
    });
    const { pid } = this.#process;

    for (const end = Date.now() + seconds(60); Date.now() < end; ) {
      await sleep(50);
      if (this.#process.exitCode !== null) break;
      this.#init = Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0]);
      if (this.#init > 0 && /^(running|degraded)/.test((await this.run(['systemctl', 'is-system-running'])).stdout))
        return;
    }
    throw new Error(`${bootFailure}: ${words}`);
  }

  get isBooted(): boolean {
    return this.#init > 0;
  }

  /** What a power cut does. */
  async reboot(): Promise<void> {
    await this.#end();
    await this.boot();
  }

  async run(command: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Ran> {
    const child = this.spawn(command, environment);
    const [stdout, stderr, status] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      new Promise<number | null>((resolve) => child.once('exit', resolve)),
    ]);
    return { stdout, stderr, status };
  }

  /** Puts lines of shell before a program of this node, and of no other: it says nothing, fails, or writes down how it was called. The program itself is `$real`. */
  async replaceProgram(path: string, lines: string): Promise<void> {
    const name = path.replaceAll('/', '-');
    this.write(`/opt/replaced/${name}.sh`, {
      text: `#!/bin/sh\nreal=/opt/replaced/${name}\n${lines}\nexec "$real" "$@"\n`,
      mode: 0o755,
    });
    const { stderr } = await this.run([
      'sh',
      '-ec',
      `cp -L ${path} /opt/replaced/${name}; mount --bind /opt/replaced/${name}.sh ${path}`,
    ]);
    if (stderr !== '') throw new Error(stderr);
  }

  async restoreProgram(path: string): Promise<void> {
    await this.run(['umount', path]);
  }

  spawn(command: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
    const inside = ['--target', String(this.#init), '--all', '--root', '--wd', 'env', '-i'];
    return spawn('nsenter', [...inside, 'PATH=/usr/sbin:/usr/bin:/sbin:/bin', ...variables, ...command], {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: seconds(240),
    });
  }

  async #end(): Promise<void> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    if (this.#init > 0) spawnSync('kill', ['-9', String(this.#init)]);
    child.kill('SIGKILL');
    await ended;
    removeCgroup(basename(this.#folder));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end();
    // Its mounts went with its namespace; the kernel needs a moment.
    for (let tries = 0; tries < 20; tries += 1) {
      try {
        rmSync(this.#folder, { recursive: true, force: true });
        return;
      } catch {
        await sleep(50);
      }
    }
  }
}

const base = {
  '/etc/passwd': 'root:x:0:0:root:/root:/bin/sh\nsomebody:x:1000:1000::/:/bin/sh\n',
  '/etc/group': 'root:x:0:\nsomebody:x:1000:\n',
  '/etc/machine-id': '0123456789abcdef0123456789abcdef\n',
  '/etc/systemd/system/default.target':
    '[Unit]\nRequires=multi-user.target\nAfter=multi-user.target\nAllowIsolate=yes\n',
  '/etc/systemd/system/lo.service':
    '[Unit]\nDefaultDependencies=no\n[Service]\nType=oneshot\nExecStart=/usr/bin/busybox ifconfig lo 127.0.0.1 up\n[Install]\nWantedBy=sysinit.target\n',
};

const targets =
  'sysinit basic sockets timers paths slices shutdown umount final local-fs local-fs-pre swap multi-user network network-online time-sync time-set';

/** Makes the root file system of one boot and becomes its PID 1. /usr is the host's, but for the units: only the targets of those are there. */
const outside = `
root=\${1%/}
mount --make-rprivate /
mount --bind "$root" "$root"
cd "$root"
mkdir -p usr proc sys dev run tmp opt
touch opt/node opt/no-curl
mount --rbind /usr usr
for name in bin sbin lib lib64; do
  if [ -L "/$name" ]; then [ -L "$name" ] || cp -P "/$name" "$name"
  elif [ -d "/$name" ]; then mkdir -p "$name"; mount --rbind "/$name" "$name"; fi
done
mount -t tmpfs -o mode=755 tmpfs usr/lib/systemd/system
for name in ${targets}; do cp -P "/usr/lib/systemd/system/$name.target" usr/lib/systemd/system/; done
mkdir -p etc/systemd/system/sysinit.target.wants
ln -sf ../lo.service etc/systemd/system/sysinit.target.wants/lo.service
[ ! -d /etc/alternatives ] || { mkdir -p etc/alternatives; mount --bind /etc/alternatives etc/alternatives; }
mount --bind "$2" opt/node
case $3 in
  small) shell=dash awk=mawk ;;
  gnu)
    shell=bash awk=gawk
    if [ -e /usr/bin/curl ]; then mount --bind opt/no-curl usr/bin/curl; fi ;;
esac
for each in "$shell:$(readlink -f /bin/sh)" "$awk:$(readlink -f /usr/bin/awk)"; do
  have=/usr/bin/\${each%%:*} is=\${each#*:}
  if [ "$(readlink -f "$have")" != "$is" ]; then mount --bind "$have" "\${is#/}"; fi
done
mount -t proc proc proc
mount -t tmpfs -o mode=755 tmpfs sys
mkdir -p sys/fs/cgroup
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs dev
for name in null zero full random urandom tty; do touch "dev/$name"; mount --bind "/dev/$name" "dev/$name"; done
mkdir dev/shm dev/pts
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=1777 tmpfs tmp
exec env -i container=eks-kubelet-audit PATH=/usr/sbin:/usr/bin:/sbin:/bin chroot . ${systemd} --system --log-target=null
`;
