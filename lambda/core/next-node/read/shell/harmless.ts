import type { Pipeline, ShellWord } from './commands.ts';

/** Folders whose files neither the kubelet nor what starts it reads, and from which nothing runs unasked. */
const harmlessFolders = ['/mnt/', '/tmp/', '/data/', '/var/log/', '/etc/sysctl.d/', '/etc/security/limits.d/'];
const harmlessFiles = new Set(['/dev/null', '/dev/console', '/dev/stdout', '/dev/stderr', '/etc/motd', '/dev/kmsg']);

const isHarmlessPath = (path: ShellWord): boolean =>
  path !== undefined &&
  !path.split('/').includes('..') &&
  (harmlessFiles.has(path) || harmlessFolders.some((folder) => path.startsWith(folder)));

/** Variables that change how later commands run. */
const changesCommands = /^(?:PATH|LD_|BASH|ENV$|IFS$|SHELLOPTS|PS4|PYTHON|PERL|GCONV_PATH|HOME$)/;

/** Programs that read or print, and change nothing. */
const readers = new Set([
  'echo',
  'printf',
  'true',
  ':',
  'sleep',
  'date',
  'uptime',
  'whoami',
  'id',
  'uname',
  'cat',
  'logger',
  'wait',
]);
const pathsOf: ReadonlyMap<string, 'paths' | 'modes'> = new Map([
  ['mkdir', 'paths'],
  ['touch', 'paths'],
  ['tee', 'paths'],
  ['rmdir', 'paths'],
  ['chown', 'modes'],
  ['chmod', 'modes'],
]);

const harmlessSysctl = /^(?:net|vm|fs|kernel)\.[\w.-]+=[\w ."-]*$/;
const harmlessUnits = new Set([
  'kubelet',
  'kubelet.service',
  'containerd',
  'containerd.service',
  'docker',
  'docker.service',
  'sshd',
  'chronyd',
  'amazon-ssm-agent',
  'amazon-ssm-agent.service',
]);

/** Whether commands certainly change nothing of the kubelet, its files, its service or the program that starts it. What is not recognized is not harmless. */
export const isHarmless = (pipeline: Pipeline): boolean =>
  pipeline.every(
    ({ words, writes }) =>
      writes.every((path) => isHarmlessPath(path)) &&
      (words.length === 0 || isHarmlessCall(words[0] === 'sudo' ? words.slice(1) : words)),
  );

function isHarmlessCall([program, ...rest]: readonly ShellWord[]): boolean {
  if (program === undefined) return false;
  // What is behind an assignment is a command: `A=1 reboot`.
  if (/^[A-Za-z_]\w*=/.test(program))
    return isHarmlessAssignment(program) && (rest.length === 0 || isHarmlessCall(rest));
  // `printf -v` sets a variable.
  if (readers.has(program)) return program !== 'printf' || rest[0]?.startsWith('-') === false;

  switch (program) {
    case 'set':
      return rest.every(
        (word) => word !== undefined && /^[-+][euxo]+$|^pipefail$|^errexit$|^nounset$|^xtrace$/.test(word),
      );
    case 'export':
      return rest.every((word) => isHarmlessAssignment(word));
    case 'sysctl':
      return rest.every(
        (word) =>
          word !== undefined &&
          (/^-(?:w|q|p|-system)$/.test(word) || harmlessSysctl.test(word) || isHarmlessPath(word)),
      );
    case 'systemctl':
      return isHarmlessService(rest);
    default: {
      const operands = rest.filter((word) => word === undefined || !word.startsWith('-'));
      const paths = pathsOf.get(program) === 'modes' ? operands.slice(1) : operands;
      return pathsOf.has(program) && paths.length > 0 && paths.every((path) => isHarmlessPath(path));
    }
  }
}

function isHarmlessAssignment(word: ShellWord): boolean {
  // A value that is not known is one of a variable, and may be anything; its name is not known either.
  if (word === undefined) return false;
  return !changesCommands.test(word.replace(/\+?=.*/s, ''));
}

function isHarmlessService(words: readonly ShellWord[]): boolean {
  const [verb, ...units] = words.filter((word) => word === undefined || !word.startsWith('-'));
  if (verb === 'daemon-reload') return units.length === 0;
  return (
    (verb === 'restart' || verb === 'start' || verb === 'enable' || verb === 'status' || verb === 'is-active') &&
    units.length > 0 &&
    units.every((unit) => unit !== undefined && harmlessUnits.has(unit))
  );
}
