import { shellWord } from '../../../model/text/words.ts';
import { yamlDocument } from '../../../read/kubelet/documents/goyaml/yaml-document.ts';
import { isTreeMap, type Tree, type TreeMap } from '../../../read/kubelet/documents/tree.ts';
import { isOfDeployment, tokens } from '../tokens.ts';
import { mostBytes } from '../user-data/encodings.ts';
import type { ScriptEffects } from './script-effects.ts';

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
    const line = lines.findIndex((each) => each.replace(/^["']/, '').startsWith(key)) + 1;
    effects.lineOf = () => Math.max(line, 1);
    const judge = keys.get(key);
    const fault = judge ? judge(value, effects) : 'a key of cloud-config that is not known to leave the kubelet alone';
    if (fault) effects.report(fault);
  }
}

const word = (value: Tree | undefined): string => (value === undefined || value === null ? '' : String(value));

const textsIn = (tree: Tree): readonly string[] =>
  isTreeMap(tree) ? [...tree.values()].flatMap(textsIn) : Array.isArray(tree) ? tree.flatMap(textsIn) : [word(tree)];

/** Each item is a line for `sh`, or a list of words. */
const commands: JudgeKey = (value, effects) => {
  const lineOf = (item: Tree): string =>
    Array.isArray(item) ? item.map((each) => shellWord(word(each))).join(' ') : isTreeMap(item) ? '$(' : word(item);
  return Array.isArray(value) ? effects.script(value.map(lineOf).join('\n')) : 'commands that are not a list';
};

const packages: JudgeKey = (value, effects) => {
  const names = (Array.isArray(value) ? value : ['-']).map((each) => word(Array.isArray(each) ? each[0] : each));
  return effects.script(`dnf install -y -- ${names.map(shellWord).join(' ')}`);
};

/** A map, or a list of maps, of these keys; the user `default` is the AMI's own. */
const maps =
  (
    allowed: RegExp,
    because: string,
    faultOf: (each: TreeMap, effects: ScriptEffects) => string | undefined,
  ): JudgeKey =>
  (value, effects) => {
    for (const each of Array.isArray(value) ? value : [value]) {
      if (each === 'default') continue;
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
  const decoded = /^(?:b64|base64)$/.test(encoding) ? Buffer.from(content, 'base64').toString('utf8') : tokens.text;
  const text = isPlain ? content : decoded;
  const isKnown = !isOfDeployment(text) && !isOfDeployment(path);
  return effects.changes(path, { text: isKnown ? text : tokens.text, isAppended: word(file.get('append')) === 'true' });
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

const users = maps(ofUser, 'a user with settings that are not understood', (user, effects) => {
  const sudo = user.get('sudo');
  const text = (sudo ? textsIn(sudo) : []).map((rule) => `user ${rule}`).join('\n');
  return effects.changes('/etc/sudoers.d/90-cloud-init-users', { text, isAppended: true });
});

/** cloud-init gives it to a shell behind `|`, and opens a file otherwise. */
const output: JudgeKey = (value) =>
  !textsIn(value).every((each) => /^\s*(?:\|\s*tee\s+(?:-a\s+)?|>>?\s*)\/var\/log\/[\w.-]+\s*$|^(?:&1)?$/.test(each)) &&
  'an output of cloud-init that a shell runs, or that is another file';

const keys: ReadonlyMap<string, JudgeKey> = new Map<string, JudgeKey>([
  // A NodeConfig that begins as cloud-config does is both.
  ...[
    'apiVersion',
    'kind',
    'metadata',
    'spec',
    'hostname',
    'fqdn',
    'prefer_fqdn_over_hostname',
    'preserve_hostname',
    'manage_etc_hosts',
    'timezone',
    'locale',
    'ssh_authorized_keys',
    'ssh_pwauth',
    'disable_root',
    'growpart',
    'resize_rootfs',
    'final_message',
    'package_update',
    'package_upgrade',
    'package_reboot_if_required',
    'repo_update',
    'repo_upgrade',
    'groups',
    'chpasswd',
    'password',
    'ssh_deletekeys',
    'ssh_genkeytypes',
    'ca_certs',
    'ca-certs',
  ].map((key): [string, JudgeKey] => [key, () => undefined]),
  ['output', output],
  ['runcmd', commands],
  ['bootcmd', commands],
  ['write_files', files],
  ['packages', packages],
  ['mounts', mounts],
  ['users', users],
  ['ntp', maps(/^(?:enabled|servers|pools|ntp_client)$/, 'settings of ntp that are not understood', () => undefined)],
]);
