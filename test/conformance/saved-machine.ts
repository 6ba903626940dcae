import { namedFiles } from '../../lambda/core/read/kubelet/command-line/command-line.ts';
import type {
  CommandLine,
  DirectorySnapshot,
  FileSnapshot,
  NodeFiles,
} from '../../lambda/core/read/kubelet/node-files.ts';
import type { RecordedFile, RecordedMachine } from './recorded-machine.ts';

/** What the probe would have sent of a recorded machine: the same snapshots, without a shell. */
export function savedMachine(machine: RecordedMachine): NodeFiles {
  const commandLine: CommandLine = { from: 'proc', arguments: ['/usr/bin/kubelet', ...machine.args] };
  const fileSystem = new FileSystem(machine.files);
  const files = new Map<string, FileSnapshot>();
  const directories = new Map<string, DirectorySnapshot>();

  const named = namedFiles(commandLine, machine.cwd);
  const { config, configDir } = named.ok ? named.value : {};
  if (config?.absolute !== undefined) files.set(config.absolute, fileSystem.file(config.absolute));
  if (configDir?.absolute !== undefined) {
    const directory = fileSystem.directory(rooted(configDir.written, machine.cwd), configDir.absolute);
    directories.set(configDir.absolute, directory);
    for (const path of directory.status === 'read' ? directory.files : []) files.set(path, fileSystem.file(path));
  }

  return {
    commandLine,
    workingDirectory: machine.cwd,
    files,
    directories,
    kubeletVersion: machine.version,
    // The recordings of 1.29 were made with it.
    dropInDirectoryAlpha: true,
  };
}

const rooted = (path: string, directory: string): string =>
  path.startsWith('/') ? path : `${directory.replace(/\/+$/, '')}/${path}`;

/** A Linux file system in memory: paths are resolved as the kernel does, link by link. */
class FileSystem {
  readonly #entries = new Map<string, RecordedFile>([['/', { dir: true }]]);

  constructor(files: RecordedMachine['files']) {
    for (const [path, file] of Object.entries(files)) {
      this.#entries.set(path, file);
      for (let parent = parentOf(path); !this.#entries.has(parent); parent = parentOf(parent))
        this.#entries.set(parent, { dir: true });
    }
  }

  file(path: string): FileSnapshot {
    const found = this.#follow(path);
    if (found === undefined) return { status: 'absent' };

    const entry = this.#entries.get(found);
    if (entry === undefined) return { status: 'absent' };
    if ('data' in entry) return { status: 'refused', because: 'it is not UTF-8 text' };
    return 'text' in entry
      ? { status: 'read', text: entry.text }
      : { status: 'refused', because: 'it is not a regular file' };
  }

  /** A link is walked only with a slash at its end, and what is no directory is skipped, as Go's `filepath.WalkDir` does. */
  directory(path: string, named: string): DirectorySnapshot {
    const dots = this.#dots(path);
    if (dots === 'link') return { status: 'refused', because: 'its path has ".." in it' };
    if (dots === 'nowhere') return { status: 'absent' };
    const written = path.replace(/(?:\/\.)+(?=\/)/g, '').replace(/\/\.$/, '/');
    return this.#directory(written, named);
  }

  /** What a `..` takes away: a link, which leads the kernel elsewhere, or no directory. */
  #dots(path: string): 'link' | 'nowhere' | undefined {
    const names: string[] = [];
    for (const part of path.split('/')) {
      if (part !== '..') {
        if (part !== '' && part !== '.') names.push(part);
        continue;
      }
      const before = `/${names.join('/')}`;
      const found = this.#follow(before);
      if ('link' in (this.#entries.get(before) ?? {})) return 'link';
      if (!('dir' in (this.#entries.get(found ?? '') ?? {}))) return 'nowhere';
      names.pop();
    }
    return undefined;
  }

  #directory(path: string, named: string): DirectorySnapshot {
    const whole = path.replace(/(?!^)\/+$/, '');
    const folder = this.#follow(parentOf(whole));
    const place = folder === undefined ? undefined : join(folder, baseOf(whole));
    const entry = place === undefined ? undefined : this.#entries.get(place);
    if (entry === undefined) return { status: 'absent' };

    const target = path.endsWith('/') ? this.#follow(whole) : place;
    const found = target === undefined ? undefined : this.#entries.get(target);
    if (target === undefined || found === undefined || !('dir' in found)) {
      if (path.endsWith('/')) return { status: 'absent' };
      return path.endsWith('.conf') ? { status: 'read', files: [named] } : { status: 'not-walked' };
    }
    return { status: 'read', files: this.#dropIns(target).map((each) => join(named, each)) };
  }

  /** The paths of all `*.conf` below a folder that are no folders themselves, from that folder on. */
  #dropIns(folder: string): readonly string[] {
    const prefix = folder === '/' ? '/' : `${folder}/`;
    return [...this.#entries]
      .filter(([path, entry]) => path.startsWith(prefix) && path.endsWith('.conf') && !('dir' in entry))
      .map(([path]) => path.slice(prefix.length));
  }

  /** The place behind a path, all links followed; `undefined` where there is none. */
  #follow(path: string): string | undefined {
    let at = '/';
    let hops = 0;
    const rest = path.split('/');
    for (let part = rest.shift(); part !== undefined; part = rest.shift()) {
      if (part === '' || part === '.') continue;
      if (part === '..') {
        at = parentOf(at);
        continue;
      }
      const entry = this.#entries.get(join(at, part));
      if (entry === undefined || hops > 40) return undefined;
      if ('link' in entry) {
        hops += 1;
        if (entry.link.startsWith('/')) at = '/';
        rest.unshift(...entry.link.split('/'));
      } else if ('text' in entry && rest.some((each) => each !== '')) {
        return undefined;
      } else {
        at = join(at, part);
      }
    }
    return at;
  }
}

const join = (folder: string, name: string): string => `${folder.replace(/\/+$/, '')}/${name}`;
const baseOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('/')) || '/';
