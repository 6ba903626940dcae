import { describe, expect, it } from 'vitest';
import type { CommandLine, DirectorySnapshot, FileSnapshot } from '../../lambda/core/read/kubelet/node-files.ts';
import { readSavedNode } from '../../lambda/flow/read-saved-node.ts';

const folder = '/etc/kubernetes/kubelet/config.json.d';
const json = (value: object): FileSnapshot => ({
  status: 'read',
  text: JSON.stringify({ apiVersion: 'kubelet.config.k8s.io/v1beta1', kind: 'KubeletConfiguration', ...value }),
});

/** What was saved, and what of it was asked for. */
function saved(files: Readonly<Record<string, FileSnapshot>>, directory: DirectorySnapshot = { status: 'not-saved' }) {
  const asked: string[] = [];
  return {
    asked,
    savedFiles: {
      exists: async () => true,
      file: async (path: string) => {
        asked.push(path);
        return files[path] ?? ({ status: 'not-saved' } as const);
      },
      directory: async (path: string) => {
        asked.push(path);
        return directory;
      },
    },
  };
}
const started = (...flags: readonly string[]): CommandLine => ({ from: 'proc', arguments: ['kubelet', ...flags] });
const portOf = (facts: Awaited<ReturnType<typeof readSavedNode>>) =>
  facts.ok ? facts.value.settings.readOnlyPort : facts.error;

describe('readSavedNode', () => {
  it('reads the main file and each drop-in, by the directory as it is written', async () => {
    const files = { '/c.json': json({ readOnlyPort: 1 }), [`${folder}/40.conf`]: json({ readOnlyPort: 2 }) };
    const node = saved(files, { status: 'read', files: [`${folder}/40.conf`] });
    const facts = await readSavedNode(node, {
      commandLine: started('--config=/c.json', `--config-dir=${folder}/`),
      kubeletVersion: 'v1.34.9',
    });
    expect(node.asked).toEqual(['/c.json', `${folder}/`, `${folder}/40.conf`]);
    expect(facts).toMatchObject({ ok: true, value: { via: 'files' } });
    expect(portOf(facts)).toEqual({
      state: 'known',
      value: 2,
      origin: { from: 'drop-in', file: `${folder}/40.conf` },
    });
  });

  it('asks for nothing that the command line does not name, nor for what it names by a relative path', async () => {
    for (const flags of [[], ['--config=c.json', '--config-dir=d']]) {
      const node = saved({});
      await readSavedNode(node, { commandLine: started(...flags) });
      expect(node.asked).toEqual([]);
    }
  });
});
