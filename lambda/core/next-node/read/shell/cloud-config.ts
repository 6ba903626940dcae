import { yamlDocument } from '../../../read/kubelet/documents/goyaml/yaml-document.ts';
import { isTreeMap, type Tree, type TreeMap } from '../../../read/kubelet/documents/tree.ts';
import { notYetKnown, notYetKnownVariable } from '../not-yet-known.ts';
import { mostBytes } from '../user-data/encodings.ts';
import type { ScriptEffects } from './script-effects.ts';
import { hole } from './script-values.ts';

type JudgeKey = (value: Tree, effects: ScriptEffects) => string | false | undefined;

/** Judges all that cloud-config makes cloud-init run or write. A key that isn't in the table may do anything. */
export function judgeCloudConfig(bytes: Uint8Array, effects: ScriptEffects): void {
  const document = yamlDocument(bytes, mostBytes);
  if (!document.ok) {
    effects.report('cloud-config that cannot be read');
    return;
  }
  const { tree, repeatedKeys } = document.value;
  if (tree === null) return;
  if (!isTreeMap(tree) || repeatedKeys.length > 0) {
    effects.report('cloud-config that is not a map of different keys');
    return;
  }
  const lines = new TextDecoder().decode(bytes).split('\n');
  for (const [key, value] of tree) {
    effects.line = Math.max(lines.findIndex((each) => each.replace(/^["']/, '').startsWith(key)) + 1, 1);
    const judge = keys.get(key);
    const fault = judge ? judge(value, effects) : 'a key of cloud-config that is not known to leave the kubelet alone';
    if (fault) effects.report(fault);
  }
}

const word = (value: Tree | undefined): string => (value === undefined || value === null ? '' : String(value));

const quoted = (value: Tree | undefined): string => `'${word(value).replaceAll("'", `'\\''`)}'`;

const textsIn = (tree: Tree): readonly string[] =>
  isTreeMap(tree) ? [...tree.values()].flatMap(textsIn) : Array.isArray(tree) ? tree.flatMap(textsIn) : [word(tree)];

/** What each item of a list makes a shell do. */
const items =
  (commandOf: (item: Tree) => string): JudgeKey =>
  (value, effects) => {
    if (!Array.isArray(value)) return 'commands or names that are not a list';
    return effects.script(value.map(commandOf).join('\n'));
  };

/** Each item is a line for `sh`, or a list of words. */
const commands = items((item) =>
  Array.isArray(item) ? item.map(quoted).join(' ') : isTreeMap(item) ? '$(' : word(item),
);

/** A map, or a list of maps, of these keys. */
const maps =
  (
    allowed: RegExp,
    because: string,
    faultOf: (each: TreeMap, effects: ScriptEffects) => string | undefined,
  ): JudgeKey =>
  (value, effects) => {
    for (const each of Array.isArray(value) ? value : [value]) {
      if (!isTreeMap(each) || ![...each.keys()].every((key) => allowed.test(key))) return because;
      const fault = faultOf(each, effects);
      if (fault) return fault;
    }
    return undefined;
  };

const files = maps(/^/, 'a file without a path', (file, effects) => {
  const path = file.get('path');
  if (typeof path !== 'string') return 'a file without a path';
  const encoding = word(file.get('encoding'));
  const content = word(file.get('content'));
  const isPlain = /^(?:|text\/plain)$/.test(encoding) && !file.has('source');
  const decoded = /^(?:b64|base64)$/.test(encoding) ? Buffer.from(content, 'base64').toString('utf8') : hole;
  const text = isPlain ? content : decoded;
  const isKnown = ![text, path].some((each) => each.includes(notYetKnown) || each.includes(notYetKnownVariable));
  return effects.changes(path, { text: isKnown ? text : hole, isAppended: word(file.get('append')) === 'true' });
});

/** Lines of /etc/fstab, where a device may be named without its folder. */
const mounts: JudgeKey = (value, effects) => {
  if (!Array.isArray(value)) return 'mounts that are not a list';
  const lines = value.map((each) => {
    const [device = '', folder, type, options] = Array.isArray(each) ? each.map(word) : [];
    return folder ? [device.replace(/^\w+$/, '/dev/$&'), folder, type || 'auto', options || 'defaults'].join(' ') : '';
  });
  return effects.changes('/etc/fstab', { text: lines.join('\n'), isAppended: true });
};

const ofUser =
  /^(?:name|gecos|groups|primary_group|shell|ssh_authorized_keys|lock_passwd|passwd|hashed_passwd|sudo|system|no_create_home|no_user_group|uid|expiredate|inactive|ssh_import_id)$/;

const usersOfKeys = maps(ofUser, 'a user with settings that are not understood', (user, effects) => {
  const sudo = user.get('sudo');
  const text = (sudo ? textsIn(sudo) : []).map((rule) => `user ${rule}`).join('\n');
  return effects.changes('/etc/sudoers.d/90-cloud-init-users', { text, isAppended: true });
});
const users: JudgeKey = (value, effects) =>
  usersOfKeys(Array.isArray(value) ? value.filter((each) => typeof each !== 'string') : value, effects);

/** cloud-init gives it to a shell behind `|`, and opens a file otherwise. */
const output: JudgeKey = (value) =>
  !textsIn(value).every((each) => /^\s*(?:\|\s*tee\s+(?:-a\s+)?|>>?\s*)\/var\/log\/[\w.-]+\s*$|^(?:&1)?$/.test(each)) &&
  'an output of cloud-init that a shell runs, or that is another file';

const keys: ReadonlyMap<string, JudgeKey> = new Map<string, JudgeKey>([
  // A NodeConfig that begins as cloud-config does is both.
  ...'apiVersion kind metadata spec hostname fqdn prefer_fqdn_over_hostname preserve_hostname manage_etc_hosts timezone locale ssh_authorized_keys ssh_pwauth disable_root growpart resize_rootfs final_message package_update package_upgrade package_reboot_if_required repo_update repo_upgrade groups chpasswd password ssh_deletekeys ssh_genkeytypes ca_certs ca-certs'
    .split(' ')
    .map((key): [string, JudgeKey] => [key, () => undefined]),
  ['output', output],
  ['runcmd', commands],
  ['bootcmd', commands],
  ['write_files', files],
  ['packages', items((item) => `dnf install -y -- ${quoted(Array.isArray(item) ? item[0] : item)}`)],
  ['mounts', mounts],
  [
    'swap',
    (value, effects) =>
      isTreeMap(value) ? effects.changes(word(value.get('filename')) || '/swapfile', 'file') : undefined,
  ],
  [
    'fs_setup',
    maps(
      /^(?:label|filesystem|device|partition|overwrite|replace_fs)$/,
      'a file system with settings that are not understood',
      (each, effects) => effects.script(`mkfs ${quoted(each.get('device'))}`),
    ),
  ],
  [
    'disk_setup',
    (value, effects) =>
      isTreeMap(value)
        ? effects.script([...value.keys()].map((disk) => `wipefs ${quoted(disk)}`).join('\n'))
        : 'a disk that is not known',
  ],
  ['users', users],
  ['ntp', maps(/^(?:enabled|servers|pools|ntp_client)$/, 'settings of ntp that are not understood', () => undefined)],
]);
