import { mountFault, type TextEffects } from './mounts.ts';
import { isExportable, kernelSetting, namesKubelet, type TextKind } from './script-places.ts';
import { hole, printed } from './script-values.ts';

interface WrittenText {
  readonly path: string;
  readonly text: string;
  readonly isAppended: boolean;
  readonly line: number;
  readonly effects: TextEffects;
}

/** Judges a text that is written into a file which something reads as more than a text. */
export function judgeText(kind: TextKind, { path, text, isAppended, line, effects }: WrittenText): void {
  if (namesKubelet(text)) {
    effects.report('a text about the kubelet', line, 'touches');
    return;
  }
  if (kind === 'script') {
    // It is judged when all is known that is written there.
    if (isAppended) effects.report('a script that is put together', line);
    else effects.runs(path, line);
    return;
  }
  if (kind === 'kernel-value') {
    const name = path.replace('/proc/sys/', '').replaceAll('/', '.');
    if (!kernelSetting.test(name)) effects.report('a setting of the kernel that may run a program', line);
    return;
  }
  if (kind === 'unit') {
    judgeUnit(text, isAppended, line, effects);
    return;
  }
  if (text.includes(hole)) {
    effects.report('a text that is not known, in a file that decides what runs', line);
    return;
  }
  if (kind === 'profile') {
    effects.script(text, line);
    return;
  }
  for (const each of text.split('\n')) {
    const entry = each.trim();
    if (entry === '' || (entry.startsWith('#') && !each.includes(printed))) continue;
    const fault = lineFaults[kind](entry, line, effects);
    if (fault) effects.report(fault, line);
  }
}

/** A script's own `sudo` follows these rules: a path for programs isn't among them. */
export const isSudoRule = (rule: string): boolean =>
  /^[%\w.-]+\s+ALL\s*=\s*(?:\(ALL(?:\s*:\s*ALL)?\)\s*)?(?:NOPASSWD:\s*)?ALL$|^Defaults(?::[\w-]+)?\s+!?requiretty$/.test(
    rule,
  );

/** Why one line of such a file may do more than it should. */
const lineFaults: Readonly<
  Record<
    Exclude<TextKind, 'unit' | 'script' | 'profile' | 'kernel-value'>,
    (entry: string, line: number, effects: TextEffects) => string | undefined
  >
> = {
  fstab: (entry, _, effects) => {
    const [device = '', folder = '', type = '', options = ''] = entry.split(/\s+/);
    return mountFault({ device, folder, type, options }, effects);
  },
  cron: (entry, line, effects) => {
    if (
      /^MAILTO=|^PATH=(?:\/usr(?:\/local)?)?\/s?bin(?::(?:\/usr(?:\/local)?)?\/s?bin)*$|^SHELL=\/bin\/(?:ba)?sh$/.test(
        entry,
      )
    )
      return undefined;
    const [when] = /^(?:@\w+|[\d*/,-]+(?:\s+[\d*/,-]+){4})\s+[\w-]+\s/.exec(entry) ?? [];
    const command = when === undefined ? undefined : entry.slice(when.length).trim();
    if (command === undefined || command.includes('%')) return 'a cron job that is not understood';
    effects.script(command, line);
    return undefined;
  },
  environment: (entry) => {
    const [, name] = /^(?:export\s+)?(\w+)=/.exec(entry) ?? [];
    return name !== undefined && isExportable(name, [entry.replace(/^[^=]*=/, '').replace(/^"([^"]*)"$/, '$1')])
      ? undefined
      : 'a variable for all programs';
  },
  sysctl: (entry) => {
    const [, name] = /^-?\s*([\w./*-]+)\s*=/.exec(entry) ?? [];
    return name !== undefined && kernelSetting.test(name.replaceAll('/', '.'))
      ? undefined
      : 'a setting of the kernel that may run a program';
  },
  sudoers: (entry) => (isSudoRule(entry) ? undefined : 'a rule of sudo that is not understood'),
  dnf: (entry) =>
    /^(?:proxy=https?:\/\/[\w.:-]+\/?|timeout=\d+|retries=\d+|fastestmirror=\w+|max_parallel_downloads=\d+|keepcache=\d|\[main\])$/.test(
      entry,
    )
      ? undefined
      : 'a setting of dnf that may add packages',
};

/** Settings of a unit that start nothing. Source: systemd.unit(5), systemd.service(5), systemd.timer(5). */
const quietKey =
  /^(?:Description|Documentation|After|Before|Wants|Requires|BindsTo|PartOf|DefaultDependencies|Condition\w+|Type|RemainAfterExit|Restart|RestartSec|User|Group|Timeout\w*Sec|Limit\w+|KillMode|Nice|IOScheduling\w+|CPU\w+|Memory\w+|Tasks\w+|SyslogIdentifier|WantedBy|RequiredBy|On(?:Calendar|BootSec|UnitActiveSec|UnitInactiveSec|StartupSec|ActiveSec)|AccuracySec|RandomizedDelaySec|Persistent|StartLimit\w+|SuccessExitStatus|What|Where|Options|PrivateTmp|TimeoutSec|OOMScoreAdjust|Delegate)$/;

function judgeUnit(text: string, isAppended: boolean, line: number, effects: TextEffects): void {
  if (isAppended || text.includes(hole) || /\\$/m.test(text)) {
    effects.report('a unit whose text is not all known', line);
    return;
  }
  const entries = new Map<string, string>();
  for (const each of text.split('\n')) {
    const entry = each.trim();
    if (entry === '' || /^[#;]|^\[\w+\]$/.test(entry)) continue;
    const [, key = '', value = ''] = /^(\w+)\s*=\s*(\S.*)?$/.exec(entry) ?? [];
    entries.set(key, value);
    if (/^Exec(?:Start|StartPre|StartPost|Stop|StopPost|Reload|Condition)$/.test(key)) judgeExec(value, line, effects);
    else if (key === 'Environment') {
      const names = [...value.matchAll(/(?:^|[\s"'])(\w+)=/g)].map(([, name = '']) => name);
      if (names.length === 0 || !names.every((name) => isExportable(name)) || value.includes('%'))
        effects.report('a variable of a service', line);
    } else if (/^Standard(?:Output|Error|Input)$/.test(key)) {
      if (
        !/^(?:journal|null|inherit|syslog|kmsg|tty)(?:\+console)?$|^(?:append|file):\/var\/log\/[\w./-]+$/.test(
          value,
        ) ||
        value.includes('..')
      )
        effects.report('where a service writes', line);
    } else if (key === 'EnvironmentFile') {
      if (!/^-?\/etc\/environment$/.test(value)) effects.report('a variable of a service', line);
    } else if (key === 'Unit' ? !effects.hasUnit(value) : !quietKey.test(key))
      effects.report('a setting of a unit that may start something', line);
  }
  if (entries.has('What')) {
    const fault = mountFault(
      {
        device: entries.get('What') ?? '',
        folder: entries.get('Where') ?? '',
        type: entries.get('Type') ?? '',
        options: entries.get('Options') ?? '',
      },
      effects,
    );
    if (fault) effects.report(fault, line);
  }
}

/** systemd splits words as a shell does, and replaces `$` and `%` itself; `;` and `|` are words to it. */
function judgeExec(value: string, line: number, effects: TextEffects): void {
  const command = value.replace(/^[-:]*/, '').replaceAll('$$', '\ue126');
  if (command === '') return;
  if (/[$%\\\ue125]|^[@+!]/.test(command)) {
    effects.report('a command of a unit that is not understood', line);
    return;
  }
  const words = command.match(/(?:[^\s"']+|"[^"]*"|'[^']*')+/g) ?? [];
  const shell = words.map((word) => `'${word.replaceAll(/["']/g, '').replaceAll('\ue126', '$')}'`);
  effects.script(shell.join(' '), line);
}
