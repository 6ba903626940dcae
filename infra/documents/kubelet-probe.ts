import { probeAnswerMarker } from '../../lambda/contract/names.ts';

/**
 * The POSIX shell that reads a node's kubelet: its arguments from /proc, its configuration file and its drop-ins, nothing else.
 * It changes nothing on the node, runs nothing that the node names, and takes no parameter.
 *
 * Its answer on stdout is three lines: the marker with the encoding, the body in base64, and `end LENGTH SHA256` of that base64,
 * so that an answer that was cut or changed on its way is never taken for a whole one. The body is a list of frames,
 * `NAME WORD LENGTH…` and then so many bytes; `lambda/core/kubelet/probe-answer.ts` reads it. Exit code 3: not even that could be said.
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
answer_limit=23500

# A line break inside a path or an argument, as it looks once NULs have become line breaks.
broken=$(printf '\\001')
# What Go's JSON decoder takes for an s and for a k, whatever the case.
long_s=$(printf '\\305\\277')
kelvin=$(printf '\\342\\204\\252')

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

# option FLAG SPELLING: the flag's last value on stdin (one argument a line), by words as the kubelet splits them, never searched as text.
option() {
  value=
  pending=
  while IFS= read -r word; do
    if [ -n "$pending" ]; then value=$word; pending=; continue; fi
    [ "$word" != -- ] || break
    [ "\${word%%=*}" = "$1" ] || [ "\${word%%=*}" = "$2" ] || continue
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

# file NAME PATH: one frame, with the content or why there is none. Sets 'content'.
file() {
  content=
  case $2/ in
    *"$broken"*) frame "$1" line-break '' ''; return ;;
    */../*) frame "$1" dots "$2" ''; return ;;
  esac
  target=$(readlink -f "$root$2")
  if [ -z "$target" ] || [ ! -e "$target" ]; then frame "$1" absent "$2" ''; return; fi
  [ -f "$target" ] || { frame "$1" not-regular "$2" ''; return; }
  [ "$(stat -c %u "$target")" = 0 ] || { frame "$1" not-root "$2" ''; return; }
  content=$(head -c $((file_limit + 1)) "$target" | base64 | tr -d '\\n')
  [ "$(bytes "$content")" -le "$file_limit" ] || { content=; frame "$1" too-large "$2" ''; return; }
  # A file that is being written, or breaks off: half of it may mean something else.
  [ "$(bytes "$content")" = "$(stat -c %s "$target")" ] || { content=; frame "$1" unsteady "$2" ''; return; }
  reason=$(unsendable "$content")
  [ -z "$reason" ] || { content=; frame "$1" "$reason" "$2" ''; return; }
  frame "$1" read "$2" "$content"
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
  total=$2
  [ -z "$names" ] || printf '%s\\n' "$names" | sort | while IFS= read -r name; do
    name=\${name#"$root"}
    [ "$total" -le "$files_limit" ] || { frame drop-in too-large "$name" ''; continue; }
    file drop-in "$name"
    total=$((total + $(bytes "$content")))
  done
}

# --- the answer

kubelet() {
  pid=$1
  cmdline=$(arguments "$pid")
  [ -n "$cmdline" ] || { echo 'unsupported process-changed'; return; }
  [ "$(bytes "$cmdline")" -le "$arguments_limit" ] || { echo 'unsupported arguments-too-long'; return; }
  # The headers of --manifest-url-header may hold a credential.
  text "$cmdline" | lines | grep -q -i -e '^--manifest[-_]url' && { echo 'unsupported secret-in-arguments'; return; }

  here=$(readlink -n "$root/proc/$pid/cwd" | tr '\\n' '\\001')
  config=$(absolute "$(text "$cmdline" | lines | option --config --config)" "$here")
  config_directory=$(absolute "$(text "$cmdline" | lines | option --config-dir --config_dir)" "$here")

  echo "kubelet $pid $2"
  frame arguments read '' "$cmdline"
  case $here in '' | *"$broken"*) frame working-directory absent '' '' ;; *) frame working-directory read "$here" '' ;; esac
  if lines <"$root/proc/$pid/environ" | grep -q '^KUBELET_CONFIG_DROPIN_DIR_ALPHA='; then echo 'alpha yes'; else echo 'alpha no'; fi
  [ -z "$config" ] || file config "$config"
  [ -z "$config_directory" ] || directory "$config_directory" "$(bytes "$content")"

  [ "$(arguments "$pid")" = "$cmdline" ] || echo changed
}

body() {
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

encode() { { body; echo 'done'; } | "$@" | base64 | tr -d '\\n'; }

encoding=gzip
if command -v gzip >/dev/null; then payload=$(encode gzip -9 -n -c); else encoding=plain; payload=$(encode cat); fi
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
