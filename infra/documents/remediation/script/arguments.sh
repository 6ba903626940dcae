# Edits of arguments, in the files that systemd reads for the kubelet.

# unit_files: every file that systemd reads for the kubelet, in order; u for units, e for environment files. Then what it starts.
unit_files() {
  for each in $(shown FragmentPath) $(shown DropInPaths); do
    case $each in *[!A-Za-z0-9._/@:-]*) refuse path "a unit file of the kubelet has an odd name: $each" ;; esac
    printf 'u\t%s\n' "$each" >>units
  done
  # An old systemd shows them by the name of the option.
  systemctl show kubelet.service -p EnvironmentFiles 9>&- | sed -n 's/ (ignore_errors=[a-z]*)$//; s/^EnvironmentFiles*=//p' | while IFS= read -r each; do
    if [ -n "$each" ] && [ -e "$each" ]; then printf 'e\t%s\n' "$each" >>units; fi
  done
  # The file that runs cannot be written. One that was replaced is shown as deleted, and what starts it may be another file.
  [ -n "$pid" ] || return 0
  exe=$(stat -L -c %d:%i "/proc/$pid/exe")
  { shown ExecStart | sed -n 's/^{ path=\([^ ]*\) .*/\1/p'; readlink "/proc/$pid/exe"; } | while IFS= read -r each; do
    [ "$(stat -L -c %d:%i "$each" 2>/dev/null)" = "$exe" ] || echo "$each"
  done >programs
}

# planned FILE: sets file to what was planned for it already, or to itself.
planned() {
  file=$(awk -F "$tab" -v path="$1" '$2 == path { print "new." $1 }' index)
  [ -n "$file" ] || file=$1
}

# arguments_of FILE MODE [-v …]: the reader and editor of systemd's files.
arguments_of() {
  planned "$1"
  how=$2
  shift 2
  awk -v mode="$how" -v newline="$(ends_with_newline "$file")" "$@" -f arguments.awk "$file"
}

may_edit() { if [ "$2" = u ]; then is_unit_path "$1"; else is_environment_path "$1"; fi; }

# edit_argument SETTING WANTED
edit_argument() {
  if [ "$source" = flag ]; then
    [ "$kind" != gate ] || leave argument-form "--$flag turns a gate off"
    replace_argument "$1" "$2"
    return
  fi
  argument="--$flag=$2"
  [ "$kind" != gate ] || argument="--feature-gates=RotateKubeletServerCertificate=true"
  printf '%s %s\n' "$1" "$argument" >>adding
}

replace_argument() {
  bool=0
  [ "$kind" != bool ] || bool=1
  places=0 at='' as=''
  while IFS=$tab read -r of path; do
    times=$(arguments_of "$path" count -v flag="$flag" -v bool="$bool")
    [ "$times" != odd ] || leave argument-form "$path has --$flag in an odd way"
    [ "$times" = 0 ] || { places=$((places + times)); at=$path as=$of; }
  done <units
  [ "$places" != 0 ] || refuse argument-elsewhere "--$flag is in no file of the unit"
  [ "$places" = 1 ] || refuse argument-twice "--$flag is there $places times"
  may_edit "$at" "$as" || refuse path "--$flag is in $at, which is not edited here"
  our_file "$at"
  our_text "$at"
  open_file edit "$at"
  arguments_of "$at" replace -v flag="$flag" -v value="$2" -v bool="$bool" >next
  mv next "new.$number"
  change argument "$at" "$1" "--$flag=$value" "--$flag=$2"
}

# add_arguments: the benchmark's second way. What is missing comes to the end of the variable that has the arguments, in the one file that sets it.
add_arguments() {
  form="^((Environment=[\"'])?(NODEADM_)?KUBELET_ARGS=[\"']?[^\"'\\\\]*)([\"']?)$"
  while IFS=$tab read -r of path; do
    planned "$path"
    times=$(grep -c -E "$form" "$file") || continue
    printf '%s %s %s\n' "$times" "$of" "$path"
  done <units >places
  read -r times of path <places || leave argument-form 'no file of the unit sets KUBELET_ARGS on a line of its own'
  [ "$times$(wc -l <places)" = 11 ] || leave argument-twice 'the arguments of the kubelet are set more than once'
  may_edit "$path" "$of" || refuse path "the arguments are in $path, which is not edited here"
  our_file "$path"
  our_text "$path"
  open_file edit "$path"
  while read -r name argument; do
    sed -E "s|$form|\\1 $argument\\4|" "new.$number" >next
    mv next "new.$number"
    change argument "$path" "$name" '' "$argument"
  done <adding
}
