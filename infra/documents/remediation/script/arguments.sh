# Edits of arguments, in the files that systemd reads for the kubelet.

# unit_files: every file that systemd reads for the kubelet, in order; u for units, e for environment files.
unit_files() {
  : >units
  for each in $(shown FragmentPath) $(shown DropInPaths); do
    case $each in *[!A-Za-z0-9._/@:-]*) refuse path "a unit file of the kubelet has an odd name: $each" ;; esac
    printf 'u\t%s\n' "$each" >>units
  done
  # An old systemd shows them by the name of the option.
  systemctl show kubelet.service -p EnvironmentFiles 9>&- | sed -n 's/ (ignore_errors=[a-z]*)$//; s/^EnvironmentFiles*=//p' | while IFS= read -r each; do
    if [ -n "$each" ] && [ -e "$each" ]; then printf 'e\t%s\n' "$each" >>units; fi
  done
}

# arguments_of FILE u|e MODE [-v …]: the reader and editor of systemd's files; what was planned for a file already counts.
arguments_of() {
  file=$1 of=0 how=$3
  [ "$2" = e ] || of=1
  shift 3
  planned=$(awk -F "$tab" -v path="$file" '$2 == path { print $1 }' index)
  if [ -n "$planned" ]; then file=new.$planned; fi
  awk -v mode="$how" -v unit="$of" -v newline="$(ends_with_newline "$file")" "$@" -f arguments.awk "$file"
}

may_edit() { if [ "$2" = u ]; then is_unit_path "$1"; else is_environment_path "$1"; fi; }

# edit_argument SETTING WANTED
edit_argument() {
  unit_files
  if [ "$source" = flag ] && [ "$kind" != gate ]; then replace_argument "$1" "$2"; return; fi
  if [ "$kind" = gate ]; then argument="--feature-gates=RotateKubeletServerCertificate=true"; else argument="--$flag=$2"; fi

  while IFS=$tab read -r of path; do
    if [ "$of" = u ]; then printf '%s\n' "$path"; fi
  done <units >list
  # shellcheck disable=SC2046 # paths without blanks, as looked at above
  awk -v mode=starts -v newline=1 -f arguments.awk $(cat list) >variables

  # The benchmark's variable, then that of people, then nodeadm's; one that has a value goes before one that has none.
  candidates='KUBELET_ARGS KUBELET_EXTRA_ARGS NODEADM_KUBELET_ARGS'
  # A gate that an argument turns off is turned on behind it, since the last word counts.
  if [ "$source" = flag ]; then candidates=$(grep -x -E "$(printf '%s' "$candidates" | tr ' ' '|')" variables | sed '1!G;h;$!d'); fi
  free=
  for variable in $candidates; do
    grep -q -x "$variable" variables || continue
    places=0 at='' as=''
    while IFS=$tab read -r of path; do
      times=$(arguments_of "$path" "$of" assigned -v variable="$variable")
      [ "$times" != odd ] || leave argument-form "$path sets $variable in an odd way"
      [ "$times" = 0 ] || { places=$((places + times)); at=$path as=$of; }
    done <units
    case $places in
      0) [ -n "$free" ] || free=$variable ;;
      1) append_argument "$at" "$as" "$variable" "$argument" "$1"; return ;;
      *) refuse argument-twice "$variable is set in several places" ;;
    esac
  done
  [ -n "$free" ] || refuse no-variable 'the unit of the kubelet takes no arguments from KUBELET_ARGS, KUBELET_EXTRA_ARGS or NODEADM_KUBELET_ARGS'
  # What systemd knows of it and no file was seen to set would be lost.
  case " $(shown Environment)" in *" $free="* | *"\"$free="*) leave argument-form "$free is set in an odd way" ;; esac
  create_drop_in "$free" "$argument" "$1"
}

replace_argument() {
  bool=0
  if [ "$kind" = bool ]; then bool=1; fi
  places=0 at='' as=''
  while IFS=$tab read -r of path; do
    times=$(arguments_of "$path" "$of" count -v flag="$flag" -v bool="$bool")
    [ "$times" != odd ] || leave argument-form "$path has --$flag in an odd way"
    [ "$times" = 0 ] || { places=$((places + times)); at=$path as=$of; }
  done <units
  [ "$places" != 0 ] || refuse argument-elsewhere "the kubelet has --$flag, and it stands in none of the files of its unit"
  [ "$places" = 1 ] || refuse argument-twice "--$flag stands in the files of the unit $places times"
  may_edit "$at" "$as" || refuse path "--$flag stands in $at, which is not edited by this script"
  our_file "$at"
  our_text "$at"
  open_file edit "$at"
  arguments_of "$at" "$as" replace -v flag="$flag" -v value="$2" -v bool="$bool" >next
  mv next "new.$number"
  change argument "$at" "$1" "--$flag=$value" "--$flag=$2"
}

append_argument() {
  may_edit "$1" "$2" || refuse path "$3 is set in $1, which is not edited by this script"
  our_file "$1"
  our_text "$1"
  open_file edit "$1"
  arguments_of "$1" "$2" append -v variable="$3" -v value="$4" >next
  mv next "new.$number"
  change argument "$1" "$5" '' "$4"
}

create_drop_in() {
  open_file create "$own_drop_in"
  if [ -s "new.$number" ]; then
    arguments_of "$own_drop_in" u append -v variable="$1" -v value="$2" >next
    mv next "new.$number"
  else
    if [ -e "$own_drop_in" ] || [ -L "$own_drop_in" ]; then refuse not-ours "$own_drop_in is there and does not set $1"; fi
    if [ -d "$units/kubelet.service.d" ]; then our_folder "$units/kubelet.service.d"; else our_folder "$units"; fi
    printf '[Service]\nEnvironment="%s=%s"\n' "$1" "$2" >"new.$number"
  fi
  change argument "$own_drop_in" "$3" '' "$2"
}
