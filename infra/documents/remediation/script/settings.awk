# Reads and edits one kubelet configuration, JSON or YAML, without changing a byte that is not asked for.
#   -v mode=get|set|flat  -v newline=0 where the file does not end with a line break (set)
#   -v path=a.b.c         get, set: the setting
#   -v value=TOKEN        set: as it is written in that format
#   -v without='p q'      flat: leaves these settings out, and what was empty above them
#
# get prints `absent`, `null`, `null-above` (of a map around it), or the type (string, other, object) and the value. Mode set prints the whole new text. Exit code 3: `refused REASON` on stdout.
# YAML is read where it is plain: block maps, lists and scalars on one line. What could mean something else than it looks like is refused.

{ text = text $0 "\n" }

END {
  if (newline == 0) text = substr(text, 1, length(text) - 1)
  format = text ~ /^[ \t\n]*[{]/ ? "json" : "yaml"
  SEP = "\001"
  count = split(path, part, ".")
  if (format == "json") read_json(); else read_yaml()
  if (!failed) check_spelling()
  if (failed) refuse()

  if (mode == "flat") flat()
  else if (mode == "get") get()
  else set()
  if (failed) refuse()
}

function fail(why) { if (!failed) failed = why }
function refuse() { print "refused " failed; exit 3 }

function upto(k,   name, i) {
  for (i = 1; i <= k; i++) name = name (i > 1 ? SEP : "") part[i]
  return name
}

# Drop-ins are read whatever the case of their keys, the main file is not: one key in another spelling, or in two, is left to a person.
function check_spelling(   i, low) {
  for (i = 1; i <= count; i++) {
    low = tolower(upto(i))
    if (low in spelled && (spelled[low] != upto(i) || low in twice)) fail("spelling")
  }
}

function note(name, what, raw,   low) {
  if (name in kind) fail("duplicate-key")
  kind[name] = what
  if (what != "map") { leaf[++leaves] = name; shown[leaves] = raw }
  low = tolower(name)
  if (low in spelled && spelled[low] != name) twice[low] = 1
  spelled[low] = name
}

# The value itself, or the innermost map around it that is there.
function set(   k, name) {
  for (k = count; k > 0; k--) if (upto(k) in kind) break
  name = upto(k)
  if (k == count && kind[name] !~ /^(string|other|null)$/) fail("not-a-scalar")
  else if (k < count && kind[name] !~ /^(map|empty|null)$/) fail("not-a-map")
  else if (format == "json") set_json(k, name)
  else set_yaml(k, name)
}

function get(   name, i) {
  name = upto(count)
  if (!(name in kind)) {
    # Above it may stand something that is no map.
    for (i = count - 1; i > 0; i--) if (upto(i) in kind) {
      if (kind[upto(i)] == "null") { print "null-above"; return }
      if (kind[upto(i)] != "map" && kind[upto(i)] != "empty") { fail("not-a-map"); refuse() }
      break
    }
    print "absent"
  } else if (kind[name] == "string") print "string " plain[name]
  else if (kind[name] == "other") print "other " plain[name]
  else if (kind[name] == "null") print "null"
  else print "object"
}

function flat(   i, k, dropped, gone, n, name) {
  n = split(without, dropped, " ")
  for (i = 1; i <= leaves; i++) {
    gone = 0
    for (k = 1; k <= n; k++) {
      name = dropped[k]
      gsub(/\./, SEP, name)
      if (leaf[i] == name) gone = 1
      if ((kind[leaf[i]] == "empty" || kind[leaf[i]] == "null") && index(name, leaf[i] SEP) == 1) gone = 1
    }
    if (!gone) { name = leaf[i]; gsub(SEP, "\t", name); print name "\t" shown[i] }
  }
}

@INCLUDE json.awk@
@INCLUDE yaml.awk@
