import { trimmedEnd } from '../../../model/text/words.ts';
import { type CommandRule, commandRules, hasVerb, services } from './command-table.ts';
import { isDevice, type ScriptEffects } from './script-effects.ts';
import { absolute, kernelSetting, namesKubelet, placeOf } from './script-places.ts';
import { anyWords, hole, isKnown, printed } from './script-values.ts';

interface CommandContext {
  readonly effects: ScriptEffects;
  readonly stdin: string;
  readonly folder: string;
}

/** One command by its row of the table. */
interface Call {
  readonly name: string;
  readonly rule: CommandRule;
  readonly verb: string;
  /** Behind the verb. */
  readonly operands: readonly string[];
  /** Values of its options; those without one are empty. */
  readonly given: ReadonlyMap<string, string>;
  /** Each word with its kind: values of options, then operands. */
  readonly judged: readonly (readonly [kind: string, word: string])[];
  /** The command that it runs; empty where it has none. */
  readonly wrapped: readonly string[] | undefined;
}

const odd = 'an option that may run or write something';

/** Where the AMI has programs; a name without a folder is looked for there, since no script may set PATH. */
const programs = /^(?:\/usr)?\/s?bin\/|^\/opt\/aws\/amazon-cloudwatch-agent\/bin\//;

/** Judges one command, reports what it may do, and returns what is known of its output. */
export function judgeCommand([path = '', ...all]: readonly string[], context: CommandContext): string {
  const name = path.replace(programs, '');
  const { effects, folder } = context;
  if (name.includes('/')) {
    effects.runs(path);
    return hole;
  }
  const { rule, args } = ruleOf(name, all);
  const call = rule ? callOf(name, rule, args) : unknownCommand(name);
  // What only prints may speak of the kubelet, and so may a look at its service.
  const spoken =
    typeof call === 'string'
      ? [name, ...args]
      : call.judged.flatMap(([kind, word]) => (/^(?:text|condition|script)$/.test(kind) ? [] : word));
  if (spoken.some(namesKubelet)) {
    effects.report(`a ${namesKubelet(name) ? 'program of' : 'command about'} the kubelet`, 'touches');
    return hole;
  }
  const faults =
    typeof call === 'string' ? [call] : call.judged.map((each) => wordFault(...each, { ...context, ...call }));
  const fault = faults.find(Boolean);
  if (fault) effects.report(fault);
  if (fault || typeof call === 'string') return hole;
  const { operands, wrapped } = call;
  const here = writesHere[name]?.(call.given);
  if (here === 'tree') effects.changes(folder, 'tree');
  else if (here) for (const each of operands) effects.changes(absolute(baseName(each), folder), 'file');
  return wrapped ? (wrapped.length > 0 ? judgeCommand(wrapped, context) : '') : outputOf(call, args, context);
}

/** The row of a command, and its arguments behind what the row names. */
function ruleOf(name: string, args: readonly string[]): { rule: CommandRule | undefined; args: readonly string[] } {
  if (name === 'service') return { rule: commandRules.get(name), args: [...args.slice(1), ...args.slice(0, 1)] };
  if (name !== 'aws') return { rule: commandRules.get(name), args };
  let at = 0;
  for (
    let word = args[at] ?? '';
    /^--(?:region|output|query|profile|no-[\w-]+|debug)/.test(word);
    word = args[at] ?? ''
  )
    at += /^--no-|^--debug|=/.test(word) ? 1 : 2;
  const rule = commandRules.get(`aws ${args[at]}`);
  return rule ? { rule, args: args.slice(at + 1) } : { rule: commandRules.get(name), args: args.slice(at) };
}

/** The name alone is shown where it is a word of everyday, since scripts hold secrets. */
const unknownCommand = (name: string): string =>
  wellKnown.has(name) ? `${name}, which may do anything` : 'a command that is not known to leave the kubelet alone';
const wellKnown = new Set(
  'python python3 perl ruby node source . eval docker podman nerdctl ctr pip pip3 npm cfn-init cfn-signal ansible-pull ansible-playbook puppet chef-client salt-call git make snap apt-get crontab at alias reboot shutdown init systemd-run chroot nsenter kubectl helm yum-config-manager amazon-linux-extras'.split(
    ' ',
  ),
);

/** Splits options from operands by the rule; an option that it doesn't name is a fault. */
function callOf(name: string, rule: CommandRule, args: readonly string[]): Call | string {
  const { options } = rule;
  const given = new Map<string, string>();
  const words: string[] = [];
  const judged: [kind: string, word: string][] = [];
  // `tar xzf FILE`: the first word is options without a dash.
  const rest = name === 'tar' && /^[a-z]+$/.test(args[0] ?? '') ? [`-${args[0]}`, ...args.slice(1)] : [...args];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '--' || options.has('*') || word === '-' || !/^[-\ue124\ue126]/.test(word)) {
      if (word !== '--' || options.has('*')) words.push(word);
      if (word === '--' || options.has('+')) words.push(...rest.splice(0));
      continue;
    }
    // A text that isn't known may be an option.
    if (!isKnown(word)) return word.startsWith('-') ? odd : 'a word that may be an option';
    let [, option = word, value] = /^(--?[^=]+)=(.*)$/s.exec(word) ?? [];
    if (!options.has(option) && !word.startsWith('--')) {
      // `-sSLo FILE`, `-oFILE`
      option = word.slice(0, 2);
      value = options.get(option) === undefined ? undefined : word.slice(2) || undefined;
      if (value === undefined && word.length > 2) rest.unshift(`-${word.slice(2)}`);
    }
    const kind = options.get(option);
    if (!options.has(option) || (kind === undefined && value !== undefined)) return odd;
    if (kind !== undefined) value ??= rest.shift();
    if (kind !== undefined && value === undefined) return odd;
    given.set(option, value ?? '');
    if (value !== undefined) judged.push([kind || 'any', value]);
  }
  const [{ verbs } = {}] = rule.operands;
  const [verb = ''] = verbs ? words : [];
  const chosen = verbs && rule.operands.find((each) => hasVerb(each.verbs, verb));
  if (verbs && words.length > 0 && !chosen) return 'an operation that is not known to leave the kubelet alone';
  const operands = verbs ? words.slice(1) : words;
  const kinds = chosen ? [chosen.kind] : rule.operands.map(({ kind }) => kind);
  // `sed -e SCRIPT FILE`: an option has what the first operand has without it.
  if (kinds[0] !== 'any' && kinds.length > 1 && judged.some(([kind]) => kind === kinds[0])) kinds.shift();
  if (kinds[0] === 'program' && operands.length === 0 && !given.has('-c'))
    return 'a shell that runs what this file does not show';
  const from = kinds.indexOf('command');
  const wrapped = from === -1 || given.has('-v') || given.has('-V') ? undefined : operands.slice(from);
  const own = from === -1 ? operands : operands.slice(0, from);
  judged.push(...own.map((word, at) => [kinds[at] ?? kinds.at(-1) ?? 'none', word] as [string, string]));
  if (name === 'xargs') wrapped?.push(anyWords);
  return { name, rule, verb, operands, given, judged, wrapped };
}

/** What commands write into the folder that the script is in, where no option names another. */
const writesHere: Readonly<Record<string, (given: Call['given']) => 'file' | 'tree' | undefined>> = {
  curl: (given) => (given.has('-O') ? 'file' : undefined),
  wget: (given) =>
    ['-O', '-P', '--output-document', '--directory-prefix'].some((each) => given.has(each)) ? undefined : 'file',
  unzip: (given) => (given.has('-d') ? undefined : 'tree'),
  tar: (given) => (given.has('-C') || given.has('--directory') ? undefined : 'tree'),
};

const baseName = (path: string): string => trimmedEnd(path, '/').replace(/^.*\//s, '');

/** A name, and not a file, an address, a group or a package that adds repositories. */
const packageName = /^(?!epel|.*(?:\.rpm$|-release$|-repo$|kube|nodeadm))[A-Za-z\d][\w.+-]*$/;

/** What a word of each kind must be like. */
const patterns: Readonly<Record<string, readonly [like: RegExp, because: string]>> = {
  any: [/^/, ''],
  text: [/^/, ''],
  none: [/^(?!)/, 'an operand that it does not expect'],
  service: [/^(?!)/, 'a call to AWS that does more than read or tag'],
  name: [/^[\w.@+:/-]+$/, 'a name that is not known'],
  format: [/^(?!.*%output)[^@\ue124\ue126]*$/s, odd],
  filesystem: [/^(?:xfs|ext[34]|btrfs)$/, 'a kind of file system that is not known'],
  setopt: [/^(?:install_weak_deps=(?:False|0)|tsflags=nodocs|retries=\d+|timeout=\d+)$/, odd],
  package: [packageName, 'a package from elsewhere than the repositories of the AMI'],
  'unit-name': [/^[\w@.-]+$/, 'a service whose name is not known'],
  awk: [
    /^(?!.*(?:[|>@\ue124\ue126]|\b(?:system|getline|close|fflush|load)\b))/s,
    'a program of awk that is not understood',
  ],
  // They evaluate an index inside a name.
  condition: [/^(?!-[vR]$)/, 'a test of a variable by its name'],
  request: [
    /^(?!--(?:endpoint|ca-b|cli-(?!(?:read|connect)-timeout$)))/,
    'a call to AWS that does more than read or tag',
  ],
  configuration: [
    /^(?:(?:default\.)?(?:region|output|s3\.\w+|max_attempts|retry_mode)|[a-z]{2}-[a-z-]+-\d|json|text|table|yaml|standard|adaptive|legacy|\d+)$/,
    odd,
  ],
};

type JudgeWord = (word: string, call: Call & CommandContext) => string | false | undefined;

/** Why a word of a command may do more than it should; changes of files go to the effects. */
function wordFault(kind: string, word: string, call: Call & CommandContext): string | false | undefined {
  const pattern = patterns[kind];
  return pattern ? !pattern[0].test(word) && pattern[1] : judges[kind]?.(word, call);
}

const judges: Readonly<Record<string, JudgeWord>> = {
  rights: (word, { effects, folder }) => effects.changes(absolute(word, folder), 'rights'),
  folder: (word, { effects, folder }) => effects.changes(absolute(word, folder), 'folder'),
  tree: (word, { effects, folder }) => effects.changes(absolute(word, folder), 'tree'),
  file: (word, { effects, folder }) => (isDevice(word) ? undefined : effects.changes(absolute(word, folder), 'file')),
  dd: (word, call) => {
    const [, name, value = ''] = /^(if|of|bs|count|seek|skip|conv|oflag|iflag|status)=(.*)$/s.exec(word) ?? [];
    return name === 'of' ? judges['file']?.(value, call) : name === undefined && odd;
  },
  tee: (word, { effects, folder, given, stdin }) => {
    const isAppended = given.has('-a') || given.has('--append');
    return effects.changes(absolute(word, folder), { text: stdin, isAppended });
  },
  device: (word, { effects }) => {
    effects.formats(word);
    return !isDevice(word) && 'a disk that is not known';
  },
  unit: (word, { effects }) =>
    !(services.has(word.replace(/\.service$/, '')) || effects.hasUnit(word)) &&
    'a service whose text this file does not show',
  setting: (word) => {
    const [name = '', value] = word.split('=');
    const isFile = value === undefined && word.startsWith('/') && placeOf(word)?.text === 'sysctl';
    const isLook = value === undefined && isKnown(name) && !word.startsWith('/');
    return (
      !(isFile || isLook || kernelSetting.test(name.replaceAll('/', '.'))) &&
      'a setting of the kernel that may run a program'
    );
  },
  script: (word, { effects }) => effects.script(isKnown(word) ? word : '$('),
  program: (word, { effects, given }) => {
    if (given.has('-c')) return undefined;
    return word.startsWith('/') ? effects.runs(word) : 'a shell that runs what this file does not show';
  },
  sed: (word) => !sedCommand.test(sedAction(word)) && 'a script of sed that is not understood',
  edited: (word, { effects, folder, given, operands: [script = ''] }) => {
    // A deletion adds nothing to a file that decides what runs.
    const isDeletion = !given.has('-e') && !given.has('--expression') && sedAction(script) === 'd';
    const isChanged = given.has('-i') || given.has('--in-place');
    return isChanged ? effects.changes(absolute(word, folder), isDeletion ? 'rights' : 'file') : undefined;
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
function copyFault(word: string, { name, verb, operands, given, effects, folder }: Call & CommandContext) {
  const isMoved = name === 'mv' || name === 'ln';
  const target = operands.at(-1) ?? '';
  if (operands.length < 2 || (name === 'aws' && operands.length > 2)) return 'a copy that is not understood';
  if (word !== target)
    return isMoved && !word.startsWith('/usr/share/zoneinfo/')
      ? effects.changes(absolute(word, folder), 'tree')
      : undefined;
  if (name === 'aws' && /^(?:-$|s3:\/\/)/.test(target)) return undefined;
  const path = absolute(target, folder);
  const inside = operands.slice(0, -1).map((each) => `${trimmedEnd(path, '/')}/${baseName(each)}`);
  const isWhole = verb === 'sync' || ['-a', '-R', '-r', '--recursive'].some((option) => given.has(option));
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
  const all = trimmedEnd(script.replaceAll(/[\ue124\ue126]/g, '\n').trim(), '; ');
  const rest = all.replace(sedAddress, '').trimStart();
  return rest === all ? all : rest.replace(secondAddress, '').trimStart().replace(/^!/, '').trimStart();
}

function outputOf({ name, rule }: Call, args: readonly string[], { stdin }: CommandContext): string {
  if (name === 'echo' || name === 'printf') return textPrinted(name, args);
  if (name === 'mktemp') return `/tmp/${printed}`;
  if (name === 'tee' || (name === 'cat' && args.length === 0)) return stdin;
  // A format may print anything.
  if (args.some((each) => /[[`"]|\$\(|\.\./.test(each) || !isKnown(each))) return hole;
  const isOfWords = stdin === printed || args.some((each) => /^\/(?:proc|sys)\//.test(each));
  return rule.prints === 'words' || (rule.prints === 'input' && isOfWords) ? printed : hole;
}

/** What `echo` and `printf` write, where their arguments say it. */
function textPrinted(name: string, args: readonly string[]): string {
  const [first = '', ...rest] = args;
  if (args.some((each) => each.includes(anyWords))) return hole;
  if (name === 'echo') {
    const options = /^-[neE]+$/.test(first) ? first : '';
    const text = (options ? rest : args).join(' ') + (options.includes('n') ? '' : '\n');
    return options.includes('e') ? unescaped(text) : text;
  }
  const format = unescaped(first);
  if (/%(?!s|%)/.test(format)) return hole;
  const [begin = '', ...places] = format.replaceAll('%%', '\ue127').split('%s');
  const left = [...rest];
  let text = '';
  do text += begin + places.map((each) => (left.shift() ?? '') + each).join('');
  while (left.length > 0 && places.length > 0);
  return text.replaceAll('\ue127', '%');
}

const unescaped = (text: string): string =>
  text.replaceAll(/\\(.?)/gs, (_, char: string) => ({ n: '\n', t: '\t', '\\': '\\' })[char] ?? hole);
