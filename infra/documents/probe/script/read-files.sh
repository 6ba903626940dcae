# --- files

# Prints why this content must not leave the node, or nothing.
unsendable() {
  [ "$(text "$1" | tr -d '\000' | wc -c)" -eq "$(text "$1" | wc -c)" ] || { echo nul-bytes; return; }
  # Only a kubelet configuration is ever sent, whatever file the arguments name.
  text "$1" | grep -q -e "kind[\"']\{0,1\}[[:space:]]*:[[:space:]]*[\"']\{0,1\}KubeletConfiguration" || { echo not-a-kubelet-configuration; return; }
  # staticPodURLHeader may hold a credential, and so may the URL beside it.
  text "$1" | grep -q -i staticPodURL && { echo secret; return; }
  # Where a line ends is not the same for every YAML reader: at a lone CR, U+0085, U+2028 or U+2029 it is for the kubelet.
  text "$1" | sed "s/$carriage_return$//" | tr '\r' '\001' | tr -d '\11\12\40-\176\200-\377' | grep -q . && { echo odd-characters; return; }
  text "$1" | grep -q -e "$c1_controls" -e "$line_separators" -e "$no_character" && { echo odd-characters; return; }
  # Spellings that could hide that name: escapes of letters, escaped line breaks, YAML tags such as !!binary, letters that fold to s and k.
  text "$1" | grep -q -i -e '\\u00[04-7]' -e '\\u017f' -e '\\u212a' -e '\\x' -e '\\$' -e '\\[^ -~]' \
    -e '![^[:space:]]' -e "$long_s" -e "$kelvin" && echo hidden-letters
}

# find_target NAME PATH: sets 'target' to the regular file behind a path, or says in a frame why there is none.
find_target() {
  case $2/ in
    *"$broken"*) frame "$1" line-break '' ''; return 1 ;;
    */../*) frame "$1" dots "$2" ''; return 1 ;;
  esac
  target=$(readlink -f "$root$2")
  if [ -z "$target" ] || [ ! -e "$target" ]; then frame "$1" absent "$2" ''; return 1; fi
  [ -f "$target" ] || { frame "$1" not-regular "$2" ''; return 1; }
}

# file_times PATH PLACE KIND: one frame with when that was written, and when anything about it changed; of a link itself, not of what it names.
# What the remedy wrote down as its own change of a mode or an owner is no change.
file_times() {
  if [ "$3" != above ] && covered "$1" "$3"; then frame times mounted "$1" ''; return; fi
  case $own_modes in *"
$(stat -c %.9Z "$2") $1
"*) set -- "$1" "$2" "$3" Y ;; esac
  seen=$(stat -c "%.3Y %.3${4:-Z}" "$2")
  case $seen in '' | *[!0-9.\ ]*) seen=$(stat -c '%Y %Z' "$2") ;; esac
  case $seen in '' | *[!0-9.\ ]*) frame times unsteady "$1" '' ;; *) frame times read "$1" "$(printf '%s' "$seen" | base64 | tr -d '\n')" ;; esac
}

# Changes of modes and owners by the remedy, one a line: when, and of which file. Only root can write there.
read_own_modes() {
  own_modes=
  note=$root/var/lib/eks-kubelet-audit/remediation/modes
  [ -f "$note" ] && [ ! -L "$note" ] && [ "$(stat -c '%u %a' "${note%/*}")" = '0 700' ] || return
  own_modes="
$(head -c 4096 "$note")
"
}

# link_times PATH: the times of every link on the way to a path, and on the way to where those lead.
link_times() {
  rest=${1#/}
  way=
  hops=0
  while [ -n "$rest" ] && [ "$hops" -lt 16 ]; do
    part=${rest%%/*}
    case $rest in */*) rest=${rest#*/} ;; *) rest= ;; esac
    case $part in '' | .) continue ;; ..) way=${way%/*}; continue ;; esac
    if [ ! -L "$root$way/$part" ]; then way=$way/$part; continue; fi
    hops=$((hops + 1))
    file_times "$way/$part" "$root$way/$part" link
    folder_times "$way/$part"
    to=$(readlink "$root$way/$part")
    to=${to#"$root"}
    case $to in /*) way= ;; esac
    rest=${to#/}/$rest
  done
}

# file NAME PATH: one frame, with the content or why there is none; then its times. Sets 'content'.
file() {
  content=
  find_target "$1" "$2" || return
  [ "$(stat -c %u "$target")" = 0 ] || { frame "$1" not-root "$2" ''; return; }
  content=$(head -c $((file_limit + 1)) "$target" | base64 | tr -d '\n')
  [ "$(bytes "$content")" -le "$file_limit" ] || { content=; frame "$1" too-large "$2" ''; return; }
  # A file that is being written, or breaks off: half of it may mean something else.
  [ "$(bytes "$content")" = "$(stat -c %s "$target")" ] || { content=; frame "$1" unsteady "$2" ''; return; }
  reason=$(unsendable "$content")
  [ -z "$reason" ] || { content=; frame "$1" "$reason" "$2" ''; return; }
  frame "$1" read "$2" "$content"
  # A link has times of its own: those of what it names stand under the name of that.
  if [ -L "$root$2" ]; then file_times "${target#"$root"}" "$target" file; else file_times "$2" "$target" file; fi
  folder_times "${target#"$root"}"
  link_times "$2"
}

# Every *.conf below a drop-in directory; a line of '!' at the end when the list is not whole.
drop_ins() {
  {
    find "$1" -maxdepth 5 -name '*.conf' ! -type d -print0 || printf '!\000'
    [ -z "$(find "$1" -mindepth 5 -maxdepth 5 | head -c 1)" ] || printf '!\000'
  } | lines
}

directory() {
  case $1 in *"$broken"*) frame directory line-break '' ''; return ;; esac
  short=$(shortened "$1")
  case $? in 1) frame directory dots "$1" ''; return ;; 2) frame directory absent "$1" ''; return ;; esac
  set -- "$short" "$2"
  there=${1%"${1##*[!/]}"}
  # What is no directory is not walked, a link only with a slash at its end; but a file whose name ends in .conf is the only drop-in.
  [ -e "$root$there" ] || [ -L "$root$there" ] || { frame directory absent "$1" ''; return; }
  case $1 in */) walked=yes ;; *) walked=; [ -L "$root$there" ] || walked=yes ;; esac
  if [ -z "$walked" ] || [ ! -d "$root$there" ]; then
    case $1 in
      *.conf) frame directory read "$1" ''; file drop-in "$1" ;;
      */) frame directory absent "$1" '' ;;
      *) frame directory not-walked "$1" ''; link_times "$there"; [ -L "$root$there" ] || file_times "$there" "$root$there" file ;;
    esac
    return
  fi
  names=$(drop_ins "$root$there/")
  case $names in '!'* | *"
!"*) frame directory unlisted "$1" ''; return ;; esac
  case $names in *"$broken"*) frame directory line-break "$1" ''; return ;; esac
  [ "$(printf '%s\n' "$names" | wc -l)" -le "$drop_ins_limit" ] || { frame directory too-many "$1" ''; return; }
  frame directory read "$1" ''
  link_times "$there"
  folders "$root$there/" | while IFS= read -r name; do
    name=${name%/}
    if [ -L "$name" ]; then named=$(readlink -f "$name"); else named=$name; fi
    file_times "${named#"$root"}" "$name/." folder
    folder_times "${named#"$root"}"
  done
  total=$2
  [ -z "$names" ] || printf '%s\n' "$names" | sort | while IFS= read -r name; do
    name=${name#"$root"}
    [ "$total" -le "$files_limit" ] || { frame drop-in too-large "$name" ''; continue; }
    file drop-in "$name"
    total=$((total + $(bytes "$content")))
  done
}

# permissions PATH: one frame, with mode, owner and group of a file whose content stays where it is.
permissions() {
  find_target permissions "$1" || return 0
  seen=$(stat -c '%a %u %g %U:%G' "$target")
  if [ -z "$seen" ]; then frame permissions unsteady "$1" ''; return; fi
  frame permissions read "$1" "$(printf '%s' "$seen" | base64 | tr -d '\n')"
}
