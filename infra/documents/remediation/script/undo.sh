# Puts the files of an earlier run back. That is a change as every other: under backup and rollback.

changed_after() { refuse changed-since "$1 is not as that run left it"; }

# is_as_before KIND PATH OLD MODE OWNER: somebody put it back already, as nodeadm does at a boot.
is_as_before() {
  if [ "$1" = create ]; then [ ! -e "$2" ] && [ ! -L "$2" ]; return; fi
  [ -f "$2" ] && [ ! -L "$2" ] && [ "$(stat -c '%a %u:%g' "$2")" = "$4 $5" ] || return 1
  [ "$1" = meta ] || [ "$(sum "$2")" = "$3" ]
}

plan_undo() {
  while IFS=$tab read -r saved how path old new from from_owner to to_owner; do
    ours "$saved" "$path" || changed_after "$path"
    is_as_before "$how" "$path" "$old" "$from" "$from_owner" && continue
    our_file "$path" mode owner
    [ "$(stat -c '%a %u:%g' "$path")" = "$to $to_owner" ] || changed_after "$path"
    case $how in
      edit)
        open_file edit "$path"
        cat "$undo_of/old.$saved" >"new.$number"
        [ "$(sum "old.$number") $(sum "new.$number")" = "$new $old" ] || changed_after "$path"
        change undo "$path" edit '' '' ;;
      create)
        open_file remove "$path"
        [ "$(sum "old.$number")" = "$new" ] || changed_after "$path"
        change undo "$path" "$how" '' ''
        continue ;;
    esac
    [ "$from $from_owner" = "$to $to_owner" ] || {
      printf '%s\t%s\t%s\n' "$path" "$from" "$from_owner" >>modes
      change undo "$path" mode "$to $to_owner" "$from $from_owner"
    }
  done <"$undo_of/files"
}
