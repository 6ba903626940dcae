import type { KubeletFacts, ReadFailure } from '../core/model/model.ts';
import { err, type Result } from '../core/model/result.ts';
import { namedFiles } from '../core/read/kubelet/command-line/command-line.ts';
import { effectiveConfiguration } from '../core/read/kubelet/effective.ts';
import type { DirectorySnapshot, FileSnapshot, NodeFiles } from '../core/read/kubelet/node-files.ts';
import type { SavedFiles } from './ports.ts';

/** A node's saved command line and files → its facts: the benchmark's first audit, by hand. */
export async function readSavedNode(
  { savedFiles }: { readonly savedFiles: SavedFiles },
  { commandLine, kubeletVersion }: Pick<NodeFiles, 'commandLine' | 'kubeletVersion'>,
): Promise<Result<KubeletFacts, ReadFailure>> {
  const named = namedFiles(commandLine);
  if (!named.ok) return err({ via: 'files', kind: 'unreadable', because: named.error });

  const files = new Map<string, FileSnapshot>();
  const directories = new Map<string, DirectorySnapshot>();
  const config = named.value.config?.absolute;
  const configDir = named.value.configDir;

  if (config !== undefined) files.set(config, await savedFiles.file(config));
  if (configDir?.absolute !== undefined) {
    // As it is written: a slash at the end of a link decides whether it is followed.
    const directory = await savedFiles.directory(configDir.written);
    directories.set(configDir.absolute, directory);
    for (const path of directory.status === 'read' ? directory.files : []) files.set(path, await savedFiles.file(path));
  }

  return effectiveConfiguration(
    { commandLine, files, directories, ...(kubeletVersion && { kubeletVersion }) },
    'files',
  );
}
