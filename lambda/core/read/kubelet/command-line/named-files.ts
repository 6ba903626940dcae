import { ok, type Result } from '../../../model/result.ts';
import { absolutePath } from '../absolute-path.ts';
import type { CommandLine } from '../node-files.ts';
import { parseCommandLine } from './command-line.ts';

export interface NamedPath {
  readonly written: string;
  /** Absent when the path is relative and the working directory is not known. */
  readonly absolute?: string;
}

/** The files that a command line names; absent when the flag is absent or empty. */
export interface NamedFiles {
  readonly config?: NamedPath;
  readonly configDir?: NamedPath;
  readonly kubeconfig?: NamedPath;
}

/** Which files decide about a kubelet: its main file and its drop-in directory, as keys of `NodeFiles.files` and `.directories`. */
export function namedFiles(commandLine: CommandLine, workingDirectory?: string): Result<NamedFiles, string> {
  const flags = parseCommandLine(commandLine);
  return flags.ok ? ok(namedBy(flags.value, workingDirectory)) : flags;
}

export function namedBy(
  { names }: { readonly names: ReadonlyMap<string, string> },
  workingDirectory?: string,
): NamedFiles {
  const named = (flag: string): NamedPath | undefined => {
    const written = names.get(flag);
    if (written === undefined || written === '') return undefined;

    const absolute = absolutePath(written, workingDirectory);
    return absolute === undefined ? { written } : { written, absolute };
  };

  const [config, configDir, kubeconfig] = [named('config'), named('config-dir'), named('kubeconfig')];
  return { ...(config && { config }), ...(configDir && { configDir }), ...(kubeconfig && { kubeconfig }) };
}
