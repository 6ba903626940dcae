# What was changed since the kubelet started, and is in effect only after its next start.

# file_times PATH PLACE KIND: a line of seen for when that was written, and when anything about it changed; of a link itself, not of what it names.
file_times() {
  if [ "$3" != above ] && covered "$1" "$3"; then echo "- - $1"; else echo "$(stat -c '%.9Y %.9Z' "$2" 2>/dev/null || echo - -) $1"; fi >>seen
}

# look_at KIND: of each path on stdin, and of what it leads to, since a file of systemd's may be a link.
look_at() {
  while IFS= read -r file; do
    file=${file#"$root"}
    file=${file%/}
    file_times "$file" "$root$file" "$1"
    [ "$1" = above ] || folder_times "$file"
    [ ! -L "$root$file" ] || readlink -f "$root$file" | look_at "$1"
  done
}

# changed_since: all that decides what the next start reads, and is newer than the process or may be. Lines of `edited-since PATH`, or of
# `touched-since PATH` where only a mode, an owner or a label may be another.
changed_since() {
  : >seen
  mounts=$(mounts_of "$pid") || :
  told=
  look_at file <sources
  cut -f 2 units | look_at file
  # The program itself may be a mount of its own.
  look_at above <programs
  for folder in $config_directory /etc/systemd/system/kubelet.service.d /run/systemd/system/kubelet.service.d /usr/lib/systemd/system/kubelet.service.d; do
    [ ! -d "$root$folder" ] || folders "$root$folder/" | look_at folder
  done
  # Whatever delays one of these looks makes the start too early.
  start=$(for each in 1 2 3; do began "$pid"; done | sort -n | tail -n 1)
  cat "$home/modes" >own 2>/dev/null || :
  awk -v start="$start" '
    own { is_own[$0] = 1; next }
    { path = $0; sub(/^[^ ]* [^ ]* /, "", path) }
    start == "unknown" || $1 == "-" || $1 > start - 0.05 { print "edited-since " path; next }
    $2 > start - 0.05 && !(($2 " " path) in is_own) { print "touched-since " path }
  ' own=1 own own= seen | sort
}

# unchanged: refuses where a restart would bring in what somebody else changed. The backup of that may keep the kubelet down, too.
unchanged() {
  # One that is down reads at its next start what is there then.
  if [ -z "$pid" ]; then
    : >newer
    return
  fi
  if [ -z "$settings" ]; then
    cut -f 1 modes >sources
    changed_since >newer
    return
  fi
  changed_since >newer
  read -r why because <newer || return 0
  case $why in
    touched-since)
      [ "$SSM_Touched" = as-running ] || refuse "$why" "mode, owner, label or more of $because changed after the kubelet had started: restart it first" ;;
    *) refuse "$why" "$because was changed, moved or mounted after the kubelet had started: restart it first" ;;
  esac
}
