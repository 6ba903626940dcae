import { tableRows } from './table-rows.ts';

/** A row of the table below. */
export interface CommandRule {
  /** Allowed options: `-s`, `--long`; `-o=` takes any value, `-o=file` one that is judged. `*` is any option; behind `+`, none follows the first operand. */
  readonly options: ReadonlyMap<string, string | undefined>;
  /** What operands may be, the last kind for all that follow; with verbs, by the first operand (`describe-*,wait:request`). */
  readonly operands: readonly { readonly verbs?: readonly string[]; readonly kind: string }[];
  /** It prints words of the system, or of what it reads. */
  readonly prints: string;
}

/**
 * The commands that leave the kubelet alone, with options that by their manuals write, run, load and assign nothing but the row's words. `*` is for commands
 * that can't at all, and for those whose operands' kind judges every word. The last cell is what they print: `words` of the system, or what they read.
 * Read in coreutils 9.7, util-linux 2.41, bash 5.2, curl 8.14, tar 1.35, gzip 1.13, iptables 1.8.11 and AWS CLI 2.23: harm.test.ts runs what needs no machine.
 */
export const commandTable = `
| command | allowed options | operands | prints |
| echo true false : sleep exit return break continue logger wall umask ulimit times kill type | * | text | - |
| wait | -n -f | text | - |
| jobs | -l -n -p -r -s | text | - |
| printf | + | text | - |
| exec nohup setsid | + | command | - |
| command | + -v -V | command | - |
| sudo | + -E -n -H -S -u= -g= | command | - |
| env | + | command | - |
| nice ionice | + -n= -c= | command | - |
| timeout | + -k= -s= --preserve-status | any command | - |
| stdbuf | + -i= -o= -e= | command | - |
| flock | + -n -x -s -w= | any command | - |
| xargs | + -r -0 -t -n= -P= -L= -I= | command | - |
| cloud-init-per | + | any any command | - |
| bash sh | + -e -u -x -c=script -o= | program any | - |
| nproc uname id whoami groups arch seq | * | any | words |
| hostname | -f -s -i -I -d -A | host | words |
| getconf | -a | any | words |
| ls df free du uptime lsmod lspci lscpu ps pgrep stat dmesg sync | * | any | - |
| lsblk | -d -n -o=column -p -b -r -l -f -J -a -e= -P --noheadings --nodeps --output=column --bytes --json --list --raw | any | words |
| date | -u -d= -I -Is -Ins -Iseconds -R --date= --utc --iso-8601 | any | words |
| blkid | -s=column -o= -p -U= -L= -t= --match-tag=column --output= | any | words |
| mktemp | -d -q | none | - |
| cat head tail wc cut tr tac rev nl grep egrep fgrep zgrep zcat base64 jq column paste comm cmp diff numfmt expr | * | any | input |
| sort | -n -r -u -h -V -f -k= -t= -b -g | any | input |
| uniq | -c -d -u -i | none | input |
| pwd basename dirname readlink realpath md5sum sha1sum sha256sum sha512sum getent dig host nslookup ping which ec2-metadata mountpoint
  findmnt sestatus getenforce locale tty setenforce | * | any | - |
| file | -b -i -L -s -k --mime-type --mime --brief --dereference | any | - |
| lsof | -i= -p= -n -P -t -u= -c= -a -l | any | - |
| lvs vgs pvs | -o= -a -v -S= -C --noheadings --units= --nosuffix --separator= --select= --options= --rows | any | - |
| vgscan pvscan lvscan | -v -a --cache --mknodes | any | - |
| vgchange lvchange | -a= -y -v --activate= | any | - |
| blockdev | -v -q --getsize64 --getsz --getss --getra --setra= --rereadpt --flushbufs | any | - |
| partprobe | -s -d | any | - |
| hostnamectl | --static --transient --pretty --no-ask-password | set-hostname,hostname,status,set-icon-name,set-location:any | - |
| timedatectl | --no-ask-password --adjust-system-clock | set-timezone,set-ntp,set-local-rtc,status,show,list-timezones:any | - |
| localectl | --no-ask-password --no-convert | set-locale,set-keymap,status,list-locales:any | - |
| iptables-save ip6tables-save | -c -t= --counters --table= | none | - |
| swapon swapoff | -a -v -s -d -p= --show --all --noheadings --bytes --raw | any | - |
| mkdir | -p -v -m= --parents --mode= | folder | - |
| touch rmdir | -a -c -m -p | rights | - |
| rm | -r -f -v -R --force --recursive | rights | - |
| chmod chown chgrp | -R -v -f -c -h --recursive | any rights | - |
| truncate fallocate mkswap | -s= -c --size= -l= -v -L= -f | file | - |
| curl | -s -S -L -f -k -v -i -I -G -N -4 -6 -# -g -X= -H= -d= -m= -u= -A= -w=format -x= -r= -o=file -O -F= -b= -e= --request= --header=
  --data= --data-binary= --data-raw= --data-urlencode= --retry= --retry-delay= --retry-max-time= --retry-connrefused --retry-all-errors
  --connect-timeout= --max-time= --fail --silent --show-error --location --insecure --output=file --create-dirs --compressed --noproxy=
  --proxy= --user= --fail-with-body --http1.1 --http2 --tlsv1.2 --tlsv1.3 --proto= --head --cacert= --max-redirs= --url= --ipv4
  --limit-rate= --user-agent= --get --progress-bar --no-progress-meter --verbose --aws-sigv4= --speed-limit= --speed-time= | any | - |
| wget | -q -c -nv -S -4 -T= -t= -O=file -P=tree --quiet --tries= --timeout= --header= --method= --output-document=file
  --no-check-certificate --no-verbose --retry-connrefused --waitretry= --directory-prefix=tree --spider --continue --no-proxy
  --show-progress --timestamping --post-data= --body-data= | any | - |
| unzip | -q -o -u -j -n -d=tree | any | - |
| gunzip gzip xz unxz bunzip2 bzip2 | -k -f -d -v -1 -6 -9 --keep --force --decompress | unpacked | - |
| mkfs mkfs.xfs mkfs.ext4 mkfs.ext3 | -t=filesystem -f -F -q -L= -m= -b= -E= -i= -K -n= -d= -T= -O= -s= -l= | device | - |
| wipefs | -a -f --all --force | disk | - |
| blkdiscard | -f -v | disk | - |
| pvcreate | -y -ff -f -v --yes --force | device | - |
| vgcreate | -y -f -s= | any device | - |
| lvcreate | -y -l= -L= -n= -i= -I= -W= -Z= --name= --extents= --size= --type= --yes --stripes= --stripesize= | name | - |
| lvextend | -l= -L= -r --extents= --size= --resizefs | any | - |
| mdadm | -C -v -f -R -l= -n= -N= -A -D -s -Q --create --assemble --verbose --force --run --detail --scan --level= --raid-devices=
  --name= --chunk= --assume-clean --metadata= --homehost= --query --wait | device | - |
| parted | -s -a= --script --align= | disk partition | - |
| sgdisk | -n= -t= -c= -g -p -o | disk | - |
| umount | -l -f | rights | - |
| xfs_growfs resize2fs growpart e2label xfs_info tune2fs | -d -m= -L= -l | any | - |
| udevadm | --timeout= --subsystem-match= --action= -s= -a -n= -q= --name= --query= --attribute-walk --settle --reload-rules --reload |
  settle,trigger,info,control:any | - |
| modprobe | -a -v -q -r | name | - |
| useradd adduser usermod userdel groupadd groupdel | -m -M -r -U -N -o -a -f -L -s= -g= -G= -u= -c= -e= -p= -d=rights --append --lock
  --unlock --force --create-home --no-create-home --system --shell= --gid= --groups= --uid= --comment= --home-dir=rights --user-group |
  name | - |
| passwd chage gpasswd | -l -u -d -e --stdin -M= -m= -E= -I= -W= -a= | name | - |
| chpasswd visudo | -e -c -f= -q | none | - |
| update-ca-trust | - | extract,enable,force-enable,check:any | - |
| ip | -4 -6 -br -o -j -s -d --json | link,addr,address,route,rule,neigh,a,r,l:network | - |
| tc | -s -d -j | qdisc,class:network | - |
| ethtool | -K -G -L -C -i -l -g -k -c -A -S -N -X | any | - |
| nft | -a -n -j -s -f= | any | - |
| nvme | -o= -v -H -b --output-format= --verbose | list,list-subsys,id-ctrl,id-ns,smart-log:any | - |
| iscsi-iname | -p= | any | - |
| crictl | - | pull,images,info,version,ps:any | - |
| cpupower | -g= -c= --governor= | frequency-set,frequency-info,idle-set:any | - |
| nvidia-smi | -pm= -ac= -q -L -e= -c= -pl= -i= -mig= -cgi= -C -lgip -lgi -rgc -lgc= -am= --query-gpu= --format= --gpu-reset -r
  --list-gpus --persistence-mode= --multi-instance-gpu= --id= | any | - |
| nvidia-ctk | --runtime= --set-as-default | runtime:any | - |
| tuned-adm | - | profile,active,list,off,recommend:any | - |
| chronyc | -a -v -n | makestep,sources,tracking,waitsync:any | - |
| journalctl | -u= -n= -f -x -e -b -k --no-pager --since= --until= --vacuum-time= --vacuum-size= --flush --rotate | any | - |
| rpm | -q -a -l --quiet --query --import | any | - |
| cloud-init | --wait --long | status:any | - |
| amazon-cloudwatch-agent-ctl | -a= -m= -c= -s -o= | none | - |
| cp | -r -R -a -f -p -v -n -u -d -L -T --recursive --force --preserve --archive --verbose --no-preserve= | copied | - |
| install | -m= -o= -g= -D -v -p -C -d -T --mode= --owner= --group= --directory | copied | - |
| mv | -f -v -n -u -T --force | copied | - |
| ln | -s -f -n -v -T --symbolic --force --no-dereference | copied | - |
| tar | -x -z -j -J -v -p -t -m -o -f= -C=tree --strip-components= --strip= --no-same-owner --no-same-permissions --extract --gzip
  --file= --directory=tree --exclude= --overwrite --warning= --list --verbose | any | - |
| tee | -a -i -p --append | tee | - |
| dd | + | dd | - |
| sed | -i -n -r -E -s -z -e=sed --expression=sed --in-place --regexp-extended --quiet | sed edited | input |
| awk gawk | -F= -v= | awk any | input |
| find | -name= -iname= -type= -maxdepth= -mindepth= -mtime= -mmin= -size= -path= -newer= -user= -group= -perm= -print -print0 -empty
  -xdev -not -o -a -L -H -P | any | - |
| test [ | * | condition | - |
| iptables ip6tables | -t= -A= -I= -D= -P= -F= -N= -X= -C= -p= -s= -d= -i= -o= -j= -m= -w -n -v -L -S -Z -g= --table= --append=
  --insert= --delete= --check= --new-chain= --policy= --flush --protocol= --source= --destination= --in-interface= --out-interface=
  --jump= --goto= --match= --dport= --sport= --dports= --sports= --destination-port= --source-port= --to-port= --to-ports=
  --to-destination= --to-source= --on-port= --on-ip= --tproxy-mark= --state= --ctstate= --ctorigdst= --src-type= --dst-type=
  --src-range= --dst-range= --match-set= --comment= --set-mark= --set-xmark= --mark= --save-mark --restore-mark --nfmask= --ctmask=
  --wait --icmp-type= --tcp-flags= --syn --clamp-mss-to-pmtu --set-mss= --limit= --limit-burst= --reject-with= --log-prefix=
  --log-level= --uid-owner= --gid-owner= --socket-exists --random --random-fully --mac-source= --hitcount= --seconds= --name= --set
  --update --rcheck --connlimit-above= --connlimit-mask= --probability= --mode= --every= --packet= --list --line-numbers --numeric
  --verbose | any | - |
| mount | -t= -o= -v -a -w -r -l --types= --options= --all | mount any | - |
| sysctl | -w -q -p -e -a -n --system --load -r= --write | setting | - |
| systemctl service | --now --quiet -q --no-block --no-pager --system --force -f -l -p= --property= --type= --all -a --value --no-legend
  --wait --state= |
  is-active,is-enabled,is-failed,status,show,list-units,list-unit-files,cat,daemon-reload,daemon-reexec,reset-failed,is-system-running,
  get-default:text
  stop,disable,mask:unit-name start,enable,restart,reload,try-restart,reload-or-restart,unmask,reenable:unit | - |
| dnf yum microdnf | -y -q -v --assumeyes --quiet --best --nobest --allowerasing --skip-broken --releasever= --setopt=setopt --exclude=
  -x= --refresh --security --cacheonly --noplugins --nodocs --add-repo=repository --enablerepo= --disablerepo= --nogpgcheck
  --sec-severity= --bugfix
  --advisory= | config-manager,clean,makecache,check-update,check-release-update,list,info,repolist,search,autoremove,repoquery:any
  install,update,upgrade,upgrade-minimal,remove,erase,reinstall,downgrade:package | - |
| aws | --version | service | - |
| aws configure | - | set:configuration | - |
| aws ec2,ssm,secretsmanager,sts,autoscaling,ecr,eks,elbv2,route53,kms,iam,cloudwatch,efs,fsx | * | describe-*,list-*,get-*,wait:request
  | - |
| aws ec2 | * |
  create-tags,delete-tags,create-volume,create-snapshot,allocate-address,associate-address,disassociate-address,attach-volume,
  detach-volume,modify-volume,attach-network-interface,create-network-interface,modify-instance-attribute,
  modify-instance-metadata-options,modify-network-interface-attribute,assign-private-ip-addresses,assign-ipv6-addresses,
  unassign-private-ip-addresses,create-route,replace-route,delete-volume:request
  | - |
| aws autoscaling | * |
  complete-lifecycle-action,record-lifecycle-action-heartbeat,set-instance-protection,set-instance-health,create-or-update-tags:request
  | - |
| aws elbv2,route53,cloudwatch,sns,sqs,ssm,logs | * |
  register-targets,deregister-targets,change-resource-record-sets,put-metric-data,publish,send-message,put-parameter,create-log-group,
  create-log-stream,put-log-events,put-retention-policy:request
  | - |
| aws s3api | * | head-object,head-bucket,list-*:request | - |
| aws s3 | --region= --quiet --only-show-errors --no-progress --recursive --sse= --exclude= --include= --no-sign-request --acl=
  --storage-class= --delete --human-readable --summarize --expires-in= --request-payer= --source-region= | ls,presign:any cp,sync:copied
  | - |
`;

export const commandRules = new Map<string, CommandRule>();
for (const [names = '', options = '', operands = '', prints = ''] of tableRows(commandTable)) {
  const [name, services = ''] = names.split(' ');
  for (const key of name === 'aws' && services ? services.split(',').map((each) => `aws ${each}`) : names.split(' '))
    commandRules.set(key, {
      options: new Map(options.split(' ').map((each) => [each.replace(/=.*/, ''), /=(.*)/.exec(each)?.[1]] as const)),
      operands: [
        ...(commandRules.get(key)?.operands ?? []),
        ...operands.split(' ').map((each) => {
          const [kind = '', verbs] = each.split(':').toReversed();
          return verbs === undefined ? { kind } : { kind, verbs: verbs.split(',') };
        }),
      ],
      prints,
    });
}

/** `describe-*` is every verb with this beginning. */
export const hasVerb = (verbs: readonly string[] | undefined, word: string): boolean =>
  verbs?.some((verb) => (verb.endsWith('*') ? word.startsWith(verb.slice(0, -1)) : word === verb)) === true;

/** Services of the AMI and of its packages that run nothing of their user's. The kubelet's own start reads what the rest of the script leaves alone. */
const serviceNames = `
  amazon-ssm-agent amazon-cloudwatch-agent chronyd sshd containerd docker crond rngd atop sysstat irqbalance tuned nfs-server
  nfs-client.target rpcbind rpc-statd rpc-bind iscsid iscsi multipathd auditd rsyslog postfix firewalld iptables ip6tables
  nftables NetworkManager systemd-networkd systemd-resolved systemd-timesyncd systemd-sysctl systemd-modules-load systemd-journald
  systemd-logind systemd-udevd dnf-automatic.timer amazon-efs-mount-watchdog logrotate.timer fstrim.timer haveged lvm2-monitor
  libstoragemgmt awslogsd xray collectd fail2ban nvidia-persistenced nvidia-fabricmanager ntpd remote-fs.target local-fs.target
  network-online.target multi-user.target hugetlb-gigantic-pages acpid gssproxy sssd tmp.mount update-motd kubelet`;
export const services: ReadonlySet<string> = new Set(serviceNames.trim().split(/\s+/));
