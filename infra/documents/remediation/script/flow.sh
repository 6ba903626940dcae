# One run, from top to bottom.

count=0
ca=$usual_ca
: >index
: >targets
: >modes
look
keep_api_server_in
plan_modes
plan_settings
verify_settings

restarts=
if [ -s index ]; then
  restarts=yes
  # A restart would bring in what somebody else wrote, and the backup of that may keep the kubelet down.
  ! is_older_than sources || refuse edited-since 'files of the kubelet were changed after it had started: restart it first, and see that it runs with them'
elif is_older_than sources; then
  # The files may be right already.
  restarts=yes
  change restart '' kubelet 'started before its files were changed' 'restarted'
fi

if [ -z "$restarts" ] && [ ! -s modes ]; then
  if asked authentication.x509.clientCAFile; then confirm_ca; else confirmed=; fi
  [ "$confirmed" != no ] || leave not-effective "the files name the client CA, and the kubelet that runs $seen"
  unseen=
  [ -z "$settings" ] || unseen='; that it runs with it is not confirmed by that'
  [ -z "$confirmed" ] || unseen="; it asks for certificates of that CA${others:+; the other values are not confirmed yet}"
  finish already as-wanted "its arguments and files say what is wanted, and it was started after they were written$unseen"
fi
if [ "$mode" = confirm ]; then refuse not-as-wanted 'the arguments or files of the kubelet do not say what is wanted, or it runs on from before'; fi

if [ -n "$restarts" ]; then
  [ "$(shown NeedDaemonReload)" = no ] || refuse unit-changed 'the unit files of the kubelet were changed since systemd read them: look at them and run systemctl daemon-reload first'
  unit_files
  cut -f 2 units >list
  ! is_older_than list || refuse edited-since 'the unit of the kubelet, or a file with its arguments, was changed after it had started: restart it first, and see that it runs with that'
  ca_is_there
  sh ./rescue.sh health @SETTLED_WITHIN@ >/dev/null 9>&- || refuse not-well 'the kubelet is not well before anything is changed (http://127.0.0.1:10248/healthz): bring it up first'
fi

# room FOLDER: a megabyte for old and new, on a file system that can be written.
room() {
  [ -w "$1" ] || refuse read-only "$1 cannot be written"
  [ "$(df -Pk "$1" | awk 'NR == 2 { print $4 }')" -ge 1024 ] || refuse disk-full "less than a megabyte is free where $1 lies"
}
if [ -n "$restarts" ]; then
  room /etc
  room /var/lib
fi
while IFS=$tab read -r number path how; do
  if [ -d "${path%/*}" ]; then room "${path%/*}"; fi
done <index

if [ "$mode" = dry-run ]; then finish dry-run planned 'nothing was changed'; fi

# --- it is done

# What is armed is armed for modes, too: they are put back by the same.
prepare
step arming
arm || roll_back not-armed 'the rollback that fires by itself could not be armed'
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
  control 120 systemctl restart kubelet.service || roll_back not-back 'systemctl restart kubelet failed'
  step checking
  well=$(sh "$home/rescue.sh" health "$stable" 9>&-) || roll_back not-back "no process of the kubelet was well for $stable seconds"

  # What it runs with now: its new arguments, and the files that it started from. A refusal here is none of a file that is ours to refuse.
  if ! effective=$(is_effective); then
    roll_back not-effective "the kubelet came back without the wanted value: $(printf '%s\n' "$effective" | sed -n 's/^words=//p')"
  fi
  find_kubelet
  [ "$pid" = "$well" ] || roll_back not-back 'the kubelet ended after it had been well'
  confirmed=
  if asked authentication.x509.clientCAFile; then confirm_ca; fi
  [ "$confirmed" != no ] || roll_back not-effective "the kubelet came back and $seen"
  restarted="the kubelet was restarted with it, and was well for $stable seconds"
  done_reason=restarted done_words="$restarted; that it runs with the new values is not confirmed yet"
  if [ "$confirmed" = yes ]; then
    done_words="$restarted; it asks for certificates of the client CA${others:+; the other values are not confirmed yet}"
    [ -n "$others" ] || done_reason=confirmed
  fi
fi

# From here on the rescue keeps what was done.
step good
changing=kept
sh "$home/rescue.sh" restore now >/dev/null || :
finish changed "$done_reason" "$done_words"
