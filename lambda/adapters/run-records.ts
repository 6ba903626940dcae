import { appendFileSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import {
  parseRunRecord,
  type RunRecord,
  type RunRecordHead,
  type RunRecordLine,
  recordLine,
} from '../core/fix/remediation/run/run-record.ts';
import { OperatorError } from '../core/model/operator-error.ts';
import { errorText } from '../core/model/text/words.ts';
import { makeFolder } from './output-folder.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** The records of this user's runs. Source: XDG Base Directory Specification, XDG_STATE_HOME. */
const folderOf = ({ XDG_STATE_HOME = '', HOME }: Environment): string =>
  join(isAbsolute(XDG_STATE_HOME) ? XDG_STATE_HOME : join(HOME || homedir(), '.local/state'), 'eks-kubelet-audit/runs');

export const runRecordPath = (env: Environment, run: string): string => join(folderOf(env), `${run}.jsonl`);

/** Begins a record. @throws OperatorError `run-unrecorded` when it can't be written */
export async function beginRecord(path: string, head: RunRecordHead): Promise<void> {
  try {
    await makeFolder(join(path, '..'), 0o700);
    appendFileSync(path, recordLine(head), { mode: 0o600, flag: 'ax' });
  } catch (error) {
    throw new OperatorError(
      'run-unrecorded',
      `the record of the run cannot be written to '${path}': ${errorText(error)}; nothing was changed: set XDG_STATE_HOME to a folder of yours`,
      { cause: error },
    );
  }
}

/** Adds a line. A record without this line says less than happened, which Systems Manager still knows: so a failure stops nothing. */
export function addToRecord(path: string, line: RunRecordLine): void {
  try {
    if (existsSync(path)) appendFileSync(path, recordLine(line));
  } catch {
    // The next --resume asks Systems Manager what became of each node.
  }
}

/** The record of a run; absent where this user has none. @throws OperatorError `run-record-unreadable` */
export function readRecord(path: string): RunRecord | undefined {
  if (!existsSync(path)) return undefined;
  try {
    return parseRunRecord(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new OperatorError(
      'run-record-unreadable',
      `'${path}' is not the record of a run: ${errorText(error)}; move it away, and give the options of the run again`,
      { cause: error },
    );
  }
}

/** The newest first; a path alone where the record can't be read. */
export function listRecords(env: Environment): readonly { readonly path: string; readonly record?: RunRecord }[] {
  const folder = folderOf(env);
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.jsonl')) : [];
  return names
    .toSorted()
    .toReversed()
    .map((name) => {
      const path = join(folder, name);
      try {
        const record = readRecord(path);
        return { path, ...(record && { record }) };
      } catch {
        return { path };
      }
    });
}

/** Whether a process of this machine still runs. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
