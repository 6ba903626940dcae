# Edits of configuration files: new texts in new.N, one line a file in index.

# open_file KIND PATH: sets number; a file that is changed twice is opened once.
open_file() {
  number=$(awk -F "$tab" -v path="$2" '$2 == path { print $1 }' index)
  [ -z "$number" ] || return 0
  count=$((count + 1))
  number=$count
  printf '%s\t%s\t%s\n' "$number" "$2" "$1" >>index
  case $1 in
    edit | remove) cat "$2" >"new.$number"; cat "$2" >"old.$number" ;;
    *) : >"new.$number" ;;
  esac
}

allowances() {
  [ "$1" = "$config" ] || return 0
  case " $modes " in *' config:mode '*) echo mode ;; esac
  case " $modes " in *' config:owner '*) echo owner ;; esac
}

# our_drop_in: the one file that is ours, in the folder that the kubelet merges. It is made with nothing in it, and must sort last.
our_drop_in() {
  target=$config_directory/$own_drop_in
  last=$(head -n 1 sources)
  case $last in
    "$target") ;;
    *) [ "$(printf '%s\n' "$last" "$target" | sort | tail -n 1)" = "$target" ] || [ "$last" = "$config" ] || leave not-last "$last sorts behind $own_drop_in and wins over it" ;;
  esac
  [ ! -e "$target" ] && [ ! -L "$target" ] || return 0
  open_file create "$target"
  [ -s "new.$number" ] || echo '{"kind":"KubeletConfiguration","apiVersion":"kubelet.config.k8s.io/v1beta1"}' >"new.$number"
}

# edit_setting FILE SETTING WANTED
edit_setting() {
  target=$1
  if [ -n "$config_directory" ]; then our_drop_in; fi
  kubelet_path "$target"
  if [ -e "$target" ]; then
    # shellcheck disable=SC2046 # words from a fixed list
    our_file "$target" $(allowances "$target")
    open_file edit "$target"
  fi
  case $(format_of "new.$number").$kind in
    json.string | json.duration) token="\"$3\"" ;;
    *) token=$3 ;;
  esac
  if ! settings_of "new.$number" set -v path="$2" -v value="$token" -v newline="$(ends_with_newline "new.$number")" >next; then
    said=$(head -n 1 next)
    unreadable "$target"
  fi
  mv next "new.$number"
  said=$(settings_of "new.$number" get -v path="$2")
  [ "${said#* }" = "$3" ] || refuse not-plain "$target cannot be edited safely"
  printf '%s %s\n' "$number" "$2" >>targets
  change setting "$target" "$2" "$value" "$3"
}

# Nothing but what was asked for may be another, by the same reader.
verify_settings() {
  while IFS=$tab read -r number path how; do
    if [ "$how" != edit ] || is_environment_path "$path" || ! is_kubelet_path "$path"; then continue; fi
    touched=$(sed -n "s/^$number //p" targets | tr '\n' ' ')
    settings_of "old.$number" flat -v without="$touched" >flat.old
    settings_of "new.$number" flat -v without="$touched" >flat.new
    [ "$(sum flat.old)" = "$(sum flat.new)" ] || refuse not-plain "more of $path would change than is asked for"
  done <index
}
