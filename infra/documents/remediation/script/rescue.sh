#!/bin/sh
# eks-kubelet-audit: puts back what an unfinished remediation changed on this node. It is run by the remediation itself, by the timer that was armed
# before anything was changed, at boot before the kubelet, and by the next remediation; whoever comes first does it, the others find nothing to do.
#   rescue.sh restore now|timer|boot    says nothing, kept, untouched, restored… or lost; exit code 1 when the kubelet is not well afterwards
#   rescue.sh health                    waits until the kubelet runs and says that it is well; exit code 1 when it does not
set -eu
health_within=@HEALTH_WITHIN@ pause=@PAUSE@ lock_within=@LOCK_WITHIN@
PATH=/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
export PATH LC_ALL
set -f
umask 077
tab=$(printf '\t')

home=/var/lib/eks-kubelet-audit/remediation
current=$home/current
timer=eks-kubelet-audit-rollback
boot_unit=/etc/systemd/system/eks-kubelet-audit-rollback-boot.service
boot_link=/etc/systemd/system/multi-user.target.wants/eks-kubelet-audit-rollback-boot.service

# An old sync knows no -f and takes all there is.
persist() { sync -f "$1" 2>/dev/null || sync; }
now() { read -r up _ </proc/uptime && echo "${up%%.*}"; }
# The lock is ours alone: a child that hangs must not hold it.
control() { timeout -k 5 120 systemctl "$@" 2>/dev/null 9>&-; }
shown() { systemctl show kubelet.service -p "$1" 9>&- | sed -n "s/^$1=//p"; }
sum() { sha256sum <"$1" | cut -c 1-64; }

answers() {
  if command -v curl >/dev/null; then
    said=$(curl -q -s -m 3 --noproxy '*' http://127.0.0.1:10248/healthz 9>&-) || return 1
  else
    said=$(timeout 3 bash -c 'exec 3<>/dev/tcp/127.0.0.1/10248; printf "GET /healthz HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n" >&3; tail -n 1 <&3' 9>&- 2>/dev/null) || return 1
  fi
  [ "$said" = ok ]
}

# The same process well several times in a row: a kubelet may answer once and then exit.
health() {
  until=$(($(now) + health_within))
  times=0
  crashes=0
  process=
  while :; do
    pid=$(shown MainPID)
    if [ "$(shown ActiveState)" = active ] && [ "${pid:-0}" != 0 ] && answers; then
      [ "$pid" = "$process" ] || times=0
      process=$pid
      times=$((times + 1))
      [ "$times" -lt 3 ] || return 0
    else
      times=0
      case $(shown SubState) in
        failed) return 1 ;;
        auto-restart*) crashes=$((crashes + 1)); [ "$crashes" -lt 6 ] || return 1 ;;
      esac
    fi
    [ "$(now)" -lt "$until" ] || return 1
    sleep "$pause" 9>&-
  done
}

# put_back PATH BACKUP: the file is always the old or the new one, never half of one.
put_back() {
  next=${1%/*}/.eks-kubelet-audit.next
  rm -f "$next"
  cp -a "$2" "$next"
  persist "$next"
  mv -f "$next" "$1"
  persist "${1%/*}"
}

put_all_back() {
  while IFS=$tab read -r number kind path old new old_mode old_owner _; do
    rm -f "${path%/*}/.eks-kubelet-audit.next"
    is=none
    [ ! -f "$path" ] || [ -L "$path" ] || is=$(sum "$path")
    case $kind in
      edit)
        if [ "$is" = "$new" ]; then put_back "$path" "$current/old.$number"; touched=yes
        # Somebody else wrote it meanwhile, as nodeadm does at boot: theirs stays.
        elif [ "$is" != "$old" ]; then foreign=yes
        fi ;;
      create)
        if [ "$is" = "$new" ]; then rm -f "$path"; persist "${path%/*}"; rmdir "${path%/*}" 2>/dev/null || :; touched=yes
        elif [ "$is" != none ]; then foreign=yes
        fi ;;
      meta)
        if [ "$is" != none ]; then chmod "$old_mode" "$path"; chown "$old_owner" "$path"; fi ;;
    esac
  done <"$current/files"
}

# Everything is settled by now; what ends here early is finished by whoever comes next.
forget() {
  rm -f "$boot_link" "$boot_unit"
  rm -rf "$home/gone"
  # Nobody may find half of it.
  mv "$current" "$home/gone"
  persist "$home"
  rm -rf "$home/gone"
  systemctl stop "$timer.timer" 2>/dev/null 9>&- || :
}

restore() {
  [ -d "$current" ] || { echo nothing; return 0; }
  if grep -q -x good "$current/journal"; then
    forget
    echo kept
    return 0
  fi

  touched=
  foreign=
  put_all_back
  result=restored
  [ -z "$foreign" ] || result=restored-but-for-what-others-wrote
  if [ "$1" = boot ]; then
    [ -z "$touched" ] || control daemon-reload
    forget
    echo "$result"
    return 0
  fi
  if [ -n "$touched" ] || grep -q -x restarting "$current/journal"; then
    control daemon-reload || :
    control reset-failed kubelet.service || :
    control restart kubelet.service || :
    # The backups stay for a person, and the next run tries again.
    health || { echo lost | tee -a "$current/journal"; return 1; }
    forget
    echo "$result"
    return 0
  fi
  forget
  echo untouched
}

# A remediation that still holds the lock when the timer fires hangs.
take_lock() {
  exec 9>>"$home/lock"
  flock -w "$lock_within" 9 && return
  read -r pid began <"$home/holder"
  [ "$(cut -d ' ' -f 22 "/proc/$pid/stat")" != "$began" ] || kill -9 "$pid"
  flock -w 30 9
}

case ${1:-} in
  health) health ;;
  restore)
    [ "$2" = now ] || take_lock
    restore "$2" ;;
  *) exit 2 ;;
esac
