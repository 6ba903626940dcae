# What the kubelet runs with after its next start.

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
