# eks-kubelet-audit: puts back what an unfinished remediation changed on this node. The remediation runs it, and so do the next one, the boot before the
# kubelet, and a timer. The timer was armed before any change and repeats until it is done. The first one does the work, the others find nothing to do.
# It holds the lock of the remediation, its own or that of the run that started it, until it ends.
#   rescue.sh restore now|timer|boot    says nothing, kept, untouched, restored…, stuck or lost; exit code 1 while it is not done
#   rescue.sh health SECONDS            waits until one process of the kubelet was well for so long, and says its number; exit code 1 when none was
set -eu
health_within=@HEALTH_WITHIN@ settled_within=@SETTLED_WITHIN@ pause=@PAUSE@ lock_within=@LOCK_WITHIN@
# The process that started it may be gone.
trap '' PIPE

now() { read -r up _ </proc/uptime && echo "${up%%.*}"; }
say() { printf '%s\n' "$1" 2>/dev/null || :; }
# A full disk takes no line, and nothing waits for it.
note() { { printf '%s\n' "$1" >>"$current/journal" && persist "$current/journal"; } 2>/dev/null || :; }

# answers: whether the kubelet says that it is well; said is empty where it says nothing in time.
answers() {
  if command -v curl >/dev/null; then
    said=$(curl -q -s -m 3 --noproxy '*' http://127.0.0.1:10248/healthz 9>&-) || return 1
  else
    said=$(timeout 3 bash -c 'exec 3<>/dev/tcp/127.0.0.1/10248; printf "GET /healthz HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n" >&3; tail -n 1 <&3' 9>&- 2>/dev/null) || return 1
  fi
  [ "$said" = ok ]
}

# health SECONDS: one and the same process, well for so long: a kubelet may answer and end half a minute later. A late answer of a busy
# machine does not end the window of a process that is still the same. An answer that it is not well does.
health() {
  until=$(($(now) + health_within + $1))
  crashes=0
  process=
  while :; do
    pid=$(shown MainPID)
    said=none
    if [ "$(shown ActiveState)" = active ] && [ "${pid:-0}" != 0 ] && answers; then
      same="$pid $(shown NRestarts)"
      [ "$same" = "$process" ] || since=$(now)
      process=$same
      if [ $(($(now) - since)) -ge "$1" ]; then say "$pid"; return 0; fi
    else
      [ -z "$said" ] || process=
      case $(shown SubState) in
        # Nothing starts it again.
        failed | dead) return 1 ;;
        auto-restart*) crashes=$((crashes + 1)); [ "$crashes" -lt 6 ] || return 1 ;;
      esac
    fi
    [ "$(now)" -lt "$until" ] || return 1
    sleep "$pause" 9>&-
  done
}

# put_back PATH NUMBER SUM: the file is always the old or the new one, never half of one. The old one under its second name needs no room on the disk.
put_back() {
  next=$(beside "$1" "$2")
  if [ ! -f "$next" ] || [ -L "$next" ] || [ "$(sum "$next")" != "$3" ]; then
    rm -f "$next" && cp -a "$current/old.$2" "$next" && persist "$next" || return 1
  fi
  mv -f "$next" "$1" && persist "${1%/*}"
}

put_all_back() {
  while IFS=$tab read -r number kind path old new old_mode old_owner _; do
    ours "$number" "$path" || return 1
    rm -f "$(beside "$path" "$number").next"
    is=none
    [ ! -f "$path" ] || [ -L "$path" ] || is=$(sum "$path")
    case $kind in
      edit)
        if [ "$is" = "$new" ]; then put_back "$path" "$number" "$old" || return 1; touched=yes
        # Somebody else wrote it meanwhile, as nodeadm does at boot: theirs stays.
        elif [ "$is" != "$old" ]; then foreign=yes
        fi ;;
      create)
        if [ "$is" = "$new" ]; then
          rm -f "$path" && persist "${path%/*}" || return 1
          rmdir "${path%/*}" 2>/dev/null || :
          touched=yes
        elif [ "$is" != none ]; then foreign=yes
        fi ;;
      meta)
        if [ "$is" != none ] && [ "$(stat -c '%a %u:%g' "$path")" != "$old_mode $old_owner" ]; then
          chown "$old_owner" "$path" && chmod "$old_mode" "$path" && persist "$path" || return 1
          modes=yes
        fi ;;
    esac
  done <"$current/files"
}

# keep: what a command changed can be undone later, for 30 days. Each command has a copy of its own, and no copy is ever replaced.
keep() {
  if [ -f "$current/undoes" ]; then
    read -r copy <"$current/undoes" && rm -rf "${undo:?}/$copy"
    return 1
  fi
  [ -f "$current/run" ] && read -r run <"$current/run" && mkdir -p "$undo" || return 1
  copy=$(newest_copy "$run") number=0
  case $copy in *.*) number=${copy##*.} ;; esac
  mv "$current" "$undo/$run.$((number + 1))" && persist "$undo"
}

# Everything is settled by now; if it is interrupted here, the next run finishes it.
forget() {
  own=
  while IFS=$tab read -r number kind path _ _ old_mode old_owner mode owner; do
    ours "$number" "$path" || return 1
    [ "$kind" != edit ] || rm -f "$(beside "$path" "$number")"
    # A second name that is gone and a mode that is another change the time of a file, and that is no edit of others. What they touched before stays theirs.
    case $(stat -c '%a %u:%g' "$path" 2>/dev/null) in
      "$old_mode $old_owner" | "$mode $owner")
        grep -q -s -x -F -e "edited-since $path" -e "touched-since $path" "$current/newer" || own="$own$(stat -c %.9Z "$path") $path
" ;;
    esac
  done <"$current/files"
  rm -f "$boot_link" "$boot_unit"
  rm -rf "$home/gone"
  # Nobody may find half of it; the timer comes again until it is gone.
  { [ "$1" = kept ] && keep; } || mv "$current" "$home/gone" || return 1
  persist "$home" || return 1
  rm -rf "$home/gone"
  # On a full disk there is room only now.
  { tail -n 32 "$home/modes" || :; printf '%s' "$own"; } 2>/dev/null >"$home/modes.next" && mv -f "$home/modes.next" "$home/modes"
  sweep
  disarm
}
disarm() { systemctl stop "$timer.timer" "$timer-trial.timer" 2>/dev/null 9>&- || :; }

# done_with WORD
done_with() {
  forget "$1" || { note stuck; say stuck; return 1; }
  say "$1"
}

restore() {
  # A run that was ended after all was done may have left the timer.
  [ -d "$current" ] || { disarm; say nothing; return 0; }
  if grep -q -x good "$current/journal"; then done_with kept; return; fi

  touched='' modes='' foreign=''
  put_all_back 2>/dev/null || { note stuck; say stuck; return 1; }
  result=restored
  [ -z "$foreign" ] || result=restored-but-for-what-others-wrote
  # At boot no kubelet runs yet: the files are all there is.
  if [ "$1" = boot ]; then
    [ -z "$touched" ] || control 60 systemctl daemon-reload
    done_with "$result"
    return
  fi

  if [ -n "$touched" ] || grep -q -x restarting "$current/journal"; then
    # One that came back well since an earlier try is left alone.
    if [ -n "$touched" ] || ! grep -q -x restarted "$current/journal" || ! health "$settled_within" >/dev/null; then
      control 60 systemctl daemon-reload || :
      control 30 systemctl reset-failed kubelet.service || :
      control 120 systemctl restart kubelet.service || :
      note restarted
      # The backups stay for a person, and the timer tries again.
      health "$settled_within" >/dev/null || { note lost; say lost; return 1; }
    fi
    done_with "$result"
    return
  fi
  if [ -n "$modes" ]; then done_with restored; else done_with untouched; fi
}

# take_lock: a remediation, or the rescue that it left behind, that still holds the lock when the timer fires hangs.
take_lock() {
  exec 9>>"$home/lock"
  flock -w "$lock_within" 9 && return
  pid='' began=''
  read -r pid began <"$home/holder" || :
  [ -z "$began" ] || [ "$(cut -d ' ' -f 22 "/proc/$pid/stat")" != "$began" ] || kill -9 "$pid"
  flock -w 30 9
}

case ${1:-} in
  health) health "$2" ;;
  restore)
    [ "$2" = now ] || take_lock
    hold || :
    if restore "$2"; then exit 0; fi
    # After a boot nothing else would try again, and the timer of the run is set for the longest way forward.
    case $2 in boot) start_timer 30 ;; now) start_timer @AGAIN_AFTER@ ;; esac
    exit 1 ;;
  *) exit 2 ;;
esac
