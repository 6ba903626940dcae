# --- which process is the kubelet of this host

arguments() { head -c $((arguments_limit + 1)) "$root/proc/$1/cmdline" | base64 | tr -d '\n'; }

named_kubelet() {
  head -c 8192 "$root/proc/$1/cmdline" | lines | {
    IFS= read -r first || return 1
    IFS= read -r second
    case ${first##*/} in
      kubelet) return 0 ;;
      hyperkube) [ "$second" = kubelet ] ;;
      *) return 1 ;;
    esac
  }
}

same_namespace() {
  there=$(readlink "$root/proc/$1/ns/$2") && [ -n "$there" ] && [ "$there" = "$(readlink "$root/proc/1/ns/$2")" ]
}

# Prints 'host' for a process of the host itself, else why it is not one. A pod can call its process whatever it likes.
place() {
  groups=$(cat "$root/proc/$1/cgroup") || { echo gone; return; }
  case $groups in *kubepods*) echo pod; return ;; esac
  same_namespace "$1" pid || { echo pid-namespace; return; }
  same_namespace "$1" mnt || { echo mount-namespace; return; }
  [ "$(stat -c %u "$root/proc/$1")" = 0 ] || { echo owner; return; }
  [ "$(readlink "$root/proc/$1/root")" = / ] || { echo other-root; return; }
  echo host
}

candidates() {
  read -r _ second third _
  [ "$second $third" = 'PID PPID' ] || { echo unsupported; return; }
  while read -r _ pid parent rest; do
    case $rest in *kubelet*) ;; *) continue ;; esac
    case $pid$parent in '' | *[!0-9]*) continue ;; esac
    named_kubelet "$pid" || continue
    echo "$(place "$pid") $pid $parent"
  done
}

# Between fork and exec a child of the kubelet looks like a second one.
without_forks() {
  known=" $(printf '%s\n' "$1" | sed -n 's/^host \([0-9]*\) .*/\1/p' | tr '\n' ' ') "
  printf '%s\n' "$1" | while read -r where pid parent; do
    [ "$where" = host ] || continue
    case $known in *" $parent "*) ;; *) echo "$pid $parent" ;; esac
  done
}

# --- where its configuration lies

value_flags=' @VALUE_FLAGS@ '

# A flag as the kubelet spells it: an underscore in its name is a dash.
spelled() {
  name=${1%%=*}
  [ "${#name}" -gt 60 ] || while :; do
    case $name in --*_*) name=${name%%_*}-${name#*_} ;; *) break ;; esac
  done
}

# option FLAG: the flag's last value on stdin (one argument a line), by words as the kubelet splits them, never searched as text. A flag that takes a
# value takes the next word for it, whatever that looks like.
option() {
  value=
  pending=
  while IFS= read -r word; do
    case $pending in
      value) value=$word; pending=; continue ;;
      other) pending=; continue ;;
    esac
    [ "$word" != -- ] || break
    spelled "$word"
    case $word in
      --*=*) [ "$name" != "$1" ] || value=${word#*=} ;;
      -v) pending=other ;;
      --*) if [ "$name" = "$1" ]; then pending=value; else case $value_flags in *" ${name#--} "*) pending=other ;; esac; fi ;;
    esac
  done
  printf '%s' "$value"
}

# A relative path counts from the kubelet's working directory.
absolute() {
  case $1 in
    '' | /*) printf '%s' "$1" ;;
    *) printf '%s/%s' "${2%/}" "$1" ;;
  esac
}

# shortened PATH: as Go does it. Exit code 1 where a '..' takes a link away, so that the kernel goes elsewhere; 2 where it takes no directory.
shortened() {
  rest=$1/ short='' same=0
  while [ -n "$rest" ]; do
    part=${rest%%/*}
    rest=${rest#*/}
    case $part in
      '' | .) ;;
      ..)
        if [ -L "$root$short" ]; then same=1; elif [ "$same" = 0 ] && [ ! -d "$root$short/" ]; then same=2; fi
        short=${short%/*} ;;
      *) short=$short/$part ;;
    esac
  done
  case $1 in */ | */. | */..) short=$short/ ;; esac
  printf '%s' "$short"
  return "$same"
}
