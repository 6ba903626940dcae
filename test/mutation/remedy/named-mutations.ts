import type { Mutation } from './mutation.ts';

const of = (file: string, cases: readonly (readonly [name: string, from: string, to: string])[]): readonly Mutation[] =>
  cases.map(([name, from, to]) => ({ name, file, from, to }));

/** What each safety of the node's script is worth: without it, a test must fail. */
export const namedMutations: readonly Mutation[] = [
  ...of('apply.sh', [
    ['the new file is not on disk before its name is', '  persist "$next"\n', ''],
    [
      'the folder is not on disk after its file got a new name',
      '  mv -f "$next" "$2" || return 1\n  persist "${2%/*}"\n',
      '  mv -f "$next" "$2" || return 1\n',
    ],
    ['the journal is not on disk', '>>"$current/journal"\n  persist "$current/journal"\n', '>>"$current/journal"\n'],
    ['no sync before current counts', '"$home/holder"\n  sync\n', '"$home/holder"\n'],
    [
      'current is not on disk',
      '  mv "$home/preparing" "$current"\n  persist "$home"\n',
      '  mv "$home/preparing" "$current"\n',
    ],
    ['the rescue is not on disk before it is needed', '  persist "$home/rescue.next"\n', ''],
    ['the boot unit is not on disk', '  persist "$boot_unit"\n', ''],
    [
      'the file is written in its place',
      'mv -f "$next" "$2" || return 1',
      '{ cat "$next" >"$2" && rm -f "$next"; } || return 1',
    ],
    ['the rollback runs after the kubelet at boot', "'Before=kubelet.service", "'After=kubelet.service"],
    ['the boot unit is not linked', '  ln -s -f "$boot_unit" "$boot_link" || return 1\n', ''],
    ['nothing is armed', '  start_timer $((@ROLLBACK_AFTER@ + stable)) || return 1\n', ''],
    [
      'a file that somebody changed before it was written is overwritten',
      '      [ "$(sum "$2")" = "$3" ] || return 1\n',
      '',
    ],
    [
      'a file that somebody changed while it was planned is overwritten',
      ' || refuse unsteady "$path was changed meanwhile"',
      ' || :',
    ],
    [
      'what cannot be replaced is not noticed',
      ' 2>/dev/null || return 1\n      why=not-written',
      ' 2>/dev/null || :\n      why=not-written',
    ],
    ['what was written is not read back', '  [ "$(sum "$next")" = "$4" ] || return 1\n', ''],
    ['attributes are not kept', '      cp -a "$2" "$next" || return 1 ;;', '      : ;;'],
    ['mode and owner are not kept', '  chown "$8" "$next" && chmod "$7" "$next" || return 1\n', ''],
    [
      'other arguments that changed are not noticed',
      ` = "$(other_arguments "$work/arguments.before")" ] ||`,
      ` = "$(other_arguments "$work/arguments.before")" ] || : ||`,
    ],
    [
      'a file that is newer than the process is not noticed afterwards',
      '  ! is_older_than "$work/sources" || refuse not-effective \'it was',
      "  : || refuse not-effective 'it was",
    ],
    [
      'a value that is not effective is not noticed',
      '[ "$verdict" = good ] || refuse not-effective',
      '[ "$verdict" = good ] || : refuse not-effective',
    ],
  ]),
  ...of('common.sh', [
    ['nothing reaches the disk for good', 'persist() { sync -f "$1" 2>/dev/null || sync; }', 'persist() { :; }'],
    ['the timer is not asked whether it is active', '  systemctl is-active --quiet "$timer.timer" 9>&-\n', ''],
    ['the timer does not come again', ' --on-unit-inactive=@AGAIN_AFTER@', ''],
    [
      'a timer that could not be made is taken for one',
      '[ "$tries" -lt 5 ] || return 1',
      '[ "$tries" -lt 5 ] || break',
    ],
    ['folders of killed runs stay in /run', '    [ -d "/proc/${left##*.}" ] || rm -rf "$left"\n', '    :\n'],
  ]),
  ...of('rescue.sh', [
    [
      'the old file is put back in its place',
      '  mv -f "$next" "$1" && persist "${1%/*}"\n',
      '  cat "$next" >"$1" && rm -f "$next" && persist "${1%/*}"\n',
    ],
    [
      'the folder is not on disk after the old file has its name again',
      '  mv -f "$next" "$1" && persist "${1%/*}"\n',
      '  mv -f "$next" "$1"\n',
    ],
    [
      'the copy is not on disk before it takes the name',
      ' && cp -a "$current/old.$2" "$next" && persist "$next" ||',
      ' && cp -a "$current/old.$2" "$next" ||',
    ],
    ['a second name of another content is taken for the old file', ' || [ "$(sum "$next")" != "$3" ]; then', '; then'],
    ['no daemon-reload in the rescue at boot', '    [ -z "$touched" ] || control 60 systemctl daemon-reload\n', ''],
    ['no daemon-reload in the rescue', '      control 60 systemctl daemon-reload || :\n', ''],
    ['the rescue does not restart the kubelet', '      control 120 systemctl restart kubelet.service || :\n', ''],
    [
      'what somebody else wrote is overwritten by the rescue',
      'if [ "$is" = "$new" ]; then put_back "$path" "$number" "$old" || return 1; touched=yes',
      'if :; then put_back "$path" "$number" "$old" || return 1; touched=yes',
    ],
    ['a folder that was made stays empty', '          rmdir "${path%/*}" 2>/dev/null || :\n', ''],
    [
      'modes are not put back',
      '          chown "$old_owner" "$path" && chmod "$old_mode" "$path" && persist "$path" || return 1\n',
      '',
    ],
    [
      'a kubelet that is not well after the rescue is taken for well',
      '      health "$settled_within" >/dev/null || { note lost; say lost; return 1; }\n',
      '',
    ],
    [
      'another process that ends and begins is not noticed',
      '      [ "$same" = "$process" ] || since=$(now)\n',
      '      : "${since:=$(now)}"\n',
    ],
    ['a restart that keeps the number of the process is not noticed', 'same="$pid $(shown NRestarts)"', 'same=$pid'],
    [
      'another process that answers counts as the kubelet',
      '[ "$(shown ActiveState)" = active ] && [ "${pid:-0}" != 0 ] && answers',
      'answers',
    ],
    ['a kubelet that says that it is not well counts as well', '  [ "$said" = ok ]\n', ''],
    ['the window of health is none', 'if [ $(($(now) - since)) -ge "$1" ]; then', 'if :; then'],
    ['a rescue by the timer takes no lock', '    [ "$2" = now ] || take_lock\n', ''],
    [
      'who holds the lock is not written down',
      `    printf '%s %s\\n' "$$" "$(cut -d ' ' -f 22 "/proc/$$/stat")" 2>/dev/null >"$home/holder" || :\n`,
      '',
    ],
    ['who hangs is not ended', `  [ "$(cut -d ' ' -f 22 "/proc/$pid/stat")" != "$began" ] || kill -9 "$pid"\n`, ''],
    ['after a boot nothing tries again', '    [ "$2" != boot ] || start_timer 30\n', ''],
    ['the second names stay', '    [ "$kind" != edit ] || rm -f "$(beside "$path" "$number")"\n', '    :\n'],
    ['the boot unit stays', '  rm -f "$boot_link" "$boot_unit"\n', ''],
    [
      'the timer stays',
      '  systemctl stop "$timer.timer" 2>/dev/null 9>&- || :\n}\n\n# done_with',
      '  :\n}\n\n# done_with',
    ],
    ['a run that was good is undone', '  if grep -q -x good "$current/journal"; then done_with kept; return; fi\n', ''],
  ]),
  ...of('answer.sh', [
    [
      'a run that is asked to stop leaves what it changed',
      '    yes) roll_back unexpected',
      '    never) roll_back unexpected',
    ],
    [
      'a rollback that failed is called restored',
      '  finish failed "$1" "$2; $(lost_by "$back")"',
      '  finish restored "$1" "$2; $(lost_by "$back")"',
    ],
    ['the folder in /run stays', '  if [ -n "$work" ]; then rm -rf "$work"; fi\n', ''],
  ]),
  ...of('machine.sh', [
    [
      'the kubelet may be in a pod',
      '  case $(cat "/proc/$pid/cgroup") in *kubepods*) refuse not-the-kubelet \'the process of kubelet.service is in a pod\' ;; esac\n',
      '',
    ],
    ['the kubelet may have other files', '  for each in mnt pid; do', '  for each in pid; do'],
    ['the kubelet may have another pid namespace', '  for each in mnt pid; do', '  for each in mnt; do'],
    ['the kubelet may be somebody else’s', `  [ "$(stat -c %u "/proc/$pid")" = 0 ] || refuse`, '  : || refuse'],
    [
      'the kubelet may have another root directory',
      `  [ "$(readlink "/proc/$pid/root")" = / ] || refuse`,
      '  : || refuse',
    ],
    ['the kubelet may be another program', '    kubelet | */kubelet) ;;\n', '    *) ;;\n'],
    [
      'several runs at once',
      "  flock -w 2 9 || refuse busy 'another remediation is under way on this node'\n",
      '  :\n',
    ],
    [
      'the home of another is taken',
      `!= '0 700 directory' ]; }; then refuse not-ours`,
      `!= '0 700 directory' ]; } && false; then refuse not-ours`,
    ],
    [
      'an unfinished run is not put back first',
      '  earlier=$(sh "$home/rescue.sh" restore now) || finish failed',
      '  earlier=$(:) || finish failed',
    ],
  ]),
  ...of('client-ca.sh', [
    [
      'the CA is not tried with openssl',
      '  ! command -v openssl >/dev/null || openssl x509 -in "$ca" -noout 2>/dev/null || refuse',
      '  : || refuse',
    ],
    [
      'not every certificate must be held',
      '    case $held in *" $each "*) ;; *) return 1 ;; esac\n',
      '    case $held in *" $each "*) return 0 ;; esac\n',
    ],
    [
      'the CAs that the kubelet names are not looked at',
      '    [ -n "$name" ] && grep -q -x -F "$name" "$work/names" || return 0\n',
      '    :\n',
    ],
    ['a kubelet that asks nobody is taken for one that does', '  [ -s "$work/names" ] || return 0\n', ''],
    [
      'a handshake that failed is taken for one',
      `  grep -q -E 'Cipher *(is|:) *[A-Z]' "$work/handshake" && ! grep -q 'Cipher is (NONE)' "$work/handshake" || return 0\n`,
      '',
    ],
  ]),
  ...of('edits.sh', [
    [
      'what else an edit changes is not looked at',
      `[ "$(sum "$work/flat.old")" = "$(sum "$work/flat.new")" ] || refuse`,
      ': || refuse',
    ],
    ['the edited value is not read back', `  [ "\${said#* }" = "$3" ] || refuse`, '  : || refuse'],
  ]),
  ...of('flow.sh', [
    [
      'exit code of restart ignored',
      'control 120 systemctl restart kubelet.service || roll_back',
      'control 120 systemctl restart kubelet.service || : roll_back',
    ],
    [
      'exit code of reload ignored',
      'control 60 systemctl daemon-reload || roll_back',
      'control 60 systemctl daemon-reload || : roll_back',
    ],
    [
      'a process that ended after it was well is not noticed',
      `  [ "$pid" = "$well" ] || roll_back not-back`,
      '  : || roll_back not-back',
    ],
    [
      'what runs is not asked for certificates',
      `  [ "$confirmed" != no ] || roll_back not-effective`,
      '  : || roll_back not-effective',
    ],
    ['every change is called confirmed', 'done_reason=restarted done_words=', 'done_reason=confirmed done_words='],
    ['the new arguments are not looked at', '  if ! effective=$(is_effective); then', '  if ! effective=$(:); then'],
    [
      'health is not waited for',
      '  well=$(sh "$home/rescue.sh" health "$stable" 9>&-) || roll_back',
      '  well=$(shown MainPID) || roll_back',
    ],
    ['a folder that cannot be written is not noticed', `  [ -w "$1" ] || refuse read-only`, '  : || refuse read-only'],
    ['a full disk is not noticed', `-ge 1024 ] || refuse disk-full`, '-ge 0 ] || refuse disk-full'],
    ['a disk that is full in /var is not noticed', '  room /var/lib\n', ''],
    [
      'a disk that is full beside the file is not noticed',
      '  if [ -d "${path%/*}" ]; then room "${path%/*}"; fi\n',
      '  :\n',
    ],
    [
      'a kubelet that is not well is restarted',
      `  sh "$work/rescue.sh" health @SETTLED_WITHIN@ >/dev/null 9>&- || refuse`,
      '  : || refuse',
    ],
    [
      'units that systemd has not read are put into effect',
      `  [ "$(shown NeedDaemonReload)" = no ] || refuse`,
      '  : || refuse',
    ],
    [
      'units that the kubelet has not read are put into effect',
      `  ! is_older_than "$work/list" || refuse`,
      '  : || refuse',
    ],
    [
      'files that the kubelet has not read are put into effect',
      `  ! is_older_than "$work/sources" || refuse`,
      '  : || refuse',
    ],
    ['what was armed fails and the change is made', `arm || roll_back not-armed`, `arm || : roll_back not-armed`],
    ['a dry run changes', `if [ "$mode" = dry-run ]; then finish`, `if [ "$mode" = never ]; then finish`],
  ]),
  ...of('plan.sh', [
    ['the API server is shut out', '  refuse no-client-ca', '  : refuse no-client-ca'],
    [
      'a kubelet whose CA is gone is restarted',
      `  case $held in '' | *!*) refuse ca-gone`,
      `  case $held in never) refuse ca-gone`,
    ],
    [
      'a null above the setting is replaced',
      `      [ -z "$above" ] || refuse null-above`,
      '      : || refuse null-above',
    ],
    [
      'a time in the future counts as it stands',
      `  [ "$at" -le "$(date +%s%N)" ] || at=$(stat -c %.9Z "$1" | tr -d .)\n`,
      '',
    ],
    [
      'an edit within ten seconds of the start is not seen',
      ' - (up - ticks - 2) * 10000000))',
      ' - (up - ticks - 1002) * 10000000))',
    ],
    ['a mode gives permissions', '$((0$has & 0644))', '$((0$has | 0644))'],
  ]),
  ...of('files.sh', [
    [
      'a symbolic link is followed',
      `  [ ! -L "$1" ] || refuse symbolic-link "$1 is a symbolic link"\n  [ -e`,
      '  [ -e',
    ],
    ['a file with a second name is edited', `  [ "$(stat -c %h "$1")" = 1 ] || refuse`, '  : || refuse'],
    ['what others may write is edited', `*) [ $((0$(stat -c %a "$1") & 022)) = 0 ] || refuse`, '*) : || refuse'],
    [
      'a folder that others may write is taken',
      `  [ $((0$(stat -c %a "$1") & 022)) = 0 ] || refuse writable-by-others "$1 can be written by others than root"\n}`,
      '}',
    ],
    [
      'a file of somebody else is edited',
      `*) [ "$(stat -c %u "$1")" = 0 ] || refuse not-root-owned`,
      '*) : || refuse not-root-owned',
    ],
    ['carriage returns are edited', `  [ "$(tr -d '\\r' <"$1" | wc -c)" -eq "$size" ] || refuse`, '  : || refuse'],
    ['NUL bytes are edited', `  [ "$(tr -d '\\000' <"$1" | wc -c)" -eq "$size" ] || refuse`, '  : || refuse'],
    ['a byte order mark is edited', `!= efbbbf ] || refuse`, '!= never ] || refuse'],
  ]),
  ...of('effective.sh', [
    [
      'null in a drop-in keeps what was before, in every version',
      '          if [ "$minor" -le 31 ]; then continue; fi\n',
      '          continue\n',
    ],
    ['null in a drop-in deletes, in every version', '          if [ "$minor" -le 31 ]; then continue; fi\n', ''],
    [
      'an unknown version is taken for a new one',
      `          [ -n "$minor" ] || refuse null`,
      '          [ -n "$minor" ] || minor=34 || refuse null',
    ],
    [
      'a version that merges in its own way is read',
      `[ "\${minor:-29}" -ge 29 ] || refuse`,
      `[ "\${minor:-29}" -ge 0 ] || refuse`,
    ],
  ]),
];
