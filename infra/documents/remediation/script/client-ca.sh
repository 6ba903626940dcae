# The certificates of the client CA.

# certificates: those on stdin, one a line in base64 of their DER form; a line of '!' for what is none. A certificate is a SEQUENCE (30 82) that is as long
# as its next two bytes say.
certificates() {
  awk '
    function digit(i) { return index("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", substr(block, i, 1)) - 1 }
    function is_whole(   size) {
      size = length(block) * 3 / 4 - (block ~ /=$/) - (block ~ /==$/)
      return block ~ /^MI[I-L][A-Za-z0-9+\/]+=?=?$/ && length(block) % 4 == 0 && size == digit(3) % 4 * 16384 + digit(4) * 256 + digit(5) * 4 + int(digit(6) / 16) + 4
    }
    { sub(/[ \t\r]+$/, "") }
    $0 == "-----BEGIN CERTIFICATE-----" { inside = 1; block = ""; next }
    $0 == "-----END CERTIFICATE-----" && inside { print is_whole() ? block : "!"; inside = 0; next }
    inside && /[^A-Za-z0-9+\/=]/ { print "!"; inside = 0; next }
    inside { block = block $0 }
    END { if (inside) print "!" }'
}

# holds_trust PATH: a file that the kubelet can read, and in it every certificate that is to be trusted.
holds_trust() {
  [ -n "$trust" ] && [ -f "$1" ] && [ "$(stat -c %s "$1")" -le 262144 ] || return 1
  held=' '
  for block in $(head -c 262144 "$1" | tr -d '\000' | certificates); do
    # The kubelet starts with none of a file's certificates when one is broken.
    [ "$block" != '!' ] || return 1
    held="$held$(printf '%s' "$block" | base64 -d | sha256sum | cut -c 1-64) "
  done
  for each in $trust; do
    case $held in *" $each "*) ;; *) return 1 ;; esac
  done
}

our_ca() {
  [ -n "$trust" ] || refuse no-trust 'CaSha256 is empty'
  [ -e "$ca" ] || refuse ca-missing "$ca is missing on this node"
  our_file "$ca"
  holds_trust "$ca" || refuse ca-other "$ca lacks a certificate that is to be trusted, or has a broken one"
  ! command -v openssl >/dev/null || openssl x509 -in "$ca" -noout 2>/dev/null || refuse ca-other "$ca cannot be read as a certificate"
}

# subject_of BLOCK: as openssl writes names here, whatever its version.
subject_of() { printf '%s' "$1" | base64 -d | openssl x509 -inform DER -noout -subject 2>/dev/null | sed 's/^subject= *//'; }

# confirm: sets confirmed, and as_seen to the words for it.
confirm() {
  confirmed='' as_seen='; that it runs with that is not confirmed yet'
  if [ "$mode" != undo ] && asked authentication.x509.clientCAFile; then confirm_ca; fi
  [ "$confirmed" != yes ] || as_seen="; it asks for certificates of the client CA${others:+; the other values are not confirmed yet}"
}

# confirm_ca: sets confirmed by what runs, and not by what a file says: yes, no with what was seen, or nothing where that cannot be seen. The kubelet asks clients for a certificate, and names the CAs that it trusts,
# only where it has a client CA.
confirm_ca() {
  seen=
  command -v openssl >/dev/null || return 0
  resolve authentication.x509.clientCAFile
  case $value in /*) path=$value ;; *) path=${config%/*}/$value ;; esac
  timeout 10 openssl s_client -connect 127.0.0.1:10250 </dev/null >handshake 2>/dev/null 9>&- || :
  # Without a cipher there was no handshake.
  grep -q -E 'Cipher *(is|:) *[A-Z]' handshake && ! grep -q 'Cipher is (NONE)' handshake || return 0
  sed -n '/^Acceptable client certificate CA names/,/^\(---\|Client Certificate Types\|Requested Signature\|Peer sign\)/p' handshake >names
  confirmed=no seen='asks nobody for a certificate'
  [ -s names ] || return 0
  for block in $(certificates <"$path"); do
    name=$(subject_of "$block")
    seen='does not name that CA'
    [ -n "$name" ] && grep -q -x -F "$name" names || return 0
  done
  confirmed=yes seen=''
}
