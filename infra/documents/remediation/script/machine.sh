# Whether this is a node whose kubelet can be fixed, and which process the kubelet is.

[ "$(id -u)" = 0 ] || refuse not-root 'the script does not run as root'
for tool in awk base64 date df find flock grep sed sha256sum stat sync systemctl systemd-run timeout; do
  command -v "$tool" >/dev/null || refuse no-tool "$tool is missing on this node"
done
command -v curl >/dev/null || command -v bash >/dev/null || refuse no-tool 'neither curl nor bash is here to ask the kubelet whether it is well'
[ -d /run/systemd/system ] || refuse not-systemd 'this node is not run by systemd'
[ "$(readlink /proc/self/ns/mnt)" = "$(readlink /proc/1/ns/mnt)" ] || refuse other-file-system 'this shell sees other files than the kubelet'

work=/run/eks-kubelet-audit.$$
rm -rf "$work"
mkdir -m 700 "$work"
# All that a run writes down for itself lies here, under plain names.
cd "$work"
cat >settings.awk <<'END_OF_SETTINGS'
@INCLUDE settings.awk@
END_OF_SETTINGS
cat >arguments.awk <<'END_OF_ARGUMENTS'
@INCLUDE arguments.awk@
END_OF_ARGUMENTS
{
  common_text
  cat <<'END_OF_RESCUE'
@INCLUDE rescue.sh@
END_OF_RESCUE
} >rescue.sh

# install_rescue: whole, or as it was.
install_rescue() {
  cp rescue.sh "$home/rescue.next"
  persist "$home/rescue.next"
  mv -f "$home/rescue.next" "$home/rescue.sh"
}

# One at a time; the rescue takes the same lock.
for each in "$home" "$undo"; do
  if [ -L "$each" ] || { [ -e "$each" ] && [ "$(stat -c '%u %a %F' "$each")" != '0 700 directory' ]; }; then refuse not-ours "$each is not a directory of root's alone"; fi
done
changes=
case $mode in
  apply | put-back | undo) changes=yes ;;
  keep) [ ! -d "$current" ] || changes=yes ;;
esac
if [ -n "$changes" ]; then
  mkdir -p "$home"
  exec 9>>"$home/lock"
elif [ -e "$home/lock" ]; then
  exec 9<"$home/lock"
fi
if [ -e "$home/lock" ]; then
  # A rollback that is about to end is waited for.
  flock -w 2 9 || refuse busy 'another remediation is at work here'
fi
sweep

# A change is on trial until its *keep* comes: the timer, a boot or the undo of its run puts it back.
trial=
if [ -d "$current" ] && [ "$(tail -n 1 "$current/journal")" = trial ]; then trial=$(cat "$current/run"); fi
case $mode.$trial in
  put-back.) refuse not-on-trial 'no change waits here to be kept' ;;
  *. | "keep.$run" | "put-back.$run" | "undo.$run") ;;
  "apply.$run") on_trial; finish changed on-trial 'a change of this run waits to be kept' ;;
  *) refuse on-trial "a change of run $trial waits to be kept, or is put back within ten minutes" ;;
esac
if [ -d "$current" ] && [ "$mode.$trial" != "keep.$run" ]; then
  [ -n "$changes" ] || refuse unfinished 'an earlier remediation did not end: its timer or the next apply puts back what it left'
  install_rescue
  earlier=$(sh "$home/rescue.sh" restore now) || finish failed earlier-lost "an earlier remediation did not end; $(lost_by "$earlier")"
  report="$report
earlier=$(printable "$earlier" 40)"
  if [ -n "$trial" ]; then
    still_left left
    finish undone put-back 'its change was not kept yet, and everything is as it was'
  fi
fi

if [ -n "$changes" ] && [ -d "$undo" ]; then find "$undo" -mindepth 1 -maxdepth 1 -mtime +29 -exec rm -rf {} +; fi
edited=
lets_in=yes
if [ "$mode" = undo ]; then
  undo_of=$(newest_copy "$run")
  [ -f "$undo_of/files" ] || refuse no-undo 'nothing is kept of that run: it changed nothing here, was undone or is too old'
  settings=$(cat "$undo_of/settings") modes=
  # What it changed; a release before wrote down only what was asked for.
  edited=$(cat "$undo_of/edited" 2>/dev/null) || edited=$(printf '%s\n' "$settings" | grep -x authentication.x509.clientCAFile) || :
fi

# is_well: undo needs no kubelet that runs. What one that is down was started with is written down.
is_well=yes
if [ "$mode" = undo ] && ! sh ./rescue.sh health @SETTLED_WITHIN@ >/dev/null 9>&-; then
  is_well=
  [ -s "$home/arguments" ] || is_well=unknown
fi

stranger() { refuse not-the-kubelet "the process of kubelet.service $1"; }

# find_kubelet: sets pid and writes its arguments, one a line. Of one that is down pid is empty, and these are its last ones.
find_kubelet() {
  if [ -z "$is_well" ]; then
    pid=''
    cat "$home/arguments" >arguments
    return
  fi
  [ "$(shown LoadState)" = loaded ] || refuse no-unit 'systemd has no kubelet.service here'
  pid=$(shown MainPID)
  case $pid in '' | 0 | *[!0-9]*) refuse not-running 'kubelet.service does not run' ;; esac
  case $(cat "/proc/$pid/cgroup") in *kubepods*) stranger 'is in a pod' ;; esac
  for each in mnt pid; do
    [ "$(readlink "/proc/$pid/ns/$each")" = "$(readlink "/proc/1/ns/$each")" ] || stranger "has another $each namespace than the host"
  done
  [ "$(stat -c %u "/proc/$pid")" = 0 ] || stranger 'is not root'
  [ "$(readlink "/proc/$pid/root")" = / ] || stranger 'has another root directory'
  tr '\000\n' '\n\001' <"/proc/$pid/cmdline" >arguments
  ! grep -q "$(printf '\001')" arguments || refuse odd-arguments 'an argument of the kubelet has a line break'
  case $(head -n 1 arguments) in
    kubelet | */kubelet) ;;
    *) stranger "is $(head -n 1 arguments)" ;;
  esac
}
