# --- the client CA

# Every path that may be the client CA's, one a line: of the flag, and of whatever looks like the key in the files that were read.
# Which of them counts is decided where the answer is read: a path too few costs that node a fact, none can make a wrong one. Of the files' paths only
# those in ASCII, since a file may hold any bytes.
ca_paths() {
  absolute "$(text "$cmdline" | lines | option --client-ca-file)" "$here"
  printf '\n'
  text "$frames" |
    sed -n "s/^.*[cC][lL][iI][eE][nN][tT][cC][aA][fF][iI][lL][eE][\"']\{0,1\}[[:space:]]*:[[:space:]]*[\"']\{0,1\}\([^\"'#,}]*\).*$/\1/p" |
    sed 's/[[:space:]]*$//' | head -n 8 | while IFS= read -r path; do
      case $path in
        '' | *[!\ -~]*) ;;
        /*) printf '%s\n' "$path" ;;
        *) printf '%s/%s\n%s/%s\n' "${config%/*}" "$path" "${here%/}" "$path" ;;
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
      +'-----END CERTIFICATE-----') printf '%s\n' "$block"; inside= ;;
      +*[!A-Za-z0-9+/=]*) printf '!\n'; inside= ;;
      +*) block=$block$line ;;
    esac
  done
  [ -z "$inside" ] || printf '!\n'
}

# client_ca PATH: one frame.
client_ca() {
  if [ -n "$without_certificates" ]; then frame client-ca no-room "$1" ''; return; fi
  find_target client-ca "$1" || return 0
  [ "$(stat -c %s "$target")" -le "$ca_file_limit" ] || { frame client-ca too-large-bundle "$1" ''; return; }
  bundle=$(head -c "$ca_file_limit" "$target" | tr '\000' '!' | sed 's/[[:space:]]*$//' | certificates | head -c $((certificates_size_limit + 1)))
  if [ "${#bundle}" -gt "$certificates_size_limit" ] || [ "$(printf '%s\n' "$bundle" | wc -l)" -gt "$certificates_limit" ]; then
    frame client-ca too-many-certificates "$1" ''
    return
  fi
  owned="read"
  [ "$(stat -c %u "$target")" = 0 ] || owned=not-root
  frame client-ca "$owned" "$1" "$(printf '%s' "$bundle" | base64 | tr -d '\n')"
}
