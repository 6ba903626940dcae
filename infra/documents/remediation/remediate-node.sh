#!/bin/sh
# eks-kubelet-audit-remediate/1: fixes the kubelet's configuration on this node, and puts everything back when the kubelet does not come back well.
# It is told what to fix by names from a fixed list and which CA to trust by SHA-256; every value and every path is written here or found here.
if [ -z "${SSM_Controls+x}" ]; then export SSM_Controls="{{Controls}}"; fi
if [ -z "${SSM_CaSha256+x}" ]; then export SSM_CaSha256="{{CaSha256}}"; fi
if [ -z "${SSM_Mode+x}" ]; then export SSM_Mode="{{Mode}}"; fi
if [ -z "${SSM_Method+x}" ]; then export SSM_Method="{{Method}}"; fi
set -eu
rollback_after=@ROLLBACK_AFTER@
PATH=/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
export PATH LC_ALL
set -f
umask 077
tab=$(printf '\t')

home=/var/lib/eks-kubelet-audit/remediation
current=$home/current
timer=eks-kubelet-audit-rollback
boot_unit=/etc/systemd/system/eks-kubelet-audit-rollback-boot.service
boot_link=/etc/systemd/system/multi-user.target.wants/eks-kubelet-audit-rollback-boot.service
units=/etc/systemd/system
own_drop_in=$units/kubelet.service.d/90-eks-kubelet-audit.conf
usual_ca=/etc/kubernetes/pki/ca.crt
size_limit=65536

# --- what is said

work=
report=
ended=
# yes: what was begun is to be put back; kept: it is to stay.
changing=
as_wanted='the kubelet runs with what is wanted'
mode=$SSM_Mode
method=$SSM_Method

printable() { printf '%s' "$1" | tr '\t\n' '  ' | tr -cd ' -~' | cut -c "1-$2"; }

# change KIND FILE NAME BEFORE AFTER: one line of the plan.
change() {
  report="$report
change=$1$tab$2$tab$3$tab$(printable "$4" 200)$tab$(printable "$5" 200)"
}

# finish OUTCOME REASON WORDS
finish() {
  ended=yes
  case $1 in
    changed | already | dry-run) code=0 ;;
    refused) code=10 ;;
    restored) code=11 ;;
    *) code=12 ;;
  esac
  text="eks-kubelet-audit-remediate/1
outcome=$1
reason=$2
words=$(printable "$3" 300)$report"
  printf '%s\n' "$text"
  printf 'end=%s\n' "$(printf '%s\n' "$text" | wc -l | tr -d ' ')"
  exit "$code"
}

refuse() {
  [ -z "$changing" ] || roll_back "$1" "$2"
  finish refused "$1" "$2"
}

# However the script ends, it says so, and nothing stays half done; what no script can catch is the timer's.
# shellcheck disable=SC2317 # it is called by the trap
at_exit() {
  trap - EXIT
  if [ -n "$work" ]; then rm -rf "$work"; fi
  [ -z "$ended" ] || return 0
  case $changing in
    yes) roll_back unexpected 'a step failed that never should' ;;
    kept) finish changed fixed "$as_wanted" ;;
  esac
  finish failed unexpected 'a step failed that never should; nothing was changed'
}
trap at_exit EXIT
trap 'exit 1' HUP INT TERM

# roll_back REASON WORDS
roll_back() {
  if back=$(sh "$home/rescue.sh" restore now 9>&-); then
    # The last step was in the journal already.
    [ "$back" != kept ] || finish changed fixed "$as_wanted"
    finish restored "$1" "$2; everything is as it was ($back)"
  fi
  finish failed "$1" "$2; $(lost_by "$back")"
}

# lost_by WORD: where the rescue came to an end without its last word, a file may be as it should not.
lost_by() {
  case $1 in
    lost) echo "what was changed is put back, and the kubelet is still not well: the old files are in $current" ;;
    *) echo "not everything could be put back: the old files are in $current" ;;
  esac
}

# --- what is asked

case $mode in dry-run | apply) ;; *) refuse bad-parameter 'Mode is neither dry-run nor apply' ;; esac
case $method in auto | config-file | systemd-arguments) ;; *) refuse bad-parameter 'Method is none of auto, config-file, systemd-arguments' ;; esac
case $SSM_CaSha256 in *[!0-9a-f,]*) refuse bad-parameter 'CaSha256 is no list of SHA-256 in lower-case hexadecimal digits' ;; esac
case $SSM_Controls in '' | *[!a-z,-]*) refuse bad-parameter 'Controls is no list of controls' ;; esac

trust=$(printf '%s' "$SSM_CaSha256" | tr ',' ' ')
for each in $trust; do
  [ "${#each}" = 64 ] || refuse bad-parameter 'CaSha256 is no list of SHA-256 in lower-case hexadecimal digits'
done

settings=
modes=
for each in $(printf '%s' "$SSM_Controls" | tr ',' ' '); do
  case $each in
@CONTROLS@
    *) refuse bad-parameter "$each is no control that is fixed on a node" ;;
  esac
done
once() { printf '%s\n' "$@" | sort -u | sed '/^$/d'; }
# shellcheck disable=SC2086 # words from the list above
settings=$(once $settings) modes=$(once $modes | tr '\n' ' ')

# about SETTING: its flag, what it is to be, and whether its default is enough with a configuration file (absent) and without one (legacy).
about() {
  kind=bool absent=good legacy=good
  case $1 in
    authentication.x509.clientCAFile) flag=client-ca-file kind=string wanted=$ca absent=bad legacy=bad ;;
    authentication.anonymous.enabled) flag=anonymous-auth wanted=false legacy=bad ;;
    authorization.mode) flag=authorization-mode kind=string wanted=Webhook legacy=bad ;;
    readOnlyPort) flag=read-only-port kind=int wanted=0 legacy=bad ;;
    streamingConnectionIdleTimeout) flag=streaming-connection-idle-timeout kind=string wanted=4h0m0s ;;
    protectKernelDefaults) flag=protect-kernel-defaults wanted=true absent=bad legacy=bad ;;
    makeIPTablesUtilChains) flag=make-iptables-util-chains wanted=true ;;
    eventRecordQPS) flag=event-qps kind=int wanted=50 ;;
    rotateCertificates) flag=rotate-certificates wanted=true ;;
    serverTLSBootstrap) flag=rotate-server-certificates wanted=true absent=bad legacy=bad ;;
    featureGates.RotateKubeletServerCertificate) flag=feature-gates kind=gate wanted=true absent=bad legacy=bad ;;
  esac
}

# --- whether this is a node that can be fixed

[ "$(id -u)" = 0 ] || refuse not-root 'the script does not run as root'
for tool in awk base64 cat chmod chown cp cut df find flock grep head ln mkdir mktemp mv od readlink rm rmdir sed sha256sum sleep sort stat sync systemctl systemd-run tail tee timeout tr wc; do
  command -v "$tool" >/dev/null || refuse no-tool "$tool is missing on this node"
done
command -v curl >/dev/null || command -v bash >/dev/null || refuse no-tool 'neither curl nor bash is on this node, and something has to ask the kubelet whether it is well'
[ -d /run/systemd/system ] || refuse not-systemd 'this node is not run by systemd: fix it by its image'
[ "$(readlink /proc/self/ns/mnt)" = "$(readlink /proc/1/ns/mnt)" ] || refuse other-file-system 'this shell has a file system of its own and sees other files than the kubelet'

persist() { sync -f "$1" 2>/dev/null || sync; }
shown() { systemctl show kubelet.service -p "$1" 9>&- | sed -n "s/^$1=//p"; }
sum() { sha256sum <"$1" | cut -c 1-64; }

work=$(mktemp -d /run/eks-kubelet-audit.XXXXXXXX)
cat >"$work/settings.awk" <<'END_OF_SETTINGS'
@INCLUDE remediate-settings.awk@
END_OF_SETTINGS
cat >"$work/arguments.awk" <<'END_OF_ARGUMENTS'
@INCLUDE remediate-arguments.awk@
END_OF_ARGUMENTS
cat >"$work/rescue.sh" <<'END_OF_RESCUE'
@INCLUDE remediate-rescue.sh@
END_OF_RESCUE

# One at a time; the rescue takes the same lock.
if [ -L "$home" ] || { [ -e "$home" ] && [ "$(stat -c '%u %a %F' "$home")" != '0 700 directory' ]; }; then refuse not-ours "$home is not a directory of root's alone"; fi
if [ "$mode" = apply ]; then
  mkdir -p "$home"
  exec 9>>"$home/lock"
elif [ -e "$home/lock" ]; then
  exec 9<"$home/lock"
fi
if [ -e "$home/lock" ]; then
  # A rollback that is about to end is waited for.
  flock -w 2 9 || refuse busy 'another remediation is under way on this node'
fi

if [ -d "$current" ]; then
  [ "$mode" = apply ] || refuse unfinished 'an earlier remediation did not end: the next one that is applied puts back what it left, and so does its timer'
  cp "$work/rescue.sh" "$home/rescue.next" && persist "$home/rescue.next" && mv -f "$home/rescue.next" "$home/rescue.sh"
  earlier=$(sh "$home/rescue.sh" restore now 9>&-) || finish failed earlier-lost "an earlier remediation did not end; $(lost_by "$earlier")"
  report="$report
earlier=$(printable "$earlier" 40)"
fi

# find_kubelet: sets pid and writes its arguments, one a line.
find_kubelet() {
  [ "$(shown LoadState)" = loaded ] || refuse no-unit 'systemd has no kubelet.service here: fix this node by its image'
  pid=$(shown MainPID)
  case $pid in '' | 0 | *[!0-9]*) refuse not-running 'kubelet.service does not run: bring it up first' ;; esac
  case $(cat "/proc/$pid/cgroup") in *kubepods*) refuse not-the-kubelet 'the process of kubelet.service is in a pod' ;; esac
  for each in mnt pid; do
    [ "$(readlink "/proc/$pid/ns/$each")" = "$(readlink "/proc/1/ns/$each")" ] || refuse not-the-kubelet "the process of kubelet.service has another $each namespace than the host"
  done
  [ "$(stat -c %u "/proc/$pid")" = 0 ] || refuse not-the-kubelet 'the process of kubelet.service is not root'
  [ "$(readlink "/proc/$pid/root")" = / ] || refuse not-the-kubelet 'the process of kubelet.service has another root directory'
  tr '\000\n' '\n\001' <"/proc/$pid/cmdline" >"$work/arguments"
  ! grep -q "$(printf '\001')" "$work/arguments" || refuse odd-arguments 'an argument of the kubelet has a line break'
  case $(head -n 1 "$work/arguments") in
    kubelet | */kubelet) ;;
    *) refuse not-the-kubelet "the process of kubelet.service is $(head -n 1 "$work/arguments")" ;;
  esac
}

# flag_value FLAG KIND: 'set VALUE' or 'unset'. Words as the kubelet splits them; an underscore is a dash; the last one counts.
flag_value() {
  awk -v flag="$1" -v kind="$2" '
    NR == 1 || done { next }
    pending { pending = 0; value = $0; take(); next }
    $0 == "--" { done = 1; next }
    {
      word = $0
      name = word
      sub(/=.*/, "", name)
      gsub(/_/, "-", name)
      if (name != "--" flag) next
      if (index(word, "=")) { value = substr(word, index(word, "=") + 1); take() }
      else if (kind == "bool") { value = "true"; take() }
      else pending = 1
    }
    function take(   i, n, gate) {
      if (kind != "gate") { found = 1; last = value; return }
      n = split(value, gate, ",")
      for (i = 1; i <= n; i++) if (sub(/^RotateKubeletServerCertificate=/, "", gate[i])) { found = 1; last = gate[i] }
    }
    END { print found ? "set " last : "unset" }
  ' "$work/arguments"
}

path_of() {
  case $(flag_value "$1" string) in 'set '*) flag_value "$1" string | sed 's/^set //' ;; esac
}

# --- whose files they are

# In the kubelet's own folders, and spelled so that it needs no quoting anywhere.
is_kubelet_path() {
  [ "${#1}" -le 255 ] && printf '%s\n' "$1" | grep -q -x -E '/(etc/kubernetes|etc/eksctl|etc/eks|var/lib/kubelet)(/[A-Za-z0-9][A-Za-z0-9._-]*)+'
}
is_unit_path() {
  [ "${#1}" -le 255 ] && printf '%s\n' "$1" | grep -q -x -E '/etc/systemd/system/kubelet\.service(\.d/[A-Za-z0-9][A-Za-z0-9._-]*\.conf)?'
}
is_environment_path() {
  case $1 in /etc/eks/kubelet/environment | /etc/sysconfig/kubelet | /etc/default/kubelet) return 0 ;; *) return 1 ;; esac
}

# our_folder FOLDER: every part of the way is root's, nobody else may write there, and no link leads elsewhere.
our_folder() {
  folder=$1
  while :; do
    [ ! -L "$folder" ] || refuse symbolic-link "$folder is a symbolic link"
    [ -d "$folder" ] || refuse absent "$folder is no directory"
    safe_owner "$folder"
    [ "$folder" != / ] || break
    folder=${folder%/*}
    [ -n "$folder" ] || folder=/
  done
}
safe_owner() {
  [ "$(stat -c %u "$1")" = 0 ] || refuse not-root-owned "$1 does not belong to root"
  [ $((0$(stat -c %a "$1") & 022)) = 0 ] || refuse writable-by-others "$1 can be written by others than root"
}

# our_file PATH [mode] [owner]: what is named is being fixed and may be wrong.
our_file() {
  our_folder "${1%/*}"
  [ ! -L "$1" ] || refuse symbolic-link "$1 is a symbolic link"
  [ -e "$1" ] || refuse absent "$1 is missing"
  [ -f "$1" ] || refuse not-regular "$1 is not a regular file"
  [ "$(stat -c %h "$1")" = 1 ] || refuse hard-link "$1 has a second name"
  case " $* " in *' owner '*) ;; *) [ "$(stat -c %u "$1")" = 0 ] || refuse not-root-owned "$1 does not belong to root" ;; esac
  case " $* " in *' mode '*) ;; *) [ $((0$(stat -c %a "$1") & 022)) = 0 ] || refuse writable-by-others "$1 can be written by others than root" ;; esac
}

# our_text PATH: a text that this script can edit.
our_text() {
  size=$(stat -c %s "$1")
  [ "$size" -gt 0 ] || refuse empty-file "$1 is empty"
  [ "$size" -le "$size_limit" ] || refuse too-large "$1 is larger than $size_limit bytes"
  [ "$(tr -d '\000' <"$1" | wc -c)" -eq "$size" ] || refuse binary "$1 has NUL bytes"
  [ "$(tr -d '\r' <"$1" | wc -c)" -eq "$size" ] || refuse carriage-returns "$1 has carriage returns"
}

ends_with_newline() { if [ "$(tail -c 1 "$1" | od -An -tx1 | tr -d ' ')" = 0a ]; then echo 1; else echo 0; fi; }
format_of() { if [ "$(tr -d ' \t\n' <"$1" | head -c 1)" = '{' ]; then echo json; else echo yaml; fi; }

# settings_of FILE MODE [-v …]: the reader and editor of configurations.
settings_of() {
  file=$1 how=$2
  shift 2
  awk -v mode="$how" -v format="$(format_of "$file")" -v newline="$(ends_with_newline "$file")" "$@" -f "$work/settings.awk" "$file"
}

unreadable() {
  case $2 in
    unparseable) refuse unparseable "$1 cannot be read as JSON" ;;
    duplicate-key) refuse duplicate-key "$1 has one key twice" ;;
    spelling) refuse spelling "$1 has a key of this setting in another spelling" ;;
    not-a-map | not-a-scalar) refuse other-type "$1 has something of another type where this setting stands" ;;
    several-documents) refuse several-documents "$1 has several YAML documents" ;;
    odd-yaml | odd-bytes | odd-key) refuse not-plain "$1 is written in a way that is left to a person ($2)" ;;
    too-deep) refuse not-plain "$1 is nested too deep" ;;
    *) refuse unparseable "$1 cannot be read" ;;
  esac
}

# --- what the kubelet runs with after its next start

# read_files: the configuration file and its drop-ins, the last one first, in $work/sources.
read_files() {
  : >"$work/sources"
  [ -n "$config" ] || return 0
  if [ -n "$config_directory" ]; then
    our_folder "$config_directory"
    # The kubelet's order of files in folders within it is another than that of their paths.
    [ -z "$(find "$config_directory" -mindepth 2 -name '*.conf' | head -c 1)" ] || refuse sub-folders "$config_directory has drop-ins in folders of its own"
    find "$config_directory" -name '*.conf' ! -type d >"$work/drop-ins"
    while IFS= read -r file; do
      is_kubelet_path "$file" || refuse path "a drop-in is not in the kubelet's own folders or has an odd name: $file"
    done <"$work/drop-ins"
    sort -r "$work/drop-ins" >"$work/sources"
  fi
  printf '%s\n' "$config" >>"$work/sources"
  while IFS= read -r file; do
    [ ! -L "$file" ] || refuse symbolic-link "$file is a symbolic link"
    [ -f "$file" ] || refuse not-regular "$file is not a regular file"
    our_text "$file"
    said=$(settings_of "$file" get -v path=kind) || unreadable "$file" "${said#refused }"
    [ "$said" = 'string KubeletConfiguration' ] || refuse not-a-configuration "$file is not a KubeletConfiguration"
  done <"$work/sources"
}

# resolve SETTING: source (flag, file, absent, none), file, value with its type, verdict.
resolve() {
  about "$1"
  found=$(flag_value "$flag" "$kind")
  file=
  if [ "$found" != unset ]; then
    source=flag value=${found#set }
    judge "$1" flag "$value"
    return
  fi
  if [ -z "$config" ]; then source=none value='' verdict=$legacy; fallback "$1"; return; fi
  while IFS= read -r file; do
    said=$(settings_of "$file" get -v path="$1") || unreadable "$file" "${said#refused }"
    [ "$said" != absent ] || continue
    source=file value=${said#* }
    judge "$1" file "$said"
    return
  done <"$work/sources"
  source=absent value='' verdict=$absent file=$config
  fallback "$1"
}

# The gate is on when nobody names it: then it is enough that the certificate is asked of the cluster.
fallback() {
  [ "$1" = featureGates.RotateKubeletServerCertificate ] || return 0
  was_source=$source was_file=$file
  resolve serverTLSBootstrap
  if [ "$verdict" = good ]; then was=good; else was=bad; fi
  about "$1"
  source=$was_source file=$was_file value='' verdict=$was
}

# judge SETTING flag|file VALUE: sets verdict. A file's value has its type before it.
judge() {
  verdict=bad
  case $kind.$2 in
    bool.flag | gate.flag)
      case $3 in
        1 | t | T | TRUE | true | True) plain=true ;;
        0 | f | F | FALSE | false | False) plain=false ;;
        *) plain= ;;
      esac ;;
    bool.file | gate.file | int.file) case $3 in 'other '*) plain=${3#other } ;; *) plain= ;; esac ;;
    string.file) case $3 in 'string '*) plain=${3#string } ;; *) plain= ;; esac ;;
    *) plain=$3 ;;
  esac
  case $1 in
    authentication.x509.clientCAFile)
      case $plain in
        '') ;;
        /*) if holds_trust "$plain"; then verdict=good; fi ;;
        # Relative to the folder of the file, where it is the main one.
        *) if [ "$2" = file ] && [ "$file" = "$config" ] && holds_trust "${config%/*}/$plain"; then verdict=good; fi ;;
      esac ;;
    authorization.mode) if [ -n "$plain" ] && [ "$plain" != AlwaysAllow ]; then verdict=good; fi ;;
    eventRecordQPS) case $plain in '' | *[!0-9]*) ;; *) verdict=good ;; esac ;;
    # A zero in a file becomes four hours, a zero of the flag stays.
    streamingConnectionIdleTimeout) case $2.$plain in file.* | *[1-9]*) verdict=good ;; esac ;;
    *) if [ "$plain" = "$wanted" ]; then verdict=good; fi ;;
  esac
}

# --- the CA

# certificates: those on stdin, one a line in base64 of their DER form; a line of '!' for what is none.
certificates() {
  awk '
    { sub(/[ \t\r]+$/, "") }
    $0 == "-----BEGIN CERTIFICATE-----" { inside = 1; block = ""; next }
    $0 == "-----END CERTIFICATE-----" && inside { print block; inside = 0; next }
    inside && /[^A-Za-z0-9+\/=]/ { print "!"; inside = 0; next }
    inside { block = block $0 }
    END { if (inside) print "!" }'
}

# holds_trust PATH: a file that the kubelet can read, and in it every certificate that is to be trusted.
holds_trust() {
  [ -n "$trust" ] && [ -f "$1" ] && [ "$(stat -c %s "$1")" -le 262144 ] || return 1
  held=' '
  for block in $(head -c 262144 "$1" | tr -d '\000' | certificates); do
    case $block in
      # A SEQUENCE with a length of two bytes, as every certificate is.
      MI*) held="$held$(printf '%s' "$block" | base64 -d 2>/dev/null | sha256sum | cut -c 1-64) " ;;
      # The kubelet starts with none of a file's certificates when one is broken.
      *) return 1 ;;
    esac
  done
  for each in $trust; do
    case $held in *" $each "*) ;; *) return 1 ;; esac
  done
}

our_ca() {
  [ -n "$trust" ] || refuse no-trust 'CaSha256 is empty, and without it no CA is named to the kubelet'
  [ -e "$ca" ] || refuse ca-missing "$ca is missing on this node"
  our_file "$ca"
  holds_trust "$ca" || refuse ca-other "$ca does not hold every certificate that is to be trusted, or one that cannot be read"
  ! command -v openssl >/dev/null || openssl x509 -in "$ca" -noout 2>/dev/null || refuse ca-other "$ca cannot be read as a certificate"
}

# --- the plan: new texts in $work/new.N, one line a file in $work/plan

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
    json.string) token="\"$3\"" ;;
    *) token=$3 ;;
  esac
  if ! settings_of "$work/new.$number" set -v path="$2" -v value="$token" >"$work/next"; then
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

# unit_files: every file that systemd reads for the kubelet, in order; u for units, e for environment files.
unit_files() {
  : >"$work/units"
  for each in $(shown FragmentPath) $(shown DropInPaths); do
    case $each in *[!A-Za-z0-9._/@:-]*) refuse path "a unit file of the kubelet has an odd name: $each" ;; esac
    printf 'u\t%s\n' "$each" >>"$work/units"
  done
  # An old systemd shows them by the name of the option.
  systemctl show kubelet.service -p EnvironmentFiles 9>&- | sed -n 's/ (ignore_errors=[a-z]*)$//; s/^EnvironmentFiles*=//p' | while IFS= read -r each; do
    if [ -n "$each" ] && [ -e "$each" ]; then printf 'e\t%s\n' "$each" >>"$work/units"; fi
  done
}

# arguments_of FILE u|e MODE [-v …]: the reader and editor of systemd's files; what was planned for a file already counts.
arguments_of() {
  file=$1 of=0 how=$3
  [ "$2" = e ] || of=1
  shift 3
  planned=$(awk -F "$tab" -v path="$file" '$2 == path { print $1 }' "$work/index")
  if [ -n "$planned" ]; then file=$work/new.$planned; fi
  awk -v mode="$how" -v unit="$of" -v newline="$(ends_with_newline "$file")" "$@" -f "$work/arguments.awk" "$file"
}

may_edit() { if [ "$2" = u ]; then is_unit_path "$1"; else is_environment_path "$1"; fi; }

# edit_argument SETTING WANTED
edit_argument() {
  unit_files
  if [ "$source" = flag ] && [ "$kind" != gate ]; then replace_argument "$1" "$2"; return; fi
  if [ "$kind" = gate ]; then argument="--feature-gates=RotateKubeletServerCertificate=true"; else argument="--$flag=$2"; fi

  while IFS="$tab" read -r of path; do
    if [ "$of" = u ]; then printf '%s\n' "$path"; fi
  done <"$work/units" >"$work/list"
  # shellcheck disable=SC2046 # paths without blanks, as looked at above
  awk -v mode=starts -v newline=1 -f "$work/arguments.awk" $(cat "$work/list") >"$work/variables"

  # The benchmark's variable, then that of people, then nodeadm's; one that has a value goes before one that has none.
  candidates='KUBELET_ARGS KUBELET_EXTRA_ARGS NODEADM_KUBELET_ARGS'
  # A gate that an argument turns off is turned on behind it, since the last word counts.
  if [ "$source" = flag ]; then candidates=$(grep -x -E "$(printf '%s' "$candidates" | tr ' ' '|')" "$work/variables" | sed '1!G;h;$!d'); fi
  free=
  for variable in $candidates; do
    grep -q -x "$variable" "$work/variables" || continue
    places=0 at='' as=''
    while IFS="$tab" read -r of path; do
      times=$(arguments_of "$path" "$of" assigned -v variable="$variable")
      [ "$times" != odd ] || refuse argument-form "$path sets $variable in a way that is left to a person"
      [ "$times" = 0 ] || { places=$((places + times)); at=$path as=$of; }
    done <"$work/units"
    case $places in
      0) [ -n "$free" ] || free=$variable ;;
      1) append_argument "$at" "$as" "$variable" "$argument" "$1"; return ;;
      *) refuse argument-twice "$variable is set in several places" ;;
    esac
  done
  [ -n "$free" ] || refuse no-variable 'the unit of the kubelet takes no arguments from KUBELET_ARGS, KUBELET_EXTRA_ARGS or NODEADM_KUBELET_ARGS'
  # What systemd knows of it and no file was seen to set would be lost.
  case " $(shown Environment)" in *" $free="* | *"\"$free="*) refuse argument-form "$free is set in a way that is left to a person" ;; esac
  create_drop_in "$free" "$argument" "$1"
}

replace_argument() {
  bool=0
  if [ "$kind" = bool ]; then bool=1; fi
  places=0 at='' as=''
  while IFS="$tab" read -r of path; do
    times=$(arguments_of "$path" "$of" count -v flag="$flag" -v bool="$bool")
    [ "$times" != odd ] || refuse argument-form "$path has --$flag in a way that is left to a person"
    [ "$times" = 0 ] || { places=$((places + times)); at=$path as=$of; }
  done <"$work/units"
  [ "$places" != 0 ] || refuse argument-elsewhere "the kubelet has --$flag, and it stands in none of the files of its unit"
  [ "$places" = 1 ] || refuse argument-twice "--$flag stands in the files of the unit $places times"
  may_edit "$at" "$as" || refuse path "--$flag stands in $at, which is not edited by this script"
  our_file "$at"
  our_text "$at"
  open_file edit "$at"
  arguments_of "$at" "$as" replace -v flag="$flag" -v value="$2" -v bool="$bool" >"$work/next"
  mv "$work/next" "$work/new.$number"
  change argument "$at" "$1" "--$flag=$value" "--$flag=$2"
}

append_argument() {
  may_edit "$1" "$2" || refuse path "$3 is set in $1, which is not edited by this script"
  our_file "$1"
  our_text "$1"
  open_file edit "$1"
  arguments_of "$1" "$2" append -v variable="$3" -v value="$4" >"$work/next"
  mv "$work/next" "$work/new.$number"
  change argument "$1" "$5" '' "$4"
}

create_drop_in() {
  open_file create "$own_drop_in"
  if [ -s "$work/new.$number" ]; then
    arguments_of "$own_drop_in" u append -v variable="$1" -v value="$2" >"$work/next"
    mv "$work/next" "$work/new.$number"
  else
    if [ -e "$own_drop_in" ] || [ -L "$own_drop_in" ]; then refuse not-ours "$own_drop_in is there and does not set $1"; fi
    if [ -d "$units/kubelet.service.d" ]; then our_folder "$units/kubelet.service.d"; else our_folder "$units"; fi
    printf '[Service]\nEnvironment="%s=%s"\n' "$1" "$2" >"$work/new.$number"
  fi
  change argument "$own_drop_in" "$3" '' "$2"
}

# fix SETTING: when what the kubelet would start with is not enough.
fix() {
  resolve "$1"
  [ "$verdict" = bad ] || return 0
  if [ "$1" = authentication.x509.clientCAFile ]; then our_ca; fi
  # Both are arguments of the function that edits; the readers use the same names.
  case $method.$source in
    auto.flag | auto.none | systemd-arguments.*) edit_argument "$1" "$wanted" ;;
    config-file.flag) refuse flag-wins "the argument --$flag sets $1, and no file can change what an argument sets" ;;
    config-file.none) refuse no-config-file 'the kubelet runs without a configuration file' ;;
    *) edit_setting "$file" "$1" "$wanted" ;;
  esac
}

plan_settings() {
  for each_setting in $settings; do
    fix "$each_setting"
    # Named alone the gate renews nothing.
    if [ "$each_setting" = featureGates.RotateKubeletServerCertificate ] && [ "$verdict" = bad ]; then fix serverTLSBootstrap; fi
  done
}

asked() { printf '%s\n' "$settings" | grep -q -x -F "$1"; }

# Without a client CA the API server's certificate is not looked at: it is let in where everybody is, and nowhere else.
keep_api_server_in() {
  if asked authentication.x509.clientCAFile; then return 0; fi
  if ! asked authentication.anonymous.enabled && ! asked authorization.mode; then return 0; fi
  resolve authentication.x509.clientCAFile
  case $value in '' | null) ;; *) return 0 ;; esac
  for each_setting in authentication.anonymous.enabled authorization.mode; do
    resolve "$each_setting"
    [ "$verdict" = bad ] || return 0
  done
  refuse no-client-ca 'the kubelet has no client CA, and the API server comes in as anybody does: fix kubelet-client-ca-file first, or together with this'
}

# A kubelet that runs keeps the CA that it has read, and none starts without the file.
ca_is_there() {
  if asked authentication.x509.clientCAFile; then return 0; fi
  resolve authentication.x509.clientCAFile
  case $value in
    /*) path=$value ;;
    *) return 0 ;;
  esac
  if [ -f "$path" ]; then held=$(head -c 262144 "$path" | tr -d '\000' | certificates); else held=; fi
  case $held in '' | *!*) refuse ca-gone 'the file that the kubelet has as its client CA is gone or cannot be read, and the kubelet does not start without it: put it back first' ;; esac
}

# plan_modes: chmod takes bits away only; nothing restarts for them.
plan_modes() {
  for each_file in config kubeconfig; do
    case " $modes " in *" $each_file:"*) ;; *) continue ;; esac
    if [ "$each_file" = config ]; then path=$config; else path=$(path_of kubeconfig); fi
    [ -n "$path" ] || refuse no-flag "the kubelet has no --$each_file, and so no file to fix"
    is_kubelet_path "$path" || refuse path "$path is not in the kubelet's own folders"
    our_file "$path" mode owner
    has=$(stat -c '%a' "$path")
    owner=$(stat -c '%u:%g' "$path")
    to=$has to_owner=$owner
    case " $modes " in *" $each_file:mode "*) to=$(printf '%o' $((0$has & 0644))) ;; esac
    case " $modes " in *" $each_file:owner "*) to_owner=0:0 ;; esac
    if [ "$to" != "$has" ]; then change mode "$path" mode "$has" "$to"; fi
    if [ "$to_owner" != "$owner" ]; then change owner "$path" owner "$owner" "$to_owner"; fi
    [ "$to $to_owner" = "$has $owner" ] || printf '%s\t%s\t%s\n' "$path" "$to" "$to_owner" >>"$work/modes"
  done
}

# since: seconds since 1970 at which the kubelet began.
since() {
  boot=$(sed -n 's/^btime \([0-9]*\)$/\1/p' /proc/stat)
  ticks=$(sed 's/^.*) //' "/proc/$pid/stat" | cut -d ' ' -f 20)
  echo $((boot + ticks / 100))
}

# is_older_than LIST: whether one of the files of this list is newer than the process.
is_older_than() {
  began=$(since)
  while IFS= read -r file; do
    [ "$(stat -c %Y "$file")" -le $((began + 10)) ] || return 0
  done <"$1"
  return 1
}

look() {
  find_kubelet
  config=$(path_of config)
  config_directory=$(path_of config-dir)
  case $config$config_directory in
    '') ;;
    /*) ;;
    *) refuse path 'the configuration file of the kubelet is named by a relative path' ;;
  esac
  if [ -n "$config" ]; then is_kubelet_path "$config" || refuse path "$config is not in the kubelet's own folders"; fi
  if [ -n "$config_directory" ]; then is_kubelet_path "$config_directory" || refuse path "$config_directory is not in the kubelet's own folders"; fi
  if [ -n "$settings" ]; then read_files; else : >"$work/sources"; fi
}

count=0
ca=$usual_ca
: >"$work/index"
: >"$work/targets"
: >"$work/modes"
look
keep_api_server_in
plan_modes
plan_settings
verify_settings

restarts=
if [ -s "$work/index" ]; then
  restarts=yes
  # A restart would bring in what somebody else wrote, and the backup of that may keep the kubelet down.
  ! is_older_than "$work/sources" || refuse edited-since 'files of the kubelet were changed after it had started: restart it first, and see that it runs with them'
elif is_older_than "$work/sources"; then
  # The files may be right already.
  restarts=yes
  change restart '' kubelet 'started before its files were changed' 'restarted'
fi

if [ -z "$restarts" ] && [ ! -s "$work/modes" ]; then finish already as-wanted "$as_wanted"; fi

if [ -n "$restarts" ]; then
  [ "$(shown NeedDaemonReload)" = no ] || refuse unit-changed 'the unit files of the kubelet were changed since systemd read them: look at them and run systemctl daemon-reload first'
  unit_files
  cut -f 2 "$work/units" >"$work/list"
  ! is_older_than "$work/list" || refuse edited-since 'the unit of the kubelet, or a file with its arguments, was changed after it had started: restart it first, and see that it runs with that'
  ca_is_there
  sh "$work/rescue.sh" health 9>&- || refuse not-well 'the kubelet is not well before anything is changed (http://127.0.0.1:10248/healthz): bring it up first'
fi

# room FOLDER: a megabyte for old and new, on a file system that can be written.
room() {
  [ -w "$1" ] || refuse read-only "$1 cannot be written"
  [ "$(df -Pk "$1" | awk 'NR == 2 { print $4 }')" -ge 1024 ] || refuse disk-full "less than a megabyte is free where $1 lies"
}
if [ -n "$restarts" ]; then
  room /etc
  room /var/lib
fi
while IFS="$tab" read -r number path how; do
  if [ -d "${path%/*}" ]; then room "${path%/*}"; fi
done <"$work/index"

if [ "$mode" = dry-run ]; then finish dry-run planned 'nothing was changed'; fi

# --- it is done

step() {
  printf '%s\n' "$1" >>"$current/journal"
  persist "$current/journal"
}

# All that is to be done, whole on disk before it begins to count: number, kind, path, old and new sum, old mode and owner, new mode and owner.
prepare() {
  cp "$work/rescue.sh" "$home/rescue.next"
  persist "$home/rescue.next"
  mv -f "$home/rescue.next" "$home/rescue.sh"
  rm -rf "$home/preparing" "$home/gone"
  mkdir "$home/preparing"
  while IFS="$tab" read -r number path how; do
    cp "$work/new.$number" "$home/preparing/new.$number"
    if [ "$how" = edit ]; then
      cp -a "$path" "$home/preparing/old.$number"
      [ "$(sum "$home/preparing/old.$number")" = "$(sum "$work/old.$number")" ] || refuse unsteady "$path was changed meanwhile"
      from="$(stat -c '%a' "$path")$tab$(stat -c '%u:%g' "$path")"
      to=$(awk -F "$tab" -v path="$path" '$1 == path { print $2 "\t" $3 }' "$work/modes")
      printf '%s\tedit\t%s\t%s\t%s\t%s\t%s\n' "$number" "$path" "$(sum "$work/old.$number")" "$(sum "$work/new.$number")" "$from" "${to:-$from}" >&3
    else
      printf '%s\tcreate\t%s\t-\t%s\t-\t-\t644\t0:0\n' "$number" "$path" "$(sum "$work/new.$number")" >&3
    fi
  done <"$work/index" 3>"$home/preparing/files"
  while IFS="$tab" read -r path to to_owner; do
    grep -q -F "$tab$path$tab" "$home/preparing/files" ||
      printf '%s\tmeta\t%s\t-\t-\t%s\t%s\t%s\t%s\n' - "$path" "$(stat -c '%a' "$path")" "$(stat -c '%u:%g' "$path")" "$to" "$to_owner" >>"$home/preparing/files"
  done <"$work/modes"
  printf 'prepared\n' >"$home/preparing/journal"
  printf '%s %s\n' "$$" "$(cut -d ' ' -f 22 "/proc/$$/stat")" >"$home/holder"
  sync
  changing=yes
  mv "$home/preparing" "$current"
  persist "$home"
}

# The rollback that fires by itself, whatever becomes of this script, the agent or SSM; and at boot, before the kubelet.
# Each step says itself whether it worked: `set -e` does not hold in a function that is asked for its success.
arm() {
  tries=0
  # The one before may be about to end: systemd knows its name for a moment longer.
  while :; do
    systemctl stop "$timer.timer" 2>/dev/null 9>&- || :
    systemctl reset-failed "$timer.timer" "$timer.service" 2>/dev/null 9>&- || :
    if systemd-run --unit="$timer" --on-active="$rollback_after" --timer-property=AccuracySec=1s \
      --description='eks-kubelet-audit: puts the kubelet back as it was' /bin/sh "$home/rescue.sh" restore timer >/dev/null 2>&1 9>&-; then break; fi
    tries=$((tries + 1))
    [ "$tries" -lt 5 ] || return 1
    sleep 1 9>&-
  done
  systemctl is-active --quiet "$timer.timer" 9>&- || return 1

  printf '%s\n' '[Unit]' 'Description=eks-kubelet-audit: puts the kubelet back as it was' \
    "ConditionPathExists=$current" "RequiresMountsFor=$home" \
    'Before=kubelet.service nodeadm-boot-hook.service nodeadm-config.service nodeadm-run.service' \
    '[Service]' 'Type=oneshot' "ExecStart=/bin/sh $home/rescue.sh restore boot" >"$boot_unit" || return 1
  chmod 644 "$boot_unit" || return 1
  [ -d "${boot_link%/*}" ] || mkdir -m 755 "${boot_link%/*}" || return 1
  ln -s -f "$boot_unit" "$boot_link" || return 1
  persist "$boot_unit"
}

# write_file edit|create PATH OLD NEW - - MODE OWNER
write_file() {
  next=${2%/*}/.eks-kubelet-audit.next
  rm -f "$next" || return 1
  case $1 in
    edit)
      [ "$(sum "$2")" = "$3" ] || return 1
      cp -a "$2" "$next" || return 1 ;;
    create) [ -d "${2%/*}" ] || mkdir -m 755 "${2%/*}" || return 1 ;;
  esac
  cat "$current/new.$number" >"$next" || return 1
  chown "$8" "$next" && chmod "$7" "$next" || return 1
  [ "$(sum "$next")" = "$4" ] || return 1
  persist "$next"
  mv -f "$next" "$2" || return 1
  persist "${2%/*}"
}

write_all() {
  while IFS="$tab" read -r number how path old new from from_owner to to_owner; do
    step "writing $path"
    case $how in
      meta) { chown "$to_owner" "$path" && chmod "$to" "$path"; } || return 1 ;;
      *) write_file "$how" "$path" "$old" "$new" "$from" "$from_owner" "$to" "$to_owner" || return 1 ;;
    esac
  done <"$current/files"
}

# other_arguments FILE: all but those that this script may have changed.
other_arguments() {
  flags=
  for each_setting in $settings serverTLSBootstrap; do
    about "$each_setting"
    flags="$flags $flag"
  done
  awk -v flags="$flags " '{
    name = $0
    sub(/=.*/, "", name)
    gsub(/_/, "-", name)
    if (!index(flags, " " substr(name, 3) " ")) print
  }' "$1"
}

# is_effective: in a process of its own, whose refusals are words only.
is_effective() {
  trap - EXIT
  changing=
  look
  for each_setting in $settings; do
    resolve "$each_setting"
    [ "$verdict" = good ] || refuse not-effective "$each_setting"
  done
  [ "$(other_arguments "$work/arguments")" = "$(other_arguments "$work/arguments.before")" ] || refuse not-effective 'other arguments than those that were to be fixed have changed'
}

prepare
if [ -n "$restarts" ]; then
  step arming
  arm || roll_back not-armed 'the rollback that fires by itself could not be armed'
  step armed
fi
write_all || roll_back not-written 'a file was changed by somebody else, or could not be written'
step written

if [ -n "$restarts" ]; then
  old_pid=$pid
  cp "$work/arguments" "$work/arguments.before"
  step restarting
  timeout -k 5 60 systemctl daemon-reload 2>/dev/null 9>&- || roll_back no-reload 'systemctl daemon-reload failed'
  # Restarts by others shortly before must not make this one be refused.
  systemctl reset-failed kubelet.service 2>/dev/null 9>&- || :
  timeout -k 5 120 systemctl restart kubelet.service 2>/dev/null 9>&- || roll_back not-back 'systemctl restart kubelet failed'
  step checking
  sh "$home/rescue.sh" health 9>&- || roll_back not-back 'the kubelet did not come back well'

  # What it runs with now: its new arguments, and the files that it started from. A refusal here is none of a file that is ours to refuse.
  if ! effective=$(is_effective); then
    roll_back not-effective "the kubelet came back without the wanted value: $(printf '%s\n' "$effective" | sed -n 's/^words=//p')"
  fi
  find_kubelet
  [ "$pid" != "$old_pid" ] || roll_back not-effective 'the kubelet was not restarted'
fi

# From here on the rescue keeps what was done.
step good
changing=kept
sh "$home/rescue.sh" restore now 9>&- >/dev/null
finish changed fixed "$as_wanted"
