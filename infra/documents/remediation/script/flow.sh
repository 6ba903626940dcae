# One run, from top to bottom.

count=0
ca=$usual_ca
: >index
: >targets
: >adding
: >modes
look
keep_api_server_in
if [ "$mode" = undo ]; then
  plan_undo
else
  keep_tokens_in
  plan_modes
  plan_settings
  [ ! -s adding ] || add_arguments
  verify_settings
fi
unchanged

restarts=
[ ! -s index ] || restarts=yes

# known_arguments: written down for an undo that finds no kubelet.
known_arguments() { { cp arguments "$home/arguments.next" && mv -f "$home/arguments.next" "$home/arguments"; } 2>/dev/null || :; }

if [ "$mode" = undo ] && [ -z "$restarts" ] && [ ! -s modes ]; then
  rm -rf "${undo:?}/${undo_of##*/}"
  still_left left
  finish undone as-before 'all is as it was before that run: nothing was touched'
fi
if [ -z "$restarts" ] && [ ! -s modes ]; then
  confirm
  [ "$confirmed" != no ] || leave not-effective "the files name the client CA, and the kubelet $seen"
  [ -n "$settings" ] || as_seen=
  if [ -n "$trial" ]; then
    sh ./rescue.sh health @SETTLED_WITHIN@ >/dev/null 9>&- || refuse not-well 'the kubelet is not well'
    known_arguments
    done_outcome=kept done_reason=kept done_words="the change is kept$as_seen"
    step good
    changing=kept
    sh "$home/rescue.sh" restore now >/dev/null || :
    still_left undo
    finish kept "$done_reason" "$done_words"
  fi
  finish already as-wanted "arguments and files say what is wanted, and it started after they were written$as_seen"
fi
if [ "$mode" = keep ]; then refuse not-as-wanted 'arguments or files of the kubelet do not say what is wanted'; fi

if [ -n "$restarts" ]; then
  [ "$(shown NeedDaemonReload)" = no ] || refuse unit-changed 'systemd has not read the unit files as they are: look at them, and run systemctl daemon-reload first'
  if [ "$mode" != undo ]; then
    ca_is_there
    sh ./rescue.sh health @SETTLED_WITHIN@ >/dev/null 9>&- || refuse not-well 'the kubelet is not well (http://127.0.0.1:10248/healthz): bring it up first'
  elif [ "$is_well" = yes ]; then ca_is_there; fi
fi

# room FOLDER: a megabyte for old and new, on a file system that can be written.
room() {
  [ -w "$1" ] || refuse read-only "$1 cannot be written"
  [ "$(df -Pk "$1" | awk 'NR == 2 { print $4 }')" -ge 1024 ] || refuse disk-full "less than a megabyte is free in $1"
}
if [ -n "$restarts" ]; then
  room /etc
  room /var/lib
fi
while IFS=$tab read -r number path how; do
  if [ -d "${path%/*}" ]; then room "${path%/*}"; fi
done <index

is_full() { [ "$mode" != undo ] && [ "$(copies | wc -l)" -ge 8 ]; }
if is_full; then forget_overwritten; fi
if is_full; then
  refuse undo-full "eight commands can be undone here: undo one, or remove a folder from $undo"
fi
if [ "$mode" = dry-run ]; then finish dry-run planned 'nothing was changed'; fi

# --- it is done

# What is armed is armed for modes, too: they are put back by the same.
prepare
step arming
arm || roll_back not-armed 'the rollback could not be armed'
step armed
write_all || roll_back "$why" "$path $because"
step written
done_reason=modes done_words='mode and owner are as wanted, and nothing was restarted'

if [ -n "$restarts" ]; then
  cp arguments arguments.before
  step restarting
  control 60 systemctl daemon-reload || roll_back no-reload 'systemctl daemon-reload failed'
  # Restarts by others shortly before must not make this one be refused.
  control 30 systemctl reset-failed kubelet.service || :
  if [ "$is_well" != yes ]; then
    # It was down: the files before are back, whatever becomes of it.
    control 120 systemctl restart kubelet.service || :
    done_reason=restarted done_words='the previous files are back, and the kubelet is well'
    sh "$home/rescue.sh" health "$stable" >/dev/null 9>&- || done_reason=not-well done_words='the previous files are back, and the kubelet is not well, as before'
  else
    control 120 systemctl restart kubelet.service || roll_back not-back 'systemctl restart kubelet failed'
    step checking
    well=$(sh "$home/rescue.sh" health "$stable" 9>&-) || roll_back not-back "no process of the kubelet was well for $stable seconds"

    # What it runs with now: its new arguments, and the files that it started from. A refusal here is none of a file that is ours to refuse.
    if ! effective=$(is_effective); then
      roll_back not-effective "the kubelet came back without the wanted value: $effective"
    fi
    find_kubelet
    [ "$pid" = "$well" ] || roll_back not-back 'the kubelet ended after it had been well'
    confirm
    [ "$confirmed" != no ] || roll_back not-effective "the kubelet came back and $seen"
    done_reason=restarted done_words="the kubelet was restarted with it, and was well for $stable seconds$as_seen"
    [ "$confirmed$others" != yes ] || done_reason=confirmed
  fi
fi

# The caller looks from outside, and has this long to say *keep*. The second timer is armed before the first one ends.
if [ -n "$restarts" ] && [ "$mode" = apply ]; then
  start_timer @KEEP_WITHIN@ -trial || roll_back not-armed 'the trial could not be armed'
  step trial
  systemctl stop "$timer.timer" 2>/dev/null 9>&- || :
  on_trial
  finish changed "$done_reason" "$done_words"
fi

# From here on the rescue keeps what was done.
step good
changing=kept
sh "$home/rescue.sh" restore now >/dev/null || :
if [ "$mode" = undo ]; then
  [ "$is_well" != yes ] || [ -z "$restarts" ] || known_arguments
  still_left left
else still_left undo; fi
finish changed "$done_reason" "$done_words"
