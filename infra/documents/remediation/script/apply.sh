# It is done: under backup and rollback, and looked at afterwards.

step() {
  printf '%s\n' "$1" >>"$current/journal"
  persist "$current/journal"
}

# All that is to be done, whole on disk before it begins to count: number, kind, path, old and new sum, old mode and owner, new mode and owner.
prepare() {
  cp "$work/rescue.sh" "$home/rescue.next"
  persist "$home/rescue.next"
  mv -f "$home/rescue.next" "$home/rescue.sh"
  rm -rf "$home/preparing" "$home/gone"
  mkdir "$home/preparing"
  while IFS="$tab" read -r number path how; do
    cp "$work/new.$number" "$home/preparing/new.$number"
    if [ "$how" = edit ]; then
      cp -a "$path" "$home/preparing/old.$number"
      [ "$(sum "$home/preparing/old.$number")" = "$(sum "$work/old.$number")" ] || refuse unsteady "$path was changed meanwhile"
      from="$(stat -c '%a' "$path")$tab$(stat -c '%u:%g' "$path")"
      to=$(awk -F "$tab" -v path="$path" '$1 == path { print $2 "\t" $3 }' "$work/modes")
      printf '%s\tedit\t%s\t%s\t%s\t%s\t%s\n' "$number" "$path" "$(sum "$work/old.$number")" "$(sum "$work/new.$number")" "$from" "${to:-$from}" >&3
    else
      printf '%s\tcreate\t%s\t-\t%s\t-\t-\t644\t0:0\n' "$number" "$path" "$(sum "$work/new.$number")" >&3
    fi
  done <"$work/index" 3>"$home/preparing/files"
  while IFS="$tab" read -r path to to_owner; do
    grep -q -F "$tab$path$tab" "$home/preparing/files" ||
      printf '%s\tmeta\t%s\t-\t-\t%s\t%s\t%s\t%s\n' - "$path" "$(stat -c '%a' "$path")" "$(stat -c '%u:%g' "$path")" "$to" "$to_owner" >>"$home/preparing/files"
  done <"$work/modes"
  printf 'prepared\n' >"$home/preparing/journal"
  printf '%s %s\n' "$$" "$(cut -d ' ' -f 22 "/proc/$$/stat")" >"$home/holder"
  sync
  changing=yes
  mv "$home/preparing" "$current"
  persist "$home"
}

# The rollback that fires by itself, whatever becomes of this script, the agent or SSM; and at boot, before the kubelet.
# Each step says itself whether it worked: `set -e` does not hold in a function that is asked for its success.
arm() {
  tries=0
  # The one before may be about to end: systemd knows its name for a moment longer.
  while :; do
    systemctl stop "$timer.timer" 2>/dev/null 9>&- || :
    systemctl reset-failed "$timer.timer" "$timer.service" 2>/dev/null 9>&- || :
    if systemd-run --unit="$timer" --on-active="$rollback_after" --timer-property=AccuracySec=1s \
      --description='eks-kubelet-audit: puts the kubelet back as it was' /bin/sh "$home/rescue.sh" restore timer >/dev/null 2>&1 9>&-; then break; fi
    tries=$((tries + 1))
    [ "$tries" -lt 5 ] || return 1
    sleep 1 9>&-
  done
  systemctl is-active --quiet "$timer.timer" 9>&- || return 1

  printf '%s\n' '[Unit]' 'Description=eks-kubelet-audit: puts the kubelet back as it was' \
    "ConditionPathExists=$current" "RequiresMountsFor=$home" \
    'Before=kubelet.service nodeadm-boot-hook.service nodeadm-config.service nodeadm-run.service' \
    '[Service]' 'Type=oneshot' "ExecStart=/bin/sh $home/rescue.sh restore boot" >"$boot_unit" || return 1
  chmod 644 "$boot_unit" || return 1
  [ -d "${boot_link%/*}" ] || mkdir -m 755 "${boot_link%/*}" || return 1
  ln -s -f "$boot_unit" "$boot_link" || return 1
  persist "$boot_unit"
}

# write_file edit|create PATH OLD NEW - - MODE OWNER
write_file() {
  next=${2%/*}/.eks-kubelet-audit.next
  rm -f "$next" || return 1
  case $1 in
    edit)
      [ "$(sum "$2")" = "$3" ] || return 1
      cp -a "$2" "$next" || return 1 ;;
    create) [ -d "${2%/*}" ] || mkdir -m 755 "${2%/*}" || return 1 ;;
  esac
  cat "$current/new.$number" >"$next" || return 1
  chown "$8" "$next" && chmod "$7" "$next" || return 1
  [ "$(sum "$next")" = "$4" ] || return 1
  persist "$next"
  mv -f "$next" "$2" || return 1
  persist "${2%/*}"
}

write_all() {
  while IFS="$tab" read -r number how path old new from from_owner to to_owner; do
    step "writing $path"
    case $how in
      meta) { chown "$to_owner" "$path" && chmod "$to" "$path"; } || return 1 ;;
      *) write_file "$how" "$path" "$old" "$new" "$from" "$from_owner" "$to" "$to_owner" || return 1 ;;
    esac
  done <"$current/files"
}

# other_arguments FILE: all but those that this script may have changed.
other_arguments() {
  flags=
  for each_setting in $settings serverTLSBootstrap; do
    about "$each_setting"
    flags="$flags $flag"
  done
  awk -v flags="$flags " '{
    name = $0
    sub(/=.*/, "", name)
    gsub(/_/, "-", name)
    if (!index(flags, " " substr(name, 3) " ")) print
  }' "$1"
}

# is_effective: in a process of its own, whose refusals are words only.
is_effective() {
  trap - EXIT
  changing=
  look
  for each_setting in $settings; do
    resolve "$each_setting"
    [ "$verdict" = good ] || refuse not-effective "$each_setting"
  done
  [ "$(other_arguments "$work/arguments")" = "$(other_arguments "$work/arguments.before")" ] || refuse not-effective 'other arguments than those that were to be fixed have changed'
}

prepare
if [ -n "$restarts" ]; then
  step arming
  arm || roll_back not-armed 'the rollback that fires by itself could not be armed'
  step armed
fi
write_all || roll_back not-written 'a file was changed by somebody else, or could not be written'
step written

if [ -n "$restarts" ]; then
  old_pid=$pid
  cp "$work/arguments" "$work/arguments.before"
  step restarting
  timeout -k 5 60 systemctl daemon-reload 2>/dev/null 9>&- || roll_back no-reload 'systemctl daemon-reload failed'
  # Restarts by others shortly before must not make this one be refused.
  systemctl reset-failed kubelet.service 2>/dev/null 9>&- || :
  timeout -k 5 120 systemctl restart kubelet.service 2>/dev/null 9>&- || roll_back not-back 'systemctl restart kubelet failed'
  step checking
  sh "$home/rescue.sh" health 9>&- || roll_back not-back 'the kubelet did not come back well'

  # What it runs with now: its new arguments, and the files that it started from. A refusal here is none of a file that is ours to refuse.
  if ! effective=$(is_effective); then
    roll_back not-effective "the kubelet came back without the wanted value: $(printf '%s\n' "$effective" | sed -n 's/^words=//p')"
  fi
  find_kubelet
  [ "$pid" != "$old_pid" ] || roll_back not-effective 'the kubelet was not restarted'
fi

# From here on the rescue keeps what was done.
step good
changing=kept
sh "$home/rescue.sh" restore now 9>&- >/dev/null
finish changed fixed "$as_wanted"
