import { scriptPart } from '../script-part.ts';
import { fixableControls, remediationParameters } from './remediate-parameters.ts';

/**
 * The content of the SSM Command document (schema 2.2) that fixes the kubelet of one node. Its parameters reach the script as environment variables.
 * An agent older than 3.3.2746.0 puts them into the text instead; their patterns allow nothing that a shell would interpret.
 */
export const remediateKubeletDocument = () => ({
  schemaVersion: '2.2',
  description:
    'eks-kubelet-audit: fixes the kubelet configuration of an EKS node, under rollback until the change is kept.',
  parameters: Object.fromEntries(
    Object.entries(remediationParameters).map(([name, parameter]) => [
      name,
      { ...parameter, interpolationType: 'ENV_VAR' },
    ]),
  ),
  mainSteps: [
    {
      action: 'aws:runShellScript',
      name: 'remediateKubelet',
      precondition: { StringEquals: ['platformType', 'Linux'] },
      // One text, since each line as an element of its own would add ten characters. The timeout is longer than a change and its rollback take. The
      // rollback on the node fires before it in any case.
      inputs: { timeoutSeconds: '1800', runCommand: [compacted(remediationScript())] },
    },
  ],
});

/** In seconds. The rollback fires later than the longest way forward takes: a restart of two minutes and the wait for a kubelet that is well. */
export interface RemediationTimings {
  /** Beside the seconds for which the kubelet must stay well. */
  readonly rollbackAfter: number;
  /** Between two tries of a rollback that did not succeed. */
  readonly againAfter: number;
  /** How long a kubelet may take until it says that it is well. */
  readonly healthWithin: number;
  /** How long a kubelet must be healthy, before it is changed or with its old files again. */
  readonly settledWithin: number;
  readonly pause: number;
  /** How long a change that is well waits for the *keep* of who looks from outside. */
  readonly keepWithin: number;
  /** How long the rollback waits for a remediation or a rescue that is still at work before it ends it. */
  readonly lockWithin: number;
}

export const nodeTimings: RemediationTimings = {
  rollbackAfter: 420,
  againAfter: 120,
  healthWithin: 90,
  settledWithin: 10,
  pause: 2,
  // With a rollback of two minutes the old state is back within ten.
  keepWithin: 450,
  lockWithin: 330,
};

/**
 * The POSIX shell that fixes a node's kubelet: `script/remediate.sh` and what it includes, its two readers and the rescue that puts everything back among them.
 * Timings are the only thing in which a test's script differs from the deployed one.
 */
export function remediationScript(timings: RemediationTimings = nodeTimings): string {
  const values = {
    ROLLBACK_AFTER: timings.rollbackAfter,
    AGAIN_AFTER: timings.againAfter,
    HEALTH_WITHIN: timings.healthWithin,
    SETTLED_WITHIN: timings.settledWithin,
    PAUSE: timings.pause,
    KEEP_WITHIN: timings.keepWithin,
    LOCK_WITHIN: timings.lockWithin,
  };
  return Object.entries(values).reduce(
    (text, [name, seconds]) => text.replaceAll(`@${name}@`, String(seconds)),
    remediationPart('remediate.sh').replace(/^@CONTROLS@$/m, () => controlCases()),
  );
}

/** The list of controls as cases of the shell: what each of them adds to the settings, or to the modes and owners, that are looked at. */
const controlCases = (): string =>
  fixableControls
    .map(({ slug, target: { list, name } }) => `    ${slug}) ${list === 'modes' ? 'permission' : 'setting'} ${name} ;;`)
    .join('\n');

/**
 * Without comments and indentation, and awk without the blanks around its signs. What opens a block is on the line of what follows. A document of SSM
 * holds 64 KB.
 */
export function compacted(script: string): string {
  // What ends the awk that the lines are in.
  let end: RegExp | undefined;
  return script
    .split('\n')
    .map((line) => line.trimStart())
    .filter((line) => line !== '' && (!line.startsWith('#') || line.startsWith('#!')))
    .map((line) => {
      if (end?.test(line)) end = undefined;
      if (end) return tight(line).replace(/\{$/, '{\0').replace(/^\}/, '\x01}');
      if (/\.awk <<'END_OF_[A-Z]+'$/.test(line)) end = /^END_OF_[A-Z]+$/;
      if (opensAwk(line)) end = /'/;
      // No text of the script has these signs in it.
      const tightened = /\bawk /.test(line)
        ? line
        : line.replaceAll(/ (\|\|?|&&|;;) ?/g, '$1').replaceAll(/; (then|do|else|fi|done)\b/g, ';$1');
      return tightened.replace(/(^|[ ;])(then|do|else|\{)$/, '$& \0');
    })
    .join('\n')
    .replaceAll(/\0\n|\0?\n\x01/g, '')
    .replaceAll('\0', '');
}

/** The program of awk begins at the end of this line of the shell. */
function opensAwk(line: string): boolean {
  const [command = '', after, ...others] = line.split("'");
  return /\bawk /.test(command) && (after === '' || after === '{') && others.length === 0;
}

/** One line of our awk without the blanks that it can do without; texts and patterns stay, and so does what parts two words. */
export const tight = (line: string): string =>
  parted(line)
    .map((part, index) =>
      index % 2 === 1
        ? part
        : part
            .replaceAll(/ {0,4}(!?[=<>&|?:,;{}~]) {0,4}/g, '$1')
            .replaceAll(/(?<=[\w)\]]) ([+-]) (?=[\w(])/g, '$1')
            .replaceAll(/\b(if|while|for) \(/g, '$1(')
            .replaceAll(/ (?=\))|(?<=[()]) /g, ''),
    )
    .join('');

/** Code of awk, then a text or a pattern, then code again, and so on. */
function parted(line: string): readonly string[] {
  const parts = [''];
  let at = 0;
  while (at < line.length) {
    const code = parts.at(-1) ?? '';
    const isPattern = line[at] === '/' && (code.trim() === '' || '(,~!&|;{?:='.includes(code.trimEnd().slice(-1)));
    const end = line[at] === '"' || isPattern ? endOf(line, at) : at;
    if (end > at) parts.push(line.slice(at, end), '');
    else parts[parts.length - 1] = code + line[at];
    at = Math.max(end, at + 1);
  }
  return parts;
}

/** The place after the text or pattern that begins here; a sign in a pattern's brackets does not end it. */
function endOf(line: string, start: number): number {
  let bracket = start;
  for (let at = start + 1; at < line.length; at += 1) {
    const isInside = bracket > start;
    if (line[at] === '\\' && !isInside) at += 1;
    else if (isInside && line[at] === ']' && !/^\[\^?$/.test(line.slice(bracket, at))) bracket = start;
    else if (!isInside && line[at] === '[' && line[start] === '/') bracket = at;
    else if (!isInside && line[at] === line[start]) return at + 1;
  }
  return start;
}

/** One part of it, with the parts that it includes: `settings.awk`, the reader of configurations. */
export const remediationPart = (name: string): string => scriptPart(new URL(`script/${name}`, import.meta.url));
