# It is done: under backup and rollback, and looked at afterwards.

step() {
  printf '%s\n' "$1" >>"$current/journal"
  persist "$current/journal"
}

# The whole plan, complete on disk before it counts. A line has number, kind, path, old and new sum, old mode and owner,
# new mode and owner.
prepare() {
  install_rescue
  rm -rf "$home/preparing" "$home/gone"
  mkdir "$home/preparing"
  while IFS=$tab read -r number path how; do
    cp "new.$number" "$home/preparing/new.$number"
    if [ "$how" != create ]; then
      cp -a "$path" "$home/preparing/old.$number"
      [ "$(sum "$home/preparing/old.$number")" = "$(sum "old.$number")" ] || refuse unsteady "$path was changed meanwhile"
      from="$(stat -c '%a' "$path")$tab$(stat -c '%u:%g' "$path")"
      to=$(awk -F "$tab" -v path="$path" '$1 == path { print $2 "\t" $3 }' modes)
      after=none
      [ "$how" = remove ] || after=$(sum "new.$number")
      printf '%s\tedit\t%s\t%s\t%s\t%s\t%s\n' "$number" "$path" "$(sum "old.$number")" "$after" "$from" "${to:-$from}" >&3
    else
      printf '%s\tcreate\t%s\t-\t%s\t-\t-\t644\t0:0\n' "$number" "$path" "$(sum "new.$number")" >&3
    fi
  done <index 3>"$home/preparing/files"
  while IFS=$tab read -r path to to_owner; do
    grep -q -F "$tab$path$tab" "$home/preparing/files" ||
      printf '%s\tmeta\t%s\t-\t-\t%s\t%s\t%s\t%s\n' - "$path" "$(stat -c '%a' "$path")" "$(stat -c '%u:%g' "$path")" "$to" "$to_owner" >>"$home/preparing/files"
  done <modes
  printf '%s\n' "$settings" >"$home/preparing/settings"
  printf '%s' "$edited" >"$home/preparing/edited"
  echo "$lets_in" >"$home/preparing/lets-in"
  if [ "$mode" = undo ]; then echo "${undo_of##*/}" >"$home/preparing/undoes"; else echo "$run" >"$home/preparing/run"; fi
  cp newer "$home/preparing/newer"
  printf 'prepared\n' >"$home/preparing/journal"
  hold
  sync
  changing=yes
  mv "$home/preparing" "$current"
  persist "$home"
}

# The rollback, which fires even if this script, the agent or SSM ends; and at boot, before the kubelet.
# Each step says itself whether it worked: `set -e` does not hold in a function that is asked for its success.
arm() {
  start_timer $((@ROLLBACK_AFTER@ + stable)) || return 1
  printf '%s\n' '[Unit]' 'Description=eks-kubelet-audit: rollback' \
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
  # In a folder whose times say nothing: a write that fails there is no change of what the kubelet reads.
  next=$(beside "$2" "$number").next
  rm -f "$next" || return 1
  case $1 in
    edit)
      why=not-written because='was changed by somebody else'
      [ "$(sum "$2")" = "$3" ] || return 1
      # What has no second name in its folder can be neither replaced nor put back.
      why=not-replaceable because='cannot be replaced: it is mounted, immutable or without links'
      old=$(beside "$2" "$number")
      { rm -f "$old" && ln "$2" "$old"; } 2>/dev/null || return 1
      why=not-written because='could not be written'
      if [ "$4" = none ]; then rm -f "$2" && persist "${2%/*}"; return; fi
      cp -a "$2" "$next" || return 1 ;;
    create) [ -d "${2%/*}" ] || mkdir -m 755 "${2%/*}" || return 1 ;;
  esac
  cat "$current/new.$number" >"$next" || return 1
  # From another file system it would not be one rename.
  [ "$(stat -c %d "$next")" = "$(stat -c %d "${2%/*}")" ] || return 1
  chown "$8" "$next" && chmod "$7" "$next" || return 1
  [ "$(sum "$next")" = "$4" ] || return 1
  persist "$next"
  mv -f "$next" "$2" || return 1
  persist "${2%/*}"
}

write_all() {
  while IFS=$tab read -r number how path old new from from_owner to to_owner; do
    why=not-written because='could not be written'
    step "writing $path"
    case $how in
      meta) chown "$to_owner" "$path" && chmod "$to" "$path" && persist "$path" || return 1 ;;
      *) write_file "$how" "$path" "$old" "$new" "$from" "$from_owner" "$to" "$to_owner" || return 1 ;;
    esac
  done 2>/dev/null <"$current/files"
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
  refuse() { echo "$2"; exit 1; }
  look
  changed_since >newer
  ! grep -q ^edited-since newer || refuse not-effective 'it was not restarted since'
  [ "$mode" = undo ] || for each_setting in $settings; do
    resolve "$each_setting"
    [ "$verdict" = good ] || refuse not-effective "$each_setting"
  done
  [ "$(other_arguments arguments)" = "$(other_arguments arguments.before)" ] || refuse not-effective 'other arguments have changed, too'
}
