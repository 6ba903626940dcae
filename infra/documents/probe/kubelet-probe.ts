import { probeAnswerMarker } from '../../../lambda/contract/names.ts';

/**
 * The POSIX shell that reads a node's kubelet: its arguments from /proc, its configuration file and its drop-ins, the certificates of its
 * client CA, and mode and owner of two files, nothing else. On Bottlerocket, whose shell sees no kubelet, it asks the API of the node instead.
 * It changes nothing on the node, runs nothing that the node names, and takes no parameter.
 *
 * Its answer on stdout is three lines: the marker with the encoding, the body in base64, and `end LENGTH SHA256` of that base64,
 * so that an answer that was cut or changed on its way is never taken for a whole one. The body is a list of frames,
 * `NAME WORD LENGTH…` and then so many bytes; `lambda/core/kubelet/node/probe-answer.ts` reads it. Exit code 3: not even that could be said.
 *
 * @param root where the node's file system begins: empty on a node; the lab changes this one line and nothing else
 */
export const kubeletProbeScript = ({ root }: { readonly root: string }): string => `#!/bin/sh
# ${probeAnswerMarker}: tells an auditor how this node's kubelet is configured. Reads only.
root='${root}'
PATH="$root/usr/bin:$root/bin:/usr/bin:/bin"
LC_ALL=C
export PATH LC_ALL
unset COLUMNS
set -f
umask 077

for tool in base64 sha256sum tr; do
  command -v "$tool" >/dev/null 2>&1 || { echo "$tool is missing" >&2; exit 3; }
done
exec 2>/dev/null

file_limit=131072
files_limit=262144
drop_ins_limit=64
arguments_limit=65536
ca_file_limit=262144
certificates_limit=8
certificates_size_limit=16384
report_limit=65536
answer_limit=23500

# A line break inside a path or an argument, as it looks once NULs have become line breaks.
broken=$(printf '\\001')
# What Go's JSON decoder takes for an s and for a k, whatever the case.
long_s=$(printf '\\305\\277')
kelvin=$(printf '\\342\\204\\252')

# Where Bottlerocket gives its host containers the client of its API.
apiclient="$root/usr/local/bin/apiclient"

lines() { tr '\\000\\n' '\\n\\001'; }
bytes() { printf '%s' "$1" | base64 -d | wc -c | tr -d ' '; }
text() { printf '%s' "$1" | base64 -d; }

# frame NAME WORD PATH CONTENT: the content in base64.
frame() {
  printf '%s %s %s %s\\n' "$1" "$2" "$(printf '%s' "$3" | wc -c | tr -d ' ')" "$(bytes "$4")"
  printf '%s\\n' "$3"
  text "$4"
  printf '\\n'
}

# --- which process is the kubelet of this host

arguments() { head -c $((arguments_limit + 1)) "$root/proc/$1/cmdline" | base64 | tr -d '\\n'; }

named_kubelet() {
  head -c 8192 "$root/proc/$1/cmdline" | lines | {
    IFS= read -r first || return 1
    IFS= read -r second
    case \${first##*/} in
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
  known=" $(printf '%s\\n' "$1" | sed -n 's/^host \\([0-9]*\\) .*/\\1/p' | tr '\\n' ' ') "
  printf '%s\\n' "$1" | while read -r where pid parent; do
    [ "$where" = host ] || continue
    case $known in *" $parent "*) ;; *) echo "$pid $parent" ;; esac
  done
}

# --- where its configuration lies

# A flag as the kubelet spells it: an underscore in its name is a dash.
spelled() {
  name=\${1%%=*}
  [ "\${#name}" -gt 40 ] || while :; do
    case $name in --*_*) name=\${name%%_*}-\${name#*_} ;; *) break ;; esac
  done
}

# option FLAG: the flag's last value on stdin (one argument a line), by words as the kubelet splits them, never searched as text.
option() {
  value=
  pending=
  while IFS= read -r word; do
    if [ -n "$pending" ]; then value=$word; pending=; continue; fi
    [ "$word" != -- ] || break
    spelled "$word"
    [ "$name" = "$1" ] || continue
    case $word in *=*) value=\${word#*=} ;; *) pending=yes ;; esac
  done
  printf '%s' "$value"
}

# A relative path counts from the kubelet's working directory.
absolute() {
  case $1 in
    '' | /*) printf '%s' "$1" ;;
    *) printf '%s/%s' "\${2%/}" "$1" ;;
  esac
}

# --- files

# Prints why this content must not leave the node, or nothing.
unsendable() {
  [ "$(text "$1" | tr -d '\\000' | wc -c)" -eq "$(text "$1" | wc -c)" ] || { echo nul-bytes; return; }
  # Only a kubelet configuration is ever sent, whatever file the arguments name.
  text "$1" | grep -q -e "kind[\\"']\\{0,1\\}[[:space:]]*:[[:space:]]*[\\"']\\{0,1\\}KubeletConfiguration" || { echo not-a-kubelet-configuration; return; }
  # staticPodURLHeader may hold a credential, and so may the URL beside it.
  text "$1" | grep -q -i staticPodURL && { echo secret; return; }
  # Spellings that could hide that name: escapes of letters, escaped line breaks, YAML tags such as !!binary, letters that fold to s and k.
  text "$1" | grep -q -i -e '\\\\u00[04-7]' -e '\\\\u017f' -e '\\\\u212a' -e '\\\\x' -e '\\\\$' -e '\\\\[^ -~]' \\
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

# When a process began, in seconds since 1970, or nothing. The kernel counts hundredths of a second since the boot.
began() {
  boot=$(sed -n 's/^btime \\([0-9]\\{1,12\\}\\)$/\\1/p' "$root/proc/stat")
  ticks=$(sed -n 's/^.*) \\([^ ]* \\)\\{19\\}\\([0-9]\\{1,15\\}\\) .*$/\\2/p' "$root/proc/$1/stat")
  [ -z "$boot" ] || [ -z "$ticks" ] || echo $((boot + ticks / 100))
}

# edited PATH TARGET: one frame when that was changed after the kubelet began; ten seconds are for clocks that are set at the boot.
edited() {
  [ -n "$start" ] && [ "$(stat -c %Y "$2")" -gt $((start + 10)) ] && frame edited read "$1" ''
}

# file NAME PATH: one frame, with the content or why there is none; and whether it is newer than the kubelet. Sets 'content'.
file() {
  content=
  find_target "$1" "$2" || return
  [ "$(stat -c %u "$target")" = 0 ] || { frame "$1" not-root "$2" ''; return; }
  content=$(head -c $((file_limit + 1)) "$target" | base64 | tr -d '\\n')
  [ "$(bytes "$content")" -le "$file_limit" ] || { content=; frame "$1" too-large "$2" ''; return; }
  # A file that is being written, or breaks off: half of it may mean something else.
  [ "$(bytes "$content")" = "$(stat -c %s "$target")" ] || { content=; frame "$1" unsteady "$2" ''; return; }
  reason=$(unsendable "$content")
  [ -z "$reason" ] || { content=; frame "$1" "$reason" "$2" ''; return; }
  frame "$1" read "$2" "$content"
  edited "$2" "$target"
}

# Every *.conf below a drop-in directory; a line of '!' at the end when the list is not whole.
drop_ins() {
  {
    find "$1" -maxdepth 5 -name '*.conf' ! -type d -print0 || printf '!\\000'
    [ -z "$(find "$1" -mindepth 5 -maxdepth 5 | head -c 1)" ] || printf '!\\000'
  } | lines
}

directory() {
  case $1/ in
    *"$broken"*) frame directory line-break '' ''; return ;;
    */../*) frame directory dots "$1" ''; return ;;
  esac
  there=\${1%"\${1##*[!/]}"}
  # The kubelet does not follow a link here, and so reads no drop-in at all: left to a person.
  [ -L "$root$there" ] && { frame directory link "$1" ''; return; }
  [ -e "$root$there" ] || { frame directory absent "$1" ''; return; }
  [ -d "$root$there" ] || { frame directory not-a-directory "$1" ''; return; }
  names=$(drop_ins "$root$there")
  case $names in '!'* | *"
!"*) frame directory unlisted "$1" ''; return ;; esac
  case $names in *"$broken"*) frame directory line-break "$1" ''; return ;; esac
  [ "$(printf '%s\\n' "$names" | wc -l)" -le "$drop_ins_limit" ] || { frame directory too-many "$1" ''; return; }
  frame directory read "$1" ''
  edited "$1" "$root$there"
  total=$2
  [ -z "$names" ] || printf '%s\\n' "$names" | sort | while IFS= read -r name; do
    name=\${name#"$root"}
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
  frame permissions read "$1" "$(printf '%s' "$seen" | base64 | tr -d '\\n')"
}

# --- the client CA

# Every path that may be the client CA's, one a line: of the flag, and of whatever looks like the key in the files that were read.
# Which of them counts is decided where the answer is read: a path too few costs that node a fact, none can make a wrong one.
ca_paths() {
  absolute "$(text "$cmdline" | lines | option --client-ca-file)" "$here"
  printf '\\n'
  text "$frames" |
    sed -n "s/^.*[cC][lL][iI][eE][nN][tT][cC][aA][fF][iI][lL][eE][\\"']\\{0,1\\}[[:space:]]*:[[:space:]]*[\\"']\\{0,1\\}\\([^\\"'#,}]*\\).*$/\\1/p" |
    sed 's/[[:space:]]*$//' | head -n 8 | while IFS= read -r path; do
      case $path in
        '') ;;
        /*) printf '%s\\n' "$path" ;;
        *) printf '%s/%s\\n%s/%s\\n' "\${config%/*}" "$path" "\${here%/}" "$path" ;;
      esac
    done
}

# The certificates on stdin, one a line in base64 of its DER form; a line of '!' for one that is not clean. Nothing else of the file passes.
certificates() {
  block=
  inside=
  while IFS= read -r line || [ -n "$line" ]; do
    case $inside$line in
      '-----BEGIN CERTIFICATE-----') inside=+; block= ;;
      +'-----END CERTIFICATE-----') printf '%s\\n' "$block"; inside= ;;
      +*[!A-Za-z0-9+/=]*) printf '!\\n'; inside= ;;
      +*) block=$block$line ;;
    esac
  done
  [ -z "$inside" ] || printf '!\\n'
}

# client_ca PATH: one frame.
client_ca() {
  if [ -n "$without_certificates" ]; then frame client-ca no-room "$1" ''; return; fi
  find_target client-ca "$1" || return 0
  [ "$(stat -c %s "$target")" -le "$ca_file_limit" ] || { frame client-ca too-large-bundle "$1" ''; return; }
  bundle=$(head -c "$ca_file_limit" "$target" | tr '\\000' '!' | sed 's/[[:space:]]*$//' | certificates | head -c $((certificates_size_limit + 1)))
  if [ "\${#bundle}" -gt "$certificates_size_limit" ] || [ "$(printf '%s\\n' "$bundle" | wc -l)" -gt "$certificates_limit" ]; then
    frame client-ca too-many-certificates "$1" ''
    return
  fi
  owned="read"
  [ "$(stat -c %u "$target")" = 0 ] || owned=not-root
  frame client-ca "$owned" "$1" "$(printf '%s' "$bundle" | base64 | tr -d '\\n')"
}

# --- the answer

kubelet() {
  pid=$1
  cmdline=$(arguments "$pid")
  [ -n "$cmdline" ] || { echo 'unsupported process-changed'; return; }
  [ "$(bytes "$cmdline")" -le "$arguments_limit" ] || { echo 'unsupported arguments-too-long'; return; }
  # The headers of --manifest-url-header may hold a credential.
  text "$cmdline" | lines | grep -q -i -e '^--manifest[-_]url' && { echo 'unsupported secret-in-arguments'; return; }

  start=$(began "$pid")
  here=$(readlink -n "$root/proc/$pid/cwd" | tr '\\n' '\\001')
  config=$(absolute "$(text "$cmdline" | lines | option --config)" "$here")
  config_directory=$(absolute "$(text "$cmdline" | lines | option --config-dir)" "$here")
  kubeconfig=$(absolute "$(text "$cmdline" | lines | option --kubeconfig)" "$here")

  echo "kubelet $pid $2"
  frame arguments read '' "$cmdline"
  case $here in '' | *"$broken"*) frame working-directory absent '' '' ;; *) frame working-directory read "$here" '' ;; esac
  if lines <"$root/proc/$pid/environ" | grep -q '^KUBELET_CONFIG_DROPIN_DIR_ALPHA='; then echo 'alpha yes'; else echo 'alpha no'; fi
  frames=$({
    [ -z "$config" ] || file config "$config"
    [ -z "$config_directory" ] || directory "$config_directory" "$(bytes "$content")"
  } | base64 | tr -d '\\n')
  text "$frames"
  [ -z "$kubeconfig" ] || permissions "$kubeconfig"
  [ -z "$config" ] || permissions "$config"
  ca_paths | sort -u | head -n 8 | while IFS= read -r path; do
    [ -z "$path" ] || client_ca "$path"
  done

  [ "$(arguments "$pid")" = "$cmdline" ] || echo changed
}

# asked NAME COMMAND…: one frame, with what the command printed.
asked() {
  subject=$1
  shift
  content=$("$@" | head -c $((report_limit + 1)) | base64 | tr -d '\\n')
  if [ -z "$content" ]; then frame "$subject" failed '' ''; return; fi
  [ "$(bytes "$content")" -le "$report_limit" ] || { frame "$subject" too-much '' ''; return; }
  frame "$subject" read '' "$content"
}

# A host container of Bottlerocket sees neither the kubelet nor its files, and has the client of the node's API.
is_bottlerocket() { [ -d "$root/.bottlerocket/host-containers" ] && [ -x "$apiclient" ]; }

bottlerocket() {
  for tool in head timeout wc; do
    command -v "$tool" >/dev/null || { echo "unsupported no-$tool"; return; }
  done
  echo bottlerocket
  asked report timeout 15 "$apiclient" report cis-k8s -f json
  asked settings timeout 5 "$apiclient" get settings.kubernetes.standalone-mode settings.kubernetes.cluster-certificate
}

body() {
  if is_bottlerocket; then bottlerocket; return; fi
  for tool in cat find grep head ps readlink sed sort stat wc; do
    command -v "$tool" >/dev/null || { echo "unsupported no-$tool"; return; }
  done
  # A shell with a file system of its own would read the wrong files.
  same_namespace self mnt || { echo 'unsupported other-file-system'; return; }

  content=
  found=$(ps -ef -ww | candidates)
  [ "$found" != unsupported ] || { echo 'unsupported ps-output'; return; }
  for where in pod pid-namespace mount-namespace owner other-root; do
    count=$(printf '%s\\n' "$found" | grep -c "^$where ")
    [ "$count" = 0 ] || echo "ignored $where $count"
  done

  kubelets=$(without_forks "$found")
  case $kubelets in
    '') echo none ;;
    *"
"*) echo several; printf '%s\\n' "$kubelets" | head -n 16 | sed 's/^/process /' ;;
    *) kubelet "\${kubelets% *}" "\${kubelets#* }" ;;
  esac
}

encode() {
  if [ "$encoding" = gzip ]; then gzip -9 -n -c; else cat; fi | base64 | tr -d '\\n'
}
answer() { { body; echo 'done'; } | encode; }

encoding=gzip
command -v gzip >/dev/null || encoding=plain
without_certificates=
payload=$(answer)
if [ "\${#payload}" -gt "$answer_limit" ]; then without_certificates=yes; payload=$(answer); fi
if [ "\${#payload}" -gt "$answer_limit" ]; then
  encoding=plain
  payload=$(printf 'unsupported answer-too-long\\ndone\\n' | base64 | tr -d '\\n')
fi

printf '%s %s\\n%s\\n' '${probeAnswerMarker}' "$encoding" "$payload"
sum=$(printf '%s' "$payload" | sha256sum)
printf 'end %s %s\\n' "\${#payload}" "\${sum%% *}"
exit 0
`;

/** The content of the SSM Command document (schema 2.2) that carries the probe: one step for Linux, no parameters. */
export const kubeletProbeDocument = () => ({
  schemaVersion: '2.2',
  description:
    'eks-kubelet-audit: reads the kubelet configuration of an EKS node. Changes nothing, takes no parameters.',
  mainSteps: [
    {
      action: 'aws:runShellScript',
      name: 'readKubelet',
      precondition: { StringEquals: ['platformType', 'Linux'] },
      inputs: { timeoutSeconds: '30', runCommand: kubeletProbeScript({ root: '' }).trimEnd().split('\n') },
    },
  ],
});
