import { readFileSync } from 'node:fs';
import { fixableControls } from './remediate-names.ts';

/** In seconds. The rollback fires later than the longest way forward takes: a restart of two minutes and the wait for a kubelet that is well. */
export interface RemediationTimings {
  readonly rollbackAfter: number;
  /** How long a kubelet may take until it says that it is well, three times in a row. */
  readonly healthWithin: number;
  readonly pause: number;
  /** How long the rollback waits for a remediation that is still at work before it ends it. */
  readonly lockWithin: number;
}

export const nodeTimings: RemediationTimings = { rollbackAfter: 420, healthWithin: 90, pause: 2, lockWithin: 240 };

/**
 * The POSIX shell that fixes a node's kubelet: `remediate-node.sh` with its two readers and the rescue script that puts everything back.
 * Timings are the only thing in which a test's script differs from the deployed one.
 */
export function remediationScript(timings: RemediationTimings = nodeTimings): string {
  const values = {
    ROLLBACK_AFTER: timings.rollbackAfter,
    HEALTH_WITHIN: timings.healthWithin,
    PAUSE: timings.pause,
    LOCK_WITHIN: timings.lockWithin,
  };
  return Object.entries(values).reduce(
    (text, [name, seconds]) => text.replaceAll(`@${name}@`, String(seconds)),
    withParts(source('remediate-node.sh')).replace(/^@CONTROLS@$/m, () => controlCases()),
  );
}

/** The list of controls as cases of the shell: what each of them adds to the settings, or to the modes and owners, that are looked at. */
const controlCases = (): string =>
  fixableControls.map(({ slug, target: { list, name } }) => `    ${slug}) ${list}="$${list} ${name}" ;;`).join('\n');

/** Without comments and indentation: a document of SSM holds 64 KB. */
export const compacted = (script: string): string =>
  script
    .split('\n')
    .map((line) => line.trimStart())
    .filter((line) => line !== '' && (!line.startsWith('#') || line.startsWith('#!')))
    .join('\n');

const withParts = (text: string): string =>
  text.replaceAll(/^@INCLUDE (remediate-[a-z]+\.(?:sh|awk))@\n/gm, (_, name: string) => source(name));

const source = (name: string): string => readFileSync(new URL(name, import.meta.url), 'utf8');
