import { yamlDocument } from '../../../read/kubelet/documents/goyaml/yaml-document.ts';
import { isTreeMap, type Tree } from '../../../read/kubelet/documents/tree.ts';
import { notYetKnown, notYetKnownVariable } from '../not-yet-known.ts';
import { mostBytes } from '../user-data/encodings.ts';
import { isPackage } from './commands.ts';
import { isSudoRule } from './file-texts.ts';
import { isDevice, mountFault } from './mounts.ts';
import type { ScriptEffects } from './script-effects.ts';
import { hole } from './script-values.ts';

type JudgeKey = (value: Tree, line: number, effects: ScriptEffects) => string | undefined;

/** Judges all that cloud-config makes cloud-init run or write. A key that isn't in the table may do anything. */
export function judgeCloudConfig(bytes: Uint8Array, effects: ScriptEffects): void {
  const document = yamlDocument(bytes, mostBytes);
  if (!document.ok) {
    effects.report('cloud-config that cannot be read', 1);
    return;
  }
  const { tree, repeatedKeys } = document.value;
  if (tree === null) return;
  if (!isTreeMap(tree) || repeatedKeys.length > 0) {
    effects.report('cloud-config that is not a map of different keys', 1);
    return;
  }

  const lines = new TextDecoder().decode(bytes).split('\n');
  for (const [key, value] of tree) {
    const line = lines.findIndex((each) => each.replace(/^["']/, '').startsWith(key)) + 1;
    const judge = keys.get(key);
    const fault = judge
      ? judge(value, Math.max(line, 1), effects)
      : 'a key of cloud-config that is not known to leave the kubelet alone';
    if (fault) effects.report(fault, Math.max(line, 1));
  }
}

const quiet: JudgeKey = () => undefined;

const textsIn = (tree: Tree): readonly string[] =>
  isTreeMap(tree)
    ? [...tree.values()].flatMap(textsIn)
    : Array.isArray(tree)
      ? tree.flatMap(textsIn)
      : tree === null
        ? []
        : [String(tree)];

const mapsIn = (tree: Tree): readonly (ReadonlyMap<string, Tree> | undefined)[] =>
  Array.isArray(tree) ? tree.map((each) => (isTreeMap(each) ? each : undefined)) : [undefined];

const word = (value: Tree | undefined): string => (value === undefined || value === null ? '' : String(value));

/** Each item is a line for `sh`, or a list of words. */
const commands: JudgeKey = (value, line, effects) => {
  if (!Array.isArray(value)) return 'commands that are not a list';
  const quoted = (each: Tree): string => `'${String(each).replaceAll("'", `'\\''`)}'`;
  const items = value.map((item) =>
    Array.isArray(item) ? item.map(quoted).join(' ') : isTreeMap(item) ? '$(' : word(item),
  );
  effects.script(items.join('\n'), line);
  return undefined;
};

const files: JudgeKey = (value, line, effects) => {
  for (const file of mapsIn(value)) {
    const path = file?.get('path');
    if (file === undefined || typeof path !== 'string') return 'a file without a path';
    const encoding = word(file.get('encoding'));
    const content = word(file.get('content'));
    const isPlain = /^(?:|text\/plain)$/.test(encoding) && !file.has('source');
    const text = isPlain
      ? content
      : /^(?:b64|base64)$/.test(encoding)
        ? Buffer.from(content, 'base64').toString('utf8')
        : hole;
    const isKnown = !text.includes(notYetKnown) && !text.includes(notYetKnownVariable) && !path.includes(notYetKnown);
    effects.writes({
      paths: [path],
      content: [isKnown ? text : hole],
      isAppended: word(file.get('append')) === 'true',
      line,
    });
  }
  return undefined;
};

const mounts: JudgeKey = (value, _, effects) => {
  if (!Array.isArray(value)) return 'mounts that are not a list';
  for (const each of value) {
    const [device = '', folder = '', type = '', options = ''] = Array.isArray(each) ? each.map(word) : [word(each)];
    const path = /^[\w]+$/.test(device) ? `/dev/${device}` : device;
    const fault = folder === '' ? undefined : mountFault({ device: path, folder, type, options }, effects);
    if (fault) return fault;
  }
  return undefined;
};

/** A map, or a list of maps, of these keys. */
const ofKeys =
  (allowed: RegExp, because: string, isFine: (each: ReadonlyMap<string, Tree>) => boolean = () => true): JudgeKey =>
  (value) =>
    (isTreeMap(value) ? [value] : mapsIn(value)).every(
      (each) => each && [...each.keys()].every((key) => allowed.test(key)) && isFine(each),
    )
      ? undefined
      : because;

const ofUser =
  /^(?:name|gecos|groups|primary_group|shell|ssh_authorized_keys|lock_passwd|passwd|hashed_passwd|sudo|system|no_create_home|no_user_group|uid|expiredate|inactive|ssh_import_id)$/;

const usersOfKeys = ofKeys(ofUser, 'a user with settings that are not understood', (each) =>
  rulesOf(each.get('sudo')).every((rule) => isSudoRule(`user ${rule}`)),
);
const users: JudgeKey = (value, ...rest) =>
  usersOfKeys(Array.isArray(value) ? value.filter((each) => typeof each !== 'string') : value, ...rest);

const rulesOf = (sudo: Tree | undefined): readonly string[] =>
  sudo === undefined || sudo === false ? [] : textsIn(sudo);

/** cloud-init gives it to a shell behind `|`, and opens a file otherwise. */
const output: JudgeKey = (value) =>
  textsIn(value).every((each) => /^\s*(?:\|\s*tee\s+(?:-a\s+)?|>>?\s*)\/var\/log\/[\w.-]+\s*$|^&1$/.test(each))
    ? undefined
    : 'an output of cloud-init that a shell runs, or that is another file';

const keys: ReadonlyMap<string, JudgeKey> = new Map<string, JudgeKey>([
  // A NodeConfig that begins as cloud-config does is both.
  ...'apiVersion kind metadata spec hostname fqdn prefer_fqdn_over_hostname preserve_hostname manage_etc_hosts timezone locale ssh_authorized_keys ssh_pwauth disable_root growpart resize_rootfs final_message package_update package_upgrade package_reboot_if_required repo_update repo_upgrade groups chpasswd password ssh_deletekeys ssh_genkeytypes ca_certs ca-certs'
    .split(' ')
    .map((key): [string, JudgeKey] => [key, quiet]),
  ['output', output],
  ['runcmd', commands],
  ['bootcmd', commands],
  ['write_files', files],
  [
    'packages',
    (value) =>
      Array.isArray(value) && value.every((each) => isPackage(Array.isArray(each) ? word(each[0]) : word(each)))
        ? undefined
        : 'a package from elsewhere than the repositories of the AMI',
  ],
  ['mounts', mounts],
  [
    'swap',
    (value, line, effects) => {
      if (isTreeMap(value)) effects.changes([word(value.get('filename')) || '/swapfile'], line, 'content');
      return undefined;
    },
  ],
  [
    'fs_setup',
    ofKeys(
      /^(?:label|filesystem|device|partition|overwrite|replace_fs)$/,
      'a file system on a disk that is not known',
      (each) => isDevice(word(each.get('device'))),
    ),
  ],
  [
    'disk_setup',
    (value) => (isTreeMap(value) && [...value.keys()].every(isDevice) ? undefined : 'a disk that is not known'),
  ],
  ['users', users],
  ['ntp', ofKeys(/^(?:enabled|servers|pools|ntp_client)$/, 'settings of ntp that are not understood')],
]);
