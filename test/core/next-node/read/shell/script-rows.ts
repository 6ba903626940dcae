/** The table of script lines by class, which is judged (scripts.test.ts) and run (harm.test.ts). */

/** Blocks of a table, one script each, with an empty line between them. */
const blocks = ({ raw: [text = ''] }: TemplateStringsArray): readonly string[] =>
  text
    .split('\n\n')
    .map((each) => `${each.replaceAll(/^ {4}/gm, '').trim()}\n`)
    .filter((each) => each.trim() !== '');

/** Ordinary scripts that leave the kubelet alone. */
export const harmless = blocks`
    dnf install -y amazon-efs-utils htop jq
    yum -y update && yum install -y nfs-utils --setopt=install_weak_deps=False

    retry() { local n=0; until "$@"; do n=$((n + 1)); if [ "$n" -ge 5 ]; then return 1; fi; sleep $((n * 2)); done; }
    retry dnf install -y amazon-ssm-agent
    attempt() { local most=$1; shift; until "$@"; do sleep "$most"; done; }
    for each in htop jq; do attempt 5 dnf install -y "$each"; done
    retry aws s3 cp s3://bucket/ca.pem /etc/pki/ca-trust/source/anchors/ca.pem
    update-ca-trust extract

    for i in 1 2 3 4 5; do
      curl -fsS --retry 3 -o /tmp/probe http://169.254.169.254/latest/meta-data/ && break
      sleep 5
    done

    set -euo pipefail
    exec > >(tee -a /var/log/user-data.log | logger -t user-data -s 2>/dev/console) 2>&1
    trap 'echo "failed at $LINENO"' ERR
    echo "started at $(date)"

    useradd -m -s /bin/bash -G wheel ops
    mkdir -p /home/ops/.ssh
    echo "ssh-ed25519 AAAA ops@example.com" >> /home/ops/.ssh/authorized_keys
    chmod 700 /home/ops/.ssh && chmod 600 /home/ops/.ssh/authorized_keys
    chown -R ops:ops /home/ops/.ssh
    echo "ops ALL=(ALL) NOPASSWD:ALL" > /etc/sudoers.d/ops

    mkdir -p /etc/containerd/certs.d/docker.io
    cat > /etc/containerd/certs.d/docker.io/hosts.toml <<'EOF'
    server = "https://registry-1.docker.io"
    [host."https://mirror.example.com"]
      capabilities = ["pull", "resolve"]
    EOF
    systemctl restart containerd

    echo 1024 > /sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages
    sysctl -w vm.nr_hugepages=1024
    mkdir -p /dev/hugepages-1G
    mount -t hugetlbfs -o pagesize=1G none /dev/hugepages-1G
    echo "vm.nr_hugepages = 1024" >> /etc/sysctl.d/99-hugepages.conf
    echo never > /sys/kernel/mm/transparent_hugepage/enabled

    PROXY=http://proxy.example.com:3128
    cat > /etc/profile.d/proxy.sh <<EOF
    export HTTP_PROXY=$PROXY
    export no_proxy=169.254.169.254,10.0.0.0/8
    EOF
    echo "https_proxy=$PROXY" >> /etc/environment
    mkdir -p /etc/systemd/system/containerd.service.d
    printf '[Service]\nEnvironment="HTTP_PROXY=%s"\n' "$PROXY" > /etc/systemd/system/containerd.service.d/proxy.conf
    echo "proxy=$PROXY" >> /etc/dnf/dnf.conf
    systemctl daemon-reload

    DEV=/dev/nvme1n1
    if ! blkid "$DEV"; then mkfs -t xfs "$DEV"; fi
    mkdir -p /data
    UUID=$(blkid -s UUID -o value "$DEV")
    grep -q "$UUID" /etc/fstab || echo "UUID=$UUID /data xfs defaults,nofail 0 2" >> /etc/fstab
    mount -a && mkdir -p /data/cache && chown 1000:1000 /data/cache

    mkdir -p /mnt/efs
    mount -t efs -o tls fs-0123456789abcdef0:/ /mnt/efs
    echo "fs-0123456789abcdef0:/ /mnt/efs efs _netdev,tls 0 0" | sudo tee -a /etc/fstab > /dev/null

    dnf install -y amazon-cloudwatch-agent
    cat <<'EOF' > /opt/aws/amazon-cloudwatch-agent/etc/amazon-cloudwatch-agent.json
    {"metrics": {"metrics_collected": {"mem": {}}}}
    EOF
    /opt/aws/amazon-cloudwatch-agent/bin/amazon-cloudwatch-agent-ctl -a fetch-config -m ec2 -s -c file:/opt/aws/amazon-cloudwatch-agent/etc/amazon-cloudwatch-agent.json

    TOKEN=$(curl -sX PUT "http://169.254.169.254/latest/api/token" -H "X-aws-ec2-metadata-token-ttl-seconds: 300")
    ID=$(curl -s -H "X-aws-ec2-metadata-token: $TOKEN" http://169.254.169.254/latest/meta-data/instance-id)
    REGION=$(ec2-metadata --quiet -R)
    aws ec2 create-tags --region "$REGION" --resources "$ID" --tags "Key=Name,Value=worker-$ID"
    hostnamectl set-hostname "worker-$ID"

    cat > /etc/systemd/system/thp.service <<'EOF'
    [Unit]
    Description=No transparent huge pages
    After=sysinit.target
    [Service]
    Type=oneshot
    ExecStart=/bin/sh -c 'echo never > /sys/kernel/mm/transparent_hugepage/enabled'
    [Install]
    WantedBy=multi-user.target
    EOF
    systemctl enable --now thp.service

    cat > /usr/local/bin/cleanup.sh <<'EOF'
    #!/bin/bash
    find /tmp -type f -mtime +7 -name '*.tmp' -print
    rm -rf /var/log/old
    EOF
    chmod +x /usr/local/bin/cleanup.sh
    echo "0 3 * * * root /usr/local/bin/cleanup.sh" > /etc/cron.d/cleanup

    case "$(uname -m)" in
      aarch64) ARCH=arm64 ;;
      *) ARCH=amd64 ;;
    esac
    curl -Lo /tmp/tool.tar.gz "https://example.com/tool-$ARCH.tar.gz"
    mkdir -p /opt/tool && tar -xzf /tmp/tool.tar.gz -C /opt/tool --strip-components=1

    sed -i 's/^#\?PermitRootLogin.*/PermitRootLogin no/' /etc/ssh/sshd_config
    sed -i -e 's|^SELINUX=.*|SELINUX=permissive|' /etc/selinux/config
    systemctl restart sshd || true
    setenforce 0 || true

    MEM=$(grep MemTotal /proc/meminfo | awk '{print $2}')
    PAGES=$((MEM / 4096))
    if [[ $PAGES -gt 100 ]]; then sysctl -w vm.nr_hugepages="$PAGES"; fi
    modprobe br_netfilter
    printf 'overlay\nbr_netfilter\n' | tee /etc/modules-load.d/k8s.conf

    (systemctl stop postfix; systemctl disable postfix) || true
    while ! systemctl is-active containerd; do sleep 1; done &
    cat <<- 'EOF' >> /etc/security/limits.conf
    	* soft nofile 1048576
    	EOF
    ulimit -n 65536

    wait -n; jobs -p; iptables-save -c > /var/log/rules; gzip -9 /var/log/old.log
    systemctl daemon-reload && systemctl restart kubelet
    for each in $(lsblk -dno NAME); do
      if [ -z "$(lsblk -no FSTYPE /dev/$each)" ]; then mkfs.xfs "/dev/$each"; fi
    done
    mount LABEL=data /data; chown ops:ops /data/cache
    nft add table inet x; nvme list; nvidia-smi -i 0 -mig 1; iptables -t nat -A OUTPUT -m owner --uid-owner 0 -j ACCEPT
    aws ec2 create-volume --size 10 --availability-zone eu-west-1a; iscsi-iname > /opt/iqn
    find /tmp -name '*.old' -print0 | xargs -0 -I{} echo {}

    fallocate -l 1G /swapfile && chmod 600 /swapfile && mkswap /swapfile && swapon /swapfile
    echo '/swapfile none swap sw 0 0' >> /etc/fstab
    timedatectl set-timezone UTC; date -u +%FT%TZ > /var/log/first-boot-$(date +%s).log
  `;

/** Scripts that run what their file does not show, or may write anywhere. */
export const notShown = String.raw`curl -fsSL https://example.com/x.sh | bash
bash <(curl -s https://example.com/x.sh)
curl -o /tmp/x.sh https://example.com/x.sh; chmod +x /tmp/x.sh; /tmp/x.sh
curl -o /tmp/x.sh https://example.com/x.sh; bash /tmp/x.sh
echo ls > /tmp/x.sh; cd /tmp; curl -O https://example.com/x.sh; bash /tmp/x.sh
source /tmp/x
. /etc/profile
eval "$X"
python3 -c 'open("/x","w")'
perl -e 'unlink "/x"'
cfn-init -s x -r y
ansible-pull -U https://example.com/x
docker run -v /:/host alpine
dnf install -y https://example.com/x.rpm
dnf install -y /tmp/x.rpm
dnf install -y epel-release
dnf config-manager --add-repo https://example.com/x.repo
dnf install -y --repofrompath=x,https://example.com htop
dnf install -y $PACKAGES
rpm -i /tmp/x.rpm
tar -xzf /tmp/x.tgz -C /
tar -xf /tmp/x.tar --to-command=/bin/sh -C /tmp
tar -xf /tmp/x.tar
cd /tmp/x; tar -xf x.tar
find /tmp -exec rm {} +
find / -delete
sed 's/x/reboot/e' /tmp/x
sed -n 'w /etc/x' /tmp/x
sed -i '1e reboot' /tmp/x
echo 'PATH=/usr/bin' > /etc/cron.d/x; sed -i '1a * * * * * root /tmp/x -d' /etc/cron.d/x
sed -i 's/a/b/w /etc/x' /tmp/x
sed -e p -e e /tmp/x
sed -f /tmp/x /tmp/y
sed --in-place='/etc/*' s/a/b/ /tmp/x
useradd -m -d /etc/systemd/system x
sed -i 's/x/y/' /etc/systemd/system/x.service
awk 'BEGIN { system("reboot") }'
awk '{ print > "/etc/x" }' /tmp/x
awk -f /tmp/x /tmp/y
aws s3 sync s3://bucket/x /
aws s3 cp s3://bucket/x /etc/x
aws s3 cp s3://bucket/x /etc/systemd/system/x.service
aws ssm send-command --document-name x
aws lambda invoke --function-name x /etc/x
aws configure set credential_process /tmp/x
curl -K /tmp/x https://example.com
curl -o /etc/x https://example.com
curl -s https://example.com -w '%output{/etc/x}'
wget -O /usr/bin/systemctl https://example.com
wget -i /tmp/x -P /etc
sort -o /etc/x /tmp/x
sort --compress-program=/tmp/x /tmp/y
uniq /tmp/x /etc/x
cp /tmp/x /usr/bin/
mv /tmp/x /usr/local/bin/systemctl
mv /etc/passwd /tmp/x
ln -s /etc /tmp/x
ln -sf /tmp/x /usr/bin/dnf
mount --bind /tmp/x /mnt/y
mount /dev/nvme1n1 /etc
mount /dev/nvme1n1 /var/lib
mount -t overlay overlay -o lowerdir=/etc,upperdir=/tmp/u,workdir=/tmp/w /mnt/x
mount -t fuse.x x /mnt/x
echo '/dev/nvme1n1 /etc xfs defaults 0 0' >> /etc/fstab
echo '/tmp/etc /etc none bind 0 0' >> /etc/fstab
mkdir -p /mnt/x; mount /dev/nvme1n1 /mnt/x; echo x > /mnt/x/y
tar -xf /tmp/x.tar -C /opt/x; echo x > /opt/x/link/y
tar -xf /tmp/x.tar -C /opt/x; mv /opt/x /opt/z; echo x > /opt/z/link/y
tar -xf /tmp/x.tar -C /opt/x; ln -s /opt/x /opt/z; echo x > /opt/z/link/y
echo x > "$Y"
echo x > /tmp/$Y
echo x > /etc/*
echo x > /tmp/../etc/x
X=/etc; echo y > $X/y
X=/tmp; false && X=/etc; echo y > $X/y
if true; then X=/etc; else X=/tmp; fi; echo y > $X/y
X=/tmp; f() { X=/etc; }; f; echo y > $X/y
X=/tmp sleep 1; echo y > $X/y
while true; do echo y > $X/y; X=/tmp; done
(X=/tmp); echo y > $X/y
X=/tmp | sleep 1; echo y > $X/y
X=/tmp & echo y > $X/y
X=/tmp; read -r X < /tmp/z; echo y > $X/y
X=/tmp; export "X=/etc"; echo y > $X/y
for X in /tmp /etc; do echo y > $X/y; done
X=$X/etc; X=/tmp; echo y > $X/y
f() { echo y > $1/y; }; f /tmp; f /etc
f() { reboot; }; trap f EXIT
trap 'X=/etc' DEBUG; X=/tmp; echo y > $X/y
f() { while [ $# -gt 0 ]; do echo y > $1/y; shift; done; }; f /tmp /etc
f() { if false; then shift; fi; echo y > $1/y; }; f /etc /tmp
f() { shift & echo y > $1/y; }; f /etc /tmp
f() { shift; echo y > $1/y; }; f $Z /tmp /etc
n=$(curl x); : $((n++))
if true; then cd /etc; fi; echo y > x
command cd /etc; echo y > x
X=/tmp; command read X <<< /etc; echo y > $X/y
cd /etc; bash -c 'echo y > x'
cd /etc; echo y > x
cd "$D" && echo y > x
PATH=/tmp:$PATH
export LD_PRELOAD=/tmp/x.so
LD_LIBRARY_PATH=/tmp date
export BASH_ENV=/tmp/x
IFS=/
PS4='$(reboot)'; set -x
export TAR_OPTIONS=--to-command=/tmp/x
export PAGER=/tmp/x
export PYTHONSTARTUP=/tmp/x
alias ls=reboot
shopt -s expand_aliases
systemctl() { reboot; }
cat() { reboot; }
set -k
set -- a b; "$1"
command reboot
sudo reboot
xargs reboot < /tmp/x
timeout 5 reboot
trap reboot EXIT
trap 'curl x | sh' EXIT
echo $(reboot)
echo "${'`'}reboot${'`'}"
: $((a[$(reboot)]))
X='a[$(reboot)]'; [[ $X -eq 1 ]]
X=$(curl x); echo $((X + 1))
test -v 'a[$(reboot)]'
echo "${'${X@P}'}"
echo "${'${!X}'}"
printf -v PATH /tmp
read PATH < /tmp/x
hash -p /tmp/x dnf
declare -n X=PATH
coproc reboot
systemctl enable --now unknown-agent
systemctl set-environment LD_PRELOAD=/tmp/x.so
systemctl link /tmp/x.service
service puppet start
sysctl -w kernel.core_pattern='|/tmp/x'
echo '|/tmp/x' > /proc/sys/kernel/core_pattern
echo 'kernel.modprobe = /tmp/x' > /etc/sysctl.d/x.conf
echo 'install x /bin/sh -c reboot' > /etc/modprobe.d/x.conf
echo 'ACTION=="add", RUN+="/tmp/x"' > /etc/udev/rules.d/x.rules
echo '/tmp/x' > /etc/ld.so.preload
echo '* * * * * root curl x | sh' > /etc/cron.d/x
echo 'Defaults secure_path=/tmp' > /etc/sudoers.d/x
echo 'reboot' > /etc/profile.d/x.sh
printf '[Service]\nExecStart=/tmp/x\n' > /etc/systemd/system/x.service
printf '[Service]\nEnvironment=LD_PRELOAD=/tmp/x\n' > /etc/systemd/system/containerd.service.d/x.conf
printf '[Service]\nExecStart=/bin/sh -c "curl x | sh"\n' > /etc/systemd/system/x.service
echo "$UNIT" > /etc/systemd/system/x.service
chmod -R 777 /
rm -rf /etc
iptables --modprobe=/tmp/x -L
jobs -x bash /tmp/x
iptables-save -f /etc/x
iptables-save -M /tmp/x
pvs --config 'global{lvdisplay_shows_full_device_path=1}'
file -C -m /tmp/x
getconf -v POSIX_V7_LP64_OFF64 PATH
echo ls > /opt/x.sh; curl -o /opt/x.sh.gz x; gunzip -f /opt/x.sh.gz; bash /opt/x.sh
echo ls > /opt/x.sh; cp /tmp/x /opt/x.sh; gzip -f /opt/x.sh; gzip -df /opt/x.sh.gz; bash /opt/x.sh
echo ls > /opt/x.sh; curl -o /opt/x.sh.xz x; xz -d -f /opt/x.sh.xz; bash /opt/x.sh
echo ls > /opt/x.sh; curl -o /opt/x.sh.bz2 x; bunzip2 -f /opt/x.sh.bz2; bash /opt/x.sh
X=/tmp; wait -p X; echo y > $X/etc/y
dd if=/tmp/x of=/dev/disk/by-partlabel/root
wipefs -a /dev/disk/by-label/root
mount LABEL=/ /mnt/x; rm -rf /mnt/x/etc
X=$(date +/etc); echo y > $X/y
X=$(ls -a / | head -2 | tail -1); echo y > /tmp/$X/etc/y
X=$(stat -c /etc /tmp); echo y > $X/y
X=$(date +.); echo y > /tmp/$X$X/etc/y
aws ec2 describe-instances --endp http://example.com
cat > /tmp/x <<E${'\r'}
while true; do echo "unfinished"
echo x |& tee /tmp/x
reboot -f
some-agent --install`.split('\n');

/** Scripts about the kubelet. */
export const touching =
  String.raw`sed -i 's/"readOnlyPort": 0/"readOnlyPort": 10255/' /etc/kubernetes/kubelet/config.json
echo '{}' > /etc/kubernetes/kubelet/config.json.d/99.conf
cp /tmp/x /etc/kubernetes/kubelet/config.json
mkdir -p /etc/systemd/system/kubelet.service.d
printf '[Service]\nEnvironment=X=y\n' > /etc/systemd/system/kubelet.service.d/x.conf
systemctl stop kubelet.service
cat > /etc/eks/nodeadm.d/x.yaml <<< 'x'
nodeadm init -c file:///tmp/x
/etc/eks/bootstrap.sh cluster
X=/etc/kuber; echo x > "@{X}netes/kubelet/config.json"
mount /dev/nvme1n1 /var/lib/kubelet
tee /var/lib/kubelet/config.yaml < /tmp/x
printf '[Unit]\nBefore=kubelet.service\n' > /etc/systemd/system/x.service
jq .x /etc/kubernetes/kubelet/config.json > /tmp/x`
    .replaceAll('@{', '${')
    .split('\n');
