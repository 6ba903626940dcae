# Edits of configuration files: new texts in $work/new.N, one line a file in $work/index.

# open_file KIND PATH: sets number; a file that is changed twice is opened once.
open_file() {
  number=$(awk -F "$tab" -v path="$2" '$2 == path { print $1 }' "$work/index")
  [ -z "$number" ] || return 0
  count=$((count + 1))
  number=$count
  printf '%s\t%s\t%s\n' "$number" "$2" "$1" >>"$work/index"
  case $1 in
    edit) cat "$2" >"$work/new.$number"; cat "$2" >"$work/old.$number" ;;
    *) : >"$work/new.$number" ;;
  esac
}

allowances() {
  [ "$1" = "$config" ] || return 0
  case " $modes " in *' config:mode '*) echo mode ;; esac
  case " $modes " in *' config:owner '*) echo owner ;; esac
}

# edit_setting FILE SETTING WANTED
edit_setting() {
  is_kubelet_path "$1" || refuse path "$1 is not in the kubelet's own folders"
  # shellcheck disable=SC2046 # words from a fixed list
  our_file "$1" $(allowances "$1")
  target=$1
  open_file edit "$target"
  case $(format_of "$target").$kind in
    json.string | json.duration) token="\"$3\"" ;;
    *) token=$3 ;;
  esac
  if ! settings_of "$work/new.$number" set -v path="$2" -v value="$token" -v newline="$(ends_with_newline "$work/new.$number")" >"$work/next"; then
    said=$(head -n 1 "$work/next")
    unreadable "$target" "${said#refused }"
  fi
  mv "$work/next" "$work/new.$number"
  said=$(settings_of "$work/new.$number" get -v path="$2")
  [ "${said#* }" = "$3" ] || refuse not-plain "$target cannot be edited safely"
  printf '%s %s\n' "$number" "$2" >>"$work/targets"
  change setting "$target" "$2" "$value" "$3"
}

# Nothing but what was asked for may be another, by the same reader.
verify_settings() {
  while IFS="$tab" read -r number path how; do
    if [ "$how" != edit ] || is_environment_path "$path" || ! is_kubelet_path "$path"; then continue; fi
    touched=$(sed -n "s/^$number //p" "$work/targets" | tr '\n' ' ')
    settings_of "$work/old.$number" flat -v without="$touched" >"$work/flat.old"
    settings_of "$work/new.$number" flat -v without="$touched" >"$work/flat.new"
    [ "$(sum "$work/flat.old")" = "$(sum "$work/flat.new")" ] || refuse not-plain "$path cannot be edited without changing more than is asked for"
  done <"$work/index"
}
