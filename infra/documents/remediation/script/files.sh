# Whose files they are, and whether they can be edited.

kubelet_path() { is_kubelet_path "$1" || refuse path "$1 is not in the kubelet's own folders"; }

# our_folder FOLDER: every part of the way is root's, nobody else may write there, and no link leads elsewhere.
our_folder() {
  folder=$1
  while :; do
    [ ! -L "$folder" ] || refuse symbolic-link "$folder is a symbolic link"
    [ -d "$folder" ] || refuse absent "$folder is no directory"
    our_owner "$folder"
    our_mode "$folder"
    [ "$folder" != / ] || break
    folder=${folder%/*}
    [ -n "$folder" ] || folder=/
  done
}
our_owner() { [ "$(stat -c %u "$1")" = 0 ] || refuse not-root-owned "$1 does not belong to root"; }
our_mode() { [ $((0$(stat -c %a "$1") & 022)) = 0 ] || refuse writable-by-others "$1 can be written by others than root"; }

# our_file PATH [mode] [owner]: what is named is being fixed and may be wrong.
our_file() {
  our_folder "${1%/*}"
  [ ! -L "$1" ] || refuse symbolic-link "$1 is a symbolic link"
  [ -e "$1" ] || refuse absent "$1 is missing"
  [ -f "$1" ] || refuse not-regular "$1 is not a regular file"
  [ "$(stat -c %h "$1")" = 1 ] || refuse hard-link "$1 has a second name"
  case " $* " in *' owner '*) ;; *) our_owner "$1" ;; esac
  case " $* " in *' mode '*) ;; *) our_mode "$1" ;; esac
}

# our_text PATH: a text that this script can edit.
our_text() {
  size=$(stat -c %s "$1")
  [ "$size" -gt 0 ] || refuse empty-file "$1 is empty"
  [ "$size" -le "$size_limit" ] || refuse too-large "$1 is larger than $size_limit bytes"
  [ "$(tr -d '\000\r' <"$1" | wc -c)" -eq "$size" ] || refuse binary "$1 has NUL bytes or carriage returns"
}

ends_with_newline() { if [ -z "$(tail -c 1 "$1")" ]; then echo 1; else echo 0; fi; }
format_of() { if [ "$(tr -d ' \t\n' <"$1" | head -c 1)" = '{' ]; then echo json; else echo yaml; fi; }

# settings_of FILE MODE [-v …]: the reader and editor of configurations.
settings_of() {
  file=$1 how=$2
  shift 2
  awk -v mode="$how" "$@" -f settings.awk "$file"
}

# unreadable FILE: by what the reader says of it.
unreadable() { refuse "${said#refused }" "$1 is written in a way that is left to a person"; }
# get SETTING: of file; sets said.
get() { said=$(settings_of "$file" get -v path="$1") || unreadable "$file"; }
