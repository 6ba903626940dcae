import { printed } from './script-values.ts';

/** Words of the kubelet, its bootstrap and their files. */
const ofKubelet = /kubelet|nodeadm|\/etc\/kubernetes|\/etc\/eks\b|\/var\/lib\/kube|NODEADM_|kube-apiserver/i;
export const namesKubelet = (text: string): boolean => ofKubelet.test(text);

/** The kinds of text that something reads as more than a text: each has its own judge. */
export type TextKind =
  | 'unit'
  | 'fstab'
  | 'cron'
  | 'script'
  | 'profile'
  | 'environment'
  | 'sysctl'
  | 'sudoers'
  | 'dnf'
  | 'kernel-value';

interface Place {
  /** Any file below it. */
  readonly isTree?: true;
  /** Absent where nothing that is written there runs or decides about programs. */
  readonly text?: TextKind;
}

interface PlaceRule extends Place {
  /** As the documentation has it. */
  readonly shown: string;
  readonly path: RegExp;
}

const tree = (shown: string, path: RegExp): PlaceRule => ({ shown, path, isTree: true });
const file = (shown: string, path: RegExp): PlaceRule => ({ shown, path });
const read = (shown: string, path: RegExp, text: TextKind): PlaceRule => ({ shown, path, text });

/** Where a script may write. Nothing that is not in this table counts as leaving the kubelet alone. */
export const places: readonly PlaceRule[] = [
  tree(
    'folders of your own below `/`, `/tmp`, `/mnt`, `/srv`',
    /^\/(?!(?:bin|boot|dev|efi|etc|home|lib|lib64|opt|proc|root|run|sbin|sys|usr|var)(?:\/|$))[\w-]+(?:\/|$)/,
  ),
  tree(
    '`/var/tmp`, `/var/log`, `/usr/local/share`, `/usr/local/etc`, `/home/NAME`',
    /^\/(?:var\/(?:tmp|log)|usr\/local\/(?:share|etc)|home\/[\w-]+)(?:\/|$)/,
  ),
  tree(
    '`/opt/NAME`, but no folder of the AMI',
    /^\/opt\/(?!(?:aws|amazon|cni|containerd|eks|nvidia|rh)(?:\/|$))[\w.-]+(?:\/|$)/,
  ),
  tree('`/etc/containerd/certs.d`', /^\/etc\/containerd\/certs\.d(?:\/|$)/),
  tree('`/etc/pki/ca-trust/source`', /^\/etc\/pki\/ca-trust\/source(?:\/|$)/),
  file('a file with an extension in `/`, `/swapfile`', /^\/(?:[\w-]+\.[\w.]+|swapfile|swap)$/),
  file(
    '`/dev/null` and other outputs',
    /^\/dev\/(?:null|zero|console|stdout|stderr|tty\d*|ttyS0|kmsg|kvm|shm(?:\/[\w.-]+)?|fd\/\d)$/,
  ),
  file(
    '`/etc/motd`, `hosts`, `hostname`, `resolv.conf`, `chrony.conf`, `selinux/config`, `locale.conf`, `issue`',
    /^\/etc\/(?:motd|hosts|hostname|resolv\.conf|chrony\.conf|chrony\.d\/[\w.-]+|selinux\/config|sysconfig\/iptables|locale\.conf|issue(?:\.net)?|localtime|timezone)$/,
  ),
  file('`/etc/security/limits.conf`, `limits.d`', /^\/etc\/security\/limits(?:\.conf|\.d\/[\w.-]+)$/),
  file('`/etc/ssh/sshd_config`, `sshd_config.d`', /^\/etc\/ssh\/sshd_config(?:\.d\/[\w.-]+)?$/),
  file('`/etc/systemd/journald.conf`, `journald.conf.d`', /^\/etc\/systemd\/journald\.conf(?:\.d\/[\w.-]+)?$/),
  file('`/etc/modules-load.d`', /^\/etc\/modules-load\.d\/[\w.-]+\.conf$/),
  file('`authorized_keys`', /^\/root\/\.ssh(?:\/(?:authorized_keys)?)?$/),
  file(
    '`/usr/local/bin/NAME.sh`, `kubectl`, `helm`, `eksctl`, `k9s`, `yq`, `nerdctl`, `docker-compose`',
    /^\/usr\/local\/bin\/(?:[\w.-]+\.sh|kubectl|helm|eksctl|k9s|yq|nerdctl|docker-compose)$/,
  ),
  file('the settings of the CloudWatch agent', /^\/opt\/aws\/amazon-cloudwatch-agent\/(?:etc|bin)\/[\w.-]+\.json$/),
  file(
    'huge pages, queues and CPUs below `/sys`',
    /^\/sys\/(?:kernel\/mm\/(?:transparent_hugepage|hugepages|ksm)|block\/[\w-]+\/queue|devices\/system\/(?:cpu|node)|class\/net)\/[\w/.-]+$/,
  ),
  file('`/dev/hugepages`', /^\/dev\/hugepages[\w-]*$/),
  read('`/proc/sys`, of the kernel’s settings that sysctl may set', /^\/proc\/sys\/[\w/.-]+$/, 'kernel-value'),
  read(
    '`/etc/systemd/system`: units and drop-ins',
    /^\/etc\/systemd\/system\/[\w@.-]+(?:\.d\/[\w.-]+\.conf)?$/,
    'unit',
  ),
  read('`/etc/fstab`', /^\/etc\/fstab$/, 'fstab'),
  read('`/etc/cron.d`', /^\/etc\/cron\.d\/[\w-]+$/, 'cron'),
  read(
    '`/etc/cron.daily` and the like, `/var/lib/cloud/scripts`',
    /^\/(?:etc\/cron\.(?:hourly|daily|weekly|monthly)\/[\w-]+|var\/lib\/cloud\/scripts\/per-(?:boot|instance|once)\/[\w.-]+)$/,
    'script',
  ),
  read('`/etc/profile.d`', /^\/etc\/profile\.d\/[\w.-]+\.sh$/, 'profile'),
  read('`/etc/environment`', /^\/etc\/environment$/, 'environment'),
  read('`/etc/sysctl.conf`, `sysctl.d`', /^\/etc\/sysctl(?:\.conf|\.d\/[\w.-]+)$/, 'sysctl'),
  read('`/etc/sudoers.d`', /^\/etc\/sudoers\.d\/[\w.-]+$/, 'sudoers'),
  read('`/etc/dnf/dnf.conf`, `/etc/yum.conf`', /^\/etc\/(?:dnf\/dnf|yum)\.conf$/, 'dnf'),
];

/** The place that a literal path is in; a path with a part that isn't known is in none. */
export function placeOf(path: string): Place | undefined {
  const isPlain =
    /^(?:\/[\w@%+=:,.\ue125-]+)+\/?$/.test(path) && !path.split('/').some((step) => step === '.' || step === '..');
  if (!isPlain) return undefined;
  const place = places.find((each) => each.path.test(path.replaceAll(printed, 'x')));
  return path.includes(printed) && place?.isTree === undefined ? undefined : place;
}

/** Kernel settings by name. `kernel.core_pattern`, `kernel.modprobe` and their like name programs that the kernel runs. */
export const kernelSetting =
  /^(?:net\.[\w.*/-]+|vm\.[\w.-]+|user\.max_\w+|fs\.(?:file-max|nr_open|aio-max-nr|inotify\.\w+|pipe-\w+|protected_\w+|suid_dumpable|epoll\.\w+|mount-max)|kernel\.(?:pid_max|threads-max|panic\w*|shm\w+|msg\w+|sem|sched_\w+|randomize_va_space|kptr_restrict|dmesg_restrict|perf_\w+|sysrq|printk\w*|yama\.\w+|keys\.\w+|numa_\w+|hung_task_\w+|softlockup_\w+|unprivileged_\w+|unknown_nmi_panic|watchdog\w*|nmi_watchdog|core_uses_pid|domainname|io_uring_disabled|task_delayacct))$/;

/** Names that bash itself gives a meaning. Source: bash(1), "Shell Variables". */
const shellVariable =
  /^(?:PATH|IFS|ENV|HOME|SHELL|SHELLOPTS|PS\d|CDPATH|GLOBIGNORE|EXECIGNORE|FIGNORE|POSIXLY_CORRECT|PROMPT_.*|BASH.*|COMP_.*|LD_.*|GCONV_PATH|LOCPATH|TMPDIR|RANDOM|SRANDOM|SECONDS|EPOCH.*|LINENO|HOSTNAME|GROUPS|FUNC.*|DIRSTACK|PIPESTATUS|_|OPT\w+|REPLY|PWD|OLDPWD|SHLVL|COLUMNS|LINES|UID|EUID|PPID|TMOUT|MAIL.*|READLINE.*|MAPFILE|COPROC|INSIDE_EMACS|CHILD_MAX|auto_resume|histchars|PYTHON.*|PERL.*)$/;

/** Names that commands may get in their environment: no program of the table reads them as code, options or files. */
const exportable =
  /^(?:(?:https?|ftp|no|all)_proxy|(?:HTTPS?|FTP|NO|ALL)_PROXY|AWS_(?:DEFAULT_)?REGION|AWS_(?:DEFAULT_OUTPUT|RETRY_MODE|MAX_ATTEMPTS|ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN)|LANG|HIST(?:TIMEFORMAT|SIZE|FILESIZE|CONTROL)|LC_\w+|TZ|TERM|DEBIAN_FRONTEND|(?:(?!AWS|BASH|LD|GIT|SSH|SSL|TAR|CURL|PYTHON|PERL|DNF|RPM|SYSTEMD)[A-Z][A-Z\d]*_)*(?:REGION|ZONE|AZ|ENVIRONMENT|STAGE|CLUSTER|NAME|ID|TOKEN|IP|VERSION|BUCKET|DEVICE|VOLUME|ACCOUNT|ARN|ROLE|URL|ENDPOINT|CA|LABELS|TAINTS|ARGS|COUNT|SIZE|TYPE|PASSWORD|SECRET|KEY|USER|HOST|PORT|DOMAIN|ENV|TAG|TEAM|PROJECT|APP|OWNER|SERVICE|MODE|LEVEL|TIMEOUT|DIR|FILE|DISK|PROXY|SERVER|TIME)|[a-z][a-z\d_]*)$/;

export const isOfShell = (name: string): boolean => shellVariable.test(name);

/** Names by which programs find others, their options or their files. */
const ofPrograms =
  /PAGER|EDITOR|VISUAL|BROWSER|SHELL|OPT|FLAG|COMMAND|PRELOAD|CONF|HOME|PATH|RC$|^(?:AWS|GIT|SSH|SSL|CURL|WGET|TAR|GZIP|XZ|LESS|MAN|DNF|YUM|RPM|SYSTEMD|DBUS|XDG|GLIBC|MALLOC|OPENSSL|NODE_OPTIONS|RUBY|JAVA)/i;

/** @param value a value without blanks and slashes names no file or command, so most names may have it */
export const isExportable = (name: string, value?: string): boolean =>
  exportable.test(name) ||
  (!isOfShell(name) && !ofPrograms.test(name) && value !== undefined && /^(?!-)[\w.,:=@+-]*$/.test(value));

/** A path as the script means it in this folder. */
export const absolute = (path: string, folder: string): string =>
  path.startsWith('/') ? path : `${folder === '/' ? '' : folder}/${path}`;
