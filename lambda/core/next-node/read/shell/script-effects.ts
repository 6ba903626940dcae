import { trimmedEnd } from '../../../model/text/words.ts';
import { isKnown, plain, tokens } from '../tokens.ts';
import { isExportable, kernelSetting, namesKubelet, placeOf } from './script-places.ts';

/** Why what the user data says of the kubelet may not be all. */
export interface ScriptFinding {
  /** `touches`: it names the kubelet. `not-shown`: it may do anything. */
  readonly kind: 'touches' | 'not-shown';
  readonly because: string;
  /** Counted from 1 in the part. */
  readonly line: number;
}

/** A file gets unknown bytes, unless it keeps its bytes (`rights`), is a folder (`folder`) or the top of unknown files (`tree`), or gets a text. */
export type Change = 'rights' | 'folder' | 'tree' | 'file' | { readonly text: string; readonly isAppended: boolean };

export interface Mount {
  readonly device: string;
  readonly folder: string;
  readonly type: string | undefined;
  readonly options: string | undefined;
}

const outside = 'a file outside the places that leave the kubelet alone';

/** All that the scripts of one node do outside themselves, and what of it isn't known to leave the kubelet alone. */
export class ScriptEffects {
  /** The first finding of each kind. */
  readonly findings: Partial<Record<ScriptFinding['kind'], ScriptFinding & { readonly part: number }>> = {};
  /** The parts that something was found in. */
  readonly parts = new Set<number>();
  /** Whether a finding may be of any part: one runs what another writes, or not all is looked at. */
  isOfAll = false;
  /** The part that is being gone through, and what counts the lines up to its place. */
  part = 0;
  lineOf = (): number => 1;
  readonly #texts = new Map<string, (string | undefined)[]>();
  readonly #runs = new Map<string, { readonly part: number; readonly line: number }>();
  /** Folders and files into which unknown files were put. */
  readonly #opaque: string[] = [];
  readonly #formatted = new Set<string>();
  /** Mounts of a disk that may be the node's own. */
  readonly #ofRoot: string[] = [];
  #steps = 0;
  readonly #walk: (text: string, effects: ScriptEffects, isOfOneLine: true) => void;

  /** @param walk goes through a text that a shell runs, all of it on the line of `effects` */
  constructor(walk: (text: string, effects: ScriptEffects, isOfOneLine: true) => void) {
    this.#walk = walk;
  }

  report(because: string, kind: ScriptFinding['kind'] = 'not-shown'): void {
    this.parts.add(this.part);
    this.findings[kind] ??= { kind, because, line: this.lineOf(), part: this.part };
  }

  /** Bounds the work; `false` once it is too much. */
  step(): boolean {
    this.#steps += 1;
    this.isOfAll ||= this.#steps >= 20_000;
    if (this.#steps === 20_000) this.report('more commands than are followed');
    return this.#steps < 20_000;
  }

  script(text: string): undefined {
    this.#walk(text, this, true);
  }

  changes(path: string, change: Change): undefined {
    const place = placeOf(path);
    if (namesKubelet(path)) this.report('a file of the kubelet', 'touches');
    else if (change === 'folder') {
      if (!/^(?:\/[\w@.+:-]+)+\/?$/.test(plain(path) ?? '') || path.includes('/..')) this.report(outside);
    } else if (!place || (change === 'tree' && !place.isTree)) this.report(outside);
    else if (this.#mayBeOfRoot(path)) this.report('a file below a mount that may be the disk of the node');
    else if (change !== 'rights') {
      if (this.#isOpaque(path)) this.report('a file below a folder whose files are not shown');
      if (change === 'tree') this.#opaque.push(trimmedEnd(path, '/'));
      const { text, isAppended } = typeof change === 'object' ? change : { text: undefined, isAppended: false };
      if (place.text) this.#judgeText(place.text, path, text, isAppended);
      const isWhole = !isAppended && text !== undefined && isKnown(text);
      this.#texts.set(path, [...(this.#texts.get(path) ?? []), isWhole ? text : undefined]);
    }
  }

  /** Judges a text that is written into a file which something reads as more than a text. */
  #judgeText(kind: string, path: string, text: string | undefined, isAppended: boolean): void {
    const isUnclear = text === undefined || !isKnown(text) || (kind === 'unit' && (isAppended || /\\$/m.test(text)));
    if (namesKubelet(text ?? '')) this.report('a text about the kubelet', 'touches');
    // It is judged when all is known that is written there.
    else if (kind === 'script' && !isAppended) this.runs(path);
    else if (kind === 'kernel-value') {
      if (!isSetting(path.replace('/proc/sys/', ''))) this.report('a setting of the kernel that may run a program');
    } else if (isUnclear || kind === 'script')
      this.report('a text that is not all known, in a file that decides what runs');
    else if (kind === 'profile') this.script(text);
    else {
      const entries = text.split('\n').filter((each) => !/^\s*(?:#.*)?$/.test(each) || plain(each) !== each);
      for (const entry of entries) {
        const fault = lineFaults[kind]?.(entry.trim(), this);
        if (fault) this.report(fault);
      }
      const settings = new Map(
        entries.map((each) => [each.split('=', 1)[0]?.trim(), each.replace(/^[^=]*=/, '').trim()]),
      );
      const [device, folder = '', type, options] = ['What', 'Where', 'Type', 'Options'].map((key) => settings.get(key));
      if (kind === 'unit' && device !== undefined) this.mounts({ device, folder, type, options });
    }
  }

  /** By `mount`, by /etc/fstab or by a unit: a file system of unknown files, unless this file made it. */
  mounts(mount: Mount): undefined {
    const fault = mountFault(mount);
    if (fault) this.report(fault);
    const isFile = !/^(?:tmpfs|hugetlbfs|swap)$/.test(mount.type ?? '');
    if (fault || !isFile || this.#formatted.has(mount.device)) return;
    this.#opaque.push(mount.folder);
    if (mayBeRoot(mount.device)) this.#ofRoot.push(mount.folder);
  }

  /** @param label by which it is mounted, too */
  formats(device: string, label: string | undefined): undefined {
    for (const each of [device, ...(label ? [`LABEL=${label}`] : [])])
      if (plain(each) === each) this.#formatted.add(each);
  }

  /** A file that something runs, once all that is written there is known. */
  runs(path: string): undefined {
    if (namesKubelet(path)) this.report('a program of the kubelet', 'touches');
    else this.#runs.set(path, { part: this.part, line: this.lineOf() });
  }

  hasUnit(name: string): boolean {
    return this.#texts.has(`/etc/systemd/system/${name}`) || this.#texts.has(`/etc/systemd/system/${name}.service`);
  }

  /** Once all parts are gone through: the files that something runs. A map goes on with what is added to it. */
  finish(): void {
    for (const [path, { part, line }] of this.#runs) {
      this.part = part;
      this.lineOf = () => line;
      this.isOfAll ||= this.#texts.has(path);
      for (const text of this.#texts.get(path) ?? [undefined]) {
        const isShell =
          text !== undefined &&
          /^(?:#!\s*(?:\/usr)?\/bin\/(?:env )?(?:ba|da)?sh(?:\s+-[eux]+)*[ \t]*\n|[^#]|#[^!])/.test(text);
        if (isShell && plain(text) === text && !this.#isOpaque(path)) this.script(text);
        else this.report('a program whose text this file does not show');
      }
    }
  }

  #mayBeOfRoot(path: string): boolean {
    return this.#ofRoot.some((folder) => isBelow(path, folder) && !placeOf(path.slice(folder.length) || '/'));
  }

  #isOpaque(path: string): boolean {
    return this.#opaque.some((folder) => isBelow(path, folder));
  }
}

const isBelow = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`);

/** Disks other than the first, whose file system the node runs from: by name, or by a volume that was there before the node. */
export const isDevice = (path: string): boolean =>
  /^\/dev\/(?:nvme[1-9]\d*n\d+(?:p\d+)?|xvd[b-z]\w*|sd[b-z]\w*|md\/?\w+|mapper\/[\w-]+|disk\/by-id\/nvme-Amazon_[\w.:-]+|(?=[\w-]*vg)[\w-]+\/[\w-]+)$/.test(
    path,
  );

/** Disks by their labels and NFS, EFS and FSx by their addresses. */
const ofNetwork = /^(?:[\w.-]+:\/[\w./-]*|fs-\w+(?:[:.][\w./:@-]*)?)$/;
/** Other disks, which may be the first one. */
const anyDisk = /^(?:\/dev\/[\w./-]+|(?:UUID|LABEL|PARTUUID)=["\w.-]+)$/;
const mayBeRoot = (device: string): boolean =>
  !isDevice(device) && !ofNetwork.test(device) && !/^UUID="?$/.test(device.split(tokens.disk)[0] ?? '');

/** Why a mount may put other files in the place of the kubelet's. */
function mountFault({ device, folder, type = '', options = '' }: Mount): string | undefined {
  if (namesKubelet(`${device} ${folder}`)) return 'a mount over files of the kubelet';
  if (type === 'swap' || folder === 'none')
    return /^(?:\/swap\w*|\/dev\/[\w/]+|UUID=.+|LABEL=.+)$/.test(device) ? undefined : 'a mount that is not understood';
  if (!/^\/dev\/(?:hugepages[\w-]*|shm)$/.test(folder) && !placeOf(folder)?.isTree)
    return 'a mount outside the places that leave the kubelet alone';
  if (/\b(?:r?bind|move|r?shared|r?slave)\b|\b(?:lower|upper|work)dir\b/.test(options))
    return 'a mount of one folder over another';
  if (!/^(?:|auto|xfs|ext[34]|nfs4?|efs|tmpfs|hugetlbfs|lustre|btrfs)$/.test(type))
    return 'a mount of a kind that is not understood';
  const isDisk = /^(?:tmpfs|hugetlbfs)$/.test(type) || ofNetwork.test(device) || anyDisk.test(plain(device) ?? '');
  return isDisk || /\bremount\b/.test(options) ? undefined : 'a mount of something that is no disk';
}

const isSetting = (name: string): boolean => kernelSetting.test(name.replaceAll('/', '.'));

/** A script's own `sudo` follows these rules: a path for programs isn't among them. */
const sudoRule =
  /^[%\w.-]+\s+ALL\s*=\s*(?:\(ALL(?:\s*:\s*ALL)?\)\s*)?(?:NOPASSWD:\s*)?ALL$|^Defaults(?::[\w-]+)?\s+!?requiretty$/;

/** Settings of a unit that start nothing. Source: systemd.unit(5), systemd.service(5), systemd.timer(5). */
const quietKey =
  /^(?:Description|Documentation|After|Before|Wants|Requires|BindsTo|PartOf|DefaultDependencies|Condition\w+|Type|RemainAfterExit|Restart|RestartSec|User|Group|Timeout\w*Sec|Limit\w+|KillMode|Nice|IOScheduling\w+|CPU\w+|Memory\w+|Tasks\w+|SyslogIdentifier|WantedBy|RequiredBy|On(?:Calendar|BootSec|UnitActiveSec|UnitInactiveSec|StartupSec|ActiveSec)|AccuracySec|RandomizedDelaySec|Persistent|StartLimit\w+|SuccessExitStatus|What|Where|Options|PrivateTmp|TimeoutSec|OOMScoreAdjust|Delegate)$/;

/** Tables, and values without a folder or with one that the AMI's own configuration names; a program is one of the AMI. */
const quietValue =
  /^(?:true|false|\d+|["'][^"'/]*["']|\[["\w., ]*\]|["']\/(?:etc\/containerd\/certs\.d|opt\/cni\/bin|etc\/cni\/net\.d)["'])$/;

function isQuietSetting(entry: string): boolean {
  if (/^\[[\w.'"/:*-]+\]+$/.test(entry)) return true;
  const [, key = '', given = ''] = /^(["\w.-]+)\s*=(.*)$/.exec(entry) ?? [];
  const value = given.trim();
  if (key === 'BinaryName') return /^"\/usr\/s?bin\/(?:runc|nvidia-container-runtime)"$/.test(value);
  return !/^$|binary|runtime_?path|imports/i.test(key) && quietValue.test(value);
}

/** Comparisons, and links, rights and names of devices. Source: udev(7). */
const quietMatch = /^(?:ACTION|SUBSYSTEMS?|KERNELS?|DRIVERS?|ATTRS?\{[\w/]+\}|ENV\{\w+\}|TAGS?)[!=]="[^"]*"$/;
const quietChange =
  /^(?:(?:SYMLINK|OWNER|GROUP|MODE|ENV\{(?!SYSTEMD)\w+\})\+?="(?:(?!\.\.)[^"`])*"|OPTIONS\+?="string_escape=\w+")$/;
const isQuietRule = (entry: string): boolean =>
  entry.split(/(?<=")[,\s]+/).every((part) => part === '' || quietMatch.test(part) || quietChange.test(part));

type JudgeLine = (entry: string, effects: ScriptEffects) => string | false | undefined;

/** Why one line of such a file may do more than it should. */
const lineFaults: Readonly<Record<string, JudgeLine>> = {
  fstab: (entry, effects) => {
    const [device = '', folder = '', type, options] = entry.split(/\s+/);
    return effects.mounts({ device, folder, type, options });
  },
  cron: (entry, effects) => {
    if (
      /^(?:MAILTO=.*|PATH=(?:\/usr(?:\/local)?)?\/s?bin(?::(?:\/usr(?:\/local)?)?\/s?bin)*|SHELL=\/bin\/(?:ba)?sh)$/.test(
        entry,
      )
    )
      return undefined;
    const [when = ''] = /^(?:@\w+|[\d*/,-]+(?:\s+[\d*/,-]+){4})\s+[\w-]+\s/.exec(entry) ?? [];
    if (when === '' || entry.includes('%')) return 'a cron job that is not understood';
    return effects.script(entry.slice(when.length).trim());
  },
  environment: (entry) => {
    const [, name = 'PATH', value = ''] = /^(?:export\s+)?(\w+)="?(.*?)"?$/.exec(entry) ?? [];
    return !isExportable(name, value) && 'a variable for all programs';
  },
  sysctl: (entry) =>
    !isSetting(/^-?\s*([\w./*-]+)\s*=/.exec(entry)?.[1] ?? '') && 'a setting of the kernel that may run a program',
  containerd: (entry) => !isQuietSetting(entry) && 'a setting of containerd that may run a program',
  udev: (entry) => !isQuietRule(entry) && 'a rule of udev that may run a program',
  sudoers: (entry) => !sudoRule.test(entry) && 'a rule of sudo that is not understood',
  dnf: (entry) =>
    !/^(?:proxy=https?:\/\/[\w.:-]+\/?|timeout=\d+|retries=\d+|fastestmirror=\w+|max_parallel_downloads=\d+|keepcache=\d|\[main\])$/.test(
      entry,
    ) && 'a setting of dnf that may add packages',
  unit: (entry, effects) => {
    if (/^;|^\[\w+\]$/.test(entry)) return undefined;
    const [, key = '', value = ''] = /^(\w+)\s*=\s*(\S.*)?$/.exec(entry) ?? [];
    if (/^Exec(?:Start|StartPre|StartPost|Stop|StopPost|Reload|Condition)$/.test(key)) return execFault(value, effects);
    if (/^Environment(?:File)?$/.test(key)) {
      const names = [...value.matchAll(/(?:^|[\s"'])(\w+)=/g)].map(([, name = '']) => name);
      const isSafe = names.length > 0 && names.every((name) => isExportable(name)) && !value.includes('%');
      return !(key === 'Environment' ? isSafe : /^-?\/etc\/environment$/.test(value)) && 'a variable of a service';
    }
    if (/^Standard(?:Output|Error|Input)$/.test(key))
      return (
        !/^(?:(?:journal|null|inherit|syslog|kmsg|tty)(?:\+console)?|(?:append|file):\/var\/log\/(?!.*\.\.)[\w./-]+)$/.test(
          value,
        ) && 'where a service writes'
      );
    return (
      !(key === 'Unit' ? effects.hasUnit(value) : quietKey.test(key)) && 'a setting of a unit that may start something'
    );
  },
};

/** systemd splits words as a shell does, and replaces `$` and `%` itself; `;` and `|` are words to it. */
function execFault(value: string, effects: ScriptEffects): string | undefined {
  const command = value.replace(/^[-:]*/, '');
  const isOdd =
    /[%\\]|^[@+!]/.test(command) || command.replaceAll('$$', '').includes('$') || plain(command) !== command;
  if (isOdd) return 'a command of a unit that is not understood';
  const words = command.match(/(?:[^\s"']+|"[^"]*"|'[^']*')+/g) ?? [];
  const shell = words.map((word) => `'${word.replaceAll(/["']/g, '').replaceAll('$$', () => '$')}'`);
  return effects.script(shell.join(' '));
}
