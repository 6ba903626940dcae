import { trimmedEnd } from '../../../model/text/words.ts';
import { beginsUnknown, isKnown, plain, tokens } from '../tokens.ts';
import { type CommandRule, commandRules, hasVerb, services } from './command-table.ts';
import { isDevice, type ScriptEffects } from './script-effects.ts';
import { absolute, kernelSetting, namesKubelet, placeOf } from './script-places.ts';

interface CommandContext {
  readonly effects: ScriptEffects;
  readonly stdin: string;
  readonly folder: string;
}

/** A kind of the table, and the word that must be like it. */
type KindOfWord = readonly [kind: string, word: string];

/** One command by its row of the table. */
interface Call {
  readonly name: string;
  readonly rule: CommandRule;
  /** Behind the verb. */
  readonly operands: readonly string[];
  readonly verb: string;
  /** Values of its options; those without one are empty. */
  readonly given: ReadonlyMap<string, string>;
  /** Values of options, then operands. */
  readonly judged: readonly KindOfWord[];
  /** The command that it runs; empty where it has none. */
  readonly wrapped: readonly string[] | undefined;
}

const odd = 'an option that may run or write something';

/** Where the AMI has programs; a name without a folder is looked for there, since no script may set PATH. */
const programs = /^(?:\/usr)?\/s?bin\/|^\/opt\/aws\/amazon-cloudwatch-agent\/bin\//;

/** Judges one command, reports what it may do, and returns what is known of its output. */
export function judgeCommand([path = '', ...all]: readonly string[], context: CommandContext): string {
  const name = path.replace(programs, '');
  const { effects } = context;
  if (name.includes('/')) {
    effects.runs(path);
    return tokens.text;
  }
  const { rule, args } = ruleOf(name, all);
  const call = rule ? callOf(name, rule, args) : unknownCommand(name);
  const fault = typeof call === 'string' ? aboutKubelet([name, ...args]) || call : faultOf(call, context);
  if (typeof fault === 'object') effects.report(fault.touches, 'touches');
  else if (fault) effects.report(fault);
  if (fault || typeof call === 'string') return tokens.text;
  writeHere(call, context);
  if (!call.wrapped) return outputOf(call, args, context);
  return call.wrapped.length > 0 ? judgeCommand(call.wrapped, context) : '';
}

const aboutKubelet = (words: readonly string[]): { readonly touches: string } | false =>
  words.some(namesKubelet) && {
    touches: `a ${namesKubelet(words[0] ?? '') ? 'program of' : 'command about'} the kubelet`,
  };

/** What only prints may speak of the kubelet; a start of its service reads what it would read anyway. */
const mayNameKubelet: ReadonlySet<string> = new Set(['text', 'condition', 'script', 'unit']);

function faultOf(call: Call, context: CommandContext) {
  const spoken = call.judged.flatMap(([kind, word]) => (mayNameKubelet.has(kind) ? [] : word));
  const touches = aboutKubelet(['', ...spoken]);
  if (touches) return touches;
  for (const each of call.judged) {
    const fault = wordFault(each, { ...context, ...call });
    if (fault) return fault;
  }
  return undefined;
}

/** The row of a command, and its arguments behind what the row names. */
function ruleOf(name: string, args: readonly string[]): { rule: CommandRule | undefined; args: readonly string[] } {
  const rule = commandRules.get(name);
  if (name === 'service') return { rule, args: [...args.slice(1), ...args.slice(0, 1)] };
  // `tar xzf FILE`: the first word is options without a dash.
  if (name === 'tar') return { rule, args: args.with(0, (args[0] ?? '').replace(/^[a-z]+$/, '-$&')) };
  if (name !== 'aws') return { rule, args };
  const at = args.findIndex((each, index) => !each.startsWith('--') && !globalWithValue.test(args[index - 1] ?? ''));
  const isPlain = args.slice(0, at).every((each) => globalOption.test(each) || !each.startsWith('--'));
  const ofService = isPlain ? commandRules.get(`aws ${args[at]}`) : undefined;
  return ofService ? { rule: ofService, args: args.slice(at + 1) } : { rule, args };
}
const globalWithValue = /^--(?:region|output|query|profile)$/;
const globalOption = /^--(?:(?:region|output|query|profile)(?:=.*)?|no-[\w-]+|debug)$/s;

/** The name alone is shown where it is a word of everyday, since scripts hold secrets. */
const unknownCommand = (name: string): string =>
  wellKnown.has(name) ? `${name}, which may do anything` : 'a command that is not known to leave the kubelet alone';
const wellKnownNames = `
  python python3 perl ruby node source . eval docker podman nerdctl ctr pip pip3 npm cfn-init cfn-signal ansible-pull
  ansible-playbook puppet chef-client salt-call git make snap apt-get crontab at alias reboot shutdown init systemd-run chroot
  nsenter kubectl helm yum-config-manager amazon-linux-extras`;
const wellKnown: ReadonlySet<string> = new Set(wellKnownNames.trim().split(/\s+/));

/** Options and operands as the command itself splits them. */
interface SplitWords {
  readonly given: Map<string, string>;
  readonly operands: string[];
  readonly judged: KindOfWord[];
}

/** Splits options from operands by the rule; an option that it doesn't name is a fault. */
function callOf(name: string, rule: CommandRule, args: readonly string[]): Call | string {
  const { options } = rule;
  const split: SplitWords = { given: new Map(), operands: [], judged: [] };
  const rest = [...args];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (options.has('*')) split.operands.push(word);
    else if (word === '--') split.operands.push(...rest.splice(0));
    else if (word === '-' || !mayBeOption(word)) split.operands.push(word, ...(options.has('+') ? rest.splice(0) : []));
    else {
      const fault = takeOption(word, rest, { options, split });
      if (fault) return fault;
    }
  }
  return withKinds({ name, rule }, split);
}

const mayBeOption = (word: string): boolean => word.startsWith('-') || beginsUnknown(word);

interface OptionContext {
  readonly options: CommandRule['options'];
  readonly split: SplitWords;
}

function takeOption(word: string, rest: string[], { options, split }: OptionContext): string | undefined {
  const [, long, ofLong] = /^(--?[^=]+)=(.*)$/s.exec(word) ?? [];
  const named = long ?? word;
  if (!isKnown(named)) return word.startsWith('-') ? odd : 'a word that may be an option';
  const isNamed = options.has(named) || word.startsWith('--');
  // `-sSLo FILE`, `-oFILE`
  const option = isNamed ? named : word.slice(0, 2);
  const kind = options.get(option);
  const attached = isNamed ? ofLong : word.slice(2) || undefined;
  if (!options.has(option)) return odd;
  split.given.set(option, '');
  if (kind === undefined) {
    if (attached === undefined) return undefined;
    if (isNamed) return odd;
    rest.unshift(`-${attached}`);
    return undefined;
  }
  const value = attached ?? rest.shift();
  if (value === undefined) return odd;
  split.given.set(option, value);
  split.judged.push([kind || 'any', value]);
  return undefined;
}

/** Each operand with its kind, and the command that is run. */
function withKinds({ name, rule }: Pick<Call, 'name' | 'rule'>, { given, operands: words, judged }: SplitWords) {
  const isByVerb = rule.operands[0]?.verbs !== undefined;
  const [verb = ''] = isByVerb ? words : [];
  const chosen = rule.operands.find((each) => hasVerb(each.verbs, verb));
  if (isByVerb && words.length > 0 && !chosen) return 'an operation that is not known to leave the kubelet alone';
  const operands = isByVerb ? words.slice(1) : words;
  const all = chosen ? [chosen.kind] : rule.operands.map(({ kind }) => kind);
  // `sed -e SCRIPT FILE`: an option has what the first operand has without it.
  const isGiven = all.length > 1 && all[0] !== 'any' && judged.some(([kind]) => kind === all[0]);
  const kinds = isGiven ? all.slice(1) : all;
  if (kinds[0] === 'program' && operands.length === 0 && !given.has('-c'))
    return 'a shell that runs what this file does not show';
  const from = kinds.indexOf('command');
  const runs = from !== -1 && !given.has('-v') && !given.has('-V');
  const own = from === -1 ? operands : operands.slice(0, from);
  const ofOwn = own.map((word, at): KindOfWord => [kinds[at] ?? kinds.at(-1) ?? 'none', word]);
  const wrapped = runs ? wrappedBy(name, operands.slice(from), given.get('-I')) : undefined;
  return { name, rule, verb, operands, given, judged: [...judged, ...ofOwn], wrapped };
}

/** `xargs` adds words that aren't known, or puts one in the place of another. */
function wrappedBy(name: string, words: readonly string[], replaced: string | undefined): readonly string[] {
  if (name !== 'xargs') return words;
  return replaced ? words.map((each) => each.replaceAll(replaced, tokens.text)) : [...words, tokens.words];
}

/** What commands write into the folder that the script is in, where no option names another. */
function writeHere({ name, given, operands }: Call, { effects, folder }: CommandContext): void {
  const has = (...options: readonly string[]): boolean => options.some((each) => given.has(each));
  const isTree = (name === 'unzip' && !has('-d')) || (name === 'tar' && !has('-C', '--directory', '-t', '--list'));
  const isSaved = name === 'wget' && !has('-O', '-P', '--output-document', '--directory-prefix', '--spider');
  if (isTree) effects.changes(folder, 'tree');
  if (isSaved || (name === 'curl' && has('-O')))
    for (const each of [...operands, given.get('--url') ?? []].flat())
      effects.changes(absolute(baseName(each), folder), 'file');
}

const baseName = (path: string): string => trimmedEnd(path, '/').replace(/^.*\//s, '');

/** What a word of each kind must be like. */
const patterns: Readonly<Record<string, readonly [like: RegExp, because: string]>> = {
  any: [/^/, ''],
  text: [/^/, ''],
  none: [/^(?!)/, 'an operand that it does not expect'],
  service: [/^(?!)/, 'a call to AWS that does more than read or tag'],
  name: [/^[\w.@+:/-]+$/, 'a name that is not known'],
  format: [/^(?!.*%output)[^@]*$/s, odd],
  // A label may be any text of a disk.
  column: [/^(?:(?:NAME|KNAME|SIZE|TYPE|UUID|PARTUUID|FSTYPE|PKNAME|TRAN|RO|RM|ROTA|STATE)(?:,|$))+$/i, ''],
  filesystem: [/^(?:xfs|ext[34]|btrfs)$/, 'a kind of file system that is not known'],
  setopt: [/^(?:install_weak_deps=(?:False|0)|tsflags=nodocs|retries=\d+|timeout=\d+)$/, odd],
  package: [
    /^(?!epel|.*(?:\.rpm$|-release$|-repo$|kube|nodeadm))[A-Za-z\d][\w.+-]*$/,
    'a package from elsewhere than the repositories of the AMI',
  ],
  host: [/^[A-Za-z\d][\w.-]*$/, 'a name of the machine that is not known'],
  'unit-name': [/^[\w@.-]+$/, 'a service whose name is not known'],
  partition: [/^(?!select)[\w%.+-]+$/, 'a change of a disk that is not known'],
  // A program for packets is loaded from a file.
  network: [/^(?!xdp|bpf|exec|encap|obj)/, 'a program for the network'],
  awk: [/^(?!.*(?:[|>@]|\b(?:system|getline|close|fflush|load)\b))/s, 'a program of awk that is not understood'],
  // They evaluate an index inside a name.
  condition: [/^(?!-[vR]$)/, 'a test of a variable by its name'],
  // AWS's command line takes the beginning of an option for the whole.
  request: [/^(?!--(?:e|ca|cli-(?!(?:read|connect)-timeout$)))/, 'a call to AWS that does more than read or tag'],
  configuration: [
    /^(?:(?:default\.)?(?:region|output|s3\.\w+|max_attempts|retry_mode)|[a-z]{2}-[a-z-]+-\d|json|text|table|yaml|standard|adaptive|legacy|\d+)$/,
    odd,
  ],
  disk: [/^(?=\/dev\/)/, 'a disk that is not known'],
};

/** Kinds of words that may be any text. */
const anyText: ReadonlySet<string> = new Set(['any', 'text', 'condition', 'request', 'network', 'column']);

/** Beside the AMI's own. */
const repositories = [
  'https://developer.download.nvidia.com/compute/cuda/',
  'https://nvidia.github.io/libnvidia-container/',
] as const;

type JudgeWord = (word: string, call: Call & CommandContext) => string | false | undefined;

/** Why a word of a command may do more than it should; changes of files go to the effects. */
function wordFault([kind, word]: KindOfWord, call: Call & CommandContext): string | false | undefined {
  const [like, because] = patterns[kind] ?? [];
  const text = plain(word);
  if (because && !(text === undefined ? anyText.has(kind) : like?.test(text))) return because;
  return judges[kind]?.(word, call);
}

const changes =
  (change: 'rights' | 'folder' | 'tree' | 'file'): JudgeWord =>
  (word, { effects, folder }) =>
    effects.changes(absolute(word, folder), change);

const judges: Readonly<Record<string, JudgeWord>> = {
  rights: changes('rights'),
  folder: changes('folder'),
  tree: changes('tree'),
  file: (word, call) => (isDevice(word) ? undefined : changes('file')(word, call)),
  dd: (word, call) => {
    const [, name, value = ''] = /^(if|of|bs|count|seek|skip|conv|oflag|iflag|status)=(.*)$/s.exec(word) ?? [];
    return name === 'of' ? judges['file']?.(value, call) : name === undefined && odd;
  },
  tee: (word, { effects, folder, given, stdin }) => {
    const isAppended = given.has('-a') || given.has('--append');
    return effects.changes(absolute(word, folder), { text: stdin, isAppended });
  },
  unpacked: (word, call) => {
    changes('rights')(word, call);
    // With or without the ending: what is there afterwards is not shown.
    return changes('file')(word.replace(/\.(?:t?gz|xz|bz2|lzma|Z)$/, ''), call);
  },
  device: (word, { effects, given }) => {
    // Nothing formats a disk that is in use, unless it is forced.
    const isFree = !given.has('-F') && /^\/dev\/[\w/.-]+$/.test(plain(word) ?? '');
    effects.formats(word, given.get('-L'));
    return !isDevice(word) && !isFree && 'a disk that is not known';
  },
  disk: (word) => !isDevice(word) && 'a disk that is not known',
  unit: (word, { effects }) =>
    !(services.has(word.replace(/\.service$/, '')) || effects.hasUnit(word)) &&
    'a service whose text this file does not show',
  setting: (word) => {
    const [name = '', value] = word.split('=');
    const isFile = value === undefined && word.startsWith('/') && placeOf(word)?.text === 'sysctl';
    const isLook = value === undefined && isKnown(name) && !word.startsWith('/');
    const isHarmless = isFile || isLook || kernelSetting.test(name.replaceAll('/', '.'));
    return !isHarmless && 'a setting of the kernel that may run a program';
  },
  repository: (word) =>
    !(repositories.some((each) => word.startsWith(each)) && /^[\w:./-]+$/.test(word)) &&
    'packages from elsewhere than the repositories of the AMI',
  script: (word, { effects }) => effects.script(isKnown(word) ? word : '$('),
  program: (word, { effects, given }) => {
    if (given.has('-c')) return undefined;
    return word.startsWith('/') ? effects.runs(word) : 'a shell that runs what this file does not show';
  },
  sed: (word) => !sedCommand.test(sedAction(plain(word) ?? '')) && 'a script of sed that is not understood',
  edited: (word, call) => {
    const { given, operands } = call;
    // A deletion adds nothing to a file that decides what runs.
    const isDeletion =
      !given.has('-e') && !given.has('--expression') && sedAction(plain(operands[0] ?? '') ?? '') === 'd';
    const isChanged = given.has('-i') || given.has('--in-place');
    return isChanged && changes(isDeletion ? 'rights' : 'file')(word, call);
  },
  copied: copyFault,
  mount: (_, { effects, given, operands }) => {
    const [type, options = ''] = [given.get('-t') ?? given.get('--types'), given.get('-o') ?? given.get('--options')];
    const [device = '', folder] = operands;
    if (folder !== undefined) return effects.mounts({ device, folder: trimmedEnd(folder, '/') || '/', type, options });
    // /etc/fstab or what is mounted says the rest.
    return effects.mounts({ device, folder: trimmedEnd(device, '/'), type, options: `remount,${options}` });
  },
};

/** A copy, a move or a link: the last operand is a file, or a folder that gets files of the same names. */
function copyFault(word: string, call: Call & CommandContext): string | false | undefined {
  const { name, verb, operands, given, effects, folder } = call;
  if (given.has('-d') && name === 'install') return changes('folder')(word, call);
  const isMoved = name === 'mv' || name === 'ln';
  const target = operands.at(-1) ?? '';
  if (operands.length < 2 || (name === 'aws' && operands.length > 2)) return 'a copy that is not understood';
  if (word !== target) return isMoved && !word.startsWith('/usr/share/zoneinfo/') && changes('tree')(word, call);
  if (name === 'aws' && /^(?:-$|s3:\/\/)/.test(target)) return undefined;
  const path = absolute(target, folder);
  const inside = operands.slice(0, -1).map((each) => `${trimmedEnd(path, '/')}/${baseName(each)}`);
  const isWhole = verb === 'sync' || ['-a', '-R', '-r', '--recursive', '--archive'].some((option) => given.has(option));
  if (isWhole || !inside.every(isKnown)) return effects.changes(path, 'tree');
  // Whether the last one is a folder isn't known here.
  const isFolder = target.endsWith('/') || operands.length > 2;
  const isTree = placeOf(path)?.isTree === true;
  for (const each of isFolder ? inside : [path, ...(isTree ? inside : [])])
    effects.changes(each, isMoved && isTree ? 'tree' : 'file');
  return undefined;
}

/** One command of sed: a substitution without the flags `e` and `w`, a deletion, a printing, or one line of text. */
const sedCommand =
  /^(?:s([/|#@,:!~%_])(?:(?!\1)[^\\\n]|\\.)*\1(?:(?!\1)[^\\\n]|\\.)*\1[gIip\d]*|[dp]|q|[aic](?:\\|\s)[^\n\\]*)$/s;
const sedAddress = /^(?:\d+|\$|\/(?:[^/\\\n]|\\.)*\/I?)/s;
const secondAddress = /^,\s*(?:\+?\d+|\$|\/(?:[^/\\\n]|\\.)*\/I?)/s;

/** What a script does behind its addresses: both in one expression could be held by a text. */
function sedAction(script: string): string {
  const all = trimmedEnd(script.trim(), '; ');
  const rest = all.replace(sedAddress, '').trimStart();
  return rest === all ? all : rest.replace(secondAddress, '').trimStart().replace(/^!/, '').trimStart();
}

function outputOf(call: Call, args: readonly string[], { stdin }: CommandContext): string {
  const { name, rule, operands } = call;
  if (name === 'echo' || name === 'printf') return textPrinted(name, args);
  if (name === 'mktemp') return `/tmp/${tokens.printed}`;
  if (name === 'tee' || (name === 'cat' && args.length === 0)) return stdin;
  const isOfDisk = operands.length > 0 && operands.every(isDevice);
  if (name === 'blkid' || name === 'lsblk') return wordsOfDisk(call, isOfDisk);
  // A pattern of names is any number of words.
  const isNumbers = (each: string): boolean => numbersOfSystem.test(each.replaceAll(tokens.words, '*'));
  const isOfSystem = args.some(isNumbers);
  // A format may print anything, and a path is printed as it is.
  const isOdd = (each: string): boolean => /[[`"/]|\$\(|^\+?\.+$|\.\./.test(each) || !isKnown(each);
  if (args.some((each) => isOdd(each) && !isNumbers(each))) return tokens.text;
  const isOfWords = stdin === tokens.printed || stdin === tokens.disk || isOfSystem;
  return rule.prints === 'words' || (rule.prints === 'input' && isOfWords) ? tokens.printed : tokens.text;
}

/** Files of the kernel that hold numbers and words. */
const numbersOfSystem =
  /^\/(?:proc\/(?:meminfo|cpuinfo|loadavg|uptime|sys\/(?:vm|net|fs)\/[\w/]+)|sys\/(?:devices|kernel|class|block)\/[\w/*-]+)$/;

/** A label is any text that somebody gave a disk. */
function wordsOfDisk({ name, given }: Call, isOfDisk: boolean): string {
  const columns = given.get('-s') ?? given.get('-o') ?? given.get('--output') ?? given.get('--match-tag') ?? '';
  const isValue = name === 'lsblk' || given.get('-o') === 'value' || given.get('--output') === 'value';
  const isPath = given.has('-p') || given.has('-f') || given.has('-J') || given.has('--json');
  if (!isValue || isPath || !patterns['column']?.[0].test(columns)) return tokens.text;
  return isOfDisk ? tokens.disk : tokens.printed;
}

/** What `echo` and `printf` write, where their arguments say it. */
function textPrinted(name: string, args: readonly string[]): string {
  const [first = '', ...rest] = args;
  if (args.some((each) => each.includes(tokens.words))) return tokens.text;
  if (name === 'echo') {
    const options = /^-[neE]+$/.test(first) ? first : '';
    const text = (options ? rest : args).join(' ') + (options.includes('n') ? '' : '\n');
    return options.includes('e') ? unescaped(text) : text;
  }
  // The pieces between `%s` and `%%`.
  const pieces = unescaped(first).split(/(%s|%%)/);
  if (pieces.some((each, at) => at % 2 === 0 && each.includes('%'))) return tokens.text;
  const left = [...rest];
  let text = '';
  do for (const each of pieces) text += each === '%%' ? '%' : each === '%s' ? (left.shift() ?? '') : each;
  while (left.length > 0 && pieces.includes('%s'));
  return text;
}

const unescaped = (text: string): string =>
  text.replaceAll(/\\(.?)/gs, (_, char: string) => ({ n: '\n', t: '\t', '\\': '\\' })[char] ?? tokens.text);
