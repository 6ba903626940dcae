import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { DirectorySnapshot, FileSnapshot, NodeFiles } from '../../../../lambda/core/read/kubelet/node-files.ts';

export { recordedAnswer } from '../../../lab/wire/http-answer.ts';

const fixtures = fileURLToPath(new URL('../../../fixtures/', import.meta.url));

export const recordedNames = (folder: 'kubelets' | 'api-server-answers' | 'ps'): readonly string[] =>
  readdirSync(`${fixtures}${folder}`).toSorted();

export const recordedText = (path: string): string => readFileSync(`${fixtures}${path}`, 'utf8');

/** A recorded kubelet as the probe would find it on its node. */
export function recordedNode(name: string): NodeFiles {
  const root = `${fixtures}kubelets/${name}/root`;
  const config = '/etc/kubernetes/kubelet/config.json';
  const directory = `${config}.d`;
  const files = new Map<string, FileSnapshot>();
  const directories = new Map<string, DirectorySnapshot>();

  if (existsSync(root + config)) files.set(config, { status: 'read', text: readFileSync(root + config, 'utf8') });
  if (existsSync(root + directory)) {
    // Every file is offered, so that reading only *.conf is the program's own doing.
    const paths = readdirSync(root + directory).map((file) => `${directory}/${file}`);
    directories.set(directory, { status: 'read', files: paths });
    for (const path of paths) files.set(path, { status: 'read', text: readFileSync(root + path, 'utf8') });
  }

  const cmdline = Buffer.from(recordedText(`kubelets/${name}/proc-cmdline.b64`), 'base64').toString('utf8');
  const words = cmdline.replace(/\0$/, '').split('\0');
  const commandLine = { from: 'proc', arguments: words } as const;
  return { commandLine, workingDirectory: '/', files, directories, kubeletVersion: 'v1.34.9' };
}
