import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { HttpAnswer } from '../../../../lambda/core/read/kubelet/configz/api-status.ts';
import type { DirectorySnapshot, FileSnapshot, NodeFiles } from '../../../../lambda/core/read/kubelet/node-files.ts';

const fixtures = fileURLToPath(new URL('../../../fixtures/', import.meta.url));

export const recordedNames = (folder: 'kubelets' | 'api-server-answers' | 'ps'): readonly string[] =>
  readdirSync(`${fixtures}${folder}`).toSorted();

export const recordedText = (path: string): string => readFileSync(`${fixtures}${path}`, 'utf8');

/** A `.http` recording; the line `[curl: …]` at its end is the time, not a part of the body. */
export function recordedAnswer(path: string): HttpAnswer {
  const text = recordedText(path).replaceAll('\r\n', '\n');
  const [head = '', ...rest] = text.split('\n\n');
  const [statusLine = '', ...headerLines] = head.split('\n');

  return {
    status: Number(/^HTTP\/\S+ (\d{3})/.exec(statusLine)?.[1]),
    headers: Object.fromEntries(
      headerLines.map((line) => [
        line.slice(0, line.indexOf(':')).toLowerCase(),
        line.slice(line.indexOf(':') + 1).trim(),
      ]),
    ),
    body: rest.join('\n\n').replace(/\n?\[curl: [^\]]*\]\s*$/, ''),
  };
}

/** A recorded kubelet as the probe would find it on its node. */
export function recordedNode(name: string, from: 'proc' | 'ps' = 'proc'): NodeFiles {
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
  return {
    commandLine:
      from === 'proc'
        ? { from: 'proc', arguments: cmdline.replace(/\0$/, '').split('\0') }
        : {
            from: 'ps',
            line:
              recordedText(`kubelets/${name}/ps-ef.txt`)
                .split('\n')
                .find((line) => line.includes('/usr/bin/kubelet ')) ?? '',
          },
    workingDirectory: '/',
    files,
    directories,
    kubeletVersion: 'v1.34.9',
  };
}
