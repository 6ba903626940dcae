import { trimmedEnd } from '../../../model/text/trimmed-end.ts';
import { isDevice, mountFault } from './mounts.ts';
import type { ScriptEffects } from './script-effects.ts';
import { kernelSetting, namesKubelet, placeOf } from './script-places.ts';
import { anyText, type Field, hole, isKnown, onlyValue, printed, type Values } from './script-values.ts';

/** What an operand or the value of an option may be. */
type Operand = 'any' | 'none' | 'file' | 'rights' | 'folder' | 'tree' | 'device' | 'name' | 'filesystem' | 'format';

interface CommandRule {
  readonly names: string;
  /** Allowed options: `-s`, `--long`; `-o=` takes any value, `-o=file` one that is judged; `*` is any option. */
  readonly options: string;
  /** What operands may be: one kind for all, or the words that the first one must be one of. */
  readonly operands: Operand | readonly string[];
  /** How many operands come before those. */
  readonly after?: number;
  /** It prints words of the system, or of what it reads. */
  readonly prints?: 'words' | 'input';
}

/** The commands that leave the kubelet alone, those apart that have a judge of their own below. */
const commandTable = `
| command | allowed options | operands | prints |
| echo printf true false : sleep wait exit return break continue logger wall umask ulimit jobs times kill type | * | any | - |
| ls df free du nproc uname id whoami groups uptime hostname lsblk lsmod lspci lscpu getconf seq ps pgrep arch stat | * | any | words |
| date | -u -d= -I -Is -Ins -Iseconds -R --date= --utc --iso-8601 | any | words |
| blkid | -s= -o= -p -U= -L= -t= --match-tag= --output= | any | words |
| mktemp | -d -q | none | - |
| cat head tail wc cut tr tac rev nl grep egrep fgrep zgrep base64 jq column paste comm cmp diff numfmt expr | * | any | input |
| sort | -n -r -u -h -V -f -k= -t= -b -g | any | input |
| uniq | -c -d -u -i | none | input |
| basename dirname readlink realpath md5sum sha1sum sha256sum sha512sum getent dig host nslookup ping which ec2-metadata mountpoint findmnt file lsof sestatus getenforce locale tty | * | any | - |
| mkdir | -p -v -m= --parents --mode= | folder | - |
| touch rmdir | -a -c -m -p | rights | - |
| rm | -r -f -v -R --force --recursive | rights | - |
| chmod chown chgrp | -R -v -f -c -h --recursive | 1 then rights | - |
| truncate | -s= -c --size= | file | - |
| fallocate | -l= -o= -v | file | - |
| mkswap | -L= -f | file | - |
| swapon swapoff | -a -p= -v --show | any | - |
| curl | -s -S -L -f -k -v -i -I -G -N -4 -6 -# -X= -H= -d= -m= -u= -A= -w=format -x= -r= -o=file -O=in --request= --header= --data= --retry= --retry-delay= --retry-max-time= --retry-connrefused --retry-all-errors --connect-timeout= --max-time= --fail --silent --show-error --location --insecure --output=file --create-dirs --compressed --noproxy= --proxy= --user= --fail-with-body --http1.1 --tlsv1.2 --proto= --head | any | - |
| wget | -q -c -nv -T= -t= -O=file -P=tree --quiet --tries= --timeout= --header= --method= --output-document=file --no-check-certificate --no-verbose --retry-connrefused --waitretry= --directory-prefix=tree | any | - |
| unzip | -q -o -u -d=tree | any | - |
| gunzip gzip xz bunzip2 | -k -f -d -v -9 | rights | - |
| zcat | - | any | - |
| mkfs mkfs.xfs mkfs.ext4 mkfs.ext3 | -t=filesystem -f -F -q -L= -m= -b= -E= -i= -K -n= -d= -T= -O= -s= -l= | device | - |
| wipefs | -a -f --all --force | device | - |
| pvcreate | -y -f -ff | device | - |
| vgcreate | -y -f -s= | 1 then device | - |
| lvcreate | -y -l= -L= -n= -i= -I= --name= --extents= --size= --type= --yes | name | - |
| lvs vgs pvs vgscan pvscan lvscan blockdev partprobe | * | any | - |
| mdadm | --create --verbose --force --run --detail --scan --level= --raid-devices= --name= --chunk= --assume-clean --metadata= | device | - |
| umount | -l -f | rights | - |
| xfs_growfs resize2fs growpart | -d | any | - |
| udevadm | --timeout= --subsystem-match= --action= | one of settle trigger info control | - |
| modprobe | -a -v -q -r | name | - |
| hostnamectl timedatectl localectl iptables-save | * | any | - |
| useradd adduser | -m -M -r -U -N -o -s= -g= -G= -u= -c= -e= -p= -d=rights --create-home --no-create-home --system --shell= --gid= --groups= --uid= --comment= --home-dir=rights --user-group | name | - |
| usermod | -a -L -U -G= -g= -s= -c= -e= -p= --append --groups= --shell= --lock --unlock | name | - |
| groupadd | -r -f -g= --gid= --system --force | name | - |
| userdel groupdel | -r -f | name | - |
| passwd chage gpasswd | -l -u -d -e --stdin -M= -m= -E= -I= -W= -a= | name | - |
| chpasswd | -e | none | - |
| visudo | -c -f= -q | none | - |
| update-ca-trust | - | one of extract enable force-enable check | - |
| setenforce | - | any | - |
| ip | -4 -6 -br -o -j | one of link addr address route rule neigh a r | - |
| ethtool | -K -G -L -C -i -l -g -k -c -A | any | - |
| crictl | - | one of pull images info version ps | - |
| cpupower | -g= -c= --governor= | one of frequency-set frequency-info idle-set | - |
| nvidia-smi | -pm= -ac= -q -L -e= -c= -pl= -i= | any | - |
| chronyc | -a -v -n | one of makestep sources tracking waitsync | - |
| journalctl | -u= -n= -f -x -e -b -k --no-pager --since= --until= --vacuum-time= --vacuum-size= --flush --rotate | any | - |
| rpm | -q -a -l --quiet --query | any | - |
| cloud-init | --wait --long | one of status | - |
| amazon-cloudwatch-agent-ctl | -a= -m= -c= -s -o= | none | - |
`;

const rules = new Map(
  commandTable
    .trim()
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [, names = '', options = '', operands = '', prints = ''] = line.split('|').map((cell) => cell.trim());
      const [, after = '0', kind = operands] = /^(?:(\d) then )?(.*)$/.exec(operands) ?? [];
      const verbs = kind.startsWith('one of ') ? kind.slice('one of '.length).split(' ') : undefined;
      const rule: CommandRule = {
        names,
        options: options === '-' ? '' : options,
        operands: verbs ?? (kind as Operand),
        after: Number(after),
        ...(prints !== '-' && { prints: prints as 'words' | 'input' }),
      };
      return names.split(' ').map((name) => [name, rule] as const);
    }),
);

interface CommandContext {
  readonly effects: ScriptEffects;
  readonly line: number;
  readonly stdin: Values;
  readonly folder: Values;
}

type Judge = (args: readonly Field[], context: CommandContext) => string | undefined;

export const isCommandName = (name: string): boolean => rules.has(name) || judges.has(name);

/** Where the AMI has programs; a name without a folder is looked for there, since no script may set PATH. */
const programs = /^(?:\/usr)?\/s?bin\/|^\/opt\/aws\/amazon-cloudwatch-agent\/bin\//;

/** Judges one command, reports what it may do, and returns what is known of its output. */
export function judgeCommand(fields: readonly Field[], context: CommandContext): Values {
  const [first, ...args] = fields;
  const given = (first && onlyValue(first)) ?? '';
  const name = given.replace(programs, '');
  const { effects, line } = context;
  if (given.includes('/') && name.includes('/')) {
    effects.runs(given, line);
    return anyText;
  }
  // What only prints may speak of the kubelet.
  const isQuiet = rules.get(name)?.names.startsWith('echo ') || name === 'test' || name === '[';
  const isAbout = !isQuiet && args.some(({ values }) => values.some(namesKubelet));
  if (isAbout && !(name === 'systemctl' && isLooking(args))) {
    effects.report('a command about the kubelet', line, 'touches');
    return anyText;
  }
  const judge = judges.get(name);
  const found = rules.get(name);
  const fault = judge
    ? judge(args, context)
    : found
      ? ruleFault(found, args, context)
      : namesKubelet(name)
        ? 'a program of the kubelet'
        : unknownCommand(name);
  if (fault) effects.report(fault, line, namesKubelet(name) ? 'touches' : 'not-shown');
  return fault ? anyText : outputOf(name, found, args, context);
}

/** The name alone is shown where it is a word of everyday, since scripts hold secrets. */
const unknownCommand = (name: string): string =>
  wellKnown.has(name) ? `${name}, which may do anything` : 'a command that is not known to leave the kubelet alone';
const wellKnown = new Set(
  'python python3 perl ruby node bash sh source . eval docker podman nerdctl ctr pip pip3 npm cfn-init cfn-signal ansible-pull ansible-playbook puppet chef-client salt-call git make rpm snap apt-get crontab at alias reboot shutdown init systemd-run chroot nsenter kubectl helm jq awk yum-config-manager amazon-linux-extras'.split(
    ' ',
  ),
);

function outputOf(
  name: string,
  found: CommandRule | undefined,
  args: readonly Field[],
  { stdin }: CommandContext,
): Values {
  if (name === 'mktemp') return [`/tmp/${printed}`];
  if (name === 'tee') return stdin;
  // A format may print anything.
  if (args.some(({ values }) => values.some((each) => /[[`"]|\$\(|\.\./.test(each) || each.includes(hole))))
    return anyText;
  if (found?.prints === 'words') return [printed];
  const isFilter = found?.prints === 'input' || name === 'awk' || name === 'sed';
  const reads = args.some(({ values }) => values.some((each) => /^\/(?:proc|sys)\//.test(each)));
  return isFilter && (reads || stdin.every((each) => each === printed)) ? [printed] : anyText;
}

interface ParsedArguments {
  readonly operands: readonly Field[];
  readonly fault?: string;
}

const odd = 'an option that may run or write something';

/** Splits options from operands by the rule; each option that it doesn't name is a fault. */
function parsed(options: string, args: readonly Field[], context: CommandContext): ParsedArguments {
  const known = new Map(options.split(' ').map((each) => [each.replace(/=.*/, ''), /=(.*)/.exec(each)?.[1]] as const));
  const operands: Field[] = [];
  for (let at = 0; at < args.length; at += 1) {
    const field = args[at] as Field;
    const word = onlyValue(field);
    if (word === '--') return { operands: [...operands, ...args.slice(at + 1)] };
    if (options === '*' || !field.values.some((each) => /^[-\ue124]/.test(each)) || word === '-') {
      operands.push(field);
      continue;
    }
    // A text that isn't known may be an option.
    if (word === undefined)
      return {
        operands,
        fault: field.values.every((each) => each.startsWith('-')) ? odd : 'a word that may be an option',
      };
    const [, name = word, attached] = /^(--?[^=]+)=(.*)$/s.exec(word) ?? [];
    const taken = known.has(name) ? [{ name, attached }] : clusterOf(word, known);
    if (taken === undefined) return { operands, fault: odd };
    for (const each of taken) {
      const kind = known.get(each.name);
      if (kind === undefined && each.attached !== undefined) return { operands, fault: odd };
      if (kind === undefined) continue;
      if (kind === 'in') {
        context.effects.changes(context.effects.absolute(['download.x'], context.folder), context.line, 'rights');
        continue;
      }
      if (each.attached === undefined) at += 1;
      const value = each.attached === undefined ? args[at] : { values: [each.attached], many: false };
      const fault = value === undefined ? odd : operandFault(kind === '' ? 'any' : (kind as Operand), value, context);
      if (fault) return { operands, fault };
    }
  }
  return { operands };
}

/** `-sSLo FILE`, `-oFILE` */
function clusterOf(
  word: string,
  known: ReadonlyMap<string, string | undefined>,
): readonly { name: string; attached?: string }[] | undefined {
  if (word.startsWith('--')) return undefined;
  const taken: { name: string; attached?: string }[] = [];
  for (let at = 1; at < word.length; at += 1) {
    const name = `-${word[at]}`;
    if (!known.has(name)) return undefined;
    const kind = known.get(name);
    const rest = word.slice(at + 1);
    const takes = kind !== undefined && kind !== 'in';
    taken.push(takes && rest !== '' ? { name, attached: rest } : { name });
    if (takes) break;
  }
  return taken;
}

function operandFault(
  kind: Operand,
  { values, many }: Field,
  { effects, folder, line }: CommandContext,
): string | undefined {
  switch (kind) {
    case 'any':
      return undefined;
    case 'format':
      return values.every((each) => /^(?!.*%output)[^@\ue124]/s.test(each)) ? undefined : odd;
    case 'none':
      return 'an operand that it does not expect';
    case 'name':
      return !many && isKnown(values) && values.every((each) => /^[\w.@+:/-]+$/.test(each))
        ? undefined
        : 'a name that is not known';
    case 'filesystem':
      return values.every((each) => /^(?:xfs|ext[34]|btrfs)$/.test(each))
        ? undefined
        : 'a kind of file system that is not known';
    case 'device':
      for (const each of values) effects.formats(each);
      return !many && values.every(isDevice) ? undefined : 'a disk that is not known';
    case 'file':
      effects.changes(
        many ? anyText : effects.absolute(values, folder).map((each) => (isDevice(each) ? '/dev/null' : each)),
        line,
        'content',
      );
      return undefined;
    default:
      effects.changes(many ? anyText : effects.absolute(values, folder), line, kind);
      return undefined;
  }
}

function ruleFault(
  { options, operands: kind, after = 0 }: CommandRule,
  args: readonly Field[],
  context: CommandContext,
): string | undefined {
  const { operands, fault } = parsed(options, args, context);
  if (fault) return fault;
  if (typeof kind !== 'string') {
    const [verb] = operands;
    return operands.length === 0 || (verb && kind.includes(onlyValue(verb) ?? ''))
      ? undefined
      : 'an operation that is not known to leave the kubelet alone';
  }
  return operands
    .slice(after)
    .map((each) => operandFault(kind, each, context))
    .find((each) => each !== undefined);
}

/** `cp`, `mv`, `install`, `ln`: the last operand is a file, or a folder that gets files of the same names. */
function copies(options: string, whatItTakes: 'nothing' | 'source'): Judge {
  return (args, context) => {
    const { effects, line, folder } = context;
    const { operands, fault } = parsed(options, args, context);
    const to = operands.at(-1);
    if (fault || to === undefined || operands.length < 2) return fault ?? 'a copy that is not understood';

    const isWhole = args.some((each) => /^-\w*[aRr]/.test(onlyValue(each) ?? ''));
    const targets = to.many ? anyText : effects.absolute(to.values, folder);
    for (const from of operands.slice(0, -1)) {
      const sources = from.many ? anyText : effects.absolute(from.values, folder);
      if (whatItTakes === 'source')
        effects.changes(
          sources.filter((each) => !each.startsWith('/usr/share/zoneinfo/')),
          line,
          'tree',
        );
      const names = isKnown(sources) ? sources.map((each) => trimmedEnd(each, '/').replace(/^.*\//, '')) : undefined;
      if (isWhole || names === undefined) effects.changes(targets, line, 'tree');
      else {
        const inside = names.flatMap((name) => targets.map((each) => `${trimmedEnd(each, '/')}/${name}`));
        // Whether the last one is a folder isn't known here.
        const isFolder = targets.every((each) => each.endsWith('/')) || operands.length > 2;
        effects.changes(
          isFolder ? inside : [...targets, ...(placeOf(targets[0] ?? '')?.isTree ? inside : [])],
          line,
          'content',
        );
      }
    }
    return undefined;
  };
}

const archives: Judge = (args, context) => {
  const [first, ...rest] = args;
  const word = first && onlyValue(first);
  // `tar xzf FILE`: the first word is options without a dash.
  const all = word !== undefined && /^[a-z]+$/.test(word) ? [{ values: [`-${word}`], many: false }, ...rest] : args;
  const { operands, fault } = parsed(
    '-x -z -j -J -v -t -p -c -f= -C=folder --strip-components= --no-same-owner --extract --gzip --file= --directory=folder --exclude= --overwrite --warning=',
    all,
    context,
  );
  if (fault) return fault;
  const words = all.map(onlyValue);
  const mode = words.find((each) => each !== undefined && /^-(?=\w*[xtc])\w+$|^--extract$/.test(each)) ?? '';
  if (/t/.test(mode) && !/x/.test(mode)) return undefined;
  const at = words.findIndex((each) => each === '-C' || each === '--directory');
  const long = words.find((each) => each?.startsWith('--directory='))?.slice('--directory='.length);
  const into = long ?? (at === -1 ? undefined : words[at + 1]);
  if (/x/.test(mode))
    context.effects.changes(
      context.effects.absolute(into === undefined ? context.folder : [into], context.folder),
      context.line,
      'tree',
    );
  else {
    const file = words.findIndex((each) => each !== undefined && /^-\w*f$/.test(each));
    context.effects.changes(
      context.effects.absolute([words[file + 1] ?? hole], context.folder),
      context.line,
      'content',
    );
  }
  return operands.length >= 0 ? undefined : odd;
};

const systemVerbs = {
  looks: ['status', 'is-active', 'is-enabled', 'is-failed', 'show', 'list-units', 'list-unit-files', 'cat'],
  ends: ['stop', 'disable', 'mask'],
  starts: ['start', 'enable', 'restart', 'reload', 'try-restart', 'reload-or-restart', 'unmask', 'reenable'],
};

const isLooking = (args: readonly Field[]): boolean =>
  args.map(onlyValue).some((word) => word !== undefined && systemVerbs.looks.includes(word));

/** Services of the AMI and of its packages that run nothing of their user's. */
const services = new Set(
  'amazon-ssm-agent amazon-cloudwatch-agent chronyd sshd containerd docker crond rngd atop sysstat irqbalance tuned nfs-server nfs-client.target rpcbind rpc-statd rpc-bind iscsid iscsi multipathd auditd rsyslog postfix firewalld iptables NetworkManager systemd-networkd systemd-resolved systemd-timesyncd systemd-sysctl systemd-modules-load systemd-journald systemd-logind systemd-udevd dnf-automatic.timer amazon-efs-mount-watchdog logrotate.timer fstrim.timer haveged lvm2-monitor libstoragemgmt awslogsd xray collectd fail2ban nvidia-persistenced nvidia-fabricmanager ntpd remote-fs.target local-fs.target network-online.target multi-user.target hugetlb-gigantic-pages acpid gssproxy sssd tmp.mount update-motd'.split(
    ' ',
  ),
);

const systemctl: Judge = (args, context) => {
  const { operands, fault } = parsed(
    '--now --quiet -q --no-block --no-pager --system --force -f -l -p= --property= --type= --all -a',
    args,
    context,
  );
  if (fault) return fault;
  const [verb = '', ...units] = operands.map(onlyValue);
  if (systemVerbs.looks.includes(verb)) return undefined;
  if (/^(?:daemon-reload|daemon-reexec|reset-failed)$/.test(verb)) return undefined;
  if (!units.every((unit) => unit !== undefined && /^[\w@.-]+$/.test(unit))) return 'a service whose name is not known';
  if (systemVerbs.ends.includes(verb)) return undefined;
  const isKnownUnit = (unit = ''): boolean =>
    services.has(unit.replace(/\.service$/, '')) || services.has(unit) || context.effects.hasUnit(unit);
  return systemVerbs.starts.includes(verb) && units.every(isKnownUnit)
    ? undefined
    : 'a service whose text this file does not show';
};

const packages: Judge = (args, context) => {
  const { operands, fault } = parsed(
    '-y -q -v --assumeyes --quiet --best --nobest --allowerasing --skip-broken --releasever= --setopt=setopt --exclude= -x= --refresh --security --cacheonly --noplugins',
    args.filter(
      (each) =>
        !/^--setopt=(?:install_weak_deps=(?:False|0)|tsflags=nodocs|retries=\d+|timeout=\d+)$/.test(
          onlyValue(each) ?? '',
        ),
    ),
    context,
  );
  if (fault) return fault;
  const [verb = '', ...names] = operands.map(onlyValue);
  if (/^(?:clean|makecache|check-update|check-release-update|list|info|repolist|search|autoremove)$/.test(verb))
    return undefined;
  if (!/^(?:install|update|upgrade|upgrade-minimal|remove|erase|reinstall)$/.test(verb))
    return 'an operation on packages that is not understood';
  return names.every(isPackage) ? undefined : 'a package from elsewhere than the repositories of the AMI';
};

/** A name, and not a file, an address, a group or a package that adds repositories. */
export const isPackage = (name: string | undefined): boolean =>
  name !== undefined && /^[A-Za-z\d][\w.+-]*$/.test(name) && !/\.rpm$|-release$|-repo$|^epel|kube|nodeadm/.test(name);

const awsVerbs: Readonly<Record<string, RegExp>> = {
  ec2: /^(?:describe-[\w-]+|get-(?!launch-template-data)[\w-]+|create-tags|delete-tags|associate-address|disassociate-address|attach-volume|attach-network-interface|modify-instance-attribute|modify-instance-metadata-options|modify-network-interface-attribute|assign-private-ip-addresses|assign-ipv6-addresses|unassign-private-ip-addresses|wait)$/,
  ssm: /^(?:get-parameters?(?:-by-path)?|describe-[\w-]+)$/,
  secretsmanager: /^(?:get-secret-value|describe-secret)$/,
  sts: /^get-caller-identity$/,
  autoscaling:
    /^(?:describe-[\w-]+|complete-lifecycle-action|record-lifecycle-action-heartbeat|set-instance-protection|set-instance-health|create-or-update-tags)$/,
  ecr: /^(?:get-login-password|get-authorization-token|describe-[\w-]+)$/,
  eks: /^(?:describe|list)-[\w-]+$/,
  elbv2: /^(?:describe-[\w-]+|register-targets|deregister-targets)$/,
  route53: /^(?:list-[\w-]+|get-[\w-]+|change-resource-record-sets)$/,
  cloudwatch: /^put-metric-data$/,
  sns: /^publish$/,
  kms: /^(?:describe-key|list-[\w-]+)$/,
  iam: /^(?:get|list)-[\w-]+$/,
  s3api: /^(?:head-object|head-bucket|list-[\w-]+)$/,
};

const aws: Judge = (args, context) => {
  const at = args.findIndex((each) => onlyValue(each)?.startsWith('-') !== true);
  const globals =
    /^(?:--(?:region|output|query|profile|endpoint-url)=?|--no-cli-pager|--debug|--no-paginate|--no-verify-ssl)/;
  const words = args.map(onlyValue);
  let first = 0;
  while (globals.test(words[first] ?? '')) first += /^--no-|^--debug|=/.test(words[first] ?? '') ? 1 : 2;
  const [service = '', verb = '', ...rest] = words.slice(first);
  if (at !== -1 && service === '--version') return undefined;
  if (service === 'configure')
    return verb === 'set' && /^(?:default\.)?(?:region|output|s3\.\w+|max_attempts|retry_mode)$/.test(rest[0] ?? '')
      ? undefined
      : odd;
  if (service !== 's3') {
    const isAllowed =
      awsVerbs[service]?.test(verb) === true &&
      !args.some(({ values }) =>
        values.some((each) => /^--(?:endpoint|ca-b|cli-)/.test(each) && !/^--cli-(?:read|connect)-timeout$/.test(each)),
      );
    return isAllowed ? undefined : 'a call to AWS that does more than read or tag';
  }
  if (verb === 'ls' || verb === 'presign') return undefined;
  if (verb !== 'cp' && verb !== 'sync') return 'a call to AWS that does more than read or tag';
  const { operands, fault } = parsed(
    '--region= --quiet --only-show-errors --no-progress --recursive --sse= --exclude= --include= --no-sign-request --acl= --storage-class= --delete',
    args.slice(first + 2),
    context,
  );
  const [from, to] = operands;
  if (fault || from === undefined || to === undefined || operands.length !== 2)
    return fault ?? 'a copy that is not understood';
  if (to.values.every((each) => each.startsWith('s3://')) && !to.many) return undefined;
  if (to.values.every((each) => each === '-')) return undefined;
  const targets = to.many ? anyText : context.effects.absolute(to.values, context.folder);
  const isWhole = verb === 'sync' || args.some((each) => onlyValue(each) === '--recursive');
  // Into a folder, the name of the object decides.
  const names = from.many || !isKnown(from.values) ? undefined : from.values.map((each) => each.replace(/^.*\//, ''));
  if (isWhole || (names === undefined && !targets.every((each) => /\.\w+$/.test(each) && placeOf(each)?.isTree)))
    context.effects.changes(targets, context.line, 'tree');
  else if (targets.some((each) => each.endsWith('/')))
    context.effects.changes(
      (names ?? []).flatMap((name) => targets.map((each) => `${trimmedEnd(each, '/')}/${name}`)),
      context.line,
      'content',
    );
  else
    context.effects.changes(
      [...targets, ...(placeOf(targets[0] ?? '')?.isTree ? (names ?? []).map((name) => `${targets[0]}/${name}`) : [])],
      context.line,
      'content',
    );
  return undefined;
};

/** One command of sed: a substitution without the flags `e` and `w`, a deletion, a printing, or one line of text. */
const sedAddress = /^(?:\d+|\$|\/(?:[^/\\\n]|\\.)*\/I?)/s;
const sedCommand =
  /^(?:s([/|#@,:!~%_])(?:(?!\1)[^\\\n]|\\.)*\1(?:(?!\1)[^\\\n]|\\.)*\1[gIip\d]*|[dp]|q|[aic](?:\\|\s)[^\n\\]*)$/s;

function isSedScript(script: string): boolean {
  let rest = script.trim().replace(/;$/, '').trimEnd();
  const skip = (...forms: readonly RegExp[]): boolean => {
    const found = forms.map((form) => form.exec(rest)?.[0]).find((each) => each !== undefined);
    rest = rest.slice(found?.length ?? 0).trimStart();
    return found !== undefined;
  };
  if (skip(sedAddress)) {
    if (skip(/^,/) && !skip(/^\+\d+/, sedAddress)) return false;
    skip(/^!/);
  }
  return sedCommand.test(rest);
}

const sed: Judge = (args, context) => {
  const inPlace = args.some((each) => /^-\w*i|^--in-place/.test(onlyValue(each) ?? ''));
  const scripts: Field[] = [];
  const kept = args.filter((each, at) => {
    const before = onlyValue(args[at - 1] ?? { values: [], many: true });
    const isScript = before === '-e' || before === '--expression';
    if (isScript) scripts.push(each);
    return !isScript && !/^(?:-e|--expression)$/.test(onlyValue(each) ?? '');
  });
  const { operands, fault } = parsed('-i -n -r -E -s -z --in-place --regexp-extended --quiet', kept, context);
  if (fault) return fault;
  const files = scripts.length > 0 ? operands : operands.slice(1);
  if (scripts.length === 0 && operands[0]) scripts.push(operands[0]);
  if (!scripts.every(({ values, many }) => !many && values.every((each) => isSedScript(each.replaceAll(hole, '\n')))))
    return 'a script of sed that is not understood';
  // A deletion adds nothing to a file that decides what runs.
  const isDeletion = scripts.every(({ values }) =>
    values.every((each) => /^[^s].*d$/.test(trimmedEnd(each.trim(), '; '))),
  );
  const what = isDeletion ? 'rights' : 'content';
  if (inPlace)
    for (const { values, many } of files)
      context.effects.changes(many ? anyText : context.effects.absolute(values, context.folder), context.line, what);
  return undefined;
};

/** No output to files or programs, no code from elsewhere. */
const awk: Judge = (args, context) => {
  const { operands, fault } = parsed('-F= -v=', args, context);
  const program = operands[0] && onlyValue(operands[0]);
  const isQuiet = program !== undefined && !/[|>@]|\b(?:system|getline|close|fflush|load)\b/.test(program);
  return fault ?? (isQuiet ? undefined : 'a program of awk that is not understood');
};

const find: Judge = (args) => {
  const isAllowed = args.every(
    ({ values, many }) =>
      !many &&
      values.every(
        (each) =>
          (!each.startsWith('-') && !each.startsWith(hole)) ||
          /^-(?:\d+|name|iname|type|maxdepth|mindepth|mtime|mmin|size|print|print0|path|newer|user|group|perm|empty|xdev|not|o|a|L|H|P)$/.test(
            each,
          ),
      ),
  );
  return isAllowed ? undefined : odd;
};

const mount: Judge = (args, context) => {
  const words = args.map(onlyValue);
  if (words.length === 0 || words[0] === '-l') return undefined;
  const { operands, fault } = parsed('-t= -o= -v -a -w -r --types= --options=', args, context);
  if (fault) return fault;
  // Only what /etc/fstab has, whose added lines are judged.
  if (words.includes('-a')) return undefined;
  const optionNamed = (short: string, long: string): string => {
    const at = words.findIndex((each) => each === short || each === long);
    return at === -1 ? (words.find((each) => each?.startsWith(short))?.slice(2) ?? '') : (words[at + 1] ?? hole);
  };
  const [type, given] = [optionNamed('-t', '--types'), optionNamed('-o', '--options')];
  const [device, folder] = operands;
  // With one operand, /etc/fstab or what is mounted says the rest.
  const devices = folder === undefined ? ['/dev/shm'] : (device?.values ?? anyText);
  const options = folder === undefined ? `remount,${given}` : given;
  const faults = devices.flatMap((each) =>
    ((folder ?? device)?.values ?? anyText).map((path) =>
      mountFault({ device: each, folder: trimmedEnd(path, '/') || '/', type, options }, context.effects),
    ),
  );
  return faults.find((each) => each !== undefined);
};

const sysctl: Judge = (args, context) => {
  const { operands, fault } = parsed('-w -q -p -e -a -n --system --load -r= --write', args, context);
  if (fault) return fault;
  const isLoading = args.some((each) => /^-\w*p|^--load/.test(onlyValue(each) ?? ''));
  const isAllowed = operands.every(
    ({ values, many }) =>
      !many &&
      values.every((each) => {
        const [name = ''] = each.split('=');
        return isLoading
          ? placeOf(each)?.text === 'sysctl'
          : !name.includes(hole) && (!each.includes('=') || kernelSetting.test(name.replaceAll('/', '.')));
      }),
  );
  return isAllowed ? undefined : 'a setting of the kernel that may run a program';
};

const tee: Judge = (args, context) => {
  const isAppended = args.some((each) => /^-\w*a|^--append/.test(onlyValue(each) ?? ''));
  const { operands, fault } = parsed('-a -i -p --append', args, context);
  for (const { values, many } of operands)
    context.effects.writes({
      paths: many ? anyText : context.effects.absolute(values, context.folder),
      content: context.stdin,
      isAppended,
      line: context.line,
    });
  return fault;
};

const dd: Judge = (args, context) => {
  for (const each of args) {
    const [, name, value] = /^(\w+)=(.*)$/s.exec(onlyValue(each) ?? '') ?? [];
    if (name === undefined || !/^(?:if|of|bs|count|seek|skip|conv|oflag|iflag|status)$/.test(name)) return odd;
    if (name === 'of')
      context.effects.changes(context.effects.absolute([value ?? hole], context.folder), context.line, 'content');
  }
  return undefined;
};

/** `-v` and `-R` evaluate an index inside a name. */
const test: Judge = (args) =>
  args.some(({ values }) => values.some((each) => each === '-v' || each === '-R'))
    ? 'a test of a variable by its name'
    : undefined;

const firewall: Judge = (args) =>
  args.every(({ values }) => values.every((each) => !/^-M|^--mo/.test(each) && !each.startsWith(hole)))
    ? undefined
    : odd;

/** Without a target they write into the folder that the script is in: one file, or many. */
const intoFolder =
  (name: string, targets: RegExp, what: 'rights' | 'tree'): Judge =>
  (args, context) => {
    const { effects, folder, line } = context;
    if (!args.some((each) => targets.test(onlyValue(each) ?? '')))
      effects.changes(what === 'tree' ? folder : effects.absolute(['download.x'], folder), line, what);
    const found = rules.get(name);
    return found ? ruleFault(found, args, context) : odd;
  };

const judges: ReadonlyMap<string, Judge> = new Map<string, Judge>([
  ['cp', copies('-r -R -a -f -p -v -n -u -d -L -T --recursive --force --preserve', 'nothing')],
  ['mv', copies('-f -v -n -u --force', 'source')],
  ['install', copies('-m= -o= -g= -D -v -p -C --mode= --owner= --group=', 'nothing')],
  ['ln', copies('-s -f -n -v --symbolic --force', 'source')],
  ['tar', archives],
  ['systemctl', systemctl],
  ['service', (args, context) => systemctl([...args.slice(1), ...args.slice(0, 1)], context)],
  ['dnf', packages],
  ['yum', packages],
  ['microdnf', packages],
  ['aws', aws],
  ['sed', sed],
  ['awk', awk],
  ['gawk', awk],
  ['find', find],
  ['mount', mount],
  ['sysctl', sysctl],
  ['tee', tee],
  ['dd', dd],
  ['test', test],
  ['[', test],
  ['iptables', firewall],
  ['ip6tables', firewall],
  ['wget', intoFolder('wget', /^-\w*[OP]$|^--output-document|^--directory-prefix/, 'rights')],
  ['unzip', intoFolder('unzip', /^-\w*d$/, 'tree')],
]);
