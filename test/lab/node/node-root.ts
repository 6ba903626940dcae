import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** One process of a node of the lab, as /proc and `ps -ef` show it. */
export interface LabProcess {
  readonly pid: number;
  /** 1 when absent. */
  readonly parent?: number;
  readonly argv: readonly string[];
  readonly workingDirectory?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** `0::/runtime.slice/kubelet.service` when absent. */
  readonly cgroup?: string;
  /** The host's own when absent. */
  readonly pidNamespace?: string;
  readonly mountNamespace?: string;
  /** `/` when absent. */
  readonly rootDirectory?: string;
  /** The program's file. */
  readonly executable?: string;
  /** 0 when absent. */
  readonly uid?: number;
  /** How long ago it began, as /proc/PID/stat and the time since the boot tell; after the node's files were written when absent. */
  readonly secondsOld?: number | 'not told';
  /** Lines of its mountinfo, behind that of the root. */
  readonly mounts?: readonly string[];
  /** What it wrote to the journal, row by row. */
  readonly journal?: readonly string[];
  /** The line of `ps -ef`, when it must be a recorded one. */
  readonly psLine?: string;
}

/** A file of a node: its text (root's, mode 644), or something else at that path. A link's target is a path on the node, or relative as links are. */
export type LabFile =
  | string
  | {
      readonly text: string | Buffer;
      /** 0 when absent. */
      readonly uid?: number;
      /** The owner's number when absent. */
      readonly gid?: number;
      /** `0o644` when absent. */
      readonly mode?: number;
    }
  | { readonly fifo: true }
  | { readonly link: string }
  | { readonly directory: true };

export interface NodeDescription {
  readonly processes?: readonly LabProcess[];
  /** By absolute path on the node. */
  readonly files?: Readonly<Record<string, LabFile>>;
  /** The mount namespace of the shell that SSM runs; the host's when absent. */
  readonly shellMountNamespace?: string;
}

const ownRoot = '22 1 259:1 / / rw,noatime shared:1 - xfs /dev/nvme0n1p1 rw,seclabel';
const hostPidNamespace = 'pid:[4026531836]';
const hostMountNamespace = 'mnt:[4026531841]';

/** A folder that is a node's root: /proc, its files, and its own `ps` and `stat`. Removed on dispose. */
export class NodeRoot implements Disposable {
  readonly path: string;

  constructor(description: NodeDescription) {
    this.path = mkdtempSync(join(tmpdir(), 'lab-node-'));
    const init: LabProcess = {
      pid: 1,
      parent: 0,
      argv: ['/usr/lib/systemd/systemd', '--system'],
      cgroup: '0::/init.scope',
    };
    const processes = [init, ...(description.processes ?? [])];

    for (const process of processes) this.#addProcess(process);
    this.#link('/proc/self/ns/mnt', description.shellMountNamespace ?? hostMountNamespace);
    for (const [path, file] of Object.entries(description.files ?? {})) this.#addFile(path, file);
    this.#addPs(processes);
    this.#addStat(description);
    this.#addJournal(processes);
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }

  /** Changes with each file: its place, inode, size, and the time of its last change, which no program can set. */
  state(folder = this.path): string {
    return readdirSync(folder)
      .map((name) => {
        const path = join(folder, name);
        const entry = lstatSync(path, { bigint: true });
        return `${path} ${entry.ino} ${entry.size} ${entry.ctimeNs}\n${entry.isDirectory() ? this.state(path) : ''}`;
      })
      .join('');
  }

  #addProcess({ pid, argv, ...process }: LabProcess): void {
    const folder = `/proc/${pid}`;
    const environment = Object.entries({ PATH: '/usr/bin', ...process.environment }).map(
      ([name, value]) => `${name}=${value}\0`,
    );
    this.#write(`${folder}/cmdline`, argv.map((each) => `${each}\0`).join(''));
    this.#write(`${folder}/environ`, environment.join(''));
    this.#write(`${folder}/cgroup`, `${process.cgroup ?? '0::/runtime.slice/kubelet.service'}\n`);
    if (process.secondsOld !== 'not told') this.#addAge(pid, argv[0] ?? '', process.secondsOld ?? -1);
    this.#write(`${folder}/mountinfo`, [ownRoot, ...(process.mounts ?? [])].map((line) => `${line}\n`).join(''));
    this.#link(`${folder}/ns/pid`, process.pidNamespace ?? hostPidNamespace);
    this.#link(`${folder}/ns/mnt`, process.mountNamespace ?? hostMountNamespace);
    this.#link(`${folder}/cwd`, process.workingDirectory ?? '/');
    this.#link(`${folder}/root`, process.rootDirectory ?? '/');
    if (process.executable !== undefined) this.#link(`${folder}/exe`, process.executable);
  }

  /** The machine booted ten days ago. A process may call itself anything. */
  #addAge(pid: number, name: string, secondsOld: number): void {
    const now = Date.now() / 1000;
    const boot = Math.floor(now) - 864_000;
    this.#write('/proc/uptime', `${(now - boot).toFixed(2)} 1.00\n`);
    this.#write('/proc/stat', `cpu  1 2 3\nbtime ${boot}\nprocesses 4\n`);
    const ticks = Math.round((now - secondsOld - boot) * 100);
    this.#write(`/proc/${pid}/stat`, `${pid} (${name} a) b) S ${'1 '.repeat(18)}${ticks} 7 8\n`);
  }

  #addFile(path: string, file: LabFile): void {
    if (typeof file === 'string') this.#write(path, file);
    else if ('text' in file) this.#write(path, file.text, file.mode);
    else if ('link' in file) this.#link(path, file.link.startsWith('/') ? join(this.path, file.link) : file.link);
    else if ('directory' in file) mkdirSync(this.#at(path), { recursive: true });
    else execFileSync('mkfifo', [this.#at(path)]);
  }

  /** Like procps: no argument is understood differently, an argument's line breaks are `?`. */
  #addPs(processes: readonly LabProcess[]): void {
    const lines = processes.map(
      ({ pid, parent = 1, argv, uid = 0, psLine }) =>
        psLine ??
        `${(uid === 0 ? 'root' : String(uid)).padEnd(8)} ${String(pid).padStart(7)} ${String(parent).padStart(7)}  0 22:44 ?        00:00:00 ${argv.join(' ').replaceAll('\n', '?')}`,
    );
    this.#write('/ps-ef.txt', `UID          PID    PPID  C STIME TTY          TIME CMD\n${lines.join('\n')}\n`);
    this.#program('ps', `exec cat '${this.path}/ps-ef.txt'`);
  }

  /** Like journalctl: of one process, within a time; any other question is an error. */
  #addJournal(processes: readonly LabProcess[]): void {
    for (const { pid, journal = [] } of processes)
      this.#write(`/journal-${pid}.txt`, journal.map((row) => `${row}\n`).join(''));
    this.#program(
      'journalctl',
      `[ "$1 $2 $3 $4 $6 $8" = '-q --no-pager -o cat --since --until' ] && [ "$#" = 9 ] || exit 1
case "\${7#@}\${9#@}" in '' | *[!0-9]*) exit 1 ;; esac
[ "\${9#@}" -gt "\${7#@}" ] && exec cat '${this.path}/journal-'"\${5#_PID=}.txt"`,
    );
  }

  /** The tests may run as any user: files are root's, except those that the description gives to another user. */
  #addStat({ files = {}, processes = [] }: NodeDescription): void {
    const owned = [
      ...Object.entries(files).flatMap(([path, file]) =>
        typeof file === 'object' && 'text' in file && (file.uid || file.gid)
          ? [{ path, uid: file.uid ?? 0, gid: file.gid ?? file.uid ?? 0 }]
          : [],
      ),
      ...processes.flatMap(({ pid, uid }) => (uid ? [{ path: `/proc/${pid}`, uid, gid: uid }] : [])),
    ];
    // The machine's own is faster, and right where root made all files.
    if (owned.length === 0 && process.getuid?.() === 0) return;
    const name = (id: number) => (id === 0 ? 'root' : 'UNKNOWN');
    const cases = owned.map(
      ({ path, uid, gid }) => `  '${this.path}${path}') uid=${uid} ids='${uid} ${gid} ${name(uid)}:${name(gid)}' ;;`,
    );
    this.#program(
      'stat',
      `/usr/bin/stat "$@" >/dev/null || exit 1
case $3 in
${cases.join('\n')}
  *) uid=0 ids='0 0 root:root' ;;
esac
case "$1 $2" in
  '-c %u') echo "$uid" ;;
  '-c %a %u %g %U:%G') echo "$(/usr/bin/stat -c %a "$3") $ids" ;;
  *) exec /usr/bin/stat "$@" ;;
esac`,
    );
  }

  #program(name: string, text: string): void {
    this.#write(`/usr/bin/${name}`, `#!/bin/sh\n${text}\n`, 0o755);
  }

  #write(path: string, content: string | Buffer, mode = 0o644): void {
    writeFileSync(this.#at(path), content);
    chmodSync(this.#at(path), mode);
  }

  #link(path: string, target: string): void {
    symlinkSync(target, this.#at(path));
  }

  #at(path: string): string {
    const place = join(this.path, path);
    mkdirSync(dirname(place), { recursive: true });
    return place;
  }
}

const recordings = join(import.meta.dirname, '../../fixtures/kubelets');

/** A recorded node (`test/fixtures/kubelets/NAME`): its files, its kubelet, and the noise of its `ps -ef | grep kubelet`. */
export function recordedNode(
  name: string,
): { readonly kubelet: LabProcess } & Required<Pick<NodeDescription, 'processes' | 'files'>> {
  const folder = join(recordings, name);
  const argv = Buffer.from(readFileSync(join(folder, 'proc-cmdline.b64'), 'utf8'), 'base64')
    .toString('utf8')
    .replace(/\0$/, '')
    .split('\0');
  const processes = readFileSync(join(folder, 'ps-ef.txt'), 'utf8').trim().split('\n').map(processOfLine);
  const isKubelet = (process: LabProcess) => process.argv[0] === argv[0];

  const found = processes.find(isKubelet);
  if (!found) throw new Error(`${folder}/ps-ef.txt has no line of ${argv[0]}`);
  const kubelet = { ...found, argv };
  return {
    kubelet,
    processes: processes.map((each) => (isKubelet(each) ? kubelet : each)),
    files: filesBelow(join(folder, 'root')),
  };
}

export function processOfLine(psLine: string): LabProcess {
  const [, pid, parent, , , , , ...argv] = psLine.trim().split(/\s+/);
  return { pid: Number(pid), parent: Number(parent), argv, psLine };
}

function filesBelow(root: string): Readonly<Record<string, string>> {
  if (!existsSync(root)) return {};
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((each) =>
    statSync(join(root, each)).isFile(),
  );
  return Object.fromEntries(names.map((each) => [`/${each}`, readFileSync(join(root, each), 'utf8')]));
}
