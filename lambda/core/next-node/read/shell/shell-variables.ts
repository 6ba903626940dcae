/** Names that bash itself gives a meaning. Source: bash(1), "Shell Variables". */
const shellVariable =
  /^(?:PATH|IFS|ENV|HOME|SHELL|SHELLOPTS|PS\d|CDPATH|GLOBIGNORE|EXECIGNORE|FIGNORE|POSIXLY_CORRECT|PROMPT_.*|BASH.*|COMP_.*|LD_.*|GCONV_PATH|LOCPATH|TMPDIR|RANDOM|SRANDOM|SECONDS|EPOCH.*|LINENO|HOSTNAME|GROUPS|FUNC.*|DIRSTACK|PIPESTATUS|_|OPT\w+|REPLY|PWD|OLDPWD|SHLVL|COLUMNS|LINES|UID|EUID|PPID|TMOUT|MAIL.*|READLINE.*|MAPFILE|COPROC|INSIDE_EMACS|CHILD_MAX|auto_resume|histchars|PYTHON.*|PERL.*)$/;

/** Names that commands may get in their environment: no program of the table reads them as code, options or files. */
const exportable =
  /^(?:(?:https?|ftp|no|all)_proxy|(?:HTTPS?|FTP|NO|ALL)_PROXY|AWS_(?:DEFAULT_)?REGION|AWS_(?:DEFAULT_OUTPUT|RETRY_MODE|MAX_ATTEMPTS|ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN)|LANG|HIST(?:TIMEFORMAT|SIZE|FILESIZE|CONTROL)|LC_\w+|TZ|TERM|DEBIAN_FRONTEND|(?:(?!AWS|BASH|LD|GIT|SSH|SSL|TAR|CURL|PYTHON|PERL|DNF|RPM|SYSTEMD)[A-Z][A-Z\d]*_)*(?:REGION|ZONE|AZ|ENVIRONMENT|STAGE|CLUSTER|NAME|ID|TOKEN|IP|VERSION|BUCKET|DEVICE|VOLUME|ACCOUNT|ARN|ROLE|URL|ENDPOINT|CA|LABELS|TAINTS|ARGS|COUNT|SIZE|TYPE|PASSWORD|SECRET|KEY|USER|HOST|PORT|DOMAIN|ENV|TAG|TEAM|PROJECT|APP|OWNER|SERVICE|MODE|LEVEL|TIMEOUT|DIR|FILE|DISK|PROXY|SERVER|TIME)|[a-z][a-z\d_]*)$/;

export const isOfShell = (name: string): boolean => shellVariable.test(name);

/** Names by which programs find others, their options or their files. */
const ofPrograms =
  /PAGER|EDITOR|VISUAL|BROWSER|SHELL|OPT|FLAG|COMMAND|PRELOAD|CONF|HOME|PATH|RC$|^(?:AWS|GIT|SSH|SSL|CURL|WGET|TAR|GZIP|XZ|LESS|MAN|DNF|YUM|RPM|SYSTEMD|DBUS|XDG|GLIBC|MALLOC|OPENSSL|NODE_OPTIONS|RUBY|JAVA)/i;

/** @param values what it may be; a value without blanks and slashes names no file or command, so most names may have it */
export const isExportable = (name: string, values?: readonly string[]): boolean =>
  exportable.test(name) ||
  (!isOfShell(name) && !ofPrograms.test(name) && values?.every((each) => /^(?!-)[\w.,:=@+-]*$/.test(each)) === true);
