#!/bin/sh
# What the remediation and its rescue share: it comes before each of them.
set -eu
PATH=/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
export PATH LC_ALL
set -f
umask 077
tab=$(printf '\t')

home=/var/lib/eks-kubelet-audit/remediation
current=$home/current
undo=/var/lib/eks-kubelet-audit/undo
timer=eks-kubelet-audit-rollback
boot_unit=/etc/systemd/system/eks-kubelet-audit-rollback-boot.service
boot_link=/etc/systemd/system/multi-user.target.wants/eks-kubelet-audit-rollback-boot.service

# An old sync knows no -f and takes all there is.
persist() { sync -f "$1" 2>/dev/null || sync; }
sum() { sha256sum <"$1" | cut -c 1-64; }
# The lock is ours alone: a child that hangs must not hold it.
shown() { systemctl show kubelet.service -p "$1" 9>&- | sed -n "s/^$1=//p"; }
control() { timeout -k 5 "$@" 2>/dev/null 9>&-; }

# In the kubelet's own folders, and spelled so that it needs no quoting anywhere.
matches() { [ "${#1}" -le 255 ] && printf '%s\n' "$1" | grep -q -x -E "$2"; }
is_kubelet_path() { matches "$1" '/(etc/kubernetes|etc/eksctl|etc/eks|var/lib/kubelet)(/[A-Za-z0-9][A-Za-z0-9._-]*)+'; }
is_unit_path() { matches "$1" '/etc/systemd/system/kubelet\.service(\.d/[A-Za-z0-9][A-Za-z0-9._-]*\.conf)?'; }
is_environment_path() { matches "$1" '/etc/(eks/kubelet/environment|(sysconfig|default)/kubelet)'; }

# ours NUMBER PATH: what the journal names is confined as what is changed: nothing else is ever written, removed or given away, and through no link.
ours() {
  case $1 in - | [1-9] | [1-9][0-9]) ;; *) return 1 ;; esac
  { is_kubelet_path "$2" || is_unit_path "$2" || is_environment_path "$2"; } && [ "$(readlink -f "${2%/*}")" = "${2%/*}" ]
}

# beside FILE NUMBER: where the old file waits, under a second name, until the new one is known to be good. Its bytes need no room any more. It is in a
# folder whose times say nothing: to remove it there is no change of what the kubelet reads.
beside() {
  case $1 in /var/*) echo "/var/lib/kubelet/.eks-kubelet-audit.old.$2" ;; *) echo "/etc/.eks-kubelet-audit.old.$2" ;; esac
}

# hold: writes down who has the lock, by number and start, over the old content: that needs no room.
hold() { printf '%s %-20s\n' "$$" "$(cut -d ' ' -f 22 "/proc/$$/stat")" 2>/dev/null 1<>"$home/holder"; }

# start_timer SECONDS [NAME]: runs the rescue then, and again every so often until there is nothing left to put back.
start_timer() {
  unit=$timer${2:-}
  tries=0
  # The one before may be about to end: systemd knows its name for a moment longer.
  while :; do
    systemctl stop "$unit.timer" 2>/dev/null 9>&- || :
    systemctl reset-failed "$unit.timer" "$unit.service" 2>/dev/null 9>&- || :
    if systemd-run --unit="$unit" --on-active="$1" --on-unit-inactive=@AGAIN_AFTER@ --timer-property=AccuracySec=1s \
      --description='eks-kubelet-audit: rollback' /bin/sh "$home/rescue.sh" restore timer >/dev/null 2>&1 9>&-; then break; fi
    tries=$((tries + 1))
    [ "$tries" -lt 5 ] || return 1
    sleep 1 9>&-
  done
  systemctl is-active --quiet "$unit.timer" 9>&-
}

# newest_copy RUN: the previous files that the last command of a run left, RUN.1, RUN.2…; a release before kept one, RUN.
copies() { find "$undo" -mindepth 1 -maxdepth 1 "$@" 2>/dev/null || :; }
newest_copy() { copies '(' -name "$1" -o -name "$1.*" ')' | sort -t . -k 2n | tail -n 1; }

# forget_overwritten: drops each copy of which nothing is left on the node, as where nodeadm writes its files at a boot. One under another copy stays.
forget_overwritten() {
  copies -printf '%T@ %f\n' | sort -rn | while read -r _ copy; do
    left=
    while IFS=$tab read -r _ kind path _ new _; do
      is=none
      [ ! -f "$path" ] || is=$(sum "$path")
      if [ "$kind" = meta ] || [ "$is" = "$new" ] || grep -r -q -F "$tab$path$tab$new$tab" "$undo"; then left=yes; fi
    done <"$undo/$copy/files"
    [ -n "$left" ] || rm -rf "${undo:?}/$copy"
  done
}

# sweep: folders of runs that were killed.
sweep() {
  find /run -maxdepth 1 -name 'eks-kubelet-audit.*' | while IFS= read -r left; do
    [ -d "/proc/${left##*.}" ] || rm -rf "$left"
  done
}
