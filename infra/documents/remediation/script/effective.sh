# What the kubelet runs with after its next start.

# flag_value FLAG KIND: 'set VALUE' or 'unset'. Words as the kubelet splits them; an underscore is a dash; the last one counts. 'odd' where it may be the
# value of the word before it, as it is in `--provider-id --client-ca-file=/x`, and where gates are set all at once.
flag_value() {
  awk -v flag="$1" -v kind="$2" '
    NR == 1 || done { next }
    pending { pending = 0; value = $0; take(); before = ""; next }
    $0 == "--" { done = 1; if (before ~ /^-[^=]*$/) odd = 1; next }
    {
      word = $0
      name = word
      sub(/=.*/, "", name)
      gsub(/_/, "-", name)
      if (name == "--" flag) {
        if (before ~ /^-[^=]*$/ && before !~ /^--(anonymous-auth|authentication-token-webhook|make-iptables-util-chains|protect-kernel-defaults|rotate-certificates|rotate-server-certificates)$/) odd = 1
        if (index(word, "=")) { value = substr(word, index(word, "=") + 1); take() }
        else if (kind == "bool") { value = "true"; take() }
        else pending = 1
      }
      gsub(/_/, "-", word)
      before = word
    }
    function take(   i, n, gate) {
      if (kind != "gate") { found = 1; last = value; return }
      n = split(value, gate, ",")
      for (i = 1; i <= n; i++) {
        gsub(/[ \t]/, "", gate[i])
        if (gate[i] ~ /All(Alpha|Beta)=/ || gate[i] ~ /.RotateKubeletServerCertificate/) odd = 1
        if (sub(/^RotateKubeletServerCertificate=/, "", gate[i])) { found = 1; last = gate[i] }
      }
    }
    END { print odd ? "odd" : found ? "set " last : "unset" }
  ' arguments
}

# flag_of FLAG KIND: sets found.
flag_of() {
  found=$(flag_value "$1" "$2")
  [ "$found" != odd ] || leave odd-arguments "the kubelet has --$1 in an odd way"
}

path_of() {
  flag_of "$1" string
  case $found in 'set '*) path=${found#set } ;; *) path= ;; esac
}

# Where drop-ins are an alpha feature they are merged in another way, and the kubelet needs this variable.
merges_as_alpha() { [ -n "$pid" ] && tr '\000' '\n' <"/proc/$pid/environ" | grep -q ^KUBELET_CONFIG_DROPIN_DIR_ALPHA=; }

# read_files: the configuration file and its drop-ins, the last one first, in sources.
read_files() {
  if [ -z "$config" ]; then
    [ -z "$config_directory" ] || leave no-config-file 'the kubelet has drop-ins and no configuration file'
    return 0
  fi
  if [ -n "$config_directory" ]; then
    our_folder "$config_directory"
    # The kubelet's order of files in folders within it is another than that of their paths.
    [ -z "$(find "$config_directory" -mindepth 2 -name '*.conf' | head -c 1)" ] || refuse sub-folders "$config_directory has drop-ins in sub-folders"
    find "$config_directory" -name '*.conf' ! -type d >drop-ins
    while IFS= read -r file; do
      is_kubelet_path "$file" || refuse path "a drop-in is not in the kubelet's folders, or has an odd name: $file"
    done <drop-ins
    sort -r drop-ins >sources
    ! merges_as_alpha || leave old-drop-ins 'an old kubelet merges drop-ins in a way of its own'
  fi
  printf '%s\n' "$config" >>sources
  while IFS= read -r file; do
    our_folder "${file%/*}"
    [ ! -L "$file" ] || refuse symbolic-link "$file is a symbolic link"
    [ -f "$file" ] || refuse not-regular "$file is not a regular file"
    our_text "$file"
    get kind
    [ "$said" = 'string KubeletConfiguration' ] || refuse not-a-configuration "$file is not a KubeletConfiguration"
  done <sources
}

# about SETTING: its flag, what it is to be, and whether its default is enough with a configuration file (absent) and without one (legacy).
about() {
  kind=bool absent=good legacy=good
  case $1 in
    authentication.x509.clientCAFile) flag=client-ca-file kind=string wanted=$ca absent=bad legacy=bad ;;
    authentication.anonymous.enabled) flag=anonymous-auth wanted=false legacy=bad ;;
    authorization.mode) flag=authorization-mode kind=string wanted=Webhook legacy=bad ;;
    authentication.webhook.enabled) flag=authentication-token-webhook wanted=true legacy=bad ;;
    readOnlyPort) flag=read-only-port kind=int wanted=0 legacy=bad ;;
    streamingConnectionIdleTimeout) flag=streaming-connection-idle-timeout kind=duration wanted=4h0m0s ;;
    protectKernelDefaults) flag=protect-kernel-defaults wanted=true absent=bad legacy=bad ;;
    makeIPTablesUtilChains) flag=make-iptables-util-chains wanted=true ;;
    eventRecordQPS) flag=event-qps kind=int wanted=50 ;;
    rotateCertificates) flag=rotate-certificates wanted=true ;;
    serverTLSBootstrap) flag=rotate-server-certificates wanted=true absent=bad legacy=bad ;;
    featureGates.RotateKubeletServerCertificate) flag=feature-gates kind=gate wanted=true absent=bad legacy=bad ;;
  esac
}

# resolve SETTING: source (flag, file, absent, none), file, value with its type, verdict.
resolve() {
  about "$1"
  flag_of "$flag" "$kind"
  file=
  if [ "$found" != unset ]; then
    source=flag value=${found#set }
    judge "$1" flag "$value"
    return
  fi
  if [ -z "$config" ]; then source=none value='' verdict=$legacy; fallback "$1"; return; fi
  while IFS= read -r file; do
    if [ "$kind" = gate ]; then
      for each in AllAlpha AllBeta; do
        get "featureGates.$each"
        [ "$said" = absent ] || leave gates-at-once "$file sets $each"
      done
    fi
    get "$1"
    case $said in
      absent) continue ;;
      null | null-above)
        # What that means in a drop-in depends on the kubelet's version.
        [ "$file" = "$config" ] || leave null "$file says null where $1 would be"
        # In the configuration file it is as if nothing were there; a gate that is null there is off.
        [ "$kind.$said" = gate.null ] || continue
        said='other false' ;;
    esac
    source=file value=${said#* }
    judge "$1" file "$said"
    return
  done <sources
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

# odd_value SETTING: one in a spelling that the kubelet may understand in another way than this script does.
odd_value() { leave odd-value "$1 has a value in an odd form"; }

# is_defaulted flag|file SETTING: whether an empty text or a zero there becomes the default: always in the configuration file, never in a flag.
is_defaulted() {
  [ "$1" = flag ] || [ "$file" = "$config" ] || leave odd-value "what $file says of $2 depends on the version"
  [ "$1" = file ]
}

# judge SETTING flag|file VALUE: sets verdict. A file's value has its type before it.
judge() {
  verdict=bad
  case $kind.$2 in
    bool.flag | gate.flag)
      case $3 in
        1 | t | T | TRUE | true | True) plain=true ;;
        0 | f | F | FALSE | false | False) plain=false ;;
        *) odd_value "$1" ;;
      esac ;;
    bool.file | gate.file) case $3 in 'other true' | 'other false') plain=${3#other } ;; *) odd_value "$1" ;; esac ;;
    int.file) case $3 in 'other '*) plain=${3#other } ;; *) odd_value "$1" ;; esac ;;
    *.file) case $3 in 'string '*) plain=${3#string } ;; *) odd_value "$1" ;; esac ;;
    *) plain=$3 ;;
  esac
  case $kind in
    int) case $plain in '' | *[!0-9-]* | 0?* | -0* | ?*-* | -) odd_value "$1" ;; esac ;;
    duration) printf '%s\n' "$plain" | grep -q -x -E '0|([0-9]+(h|m|s|ms))+' || odd_value "$1" ;;
  esac
  case $1 in
    authentication.x509.clientCAFile)
      case $plain in
        '') ;;
        /*) if holds_trust "$plain"; then verdict=good; fi ;;
        # Relative to the folder of the file, where it is the main one.
        *) if [ "$2" = file ] && [ "$file" = "$config" ] && holds_trust "${config%/*}/$plain"; then verdict=good; fi ;;
      esac ;;
    authorization.mode)
      case $plain in
        '') if is_defaulted "$2" "$1"; then verdict=$absent; fi ;;
        AlwaysAllow) ;;
        *) verdict=good ;;
      esac ;;
    eventRecordQPS) case $plain in '' | *[!0-9]*) ;; *) verdict=good ;; esac ;;
    streamingConnectionIdleTimeout)
      case $plain in
        *[1-9]*) verdict=good ;;
        *) if is_defaulted "$2" "$1"; then verdict=$absent; fi ;;
      esac ;;
    *) if [ "$plain" = "$wanted" ]; then verdict=good; fi ;;
  esac
}

# look: all that the next start of the kubelet reads.
look() {
  find_kubelet
  path_of config
  config=$path
  path_of config-dir
  config_directory=$path
  if [ -n "$config" ]; then kubelet_path "$config"; fi
  if [ -n "$config_directory" ]; then kubelet_path "$config_directory"; fi
  : >sources
  : >units
  : >programs
  if [ -n "$settings" ]; then read_files; unit_files; fi
}
