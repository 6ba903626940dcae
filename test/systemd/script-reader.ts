import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { remediationPart } from '../../infra/documents/remediation/remediate-kubelet.ts';
import { type SettingPath, settingPaths } from '../../lambda/core/model/settings.ts';
import type { RecordedMachine } from '../conformance/recorded-machine.ts';

/** What the script's own reader makes of one machine: why it leaves the machine to a person, or for each setting its value and where it comes from. */
export type ScriptReading =
  | { readonly refused: string }
  | { readonly settings: Readonly<Record<string, { readonly source: string; readonly value: string }>> };

/** All that the script edits. */
export const editedSettings: readonly SettingPath[] = settingPaths;

/**
 * Reads machines with the very functions of the script that is deployed. Only where a file may lie and which process the kubelet is, is taken for granted
 * here, and a file is looked at once for its form.
 */
export function readByScript(
  cases: readonly RecordedMachine[],
  { awk }: { readonly awk: 'mawk' | 'gawk' },
): readonly ScriptReading[] {
  const folder = mkdtempSync(join(tmpdir(), 'script-reader-'));
  try {
    for (const [index, each] of cases.entries()) writeCase(join(folder, 'cases', String(index)), each);
    writeFileSync(join(folder, 'reader.sh'), readerWith(awk));
    const { stdout, stderr, status } = spawnSync('unshare', ['--mount', 'sh', '-ec', enter, 'sh', folder], {
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
    });
    if (status !== 0 || stderr !== '') throw new Error(`the script's reader failed: ${stderr.slice(0, 2_000)}`);

    const blocks = stdout.split(/^case \d+\n/m).slice(1);
    if (blocks.length !== cases.length) throw new Error(`${blocks.length} answers to ${cases.length} cases`);
    return blocks.map(readingOf);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readingOf(block: string): ScriptReading {
  const lines = block.trimEnd().split('\n');
  const refused = lines.find((line) => line.startsWith('refused '));
  if (refused !== undefined) return { refused: refused.slice('refused '.length) };
  return {
    settings: Object.fromEntries(
      lines.map((line) => {
        const [path = '', source = '', ...value] = line.split('\t');
        return [path, { source, value: value.join('\t') }];
      }),
    ),
  };
}

function writeCase(folder: string, { args, files, version, cwd }: RecordedMachine): void {
  mkdirSync(join(folder, 'root'), { recursive: true });
  for (const [path, file] of Object.entries(files)) {
    const at = join(folder, 'root', path);
    if ('dir' in file) {
      mkdirSync(at, { recursive: true });
      continue;
    }
    mkdirSync(dirname(at), { recursive: true });
    if ('link' in file) symlinkSync(file.link, at);
    else writeFileSync(at, 'text' in file ? file.text : Buffer.from(file.data));
  }
  // As the script turns the process's own ones into lines.
  const lines = ['/usr/bin/kubelet', ...args].map((each) => `${each.replaceAll('\n', '\u0001')}\n`);
  writeFileSync(join(folder, 'arguments'), lines.join(''));
  writeFileSync(join(folder, 'minor'), /^v1\.(\d+)\./.exec(version)?.[1] ?? '');
  writeFileSync(join(folder, 'cwd'), cwd);
}

const part = (name: string): string => remediationPart(name);

/** Each machine has a folder of its own that becomes the root for its case. */
const enter = `
cd "$1"
mount --make-rprivate /
n=0
while [ -d "cases/$n" ]; do
  for each in usr bin sbin lib lib64 dev; do
    [ -e "/$each" ] || continue
    mkdir -p "cases/$n/root/$each"
  done
  n=$((n + 1))
done
n=0
while [ -d "cases/$n" ]; do
  root=cases/$n/root
  for each in usr bin sbin lib lib64 dev; do
    if [ -e "/$each" ]; then mount --rbind "/$each" "$root/$each"; fi
  done
  mkdir "$root/run" "$root/run/case"
  cp "cases/$n/arguments" "cases/$n/minor" reader.sh "$root/run/case/"
  echo "case $n"
  chroot "$root" /bin/sh /run/case/reader.sh || :
  for each in usr bin sbin lib lib64 dev; do
    if [ -e "/$each" ]; then umount -l "$root/$each"; fi
  done
  n=$((n + 1))
done
`;

const readerWith = (awk: string): string => `
${part('common.sh')}
work=/run/case
cd "$work"
awk() { ${awk} "$@"; }
trust='' ca=/etc/kubernetes/pki/ca.crt settings=all size_limit=65536
refuse() { echo "refused $1"; exit 10; }
leave() { refuse "$1"; }
cat >settings.awk <<'END_OF_SETTINGS'
${part('settings.awk')}
END_OF_SETTINGS
${part('files.sh')}
${part('effective.sh')}
${part('client-ca.sh')}
is_kubelet_path() { case $1 in */../* | */./* | *//* | */) return 1 ;; esac; }
find_kubelet() { ! grep -q "$(printf '\\001')" arguments || refuse odd-arguments; }
merges_as_alpha() { [ "$(cat minor)" -lt 29 ]; }
unit_files() { :; }
our_folder() { [ ! -L "$1" ] || refuse symbolic-link; [ -d "\${1:-/}" ] || refuse absent; }
look
for setting in ${editedSettings.join(' ')}; do
  resolve "$setting"
  [ "$source" != file ] || [ "$file" = "$config" ] || source=drop-in
  printf '%s\\t%s\\t%s\\n' "$setting" "$source" "$value"
done
`;
