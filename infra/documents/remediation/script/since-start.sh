# When the kubelet started, and when everything was written that decides what it reads at a start. The probe sends these times, the remedy refuses where
# one of them is newer. Each has its own `file_times PATH PLACE KIND`. `root` is where the node's file system begins: empty on a node.

# The mounts that a process sees, one a line: mount point, root in its file system, type. Blanks in names are escaped as the kernel escapes them.
mounts_of() { sed -n 's/^[^ ]* [^ ]* [^ ]* \([^ ]*\) \([^ ]*\) .* - \([^ ]*\) .*$/\2 \1 \3/p' "$root/proc/$1/mountinfo"; }

# When a process began at the earliest, in seconds since 1970 with hundredths, or 'unknown'. That is the time now, less how long the machine runs, plus
# when in that time the process began. Where the time now has whole seconds only, the time of the boot does, which is up to a second early. What is mounted over
# these files (lxcfs) shows another machine's time. A start in the future is unknown, apart from the two seconds by which clocks may differ.
began() {
  case "
$mounts" in *"
/proc/uptime "* | *"
/proc/stat "* | *"
/proc/$1"[\ /]*) echo unknown; return ;; esac
  ticks=$(sed -n 's/^.*) \([^ ]* \)\{19\}\([0-9]\{1,15\}\) .*$/\2/p' "$root/proc/$1/stat")
  now=$(date +%s%N)
  up=
  read -r up _ <"$root/proc/uptime" || :
  boot=$(sed -n 's/^btime \([0-9]\{1,12\}\)$/\1/p' "$root/proc/stat") || :
  case $now in *[!0-9]* | ??????????) now= ;; esac
  case $up in *[!0-9.]* | *.?) up= ;; *.*) up=${up%.*}${up#*.} ;; *) up= ;; esac
  case $ticks$boot in *[!0-9]*) ticks= ;; esac
  if [ -n "$ticks" ] && [ -n "$now" ] && [ -n "$up" ]; then at=$((now / 10000000 - up + ticks))
  elif [ -n "$ticks" ] && [ -n "$boot" ]; then at=$((boot * 100 + ticks))
  else echo unknown; return
  fi
  [ "$((at / 100 - 2))" -le "$(date +%s)" ] || { echo unknown; return; }
  at=00$at
  printf '%s.%s\n' "$(printf '%s' "${at%??}" | sed 's/^0*\(.\)/\1/')" "${at#"${at%??}"}"
}

# covered PATH KIND: whether a mount may show another file there than the kubelet read, with times of its own. At a file, at its folder or at a drop-in
# folder any mount does; higher up a bind or an overlay, not a partition.
covered() {
  [ -n "$mounts" ] || return 0
  spot=$(printf '%s' "$1" | sed -e 's/\\/\\134/g' -e 's/ /\\040/g' -e "s/$tab/\\\\011/g")
  holder=
  [ "$2" != file ] || holder=${spot%/*}
  printf '%s\n' "$mounts" | {
    while read -r point origin kind; do
      [ "$point" != / ] || continue
      [ "$point" != "$spot" ] || [ "$2" = link ] || exit 0
      [ "$point" != "$holder" ] || exit 0
      case $spot/ in "$point"/*) [ "$origin" = / ] && [ "$kind" != overlay ] || exit 0 ;; esac
    done
    exit 1
  }
}

# Folders into which a system writes on any day; a folder that is exchanged here or above is not noticed.
is_busy() {
  case $1 in
    '' | /etc | /etc/default | /etc/sysconfig | /opt | /run | /usr | /usr/bin | /usr/local/bin | /var | /var/lib | /var/lib/kubelet | */systemd/system) ;;
    *) return 1 ;;
  esac
}

# folder_times PATH: the times of the folder that holds it, and of those above up to the first busy one. To exchange one of them changes its ctime.
folder_times() {
  above=${1%/*}
  until is_busy "$above"; do
    case $told in *"
$above
"*) return 0 ;; esac
    told="$told
$above
"
    file_times "$above" "$root$above" above
    above=${above%/*}
  done
}

# A drop-in directory and its sub-folders: whatever was added to one or taken out of it changed its times.
folders() { find "$1" -maxdepth 4 -type d -print0 | tr '\000\n' '\n\001' | sort; }
