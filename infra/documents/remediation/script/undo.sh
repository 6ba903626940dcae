# Puts the files of an earlier run back. That is a change as every other: under backup and rollback.

changed_after() { refuse changed-since "$1 is not as that run left it"; }

plan_undo() {
  while IFS=$tab read -r saved how path old new from from_owner to to_owner; do
    ours "$saved" "$path" || changed_after "$path"
    our_file "$path" mode owner
    [ "$(stat -c '%a %u:%g' "$path")" = "$to $to_owner" ] || changed_after "$path"
    change undo "$path" "$how" '' ''
    case $how in
      edit)
        open_file edit "$path"
        cat "$undo_of/old.$saved" >"new.$number"
        [ "$(sum "old.$number") $(sum "new.$number")" = "$new $old" ] || changed_after "$path" ;;
      create)
        open_file remove "$path"
        [ "$(sum "old.$number")" = "$new" ] || changed_after "$path"
        continue ;;
    esac
    [ "$from $from_owner" = "$to $to_owner" ] || printf '%s\t%s\t%s\n' "$path" "$from" "$from_owner" >>modes
  done <"$undo_of/files"
}
