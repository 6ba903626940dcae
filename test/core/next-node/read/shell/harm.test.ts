import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../../temporary-folder.ts';
import { harmless, notShown, touching } from './script-rows.ts';

/** Namespaces without the network, the processes and the mounts of this machine. */
const isolated = ['--user', '--map-root-user', '--mount', '--net', '--pid', '--fork', '--kill-child'];
const canRun = spawnSync('unshare', [...isolated, 'chroot', '/', 'true']).status === 0;

const kubelet = '/etc/kubernetes/kubelet/config.json';
const tools = [
  'bash',
  'sh',
  'cat',
  'cp',
  'mv',
  'ln',
  'rm',
  'mkdir',
  'chmod',
  'chown',
  'tee',
  'dd',
  'touch',
  'sed',
  'grep',
  'tar',
  'gzip',
  'find',
  'sort',
  'uniq',
  'xargs',
  'timeout',
  'env',
  'date',
  'sleep',
  'awk',
  'perl',
  'md5sum',
  'seq',
  'ls',
  'head',
  'tail',
  'stat',
  'gunzip',
  'xz',
  'bunzip2',
  'bzip2',
];

/** A small root with this machine's own tools and their libraries: nothing else of the machine is in reach. */
function makeRoot(root: string): string {
  const copy = (from: string, to: string): void => {
    mkdirSync(dirname(join(root, to)), { recursive: true });
    copyFileSync(realpathSync(from), join(root, to));
  };
  for (const name of tools) {
    const path = ['/usr/bin', '/bin'].map((folder) => join(folder, name)).find(existsSync);
    if (path === undefined) continue;
    copy(path, `/usr/bin/${name}`);
    const { stdout } = spawnSync('ldd', [realpathSync(path)], { encoding: 'utf8' });
    for (const [library] of stdout.matchAll(/\/\S+\.so\S*/g)) copy(library, library);
  }
  for (const folder of ['sbin', 'bin']) symlinkSync('usr/bin', join(root, folder));
  for (const folder of ['tmp', 'dev', 'mnt', 'etc', 'var/lib', 'opt', 'root', 'usr/local/sbin', 'usr/local/bin'])
    mkdirSync(join(root, folder), { recursive: true });
  writeFileSync(join(root, 'stage'), stage);
  return root;
}

/**
 * What the words of the table are here. Somebody else chose /tmp/x, `reboot`, agents and all that is downloaded. /etc/x and /etc/y are the kubelet's
 * file by another name.
 */
const stage = String.raw`
umask 022
kubelet=${kubelet}
mkdir -p /etc/kubernetes/kubelet/config.json.d /etc/eks/nodeadm.d /var/lib/kubelet /etc/systemd/system/kubelet.service.d /etc/cron.d /etc/profile.d /opt/x
echo '{"readOnlyPort": 0}' > $kubelet
echo root:x:0:0::/root:/bin/sh > /etc/passwd
: > /dev/null
printf '#!/bin/bash\nPATH=/usr/bin\necho open > %s\nexit\nx\n' $kubelet > /usr/bin/chosen
chmod 755 /usr/bin/chosen
for each in reboot some-agent cfn-init ansible-pull docker; do cp /usr/bin/chosen /usr/local/sbin/$each; done
for each in /tmp/x /tmp/x.sh /tmp/ls /tmp/date /etc/profile; do cp /usr/bin/chosen $each; done
for each in systemctl dnf; do printf '#!/bin/bash\n' > /usr/bin/$each; chmod 755 /usr/bin/$each; done
for each in /etc/x /etc/y; do ln -s $kubelet $each; done
cat > /usr/local/sbin/curl <<'END'
#!/bin/bash
out=
while [ $# -gt 0 ]; do case "$0 $1" in *curl\ -O) out=${'${2##*/}'}; shift ;; *-[oO]) out=$2; shift ;; esac; shift; done
case $out in *.gz) pack=gzip ;; *.xz) pack=xz ;; *.bz2) pack=bzip2 ;; *) pack=cat ;; esac
if [ -n "$out" ]; then $pack < /usr/bin/chosen > "$out"; elif [ "$X" = /etc ]; then cat /usr/bin/chosen; else echo "$X"; fi
END
cp /usr/local/sbin/curl /usr/local/sbin/wget
chmod 755 /usr/local/sbin/*
mkdir -p /tmp/made/etc/kubernetes/kubelet
cp /usr/bin/chosen /tmp/made$kubelet
ln -s /etc/kubernetes/kubelet /tmp/made/link
tar -C /tmp/made -cf /tmp/x.tar .
tar -C /tmp/made -czf /tmp/x.tgz .
rm -r /tmp/made
cp /tmp/x.tar /x.tar
seen() { find /etc/kubernetes /etc/eks /var/lib/kubelet /etc/systemd/system/kubelet.service.d -type f 2> /tmp/.no | sort | xargs md5sum; }
before=$(seen)
cd /
export PATH=/usr/local/sbin:/usr/local/bin:/usr/bin
Y=/../$kubelet D=/etc/kubernetes/kubelet UNIT=$'[Service]\nExecStart=/tmp/x' timeout 5 bash /script < /dev/null > /tmp/.out 2>&1
# What a machine runs later: logins, cron, its units, and programs of its AMI.
(
  for each in /etc/profile.d/*.sh; do . "$each"; done
  sed -nE 's/^([^ ]+ ){6}//p' /etc/cron.d/* | timeout 5 bash
  sed -n 's/^ExecStart=//p' /etc/systemd/system/*.service | timeout 5 bash
  for each in dnf systemctl; do timeout 5 $each; done
) < /dev/null > /tmp/.out 2>&1
[ "$before" = "$(seen)" ] && echo same || echo changed
`;

/** What a variable and a download may hold: a folder, or a text that bash evaluates. */
const texts = ['/etc', 'a[$(reboot)]', '$(reboot)'];

/** What an ordinary script does behind a line. */
const others = 'ls; date; cat /etc/passwd; systemctl; dnf; bash -c :; tar -xf /tmp/x.tar -C /opt/x';

/** Whether a script changes a file of the kubelet, in a root of its own. */
function changes(root: string, row: string): boolean {
  const usesText = /\$\{?!?X|curl x/.test(row);
  return (usesText ? texts : texts.slice(0, 1)).some((text) => {
    const place = mkdtempSync(join(dirname(root), 'row-'));
    writeFileSync(join(place, 'script'), `#!/bin/bash\n${row}\n${others}\n`);
    const enter = 'cp -al "$1/." "$2" && exec chroot "$2" /bin/bash /stage';
    const { stdout } = spawnSync('unshare', [...isolated, 'bash', '-c', enter, '-', root, place], {
      encoding: 'utf8',
      timeout: 60_000,
      env: { X: text, PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
    });
    rmSync(place, { recursive: true, force: true });
    // A script that removes the tools has removed the kubelet's files, too.
    return stdout !== 'same\n';
  });
}

/** Harm that needs what this root hasn't: a package manager, AWS, disks, a kernel, a service manager, other programs, a later boot. */
const needsMachine =
  /^(?:dnf|rpm|aws|systemctl|service|mount|sysctl|nodeadm|\/etc\/eks\/\S+|jq|sudo|iptables|iptables-save|pvs|file|getconf|wipefs|python3|perl|useradd|curl|wget) |\/dev\/(?:nvme|disk)|\/proc\/|<\(|\/etc\/(?:fstab|sysctl|modprobe|udev|sudoers|ld\.so|systemd)|LD_|PAGER|PYTHON/;

/** Harm that needs another file, another value or a line more; the forms are not followed. */
const needsMore = [
  'find /tmp -exec rm {} +',
  'sed -f /tmp/x /tmp/y',
  "sed --in-place='/etc/*' s/a/b/ /tmp/x",
  'awk -f /tmp/x /tmp/y',
  'sort --compress-program=/tmp/x /tmp/y',
  'cp /tmp/x /usr/bin/',
  'mv /etc/passwd /tmp/x',
  'ln -s /etc /tmp/x',
  'echo x > /etc/*',
  'X=/tmp; false && X=/etc; echo y > $X/y',
  'X=/tmp; read -r X < /tmp/z; echo y > $X/y',
  'X=$X/etc; X=/tmp; echo y > $X/y',
  'IFS=/',
  'alias ls=reboot',
  'shopt -s expand_aliases',
  'set -k',
  'set -- a b; "$1"',
  'read PATH < /tmp/x',
  'declare -n X=PATH',
  'chmod -R 777 /',
  'cat > /tmp/x <<E\r',
  'while true; do echo "unfinished"',
  'echo x |& tee /tmp/x',
];

describe.skipIf(!canRun)('run in a root of its own', () => {
  const root = canRun ? makeRoot(join(temporaryFolder(), 'root')) : '';

  it('a script that is not harmless is seen to change a file of the kubelet, where it can be run', () => {
    const rows = [...touching, ...notShown];
    const unseen = rows.filter((row) => !changes(root, row));
    expect(unseen.filter((row) => !needsMachine.test(row) && !needsMore.includes(row))).toEqual([]);
    expect(rows.length - unseen.length).toBeGreaterThan(80);
  });

  it('no ordinary script changes one', () => {
    expect(['', ...harmless].filter((row) => changes(root, row))).toEqual([]);
  });
});
