/** A row of the table below. */
export interface CommandRule {
  /** Allowed options: `-s`, `--long`; `-o=` takes any value, `-o=file` one that is judged. `*` is any option; behind `+`, none follows the first operand. */
  readonly options: ReadonlyMap<string, string | undefined>;
  /** What operands may be, the last kind for all that follow; with verbs, by the first operand (`describe-*,wait:request`). */
  readonly operands: readonly { readonly verbs?: readonly string[]; readonly kind: string }[];
  /** It prints words of the system, or of what it reads. */
  readonly prints: string;
}

/** The commands that leave the kubelet alone. The last cell is what they print: `words` of the system, or what they read. docs/next-node.md shows the rest. */
export const commandTable = `
| command | allowed options | operands | prints |
| echo true false : sleep wait exit return break continue logger wall umask ulimit jobs times kill type | * | text | - |
| printf | + | text | - |
| exec nohup setsid | + | command | - |
| command | + -v -V | command | - |
| sudo | + -E -n -H -S -u= -g= | command | - |
| nice ionice | + -n= -c= | command | - |
| timeout | + -k= -s= --preserve-status | any command | - |
| stdbuf | + -i= -o= -e= | command | - |
| flock | + -n -x -s -w= | any command | - |
| xargs | + -r -0 -t -n= -P= -L= | command | - |
| cloud-init-per | + | any any command | - |
| bash sh | + -e -u -x -c=script -o= | program any | - |
| ls df free du nproc uname id whoami groups uptime hostname lsblk lsmod lspci lscpu getconf seq ps pgrep arch stat | * | any | words |
| date | -u -d= -I -Is -Ins -Iseconds -R --date= --utc --iso-8601 | any | words |
| blkid | -s= -o= -p -U= -L= -t= --match-tag= --output= | any | words |
| mktemp | -d -q | none | - |
| cat head tail wc cut tr tac rev nl grep egrep fgrep zgrep zcat base64 jq column paste comm cmp diff numfmt expr | * | any | input |
| sort | -n -r -u -h -V -f -k= -t= -b -g | any | input |
| uniq | -c -d -u -i | none | input |
| pwd basename dirname readlink realpath md5sum sha1sum sha256sum sha512sum getent dig host nslookup ping which ec2-metadata mountpoint findmnt file lsof sestatus getenforce locale tty lvs vgs pvs vgscan pvscan lvscan blockdev partprobe hostnamectl timedatectl localectl iptables-save setenforce swapon swapoff | * | any | - |
| mkdir | -p -v -m= --parents --mode= | folder | - |
| touch rmdir | -a -c -m -p | rights | - |
| rm | -r -f -v -R --force --recursive | rights | - |
| chmod chown chgrp | -R -v -f -c -h --recursive | any rights | - |
| truncate fallocate mkswap | -s= -c --size= -l= -v -L= -f | file | - |
| curl | -s -S -L -f -k -v -i -I -G -N -4 -6 -# -X= -H= -d= -m= -u= -A= -w=format -x= -r= -o=file -O --request= --header= --data= --retry= --retry-delay= --retry-max-time= --retry-connrefused --retry-all-errors --connect-timeout= --max-time= --fail --silent --show-error --location --insecure --output=file --create-dirs --compressed --noproxy= --proxy= --user= --fail-with-body --http1.1 --tlsv1.2 --proto= --head | any | - |
| wget | -q -c -nv -T= -t= -O=file -P=tree --quiet --tries= --timeout= --header= --method= --output-document=file --no-check-certificate --no-verbose --retry-connrefused --waitretry= --directory-prefix=tree | any | - |
| unzip | -q -o -u -d=tree | any | - |
| gunzip gzip xz bunzip2 | -k -f -d -v -9 | rights | - |
| mkfs mkfs.xfs mkfs.ext4 mkfs.ext3 | -t=filesystem -f -F -q -L= -m= -b= -E= -i= -K -n= -d= -T= -O= -s= -l= | device | - |
| wipefs pvcreate | -a -f --all --force -y -ff | device | - |
| vgcreate | -y -f -s= | any device | - |
| lvcreate | -y -l= -L= -n= -i= -I= --name= --extents= --size= --type= --yes | name | - |
| mdadm | --create --verbose --force --run --detail --scan --level= --raid-devices= --name= --chunk= --assume-clean --metadata= | device | - |
| umount | -l -f | rights | - |
| xfs_growfs resize2fs growpart | -d | any | - |
| udevadm | --timeout= --subsystem-match= --action= | settle,trigger,info,control:any | - |
| modprobe | -a -v -q -r | name | - |
| useradd adduser usermod userdel groupadd groupdel | -m -M -r -U -N -o -a -f -L -s= -g= -G= -u= -c= -e= -p= -d=rights --append --lock --unlock --force --create-home --no-create-home --system --shell= --gid= --groups= --uid= --comment= --home-dir=rights --user-group | name | - |
| passwd chage gpasswd | -l -u -d -e --stdin -M= -m= -E= -I= -W= -a= | name | - |
| chpasswd visudo | -e -c -f= -q | none | - |
| update-ca-trust | - | extract,enable,force-enable,check:any | - |
| ip | -4 -6 -br -o -j | link,addr,address,route,rule,neigh,a,r:any | - |
| ethtool | -K -G -L -C -i -l -g -k -c -A | any | - |
| crictl | - | pull,images,info,version,ps:any | - |
| cpupower | -g= -c= --governor= | frequency-set,frequency-info,idle-set:any | - |
| nvidia-smi | -pm= -ac= -q -L -e= -c= -pl= -i= | any | - |
| chronyc | -a -v -n | makestep,sources,tracking,waitsync:any | - |
| journalctl | -u= -n= -f -x -e -b -k --no-pager --since= --until= --vacuum-time= --vacuum-size= --flush --rotate | any | - |
| rpm | -q -a -l --quiet --query | any | - |
| cloud-init | --wait --long | status:any | - |
| amazon-cloudwatch-agent-ctl | -a= -m= -c= -s -o= | none | - |
| cp | -r -R -a -f -p -v -n -u -d -L -T --recursive --force --preserve | copied | - |
| install | -m= -o= -g= -D -v -p -C --mode= --owner= --group= | copied | - |
| mv | -f -v -n -u --force | copied | - |
| ln | -s -f -n -v --symbolic --force | copied | - |
| tar | -x -z -j -J -v -p -f= -C=tree --strip-components= --no-same-owner --extract --gzip --file= --directory=tree --exclude= --overwrite --warning= | any | - |
| tee | -a -i -p --append | tee | - |
| dd | * | dd | - |
| sed | -i -n -r -E -s -z -e=sed --expression=sed --in-place --regexp-extended --quiet | sed edited | input |
| awk gawk | -F= -v= | awk any | input |
| find | -name= -iname= -type= -maxdepth= -mindepth= -mtime= -mmin= -size= -path= -newer= -user= -group= -perm= -print -print0 -empty -xdev -not -o -a -L -H -P | any | - |
| test [ | * | condition | - |
| iptables ip6tables | -t= -A= -I= -D= -P= -F= -N= -X= -C= -p= -s= -d= -i= -o= -j= -m= -w -n -v -L -S -Z --table= --append= --insert= --delete= --policy= --protocol= --source= --destination= --jump= --match= --dport= --sport= --dports= --sports= --to-port= --to-ports= --to-destination= --to-source= --state= --ctstate= --src-type= --dst-type= --comment= --set-mark= --mark= --wait --icmp-type= --tcp-flags= --syn --clamp-mss-to-pmtu --limit= --limit-burst= --reject-with= | any | - |
| mount | -t= -o= -v -a -w -r -l --types= --options= | mount any | - |
| sysctl | -w -q -p -e -a -n --system --load -r= --write | setting | - |
| systemctl service | --now --quiet -q --no-block --no-pager --system --force -f -l -p= --property= --type= --all -a | is-active,is-enabled,is-failed,status,show,list-units,list-unit-files,cat,daemon-reload,daemon-reexec,reset-failed:text stop,disable,mask:unit-name start,enable,restart,reload,try-restart,reload-or-restart,unmask,reenable:unit | - |
| dnf yum microdnf | -y -q -v --assumeyes --quiet --best --nobest --allowerasing --skip-broken --releasever= --setopt=setopt --exclude= -x= --refresh --security --cacheonly --noplugins | clean,makecache,check-update,check-release-update,list,info,repolist,search,autoremove:any install,update,upgrade,upgrade-minimal,remove,erase,reinstall:package | - |
| aws | --version | service | - |
| aws configure | * | set:configuration | - |
| aws ec2,ssm,secretsmanager,sts,autoscaling,ecr,eks,elbv2,route53,kms,iam,cloudwatch | * | describe-*,list-*,get-*,wait:request | - |
| aws ec2 | * | create-tags,delete-tags,associate-address,disassociate-address,attach-volume,attach-network-interface,modify-instance-attribute,modify-instance-metadata-options,modify-network-interface-attribute,assign-private-ip-addresses,assign-ipv6-addresses,unassign-private-ip-addresses:request | - |
| aws autoscaling | * | complete-lifecycle-action,record-lifecycle-action-heartbeat,set-instance-protection,set-instance-health,create-or-update-tags:request | - |
| aws elbv2,route53,cloudwatch,sns | * | register-targets,deregister-targets,change-resource-record-sets,put-metric-data,publish:request | - |
| aws s3api | * | head-object,head-bucket,list-*:request | - |
| aws s3 | --region= --quiet --only-show-errors --no-progress --recursive --sse= --exclude= --include= --no-sign-request --acl= --storage-class= --delete --human-readable --summarize --expires-in= | ls,presign:any cp,sync:copied | - |
`;

export const commandRules = new Map<string, CommandRule>();
for (const line of commandTable.trim().split('\n').slice(1)) {
  const [, names = '', options = '', operands = '', prints = ''] = line.split('|').map((cell) => cell.trim());
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

/** Services of the AMI and of its packages that run nothing of their user's. */
export const services: ReadonlySet<string> = new Set(
  'amazon-ssm-agent amazon-cloudwatch-agent chronyd sshd containerd docker crond rngd atop sysstat irqbalance tuned nfs-server nfs-client.target rpcbind rpc-statd rpc-bind iscsid iscsi multipathd auditd rsyslog postfix firewalld iptables NetworkManager systemd-networkd systemd-resolved systemd-timesyncd systemd-sysctl systemd-modules-load systemd-journald systemd-logind systemd-udevd dnf-automatic.timer amazon-efs-mount-watchdog logrotate.timer fstrim.timer haveged lvm2-monitor libstoragemgmt awslogsd xray collectd fail2ban nvidia-persistenced nvidia-fabricmanager ntpd remote-fs.target local-fs.target network-online.target multi-user.target hugetlb-gigantic-pages acpid gssproxy sssd tmp.mount update-motd'.split(
    ' ',
  ),
);
