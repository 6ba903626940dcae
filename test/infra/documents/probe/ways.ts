import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import type { LabFile, LabProcess } from '../../../lab/node/node-root.ts';

/** One way to give a running kubelet other files than it read, or a day of ordinary life, which changes nothing about them. */
export interface Way {
  /** `log`: no time shows it, and the kubelet's start log does. `elsewhere`: its files are not those of the shell. */
  readonly kind: 'edit' | 'mount' | 'rename' | 'link' | 'clock' | 'log' | 'elsewhere' | 'harmless';
  /** What the kubelet names; `--config=/etc/k/config.json` and its drop-in folder when absent. */
  readonly config?: string;
  readonly configDir?: string;
  /** What lies there when the kubelet starts. */
  readonly files: Readonly<Record<string, LabFile>>;
  readonly process?: Partial<Omit<LabProcess, 'pid' | 'argv' | 'environment'>>;
  /** Done while the kubelet runs; `at` is where a path of the node lies here. */
  readonly edit?: (at: At) => unknown;
}

const withCa = JSON.stringify({
  kind: 'KubeletConfiguration',
  apiVersion: 'kubelet.config.k8s.io/v1beta1',
  authentication: { x509: { clientCAFile: '/etc/pki/ca.crt' } },
});
const withoutCa = withCa.replace('/etc/pki/ca.crt', '');
export const config = '/etc/k/config.json';
export const dropIns = '/etc/k/config.d';
const sub = `${dropIns}/team`;
const deep = '/etc/k/a/b/config.json';

const one = `${sub}/1.conf`;
const older = '/etc/k/older';

type At = (path: string) => string;
const way = (kind: Way['kind'], files: Way['files'], edit: Way['edit'], more: Partial<Way> = {}): Way => ({
  kind,
  files,
  ...(edit && { edit }),
  ...more,
});
const run = (command: string, ...args: readonly string[]) => {
  if (spawnSync(command, args).status !== 0) throw new Error(`${command} failed`);
};
const longAgo = new Date('2020-01-01T00:00:00Z');
const relinked = (path: string, target: string) => (at: At) => {
  rmSync(at(path));
  symlinkSync(target.startsWith('/') ? at(target) : target, at(path));
};
const moved = (from: string, to: string) => (at: At) => renameSync(at(from), at(to));
const exchanged = (path: string, other: string) => (at: At) => {
  moved(path, `${path}.old`)(at);
  moved(other, path)(at);
};
const written = (path: string) => (at: At) => {
  mkdirSync(dirname(at(path)), { recursive: true });
  writeFileSync(`${at(path)}.new`, 'x');
  renameSync(`${at(path)}.new`, at(path));
};

type Rest = [files: Way['files'], edit: Way['edit'], more?: Partial<Way>];
const edited = (...rest: Rest) => way('edit', ...rest);
const renamed = (...rest: Rest) => way('rename', ...rest);
const linked = (...rest: Rest) => way('link', ...rest);

/** What lies there is what the mount shows: a file that was written long before. */
const mounted = (point: string, { root = '/', type = 'ext4', files = {} as Way['files'] } = {}): Way => ({
  kind: 'mount',
  files: { [config]: withCa, [one]: withCa, ...files },
  process: { mounts: [`40 22 259:2 ${root} ${point} rw,relatime shared:2 - ${type} /dev/x rw`] },
});
const harmless = (edit?: Way['edit'], more: Partial<Way> = {}): Way =>
  way('harmless', { [config]: withCa, [one]: withCa }, edit, more);
const clock = (more: Pick<Way, 'process' | 'edit'>): Way => way('clock', { [config]: withCa }, undefined, more);
const elsewhere = (process: Way['process']): Way => way('elsewhere', { [config]: withCa }, undefined, { process });

/** A row as klog writes it; these are of a kubelet 1.34.9. */
const row = (place: string, message: string): string => `I0610 17:39:22.811592    4242 ${place}] ${message}`;
const begins = row('server.go:529', '"Kubelet version" kubeletVersion="v1.34.9-eks-1"');
const listens = row('server.go:180', '"Starting to listen" address="0.0.0.0" port=10250');
const clientCa = (path: string): string =>
  row('dynamic_cafile_content.go:161', `"Starting controller" name="client-ca-bundle::${path}"`);
const logged = (kind: 'log' | 'harmless', ...journal: readonly string[]): Way =>
  way(kind, { [config]: withCa }, undefined, { process: { journal } });
export const ways: Readonly<Record<string, Way>> = {
  'a start log that names the same client CA': logged('harmless', begins, clientCa('/etc/pki/ca.crt'), listens),
  'a start log of which the begin is lost': logged('harmless', listens),
  'a start log of which the end is not there yet': logged('harmless', begins),
  'a start log in JSON': logged(
    'harmless',
    '{"ts":1.5,"msg":"Kubelet version"}',
    '{"ts":1.6,"msg":"Starting to listen"}',
  ),
  'words of a pod that look like a start log': logged(
    'harmless',
    begins,
    clientCa('/etc/pki/ca.crt'),
    listens,
    row('kubelet.go:2400', `"SyncLoop ADD" pods=["x name=\\"client-ca-bundle::/evil\\""]`),
    `\t${clientCa('/evil')}`,
    `${clientCa('/evil')} x`,
    clientCa('/evil\\"'),
  ),
  'a start log without a client CA': logged('log', begins, listens),
  'a start log with another client CA': logged('log', begins, clientCa('/etc/pki/other.crt'), listens),
  'a start log with two client CAs': logged('log', begins, clientCa('/etc/pki/ca.crt'), clientCa('/other'), listens),
  'another client CA in a start log of which the rest is lost': logged('log', clientCa('/etc/pki/other.crt')),
  'a start log with a read-only port': logged(
    'log',
    begins,
    clientCa('/etc/pki/ca.crt'),
    listens,
    row('server.go:240', '"Starting to listen read-only" address="0.0.0.0" port=10255'),
  ),

  'a kubelet in a chroot': elsewhere({ rootDirectory: '/srv/jail' }),
  'a kubelet in another mount namespace': elsewhere({ mountNamespace: 'mnt:[4026532000]' }),
  'a kubelet in another PID namespace': elsewhere({ pidNamespace: 'pid:[4026532001]' }),
  'a kubelet in a pod': elsewhere({ cgroup: '0::/kubepods.slice/kubepods-podx.slice/cri-containerd-y.scope' }),
  'a kubelet of another user': elsewhere({ uid: 1000 }),
  'nothing at all': harmless(undefined),
  'another CA file at the same path': harmless((at) => writeFileSync(at('/etc/pki/ca.crt'), 'new'), {
    files: { [config]: withCa, '/etc/pki/ca.crt': 'old' },
  }),
  'a user that is added': harmless(written('/etc/passwd')),
  'a resolv.conf that is renewed': harmless(written('/etc/resolv.conf')),
  'the state files of the kubelet': harmless(written('/var/lib/kubelet/cpu_manager_state')),
  'the state files of the kubelet, beside its configuration': harmless(
    written('/var/lib/kubelet/memory_manager_state'),
    { config: '/var/lib/kubelet/config.yaml', files: { '/var/lib/kubelet/config.yaml': withCa } },
  ),
  'a log that is rotated': harmless(written('/var/log/messages')),
  'a package that is installed': harmless(written('/usr/bin/tool')),
  'a partition for /var, and the volumes of pods': harmless(undefined, {
    config: '/var/k/a/config.json',
    files: { '/var/k/a/config.json': withCa },
    process: {
      mounts: [
        '41 22 259:3 / /var rw shared:3 - xfs /dev/nvme1n1 rw',
        '42 41 0:50 / /var/lib/kubelet/pods/x/volumes/token rw shared:4 - tmpfs tmpfs rw',
        '43 22 0:4 / /proc rw shared:5 - proc proc rw',
      ],
    },
  }),
  'a bind of a neighbour with a longer name': harmless(undefined, {
    process: {
      mounts: [
        '41 22 259:1 /x /etc/k2 rw - ext4 /dev/x rw',
        '42 22 259:1 /x /etc/k/config.json.bak rw - ext4 /dev/x rw',
      ],
    },
  }),
  'a client certificate that is renewed': harmless(written('/var/lib/kubelet/pki/kubelet-client-current.pem')),
  'a runtime that writes below /run': harmless(written('/run/containerd/io/x')),

  'a reader of the file': harmless((at) => readFileSync(at(config))),
  'a program of the kubelet that is updated': harmless(written('/usr/bin/kubelet')),
  'a unit of another service': harmless(written('/etc/systemd/system/other.service')),
  'a disk that is mounted elsewhere': harmless(undefined, {
    process: {
      mounts: ['41 22 259:4 / /mnt/data rw - ext4 /dev/nvme2n1 rw', '42 22 0:51 / /etc2 rw - tmpfs tmpfs rw'],
    },
  }),

  'an edit in its place': edited({ [config]: withoutCa }, (at) => writeFileSync(at(config), withCa)),
  'cp -p of an older file': edited({ [config]: withoutCa, [older]: withCa }, (at) =>
    run('cp', '-p', at(older), at(config)),
  ),
  'mv of an older file': edited({ [config]: withoutCa, [older]: withCa }, moved(older, config)),
  'touch, which sets the time back': edited({ [config]: withoutCa }, (at) => {
    writeFileSync(at(config), withCa);
    utimesSync(at(config), longAgo, longAgo);
  }),
  'a drop-in that is deleted in a sub-folder': edited({ [config]: withCa, [one]: withoutCa }, (at) => rmSync(at(one))),
  'an older drop-in that is moved into a sub-folder': edited(
    { [config]: withoutCa, [older]: withCa, [`${sub}/note`]: 'no drop-in' },
    moved(older, one),
  ),
  'rsync, which renames a copy with its old time': edited({ [config]: withoutCa, [older]: withCa }, (at) => {
    run('cp', '-p', at(older), at(`${config}.tmp`));
    moved(`${config}.tmp`, config)(at);
  }),
  'install -p of an older file': edited({ [config]: withoutCa, [older]: withCa }, (at) =>
    run('install', '-p', '-m', '644', at(older), at(config)),
  ),
  'sed -i': edited({ [config]: withoutCa }, (at) =>
    run('sed', '-i', 's|"clientCAFile":""|"clientCAFile":"/etc/pki/ca.crt"|', at(config)),
  ),
  'tar, which keeps the times of what it unpacks': edited(
    { [config]: withoutCa, '/srv/backup/config.json': withCa },
    (at) =>
      run('sh', '-c', 'tar -C "$1" -cf - config.json | tar -C "$2" -xpf -', 'sh', at('/srv/backup'), at('/etc/k')),
  ),
  'a package that puts its own file in place': edited(
    { [config]: withoutCa, [`${config}.rpmnew`]: withCa },
    exchanged(config, `${config}.rpmnew`),
  ),
  'a mode that changes': edited({ [config]: withCa }, (at) => chmodSync(at(config), 0o600)),
  'a drop-in that is moved in front of another': edited(
    { [config]: withCa, [`${dropIns}/9.conf`]: withoutCa, [`${dropIns}/5.conf`]: withCa },
    moved(`${dropIns}/9.conf`, `${dropIns}/1.conf`),
  ),
  'a drop-in that loses its ending': edited(
    { [config]: withCa, [`${dropIns}/1.conf`]: withoutCa },
    moved(`${dropIns}/1.conf`, `${dropIns}/1.conf.off`),
  ),
  'cp -a of a folder over the drop-ins': edited({ [config]: withoutCa, '/srv/backup/1.conf': withCa }, (at) =>
    run('cp', '-a', `${at('/srv/backup')}/.`, at(dropIns)),
  ),

  'a bind over the file': mounted(config, { root: '/x.json' }),
  'a partition over the file’s folder': mounted('/etc/k', { files: {} }),
  'a bind over the file’s folder': mounted('/etc/k', { root: '/x' }),
  'an overlay over the file’s folder': mounted('/etc/k', { type: 'overlay' }),
  'a tmpfs over the drop-in folder': mounted(dropIns, { type: 'tmpfs' }),
  'a bind over a sub-folder of drop-ins': mounted(sub, { root: '/x' }),
  'a bind over one drop-in': mounted(one, { root: '/1.conf' }),
  'a bind over /etc': mounted('/etc', { root: '/etc.other' }),
  'an overlay over /etc': mounted('/etc', { type: 'overlay' }),
  'a squashfs over the file’s folder': mounted('/etc/k', { type: 'squashfs' }),
  'a file system of the network over the file’s folder': mounted('/etc/k', { type: 'nfs4' }),
  'a bind over the drop-in folder': mounted(dropIns, { root: '/x' }),
  'a bind over the folder two above': {
    ...mounted('/etc/k/a', { root: '/x', files: { [deep]: withCa } }),
    config: deep,
  },
  'an overlay two above the drop-in folder': {
    ...mounted('/opt/d', { type: 'overlay', files: { '/opt/d/e/config.d/1.conf': withCa } }),
    configDir: '/opt/d/e/config.d',
  },
  'a bind over the folder where a link leads': mounted('/srv/k', {
    root: '/x',
    files: { [config]: { link: '/srv/k/x.json' }, '/srv/k/x.json': withCa },
  }),
  'a bind over a folder with a blank in its name': {
    ...mounted('/etc/k\\040k', { root: '/x', files: { '/etc/k k/config.json': withCa } }),
    config: '/etc/k k/config.json',
  },
  'a list of mounts that cannot be read': way('mount', { [config]: withCa }, (at) =>
    rmSync(at('/proc/4242/mountinfo')),
  ),

  'a folder of the file that is exchanged': renamed(
    { [config]: withoutCa, '/etc/other/config.json': withCa, '/etc/other/config.d/note': 'x' },
    exchanged('/etc/k', '/etc/other'),
  ),
  'a folder above that is exchanged': renamed(
    { [deep]: withoutCa, '/etc/other/b/config.json': withCa },
    exchanged('/etc/k/a', '/etc/other'),
    { config: deep },
  ),
  'the folder two above that is exchanged': renamed(
    { [deep]: withoutCa, '/etc/other/a/b/config.json': withCa, '/opt/d/config.d/note': 'x' },
    exchanged('/etc/k', '/etc/other'),
    { config: deep, configDir: '/opt/d/config.d' },
  ),
  'a drop-in folder that is exchanged': renamed(
    { [config]: withoutCa, '/etc/other/1.conf': withCa },
    exchanged(dropIns, '/etc/other'),
  ),
  'a folder above the drop-in folder that is exchanged': renamed(
    { [config]: withoutCa, '/opt/d/e/config.d/note': 'x', '/opt/other/config.d/1.conf': withCa },
    exchanged('/opt/d/e', '/opt/other'),
    { configDir: '/opt/d/e/config.d' },
  ),
  'a sub-folder that is moved away': renamed({ [config]: withCa, [one]: withoutCa }, moved(sub, '/etc/k/elsewhere')),
  'a sub-folder that is moved in': renamed(
    { [config]: withoutCa, '/etc/other/1.conf': withCa },
    moved('/etc/other', sub),
  ),
  'a folder that is moved away and back': renamed(
    { [deep]: withCa },
    (at) => {
      moved('/etc/k/a', '/etc/k/aside')(at);
      moved('/etc/k/aside', '/etc/k/a')(at);
    },
    { config: deep },
  ),
  'a folder of a link that is exchanged': renamed(
    {
      '/opt/links/config.json': { link: '/srv/k/without.json' },
      '/opt/others/config.json': { link: '/srv/k/with.json' },
      '/srv/k/without.json': withoutCa,
      '/srv/k/with.json': withCa,
    },
    exchanged('/opt/links', '/opt/others'),
    { config: '/opt/links/config.json' },
  ),

  'a link that leads elsewhere': linked(
    { [config]: { link: 'old.json' }, '/etc/k/old.json': withoutCa, '/etc/k/new.json': withCa },
    relinked(config, 'new.json'),
  ),
  'a link of a folder that leads elsewhere': linked(
    { '/etc/k/now': { link: '/srv/old' }, '/srv/old/config.json': withoutCa, '/srv/new/config.json': withCa },
    relinked('/etc/k/now', '/srv/new'),
    { config: '/etc/k/now/config.json' },
  ),
  'the second of two links that leads elsewhere': linked(
    {
      [config]: { link: 'first' },
      '/etc/k/first': { link: 'old.json' },
      '/etc/k/old.json': withoutCa,
      '/etc/k/new.json': withCa,
    },
    relinked('/etc/k/first', 'new.json'),
  ),
  'a file that becomes a link to an older one': linked(
    { [config]: withoutCa, '/srv/k/new.json': withCa },
    relinked(config, '/srv/k/new.json'),
  ),
  'an older file that is moved to where a link leads': linked(
    { [config]: { link: '/srv/k/x.json' }, '/srv/k/x.json': withoutCa, '/srv/k/new.json': withCa },
    moved('/srv/k/new.json', '/srv/k/x.json'),
  ),
  'a folder that is exchanged where a link leads': linked(
    { [config]: { link: '/srv/k/x.json' }, '/srv/k/x.json': withoutCa, '/srv/other/x.json': withCa },
    exchanged('/srv/k', '/srv/other'),
  ),
  'a link in the middle of the path that leads elsewhere': linked(
    { '/srv/now': { link: 'v1' }, '/srv/v1/k/config.json': withoutCa, '/srv/v2/k/config.json': withCa },
    relinked('/srv/now', 'v2'),
    { config: '/srv/now/k/config.json' },
  ),
  'the links of a projected volume': linked(
    {
      [config]: { link: '..data/config.json' },
      '/etc/k/..data': { link: '..1' },
      '/etc/k/..1/config.json': withoutCa,
      '/etc/k/..2/config.json': withCa,
    },
    relinked('/etc/k/..data', '..2'),
  ),
  'a hard link that is renamed over the file': linked({ [config]: withoutCa, [older]: withCa }, (at) => {
    run('ln', at(older), at(`${config}.tmp`));
    moved(`${config}.tmp`, config)(at);
  }),
  'a hard link of an older file': linked({ [config]: withoutCa, [older]: withCa }, (at) =>
    run('ln', '-f', at(older), at(config)),
  ),
  'a drop-in that is a link and leads elsewhere': linked(
    {
      [config]: withCa,
      [`${dropIns}/1.conf`]: { link: '/srv/without' },
      '/srv/without': withoutCa,
      '/srv/with': withCa,
    },
    relinked(`${dropIns}/1.conf`, '/srv/with'),
  ),

  'a process whose begin is not told': clock({ process: { secondsOld: 'not told' } }),
  'a start that lies an hour ahead': clock({ process: { secondsOld: -3600 } }),
  'an uptime of a container, shorter than the machine’s': clock({
    edit: (at) => writeFileSync(at('/proc/uptime'), '100.00 1.00\n'),
  }),
  'an uptime over which something is mounted': clock({
    process: { mounts: ['50 43 0:60 /proc/uptime /proc/uptime rw - fuse.lxcfs lxcfs rw'] },
  }),
  'a time of the boot over which something is mounted': clock({
    process: { mounts: ['50 43 0:60 /proc/stat /proc/stat rw - fuse.lxcfs lxcfs rw'] },
  }),
  'a process over which something is mounted': clock({
    process: { mounts: ['50 43 0:61 / /proc/4242 rw - tmpfs tmpfs rw'] },
  }),
  'no time of the boot, and no uptime': clock({ edit: (at) => rmSync(at('/proc/stat')) }),
  'a time of the boot that is no number': clock({ edit: (at) => writeFileSync(at('/proc/stat'), 'btime soon\n') }),
  'a file that was written in the future': clock({
    edit: (at) => utimesSync(at(config), new Date(Date.now() + 86_400_000), new Date(Date.now() + 86_400_000)),
  }),
  'neither an uptime nor a time of the boot': clock({ edit: (at) => rmSync(at('/proc/stat')) }),
};
