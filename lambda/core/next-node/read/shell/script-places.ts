import { trimmedEnd } from '../../../model/text/words.ts';
import { plain } from '../tokens.ts';
import { tableRows } from './table-rows.ts';

/** Words of the kubelet, its bootstrap and their files. */
const ofKubelet = /kubelet|nodeadm|\/etc\/kubernetes|\/etc\/eks\b|\/var\/lib\/kube|NODEADM_|kube-apiserver/i;
export const namesKubelet = (text: string): boolean => ofKubelet.test(text);

/**
 * Where a script may write; the first row with a path decides. `*` is one name, and `**` any names below. Of `files`, all below is free; a `text` is one
 * that nothing runs and that decides about no programs. Each other kind is read as more than a text, and has a judge. docs/next-node.md shows the rest.
 */
export const placeTable = `
| what is written | paths |
| unit | /etc/systemd/system/* /etc/systemd/system/*.d/*.conf |
| fstab | /etc/fstab |
| cron | /etc/cron.d/* |
| script | /etc/cron.hourly/* /etc/cron.daily/* /etc/cron.weekly/* /etc/cron.monthly/* /var/lib/cloud/scripts/per-boot/* /var/lib/cloud/scripts/per-instance/* /var/lib/cloud/scripts/per-once/* |
| profile | /etc/profile.d/*.sh |
| environment | /etc/environment |
| sysctl | /etc/sysctl.conf /etc/sysctl.d/* |
| sudoers | /etc/sudoers.d/* |
| dnf | /etc/dnf/dnf.conf /etc/yum.conf |
| kernel-value | /proc/sys/** |
| files | /etc/containerd/certs.d /etc/pki/ca-trust/source /var/tmp /var/log /usr/local/share /usr/local/etc /home/* |
| text | /etc/motd /etc/hosts /etc/hostname /etc/resolv.conf /etc/chrony.conf /etc/chrony.d/* /etc/selinux/config /etc/sysconfig/iptables /etc/locale.conf /etc/issue /etc/issue.net /etc/localtime /etc/timezone |
| text | /etc/security/limits.conf /etc/security/limits.d/* /etc/ssh/sshd_config /etc/ssh/sshd_config.d/* /etc/systemd/journald.conf /etc/systemd/journald.conf.d/* /etc/modules-load.d/*.conf |
| text | /root/.ssh /root/.ssh/authorized_keys /opt/aws/amazon-cloudwatch-agent/etc/*.json /opt/aws/amazon-cloudwatch-agent/bin/*.json |
| text | /usr/local/bin/*.sh /usr/local/bin/kubectl /usr/local/bin/helm /usr/local/bin/eksctl /usr/local/bin/k9s /usr/local/bin/yq /usr/local/bin/nerdctl /usr/local/bin/docker-compose |
| text | /dev/null /dev/zero /dev/console /dev/stdout /dev/stderr /dev/tty /dev/tty* /dev/kmsg /dev/kvm /dev/shm /dev/shm/* /dev/fd/* /dev/hugepages /dev/hugepages-* |
| text | /sys/kernel/mm/transparent_hugepage/** /sys/kernel/mm/hugepages/** /sys/kernel/mm/ksm/** /sys/block/*/queue/** /sys/devices/system/cpu/** /sys/devices/system/node/** /sys/class/net/** |
| nothing | /opt/aws /opt/amazon /opt/cni /opt/containerd /opt/eks /opt/nvidia /opt/rh |
| files | /opt/* |
| nothing | /bin /boot /dev /efi /etc /home /lib /lib64 /opt /proc /root /run /sbin /sys /usr /var |
| files | /* |
`;

interface Place {
  /** Any file below it. */
  readonly isTree: boolean;
  /** Absent where nothing that is written there runs or decides about programs. */
  readonly text?: string;
}

const places = tableRows(placeTable).flatMap(([what = '', paths = '']) => {
  const isTree = what === 'files' || what === 'nothing';
  const place: Place | undefined =
    what === 'nothing' ? undefined : { isTree, ...(!isTree && what !== 'text' && { text: what }) };
  return paths
    .split(' ')
    .map((path) => ({ place, isDeep: isTree || path.endsWith('**'), like: path.slice(1).split('/') }));
});

/** One name of a path. */
function isLike(name: string, like: string): boolean {
  const [begin = '', end] = like.split('*');
  const middle = name.slice(begin.length, name.length - (end ?? '').length);
  return end === undefined ? name === like : name === begin + middle + end && /^\w[\w@.-]*$/.test(middle);
}

/** The place that a literal path is in; a path with a part that isn't known is in none. */
export function placeOf(path: string): Place | undefined {
  const text = plain(path) ?? '';
  const names = trimmedEnd(text, '/').slice(1).split('/');
  if (!/^(?:\/[\w@%+=:,.-]+)+\/?$/.test(text) || names.some((each) => /^\.\.?$/.test(each))) return undefined;
  const found = places.find(({ like, isDeep }) => {
    const isLong = isDeep ? names.length >= like.length : names.length === like.length;
    return isLong && like.every((each, at) => each === '**' || isLike(names[at] ?? '', each));
  });
  return text !== path && !found?.isDeep ? undefined : found?.place;
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
