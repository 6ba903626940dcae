import { trimmedEnd } from '../../../model/text/words.ts';
import { type CommandRule, commandRules, hasVerb, services } from './command-table.ts';
import { isDevice, mountFault } from './mounts.ts';
import type { ScriptEffects } from './script-effects.ts';
import { kernelSetting, namesKubelet, placeOf } from './script-places.ts';
import { anyText, type Field, hole, isKnown, onlyValue, printed, type Values } from './script-values.ts';

interface CommandContext {
  readonly effects: ScriptEffects;
  readonly line: number;
  readonly stdin: Values;
  readonly folder: Values;
}

/** The arguments of one command. */
interface Arguments extends CommandContext {
  readonly operands: readonly Field[];
  /** Values of its options; those without one are empty. */
  readonly given: ReadonlyMap<string, Field>;
}

const odd = 'an option that may run or write something';

export const isCommandName = (name: string): boolean => commandRules.has(name);

/** Where the AMI has programs; a name without a folder is looked for there, since no script may set PATH. */
const programs = /^(?:\/usr)?\/s?bin\/|^\/opt\/aws\/amazon-cloudwatch-agent\/bin\//;

/** Judges one command, reports what it may do, and returns what is known of its output. */
export function judgeCommand(fields: readonly Field[], context: CommandContext): Values {
  const [first, ...all] = fields;
  const path = (first && onlyValue(first)) ?? '';
  const name = path.replace(programs, '');
  const { effects, line } = context;
  if (name.includes('/')) {
    effects.runs(path, line);
    return anyText;
  }
  const { rule, args } = ruleOf(name, all);
  // What only prints may speak of the kubelet, and so may a look at its service.
  const isQuiet = /^(?:echo|printf|test|\[|:|true|false|sleep|logger|wall)$/.test(name) || isLook(name, args, rule);
  if (!isQuiet && args.some(({ values }) => values.some(namesKubelet))) {
    effects.report('a command about the kubelet', line, 'touches');
    return anyText;
  }
  const fault = rule
    ? ruleFault(rule, args, context)
    : namesKubelet(name)
      ? 'a program of the kubelet'
      : unknownCommand(name);
  if (fault) effects.report(fault, line, namesKubelet(name) ? 'touches' : 'not-shown');
  return fault ? anyText : outputOf(name, rule, args, context);
}

/** The row of a command, and its arguments behind what the row names. */
function ruleOf(
  name: string,
  args: readonly Field[],
): { readonly rule: CommandRule | undefined; readonly args: readonly Field[] } {
  if (name === 'service') return { rule: commandRules.get(name), args: [...args.slice(1), ...args.slice(0, 1)] };
  if (name !== 'aws') return { rule: commandRules.get(name), args };
  let at = 0;
  for (
    let word = args[0] && onlyValue(args[0]);
    /^--(?:region|output|query|profile|no-[\w-]+|debug)/.test(word ?? '');
  ) {
    at += /^--no-|^--debug|=/.test(word ?? '') ? 1 : 2;
    word = args[at] && onlyValue(args[at] as Field);
  }
  const service = args[at] && onlyValue(args[at] as Field);
  const rule = commandRules.get(`aws ${service}`);
  return rule ? { rule, args: args.slice(at + 1) } : { rule: commandRules.get(name), args: args.slice(at) };
}

const isLook = (name: string, args: readonly Field[], rule: CommandRule | undefined): boolean => {
  const verb = args.map(onlyValue).find((word) => !word?.startsWith('-'));
  return name === 'systemctl' && verb !== undefined && hasVerb(rule?.operands[0]?.verbs, verb);
};

/** The name alone is shown where it is a word of everyday, since scripts hold secrets. */
const unknownCommand = (name: string): string =>
  wellKnown.has(name) ? `${name}, which may do anything` : 'a command that is not known to leave the kubelet alone';
const wellKnown = new Set(
  'python python3 perl ruby node bash sh source . eval docker podman nerdctl ctr pip pip3 npm cfn-init cfn-signal ansible-pull ansible-playbook puppet chef-client salt-call git make rpm snap apt-get crontab at alias reboot shutdown init systemd-run chroot nsenter kubectl helm jq awk yum-config-manager amazon-linux-extras'.split(
    ' ',
  ),
);

function outputOf(
  name: string,
  rule: CommandRule | undefined,
  args: readonly Field[],
  { stdin }: CommandContext,
): Values {
  if (name === 'mktemp') return [`/tmp/${printed}`];
  if (name === 'tee') return stdin;
  // A format may print anything.
  if (args.some(({ values }) => values.some((each) => /[[`"]|\$\(|\.\./.test(each) || each.includes(hole))))
    return anyText;
  const reads = args.some(({ values }) => values.some((each) => /^\/(?:proc|sys)\//.test(each)));
  const isOfWords = reads || stdin.every((each) => each === printed);
  return rule?.prints === 'words' || (rule?.prints === 'input' && isOfWords) ? [printed] : anyText;
}

function ruleFault(rule: CommandRule, args: readonly Field[], context: CommandContext): string | undefined {
  const given = new Map<string, Field>();
  const operands: Field[] = [];
  const fault = parseFault(rule, args, { ...context, given, operands });
  if (fault) return fault;

  const all: Arguments = { ...context, given, operands };
  const [{ kind = 'any', verbs } = {}] = rule.operands;
  if (kind.endsWith('()')) return whole[kind]?.(all) ?? undefined;
  const verb = (operands[0] && onlyValue(operands[0])) ?? '';
  const chosen = verbs && rule.operands.find((each) => hasVerb(each.verbs, verb));
  if (verbs && operands.length > 0 && !chosen) return 'an operation that is not known to leave the kubelet alone';
  const kindAt = (at: number): string => chosen?.kind ?? (rule.operands[at] ?? rule.operands.at(-1))?.kind ?? 'none';
  return operands
    .slice(verbs ? 1 : 0)
    .map((each, at) => operandFault(kindAt(at), each, all))
    .find((each) => each !== undefined);
}

/** Splits options from operands by the rule; each option that it doesn't name is a fault. */
function parseFault(
  { options }: CommandRule,
  args: readonly Field[],
  into: CommandContext & { readonly given: Map<string, Field>; readonly operands: Field[] },
): string | undefined {
  // `tar xzf FILE`: the first word is options without a dash.
  const isTar = options.has('--strip-components') && /^[a-z]+$/.test((args[0] && onlyValue(args[0])) ?? '');
  const all = isTar ? [{ values: [`-${args[0]?.values[0]}`], many: false }, ...args.slice(1)] : args;
  for (let at = 0; at < all.length; at += 1) {
    const field = all[at] as Field;
    const word = onlyValue(field);
    if (options.has('*') || word === '-' || !field.values.some((each) => /^[-\ue124]/.test(each))) {
      into.operands.push(field);
      continue;
    }
    if (word === '--') {
      into.operands.push(...all.slice(at + 1));
      return undefined;
    }
    // A text that isn't known may be an option.
    if (word === undefined)
      return field.values.every((each) => each.startsWith('-')) ? odd : 'a word that may be an option';
    const [, name = word, attached] = /^(--?[^=]+)=(.*)$/s.exec(word) ?? [];
    const taken = options.has(name) ? [{ name, attached }] : clusterOf(word, options);
    if (taken === undefined) return odd;
    for (const each of taken) {
      const kind = options.get(each.name);
      if (kind === undefined && each.attached !== undefined) return odd;
      if (kind === undefined || kind === 'in') {
        into.given.set(each.name, { values: [''], many: false });
        if (kind === 'in')
          into.effects.changes(into.effects.absolute(['download.x'], into.folder), into.line, 'rights');
        continue;
      }
      if (each.attached === undefined) at += 1;
      const value = each.attached === undefined ? all[at] : { values: [each.attached], many: false };
      if (value === undefined) return odd;
      into.given.set(each.name, value);
      const fault = operandFault(kind === '' ? 'any' : kind, value, into);
      if (fault) return fault;
    }
  }
  return undefined;
}

/** `-sSLo FILE`, `-oFILE` */
function clusterOf(
  word: string,
  known: ReadonlyMap<string, string | undefined>,
): readonly { name: string; attached?: string }[] | undefined {
  if (word.startsWith('--')) return undefined;
  const taken: { name: string; attached?: string }[] = [];
  for (let at = 1; at < word.length; at += 1) {
    const name = `-${word[at]}`;
    if (!known.has(name)) return undefined;
    const kind = known.get(name);
    const rest = word.slice(at + 1);
    const takes = kind !== undefined && kind !== 'in';
    taken.push(takes && rest !== '' ? { name, attached: rest } : { name });
    if (takes) break;
  }
  return taken;
}

/** A name, and not a file, an address, a group or a package that adds repositories. */
const packageName = /^(?!epel|.*(?:\.rpm$|-release$|-repo$|kube|nodeadm))[A-Za-z\d][\w.+-]*$/;
export const isPackage = (name: string): boolean => packageName.test(name);

/** What a word of each kind must be like; a word that isn't known is like none. */
const patterns: Readonly<Record<string, readonly [like: RegExp, because: string]>> = {
  none: [/^(?!)/, 'an operand that it does not expect'],
  service: [/^(?!)/, 'a call to AWS that does more than read or tag'],
  name: [/^[\w.@+:/-]+$/, 'a name that is not known'],
  format: [/^(?!.*%output)[^@]/s, odd],
  filesystem: [/^(?:xfs|ext[34]|btrfs)$/, 'a kind of file system that is not known'],
  setopt: [/^(?:install_weak_deps=(?:False|0)|tsflags=nodocs|retries=\d+|timeout=\d+)$/, odd],
  package: [packageName, 'a package from elsewhere than the repositories of the AMI'],
  'unit-name': [/^[\w@.-]+$/, 'a service whose name is not known'],
  awk: [/^(?!.*(?:[|>@]|\b(?:system|getline|close|fflush|load)\b))/s, 'a program of awk that is not understood'],
  configuration: [
    /^(?:(?:default\.)?(?:region|output|s3\.\w+|max_attempts|retry_mode)|[a-z]{2}-[a-z-]+-\d|json|text|table|yaml|standard|adaptive|legacy|\d+)$/,
    odd,
  ],
};

function operandFault(kind: string, field: Field, { effects, folder, line }: CommandContext): string | undefined {
  const { values, many } = field;
  const pattern = patterns[kind];
  if (pattern)
    return !many && isKnown(values) && values.every((each) => pattern[0].test(each)) ? undefined : pattern[1];
  const faultOf = (fault: (value: string) => string | undefined): string | undefined =>
    (many ? anyText : values).map(fault).find((each) => each !== undefined);
  switch (kind) {
    case 'any':
      return undefined;
    case 'condition':
      // They evaluate an index inside a name.
      return values.some((each) => /^-[vR]$/.test(each)) ? 'a test of a variable by its name' : undefined;
    case 'request':
      return values.some((each) => /^--(?:endpoint|ca-b|cli-(?!(?:read|connect)-timeout$))/.test(each))
        ? 'a call to AWS that does more than read or tag'
        : undefined;
    case 'sed':
      return sedFault(field);
    case 'device':
      return faultOf((each) => {
        effects.formats(each);
        return isDevice(each) ? undefined : 'a disk that is not known';
      });
    case 'unit':
      return faultOf((each) =>
        services.has(each.replace(/\.service$/, '')) || services.has(each) || effects.hasUnit(each)
          ? undefined
          : 'a service whose text this file does not show',
      );
    case 'setting':
      return faultOf((each) => {
        const [name = ''] = each.split('=');
        const isSetting =
          !name.includes(hole) && (!each.includes('=') || kernelSetting.test(name.replaceAll('/', '.')));
        const isAllowed = each.startsWith('/') ? placeOf(each)?.text === 'sysctl' : isSetting;
        return isAllowed ? undefined : 'a setting of the kernel that may run a program';
      });
    case 'dd':
      return faultOf((each) => {
        const [, name, value = hole] = /^(if|of|bs|count|seek|skip|conv|oflag|iflag|status)=(.*)$/s.exec(each) ?? [];
        if (name === 'of') effects.changes(effects.absolute([value], folder), line, 'content');
        return name === undefined ? odd : undefined;
      });
    case 'file':
      effects.changes(
        pathsOf(field, effects, folder).map((each) => (isDevice(each) ? '/dev/null' : each)),
        line,
        'content',
      );
      return undefined;
    default:
      effects.changes(pathsOf(field, effects, folder), line, kind as 'rights' | 'folder' | 'tree');
      return undefined;
  }
}

const pathsOf = ({ values, many }: Field, effects: ScriptEffects, folder: Values): Values =>
  many ? anyText : effects.absolute(values, folder);

/** What a copy into `targets` writes, whose last one is a file, or a folder that gets files of the same names. */
function copyInto(
  targets: Values,
  from: Field,
  options: Arguments & { readonly isWhole: boolean; readonly isFolder: boolean },
): void {
  const { effects, line, folder, isWhole, isFolder } = options;
  const sources = from.many
    ? anyText
    : from.values.map((each) => (each.includes('://') ? each : (effects.absolute([each], folder)[0] ?? hole)));
  if (isWhole || !isKnown(sources)) {
    effects.changes(targets, line, 'tree');
    return;
  }
  const names = sources.map((each) => trimmedEnd(each, '/').replace(/^.*\//, ''));
  const inside = names.flatMap((name) => targets.map((each) => `${trimmedEnd(each, '/')}/${name}`));
  // Whether the last one is a folder isn't known here.
  const both = [...targets, ...(placeOf(targets[0] ?? '')?.isTree ? inside : [])];
  effects.changes(isFolder || targets.every((each) => each.endsWith('/')) ? inside : both, line, 'content');
}

function copies(all: Arguments): string | undefined {
  const { operands, effects, folder, given } = all;
  const to = operands.at(-1);
  if (to === undefined || operands.length < 2) return 'a copy that is not understood';
  const isWhole = ['-a', '-R', '-r', '--recursive'].some((option) => given.has(option));
  const targets = pathsOf(to, effects, folder);
  for (const from of operands.slice(0, -1)) copyInto(targets, from, { ...all, isWhole, isFolder: operands.length > 2 });
  return undefined;
}

/** Commands whose arguments are judged together, by the name that the table has. */
const whole: Readonly<Record<string, (all: Arguments) => string | undefined>> = {
  'copies()': copies,
  'moves()': (all) => {
    const { operands, effects, folder, line } = all;
    for (const from of operands.slice(0, -1))
      effects.changes(
        pathsOf(from, effects, folder).filter((each) => !each.startsWith('/usr/share/zoneinfo/')),
        line,
        'tree',
      );
    return copies(all);
  },
  'archive()': ({ given, effects, folder, line }) => {
    if (given.has('-x') || given.has('--extract')) {
      const into = given.get('-C') ?? given.get('--directory');
      effects.changes(into ? pathsOf(into, effects, folder) : folder, line, 'tree');
    } else if (!given.has('-t'))
      effects.changes(
        pathsOf(given.get('-f') ?? given.get('--file') ?? unknownField, effects, folder),
        line,
        'content',
      );
    return undefined;
  },
  /** Without a target they write into the folder that the script is in: one file, or many. */
  'into()': ({ given, effects, folder, line }) => {
    const isZip = given.has('-d') || given.has('-u') || given.has('-o');
    const named = ['-d', '-O', '-P', '--output-document', '--directory-prefix'].some((option) => given.has(option));
    if (!named)
      effects.changes(isZip ? folder : effects.absolute(['download.x'], folder), line, isZip ? 'tree' : 'rights');
    return undefined;
  },
  'tee()': ({ operands, given, effects, folder, stdin, line }) => {
    const isAppended = given.has('-a') || given.has('--append');
    for (const each of operands)
      effects.writes({ paths: pathsOf(each, effects, folder), content: stdin, isAppended, line });
    return undefined;
  },
  'sed()': ({ operands, given, effects, folder, line }) => {
    const own = given.get('-e') ?? given.get('--expression');
    const [first, ...others] = operands;
    const script = own ?? first ?? unknownField;
    const fault = sedFault(script);
    // A deletion adds nothing to a file that decides what runs.
    const isDeletion = !own && script.values.every((each) => /^[^s].*d$/.test(trimmedEnd(each.trim(), '; ')));
    if (given.has('-i') || given.has('--in-place'))
      for (const each of own ? operands : others)
        effects.changes(pathsOf(each, effects, folder), line, isDeletion ? 'rights' : 'content');
    return fault;
  },
  'mount()': ({ operands, given, effects }) => {
    // Only what /etc/fstab has, whose added lines are judged.
    if (given.has('-a') || given.has('-l') || operands.length === 0) return undefined;
    const optionOf = (...names: readonly string[]): string => {
      const value = names.map((name) => given.get(name)).find((each) => each !== undefined);
      return value ? (onlyValue(value) ?? hole) : '';
    };
    const [type, options] = [optionOf('-t', '--types'), optionOf('-o', '--options')];
    const [device, folder] = operands;
    // With one operand, /etc/fstab or what is mounted says the rest.
    const remount = folder === undefined ? { device: '/dev/shm', options: `remount,${options}` } : undefined;
    return (remount ? ['/dev/shm'] : (device?.values ?? anyText))
      .flatMap((each) =>
        ((folder ?? device)?.values ?? anyText).map((path) =>
          mountFault({ device: each, folder: trimmedEnd(path, '/') || '/', type, options, ...remount }, effects),
        ),
      )
      .find((each) => each !== undefined);
  },
  'objects()': (all) => {
    const [verb, from, to, another] = all.operands;
    const name = (verb && onlyValue(verb)) ?? '';
    if (/^(?:ls|presign)$/.test(name)) return undefined;
    if (!/^(?:cp|sync)$/.test(name)) return 'a call to AWS that does more than read or tag';
    if (from === undefined || to === undefined || another) return 'a copy that is not understood';
    if (!to.many && to.values.every((each) => each === '-' || each.startsWith('s3://'))) return undefined;
    const isWhole = name === 'sync' || all.given.has('--recursive');
    copyInto(pathsOf(to, all.effects, all.folder), from, { ...all, isWhole, isFolder: false });
    return undefined;
  },
};

const unknownField: Field = { values: anyText, many: true };

/** One command of sed: a substitution without the flags `e` and `w`, a deletion, a printing, or one line of text. */
const sedCommand =
  /^(?:s([/|#@,:!~%_])(?:(?!\1)[^\\\n]|\\.)*\1(?:(?!\1)[^\\\n]|\\.)*\1[gIip\d]*|[dp]|q|[aic](?:\\|\s)[^\n\\]*)$/s;
const sedAddress = /^(?:\d+|\$|\/(?:[^/\\\n]|\\.)*\/I?)/s;
const secondAddress = /^,\s*(?:\+?\d+|\$|\/(?:[^/\\\n]|\\.)*\/I?)/s;

/** Addresses and command in one expression could be held by a text. */
function behindAddresses(script: string): string {
  const rest = script.replace(sedAddress, '').trimStart();
  return rest === script ? script : rest.replace(secondAddress, '').trimStart().replace(/^!/, '').trimStart();
}

function sedFault({ values, many }: Field): string | undefined {
  return !many &&
    values.every((each) => sedCommand.test(behindAddresses(trimmedEnd(each.replaceAll(hole, '\n').trim(), '; '))))
    ? undefined
    : 'a script of sed that is not understood';
}
